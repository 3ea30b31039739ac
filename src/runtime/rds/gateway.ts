import {
  AddTagsToResourceCommand, CancelExportTaskCommand, CopyDBClusterSnapshotCommand, CreateDBClusterSnapshotCommand, DBCluster,
  DBClusterAutomatedBackup, DBClusterSnapshot, DeleteDBClusterSnapshotCommand, DescribeDBClusterSnapshotAttributesCommand,
  DescribeDBClusterSnapshotsCommand, DescribeDBClusterSnapshotsCommandInput, DescribeDBClustersCommand, DescribeExportTasksCommand,
  ExportTask as RdsExportTask, ModifyDBClusterSnapshotAttributeCommand, RDSClient, RemoveTagsFromResourceCommand, StartExportTaskCommand, Tag,
  paginateDescribeDBClusterAutomatedBackups, paginateDescribeDBClusterSnapshots, paginateDescribeDBClusters, paginateDescribeExportTasks,
} from '@aws-sdk/client-rds';
import { isNotFound } from './errors';
import { ExportTask } from '../../core/export-task';
import { RestoreWindow } from '../../core/restore/restore-window';
import { Snapshot, Tags } from '../../core/snapshot';
import { parseSnapshotArn } from '../../core/snapshot-arn';

/** The one attribute of a snapshot: who may copy and restore it. */
const SHARE_ATTRIBUTE = 'restore';

export interface Cluster extends RestoreWindow {
  readonly identifier: string;
  readonly status: string;
  readonly engine: string;
  /** `provisioned`, which Serverless v2 is as well, or `serverless` for Serverless v1. */
  readonly engineMode?: string;
  /** What RDS knows it by for ever; its identifier may be given to another cluster. */
  readonly resourceId: string;
  readonly createTime?: Date;
  readonly engineVersion?: string;
  readonly databaseName?: string;
  readonly masterUsername?: string;
  readonly subnetGroupName?: string;
  readonly storageEncrypted?: boolean;
  /** The ARN of its key. */
  readonly kmsKeyId?: string;
  readonly availabilityZones?: readonly string[];
  readonly publiclyAccessible?: boolean;
  readonly globalClusterIdentifier?: string;
  readonly systemId?: string;
  readonly scalabilityType?: string;
  readonly deletionProtection?: boolean;
  readonly tags: Tags;
}

/** The continuous backup of a cluster, of one that exists or of one that was deleted. */
export interface AutomatedBackup extends RestoreWindow {
  readonly clusterIdentifier: string;
  readonly resourceId: string;
  /** `active` while the cluster exists, `retained` after that. */
  readonly status: string;
  readonly engine: string;
  readonly engineVersion?: string;
  readonly masterUsername?: string;
}

export type BackedUpCluster = { readonly clusterIdentifier: string } | { readonly resourceId: string };

export interface ExportInput {
  readonly identifier: string;
  readonly sourceArn: string;
  readonly bucket: string;
  readonly prefix?: string;
  readonly roleArn: string;
  readonly kmsKeyId: string;
  readonly exportOnly: readonly string[];
}

export interface CopyInput {
  readonly sourceIdentifierOrArn: string;
  readonly targetIdentifier: string;
  readonly kmsKeyId?: string;
  readonly tags: Tags;
}

/** The few calls of RDS that the operations need, in the library's own words. Each call names its Region. */
export class RdsGateway {
  private readonly clients = new Map<string, RDSClient>();

  constructor(private readonly makeClient: (region: string) => RDSClient) {}

  public async findCluster(region: string, identifier: string): Promise<Cluster | undefined> {
    const answer = await orUndefined(this.client(region).send(new DescribeDBClustersCommand({ DBClusterIdentifier: identifier })));
    const cluster = answer?.DBClusters?.[0];
    return cluster && toCluster(cluster);
  }

  /** A cluster by what RDS knows it by for ever. */
  public async findClusterByResourceId(region: string, resourceId: string): Promise<Cluster | undefined> {
    const answer = await this.client(region).send(new DescribeDBClustersCommand({ Filters: [{ Name: 'db-cluster-resource-id', Values: [resourceId] }] }));
    const cluster = answer.DBClusters?.[0];
    return cluster && toCluster(cluster);
  }

