import { RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { useLocalAws } from './support/e2e';
import { exportOfCluster, exportOfSnapshot, prepareLake } from './support/exports';
import { operatorsIn, prepareOperators } from './support/operators';
import { copyOf, prepareWorld, snapshotArn, snapshotOfOrders, together } from './support/subjects';
import { unusedRights } from '../../local/call-report';
import { HERE, THERE } from '../local/world';
import { Completion } from 'cdk-aurora-backup';

const aws = useLocalAws();

/** Rights that nothing in the life of a stack uses, and why they are there all the same. */
const ACCEPTED: [RegExp, string][] = [
  [/AuroraBackupOperationsProvider/, 'of the Provider framework, whose policies are not ours'],
  [
    /rds:Describe(DBClusterSnapshots|ExportTasks) on arn:aws:rds:\*:111111111111:snapshot:\*$/,
    'snapshots of instances can be exported, too, and that a list of export tasks needs them all is not ruled out',
  ],
  [
    /rds:DescribeDBClusterSnapshots on arn:aws:rds:\*:111111111111:cluster:\*$/,
    'IAM knows the cluster as a second resource of this action; that lists which name no cluster need it is not ruled out',
  ],
];

test('every right of our roles is used by something in the life of a stack', async () => {
  await aws.local.settings({ snapshotSeconds: 30, copySeconds: 30, exportSeconds: 1_000_000 });
  await prepareWorld(aws);
  await prepareOperators(aws);
  const lake = await prepareLake(aws);
  const secretKey = await aws.world.key();
  await aws.world.cluster('secret', { StorageEncrypted: true, KmsKeyId: secretKey });
  await aws.local.seedSnapshot({ cluster: 'secret', region: HERE, type: 'manual', identifier: 'secret' });
  const there = await aws.world.key(THERE);
  const everything = (stage: string, old: Record<string, string>) => together(
    (stack) => snapshotOfOrders({ removalPolicy: RemovalPolicy.DESTROY, tags: { stage, ...old }, notificationTopic: operatorsIn(stack) })(stack),
    snapshotOfOrders({ removalPolicy: RemovalPolicy.DESTROY, snapshotIdentifier: 'chosen', tags: { stage, ...old } }, 'Chosen'),
    copyOf(snapshotArn('source'), { removalPolicy: RemovalPolicy.DESTROY, targetIdentifier: 'chosen-copy', region: THERE }, 'ChosenCopy'),
    copyOf(snapshotArn('secret'), { removalPolicy: RemovalPolicy.DESTROY }, 'KeyNobodyNamed'),
    (stack) => copyOf(snapshotArn('secret'), {
      removalPolicy: RemovalPolicy.DESTROY, region: THERE, encryptionKey: kms.Key.fromKeyArn(stack, 'Key', there),
    })(stack),
    exportOfSnapshot(lake, { completion: Completion.background() }, 'ExportOfAnything', 'secret'),
    // Waits for the one before, so that its watch has to start it.
    exportOfSnapshot(lake, { completion: Completion.background(), trigger: 'after the other' }, 'ExportInItsTurn', 'secret'),
    exportOfCluster(lake, (stack) => ({
      completion: Completion.background(), clusterEncryptionKey: kms.Key.fromKeyArn(stack, 'SecretKey', secretKey),
    }), 'ExportOfCluster', 'secret'),
  );
  const shop = aws.stack();

  expect(await shop.deploy(everything('test', { old: 'yes' }))).toMatchObject({ status: 'CREATE_COMPLETE' });
  expect(await shop.deploy(everything('prod', {}))).toMatchObject({ status: 'UPDATE_COMPLETE' });
  const beforeTheEnd = await aws.local.unusedRights('Shop-AuroraBackup');
  expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE' });

  const left = unusedRights(await aws.local.unusedRights('Shop-AuroraBackup'), ACCEPTED.map(([right]) => right));
  expect(left).toEqual([]);
  // The report is no empty promise: before the stack was destroyed, nothing had been deleted.
  expect(unusedRights(beforeTheEnd).some((right) => right.includes('rds:DeleteDBClusterSnapshot'))).toBe(true);
});
