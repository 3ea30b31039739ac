import { Token } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import { IConstruct } from 'constructs';
import { Place, checkSnapshotIdentifier, fail, required } from './checks';

/** The name by which RDS and policies know a cluster: with anything else a policy could allow more than one cluster, or none. */
export function checkClusterIdentifier(scope: Place, prop: string, identifier: string): void {
  if (!Token.isUnresolved(identifier) && identifier.startsWith('arn:')) {
    fail(scope, `${prop} must be the name of a cluster, got the ARN '${identifier}'; give what is behind its last colon`);
  }
  // What RDS takes as the name of a snapshot it takes as that of a cluster.
  checkSnapshotIdentifier(scope, prop, identifier);
}

/** That it is a cluster, which JavaScript does not check, and that an imported one has a name that RDS could know. */
export function checkIsCluster(scope: Place, prop: string, cluster: rds.IDatabaseCluster): void {
  required(scope, prop, cluster, 'give the rds.IDatabaseCluster to back up');
  const { path } = (cluster as IConstruct).node;
  const { clusterIdentifier } = cluster as { readonly clusterIdentifier?: string };
  if (typeof clusterIdentifier !== 'string') {
    fail(scope, `${prop} '${path}' must be an rds.IDatabaseCluster, got something without a clusterIdentifier, as instances and resources of CloudFormation are; `
      + 'give the cluster, or import it with rds.DatabaseCluster.fromDatabaseClusterAttributes');
  }
  checkClusterIdentifier(scope, `clusterIdentifier of ${prop} '${path}'`, clusterIdentifier);
}
