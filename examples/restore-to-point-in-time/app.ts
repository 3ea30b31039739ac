/**
 * At 14:05 somebody ran an UPDATE without its WHERE. The data of the minute before becomes a cluster of its own beside `orders`, which goes on: what was
 * overwritten is read out of it. When nobody needs it any more, `deletionProtection: false` and a deploy come before `cdk destroy`.
 *
 *   cdk deploy
 */
import { App, Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { DatabaseClusterFromPointInTime, RestoreTime } from 'cdk-aurora-backup';

class OrdersBefore extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    new DatabaseClusterFromPointInTime(this, 'Cluster', {
      sourceClusterIdentifier: 'orders',
      // It stays as it is: another moment is another construct, in this stack or in one of its own.
      restoreTo: RestoreTime.atTimestamp('2026-11-22T14:04:00Z'),
      clusterIdentifier: 'orders-1404',
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
      writer: rds.ClusterInstance.serverlessV2('Writer'),
      vpc: new ec2.Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 0 }),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      iamAuthentication: true,
      port: 5433,
      backup: { retention: Duration.days(1) },
      manageMasterUserPassword: true,
    });
  }
}

export const app = new App();
new OrdersBefore(app, 'OrdersBefore', { env: { region: 'eu-west-1' } });
