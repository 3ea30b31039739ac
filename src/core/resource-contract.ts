import { isAccountId } from './account-id';
import { userTags } from './ownership';
import { SnapshotRemoval } from './removal';
import { CompletionMode, CopySnapshotRequest, ExportRequest, OperationRequest, ShareRequest, TakeSnapshotRequest } from './requests';
import { Tags } from './snapshot';
import { parseSnapshotArn } from './snapshot-arn';
import { parseSourceArn } from './source-arn';

/** Types of the custom resources, as CloudFormation shows them. */
export const ResourceType = {
  CLUSTER_SNAPSHOT: 'Custom::AuroraClusterSnapshot',
  CLUSTER_SNAPSHOT_COPY: 'Custom::AuroraClusterSnapshotCopy',
  CLUSTER_SNAPSHOT_SHARE: 'Custom::AuroraClusterSnapshotShare',
  EXPORT_TASK: 'Custom::AuroraExportTask',
} as const;

/** Attributes of the custom resources. They follow from the ARN alone, so they never change while the snapshot stays. */
export const SnapshotAttribute = {
  ARN: 'SnapshotArn',
  IDENTIFIER: 'SnapshotIdentifier',
} as const;

/**
 * Attributes of an export task. The identifier is known when the export is started; the others are its result, `unknown` when RDS
 * no longer lists the task: other resources may refer to them, and not all take an empty text.
 */
export const ExportAttribute = {
  IDENTIFIER: 'ExportTaskIdentifier',
  /** The time of the exported data (ISO 8601). */
  SNAPSHOT_TIME: 'SnapshotTime',
  TOTAL_EXTRACTED_DATA_IN_GB: 'TotalExtractedDataInGB',
  /** What the export left out, cut to fit the answer. */
  WARNINGS: 'Warnings',
} as const;

export const UNKNOWN_RESULT = 'unknown';

/** Version of the properties below: it rises whenever their meaning changes. */
export const CONTRACT_VERSION = 1;

/** A handler reads its own version and the one before, because an update of the library may be rolled back. */
const READABLE_VERSIONS = [CONTRACT_VERSION];

/** The properties of `Custom::AuroraClusterSnapshot`: written by the construct, read by the handler. */
export interface ClusterSnapshotProperties extends SnapshotProperties {
  readonly ClusterIdentifier: string;
  readonly SnapshotIdentifier?: string;
  readonly Trigger?: string;
  readonly KeepLast?: number;
}

/** The properties of `Custom::AuroraClusterSnapshotCopy`: written by the construct, read by the handler. */
export interface ClusterSnapshotCopyProperties extends SnapshotProperties {
  readonly SourceSnapshotArn: string;
  readonly Region?: string;
  readonly KmsKeyId?: string;
  readonly CopyTags: boolean;
  readonly TargetIdentifier?: string;
  readonly SourceMayBeQueued?: true;
}

/** The properties of `Custom::AuroraClusterSnapshotShare`: written by the construct, read by the handler. */
export interface ClusterSnapshotShareProperties extends CommonProperties {
  readonly SourceSnapshotArn: string;
  readonly AccountIds: readonly string[];
  readonly KmsKeyId?: string;
  readonly SourceMayBeQueued?: true;
}

/** The properties of `Custom::AuroraExportTask`: written by the construct, read by the handler. */
export interface ExportTaskProperties extends CommonProperties {
  readonly SourceArn: string;
  readonly Bucket: string;
  readonly Prefix?: string;
  readonly RoleArn: string;
  readonly KmsKeyId: string;
  readonly ExportOnly?: readonly string[];
  readonly Trigger?: string;
  readonly FailOnWarnings: boolean;
  readonly SourceMayBeQueued?: true;
}

/** What one kind of resource has beside the properties that all have. */
export type OwnProperties<T extends CommonProperties> = Omit<T, keyof CommonProperties | keyof SnapshotProperties>;

export interface CommonProperties {
  readonly ContractVersion: number;
  readonly Owner: string;
  readonly Completion: CompletionMode;
  readonly TimeoutMinutes: number;
  readonly NotificationTopicArn?: string;
  /** Where the function that starts work hands it over; its environment cannot tell, because the state machine names the function. */
  readonly WatchStateMachineArn: string;
}

/** What resources have that make a snapshot. */
export interface SnapshotProperties extends CommonProperties {
  readonly RemovalPolicy: SnapshotRemoval;
  readonly Tags?: Tags;
}

/** What CloudFormation makes of the properties on the way: every scalar is a string. */
export type WireProperties = Readonly<Record<string, unknown>>;

/** Turns the properties into a typed request; the one place where they are strings. */
export function parseRequest(resourceType: string, properties: WireProperties, stackRegion: string): OperationRequest {
  const version = number(properties, 'ContractVersion');
  if (version === undefined || !READABLE_VERSIONS.includes(version)) {
    throw new Error(`contract version ${String(properties.ContractVersion)} is not known to this runtime (it knows ${READABLE_VERSIONS.join(', ')}); `
      + 'deploy the construct and its provider from the same release of cdk-aurora-backup');
  }
  switch (resourceType) {
    case ResourceType.CLUSTER_SNAPSHOT:
      return parseTake(properties, stackRegion);
    case ResourceType.CLUSTER_SNAPSHOT_COPY:
      return parseCopy(properties, stackRegion);
    case ResourceType.CLUSTER_SNAPSHOT_SHARE:
      return parseShare(properties, stackRegion);
    case ResourceType.EXPORT_TASK:
      return parseExport(properties, stackRegion);
    default:
      throw new Error(`resource type ${resourceType} is not known to this runtime; deploy the construct and its provider from the same release`);
  }
}

