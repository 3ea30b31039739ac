/** Work as a door hands it to an operation. */
import { REGION, copyProperties, createEvent, exportProperties, shareProperties, takeProperties } from './events';
import { Assignment } from '../../src/core/assignment';
import { OperationRequest } from '../../src/core/requests';
import { parseRequest, ResourceType, WireProperties } from '../../src/core/resource-contract';
import { assignmentOf } from '../../src/runtime/doors/deploy/events';

type Request<Kind extends OperationRequest['kind']> = Extract<OperationRequest, { kind: Kind }>;

export function takeRequest(changes: WireProperties = {}): Request<'take'> {
  return parseRequest(ResourceType.CLUSTER_SNAPSHOT, takeProperties(changes), REGION) as Request<'take'>;
}

export function copyRequest(changes: WireProperties = {}): Request<'copy'> {
  return parseRequest(ResourceType.CLUSTER_SNAPSHOT_COPY, copyProperties(changes), REGION) as Request<'copy'>;
}

export function exportRequest(changes: WireProperties = {}): Request<'export'> {
  return parseRequest(ResourceType.EXPORT_TASK, exportProperties(changes), REGION) as Request<'export'>;
}

export function shareRequest(changes: WireProperties = {}): Request<'share'> {
  return parseRequest(ResourceType.CLUSTER_SNAPSHOT_SHARE, shareProperties(changes), REGION) as Request<'share'>;
}

const PROPERTIES = { take: takeProperties(), copy: copyProperties(), export: exportProperties(), share: shareProperties() };

/** What a Create of the resource assigns after so many seconds. */
export function assigned(request: OperationRequest, elapsedSeconds = 0): Assignment {
  return assignmentOf(createEvent(PROPERTIES[request.kind]), request, elapsedSeconds);
}
