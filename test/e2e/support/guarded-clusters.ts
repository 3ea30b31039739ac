import { RemovalPolicy } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Declaration } from './deployed-stack';
import { E2e } from './e2e';
import { ClusterFacts } from '../../../local/local-aws';
import { HERE } from '../../local/world';
import { RestoreGuard, RestoreGuardOptions } from 'cdk-aurora-backup';

/** Properties of a cluster, as CloudFormation calls them. */
export type Properties = Readonly<Record<string, unknown>>;

const SOURCES = ['orders', 'billing'];

/** Two clusters to restore from, each with a snapshot and hours of backups. */
export async function prepareSources(aws: E2e) {
  await aws.local.settings({ restoreSeconds: 30, snapshotSeconds: 30 });
  const [orders, billing] = [await aws.world.cluster('orders', { EngineVersion: '16.4' }), await aws.world.cluster('billing', { EngineVersion: '16.4' })];
  for (const cluster of SOURCES) {
    await aws.local.seedSnapshot({ region: HERE, cluster, type: 'manual', identifier: `of-${cluster}` });
  }
  await aws.local.clock({ advance: 2 * 3600 });
  return { orders: orders.DbClusterResourceId!, billing: billing.DbClusterResourceId!, now: Number(await aws.local.clock()) };
}

export interface Declared extends RestoreGuardOptions {
  readonly properties?: Properties;
  readonly guarded?: boolean;
  readonly logicalId?: string;
}

/** A cluster that is restored from the snapshot of the cluster `orders`, where a test does not say otherwise. */
export function restored({ properties = {}, guarded = true, logicalId, ...options }: Declared = {}): Declaration {
  return (stack) => {
    const cluster = new rds.CfnDBCluster(stack, 'Restored', { engine: 'aurora-postgresql', engineVersion: '16.4' });
    cluster.applyRemovalPolicy(RemovalPolicy.DESTROY);
    Object.entries({ SnapshotIdentifier: 'of-orders', ...properties }).forEach(([name, value]) => cluster.addPropertyOverride(name, value));
    if (logicalId) {
      cluster.overrideLogicalId(logicalId);
    }
    if (guarded) {
      RestoreGuard.protect(cluster, options);
    }
  };
}

/** The clusters that CloudFormation made. */
export async function madeClusters(aws: E2e): Promise<ClusterFacts[]> {
  return (await aws.local.clusters()).filter(({ DBClusterIdentifier }) => !SOURCES.includes(DBClusterIdentifier));
}

/** The only one. */
export async function theCluster(aws: E2e): Promise<ClusterFacts> {
  const made = await madeClusters(aws);
  expect(made).toHaveLength(1);
  return made[0];
}

/** A stack that has been deployed for the first time, and its cluster. */
export async function deployed(aws: E2e, declare: Declaration) {
  const shop = aws.stack();
  expect(await shop.deploy(declare)).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });
  return { shop, cluster: await theCluster(aws) };
}

/** What CloudFormation has asked RDS to do to clusters. */
export async function deeds(aws: E2e): Promise<string[]> {
  const calls = await aws.local.calls({ principal: 'cloudformation' });
  return calls.map(({ action }) => action).filter((action) => /^rds:(Create|Restore|Modify|Delete)DBCluster/.test(action));
}

export async function isUntouched(aws: E2e, cluster: ClusterFacts): Promise<void> {
  expect(await theCluster(aws)).toEqual(cluster);
  expect(await deeds(aws)).toEqual([]);
}
