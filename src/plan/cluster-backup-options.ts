import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { RetentionPolicy } from '../common/retention-policy';

/**
 * What is different for one cluster of a plan.
 */
export interface ClusterBackupOptions {
  /**
   * How long the snapshots of this cluster are kept in the Region of the plan. Copies are kept as the rule of their Region says.
   *
   * @default - the retention of the plan
   */
  readonly retention?: RetentionPolicy;

  /**
   * Tags of the snapshots of this cluster, beside those of the plan; of the same key, these win. RDS takes 50 tags on a resource, and up to
   * ten of them are the library's own: more than 40 in all are an error at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Tagging.html
   * @default - only the tags of the plan
   */
  readonly snapshotTags?: { [key: string]: string };

  /**
   * How RDS keeps the automated backups of this cluster, which are continuous and independent of the plan: from 1 to 35 days, in whole days;
   * anything else is an error at synth.
   *
   * The plan sets it on the cluster, which has to be defined in the app: for an imported cluster it is an error at synth. What the cluster
   * itself says is never changed: a difference is an error at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Backups.html
   * @default - that of the plan
   */
  readonly automatedBackups?: rds.BackupProps;

  /**
   * Whether AWS Backup manages the automated backups of this cluster (a continuous rule): retention and window may then be changed through
   * AWS Backup only, and the plan leaves them alone. An error at synth together with `automatedBackups` or `deleteAutomatedBackups`.
   *
   * @see https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html
   * @default - as the plan says
   */
  readonly managedByAwsBackup?: boolean;

  /**
   * Whether RDS deletes the automated backups as soon as the cluster is deleted. With `false` they stay until their retention ends. Set on the
   * cluster as `automatedBackups` is, with the same errors at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Backups.Retaining.html
   * @default - that of the plan
   */
  readonly deleteAutomatedBackups?: boolean;

  /**
   * The key that the cluster is encrypted with. Where it is known for all clusters of a plan, copies and exports get the right to use these
   * keys instead of every key of the account. A key known to be in another Region is an error at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html
   * @default - the key of the cluster is not known
   */
  readonly clusterEncryptionKey?: kms.IKey;
}
