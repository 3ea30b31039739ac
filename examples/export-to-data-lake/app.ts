/**
 * Two databases in a data lake: the month of `orders` as it was in its snapshot, and `billing` as it is now. Nobody waits for the exports:
 * the deploy ends when RDS has taken them on. When one of `orders` is complete, a crawler puts its tables into the Glue Data Catalog,
 * where Athena finds them; when one fails, the topic says why.
 *
 *   cdk deploy -c month=2026-11
 */
import { App, Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { CallAwsService } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { ClusterSnapshot, Completion, ExportSource, ExportTask, SnapshotExportRole } from 'cdk-aurora-backup';

interface LakeProps extends StackProps {
  /** The month that is exported: another one exports again, beside what is there. */
  readonly month: string;
}

class Lake extends Stack {
  private readonly key = new kms.Key(this, 'Key', { enableKeyRotation: true });

  private readonly bucket = new s3.Bucket(this, 'Bucket', {
    encryptionKey: this.key,
    enforceSSL: true,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    // The library never deletes what was exported.
    lifecycleRules: [{ expiration: Duration.days(400) }],
  });

  constructor(scope: Construct, id: string, { month, ...props }: LakeProps) {
    super(scope, id, props);
    const topic = new sns.Topic(this, 'Outcome', { enforceSSL: true });
    // One role for both exports. Without it each gets its own.
    const common = {
      bucket: this.bucket,
      encryptionKey: this.key,
      role: new SnapshotExportRole(this, 'ExportRole', { bucket: this.bucket, encryptionKey: this.key }),
      completion: Completion.background(),
      notificationTopic: topic,
    };

    const orders = rds.DatabaseCluster.fromDatabaseClusterAttributes(this, 'Orders', {
      clusterIdentifier: 'orders',
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
    });
    const ordersToLake = new ExportTask(this, 'OrdersToLake', {
      ...common,
      // The snapshot is the backup, and what can be restored. The export is for reading.
      source: ExportSource.snapshot(new ClusterSnapshot(this, 'OrdersOfMonth', { cluster: orders, trigger: month, keepLast: 3 })),
      prefix: 'orders',
      exportOnly: ['shop.public', 'shop.sales.invoices'],
    });
    ordersToLake.onOutcome('OrdersExported', {
      eventPattern: { detail: { status: ['SUCCEEDED'] } },
      target: new targets.SfnStateMachine(this.start(this.crawler(`${ordersToLake.s3Uri}/shop/`))),
    });

    const billing = rds.DatabaseCluster.fromDatabaseClusterAttributes(this, 'Billing', {
      clusterIdentifier: 'billing',
      engine: rds.DatabaseClusterEngine.auroraMysql({ version: rds.AuroraMysqlEngineVersion.VER_3_08_0 }),
    });
    new ExportTask(this, 'BillingToLake', { ...common, source: ExportSource.cluster(billing), prefix: 'billing', trigger: month });
  }

  /** Looks at the newest export only, because every export has a folder of its own. */
  private crawler(path: string): glue.CfnCrawler {
    const role = new iam.Role(this, 'CrawlerRole', {
      assumedBy: new iam.ServicePrincipal('glue.amazonaws.com'),
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSGlueServiceRole')],
    });
    this.bucket.grantRead(role, 'orders/*');
    return new glue.CfnCrawler(this, 'Crawler', {
      name: 'orders-lake',
      role: role.roleArn,
      databaseName: 'lake_orders',
      targets: { s3Targets: [{ path }] },
      // s3://<1: bucket>/<2: prefix>/<3: export task>/<4: database>/<5: table>/
      configuration: JSON.stringify({ Version: 1, Grouping: { TableLevelConfiguration: 5 } }),
    });
  }

  private start(crawler: glue.CfnCrawler): sfn.StateMachine {
    return new sfn.StateMachine(this, 'StartCrawler', {
      definitionBody: sfn.DefinitionBody.fromChainable(new CallAwsService(this, 'Start', {
        service: 'glue',
        action: 'startCrawler',
        parameters: { Name: crawler.name },
        iamResources: [this.formatArn({ service: 'glue', resource: 'crawler', resourceName: crawler.name })],
      })),
    });
  }
}

export const app = new App();
new Lake(app, 'Lake', { month: app.node.tryGetContext('month') ?? '2026-11' });
