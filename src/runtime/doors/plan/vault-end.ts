import { end } from './delivery-work';
import { DeliveryAnswer, DeliveryEvent, DeliveryMemory } from './steps';
import { PartVerdict } from '../../../core/plan/verdict';
import { bounded } from '../../work/bounded';

/** How it ended for a vault. A copy that was made for it goes, once no other vault needs it. */
export function endOfVault({ plan, delivery }: DeliveryEvent, memory: DeliveryMemory, result: Pick<PartVerdict, 'verdict' | 'reason'>): DeliveryAnswer {
  const { verdict, reason } = result;
  const outcome: PartVerdict = {
    part: 'vault', name: delivery.name, target: delivery.sourceArn, verdict, ...(reason === undefined ? {} : { reason: bounded(reason) }),
  };
  return plan.sharingKeyId === undefined
    ? end(outcome, memory)
    : { call: 'prune', waitSeconds: 0, memory: { ...memory, todo: 'prune', tries: 0, outcome } };
}
