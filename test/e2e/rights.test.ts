import { RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { useLocalAws } from './support/e2e';
import { copyOf, prepareWorld, snapshotArn, snapshotOfOrders, together } from './support/subjects';
import { unusedRights } from '../../local/call-report';
import { HERE, THERE } from '../local/world';

const aws = useLocalAws();

/** Rights that nothing in the life of a stack uses, and why they are there all the same. */
const ACCEPTED: [RegExp, string][] = [
  [/AuroraBackupOperationsProvider/, 'of the Provider framework, whose policies are not ours'],
  [
    /rds:DescribeDBClusterSnapshots on arn:aws:rds:\*:111111111111:cluster:\*$/,
    'IAM knows the cluster as a second resource of this action; that lists which name no cluster need it is not ruled out',
  ],
];

test('every right of our roles is used by something in the life of a stack', async () => {
  await aws.local.settings({ snapshotSeconds: 30, copySeconds: 30 });
  await prepareWorld(aws);
  await aws.world.cluster('secret', { StorageEncrypted: true, KmsKeyId: await aws.world.key() });
  await aws.local.seedSnapshot({ cluster: 'secret', region: HERE, type: 'manual', identifier: 'secret' });
  const there = await aws.world.key(THERE);
  const everything = (stage: string, old: Record<string, string>) => together(
    snapshotOfOrders({ removalPolicy: RemovalPolicy.DESTROY, tags: { stage, ...old } }),
    snapshotOfOrders({ removalPolicy: RemovalPolicy.DESTROY, snapshotIdentifier: 'chosen', tags: { stage, ...old } }, 'Chosen'),
    copyOf(snapshotArn('source'), { removalPolicy: RemovalPolicy.DESTROY, targetIdentifier: 'chosen-copy', region: THERE }, 'ChosenCopy'),
    copyOf(snapshotArn('secret'), { removalPolicy: RemovalPolicy.DESTROY }, 'KeyNobodyNamed'),
    (stack) => copyOf(snapshotArn('secret'), {
      removalPolicy: RemovalPolicy.DESTROY, region: THERE, encryptionKey: kms.Key.fromKeyArn(stack, 'Key', there),
    })(stack),
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
