import { assignmentOf, copyRequest, givenUp, receiptOf, regionOf, SHORTEST_LOOK_SECONDS } from './receive-work';
import { ReceiveAnswer, ReceiveEvent, readVault } from './steps';
import { Sight } from '../../../core/assignment';
import { VaultMetric } from '../../../core/metrics';
import { WATCH_LIMIT_SECONDS } from '../../../core/pacing';
import { Progress } from '../../../core/progress';
import { OperationRequest } from '../../../core/requests';
import { whySurplus } from '../../../core/vault/admission';
import { countForVault, fieldsOf, log } from '../../log';
import { wordsOf } from '../../rds/errors';
import { RdsGateway } from '../../rds/gateway';
import { bounded } from '../../work/bounded';
import { afterLook, elapsedSeconds } from '../../work/work-loop';

export interface ReceiveLookDependencies {
  readonly rds: RdsGateway;
  readonly check: (request: OperationRequest, sight: Sight) => Promise<Progress>;
  readonly now: () => number;
}

/** Looks at the copy that is made of a shared snapshot. */
export class ReceiveLook {
  constructor(private readonly deps: ReceiveLookDependencies) {}

  public async handle(event: ReceiveEvent): Promise<ReceiveAnswer> {
    const { rules, source: { snapshotArn }, answer: { memory } } = readVault(event);
    const now = this.deps.now();
    const elapsed = elapsedSeconds({ memory, now });
    const assignment = assignmentOf(event, memory.copy!, elapsed);
    const { target } = assignment;
    const progress = await this.deps.check(copyRequest(event, undefined), assignment);
    log.info('look', { vault: rules.vaultName, source: snapshotArn, target, ...fieldsOf(progress) });
    const surplus = progress.status === 'RUNNING' && memory.counted === undefined ? await this.countAgain(event, target) : {};
    if (surplus.why !== undefined) {
      return { call: 'prune', waitSeconds: 0, memory: { ...memory, todo: 'clear', surplus: true, why: surplus.why } };
    }
    const attempt = afterLook(progress, {
      target, memory: { ...memory, ...surplus.counted }, now, shortestWaitSeconds: SHORTEST_LOOK_SECONDS, audience: 'vault',
    });
    if ('next' in attempt) {
      const { call, waitSeconds, memory: next } = attempt.next;
      return { call, waitSeconds, memory: next };
    }
    if (attempt.ended.status === 'FAILED') {
      return this.afterFailure(event, bounded(attempt.ended.message), elapsed);
    }
    return this.stored(event, target);
  }

  /** Of those that were begun in the same moment the later ones give way: each may have counted before the others were there. */
  private async countAgain(
    { rules, source }: ReceiveEvent, target: string,
  ): Promise<{ readonly why?: string; readonly counted?: { readonly counted: true } }> {
    if (source.region !== undefined) {
      return {};
    }
    try {
      const all = await this.deps.rds.listManualSnapshots(rules.region);
      const copy = all.find(({ arn }) => arn === target);
      return copy ? { why: whySurplus(rules, copy, all, new Date(this.deps.now())), counted: { counted: true } } : {};
    } catch (error) {
      log.warn('the copies could not be counted again', { vault: rules.vaultName, target, why: wordsOf(error) });
      return {}; // at the next look
    }
  }

  private afterFailure(event: ReceiveEvent, why: string, elapsed: number): ReceiveAnswer {
    const { rules, source: { snapshotArn }, answer: { memory } } = event;
    log.warn('copy failed', { vault: rules.vaultName, source: snapshotArn, region: regionOf(event), why });
    countForVault(rules, VaultMetric.COPY_FAILED, 1, 'Count', this.deps.now());
    return elapsed >= WATCH_LIMIT_SECONDS
      ? givenUp(event, why)
      : { call: 'prune', waitSeconds: 0, memory: { ...memory, todo: 'clear', failures: (memory.failures ?? 0) + 1, why } };
  }

  private stored(event: ReceiveEvent, copyArn: string): ReceiveAnswer {
    const { rules, source: { snapshotArn, region }, answer: { memory } } = event;
    const now = this.deps.now();
    log.info('copy stored', { vault: rules.vaultName, source: snapshotArn, copy: copyArn });
    countForVault(rules, VaultMetric.COPY_STORED, 1, 'Count', now);
    const outcome = { verdict: 'STORED', snapshotArn, copyArn } as const;
    if (region !== undefined) {
      return { call: 'end', outcome };
    }
    const told = { call: 'tell', report: receiptOf(rules, snapshotArn, 'STORED', { storedAt: new Date(now).toISOString() }), outcome } as const;
    return rules.copies.length > 0 ? { ...told, then: 'turn', memory: { ...memory, todo: 'further', copyArn } } : { ...told, then: 'end' };
  }
}
