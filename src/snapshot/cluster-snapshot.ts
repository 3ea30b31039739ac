import { Annotations, ArnFormat, ITaggableV2, RemovalPolicy, Stack, TagManager, Token } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as sns from 'aws-cdk-lib/aws-sns';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct, IConstruct } from 'constructs';
import { ClusterSnapshotBase } from './cluster-snapshot-base';
import { IClusterSnapshot } from './cluster-snapshot-ref';
import { importClusterSnapshot } from './imported-cluster-snapshot';
import { Completion } from '../common/completion';
import { TimeoutBehavior } from '../common/timeout-behavior';
import { ownTagCount } from '../core/ownership';
import { CompletionMode } from '../core/requests';
import { ClusterSnapshotProperties, OwnProperties, ResourceType } from '../core/resource-contract';
import { isAurora } from '../core/snapshot';
import { checkSnapshotIdentifier, checkTrigger, fail } from '../private/checks';
import { checkIsCluster } from '../private/cluster-checks';
import { inLowerCase, newSnapshotArnPattern } from '../private/operation-policies';
import { OperationProvider } from '../private/operation-provider';
import { SnapshotResource } from '../private/snapshot-resource';
import { SNAPSHOT_FACTS, SnapshotFacts } from '../private/snapshot-source';
import { checkTags } from '../private/tag-checks';
import { UnfinishedResults } from '../private/unfinished-results';

/**
 * Properties of a `ClusterSnapshot`.
 */
export interface ClusterSnapshotProps {
  /**
   * The cluster to take the snapshot of: Aurora MySQL or Aurora PostgreSQL, in the Region of the stack. Another engine or
   * Region is an error, at synth where it is known then.
   *
   * A cluster that is busy (in its backup window, being modified) is waited for; a stopped one fails the deploy.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_CreateSnapshotCluster.html
   */
  readonly cluster: rds.IDatabaseCluster;

  /**
   * The key that the cluster is encrypted with. A snapshot has the key of its cluster, and a cluster of aws-rds does not
   * tell its key, so without this prop the `encryptionKey` of the snapshot is not known and checks of copies happen at deploy time.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html
   * @default - the key of the cluster is not known at synth
   */
  readonly clusterEncryptionKey?: kms.IKey;

  /**
   * The identifier of the snapshot: 1 to 63 letters, digits and hyphens, beginning with a letter, without a hyphen at the
   * end and without two in a row. RDS stores it in lower case. Anything else is an error at synth.
   *
   * It must be free when the snapshot is taken: an existing snapshot of that name is left alone and fails the deploy. Cannot
   * be combined with `trigger`, because every snapshot needs an identifier of its own.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBClusterSnapshot.html
   * @default - made from the stack, the construct and the name of the cluster, always free
   */
  readonly snapshotIdentifier?: string;

  /**
   * Any text but the empty one, which is an error at synth: for example the version of a release. Whenever it changes, the next deploy takes another
   * snapshot.
   *
   * @default - one snapshot is taken when the construct is first deployed, and another when the cluster or the identifier changes
   */
  readonly trigger?: string;

  /**
   * How many snapshots of this construct to keep, the newest included: a whole number from 1 to 100. When a new one is
   * complete and the deploy has succeeded, the oldest beyond this number are deleted. Another number, or no `trigger`, is an error at synth.
   *
   * It counts only what this construct superseded while `keepLast` was set. Snapshots that were left behind by
   * RemovalPolicy.RETAIN are not counted and not deleted.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html
   * @default - all are kept with RemovalPolicy.RETAIN, only the newest with RemovalPolicy.DESTROY
   */
  readonly keepLast?: number;

  /**
   * Tags of the snapshot, beside those that the app adds with `Tags.of(...)`. RDS takes 50 tags on a resource; up to ten of them are the library's
   * own, whose keys begin with `cdk-aurora-backup:`. More are an error at synth, and so is a key that begins with `cdk-aurora-backup:`, `aws:` or
   * `rds:`, and a text that RDS does not take.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Tagging.html
   * @default - only the tags of the app
   */
  readonly tags?: { [key: string]: string };

  /**
   * What becomes of the snapshot when the resource is removed from the stack, replaced by a newer one or destroyed with the
   * stack: `RETAIN` or `DESTROY`; another value is an error at synth.
   *
   * A completed snapshot is kept under `RETAIN` also when the deploy that took it fails and is rolled back.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * How long the deploy waits for the snapshot, and what it does when the time is up.
   *
   * Only a deploy that fails on a timeout never goes on without the snapshot. With anything else, what comes after the snapshot
   * (`takeBefore`, dependencies) may be changed before the snapshot is complete, which is warned of at synth.
   *
   * @default Completion.waitFor({ onTimeout: TimeoutBehavior.FAIL }) - 50 minutes, then the deploy fails
   */
  readonly completion?: Completion;

