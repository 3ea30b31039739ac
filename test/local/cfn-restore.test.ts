import { DescribeDBClustersCommand, DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { Stack } from './probe';
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
