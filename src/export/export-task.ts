import { RemovalPolicy, Resource, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct, Dependable, IDependable } from 'constructs';
import { ExportSource } from './export-source';
import { SnapshotExportRole } from './snapshot-export-role';
import { Completion } from '../common/completion';
import { TimeoutBehavior } from '../common/timeout-behavior';
import { exportUri } from '../core/export-layout';
import { EVENT_SOURCE, OUTCOME_DETAIL_TYPE } from '../core/outcome';
import { ExportAttribute, ExportTaskProperties, OwnProperties, ResourceType } from '../core/resource-contract';
import { isAurora } from '../core/snapshot';
import { checkTrigger, fail, required } from '../private/checks';
import { checkExportKey, checkPrefix, checkSameRegion } from '../private/export-checks';
import { warnOfRegion } from '../private/export-regions';
import { exportStatements, ownRoleArns, ownRolePath } from '../private/export-rights';
import { checkExportOnly, folderOfTable } from '../private/export-tables';
import { ExportedSource } from '../private/exported-source';
import { keyIdForRds } from '../private/keys';
import { OperationProvider } from '../private/operation-provider';
import { OperationResource } from '../private/operation-resource';
import { mayBeQueued } from '../private/snapshot-source';
import { warnOfUnfinishedSource } from '../private/unfinished-source';

/**
 * Properties of an `ExportTask`. Another source, bucket, prefix, key, role, filter or trigger is a new export; what was exported
 * before stays.
 */
export interface ExportTaskProps {
  /**
   * What is exported: a snapshot, or a live cluster, of Aurora MySQL or Aurora PostgreSQL; another engine is an error at synth
   * where it is known then. A source that is not available yet is waited for.
   *
   * The whole of it is charged, also when `exportOnly` names a part.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.html
   */
  readonly source: ExportSource;

  /**
   * The bucket to export to, in the Region of the source: a bucket known to be elsewhere is an error at synth. A bucket of
   * another account needs a bucket policy: see `SnapshotExportRole`.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.Setup.html
   */
  readonly bucket: s3.IBucket;

  /**
   * The key that the exported data is encrypted with; RDS exports nothing unencrypted. A symmetric key in the Region of the
   * source; a key known to be another one is an error at synth. An alias (`kms.Alias.fromAliasName`) is looked up in that Region.
   *
   * The key policy has to let the account use IAM policies, as keys made by the CDK do.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.Setup.html
   */
  readonly encryptionKey: kms.IKey;

  /**
   * The role with which RDS writes to the bucket, of the account of the stack. The rights that your app gives it in the same deploy are in place
   * before the export starts. A role known to be of another account, or a `SnapshotExportRole` for another bucket, key or prefix, is an error at
   * synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.Setup.html
   * @default - a `SnapshotExportRole` for bucket, prefix and key
   */
  readonly role?: iam.IRole;

  /**
   * What RDS writes below, for example `lake/orders`: names with one slash between them. RDS takes no `:` in it, and turns
   * backslash, backtick, quotation mark and space into an underscore: those are errors at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.Considerations.html
   * @default - directly into the bucket
   */
  readonly prefix?: string;

  /**
   * The databases, schemas and tables to export: `db` or `db.table` of Aurora MySQL; `db`, `db.schema` or `db.schema.table` of
   * Aurora PostgreSQL. Names have letters A to Z, digits, `$` and `_` only. Another form, the same name twice or an empty list is
   * an error at synth, and so are more than 100,000 characters altogether.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_StartExportTask.html
   * @default - everything
   */
  readonly exportOnly?: string[];

  /**
   * Any text but the empty one, which is an error at synth: for example the date of a report. Whenever it changes, the next deploy exports again.
   *
   * @default - exported when the construct is first deployed, and again when another prop makes a new export of it
   */
  readonly trigger?: string;

  /**
   * Whether an export that is complete but left something out, for example a table that RDS cannot export, counts as failed.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.Considerations.html
   * @default false - it counts as complete, and the outcome names what was left out
   */
  readonly failOnWarnings?: boolean;

  /**
   * The key that the exported cluster, or the cluster of the exported snapshot, is encrypted with. The right to use the source is
   * then narrowed to this key. An error at synth for a snapshot whose `encryptionKey` is known.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html
   * @default - that of the snapshot; if it is not known, RDS may use any key of the account that owns the source
   */
  readonly clusterEncryptionKey?: kms.IKey;

  /**
   * How long the deploy waits for the export, and what it does when the time is up. An export takes many minutes before the first
   * table, and hours for large clusters. RDS runs at most five at a time and one of each source: waiting for a turn counts.
   *
   * @default Completion.waitFor({ onTimeout: TimeoutBehavior.CONTINUE }) - 50 minutes, then the deploy goes on, and the export is
   * watched to its end
   */
  readonly completion?: Completion;

