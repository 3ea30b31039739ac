import { RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sns from 'aws-cdk-lib/aws-sns';
import { PruneMode } from './prune-mode';
import { SnapshotExportRule } from './snapshot-export-rule';
import { RetentionPolicy } from '../common/retention-policy';
import { SnapshotCopyRule } from '../common/snapshot-copy-rule';
import { ISnapshotVault } from '../vault/snapshot-vault-ref';

/**
 * What a backup plan can be told besides when to run and how long to keep: everything is optional, so that a wrapper can pass it on.
 */
export interface AuroraBackupPlanOptions {
  /**
   * The name of the plan: 1 to 64 letters, digits, `.`, `_` and `-`, known at synth; anything else is an error at synth, and so is a second plan of
   * the name for the same account and Region.
   *
   * Synth sees one app only. Two apps with plans of one name in one account and Region get no error, and each prunes what the other takes of the same
   * clusters: choose it like the name of a bucket, for example `<team>-<app>-nightly`.
   *
   * Snapshots belong to a plan by its name. A plan with another name does not know the snapshots that were made before, and nothing deletes
   * them any more: set the name before the construct is moved or renamed.
   *
   * @default - made from the place of the construct in the app
   */
  readonly planName?: string;

  /**
   * The clusters to back up: Aurora MySQL or Aurora PostgreSQL, in the account and the Region of the stack. Another engine, account or Region,
   * or the same cluster twice, is an error at synth where it is known then.
   *
   * A stopped cluster is skipped, with a reason; one that is busy is waited for. A plan without clusters and without `clusterTags` is an error
   * at synth.
   *
   * @default - those that are added with `addCluster` or selected by `clusterTags`
   */
  readonly clusters?: rds.IDatabaseCluster[];

  /**
   * The clusters that have all of these tags when a run begins are backed up, beside those of `clusters`. They may be of any stack, and may
   * be made when the plan exists already. An empty object is an error at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Tagging.html
   * @default - only the clusters that are declared
   */
  readonly clusterTags?: { [key: string]: string };

  /**
   * Within which time after the scheduled one a run begins, for example `TimeWindow.flexible(Duration.minutes(30))`.
   *
   * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-flexible-time-windows.html
   * @default - it begins at the scheduled time
   */
  readonly timeWindow?: scheduler.TimeWindow;

  /**
   * The Regions into which each snapshot is copied, each once; a Region that is named twice is an error at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-copy-snapshot.html
   * @default - no copies
   */
  readonly copies?: SnapshotCopyRule[];

  /**
   * The accounts that each snapshot in the Region of the plan is shared with: up to 20, which is a limit of RDS, of 12 digits each, each once
   * and not the own one; anything else is an error at synth. Copies in other Regions are not shared.
   *
   * Snapshots that are encrypted with a default key cannot be shared: a cluster that is known to have one is an error at synth. The policy of a key
   * that the app makes gets the statements that the accounts need; of another one they are told at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-share-snapshot.html
   * @default - not shared
   */
  readonly shareWith?: string[];

  /**
   * The vaults, in other accounts, that each snapshot is announced to and shared with, so that they make copies of their own: each once; one in the
   * own account, or one whose account, Region or name is a token, is an error at synth, and so is one of the same app whose `sources` do not name the
   * account, the Region or a cluster of the plan. The accounts of vaults and those of `shareWith` come to 20 at most.
   *
   * A snapshot is kept until its vaults have it, for seven days at most, and announced every hour until then: the vault may be deployed after the
   * plan. Where the quota of the Region leaves no room for the next snapshot, it is kept no longer. What the vault says is part of the verdict of the
   * run, which waits 24 hours for it. As with `shareWith`, a cluster that is known to have a default key
   * is an error at synth, unless there is a `sharingKey`.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-share-snapshot.html
   * @default - no vaults
   */
  readonly vaults?: ISnapshotVault[];

  /**
   * The key that each snapshot is copied with in the Region of the plan before the vaults are told, because its own cannot be shared: RDS shares
   * nothing under its default key (`aws/rds`), nor under one that AWS owns. The copy alone is shared, and deleted as soon as all vaults have theirs,
   * also with `PruneMode.REPORT_ONLY`. Snapshots of clusters that are not encrypted are shared themselves.
   *
   * A vault trusts only RDS, which dates such a copy from when it was made: to the vault its data seems that much younger than it is.
   *
   * A customer managed key in the Region of the plan. An error at synth without `vaults`, and together with `shareWith`.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/share-encrypted-snapshot.html
   * @default - the snapshots themselves are shared
   */
  readonly sharingKey?: kms.IKey;

  /**
   * Whether the accounts that snapshots are shared with can use the keys through RDS only. It is a condition of the statements that the plan adds to
   * the keys of its clusters, or to `sharingKey`: vaults from the Region of the plan and their own, accounts of `shareWith` from that of the plan. Set it
   * to false if a vault fails with `KMSKeyNotAccessibleFault` although the key names its account, or if an account copies into another Region.
   *
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
   * @default true
   */
  readonly restrictKeyToRds?: boolean;

  /**
   * Where the snapshots are exported to.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.html
   * @default - no exports
   */
  readonly exports?: SnapshotExportRule[];

  /**
   * Tags of the snapshots and their copies, beside those that the app adds with `Tags.of(...)`, which win where the key is the same. RDS takes
   * 50 tags on a resource, and up to ten of them are the library's own: more than 40 in all are an error at synth, and less by one for each vault
   * after the first.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Tagging.html
   * @default - only the tags of the app
   */
  readonly snapshotTags?: { [key: string]: string };

  /**
   * The topic that is told the verdict of each run, in plain text: a standard topic of the Region of the stack; another one is an error at
   * synth, where it is known then.
   *
   * @default - nobody is told; the verdicts are events and metrics
   */
  readonly notificationTopic?: sns.ITopic;

  /**
   * How many clusters a run works on at a time: a whole number from 1 to 10,000; anything else is an error at synth. A cluster counts until its
   * copies and exports have ended and its vaults have answered, which may take hours, so a small number makes the last clusters wait long for their
   * snapshots. Copies and exports keep to the limits of RDS by themselves.
   *
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
   * @default - all at once; their beginnings are spread over time
   */
  readonly maxConcurrency?: number;

  /**
   * What is done with snapshots that the retention does not keep.
   *
   * @default PruneMode.DELETE
   */
  readonly pruneMode?: PruneMode;

  /**
   * Whether the retention applies to snapshots of clusters that are gone or left the plan, too; also to those of an earlier cluster that had
   * the name of a present one. It is that of the plan, whatever such a cluster had as its own. The newest of each is kept for ever.
   *
   * If another app has a plan of the same name in the account and Region, its clusters look like former ones of this plan, and their snapshots are
   * pruned. Look at the reports before you set it.
   *
   * @default false - they are kept, and reported by each run
   */
  readonly pruneFormerClusters?: boolean;

  /**
   * Whether there are metrics for each cluster, with the additional dimension `Cluster`. CloudWatch charges for each.
   *
   * @default false - metrics of the plan as a whole
   */
  readonly clusterMetrics?: boolean;

  /**
   * Whether the schedule runs the plan. One that is not enabled can still be run by hand, and still tells the age of the newest snapshot.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * How RDS keeps the automated backups of the clusters, which are continuous and independent of the plan: from 1 to 35 days, in whole days;
   * anything else is an error at synth.
   *
   * The plan sets it on the clusters, which have to be defined in the app: with an imported cluster it is an error at synth. What a cluster
   * itself says is never changed: a difference is an error at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Backups.html
   * @default - the automated backups of the clusters are left as they are
   */
  readonly automatedBackups?: rds.BackupProps;

  /**
   * Whether AWS Backup manages the automated backups of the clusters (a continuous rule): retention and window may then be changed through
   * AWS Backup only, and the plan leaves them alone. An error at synth together with `automatedBackups` or `deleteAutomatedBackups`.
   *
   * @see https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html
   * @default false
   */
  readonly managedByAwsBackup?: boolean;

  /**
   * Whether RDS deletes the automated backups of a cluster as soon as the cluster is deleted. With `false` they stay until their retention ends. Set
   * on the clusters as `automatedBackups` is, with the same errors at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Backups.Retaining.html
   * @default - left as the clusters say
   */
  readonly deleteAutomatedBackups?: boolean;

  /**
   * What becomes of the snapshots when the stack is destroyed: `RETAIN` or `DESTROY`; anything else is an error at synth.
   *
   * `DESTROY` is for throw-away environments. What the plan has taken and copied since `DESTROY` was deployed is deleted when the stack, and only when
   * the stack itself, is deleted: it stays when the plan leaves the stack or gets another name, and when a deployment is rolled back. What vaults have
   * copied stays in any case, and so does what was exported.
   *
   * @default - that of AuroraBackupDefaults, or else RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * How many manual cluster snapshots the account may have in a Region: a whole number from 1; anything else is an error at synth. If the plan
   * is going to have more of them than that, this is warned of at synth. Automated backups do not count.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html
   * @default 100 - what an account has unless the quota was raised
   */
  readonly snapshotQuota?: number;
}

/**
 * Properties of an `AuroraBackupPlan`.
 */
export interface AuroraBackupPlanProps extends AuroraBackupPlanOptions {
  /**
   * When the plan runs: `ScheduleExpression.cron(...)` or `.rate(...)`. One that runs only once (`.at(...)`) is an error at synth.
   *
   * Days, weeks and months of the plan are those of its time zone. A time that a change of clocks skips is skipped; one that occurs twice runs
   * once. A time zone that is not known is an error at synth.
   *
   * A cron that leaves out `minute` means every minute of its hours: runs that begin less than an hour apart are warned of at synth, because with a
   * retention that counts they push out the history. So is an expression that is not understood.
   *
   * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
   */
  readonly schedule: scheduler.ScheduleExpression;

  /**
   * How long the snapshots are kept in the Region of the plan, and the copies of rules that say nothing else.
   */
  readonly retention: RetentionPolicy;
}
