import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sns from 'aws-cdk-lib/aws-sns';
import { AuroraBackupPlan, IAuroraBackupPlan } from '../../src';
import { CLUSTER_METRIC, RUN_METRIC } from '../../src/core/metrics';
import { Verdict } from '../../src/core/plan/verdict';
import { aStack, messageOf, stackIn, templateOf } from '../support/constructs';
import { planIn, planWith, resourceOf } from '../support/plans';

const imported = (stack: Stack) => AuroraBackupPlan.fromPlanName(stack, 'Imported', 'gold');
type MetricOf = (plan: IAuroraBackupPlan) => cloudwatch.Metric;
const metricOf = (plan: IAuroraBackupPlan, metric: MetricOf) => plan.stack.resolve(metric(plan).toMetricConfig().metricStat);

/** A plan that the app makes, and one that it only knows by name. */
const BOTH: [string, (stack: Stack) => IAuroraBackupPlan][] = [['made', (stack) => planIn(stack)], ['imported', imported]];

describe.each(BOTH)('a plan that is %s', (_, plan) => {
  test.each<[metric: string, of: MetricOf]>([
    ['RunSucceeded', (one) => one.metricRunSucceeded()],
    ['RunSucceededWithWarnings', (one) => one.metricRunSucceededWithWarnings()],
    ['RunFailed', (one) => one.metricRunFailed()],
    ['ClusterFailed', (one) => one.metricClusterFailed()],
    ['SnapshotsPruned', (one) => one.metricSnapshotsPruned()],
    ['SnapshotsToPrune', (one) => one.metric('SnapshotsToPrune')],
  ])('has the metric %s of its name and Region', (name, of) => {
    expect(metricOf(plan(stackIn('eu-west-1')), of)).toMatchObject({
      namespace: 'AuroraBackup',
      metricName: name,
      statistic: 'Sum',
      dimensions: [{ name: 'Plan', value: 'gold' }, { name: 'Region', value: 'eu-west-1' }],
    });
  });

  test('tells the age of the newest snapshot at home or elsewhere by its greatest value in an hour', () => {
    const stack = aStack();
    const one = plan(stack);

    expect(metricOf(one, (each) => each.metricNewestSnapshotAge())).toMatchObject({
      metricName: 'NewestSnapshotAge', statistic: 'Maximum', period: Duration.hours(1), dimensions: [{ value: 'gold' }, { value: { Ref: 'AWS::Region' } }],
    });
    expect(metricOf(one, (each) => each.metricNewestSnapshotAge({ snapshotRegion: 'eu-north-1' })).dimensions[1]).toEqual({ name: 'Region', value: 'eu-north-1' });
  });

  test('lets a metric be another statistic', () => {
    expect(metricOf(plan(stackIn('eu-west-1')), (one) => one.metricRunFailed({ statistic: 'Maximum', period: Duration.days(1) }))).toMatchObject({
      statistic: 'Maximum', period: Duration.days(1),
    });
  });

  test.each<[method: string, make: (plan: IAuroraBackupPlan) => events.Rule, detailType: string, verdicts: string[]]>([
    ['onRunFailed', (one) => one.onRunFailed('Told'), 'Aurora Backup Run Verdict', ['FAILED']],
    ['onRunSucceeded', (one) => one.onRunSucceeded('Told'), 'Aurora Backup Run Verdict', ['SUCCEEDED', 'SUCCEEDED_WITH_WARNINGS']],
    ['onClusterFailed', (one) => one.onClusterFailed('Told'), 'Aurora Backup Cluster Verdict', ['FAILED']],
  ])('hears of its verdicts and no other plan\'s by %s', (_method, make, detailType, verdicts) => {
    const stack = stackIn('eu-west-1');
    const rule = make(plan(stack));

    expect(resourceOf(stack, 'AWS::Events::Rule', stack.getLogicalId(rule.node.defaultChild as events.CfnRule)).Properties.EventPattern).toEqual({
      'source': ['cdk-aurora-backup'], 'detail-type': [detailType], 'detail': { planName: ['gold'], verdict: verdicts },
    });
  });

  test('does with an event what it is told to, and only for what else is asked of it', () => {
    const stack = stackIn('eu-west-1');
    plan(stack).onClusterFailed('Told', {
      target: new targets.SnsTopic(new sns.Topic(stack, 'Topic')),
      description: 'orders only',
      eventPattern: { detail: { clusterIdentifier: ['orders'] } },
    });
    const [{ Properties }] = Object.values(templateOf(stack).findResources('AWS::Events::Rule', { Properties: { Description: 'orders only' } }));

    expect(Properties.Targets).toHaveLength(1);
    expect(Properties.EventPattern.detail).toEqual({ planName: ['gold'], verdict: ['FAILED'], clusterIdentifier: ['orders'] });
  });
});

