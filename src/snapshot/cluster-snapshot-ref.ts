import { IResource } from 'aws-cdk-lib';
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
}
