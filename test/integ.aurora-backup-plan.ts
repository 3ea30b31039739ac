/**
 * A plan for one cluster, with a copy to another Region under a key that is known by its alias. It is run by hand, and everything must be well.
 *
 * `npx integ-runner --language typescript --update-on-failed` deploys it to a real account and destroys it; the snapshots of the plan outlive it and
 * are to be deleted by hand, here and in the other Region. Without an account only the templates are compared (`npm run test:integ`).
 */
import { ExpectedResult, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { AuroraBackupDefaults, AuroraBackupPlan, RetentionPolicy } from '../src';

/** Must not be the Region that integ-runner deploys to: `--parallel-regions us-east-1`. */
const THERE = 'eu-central-1';
const ALIAS_THERE = 'alias/aurora-backup-plan-integ';

const app = new App({
  // The committed snapshot would hold the paths of the machine that wrote it.
  postCliContext: { 'aws:cdk:disable-stack-trace': true, 'aws:cdk:disable-creation-stack-traces': true },
});
const there = new Stack(app, 'AuroraBackupPlanKeyThere', { env: { region: THERE } });
new kms.Key(there, 'Key', { alias: ALIAS_THERE, removalPolicy: RemovalPolicy.DESTROY });

const stack = new Stack(app, 'AuroraBackupPlanIntegration');
stack.addDependency(there);
AuroraBackupDefaults.of(stack).configure({ removalPolicy: RemovalPolicy.DESTROY });

const key = new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY });
const cluster = new rds.DatabaseCluster(stack, 'Cluster', {
  engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_6 }),
  writer: rds.ClusterInstance.serverlessV2('Writer'),
  vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0 }),
  vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  storageEncryptionKey: key,
  removalPolicy: RemovalPolicy.DESTROY,
});
const plan = new AuroraBackupPlan(stack, 'Plan', {
  planName: 'aurora-backup-plan-integ',
  schedule: scheduler.ScheduleExpression.rate(Duration.days(1)),
  retention: RetentionPolicy.keepLast(2),
  copies: [{ region: THERE, encryptionKey: kms.Alias.fromAliasName(stack, 'KeyThere', ALIAS_THERE) }],
  enabled: false,
});
plan.addCluster(cluster, { clusterEncryptionKey: key });

const test = new IntegTest(app, 'Test', { testCases: [stack] });
const run = test.assertions.awsApiCall('StepFunctions', 'startExecution', { stateMachineArn: plan.stateMachine.stateMachineArn, input: '{}' });
test.assertions
  .awsApiCall('StepFunctions', 'describeExecution', { executionArn: run.getAttString('executionArn') })
  .expect(ExpectedResult.objectLike({ status: 'SUCCEEDED' }))
  .waitForAssertions({ totalTimeout: Duration.minutes(55), interval: Duration.minutes(1) });
