import { jsonBytes } from '../../../../src/core/fitting';
import { Verdict } from '../../../../src/core/plan/verdict';
import { ClusterResult, ConcludeEvent, FormerMemory, NOTHING_PRUNED, RunReport, Tally, TallyEvent } from '../../../../src/runtime/doors/plan/steps';
import { NOON, TOPIC_ARN } from '../../../support/events';
import { captureLog } from '../../../support/log';
import { PlanDoor } from '../../../support/plan-door';
import { aPlan, aRun } from '../../../support/plan-events';

const logged = captureLog();
const metrics = () => logged().filter((line) => '_aws' in line).map(({ _aws, ...line }) => line);

const succeeded = (cluster: string): ClusterResult => ({ verdict: Verdict.SUCCEEDED, cluster });
const withoutVerdict = (cluster: string): ClusterResult => ({ verdict: Verdict.FAILED, cluster, why: 'its execution ended without a verdict' });
const result = (verdict: Verdict, cluster: string, why = 'because') => ({ verdict, cluster, why });

/** So many clusters were on the page, and this is what came back. */
const addUp = async (count: number, results: readonly unknown[], pages = 1): Promise<Tally> => await new PlanDoor().turn({
  door: 'plan',
  task: 'tally',
  plan: aPlan(),
  run: aRun(),
  page: {
    items: Array.from({ length: count }, (_, index) => ({ cluster: `c${index}`, options: {}, byTag: false, firstWaitSeconds: 0 })),
    pace: { shortestWaitSeconds: 15, reasonLength: 500 },
    maxConcurrency: 0,
    pages,
  },
  results: results as ClusterResult[],
} satisfies TallyEvent) as Tally;

const sumOf = (tallies: Array<Partial<Tally> | null>) => (
  tallies.flatMap((tally) => Object.values(tally?.counts ?? {})).reduce((sum, count) => sum + count, 0)
);
const conclude = async (
  tallies: Array<Partial<Tally> | null>, formers: ConcludeEvent['formers'] = {}, plan = aPlan(), count = sumOf(tallies), pages = tallies.length,
): Promise<RunReport> => await new PlanDoor().turn({
  door: 'plan', task: 'conclude', plan, run: aRun(), tallies, selected: { pages: Array(pages).fill({}), count }, formers,
} satisfies ConcludeEvent) as RunReport;

describe('the results of a page are added up', () => {
  test('by verdict, naming who did not succeed', async () => {
    expect(await addUp(4, [succeeded('c0'), succeeded('c1'), result(Verdict.SKIPPED, 'stopped'), result(Verdict.FAILED, 'broken')])).toEqual({
      counts: { SUCCEEDED: 2, SKIPPED: 1, FAILED: 1 },
      notSucceeded: [result(Verdict.SKIPPED, 'stopped'), result(Verdict.FAILED, 'broken')],
    });
    expect(metrics()).toEqual([]); // every cluster has counted itself
  });

  test.each([
    ['came back with nothing', [succeeded('c1')]],
    ['came back with what is no verdict', [succeeded('c1'), null, { verdict: 'FINE' }]],
  ])('clusters that %s have failed, and are counted and written down here by name: nobody else has', async (_, results) => {
    expect(await addUp(3, results)).toEqual({ counts: { SUCCEEDED: 1, FAILED: 2 }, notSucceeded: [withoutVerdict('c0'), withoutVerdict('c2')] });
    expect(metrics()).toEqual([expect.objectContaining({ Plan: 'Gold', ClusterFailed: 2 })]);
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'ERROR', message: 'cluster verdict', cluster: 'c0' }));
  });

  test('of the release before, which named none that had succeeded, nobody knows which are missing', async () => {
    expect(await addUp(3, [{ verdict: Verdict.SUCCEEDED }])).toEqual({
      counts: { SUCCEEDED: 1, FAILED: 2 },
      notSucceeded: [{ verdict: Verdict.FAILED, cluster: '2 clusters', why: 'their executions ended without a verdict' }],
    });
    expect(await addUp(1, [{ verdict: Verdict.SUCCEEDED }])).toEqual({ counts: { SUCCEEDED: 1 }, notSucceeded: [] });
  });

  test('so is one whose functions failed again and again', async () => {
    const lost = { ...result(Verdict.FAILED, 'broken'), lost: true };

    expect(await addUp(2, [succeeded('c0'), lost])).toMatchObject({ counts: { SUCCEEDED: 1, FAILED: 1 } });
    expect(metrics()).toEqual([expect.objectContaining({ ClusterFailed: 1 })]);
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'ERROR', cluster: 'broken' }));
  });

  test('in a sum that stays small, however many fail with however many words', async () => {
    const tally = await addUp(800, Array.from({ length: 800 }, (_, index) => result(Verdict.FAILED, `c${index}`.padEnd(63, 'x'), 'y'.repeat(500))));

    expect(tally.counts).toEqual({ FAILED: 800 });
    expect(jsonBytes(tally)).toBeLessThan(30_000);
  });
});

