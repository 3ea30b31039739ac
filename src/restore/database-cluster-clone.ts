import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import { RestoredClusterBase } from './restored-cluster-base';
import { RestoredClusterOptions } from './restored-cluster-options';
import { placeBelow, required } from '../private/checks';
import { inLowerCase } from '../private/operation-policies';
import { checkNoDatabaseName, checkSourceArn, checkSourceCluster } from '../private/restore-checks';

/**
 * Properties of a `DatabaseClusterClone`.
 */
export interface DatabaseClusterCloneProps extends RestoredClusterOptions {
  /**
   * The cluster to clone: its identifier, in the account and Region of the stack, or the ARN of a cluster of another account which shares it through
   * AWS RAM. A later change would clone anew and is refused, see `allowReplacement`.
   *
   * What is neither, an ARN of another Region, or the name of the new cluster is an error at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Clone.Cross-Account.html
   */
  readonly sourceClusterIdentifier: string;
}

/**
 * A clone of an Aurora DB cluster (copy-on-write), with its instances: there within minutes whatever the size of the source, whose storage it shares until one
 * of the two is written to. It has the data of the moment in which it is made, and the source goes on undisturbed.
 *
 * A clone is no backup: take snapshots, or restore to a point in time, for what has to survive the source.
 *
 * Every later deploy that would replace it, by another clone or an empty cluster, fails before it touches the cluster: see `allowReplacement`.
 * Give it a `clusterIdentifier`: without one, a construct that is moved or renamed is restored anew, and nothing stops that.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Clone.html
 * @resource AWS::RDS::DBCluster
 */
@propertyInjectable
export class DatabaseClusterClone extends RestoredClusterBase {
  /**
   * Uniquely identifies this class for property injection.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-aurora-backup.DatabaseClusterClone';

  constructor(scope: Construct, id: string, props: DatabaseClusterCloneProps) {
    const { sourceClusterIdentifier, ...options } = props;
    required(placeBelow(scope, id), 'sourceClusterIdentifier', sourceClusterIdentifier, 'give the name of the cluster to clone');
    super(scope, id, options, {
      properties: { SourceDBClusterIdentifier: inLowerCase(sourceClusterIdentifier), RestoreType: 'copy-on-write', UseLatestRestorableTime: true },
    });
    checkNoDatabaseName(this, options);
    if (sourceClusterIdentifier.startsWith('arn:')) {
      checkSourceArn(this, sourceClusterIdentifier, options.clusterIdentifier);
    } else {
      checkSourceCluster(this, sourceClusterIdentifier, options.clusterIdentifier);
    }
  }
}
