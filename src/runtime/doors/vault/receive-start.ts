import { admit } from './admit';
import { SHORTEST_LOOK_SECONDS, assignmentOf, copyRequest, givenUp } from './receive-work';
import { ReceiveAnswer, ReceiveEvent, ReceiveMemory, readVault } from './steps';
import { Assignment } from '../../../core/assignment';
import { VaultMetric } from '../../../core/metrics';
import { Progress, failed } from '../../../core/progress';
import { OperationRequest } from '../../../core/requests';
import { Snapshot, Tags } from '../../../core/snapshot';
import { belongsToVault, vaultFurtherCopyIdentifier, vaultFurtherTags, vaultTags } from '../../../core/vault/vault-ownership';
import { countForVault, fieldsOf, log } from '../../log';
import { progressAfter } from '../../operations/operation';
import { RdsGateway } from '../../rds/gateway';
import { afterStart, elapsedSeconds } from '../../work/work-loop';

/** Others wait for its place; the next sweep puts it behind them. */
const START_PATIENCE_SECONDS = 12 * 3600;

export interface ReceiveStartDependencies {
  readonly rds: RdsGateway;
  readonly start: (request: OperationRequest, assignment: Assignment) => Promise<Progress>;
  readonly now: () => number;
}

/** What is to be copied, under which key, and what makes the copy the vault's. */
interface ToCopy {
  readonly copy: { readonly identifier: string; readonly tags: Tags };
  readonly kmsKeyId?: string;
  /** An earlier try is in its place. */
  readonly hasFailed?: boolean;
}

/** Begins the copy that has its turn, after reading every fact afresh: what was true when it was announced may not be so any more. */
export class ReceiveStart {
  constructor(private readonly deps: ReceiveStartDependencies) {}

  public async handle(event: ReceiveEvent): Promise<ReceiveAnswer> {
    const { rules, source: { snapshotArn }, answer } = readVault(event);
    const now = this.deps.now();
    const memory: ReceiveMemory = { ...answer.memory, todo: 'receive', beganAt: answer.memory.beganAt ?? now };
    const elapsed = elapsedSeconds({ memory, now });
    let progress: Progress;
    let copy: ToCopy['copy'] | undefined;
    try {
      const found = await this.toCopy(event, elapsed, now);
      if ('answer' in found) {
        return found.answer;
      }
      if ('progress' in found) {
        progress = found.progress;
      } else {
        copy = found.copy;
        if (found.hasFailed) {
          return { call: 'prune', waitSeconds: 0, memory: { ...memory, todo: 'clear', copy, why: 'an earlier copy failed' } };
        }
        progress = await this.deps.start(copyRequest(event, found.kmsKeyId), assignmentOf(event, copy, elapsed));
      }
    } catch (error) {
      progress = progressAfter(error, `receiving ${snapshotArn}`, elapsed);
    }
    if (progress.status === 'PENDING' && elapsed >= START_PATIENCE_SECONDS) {
      progress = failed(`could not be begun within ${START_PATIENCE_SECONDS / 3600} hours, and makes room for others: ${progress.reason}`);
    }
    log.info('start', { vault: rules.vaultName, source: snapshotArn, target: copy?.identifier, ...fieldsOf(progress) });
    const attempt = afterStart(progress, {
      target: copy?.identifier ?? snapshotArn, memory: { ...memory, copy }, now, shortestWaitSeconds: SHORTEST_LOOK_SECONDS, audience: 'vault',
    });
    if ('next' in attempt) {
      return attempt.next;
    }
    if (attempt.ended.status === 'SUCCEEDED') {
      // Another execution has made it, in this moment.
      return { call: 'look', waitSeconds: 0, memory: { ...memory, copy, seen: true } };
    }
    log.warn('copy could not be begun', { vault: rules.vaultName, source: snapshotArn, why: attempt.ended.message });
    countForVault(rules, VaultMetric.COPY_FAILED, 1, 'Count', now);
    return givenUp(event, attempt.ended.message);
  }

  private async toCopy(event: ReceiveEvent, elapsed: number, now: number): Promise<ToCopy | { answer: ReceiveAnswer } | { progress: Progress }> {
    const { rules, source: { snapshotArn, region } } = event;
    if (region !== undefined) {
      return this.toCopyFurther(event, region);
    }
    const found = await admit(this.deps.rds, rules, snapshotArn, elapsed, now);
    if (!('admission' in found)) {
      return found;
    }
    const { admission, source } = found;
    const { facts, identifier } = admission;
    if (!isEncrypted(source)) {
      log.warn('is not encrypted, and Aurora cannot encrypt by copying: the copy is not either', { vault: rules.vaultName, source: snapshotArn });
    }
    const keepUntil = new Date(now + rules.minimumRetentionSeconds * 1000);
    return { copy: { identifier, tags: vaultTags(rules, identifier, facts, keepUntil) }, kmsKeyId: keyFor(source, rules.kmsKeyId), hasFailed: admission.decision === 'known' && admission.copy.status === 'failed' };
  }

  private async toCopyFurther({ rules, source: { snapshotArn } }: ReceiveEvent, region: string): Promise<ToCopy | { progress: Progress }> {
    const rule = rules.copies.find((copy) => copy.region === region);
    const own = await this.deps.rds.findSnapshot(snapshotArn, rules.account);
    if (!rule || !own || !belongsToVault(own, rules)) {
      return { progress: failed(`${snapshotArn} is no copy of this vault any more, or copies no longer names ${region}: nothing is copied further`) };
    }
    const identifier = vaultFurtherCopyIdentifier(rules, own.identifier, region);
    return { copy: { identifier, tags: vaultFurtherTags(own, identifier) }, kmsKeyId: keyFor(own, rule.kmsKeyId) };
  }
}

/** Aurora cannot encrypt by copying, and refuses a key for what is not encrypted. */
function keyFor(source: Snapshot, kmsKeyId: string | undefined): string | undefined {
  return isEncrypted(source) ? kmsKeyId : undefined;
}

function isEncrypted({ encrypted, underAwsOwnedKey }: Snapshot): boolean {
  return encrypted || underAwsOwnedKey === true;
}
