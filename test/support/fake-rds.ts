import { awsError } from './errors';
import { ACCOUNT, OTHER_ACCOUNT, REGION } from './events';
import { anExportTask } from './export-tasks';
import { aSnapshot } from './snapshots';
import { ExportTask } from '../../src/core/export-task';
import { Snapshot, Tags } from '../../src/core/snapshot';
import { formatSnapshotArn, parseSnapshotArn } from '../../src/core/snapshot-arn';
import { parseSourceArn } from '../../src/core/source-arn';
import { AutomatedBackup, BackedUpCluster, Cluster, CopyInput, ExportInput, RdsGateway } from '../../src/runtime/rds/gateway';

type Calls = Pick<RdsGateway, keyof RdsGateway>;
type SeededCluster = Pick<Cluster, 'identifier' | 'status' | 'engine'> & Partial<Cluster>;

/**
 * Snapshots and export tasks in memory behind the calls of the gateway. It knows no states, limits or rights: a test says what is there and which
 * call fails. How RDS really behaves is the business of the end-to-end tests.
 */
export class FakeRds implements Calls {
  /** What was made, tagged or deleted, in order: `create x`, `copy x`, `tag x key=value`, `untag x key`, `delete x`, `export x`, `cancel x`. */
  public readonly writes: string[] = [];
  /** Regions whose manual snapshots were listed. */
  public readonly listed: string[] = [];
  public exportTasks: ExportTask[] = [];
  public readonly exports: ExportInput[] = [];
  public clusters: SeededCluster[] = [{ identifier: 'orders', status: 'available', engine: 'aurora-postgresql' }];
  public automatedBackups: AutomatedBackup[] = [];
  /** By the identifier of a snapshot. */
  public shares = new Map<string, string[]>();

  private readonly faults = new Map<keyof Calls, Error>();

  constructor(public snapshots: Snapshot[] = []) {}

  /** From now on the call throws, until `heal`. */
  public breaks(call: keyof Calls, error: Error): this {
    this.faults.set(call, error);
    return this;
  }

  public heal(): void {
    this.faults.clear();
  }

  public asGateway(): RdsGateway {
    return this as unknown as RdsGateway;
  }

  public find(arn: string): Snapshot | undefined {
    return this.snapshots.find((snapshot) => snapshot.arn === arn);
  }

  public change(arn: string, changes: Partial<Snapshot>): void {
    this.snapshots = this.snapshots.map((snapshot) => (snapshot.arn === arn ? { ...snapshot, ...changes } : snapshot));
  }

  public async findCluster(_: string, identifier: string): Promise<Cluster | undefined> {
    this.throwIfBroken('findCluster');
    return (await this.listClusters()).find((cluster) => cluster.identifier === identifier);
  }

  public async listClusters(): Promise<Cluster[]> {
    this.throwIfBroken('listClusters');
    return this.clusters.map((cluster) => ({ resourceId: `cluster-${cluster.identifier}`, tags: {}, ...cluster }));
  }

  public async findClusterByResourceId(_: string, resourceId: string): Promise<Cluster | undefined> {
    this.throwIfBroken('findClusterByResourceId');
    return (await this.listClusters()).find((cluster) => cluster.resourceId === resourceId);
  }

  public async listAutomatedBackups(_: string, of: BackedUpCluster): Promise<AutomatedBackup[]> {
    this.throwIfBroken('listAutomatedBackups');
    return this.automatedBackups.filter(({ resourceId, clusterIdentifier }) =>
      ('resourceId' in of ? resourceId === of.resourceId : clusterIdentifier === of.clusterIdentifier));
  }

  public async listSnapshotsOfCluster(region: string, clusterIdentifier: string): Promise<Snapshot[]> {
    this.throwIfBroken('listSnapshotsOfCluster');
    return (await this.manualSnapshots(region)).filter((snapshot) => snapshot.clusterIdentifier === clusterIdentifier);
  }

  public async accountsSharedWith(_: string, identifier: string): Promise<string[]> {
    this.throwIfBroken('accountsSharedWith');
    return this.shares.get(identifier) ?? [];
  }

  public async share(_: string, identifier: string, accountsToAdd: readonly string[], accountsToRemove: readonly string[]): Promise<void> {
    this.throwIfBroken('share');
    this.writes.push(`share ${identifier} +${accountsToAdd.join(',')} -${accountsToRemove.join(',')}`);
    const kept = (this.shares.get(identifier) ?? []).filter((account) => !accountsToRemove.includes(account));
    this.shares.set(identifier, [...kept, ...accountsToAdd]);
  }

  public async findSnapshot(arn: string): Promise<Snapshot | undefined> {
    this.throwIfBroken('findSnapshot');
    return this.find(arn);
  }

  public async listManualSnapshots(region: string): Promise<Snapshot[]> {
    this.throwIfBroken('listManualSnapshots');
    this.listed.push(region);
    return this.manualSnapshots(region);
  }

  public async listSharedSnapshots(region: string): Promise<Snapshot[]> {
    this.throwIfBroken('listSharedSnapshots');
    return this.snapshots.filter(({ arn }) => {
      const parts = parseSnapshotArn(arn)!;
      return parts.region === region && parts.account === OTHER_ACCOUNT;
    });
  }

