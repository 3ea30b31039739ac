/** Restored clusters of all kinds for tests of constructs, and what their templates say. */
import { CfnResource, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import { templateOf } from './constructs';
import { ClusterSnapshot, DatabaseClusterClone, DatabaseClusterFromPointInTime, RestoreTime, RestoredClusterOptions, RestoredDatabaseCluster } from '../../src';

export const GUARD = 'Custom::AuroraRestoreGuard';
export const CLUSTER = 'AWS::RDS::DBCluster';
export const SNAPSHOT_ARN = 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:orders-last';
export const KEY_ARN = 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab';

export const POSTGRES = rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 });
export const MYSQL = rds.DatabaseClusterEngine.auroraMysql({ version: rds.AuroraMysqlEngineVersion.VER_3_08_0 });

/** What a cluster needs at least, wherever it comes from. */
export function leastProps(stack: Stack) {
  return {
    clusterIdentifier: 'orders-restored',
    engine: POSTGRES,
    writer: rds.ClusterInstance.serverlessV2('Writer'),
    vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0 }),
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  };
}

export type Kind = 'from a snapshot' | 'from a point in time' | 'cloned';

/** How a cluster of each kind is made of the same source. */
export const MAKE: Readonly<Record<Kind, (stack: Stack, props: RestoredClusterOptions) => rds.DatabaseClusterFromSnapshot>> = {
  'from a snapshot': (stack, props) =>
    new RestoredDatabaseCluster(stack, 'Cluster', { snapshot: ClusterSnapshot.fromSnapshotArn(stack, 'Snapshot', SNAPSHOT_ARN), ...props }),
  'from a point in time': (stack, props) =>
    new DatabaseClusterFromPointInTime(stack, 'Cluster', { sourceClusterIdentifier: 'orders', restoreTo: RestoreTime.latest(), ...props }),
  'cloned': (stack, props) => new DatabaseClusterClone(stack, 'Cluster', { sourceClusterIdentifier: 'orders', ...props }),
};
export const KINDS = Object.keys(MAKE) as Kind[];

/** What each kind is restored from, in the words of CloudFormation. */
export const SOURCE: Readonly<Record<Kind, Readonly<Record<string, unknown>>>> = {
  'from a snapshot': { SnapshotIdentifier: SNAPSHOT_ARN },
  'from a point in time': { SourceDBClusterIdentifier: 'orders', UseLatestRestorableTime: true },
  'cloned': { SourceDBClusterIdentifier: 'orders', UseLatestRestorableTime: true, RestoreType: 'copy-on-write' },
};

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, any>;
  readonly DependsOn?: string | string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** The cluster as it is made, with what it takes from its guard in place. */
export function restoredIn(stack: Stack, construct = 'Cluster'): Resource {
  const cluster = stack.node.findChild(construct).node.defaultChild as CfnResource;
  const { Resources } = templateOf(stack).toJSON() as { Resources: Record<string, Resource> };
  const resource = Resources[stack.resolve(cluster.logicalId)];
  const properties = Object.entries(resource.Properties).map(([name, value]) => [name, behindGuard(Resources, value)]);
  return { ...resource, Properties: Object.fromEntries(properties) };
}

export const propertiesIn = (stack: Stack, construct?: string) => restoredIn(stack, construct).Properties;

export function behindGuard(resources: Record<string, Resource>, value: any): unknown {
  const [id, name] = value?.['Fn::GetAtt'] ?? [];
  return resources[id]?.Type === GUARD ? resources[id].Properties.Values[name] : value;
}
