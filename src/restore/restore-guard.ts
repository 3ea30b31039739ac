import { CfnResource } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct, IConstruct } from 'constructs';
import { fail } from '../private/checks';
import { GUARD_ID, RestoreGuardResource, homeOfGuard } from '../private/restore-guard-resource';

/**
 * Options of a restore guard.
 */
export interface RestoreGuardOptions {
  /**
   * Whether a deploy may replace the cluster.
   *
   * The new cluster then needs another `clusterIdentifier` than the old one, unless CloudFormation makes up the identifiers: two clusters
   * cannot have the same. The old one is removed as its removal policy says. Take it back once the cluster is replaced.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbcluster.html
   * @default false - a deploy that would replace the cluster fails before it is touched
   */
  readonly allowReplacement?: boolean;
}

/**
 * Guards a cluster against being replaced by an update that nobody meant as a replacement.
 *
 * Some properties of a cluster cannot be changed: CloudFormation then makes a new cluster, from the snapshot that is named at that moment, or
 * an empty one if none is named, and deletes the old one. The guard remembers what they were, and fails a deploy that would change one
 * before the cluster is touched. It also looks, before a cluster is restored for the first time, whether its source is there and fits.
 *
 * The clusters that this library restores are guarded already; this is for those of aws-cdk-lib.
 *
 * A cluster that is deployed already can be guarded, too: do so in a deploy of its own, for RDS does not tell the guard what it was
 * restored from.
 *
 * The guard cannot speak when it is taken away in the very deploy that changes the cluster. Set `deletionProtection: true` beside it, which keeps the data
 * even then; aws-rds does not by default.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbcluster.html
 * @resource Custom::AuroraRestoreGuard
 */
export class RestoreGuard extends Construct {
  /**
   * Guards a cluster that is made in this app.
   *
   * @param cluster A cluster of `aws-cdk-lib/aws-rds`: a `DatabaseCluster`, a `DatabaseClusterFromSnapshot`, a `CfnDBCluster`.
   * Anything else, and an imported cluster, is an error at synth.
   * @param options Whether the cluster may be replaced.
   */
  public static protect(cluster: IConstruct, options: RestoreGuardOptions = {}): RestoreGuard {
    const resource = CfnResource.isCfnResource(cluster) ? cluster : cluster.node.defaultChild;
    if (!resource || !CfnResource.isCfnResource(resource) || resource.cfnResourceType !== rds.CfnDBCluster.CFN_RESOURCE_TYPE_NAME) {
      fail(cluster, 'only a DB cluster that this app makes can be guarded: an imported one is not replaced by its deploys, and has to be guarded where it is made');
    }
    return new RestoreGuard(resource as rds.CfnDBCluster, options);
  }

  private constructor(cluster: rds.CfnDBCluster, options: RestoreGuardOptions) {
    super(homeOfGuard(cluster), GUARD_ID);
    new RestoreGuardResource(this, cluster, options);
  }
}
