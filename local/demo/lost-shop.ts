import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { HOME } from './shop';
import { ClusterSnapshot, DatabaseClusterClone, DatabaseClusterFromPointInTime, RestorePoint, RestoreTime, RestoredDatabaseCluster } from '../../src';
import { localSynthesizer } from '../cdk-cli';

/** What the app of the chapter has, beside its network and its key, from deploy to deploy. */
export interface LostShop {
  /** The cluster as it was before the accident. */
  readonly orders?: boolean;
  /** A cluster with the data of a moment (ISO 8601). */
  readonly rewindTo?: string;
  readonly clone?: boolean;
  /** `orders-2`, from the newest snapshot that a restore point finds. */
  readonly restored?: { readonly clusterIdentifier: string; readonly trigger?: string };
}

/** Written as users write theirs. Only the synthesizer is for the local AWS. */
export function lostShop(outdir: string, { orders, rewindTo, clone, restored }: LostShop): App {
  const app = new App({ outdir });
  const stack = new Stack(app, 'Shop', { env: { region: HOME }, synthesizer: localSynthesizer() });
  const key = new kms.Key(stack, 'Key', { alias: 'alias/orders', enableKeyRotation: true });
  new CfnOutput(stack, 'KeyName', { value: key.keyArn, description: 'alias/orders' });
  const database = {
    engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
    writer: rds.ClusterInstance.serverlessV2('Writer'),
    vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0 }),
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    storageEncryptionKey: key,
    backup: { retention: Duration.days(7) },
  };

  if (orders) {
    const cluster = new rds.DatabaseCluster(stack, 'Orders', { ...database, clusterIdentifier: 'orders' });
    new ClusterSnapshot(stack, 'BeforeRelease', { cluster, clusterEncryptionKey: key, trigger: '2026.11', keepLast: 5 });
  }
  if (rewindTo) {
    new DatabaseClusterFromPointInTime(stack, 'Rewound', {
      ...database,
      sourceClusterIdentifier: 'orders',
      restoreTo: RestoreTime.atTimestamp(rewindTo),
      clusterIdentifier: 'orders-1404',
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
  if (clone) {
    new DatabaseClusterClone(stack, 'Clone', {
      ...database, sourceClusterIdentifier: 'orders', clusterIdentifier: 'orders-clone', removalPolicy: RemovalPolicy.DESTROY,
    });
  }
  if (restored) {
    const point = new RestorePoint(stack, 'Point', restored);
    new RestoredDatabaseCluster(stack, 'Orders2', { ...database, restorePoint: point, clusterIdentifier: 'orders-2', manageMasterUserPassword: true });
  }
  return app;
}