  /**
   * The topic that is told how taking the snapshot ended, in plain text: a standard topic of the Region of the stack; another
   * one is an error at synth, where it is known then.
   *
   * @default - nobody is told; the outcome is an event and a metric
   */
  readonly notificationTopic?: sns.ITopic;
}

/**
 * What is known of a snapshot that the app does not make.
 */
export interface ClusterSnapshotAttributes {
  /**
   * `arn:aws:rds:<region>:<account>:cluster-snapshot:<identifier>`. An ARN of something else is an error at synth.
   */
  readonly snapshotArn: string;

  /**
   * The key that the snapshot is encrypted with, in the Region and account of the snapshot. Copies then get the right to use
   * this key instead of every key of that account, and are checked at synth.
   *
   * @default - the key is not known; the snapshot may be encrypted or not
   */
  readonly encryptionKey?: kms.IKey;
}

/**
 * A manual snapshot of an Aurora DB cluster, taken while the stack deploys.
 *
 * In the stack that defines the cluster it is taken after all changes to the cluster in that deploy; to take it before a change
 * of something else, such as a migration, use `takeBefore`.
 *
 * @resource Custom::AuroraClusterSnapshot
 */
@propertyInjectable
export class ClusterSnapshot extends ClusterSnapshotBase implements ITaggableV2 {
  /**
   * Uniquely identifies this class for property injection.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-aurora-backup.ClusterSnapshot';

  /**
   * A snapshot that exists already, by its ARN: of this account or of another that shared it, of any Region.
   *
   * @param scope The scope of the construct.
   * @param id The id of the construct.
   * @param snapshotArn `arn:aws:rds:<region>:<account>:cluster-snapshot:<identifier>`. Automated snapshots (`rds:…`) and those of
   * AWS Backup (`awsbackup:…`) have a colon in their identifier. An ARN of something else is an error at synth.
   */
  public static fromSnapshotArn(scope: Construct, id: string, snapshotArn: string): IClusterSnapshot {
    return importClusterSnapshot(scope, id, { snapshotArn });
  }

  /**
   * A snapshot that exists already, by its ARN and what else is known of it.
   *
   * @param scope The scope of the construct.
   * @param id The id of the construct.
   * @param attributes What is known of the snapshot.
   */
  public static fromSnapshotAttributes(scope: Construct, id: string, attributes: ClusterSnapshotAttributes): IClusterSnapshot {
    return importClusterSnapshot(scope, id, attributes);
  }

