/**
 * A platform team gives its teams a construct with the defaults of the house, `PlatformBackupPlan`, and publishes it to the internal registry. This app is
 * that of a team: it names its clusters and their class, and says nothing of schedules, copies, keys or alarms.
 *
 *   cdk deploy
 */
import { App, Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { BackupClass, PlatformBackupPlan } from './platform-backup-plan';
import { RetentionPolicy } from 'cdk-aurora-backup';

class Payments extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    const cluster = (name: string) => rds.DatabaseCluster.fromDatabaseClusterAttributes(this, name, { clusterIdentifier: name.toLowerCase() });

    const gold = new PlatformBackupPlan(this, 'Gold', { backupClass: BackupClass.GOLD, team: 'payments', application: 'ledger', clusters: [cluster('Ledger')] });
    gold.addCluster(cluster('Accounts'));

    new PlatformBackupPlan(this, 'Silver', {
      backupClass: BackupClass.SILVER,
      team: 'payments',
      application: 'ledger',
      clusters: [cluster('Reports')],
      // The reports can be made again from the ledger.
      retention: RetentionPolicy.keepFor(Duration.days(10)),
      snapshotTags: { purpose: 'reports' },
    });
  }
}

export const app = new App();
new Payments(app, 'Payments', { env: { region: 'eu-west-1' } });
