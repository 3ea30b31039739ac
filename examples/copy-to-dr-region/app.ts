/**
 * A snapshot of a cluster and its copy in a second Region, under a key of that Region: what is left when the first Region is gone.
 * Another value of `trigger` makes a new pair.
 *
 *   cdk deploy --all
 */
import { Annotations, App, Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { ClusterSnapshot, ClusterSnapshotCopy } from 'cdk-aurora-backup';

const HOME = 'eu-west-1';
const ELSEWHERE = 'eu-central-1';
const ALIAS = 'alias/orders-elsewhere';

/** Lives in the second Region. An alias is a name that both stacks know without asking each other. */
class KeyElsewhere extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    new kms.Key(this, 'Key', { alias: ALIAS, enableKeyRotation: true });
  }
}

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

    const snapshot = new ClusterSnapshot(this, 'Snapshot', { cluster, clusterEncryptionKey: key, trigger: '2026-11', keepLast: 3 });
    const copy = new ClusterSnapshotCopy(this, 'Elsewhere', {
      source: snapshot,
      region: ELSEWHERE,
      encryptionKey: kms.Alias.fromAliasName(this, 'KeyElsewhere', ALIAS),
    });
    // keepLast does not count copies, and RemovalPolicy.DESTROY would delete the last one with the stack. Where copies are to go by themselves, use a plan.
    Annotations.of(copy).acknowledgeWarning('cdk-aurora-backup:copyOfTrigger', 'a copy is deleted by hand when its release is out of use');
  }
}

export const app = new App();
const elsewhere = new KeyElsewhere(app, 'OrdersKeyElsewhere', { env: { region: ELSEWHERE } });
new Orders(app, 'Orders', { env: { region: HOME } }).node.addDependency(elsewhere);
