import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';

/**
 * How often a plan exports the snapshots of a cluster.
 *
 * Days, weeks and months are those of the time zone of the schedule. An export that fails is tried again by the next run of the same period.
 */
export enum ExportFrequency {
  /**
   * The snapshot of every run.
   */
  EVERY_RUN = 'EVERY_RUN',

  /**
   * The snapshot of the first run of a calendar day.
   */
  DAILY = 'DAILY',

  /**
   * The snapshot of the first run of a week, which begins on Monday.
   */
  WEEKLY = 'WEEKLY',

  /**
   * The snapshot of the first run of a month.
   */
  MONTHLY = 'MONTHLY',
}

/**
 * An export of the snapshots of a plan to S3, as Parquet.
 *
 * Exports run at most five at a time, which is a limit of RDS, and wait for their turn. What was exported is never deleted.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.html
 */
export interface SnapshotExportRule {
  /**
   * The bucket to export to, in the Region of the plan: a bucket known to be elsewhere is an error at synth. A bucket of another account needs
   * a bucket policy: see `SnapshotExportRole`.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.Setup.html
   */
  readonly bucket: s3.IBucket;

  /**
   * The key that the exported data is encrypted with; RDS exports nothing unencrypted. A symmetric key in the Region of the plan; a key known
   * to be another one is an error at synth. An alias (`kms.Alias.fromAliasName`) is looked up in that Region.
   *
   * The key policy has to let the account use IAM policies, as keys made by the CDK do.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.Setup.html
   */
  readonly encryptionKey: kms.IKey;

  /**
   * The clusters whose snapshots are exported. Each has to be one of the plan: one that is not is an error at synth, unless the plan has
   * `clusterTags` and may select it when it runs. An empty list is an error at synth.
   *
   * @default - all clusters of the plan
   */
  readonly clusters?: rds.IDatabaseCluster[];

  /**
   * What RDS writes below, for example `lake/orders`: names with one slash between them. RDS takes no `:` in it, and turns backslash,
   * backtick, quotation mark and space into an underscore: those are errors at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.Considerations.html
   * @default - directly into the bucket
   */
  readonly prefix?: string;

  /**
   * The databases, schemas and tables to export: `db` or `db.table` of Aurora MySQL; `db`, `db.schema` or `db.schema.table` of Aurora
   * PostgreSQL. Names have letters A to Z, digits, `$` and `_` only. Another form, the same name twice or an empty list is an error at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_StartExportTask.html
   * @default - everything
   */
  readonly exportOnly?: string[];

  /**
   * How often.
   *
   * @default ExportFrequency.EVERY_RUN
   */
  readonly frequency?: ExportFrequency;

  /**
   * The role with which RDS writes to the bucket, of the account of the plan; one known to be of another account is an error at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.Setup.html
   * @default - a `SnapshotExportRole` for bucket, prefix and key
   */
  readonly role?: iam.IRole;
}
