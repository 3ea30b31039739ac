import { Assignment } from '../../../core/assignment';
import { exportTaskIdentifier } from '../../../core/export-identifiers';
import { HANDLE_VERSION, Handle } from '../../../core/handle';
import { operationIdentifier } from '../../../core/identifiers';
import { operationKey } from '../../../core/operation-key';
import { OwnershipTag, OwningResource, ownershipTags } from '../../../core/ownership';
import { targetOf } from '../../../core/physical-id';
import { Progress } from '../../../core/progress';
import { ExportRequest, MakingRequest, OperationRequest, ShareRequest } from '../../../core/requests';
import { parseRequest } from '../../../core/resource-contract';
import { copyToShare, shareClaim, sharesCopy } from '../../../core/sharing';
import { formatSnapshotArn, parseSnapshotArn } from '../../../core/snapshot-arn';
import { parseSourceArn } from '../../../core/source-arn';
import { Removal } from '../../operations/operation';
import { ResourceEvent, stackOf } from '../custom-resource/events';

/** What the first call leaves for the later ones: the framework merges it into every event of the same request. */
export interface WatchedEvent extends ResourceEvent {
  readonly PhysicalResourceId: string;
  readonly Watch: Watch;
}

/** Version of what the first call leaves: the functions may be replaced between two calls of one request. */
export const WATCH_VERSION = 1;

export interface Watch {
  readonly version: number;
  /** When the request came in, in milliseconds since 1970. */
  readonly startedAt: number;
  /** The id that the resource had before; undefined for a Create. */
  readonly previousId?: string;
}

/** What the start function is asked, beside to go on with a request: to have the work watched to its end, or its end reported. */
export interface HandOverEvent extends WatchedEvent {
  readonly HandOver: Progress;
}

/** What the start function answers to the one that watches. */
export interface StartAnswer {
  readonly progress: Progress;
  /** The id of what the resource goes back to; undefined if the event's own id stays. */
  readonly physicalId?: string;
  /** What has to go before the request is done. */
  readonly removals: readonly Removal[];
  /** Set when a failed update is taken back: then nothing is made, nor handed over. */
  readonly goesBack?: true;
  /** Set when the request is none any more, so that its end is nobody's business. */
  readonly isOutdated?: true;
}

/** What the cancel function is asked. */
export interface CancelEvent {
  readonly kind: OperationRequest['kind'];
  readonly removal: Removal;
  readonly resource: OwningResource;
  readonly elapsedSeconds: number;
}

export function readWatch({ Watch: watch }: WatchedEvent): Watch {
  if (watch.version !== WATCH_VERSION) {
    throw new Error(`version ${watch.version} of what onEvent left is not known to this runtime (it knows ${WATCH_VERSION}): the functions were replaced during the request; deploy again`);
  }
  return watch;
}

export function requestOf(event: ResourceEvent): OperationRequest {
  return parseRequest(event.ResourceType, event.ResourceProperties, stackOf(event).region);
}

export function resourceOf(event: ResourceEvent, request: OperationRequest): OwningResource {
  return { owner: request.owner, stackId: event.StackId, logicalId: event.LogicalResourceId };
}

/** Whether an Update asks for what is already there: then only its tags and policies change. */
export function isInPlace(event: ResourceEvent, request: OperationRequest): boolean {
  const previous = previousRequestOf(event);
  return previous !== undefined
    && targetOf(request, event.PhysicalResourceId) !== undefined
    && operationKey(previous) === operationKey(request);
}

/** What an Update changes; undefined if it cannot be read, as when an update to unreadable properties is taken back. */
export function previousRequestOf(event: ResourceEvent): OperationRequest | undefined {
  if (event.RequestType !== 'Update') {
    return undefined;
  }
  try {
    return parseRequest(event.ResourceType, event.OldResourceProperties ?? {}, stackOf(event).region);
  } catch {
    return undefined;
  }
}

/**
 * What a request makes. It follows from the event alone, so that every retry of the request means the same thing; the
 * RequestId is the generation, so that the next request with the same trigger means another one.
 */
export function assignmentOf(event: ResourceEvent, request: OperationRequest, elapsedSeconds: number): Assignment {
  switch (request.kind) {
    case 'export':
      return exportAssignment(event, request, elapsedSeconds);
    case 'share':
      return shareAssignment(event, request, elapsedSeconds);
    default:
      return snapshotAssignment(event, request, elapsedSeconds);
  }
}

/** What is handed over to the watch. */
export function handleOf(event: WatchedEvent, request: OperationRequest): Handle {
  const { elapsedSeconds: _, ...work } = assignmentOf(event, request, 0);
  return {
    version: HANDLE_VERSION,
    request,
    resource: resourceOf(event, request),
    generation: event.RequestId,
    work,
    requestedAt: readWatch(event).startedAt,
  };
}

function snapshotAssignment(event: ResourceEvent, request: MakingRequest, elapsedSeconds: number, standing?: string): Assignment {
  const { partition, account } = stackOf(event);
  const key = operationKey(request);
  const targetIdentifier = standing ?? request.explicitIdentifier
    ?? operationIdentifier(request.owner, [event.StackId, event.LogicalResourceId, key, event.RequestId], readableName(request));
  return {
    targetIdentifier,
    target: formatSnapshotArn({ partition, region: request.region, account, identifier: targetIdentifier }),
    account,
    ownershipTags: ownershipTags(resourceOf(event, request), targetIdentifier, key, event.RequestId, request.explicitIdentifier !== undefined),
    elapsedSeconds,
  };
}

/** What is shared, once it is there, stays while accounts come and go: an Update in place is about the same snapshot. */
function shareAssignment(event: ResourceEvent, request: ShareRequest, elapsedSeconds: number): Assignment {
  const claim = { [OwnershipTag.SHARED_BY]: shareClaim(resourceOf(event, request), event.RequestId) };
  if (!sharesCopy(request)) {
    const identifier = parseSnapshotArn(request.sourceArn)?.identifier ?? request.sourceArn;
    return { targetIdentifier: identifier, target: request.sourceArn, account: stackOf(event).account, ownershipTags: claim, elapsedSeconds };
  }
  const standing = isInPlace(event, request) ? parseSnapshotArn(event.PhysicalResourceId!) : undefined;
  const copy = snapshotAssignment(event, copyToShare(request), elapsedSeconds, standing?.identifier);
  return { ...copy, ownershipTags: { ...copy.ownershipTags, ...claim } };
}

function exportAssignment(event: ResourceEvent, request: ExportRequest, elapsedSeconds: number): Assignment {
  const identifier = exportTaskIdentifier(resourceOf(event, request), operationKey(request), event.RequestId, readableName(request));
  return { targetIdentifier: identifier, target: identifier, account: stackOf(event).account, ownershipTags: {}, elapsedSeconds };
}

function readableName(request: OperationRequest): string {
  switch (request.kind) {
    case 'take':
      return request.clusterIdentifier;
    case 'copy':
    case 'share':
      return parseSnapshotArn(request.sourceArn)?.identifier ?? 'copy';
    case 'export':
      return parseSourceArn(request.sourceArn)?.identifier ?? 'export';
  }
}
