/**
 * Two clusters are backed up four times a day; each snapshot is shared with the account of the auditors, and copied into a second Region under a key of
 * that Region, where two weeks are kept. Somebody is told of every run, woken up by a failed one, and by copies that are too old.
 *
 *   cdk deploy --all
 */
import { App, Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { ScheduleExpression, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { AuroraBackupPlan, RetentionPolicy } from 'cdk-aurora-backup';

const HOME = 'eu-west-1';
const ELSEWHERE = 'eu-central-1';
const ALIAS = 'alias/shop-elsewhere';
const AUDITORS = '111122223333';

/** Lives in the second Region. An alias is a name that both stacks know without asking each other. */
class KeyElsewhere extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    new kms.Key(this, 'Key', { alias: ALIAS, enableKeyRotation: true });
  }
}

class Shop extends Stack {
  private readonly key = new kms.Key(this, 'Key', { enableKeyRotation: true });
  private readonly vpc = new ec2.Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 0 });

  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    // A shared snapshot is of use only to who may also use its key.
    this.key.grantDecrypt(new iam.AccountPrincipal(AUDITORS));
    this.key.grant(new iam.AccountPrincipal(AUDITORS), 'kms:CreateGrant', 'kms:DescribeKey');

    const topic = new sns.Topic(this, 'Backups', { enforceSSL: true });
    const plan = new AuroraBackupPlan(this, 'Gold', {
      planName: 'shop-gold',
      schedule: ScheduleExpression.rate(Duration.hours(6)),
      timeWindow: TimeWindow.flexible(Duration.minutes(30)),
      retention: RetentionPolicy.tiered({ hourly: 8, daily: 7, weekly: 5, monthly: 3 }),
      copies: [{
        region: ELSEWHERE,
        encryptionKey: kms.Alias.fromAliasName(this, 'KeyElsewhere', ALIAS),
        retention: RetentionPolicy.keepFor(Duration.days(14), { minimumSnapshots: 2 }),
      }],
      shareWith: [AUDITORS],
      notificationTopic: topic,
      // Two weeks of four copies a day, of two clusters, are more than the 100 that an account has in a Region: the quota was raised (L-9B510759).
      snapshotQuota: 200,
    });
    for (const name of ['Orders', 'Billing']) {
      // With the keys of all clusters known, the plan may use these keys and no others.
      plan.addCluster(this.cluster(name), { clusterEncryptionKey: this.key });
    }

    const wakeSomebody = new actions.SnsAction(topic);
    plan.metricRunFailed().createAlarm(this, 'RunFailed', { threshold: 1, evaluationPeriods: 1 }).addAlarmAction(wakeSomebody);
    plan.alarmOnNewestSnapshotAge('TooOldHere', { maximumAge: Duration.hours(13) }).addAlarmAction(wakeSomebody);
    plan.alarmOnNewestSnapshotAge('TooOldElsewhere', { snapshotRegion: ELSEWHERE, maximumAge: Duration.hours(25) }).addAlarmAction(wakeSomebody);
  }

  private cluster(id: string): rds.DatabaseCluster {
    return new rds.DatabaseCluster(this, id, {
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
      writer: rds.ClusterInstance.serverlessV2('Writer'),
      vpc: this.vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      storageEncryptionKey: this.key,
      iamAuthentication: true,
      deletionProtection: true,
      port: 5433,
      backup: { retention: Duration.days(14) },
    });
  }
}

export const app = new App();
const elsewhere = new KeyElsewhere(app, 'ShopKeyElsewhere', { env: { region: ELSEWHERE } });
new Shop(app, 'Shop', { env: { region: HOME } }).node.addDependency(elsewhere);