  /** The automated backups of a name or of a resource id, to the last page: of the cluster that has it, and of deleted ones that had it. */
  public async listAutomatedBackups(region: string, of: BackedUpCluster): Promise<AutomatedBackup[]> {
    const filter = 'resourceId' in of
      ? { Name: 'db-cluster-resource-id', Values: [of.resourceId] }
      : { Name: 'db-cluster-id', Values: [of.clusterIdentifier] };
    const backups: AutomatedBackup[] = [];
    // Filters, because RDS calls a name or an id that it does not know an error.
    for await (const page of paginateDescribeDBClusterAutomatedBackups({ client: this.client(region) }, { Filters: [filter], MaxRecords: 100 })) {
      backups.push(...(page.DBClusterAutomatedBackups ?? []).map(toAutomatedBackup));
    }
    return backups;
  }

  /** All clusters of the Region, of whatever engine, to the last page, with their tags. */
  public async listClusters(region: string): Promise<Cluster[]> {
    const clusters: Cluster[] = [];
    for await (const page of paginateDescribeDBClusters({ client: this.client(region) }, { MaxRecords: 100 })) {
      clusters.push(...(page.DBClusters ?? []).map(toCluster));
    }
    return clusters;
  }

  /** A snapshot by its ARN, of this account or shared with it. */
  public async findSnapshot(arn: string, ownAccount: string): Promise<Snapshot | undefined> {
    const parts = parseSnapshotArn(arn);
    if (!parts) {
      return undefined;
    }
    const shared = parts.account !== ownAccount;
    const answer = await orUndefined(this.client(parts.region).send(new DescribeDBClusterSnapshotsCommand({
      // RDS takes a name for one's own snapshots and an ARN for those of others.
      DBClusterSnapshotIdentifier: shared ? arn : parts.identifier,
      // Automated and shared snapshots are found by name only when their type is asked for.
      SnapshotType: shared ? 'shared' : parts.identifier.startsWith('rds:') ? 'automated' : undefined,
    })));
    const found = answer?.DBClusterSnapshots?.[0];
    return found && toSnapshot(found);
  }

  /** All manual snapshots of the Region, to the last page, with their tags. */
  public async listManualSnapshots(region: string): Promise<Snapshot[]> {
    return this.listSnapshots(region, { SnapshotType: 'manual' });
  }

  /**
   * All manual snapshots of the Region whose data is of a cluster of this name, to the last page, with their tags. By a filter: the cluster
   * itself may be gone, or never have been in this Region.
   */
  public async listSnapshotsOfCluster(region: string, clusterIdentifier: string): Promise<Snapshot[]> {
    return this.listSnapshots(region, { SnapshotType: 'manual', Filters: [{ Name: 'db-cluster-id', Values: [clusterIdentifier] }] });
  }

  /** All snapshots of this account, automated and manual ones, to the last page, with their tags: of a cluster of this name, or of all. */
  public async listOwnSnapshots(region: string, clusterIdentifier?: string): Promise<Snapshot[]> {
    return this.listSnapshots(region, clusterIdentifier === undefined ? {} : { Filters: [{ Name: 'db-cluster-id', Values: [clusterIdentifier] }] });
  }

  /** All snapshots of the Region that other accounts share with this one, to the last page. RDS does not show the tags that they have there. */
  public async listSharedSnapshots(region: string): Promise<Snapshot[]> {
    return this.listSnapshots(region, { SnapshotType: 'shared' });
  }

  public async createSnapshot(region: string, clusterIdentifier: string, identifier: string, tags: Tags): Promise<void> {
    await this.client(region).send(new CreateDBClusterSnapshotCommand({
      DBClusterIdentifier: clusterIdentifier,
      DBClusterSnapshotIdentifier: identifier,
      Tags: toTagList(tags),
    }));
  }

