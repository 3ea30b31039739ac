/**
 * Two clusters are backed up every night. The first snapshot of each week of `orders` goes to the data lake, two of its schemas only; the first of each
 * month of both goes to an archive as a whole, which outlives the engine version that a snapshot needs.
 *
 *   cdk deploy
 */
import { App, Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { AuroraBackupPlan, ExportFrequency, RetentionPolicy } from 'cdk-aurora-backup';

class Lake extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const encryptionKey = new kms.Key(this, 'Key', { enableKeyRotation: true });
    const [lake, archive] = [400, 3650].map((days) => new s3.Bucket(this, `KeptFor${days}Days`, {
      encryptionKey,
      enforceSSL: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      // The library never deletes what was exported.
      lifecycleRules: [{ expiration: Duration.days(days) }],
    }));

    const orders = rds.DatabaseCluster.fromDatabaseClusterAttributes(this, 'Orders', { clusterIdentifier: 'orders' });
    const billing = rds.DatabaseCluster.fromDatabaseClusterAttributes(this, 'Billing', { clusterIdentifier: 'billing' });
    const plan = new AuroraBackupPlan(this, 'Nightly', {
      planName: 'lake-nightly',
      clusters: [orders, billing],
      schedule: ScheduleExpression.cron({ minute: '30', hour: '2' }),
      // The snapshot is the backup, and what can be restored. The export is for reading.
      retention: RetentionPolicy.keepLast(14),
      exports: [
        { clusters: [orders], bucket: lake, encryptionKey, prefix: 'orders', exportOnly: ['shop.public', 'shop.sales'], frequency: ExportFrequency.WEEKLY },
        { bucket: archive, encryptionKey, prefix: 'archive', frequency: ExportFrequency.MONTHLY },
      ],
    });

    const queue = new sqs.Queue(this, 'FailedClusters', { enforceSSL: true });
    plan.onClusterFailed('ClusterFailed', { target: new targets.SqsQueue(queue) });
  }
}

export const app = new App();
new Lake(app, 'Lake', { env: { region: 'eu-west-1' } });
