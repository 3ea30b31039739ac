/**
 * A migration is rehearsed on a clone of production: a stack for each rehearsal, with a clone that is minutes old, on which the migration runs. Nothing of
 * it is left behind.
 *
 *   cdk deploy -c rehearsal=42
 *   cdk destroy -c rehearsal=42
 */
import { App, Duration, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { AuroraBackupDefaults, DatabaseClusterClone } from 'cdk-aurora-backup';

class Rehearsal extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    // No deletion protection, no final snapshot, no logs that stay.
    AuroraBackupDefaults.of(this).configure({ removalPolicy: RemovalPolicy.DESTROY });

    const clone = new DatabaseClusterClone(this, 'Orders', {
      sourceClusterIdentifier: 'orders',
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
      writer: rds.ClusterInstance.serverlessV2('Writer'),
      vpc: new ec2.Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 0 }),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      iamAuthentication: true,
      port: 5433,
    });

    // It runs when the clone and its writer are there, and the deploy fails if it fails.
    new Trigger(this, 'Migration', {
      handler: new lambda.Function(this, 'Migrate', {
        runtime: lambda.Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: lambda.Code.fromInline('exports.handler = async () => console.log("the migration of your choice, on", process.env.HOST)'),
        environment: { HOST: clone.clusterEndpoint.hostname },
        timeout: Duration.minutes(10),
      }),
      executeAfter: [clone],
    });
  }
}

export const app = new App();
const rehearsal = app.node.tryGetContext('rehearsal') ?? '1';
new Rehearsal(app, `Rehearsal${rehearsal}`, { env: { region: 'eu-west-1' } });
