import { DeleteDBClusterCommand } from '@aws-sdk/client-rds';
import { useLocalAws } from './support/e2e';
import { operatorsIn, prepareOperators } from './support/operators';
import {
  HOUR, MINUTE, beginAtNoon, clusterVerdicts, deliveries, keptNights, keptRuns, limitRuns, nights, planMetrics, planOf, runVerdicts, runs,
  startByHand, stopRun,
} from './support/plans';
import { ACCOUNT, HERE, THERE } from '../local/world';
import { RetentionPolicy } from 'cdk-aurora-backup';

const aws = useLocalAws(0);
const ALWAYS = 100_000;
const LAUNCH = 'lambda:InvokeFunction';
const SCHEDULER = 'PlanSchedulesRole';
const clusterArn = (name: string) => `arn:aws:rds:${HERE}:${ACCOUNT}:cluster:${name}`;

/** The verdicts of all runs so far, each told once in each way. */
async function told() {
  return {
    events: (await runVerdicts(aws)).map(({ run, verdict }) => `${run} ${verdict}`),
    metrics: (await planMetrics(aws)).filter((metric) => metric.startsWith('Run')),
    notifications: (await aws.local.notifications()).map(({ Subject }) => Subject),
  };
}

describe('one run, one verdict', () => {
  const failedOnce = { events: ['2027-03-02T03-00-00Z FAILED'], metrics: ['RunFailed 1'], notifications: ['Backup FAILED: gold'] };

  beforeEach(async () => {
    await prepareOperators(aws);
    await beginAtNoon(aws, 'orders');
    await aws.stack().deploy(planOf(['orders'], (stack) => ({ notificationTopic: operatorsIn(stack) })));
  });

  test('a schedule that fires twice', async () => {
    await aws.local.fault({ kind: 'twice', action: LAUNCH, principal: SCHEDULER, identifier: '"launch"' });

    await nights(aws);

    expect(await aws.local.faults()).toMatchObject([{ fired: 1 }]);
    expect(await told()).toEqual({ events: ['2027-03-02T03-00-00Z SUCCEEDED'], metrics: ['RunSucceeded 1'], notifications: ['Backup succeeded: gold'] });
    expect(await aws.made()).toHaveLength(1);
  });

  test('the answer to the beginning of a run is lost', async () => {
    await aws.local.fault({ kind: 'lost', action: 'states:StartExecution' });

    await nights(aws);

    expect(await told()).toMatchObject({ events: ['2027-03-02T03-00-00Z SUCCEEDED'] });
    expect(await runs(aws)).toHaveLength(1);
  });

  test('the function that begins runs fails again and again: the dead-letter queue makes up for it', async () => {
    await aws.local.fault({ kind: 'deny', action: 'states:StartExecution', identifier: '^2027-03-02T03-00-00Z$', times: 3 });

    await nights(aws);

    expect(await aws.local.faults()).toMatchObject([{ fired: 3 }]);
    expect(await told()).toEqual({ events: ['2027-03-02T03-00-00Z SUCCEEDED'], metrics: ['RunSucceeded 1'], notifications: ['Backup succeeded: gold'] });
    await aws.logged({ message: 'run could not be begun in time' });
  });

  test('no function can begin it for hours: told from the dead-letter queue', async () => {
    await aws.local.fault({ kind: 'deny', action: 'states:StartExecution', identifier: '^2027-03-02T03-00-00Z$', times: ALWAYS });

    await nights(aws);

    expect(await told()).toEqual(failedOnce);
    expect(await runVerdicts(aws)).toMatchObject([{
      message: expect.stringMatching(/^The run never began: .*Start the state machine by hand/), scheduledTime: '2027-03-02T03:00:00Z',
    }]);
    expect(await aws.made()).toEqual([]);

    await nights(aws);
    expect(await told()).toMatchObject({ events: [failedOnce.events[0], '2027-03-03T03-00-00Z SUCCEEDED'] });
  });

  test('the schedule cannot reach the function: the dead-letter queue makes up for it', async () => {
    await aws.local.fault({ kind: 'deny', action: LAUNCH, principal: SCHEDULER, identifier: '"launch"', times: ALWAYS });

    await nights(aws, 2);

    expect(await told()).toMatchObject({ events: ['2027-03-02T03-00-00Z SUCCEEDED', '2027-03-03T03-00-00Z SUCCEEDED'] });
  });

  test('somebody stops it', async () => {
    await aws.local.settings({ snapshotSeconds: 2 * HOUR });
    await aws.local.play(16 * HOUR);
    const [run] = await runs(aws);

    await stopRun(aws, run);
    await aws.local.play(8 * HOUR);

    expect(await told()).toEqual(failedOnce);
    expect(await runVerdicts(aws)).toMatchObject([{ message: expect.stringContaining('The run ended as ABORTED'), scheduledTime: '2027-03-02T03:00:00Z' }]);
    // What it had begun goes on.
    expect(await aws.made()).toMatchObject([{ Status: 'available' }]);
  });

  test('somebody stops it, and the event that says so is lost: the next run tells of it', async () => {
    await aws.local.fault({ kind: 'lose', action: LAUNCH, identifier: '"ended"' });
    await aws.local.settings({ snapshotSeconds: 2 * HOUR });
    await aws.local.play(16 * HOUR);
    const [run] = await runs(aws);

    await stopRun(aws, run);
    await aws.local.play(8 * HOUR);
    expect(await aws.local.faults()).toMatchObject([{ fired: 1 }]);
    expect(await runVerdicts(aws)).toEqual([]);

    await nights(aws);
    expect(await told()).toMatchObject({ events: [failedOnce.events[0], '2027-03-03T03-00-00Z SUCCEEDED'], metrics: ['RunFailed 1', 'RunSucceeded 1'] });
  });

  test('it takes longer than a run may', async () => {
    await limitRuns(aws, HOUR);
    await aws.local.settings({ snapshotSeconds: 2 * HOUR });

    await nights(aws);

    expect(await told()).toEqual(failedOnce);
    expect(await runVerdicts(aws)).toMatchObject([{ message: expect.stringContaining('The run ended as TIMED_OUT'), scheduledTime: '2027-03-02T03:00:00Z' }]);
    expect(await runs(aws)).toMatchObject([{ status: 'TIMED_OUT' }, { name: '2027-03-02T03-00-00Z-verdict' }]);
  });

  test('its verdict cannot be told: the execution fails, and says so in the log', async () => {
    await aws.local.fault({ kind: 'deny', action: 'events:PutEvents', times: ALWAYS });

    await nights(aws);

    expect(await runs(aws)).toMatchObject([{ name: '2027-03-02T03-00-00Z', status: 'FAILED' }]);
    expect(await aws.made()).toMatchObject([{ Status: 'available' }]);
    await aws.logged({ message: 'a verdict could not be published' });
  });
});

