/**
 * What kinds of snapshots a restore point may be.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Backups.html
 */
export enum SnapshotType {
  /** What the automated backup of the cluster takes every day. It goes with its retention, or with the cluster. */
  AUTOMATED = 'automated',

  /** What somebody took or copied: by hand, a construct or a plan of this library, its vaults, AWS Backup. */
  MANUAL = 'manual',

  /** What another account, named by `sourceAccount`, shares with this one. */
  SHARED = 'shared',
}
