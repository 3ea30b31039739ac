import { CustomResource, RemovalPolicy, Resource, Stack } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import { IRestorePoint } from './restore-point-ref';
import { SnapshotType } from './snapshot-type';
import { RESTORE_CONTRACT_VERSION, RestorePointAttribute, RestorePointProperties, RestoreResourceType } from '../core/restore/restore-contract';
import { IAuroraBackupPlan } from '../plan/aurora-backup-plan-ref';
import { alwaysDeleted } from '../private/always-deleted';
import { fail } from '../private/checks';
import { checkCluster, checkKinds, checkOwner, checkTimes } from '../private/restore-point-checks';
import { RestoreProvider } from '../private/restore-provider';
import { ISnapshotVault } from '../vault/snapshot-vault-ref';

/**
 * Properties of a `RestorePoint`.
 */
export interface RestorePointProps {
  /**
   * The name of the cluster whose data is wanted; it need not exist any more. An ARN, or no name, is an error at synth.
   *
   * Where there are snapshots of several clusters of the name (one after the other, or copied from another Region), the deploy fails and names them:
   * `clusterResourceIdentifier` says which is meant. The newest could be of an empty cluster that was made in place of the one that is missed.
   */
  readonly clusterIdentifier: string;

  /**
   * The resource id of the cluster: `cluster-`, then letters and digits. No other cluster ever has it. Anything else is an error at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusterSnapshots.html
   * @default - the only cluster that had the name
   */
  readonly clusterResourceIdentifier?: string;

  /**
   * The plan that made the snapshot or its copy, whichever Region the plan is in: its name counts. A plan that is made by another app is imported
   * with `AuroraBackupPlan.fromPlanName`.
   *
   * An error at synth together with `vault` or `sourceAccount`.
   *
   * @default - whoever made it
   */
  readonly plan?: IAuroraBackupPlan;

  /**
   * The vault whose copy is wanted, in the account of the stack: one known to be of another account, or together with `plan`, is an error at synth.
   * Its copies are of other accounts: `sourceAccount` says of which, and must, where two of them have a cluster of this name. What a vault lends to
   * another account is found there by `sourceAccount`, without this prop. Under the lock policy of a vault nobody restores in its own account.
   *
   * @default - no vault
   */
  readonly vault?: ISnapshotVault;

  /**
   * The account that shares snapshots with that of the stack; with `vault`, the account whose snapshots the vault copied. 12 digits, and not the
   * account of the stack; anything else, or together with `plan`, is an error at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-share-snapshot.html
   * @default - the snapshot belongs to the account of the stack
   */
  readonly sourceAccount?: string;

  /**
   * The kinds of snapshots that are considered. These are errors at synth: an empty list; `SHARED` without `sourceAccount`; with
   * `sourceAccount` alone, any other kind; with `plan` or `vault`, a list with `SHARED` or without `MANUAL`.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusterSnapshots.html
   * @default - AUTOMATED and MANUAL; MANUAL with `plan` or `vault`; SHARED with `sourceAccount`
   */
  readonly snapshotTypes?: SnapshotType[];

  /**
   * The data must be older than this: for example, from before somebody deleted it. A fixed time; `new Date()` would be another in every synth,
   * which the next deploy refuses. An invalid date is an error at synth.
   *
   * @default - the newest there is
   */
  readonly before?: Date;

  /**
   * The engine that the snapshot must be of: Aurora MySQL or Aurora PostgreSQL; another one is an error at synth. Its version does not matter.
   *
   * @default - either
   */
  readonly engine?: rds.IClusterEngine;

  /**
   * Any text but the empty one, which is an error at synth. With another one the next deploy looks for a snapshot anew; with a former one it comes
   * back to what was found then. The other props can only be changed together with it: anything else fails the deploy.
   *
   * @default - the snapshot is looked for once, when the restore point is first deployed
   */
  readonly trigger?: string;
}

