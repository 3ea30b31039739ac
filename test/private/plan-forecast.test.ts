import { Annotations as CdkAnnotations, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { IConstruct } from 'constructs';
import { AuroraBackupPlan, AuroraBackupPlanProps, RetentionPolicy } from '../../src';
import { aStack, importedCluster, stackIn } from '../support/constructs';
import { NIGHTLY, planIn, planWith, rulesOf } from '../support/plans';

const clustersIn = (stack: Stack, count: number) => Array.from({ length: count }, (_, index) => importedCluster(stack, `orders-${index}`));

/** A nightly plan of so many clusters. */
function planOf(clusters: number, props: Partial<AuroraBackupPlanProps> = {}, stack = stackIn('eu-west-1')): AuroraBackupPlan {
  return planIn(stack, { clusters: clustersIn(stack, clusters), retention: RetentionPolicy.keepLast(7), ...props });
}

describe('the number of snapshots that a plan will have', () => {
  test('is that of its policy for each of its clusters, in each Region', () => {
    expect(planOf(3, { copies: [{ region: 'eu-north-1' }, { region: 'eu-central-1', retention: RetentionPolicy.keepLast(2) }] }).forecastSnapshots)
      .toEqual({ 'eu-west-1': 21, 'eu-north-1': 21, 'eu-central-1': 6 });
  });

  test('heeds the clusters that have a policy of their own, at home', () => {
    const plan = planOf(1, { copies: [{ region: 'eu-north-1' }] });
    plan.addCluster(importedCluster(plan.stack, 'billing'), { retention: RetentionPolicy.keepLast(30) });

    expect(plan.forecastSnapshots).toEqual({ 'eu-west-1': 37, 'eu-north-1': 14 });
  });

  test('heeds the schedule', () => {
    const retention = RetentionPolicy.keepFor(Duration.days(10));

    expect(planOf(1, { retention, schedule: ScheduleExpression.rate(Duration.days(1)) }).forecastSnapshots['eu-west-1']).toBe(11);
    expect(planOf(1, { retention, schedule: ScheduleExpression.rate(Duration.hours(12)) }).forecastSnapshots['eu-west-1']).toBe(21);
  });

  test.each<[what: string, props: (stack: Stack) => Partial<AuroraBackupPlanProps>]>([
    ['grows for ever', () => ({ retention: RetentionPolicy.keepAll() })],
    ['depends on what is only known when the stack deploys', (stack) => ({
      retention: RetentionPolicy.keepLast(new CfnParameter(stack, 'Count', { type: 'Number' }).valueAsNumber),
    })],
    ['follows from a schedule that nobody can read', () => ({ schedule: ScheduleExpression.expression('cron(some day)') })],
  ])('is not told where it %s', (_, props) => {
    const stack = stackIn('eu-west-1');

    expect(planOf(1, props(stack), stack).forecastSnapshots).toEqual({});
  });

  test('is not told of a Region that nobody knows', () => {
    expect(planOf(1, { copies: [{ region: 'eu-north-1' }] }, aStack()).forecastSnapshots).toEqual({ 'eu-north-1': 7 });
  });
});

describe('the hours that a copy may take', () => {
  test.each<[clusters: number, schedule: ScheduleExpression, hours: number | undefined]>([
    [5, NIGHTLY, 24], [60, NIGHTLY, 2], [1, ScheduleExpression.rate(Duration.hours(1)), 5], [0, NIGHTLY, undefined],
    [5, ScheduleExpression.expression('cron(some day)'), undefined],
  ])('are those of five lanes over the clusters: %i of them', (clusters, schedule, hours) => {
    const { forecastHoursPerCopy } = planOf(clusters, { schedule, clusterTags: { backup: 'gold' } });

    expect(forecastHoursPerCopy).toEqual(hours === undefined ? undefined : expect.closeTo(hours, 6));
  });
});

describe('a quota that will be reached', () => {
  const warningsOf = (plan: AuroraBackupPlan) => Annotations.fromStack(plan.stack).findWarning('*', Match.stringLikeRegexp('quota')).map(({ entry }) => String(entry.data));

  test('is warned of, with figures and a remedy', () => {
    expect(warningsOf(planOf(15))).toEqual([
      'the plan is going to have 105 manual cluster snapshots in eu-west-1, and one more of each cluster while it runs, and the quota there is 100: then nothing can be backed up any more; '
      + 'keep fewer, have the quota raised and say so with snapshotQuota, or acknowledge this warning [ack: cdk-aurora-backup:snapshotQuota]',
    ]);
  });

  test('is warned of when there is no room for the one that is being made', () => {
    expect(warningsOf(planOf(1, { retention: RetentionPolicy.keepLast(100) }))).toEqual([expect.stringContaining('is going to have 100 manual cluster snapshots')]);
    expect(warningsOf(planOf(1, { retention: RetentionPolicy.keepLast(99) }))).toEqual([]);
  });

  test('is warned of where copies are', () => {
    expect(warningsOf(planOf(15, { retention: RetentionPolicy.keepLast(1), copies: [{ region: 'eu-north-1', retention: RetentionPolicy.keepLast(9) }] })))
      .toEqual([expect.stringContaining('135 manual cluster snapshots in eu-north-1')]);
  });

  test('is warned of when everything is kept', () => {
    expect(warningsOf(planOf(1, { retention: RetentionPolicy.keepAll() }))).toEqual([expect.stringContaining('is going to have ever more manual cluster snapshots in eu-west-1')]);
  });

  test('counts the clusters that are added last', () => {
    const plan = planOf(13);
    expect(plan.forecastSnapshots['eu-west-1']).toBe(91);
    [1, 2].forEach((n) => plan.addCluster(importedCluster(plan.stack, `late-${n}`)));

    expect(warningsOf(plan)).toHaveLength(1);
  });

  test('may be one that was raised', () => {
    expect(warningsOf(planOf(15, { snapshotQuota: 200 }))).toEqual([]);
  });

  test.each<[of: string, scope: (plan: AuroraBackupPlan) => IConstruct]>([['plan', (plan) => plan], ['stack', ({ stack }) => stack]])('may be acknowledged for the %s', (_, scope) => {
    const plan = planOf(15);
    CdkAnnotations.of(scope(plan)).acknowledgeWarning('cdk-aurora-backup:snapshotQuota', 'the account is new every week');

    expect(warningsOf(plan)).toEqual([]);
  });
});

describe('a run waits for a busy cluster', () => {
  test.each<[schedule: ScheduleExpression, minutes: number]>([
    [NIGHTLY, 360], [ScheduleExpression.rate(Duration.hours(1)), 60], [ScheduleExpression.rate(Duration.minutes(5)), 10],
    [ScheduleExpression.expression('cron(some day)'), 60],
  ])('until the next run, but not for ever: %#', (schedule, minutes) => {
    expect(rulesOf(planWith({ schedule }).stack).startWindowSeconds).toBe(minutes * 60);
  });
});
