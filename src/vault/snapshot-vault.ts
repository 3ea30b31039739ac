import { Duration, Names, RemovalPolicy, Resource, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import { importSnapshotVault } from './imported-snapshot-vault';
import { NewestCopyAgeAlarmOptions } from './newest-copy-age-alarm-options';
import { SnapshotVaultProps } from './snapshot-vault-props';
import { ISnapshotVault } from './snapshot-vault-ref';
import { SnapshotCopyRule } from '../common/snapshot-copy-rule';
import { METRIC_NAMESPACE, VaultMetric } from '../core/metrics';
import { eventBusArnOf } from '../core/vault/vault-address';
import { VAULT_RULES_VERSION, VaultRules } from '../core/vault/vault-rules';
import { fail } from '../private/checks';
import { openKey } from '../private/key-sharing';
import { keyIdForRds } from '../private/keys';
import { inLowerCase } from '../private/operation-policies';
import { leastCharactersOf } from '../private/policy-size';
import { checkVaultNameIsNew } from '../private/unique-names';
import { VaultBus } from '../private/vault-bus';
import {
  VaultRetentionRule, checkAdmission, checkMinimumRetention, checkRecoveryAccounts, checkSources, checkVaultCopies, checkVaultKey, checkVaultName,
  vaultRetentionOf, warnOfFullVault, warnOfUnnamedClusters,
} from '../private/vault-checks';
import { VAULT_FACTS, VaultFacts } from '../private/vault-facts';
import { VaultFunctions } from '../private/vault-functions';
import { vaultKeyStatements } from '../private/vault-keys';
import { MAX_LOCK_POLICY_CHARACTERS, lockPolicy } from '../private/vault-lock-policy';
import { VaultNames } from '../private/vault-names';
import { VaultWorkflow } from '../private/vault-workflow';

/** Both are documented as defaults. */
const DAILY_ADMISSION = 4;
const MAXIMUM_SNAPSHOTS = 100;

/**
 * A vault of snapshots in an account of its own: it copies what backup plans of other accounts share with it and announce to it, under its own key,
 * and keeps the copies for as long as it says itself. Whoever takes over a source account, and deletes everything there, does not reach them.
 *
 * The vault trusts only RDS: it reads every fact from there, counts the age of a copy from when it made it, and takes in so many copies of a cluster and
 * no more. What was announced while nobody listened, it finds by looking for it every hour.
 *
 * It protects from the source accounts. From an administrator of its own account it protects together with `lockPolicy` only, which the administrator
 * of the organization attaches.
 *
 * The copies stay when the vault or its stack is removed, and a vault of the same name in the same account and Region goes on with them. They are then
 * deleted by hand, when nobody needs them. End releases first: nobody else takes back what is shared at that moment.
 *
 * Copies carry the tags of the vault and no others.
 *
 * @resource AWS::Events::EventBus
 */
@propertyInjectable
export class SnapshotVault extends Resource implements ISnapshotVault {
  /**
   * Uniquely identifies this class for property injection.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-aurora-backup.SnapshotVault';

  /**
   * A vault that another app makes, for the plans of this one.
   *
   * @param scope The scope of the construct.
   * @param id The id of the construct.
   * @param eventBusArn The ARN of the event bus of the vault, known at synth; another text is an error.
   */
  public static fromEventBusArn(scope: Construct, id: string, eventBusArn: string): ISnapshotVault {
    return importSnapshotVault(scope, id, eventBusArn);
  }

  public readonly vaultName: string;
  public readonly eventBusArn: string;
  public readonly vaultAccount: string;
  public readonly vaultRegion: string;

  /**
   * The event bus on which plans announce snapshots.
   */
  public readonly eventBus: events.IEventBus;

  /**
   * Gives a copy back: run it by hand, and it shares one copy with one of the `recoveryAccounts` for some hours, tells so in an event with all that is
   * needed to restore it, and ends the sharing. Its input says `recoveryAccountId`, `hours` (1 to 168, 24 if it is left out), a `reason`, and which copy:
   * `sourceAccountId` and `clusterIdentifier` for the newest good one, with `before` that of a time (and with `sourceRegion` where two Regions have such a
   * cluster), or `snapshotIdentifier`. Of what a plan shares under its `sharingKey`, the time is that of the copy that the plan shared. With `end: true`
   * and a `snapshotIdentifier` it takes that copy back at once.
   */
  public readonly release: sfn.IStateMachine;

  /**
   * Where announcements, answers and calls go that could not be delivered. Nothing reads it: what was announced is found every hour anyway, and answered
   * again. What is in it says what is wrong.
   */
  public readonly deadLetterQueue: sqs.IQueue;

  /**
   * What the policy of the key has to say: that the recovery accounts may use it, and that deployments and the roles of the vault must not end it. A key
   * that the app makes says it already.
   */
  public readonly keyPolicyStatements: iam.PolicyStatement[];

  /**
   * What plans of the app want to know of this vault.
   *
   * @internal
   */
  public readonly [VAULT_FACTS]: VaultFacts;

  private readonly names: VaultNames;
  private readonly props: SnapshotVaultProps;
  private readonly retention: VaultRetentionRule;

  constructor(scope: Construct, id: string, props: SnapshotVaultProps) {
    super(scope, id);
    this.props = props;
    this.vaultName = props.vaultName ?? Names.uniqueResourceName(this, { maxLength: 64, separator: '-' });
    this.vaultAccount = this.env.account;
    this.vaultRegion = this.env.region;
    this.retention = this.check();
    this[VAULT_FACTS] = { sources: props.sources, dailyAdmission: props.dailyAdmission ?? DAILY_ADMISSION };
    this.names = new VaultNames(this.stack, this.vaultName);
    // Not that of the bus: plans of other stacks and accounts use it, which cannot refer to a resource.
    this.eventBusArn = eventBusArnOf(this.names.address, this.stack.partition);
    this.keyPolicyStatements = this.openKey(props.encryptionKey, this.vaultRegion);
    this.copies.forEach(({ encryptionKey, region }) => this.openKey(encryptionKey!, region));
    this.formerKeys.forEach((key) => this.openKey(key, key.env.region));

    const functions = new VaultFunctions(this, 'Functions', { names: this.names, encryptionKey: props.encryptionKey, sources: props.sources, copies: this.copies });
    const { deadLetters } = functions;
    const workflow = new VaultWorkflow(this, 'Workflow', { names: this.names, functions, rules: this.rules() });
    const bus = new VaultBus(this, 'Events', { names: this.names, eventBusArn: this.eventBusArn, sources: props.sources, deadLetters });
    bus.onAnnouncement(new targets.LambdaFunction(functions.runs, { event: workflow.announced, deadLetterQueue: deadLetters }));
    this.eventBus = bus.bus;
    this.release = workflow.release;
    this.deadLetterQueue = deadLetters;
  }

  /**
   * A service control policy that makes the vault hold against administrators of its own account: nobody but the vault deletes, shares, copies or tags
   * its copies, nobody restores or exports them there, nobody ends its keys, and nobody changes its roles, functions and rules, or the policy of any
   * event bus in the account, also not a deployment. Whoever administers the organization attaches it to the account, and detaches it while the vault is
   * deployed anew.
   *
   * It does not lock the log, the alarms, the queue and what `AuroraBackupDefaults` adds (a VPC, a key for the log): without them the vault is blind or
   * stands still, and nothing is lost. The alarms of the plans are in other accounts.
   *
   * It has fewer than 5,120 characters; otherwise it is an error at synth. It does not bind the management account of the organization.
   *
   * @see https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
   */
  public get lockPolicy(): iam.PolicyDocument {
    const keys = [this.props.encryptionKey, ...this.copies.flatMap(({ encryptionKey }) => encryptionKey ?? []), ...this.formerKeys];
    const policy = lockPolicy(this.stack, { names: this.names, keyArns: [...new Set(keys.map(keyIdForRds))] });
    const characters = leastCharactersOf(this.stack, policy);
    if (characters > MAX_LOCK_POLICY_CHARACTERS) {
      fail(this, `lockPolicy comes to ${characters} characters, and service control policies have at most ${MAX_LOCK_POLICY_CHARACTERS}, because copies name so many keys; `
        + 'make another vault for some of the Regions');
    }
    return policy;
  }

  /**
   * A metric of the vault, in the namespace `AuroraBackup`, with the dimensions `Vault` and `Region`.
   *
   * @param metricName The name of the metric.
   * @param props What is different from the sum of five minutes.
   */
  public metric(metricName: string, props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { Vault: this.vaultName, Region: this.vaultRegion },
      statistic: cloudwatch.Stats.SUM,
      ...props,
    }).attachTo(this);
  }

  /**
   * How many copies were completed.
   *
   * @param props What is different from the sum of five minutes.
   */
  public metricCopyStored(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(VaultMetric.COPY_STORED, props);
  }

  /**
   * How many copies failed. They are tried again, as long as the source shares the snapshot.
   *
   * @param props What is different from the sum of five minutes.
   */
  public metricCopyFailed(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(VaultMetric.COPY_FAILED, props);
  }

  /**
   * How many snapshots were refused: because there were too many of a cluster, or because one is older than what is kept.
   *
   * @param props What is different from the sum of five minutes.
   */
  public metricAdmissionRefused(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(VaultMetric.ADMISSION_REFUSED, props);
  }

  /**
   * How many announcements were not looked into: of snapshots of another account than the sender's, or from where the vault takes nothing in.
   *
   * @param props What is different from the sum of five minutes.
   */
  public metricAnnouncementRejected(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(VaultMetric.ANNOUNCEMENT_REJECTED, props);
  }

  /**
   * How many copies were deleted because the retention does not keep them.
   *
   * @param props What is different from the sum of five minutes.
   */
  public metricSnapshotsPruned(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(VaultMetric.SNAPSHOTS_PRUNED, props);
  }

  /**
   * How many copies were shared with a recovery account.
   *
   * @param props What is different from the sum of five minutes.
   */
  public metricCopiesReleased(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(VaultMetric.COPIES_RELEASED, props);
  }

  /**
   * How often something that is done every hour failed: looking for what has arrived, pruning, taking back a copy whose release is over. It counts
   * though it may succeed when it is tried again. An alarm on it is worth having: while it is more than nothing, a copy may be shared for longer than it
   * should be, or nothing is pruned.
   *
   * @param props What is different from the sum of five minutes.
   */
  public metricSweepFailed(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(VaultMetric.SWEEP_FAILED, props);
  }

  /**
   * The age, in seconds, of the data of the newest good copy: that of the source cluster where it is oldest. It is told every hour. A cluster of which
   * nothing came for as long as the retention goes back does not count any more, unless a source names it. Of what a plan shares under its `sharingKey`,
   * the data is a little older: the time is that of the copy that the plan shared.
   *
   * @param props What is different from the maximum of an hour.
   */
  public metricNewestCopyAge(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(VaultMetric.NEWEST_COPY_AGE, { statistic: cloudwatch.Stats.MAXIMUM, period: Duration.hours(1), ...props });
  }

  /**
   * An alarm for snapshots that were refused: a plan announces more than the vault takes in, or a source floods it.
   *
   * @param id The id of the alarm.
   */
  public alarmOnRefusedAdmission(id: string): cloudwatch.Alarm {
    return new cloudwatch.Alarm(this, id, {
      alarmDescription: `Snapshot vault ${this.vaultName} in ${this.vaultRegion} refused snapshots: somebody announces more than it takes in. The copies that it has stay.`,
      metric: this.metricAdmissionRefused(),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }

  /**
   * An alarm for a vault that receives nothing new, or whose age metric is missing. It also goes off while it is still empty.
   *
   * @param id The id of the alarm.
   * @param options When the newest copy is too old.
   */
  public alarmOnNewestCopyAge(id: string, options: NewestCopyAgeAlarmOptions): cloudwatch.Alarm {
    const seconds = options.maximumAge.toSeconds();
    if (!Token.isUnresolved(seconds) && seconds < 3600) {
      fail(this, `maximumAge must be one hour or more, because the age is told every hour, got ${options.maximumAge.toHumanString()}`);
    }
    return new cloudwatch.Alarm(this, id, {
      alarmDescription: `Snapshot vault ${this.vaultName} in ${this.vaultRegion} has received nothing new for longer than it may be, or nobody knows.`,
      metric: this.metricNewestCopyAge(),
      threshold: seconds,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      // Two hours, because a single hour may be missed on the way to CloudWatch.
      evaluationPeriods: 2,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
  }

  /**
   * Does nothing for `RETAIN`; another policy is an error, because the copies of a vault outlive it.
   *
   * @param policy The removal policy.
   */
  public applyRemovalPolicy(policy: RemovalPolicy): void {
    if (policy !== RemovalPolicy.RETAIN) {
      fail(this, `removalPolicy '${policy}' cannot be applied to a vault, because its copies outlive it; delete them by hand when nobody needs them`);
    }
  }

  private get copies(): readonly SnapshotCopyRule[] {
    return this.props.copies ?? [];
  }

  private get formerKeys(): readonly kms.IKey[] {
    return this.props.formerKeys ?? [];
  }

  private get recoveryAccounts(): readonly string[] {
    return this.props.recoveryAccounts ?? [];
  }

  private check(): VaultRetentionRule {
    const { props, env } = this;
    const retention = vaultRetentionOf(this, 'retention', props.retention);
    checkVaultName(this, this.vaultName);
    checkVaultNameIsNew(this, this.vaultName);
    checkSources(this, props.sources, env);
    checkVaultKey(this, 'encryptionKey', props.encryptionKey, env);
    this.formerKeys.forEach((key) => checkVaultKey(this, 'formerKeys', key, { ...env, region: key.env.region }));
    checkMinimumRetention(this, props.minimumRetention, retention);
    checkAdmission(this, props.dailyAdmission, props.maximumSnapshots);
    checkRecoveryAccounts(this, this.recoveryAccounts, env);
    checkVaultCopies(this, this.copies, env);
    warnOfFullVault(this, { sources: props.sources, retention, maximumSnapshots: props.maximumSnapshots ?? MAXIMUM_SNAPSHOTS });
    warnOfUnnamedClusters(this, props.sources);
    return retention;
  }

  private rules(): VaultRules {
    const { props, retention, stack, names } = this;
    return {
      version: VAULT_RULES_VERSION,
      vaultName: this.vaultName,
      owner: names.owner,
      partition: stack.partition,
      account: stack.account,
      region: stack.region,
      eventBusArn: this.eventBusArn,
      kmsKeyId: keyIdForRds(props.encryptionKey),
      sources: props.sources.map(({ accountId, regions, clusters }) => (
        { accountId, regions, ...(clusters ? { clusters: clusters.map(inLowerCase) } : {}) }
      )),
      retention,
      minimumRetentionSeconds: props.minimumRetention?.toSeconds() ?? 0,
      dailyAdmission: props.dailyAdmission ?? DAILY_ADMISSION,
      maximumSnapshots: props.maximumSnapshots ?? MAXIMUM_SNAPSHOTS,
      copies: this.copies.map((copy) => ({
        region: copy.region,
        kmsKeyId: keyIdForRds(copy.encryptionKey!),
        retention: copy.retention ? vaultRetentionOf(this, 'copies.retention', copy.retention) : retention,
      })),
      recoveryAccounts: this.recoveryAccounts,
    };
  }

  private openKey(key: kms.IKey, region: string): iam.PolicyStatement[] {
    const { props: { sources, restrictKeyToRds }, names, recoveryAccounts } = this;
    const statements = vaultKeyStatements(this.stack, {
      names,
      recoveryAccounts,
      region,
      // Back to where the clusters were, most likely.
      destinationRegions: [this.vaultRegion, ...this.copies.map((copy) => copy.region), ...sources.flatMap(({ regions }) => regions)],
      restrictToRds: restrictKeyToRds,
    });
    openKey(this, key, statements, 'recovery accounts cannot use what is released to them, and a deployment could end the key');
    return statements;
  }
}
