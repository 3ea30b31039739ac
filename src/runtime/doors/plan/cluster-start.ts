import { bounded } from './bounded';
import { afterShare, afterTake, withPart } from './cluster-steps';
import { concludeCluster } from './cluster-verdict';
import { ClusterAnswer, ClusterEvent, ClusterMemory, readPlan } from './steps';
import { snapshotAssignment, takeRequest } from './work';
import { Work, afterStart, elapsedSeconds } from './work-loop';
import { Assignment } from '../../../core/assignment';
import { Verdict } from '../../../core/plan/verdict';
import { Failed, Progress, failed } from '../../../core/progress';
import { TakeSnapshotRequest } from '../../../core/requests';
import { fieldsOf, log } from '../../log';
import { progressAfter } from '../../operations/operation';
import { shareSnapshot } from '../../operations/share-snapshot';
import { RdsGateway } from '../../rds/gateway';

export interface ClusterStartDependencies {
  readonly rds: RdsGateway;
  readonly take: (request: TakeSnapshotRequest, assignment: Assignment) => Promise<Progress>;
  readonly now: () => number;
}

/** A cluster that its owner has stopped needs no new snapshot, and cannot have one: nobody is to be woken. */
const STOPPED = new Set(['stopped', 'stopping']);

const SHARE_PATIENCE_SECONDS = 3600;

/** Takes and shares the snapshot of one cluster. */
export class ClusterStart {
  constructor(private readonly deps: ClusterStartDependencies) {}

  public async handle(event: ClusterEvent): Promise<ClusterAnswer> {
    readPlan(event);
    const { memory } = event.answer;
    const begun = { ...memory, beganAt: memory.beganAt ?? this.deps.now() };
    return memory.todo === 'share' ? this.share(event, begun) : this.take(event, begun);
  }

  private async take(event: ClusterEvent, memory: ClusterMemory): Promise<ClusterAnswer> {
    const { plan, run, item } = event;
    const now = this.deps.now();
    const elapsed = elapsedSeconds({ memory, now });
    let progress: Progress;
    let { clusterResourceId } = memory;
    try {
      const cluster = await this.deps.rds.findCluster(plan.region, item.cluster);
      if (cluster && STOPPED.has(cluster.status)) {
        return concludeCluster(event, withPart(memory, {
          part: 'snapshot', verdict: Verdict.SKIPPED, reason: `the cluster '${item.cluster}' is '${cluster.status}'; it is backed up again when it is started`,
        }), now);
      }
      // Whoever has the name now is backed up: as data of another cluster it might make retention delete the last of that one.
      clusterResourceId = cluster?.resourceId ?? clusterResourceId;
      progress = cluster
        ? await this.deps.take(takeRequest(plan, item), snapshotAssignment(plan, run, item.cluster, clusterResourceId ?? '', plan.region, elapsed))
        : failed(`there is no cluster '${item.cluster}' in ${plan.region}; if it was deleted on purpose, remove it from the plan`);
    } catch (error) {
      progress = progressAfter(error, `taking a snapshot of the cluster '${item.cluster}'`, elapsed);
    }
    log.info('take', { plan: plan.planName, run: run.name, cluster: item.cluster, ...fieldsOf(progress) });

    if (progress.status === 'PENDING' && elapsed >= plan.startWindowSeconds) {
      progress = failed(`no snapshot could be begun within ${Math.round(plan.startWindowSeconds / 60)} minutes: ${progress.reason}`);
    }
    const known = { ...memory, clusterResourceId };
    if (progress.status === 'FAILED' && progress.quotaReached && !memory.quotaCleared) {
      // Only now may those go first that the policy would delete anyway.
      return { call: 'prune', waitSeconds: 0, memory: { ...known, todo: 'clear' } };
    }
    const { target } = snapshotAssignment(plan, run, item.cluster, '', plan.region, elapsed);
    const attempt = afterStart(progress, this.work(event, known, target, now));
    if ('next' in attempt) {
      return attempt.next;
    }
    return attempt.ended.status === 'SUCCEEDED'
      ? afterTake(event, withPart(known, { part: 'snapshot', verdict: Verdict.SUCCEEDED, target }))
      : this.failedTake(event, known, attempt.ended, now);
  }

  private failedTake(event: ClusterEvent, memory: ClusterMemory, end: Failed, now: number): ClusterAnswer {
    return concludeCluster(event, withPart(memory, { part: 'snapshot', verdict: Verdict.FAILED, reason: bounded(end.message) }), now);
  }

  private async share(event: ClusterEvent, memory: ClusterMemory): Promise<ClusterAnswer> {
    const { plan, run, item } = event;
    const now = this.deps.now();
    const elapsed = elapsedSeconds({ memory, now });
    const { target, targetIdentifier } = snapshotAssignment(plan, run, item.cluster, '', plan.region, elapsed);
    const progress = await shareSnapshot(this.deps.rds, plan.region, targetIdentifier, plan.shareWith, elapsed);
    log.info('share', { plan: plan.planName, run: run.name, cluster: item.cluster, snapshot: target, ...fieldsOf(progress) });
    const given = progress.status === 'PENDING' && elapsed >= SHARE_PATIENCE_SECONDS ? failed(progress.reason) : progress;
    const attempt = afterStart(given, this.work(event, memory, target, now));
    if ('next' in attempt) {
      return { ...attempt.next, call: 'start' };
    }
    return afterShare(withPart(memory, attempt.ended.status === 'SUCCEEDED'
      ? { part: 'share', verdict: Verdict.SUCCEEDED }
      : { part: 'share', verdict: Verdict.FAILED, reason: bounded(attempt.ended.message) }));
  }

  private work({ item }: ClusterEvent, memory: ClusterMemory, target: string, now: number): Work<ClusterMemory> {
    return { target, memory, now, shortestWaitSeconds: item.shortestWaitSeconds };
  }
}