/** Where the work of a resource is handed over. */
export function watchStateMachineOf(properties: WireProperties): string {
  return required(properties, 'WatchStateMachineArn');
}

function parseTake(properties: WireProperties, stackRegion: string): TakeSnapshotRequest {
  return {
    kind: 'take',
    ...common(properties),
    ...ofSnapshot(properties),
    region: stackRegion,
    explicitIdentifier: text(properties, 'SnapshotIdentifier')?.toLowerCase(),
    clusterIdentifier: required(properties, 'ClusterIdentifier').toLowerCase(),
    trigger: text(properties, 'Trigger'),
    keepLast: number(properties, 'KeepLast'),
  };
}

function parseCopy(properties: WireProperties, stackRegion: string): CopySnapshotRequest {
  return {
    kind: 'copy',
    ...common(properties),
    ...ofSnapshot(properties),
    region: text(properties, 'Region') ?? stackRegion,
    explicitIdentifier: text(properties, 'TargetIdentifier')?.toLowerCase(),
    sourceArn: required(properties, 'SourceSnapshotArn'),
    kmsKeyId: text(properties, 'KmsKeyId'),
    copyTags: text(properties, 'CopyTags') === 'true',
    sourceMayBeQueued: text(properties, 'SourceMayBeQueued') === 'true',
  };
}

function parseShare(properties: WireProperties, stackRegion: string): ShareRequest {
  const sourceArn = required(properties, 'SourceSnapshotArn');
  return {
    kind: 'share',
    ...common(properties),
    // What is shared is where the source is.
    region: parseSnapshotArn(sourceArn)?.region ?? stackRegion,
    sourceArn,
    accounts: [...new Set(list(properties, 'AccountIds').map(accountId))],
    kmsKeyId: text(properties, 'KmsKeyId'),
    sourceMayBeQueued: text(properties, 'SourceMayBeQueued') === 'true',
  };
}

/** RDS would take `all`, too, and show the snapshot to everybody. */
function accountId(value: string): string {
  if (!isAccountId(value)) {
    throw new Error(`the property AccountIds must name accounts by their 12 digits, got '${value}'`);
  }
  return value;
}

function parseExport(properties: WireProperties, stackRegion: string): ExportRequest {
  const sourceArn = required(properties, 'SourceArn');
  return {
    kind: 'export',
    ...common(properties),
    // RDS exports where the source is, and only to a bucket of that Region.
    region: parseSourceArn(sourceArn)?.region ?? stackRegion,
    sourceArn,
    bucket: required(properties, 'Bucket'),
    prefix: text(properties, 'Prefix'),
    roleArn: required(properties, 'RoleArn'),
    kmsKeyId: required(properties, 'KmsKeyId'),
    exportOnly: list(properties, 'ExportOnly'),
    trigger: text(properties, 'Trigger'),
    failOnWarnings: text(properties, 'FailOnWarnings') === 'true',
    sourceMayBeQueued: text(properties, 'SourceMayBeQueued') === 'true',
  };
}

function common(properties: WireProperties) {
  return {
    owner: required(properties, 'Owner'),
    completion: completion(properties),
    timeoutMinutes: number(properties, 'TimeoutMinutes') ?? 50,
    notificationTopicArn: text(properties, 'NotificationTopicArn'),
  };
}

function ofSnapshot(properties: WireProperties) {
  return {
    removal: text(properties, 'RemovalPolicy') === SnapshotRemoval.DESTROY ? SnapshotRemoval.DESTROY : SnapshotRemoval.RETAIN,
    // An Aspect may tag everything in an app; what the library tells its snapshots by is not for others to set.
    tags: userTags((properties.Tags ?? {}) as Tags),
  };
}

function completion(properties: WireProperties): CompletionMode {
  const mode = text(properties, 'Completion') ?? CompletionMode.FAIL;
  const known = Object.values(CompletionMode).find((candidate) => candidate === mode);
  if (known === undefined) {
    throw new Error(`the property Completion must be one of ${Object.values(CompletionMode).join(', ')}, got '${mode}'`);
  }
  return known;
}

function list(properties: WireProperties, name: string): string[] {
  const value = properties[name] ?? [];
  if (!Array.isArray(value)) {
    throw new Error(`the property ${name} must be a list, got '${String(value)}'`);
  }
  return value.map(String);
}

/** The readers of properties, for all resource types. An empty text is none. */
export function required(properties: WireProperties, name: string): string {
  const value = text(properties, name);
  if (value === undefined) {
    throw new Error(`the property ${name} is missing or empty`);
  }
  return value;
}

export function text(properties: WireProperties, name: string): string | undefined {
  const value = properties[name];
  return value === undefined || value === null || value === '' ? undefined : String(value);
}

function number(properties: WireProperties, name: string): number | undefined {
  const value = text(properties, name);
  if (value === undefined) {
    return undefined;
  }
  const parsed = Number(value);
  if (!Number.isInteger(parsed)) {
    throw new Error(`the property ${name} must be a whole number, got '${value}'`);
  }
  return parsed;
}
