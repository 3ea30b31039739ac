import { DeleteDBClusterCommand } from '@aws-sdk/client-rds';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Declaration } from './support/deployed-stack';
import { useLocalAws } from './support/e2e';
import { exportOfCluster, exportOfSnapshot, prepareLake } from './support/exports';
import { operatorsIn, prepareOperators } from './support/operators';
import { DAY, HOUR, MINUTE, beginAtNoon, nights, planOf, runVerdicts, runs, stopRun } from './support/plans';
import { optionsIn, prepareOrders } from './support/restored';
import { copyOf, prepareWorld, shareOf, snapshotArn, snapshotOfOrders, together } from './support/subjects';
import { RECOVERY_ACCOUNT, VAULT_ACCOUNT, announce, backUp, beginWithVault, release, share, sharedByHand, stored, taken } from './support/vaults';
import { unusedRights } from '../../local/call-report';
import { BUCKET } from '../local/lake';
import { ACCOUNT, HERE, THERE } from '../local/world';
import { Completion, DatabaseClusterFromPointInTime, RestorePoint, RestoreTime, RestoredDatabaseCluster, RetentionPolicy } from 'cdk-aurora-backup';

const aws = useLocalAws();

/** Where a vault copies its copies to. */
const FARTHER = 'eu-north-1';

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
    shareOf('secret'),
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

/** Rights that nothing in the life of a plan uses, and why they are there all the same. */
const ACCEPTED_OF_PLANS: [RegExp, string][] = [
  ...ACCEPTED.slice(1),
  [/ExportRole.*kms:/, 'what the guide to exports asks for; which of it RDS uses is not documented'],
  [
    /WorkflowRunRole.*states:(Describe|Stop)Execution on .*:execution:/,
    'Step Functions watches and stops the executions of clusters with the role of the run, whose own calls are not recorded here',
  ],
  [/WorkflowRunRole.*states:StartExecution on .*\/\*$/, 'under which of two names AWS asks for a map within a map is not documented'],
];

test('every right of the roles of a plan is used by something in its life', async () => {
  await aws.local.settings({ snapshotSeconds: 60, copySeconds: 120, exportSeconds: 240 });
  await beginAtNoon(aws);
  await prepareOperators(aws);
  const lake = await prepareLake(aws);
  const key = await aws.world.key();
  const keyThere = await aws.world.key(THERE);
  const encrypted = { StorageEncrypted: true, KmsKeyId: key };
  await aws.world.cluster('orders', encrypted);
  await aws.world.cluster('tagged', { ...encrypted, Tags: [{ Key: 'backup', Value: 'gold' }] });
  const shop = aws.stack();

  expect(await shop.deploy(planOf(['orders'], (stack) => ({
    clusterTags: { backup: 'gold' },
    retention: RetentionPolicy.keepLast(1),
    copies: [{ region: THERE, encryptionKey: kms.Key.fromKeyArn(stack, 'KeyThere', keyThere) }],
    shareWith: ['222222222222'],
    exports: [{ bucket: s3.Bucket.fromBucketName(stack, 'Lake', BUCKET), encryptionKey: kms.Key.fromKeyArn(stack, 'LakeKey', lake.key) }],
    notificationTopic: operatorsIn(stack),
  })))).toMatchObject({ status: 'CREATE_COMPLETE' });
  await nights(aws);
  const beforeTheEnd = await aws.local.unusedRights('Shop-');
  await nights(aws);
  // A run that could not begin does so by way of the dead-letter queue.
  await aws.local.fault({ kind: 'deny', action: 'states:StartExecution', identifier: '^2027-03-04T03-00-00Z$', times: 3 });
  // The schedule cannot reach the function, once.
  await aws.local.fault({ kind: 'deny', action: 'lambda:InvokeFunction', principal: 'SchedulesRole', identifier: '"scheduledTime":"2027-03-05', times: 1 });
  await nights(aws, 2);
  // Somebody stops one.
  await aws.local.settings({ snapshotSeconds: 7200 });
  await aws.local.play(16 * HOUR);
  await stopRun(aws, (await runs(aws)).at(-1)!);
  await aws.local.play(HOUR);

  expect((await aws.local.faults()).map(({ fired }) => fired)).toEqual([3, 1]);
  expect((await runVerdicts(aws)).map(({ verdict }) => verdict)).toEqual([...Array(4).fill('SUCCEEDED'), 'FAILED']);
  expect(unusedRights(await aws.local.unusedRights('Shop-'), ACCEPTED_OF_PLANS.map(([right]) => right))).toEqual([]);
  // Deletions only began when there were two.
  expect(unusedRights(beforeTheEnd).some((right) => right.includes('rds:DeleteDBClusterSnapshot'))).toBe(true);
});

