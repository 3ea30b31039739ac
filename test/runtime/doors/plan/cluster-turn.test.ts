import { Verdict } from '../../../../src/core/plan/verdict';
import { AT_A_TIME } from '../../../../src/runtime/doors/plan/deliveries';
import { ClusterAnswer, ClusterEvent, ClusterMemory, DeliveryInput, DeliveryOutcome, DeliveryState, NOTHING_PRUNED } from '../../../../src/runtime/doors/plan/steps';
import { throttled } from '../../../support/errors';
import { NOON, OTHER_REGION, minutes } from '../../../support/events';
import { captureLog } from '../../../support/log';
import { PlanDoor } from '../../../support/plan-door';
import { DELIVERY_MACHINE_ARN, aCopy, aPlan, aRun, anExport, anItem, clusterEvent, snapshotOfRun } from '../../../support/plan-events';
import { ORDERS } from '../../../support/plan-snapshots';

captureLog();

const THIRD_REGION = 'us-east-1';
const { arn: ARN } = snapshotOfRun();
const COPY: DeliveryState = { kind: 'copy', name: OTHER_REGION };
const EXPORT: DeliveryState = { kind: 'export', name: 'Lake' };

type Facts = Parameters<typeof clusterEvent>[1];

/** The cluster `orders` whose snapshot is complete and that has these copies and exports before it. */
function waiting(deliveries: DeliveryState[], facts: Facts = {}, memory: Partial<ClusterMemory> = {}): ClusterEvent {
  return clusterEvent({
    todo: 'deliver',
    clusterResourceId: ORDERS,
    parts: [{ part: 'snapshot', verdict: Verdict.SUCCEEDED, target: ARN }],
    deliveries,
    deliveriesSince: NOON,
    ...memory,
  }, { plan: aPlan({ copies: [aCopy(), aCopy({ region: THIRD_REGION })], exports: [anExport()] }), ...facts });
}

const deliveriesIn = (answer: ClusterAnswer) => (answer as { memory: ClusterMemory }).memory.deliveries;
const detailIn = (answer: ClusterAnswer) => (answer as { report: { detail: Record<string, unknown> } }).report.detail;
const done = (outcome: Partial<DeliveryOutcome> = {}) => ({
  status: 'SUCCEEDED', output: JSON.stringify({ part: 'copy', name: OTHER_REGION, verdict: Verdict.SUCCEEDED, pruned: NOTHING_PRUNED, ...outcome }),
});

/** The name under which a run begins the delivery. */
async function nameOf(state: DeliveryState, facts: Facts = {}, memory: Partial<ClusterMemory> = {}): Promise<string> {
  const door = new PlanDoor();
  return deliveriesIn(await door.turn(waiting([state], facts, memory)))![0].execution!;
}

describe('a copy', () => {
  test('is begun as an execution of its own, which knows all it needs', async () => {
    const door = new PlanDoor();
    const event = waiting([COPY]);
    const answer = await door.turn(event);
    const [name] = door.deliveries.names;

    expect(name).toMatch(/^c-eu-central-1-[0-9a-f]{16}$/);
    expect(answer).toMatchObject({ call: 'turn', memory: { deliveries: [{ ...COPY, attempt: 1, execution: name }], tries: 1 } });
    expect(door.deliveries.inputOf<DeliveryInput>(name)).toEqual({
      plan: event.plan,
      run: event.run,
      item: event.item,
      delivery: { kind: 'copy', name: OTHER_REGION, sourceArn: ARN, clusterResourceId: ORDERS, execution: name, requestedAt: NOON },
      answer: { call: 'turn', waitSeconds: 5, memory: { todo: 'make', pruned: NOTHING_PRUNED } },
    });
  });

  test('has a name of its own for every run, cluster and Region', async () => {
    const names = await Promise.all([
      nameOf(COPY), nameOf(COPY, { run: aRun('2026-11-23T12:00:00Z') }), nameOf(COPY, { item: anItem({ cluster: 'billing' }) }), nameOf({ ...COPY, name: THIRD_REGION }),
    ]);

    expect(new Set(names).size).toBe(4);
  });

  test('that was begun by a call whose answer was lost is met again', async () => {
    const door = new PlanDoor();
    await door.turn(waiting([COPY]));
    door.now += minutes(1);
    const again = await door.turn(waiting([COPY]));

    expect(door.deliveries.names).toHaveLength(1);
    expect(deliveriesIn(again)).toEqual([{ ...COPY, attempt: 1, execution: door.deliveries.names[0] }]);
  });

  test('that runs is asked after, and begun no second time', async () => {
    const door = new PlanDoor();
    const first = await door.turn(waiting([COPY]));
    const second = await door.turn(waiting([...deliveriesIn(first)!]));

    expect(second).toMatchObject({ call: 'turn', memory: { deliveries: deliveriesIn(first) } });
    expect(door.deliveries.names).toHaveLength(1);
  });
});

