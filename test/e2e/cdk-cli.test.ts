import { App, CfnOutput, NestedStack, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { useLocalAws } from './support/e2e';
import { COPY, SNAPSHOT, snapshotOfOrders, together } from './support/subjects';
import { temporaryFolder } from './support/temporary-folders';
import { localSynthesizer } from '../../local/cdk-cli';
import { ACCOUNT, HERE, THERE } from '../local/world';
import { AuroraBackupDefaults, ClusterSnapshot, ClusterSnapshotCopy } from 'cdk-aurora-backup';

const aws = useLocalAws();
const RELEASED = 'cdk-aurora-backup:released';

/** An app of one or more stacks as users write it; returns its cloud assembly. */
function app(declare: (root: App) => void): string {
  const root = new App({ outdir: temporaryFolder() });
  declare(root);
  return root.synth().directory;
}

function stackIn(root: App, name: string, declare: (stack: Stack) => void): Stack {
  const stack = new Stack(root, name, { synthesizer: localSynthesizer(), env: { account: ACCOUNT, region: HERE } });
  declare(stack);
  return stack;
}

interface Release {
  readonly trigger: string;
  readonly stage?: string;
  readonly removalPolicy?: RemovalPolicy;
  readonly clusterIdentifier?: string;
}

/** A cluster, its snapshot and the copy of that in another Region: the example of the README. */
function shop({ trigger, stage = 'test', removalPolicy, clusterIdentifier = 'orders' }: Release): string {
  return app((root) => stackIn(root, 'Shop', (stack) => {
    Tags.of(stack).add('stage', stage);
    const key = new kms.Key(stack, 'Key');
    const cluster = new rds.DatabaseCluster(stack, 'Orders', {
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
      writer: rds.ClusterInstance.serverlessV2('Writer'),
      vpc: new ec2.Vpc(stack, 'Vpc', { natGateways: 0, maxAzs: 2, subnetConfiguration: [{ name: 'db', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] }),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      storageEncryptionKey: key,
      clusterIdentifier,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const snapshot = new ClusterSnapshot(stack, 'Snapshot', { cluster, clusterEncryptionKey: key, trigger, removalPolicy });
    const copy = new ClusterSnapshotCopy(stack, 'Copy', {
      source: snapshot, region: THERE, encryptionKey: kms.Alias.fromAliasName(stack, 'There', 'alias/elsewhere'), removalPolicy,
    });
    new CfnOutput(stack, 'SnapshotId', { value: snapshot.snapshotIdentifier });
    new CfnOutput(stack, 'CopyArn', { value: copy.snapshotArn });
  }));
}

test('a snapshot and its copy live with their stack: deployed, tagged, taken anew, moved to another cluster and retained', async () => {
  const keyThere = await aws.world.key(THERE, ACCOUNT, 'alias/elsewhere');
  const cdk = aws.cdk();

  const first = await cdk.deploy(shop({ trigger: 'v1' }));
  expect(first).toMatchObject({ exitCode: 0 });
  const [taken] = await aws.made();
  const [copied] = await aws.made(THERE);
  expect(first.outputs.Shop).toEqual({ SnapshotId: taken.DBClusterSnapshotIdentifier, CopyArn: copied.DBClusterSnapshotArn });
  expect(taken).toMatchObject({ Status: 'available', StorageEncrypted: true, Tags: { stage: 'test' } });
  expect(copied).toMatchObject({ Status: 'available', KmsKeyId: keyThere, SourceDBClusterSnapshotArn: taken.DBClusterSnapshotArn, Tags: { stage: 'test' } });
  expect(copied.Tags['cdk-aurora-backup:data-time']).toMatch(/^\d{4}-\d\d-\d\dT/);

  expect(await cdk.deploy(shop({ trigger: 'v1', stage: 'prod' }))).toMatchObject({ exitCode: 0, outputs: first.outputs });
  expect([...await aws.made(), ...await aws.made(THERE)].map((snapshot) => snapshot.Tags.stage)).toEqual(['prod', 'prod']);

  const second = await cdk.deploy(shop({ trigger: 'v2', stage: 'prod' }));
  expect(second).toMatchObject({ exitCode: 0 });
  expect(second.outputs.Shop.SnapshotId).not.toBe(first.outputs.Shop.SnapshotId);
  expect((await aws.made()).map((snapshot) => snapshot.Tags[RELEASED])).toEqual(['retained', undefined]);
  expect((await aws.made(THERE)).map((snapshot) => snapshot.Tags[RELEASED])).toEqual(['retained', undefined]);

  expect(await cdk.deploy(shop({ trigger: 'v2', stage: 'prod', clusterIdentifier: 'orders2' }))).toMatchObject({ exitCode: 0 });
  expect((await aws.made()).map((snapshot) => snapshot.DBClusterIdentifier)).toEqual(['orders', 'orders', 'orders2']);

  expect(await cdk.destroy(shop({ trigger: 'v2', stage: 'prod', clusterIdentifier: 'orders2' }))).toMatchObject({ exitCode: 0 });
  expect((await aws.made()).map((snapshot) => snapshot.Tags[RELEASED])).toEqual(['retained', 'retained', 'retained']);
  expect(await aws.made(THERE)).toHaveLength(3);
});

test('under DESTROY only the newest is kept, and nothing after the stack', async () => {
  await aws.world.key(THERE, ACCOUNT, 'alias/elsewhere');
  const cdk = aws.cdk();
  await cdk.deploy(shop({ trigger: 'v1', removalPolicy: RemovalPolicy.DESTROY }));
  const [first] = await aws.made();

  expect(await cdk.deploy(shop({ trigger: 'v2', removalPolicy: RemovalPolicy.DESTROY }))).toMatchObject({ exitCode: 0 });
  const [second, ...more] = await aws.made();
  expect(more).toEqual([]);
  expect(second.DBClusterSnapshotIdentifier).not.toBe(first.DBClusterSnapshotIdentifier);
  expect(await aws.made(THERE)).toMatchObject([{ SourceDBClusterSnapshotArn: second.DBClusterSnapshotArn }]);

  expect(await cdk.destroy(shop({ trigger: 'v2', removalPolicy: RemovalPolicy.DESTROY }))).toMatchObject({ exitCode: 0 });
  expect([...await aws.made(), ...await aws.made(THERE)]).toEqual([]);
});

test('a copy that fails rolls the deploy back, and the CLI says why in a sentence', async () => {
  await aws.world.cluster('orders');
  await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: 'source' });
  await aws.local.fault({ kind: 'endsFailed', action: COPY.action, percent: 60 });

  const result = await aws.cdk().deploy(app((root) => stackIn(root, 'Shop', (stack) => {
    together(snapshotOfOrders(), COPY.declared())(stack);
    (stack.node.findChild('Snapshot') as ClusterSnapshot).takeBefore(stack.node.findChild('Copy'));
  })));

  expect(result.exitCode).not.toBe(0);
  expect(result.output).toMatch(/Copy.*Custom::AuroraClusterSnapshotCopy/);
  expect(result.output).toMatch(/the snapshot arn:aws:rds:eu-central-1:111111111111:cluster-snapshot:cab-[-a-z0-9]+\s+ended in status 'failed'/);
  expect(await aws.made(THERE)).toEqual([]);
  // Completed, and needed most when a deploy fails.
  expect((await aws.made()).map((snapshot) => `${snapshot.Status} ${snapshot.Tags[RELEASED]}`)).toEqual(['available retained']);
});

test('several stacks and a nested one keep their snapshots apart, under the defaults of the app', async () => {
  await aws.world.cluster('orders');
  const assembly = app((root) => {
    AuroraBackupDefaults.of(root).configure({ removalPolicy: RemovalPolicy.DESTROY });
    stackIn(root, 'Shop', (stack) => {
      snapshotOfOrders()(stack);
      snapshotOfOrders({ removalPolicy: RemovalPolicy.RETAIN })(new NestedStack(stack, 'Nested'));
    });
    stackIn(root, 'Audit', (stack) => {
      snapshotOfOrders()(stack);
    });
  });
  const cdk = aws.cdk();

  expect(await cdk.deploy(assembly)).toMatchObject({ exitCode: 0 });
  const owners = (await aws.made()).map((snapshot) => snapshot.Tags['cdk-aurora-backup:owner']);
  expect(new Set(owners).size).toBe(3);

  expect(await cdk.destroy(assembly, 'Audit')).toMatchObject({ exitCode: 0 });
  expect(await aws.made()).toHaveLength(2);

  expect(await cdk.destroy(assembly, 'Shop')).toMatchObject({ exitCode: 0 });
  expect((await aws.made()).map((snapshot) => snapshot.Tags[RELEASED])).toEqual(['retained']);
  expect(await aws.local.calls({ action: SNAPSHOT.action })).toHaveLength(3);
});
