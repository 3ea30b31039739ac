/**
 * A snapshot for each audit, and an automated one of a cluster under the default key: both shared with the account of the auditors, who restore
 * them there. Another value of `trigger` shares the next one instead.
 *
 *   cdk deploy --all
 */
import { App, Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { ClusterSnapshot, ClusterSnapshotShare } from 'cdk-aurora-backup';

const AUDIT = '444455556666';

class Orders extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    const key = new kms.Key(this, 'Key', { enableKeyRotation: true });
    const cluster = new rds.DatabaseCluster(this, 'Cluster', {
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
      writer: rds.ClusterInstance.serverlessV2('Writer'),
      vpc: new ec2.Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 0 }),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      storageEncryptionKey: key,
      iamAuthentication: true,
      deletionProtection: true,
      port: 5433,
    });

    // Shared itself: the key is ours, and its policy lets the auditors use it through RDS.
    const snapshot = new ClusterSnapshot(this, 'Snapshot', { cluster, clusterEncryptionKey: key, trigger: '2026-Q4', keepLast: 4 });
    new ClusterSnapshotShare(this, 'ToAudit', { snapshot, accountIds: [AUDIT] });

    // Neither an automated snapshot nor one under the default key can be shared: a copy under a key of ours can, and goes when this construct goes.
    const legacy = ClusterSnapshot.fromSnapshotIdentifier(this, 'Legacy', 'rds:legacy-2026-11-22-03-10');
    new ClusterSnapshotShare(this, 'LegacyToAudit', { snapshot: legacy, accountIds: [AUDIT], encryptionKey: key });
  }
}

export const app = new App();
new Orders(app, 'Orders', { env: { region: 'eu-west-1' } });
