import { CfnParameter, Stack } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import { ClusterSnapshot, ExportSource } from '../../src';
import { importedCluster, messageOf, newCluster, stackIn } from '../support/constructs';
import { exportIn, keyOf, lakeIn } from '../support/exports';
import { planIn } from '../support/plans';

type Use = (stack: Stack, cluster: rds.IDatabaseCluster) => unknown;

/** All that takes a cluster, what it is called there, and the construct that complains. */
const USES: [what: string, prop: string, use: Use, path: string][] = [
  ['a snapshot', 'cluster', (stack, cluster) => new ClusterSnapshot(stack, 'Snapshot', { cluster }), 'Orders/Snapshot'],
  ['a plan', 'cluster', (stack, cluster) => planIn(stack, { clusters: [cluster] }), 'Orders/Gold'],
  ['an export', 'source', (stack, cluster) => exportIn(stack, { source: ExportSource.cluster(cluster) }), 'Orders/Export'],
  ['an export of a plan', 'exports.clusters', (stack, cluster) => (
    planIn(stack, { exports: [{ clusters: [cluster], bucket: lakeIn(stack), encryptionKey: keyOf(stack) }] })
  ), 'Orders/Gold'],
];

describe.each(USES)('%s', (_, prop, use, path) => {
  const refusal = (clusterOf: (stack: Stack) => unknown) => {
    const stack = stackIn('eu-west-1');
    return messageOf(() => use(stack, clusterOf(stack) as rds.IDatabaseCluster));
  };

  test('is not of a cluster by its ARN', () => {
    const arn = 'arn:aws:rds:eu-west-1:111111111111:cluster:orders';
    expect(refusal((stack) => importedCluster(stack, arn, 'Imported'))).toBe(
      `[${path}] clusterIdentifier of ${prop} 'Orders/Imported' must be the name of a cluster, got the ARN '${arn}'; give what is behind its last colon`,
    );
  });

  test.each(['orders.cluster-c9.eu-west-1.rds.amazonaws.com', '', 'or ders', '*', 'orders*'])('is not of a cluster whose name would be %j, which a policy might understand otherwise', (identifier) => {
    expect(refusal((stack) => importedCluster(stack, identifier, 'Imported'))).toBe(
      `[${path}] clusterIdentifier of ${prop} 'Orders/Imported' must be 1 to 63 letters, digits and hyphens, begin with a letter, not end with a hyphen `
      + `and have no two hyphens in a row, got '${identifier}'`,
    );
  });

  test('is not of the resource of CloudFormation behind a cluster', () => {
    expect(refusal((stack) => newCluster(stack).node.defaultChild)).toBe(
      `[${path}] ${prop} 'Orders/Cluster/Resource' must be an rds.IDatabaseCluster, got something without a clusterIdentifier, as instances and resources of CloudFormation are; `
      + 'give the cluster, or import it with rds.DatabaseCluster.fromDatabaseClusterAttributes',
    );
  });

  test('is not of nothing', () => {
    expect(refusal(() => undefined)).toBe(`[${path}] ${prop} is needed, got undefined; give the rds.IDatabaseCluster to back up`);
  });

  test.each<[string, (stack: Stack) => rds.IDatabaseCluster]>([
    ['a name in capitals', (stack) => importedCluster(stack, 'Orders-2')],
    ['a name that is only known when the stack deploys', (stack) => importedCluster(stack, new CfnParameter(stack, 'Name').valueAsString, 'Imported')],
    ['no name yet', (stack) => newCluster(stack)],
  ])('may be of a cluster with %s', (_name, clusterOf) => {
    const stack = stackIn('eu-west-1');

    expect(() => use(stack, clusterOf(stack))).not.toThrow();
  });
});
