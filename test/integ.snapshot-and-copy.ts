/**
 * Deploys to a real account with `npx integ-runner --language typescript --update-on-failed`: an empty cluster, a snapshot of it and a copy
 * under another key. Without an account only the templates are compared (`npm run test:integ`).
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { AuroraBackupDefaults, ClusterSnapshot, ClusterSnapshotCopy } from '../src';

const app = new App({
  // The committed snapshot would hold the paths of the machine that wrote it.
  postCliContext: { 'aws:cdk:disable-stack-trace': true, 'aws:cdk:disable-creation-stack-traces': true },
});
const stack = new Stack(app, 'AuroraBackupInteg');
AuroraBackupDefaults.of(stack).configure({ removalPolicy: RemovalPolicy.DESTROY });

const cluster = new rds.DatabaseCluster(stack, 'Cluster', {
  engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
  writer: rds.ClusterInstance.serverlessV2('Writer'),
  vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0 }),
  vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  storageEncrypted: true,
  removalPolicy: RemovalPolicy.DESTROY,
});
const snapshot = new ClusterSnapshot(stack, 'Snapshot', { cluster, trigger: '1' });
new ClusterSnapshotCopy(stack, 'Copy', {
  source: snapshot,
  encryptionKey: new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY }),
});

new IntegTest(app, 'Integ', { testCases: [stack] });
