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
  readonly availabilityZones?: readonly string[];
  readonly publiclyAccessible?: boolean;
  readonly globalClusterIdentifier?: string;
  readonly systemId?: string;
  readonly scalabilityType?: string;
}

/** The parts of a key's ARN that name the same key wherever they stand; an alias may have moved since. */
const KEY_ID = /(^|:key\/)((mrk-)?[0-9a-f-]{32,36})$/;

/**
 * Where a template wants something else than a cluster has, as far as RDS shows it: what it was restored from, it does not. What may just
 * as well have been left to RDS counts as equal.
 */
export function differencesFrom(cluster: StandingCluster, { values, conditional }: GuardedCluster): ValueChange[] {
  const { kind } = sourceOf(values);
  const restored = kind !== 'none';
  const compare = (property: ValueChange['property'], has: string | undefined, wants: string | undefined): ValueChange[] =>
    wants === undefined || has?.toLowerCase() === wants.toLowerCase() ? [] : [{ property, from: has, to: wants }];
  // RDS leaves out what is not set, or what the kind of cluster does not have: then it says nothing.
  const compareIfShown = (property: ValueChange['property'], has: string | undefined, wants: string | undefined) => (has === undefined ? [] : compare(property, has, wants));
  const key = values.KmsKeyId && cluster.kmsKeyId ? keyIn(values.KmsKeyId) : values.KmsKeyId;
  return [
    ...compare('DBClusterIdentifier', cluster.identifier, values.DBClusterIdentifier),
    ...compare('Engine', cluster.engine, values.Engine),
    ...compareIfShown('EngineMode', cluster.engineMode, values.EngineMode),
    ...compareIfShown('DBSubnetGroupName', cluster.subnetGroupName, values.DBSubnetGroupName),
    ...compare('KmsKeyId', keyIn(cluster.kmsKeyId), key),
    ...compareIfShown('PubliclyAccessible', cluster.publiclyAccessible?.toString(), values.PubliclyAccessible),
    ...compareIfShown('DBSystemId', cluster.systemId, values.DBSystemId),
    ...compareIfShown('ClusterScalabilityType', cluster.scalabilityType, values.ClusterScalabilityType),
    ...compare('GlobalClusterIdentifier', cluster.globalClusterIdentifier, conditional.GlobalClusterIdentifier),
    // The call that restores to a point in time or clones takes none.
    ...(kind === 'none' || kind === 'snapshot' ? otherZones(cluster.availabilityZones, values.AvailabilityZones) : []),
    // A restore takes these from its source, whatever the template says.
    ...(restored ? [] : compare('DatabaseName', cluster.databaseName, values.DatabaseName)),
    ...(restored ? [] : compare('StorageEncrypted', cluster.storageEncrypted?.toString(), values.StorageEncrypted)),
    ...(restored ? [] : compare('MasterUsername', cluster.masterUsername, conditional.MasterUsername)),
  ];
}

/** RDS adds zones to those that are asked for, until there are three. */
function otherZones(has: readonly string[] | undefined, wants: string | undefined): ValueChange[] {
  return !has?.length || !wants || wants.split(',').every((zone) => has.includes(zone)) ? [] : [{ property: 'AvailabilityZones', from: has.join(','), to: wants }];
}

function keyIn(key: string | undefined): string | undefined {
  return KEY_ID.exec(key ?? '')?.[2];
}
