import * as kms from 'aws-cdk-lib/aws-kms';
import { RetentionPolicy } from './retention-policy';

/**
 * A Region into which a plan copies each of its snapshots, or a vault each of its copies.
 *
 * Copies into one Region run at most five at a time, which is a limit of RDS, and wait for their turn. A copy of a plan that has not begun when a
 * newer snapshot of the cluster is complete gives way to it: its verdict is `SUPERSEDED`.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-copy-snapshot.html
 */
export interface SnapshotCopyRule {
  /**
   * The Region, for example `eu-central-1`: another one than that of the plan or vault, and only one rule for each; otherwise it is an error at synth.
   *
   * AWS does not copy Aurora snapshots in the China Regions, nor between GovCloud and other Regions: those are errors at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-copy-snapshot.html
   */
  readonly region: string;

  /**
   * The key that the copies are encrypted with, in the Region of the copies; a key known to be in another Region is an error at synth. An
   * alias (`kms.Alias.fromAliasName`) is looked up in the Region of the copies.
   *
   * Needed for clusters that are encrypted, which is an error at synth where it is known then, and by vaults. Must be left out for clusters that
   * are not, because Aurora cannot encrypt by copying.
   *
   * The key policy has to let the account use IAM policies, as keys made by the CDK do.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-copy-snapshot.html
   * @default - none; the clusters are not encrypted
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long the copies are kept.
   *
   * @default - the retention of the plan or vault
   */
  readonly retention?: RetentionPolicy;
}
