import { Annotations, ITaggableV2, RemovalPolicy, TagManager, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import { Completion } from '../common/completion';
import { TimeoutBehavior } from '../common/timeout-behavior';
import { ownTagCount } from '../core/ownership';
import { ClusterSnapshotCopyProperties, OwnProperties, ResourceType } from '../core/resource-contract';
import { checkRegion, checkSnapshotIdentifier, fail, required } from '../private/checks';
import { foreignKeyUseStatement, isAlias, keyIdForRds, keyUseStatement, unknownKeyUseStatement } from '../private/keys';
import { newSnapshotArnPattern } from '../private/operation-policies';
import { OperationProvider } from '../private/operation-provider';
import { SnapshotResource } from '../private/snapshot-resource';
import { SNAPSHOT_FACTS, SnapshotFacts, factsOf, mayBeQueued, policyArnOf } from '../private/snapshot-source';
import { checkTags } from '../private/tag-checks';
import { warnOfUnfinishedSource } from '../private/unfinished-source';
import { ClusterSnapshotBase } from '../snapshot/cluster-snapshot-base';
import { IClusterSnapshot } from '../snapshot/cluster-snapshot-ref';

/**
 * Properties of a `ClusterSnapshotCopy`.
 */
export interface ClusterSnapshotCopyProps {
  /**
   * The snapshot to copy: one that the app takes, or one imported with `ClusterSnapshot.fromSnapshotArn`, also an automated one
   * (`rds:…`), one of AWS Backup (`awsbackup:…`) or one that another account shares. Another source makes another copy.
   *
   * A source that is not available yet is waited for.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-copy-snapshot.html
   */
  readonly source: IClusterSnapshot;

  /**
   * The Region in which the copy is made, for example `eu-central-1`. Another Region makes another copy; what is not the code
   * of a Region is an error at synth.
   *
   * AWS does not copy Aurora snapshots in the China Regions, nor between GovCloud and other Regions: those are errors at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-copy-snapshot.html
   * @default - the Region of the stack
   */
  readonly region?: string;

  /**
   * The key that the copy is encrypted with, in the Region of the copy; a key known to be in another Region is an error at
   * synth. An alias (`kms.Alias.fromAliasName`) is looked up in the Region of the copy. Another key makes another copy.
   *
   * Needed when an encrypted snapshot is copied to another Region or from another account. Must be left out for a
   * snapshot that is not encrypted, because Aurora cannot encrypt by copying.
   *
   * The key policy has to let the account use IAM policies, as keys made by the CDK do.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-copy-snapshot.html
   * @default - the key of the source
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Whether the tags of the source are put on the copy, without those that belong to AWS and to this library. The tags of a
   * snapshot that another account shares cannot be seen.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-copy-snapshot.html
   * @default true
   */
  readonly copyTags?: boolean;

  /**
   * Tags of the copy, beside those that the app adds with `Tags.of(...)` and those of the source; of the same key, these win.
   * RDS takes 50 tags on a resource; up to ten of them are the library's own. More are an error at synth, or with those of the source when it is
   * deployed. A key that begins with `cdk-aurora-backup:`, `aws:` or `rds:`, and a text that RDS does not take, are errors at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Tagging.html
   * @default - only the tags of the app and of the source
   */
  readonly tags?: { [key: string]: string };

  /**
   * The identifier of the copy: 1 to 63 letters, digits and hyphens, beginning with a letter, without a hyphen at the end and
   * without two in a row; anything else is an error at synth. It must be free in the Region of the copy.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CopyDBClusterSnapshot.html
   * @default - made from the stack, the construct and the name of the source, always free
   */
  readonly targetIdentifier?: string;

  /**
   * What becomes of the copy when the resource is removed from the stack, replaced by another or destroyed with the stack:
   * `RETAIN` or `DESTROY`; another value is an error at synth.
   *
   * Under `RETAIN` every new `trigger` of the source leaves a full copy behind, which is warned of at synth.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * How long the deploy waits for the copy, and what it does when the time is up. A copy to another Region can take hours.
   * Copies of one source run one after another, and RDS runs at most five copies into a Region at a time: waiting for a turn counts.
   *
   * With the default, what depends on the copy may be deployed before the copy is complete, which is warned of at synth.
   *
   * @default Completion.waitFor({ onTimeout: TimeoutBehavior.CONTINUE }) - 50 minutes, then the deploy goes on, and the copy is
   * watched to its end
   */
  readonly completion?: Completion;

  /**
   * The topic that is told how the copy ended, in plain text: a standard topic of the Region of the stack; another one is an
   * error at synth, where it is known then.
   *
   * @default - nobody is told; the outcome is an event and a metric
   */
  readonly notificationTopic?: sns.ITopic;
}

/**
 * A copy of an Aurora cluster snapshot, made while the stack deploys: under another key, in another Region, or of a snapshot
 * that another account shares, all in one call that is made in the Region of the copy.
 *
 * @resource Custom::AuroraClusterSnapshotCopy
 */
@propertyInjectable
export class ClusterSnapshotCopy extends ClusterSnapshotBase implements ITaggableV2 {
  /**
   * Uniquely identifies this class for property injection.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-aurora-backup.ClusterSnapshotCopy';

  public readonly snapshotIdentifier: string;
  public readonly snapshotArn: string;
  public readonly encryptionKey?: kms.IKey;

  /**
   * The tags of the copy. `Tags.of(scope).add(...)` reaches them.
   */
  public readonly cdkTagManager: TagManager;

  /**
   * What other constructs of the library want to know of this snapshot.
   *
   * @internal
   */
  public readonly [SNAPSHOT_FACTS]: SnapshotFacts;

  private readonly resource: SnapshotResource;

  constructor(scope: Construct, id: string, props: ClusterSnapshotCopyProps) {
    super(scope, id, { region: props.region });
    required(this, 'source', props.source, 'give the snapshot to copy');
    const region = props.region ?? this.stack.region;
    const fromOtherRegion = props.source.env.region !== region;
    this.check(props, region, fromOtherRegion);

    this.encryptionKey = props.encryptionKey ?? props.source.encryptionKey;
    const provider = OperationProvider.of(this);
    const sourceArn = policyArnOf(props.source);
    provider.startRights.allowCopy(sourceArn, props.targetIdentifier, region, fromOtherRegion);
    const fromOtherAccount = props.source.env.account !== this.stack.account;
    if (fromOtherAccount) {
      provider.startRights.add(new iam.PolicyStatement({ actions: ['rds:DescribeDBClusterSnapshots'], resources: [sourceArn] }));
    }
    if (props.encryptionKey) {
      provider.startRights.add(keyUseStatement(this.stack, props.encryptionKey, region));
    }
    if (fromOtherAccount) {
      // RDS uses the key of what another account shares with our rights, to read it.
      provider.startRights.add(foreignKeyUseStatement(this.stack, { key: props.source.encryptionKey, ...props.source.env }, region));
    } else if (props.source.encryptionKey) {
      provider.startRights.add(keyUseStatement(this.stack, props.source.encryptionKey, props.source.env.region));
    } else if (!props.encryptionKey && !fromOtherRegion) {
      // The copy keeps the key of the source.
      provider.startRights.add(unknownKeyUseStatement(this.stack, props.source.env.account, props.source.env.region));
    }

    const properties: OwnProperties<ClusterSnapshotCopyProperties> = {
      SourceSnapshotArn: props.source.snapshotArn,
      Region: region,
      KmsKeyId: props.encryptionKey && keyIdForRds(props.encryptionKey),
      CopyTags: props.copyTags ?? true,
      SourceMayBeQueued: mayBeQueued(props.source),
      TargetIdentifier: props.targetIdentifier,
    };
    this.resource = new SnapshotResource(this, provider, {
      ...props,
      resourceType: ResourceType.CLUSTER_SNAPSHOT_COPY,
      properties,
      // One more for the time of the data.
      ownTags: ownTagCount(props.targetIdentifier !== undefined) + 1,
      defaultOnTimeout: TimeoutBehavior.CONTINUE,
    });
    warnOfUnfinishedSource(this, this.resource.completion, props.source);
    this.cdkTagManager = this.resource.tags;
    this.snapshotArn = this.resource.snapshotArn;
    this.snapshotIdentifier = this.resource.snapshotIdentifier;
    const { isRetaken, engine } = factsOf(props.source);
    this[SNAPSHOT_FACTS] = {
      arnPattern: newSnapshotArnPattern(this.stack, provider.owner, props.targetIdentifier, region),
      completion: this.resource.completion,
      isRetaken,
      engine,
    };
    if (isRetaken && !this.resource.isDestroyed) {
      Annotations.of(this).addWarningV2('cdk-aurora-backup:copyOfTrigger',
        `every new value of the trigger of '${props.source.node.path}' adds a full copy that nothing deletes, also where the source has keepLast, and the quota is 100 manual cluster snapshots `
        + 'per Region; set removalPolicy: RemovalPolicy.DESTROY to keep the newest copy only, and none when the stack goes, use the copies of an AuroraBackupPlan, or acknowledge this warning');
    }
  }

  public applyRemovalPolicy(policy: RemovalPolicy): void {
    this.resource.applyRemovalPolicy(policy);
  }

  private check(props: ClusterSnapshotCopyProps, region: string, fromOtherRegion: boolean): void {
    checkSnapshotIdentifier(this, 'targetIdentifier', props.targetIdentifier);
    checkTags(this, props.tags);
    checkRegion(this, 'region', props.region);
    const sourceRegion = props.source.env.region;
    for (const [what, where] of [['source', sourceRegion], ['region', region]]) {
      if (!Token.isUnresolved(where) && where.startsWith('cn-')) {
        fail(this, `${what} is in ${where}, and AWS does not copy Aurora snapshots in the China Regions; take another snapshot instead of a copy`);
      }
    }
    this.checkKey(props.encryptionKey, region);
    if (Token.isUnresolved(region) || Token.isUnresolved(sourceRegion)) {
      return;
    }
    if (isGovCloud(region) !== isGovCloud(sourceRegion)) {
      fail(this, `source is in ${sourceRegion} and region is ${region}; snapshots of GovCloud Regions are copied to GovCloud Regions only, and others to others only`);
    }
    if (fromOtherRegion && props.source.encryptionKey && !props.encryptionKey) {
      fail(this, `source is encrypted with a key of ${sourceRegion}, which cannot be used in ${region}; set encryptionKey to a key of ${region}`);
    }
  }

  private checkKey(key: kms.IKey | undefined, region: string): void {
    // An alias is looked up in the Region of the copy, wherever it was imported.
    if (!key || isAlias(key)) {
      return;
    }
    const keyRegion = key.env.region;
    if (!Token.isUnresolved(keyRegion) && !Token.isUnresolved(region) && keyRegion !== region) {
      fail(this, `encryptionKey '${key.node.path}' is in ${keyRegion} and the copy in ${region}; give a key of ${region}, for example a replica of a multi-Region key`);
    }
  }
}

function isGovCloud(region: string): boolean {
  return region.startsWith('us-gov-');
}
