import { Resource } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { IClusterSnapshot } from './cluster-snapshot-ref';
import { grantCopyOf, grantRestoreOf } from '../private/snapshot-grants';

/**
 * What can be said of every snapshot, whether it is taken, copied or imported.
 *
 * @internal
 */
export abstract class ClusterSnapshotBase extends Resource implements IClusterSnapshot {
  public abstract readonly snapshotIdentifier: string;
  public abstract readonly snapshotArn: string;
  public abstract readonly encryptionKey?: kms.IKey;

  public grantRestore(grantee: iam.IGrantable): iam.Grant {
    return grantRestoreOf(this, grantee);
  }

  public grantCopy(grantee: iam.IGrantable): iam.Grant {
    return grantCopyOf(this, grantee);
  }
}
