import { ResourceAnswer, ResourceEvent, ResourceHandler, ResourceStep, PolledEvent } from './events';
import { failWith } from './fail-with';
import { toldTo } from '../../../core/advice';
import { log } from '../../log';
import { progressAfter } from '../../operations/operation';
import { isFromAws, wordsOf } from '../../rds/errors';

export type ResourceHandlers = (resourceType: string) => ResourceHandler;

/** How long AWS may be unable to answer at all, within the hour that CloudFormation waits. */
const TROUBLE_PATIENCE_SECONDS = 50 * 60;

/** The first call for every request. It calls nothing: what fails there leaves CloudFormation without an id to go on with. */
export function customResourceOnEvent(event: ResourceEvent, handlers: ResourceHandlers, now: number) {
  log.info('request', { requestType: event.RequestType, logicalId: event.LogicalResourceId, physicalId: event.PhysicalResourceId });
  return { PhysicalResourceId: event.PhysicalResourceId ?? handlers(event.ResourceType).physicalId(event), StartedAt: now };
}

/** Called every few seconds until it says yes or throws. */
export async function customResourceIsComplete(event: PolledEvent, handlers: ResourceHandlers, now: number): Promise<ResourceAnswer> {
  const elapsedSeconds = (now - event.StartedAt) / 1000;
  const step = await handlers(event.ResourceType).step(event, elapsedSeconds).catch((error) => afterError(event, error, elapsedSeconds));
  log.info('progress', { logicalId: event.LogicalResourceId, requestType: event.RequestType, ...step });

  switch (step.status) {
    case 'DONE':
      return event.RequestType === 'Delete'
        ? { IsComplete: true }
        : { IsComplete: true, PhysicalResourceId: step.physicalId ?? event.PhysicalResourceId, Data: step.attributes };
    case 'PENDING':
      return elapsedSeconds < step.patienceSeconds ? { IsComplete: false } : giveUp(event, `${step.reason}; given up after ${Math.round(step.patienceSeconds / 60)} minutes`);
    case 'FAILED':
      return giveUp(event, step.message);
  }
}

function giveUp(event: PolledEvent, message: string): never {
  log.error('request failed', { logicalId: event.LogicalResourceId, requestType: event.RequestType, reason: message });
  failWith(message);
}

/** What AWS refuses for good fails; what may pass is tried again. */
function afterError(event: PolledEvent, error: unknown, elapsedSeconds: number): ResourceStep {
  if (!isFromAws(error)) {
    return { status: 'FAILED', message: wordsOf(error) };
  }
  const progress = progressAfter(error, `the ${event.RequestType} of ${event.LogicalResourceId}`, elapsedSeconds);
  return progress.status === 'FAILED'
    ? { status: 'FAILED', message: toldTo('deploy', progress).message }
    : { status: 'PENDING', reason: progress.reason, patienceSeconds: TROUBLE_PATIENCE_SECONDS };
}