  public async listOwnSnapshots(region: string, clusterIdentifier?: string): Promise<Snapshot[]> {
    this.throwIfBroken('listOwnSnapshots');
    return this.snapshots.filter((snapshot) => {
      const parts = parseSnapshotArn(snapshot.arn)!;
      const isOfCluster = clusterIdentifier === undefined || snapshot.clusterIdentifier === clusterIdentifier;
      return parts.region === region && parts.account !== OTHER_ACCOUNT && isOfCluster;
    });
  }

  private async manualSnapshots(region: string): Promise<Snapshot[]> {
    return this.snapshots.filter(({ arn, type }) => {
      const parts = parseSnapshotArn(arn)!;
      return type === 'manual' && parts.region === region && parts.account !== OTHER_ACCOUNT;
    });
  }

  public async createSnapshot(region: string, clusterIdentifier: string, identifier: string, tags: Tags): Promise<void> {
    this.throwIfBroken('createSnapshot');
    this.make('create', aSnapshot({ region, identifier, clusterIdentifier, tags, status: 'creating', percentProgress: 0 }));
  }

  public async copySnapshot(region: string, input: CopyInput): Promise<void> {
    this.throwIfBroken('copySnapshot');
    const { sourceIdentifierOrArn: source, targetIdentifier: identifier, tags } = input;
    const sourceArn = source.startsWith('arn:') ? source : formatSnapshotArn({ partition: 'aws', region, account: ACCOUNT, identifier: source });
    const { encrypted = false, kmsKeyId = undefined } = this.find(sourceArn) ?? {};
    this.make('copy', aSnapshot({
      region, identifier, tags, sourceArn, encrypted, kmsKeyId: input.kmsKeyId ?? kmsKeyId, status: 'copying', percentProgress: 0,
    }));
  }

  public async deleteSnapshot(region: string, identifier: string): Promise<void> {
    this.throwIfBroken('deleteSnapshot');
    const arn = formatSnapshotArn({ partition: 'aws', region, account: ACCOUNT, identifier });
    this.writes.push(`delete ${identifier}`);
    this.shares.delete(identifier);
    this.snapshots = this.snapshots.filter((snapshot) => snapshot.arn !== arn);
  }

  public async setTags(region: string, arn: string, tags: Tags): Promise<void> {
    this.throwIfBroken('setTags');
    this.writes.push(`tag ${nameIn(region, arn)} ${Object.entries(tags).map(([key, value]) => `${key}=${value}`).join(' ')}`);
    this.change(arn, { tags: { ...this.find(arn)?.tags, ...tags } });
  }

  public async removeTags(region: string, arn: string, keys: string[]): Promise<void> {
    this.throwIfBroken('removeTags');
    this.writes.push(`untag ${nameIn(region, arn)} ${keys.join(' ')}`);
    this.change(arn, { tags: Object.fromEntries(Object.entries(this.find(arn)?.tags ?? {}).filter(([key]) => !keys.includes(key))) });
  }

  public changeTask(identifier: string, changes: Partial<ExportTask>): void {
    this.exportTasks = this.exportTasks.map((task) => (task.identifier === identifier ? { ...task, ...changes } : task));
  }

  public async startExportTask(_: string, input: ExportInput): Promise<void> {
    this.throwIfBroken('startExportTask');
    const { identifier, sourceArn } = input;
    if (this.exportTasks.some((task) => task.identifier === identifier)) {
      throw awsError('ExportTaskAlreadyExistsFault');
    }
    this.writes.push(`export ${identifier}`);
    this.exports.push(input);
    this.exportTasks = [...this.exportTasks, anExportTask({ identifier, sourceArn, status: 'STARTING', percentProgress: 0 })];
  }

  public async findExportTask(_: string, identifier: string): Promise<ExportTask | undefined> {
    this.throwIfBroken('findExportTask');
    return this.exportTasks.find((task) => task.identifier === identifier);
  }

  public async listExportTasks(region: string): Promise<ExportTask[]> {
    this.throwIfBroken('listExportTasks');
    return this.exportTasks.filter(({ sourceArn }) => parseSourceArn(sourceArn)!.region === region);
  }

  public async cancelExportTask(_: string, identifier: string): Promise<void> {
    this.throwIfBroken('cancelExportTask');
    this.writes.push(`cancel ${identifier}`);
    this.changeTask(identifier, { status: 'CANCELING' });
  }

  private make(verb: string, snapshot: Snapshot): void {
    if (this.find(snapshot.arn)) {
      throw awsError('DBClusterSnapshotAlreadyExistsFault');
    }
    this.writes.push(`${verb} ${nameIn(parseSnapshotArn(snapshot.arn)!.region, snapshot.arn)}`);
    this.snapshots = [...this.snapshots, snapshot];
  }

  private throwIfBroken(call: keyof Calls): void {
    const error = this.faults.get(call);
    if (error) {
      throw error;
    }
  }
}

/** The identifier, with the Region in front where a call was not made at home. */
function nameIn(region: string, arn: string): string {
  const { identifier } = parseSnapshotArn(arn)!;
  return region === REGION ? identifier : `${region}/${identifier}`;
}
