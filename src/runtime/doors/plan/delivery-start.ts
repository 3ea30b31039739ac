import { canBeSuperseded } from './cluster-steps';
import { answerTo, deliveryWork, end } from './delivery-work';
import { newerSnapshot, newestGood } from './newer-snapshot';
import { Delivery, DeliveryAnswer, DeliveryEvent, DeliveryMemory, readPlan } from './steps';
import { Assignment } from '../../../core/assignment';
import { WATCH_LIMIT_SECONDS } from '../../../core/pacing';
import { incarnationOf } from '../../../core/plan/plan-ownership';
import { Verdict } from '../../../core/plan/verdict';
import { Progress, failed } from '../../../core/progress';
import { OperationRequest } from '../../../core/requests';
import { fieldsOf, log } from '../../log';
import { progressAfter } from '../../operations/operation';
import { RdsGateway } from '../../rds/gateway';
import { afterQuota, afterStart, elapsedSeconds } from '../../work/work-loop';

export interface DeliveryStartDependencies {
  readonly rds: RdsGateway;
  readonly start: (request: OperationRequest, assignment: Assignment) => Promise<Progress>;
  readonly now: () => number;
}

/** From what a delivery is made, or why it is not. */
type Source = { readonly sourceArn: string } | { readonly verdict: Verdict.SUPERSEDED | Verdict.FAILED; readonly reason: string };

/** Begins the copy or the export that has its turn, unless a newer snapshot makes it pointless. */
export class DeliveryStart {
  constructor(private readonly deps: DeliveryStartDependencies) {}

  public async handle(event: DeliveryEvent): Promise<DeliveryAnswer> {
    const { plan, run, item, delivery, answer } = readPlan(event);
    const now = this.deps.now();
    const memory: DeliveryMemory = { ...answer.memory, beganAt: answer.memory.beganAt ?? now };
    const elapsed = elapsedSeconds({ memory, now });
    const { assignment } = deliveryWork(event, elapsed);
    const { target } = assignment;
    let progress: Progress;
    try {
      const source = memory.seen ? delivery : await this.sourceOf(event, assignment);
      if ('verdict' in source) {
        return end({ part: delivery.kind, name: delivery.name, ...source }, memory);
      }
      const { request } = deliveryWork({ ...event, delivery: { ...delivery, sourceArn: source.sourceArn } }, elapsed);
      progress = await this.deps.start(request, assignment);
    } catch (error) {
      progress = progressAfter(error, `starting ${target}`, elapsed);
    }
    log.info(`${delivery.kind} start`, { plan: plan.planName, run: run.name, cluster: item.cluster, target, ...fieldsOf(progress) });
    const work = { target, memory, now, shortestWaitSeconds: item.shortestWaitSeconds, audience: 'run' } as const;
    const clearing = progress.status === 'FAILED' && progress.quotaReached ? afterQuota(work) : undefined;
    if (clearing) {
      return { ...clearing, memory: { ...clearing.memory, todo: clearing.call === 'prune' ? 'clear' : 'make' } };
    }
    if (progress.status === 'PENDING' && elapsed >= WATCH_LIMIT_SECONDS) {
      progress = failed(`could not be begun within ${WATCH_LIMIT_SECONDS / 86_400} days: ${progress.reason}`);
    }
    return answerTo(afterStart(progress, work), event, memory, target);
  }

  private async sourceOf({ plan, run, item, delivery }: DeliveryEvent, { target, account }: Assignment): Promise<Source> {
    const { sourceArn, clusterResourceId } = delivery;
    const ofCluster = await this.deps.rds.listSnapshotsOfCluster(plan.region, item.cluster);
    const source = ofCluster.find(({ arn }) => arn === sourceArn);
    if (source && incarnationOf(source) !== clusterResourceId) {
      // As data of another cluster it might make retention delete the last of that one.
      return { verdict: Verdict.FAILED, reason: `the cluster '${item.cluster}' was replaced by another while its snapshot was begun; the next run goes on with that one` };
    }
    if (canBeSuperseded(plan, delivery)) {
      const newer = newerSnapshot(ofCluster, plan, run, clusterResourceId, sourceArn);
      // The answer of an earlier call may have been lost: what is being made is not pointless any more.
      return newer && !await this.hasBegun(delivery.kind, plan.region, target, account) ? { verdict: Verdict.SUPERSEDED, reason: `had not begun when a later run had taken ${newer.identifier}` } : { sourceArn };
    }
    // Retention may have been quicker than the queue; the export of the period is then made from what is there.
    return { sourceArn: source?.arn ?? newestGood(ofCluster, plan, clusterResourceId)?.arn ?? sourceArn };
  }

  private async hasBegun(kind: Delivery['kind'], region: string, target: string, account: string): Promise<boolean> {
    const { rds } = this.deps;
    return await (kind === 'copy' ? rds.findSnapshot(target, account) : rds.findExportTask(region, target)) !== undefined;
  }
}