test('metrics of runs and clusters are called as users read it', () => {
  expect(Object.values(Verdict).map((verdict) => [RUN_METRIC[verdict], CLUSTER_METRIC[verdict]])).toEqual([
    ['RunSucceeded', 'ClusterSucceeded'],
    ['RunSucceededWithWarnings', 'ClusterSucceededWithWarnings'],
    ['RunFailed', 'ClusterFailed'],
    ['RunSkipped', 'ClusterSkipped'],
    ['RunSuperseded', 'ClusterSuperseded'],
  ]);
});

describe('the alarm on the age of the newest snapshot', () => {
  const alarmWith = (options: Partial<Parameters<AuroraBackupPlan['alarmOnNewestSnapshotAge']>[1]> = {}) => {
    const plan = planWith({ copies: [{ region: 'eu-north-1' }] });
    plan.alarmOnNewestSnapshotAge('Age', { maximumAge: Duration.hours(26), ...options });
    return resourceOf(plan.stack, 'AWS::CloudWatch::Alarm', 'GoldAge').Properties;
  };

  test('goes off for what is too old, and for what nobody tells', () => {
    expect(alarmWith()).toMatchObject({
      Namespace: 'AuroraBackup',
      MetricName: 'NewestSnapshotAge',
      Dimensions: [{ Name: 'Plan', Value: 'gold' }, { Name: 'Region', Value: 'eu-west-1' }],
      Statistic: 'Maximum',
      Period: 3600,
      EvaluationPeriods: 2,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 26 * 3600,
      TreatMissingData: 'breaching',
      AlarmDescription: 'The newest snapshot of backup plan gold in eu-west-1 is older than 26 hours, or nobody knows how old it is.',
    });
  });

  test('can be about copies, and have a name and words of its own', () => {
    expect(alarmWith({ snapshotRegion: 'eu-north-1', alarmName: 'gold-dr', alarmDescription: 'call us' })).toMatchObject({
      Dimensions: [{ Name: 'Plan', Value: 'gold' }, { Name: 'Region', Value: 'eu-north-1' }], AlarmName: 'gold-dr', AlarmDescription: 'call us',
    });
  });

  test('is refused for an age that is over before it is told', () => {
    expect(messageOf(() => alarmWith({ maximumAge: Duration.minutes(30) }))).toBe('[Orders/Gold] maximumAge must be one hour or more, because the age is told every hour, got 30 minutes');
  });

  test('is refused for a Region without snapshots of the plan', () => {
    expect(messageOf(() => alarmWith({ snapshotRegion: 'eu-central-1' }))).toBe(
      "[Orders/Gold] snapshotRegion must be one where the plan has snapshots (eu-west-1, eu-north-1), got 'eu-central-1'; add a copy to that Region, or name one of these",
    );
  });
});

test('an imported plan cannot be removed by this app', () => {
  expect(messageOf(() => imported(aStack()).applyRemovalPolicy(RemovalPolicy.DESTROY))).toContain('removalPolicy destroy cannot be applied to an imported plan');
});
