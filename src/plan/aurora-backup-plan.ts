import { Annotations, AspectPriority, Aspects, IAspect, ITaggableV2, Names, RemovalPolicy, TagManager, TagType, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct, IConstruct } from 'constructs';
import { AuroraBackupPlanBase } from './aurora-backup-plan-base';
import { AuroraBackupPlanProps } from './aurora-backup-plan-options';
import { IAuroraBackupPlan } from './aurora-backup-plan-ref';
import { ClusterBackupOptions } from './cluster-backup-options';
import { ExportsOfPlan } from './exports-of-plan';
import { importAuroraBackupPlan } from './imported-aurora-backup-plan';
import { NewestSnapshotAgeAlarmOptions, NewestSnapshotAgeOptions } from './newest-snapshot-age-options';
import { PruneMode } from './prune-mode';
import { inWords } from '../core/plan/in-words';
import { planOwner } from '../core/plan/plan-ownership';
import { ClusterSelection, PLAN_RULES_VERSION, PlanRules } from '../core/plan/plan-rules';
import { SnapshotRemoval } from '../core/removal';
import { VaultAddress } from '../core/vault/vault-address';
import { checkAutomatedBackups } from '../private/automated-backups';
import { fail, removalOf, required } from '../private/checks';
import { openKey } from '../private/key-sharing';
import { keyIdForRds } from '../private/keys';
import { checkTopic } from '../private/notifications';
import {
  checkAccounts, checkClusterTags, checkCopies, checkMaxConcurrency, checkPlanName, checkSharedAccounts, checkSnapshotQuota,
  maxUserTags,
} from '../private/plan-checks';
import { PlanClusters } from '../private/plan-clusters';
import { exportsOfOtherClusters } from '../private/plan-exports';
import { KeptSnapshots, PlanForecast } from '../private/plan-forecast';
import { PlanFunctions } from '../private/plan-functions';
import { ClusterKeys, planKeyStatements } from '../private/plan-keys';
import { PlanRemoval } from '../private/plan-removals';
import { PlanNeeds } from '../private/plan-rights';
import { PlanSchedules } from '../private/plan-schedules';
import { tooLargeForRuns } from '../private/plan-size';
import { checkVaultSources, clustersWithoutVault, warnOfRefusedRuns } from '../private/plan-vault-sources';
import { PlanVaults, addressOf, checkSharingKey, checkVaultOfAge, checkVaults } from '../private/plan-vaults';
import { PlanWorkflow } from '../private/plan-workflow';
import { checkSchedule, scheduleOf, warnOfEarlyAlarm } from '../private/schedule-checks';
import { checkTags, tagFaults, tooManyTags } from '../private/tag-checks';
import { checkPlanNameIsNew } from '../private/unique-names';

const REMOVAL_ID = 'Removal';

/**
 * A plan that backs up Aurora clusters on a schedule: each run takes a snapshot of every cluster, shares, copies and exports it, and deletes what the
 * retention does not keep any more.
 *
 * Snapshots belong to the plan by its name, not to the stack: they stay when the plan or its stack is removed, unless `removalPolicy` says otherwise, and
 * a plan of the same name in the same account and Region goes on with them.
 *
 * Each run ends in a verdict for each cluster and one for all, as events, metrics and lines of the log. To run it out of turn, start its state
 * machine by hand.
 *
 * @resource AWS::StepFunctions::StateMachine
 */
@propertyInjectable
export class AuroraBackupPlan extends AuroraBackupPlanBase implements ITaggableV2 {
  /**
   * Uniquely identifies this class for property injection.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-aurora-backup.AuroraBackupPlan';

  /**
   * A plan that exists already in the account and Region of the stack: for its metrics and events.
   *
   * @param scope The scope of the construct.
   * @param id The id of the construct.
   * @param planName The name of the plan.
   */
  public static fromPlanName(scope: Construct, id: string, planName: string): IAuroraBackupPlan {
    return importAuroraBackupPlan(scope, id, planName);
  }

