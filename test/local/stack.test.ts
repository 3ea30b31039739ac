import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeDBClustersCommand, DescribeDBInstancesCommand, ListTagsForResourceCommand } from '@aws-sdk/client-rds';
import { App, CfnOutput, CustomResource, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { IpAddresses, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { AuroraPostgresEngineVersion, ClusterInstance, DatabaseCluster, DatabaseClusterEngine } from 'aws-cdk-lib/aws-rds';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { HERE, THERE, World } from './world';
import { CdkCli, localSynthesizer } from '../../local/cdk-cli';
import { LocalAws } from '../../local/local-aws';

jest.setTimeout(120_000);

let local: LocalAws;
let world: World;
const folder = mkdtempSync(join(tmpdir(), 'local-stack-'));
beforeAll(async () => {
  local = await LocalAws.start({ speed: 60 });
  world = new World(local);
}, 300_000);
afterAll(async () => {
  await local?.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => local.reset());

interface Wishes {
  readonly retention?: number;
  readonly writers?: string[];
  readonly removalPolicy?: RemovalPolicy;
  readonly name?: string;
}

let assemblies = 0;
/** An encrypted Aurora cluster as CDK users write it; returns the synthesized assembly. */
function clusterApp(wishes: Wishes = {}): string {
  const app = new App({ outdir: join(folder, `app-${assemblies++}`) });
  const stack = new Stack(app, 'Data', { synthesizer: localSynthesizer() });
  const vpc = new Vpc(stack, 'Vpc', {
    ipAddresses: IpAddresses.cidr('10.0.0.0/16'), maxAzs: 2, natGateways: 0, subnetConfiguration: [{ name: 'db', subnetType: SubnetType.PRIVATE_ISOLATED }],
  });
  const cluster = new DatabaseCluster(stack, 'Orders', {
    engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_16_4 }),
    writer: ClusterInstance.serverlessV2('writer'),
    readers: (wishes.writers ?? []).map((id) => ClusterInstance.provisioned(id)),
    vpc,
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    storageEncryptionKey: new Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY }),
    clusterIdentifier: wishes.name ?? 'Orders',
    backup: { retention: Duration.days(wishes.retention ?? 7) },
    removalPolicy: wishes.removalPolicy ?? RemovalPolicy.DESTROY,
  });
  Tags.of(stack).add('team', 'orders');
  new CfnOutput(stack, 'Endpoint', { value: cluster.clusterEndpoint.hostname });
  new CfnOutput(stack, 'ResourceId', { value: cluster.clusterResourceIdentifier });
  return app.synth().directory;
}

const clusters = async (region = HERE, account?: string) => (await world.rds(region, account).send(new DescribeDBClustersCommand({}))).DBClusters!;

