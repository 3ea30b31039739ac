import { answerTo, deliveryWork, end } from './delivery-work';
import { DeliveryAnswer, DeliveryEvent, readPlan } from './steps';
import { afterStart, elapsedSeconds } from './work-loop';
import { Assignment } from '../../../core/assignment';
import { dataTimeOf } from '../../../core/ownership';
import { WATCH_LIMIT_SECONDS } from '../../../core/pacing';
import { belongsToPlan, incarnationOf } from '../../../core/plan/plan-ownership';
import { Verdict } from '../../../core/plan/verdict';
import { Progress, failed } from '../../../core/progress';
import { OperationRequest } from '../../../core/requests';
import { Snapshot, isCompleted } from '../../../core/snapshot';
import { fieldsOf, log } from '../../log';
import { progressAfter } from '../../operations/operation';
import { RdsGateway } from '../../rds/gateway';

export interface DeliveryStartDependencies {
  readonly rds: RdsGateway;
  readonly start: (request: OperationRequest, assignment: Assignment) => Promise<Progress>;
  readonly now: () => number;
}

/** Begins the copy or the export that has its turn, unless a newer snapshot makes it pointless. */
export class DeliveryStart {
  constructor(private readonly deps: DeliveryStartDependencies) {}

  public async handle(event: DeliveryEvent): Promise<DeliveryAnswer> {
    const { plan, run, item, delivery, answer } = readPlan(event);
    const now = this.deps.now();
    const memory = { ...answer.memory, beganAt: answer.memory.beganAt ?? now };
    const elapsed = elapsedSeconds({ memory, now });
    const { request, assignment } = deliveryWork(event, elapsed);
    let progress: Progress;
    try {
      const newer = memory.seen ? undefined : await this.newerSnapshot(event);
      if (newer) {
        return end({
          part: delivery.kind, name: delivery.name, verdict: Verdict.SUPERSEDED, reason: `had not begun when a later run had taken ${newer.identifier}`,
        }, memory);
      }
      progress = await this.deps.start(request, assignment);
    } catch (error) {
      progress = progressAfter(error, `starting ${assignment.target}`, elapsed);
    }
    log.info(`${delivery.kind} start`, { plan: plan.planName, run: run.name, cluster: item.cluster, target: assignment.target, ...fieldsOf(progress) });
    if (progress.status === 'FAILED' && progress.quotaReached && !memory.quotaCleared) {
      return { call: 'prune', waitSeconds: 0, memory: { ...memory, todo: 'clear' } };
    }
    if (progress.status === 'PENDING' && elapsed >= WATCH_LIMIT_SECONDS) {
      progress = failed(`could not be begun within ${WATCH_LIMIT_SECONDS / 86_400} days: ${progress.reason}`);
    }
    const { target } = assignment;
    return answerTo(afterStart(progress, { target, memory, now, shortestWaitSeconds: item.shortestWaitSeconds }), event, memory, target);
  }

  /** A good snapshot of the same cluster with later data, by a later run of the plan. */
  private async newerSnapshot({ plan, item, delivery }: DeliveryEvent): Promise<Snapshot | undefined> {
    const ofCluster = await this.deps.rds.listSnapshotsOfCluster(plan.region, item.cluster);
    const source = ofCluster.find(({ arn }) => arn === delivery.sourceArn);
    const time = (snapshot: Snapshot | undefined) => (snapshot && dataTimeOf(snapshot))?.getTime();
    const after = time(source);
    return after === undefined ? undefined : ofCluster.find((snapshot) => belongsToPlan(snapshot, plan)
      && isCompleted(snapshot)
      && incarnationOf(snapshot) === delivery.clusterResourceId
      && (time(snapshot) ?? after) > after);
  }
}
