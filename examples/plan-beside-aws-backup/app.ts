/**
 * One cluster under both: AWS Backup keeps it continuously restorable for two weeks, to any second; an `AuroraBackupPlan` takes snapshots for the years
 * after that, and copies them elsewhere. AWS Backup then owns the retention of the automated backups, so the plan is told to leave it alone.
 *
 *   cdk deploy
 */
import { App, Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as backup from 'aws-cdk-lib/aws-backup';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { AuroraBackupPlan, RetentionPolicy } from 'cdk-aurora-backup';

class Orders extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    const key = new kms.Key(this, 'Key', { enableKeyRotation: true });
    const orders = new rds.DatabaseCluster(this, 'Cluster', {
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
      writer: rds.ClusterInstance.serverlessV2('Writer'),
      vpc: new ec2.Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 0 }),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      storageEncryptionKey: key,
      iamAuthentication: true,
      deletionProtection: true,
      port: 5433,
      // No `backup` here: with a continuous rule, AWS Backup sets how long RDS keeps.
    });

    const continuous = new backup.BackupPlan(this, 'Continuous', {
      backupVault: new backup.BackupVault(this, 'Vault', { encryptionKey: key }),
    });
    continuous.addRule(new backup.BackupPlanRule({
      ruleName: 'Continuous',
      enableContinuousBackup: true,
      deleteAfter: Duration.days(14),
      scheduleExpression: events.Schedule.cron({ minute: '0', hour: '5' }),
    }));
    continuous.addSelection('Orders', { resources: [backup.BackupResource.fromRdsDatabaseCluster(orders)] });

    const plan = new AuroraBackupPlan(this, 'Years', {
      planName: 'orders-years',
      schedule: ScheduleExpression.cron({ minute: '0', hour: '3' }),
      retention: RetentionPolicy.tiered({ weekly: 5, monthly: 12, yearly: 10 }),
      copies: [{ region: 'eu-central-1', encryptionKey: kms.Alias.fromAliasName(this, 'KeyElsewhere', 'alias/orders-elsewhere') }],
      managedByAwsBackup: true,
    });
    plan.addCluster(orders, { clusterEncryptionKey: key });
    plan.alarmOnNewestSnapshotAge('TooOld', { maximumAge: Duration.hours(36) });
  }
}

export const app = new App();
new Orders(app, 'Orders', { env: { region: 'eu-west-1' } });