test('a page of many names fewer clusters, so that all pages fit into the state of the run', async () => {
  const results = Array.from({ length: 40 }, (_, index) => result(Verdict.FAILED, `c${index}`));

  expect((await addUp(40, results)).notSucceeded).toHaveLength(40);
  expect((await addUp(40, results, 5)).notSucceeded).toHaveLength(10);
  expect((await addUp(40, results, 90)).notSucceeded).toHaveLength(5);
});

describe('the verdict of a run', () => {
  test('adds up its pages', async () => {
    const { detail } = await conclude([
      { counts: { SUCCEEDED: 2, FAILED: 1 }, notSucceeded: [result(Verdict.FAILED, 'a', 'no key')] },
      { counts: { SUCCEEDED: 3, SKIPPED: 1 }, notSucceeded: [result(Verdict.SKIPPED, 'b', 'stopped')] },
    ]);

    expect(detail).toEqual({
      version: '1',
      planName: 'Gold',
      account: '111111111111',
      region: 'eu-west-1',
      run: aRun().name,
      scheduledTime: aRun().scheduledTime,
      verdict: Verdict.FAILED,
      message: '7 clusters: 5 succeeded, 1 failed, 1 skipped.\n- a: no key\n- b: stopped',
      counts: { SUCCEEDED: 5, FAILED: 1, SKIPPED: 1 },
      clustersNotSucceeded: [result(Verdict.FAILED, 'a', 'no key'), result(Verdict.SKIPPED, 'b', 'stopped')],
      endedAt: new Date(NOON).toISOString(),
    });
  });

  test('names no resource: Step Functions names the execution that tells it', async () => {
    expect((await conclude([{ counts: { SUCCEEDED: 1 }, notSucceeded: [] }])).resources).toEqual([]);
  });

  test.each([['nothing', []], ['null', [null]], ['not what it was to tell', [{}]]])('counts the clusters of a page that told %s as failed', async (_, silent) => {
    const { detail } = await conclude([{ counts: { SUCCEEDED: 2 }, notSucceeded: [] }, ...silent], {}, aPlan(), 5, 2);

    expect(detail).toMatchObject({
      verdict: Verdict.FAILED, counts: { SUCCEEDED: 2, FAILED: 3 }, clustersNotSucceeded: [result(Verdict.FAILED, '3 clusters', 'their executions ended without a verdict')],
    });
  });

  test('does not count a cluster that had gone before its page began', async () => {
    const { detail } = await conclude([{ counts: { SUCCEEDED: 2 }, notSucceeded: [] }], {}, aPlan(), 3);

    expect(detail).toMatchObject({ verdict: Verdict.SUCCEEDED, counts: { SUCCEEDED: 2 } });
  });

  test('of one cluster is told in the singular', async () => {
    expect((await conclude([{ counts: { SUCCEEDED: 1 }, notSucceeded: [] }])).detail.message).toBe('1 cluster: 1 succeeded.');
  });

  test('of a plan without a cluster is a failure that somebody has to know of', async () => {
    expect((await conclude([])).detail).toMatchObject({ verdict: Verdict.FAILED, message: 'There was no cluster to back up: none is declared, or none bears the tags of the plan.' });
  });

  test.each([
    [{ SUCCEEDED: 1 }, 'RunSucceeded', 'INFO'],
    [{ SUCCEEDED: 1, SKIPPED: 1 }, 'RunSucceededWithWarnings', 'INFO'],
    [{ FAILED: 1 }, 'RunFailed', 'ERROR'],
    [{ SKIPPED: 2 }, 'RunSkipped', 'INFO'],
    [{ SUPERSEDED: 1 }, 'RunSuperseded', 'INFO'],
  ])('%j is counted as %s and written to the log', async (counts, metric, level) => {
    const { detail } = await conclude([{ counts, notSucceeded: [] }]);

    expect(metrics()).toEqual([{ Plan: 'Gold', Region: 'eu-west-1', [metric]: 1 }]);
    expect(logged()).toContainEqual(expect.objectContaining({ level, message: 'run verdict', verdict: detail.verdict, reason: detail.message }));
  });

  test('tells what was found of former clusters', async () => {
    const memory: FormerMemory = { todo: [], found: 3, pruned: { deleted: ['arn:a', 'arn:b'], wouldDelete: ['arn:c'], reports: ['odd'] } };
    const { detail } = await conclude([{ counts: { SUCCEEDED: 1 }, notSucceeded: [] }], { memory });

    expect(detail).toMatchObject({ verdict: Verdict.SUCCEEDED, formerClusters: { snapshots: 3, deleted: ['arn:a', 'arn:b'], wouldDelete: ['arn:c'], reports: ['odd'] } });
  });

  describe('is a warning when something keeps the leavings of former clusters from being seen to', () => {
    const concludeAll = (formers: ConcludeEvent['formers'], counts = { SUCCEEDED: 1 }) => conclude([{ counts, notSucceeded: [] }], formers);
    const memory: FormerMemory = { todo: [], found: 3, pruned: { deleted: ['arn:a'], wouldDelete: [], reports: [] } };

    test('because they could not be pruned', async () => {
      expect((await concludeAll({ memory: { ...memory, troubles: ["'old' in eu-west-1 was not pruned: AccessDenied"] } })).detail).toMatchObject({
        verdict: Verdict.SUCCEEDED_WITH_WARNINGS,
        message: "1 cluster: 1 succeeded.\n- former clusters: 'old' in eu-west-1 was not pruned: AccessDenied",
      });
    });

    test.each([
      ['a function fails', { Error: 'Error', Cause: '{"errorMessage":"Rate exceeded"}' }, 'Rate exceeded'],
      ['it takes too long', { Error: 'States.Timeout' }, 'States.Timeout'],
    ])('because %s, beside what was deleted until then', async (_, error, why) => {
      expect((await concludeAll({ memory, error })).detail).toMatchObject({
        verdict: Verdict.SUCCEEDED_WITH_WARNINGS,
        message: `1 cluster: 1 succeeded.\n- former clusters: not looked at to the end: ${why}`,
        formerClusters: { deleted: ['arn:a'] },
      });
    });

    test('but no less than a failure where a cluster has failed', async () => {
      expect((await concludeAll({ error: { Error: 'States.Timeout' } }, { FAILED: 1 } as never)).detail.verdict).toBe(Verdict.FAILED);
    });
  });

  test('says nothing of former clusters where there are none', async () => {
    for (const formers of [{}, { memory: { todo: [], found: 0, pruned: NOTHING_PRUNED } }]) {
      expect((await conclude([{ counts: { SUCCEEDED: 1 }, notSucceeded: [] }], formers)).detail).not.toHaveProperty('formerClusters');
    }
  });
});

