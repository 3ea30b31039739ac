import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';

export interface Clusters {
  readonly orders: rds.DatabaseCluster;
  readonly billing: rds.DatabaseCluster;
}

/** What every chapter begins with: orders (PostgreSQL, with its own key) and billing (MySQL; without one, as many are). */
export function clusters(stack: Stack, ordersKey: kms.IKey, removalPolicy?: RemovalPolicy, billingKey?: kms.IKey): Clusters {
  const vpc = new ec2.Vpc(stack, 'Vpc', {
    maxAzs: 2, natGateways: 0, subnetConfiguration: [{ name: 'Database', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
  });
  const common = { vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED }, removalPolicy };
  return {
    orders: new rds.DatabaseCluster(stack, 'Orders', {
      ...common,
      clusterIdentifier: 'orders',
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
      writer: rds.ClusterInstance.serverlessV2('Writer'),
      storageEncryptionKey: ordersKey,
    }),
    billing: new rds.DatabaseCluster(stack, 'Billing', {
      ...common,
      clusterIdentifier: 'billing',
      engine: rds.DatabaseClusterEngine.auroraMysql({ version: rds.AuroraMysqlEngineVersion.VER_3_08_0 }),
      writer: rds.ClusterInstance.serverlessV2('Writer'),
      storageEncryptionKey: billingKey,
    }),
  };
}
