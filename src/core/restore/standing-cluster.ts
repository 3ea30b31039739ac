import { GuardedCluster } from './guard-memory';
import { ValueChange } from './guarded-values';
import { sourceOf } from './restore-source';

/** What RDS shows of a cluster that CloudFormation made before it was guarded. */
export interface StandingCluster {
  readonly identifier: string;
  readonly engine: string;
  readonly engineMode?: string;
  readonly databaseName?: string;
  readonly masterUsername?: string;
  readonly subnetGroupName?: string;
  readonly storageEncrypted?: boolean;
  /** The ARN of its key. */
  readonly kmsKeyId?: string;
}

/** The parts of a key's ARN that name the same key wherever they stand; an alias may have moved since. */
const KEY_ID = /(^|:key\/)((mrk-)?[0-9a-f-]{32,36})$/;

/**
 * Where a template wants something else than a cluster has, as far as RDS shows it: what it was restored from, it does not. What may just
 * as well have been left to RDS counts as equal.
 */
export function differencesFrom(cluster: StandingCluster, { values, conditional }: GuardedCluster): ValueChange[] {
  const restored = sourceOf(values).kind !== 'none';
  const compare = (property: ValueChange['property'], has: string | undefined, wants: string | undefined): ValueChange[] =>
    wants === undefined || has?.toLowerCase() === wants.toLowerCase() ? [] : [{ property, from: has, to: wants }];
  const key = values.KmsKeyId && cluster.kmsKeyId ? keyIn(values.KmsKeyId) : values.KmsKeyId;
  return [
    ...compare('DBClusterIdentifier', cluster.identifier, values.DBClusterIdentifier),
    ...compare('Engine', cluster.engine, values.Engine),
    ...compare('EngineMode', cluster.engineMode ?? values.EngineMode, values.EngineMode),
    ...compare('DBSubnetGroupName', cluster.subnetGroupName ?? values.DBSubnetGroupName, values.DBSubnetGroupName),
    ...compare('KmsKeyId', keyIn(cluster.kmsKeyId), key),
    // A restore takes these from its source, whatever the template says.
    ...(restored ? [] : compare('DatabaseName', cluster.databaseName, values.DatabaseName)),
    ...(restored ? [] : compare('StorageEncrypted', cluster.storageEncrypted?.toString(), values.StorageEncrypted)),
    ...(restored ? [] : compare('MasterUsername', cluster.masterUsername, conditional.MasterUsername)),
  ];
}

function keyIn(key: string | undefined): string | undefined {
  return KEY_ID.exec(key ?? '')?.[2];
}
