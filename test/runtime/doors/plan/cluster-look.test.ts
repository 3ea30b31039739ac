import { Verdict } from '../../../../src/core/plan/verdict';
import { ClusterMemory, DeliveryState } from '../../../../src/runtime/doors/plan/steps';
import { throttled } from '../../../support/errors';
import { NOON, OTHER_ACCOUNT, OTHER_REGION, minutes } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { PlanDoor } from '../../../support/plan-door';
import { aCopy, aPlan, aRun, anExport, anItem, clusterEvent, snapshotOfRun } from '../../../support/plan-events';
import { ORDERS } from '../../../support/plan-snapshots';

captureLog();

const { arn: ARN } = snapshotOfRun();
const WORKING: Partial<ClusterMemory> = { seen: true, beganAt: NOON, clusterResourceId: ORDERS };

/** One look at a snapshot in this status, so many minutes after it was begun. */
function look(
  status: string | undefined, after: number, memory: Partial<ClusterMemory> = WORKING, facts: Parameters<typeof clusterEvent>[1] = {},
) {
  const door = new PlanDoor(new FakeRds(status === undefined ? [] : [snapshotOfRun({ status })]));
  door.now = NOON + minutes(after);
  return door.look(clusterEvent(memory, facts));
}

const failedWith = (reason: RegExp) => ({
  call: 'report',
  report: { detail: expect.objectContaining({ verdict: Verdict.FAILED, reason: expect.stringMatching(reason), snapshotArn: ARN }), resources: [ARN] },
  result: { verdict: Verdict.FAILED, cluster: 'orders', why: expect.stringMatching(reason) },
});

describe('a snapshot that is being taken', () => {
  test('is looked at again, more rarely the longer it takes', async () => {
    expect(await look('creating', 1)).toMatchObject({ call: 'look', waitSeconds: 60, memory: WORKING });
    expect(await look('creating', 60)).toMatchObject({ call: 'look', waitSeconds: 450 });
    expect(await look('creating', 1, WORKING, { item: anItem({ shortestWaitSeconds: 90 }) })).toMatchObject({ waitSeconds: 90 });
  });

  test('is given up after seven days, and left as it is', async () => {
    expect(await look('creating', 7 * 1440 - 1)).toMatchObject({ call: 'look' });
    expect(await look('creating', 7 * 1440)).toEqual(failedWith(/not finished after 7 days, so .* is left as it is\. Last seen: .* is creating, 40 %$/));
  });

  test('that a look could not be had of is looked at again', async () => {
    const door = new PlanDoor(new FakeRds().breaks('findSnapshot', throttled()));

    expect(await door.look(clusterEvent(WORKING))).toMatchObject({ call: 'look', memory: WORKING });
  });
});

describe('a snapshot that is complete', () => {
  test('leads to the pruning, and is named with its ARN', async () => {
    expect(await look('available', 5)).toEqual({
      call: 'prune',
      waitSeconds: 0,
      memory: expect.objectContaining({ todo: 'prune', tries: 0, parts: [{ part: 'snapshot', verdict: Verdict.SUCCEEDED, target: ARN }] }),
    });
  });

  test('is shared first', async () => {
    expect(await look('available', 5, WORKING, { plan: aPlan({ shareWith: [OTHER_ACCOUNT] }) })).toMatchObject({ call: 'start', memory: { todo: 'share' } });
  });
});

test('a snapshot that failed is told with what RDS shows, and nothing is pruned', async () => {
  expect(await look('failed', 5)).toEqual(failedWith(/ended in status 'failed'.*The next run makes another\.$/));
});

