import { DescribeDBClusterSnapshotAttributesCommand, ModifyDBClusterSnapshotAttributeCommand, RDSClient } from '@aws-sdk/client-rds';
import { ACCOUNT, REGION, asRole } from './probe';
import { refusal, World } from './world';
import { LocalAws } from '../../local/local-aws';

let local: LocalAws;
let world: World;
beforeAll(async () => {
  local = await LocalAws.start({ speed: 0 });
  world = new World(local);
}, 300_000);
afterAll(() => local?.stop());
beforeEach(async () => {
  await local.reset();
  await local.settings({ snapshotSeconds: 0, copySeconds: 0, defaultEncryption: 'none' });
  await world.cluster('orders');
});

const FRIEND = '222222222222';
const change = (input: object, rds = world.rds(), id: string = 's') =>
  rds.send(new ModifyDBClusterSnapshotAttributeCommand({ DBClusterSnapshotIdentifier: id, AttributeName: 'restore', ...input }));
const share = (...ValuesToAdd: string[]) => change({ ValuesToAdd });
const shares = async () => {
  const { DBClusterSnapshotAttributesResult: told } = await world.rds().send(new DescribeDBClusterSnapshotAttributesCommand({ DBClusterSnapshotIdentifier: 's' }));
  return told!.DBClusterSnapshotAttributes!.find((attribute) => attribute.AttributeName === 'restore')!.AttributeValues ?? [];
};

test('a snapshot is shared with whom one names, once, until one takes it back', async () => {
  await world.snapshot('s', 'orders');
  await share(FRIEND, '333333333333');
  await share(FRIEND);
  expect(await shares()).toEqual([FRIEND, '333333333333']);
  await change({ ValuesToRemove: ['333333333333', '444444444444'] });
  expect(await shares()).toEqual([FRIEND]);
  expect((await local.snapshots()).find((snapshot) => snapshot.DBClusterSnapshotIdentifier === 's')!.SharedWith).toEqual([FRIEND]);
});

test('with no more than 20 accounts', async () => {
  await world.snapshot('s', 'orders');
  const accounts = Array.from({ length: 21 }, (_, i) => String(100000000000 + i));
  await share(...accounts.slice(0, 20));
  expect(await refusal(share(accounts[20]))).toMatch(/^SharedSnapshotQuotaExceeded/);
  await change({ ValuesToAdd: [accounts[20]], ValuesToRemove: [accounts[0]] });
  expect(await shares()).toEqual(accounts.slice(1));
});

test.each([['22222222222'], ['2222-2222-2222'], ['everybody']])('not with "%s"', async (account) => {
  await world.snapshot('s', 'orders');
  expect(await refusal(share(account))).toMatch(/^InvalidParameterValue/);
});

test.each([
  ['automated', 'rds:orders-2027', /^InvalidDBClusterSnapshotStateFault/],
  ['awsbackup', 'awsbackup:job-1', /^InvalidDBClusterSnapshotStateFault/],
] as const)('not one that is made by RDS or AWS Backup: %s', async (type, identifier, words) => {
  await local.seedSnapshot({ cluster: 'orders', region: REGION, type, identifier });
  expect(await refusal(change({ ValuesToAdd: [FRIEND] }, world.rds(), identifier))).toMatch(words);
});

test('not one that is still being made, nor one that does not exist', async () => {
  await local.settings({ snapshotSeconds: 60 });
  await world.snapshot('s', 'orders');
  expect(await refusal(share(FRIEND))).toMatch(/^InvalidDBClusterSnapshotStateFault/);
  expect(await refusal(change({ ValuesToAdd: [FRIEND] }, world.rds(), 'other'))).toMatch(/^DBClusterSnapshotNotFoundFault/);
});

describe('of an encrypted one', () => {
  test('not under the default key, nor under a key of AWS', async () => {
    await world.cluster('default', { StorageEncrypted: true });
    await world.snapshot('s', 'default');
    expect(await refusal(share(FRIEND))).toMatch(/default service key/);
    await local.settings({ defaultEncryption: 'sse-rds' });
    await world.cluster('owned');
    await world.snapshot('o', 'owned');
    expect(await refusal(change({ ValuesToAdd: [FRIEND] }, world.rds(), 'o'))).toMatch(/default service key/);
  });

  test('only under an own key, and never with everybody', async () => {
    await world.cluster('own', { StorageEncrypted: true, KmsKeyId: await world.key() });
    await world.snapshot('s', 'own');
    await share(FRIEND);
    expect(await refusal(share('all'))).toMatch(/^InvalidParameterValue/);
    expect(await shares()).toEqual([FRIEND]);
  });
});

describe('one that cannot be shared', () => {
  test.each(['automated', 'awsbackup'] as const)('because it is %s, can be copied within the account under a key, and the copy be shared', async (type) => {
    const KmsKeyId = await world.key();
    await world.cluster('own', { StorageEncrypted: true, KmsKeyId: await world.key() });
    const identifier = type === 'automated' ? 'rds:own-x' : undefined;
    const { DBClusterSnapshotIdentifier: id } = await local.seedSnapshot({ cluster: 'own', region: REGION, type, identifier });
    expect(await refusal(change({ ValuesToAdd: [FRIEND] }, world.rds(), id))).toMatch(/^InvalidDBClusterSnapshotStateFault/);

    expect(await world.copy(id, 'c', { KmsKeyId })).toMatchObject({ SnapshotType: 'manual', KmsKeyId });
    await change({ ValuesToAdd: [FRIEND] }, world.rds(), 'c');
    expect(await refusal(world.copy(id, 'same-key'))).toBe('no error');
  });

  test.each<[string, object]>([['the default key', { StorageEncrypted: true }], ['an AWS owned key', {}]])(
    'because it is under %s, can be copied under a customer key, and the copy be shared', async (_, encryption) => {
      const KmsKeyId = await world.key();
      await local.settings({ defaultEncryption: 'sse-rds' });
      await world.cluster('own', encryption);
      await world.snapshot('s', 'own');
      expect(await refusal(share(FRIEND))).toMatch(/^InvalidParameterValue.*default service key/);

      expect(await world.copy('s', 'c', { KmsKeyId })).toMatchObject({ StorageEncryptionType: 'sse-kms', KmsKeyId });
      await change({ ValuesToAdd: [FRIEND] }, world.rds(), 'c');
    });
});

test('by whom its tags allow to', async () => {
  await world.snapshot('s', 'orders', { Tags: [{ Key: 'owner', Value: 'plan' }] });
  await world.snapshot('other', 'orders');
  const credentials = await asRole(local, [{
    Effect: 'Allow',
    Action: 'rds:ModifyDBClusterSnapshotAttribute',
    Resource: `arn:aws:rds:${REGION}:${ACCOUNT}:cluster-snapshot:*`,
    Condition: { StringEquals: { 'aws:ResourceTag/owner': 'plan' } },
  }]);
  const rds = new RDSClient({ ...local.client(REGION), credentials, maxAttempts: 1 });
  await change({ ValuesToAdd: [FRIEND] }, rds);
  expect(await refusal(change({ ValuesToAdd: [FRIEND] }, rds, 'other'))).toMatch(/^AccessDenied.*rds:ModifyDBClusterSnapshotAttribute on resource: .*cluster-snapshot:other/);
  expect(await shares()).toEqual([FRIEND]);
});
