import { Duration, Resource } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import { IAuroraBackupPlan } from './aurora-backup-plan-ref';
import { NewestSnapshotAgeOptions } from './newest-snapshot-age-options';
import { AGE_METRIC, CLUSTER_METRIC, METRIC_NAMESPACE, PRUNED_METRIC, RUN_METRIC } from '../core/metrics';
import { EVENT_SOURCE } from '../core/outcome';
import { CLUSTER_VERDICT_DETAIL_TYPE, RUN_VERDICT_DETAIL_TYPE, Verdict } from '../core/plan/verdict';
import { vaultId } from '../core/vault/vault-address';
import { addressOf } from '../private/plan-vaults';

/**
 * What follows from the name of a plan alone.
 *
 * @internal
 */
export abstract class AuroraBackupPlanBase extends Resource implements IAuroraBackupPlan {
  public abstract readonly planName: string;

  public metric(metricName: string, props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { Plan: this.planName, Region: this.env.region },
      statistic: cloudwatch.Stats.SUM,
      ...props,
    }).attachTo(this);
  }

  public metricRunSucceeded(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(RUN_METRIC[Verdict.SUCCEEDED], props);
  }

  public metricRunSucceededWithWarnings(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(RUN_METRIC[Verdict.SUCCEEDED_WITH_WARNINGS], props);
  }

  public metricRunFailed(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(RUN_METRIC[Verdict.FAILED], props);
  }

  public metricClusterFailed(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(CLUSTER_METRIC[Verdict.FAILED], props);
  }

  public metricSnapshotsPruned(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(PRUNED_METRIC, props);
  }

  /** All metrics are written in the Region of the plan; the dimensions say where the snapshots are. */
  public metricNewestSnapshotAge(options: NewestSnapshotAgeOptions = {}): cloudwatch.Metric {
    const { snapshotRegion = this.env.region, vault, ...metricOptions } = options;
    return new cloudwatch.Metric({
      namespace: METRIC_NAMESPACE,
      metricName: AGE_METRIC,
      dimensionsMap: { Plan: this.planName, Region: snapshotRegion, ...(vault ? { Vault: vaultId(addressOf(this, vault)) } : {}) },
      statistic: cloudwatch.Stats.MAXIMUM,
      period: Duration.hours(1),
      ...metricOptions,
    }).attachTo(this);
  }

  public onRunFailed(id: string, options?: events.OnEventOptions): events.Rule {
    return this.onVerdict(id, RUN_VERDICT_DETAIL_TYPE, [Verdict.FAILED], options);
  }

  public onRunSucceeded(id: string, options?: events.OnEventOptions): events.Rule {
    return this.onVerdict(id, RUN_VERDICT_DETAIL_TYPE, [Verdict.SUCCEEDED, Verdict.SUCCEEDED_WITH_WARNINGS], options);
  }

  public onClusterFailed(id: string, options?: events.OnEventOptions): events.Rule {
    return this.onVerdict(id, CLUSTER_VERDICT_DETAIL_TYPE, [Verdict.FAILED], options);
  }

  private onVerdict(id: string, detailType: string, verdicts: Verdict[], options: events.OnEventOptions = {}): events.Rule {
    const { target, crossStackScope, ...ruleOptions } = options;
    const rule = new events.Rule(crossStackScope ?? this, id, ruleOptions);
    rule.addEventPattern({
      source: [EVENT_SOURCE],
      detailType: [detailType],
      detail: { planName: [this.planName], verdict: verdicts },
    });
    rule.addTarget(target);
    return rule;
  }
}