  /**
   * The topic that is told how the export ended, in plain text: a standard topic of the Region of the stack; another one is an
   * error at synth, where it is known then.
   *
   * @default - nobody is told; the outcome is an event and a metric
   */
  readonly notificationTopic?: sns.ITopic;
}

/**
 * An export of a snapshot or a live cluster to S3, as Parquet, started while the stack deploys.
 *
 * The work is done where the source is. Removing the construct, or rolling back the deploy that made it, cancels an export that
 * still runs; exported data is never deleted.
 *
 * @resource Custom::AuroraExportTask
 */
@propertyInjectable
export class ExportTask extends Resource {
  /**
   * Uniquely identifies this class for property injection.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-aurora-backup.ExportTask';

  /**
   * The identifier of the export task. It is also the name of the folder that RDS writes to. Every export has another one.
   */
  public readonly exportTaskIdentifier: string;

  /**
   * Where RDS writes: `s3://<bucket>/<prefix>/<export task>`. Known when the export is started; the data is there when it is complete.
   */
  public readonly s3Uri: string;

  /**
   * The role with which RDS writes to the bucket.
   */
  public readonly role: iam.IRole;

  private readonly source: ExportedSource;
  private readonly exportOnly?: string[];
  private readonly operation: OperationResource;

  constructor(scope: Construct, id: string, props: ExportTaskProps) {
    super(scope, id);
    required(this, 'bucket', props.bucket, 'give the bucket that RDS writes to');
    required(this, 'encryptionKey', props.encryptionKey, 'give the key that the files are encrypted with: RDS writes no others');
    this.source = required(this, 'source', props.source, 'say what is exported, for example with ExportSource.snapshot')._bind(this);
    this.exportOnly = props.exportOnly;
    const sourceKey = this.source.encryptionKey ?? props.clusterEncryptionKey;
    this.check(props);

    const { bucket, encryptionKey, prefix } = props;
    const provider = OperationProvider.of(this);
    this.role = props.role ?? new SnapshotExportRole(this, 'Role', { bucket, encryptionKey, prefix, path: ownRolePath(provider.owner) });
    const passedRole = props.role?.roleArn ?? ownRoleArns(this.stack, provider.owner);
    provider.startRights.add(...exportStatements(this.stack, { source: this.source, sourceKey, passedRole, encryptionKey }));

    const properties: OwnProperties<ExportTaskProperties> = {
      SourceArn: this.source.arn,
      Bucket: bucket.bucketName,
      Prefix: prefix,
      RoleArn: this.role.roleArn,
      KmsKeyId: keyIdForRds(encryptionKey),
      ExportOnly: props.exportOnly,
      Trigger: props.trigger,
      FailOnWarnings: props.failOnWarnings ?? false,
      SourceMayBeQueued: mayBeQueued(this.source.construct),
    };
    this.operation = new OperationResource(this, provider, {
      ...props,
      resourceType: ResourceType.EXPORT_TASK,
      properties,
      defaultOnTimeout: TimeoutBehavior.CONTINUE,
    });
    this.exportTaskIdentifier = this.operation.attribute(ExportAttribute.IDENTIFIER);
    this.s3Uri = exportUri(bucket.bucketName, prefix, this.exportTaskIdentifier);

    // RDS needs them from the first minute, and the resource itself does not refer to them.
    this.operation.cfnResource.node.addDependency(this.role, policyOf(bucket));
    if (this.source.type === 'cluster') {
      // Also after the instances: a change of the cluster is then complete when it is exported.
      this.operation.cfnResource.node.addDependency(this.source.construct);
    }
    warnOfRegion(this, this.source);
    warnOfUnfinishedSource(this, this.operation.completion, this.source.construct);
  }

  /**
   * The time of the exported data (ISO 8601), or `unknown` when RDS no longer lists the task at a later deploy. Known only where the deploy waits for the result: an error at synth without
   * `completion: Completion.waitFor({ onTimeout: TimeoutBehavior.FAIL })`.
   */
  public get snapshotTime(): string {
    return this.result('snapshotTime', ExportAttribute.SNAPSHOT_TIME);
  }

  /**
   * How much data RDS read for the export, in GB, as a text, or `unknown` when RDS no longer lists the task at a later deploy. Known only where the deploy waits for the result: an error at synth
   * without `completion: Completion.waitFor({ onTimeout: TimeoutBehavior.FAIL })`.
   */
  public get totalExtractedDataInGB(): string {
    return this.result('totalExtractedDataInGB', ExportAttribute.TOTAL_EXTRACTED_DATA_IN_GB);
  }

  /**
   * What the export left out, cut to what CloudFormation takes; the outcome event and the log have it in full. Empty if nothing
   * was left out, `unknown` when RDS no longer lists the task at a later deploy. Known only where the deploy waits for the result: an error at synth without
   * `completion: Completion.waitFor({ onTimeout: TimeoutBehavior.FAIL })`.
   */
  public get warnings(): string {
    return this.result('warnings', ExportAttribute.WARNINGS);
  }

