/**
 * Exports to S3: of a snapshot, waited for, and of a live cluster, in the background, whose outcome is an event that reaches a queue.
 *
 * `npx integ-runner --language typescript --update-on-failed` deploys it to a real account and destroys it, the exported files included; without an
 * account only the templates are compared (`npm run test:integ`). An empty cluster takes about half an hour.
 */
import { ExpectedResult, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { AuroraBackupDefaults, ClusterSnapshot, Completion, ExportSource, ExportTask, TimeoutBehavior } from '../src';

const app = new App({
  // The committed snapshot would hold the paths of the machine that wrote it.
  postCliContext: { 'aws:cdk:disable-stack-trace': true, 'aws:cdk:disable-creation-stack-traces': true },
});
const stack = new Stack(app, 'AuroraBackupExportTask');
AuroraBackupDefaults.of(stack).configure({ removalPolicy: RemovalPolicy.DESTROY });

const clusterKey = new kms.Key(stack, 'ClusterKey', { removalPolicy: RemovalPolicy.DESTROY });
const cluster = new rds.DatabaseCluster(stack, 'Cluster', {
  engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
  writer: rds.ClusterInstance.serverlessV2('Writer'),
  vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0 }),
  vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  defaultDatabaseName: 'shop',
  storageEncryptionKey: clusterKey,
  removalPolicy: RemovalPolicy.DESTROY,
});

const encryptionKey = new kms.Key(stack, 'LakeKey', { removalPolicy: RemovalPolicy.DESTROY });
const bucket = new s3.Bucket(stack, 'Lake', { encryptionKey, enforceSSL: true, removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: true });

const ofSnapshot = new ExportTask(stack, 'OfSnapshot', {
  source: ExportSource.snapshot(new ClusterSnapshot(stack, 'Snapshot', { cluster, clusterEncryptionKey: clusterKey })),
  bucket,
  encryptionKey,
  prefix: 'snapshot',
  completion: Completion.waitFor({ timeout: Duration.minutes(55), onTimeout: TimeoutBehavior.FAIL }),
});

const outcomes = new sqs.Queue(stack, 'Outcomes');
const ofCluster = new ExportTask(stack, 'OfCluster', {
  source: ExportSource.cluster(cluster),
  clusterEncryptionKey: clusterKey,
  bucket,
  encryptionKey,
  prefix: 'cluster',
  completion: Completion.background(),
  notificationTopic: new sns.Topic(stack, 'Topic', { masterKey: encryptionKey }),
});
ofCluster.onOutcome('Outcome', { target: new targets.SqsQueue(outcomes) });

const test = new IntegTest(app, 'Test', { testCases: [stack] });
test.assertions
  .awsApiCall('RDS', 'describeExportTasks', { ExportTaskIdentifier: ofSnapshot.exportTaskIdentifier })
  .expect(ExpectedResult.objectLike({ ExportTasks: [{ Status: 'COMPLETE', SourceType: 'SNAPSHOT' }] }))
  .next(test.assertions
    .awsApiCall('SQS', 'receiveMessage', { QueueUrl: outcomes.queueUrl, WaitTimeSeconds: 20 })
    .expect(ExpectedResult.objectLike({ Messages: [{ Body: Match.stringLikeRegexp('"status":"SUCCEEDED","operation":"export"') }] }))
    .waitForAssertions({ totalTimeout: Duration.minutes(45), interval: Duration.minutes(1) }));