describe('lanes', () => {
  const busy = (door: PlanDoor, lane: string, count: number) => {
    Array.from({ length: count }, (_, index) => door.deliveries.put(`${lane}other-${index}`));
    return door;
  };

  test('hold five at a time', () => {
    expect(AT_A_TIME).toBe(5);
  });

  test('a copy waits while five go into its Region, and begins when one of them has ended', async () => {
    const door = busy(new PlanDoor(), 'c-eu-central-1-', 5);
    const answer = await door.turn(waiting([COPY]));

    expect(deliveriesIn(answer)).toEqual([{ ...COPY, attempt: 1 }]);
    expect(door.deliveries.names).toHaveLength(5);

    door.deliveries.put('c-eu-central-1-other-3', done());
    expect(deliveriesIn(await door.turn(waiting([COPY])))).toEqual([{ ...COPY, attempt: 1, execution: expect.stringMatching(/^c-eu-central-1-[0-9a-f]{16}$/) }]);
  });

  test('copies into other Regions and exports are in nobody\'s way', async () => {
    const door = busy(busy(new PlanDoor(), 'c-us-east-1-', 5), 'x-', 5);

    expect(deliveriesIn(await door.turn(waiting([COPY])))![0]).toHaveProperty('execution');
  });

  test('exports share one lane, whichever rule they follow', async () => {
    const door = busy(new PlanDoor(), 'x-', 4);
    const plan = aPlan({ exports: [anExport(), anExport({ id: 'Archive' })] });
    const answer = await door.turn(waiting([EXPORT, { kind: 'export', name: 'Archive' }], { plan }));

    expect(deliveriesIn(answer)).toEqual([{ ...EXPORT, attempt: 1, execution: expect.any(String) }, { kind: 'export', name: 'Archive', attempt: 1 }]);
  });

  test('are asked for once a call, and not at all when everything runs', async () => {
    const door = new PlanDoor();
    const answer = await door.turn(waiting([COPY, { ...COPY, name: THIRD_REGION }, EXPORT]));
    expect(door.deliveries.listed).toBe(1);

    await door.turn(waiting([...deliveriesIn(answer)!]));
    expect(door.deliveries.listed).toBe(1);
  });

  test('RDS is not asked at all', async () => {
    const door = new PlanDoor();
    ['findCluster', 'listClusters', 'findSnapshot', 'listSnapshotsOfCluster', 'listManualSnapshots', 'listExportTasks']
      .forEach((call) => door.rds.breaks(call as 'findCluster', throttled()));

    expect(await door.turn(waiting([COPY, EXPORT]))).toMatchObject({ call: 'turn' });
  });
});

