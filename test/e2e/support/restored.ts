import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Declaration } from './deployed-stack';
import { E2e } from './e2e';
import { snapshotArn } from './subjects';
import { ClusterFacts } from '../../../local/local-aws';
import { HERE } from '../../local/world';
import {
  ClusterSnapshot, DatabaseClusterClone, DatabaseClusterFromPointInTime, RestoreTime, RestoredClusterOptions, RestoredDatabaseCluster,
} from 'cdk-aurora-backup';

/** The restored cluster. */
export const BACK = 'back';
export const VERSION = '16.4';

export type ClusterOptions = Partial<RestoredClusterOptions>;

/** What a restored cluster of these tests has, where they do not say otherwise. */
export function optionsIn(stack: Stack, options: ClusterOptions = {}): RestoredClusterOptions {
  return {
    engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
    writer: rds.ClusterInstance.serverlessV2('Writer'),
    vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, subnetConfiguration: [{ name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] }),
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    clusterIdentifier: BACK,
    ...options,
  };
}

/** A cluster of each kind, made of the cluster `orders` or of its snapshot `good`, and the call that CloudFormation makes for it. */
export interface Kind {
  readonly declared: (options?: ClusterOptions) => Declaration;
  readonly call: string;
}

export type KindName = 'from a snapshot' | 'from a point in time' | 'cloned';
export const KINDS: Readonly<Record<KindName, Kind>> = {
  'from a snapshot': {
    call: 'rds:RestoreDBClusterFromSnapshot',
    declared: (options) => (stack) => {
      new RestoredDatabaseCluster(stack, 'Back', { ...optionsIn(stack, options), snapshot: ClusterSnapshot.fromSnapshotArn(stack, 'Source', snapshotArn('good')) });
    },
  },
  'from a point in time': {
    call: 'rds:RestoreDBClusterToPointInTime',
    declared: (options) => (stack) => {
      new DatabaseClusterFromPointInTime(stack, 'Back', { ...optionsIn(stack, options), sourceClusterIdentifier: 'orders', restoreTo: RestoreTime.latest() });
    },
  },
  'cloned': {
    call: 'rds:RestoreDBClusterToPointInTime',
    declared: (options) => (stack) => {
      new DatabaseClusterClone(stack, 'Back', { ...optionsIn(stack, options), sourceClusterIdentifier: 'orders' });
    },
  },
};
export const KIND_NAMES = Object.keys(KINDS) as KindName[];

/** The cluster `orders`, which is two hours old, and its snapshot. */
export async function prepareOrders(aws: E2e) {
  await aws.local.settings({ restoreSeconds: 60, instanceSeconds: 30, snapshotSeconds: 30, restoredVersion: 'default', restoredRetention: 'one-day' });
  const orders = await aws.world.cluster('orders', { EngineVersion: VERSION, BackupRetentionPeriod: 3 });
  await aws.local.seedSnapshot({ region: HERE, cluster: 'orders', type: 'manual', identifier: 'good' });
  await aws.local.clock({ advance: 2 * 3600 });
  return orders;
}

export async function clusterNamed(aws: E2e, name: string): Promise<ClusterFacts | undefined> {
  return (await aws.local.clusters()).find(({ DBClusterIdentifier }) => DBClusterIdentifier === name);
}

/** What a deploy leaves behind: `orders` and its snapshot are in nobody's way. */
export async function whatIsLeft(aws: E2e): Promise<string[]> {
  const clusters = (await aws.local.clusters()).map(({ DBClusterIdentifier, Status }) => `cluster ${DBClusterIdentifier} ${Status}`);
  const snapshots = (await aws.manual()).map(({ DBClusterIdentifier }) => `snapshot of ${DBClusterIdentifier}`);
  return [...clusters, ...snapshots].filter((one) => !/ orders( |$)/.test(one));
}
