/**
 * A cluster; restored from a snapshot of it, to the latest point in time, and cloned; and the proof that RDS calls all of them available. It shows that
 * CloudFormation takes the restore properties from the guard, and that a second deploy of the same changes nothing.
 *
 * `npx integ-runner --language typescript --update-on-failed` deploys it to a real account and destroys it, the snapshot included; without an
 * account only the templates are compared (`npm run test:integ`).
 */
import { ExpectedResult, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import {
  AuroraBackupDefaults, ClusterSnapshot, DatabaseClusterClone, DatabaseClusterFromPointInTime, RestoredDatabaseCluster, RestorePoint, RestoreTime,
} from '../src';

const app = new App({
  // The committed snapshot would hold the paths of the machine that wrote it.
  postCliContext: { 'aws:cdk:disable-stack-trace': true, 'aws:cdk:disable-creation-stack-traces': true },
});
const stack = new Stack(app, 'AuroraBackupRestoredCluster');
AuroraBackupDefaults.of(stack).configure({ removalPolicy: RemovalPolicy.DESTROY });

const common = {
  engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
  writer: rds.ClusterInstance.serverlessV2('Writer'),
  vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0 }),
  vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
};
const source = new rds.DatabaseCluster(stack, 'Source', { ...common, backup: { retention: Duration.days(1) }, removalPolicy: RemovalPolicy.DESTROY });
const snapshot = new ClusterSnapshot(stack, 'Snapshot', { cluster: source });

const point = new RestorePoint(stack, 'Point', { clusterIdentifier: source.clusterIdentifier });
point.node.addDependency(snapshot);
const restored = [
  new RestoredDatabaseCluster(stack, 'FromSnapshot', { ...common, restorePoint: point, manageMasterUserPassword: true }),
  new DatabaseClusterFromPointInTime(stack, 'FromPointInTime', {
    ...common, sourceClusterIdentifier: source.clusterIdentifier, restoreTo: RestoreTime.latest(),
  }),
  new DatabaseClusterClone(stack, 'Clone', {
    ...common, sourceClusterIdentifier: source.clusterIdentifier, snapshotCredentials: rds.SnapshotCredentials.fromGeneratedSecret('postgres'),
  }),
];

const test = new IntegTest(app, 'Test', { testCases: [stack], diffAssets: true });
for (const cluster of restored) {
  test.assertions
    .awsApiCall('RDS', 'describeDBClusters', { DBClusterIdentifier: cluster.clusterIdentifier })
    .expect(ExpectedResult.objectLike({ DBClusters: [{ Status: 'available', BackupRetentionPeriod: 7 }] }));
}
