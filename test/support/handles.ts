/** Work as a deploy hands it over to the watch. */
import { assigned, copyRequest, exportRequest, shareRequest, takeRequest } from './assignments';
import { NOON } from './events';
import { RESOURCE } from './snapshots';
import { HANDLE_VERSION, Handle } from '../../src/core/handle';
import { OperationRequest } from '../../src/core/requests';
import { WireProperties } from '../../src/core/resource-contract';

/** The work of a Create at noon. */
export function handleOf(request: OperationRequest): Handle {
  const { elapsedSeconds: _, ...work } = assigned(request);
  return { version: HANDLE_VERSION, request, resource: RESOURCE, generation: 'request-create', work, requestedAt: NOON };
}

/** An export, unless another request is given. */
export const aHandle = (changes: WireProperties = {}): Handle => handleOf(exportRequest(changes));

export const HANDLES: Readonly<Record<OperationRequest['kind'], Handle>> = {
  take: handleOf(takeRequest()), copy: handleOf(copyRequest()), export: handleOf(exportRequest()), share: handleOf(shareRequest()),
};
