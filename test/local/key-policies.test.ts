import { CopyDBClusterSnapshotCommand, RDSClient } from '@aws-sdk/client-rds';
import { asRole, Stack, Statement } from './probe';
import { ACCOUNT, HERE, refusal, World } from './world';
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
  await local.settings({ snapshotSeconds: 0, copySeconds: 0 });
});

const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const ADMIN = `arn:aws:iam::${ACCOUNT}:role/admin`;
const PRUNER = `arn:aws:iam::${ACCOUNT}:role/pruner`;
const EVERYTHING: Statement[] = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
const toRoot = { Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:*', Resource: '*' };
const exceptFor = (role: string, ...Action: string[]) => (
  { Effect: 'Deny', Principal: { AWS: '*' }, Action, Resource: '*', Condition: { ArnNotLike: { 'aws:PrincipalArn': role } } });

/** A key that a stack makes, with this policy. */
async function keyOfStack(...statements: object[]): Promise<string> {
  const stack = new Stack(local);
  const KeyPolicy = { Version: '2012-10-17', Statement: statements };
  const status = await stack.create({
    Resources: { Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy } } }, Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Key', 'Arn'] } } },
  });
  expect(status).toBe('CREATE_COMPLETE');
  return (await stack.outputs()).Arn;
}

/** A KMS call as a role that may do everything, as far as its own policies go. */
async function as(name: string) {
  const credentials = await asRole(local, EVERYTHING, ACCOUNT, name);
  return {
    credentials,
    kms: (action: string, body: object) => world.kms(action, body, HERE, ACCOUNT, credentials),
  };
}
const code = (answer: any) => answer.__type ?? 'done';

describe('the policy of a key that a stack makes', () => {
  const harm: [string, object][] = [
    ['ScheduleKeyDeletion', { PendingWindowInDays: 7 }], ['DisableKey', {}], ['PutKeyPolicy', { PolicyName: 'default', Policy: JSON.stringify({ Statement: [toRoot] }) }],
  ];

  test.each(harm)('denies %s to an administrator whose own policies allow everything, and not to the role it excepts', async (action, input) => {
    const KeyId = await keyOfStack(toRoot, exceptFor(PRUNER, `kms:${action}`));
    const [admin, pruner] = [await as('admin'), await as('pruner')];

    expect(code(await admin.kms(action, { KeyId, ...input }))).toBe('AccessDeniedException');
    expect(code(await pruner.kms(action, { KeyId, ...input }))).toBe('done');
  });

  test.each(harm)('denies %s to the root of the account', async (action, input) => {
    const KeyId = await keyOfStack(toRoot, exceptFor(PRUNER, `kms:${action}`));
    expect(code(await world.kms(action, { KeyId, ...input }))).toBe('AccessDeniedException');
    expect(code(await world.kms('DescribeKey', { KeyId }))).toBe('done');
  });

  test('must allow what a role of the same account may do: its own policies are not enough', async () => {
    const KeyId = await keyOfStack({ ...toRoot, Principal: { AWS: PRUNER } });
    const [admin, pruner] = [await as('admin'), await as('pruner')];
    expect(code(await admin.kms('DescribeKey', { KeyId }))).toBe('AccessDeniedException');
    expect(code(await pruner.kms('DescribeKey', { KeyId }))).toBe('done');
  });

  test('is changed with the stack and by PutKeyPolicy', async () => {
    const KeyId = await keyOfStack(toRoot);
    const admin = await as('admin');
    expect(code(await admin.kms('DisableKey', { KeyId }))).toBe('done');
    await world.kms('PutKeyPolicy', { KeyId, PolicyName: 'default', Policy: JSON.stringify({ Statement: [toRoot, exceptFor(PRUNER, 'kms:EnableKey')] }) });
    expect(code(await admin.kms('EnableKey', { KeyId }))).toBe('AccessDeniedException');
  });
});

describe('RDS uses a key of the same account', () => {
  async function copyUnder(...policy: object[]) {
    const KmsKeyId = await keyOfStack(...policy);
    await world.cluster('orders', { StorageEncrypted: true, KmsKeyId: await world.key() });
    await world.snapshot('s', 'orders');
    const { credentials } = await as('admin');
    const rds = new RDSClient({ ...local.client(HERE), credentials, maxAttempts: 1 });
    return refusal(rds.send(new CopyDBClusterSnapshotCommand({ SourceDBClusterSnapshotIdentifier: 's', TargetDBClusterSnapshotIdentifier: 'c', KmsKeyId })));
  }
  const refused = /^KMSKeyNotAccessibleFault: The target snapshot KMS key \[.*\] does not exist/;

  test('when its policy trusts the account', async () => {
    expect(await copyUnder(toRoot)).toBe('no error');
  });

  test('when its policy allows grants for AWS only', async () => {
    const look = { ...toRoot, Action: 'kms:DescribeKey' };
    const grant = { ...toRoot, Principal: { AWS: ADMIN }, Action: 'kms:CreateGrant', Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } };
    expect(await copyUnder(look, grant)).toBe('no error');
  });

  test.each<[string, object[]]>([
    ['trusts another role', [{ ...toRoot, Principal: { AWS: PRUNER } }]],
    ['denies grants', [toRoot, exceptFor(PRUNER, 'kms:CreateGrant')]],
    ['trusts RDS of another Region', [{ ...toRoot, Condition: { StringEquals: { 'kms:ViaService': 'rds.us-east-1.amazonaws.com' } } }]],
  ])('not when its policy %s', async (_, policy) => {
    expect(await copyUnder(...policy)).toMatch(refused);
  });
});

test('RDS encrypts a copy under a key of another account when that trusts this one', async () => {
  const OTHER = '222222222222';
  const KmsKeyId = await world.key(HERE, OTHER);
  await world.cluster('orders', { StorageEncrypted: true, KmsKeyId: await world.key() });
  await world.snapshot('s', 'orders');
  const trust = (...accounts: string[]) => world.kms('PutKeyPolicy', {
    KeyId: KmsKeyId,
    PolicyName: 'default',
    Policy: JSON.stringify({
      Statement: accounts.map((account) => ({ ...toRoot, Principal: { AWS: `arn:aws:iam::${account}:root` } })),
    }),
  }, HERE, OTHER);
  const rds = new RDSClient({ ...local.client(HERE), credentials: (await as('admin')).credentials, maxAttempts: 1 });
  const copy = () => refusal(rds.send(new CopyDBClusterSnapshotCommand({ SourceDBClusterSnapshotIdentifier: 's', TargetDBClusterSnapshotIdentifier: 'c', KmsKeyId })));

  await trust(OTHER);
  expect(await copy()).toMatch(/^KMSKeyNotAccessibleFault: The target snapshot KMS key/);
  await trust(OTHER, ACCOUNT);
  expect(await copy()).toBe('no error');
});

test('grants are listed until they are revoked', async () => {
  const KeyId = await world.key();
  const GranteePrincipal = 'arn:aws:iam::222222222222:root';
  const { GrantId } = await world.kms('CreateGrant', { KeyId, GranteePrincipal, Operations: ['Decrypt'] });
  expect((await world.kms('ListGrants', { KeyId })).Grants).toEqual([expect.objectContaining({ GrantId, GranteePrincipal, Operations: ['Decrypt'] })]);
  await world.kms('RevokeGrant', { KeyId, GrantId });
  expect((await world.kms('ListGrants', { KeyId })).Grants).toEqual([]);
});
