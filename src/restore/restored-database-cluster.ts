import { Stack, Token } from 'aws-cdk-lib';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import { IRestorePoint } from './restore-point-ref';
import { RestoredClusterBase, RestoredFrom } from './restored-cluster-base';
import { RestoredClusterOptions } from './restored-cluster-options';
import { checkOneSource, checkSourceSnapshot } from '../private/restore-checks';
import { factsOf } from '../private/snapshot-source';
import { IClusterSnapshot } from '../snapshot/cluster-snapshot-ref';

/**
 * Properties of a `RestoredDatabaseCluster`.
 */
export interface RestoredDatabaseClusterProps extends RestoredClusterOptions {
  /**
   * The newest good snapshot, found by the first deploy. What is found later, with a new `trigger` of the restore point, is refused, see
   * `allowReplacement`.
   *
   * One of `restorePoint` and `snapshot` is needed: none, or both, is an error at synth, and so is one known to be of another Region or engine.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-restore-snapshot.html
   * @default - `snapshot` says what is restored
   */
  readonly restorePoint?: IRestorePoint;

  /**
   * The snapshot that is restored: in the Region of the stack, of its account or shared by another. A later change is refused, see `allowReplacement`;
   * the snapshot itself is not needed any more when the cluster is restored.
   *
   * A snapshot of another account is restored under a key of its own, unless `storageEncryptionKey` is given, because that account could take away its key.
   * That key stays when the cluster goes, because the snapshots of the cluster are under it, except where
   * `AuroraBackupDefaults` says `DESTROY` and the cluster is destroyed as well.
   *
   * One of `restorePoint` and `snapshot` is needed: none, or both, is an error at synth, and so is one known to be of another Region or engine.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-restore-snapshot.html
   * @default - `restorePoint` says what is restored
   */
  readonly snapshot?: IClusterSnapshot;
}

/**
 * An Aurora DB cluster that is restored from a snapshot, with its instances.
 *
 * Before the restore the snapshot is looked at: one that is not complete yet is waited for, up to 50 minutes, and one that cannot be restored fails the deploy.
 *
 * Every later deploy that would replace it, by another restore or an empty cluster, fails before it touches the cluster: see `allowReplacement`.
 * Give it a `clusterIdentifier`: without one, a construct that is moved or renamed is restored anew, and nothing stops that.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-restore-snapshot.html
 * @resource AWS::RDS::DBCluster
 */
@propertyInjectable
export class RestoredDatabaseCluster extends RestoredClusterBase {
  /**
   * Uniquely identifies this class for property injection.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-aurora-backup.RestoredDatabaseCluster';

  constructor(scope: Construct, id: string, { restorePoint, snapshot, ...options }: RestoredDatabaseClusterProps) {
    super(scope, id, options, restoredFrom(scope, restorePoint, snapshot));
    checkOneSource(this, { restorePoint, snapshot });
    if (restorePoint) {
      checkSourceSnapshot(this, options.engine, { inWords: `restorePoint '${restorePoint.node.path}'`, region: restorePoint.env.region, engine: restorePoint.engine?.engineType });
    }
    if (snapshot) {
      checkSourceSnapshot(this, options.engine, { inWords: `snapshot '${snapshot.node.path}'`, region: snapshot.env.region, engine: factsOf(snapshot).engine });
    }
  }
}

function restoredFrom(scope: Construct, restorePoint: IRestorePoint | undefined, snapshot: IClusterSnapshot | undefined): RestoredFrom {
  return {
    properties: { SnapshotIdentifier: (restorePoint ?? snapshot)?.snapshotArn },
    engineVersion: restorePoint?.engineVersion,
    ofAnotherAccount: restorePoint?.sourceAccount !== undefined || (snapshot !== undefined && isOfAnotherAccount(Stack.of(scope), snapshot)),
  };
}

/** As far as it is known at synth: else the guard looks, before the restore. */
function isOfAnotherAccount(stack: Stack, { env: { account } }: IClusterSnapshot): boolean {
  return !Token.isUnresolved(account) && !Token.isUnresolved(stack.account) && account !== stack.account;
}