  /** Called in the destination Region; for a source elsewhere the SDK signs the URL that the source Region asks for. */
  public async copySnapshot(region: string, input: CopyInput): Promise<void> {
    await this.client(region).send(new CopyDBClusterSnapshotCommand({
      SourceDBClusterSnapshotIdentifier: input.sourceIdentifierOrArn,
      TargetDBClusterSnapshotIdentifier: input.targetIdentifier,
      KmsKeyId: input.kmsKeyId,
      // Tags are passed one by one instead: CopyTags would bring the source's ownership tags along.
      CopyTags: false,
      Tags: toTagList(input.tags),
    }));
  }

  public async deleteSnapshot(region: string, identifier: string): Promise<void> {
    await orUndefined(this.client(region).send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: identifier })));
  }

  /** The accounts that may copy and restore the snapshot. */
  public async accountsSharedWith(region: string, identifier: string): Promise<string[]> {
    const answer = await this.client(region).send(new DescribeDBClusterSnapshotAttributesCommand({ DBClusterSnapshotIdentifier: identifier }));
    const attributes = answer.DBClusterSnapshotAttributesResult?.DBClusterSnapshotAttributes ?? [];
    return attributes.find((attribute) => attribute.AttributeName === SHARE_ATTRIBUTE)?.AttributeValues ?? [];
  }

  public async share(region: string, identifier: string, accountsToAdd: readonly string[], accountsToRemove: readonly string[]): Promise<void> {
    await this.client(region).send(new ModifyDBClusterSnapshotAttributeCommand({
      DBClusterSnapshotIdentifier: identifier,
      AttributeName: SHARE_ATTRIBUTE,
      ValuesToAdd: accountsToAdd.length > 0 ? [...accountsToAdd] : undefined,
      ValuesToRemove: accountsToRemove.length > 0 ? [...accountsToRemove] : undefined,
    }));
  }

  public async startExportTask(region: string, input: ExportInput): Promise<void> {
    await this.client(region).send(new StartExportTaskCommand({
      ExportTaskIdentifier: input.identifier,
      SourceArn: input.sourceArn,
      S3BucketName: input.bucket,
      S3Prefix: input.prefix,
      IamRoleArn: input.roleArn,
      KmsKeyId: input.kmsKeyId,
      // An empty list is not the same as none.
      ExportOnly: input.exportOnly.length > 0 ? [...input.exportOnly] : undefined,
    }));
  }

  public async findExportTask(region: string, identifier: string): Promise<ExportTask | undefined> {
    const answer = await orUndefined(this.client(region).send(new DescribeExportTasksCommand({ ExportTaskIdentifier: identifier })));
    const found = answer?.ExportTasks?.[0];
    return found && toExportTask(found);
  }

  /** All export tasks of the Region that RDS still lists, to the last page. */
  public async listExportTasks(region: string): Promise<ExportTask[]> {
    const tasks: ExportTask[] = [];
    for await (const page of paginateDescribeExportTasks({ client: this.client(region) }, { MaxRecords: 100 })) {
      tasks.push(...(page.ExportTasks ?? []).map(toExportTask));
    }
    return tasks;
  }

  public async cancelExportTask(region: string, identifier: string): Promise<void> {
    await orUndefined(this.client(region).send(new CancelExportTaskCommand({ ExportTaskIdentifier: identifier })));
  }

  public async setTags(region: string, arn: string, tags: Tags): Promise<void> {
    await this.client(region).send(new AddTagsToResourceCommand({ ResourceName: arn, Tags: toTagList(tags) }));
  }

  public async removeTags(region: string, arn: string, keys: string[]): Promise<void> {
    await this.client(region).send(new RemoveTagsFromResourceCommand({ ResourceName: arn, TagKeys: keys }));
  }

  private async listSnapshots(region: string, input: DescribeDBClusterSnapshotsCommandInput): Promise<Snapshot[]> {
    const snapshots: Snapshot[] = [];
    for await (const page of paginateDescribeDBClusterSnapshots({ client: this.client(region) }, { ...input, MaxRecords: 100 })) {
      snapshots.push(...(page.DBClusterSnapshots ?? []).map(toSnapshot));
    }
    return snapshots;
  }

  private client(region: string): RDSClient {
    const client = this.clients.get(region) ?? this.makeClient(region);
    this.clients.set(region, client);
    return client;
  }
}

