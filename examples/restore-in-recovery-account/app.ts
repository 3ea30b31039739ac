/**
 * Everything in the account of the shop is gone. A vault in another account has released its newest copy of `orders` to this one, where it comes to life
 * under a key of this account. The release lasts for some hours; the cluster needs neither vault nor shop afterwards.
 *
 *   cdk deploy
 */
import { Annotations, App, Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { RestoredDatabaseCluster, RestorePoint } from 'cdk-aurora-backup';

const VAULT = '777788889999';

class Recovery extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    const point = new RestorePoint(this, 'Point', {
      clusterIdentifier: 'orders',
      sourceAccount: VAULT,
      // Whoever had the account may have had it for a while: nothing from after the last day that is trusted.
      before: new Date('2026-11-20T00:00:00Z'),
    });
    const orders = new RestoredDatabaseCluster(this, 'Orders', {
      restorePoint: point,
      clusterIdentifier: 'orders',
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
      writer: rds.ClusterInstance.serverlessV2('Writer'),
      vpc: new ec2.Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 0 }),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      iamAuthentication: true,
      port: 5433,
      manageMasterUserPassword: true,
    });
    // Without storageEncryptionKey a key is made, so that nothing hangs on that of the vault. That is not yet proven on AWS, and synth says so.
    Annotations.of(orders).acknowledgeWarning('cdk-aurora-backup:ownKeyForForeignSnapshot', 'tried in the last rehearsal');
  }
}

export const app = new App();
new Recovery(app, 'Recovery', { env: { account: '999900001111', region: 'eu-central-1' } });
