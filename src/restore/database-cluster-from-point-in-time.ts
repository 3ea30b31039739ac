import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import { RestoreTime } from './restore-time';
import { RestoreProperties, RestoredClusterBase } from './restored-cluster-base';
import { RestoredClusterOptions } from './restored-cluster-options';
import { placeBelow, required } from '../private/checks';
import { inLowerCase } from '../private/operation-policies';
import { checkNoDatabaseName, checkOneSource, checkResourceId, checkSourceCluster } from '../private/restore-checks';

/**
 * Properties of a `DatabaseClusterFromPointInTime`.
 */
export interface DatabaseClusterFromPointInTimeProps extends RestoredClusterOptions {
  /**
   * The identifier of the cluster whose automated backups are restored: it exists, in the account and Region of the stack. A later change is
   * refused, see `allowReplacement`.
   *
   * One of `sourceClusterIdentifier` and `sourceClusterResourceId` is needed: none, or both, is an error at synth, and so is what cannot be an
   * identifier, or is that of the new cluster.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-pitr.html
   * @default - `sourceClusterResourceId` says what is restored
   */
  readonly sourceClusterIdentifier?: string;

  /**
   * The resource id (`cluster-` and letters and digits) of the cluster whose automated backups are restored, which may be deleted if its automated
   * backups were retained. `aws rds describe-db-cluster-automated-backups` lists them. A later change is refused, see `allowReplacement`.
   *
   * One of `sourceClusterIdentifier` and `sourceClusterResourceId` is needed: none, or both, is an error at synth, and so is what is no resource id.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Backups.Retaining.html
   * @default - `sourceClusterIdentifier` says what is restored
   */
  readonly sourceClusterResourceId?: string;

  /**
   * The time that is restored. The first deploy fails if the backups do not hold it; a later change is refused, see `allowReplacement`.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-pitr.html
   */
  readonly restoreTo: RestoreTime;
}

/**
 * An Aurora DB cluster that is restored from automated backups to a point in time, with its instances: a new cluster, beside the one whose backups they are.
 *
 * Before the restore the source and the time are checked: a time that the backups do not hold fails the deploy with the times that are possible.
 *
 * Every later deploy that would replace it, by another restore or an empty cluster, fails before it touches the cluster: see `allowReplacement`.
 * Give it a `clusterIdentifier`: without one, a construct that is moved or renamed is restored anew, and nothing stops that.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-pitr.html
 * @resource AWS::RDS::DBCluster
 */
@propertyInjectable
export class DatabaseClusterFromPointInTime extends RestoredClusterBase {
  /**
   * Uniquely identifies this class for property injection.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-aurora-backup.DatabaseClusterFromPointInTime';

  constructor(scope: Construct, id: string, props: DatabaseClusterFromPointInTimeProps) {
    const { sourceClusterIdentifier, sourceClusterResourceId, restoreTo, ...options } = props;
    super(scope, id, options, {
      properties: {
        SourceDBClusterIdentifier: sourceClusterIdentifier === undefined ? undefined : inLowerCase(sourceClusterIdentifier),
        SourceDbClusterResourceId: sourceClusterResourceId,
        ...timeOf(required(placeBelow(scope, id), 'restoreTo', restoreTo, 'say which time, for example with RestoreTime.latest')),
      },
    });
    checkNoDatabaseName(this, options);
    checkOneSource(this, { sourceClusterIdentifier, sourceClusterResourceId });
    checkSourceCluster(this, sourceClusterIdentifier, options.clusterIdentifier);
    checkResourceId(this, sourceClusterResourceId);
  }
}

function timeOf({ _timestamp }: RestoreTime): RestoreProperties {
  return _timestamp === undefined ? { UseLatestRestorableTime: true } : { RestoreToTime: _timestamp };
}