  /**
   * Where the files of one table are: `<s3Uri>/<database>/<schema>.<table>/`, with the name of the database in place of the schema
   * for Aurora MySQL. What is below this folder differs between exports; read all of it.
   *
   * @param table `db.table` of Aurora MySQL, `db.schema.table` of Aurora PostgreSQL. A table that `exportOnly` leaves out, or a
   * name of another form, is an error at synth.
   */
  public s3UriForTable(table: string): string {
    return `${this.s3Uri}/${folderOfTable(this, table, this.exportOnly, this.source.engine)}`;
  }

  /**
   * A rule for the event that tells how an export of this construct ended, whether the deploy waited for it or not: `detail.status`
   * is `SUCCEEDED` or `FAILED`. It comes when the deploy is over. An export that is canceled by a rollback or a removal tells nothing.
   *
   * A target takes what it needs from the event, for example `events.EventField.fromPath('$.detail.s3Uri')`. What refers to the
   * construct itself (`s3Uri`) is updated by CloudFormation after the export, and may be that of the export before.
   *
   * @param id The id of the rule.
   * @param options What the rule does, and what else it asks of the event.
   */
  public onOutcome(id: string, options: events.OnEventOptions = {}): events.Rule {
    const { target, crossStackScope, ...ruleOptions } = options;
    const rule = new events.Rule(crossStackScope ?? this, id, ruleOptions);
    rule.addEventPattern({
      source: [EVENT_SOURCE],
      detailType: [OUTCOME_DETAIL_TYPE],
      detail: { stackId: [this.stack.stackId], logicalId: [this.operation.cfnResource.logicalId] },
    });
    rule.addTarget(target);
    return rule;
  }

  /**
   * Does nothing for `RETAIN`; another policy is an error, because exported data is never deleted.
   *
   * @param policy The removal policy.
   */
  public applyRemovalPolicy(policy: RemovalPolicy): void {
    if (policy !== RemovalPolicy.RETAIN) {
      fail(this, `removalPolicy '${policy}' cannot be applied to an export, because exported data is never deleted; let a lifecycle rule of the bucket expire it`);
    }
  }

  private result(name: string, attribute: string): string {
    if (!this.operation.waitsForResult) {
      fail(this, `${name} is not known while the stack deploys, because the deploy may go on before the export is complete; `
        + "use 'completion: Completion.waitFor({ onTimeout: TimeoutBehavior.FAIL })', or read it from the event (onOutcome)");
    }
    return this.operation.attribute(attribute);
  }

  private check(props: ExportTaskProps): void {
    const { type, construct, region, account, engine, encryptionKey: sourceKey } = this.source;
    const { path } = construct.node;
    if (engine !== undefined && !isAurora(engine)) {
      fail(this, `source '${path}' runs '${engine}'; only aurora-mysql and aurora-postgresql are supported`);
    }
    if (type === 'cluster' && this.isElsewhere(account)) {
      fail(this, `source '${path}' is in account ${account} and the stack in ${this.stack.account}; put the export into a stack in ${account}`);
    }
    checkTrigger(this, props.trigger);
    this.checkRole(props);
    checkPrefix(this, props.prefix);
    checkExportOnly(this, props.exportOnly, engine);
    checkSameRegion(this, `bucket '${props.bucket.node.path}'`, props.bucket.env.region, region, 'source',
      'give a bucket of %; if an imported bucket is there, say so with s3.Bucket.fromBucketAttributes(…, { region })');
    checkExportKey(this, 'encryptionKey', props.encryptionKey, region, 'source', this.stack.account);
    if (props.clusterEncryptionKey) {
      if (sourceKey) {
        fail(this, `clusterEncryptionKey '${props.clusterEncryptionKey.node.path}' has no effect, because source '${path}' tells its key itself; leave it out`);
      }
      checkExportKey(this, 'clusterEncryptionKey', props.clusterEncryptionKey, region, 'source', this.stack.account);
    }
  }

  private checkRole({ role, ...target }: ExportTaskProps): void {
    if (role && this.isElsewhere(role.env.account)) {
      fail(this, `role '${role.node.path}' is in account ${role.env.account} and the stack in ${this.stack.account}; `
        + `RDS takes roles of its own account only: give a role of ${this.stack.account}`);
    }
    const obstacle = role instanceof SnapshotExportRole ? role._obstacleTo(target) : undefined;
    if (obstacle !== undefined) {
      fail(this, `role '${role!.node.path}' ${obstacle}; make a role for this export, or leave out role`);
    }
  }

  private isElsewhere(account: string): boolean {
    return !Token.isUnresolved(account) && !Token.isUnresolved(this.stack.account) && account !== this.stack.account;
  }
}

/** The bucket as a whole would be too much: what its notifications call may need to know the export. The policy may be added later. */
function policyOf(bucket: s3.IBucket): IDependable {
  const policy = {};
  Dependable.implement(policy, {
    get dependencyRoots() {
      return bucket.policy ? [bucket.policy] : [];
    },
  });
  return policy;
}
