import { CloudFormationClient, DeleteStackCommand, DescribeStackResourcesCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  CreateDBInstanceCommand, DeleteDBClusterCommand, DeleteDBInstanceCommand, DescribeDBClustersCommand, DescribeDBInstancesCommand,
} from '@aws-sdk/client-rds';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { useLocalAws } from './support/e2e';
import { Guide } from './support/guide';
import { snapshotArn } from './support/subjects';
import { until } from './support/until';
import { share } from './support/vaults';
import { ClusterFacts } from '../../local/local-aws';
import { ACCOUNT, HERE, THERE } from '../local/world';

const HOUR = 3600;

/** Every program of the guide is deployed here with the CDK CLI, as a reader does. */
const guide = new Guide('restoring.md');
const aws = useLocalAws();

beforeEach(async () => {
  await aws.local.clock({ at: '2026-11-22T12:00:00Z' }); // the day of which the guide tells
});

test('the guide has no other programs than those that are tried here', () => {
  expect(guide.stacks).toEqual([
    'Shop', 'Shop', 'Shop', 'BeforeTheMigration', 'OrdersAtFourPast', 'OrdersAgain', 'Rehearsal', 'Recovery', 'Legacy', 'Preview',
  ]);
});

test('none of them warns of anything, but for what aws-rds says about its own class', () => {
  const stacks = guide.synthesizeAll().flatMap((assembly) => new CloudAssembly(assembly).stacks);
  const messages = stacks.filter(({ stackName }) => stackName !== 'Legacy').flatMap((stack) => stack.messages);

  expect(messages.map(({ id, entry }) => `${id}: ${entry.data}`)).toEqual([]);
});

test('a cluster is lost, comes back from its snapshot under a new name, and takes the place of the lost one; nothing brings it back to the snapshot', async () => {
  await deployed(guide.synthesize('Shop'));
  const [snapshot] = await aws.made();
  await lose('orders');

  await deployed(guide.synthesize('Shop', 2));
  await aws.logged({ message: 'restore point chosen' });
  const restored = await cluster('orders-2');
  expect(restored).toMatchObject({
    Status: 'available', Answers: true, Origin: snapshot.Origin, BackupRetentionPeriod: 7, DeletionProtection: true, EngineVersion: '16.4',
  });
  expect(restored.KmsKeyId).toBe(snapshot.KmsKeyId);
  expect(await managedPassword('orders-2')).toBe(restored.MasterUserPassword);

  await deployed(guide.synthesize('Shop', 3));
  expect(await cluster('orders-2')).toEqual(restored);
  expect(await host()).toMatch(/^orders-2\./);
  expect((await aws.made()).map(({ DBClusterIdentifier }) => DBClusterIdentifier)).toEqual(['orders', 'orders-2']);

  await refused(guide.synthesize('Shop', 3, { "{ clusterIdentifier: 'orders' }": "{ clusterIdentifier: 'orders-2', trigger: 'again' }" }), 'orders-2');
  expect(await cluster('orders-2')).toEqual(restored);
});

test('the snapshot from before a migration becomes a cluster with a writer and a reader', async () => {
  await aws.world.cluster('orders', { EngineVersion: '16.4' });
  await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: 'cab-1f0c3a9e-5d2b7a10c4-orders' });

  await deployed(guide.synthesize('BeforeTheMigration'));

  const [, restored] = await aws.local.clusters();
  expect(restored).toMatchObject({ Status: 'available', Answers: true, RestoredFrom: { SnapshotArn: snapshotArn('cab-1f0c3a9e-5d2b7a10c4-orders') } });
  expect(await instancesOf(restored.DBClusterIdentifier)).toHaveLength(2);
});

