import { bounded } from './bounded';
import { afterTake, withPart } from './cluster-steps';
import { concludeCluster } from './cluster-verdict';
import { ClusterAnswer, ClusterEvent, readPlan } from './steps';
import { snapshotAssignment, takeRequest } from './work';
import { afterLook, elapsedSeconds } from './work-loop';
import { Sight } from '../../../core/assignment';
import { Verdict } from '../../../core/plan/verdict';
import { Progress } from '../../../core/progress';
import { OperationRequest } from '../../../core/requests';
import { fieldsOf, log } from '../../log';

export interface LookDependencies {
  readonly check: (request: OperationRequest, sight: Sight) => Promise<Progress>;
  readonly now: () => number;
}

/** Looks at the snapshot that a run takes of a cluster. */
export class ClusterLook {
  constructor(private readonly deps: LookDependencies) {}

  public async handle(event: ClusterEvent): Promise<ClusterAnswer> {
    const { plan, run, item, answer: { memory } } = readPlan(event);
    const now = this.deps.now();
    const assignment = snapshotAssignment(plan, run, item.cluster, memory.clusterResourceId ?? '', plan.region, elapsedSeconds({ memory, now }));
    const progress = await this.deps.check(takeRequest(plan, item), assignment);
    log.info('look', { plan: plan.planName, run: run.name, cluster: item.cluster, ...fieldsOf(progress) });
    const { target } = assignment;
    const attempt = afterLook(progress, { target, memory, now, shortestWaitSeconds: item.shortestWaitSeconds });
    if ('next' in attempt) {
      return attempt.next;
    }
    return attempt.ended.status === 'SUCCEEDED'
      ? afterTake(event, withPart(memory, { part: 'snapshot', verdict: Verdict.SUCCEEDED, target }))
      : concludeCluster(event, withPart(memory, { part: 'snapshot', verdict: Verdict.FAILED, reason: bounded(attempt.ended.message), target }), now);
  }
}
