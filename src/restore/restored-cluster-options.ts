import * as rds from 'aws-cdk-lib/aws-rds';

/**
 * What all restored clusters have in common: the props of aws-rds' `DatabaseCluster`, and what restoring adds to them.
 *
 * Some of these props mean something else for a restored cluster, or cannot be set:
 *
 * - `clusterIdentifier` is always in the template, in lower case: what is not given is made from the stack and the path of the construct. Give one: without it
 *   a construct that is moved or renamed is another cluster to its guard as well, restored anew from the old source in a deploy that ends green. A warning
 *   says so, unless the cluster is one to throw away (`RemovalPolicy.DESTROY`).
 * - `engine`: Aurora MySQL or Aurora PostgreSQL, with its version: that of the source, or from a snapshot also a higher one. A cluster that is restored to a
 *   point in time or cloned is upgraded in a later deploy. Only a `restorePoint` knows the version of its snapshot, so that an engine without one will do.
 * - `backup` is seven days if it is not given, because AWS contradicts itself about what a restored cluster has; 1 to 35 days.
 * - `removalPolicy` is that of `AuroraBackupDefaults` if it is not given, else `RemovalPolicy.SNAPSHOT`.
 * - `deletionProtection` is on if it is not given, except with `RemovalPolicy.DESTROY`.
 * - `credentials` is an error at synth, because the cluster keeps the user and the password of its source: use `snapshotCredentials` or
 *   `manageMasterUserPassword`.
 * - `storageEncrypted` is an error at synth without `storageEncryptionKey`: the cluster is encrypted as its source is.
 * - `replicationSourceIdentifier` and a Limitless `clusterScalabilityType` are errors at synth.
 */
export interface RestoredClusterOptions extends rds.DatabaseClusterProps {
  /**
   * Lets a deploy replace the cluster: after a change of what it is restored from, or of another property that cannot be changed in place (key, subnet
   * group …), CloudFormation restores another cluster and then removes this one, with all that was written to it, by its removal policy.
   * The replacement needs another `clusterIdentifier`, else the deploy fails. Take it back once the cluster is replaced.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbcluster.html
   * @default false - such a deploy fails before it touches the cluster
   */
  readonly allowReplacement?: boolean;

  /**
   * Lets RDS make a new password for the master user, keep it in a secret of AWS Secrets Manager and rotate it. The `secret` of the cluster is that one.
   *
   * Together with `snapshotCredentials` it is an error at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html
   * @default false - the cluster has the password of its source
   */
  readonly manageMasterUserPassword?: boolean;

  /**
   * A new password of the master user, given or generated. The name of the user is that of the source and cannot be changed: another one fails the first
   * deploy before the restore, except in a secret of your own, into which nobody looks. `manageMasterUserPassword` needs no name.
   *
   * Together with `manageMasterUserPassword: true` it is an error at synth.
   *
   * @default - the cluster has the user and the password of its source, and no `secret`
   */
  readonly snapshotCredentials?: rds.SnapshotCredentials;
}