/** Rights that nothing in the life of a vault uses, and why they are there all the same. */
const ACCEPTED_OF_VAULTS: [RegExp, string][] = [
  [
    /rds:Describe(DBClusterSnapshots|ExportTasks) on arn:aws:rds:\*:222222222222:(cluster|snapshot):\*$/,
    'that lists which name no cluster, and lists of export tasks, need all of a kind is not ruled out',
  ],
];

test('every right of the roles of a vault is used by something in its life', async () => {
  const farther = await aws.world.key(FARTHER, VAULT_ACCOUNT);
  await beginWithVault(aws, (stack) => ({
    retention: RetentionPolicy.keepFor(Duration.days(1)),
    copies: [{ region: FARTHER, encryptionKey: kms.Key.fromKeyArn(stack, 'Farther', farther) }],
  }));
  await backUp(aws, 'first');
  const beforeTheEnd = await aws.local.unusedRights('Vault-');
  await release(aws, { recoveryAccountId: RECOVERY_ACCOUNT, sourceAccountId: ACCOUNT, clusterIdentifier: 'orders', hours: 1, reason: 'an exercise' });
  await aws.local.play(DAY);
  // What the vault has is announced again, and answered again.
  await announce(aws, ACCOUNT, (await taken(aws))[0].DBClusterSnapshotArn);
  // A copy fails, because its source is taken away, and what is left of it is removed.
  await announce(aws, ACCOUNT, await sharedByHand(aws, 'doomed'));
  await aws.local.play(5 * MINUTE);
  await share(aws, 'doomed', { remove: true });
  // What the function fails on goes into the queue; what is announced again is heard again.
  await aws.local.fault({ kind: 'deny', action: 'states:StartExecution', principal: 'RunsRole', times: 3 });
  await backUp(aws, 'second', DAY);

  expect(await aws.local.faults()).toMatchObject([{ fired: 3 }]);
  expect(await stored(aws)).toHaveLength(1);
  expect(unusedRights(await aws.local.unusedRights('Vault-'), ACCEPTED_OF_VAULTS.map(([right]) => right))).toEqual([]);
  // Deletions only began when there were two.
  expect(unusedRights(beforeTheEnd).some((right) => right.includes('rds:DeleteDBClusterSnapshot'))).toBe(true);
});

/** Rights that nothing in the life of restores uses, and why they are there all the same. */
const ACCEPTED_OF_RESTORES: [RegExp, string][] = [
  [/AuroraBackupRestoresProvider/, 'of the Provider framework, whose policies are not ours'],
  [
    /rds:DescribeDBCluster(Snapshots|AutomatedBackups) on arn:aws:rds:eu-west-1:\*:cluster:\*$/,
    'IAM knows the cluster as a second resource of these actions; that lists which name no cluster need it is not ruled out',
  ],
];

test('every right of the functions of restores is used by something in the life of a stack', async () => {
  const { DbClusterResourceId } = await prepareOrders(aws);
  const shop = aws.stack();
  const restores = (trigger: string, retained = false): Declaration => (stack) => {
    const options = optionsIn(stack, { removalPolicy: RemovalPolicy.DESTROY });
    const restorePoint = new RestorePoint(stack, 'Point', { clusterIdentifier: 'orders', trigger });
    new RestoredDatabaseCluster(stack, 'Back', { ...options, restorePoint });
    if (retained) {
      new DatabaseClusterFromPointInTime(stack, 'Retained', {
        ...options, clusterIdentifier: 'retained', sourceClusterResourceId: DbClusterResourceId, restoreTo: RestoreTime.latest(),
      });
    }
  };

  expect(await shop.deploy(restores('first'))).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });
  const beforeTheEnd = await aws.local.unusedRights('Shop-AuroraBackup');
  await aws.local.seedSnapshot({ region: HERE, cluster: 'orders', type: 'manual', identifier: 'newer' });
  // The guard refuses it, and lets the stack go back.
  expect(await shop.deploy(restores('second'))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
  await aws.world.rds().send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'orders', SkipFinalSnapshot: true, DeleteAutomatedBackups: false }));
  expect(await shop.deploy(restores('first', true))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
  expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE' });

  expect(unusedRights(await aws.local.unusedRights('Shop-AuroraBackup'), ACCEPTED_OF_RESTORES.map(([right]) => right))).toEqual([]);
  // Records only go at the end.
  expect(unusedRights(beforeTheEnd).some((right) => right.includes('ssm:DeleteParameters'))).toBe(true);
});
