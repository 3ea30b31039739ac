/** Types of the custom resources of restores, as CloudFormation shows them. */
export const RestoreResourceType = {
  RESTORE_POINT: 'Custom::AuroraRestorePoint',
  RESTORE_GUARD: 'Custom::AuroraRestoreGuard',
} as const;

/** Version of the properties below: it rises whenever their meaning changes. */
export const RESTORE_CONTRACT_VERSION = 1;

/** Attributes of a restore point. Always texts that are not empty: other resources may refer to them, and not all take an empty one. */
export const RestorePointAttribute = {
  IDENTIFIER: 'SnapshotIdentifier',
  ARN: 'SnapshotArn',
  /** The time of the data (ISO 8601). */
  DATA_TIME: 'DataTime',
  ENGINE: 'Engine',
  ENGINE_VERSION: 'EngineVersion',
  /** The ARN of the key, or `none`. */
  KMS_KEY_ID: 'KmsKeyId',
  /** Of the cluster whose data it is, or `unknown`. */
  CLUSTER_RESOURCE_ID: 'ClusterResourceId',
} as const;

/** Stands for a key that there is none of, or that only AWS knows. */
export const NO_KEY = 'none';

/** Stands for a cluster that RDS does not tell. */
export const UNKNOWN_CLUSTER = 'unknown';

export type RestorePointSnapshotType = 'automated' | 'manual' | 'shared';

/** The properties of `Custom::AuroraRestorePoint`: written by the construct, read by the handler. */
export interface RestorePointProperties {
  readonly ContractVersion: number;
  readonly Owner: string;
  readonly ClusterIdentifier: string;
  readonly ClusterResourceIdentifier?: string;
  readonly SnapshotTypes: readonly RestorePointSnapshotType[];
  readonly PlanName?: string;
  readonly VaultName?: string;
  readonly VaultRegion?: string;
  readonly SourceAccount?: string;
  /** ISO 8601. */
  readonly Before?: string;
  readonly Engine?: string;
  readonly Trigger?: string;
}

/**
 * The properties of a cluster that cannot be changed without replacing it, by another restore or by an empty one: what the type's schema
 * calls `createOnlyProperties`.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbcluster.html
 */
export const CREATE_ONLY_PROPERTIES = [
  'AvailabilityZones', 'ClusterScalabilityType', 'DatabaseName', 'DBClusterIdentifier', 'DBSubnetGroupName', 'DBSystemId', 'EngineMode',
  'KmsKeyId', 'PubliclyAccessible', 'RestoreToTime', 'RestoreType', 'SnapshotIdentifier', 'SourceDBClusterIdentifier',
  'SourceDbClusterResourceId', 'SourceRegion', 'StorageEncrypted', 'UseLatestRestorableTime',
] as const;
export type CreateOnlyProperty = typeof CREATE_ONLY_PROPERTIES[number];

/**
 * What CloudFormation may replace a cluster for, depending on what changes (`conditionalCreateOnlyProperties`), beside the engine: the user of
 * a cluster that is not restored, and a global cluster that it is to join. The cluster has them from the template.
 */
export const CONDITIONAL_PROPERTIES = ['MasterUsername', 'GlobalClusterIdentifier'] as const;
export type ConditionalProperty = typeof CONDITIONAL_PROPERTIES[number];

/** As texts: the attributes of custom resources are. A list is joined with commas. */
export type CreateOnlyValues = Readonly<Partial<Record<CreateOnlyProperty, string>>>;

/** The properties of `Custom::AuroraRestoreGuard`: written by the construct, read by the handler. */
export interface RestoreGuardProperties {
  readonly ContractVersion: number;
  /** What the cluster takes from the guard. */
  readonly Values: CreateOnlyValues;
  /** What the cluster has from the template. A user name that is in a secret is missing. */
  readonly Conditional: Readonly<Partial<Record<ConditionalProperty, string>>>;
  /** Replaces a cluster as well when it changes, but the cluster has it from the template: it is no text of somebody else. */
  readonly Engine: string;
  /** Of the restored cluster. Not part of what is guarded: it changes in place. */
  readonly EngineVersion?: string;
  /** Whom a new password is for: the master user that the source must have, if it is known at synth. Looked at before the restore only. */
  readonly UserOfSource?: string;
  readonly ClusterLogicalId: string;
  readonly AllowReplacement: boolean;
}
