import { Stack } from 'aws-cdk-lib';
import { AuroraBackupPlan, ClusterSnapshot, ClusterSnapshotCopy, DatabaseClusterClone, DatabaseClusterFromPointInTime, ExportTask, RestorePoint } from '../../src';
import { messageOf, stackIn } from '../support/constructs';
import { keyOf, lakeIn } from '../support/exports';
import { planIn, planWith } from '../support/plans';
import { KINDS, MAKE, leastProps } from '../support/restored-clusters';

/** What JavaScript lets somebody forget, which TypeScript does not. */
const forgotten = undefined as never;

test.each<[prop: string, sentence: string, make: (stack: Stack) => unknown]>([
  ['schedule of a plan', '[Orders/Gold] schedule is needed, got undefined; say when', (stack) => planIn(stack, { schedule: forgotten })],
  ['retention of a plan', '[Orders/Gold] retention is needed, got undefined; say how long', (stack) => planIn(stack, { retention: forgotten })],
  ['age of an alarm', '[Orders/Gold] maximumAge is needed, got undefined; say how old', () => planWith().alarmOnNewestSnapshotAge('Age', { maximumAge: forgotten })],
  ['cluster of a snapshot', '[Orders/One] cluster is needed, got undefined; give', (stack) => new ClusterSnapshot(stack, 'One', { cluster: forgotten })],
  ['source of a copy', '[Orders/One] source is needed, got undefined; give', (stack) => new ClusterSnapshotCopy(stack, 'One', { source: forgotten })],
  ['bucket of an export', '[Orders/One] bucket is needed, got undefined; give',
    (stack) => new ExportTask(stack, 'One', { source: forgotten, bucket: forgotten, encryptionKey: keyOf(stack) })],
  ['key of an export', '[Orders/One] encryptionKey is needed, got undefined; give',
    (stack) => new ExportTask(stack, 'One', { source: forgotten, bucket: lakeIn(stack), encryptionKey: forgotten })],
  ['source of an export', '[Orders/One] source is needed, got undefined; say what',
    (stack) => new ExportTask(stack, 'One', { source: forgotten, bucket: lakeIn(stack), encryptionKey: keyOf(stack) })],
  ['name of what a restore point is of', '[Orders/One] clusterIdentifier is needed, got undefined; give', (stack) => new RestorePoint(stack, 'One', { clusterIdentifier: forgotten })],
  ['time that is restored', '[Orders/One] restoreTo is needed, got undefined; say which',
    (stack) => new DatabaseClusterFromPointInTime(stack, 'One', { ...leastProps(stack), sourceClusterIdentifier: 'orders', restoreTo: forgotten })],
  ['name of what is cloned', '[Orders/One] sourceClusterIdentifier is needed, got undefined; give',
    (stack) => new DatabaseClusterClone(stack, 'One', { ...leastProps(stack), sourceClusterIdentifier: forgotten })],
])('a missing %s is named', (_, sentence, make) => {
  expect(messageOf(() => make(stackIn('eu-west-1')))).toContain(sentence);
});

test.each(KINDS)('a missing engine of a cluster %s is named', (kind) => {
  const stack = stackIn('eu-west-1');

  expect(messageOf(() => MAKE[kind](stack, { ...leastProps(stack), engine: forgotten }))).toContain('[Orders/Cluster] engine is needed, got undefined; give the engine of the source');
});

test('null is what Python calls a missing value', () => {
  expect(messageOf(() => new AuroraBackupPlan(stackIn('eu-west-1'), 'Gold', { schedule: null as never, retention: forgotten }))).toContain('schedule is needed, got null');
});
