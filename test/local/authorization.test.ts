import { AddTagsToResourceCommand, CopyDBClusterSnapshotCommand, CreateDBClusterCommand, CreateDBClusterSnapshotCommand, DeleteDBClusterSnapshotCommand, DescribeDBClusterSnapshotsCommand, RDSClient } from '@aws-sdk/client-rds';
import { ACCOUNT, REGION, Statement, ask, asRole, setRights } from './probe';
import { assertAllowed, unusedRights } from '../../local/call-report';
import { LocalAws } from '../../local/local-aws';

const CLUSTER = `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:orders`;
const SNAPSHOT = (id: string, region = REGION) => `arn:aws:rds:${region}:${ACCOUNT}:cluster-snapshot:${id}`;
const allow = (Action: string | string[], Resource: string | string[], Condition?: object): Statement => ({ Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) });

let aws: LocalAws;
beforeAll(async () => { aws = await LocalAws.start({ speed: 600 }); }, 300_000);
afterAll(() => aws?.stop());

async function world() {
  await aws.reset();
  const root = new RDSClient(aws.client(REGION, ACCOUNT));
  await root.send(new CreateDBClusterCommand({ DBClusterIdentifier: 'orders', Engine: 'aurora-postgresql', MasterUsername: 'me', MasterUserPassword: 'password1', Tags: [{ Key: 'team', Value: 'a' }] }));
  return root;
}
async function role(...statements: Statement[]) {
  const identity = await asRole(aws, statements);
  return (region = REGION) => new RDSClient({ ...aws.client(region), credentials: identity });
}
const create = (input: object = {}) => new CreateDBClusterSnapshotCommand({ DBClusterIdentifier: 'orders', DBClusterSnapshotIdentifier: 'cab-One', ...input });
const available = async (root: RDSClient) => {
  await root.send(create());
  await aws.clock({ advance: 3600 });
};

