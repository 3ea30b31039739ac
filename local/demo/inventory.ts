import { DBCluster, DBClusterSnapshot, Tag } from '@aws-sdk/client-rds';
import Table from 'cli-table3';
import { World } from './world';

/** With the borders 98 characters. */
const COLUMNS = { 'What exists now': 34, 'Status': 11, 'Encrypted with': 24, 'Data': 12, 'Tags': 11 };
const NOT_WORTH_A_LINE = /^(aws:|cdk-aurora-backup:)/;

/** A table of all clusters and snapshots of the Regions, as RDS tells them. */
export async function inventory(world: World, regions: readonly string[], now: Date, keyNames: ReadonlyMap<string, string>): Promise<string> {
  const table = new Table({ head: Object.keys(COLUMNS), colWidths: Object.values(COLUMNS), wordWrap: true, style: { head: [], border: [] } });
  for (const region of regions) {
    table.push([{ colSpan: Object.keys(COLUMNS).length, content: `Region ${region}` }]);
    for (const cluster of await world.clusters(region)) {
      table.push([
        `${cluster.DBClusterIdentifier}\n  cluster, ${cluster.Engine}`,
        cluster.Status!, encryption(cluster, keyNames), 'live', tags(cluster.TagList),
      ]);
    }
    for (const snapshot of await world.snapshots(region)) {
      table.push([
        `${snapshot.DBClusterSnapshotIdentifier}\n  ${kind(snapshot)}`,
        snapshot.Status!, encryption(snapshot, keyNames), age(snapshot, now), tags(snapshot.TagList),
      ]);
    }
  }
  return table.toString();
}

function kind({ SnapshotType, SourceDBClusterSnapshotArn, DBClusterIdentifier }: DBClusterSnapshot): string {
  if (SourceDBClusterSnapshotArn) {
    return `copy from ${SourceDBClusterSnapshotArn.split(':')[3]}`;
  }
  return SnapshotType === 'automated' ? 'automated, by RDS itself' : `snapshot of ${DBClusterIdentifier}`;
}

function encryption({ KmsKeyId, StorageEncryptionType }: Pick<DBCluster, 'KmsKeyId' | 'StorageEncryptionType'>, keyNames: ReadonlyMap<string, string>): string {
  if (KmsKeyId) {
    return keyNames.get(KmsKeyId) ?? KmsKeyId;
  }
  return StorageEncryptionType === 'none' ? 'nothing' : 'a key owned by AWS';
}

/** The age of the data. A copy was made later than its data: the library carries the time along in a tag. */
function age({ SnapshotCreateTime, TagList = [] }: DBClusterSnapshot, now: Date): string {
  const dataTime = TagList.find(({ Key }) => Key === 'cdk-aurora-backup:data-time')?.Value ?? SnapshotCreateTime!;
  return `${Math.round((+now - +new Date(dataTime)) / 60_000)} min old`;
}

function tags(list: readonly Tag[] = []): string {
  return list.filter(({ Key }) => !NOT_WORTH_A_LINE.test(Key!)).map(({ Key, Value }) => `${Key}=${Value}`).join('\n');
}
