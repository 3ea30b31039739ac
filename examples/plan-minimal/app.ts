/**
 * One cluster, which the app did not make, is backed up every night: a week of days, five weeks, a year of months. An alarm goes off when its newest
 * snapshot is older than a day and a half, whatever the reason.
 *
 *   cdk deploy
 */
import { App, Duration, Stack, StackProps, TimeZone } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { AuroraBackupPlan, RetentionPolicy } from 'cdk-aurora-backup';

class Backup extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const orders = rds.DatabaseCluster.fromDatabaseClusterAttributes(this, 'Orders', { clusterIdentifier: 'orders' });
    const plan = new AuroraBackupPlan(this, 'Nightly', {
      planName: 'orders-nightly',
      clusters: [orders],
      schedule: ScheduleExpression.cron({ minute: '0', hour: '3', timeZone: TimeZone.EUROPE_PARIS }),
      retention: RetentionPolicy.tiered({ daily: 7, weekly: 5, monthly: 12 }),
    });
    plan.alarmOnNewestSnapshotAge('TooOld', { maximumAge: Duration.hours(36) });
  }
}

export const app = new App();
new Backup(app, 'Backup');