/**
 * The newest good snapshot of a cluster, looked for while the stack deploys.
 *
 * It is looked for once. What was found is written down (in a parameter of Systems Manager, `/cdk-aurora-backup/…`) before anything is made of it, and stays:
 * later deploys, also those that are rolled back, get the same, whatever snapshots there are by then and even when it is deleted. Otherwise every deploy
 * could restore something else. `trigger` has it looked for anew.
 *
 * Good are snapshots of Aurora that are complete (`available`), of which the time of the data is known, and which nobody has given up.
 * Where none is found, the deploy fails and says which were seen, and why each was not taken.
 *
 * @resource Custom::AuroraRestorePoint
 */
@propertyInjectable
export class RestorePoint extends Resource implements IRestorePoint {
  /**
   * Uniquely identifies this class for property injection.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-aurora-backup.RestorePoint';

  public readonly snapshotIdentifier: string;
  public readonly snapshotArn: string;
  public readonly dataTime: string;
  public readonly engineType: string;
  public readonly engineVersion: string;
  public readonly kmsKeyId: string;
  public readonly clusterResourceIdentifier: string;
  public readonly sourceAccount?: string;
  public readonly engine?: rds.IClusterEngine;

  constructor(scope: Construct, id: string, props: RestorePointProps) {
    super(scope, id);
    checkCluster(this, props);
    checkOwner(this, props, Stack.of(this));
    checkKinds(this, props);
    checkTimes(this, props);
    // With a vault the snapshot is a copy, which belongs to the account of the stack.
    this.sourceAccount = props.vault ? undefined : props.sourceAccount;
    this.engine = props.engine;

    const provider = RestoreProvider.of(this);
    const resource = new CustomResource(this, 'Resource', {
      serviceToken: provider.serviceToken,
      resourceType: RestoreResourceType.RESTORE_POINT,
      properties: this.properties(provider.owner, props),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    alwaysDeleted(resource);

    this.snapshotIdentifier = resource.getAttString(RestorePointAttribute.IDENTIFIER);
    this.snapshotArn = resource.getAttString(RestorePointAttribute.ARN);
    this.dataTime = resource.getAttString(RestorePointAttribute.DATA_TIME);
    this.engineType = resource.getAttString(RestorePointAttribute.ENGINE);
    this.engineVersion = resource.getAttString(RestorePointAttribute.ENGINE_VERSION);
    this.kmsKeyId = resource.getAttString(RestorePointAttribute.KMS_KEY_ID);
    this.clusterResourceIdentifier = resource.getAttString(RestorePointAttribute.CLUSTER_RESOURCE_ID);
  }

  /**
   * Only DESTROY is possible, which is the case anyway: a restore point makes nothing that could be kept.
   *
   * @param policy The removal policy.
   */
  public applyRemovalPolicy(policy: RemovalPolicy): void {
    if (policy !== RemovalPolicy.DESTROY) {
      fail(this, `removalPolicy '${policy}' cannot be applied to a restore point, which makes nothing; apply it to the snapshot, or to what is restored from it`);
    }
  }

  private properties(owner: string, props: RestorePointProps): RestorePointProperties {
    return {
      ContractVersion: RESTORE_CONTRACT_VERSION,
      Owner: owner,
      ClusterIdentifier: props.clusterIdentifier,
      ClusterResourceIdentifier: props.clusterResourceIdentifier,
      SnapshotTypes: this.kindsOf(props),
      PlanName: props.plan?.planName,
      VaultName: props.vault?.vaultName,
      VaultRegion: props.vault?.vaultRegion,
      SourceAccount: props.sourceAccount,
      Before: props.before?.toISOString(),
      Engine: props.engine?.engineType,
      Trigger: props.trigger,
    };
  }

  private kindsOf({ snapshotTypes, plan, vault, sourceAccount }: RestorePointProps): SnapshotType[] {
    if (snapshotTypes) {
      return [...snapshotTypes].sort();
    }
    if (plan || vault) {
      return [SnapshotType.MANUAL];
    }
    return sourceAccount === undefined ? [SnapshotType.AUTOMATED, SnapshotType.MANUAL] : [SnapshotType.SHARED];
  }
}