describe('who waits', () => {
  const wait = async (elapsed: number, tries = 0, item = anItem()) => {
    const door = new PlanDoor();
    door.now = NOON + elapsed * 1000;
    return ((await door.turn(waiting([COPY], { item }, { tries }))) as { waitSeconds: number }).waitSeconds;
  };

  test.each([[0, 75], [600, 75], [3600, 360], [86_400, 600]])('for %d seconds asks again after about %d', async (elapsed, seconds) => {
    expect(await wait(elapsed)).toBeGreaterThanOrEqual(Math.floor(seconds * 0.75));
    expect(await wait(elapsed)).toBeLessThanOrEqual(Math.ceil(seconds * 1.25));
  });

  test('in a large run asks more rarely from the beginning', async () => {
    expect(await wait(0, 0, anItem({ shortestWaitSeconds: 200 }))).toBeGreaterThanOrEqual(750);
  });

  test('does not ask at the same moment as others, nor as at the time before', async () => {
    const clusters = await Promise.all(['a', 'b', 'c', 'd'].map((cluster) => wait(3600, 0, anItem({ cluster }))));
    const tries = await Promise.all([0, 1, 2, 3].map((count) => wait(3600, count)));

    expect(new Set(clusters).size).toBeGreaterThan(2);
    expect(new Set(tries).size).toBeGreaterThan(2);
  });
});

describe('who waits for an hour', () => {
  const inAnHour = async (deliveries: DeliveryState[], memory: Partial<ClusterMemory> = {}, after = 60) => {
    const door = new PlanDoor();
    [1, 2, 3, 4, 5].forEach((number) => door.deliveries.put(`c-eu-central-1-${number}`));
    door.now = NOON + minutes(after);
    return door.turn(waiting(deliveries, {}, memory));
  };

  test('looks whether a later run has made it pointless', async () => {
    expect(await inAnHour([COPY])).toMatchObject({ call: 'look', waitSeconds: 0, memory: { todo: 'deliver', deliveries: [{ ...COPY, attempt: 1 }] } });
    expect(await inAnHour([COPY], {}, 59)).toMatchObject({ call: 'turn' });
  });

  test('looks again every hour', async () => {
    expect(await inAnHour([COPY], { comparedAt: NOON + minutes(5) })).toMatchObject({ call: 'turn' });
    expect(await inAnHour([COPY], { comparedAt: NOON })).toMatchObject({ call: 'look' });
  });

  test('does not look when everything has begun', async () => {
    expect(await inAnHour([{ ...COPY, execution: 'c-eu-central-1-1' }])).toMatchObject({ call: 'turn' });
  });
});