  public readonly planName: string;

  /**
   * The state machine of which each execution is a run. Start it by hand, with any input, for a run out of turn.
   */
  public readonly stateMachine: sfn.IStateMachine;

  /**
   * Undelivered schedule events; the plans of a stack share the queue. They are retried or reported from here, so it is normally empty: a message that
   * stays could not be reported.
   */
  public readonly deadLetterQueue: sqs.IQueue;

  /**
   * The tags of the snapshots. `Tags.of(scope).add(...)` reaches them.
   */
  public readonly cdkTagManager: TagManager;

  /**
   * What the policies of the keys have to say for vaults and the accounts of `shareWith` to use the snapshots: the keys of the clusters, or `sharingKey`.
   * A key that the app makes says it already; add it to an imported one where that is defined.
   */
  public readonly keyPolicyStatements: iam.PolicyStatement[];

  private readonly props: AuroraBackupPlanProps;
  private readonly owner: string;
  private readonly timeZone: string;
  private readonly clusters: PlanClusters;
  private readonly clusterKeys: ClusterKeys;
  private readonly forecast: PlanForecast;
  private readonly exports: ExportsOfPlan;
  private readonly vaults: readonly VaultAddress[];
  private readonly workflow: PlanWorkflow;
  private removal: SnapshotRemoval;

  constructor(scope: Construct, id: string, props: AuroraBackupPlanProps) {
    super(scope, id);
    this.props = props;
    this.planName = props.planName ?? Names.uniqueResourceName(this, { maxLength: 60, separator: '-' });
    this.vaults = (props.vaults ?? []).map((vault) => addressOf(this, vault));
    this.check();
    this.owner = planOwner(this.planName);
    this.removal = removalOf(this, props.removalPolicy);
    this.timeZone = props.schedule.timeZone?.timezoneName ?? 'Etc/UTC';
    this.forecast = new PlanForecast(props);
    this.cdkTagManager = new TagManager(TagType.MAP, 'Custom::AuroraClusterSnapshot', props.snapshotTags);
    this.clusters = new PlanClusters(this, {
      ...this.env,
      automatedBackups: props.automatedBackups,
      managedByAwsBackup: props.managedByAwsBackup,
      deleteAutomatedBackups: props.deleteAutomatedBackups,
      sharedBy: this.sharedBy,
      copiesWithoutKey: this.copies.filter(({ encryptionKey }) => !encryptionKey).map(({ region }) => region),
    });
    this.keyPolicyStatements = planKeyStatements({
      region: this.env.region, shareWith: this.knownShareWith, vaults: this.vaults, restrictToRds: props.restrictKeyToRds,
    });
    this.clusterKeys = new ClusterKeys(this, () => (props.sharingKey ? [] : this.statements()));
    if (props.sharingKey) {
      openKey(this, props.sharingKey, this.statements(), 'vaults cannot copy what is under it');
    }
    this.exports = new ExportsOfPlan(this, this.owner, props.exports ?? []);
    props.clusters?.forEach((cluster) => this.addCluster(cluster));

    const functions = PlanFunctions.of(this);
    functions.allow(() => this.needs());
    const rules = () => this.rules();
    const selection = () => this.selection();
    const workflow = this.workflow = new PlanWorkflow(this, 'Workflow', {
      functions,
      rules,
      selection,
      announces: this.vaults.length > 0,
      maxConcurrency: props.maxConcurrency,
      notificationTopic: props.notificationTopic,
    });
    if (this.vaults.length > 0) {
      new PlanVaults(this, 'Vaults', { functions, vaults: this.vaults, rules: this.rules() });
    }
    new PlanSchedules(this, 'Schedules', {
      functions, workflow, rules, selection, schedule: props.schedule, timeWindow: props.timeWindow, enabled: props.enabled ?? true,
    });
    if (this.removal === SnapshotRemoval.DESTROY) {
      this.removeWithStack();
    }
    this.stateMachine = workflow.run;
    this.deadLetterQueue = functions.deadLetters;
    this.node.addValidation({ validate: () => this.faults() });
    Aspects.of(workflow).add(this.warnings(workflow), { priority: AspectPriority.READONLY });
  }