test('a snapshot needs the right on the cluster and on the snapshot, by its identifier in lower case', async () => {
  await world();
  const rds = await role(allow('rds:CreateDBClusterSnapshot', CLUSTER));
  await expect(rds().send(create())).rejects.toMatchObject({
    name: 'AccessDenied',
    message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/tested/session is not authorized to perform: rds:CreateDBClusterSnapshot on resource: `
      + `${SNAPSHOT('cab-one')} because no identity-based policy allows the rds:CreateDBClusterSnapshot action`,
  });
  await setRights(aws, [allow('rds:CreateDBClusterSnapshot', [CLUSTER, SNAPSHOT('cab-*')])]);
  await rds().send(create());
});

test('tags in a request need rds:AddTagsToResource on the new snapshot, with their keys and values as conditions', async () => {
  await world();
  const both = allow('rds:CreateDBClusterSnapshot', [CLUSTER, SNAPSHOT('cab-*')]);
  const tags = (Value: string) => create({ Tags: [{ Key: 'owner', Value }] });
  const rds = await role(both);
  await expect(rds().send(tags('us'))).rejects.toThrow(/rds:AddTagsToResource on resource: .*cluster-snapshot:cab-one/);
  await setRights(aws, [both, allow('rds:AddTagsToResource', SNAPSHOT('cab-*'), { 'StringEquals': { 'aws:RequestTag/owner': 'us' }, 'ForAllValues:StringEquals': { 'aws:TagKeys': ['owner'] } })]);
  await expect(rds().send(tags('them'))).rejects.toThrow(/AddTagsToResource/);
  await rds().send(tags('us'));
});

test('tags that are there already are conditions: aws:ResourceTag, rds:cluster-tag, rds:cluster-snapshot-tag', async () => {
  const root = await world();
  const anywhere = allow('rds:CreateDBClusterSnapshot', SNAPSHOT('cab-*'));
  const rds = await role(anywhere, allow('rds:CreateDBClusterSnapshot', CLUSTER, { StringEquals: { 'rds:cluster-tag/team': 'b' } }));
  await expect(rds().send(create())).rejects.toThrow(/on resource: .*cluster:orders/);
  await setRights(aws, [anywhere, allow('rds:CreateDBClusterSnapshot', CLUSTER, { StringEquals: { 'aws:ResourceTag/team': 'a', 'rds:cluster-tag/team': 'a' } })]);
  await rds().send(create());

  await aws.clock({ advance: 3600 });
  await setRights(aws, [allow('rds:DeleteDBClusterSnapshot', SNAPSHOT('*'), { StringEquals: { 'rds:cluster-snapshot-tag/ours': 'yes', 'aws:ResourceTag/ours': 'yes' } })]);
  const remove = new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: 'cab-one' });
  await expect(rds().send(remove)).rejects.toThrow(/rds:DeleteDBClusterSnapshot/);
  await root.send(new AddTagsToResourceCommand({ ResourceName: SNAPSHOT('cab-one'), Tags: [{ Key: 'ours', Value: 'yes' }] }));
  await rds().send(remove);
});

test('a role that deletes cannot tag: AddTagsToResource is asked with its own condition keys', async () => {
  const root = await world();
  await available(root);
  const rds = await role(allow('rds:AddTagsToResource', '*', { Bool: { 'rds:TagsFromRequest': 'true' }, StringEquals: { 'rds:req-tag/released': 'yes' } }));
  const tag = (Key: string) => new AddTagsToResourceCommand({ ResourceName: SNAPSHOT('cab-one'), Tags: [{ Key, Value: 'yes' }] });
  await expect(rds().send(tag('ours'))).rejects.toThrow(/AddTagsToResource/);
  await rds().send(tag('released'));
});

test('a list without a name is asked for every snapshot, with a name for that one', async () => {
  const root = await world();
  await available(root);
  const rds = await role(allow('rds:DescribeDBClusterSnapshots', SNAPSHOT('cab-*')));
  await expect(rds().send(new DescribeDBClusterSnapshotsCommand({}))).rejects.toThrow(/cluster-snapshot:\*/);
  await rds().send(new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: 'cab-one' }));
});

describe('a copy', () => {
  const OTHER = 'eu-central-1';
  let key: string;
  const copy = (input: object = {}) => new CopyDBClusterSnapshotCommand({ SourceDBClusterSnapshotIdentifier: SNAPSHOT('cab-one'), TargetDBClusterSnapshotIdentifier: 'cab-copy', ...input });
  const source = allow(['rds:CopyDBClusterSnapshot', 'rds:CrossRegionCommunication'], SNAPSHOT('cab-one'));
  const target = allow('rds:CopyDBClusterSnapshot', SNAPSHOT('cab-*', OTHER));
  const keyUse = (via: string) => allow(['kms:CreateGrant', 'kms:DescribeKey'], key, {
    'StringEquals': { 'kms:ViaService': via }, 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/dr' },
  });

  beforeEach(async () => {
    await available(await world());
    key = JSON.parse(await ask(aws, 'kms', 'TrentService.CreateKey', {}, OTHER)).KeyMetadata.Arn;
    await ask(aws, 'kms', 'TrentService.CreateAlias', { AliasName: 'alias/dr', TargetKeyId: key }, OTHER);
  });

  test.each([
    ['the source', () => [target, keyUse(`rds.${OTHER}.amazonaws.com`)], /CopyDBClusterSnapshot on resource: .*eu-west-1.*cab-one/],
    ['the target', () => [source, keyUse(`rds.${OTHER}.amazonaws.com`)], /CopyDBClusterSnapshot on resource: .*eu-central-1.*cab-copy/],
    ['the way across Regions', () => [{ ...source, Action: 'rds:CopyDBClusterSnapshot' }, target], /CrossRegionCommunication on resource: .*cab-one/],
    ['the key', () => [source, target], /^The target snapshot KMS key \[arn:.*\] does not exist, is not enabled or you do not have permissions to access it\.$/],
    ['the key through RDS of that Region', () => [source, target, keyUse(`rds.${REGION}.amazonaws.com`)], /^The target snapshot KMS key/],
  ] as [string, () => Statement[], RegExp][])('needs the right on %s', async (_, statements, refusal) => {
    const rds = await role(...statements());
    await expect(rds(OTHER).send(copy({ KmsKeyId: 'alias/dr' }))).rejects.toThrow(refusal);
    await setRights(aws, [source, target, keyUse(`rds.${OTHER}.amazonaws.com`)]);
    await rds(OTHER).send(copy({ KmsKeyId: 'alias/dr' }));
  });

  test('inherits tags only with rds:AddTagsToResource, for which they are not tags from the request', async () => {
    const tagging = (fromRequest: string) => allow('rds:AddTagsToResource', SNAPSHOT('cab-*', OTHER), { Bool: { 'rds:TagsFromRequest': fromRequest } });
    const rds = await role(source, target, keyUse(`rds.${OTHER}.amazonaws.com`), tagging('true'));
    await expect(rds(OTHER).send(copy({ KmsKeyId: key, CopyTags: true }))).rejects.toThrow(/AddTagsToResource/);
    await setRights(aws, [source, target, keyUse(`rds.${OTHER}.amazonaws.com`), tagging('false')]);
    await rds(OTHER).send(copy({ KmsKeyId: key, CopyTags: true }));
  });
});

test('the report names who was refused what, and the rights nobody used', async () => {
  await world();
  const rds = await role(allow(['rds:CreateDBClusterSnapshot', 'rds:DeleteDBCluster'], [CLUSTER, SNAPSHOT('cab-*')]), allow('rds:StopDBCluster', '*'));
  await rds().send(create());
  assertAllowed(await aws.calls());
  expect(unusedRights(await aws.unusedRights('tested'), [/StopDBCluster/])).toEqual([
    `tested: rds:DeleteDBCluster on ${SNAPSHOT('cab-*')}`,
    `tested: rds:DeleteDBCluster on ${CLUSTER}`,
  ].sort());

  await rds().send(new DescribeDBClusterSnapshotsCommand({})).catch(() => undefined);
  const calls = await aws.calls();
  expect(() => assertAllowed(calls)).toThrow(/assumed-role\/tested\/session in eu-west-1 called rds:DescribeDBClusterSnapshots: denied rds:DescribeDBClusterSnapshots on arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:\*/);
});
