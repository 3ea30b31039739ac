import { Duration } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Declaration } from './support/deployed-stack';
import { useLocalAws } from './support/e2e';
import { prepareLake } from './support/exports';
import { AT_THREE, DAY, runVerdicts } from './support/plans';
import { BACK, KINDS, KIND_NAMES, clusterNamed, optionsIn, prepareOrders } from './support/restored';
import { clusterOf } from './support/subjects';
import { BUCKET } from '../local/lake';
import { AuroraBackupPlan, ClusterSnapshot, ExportSource, ExportTask, RestoredDatabaseCluster, RetentionPolicy } from 'cdk-aurora-backup';

const aws = useLocalAws();

beforeEach(async () => {
  await prepareOrders(aws);
});

const restoredIn = (stack: Parameters<Declaration>[0]) => stack.node.findChild('Back') as RestoredDatabaseCluster;

/** Snapshots of a cluster that the library has made, oldest first. */
const snapshotsOf = async (cluster: string) => (await aws.made()).filter(({ DBClusterIdentifier }) => DBClusterIdentifier === cluster);

test('one stack takes a snapshot of a cluster, restores it, and restores another from a snapshot of that', async () => {
  const declare = (release: string): Declaration => (stack) => {
    const first = new ClusterSnapshot(stack, 'First', { cluster: clusterOf(stack, 'orders') });
    const options = optionsIn(stack);
    const restored = new RestoredDatabaseCluster(stack, 'Back', { ...options, snapshot: first });
    const second = new ClusterSnapshot(stack, 'Second', { cluster: restored });
    new RestoredDatabaseCluster(stack, 'Again', { ...options, clusterIdentifier: 'again', snapshot: second });
    new ClusterSnapshot(stack, 'OfRelease', { cluster: restored, trigger: release });
  };
  const shop = aws.stack();

  expect(await shop.deploy(declare('1'))).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });
  const restored = await clusterNamed(aws, BACK);
  const again = await clusterNamed(aws, 'again');
  const ofRestored = await snapshotsOf(BACK);
  expect(restored!.RestoredFrom).toEqual({ SnapshotArn: (await snapshotsOf('orders'))[0].DBClusterSnapshotArn });
  expect(ofRestored.map(({ DBClusterSnapshotArn }) => DBClusterSnapshotArn)).toContain(again!.RestoredFrom!.SnapshotArn);
  expect(ofRestored).toHaveLength(2);

  // Snapshots come and go, and what was restored stays.
  expect(await shop.deploy(declare('2'))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
  expect(await snapshotsOf(BACK)).toHaveLength(3);
  expect([await clusterNamed(aws, BACK), await clusterNamed(aws, 'again')]).toEqual([restored, again]);
});

test.each(KIND_NAMES)('a cluster %s is exported and backed up by a plan in its own stack', async (name) => {
  const lake = await prepareLake(aws);
  const { status, reasons } = await aws.stack().deploy((stack) => {
    KINDS[name].declared()(stack);
    const cluster: rds.IDatabaseCluster = restoredIn(stack);
    new ExportTask(stack, 'Export', {
      source: ExportSource.cluster(cluster),
      bucket: s3.Bucket.fromBucketName(stack, 'Lake', BUCKET),
      encryptionKey: kms.Key.fromKeyArn(stack, 'LakeKey', lake.key),
    });
    new AuroraBackupPlan(stack, 'Plan', { planName: 'gold', schedule: AT_THREE, retention: RetentionPolicy.keepFor(Duration.days(7)) }).addCluster(cluster);
  });
  expect({ status, reasons }).toEqual({ status: 'CREATE_COMPLETE', reasons: [] });
  expect(await aws.exports()).toMatchObject([{ Status: 'COMPLETE', SourceArn: expect.stringMatching(/:cluster:back$/) }]);

  await aws.local.play(DAY);

  expect(await runVerdicts(aws)).toMatchObject([{ verdict: 'SUCCEEDED', counts: { SUCCEEDED: 1 } }]);
  expect(await snapshotsOf(BACK)).toMatchObject([{ Status: 'available' }]);
});
