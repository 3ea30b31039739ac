import { EventToPublish, ReceiveAnswer, ReceiveEvent } from './steps';
import { Assignment } from '../../../core/assignment';
import { SnapshotRemoval } from '../../../core/removal';
import { CompletionMode, CopySnapshotRequest } from '../../../core/requests';
import { Tags } from '../../../core/snapshot';
import { formatSnapshotArn, parseSnapshotArn } from '../../../core/snapshot-arn';
import { RECEIPT_VERSION, Receipt, ReceiptVerdict } from '../../../core/vault/receipt';
import { VaultRules } from '../../../core/vault/vault-rules';
import { bounded } from '../../work/bounded';

/** Nobody waits for a copy of a vault but the plan, whose patience is counted in days. */
export const SHORTEST_LOOK_SECONDS = 60;

/** Where the copy of an execution is made. */
export function regionOf({ rules, source }: ReceiveEvent): string {
  return source.region ?? rules.region;
}

/** Nothing is taken over from the tags of a source, which say what it likes; the copy has the vault's own. */
export function copyRequest(event: ReceiveEvent, kmsKeyId: string | undefined): CopySnapshotRequest {
  return {
    kind: 'copy',
    owner: event.rules.owner,
    region: regionOf(event),
    completion: CompletionMode.BACKGROUND,
    timeoutMinutes: 0,
    removal: SnapshotRemoval.RETAIN,
    sourceArn: event.source.snapshotArn,
    kmsKeyId,
    copyTags: false,
    sourceMayBeQueued: false,
    tags: {},
  };
}

export function assignmentOf(event: ReceiveEvent, copy: { readonly identifier: string; readonly tags: Tags }, elapsedSeconds: number): Assignment {
  const { partition, account } = event.rules;
  return {
    targetIdentifier: copy.identifier,
    target: formatSnapshotArn({ partition, region: regionOf(event), account, identifier: copy.identifier }),
    account,
    ownershipTags: copy.tags,
    elapsedSeconds,
  };
}

/** What the source is told. */
export function receiptOf(
  { vaultName, eventBusArn }: VaultRules, snapshotArn: string, verdict: ReceiptVerdict, more: Pick<Receipt, 'reason' | 'storedAt'>,
): EventToPublish<Receipt> {
  const { account, region } = parseSnapshotArn(snapshotArn)!;
  return {
    detail: { version: RECEIPT_VERSION, verdict, vaultName, vault: eventBusArn, sourceAccount: account, sourceRegion: region, snapshotArn, ...more },
    resources: [snapshotArn],
  };
}

/** It could not be copied. Its source is told why at once, and what comes of it when it is tried again, too. */
export function givenUp({ rules, source: { snapshotArn, region } }: ReceiveEvent, why: string): ReceiveAnswer {
  const reason = bounded(why);
  const outcome = { verdict: 'FAILED', snapshotArn, reason } as const;
  // Of what is copied further the source has its receipt.
  return region !== undefined
    ? { call: 'end', outcome }
    : { call: 'tell', report: receiptOf(rules, snapshotArn, 'REFUSED', { reason: `it could not be copied, which is tried again every hour: ${reason}` }), then: 'end', outcome };
}