describe('what runs are about', () => {
  test('a stopped cluster is skipped, a busy one is waited for, one that is gone fails, and none of them keeps the others from it', async () => {
    await beginAtNoon(aws, 'orders', 'asleep', 'busy', 'gone');
    await aws.stack().deploy(planOf(['orders', 'asleep', 'busy', 'gone']));
    await aws.local.setStatus(clusterArn('asleep'), 'stopped');
    await aws.local.setStatus(clusterArn('busy'), 'backing-up', { seconds: 15.5 * HOUR });
    await aws.world.rds().send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'gone', SkipFinalSnapshot: true }));

    await nights(aws);

    expect(await runVerdicts(aws)).toMatchObject([{
      verdict: 'FAILED',
      counts: { SUCCEEDED: 2, SKIPPED: 1, FAILED: 1 },
      clustersNotSucceeded: expect.arrayContaining([
        { cluster: 'asleep', verdict: 'SKIPPED', why: expect.stringContaining('the cluster \'asleep\' is \'stopped\'') },
        { cluster: 'gone', verdict: 'FAILED', why: expect.stringContaining('there is no cluster \'gone\'') },
      ]),
    }]);
    expect((await aws.made()).map((snapshot) => snapshot.DBClusterIdentifier).sort()).toEqual(['busy', 'orders']);
    expect(await runs(aws)).toMatchObject([{ status: 'FAILED' }]);
    expect(await runVerdicts(aws)).toHaveLength(1);
  });

  test('a plan whose clusters are all stopped is skipped; one that stays busy for hours fails', async () => {
    await beginAtNoon(aws, 'asleep', 'busy');
    await aws.local.setStatus(clusterArn('asleep'), 'stopped');
    await aws.local.setStatus(clusterArn('busy'), 'upgrading');
    await aws.stack().deploy((stack) => {
      planOf(['asleep'])(stack);
      planOf(['busy'], { planName: 'silver' }, 'Silver')(stack);
    });

    await nights(aws);

    expect((await runVerdicts(aws)).map(({ planName, verdict }) => `${planName} ${verdict}`)).toEqual(['gold SKIPPED', 'silver FAILED']);
    expect((await clusterVerdicts(aws))[1].reason).toMatch(/no snapshot could be begun within .*busy/);
    expect(await planMetrics(aws, 'gold')).toEqual(['ClusterSkipped 1', 'RunSkipped 1']);
  });

  test('a fleet: whatever bears the tags when the run begins', async () => {
    const tagged = (team: string) => ({ Tags: [{ Key: 'backup', Value: 'gold' }, { Key: 'team', Value: team }] });
    await beginAtNoon(aws);
    await aws.world.cluster('first', tagged('shop'));
    await aws.world.cluster('second', tagged('shop'));
    await aws.world.cluster('of-others', tagged('audit'));
    await aws.world.cluster('declared');
    await aws.local.settings({ pageSize: 2 });
    await aws.stack().deploy(planOf(['declared'], { clusterTags: { backup: 'gold', team: 'shop' }, retention: RetentionPolicy.keepAll() }));

    await nights(aws);
    await aws.world.cluster('third', tagged('shop'));
    await aws.world.rds().send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'first', SkipFinalSnapshot: true }));
    await nights(aws);

    expect(await keptNights(aws, 'declared')).toEqual(['2027-03-02', '2027-03-03']);
    expect(await keptNights(aws, 'first')).toEqual(['2027-03-02']);
    expect(await keptNights(aws, 'second')).toEqual(['2027-03-02', '2027-03-03']);
    expect(await keptNights(aws, 'third')).toEqual(['2027-03-03']);
    expect(await keptNights(aws, 'of-others')).toEqual([]);
    expect((await runVerdicts(aws)).map(({ verdict }) => verdict)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  });

  test('a plan by tags that no cluster bears fails, and says so', async () => {
    await beginAtNoon(aws, 'orders');
    await aws.stack().deploy(planOf([], { clusterTags: { backup: 'gold' } }));

    await nights(aws);

    expect(await runVerdicts(aws)).toMatchObject([{ verdict: 'FAILED', message: expect.stringContaining('There was no cluster to back up') }]);
  });

  test('more clusters than may be backed up at a time', async () => {
    const clusters = ['one', 'two', 'three', 'four', 'five'];
    await beginAtNoon(aws, ...clusters);
    await aws.local.settings({ snapshotSeconds: 10 * MINUTE });
    await aws.stack().deploy(planOf(clusters, { maxConcurrency: 2 }));

    await aws.local.play(15 * HOUR + 5 * MINUTE);
    expect(await aws.made()).toHaveLength(2);
    await aws.local.play(2 * HOUR);

    expect(await runVerdicts(aws)).toMatchObject([{ verdict: 'SUCCEEDED', counts: { SUCCEEDED: 5 } }]);
  });

  test('a plan that is not enabled runs only by hand', async () => {
    await beginAtNoon(aws, 'orders');
    await aws.stack().deploy(planOf(['orders'], { enabled: false }));
    await nights(aws);
    expect(await runs(aws)).toEqual([]);

    await startByHand(aws, 'now');
    await aws.local.play(HOUR);
    expect(await runVerdicts(aws)).toMatchObject([{ run: 'now', verdict: 'SUCCEEDED' }]);
  });
});

