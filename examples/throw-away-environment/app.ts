/**
 * An environment for a few days: the same stack as in production, backed up by the same plan, of which destroying it leaves nothing, neither a cluster nor
 * a snapshot. One setting says so for the whole stack; without it, nothing of the production is ever deleted with its stack.
 *
 *   cdk deploy Preview
 *   cdk destroy Preview
 */
import { App, Duration, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { AuroraBackupDefaults, AuroraBackupPlan, ClusterSnapshot, RetentionPolicy } from 'cdk-aurora-backup';

interface ShopProps extends StackProps {
  readonly isThrownAway: boolean;
}

class Shop extends Stack {
  constructor(scope: Construct, id: string, { isThrownAway, ...props }: ShopProps) {
    super(scope, id, props);
    if (isThrownAway) {
      // Before the first construct of the library, and before the first deployment: what is taken earlier stays.
      AuroraBackupDefaults.of(this).configure({ removalPolicy: RemovalPolicy.DESTROY });
    }
    const cluster = new rds.DatabaseCluster(this, 'Cluster', {
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
      writer: rds.ClusterInstance.serverlessV2('Writer'),
      vpc: new ec2.Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 0 }),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      storageEncrypted: true,
      iamAuthentication: true,
      port: 5433,
      backup: { retention: Duration.days(1) },
      // The cluster is one of aws-rds, which knows nothing of the defaults of this library.
      removalPolicy: isThrownAway ? RemovalPolicy.DESTROY : RemovalPolicy.SNAPSHOT,
      deletionProtection: !isThrownAway,
    });
    new ClusterSnapshot(this, 'AfterSetUp', { cluster });
    // The name of the plan is made from the stack's, so that the plans of two stacks are two plans.
    new AuroraBackupPlan(this, 'Nightly', {
      clusters: [cluster],
      schedule: ScheduleExpression.cron({ hour: '3', minute: '0' }),
      retention: RetentionPolicy.keepLast(7),
    });
  }
}

export const app = new App();
new Shop(app, 'Preview', { isThrownAway: true });
