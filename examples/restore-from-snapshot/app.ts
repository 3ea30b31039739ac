/**
 * The cluster `orders` is gone, and its newest good snapshot becomes `orders-2`, which takes its place: the application reads the endpoint from a
 * parameter, a plan backs it up from the first night on. The restore point and the cluster stay in this app for as long as the cluster lives.
 *
 *   cdk deploy
 */
import { App, Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { AuroraBackupPlan, RestoredDatabaseCluster, RestorePoint, RetentionPolicy } from 'cdk-aurora-backup';

class Shop extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    const key = new kms.Key(this, 'Key', { enableKeyRotation: true });
    // Asked once: later deploys, also when there are newer snapshots or this one is gone, get the same answer.
    const point = new RestorePoint(this, 'Point', { clusterIdentifier: 'orders' });
    const orders = new RestoredDatabaseCluster(this, 'Orders2', {
      restorePoint: point,
      clusterIdentifier: 'orders-2',
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
      writer: rds.ClusterInstance.serverlessV2('Writer'),
      readers: [rds.ClusterInstance.serverlessV2('Reader', { scaleWithWriter: true })],
      vpc: new ec2.Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 0 }),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      storageEncryptionKey: key,
      iamAuthentication: true,
      port: 5433,
      backup: { retention: Duration.days(7) },
      // The master user gets a new password, in a secret that RDS rotates. All other users have the passwords that they had then.
      manageMasterUserPassword: true,
    });

    new ssm.StringParameter(this, 'Host', { parameterName: '/shop/orders/host', stringValue: orders.clusterEndpoint.hostname });
    const plan = new AuroraBackupPlan(this, 'Nightly', {
      planName: 'orders-nightly',
      schedule: ScheduleExpression.cron({ minute: '0', hour: '3' }),
      retention: RetentionPolicy.tiered({ daily: 7, weekly: 5 }),
    });
    plan.addCluster(orders, { clusterEncryptionKey: key });
  }
}

export const app = new App();
new Shop(app, 'Shop', { env: { region: 'eu-west-1' } });
