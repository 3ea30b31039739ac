import { Lazy, Stack } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { checkIsCluster } from '../private/cluster-checks';
import { ExportedSource } from '../private/exported-source';
import { clusterArnOf, inLowerCase, nameInPolicies } from '../private/operation-policies';
import { factsOf, policyArnOf } from '../private/snapshot-source';
import { ClusterSnapshot } from '../snapshot/cluster-snapshot';
import { IClusterSnapshot } from '../snapshot/cluster-snapshot-ref';

/**
 * What an `ExportTask` exports: a snapshot, or a live cluster.
 */
export class ExportSource {
  /**
   * A snapshot: one that the app takes or copies, or an imported one. RDS restores it out of sight and exports that, which takes
   * a while to begin. A snapshot that is not available yet is waited for.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.html
   * @param snapshot The snapshot, in the Region of the bucket.
   */
  public static snapshot(snapshot: IClusterSnapshot): ExportSource {
    return new ExportSource(() => ofSnapshot(snapshot));
  }

  /**
   * A live cluster: Aurora MySQL or Aurora PostgreSQL. RDS exports a clone of it, which does not slow it down. In the stack that
   * defines the cluster it is exported after all changes to the cluster in that deploy.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/export-cluster-data.html
   * @param cluster The cluster, in the account of the stack and the Region of the bucket.
   */
  public static cluster(cluster: rds.IDatabaseCluster): ExportSource {
    return new ExportSource((task) => ofCluster(task, cluster));
  }

  /**
   * A snapshot by its ARN, also an automated one (`rds:…`) or one of AWS Backup (`awsbackup:…`). Whether RDS exports a snapshot that
   * another account shares is not documented: copy it first.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.html
   * @param snapshotArn `arn:aws:rds:<region>:<account>:cluster-snapshot:<identifier>`. An ARN of something else is an error at synth.
   */
  public static snapshotArn(snapshotArn: string): ExportSource {
    return new ExportSource((task) => ofSnapshot(ClusterSnapshot.fromSnapshotArn(task, 'Source', snapshotArn)));
  }

  private constructor(private readonly bind: (task: Construct) => ExportedSource) {}

  /**
   * What the export task wants to know of its source.
   *
   * @internal
   */
  public _bind(task: Construct): ExportedSource {
    return this.bind(task);
  }
}

function ofSnapshot(snapshot: IClusterSnapshot): ExportedSource {
  return {
    type: 'snapshot',
    construct: snapshot,
    arn: snapshot.snapshotArn,
    policyArn: policyArnOf(snapshot),
    ...snapshot.env,
    engine: factsOf(snapshot).engine,
    encryptionKey: snapshot.encryptionKey,
  };
}

function ofCluster(task: Construct, cluster: rds.IDatabaseCluster): ExportedSource {
  checkIsCluster(task, 'source', cluster);
  const arnOf = (identifier: string) => clusterArnOf(Stack.of(task), identifier, cluster.env.region);
  return {
    type: 'cluster',
    construct: cluster,
    arn: arnOf(inLowerCase(cluster.clusterIdentifier)),
    policyArn: Lazy.string({ produce: () => arnOf(nameInPolicies(cluster)) }),
    ...cluster.env,
    engine: cluster.engine?.engineType,
  };
}