test('a stack that is destroyed by mistake loses the instances of its cluster; the cluster is kept, leaves the stack and answers again', async () => {
  await aws.world.cluster('orders', { EngineVersion: '16.4' });
  await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: 'cab-1f0c3a9e-5d2b7a10c4-orders' });
  const assembly = guide.synthesize('BeforeTheMigration');
  await deployed(assembly);

  expect(await aws.cdk().destroy(assembly)).toMatchObject({ exitCode: 1 });
  const [, { DBClusterIdentifier }] = await aws.local.clusters();
  expect(await cluster(DBClusterIdentifier)).toMatchObject({ Status: 'available', Answers: false });

  const cloudFormation = new CloudFormationClient(aws.local.client(HERE));
  const { StackResources = [] } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName: 'BeforeTheMigration' }));
  const failed = StackResources.filter(({ ResourceStatus }) => ResourceStatus === 'DELETE_FAILED').map(({ LogicalResourceId }) => LogicalResourceId!);
  await cloudFormation.send(new DeleteStackCommand({ StackName: 'BeforeTheMigration', RetainResources: failed }));
  await until('the stack is gone', async () => cloudFormation.send(new DescribeStacksCommand({ StackName: 'BeforeTheMigration' })).then(() => false, () => true));
  await aws.world.rds().send(new CreateDBInstanceCommand({
    DBInstanceIdentifier: 'again', DBClusterIdentifier, Engine: 'aurora-postgresql', DBInstanceClass: 'db.serverless',
  }));
  await until('it answers', async () => (await cluster(DBClusterIdentifier)).Answers);
});

test('a cluster with the data of four minutes past two stands beside the one that goes on', async () => {
  await aws.world.cluster('orders', { EngineVersion: '16.4', BackupRetentionPeriod: 7 });
  await aws.local.clock({ advance: 4 * HOUR });

  await deployed(guide.synthesize('OrdersAtFourPast'));

  expect(await cluster('orders-1404')).toMatchObject({ Status: 'available', Answers: true, Origin: { DataTime: dataOf('2026-11-22T14:04:00Z') } });
  expect(await cluster('orders')).toMatchObject({ Status: 'available' });
});

test('a cluster that is gone comes back from its retained automated backups', async () => {
  const { DbClusterResourceId } = await aws.world.cluster('billing', { Engine: 'aurora-mysql', EngineVersion: '8.0.mysql_aurora.3.08.0' });
  await aws.local.clock({ advance: HOUR });
  await lose('billing', { DeleteAutomatedBackups: false });

  await deployed(guide.synthesize('OrdersAgain', 1, { 'cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ': DbClusterResourceId! }));

  expect(await aws.local.clusters()).toMatchObject([{ Status: 'available', Answers: true, RestoredFrom: { DbClusterResourceId } }]);
});

test('a clone is there for a rehearsal, and nothing of it afterwards', async () => {
  await aws.world.cluster('orders', { EngineVersion: '16.4' });
  await aws.local.clock({ advance: HOUR });
  const assembly = guide.synthesize('Rehearsal');

  await deployed(assembly);
  const [, clone] = await aws.local.clusters();
  expect(clone).toMatchObject({ Status: 'available', Answers: true, DeletionProtection: false, RestoredFrom: { RestoreType: 'copy-on-write' } });

  expect(await aws.cdk().destroy(assembly)).toMatchObject({ exitCode: 0 });
  expect((await aws.local.clusters()).map(({ DBClusterIdentifier }) => DBClusterIdentifier)).toEqual(['orders']);
  expect(await aws.manual()).toEqual([]);
});

test('what a vault has released comes to life in a third account, under a key of that account', async () => {
  const vault = '777788889999';
  const recovery = '999900001111';
  const key = await aws.world.key(THERE, vault);
  await aws.world.kms('PutKeyPolicy', { KeyId: key, PolicyName: 'default', Policy: letsIn(vault, recovery) }, THERE, vault);
  await aws.world.cluster('orders', { EngineVersion: '16.4', StorageEncrypted: true, KmsKeyId: key }, THERE, vault);
  await aws.local.seedSnapshot({ cluster: 'orders', region: THERE, account: vault, type: 'manual', identifier: 'cab-of-the-vault' });
  await share(aws, 'cab-of-the-vault', { account: vault, region: THERE, with: recovery });

  await deployed(guide.synthesize('Recovery'), { account: recovery, region: THERE });

  const restored = (await aws.local.clusters()).find(({ DBClusterArn }) => DBClusterArn.includes(recovery))!;
  expect(restored).toMatchObject({ DBClusterIdentifier: 'orders', Status: 'available', Answers: true });
  expect(restored.KmsKeyId).toContain(`:${recovery}:`);
});