describe('copies take their turn', () => {
  test('never more than five into a Region, all of them in the end, and with hardly a call too many', async () => {
    const clusters = Array.from({ length: 12 }, (_, index) => `cluster-${index}`);
    await beginAtNoon(aws, ...clusters);
    await aws.local.settings({ copySeconds: 30 * MINUTE });
    await aws.stack().deploy(planOf(clusters, { copies: [{ region: THERE }] }));

    for (let passed = 0; passed < 9; passed++) {
      await aws.local.play(passed === 0 ? 15 * HOUR + 10 * MINUTE : 17 * MINUTE);
      expect((await aws.made(THERE)).filter(({ Status }) => Status === 'copying').length).toBeLessThanOrEqual(5);
    }
    await aws.local.play(6 * HOUR);

    expect(await runVerdicts(aws)).toMatchObject([{ verdict: 'SUCCEEDED', counts: { SUCCEEDED: 12 } }]);
    expect(await aws.made(THERE)).toMatchObject(Array(12).fill({ Status: 'available' }));
    const copies = await aws.local.calls({ action: 'rds:CopyDBClusterSnapshot' });
    expect(copies.filter(({ status }) => status !== 200)).toEqual([]);
    expect(copies).toHaveLength(12);
  });

  test('somebody else copies, too: the plan waits without asking all the time', async () => {
    await beginAtNoon(aws, 'orders', 'elsewhere');
    await aws.local.settings({ copySeconds: 2 * HOUR });
    await aws.stack().deploy(planOf(['orders'], { copies: [{ region: THERE }] }));
    const source = await aws.local.seedSnapshot({ cluster: 'elsewhere', region: HERE, type: 'manual', identifier: 'source' });
    await aws.local.play(14.9 * HOUR);
    for (let number = 1; number <= 5; number++) {
      await aws.world.copy(source.DBClusterSnapshotArn, `theirs-${number}`, { SourceRegion: HERE }, THERE);
    }
    await aws.local.clearCalls();

    await nights(aws);

    expect(await clusterVerdicts(aws)).toMatchObject([{ verdict: 'SUCCEEDED', parts: [{ part: 'snapshot' }, { part: 'copy', verdict: 'SUCCEEDED' }] }]);
    // Refused for two hours, with pauses that grow.
    expect((await aws.local.calls({ action: 'rds:CopyDBClusterSnapshot' })).length).toBeLessThan(20);
  });

  test('a copy that has not begun gives way to that of a newer snapshot', async () => {
    const clusters = Array.from({ length: 6 }, (_, index) => `cluster-${index}`);
    await beginAtNoon(aws, ...clusters);
    await aws.local.settings({ copySeconds: 3 * HOUR });
    // At home only the newest stays, so the source of what waits is gone when it has its turn.
    await aws.stack().deploy(planOf(clusters, {
      enabled: false, retention: RetentionPolicy.keepLast(1), copies: [{ region: THERE, retention: RetentionPolicy.keepLast(3) }],
    }));

    await startByHand(aws, 'first');
    await aws.local.play(HOUR);
    await startByHand(aws, 'second');
    await aws.local.play(14 * HOUR);

    const superseded = (await clusterVerdicts(aws)).filter(({ verdict }) => verdict === 'SUPERSEDED');
    expect(superseded).toMatchObject([{ run: 'first', reason: expect.stringMatching(new RegExp(`^copy ${THERE}: had not begun when a later run had taken cab-`)) }]);
    const [{ clusterIdentifier }] = superseded;
    for (const cluster of clusters) {
      expect(await keptRuns(aws, cluster, THERE)).toEqual(cluster === clusterIdentifier ? ['second'] : ['first', 'second']);
    }
    expect((await runVerdicts(aws)).map(({ run, verdict }) => `${run} ${verdict}`)).toEqual(['first SUCCEEDED_WITH_WARNINGS', 'second SUCCEEDED']);
    expect((await deliveries(aws)).filter(({ status }) => status !== 'SUCCEEDED')).toEqual([]);
  });
});
