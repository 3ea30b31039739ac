/**
 * A cluster of aws-rds that was restored from a snapshot long ago, with a guard: whoever takes the snapshot away, because the restore is long done, does
 * not get an empty cluster in its place, but a deploy that fails before the cluster is touched. The guard is added in a deploy that changes nothing else.
 *
 *   cdk deploy
 */
import { App, Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { RestoreGuard } from 'cdk-aurora-backup';

class Shop extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    const orders = new rds.DatabaseClusterFromSnapshot(this, 'Orders', {
      snapshotIdentifier: 'orders-of-last-spring',
      snapshotCredentials: rds.SnapshotCredentials.fromGeneratedSecret('postgres'),
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
      writer: rds.ClusterInstance.serverlessV2('Writer'),
      vpc: new ec2.Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 0 }),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      storageEncryptionKey: new kms.Key(this, 'Key', { enableKeyRotation: true }),
      iamAuthentication: true,
      port: 5433,
      backup: { retention: Duration.days(7) },
      // The guard cannot speak where it is taken away together with the snapshot. This keeps the data even then.
      deletionProtection: true,
    });
    RestoreGuard.protect(orders);
  }
}

export const app = new App();
// Deletion protection keeps the data, and not the instances: nobody is to destroy this stack by mistake.
new Shop(app, 'Shop', { env: { region: 'eu-west-1' }, terminationProtection: true });