describe('an export is due once a period', () => {
  const WEEKLY = aPlan({ exports: [anExport({ period: 'week' })] });
  const SUNDAY = { plan: WEEKLY, run: aRun('2026-11-22T22:30:00Z') };
  const MONDAY = { plan: WEEKLY, run: aRun('2026-11-22T23:30:00Z') }; // it is Monday in Paris

  /** How a try of an earlier run of the week came out, or how it stands. */
  async function afterEarlierTry(facts: Parameters<PlanDoor['deliveries']['put']>[1]) {
    const door = new PlanDoor();
    const name = await nameOf(EXPORT, SUNDAY);
    door.deliveries.put(name, { input: JSON.stringify({ run: { ...SUNDAY.run, name: 'an earlier one' } }), ...facts });
    return { door, name, answer: await door.turn(waiting([EXPORT], SUNDAY)) };
  }

  test('its execution is named after rule, cluster, period and try', async () => {
    const name = await nameOf(EXPORT, SUNDAY);

    expect(name).toMatch(/^x-[0-9a-f]{16}-1$/);
    expect(await nameOf(EXPORT, { ...SUNDAY, run: aRun('2026-11-18T03:00:00Z') })).toBe(name);
    expect(await nameOf(EXPORT, MONDAY)).not.toBe(name);
    expect(await nameOf(EXPORT, { ...SUNDAY, item: anItem({ cluster: 'billing' }) })).not.toBe(name);
  });

  test('it is due again when the cluster was replaced under its name: what was exported is the data of the other', async () => {
    expect(await nameOf(EXPORT, SUNDAY, { clusterResourceId: 'cluster-SUCCESSOR' })).not.toBe(await nameOf(EXPORT, SUNDAY));
  });

  test('it is begun when the period has none', async () => {
    const door = new PlanDoor();
    await door.turn(waiting([EXPORT], SUNDAY));

    expect(door.deliveries.names).toEqual([await nameOf(EXPORT, SUNDAY)]);
  });

  test.each([Verdict.SUCCEEDED, Verdict.SUCCEEDED_WITH_WARNINGS])('an earlier one that has %s is enough, and nothing is said of it', async (verdict) => {
    const { door, answer } = await afterEarlierTry(done({ part: 'export', name: 'Lake', verdict }));

    expect(answer).toMatchObject({ call: 'report', result: { verdict: Verdict.SUCCEEDED } });
    expect(detailIn(answer).parts).toEqual([{ part: 'snapshot', verdict: Verdict.SUCCEEDED, target: ARN }]);
    expect(door.deliveries.names).toHaveLength(1);
  });

  test('one of another run that goes on is enough', async () => {
    const { door, answer } = await afterEarlierTry({});

    expect(answer).toMatchObject({ call: 'report', result: { verdict: Verdict.SUCCEEDED } });
    expect(door.deliveries.names).toHaveLength(1);
  });

  test.each([
    ['failed', { status: 'FAILED', error: 'DeliveryFailed', cause: 'no key' }],
    ['was aborted', { status: 'ABORTED' }],
    ['was superseded', done({ part: 'export', verdict: Verdict.SUPERSEDED })],
  ])('one that %s is not: there is another try', async (_, facts) => {
    const { door, name, answer } = await afterEarlierTry(facts);
    const second = name.replace(/1$/, '2');

    expect(deliveriesIn(answer)).toEqual([{ ...EXPORT, attempt: 2, execution: second }]);
    expect(door.deliveries.inputOf<DeliveryInput>(second).delivery.execution).toBe(second);
  });

  test('the own one that failed is this run\'s result, and not tried again by it', async () => {
    const door = new PlanDoor();
    const name = await nameOf(EXPORT, SUNDAY);
    door.deliveries.put(name, { status: 'FAILED', cause: 'no key', input: JSON.stringify({ run: SUNDAY.run }) });
    const met = await door.turn(waiting([EXPORT], SUNDAY));
    const told = await door.turn(waiting([...deliveriesIn(met)!], SUNDAY));

    expect(told).toMatchObject({ call: 'report', result: { verdict: Verdict.FAILED, why: 'export Lake: no key' } });
    expect(door.deliveries.names).toHaveLength(1);
  });

  test('one that somebody else begins at the same moment is looked at in the next turn', async () => {
    const door = new PlanDoor();
    door.deliveries.start = async () => false;

    expect(deliveriesIn(await door.turn(waiting([EXPORT], SUNDAY)))).toEqual([{ ...EXPORT, attempt: 1 }]);
  });

  test.each(['none', 'null', '{}'])('an execution with an input like %s is not ours', async (input) => {
    const { answer } = await afterEarlierTry({ input });

    expect(answer).toMatchObject({ call: 'report' });
  });

  test('a run of the same name that was due at another time is another run', async () => {
    const { answer } = await afterEarlierTry({ input: JSON.stringify({ run: { ...SUNDAY.run, scheduledTime: '2026-08-01T00:00:00Z' } }) });

    expect(answer).toMatchObject({ call: 'report' });
  });

  test('tries that failed are looked through twenty a call, each once', async () => {
    const door = new PlanDoor();
    const first = await nameOf(EXPORT, SUNDAY);
    Array.from({ length: 45 }, (_, index) => door.deliveries.put(first.replace(/1$/, String(index + 1)), { status: 'FAILED' }));
    const find = jest.spyOn(door.deliveries, 'find');
    let event = waiting([EXPORT], SUNDAY);
    for (const attempt of [21, 41, 46]) {
      const answer = await door.turn(event);
      expect(deliveriesIn(answer)).toMatchObject([{ attempt }]);
      event = { ...event, answer: answer as ClusterEvent['answer'] };
    }

    expect(event.answer.memory.deliveries).toEqual([{ ...EXPORT, attempt: 46, execution: first.replace(/1$/, '46') }]);
    expect(find.mock.calls.length).toBeLessThanOrEqual(46 + 3);
  });

  test('a full lane keeps nobody looking for what is known', async () => {
    const door = new PlanDoor();
    ['1', '2', '3', '4', '5'].forEach((name) => door.deliveries.put(`x-${name}`));
    const first = await door.turn(waiting([EXPORT], SUNDAY));
    const find = jest.spyOn(door.deliveries, 'find');

    expect(deliveriesIn(await door.turn(waiting([...deliveriesIn(first)!], SUNDAY)))).toEqual([{ ...EXPORT, attempt: 1 }]);
    expect(find).not.toHaveBeenCalled();
  });
});

