import { Annotations, RemovalPolicy, Resource, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import { Completion } from '../common/completion';
import { TimeoutBehavior } from '../common/timeout-behavior';
import { ClusterSnapshotShareProperties, OwnProperties, ResourceType, SnapshotAttribute } from '../core/resource-contract';
import { isMadeByAws, parseSnapshotArn } from '../core/snapshot-arn';
import { checkAccountIds } from '../private/account-checks';
import { checkRegion, fail } from '../private/checks';
import { isDefaultKey, openKey, sharedKeyStatements } from '../private/key-sharing';
import { isAlias, keyIdForRds, keyUseStatement, unknownKeyUseStatement } from '../private/keys';
import { OperationProvider } from '../private/operation-provider';
import { OperationResource } from '../private/operation-resource';
import { claimSnapshot } from '../private/shared-snapshots';
import { factsOf, mayBeQueued, policyArnOf } from '../private/snapshot-source';
import { warnOfUnfinishedSource } from '../private/unfinished-source';
import { IClusterSnapshot } from '../snapshot/cluster-snapshot-ref';

/**
 * Properties of a `ClusterSnapshotShare`.
 */
export interface ClusterSnapshotShareProps {
  /**
   * The snapshot to share, of the account of the stack: one of another account is an error at synth, where it is known then. It is
   * shared in the Region where it is.
   *
   * With whom a snapshot is shared has one owner: a second `ClusterSnapshotShare` of it is an error, at synth in the same app and when it
   * is deployed otherwise. Snapshots of a plan are shared by its `shareWith`.
   *
   * RDS does not share automated snapshots (`rds:…`) nor those of AWS Backup (`awsbackup:…`): of these a copy is made and shared.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-share-snapshot.html
   */
  readonly snapshot: IClusterSnapshot;

  /**
   * The accounts that may copy and restore the snapshot: 12 digits each, or tokens; at most 20, each once, and not the account of the
   * snapshot. Anything else is an error, at synth where it is known then. Exactly these: every other account loses its access
   * when this is deployed, and a snapshot that was public no longer is. An empty list shares with nobody.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-share-snapshot.html
   */
  readonly accountIds: string[];

  /**
   * A key of yours, in the Region of the snapshot, under which a copy is made and shared instead of the snapshot itself. For a snapshot that
   * cannot be shared because of its key: the default key of the account (`aws/rds`), or one that AWS owns (`sse-rds`). Must be left
   * out for a snapshot that is not encrypted. The default key itself is an error at synth, as is a key known to be in another Region.
   *
   * The copy lives as long as this construct shares it: it is deleted when the construct is removed, whatever removal policy
   * the app has. Another key makes another copy.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/share-encrypted-snapshot.html
   * @default - the snapshot itself is shared; of an automated one a copy under its own key
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * The Regions in which the accounts copy or restore the snapshot, beside its own, for example `eu-central-1`: with
   * `restrictKeyToRds` they can use the key from these only. What is not the code of a Region is an error at synth.
   *
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
   * @default - the Region of the snapshot only
   */
  readonly destinationRegions?: string[];

  /**
   * Whether the accounts can use the key through RDS only. Set it to false if a copy in another account fails with
   * `KMSKeyNotAccessibleFault` although account and Region are named here.
   *
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
   * @default true
   */
  readonly restrictKeyToRds?: boolean;

  /**
   * How long the deploy waits until the snapshot is shared, and what it does when the time is up. A snapshot that is complete is
   * shared within seconds; one that is not, and a copy that has to be made first, are waited for.
   *
   * When the deploy goes on before a new copy is shared, the one before it stays shared until this construct changes again or goes.
   *
   * @default Completion.waitFor({ onTimeout: TimeoutBehavior.FAIL }) - 50 minutes, then the deploy fails
   */
  readonly completion?: Completion;

  /**
   * The topic that is told how sharing ended, in plain text: a standard topic of the Region of the stack; another one is an
   * error at synth, where it is known then.
   *
   * @default - nobody is told; the outcome is an event and a metric
   */
  readonly notificationTopic?: sns.ITopic;
}

/**
 * Lets other accounts copy and restore a snapshot: exactly those that are named, for as long as the construct is there.
 *
 * A key that the app makes gets the statements that the accounts need; of an imported key they are told at synth.
 *
 * @resource Custom::AuroraClusterSnapshotShare
 */
@propertyInjectable
export class ClusterSnapshotShare extends Resource {
  /**
   * Uniquely identifies this class for property injection.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-aurora-backup.ClusterSnapshotShare';

  /**
   * The ARN that the other accounts copy and restore from: of the snapshot itself, or of the copy that is made of it.
   *
   * @attribute
   */
  public readonly sharedSnapshotArn: string;

  /**
   * What the policy of the key has to say for the accounts to use what is shared with them. A key that the app makes says it
   * already; add it to an imported one where that is defined. Not needed for a snapshot that is not encrypted.
   */
  public readonly keyPolicyStatements: iam.PolicyStatement[];

  constructor(scope: Construct, id: string, props: ClusterSnapshotShareProps) {
    super(scope, id, { region: props.snapshot.env.region });
    this.check(props);

    const { snapshot, encryptionKey } = props;
    const { region } = snapshot.env;
    const provider = OperationProvider.of(this);
    this.allow(provider, props);
    this.keyPolicyStatements = sharedKeyStatements({
      accounts: props.accountIds, snapshotRegion: region, destinationRegions: props.destinationRegions, restrictToRds: props.restrictKeyToRds,
    });
    this.openKeyOf(props);

    const properties: OwnProperties<ClusterSnapshotShareProperties> = {
      SourceSnapshotArn: snapshot.snapshotArn,
      AccountIds: props.accountIds,
      KmsKeyId: encryptionKey && keyIdForRds(encryptionKey),
      SourceMayBeQueued: mayBeQueued(snapshot),
    };
    const operation = new OperationResource(this, provider, {
      ...props,
      resourceType: ResourceType.CLUSTER_SNAPSHOT_SHARE,
      properties,
      defaultOnTimeout: TimeoutBehavior.FAIL,
    });
    warnOfUnfinishedSource(this, operation.completion, snapshot);
    this.sharedSnapshotArn = operation.attribute(SnapshotAttribute.ARN);
  }

  /**
   * Does nothing for `DESTROY`; another policy is an error, because nobody would take the sharing back, nor delete a copy that was made for it.
   *
   * @param policy The removal policy.
   */
  public applyRemovalPolicy(policy: RemovalPolicy): void {
    if (policy !== RemovalPolicy.DESTROY) {
      fail(this, `removalPolicy '${policy}' cannot be applied to a share, which ends when its construct goes; to leave a snapshot shared, keep the construct`);
    }
  }

  /** What is not known to be manual may have to be copied, and what is not known to be copied may be shared itself. */
  private allow(provider: OperationProvider, { snapshot, encryptionKey }: ClusterSnapshotShareProps): void {
    const stack = Stack.of(this);
    const { region, account } = snapshot.env;
    const arn = policyArnOf(snapshot);
    const copied = encryptionKey ? true : madeByAws(snapshot);
    if (copied !== true) {
      claimSnapshot(this, snapshot);
      provider.startRights.allowSharing(arn);
    }
    if (copied === false) {
      return;
    }
    provider.startRights.allowCopy(arn, undefined, region, false);
    if (encryptionKey) {
      provider.startRights.add(keyUseStatement(stack, encryptionKey, region));
    }
    if (snapshot.encryptionKey) {
      provider.startRights.add(keyUseStatement(stack, snapshot.encryptionKey, region));
    } else if (!encryptionKey) {
      // The copy keeps the key of the source.
      provider.startRights.add(unknownKeyUseStatement(stack, account, region));
    }
  }

  private openKeyOf({ snapshot, encryptionKey }: ClusterSnapshotShareProps): void {
    const key = encryptionKey ?? snapshot.encryptionKey;
    if (key) {
      openKey(this, key, this.keyPolicyStatements);
    } else if (this.keyPolicyStatements.length > 0) {
      Annotations.of(this).addWarningV2('cdk-aurora-backup:unknownKey',
        `the key of snapshot '${snapshot.node.path}' is not known, and if it is encrypted, the other accounts cannot use what is shared with them before the policy of its key lets them, nor ever under a key that RDS or AWS made; `
        + 'tell the key (clusterEncryptionKey of a ClusterSnapshot, encryptionKey of ClusterSnapshot.fromSnapshotAttributes), '
        + 'add keyPolicyStatements where it is defined and acknowledge this warning, or set encryptionKey to share a copy');
    }
  }

  private check(props: ClusterSnapshotShareProps): void {
    const { snapshot, encryptionKey } = props;
    const { path } = snapshot.node;
    const { region, account } = snapshot.env;
    if (!Token.isUnresolved(account) && !Token.isUnresolved(this.stack.account) && account !== this.stack.account) {
      fail(this, `snapshot '${path}' is of account ${account} and the stack of ${this.stack.account}, and only its owner can share it; copy it with ClusterSnapshotCopy, and share the copy`);
    }
    if (Token.isUnresolved(props.accountIds)) {
      fail(this, 'accountIds must be a list that is known at synth, because the policy of the key names each account; its entries may be tokens, got a token for the whole list');
    }
    checkAccountIds(this, 'accountIds', props.accountIds, { account, inWords: 'the account of the snapshot itself, which has it anyway' });
    props.destinationRegions?.forEach((destination) => checkRegion(this, 'destinationRegions', destination));
    if (encryptionKey) {
      this.checkKey(encryptionKey, region);
    } else if (snapshot.encryptionKey && isDefaultKey(snapshot.encryptionKey)) {
      fail(this, `snapshot '${path}' is encrypted with the default key of the account (aws/rds), under which RDS shares nothing; `
        + 'set encryptionKey to a key of yours, and a copy under that key is shared');
    }
    if ((encryptionKey || madeByAws(snapshot)) && !Token.isUnresolved(region) && region.startsWith('cn-')) {
      fail(this, `snapshot '${path}' would have to be copied, and AWS does not copy Aurora snapshots in the China Regions; take another snapshot, and share that`);
    }
  }

  private checkKey(key: kms.IKey, region: string): void {
    if (isDefaultKey(key)) {
      fail(this, `encryptionKey '${key.node.path}' is the default key of the account (aws/rds), under which RDS shares nothing; give a key of yours`);
    }
    // An alias is looked up in the Region of the copy, wherever it was imported.
    if (!isAlias(key) && !Token.isUnresolved(key.env.region) && !Token.isUnresolved(region) && key.env.region !== region) {
      fail(this, `encryptionKey '${key.node.path}' is in ${key.env.region} and the snapshot in ${region}; give a key of ${region}`);
    }
  }
}

/** Whether RDS or AWS Backup made the snapshot; undefined if that is only known when it is deployed. */
function madeByAws(snapshot: IClusterSnapshot): boolean | undefined {
  if (factsOf(snapshot).arnPattern !== undefined) {
    return false;
  }
  // The identifier may be known where the ARN is not: the account and Region of a stack are often tokens.
  const identifier = Token.isUnresolved(snapshot.snapshotArn) ? snapshot.snapshotIdentifier : parseSnapshotArn(snapshot.snapshotArn)!.identifier;
  return Token.isUnresolved(identifier) ? undefined : isMadeByAws(identifier);
}
