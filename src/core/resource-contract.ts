import { userTags } from './ownership';
import { SnapshotRemoval } from './removal';
import { CopySnapshotRequest, OperationRequest, TakeSnapshotRequest } from './requests';
import { Tags } from './snapshot';

/** Types of the custom resources, as CloudFormation shows them. */
export const ResourceType = {
  CLUSTER_SNAPSHOT: 'Custom::AuroraClusterSnapshot',
  CLUSTER_SNAPSHOT_COPY: 'Custom::AuroraClusterSnapshotCopy',
} as const;

/** Attributes of the custom resources. They follow from the ARN alone, so they never change while the snapshot stays. */
export const SnapshotAttribute = {
  ARN: 'SnapshotArn',
  IDENTIFIER: 'SnapshotIdentifier',
} as const;

/** Version of the properties below: it rises whenever their meaning changes. */
export const CONTRACT_VERSION = 1;

/** A handler reads its own version and the one before, because an update of the library may be rolled back. */
const READABLE_VERSIONS = [CONTRACT_VERSION];

/** The properties of `Custom::AuroraClusterSnapshot`: written by the construct, read by the handler. */
export interface ClusterSnapshotProperties extends CommonProperties {
  readonly ClusterIdentifier: string;
  readonly SnapshotIdentifier?: string;
  readonly Trigger?: string;
  readonly KeepLast?: number;
}

/** The properties of `Custom::AuroraClusterSnapshotCopy`: written by the construct, read by the handler. */
export interface ClusterSnapshotCopyProperties extends CommonProperties {
  readonly SourceSnapshotArn: string;
  readonly Region?: string;
  readonly KmsKeyId?: string;
  readonly CopyTags: boolean;
  readonly TargetIdentifier?: string;
}

/** What one kind of resource has beside the properties that all have. */
export type OwnProperties<T extends CommonProperties> = Omit<T, keyof CommonProperties>;

export interface CommonProperties {
  readonly ContractVersion: number;
  readonly Owner: string;
  readonly RemovalPolicy: SnapshotRemoval;
  readonly TimeoutMinutes: number;
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
    default:
      throw new Error(`resource type ${resourceType} is not known to this runtime; deploy the construct and its provider from the same release`);
  }
}

function parseTake(properties: WireProperties, stackRegion: string): TakeSnapshotRequest {
  return {
    kind: 'take',
    ...common(properties),
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
    region: text(properties, 'Region') ?? stackRegion,
    explicitIdentifier: text(properties, 'TargetIdentifier')?.toLowerCase(),
    sourceArn: required(properties, 'SourceSnapshotArn'),
    kmsKeyId: text(properties, 'KmsKeyId'),
    copyTags: text(properties, 'CopyTags') === 'true',
  };
}

function common(properties: WireProperties) {
  return {
    owner: required(properties, 'Owner'),
    removal: text(properties, 'RemovalPolicy') === SnapshotRemoval.DESTROY ? SnapshotRemoval.DESTROY : SnapshotRemoval.RETAIN,
    timeoutMinutes: number(properties, 'TimeoutMinutes') ?? 50,
    // An Aspect may tag everything in an app; what the library tells its snapshots by is not for others to set.
    tags: userTags((properties.Tags ?? {}) as Tags),
  };
}

function required(properties: WireProperties, name: string): string {
  const value = text(properties, name);
  if (value === undefined) {
    throw new Error(`the property ${name} is missing or empty`);
  }
  return value;
}

function text(properties: WireProperties, name: string): string | undefined {
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
