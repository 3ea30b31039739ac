import * as rds from 'aws-cdk-lib/aws-rds';
import { ClusterSnapshot, ClusterSnapshotCopy, ExportSource, RestorePoint, RestoredDatabaseCluster } from '../../src';
import { newCluster, resourcesOf, stackIn, statementsFor, templateOf } from '../support/constructs';
import { exportIn } from '../support/exports';
import { planIn } from '../support/plans';
import { KINDS, MAKE, leastProps } from '../support/restored-clusters';

/** Like CloudFormation, the CDK follows every reference of a template and refuses what leads back to where it began. */
const CIRCLE = /these resources have a dependency cycle|Circular Dependencies for resource/; // as old and as new releases say it

/** Everything that the library does with a cluster. */
function backUp(cluster: rds.DatabaseClusterFromSnapshot): ClusterSnapshot {
  const { stack } = cluster;
  const snapshot = new ClusterSnapshot(stack, 'SnapshotOfRestored', { cluster });
  new ClusterSnapshotCopy(stack, 'Copy', { source: snapshot, targetIdentifier: 'orders-again' });
  exportIn(stack, { source: ExportSource.cluster(cluster) });
  planIn(stack, { clusters: [cluster] });
  return snapshot;
}

test('one stack takes a snapshot, restores a cluster from it, backs that up in every way and restores it again', () => {
  const stack = stackIn('eu-west-1');
  const first = new ClusterSnapshot(stack, 'First', { cluster: newCluster(stack) });
  const network = leastProps(stack);
  const second = backUp(new RestoredDatabaseCluster(stack, 'Restored', { snapshot: first, ...network }));
  new RestoredDatabaseCluster(stack, 'RestoredAgain', { snapshot: second, ...network });

  expect(() => templateOf(stack)).not.toThrow();
});

test('a restore point of the stack may be looked for after a snapshot of it', () => {
  const stack = stackIn('eu-west-1');
  const snapshot = new ClusterSnapshot(stack, 'Snapshot', { cluster: newCluster(stack) });
  const restorePoint = new RestorePoint(stack, 'Point', { clusterIdentifier: 'orders' });
  restorePoint.node.addDependency(snapshot);
  backUp(new RestoredDatabaseCluster(stack, 'Restored', { restorePoint, ...leastProps(stack) }));

  expect(() => templateOf(stack)).not.toThrow();
});

test.each(KINDS)('the right to snapshot a cluster %s names it as the template does, and does not refer to it', (kind) => {
  const stack = stackIn('eu-west-1');
  backUp(MAKE[kind](stack, { ...leastProps(stack), clusterIdentifier: 'Orders-Restored' }));

  for (const action of ['rds:CreateDBClusterSnapshot', 'rds:StartExportTask']) {
    expect(resourcesOf(...statementsFor(stack, 'Start', action))).toContain('arn:${AWS::Partition}:rds:eu-west-1:111111111111:cluster:orders-restored');
  }
});

test('a cluster whose identifier CloudFormation makes up cannot be made after a snapshot of a stack that snapshots it', () => {
  const stack = stackIn('eu-west-1');
  const first = newCluster(stack, 'First');
  const second = newCluster(stack, 'Second');
  new ClusterSnapshot(stack, 'OfFirst', { cluster: first }).takeBefore(second);
  new ClusterSnapshot(stack, 'OfSecond', { cluster: second });

  expect(() => templateOf(stack)).toThrow(CIRCLE);
});

test('but it can with an identifier of its own', () => {
  const stack = stackIn('eu-west-1');
  const first = newCluster(stack, 'First');
  const second = newCluster(stack, 'Second');
  (second.node.defaultChild as rds.CfnDBCluster).dbClusterIdentifier = 'orders-2';
  new ClusterSnapshot(stack, 'OfFirst', { cluster: first }).takeBefore(second);
  new ClusterSnapshot(stack, 'OfSecond', { cluster: second });

  expect(() => templateOf(stack)).not.toThrow();
});
