/**
 * Whichever clusters of the account bear the tag `backup=gold` when a run begins: a hundred teams tag their clusters, and one stack backs them up. It begins
 * by telling what it would delete; when the reports are as they should be, `-c prune=yes` lets it.
 *
 *   cdk deploy -c prune=yes
 */
import { App, Duration, Stack, StackProps, TimeZone } from 'aws-cdk-lib';
import { ScheduleExpression, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { AuroraBackupPlan, PruneMode, RetentionPolicy } from 'cdk-aurora-backup';

interface FleetProps extends StackProps {
  readonly pruneMode: PruneMode;
}

class Fleet extends Stack {
  constructor(scope: Construct, id: string, { pruneMode, ...props }: FleetProps) {
    super(scope, id, props);
    const plan = new AuroraBackupPlan(this, 'Gold', {
      planName: 'fleet-gold',
      clusterTags: { backup: 'gold' },
      schedule: ScheduleExpression.cron({ minute: '0', hour: '1', timeZone: TimeZone.EUROPE_BERLIN }),
      timeWindow: TimeWindow.flexible(Duration.minutes(15)),
      retention: RetentionPolicy.tiered({ daily: 7, weekly: 4 }),
      pruneMode,
      snapshotTags: { plan: 'gold' },
      // Hundreds of clusters need more than the quota of 100 (Service Quotas, L-9B510759), which was raised for this account.
      snapshotQuota: 5000,
      notificationTopic: new sns.Topic(this, 'Backups', { enforceSSL: true }),
    });
    plan.alarmOnNewestSnapshotAge('TooOld', { maximumAge: Duration.hours(30) });
  }
}

export const app = new App();
new Fleet(app, 'Fleet', { pruneMode: app.node.tryGetContext('prune') === 'yes' ? PruneMode.DELETE : PruneMode.REPORT_ONLY });