test('a cluster that was restored long ago gets a guard, which changes nothing, and stops what would replace it', async () => {
  await aws.world.cluster('orders', { EngineVersion: '16.4' });
  for (const identifier of ['orders-of-last-spring', 'orders-of-today']) {
    await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier });
  }
  await deployed(guide.synthesize('Legacy', 1, { 'RestoreGuard.protect(cluster);': '' }));
  const before = await aws.local.clusters();
  const [, legacy] = before;

  await deployed(guide.synthesize('Legacy'));
  expect(await aws.local.clusters()).toEqual(before);

  await refused(guide.synthesize('Legacy', 1, { 'orders-of-last-spring': 'orders-of-today' }), legacy.DBClusterIdentifier);
  expect(await aws.local.clusters()).toEqual(before);
});

test('a throw-away environment leaves nothing, to the last snapshot', async () => {
  await aws.world.cluster('orders', { EngineVersion: '16.4' });
  await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: 'of-production' });
  const assembly = guide.synthesize('Preview');

  await deployed(assembly);
  expect(await cluster('orders-preview')).toMatchObject({ Status: 'available', Answers: true });
  expect(await aws.made()).toMatchObject([{ DBClusterIdentifier: 'orders-preview', Status: 'available' }]);

  expect(await aws.cdk().destroy(assembly)).toMatchObject({ exitCode: 0 });
  expect((await aws.local.clusters()).map(({ DBClusterIdentifier }) => DBClusterIdentifier)).toEqual(['orders']);
  expect((await aws.manual()).map(({ DBClusterSnapshotIdentifier }) => DBClusterSnapshotIdentifier)).toEqual(['of-production']);
});

async function deployed(assembly: string, place: { account: string; region: string } = { account: ACCOUNT, region: HERE }): Promise<void> {
  const { exitCode, output } = await aws.cdk(place).deploy(assembly);
  expect({ exitCode, said: exitCode === 0 ? '' : complaint(output) }).toEqual({ exitCode: 0, said: '' });
}

/** A deploy that the guard of a cluster stops, in its words. */
async function refused(assembly: string, guarded: string): Promise<void> {
  const { exitCode, output } = await aws.cdk().deploy(assembly);
  expect({ exitCode, said: complaint(output) }).toEqual({
    exitCode: 1,
    said: expect.stringMatching(`this deploy would replace the cluster '${guarded}' by another one, because it changes SnapshotIdentifier from '.*' to '.*'\\. The cluster was not touched\\.`),
  });
}

/** What the CDK CLI says last, in one line. */
function complaint(output: string): string {
  return output.slice(Math.max(0, output.lastIndexOf('❌'))).replace(/\s+/g, ' ').slice(0, 2000);
}

async function cluster(identifier: string): Promise<ClusterFacts> {
  return (await aws.local.clusters()).find(({ DBClusterIdentifier }) => DBClusterIdentifier === identifier)!;
}

async function instancesOf(identifier: string): Promise<string[]> {
  const { DBInstances = [] } = await aws.world.rds().send(new DescribeDBInstancesCommand({ Filters: [{ Name: 'db-cluster-id', Values: [identifier] }] }));
  return DBInstances.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier!);
}

/** Somebody deletes a cluster by hand. */
async function lose(DBClusterIdentifier: string, options: object = {}): Promise<void> {
  for (const DBInstanceIdentifier of await instancesOf(DBClusterIdentifier)) {
    await aws.world.rds().send(new DeleteDBInstanceCommand({ DBInstanceIdentifier, SkipFinalSnapshot: true }));
  }
  await aws.world.rds().send(new DeleteDBClusterCommand({ DBClusterIdentifier, SkipFinalSnapshot: true, ...options }));
}

/** What is in the secret that RDS manages for a cluster. */
async function managedPassword(DBClusterIdentifier: string): Promise<string> {
  const { DBClusters } = await aws.world.rds().send(new DescribeDBClustersCommand({ DBClusterIdentifier }));
  const { SecretString } = await aws.world.json('secretsmanager', 'secretsmanager.GetSecretValue', { SecretId: DBClusters![0].MasterUserSecret!.SecretArn });
  return JSON.parse(SecretString).password;
}

/** Where the application of the guide looks for its database. */
async function host(): Promise<string> {
  return (await aws.world.json('ssm', 'AmazonSSM.GetParameter', { Name: '/shop/orders/host' })).Parameter.Value;
}

/** RDS counts in milliseconds, whoever writes it down does not always. */
function dataOf(time: string): string {
  return expect.stringMatching(new RegExp(`^${time.replace('Z', '')}`));
}

function letsIn(...accounts: string[]): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: accounts.map((account) => `arn:aws:iam::${account}:root`) }, Action: 'kms:*', Resource: '*' }],
  });
}
