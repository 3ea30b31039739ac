import { LookDependencies } from './cluster-look';
import { answerTo, deliveryWork } from './delivery-work';
import { DeliveryAnswer, DeliveryEvent, readPlan } from './steps';
import { fieldsOf, log } from '../../log';
import { afterLook, elapsedSeconds } from '../../work/work-loop';

/** Looks at a copy or an export of a run. */
export class DeliveryLook {
  constructor(private readonly deps: LookDependencies) {}

  public async handle(event: DeliveryEvent): Promise<DeliveryAnswer> {
    const { plan, run, item, delivery, answer: { memory } } = readPlan(event);
    const now = this.deps.now();
    const { request, assignment } = deliveryWork(event, elapsedSeconds({ memory, now }));
    const progress = await this.deps.check(request, assignment);
    const { target } = assignment;
    log.info(`${delivery.kind} look`, { plan: plan.planName, run: run.name, cluster: item.cluster, target, ...fieldsOf(progress) });
    return answerTo(afterLook(progress, { target, memory, now, shortestWaitSeconds: item.shortestWaitSeconds, audience: 'run' }), event, memory, target);
  }
}
