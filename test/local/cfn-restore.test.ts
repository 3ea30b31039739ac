import { DescribeDBClustersCommand, DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { Stack, until } from './probe';
import { World } from './world';
import { LocalAws } from '../../local/local-aws';

jest.setTimeout(60_000);

let aws: LocalAws;
let world: World;
let stack: Stack;
beforeAll(async () => {
  aws = await LocalAws.start({ speed: 600 });
  world = new World(aws);
}, 300_000);
afterAll(() => aws?.stop());
beforeEach(async () => {
  await aws.reset();
  await aws.settings({ restoreSeconds: 300 });
  stack = new Stack(aws);
});

const restored = (properties: object = {}, attributes: object = {}) => ({
  Type: 'AWS::RDS::DBCluster',
  DeletionPolicy: 'Delete',
  UpdateReplacePolicy: 'Delete',
  Properties: { Engine: 'aurora-postgresql', EngineVersion: '16.4', DBClusterIdentifier: 'restored', SnapshotIdentifier: 'good', ...properties },
  ...attributes,
});
const instance = (cluster = 'Cluster') => ({
  Type: 'AWS::RDS::DBInstance',
  Properties: { DBClusterIdentifier: { Ref: cluster }, DBInstanceClass: 'db.serverless', Engine: 'aurora-postgresql' },
});
const clusters = async () => (await world.rds().send(new DescribeDBClustersCommand({}))).DBClusters!;
const named = async (name: string) => (await clusters()).find((cluster) => cluster.DBClusterIdentifier === name);

async function goodSnapshot() {
  const source = await world.cluster('orders', { EngineVersion: '16.4', DatabaseName: 'shop' });
  await world.snapshot('good', 'orders');
  await aws.clock({ advance: 120 });
  return source;
}

test('a cluster with a SnapshotIdentifier is restored and complete when it is available; its instances come after it', async () => {
  await goodSnapshot();
  const began = +await aws.clock();
  expect(await stack.create({
    Resources: { Cluster: restored({ BackupRetentionPeriod: '7', DeletionProtection: 'false', Port: '5433' }), Writer: instance() },
    Outputs: { Endpoint: { Value: { 'Fn::GetAtt': ['Cluster', 'Endpoint.Address'] } }, Writer: { Value: { 'Fn::GetAtt': ['Writer', 'Endpoint.Address'] } } },
  })).toBe('CREATE_COMPLETE');

  expect(+await aws.clock() - began).toBeGreaterThanOrEqual(300_000);
  const cluster = await named('restored');
  expect(cluster).toMatchObject({ Status: 'available', BackupRetentionPeriod: 7, Port: 5433, EngineVersion: '16.4', DatabaseName: 'shop' });
  const [writer] = (await world.rds().send(new DescribeDBInstancesCommand({}))).DBInstances!;
  expect(writer).toMatchObject({ DBInstanceStatus: 'available', DBClusterIdentifier: 'restored' });
  expect(await stack.outputs()).toEqual({ Endpoint: cluster!.Endpoint, Writer: writer.Endpoint!.Address });
  const made = await aws.calls({ action: 'rds:RestoreDBClusterFromSnapshot' });
  expect(made.map((call) => call.principal)).toEqual(['cloudformation.amazonaws.com']);
  expect((await stack.events()).filter((event) => event.endsWith('CREATE_COMPLETE'))).toEqual(['Cluster CREATE_COMPLETE', 'Writer CREATE_COMPLETE', 'probe CREATE_COMPLETE']);
});

test('while it is restored, CloudFormation knows of it by its name, and answers others', async () => {
  await goodSnapshot();
  const id = await stack.begin({ Resources: { Cluster: restored() } });
  await until(async () => (await named('restored'))?.Status === 'creating');
  expect((await stack.resource('Cluster')).StackResourceDetail).toMatchObject({ PhysicalResourceId: 'restored', ResourceStatus: 'CREATE_IN_PROGRESS' });
  expect(await stack.done(id)).toBe('CREATE_COMPLETE');
});

test('a cluster of a moment in the past: what the call does not carry comes by the modify after it, but for the version, which stays the source\'s', async () => {
  const source = await world.cluster('orders', { EngineVersion: '16.4', BackupRetentionPeriod: 3 });
  await aws.clock({ advance: 3600 });
  const moment = new Date(+await aws.clock() - 1_800_000).toISOString();
  const at = { SnapshotIdentifier: undefined, RestoreToTime: moment, BackupRetentionPeriod: 9, EngineVersion: '16.8', DeletionProtection: true, ManageMasterUserPassword: true };

  expect(await stack.create({ Resources: { Cluster: restored({ ...at, SourceDbClusterResourceId: source.DbClusterResourceId }) } })).toBe('CREATE_COMPLETE');

  expect(await named('restored')).toMatchObject({ BackupRetentionPeriod: 9, EngineVersion: '16.4', DeletionProtection: true, MasterUserSecret: { SecretStatus: 'active' } });
  const [call] = await aws.calls({ action: 'rds:RestoreDBClusterToPointInTime' });
  expect(call.parameters).toMatchObject({ SourceDbClusterResourceId: source.DbClusterResourceId, RestoreToTime: moment });
  expect(Object.keys(call.parameters)).not.toContain('BackupRetentionPeriod');
  const [record] = (await aws.get('clusters')).filter((cluster: any) => cluster.DBClusterIdentifier === 'restored');
  expect(record.RestoredFrom).toMatchObject({ RestoreToTime: moment, RestoreType: 'full-copy' });
});

test('a clone', async () => {
  await world.cluster('orders', { EngineVersion: '16.4' });
  await aws.clock({ advance: 600 });
  expect(await stack.create({
    Resources: {
      Cluster: restored({ SnapshotIdentifier: undefined, SourceDBClusterIdentifier: 'orders', RestoreType: 'copy-on-write', UseLatestRestorableTime: 'true' }),
    },
  })).toBe('CREATE_COMPLETE');
  const [record] = (await aws.get('clusters')).filter((cluster: any) => cluster.DBClusterIdentifier === 'restored');
  expect(record.RestoredFrom).toMatchObject({ RestoreType: 'copy-on-write' });
});

describe('what fails a restore', () => {
  test.each([
    ['a user name', { MasterUsername: 'me' }, 'MasterUsername cannot be specified together with SnapshotIdentifier'],
    ['another source', { SourceDBClusterIdentifier: 'orders' }, 'SourceDBClusterIdentifier cannot be specified together with SnapshotIdentifier'],
    ['a global cluster', { SnapshotIdentifier: undefined, SourceDBClusterIdentifier: 'orders', UseLatestRestorableTime: true, GlobalClusterIdentifier: 'world' },
      'GlobalClusterIdentifier cannot be specified together with SourceDBClusterIdentifier'],
    ['two sources of a moment', { SnapshotIdentifier: undefined, SourceDBClusterIdentifier: 'orders', SourceDbClusterResourceId: 'cluster-ORDERS' },
      'SourceDbClusterResourceId cannot be specified together with SourceDBClusterIdentifier'],
    ['a moment without a source', { SnapshotIdentifier: undefined, RestoreToTime: '2026-01-01T00:00:00Z' },
      'RestoreToTime needs SourceDBClusterIdentifier or SourceDbClusterResourceId'],
    ['a snapshot that does not exist', { SnapshotIdentifier: 'nothing' }, 'DBClusterSnapshot nothing not found. (Service: Rds, Code: DBClusterSnapshotNotFoundFault)'],
  ])('%s, before anything is made', async (_, properties, reason) => {
    await goodSnapshot();
    expect(await stack.create({ Resources: { Cluster: restored(properties) } })).toBe('ROLLBACK_COMPLETE');
    expect(await stack.reasons()).toContainEqual(expect.stringContaining(reason));
    expect((await clusters()).map((cluster) => cluster.DBClusterIdentifier)).toEqual(['orders']);
    expect(await aws.calls({ action: 'rds:DeleteDBCluster' })).toEqual([]);
  });

  test('RDS refuses it: its words are the reason', async () => {
    await goodSnapshot();
    await aws.fault({ kind: 'error', principal: 'cloudformation', action: 'rds:Restore*', status: 403, code: 'InsufficientDBClusterCapacityFault', message: 'Not enough room.' });
    expect(await stack.create({ Resources: { Cluster: restored() } })).toBe('ROLLBACK_COMPLETE');
    expect(await stack.reasons()).toContainEqual(expect.stringContaining('Not enough room. (Service: Rds, Code: InsufficientDBClusterCapacityFault)'));
  });

  test('a restore that begins and ends failed is deleted again, without a snapshot of nothing', async () => {
    await goodSnapshot();
    await aws.fault({ kind: 'endsFailed', action: 'rds:RestoreDBClusterFromSnapshot', identifier: ':restored$' });
    expect(await stack.create({ Resources: { Cluster: restored({}, { DeletionPolicy: 'Snapshot' }) } })).toBe('ROLLBACK_COMPLETE');
    expect(await stack.reasons()).toContainEqual(expect.stringContaining('DB Cluster restored is in state: failed'));
    expect((await clusters()).map((cluster) => cluster.DBClusterIdentifier)).toEqual(['orders']);
    expect((await aws.snapshots()).filter((snapshot) => snapshot.SnapshotType === 'manual')).toHaveLength(1);
  });

  test.each([['throttling', { kind: 'throttle' as const }], ['an error of RDS itself', { kind: 'error' as const }]])('%s does not: the handler tries again', async (_, fault) => {
    await goodSnapshot();
    await aws.fault({ ...fault, principal: 'cloudformation', action: 'rds:RestoreDBClusterFromSnapshot', times: 2 });
    expect(await stack.create({ Resources: { Cluster: restored() } })).toBe('CREATE_COMPLETE');
  });
});

test('a restore that a reset cuts short is forgotten', async () => {
  await goodSnapshot();
  await aws.settings({ restoreSeconds: 1e9 });
  await stack.begin({ Resources: { Cluster: restored() } });
  await until(async () => named('restored'));
  await aws.reset();

  await goodSnapshot();
  expect(await stack.create({ Resources: { Cluster: restored() } })).toBe('CREATE_COMPLETE');
});
