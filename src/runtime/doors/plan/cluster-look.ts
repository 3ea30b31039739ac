import { afterTake, supersedeWaiting, withPart } from './cluster-steps';
import { concludeCluster } from './cluster-verdict';
import { newerSnapshot } from './newer-snapshot';
import { ClusterAnswer, ClusterEvent, readPlan } from './steps';
import { takeAssignment, takeRequest } from './work';
import { Sight } from '../../../core/assignment';
import { Verdict } from '../../../core/plan/verdict';
import { Progress } from '../../../core/progress';
import { OperationRequest } from '../../../core/requests';
import { fieldsOf, log } from '../../log';
import { wordsOf } from '../../rds/errors';
import { RdsGateway } from '../../rds/gateway';
import { bounded } from '../../work/bounded';
import { afterLook, elapsedSeconds } from '../../work/work-loop';

export interface LookDependencies {
  readonly rds: RdsGateway;
  readonly check: (request: OperationRequest, sight: Sight) => Promise<Progress>;
  readonly now: () => number;
}

/** Looks at the snapshot that a run takes of a cluster. */
export class ClusterLook {
  constructor(private readonly deps: LookDependencies) {}

  public async handle(event: ClusterEvent): Promise<ClusterAnswer> {
    readPlan(event);
    return event.answer.memory.todo === 'deliver' ? this.compare(event) : this.lookAtSnapshot(event);
  }

  /** What has waited for its turn for long may be pointless by now, and is not to wait for days to be told so. */
  private async compare(event: ClusterEvent): Promise<ClusterAnswer> {
    const { plan, run, item, answer: { memory } } = event;
    const { target } = takeAssignment(plan, run, item.cluster, '', 0);
    const compared = { ...memory, comparedAt: this.deps.now() };
    try {
      const ofCluster = await this.deps.rds.listSnapshotsOfCluster(plan.region, item.cluster);
      const newer = newerSnapshot(ofCluster, plan, run, memory.clusterResourceId ?? '', target);
      return { call: 'turn', waitSeconds: 0, memory: newer ? supersedeWaiting(plan, compared, newer.identifier) : compared };
    } catch (error) {
      // Its turn will come all the same.
      log.warn('whether there is a newer snapshot could not be read', { plan: plan.planName, cluster: item.cluster, why: wordsOf(error) });
      return { call: 'turn', waitSeconds: 0, memory: compared };
    }
  }

  private async lookAtSnapshot(event: ClusterEvent): Promise<ClusterAnswer> {
    const { plan, run, item, answer: { memory } } = event;
    const now = this.deps.now();
    const assignment = takeAssignment(plan, run, item.cluster, memory.clusterResourceId ?? '', elapsedSeconds({ memory, now }));
    const progress = await this.deps.check(takeRequest(plan, item), assignment);
    log.info('look', { plan: plan.planName, run: run.name, cluster: item.cluster, ...fieldsOf(progress) });
    const { target } = assignment;
    const attempt = afterLook(progress, { target, memory, now, shortestWaitSeconds: item.shortestWaitSeconds, audience: 'run' });
    if ('next' in attempt) {
      return attempt.next;
    }
    return attempt.ended.status === 'SUCCEEDED'
      ? afterTake(event, withPart(memory, { part: 'snapshot', verdict: Verdict.SUCCEEDED, target }))
      : concludeCluster(event, withPart(memory, { part: 'snapshot', verdict: Verdict.FAILED, reason: bounded(attempt.ended.message), target }), now);
  }
}