describe('a snapshot that is not to be seen', () => {
  test('and never was is begun again', async () => {
    expect(await look(undefined, 1, { ...WORKING, seen: false })).toMatchObject({ call: 'start', waitSeconds: 0 });
  });

  test('but was, may be hidden for five minutes', async () => {
    expect(await look(undefined, 10)).toMatchObject({ call: 'look', memory: { unseenSince: NOON + minutes(10) } });
    expect(await look(undefined, 10, { ...WORKING, unseenSince: NOON + minutes(5) + 1 })).toMatchObject({ call: 'look', memory: { unseenSince: NOON + minutes(5) + 1 } });
  });

  test('but was, and is not after that, was deleted by somebody and is not made again', async () => {
    expect(await look(undefined, 10, { ...WORKING, unseenSince: NOON + minutes(5) })).toEqual(failedWith(/was there and no longer is: somebody deleted it/));
  });

  test('and one of the same name that is somebody else\'s does not stand for it', async () => {
    const door = new PlanDoor(new FakeRds([snapshotOfRun({ tags: {} })]));

    expect(await door.look(clusterEvent({ ...WORKING, seen: false }))).toMatchObject({ call: 'start' });
  });
});

describe('a cluster whose copies and exports wait for their turn', () => {
  const plan = aPlan({ copies: [aCopy(), aCopy({ region: 'us-east-1' })], exports: [anExport(), anExport({ id: 'Weekly', period: 'week' })] });
  const DELIVERIES: DeliveryState[] = [
    { kind: 'copy', name: OTHER_REGION, attempt: 1 },
    { kind: 'copy', name: 'us-east-1', execution: 'c-us-east-1-mine' },
    { kind: 'export', name: 'Lake' },
    { kind: 'export', name: 'Weekly' },
  ];
  const later = snapshotOfRun({ createTime: new Date(NOON + minutes(30)) }, { run: aRun('2026-11-22T12:30:00.000Z') });
  const TAKEN = { part: 'snapshot', verdict: Verdict.SUCCEEDED, target: ARN } as const;

  const compare = async (rds: FakeRds, deliveries = DELIVERIES) => {
    const door = new PlanDoor(rds);
    door.now = NOON + minutes(60);
    return door.look(clusterEvent({ todo: 'deliver', clusterResourceId: ORDERS, parts: [TAKEN], deliveries }, { plan }));
  };

  test('gives up those that a later run has made pointless: not what has begun, nor what is owed to a period', async () => {
    const reason = `had not begun when a later run had taken ${later.identifier}`;

    expect(await compare(new FakeRds([snapshotOfRun(), later]))).toMatchObject({
      call: 'turn',
      waitSeconds: 0,
      memory: {
        comparedAt: NOON + minutes(60),
        deliveries: [
          { ...DELIVERIES[0], verdict: Verdict.SUPERSEDED }, DELIVERIES[1], { ...DELIVERIES[2], verdict: Verdict.SUPERSEDED }, DELIVERIES[3],
        ],
        parts: [TAKEN, { part: 'copy', name: OTHER_REGION, verdict: Verdict.SUPERSEDED, reason }, { part: 'export', name: 'Lake', verdict: Verdict.SUPERSEDED, reason }],
      },
    });
  });

  test('says so once of each', async () => {
    const over = DELIVERIES.map((state): DeliveryState => ({ ...state, verdict: Verdict.SUCCEEDED }));

    expect(await compare(new FakeRds([snapshotOfRun(), later]), over)).toMatchObject({ memory: { deliveries: over, parts: [TAKEN] } });
  });

  test.each([
    ['there is none', []],
    ['it is not complete', [{ ...later, status: 'creating' }]],
    ['it is of another cluster of the name', [{ ...later, tags: snapshotOfRun({}).tags, clusterResourceId: 'x' }]],
  ])('goes on waiting when of a later one %s', async (_, others) => {
    expect(await compare(new FakeRds([snapshotOfRun(), ...others]))).toMatchObject({
      call: 'turn', memory: { comparedAt: NOON + minutes(60), deliveries: DELIVERIES, parts: [TAKEN] },
    });
  });

  test('goes on waiting when RDS does not answer', async () => {
    expect(await compare(new FakeRds().breaks('listSnapshotsOfCluster', throttled()))).toMatchObject({ call: 'turn', waitSeconds: 0, memory: { deliveries: DELIVERIES } });
  });
});
