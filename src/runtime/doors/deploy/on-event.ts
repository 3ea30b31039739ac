import { WATCH_VERSION, Watch, assignmentOf, isInPlace, requestOf } from './events';
import { physicalIdOf } from '../../../core/physical-id';
import { log } from '../../log';
import { ResourceEvent } from '../custom-resource/events';

export interface OnEventAnswer {
  readonly PhysicalResourceId: string;
  readonly Watch: Watch;
}

/**
 * The first call for every request. It calls nothing and makes nothing: it only says which snapshot or export the request is about.
 *
 * The Provider framework swallows the Delete of a Create whose first call failed, so whatever that call had made would
 * stay for ever. Everything that can fail therefore happens in the later calls, for which CloudFormation knows an id.
 */
export function onEvent(event: ResourceEvent, now: number): OnEventAnswer {
  log.info('request', { requestType: event.RequestType, logicalId: event.LogicalResourceId, physicalId: event.PhysicalResourceId });
  return { PhysicalResourceId: physicalId(event), Watch: { version: WATCH_VERSION, startedAt: now, previousId: event.PhysicalResourceId } };
}

function physicalId(event: ResourceEvent): string {
  if (event.RequestType === 'Delete') {
    return event.PhysicalResourceId ?? event.RequestId;
  }
  try {
    const request = requestOf(event);
    return isInPlace(event, request)
      ? event.PhysicalResourceId!
      : physicalIdOf(request, assignmentOf(event, request, 0).target, event.PhysicalResourceId);
  } catch {
    // Properties that cannot be read are told by the next call, with their reason.
    return event.PhysicalResourceId ?? event.RequestId;
  }
}
