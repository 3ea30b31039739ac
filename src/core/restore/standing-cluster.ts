import { GuardedProperty, GuardedValues, ValueChange } from './guarded-values';
import { sourceOf } from './restore-source';

/** What RDS shows of a cluster that CloudFormation made before it was guarded. */
export interface StandingCluster {
  readonly identifier: string;
  readonly engine: string;
  readonly engineMode?: string;
  readonly databaseName?: string;
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
export function differencesFrom(cluster: StandingCluster, values: GuardedValues): ValueChange[] {
  const restored = sourceOf(values).kind !== 'none';
  const compare = (property: GuardedProperty, has: string | undefined, wants: string | undefined): ValueChange[] =>
    has === undefined || wants === undefined || has.toLowerCase() === wants.toLowerCase() ? [] : [{ property, from: has, to: wants }];
  return [
    ...compare('DBClusterIdentifier', cluster.identifier, values.DBClusterIdentifier),
    ...compare('Engine', cluster.engine, values.Engine),
    ...compare('EngineMode', cluster.engineMode, values.EngineMode),
    ...compare('DBSubnetGroupName', cluster.subnetGroupName, values.DBSubnetGroupName),
    ...compare('KmsKeyId', keyIn(cluster.kmsKeyId), keyIn(values.KmsKeyId)),
    // A restore takes both from its source, whatever the template says.
    ...(restored ? [] : compare('DatabaseName', cluster.databaseName, values.DatabaseName)),
    ...(restored ? [] : compare('StorageEncrypted', cluster.storageEncrypted?.toString(), values.StorageEncrypted)),
  ];
}

function keyIn(key: string | undefined): string | undefined {
  return KEY_ID.exec(key ?? '')?.[2];
}
