import { IResource } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';

/**
 * A snapshot of an Aurora DB cluster: taken, copied or imported.
 *
 * Its `env.region` is the Region where the snapshot lives; operations on it run there.
 */
export interface IClusterSnapshot extends IResource {
  /**
   * The identifier of the snapshot.
   *
   * @attribute
   */
  readonly snapshotIdentifier: string;

  /**
   * The ARN of the snapshot.
   *
   * @attribute
   */
  readonly snapshotArn: string;

  /**
   * The key that the snapshot is encrypted with, if it is known at synth.
   *
   * @default - the key is not known; the snapshot may be encrypted or not
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Lets a principal of this account restore the snapshot, in its Region: to a new cluster of any name, with any subnet group, parameter group
   * and option group, under the key of the snapshot, which is used through RDS only. Where that key is not known, it may be any key of
   * the account of the snapshot. A principal known to be of another account is an error at synth: share the snapshot instead.
   *
   * What else a restore takes (instances, tags, another key, roles of the cluster) is up to the principal's other rights.
   *
   * @param grantee The principal, for example a role.
   */
  grantRestore(grantee: iam.IGrantable): iam.Grant;

  /**
   * Lets a principal of this account copy the snapshot, to any Region, and use its key for that through RDS only. Where that key is
   * not known, it may be any key of the account of the snapshot. A principal known to be of another account is an error at synth: share the
   * snapshot instead.
   *
   * What is made is not part of it, because the right to make every copy would be more than a right to this snapshot: the principal
   * also needs `rds:CopyDBClusterSnapshot` and `rds:AddTagsToResource` on the ARN of the copy, and the right to use its key.
   *
   * @param grantee The principal, for example a role.
   */
  grantCopy(grantee: iam.IGrantable): iam.Grant;
}