  /**
   * A snapshot that exists already in the account and Region of the stack, by its identifier.
   *
   * @param scope The scope of the construct.
   * @param id The id of the construct.
   * @param snapshotIdentifier The identifier, with `rds:` or `awsbackup:` in front where it has one. An ARN is an error at synth.
   */
  public static fromSnapshotIdentifier(scope: Construct, id: string, snapshotIdentifier: string): IClusterSnapshot {
    if (snapshotIdentifier.startsWith('arn:')) {
      fail(scope, `snapshotIdentifier must be an identifier, got the ARN '${snapshotIdentifier}'; use ClusterSnapshot.fromSnapshotArn`);
    }
    const identifier = inLowerCase(snapshotIdentifier);
    return importClusterSnapshot(scope, id, {
      snapshotIdentifier: identifier,
      snapshotArn: Stack.of(scope).formatArn({
        service: 'rds', resource: 'cluster-snapshot', resourceName: identifier, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    });
  }

  public readonly snapshotIdentifier: string;
  public readonly snapshotArn: string;
  public readonly encryptionKey?: kms.IKey;

  /**
   * The tags of the snapshot. `Tags.of(scope).add(...)` reaches them.
   */
  public readonly cdkTagManager: TagManager;

  /**
   * What other constructs of the library want to know of this snapshot.
   *
   * @internal
   */
  public readonly [SNAPSHOT_FACTS]: SnapshotFacts;

  private readonly cluster: rds.IDatabaseCluster;
  private readonly resource: SnapshotResource;

  constructor(scope: Construct, id: string, props: ClusterSnapshotProps) {
    super(scope, id);
    this.cluster = props.cluster;
    this.encryptionKey = props.clusterEncryptionKey;
    this.check(props);

    const provider = OperationProvider.of(this);
    provider.startRights.allowTake(props.cluster, props.snapshotIdentifier);

    const properties: OwnProperties<ClusterSnapshotProperties> = {
      ClusterIdentifier: props.cluster.clusterIdentifier,
      SnapshotIdentifier: props.snapshotIdentifier,
      Trigger: props.trigger,
      KeepLast: props.keepLast,
    };
    this.resource = new SnapshotResource(this, provider, {
      ...props,
      resourceType: ResourceType.CLUSTER_SNAPSHOT,
      properties,
      ownTags: ownTagCount(props.snapshotIdentifier !== undefined),
      defaultOnTimeout: TimeoutBehavior.FAIL,
    });
    this.cdkTagManager = this.resource.tags;
    this.snapshotArn = this.resource.snapshotArn;
    this.snapshotIdentifier = this.resource.snapshotIdentifier;
    this[SNAPSHOT_FACTS] = {
      arnPattern: newSnapshotArnPattern(this.stack, provider.owner, props.snapshotIdentifier, this.stack.region),
      completion: this.resource.completion,
      isRetaken: props.trigger !== undefined,
      engine: props.cluster.engine?.engineType,
    };

    // Also after the instances: a change of the cluster is then complete when the snapshot is taken.
    this.node.addDependency(props.cluster);
    if (props.trigger !== undefined && props.keepLast === undefined && !this.resource.isDestroyed) {
      Annotations.of(this).addWarningV2('cdk-aurora-backup:triggerWithoutKeepLast',
        'every new value of trigger adds a manual snapshot that nothing deletes, and the quota is 100 manual cluster snapshots per Region: '
        + 'the 101st deploy fails, earlier if other constructs take snapshots too; set keepLast, or removalPolicy: RemovalPolicy.DESTROY to keep the newest only');
    }
  }

  /**
   * Takes the snapshot before anything is done to the given constructs: created, updated or, for what they replace, deleted.
   *
   * The constructs wait as long as the deploy waits for the snapshot. A `completion` with which the deploy may go on before the
   * snapshot is complete is warned of.
   *
   * @param constructs What has to wait, for example the custom resource or task that migrates the schema. The cluster itself and
   * what is part of it cannot wait for their own snapshot: that is an error at synth.
   */
  public takeBefore(...constructs: IConstruct[]): void {
    for (const target of constructs) {
      if (target.node.scopes.includes(this.cluster)) {
        fail(this, `takeBefore cannot put the snapshot before '${target.node.path}', which belongs to the cluster '${this.cluster.node.path}' that the snapshot is taken of: `
          + 'CloudFormation changes the cluster first. Put the snapshot into a stack of its own, with the cluster imported by its identifier, and deploy that stack before this one');
      }
      if (this.node.scopes.includes(target)) {
        fail(this, `takeBefore cannot put the snapshot before '${target.node.path}', which contains the snapshot itself; name the constructs that have to wait`);
      }
      if (this.cluster.node.scopes.includes(target)) {
        fail(this, `takeBefore cannot put the snapshot before '${target.node.path}', which contains the cluster that the snapshot is taken of; name the constructs that have to wait`);
      }
      target.node.addDependency(this);
      UnfinishedResults.of(this).setWarned(target, this);
    }
    if (constructs.length > 0 && this.resource.completion !== CompletionMode.FAIL) {
      Annotations.of(this).addWarningV2('cdk-aurora-backup:takeBeforeUnfinished',
        `${constructs.map(({ node }) => `'${node.path}'`).join(', ')} may be changed before this snapshot is complete, because the deploy goes on without it; `
        + "for a snapshot that is complete by then, use 'completion: Completion.waitFor({ onTimeout: TimeoutBehavior.FAIL })'");
    }
  }

  public applyRemovalPolicy(policy: RemovalPolicy): void {
    this.resource.applyRemovalPolicy(policy);
  }

  private check(props: ClusterSnapshotProps): void {
    checkIsCluster(this, 'cluster', props.cluster);
    checkSnapshotIdentifier(this, 'snapshotIdentifier', props.snapshotIdentifier);
    checkTags(this, props.tags);
    checkTrigger(this, props.trigger);
    if (props.snapshotIdentifier !== undefined && props.trigger !== undefined) {
      fail(this, `snapshotIdentifier '${props.snapshotIdentifier}' cannot be combined with trigger, because the next snapshot would need another identifier; leave out one of the two`);
    }
    if (props.keepLast !== undefined) {
      if (!Token.isUnresolved(props.keepLast) && (!Number.isInteger(props.keepLast) || props.keepLast < 1 || props.keepLast > 100)) {
        fail(this, `keepLast must be a whole number from 1 to 100 (the quota of manual cluster snapshots per Region), got ${props.keepLast}`);
      }
      if (props.trigger === undefined) {
        fail(this, `keepLast${Token.isUnresolved(props.keepLast) ? '' : `: ${props.keepLast}`} has no effect without trigger, because only one snapshot is taken; set trigger, or leave out keepLast`);
      }
    }
    const engine = props.cluster.engine?.engineType;
    if (engine !== undefined && !isAurora(engine)) {
      fail(this, `cluster '${props.cluster.node.path}' runs '${engine}'; only aurora-mysql and aurora-postgresql are supported`);
    }
    const { region, account } = props.cluster.env;
    if (!Token.isUnresolved(account) && !Token.isUnresolved(this.stack.account) && account !== this.stack.account) {
      fail(this, `cluster '${props.cluster.node.path}' is in account ${account} and the stack in ${this.stack.account}; put the snapshot into a stack in ${account}`);
    }
    if (!Token.isUnresolved(region) && !Token.isUnresolved(this.stack.region) && region !== this.stack.region) {
      fail(this, `cluster '${props.cluster.node.path}' is in ${region} and the stack in ${this.stack.region}; put the snapshot into a stack in ${region}`);
    }
  }
}
