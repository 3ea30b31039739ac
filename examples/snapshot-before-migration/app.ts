/**
 * A release migrates the schema of a database. Before it does, a snapshot is taken: one per release, the last five are kept.
 *
 *   cdk deploy -c release=2026-11-22
 */
import { App, Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { ClusterSnapshot } from 'cdk-aurora-backup';

interface ReleaseProps extends StackProps {
  /** The version that is being deployed: a new one takes a new snapshot. */
  readonly release: string;
}

class Release extends Stack {
  constructor(scope: Construct, id: string, props: ReleaseProps) {
    super(scope, id, props);

    const orders = rds.DatabaseCluster.fromDatabaseClusterAttributes(this, 'Orders', { clusterIdentifier: 'orders' });
    const before = new ClusterSnapshot(this, 'BeforeMigration', { cluster: orders, trigger: props.release, keepLast: 5 });

    const migration = new Trigger(this, 'Migration', {
      handler: new lambda.Function(this, 'Migrate', {
        runtime: lambda.Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: lambda.Code.fromInline('exports.handler = async () => console.log("the migration of your choice")'),
        environment: { RELEASE: props.release },
        timeout: Duration.minutes(10),
      }),
    });
    before.takeBefore(migration);
  }
}

export const app = new App();
new Release(app, 'Release', { release: app.node.tryGetContext('release') ?? 'first' });
