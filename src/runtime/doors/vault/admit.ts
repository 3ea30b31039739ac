import { receiptOf } from './receive-work';
import { Told } from './steps';
import { VaultMetric } from '../../../core/metrics';
import { Progress, failed, pending, queued } from '../../../core/progress';
import { Snapshot, isCompleted } from '../../../core/snapshot';
import { Admission, decideAdmission } from '../../../core/vault/admission';
import { VaultRules } from '../../../core/vault/vault-rules';
import { countForVault, log } from '../../log';
import { VISIBILITY_PATIENCE_SECONDS } from '../../operations/operation';
import { RdsGateway } from '../../rds/gateway';

/** What is to be done about a snapshot that is said to be shared. */
export type Found =
  /** It is decided, and the source is told. */
  | { readonly answer: Told }
  /** It is not there, or not yet. */
  | { readonly progress: Progress }
  /** To be copied; or being copied already. */
  | { readonly admission: Extract<Admission, { decision: 'admitted' | 'known' }>; readonly source: Snapshot };

/** Reads what RDS says of it, and decides. Throws what RDS answers. */
export async function admit(rds: RdsGateway, rules: VaultRules, snapshotArn: string, elapsedSeconds: number, now: number): Promise<Found> {
  const source = await rds.findSnapshot(snapshotArn, rules.account);
  if (!source) {
    return {
      progress: elapsedSeconds < VISIBILITY_PATIENCE_SECONDS
        ? pending(`${snapshotArn} is not shared with the vault yet, or does not exist`)
        : failed(`${snapshotArn} is not shared with account ${rules.account}, or does not exist; it is looked for again when it is announced, and every hour`),
    };
  }
  const admission = decideAdmission({ rules, source, snapshots: await rds.listManualSnapshots(rules.region), now: new Date(now) });
  switch (admission.decision) {
    case 'admitted':
      return { admission, source };
    case 'known':
      return isCompleted(admission.copy) ? { answer: storedBefore(rules, snapshotArn, admission.copy) } : { admission, source };
    case 'wait':
      return { progress: queued(admission.reason) };
    case 'refused':
    case 'undeclared':
      return { answer: refused(rules, snapshotArn, admission.reason, now) };
  }
}

export function refused(rules: VaultRules, snapshotArn: string, reason: string, now: number): Told {
  log.warn('admission refused', { vault: rules.vaultName, source: snapshotArn, why: reason });
  countForVault(rules, VaultMetric.ADMISSION_REFUSED, 1, 'Count', now);
  return {
    call: 'tell',
    report: receiptOf(rules, snapshotArn, 'REFUSED', { reason }),
    then: 'end',
    outcome: { verdict: 'REFUSED', snapshotArn, reason },
  };
}

/** The receipt was lost, or came to a plan that did not listen. What is to be copied further, the sweep sees to. */
function storedBefore(rules: VaultRules, snapshotArn: string, { arn: copyArn, createTime }: Snapshot): Told {
  log.info('is stored already', { vault: rules.vaultName, source: snapshotArn, copy: copyArn });
  return {
    call: 'tell',
    report: receiptOf(rules, snapshotArn, 'STORED', { storedAt: createTime?.toISOString() }),
    then: 'end',
    outcome: { verdict: 'STORED', snapshotArn, copyArn },
  };
}
