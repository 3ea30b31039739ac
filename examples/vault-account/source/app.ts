/**
 * The account of the shop: every night a snapshot of its cluster, which a vault in another account fetches. Whoever administers this account can delete
 * everything in it, and nothing in the vault. The app of the vault is in ../vault; either may be deployed first.
 *
 *   cdk deploy
 */
import { App, Duration, Stack, StackProps, TimeZone } from 'aws-cdk-lib';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { AuroraBackupPlan, RetentionPolicy, SnapshotVault } from 'cdk-aurora-backup';

/** The name of the vault is that of its event bus, so it is known before the vault is there. */
const VAULT = 'arn:aws:events:eu-central-1:777788889999:event-bus/shop-vault';

class Shop extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    // The plan adds to the policy of this key what the vault needs to read the snapshots.
    const key = new kms.Key(this, 'Key', { enableKeyRotation: true });
    const orders = new rds.DatabaseCluster(this, 'Orders', {
      clusterIdentifier: 'orders',
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
      writer: rds.ClusterInstance.serverlessV2('Writer'),
      vpc: new ec2.Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 0 }),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      storageEncryptionKey: key,
      iamAuthentication: true,
      deletionProtection: true,
      port: 5433,
      backup: { retention: Duration.days(7) },
    });

    const vault = SnapshotVault.fromEventBusArn(this, 'Vault', VAULT);
    const topic = new sns.Topic(this, 'Backups', { enforceSSL: true });
    const plan = new AuroraBackupPlan(this, 'Gold', {
      planName: 'shop-gold',
      schedule: ScheduleExpression.cron({ minute: '0', hour: '3', timeZone: TimeZone.EUROPE_PARIS }),
      retention: RetentionPolicy.keepLast(7),
      vaults: [vault],
      notificationTopic: topic,
    });
    plan.addCluster(orders, { clusterEncryptionKey: key });

    const wakeSomebody = new actions.SnsAction(topic);
    plan.alarmOnNewestSnapshotAge('TooOldHere', { maximumAge: Duration.hours(36) }).addAlarmAction(wakeSomebody);
    plan.alarmOnNewestSnapshotAge('TooOldInTheVault', { vault, maximumAge: Duration.hours(36) }).addAlarmAction(wakeSomebody);
  }
}

export const app = new App();
new Shop(app, 'Shop', { env: { account: '444455556666', region: 'eu-west-1' } });
