import { operationIdentifier } from '../../../core/identifiers';
import { operationKey } from '../../../core/operation-key';
import { OwningResource, ownershipTags } from '../../../core/ownership';
import { Progress } from '../../../core/progress';
import { Deletion } from '../../../core/removal';
import { OperationRequest } from '../../../core/requests';
import { WireProperties, parseRequest } from '../../../core/resource-contract';
import { formatSnapshotArn, parseSnapshotArn } from '../../../core/snapshot-arn';
import { Assignment, Cancellation } from '../../operations/operation';

/** What CloudFormation sends, as the Provider framework passes it on. */
export interface DeployEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly RequestId: string;
  readonly StackId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceType: string;
  readonly ResourceProperties: WireProperties;
  readonly OldResourceProperties?: WireProperties;
}

/** What the first call leaves for the later ones: the framework merges it into every event of the same request. */
export interface WatchedEvent extends DeployEvent {
  readonly PhysicalResourceId: string;
  readonly Watch: Watch;
}

export interface Watch {
  readonly version: 1;
  /** When the request came in, in milliseconds since 1970. */
  readonly startedAt: number;
  /** The id that the resource had before; undefined for a Create. */
  readonly previousId?: string;
}

/** What the start function answers to the one that watches. */
export interface StartAnswer {
  readonly progress: Progress;
  /** The snapshot that the resource now stands for; undefined if the event's own id stays. */
  readonly arn?: string;
  /** What has to go before the request is done. */
  readonly deletions: readonly Deletion[];
}

/** What the cancel function is asked. */
export interface CancelEvent extends Cancellation {
  readonly kind: OperationRequest['kind'];
}

export function requestOf(event: DeployEvent): OperationRequest {
  return parseRequest(event.ResourceType, event.ResourceProperties, stackOf(event).region);
}

export function resourceOf(event: DeployEvent, request: OperationRequest): OwningResource {
  return { owner: request.owner, stackId: event.StackId, logicalId: event.LogicalResourceId };
}

/** Whether an Update asks for the snapshot that is already there: then only its tags and policies change. */
export function isInPlace(event: DeployEvent, request: OperationRequest): boolean {
  const previous = previousRequestOf(event);
  return previous !== undefined
    && parseSnapshotArn(event.PhysicalResourceId ?? '') !== undefined
    && operationKey(previous) === operationKey(request);
}

/** What an Update changes; undefined if it cannot be read, as when an update to unreadable properties is taken back. */
export function previousRequestOf(event: DeployEvent): OperationRequest | undefined {
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
 * What a request makes. It follows from the event alone, so that every retry of the request means the same snapshot; the
 * RequestId is the generation, so that the next request with the same trigger means another one.
 */
export function assignmentOf(event: DeployEvent, request: OperationRequest, elapsedSeconds: number): Assignment {
  const { partition, account } = stackOf(event);
  const key = operationKey(request);
  const resource = resourceOf(event, request);
  const targetIdentifier = request.explicitIdentifier
    ?? operationIdentifier(request.owner, [event.StackId, event.LogicalResourceId, key, event.RequestId], readableName(request));
  return {
    targetIdentifier,
    targetArn: formatSnapshotArn({ partition, region: request.region, account, identifier: targetIdentifier }),
    account,
    ownershipTags: ownershipTags(resource, targetIdentifier, key, event.RequestId, request.explicitIdentifier !== undefined),
    elapsedSeconds,
  };
}

function readableName(request: OperationRequest): string {
  return request.kind === 'take' ? request.clusterIdentifier : parseSnapshotArn(request.sourceArn)?.identifier ?? 'copy';
}

function stackOf(event: DeployEvent): { partition: string; region: string; account: string } {
  const [, partition, , region, account] = event.StackId.split(':');
  return { partition, region, account };
}
