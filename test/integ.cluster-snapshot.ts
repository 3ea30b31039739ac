/**
 * A cluster, a snapshot of it before a migration, and the proof that RDS calls it available.
 *
 * `npx integ-runner --language typescript --update-on-failed` deploys it to a real account and destroys it, the snapshot included; without an
 * account only the templates are compared (`npm run test:integ`).
 */
import { ExpectedResult, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Trigger } from 'aws-cdk-lib/triggers';
import { AuroraBackupDefaults, ClusterSnapshot } from '../src';

const app = new App({
  // The committed snapshot would hold the paths of the machine that wrote it.
  postCliContext: { 'aws:cdk:disable-stack-trace': true, 'aws:cdk:disable-creation-stack-traces': true },
});
const stack = new Stack(app, 'AuroraBackupClusterSnapshot');
AuroraBackupDefaults.of(stack).configure({ removalPolicy: RemovalPolicy.DESTROY });

const cluster = new rds.DatabaseCluster(stack, 'Cluster', {
  engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
  writer: rds.ClusterInstance.serverlessV2('Writer'),
  vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0 }),
  vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  removalPolicy: RemovalPolicy.DESTROY,
});
const migration = new Trigger(stack, 'Migration', {
  handler: new lambda.Function(stack, 'Migrate', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => console.log("migrated")'),
  }),
});

const snapshot = new ClusterSnapshot(stack, 'BeforeMigration', { cluster, trigger: '1', keepLast: 2, tags: { purpose: 'integration test' } });
snapshot.takeBefore(migration);

const test = new IntegTest(app, 'Test', { testCases: [stack] });
test.assertions
  .awsApiCall('RDS', 'describeDBClusterSnapshots', { DBClusterSnapshotIdentifier: snapshot.snapshotIdentifier })
  .expect(ExpectedResult.objectLike({ DBClusterSnapshots: [{ Status: 'available', SnapshotType: 'manual' }] }));