test('a CDK Aurora cluster is deployed, changed in place and destroyed', async () => {
  const cdk = new CdkCli(local);

  const created = await cdk.deploy(clusterApp());
  expect(created).toMatchObject({ exitCode: 0 });
  const [cluster] = await clusters();
  expect(cluster).toMatchObject({
    DBClusterIdentifier: 'orders', Status: 'available', BackupRetentionPeriod: 7, EngineVersion: '16.4', StorageEncryptionType: 'sse-kms', CopyTagsToSnapshot: true,
  });
  expect(cluster.KmsKeyId).toMatch(/^arn:aws:kms:eu-west-1:111111111111:key\//);
  expect(cluster.DBClusterMembers).toHaveLength(1);
  expect(created.outputs.Data).toEqual({ Endpoint: cluster.Endpoint, ResourceId: cluster.DbClusterResourceId });
  expect((await world.rds().send(new ListTagsForResourceCommand({ ResourceName: cluster.DBClusterArn }))).TagList)
    .toEqual(expect.arrayContaining([{ Key: 'team', Value: 'orders' }, { Key: 'aws:cloudformation:stack-name', Value: 'Data' }]));

  const updated = await cdk.deploy(clusterApp({ retention: 14, writers: ['reader'] }));
  expect(updated).toMatchObject({ exitCode: 0 });
  expect(updated.output).toMatch(/UPDATE_COMPLETE +\| AWS::RDS::DBCluster/);
  expect(updated.output).not.toMatch(/CREATE_COMPLETE +\| AWS::RDS::DBCluster/); // of the earlier deploy
  expect(await clusters()).toEqual([expect.objectContaining({ DbClusterResourceId: cluster.DbClusterResourceId, BackupRetentionPeriod: 14 })]);
  expect((await world.rds().send(new DescribeDBInstancesCommand({}))).DBInstances).toHaveLength(2);

  const destroyed = await cdk.destroy(clusterApp());
  expect(destroyed).toMatchObject({ exitCode: 0 });
  expect(await clusters()).toEqual([]);
  expect(await local.snapshots()).toEqual([]);
});

test('a cluster that is renamed, thereby replaced, or destroyed leaves a final snapshot when its policy says so', async () => {
  const cdk = new CdkCli(local);
  await cdk.deploy(clusterApp());
  const [before] = await clusters();

  expect(await cdk.deploy(clusterApp({ removalPolicy: RemovalPolicy.SNAPSHOT, name: 'orders2' }))).toMatchObject({ exitCode: 0 });
  const [after, ...others] = await clusters();
  expect(others).toEqual([]);
  expect(after.DBClusterIdentifier).toBe('orders2');
  expect(after.DbClusterResourceId).not.toBe(before.DbClusterResourceId);

  expect(await cdk.destroy(clusterApp())).toMatchObject({ exitCode: 0 });
  expect((await local.snapshots()).map(({ SnapshotType, DbClusterResourceId }) => [SnapshotType, DbClusterResourceId])).toEqual([
    ['manual', before.DbClusterResourceId], ['manual', after.DbClusterResourceId],
  ]);
});

test('accounts and Regions are separate worlds', async () => {
  expect(await new CdkCli(local, { account: '222222222222', region: THERE }).deploy(clusterApp())).toMatchObject({ exitCode: 0 });

  expect((await clusters(THERE, '222222222222'))[0].DBClusterArn).toBe('arn:aws:rds:eu-central-1:222222222222:cluster:orders');
  expect(await clusters(HERE, '222222222222')).toEqual([]);
  expect(await clusters(THERE)).toEqual([]);
});

test('a custom resource of the Provider framework is polled on the emulated clock, in Lambda workers that see it too', async () => {
  const app = new App({ outdir: join(folder, `app-${assemblies++}`) });
  const stack = new Stack(app, 'Waiting', { synthesizer: localSynthesizer() });
  const code = Code.fromInline(`
    let polls = 0;
    exports.onEvent = async () => ({ PhysicalResourceId: 'thing', Began: Date.now() });
    exports.isComplete = async ({ Began, RequestType }) => {
      polls++;
      const waited = (Date.now() - Began) / 1000;
      return waited < 240 && RequestType === 'Create' ? { IsComplete: false } : {
        IsComplete: true, Data: { Began: new Date(Began).toISOString(), Waited: String(waited), Polls: String(polls) } };
    };
  `);
  const handler = (name: string) => new Function(stack, name, { runtime: Runtime.NODEJS_22_X, handler: `index.${name}`, code });
  const provider = new Provider(stack, 'Provider', { onEventHandler: handler('onEvent'), isCompleteHandler: handler('isComplete'), queryInterval: Duration.minutes(2) });
  const thing = new CustomResource(stack, 'Thing', { serviceToken: provider.serviceToken });
  new CfnOutput(stack, 'Waited', { value: thing.getAttString('Waited') });
  new CfnOutput(stack, 'Polls', { value: thing.getAttString('Polls') });
  new CfnOutput(stack, 'Began', { value: thing.getAttString('Began') });
  const { directory } = app.synth();
  await local.clock({ advance: 7 * 86_400 });
  const emulated = await local.clock();
  const began = Date.now();

  const result = await new CdkCli(local).deploy(directory);

  expect(result).toMatchObject({ exitCode: 0 });
  expect(Date.now() - began).toBeLessThan(30_000);
  expect(Number(result.outputs.Waiting.Waited)).toBeGreaterThanOrEqual(240);
  expect(Number(result.outputs.Waiting.Waited)).toBeLessThan(480);
  expect(Number(result.outputs.Waiting.Polls)).toBeLessThanOrEqual(4);
  expect(+new Date(result.outputs.Waiting.Began)).toBeGreaterThan(+emulated);
  expect(await new CdkCli(local).destroy(directory)).toMatchObject({ exitCode: 0 });
});