describe('who is notified', () => {
  const plan = aPlan({ notificationTopicArn: TOPIC_ARN });

  test('reads first what matters', async () => {
    const report = await conclude([{ counts: { FAILED: 1 }, notSucceeded: [result(Verdict.FAILED, 'orders', 'no key')] }], {}, plan);

    expect(report).toMatchObject({ topicArn: TOPIC_ARN, subject: 'Backup FAILED: Gold' });
    expect(report.text.split('\n').slice(0, 2)).toEqual(['1 cluster: 1 failed.', '- orders: no key']);
    expect(report.text).toContain(`\nrun: ${aRun().name}\n`);
    expect(report.text).toContain('\ncounts: {"FAILED":1}\n');
  });

  test.each([[{ SUCCEEDED: 1, SKIPPED: 1 }, 'Backup succeeded with warnings: Gold'], [{ SUCCEEDED: 1 }, 'Backup succeeded: Gold']])('%j has the subject %s', async (counts, subject) => {
    expect((await conclude([{ counts, notSucceeded: [] }], {}, plan)).subject).toBe(subject);
  });

  test('gets no subject that SNS does not take, whatever the plan is called', async () => {
    expect((await conclude([{ counts: { SUCCEEDED: 1 }, notSucceeded: [] }], {}, { ...plan, planName: 'P'.repeat(200) })).subject.length).toBeLessThan(100);
  });

  test('is nobody where no topic was declared', async () => {
    expect(await conclude([{ counts: { SUCCEEDED: 1 }, notSucceeded: [] }])).not.toHaveProperty('topicArn');
  });

  test('gets no more than a state holds, when twenty pages of clusters fail at length', async () => {
    const page = { counts: { FAILED: 800 }, notSucceeded: Array.from({ length: 50 }, (_, index) => result(Verdict.FAILED, `c${index}`.padEnd(63, 'x'), 'y'.repeat(300))) };
    const report = await conclude(Array.from({ length: 20 }, () => page), {}, plan);

    expect(jsonBytes(report)).toBeLessThan(80_000);
    expect(report.detail.message.length).toBeLessThanOrEqual(4_000);
  });
});
