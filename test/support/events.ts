/** Requests of CloudFormation, as the Provider framework hands them on: every scalar of the properties is a string. */
import { ownerOf } from '../../src/core/identifiers';
import { ResourceType, WireProperties } from '../../src/core/resource-contract';
import { ResourceEvent } from '../../src/runtime/doors/custom-resource/events';
import { WatchedEvent } from '../../src/runtime/doors/deploy/events';

export const ACCOUNT = '111111111111';
export const OTHER_ACCOUNT = '222222222222';
export const REGION = 'eu-west-1';
export const OTHER_REGION = 'eu-central-1';
export const STACK_ID = `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/Orders/0a1b2c3d-0000-4000-8000-000000000001`;
export const LOGICAL_ID = 'BeforeMigration';
export const OWNER = ownerOf('Orders');

/** The moment at which the requests below come in. */
export const NOON = Date.parse('2026-11-22T12:00:00Z');

export const minutes = (count: number): number => count * 60_000;

export const SOURCE_ARN = `arn:aws:rds:${REGION}:${ACCOUNT}:cluster-snapshot:by-hand`;
export const CLUSTER_ARN = `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:orders`;
export const EXPORT_ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/export`;
export const EXPORT_KEY_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:key/lake`;
export const TOPIC_ARN = `arn:aws:sns:${REGION}:${ACCOUNT}:backups`;
export const STATE_MACHINE_ARN = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:Watch`;

const COMMON: WireProperties = {
  ServiceToken: 'arn:aws:lambda:eu-west-1:111111111111:function:framework', ContractVersion: '1', Owner: OWNER, WatchStateMachineArn: STATE_MACHINE_ARN,
};

/** Properties of a `ClusterSnapshot` on the wire; `undefined` leaves one out. */
export function takeProperties(changes: WireProperties = {}): WireProperties {
  return withoutUndefined({ ...COMMON, ClusterIdentifier: 'orders', RemovalPolicy: 'retain', TimeoutMinutes: '50', ...changes });
}

/** Properties of a `ClusterSnapshotCopy` on the wire; `undefined` leaves one out. */
export function copyProperties(changes: WireProperties = {}): WireProperties {
  return withoutUndefined({
    ...COMMON, SourceSnapshotArn: SOURCE_ARN, Region: REGION, CopyTags: 'true', RemovalPolicy: 'retain', TimeoutMinutes: '50', ...changes,
  });
}

/** Properties of a `ClusterSnapshotShare` on the wire; `undefined` leaves one out. */
export function shareProperties(changes: WireProperties = {}): WireProperties {
  return withoutUndefined({ ...COMMON, SourceSnapshotArn: SOURCE_ARN, AccountIds: [OTHER_ACCOUNT], Completion: 'fail', TimeoutMinutes: '50', ...changes });
}

/** Properties of an `ExportTask` that waits for its result, on the wire; `undefined` leaves one out. */
export function exportProperties(changes: WireProperties = {}): WireProperties {
  return withoutUndefined({
    ...COMMON,
    SourceArn: SOURCE_ARN,
    Bucket: 'lake',
    RoleArn: EXPORT_ROLE_ARN,
    KmsKeyId: EXPORT_KEY_ARN,
    FailOnWarnings: 'false',
    Completion: 'fail',
    TimeoutMinutes: '50',
    ...changes,
  });
}

export function createEvent(properties = takeProperties(), changes: Partial<ResourceEvent> = {}): ResourceEvent {
  return event({ RequestType: 'Create', ResourceProperties: properties, ...changes });
}

export function updateEvent(before: WireProperties, now: WireProperties, physicalId: string, changes: Partial<ResourceEvent> = {}): ResourceEvent {
  return event({
    RequestType: 'Update', RequestId: 'request-update', ResourceProperties: now, OldResourceProperties: before, PhysicalResourceId: physicalId, ...changes,
  });
}

export function deleteEvent(physicalId: string, properties = takeProperties(), changes: Partial<ResourceEvent> = {}): ResourceEvent {
  return event({ RequestType: 'Delete', RequestId: 'request-delete', ResourceProperties: properties, PhysicalResourceId: physicalId, ...changes });
}

/** What `isComplete` gets: the request with what `onEvent` answered, at noon. */
export function watched(request: ResourceEvent, physicalId = request.PhysicalResourceId ?? request.RequestId): WatchedEvent {
  return { ...request, PhysicalResourceId: physicalId, Watch: { version: 1, startedAt: NOON, previousId: request.PhysicalResourceId } };
}

function event(parts: Partial<ResourceEvent> & Pick<ResourceEvent, 'RequestType' | 'ResourceProperties'>): ResourceEvent {
  return { RequestId: 'request-create', StackId: STACK_ID, LogicalResourceId: LOGICAL_ID, ResourceType: typeOf(parts.ResourceProperties), ...parts };
}

function typeOf(properties: WireProperties): string {
  if ('Bucket' in properties) {
    return ResourceType.EXPORT_TASK;
  }
  if ('AccountIds' in properties) {
    return ResourceType.CLUSTER_SNAPSHOT_SHARE;
  }
  return 'SourceSnapshotArn' in properties ? ResourceType.CLUSTER_SNAPSHOT_COPY : ResourceType.CLUSTER_SNAPSHOT;
}

function withoutUndefined(properties: WireProperties): WireProperties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
}
