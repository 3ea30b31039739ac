import { Duration } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { SnapshotVaultSource } from './snapshot-vault-source';
import { RetentionPolicy } from '../common/retention-policy';
import { SnapshotCopyRule } from '../common/snapshot-copy-rule';

/**
 * Properties of `SnapshotVault`.
 */
export interface SnapshotVaultProps {
  /**
   * The name of the vault: 1 to 64 letters, digits, `.`, `_` and `-`, and known at synth; otherwise it is an error. The copies are known by it, so set it
   * before you move the construct elsewhere: a vault of another name leaves the copies of this one alone, and neither prunes nor releases them.
   *
   * The event bus of the vault has this name, and the names of its other parts are made from it, so there is one vault of a name in an account and a
   * Region, and another one in the app is an error at synth. For the same reason CloudFormation cannot replace a part by another of its name: to move the
   * construct, use `cdk refactor`, or remove it and deploy it again. The copies stay.
   *
   * @default - made from the path of the construct
   */
  readonly vaultName?: string;

  /**
   * Whose snapshots are taken in: at least one account, each only once; otherwise it is an error at synth.
   *
   * The administrator of a source account can announce and share whatever is in it, also junk: that is what `dailyAdmission` and `maximumSnapshots` are
   * for. RDS shares with accounts, not with vaults: whatever a source shares with this account is taken in, whichever vault it was meant for, so two
   * vaults of an account have different clusters or sources.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-share-snapshot.html
   */
  readonly sources: SnapshotVaultSource[];

  /**
   * The key that the copies are encrypted with, in the Region of the vault; a key known to be in another Region is an error at synth, and so is the
   * alias, because it can be pointed elsewhere (and the default key of RDS can never be shared), or a key known to be of another account.
   *
   * A key that the app makes lets the recovery accounts use it, and refuses to be deleted or disabled by the roles of the vault and those that the
   * CDK's bootstrap makes for deployments: a guard against accidents. Who writes deployments can change the policy first; against that only `lockPolicy` helps. What the policy of an imported key
   * has to say is in `keyPolicyStatements`, and in a warning.
   *
   * With another key here, new copies are encrypted with that, and the former one belongs into `formerKeys`.
   *
   * A source that is not encrypted is copied without it, because Aurora cannot encrypt by copying.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/share-encrypted-snapshot.html
   */
  readonly encryptionKey: kms.IKey;

  /**
   * The keys that copies were encrypted with before: as long as there are copies under them, recovery accounts have to use them, and `lockPolicy` has to
   * keep them from being ended. Each is in the account of the vault, and no alias; otherwise it is an error at synth.
   *
   * @default - none; `encryptionKey`, and the keys of `copies`, were never others
   */
  readonly formerKeys?: kms.IKey[];

  /**
   * How long copies are kept: `RetentionPolicy.keepFor()` or `RetentionPolicy.keepAll()`; another one is an error at synth, because by counting, a
   * source could push out good copies with junk.
   *
   * The age of a copy is counted from when the vault made it, never from what the source says.
   */
  readonly retention: RetentionPolicy;

  /**
   * How long the vault keeps each copy at least, whatever becomes of `retention`: it is written onto the copy when it is made, and a later deployment
   * with a shorter retention does not reach it. At least one hour, and not longer than `retention`; otherwise it is an error at synth.
   *
   * It binds the vault's own functions. What binds people is `lockPolicy`.
   *
   * @default - none; the retention of the day decides
   */
  readonly minimumRetention?: Duration;

  /**
   * How many copies of one source cluster are taken in within 24 hours: a whole number from 1; another value is an error at synth.
   *
   * What waits to be copied counts, too. What comes beyond it is refused and counted (`metricAdmissionRefused`), and the copies that are there stay. Two
   * hours of the day are grace, so that a schedule of every six hours does not meet its own copy of the day before.
   *
   * @default 4
   */
  readonly dailyAdmission?: number;

  /**
   * How many copies of one source cluster there may be: a whole number from 1; another value is an error at synth.
   *
   * What comes beyond it is refused and counted (`metricAdmissionRefused`), and the copies that are there stay. With `RetentionPolicy.keepAll()` that is
   * so until somebody deletes some by hand. RDS allows 100 manual snapshots in an account and a Region unless the quota is raised. Where a snapshot every
   * day would come to more, synth warns (`cdk-aurora-backup:vaultQuota`).
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html
   * @default 100
   */
  readonly maximumSnapshots?: number;

  /**
   * Other Regions of the vault's account into which each copy is copied once more. Each rule needs an `encryptionKey`, and its retention, if it has
   * one, is `keepFor` or `keepAll`; otherwise it is an error at synth.
   *
   * What is there can be released as well. Before you remove a rule, deploy it with a short retention and wait: what it leaves behind is neither pruned
   * nor reported.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-copy-snapshot.html
   * @default - none; the copies are in the Region of the vault
   */
  readonly copies?: SnapshotCopyRule[];

  /**
   * The accounts that a copy may be given back to by `release`: by their 12 digits, at most 20, each once, and not that of the vault; otherwise it is an
   * error at synth. To add one later, deploy the vault again, which the administrator of the organization has to allow where `lockPolicy` is in force.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-share-snapshot.html
   * @default - none; nothing can be released
   */
  readonly recoveryAccounts?: string[];

  /**
   * Whether the recovery accounts can use the keys through RDS only, in the Regions of the vault, of its copies and of its sources. Set it to false if they
   * copy to other Regions, or fail with `KMSKeyNotAccessibleFault` although the key names their account.
   *
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
   * @default true
   */
  readonly restrictKeyToRds?: boolean;
}