async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) {
      return undefined;
    }
    throw error;
  }
}

function toTags(list: Tag[] = []): Tags {
  return Object.fromEntries(list.map((tag) => [tag.Key ?? '', tag.Value ?? '']));
}

function toTagList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function toCluster(cluster: DBCluster): Cluster {
  return {
    identifier: cluster.DBClusterIdentifier ?? '',
    status: cluster.Status ?? 'unknown',
    engine: cluster.Engine ?? 'unknown',
    engineMode: cluster.EngineMode,
    resourceId: cluster.DbClusterResourceId ?? '',
    createTime: cluster.ClusterCreateTime,
    engineVersion: cluster.EngineVersion || undefined,
    databaseName: cluster.DatabaseName || undefined,
    masterUsername: cluster.MasterUsername || undefined,
    subnetGroupName: cluster.DBSubnetGroup || undefined,
    storageEncrypted: cluster.StorageEncrypted,
    kmsKeyId: cluster.KmsKeyId || undefined,
    availabilityZones: cluster.AvailabilityZones,
    publiclyAccessible: cluster.PubliclyAccessible,
    globalClusterIdentifier: cluster.GlobalClusterIdentifier || undefined,
    systemId: cluster.DBSystemId || undefined,
    scalabilityType: cluster.ClusterScalabilityType,
    deletionProtection: cluster.DeletionProtection,
    earliestRestorableTime: cluster.EarliestRestorableTime,
    latestRestorableTime: cluster.LatestRestorableTime,
    tags: toTags(cluster.TagList),
  };
}

function toAutomatedBackup(backup: DBClusterAutomatedBackup): AutomatedBackup {
  return {
    clusterIdentifier: backup.DBClusterIdentifier ?? '',
    resourceId: backup.DbClusterResourceId ?? '',
    status: backup.Status ?? 'unknown',
    engine: backup.Engine ?? 'unknown',
    engineVersion: backup.EngineVersion || undefined,
    masterUsername: backup.MasterUsername || undefined,
    earliestRestorableTime: backup.RestoreWindow?.EarliestTime,
    latestRestorableTime: backup.RestoreWindow?.LatestTime,
  };
}

function toExportTask(task: RdsExportTask): ExportTask {
  return {
    identifier: task.ExportTaskIdentifier ?? '',
    sourceArn: task.SourceArn ?? '',
    status: task.Status ?? 'unknown',
    percentProgress: task.PercentProgress ?? 0,
    snapshotTime: task.SnapshotTime,
    startTime: task.TaskStartTime,
    totalExtractedDataInGB: task.TotalExtractedDataInGB,
    failureCause: task.FailureCause || undefined,
    warningMessage: task.WarningMessage || undefined,
  };
}

function toSnapshot(snapshot: DBClusterSnapshot): Snapshot {
  return {
    arn: snapshot.DBClusterSnapshotArn ?? '',
    identifier: snapshot.DBClusterSnapshotIdentifier ?? '',
    clusterIdentifier: snapshot.DBClusterIdentifier ?? '',
    clusterResourceId: snapshot.DbClusterResourceId || undefined,
    status: snapshot.Status ?? 'unknown',
    percentProgress: snapshot.PercentProgress ?? 0,
    type: snapshot.SnapshotType ?? 'unknown',
    engine: snapshot.Engine ?? 'unknown',
    engineVersion: snapshot.EngineVersion || undefined,
    masterUsername: snapshot.MasterUsername || undefined,
    createTime: snapshot.SnapshotCreateTime,
    encrypted: (snapshot.StorageEncrypted ?? false) && snapshot.StorageEncryptionType !== 'sse-rds',
    ...(snapshot.StorageEncryptionType === 'sse-rds' ? { underAwsOwnedKey: true } : {}),
    kmsKeyId: snapshot.KmsKeyId || undefined,
    sourceArn: snapshot.SourceDBClusterSnapshotArn || undefined,
    tags: toTags(snapshot.TagList),
  };
}
