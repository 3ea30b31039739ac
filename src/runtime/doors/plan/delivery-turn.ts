import { AT_A_TIME, laneOf } from './deliveries';
import { DeliveryAnswer, DeliveryEvent, readPlan } from './steps';
import { log } from '../../log';
import { Executions } from '../../work/executions';
import { pauseSeconds } from '../../work/work-loop';

/**
 * Lets the oldest five of a lane begin. Whoever was started with them in the same moment, when all saw a free place, waits here:
 * without asking RDS.
 */
export class DeliveryTurn {
  constructor(private readonly executionsOf: (stateMachineArn: string) => Executions) {}

  public async handle(event: DeliveryEvent): Promise<DeliveryAnswer> {
    const { delivery, deliveryStateMachineArn, answer: { memory } } = readPlan(event);
    const lane = laneOf(delivery);
    const queue = (await this.executionsOf(deliveryStateMachineArn).running()).filter((name) => name.startsWith(lane));
    const place = queue.indexOf(delivery.execution);
    if (place >= 0 && place < AT_A_TIME) {
      return { call: 'start', waitSeconds: 0, memory: { ...memory, tries: 0 } };
    }
    log.info('waits for its turn', { delivery: delivery.execution, place });
    const tries = memory.tries ?? 0;
    return { call: 'turn', waitSeconds: Math.min(120, pauseSeconds(0, tries, delivery.execution)), memory: { ...memory, tries: tries + 1 } };
  }
}