describe('how a delivery ended', () => {
  async function after(facts: Parameters<PlanDoor['deliveries']['put']>[1], memory: Partial<ClusterMemory> = {}) {
    const door = new PlanDoor();
    door.deliveries.put('c-eu-central-1-mine', facts);
    return door.turn(waiting([{ ...COPY, execution: 'c-eu-central-1-mine' }], {}, memory));
  }

  test('is a part of the verdict, with what was pruned for it', async () => {
    const pruned = { deleted: ['arn:old'], wouldDelete: ['arn:would'], reports: ['odd'] };
    const answer = await after(done({ target: 'arn:copy', pruned }), { pruned: { deleted: ['arn:home'], wouldDelete: [], reports: [] } });

    expect(answer).toMatchObject({ call: 'report', result: { verdict: Verdict.SUCCEEDED } });
    expect(detailIn(answer)).toMatchObject({
      parts: [{ part: 'snapshot' }, { part: 'copy', name: OTHER_REGION, verdict: Verdict.SUCCEEDED, target: 'arn:copy' }],
      deleted: ['arn:home', 'arn:old'],
      wouldDelete: ['arn:would'],
      reports: ['odd'],
    });
  });

  test('may be a failure after room was made for it: what was deleted is told all the same', async () => {
    const pruned = { deleted: ['arn:old'], wouldDelete: [], reports: ['odd'] };
    const cause = JSON.stringify({ part: 'copy', name: OTHER_REGION, verdict: Verdict.FAILED, reason: 'no key', target: 'arn:copy', pruned });

    expect(detailIn(await after({ status: 'FAILED', error: 'DeliveryFailed', cause }))).toMatchObject({
      verdict: Verdict.FAILED, reason: 'copy eu-central-1: no key', deleted: ['arn:old'], reports: ['odd'],
    });
  });

  test('is a warning when its Region could not be pruned', async () => {
    expect(detailIn(await after(done({ trouble: 'no right to delete' })))).toMatchObject({
      verdict: Verdict.SUCCEEDED_WITH_WARNINGS,
      reason: 'prune eu-central-1: no right to delete',
      parts: [{ part: 'snapshot' }, { part: 'copy', verdict: Verdict.SUCCEEDED }, { part: 'prune', name: OTHER_REGION, verdict: Verdict.SUCCEEDED_WITH_WARNINGS }],
    });
  });

  test('may be that a later run made it pointless', async () => {
    expect(detailIn(await after(done({ verdict: Verdict.SUPERSEDED, reason: 'too late' })))).toMatchObject({ verdict: Verdict.SUPERSEDED, reason: 'copy eu-central-1: too late' });
  });

  test.each([
    ['a failure with its cause', { status: 'FAILED', error: 'DeliveryFailed', cause: 'no key' }, 'no key'],
    ['a function that failed, without its stack trace,', { status: 'FAILED', error: 'Error', cause: '{"errorType":"Error","errorMessage":"no key","trace":[]}' }, 'no key'],
    ['an abortion', { status: 'ABORTED' }, 'the execution that makes it ended as ABORTED (without an error)'],
    ['a time-out', { status: 'TIMED_OUT', error: 'States.Timeout' }, 'the execution that makes it ended as TIMED_OUT (States.Timeout)'],
    ['an output that is no outcome', { status: 'SUCCEEDED', output: '{"what":"is this"}' }, 'the execution that makes it ended as SUCCEEDED (without an error)'],
    ['an output that cannot be read', { status: 'SUCCEEDED', output: '{"part":"co' }, 'the execution that makes it ended as SUCCEEDED (without an error)'],
  ])('%s is a failure of that part, and the snapshot is there all the same', async (_, facts, why) => {
    expect(detailIn(await after(facts))).toMatchObject({
      verdict: Verdict.FAILED,
      reason: `copy eu-central-1: ${why}`,
      snapshotArn: ARN,
      parts: [{ part: 'snapshot', verdict: Verdict.SUCCEEDED }, { part: 'copy', name: OTHER_REGION, verdict: Verdict.FAILED, reason: why }],
    });
  });

  test('is told with no more of what was pruned than fits into a state', async () => {
    const all = (count: number) => Array.from({ length: count }, (_, index) => `arn:${index}`);
    const pruned = { deleted: all(150), wouldDelete: all(40), reports: all(40) };

    expect(detailIn(await after(done({ pruned }), { pruned }))).toMatchObject({
      deleted: { length: 200 }, wouldDelete: { length: 50 }, reports: { length: 50 },
    });
  });

  test('is told in no more words than fit', async () => {
    expect((detailIn(await after({ status: 'FAILED', cause: 'x'.repeat(30_000) })) as { reason: string }).reason.length).toBeLessThanOrEqual(1_000);
  });

  test('of one does not end the wait for the others', async () => {
    const door = new PlanDoor();
    door.deliveries.put('c-eu-central-1-mine', done()).put('c-us-east-1-mine');
    const answer = await door.turn(waiting([{ ...COPY, execution: 'c-eu-central-1-mine' }, { kind: 'copy', name: THIRD_REGION, execution: 'c-us-east-1-mine' }]));

    expect(answer).toMatchObject({ call: 'turn', memory: { parts: [{ part: 'snapshot' }, { part: 'copy', name: OTHER_REGION }] } });

    door.deliveries.put('c-us-east-1-mine', done({ name: THIRD_REGION }));
    const last = await door.turn({ ...waiting([]), answer: answer as ClusterEvent['answer'] });
    expect(detailIn(last).parts).toEqual([
      expect.objectContaining({ part: 'snapshot' }), expect.objectContaining({ name: OTHER_REGION }), expect.objectContaining({ name: THIRD_REGION }),
    ]);
  });

  test('is not known after seven days: that is a failure, and what goes on goes on', async () => {
    const door = new PlanDoor();
    door.deliveries.put('c-eu-central-1-mine');
    const over: DeliveryState = { kind: 'copy', name: THIRD_REGION, verdict: Verdict.SUCCEEDED };
    const event = waiting([over, { ...COPY, execution: 'c-eu-central-1-mine' }, EXPORT]);
    door.deliveries.put('x-1').put('x-2').put('x-3').put('x-4').put('x-5');
    door.now = NOON + minutes(7 * 1440) - 1;
    expect(await door.turn(event)).toMatchObject({ memory: { parts: [{ part: 'snapshot' }] } });

    door.now += 1;
    expect(detailIn(await door.turn(event))).toMatchObject({
      verdict: Verdict.FAILED,
      parts: [
        { part: 'snapshot', verdict: Verdict.SUCCEEDED },
        { part: 'copy', name: OTHER_REGION, verdict: Verdict.FAILED, reason: 'not finished after 7 days' },
        { part: 'export', name: 'Lake', verdict: Verdict.FAILED, reason: 'not finished after 7 days' },
      ],
    });
  });

  test('cannot be learned when Step Functions throttles: the state machine tries again', async () => {
    const door = new PlanDoor();
    door.deliveries.breaks(throttled());

    await expect(door.turn(waiting([COPY]))).rejects.toThrow('Rate exceeded');
  });
});

test('the deliveries are asked of the state machine that the event names', async () => {
  const door = new PlanDoor();
  await door.turn({ ...waiting([COPY]), deliveryStateMachineArn: `${DELIVERY_MACHINE_ARN}-other` });

  expect(door.deliveries.names).toEqual([]);
  expect(door.runs.names).toHaveLength(1);
});
