import { PartVerdict, Verdict } from '../../../../src/core/plan/verdict';
import { concludeCluster } from '../../../../src/runtime/doors/plan/cluster-verdict';
import { ClusterAnswer, ClusterMemory, NOTHING_PRUNED } from '../../../../src/runtime/doors/plan/steps';
import { NOON } from '../../../support/events';
import { captureLog } from '../../../support/log';
import { BEGINNING, aPlan, aRun, anItem, clusterEvent, snapshotOfRun } from '../../../support/plan-events';

const logged = captureLog();
const metrics = () => logged().filter((line) => '_aws' in line).map(({ _aws, ...line }) => line);

const TAKEN: PartVerdict = { part: 'snapshot', verdict: Verdict.SUCCEEDED, target: snapshotOfRun().arn };
const conclude = (parts: PartVerdict[], memory: Partial<ClusterMemory> = {}, facts: Parameters<typeof clusterEvent>[1] = {}) => (
  concludeCluster(clusterEvent({}, facts), { ...BEGINNING, parts, ...memory }, NOON)
);

test('a backup that succeeded is an event about its snapshot, and needs no words in the run', () => {
  expect(conclude([TAKEN])).toEqual({
    call: 'report',
    report: {
      resources: [TAKEN.target],
      detail: {
        version: '1',
        planName: 'Gold',
        account: '111111111111',
        region: 'eu-west-1',
        run: aRun().name,
        scheduledTime: aRun().scheduledTime,
        verdict: Verdict.SUCCEEDED,
        clusterIdentifier: 'orders',
        snapshotArn: TAKEN.target,
        parts: [TAKEN],
        ...NOTHING_PRUNED,
        endedAt: new Date(NOON).toISOString(),
      },
    },
    result: { verdict: Verdict.SUCCEEDED, cluster: 'orders' },
  });
});

test('the worst part decides, and its reason is that of the whole', () => {
  const parts: PartVerdict[] = [
    TAKEN, { part: 'prune', name: 'eu-west-1', verdict: Verdict.SUCCEEDED_WITH_WARNINGS, reason: 'in use' }, { part: 'copy', name: 'us-east-1', verdict: Verdict.FAILED, reason: 'no key' },
  ];

  expect(conclude(parts)).toMatchObject({
    report: { detail: { verdict: Verdict.FAILED, reason: 'copy us-east-1: no key', parts } }, result: { verdict: Verdict.FAILED, cluster: 'orders', why: 'copy us-east-1: no key' },
  });
});

test('a reason is told to the run in as many characters as the size of the run allows', () => {
  const { result } = conclude([{ part: 'snapshot', verdict: Verdict.FAILED, reason: 'x'.repeat(900) }], {}, { item: anItem({ reasonLength: 40 }) }) as { result: { why: string } };

  expect(result.why).toHaveLength(40);
  expect(result.why).toMatch(/^snapshot: x+…$/);
});

test('without a snapshot the event is about none', () => {
  const answer = conclude([{ part: 'snapshot', verdict: Verdict.SKIPPED, reason: 'stopped' }]) as Extract<ClusterAnswer, { call: 'report' }>;

  expect(answer.report.resources).toEqual([]);
  expect(answer.report.detail).not.toHaveProperty('snapshotArn');
});

describe('is counted', () => {
  test.each<[Verdict, string, string]>([
    [Verdict.SUCCEEDED, 'ClusterSucceeded', 'INFO'],
    [Verdict.SUCCEEDED_WITH_WARNINGS, 'ClusterSucceededWithWarnings', 'INFO'],
    [Verdict.FAILED, 'ClusterFailed', 'ERROR'],
    [Verdict.SKIPPED, 'ClusterSkipped', 'INFO'],
    [Verdict.SUPERSEDED, 'ClusterSuperseded', 'INFO'],
  ])('%s as %s, and written down as %s', (verdict, metric, level) => {
    conclude([{ part: 'snapshot', verdict }]);

    expect(metrics()).toEqual([{ Plan: 'Gold', Region: 'eu-west-1', Cluster: 'orders', [metric]: 1 }]);
    expect(logged()).toContainEqual(expect.objectContaining({ level, message: 'cluster verdict', verdict, clusterIdentifier: 'orders' }));
  });

  test('under the name of the cluster as well with clusterMetrics', () => {
    conclude([TAKEN], {}, { plan: aPlan({ clusterMetrics: true }) });

    expect(logged()).toContainEqual(expect.objectContaining({
      _aws: expect.objectContaining({ CloudWatchMetrics: [expect.objectContaining({ Dimensions: [['Plan', 'Region'], ['Plan', 'Region', 'Cluster']] })] }),
    }));
  });
});
