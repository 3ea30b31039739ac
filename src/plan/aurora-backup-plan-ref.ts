import { IResource } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import { NewestSnapshotAgeOptions } from './newest-snapshot-age-options';

/**
 * A backup plan: one that the app makes, or an imported one.
 */
export interface IAuroraBackupPlan extends IResource {
  /**
   * The name of the plan, by which its snapshots are known.
   *
   * @attribute
   */
  readonly planName: string;

  /**
   * A metric of the plan, in the namespace `AuroraBackup`, with the dimensions `Plan` and `Region`.
   *
   * There are `RunSucceeded`, `RunSucceededWithWarnings`, `RunFailed`, `RunSkipped` and `RunSuperseded`, the same for `Cluster…`,
   * `SnapshotsPruned`, `SnapshotsToPrune` (of `PruneMode.REPORT_ONLY`) and `NewestSnapshotAge`.
   *
   * @param metricName The name of the metric.
   * @param props What is different from the sum of five minutes.
   */
  metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * How many runs succeeded, those with warnings not among them.
   *
   * @param props What is different from the sum of five minutes.
   */
  metricRunSucceeded(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * How many runs succeeded with warnings: no cluster failed, but one was skipped or gave way to a newer run, or something beside its snapshot was not as
   * it should be.
   *
   * @param props What is different from the sum of five minutes.
   */
  metricRunSucceededWithWarnings(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * How many runs failed, timed out, were aborted or never began.
   *
   * @param props What is different from the sum of five minutes.
   */
  metricRunFailed(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * How many clusters failed in runs.
   *
   * @param props What is different from the sum of five minutes.
   */
  metricClusterFailed(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * How many snapshots were deleted because the retention does not keep them.
   *
   * @param props What is different from the sum of five minutes.
   */
  metricSnapshotsPruned(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * The age, in seconds, of the data of the newest good snapshot: that of the cluster where it is oldest. It is told every hour, also when no run
   * begins or ends. That of the snapshots in a vault has the dimension `Vault` as well.
   *
   * @param options Where the snapshots are.
   */
  metricNewestSnapshotAge(options?: NewestSnapshotAgeOptions): cloudwatch.Metric;

  /**
   * A rule for the event that tells that a run failed, timed out, was aborted or never began. The detail says which clusters failed and why.
   *
   * @param id The id of the rule.
   * @param options What the rule does, and what else it asks of the event.
   */
  onRunFailed(id: string, options?: events.OnEventOptions): events.Rule;

  /**
   * A rule for the event that tells that a run succeeded, with or without warnings: `detail.verdict` is `SUCCEEDED` or `SUCCEEDED_WITH_WARNINGS`.
   *
   * @param id The id of the rule.
   * @param options What the rule does, and what else it asks of the event.
   */
  onRunSucceeded(id: string, options?: events.OnEventOptions): events.Rule;

  /**
   * A rule for the event that tells that a run failed for one cluster: `detail.clusterIdentifier` says for which, `detail.reason` why.
   *
   * @param id The id of the rule.
   * @param options What the rule does, and what else it asks of the event.
   */
  onClusterFailed(id: string, options?: events.OnEventOptions): events.Rule;
}
