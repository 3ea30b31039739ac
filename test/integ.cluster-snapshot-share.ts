/**
 * Shares with nobody, which needs no second account: of a snapshot itself, and of a copy under another key. Give `-c account=<12 digits>` to share with one.
 *
 * `npx integ-runner --language typescript --update-on-failed` deploys it to a real account and destroys it, the snapshots included; without an
 * account only the templates are compared (`npm run test:integ`).
 */
import { ExpectedResult, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { AuroraBackupDefaults, ClusterSnapshot, ClusterSnapshotShare } from '../src';

const app = new App({
  // The committed snapshot would hold the paths of the machine that wrote it.
  postCliContext: { 'aws:cdk:disable-stack-trace': true, 'aws:cdk:disable-creation-stack-traces': true },
});
const stack = new Stack(app, 'AuroraBackupClusterSnapshotShare');
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
const snapshot = new ClusterSnapshot(stack, 'Snapshot', { cluster, clusterEncryptionKey: key, snapshotIdentifier: 'aurora-backup-integ-shared' });

const account: string | undefined = app.node.tryGetContext('account');
const accountIds = account === undefined ? [] : [account];
new ClusterSnapshotShare(stack, 'Share', { snapshot, accountIds });
new ClusterSnapshotShare(stack, 'ShareOfCopy', {
  snapshot, accountIds, encryptionKey: new kms.Key(stack, 'OtherKey', { removalPolicy: RemovalPolicy.DESTROY }),
});

const test = new IntegTest(app, 'Test', { testCases: [stack] });
test.assertions
  .awsApiCall('RDS', 'describeDBClusterSnapshotAttributes', { DBClusterSnapshotIdentifier: 'aurora-backup-integ-shared' })
  .expect(ExpectedResult.objectLike({
    DBClusterSnapshotAttributesResult: { DBClusterSnapshotAttributes: [{ AttributeName: 'restore', AttributeValues: accountIds }] },
  }));
