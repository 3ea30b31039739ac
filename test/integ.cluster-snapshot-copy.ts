/**
 * Copies of a snapshot: under another key of the same Region, and under a key of another Region that is known by its alias.
 *
 * `npx integ-runner --language typescript --update-on-failed` deploys it to a real account and destroys it, the snapshots included; without an
 * account only the templates are compared (`npm run test:integ`).
 */
import { ExpectedResult, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { AuroraBackupDefaults, ClusterSnapshot, ClusterSnapshotCopy } from '../src';

/** Must not be the Region that integ-runner deploys to: `--parallel-regions us-east-1`. */
const THERE = 'eu-central-1';
const ALIAS_THERE = 'alias/aurora-backup-integ';

const app = new App({
  // The committed snapshot would hold the paths of the machine that wrote it.
  postCliContext: { 'aws:cdk:disable-stack-trace': true, 'aws:cdk:disable-creation-stack-traces': true },
});
const there = new Stack(app, 'AuroraBackupKeyThere', { env: { region: THERE } });
new kms.Key(there, 'Key', { alias: ALIAS_THERE, removalPolicy: RemovalPolicy.DESTROY });

const stack = new Stack(app, 'AuroraBackupClusterSnapshotCopy');
stack.addDependency(there);
AuroraBackupDefaults.of(stack).configure({ removalPolicy: RemovalPolicy.DESTROY });

const key = new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY });
const cluster = new rds.DatabaseCluster(stack, 'Cluster', {
  engine: rds.DatabaseClusterEngine.auroraMysql({ version: rds.AuroraMysqlEngineVersion.VER_3_08_0 }),
  writer: rds.ClusterInstance.serverlessV2('Writer'),
  vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0 }),
  vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  storageEncryptionKey: key,
  removalPolicy: RemovalPolicy.DESTROY,
});
const source = new ClusterSnapshot(stack, 'Snapshot', { cluster, clusterEncryptionKey: key });

new ClusterSnapshotCopy(stack, 'OtherKey', {
  source,
  encryptionKey: new kms.Key(stack, 'OtherKeyHere', { removalPolicy: RemovalPolicy.DESTROY }),
  targetIdentifier: 'aurora-backup-integ-other-key',
});
new ClusterSnapshotCopy(stack, 'OtherRegion', {
  source,
  region: THERE,
  encryptionKey: kms.Alias.fromAliasName(stack, 'KeyThere', ALIAS_THERE),
  copyTags: false,
});

const test = new IntegTest(app, 'Test', { testCases: [stack] });
test.assertions
  .awsApiCall('RDS', 'describeDBClusterSnapshots', { DBClusterSnapshotIdentifier: 'aurora-backup-integ-other-key' })
  .expect(ExpectedResult.objectLike({ DBClusterSnapshots: [{ Status: 'available', StorageEncrypted: true }] }));
