import { IResource } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';

/**
 * A snapshot that was found once, while a stack was deployed, and stays what was found.
 */
export interface IRestorePoint extends IResource {
  /**
   * The identifier of the snapshot; of an automated one it begins with `rds:`.
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
   * When the data of the snapshot was the cluster's (ISO 8601, UTC). Of a snapshot that another account shares it is when that snapshot was made,
   * because RDS does not tell more: the data of a shared copy may be older.
   *
   * @attribute
   */
  readonly dataTime: string;

  /**
   * The engine of the snapshot: `aurora-mysql` or `aurora-postgresql`.
   *
   * @attribute
   */
  readonly engineType: string;

  /**
   * The version of the engine, for example `16.4` or `8.0.mysql_aurora.3.08.0`.
   *
   * @attribute
   */
  readonly engineVersion: string;

  /**
   * The ARN of the key of the snapshot; `none` where it is not encrypted, or under a key that AWS owns.
   *
   * @attribute
   */
  readonly kmsKeyId: string;

  /**
   * The resource id of the cluster whose data it is, which tells one cluster from another that had the same name; `unknown` where RDS does
   * not tell.
   *
   * @attribute
   */
  readonly clusterResourceIdentifier: string;

  /**
   * The account that shares the snapshot.
   *
   * @default - the snapshot belongs to the account of the stack
   */
  readonly sourceAccount?: string;

  /**
   * The engine that was asked for.
   *
   * @default - it is not known at synth
   */
  readonly engine?: rds.IClusterEngine;
}
