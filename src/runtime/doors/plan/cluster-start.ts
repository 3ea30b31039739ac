import { afterShare, afterTake, withPart } from './cluster-steps';
import { concludeCluster } from './cluster-verdict';
import { newerSnapshot } from './newer-snapshot';
import { ClusterAnswer, ClusterEvent, ClusterMemory, PlannedItem, readPlan } from './steps';
import { takeAssignment, takeRequest } from './work';
import { Assignment } from '../../../core/assignment';
import { accountsToShareWith } from '../../../core/plan/plan-rules';
import { Verdict } from '../../../core/plan/verdict';
import { Failed, Progress, failed } from '../../../core/progress';
import { TakeSnapshotRequest } from '../../../core/requests';
import { Snapshot } from '../../../core/snapshot';
import { fieldsOf, log } from '../../log';
import { progressAfter } from '../../operations/operation';
import { shareSnapshot } from '../../operations/share-snapshot';
import { wordsOf } from '../../rds/errors';
import { Cluster, RdsGateway } from '../../rds/gateway';
import { bounded } from '../../work/bounded';
import { Work, afterQuota, afterStart, elapsedSeconds } from '../../work/work-loop';

export interface ClusterStartDependencies {
  readonly rds: RdsGateway;
  readonly take: (request: TakeSnapshotRequest, assignment: Assignment) => Promise<Progress>;
  readonly now: () => number;
}

/** A cluster that its owner has stopped needs no new snapshot, and cannot have one: nobody is to be woken. */
const STOPPED = new Set(['stopped', 'stopping']);

const SHARE_PATIENCE_SECONDS = 3600;

function whySkip({ cluster: name, byTag }: PlannedItem, cluster: Cluster | undefined): string | undefined {
  if (byTag && (!cluster || cluster.status === 'deleting')) {
    return `the cluster '${name}' is ${cluster ? 'being deleted' : 'gone'}`;
  }
  return cluster && STOPPED.has(cluster.status) ? `the cluster '${name}' is '${cluster.status}'; it is backed up again when it is started` : undefined;
}

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
      const why = whySkip(item, cluster);
      if (why !== undefined) {
        return concludeCluster(event, withPart(memory, { part: 'snapshot', verdict: Verdict.SKIPPED, reason: why }), now);
      }
      // Whoever has the name now is backed up: as data of another cluster it might make retention delete the last of that one.
      clusterResourceId = cluster?.resourceId ?? clusterResourceId;
      progress = cluster
        ? await this.deps.take(takeRequest(plan, item), takeAssignment(plan, run, item.cluster, clusterResourceId ?? '', elapsed))
        : failed(`there is no cluster '${item.cluster}' in ${plan.region}; if it was deleted on purpose, remove it from the plan`);
    } catch (error) {
      progress = progressAfter(error, `taking a snapshot of the cluster '${item.cluster}'`, elapsed);
    }
    log.info('take', { plan: plan.planName, run: run.name, cluster: item.cluster, ...fieldsOf(progress) });

    if (progress.status === 'PENDING' && elapsed >= plan.startWindowSeconds) {
      progress = failed(`no snapshot could be begun within ${Math.round(plan.startWindowSeconds / 60)} minutes: ${progress.reason}`);
    }
    const known = { ...memory, clusterResourceId };
    const { target } = takeAssignment(plan, run, item.cluster, '', elapsed);
    const clearing = progress.status === 'FAILED' && progress.quotaReached ? afterQuota(this.work(event, known, target, now)) : undefined;
    if (clearing) {
      return { ...clearing, memory: { ...clearing.memory, todo: clearing.call === 'prune' ? 'clear' : 'take' } };
    }
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
    const { target, targetIdentifier } = takeAssignment(plan, run, item.cluster, '', elapsed);
    const progress = await shareSnapshot(this.deps.rds, plan.region, targetIdentifier, accountsToShareWith(plan), elapsed);
    log.info('share', { plan: plan.planName, run: run.name, cluster: item.cluster, snapshot: target, ...fieldsOf(progress) });
    const given = progress.status === 'PENDING' && elapsed >= SHARE_PATIENCE_SECONDS ? failed(progress.reason) : progress;
    const attempt = afterStart(given, this.work(event, memory, target, now));
    if ('next' in attempt) {
      return { ...attempt.next, call: 'start' };
    }
    if (attempt.ended.status === 'SUCCEEDED') {
      return afterShare(withPart(memory, { part: 'share', verdict: Verdict.SUCCEEDED }));
    }
    const newer = await this.newer(event, memory, target);
    return afterShare(withPart(memory, newer
      ? { part: 'share', verdict: Verdict.SUPERSEDED, reason: `was not shared before a later run had taken ${newer.identifier}` }
      : { part: 'share', verdict: Verdict.FAILED, reason: bounded(attempt.ended.message) }));
  }

  /** Under a short retention a later run may have pruned the snapshot already. */
  private async newer({ plan, run, item }: ClusterEvent, { clusterResourceId }: ClusterMemory, target: string): Promise<Snapshot | undefined> {
    try {
      return newerSnapshot(await this.deps.rds.listSnapshotsOfCluster(plan.region, item.cluster), plan, run, clusterResourceId ?? '', target);
    } catch (error) {
      log.warn('whether there is a newer snapshot could not be read', { plan: plan.planName, cluster: item.cluster, why: wordsOf(error) });
      return undefined;
    }
  }

  private work({ item }: ClusterEvent, memory: ClusterMemory, target: string, now: number): Work<ClusterMemory> {
    return { target, memory, now, shortestWaitSeconds: item.shortestWaitSeconds, audience: 'run' };
  }
}