  /**
   * Adds a cluster to the plan: Aurora MySQL or Aurora PostgreSQL, in the account and the Region of the stack, and not in the plan already; otherwise
   * it is an error at synth. A further cluster adds no resource.
   *
   * @param cluster The cluster.
   * @param options What is different for this cluster.
   */
  public addCluster(cluster: rds.IDatabaseCluster, options: ClusterBackupOptions = {}): void {
    this.clusters.add(cluster, options);
    this.clusterKeys.openFor(cluster, options.clusterEncryptionKey);
  }

  public metricNewestSnapshotAge(options: NewestSnapshotAgeOptions = {}): cloudwatch.Metric {
    const { snapshotRegion: region, vault } = options;
    if (vault) {
      checkVaultOfAge(this, addressOf(this, vault), this.vaults, region);
    }
    const regions = [this.env.region, ...this.copies.map((copy) => copy.region)];
    if (region !== undefined && !regions.includes(region) && ![region, ...regions].some((one) => Token.isUnresolved(one))) {
      fail(this, `snapshotRegion must be one where the plan has snapshots (${regions.join(', ')}), got '${region}'; add a copy to that Region, or name one of these`);
    }
    return super.metricNewestSnapshotAge(options);
  }

  /**
   * An alarm for snapshots that are too old, at home, in the Region of copies or in a vault. It also goes off when nobody tells how old they are: so it does for the
   * first hours of a plan. A cluster without a snapshot of the plan, because it has just joined or is stopped and skipped, counts with its own age.
   *
   * It tells of what no verdict tells of: runs that do not take place at all, and copies that never end.
   *
   * @param id The id of the alarm.
   * @param options When the newest snapshot is too old.
   */
  public alarmOnNewestSnapshotAge(id: string, options: NewestSnapshotAgeAlarmOptions): cloudwatch.Alarm {
    const { snapshotRegion: region, vault } = options;
    const maximumAge = required(this, 'maximumAge', options.maximumAge, 'say how old the newest snapshot may be, for example Duration.hours(30)');
    const seconds = maximumAge.toSeconds();
    if (!Token.isUnresolved(seconds) && seconds < 3600) {
      fail(this, `maximumAge must be one hour or more, because the age is told every hour, got ${maximumAge.toHumanString()}`);
    }
    warnOfEarlyAlarm(this, this.props.schedule, seconds);
    return new cloudwatch.Alarm(this, id, {
      alarmName: options.alarmName,
      alarmDescription: options.alarmDescription
        ?? `The newest snapshot of backup plan ${this.planName} in ${vault ? `the vault ${vault.vaultName}` : region ?? this.env.region} is older than ${Token.isUnresolved(seconds) ? 'it may be' : inWords(seconds)}, or nobody knows how old it is.`,
      metric: this.metricNewestSnapshotAge({ snapshotRegion: region, vault }),
      threshold: seconds,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      // Two hours, because a single hour may be missed on the way to CloudWatch.
      evaluationPeriods: 2,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
  }

  /**
   * The same as the prop `removalPolicy`: `RETAIN` or `DESTROY`; anything else is an error.
   *
   * @param policy The removal policy.
   */
  public applyRemovalPolicy(policy: RemovalPolicy): void {
    this.removal = removalOf(this, policy);
    if (this.removal === SnapshotRemoval.DESTROY) {
      this.removeWithStack();
    }
  }

  /**
   * How many snapshots of the plan each Region will have, once it has run for as long as its retention reaches back; while a run is at work, there is one
   * more of each cluster. Regions in which the number grows for ever (`RetentionPolicy.keepAll()`), or cannot be known at synth, are left out.
   *
   * It follows from the schedule, the retention and the clusters that were declared so far; those that are selected by tags do not count.
   */
  public get forecastSnapshots(): { [region: string]: number } {
    return this.forecast.snapshots(this.keptSnapshots);
  }

  /**
   * How many hours one copy may take on average, so that the copies of a run to one Region, of which five are made at a time, are complete before the next
   * run begins. Undefined if no cluster was declared so far, or if the schedule cannot be known at synth.
   *
   * Copies that do not make it are superseded by those of the next run.
   */
  public get forecastHoursPerCopy(): number | undefined {
    return this.forecast.hoursPerCopy(this.clusters.count);
  }

  private get copies() {
    return this.props.copies ?? [];
  }

  /** Also where the policy is changed back: then the resource says so. */
  private removeWithStack(): void {
    if (this.node.tryFindChild(REMOVAL_ID)) {
      return;
    }
    const removal = new PlanRemoval(this, REMOVAL_ID, {
      removals: PlanFunctions.of(this).removals,
      planName: this.planName,
      owner: this.owner,
      removalPolicy: () => this.removal,
      regions: [this.env.region, ...this.copies.map(({ region }) => region)],
    });
    // CloudFormation deletes in the reverse order: first what takes snapshots, then the snapshots, and the clusters only when none of them is being
    // created any more.
    this.workflow.node.addDependency(removal);
    removal.node.addDependency(this.clusters.ofStack);
  }

  /** The prop by which the snapshots themselves are shared, and not copies of them. */
  private get sharedBy(): 'shareWith' | 'vaults' | undefined {
    const { shareWith = [], sharingKey } = this.props;
    if (Token.isUnresolved(shareWith) || shareWith.length > 0) {
      return 'shareWith';
    }
    return this.vaults.length > 0 && !sharingKey ? 'vaults' : undefined;
  }

  private get knownShareWith(): readonly string[] {
    const { shareWith = [] } = this.props;
    return Token.isUnresolved(shareWith) ? [] : shareWith;
  }

  /** Those that are handed to a key are not for others to change. */
  private statements(): iam.PolicyStatement[] {
    return this.keyPolicyStatements.map((statement) => statement.copy());
  }

  private check(): void {
    const { props, env } = this;
    checkPlanName(this, this.planName);
    checkPlanNameIsNew(this, this.planName);
    checkSchedule(this, required(this, 'schedule', props.schedule, 'say when the plan runs, for example with ScheduleExpression.cron'));
    required(this, 'retention', props.retention, 'say how long snapshots are kept, for example with RetentionPolicy.keepLast');
    checkClusterTags(this, props.clusterTags);
    checkCopies(this, this.copies, env);
    checkAccounts(this, props.shareWith, env);
    checkVaults(this, this.vaults, env);
    checkVaultSources(this, props.vaults ?? [], env);
    warnOfRefusedRuns(this, props.vaults ?? [], scheduleOf(props.schedule));
    checkSharedAccounts(this, props.shareWith, this.vaults);
    checkSharingKey(this, { vaults: this.vaults, shareWith: props.shareWith ?? [], sharingKey: props.sharingKey }, env.region);
    checkTags(this, props.snapshotTags);
    checkMaxConcurrency(this, props.maxConcurrency);
    checkSnapshotQuota(this, props.snapshotQuota);
    checkAutomatedBackups(this, props);
    if (props.notificationTopic) {
      checkTopic(this, props.notificationTopic, env.region);
    }
  }

  private rules(): PlanRules {
    const { props, timeZone, stack } = this;
    return {
      version: PLAN_RULES_VERSION,
      planName: this.planName,
      owner: this.owner,
      account: stack.account,
      partition: stack.partition,
      region: stack.region,
      ...(this.removal === SnapshotRemoval.DESTROY ? { stackId: stack.stackId } : {}),
      retention: props.retention._rule(timeZone),
      snapshotTags: this.snapshotTags,
      pruneMode: props.pruneMode === PruneMode.REPORT_ONLY ? 'report' : 'delete',
      pruneFormerClusters: props.pruneFormerClusters ?? false,
      clusterMetrics: props.clusterMetrics ?? false,
      copies: this.copies.map(({ region, encryptionKey, retention }) => ({
        region,
        ...(encryptionKey ? { kmsKeyId: keyIdForRds(encryptionKey) } : {}),
        retention: (retention ?? props.retention)._rule(timeZone),
      })),
      shareWith: props.shareWith ?? [],
      ...(this.vaults.length > 0 ? { vaults: this.vaults } : {}),
      ...(props.sharingKey ? { sharingKeyId: keyIdForRds(props.sharingKey) } : {}),
      exports: this.exports.rules,
      ...(props.notificationTopic ? { notificationTopicArn: props.notificationTopic.topicArn } : {}),
      timeZone,
      startWindowSeconds: this.forecast.startWindowSeconds,
    };
  }

  private selection(): ClusterSelection {
    return {
      clusters: this.clusters.planned(this.timeZone),
      ...(this.props.clusterTags ? { tags: this.props.clusterTags } : {}),
    };
  }

  private needs(): PlanNeeds {
    return {
      owner: this.owner,
      planName: this.planName,
      clusters: this.clusters.namesInPolicies,
      clusterTags: this.props.clusterTags,
      copies: this.copies,
      shares: this.sharedBy !== undefined || this.vaults.length > 0,
      hasVaults: this.vaults.length > 0,
      sharingKey: this.props.sharingKey,
      exports: this.exports.needs,
      // Which clusters are selected later, nobody knows.
      clusterKeys: this.clusters.keys,
      hasUnknownKeys: this.props.clusterTags !== undefined || !this.clusters.areKeysKnown,
    };
  }

  private get keptSnapshots(): KeptSnapshots[] {
    const { retention } = this.props;
    const { retentions } = this.clusters;
    return [
      { region: this.env.region, policies: retentions.map((own) => own ?? retention) },
      ...this.copies.map((copy) => ({ region: copy.region, policies: retentions.map(() => copy.retention ?? retention) })),
    ];
  }

  /**
   * Clusters may be added at any time before synth, so it is an Aspect that warns. It does so below the plan, because what is acknowledged
   * beforehand holds only below the construct that it is acknowledged for.
   */
  private warnings(below: IConstruct): IAspect {
    return {
      visit: (node) => {
        if (node === below) {
          this.clusterKeys.warn(below, this.props.clusterTags !== undefined);
          this.clusterKeys.warnOfKeyless(below);
          this.forecast.warnings(this.keptSnapshots).forEach((warning) => Annotations.of(below).addWarningV2('cdk-aurora-backup:snapshotQuota', warning));
        }
      },
    };
  }

  private get snapshotTags(): Record<string, string> {
    return this.cdkTagManager.renderTags() as Record<string, string> | undefined ?? {};
  }

  /** What is known only when everything has been added. */
  private faults(): string[] {
    return [
      ...(this.clusters.count === 0 && !this.props.clusterTags
        ? ['the plan has no clusters, so it would back up nothing; give it clusters or clusterTags, or call addCluster']
        : []),
      ...(this.props.clusterTags ? [] : exportsOfOtherClusters(this.props.exports ?? [], this.clusters)),
      ...clustersWithoutVault(this.props.vaults ?? [], this.env, this.clusters.namesInPolicies),
      ...this.faultsOfTags(),
      ...tooLargeForRuns(this.rules(), this.selection()),
    ];
  }

  private faultsOfTags(): string[] {
    const keys = Object.keys(this.snapshotTags);
    const most = Math.max(keys.length, ...this.clusters.tagKeys.map((more) => new Set([...keys, ...more]).size));
    return [...tagFaults(this.snapshotTags), ...tooManyTags('snapshotTags', most, maxUserTags(this.vaults.length, this.removal))];
  }
}
