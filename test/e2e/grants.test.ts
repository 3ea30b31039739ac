import { CopyDBClusterSnapshotCommand, RDSClient, RestoreDBClusterFromSnapshotCommand } from '@aws-sdk/client-rds';
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { useLocalAws } from './support/e2e';
import { snapshotArn } from './support/subjects';
import { ask } from '../local/probe';
import { ACCOUNT, HERE, THERE, refusal } from '../local/world';
import { ClusterSnapshot, IClusterSnapshot } from 'cdk-aurora-backup';

const aws = useLocalAws();
let key: string;
beforeEach(async () => {
  await aws.local.settings({ snapshotSeconds: 0, copySeconds: 0 });
  key = await aws.world.key();
  await aws.world.cluster('orders', { StorageEncrypted: true, KmsKeyId: key });
  await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: 'granted' });
  await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: 'other' });
  // What an operator tries in vain is what these tests are about.
  aws.excuse((call) => call.session === 'session');
});

/** Somebody with a role of the stack, to whom the snapshot was granted. */
async function operator(
  grant: (snapshot: IClusterSnapshot, role: iam.Role) => void, keyOf: (stack: Stack) => kms.IKey | undefined, region: string = HERE,
): Promise<RDSClient> {
  const operations = aws.stack('Operations');
  expect(await operations.deploy((stack) => {
    const role = new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountPrincipal(ACCOUNT) });
    grant(ClusterSnapshot.fromSnapshotAttributes(stack, 'Snapshot', { snapshotArn: snapshotArn('granted'), encryptionKey: keyOf(stack) }), role);
  })).toMatchObject({ status: 'CREATE_COMPLETE' });
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/${await operations.physicalId('Operator')}`;
  const answer = await ask(aws.local, 'sts', 'AssumeRole', { RoleArn: roleArn, RoleSessionName: 'session' });
  const part = (tag: string) => new RegExp(`<${tag}>(.*?)</${tag}>`).exec(answer)![1];
  return new RDSClient({
    ...aws.local.client(region),
    credentials: { accessKeyId: part('AccessKeyId'), secretAccessKey: part('SecretAccessKey'), sessionToken: part('SessionToken') },
    maxAttempts: 1,
  });
}

const restore = (snapshot: string) => new RestoreDBClusterFromSnapshotCommand({
  DBClusterIdentifier: `${snapshot}-again`, SnapshotIdentifier: snapshot, Engine: 'aurora-postgresql',
});
const known = (stack: Stack) => kms.Key.fromKeyArn(stack, 'Key', key);

describe.each([['is told', known], ['is not told', () => undefined]])('where its key %s', (_, keyOf) => {
  test('who was granted to restore a snapshot restores this one, and no other', async () => {
    const rds = await operator((snapshot, role) => snapshot.grantRestore(role), keyOf);

    expect(await refusal(rds.send(restore('other')))).toMatch(/^AccessDenied.*rds:RestoreDBClusterFromSnapshot.*cluster-snapshot:other/);
    expect(await refusal(rds.send(restore('granted')))).toBe('no error');
  });
});

describe('who was granted to copy a snapshot', () => {
  const copy = (source: string, target: string, more: object = {}) => new CopyDBClusterSnapshotCommand({
    SourceDBClusterSnapshotIdentifier: snapshotArn(source), TargetDBClusterSnapshotIdentifier: target, ...more,
  });
  const mayMake = (role: iam.Role, region: string) => role.addToPrincipalPolicy(new iam.PolicyStatement({
    actions: ['rds:CopyDBClusterSnapshot'], resources: [snapshotArn('mine-*', region)],
  }));

  test('needs the right to make the copy besides, and then copies this one and no other', async () => {
    const rds = await operator((snapshot, role) => {
      snapshot.grantCopy(role);
      mayMake(role, HERE);
    }, known);

    expect(await refusal(rds.send(copy('granted', 'theirs')))).toMatch(/^AccessDenied.*rds:CopyDBClusterSnapshot.*cluster-snapshot:theirs/);
    expect(await refusal(rds.send(copy('other', 'mine-1')))).toMatch(/^AccessDenied.*rds:CopyDBClusterSnapshot.*cluster-snapshot:other/);
    expect(await refusal(rds.send(copy('granted', 'mine-1')))).toBe('no error');
  });

  test('copies it to another Region, under a key of there that the role may use', async () => {
    const there = await aws.world.key(THERE);
    const rds = await operator((snapshot, role) => {
      snapshot.grantCopy(role);
      mayMake(role, THERE);
      role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['kms:DescribeKey', 'kms:CreateGrant'], resources: [there] }));
    }, known, THERE);

    expect(await refusal(rds.send(copy('granted', 'mine-2', { KmsKeyId: there })))).toBe('no error');
  });
});
