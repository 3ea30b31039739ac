import { OwnershipTag } from '../../../../src/core/ownership';
import { Verdict } from '../../../../src/core/plan/verdict';
import { Snapshot } from '../../../../src/core/snapshot';
import { DeliveryEvent, DeliveryMemory, DeliveryOutcome, NOTHING_PRUNED } from '../../../../src/runtime/doors/plan/steps';
import { awsError, copyLimit, denied, quota, throttled } from '../../../support/errors';
import { EXPORT_KEY_ARN, EXPORT_ROLE_ARN, NOON, OTHER_REGION, REGION, minutes } from '../../../support/events';
import { anExportTask } from '../../../support/export-tasks';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { PlanDoor } from '../../../support/plan-door';
import { DR_KEY_ARN, aCopy, aPlan, aRun, anExport, anItem, deliveryEvent, snapshotOfRun, taskOf } from '../../../support/plan-events';
import { ORDERS, PLAN, planSnapshot } from '../../../support/plan-snapshots';
import { withTags } from '../../../support/snapshots';

captureLog();

const SOURCE = snapshotOfRun();
const COPY = snapshotOfRun({}, {}, OTHER_REGION);
const COPY_WRITE = `copy ${OTHER_REGION}/${COPY.identifier}`;

type Memory = Partial<DeliveryMemory>;
const copying = (memory: Memory = {}, facts: Parameters<typeof deliveryEvent>[2] = {}) => deliveryEvent({ kind: 'copy', name: OTHER_REGION }, memory, facts);
const exporting = (memory: Memory = {}, facts: Parameters<typeof deliveryEvent>[2] = {}) => deliveryEvent({ kind: 'export', name: 'Lake' }, memory, facts);
const later = (facts: Parameters<typeof planSnapshot>[1] = {}) => planSnapshot('later', { createTime: new Date(NOON + minutes(60)), ...facts });

/** Two minutes after the run began, unless a test says otherwise: the minute for which an export waits is over. */
function doorWith(snapshots: Snapshot[] = [SOURCE]): PlanDoor {
  const door = new PlanDoor(new FakeRds(snapshots));
  door.now = NOON + minutes(2);
  return door;
}

const ended = (verdict: Verdict, reason: RegExp) => ({
  call: 'end', outcome: expect.objectContaining({ verdict, reason: expect.stringMatching(reason), pruned: NOTHING_PRUNED }),
});

test('a delivery that fails tells no more of what was deleted for it than fits into the cause of its execution', async () => {
  const door = doorWith();
  door.rds.breaks('copySnapshot', awsError('InvalidParameterValue', 'x'.repeat(2_000)));
  const arns = Array.from({ length: 200 }, (_, index) => `arn:aws-us-gov:rds:us-gov-west-1:111111111111:cluster-snapshot:${String(index).padEnd(63, 'x')}`);
  const pruned = { deleted: arns, wouldDelete: arns.slice(0, 50), reports: Array.from({ length: 50 }, () => '"'.repeat(500)) };
  const { outcome } = await door.start(copying({ pruned })) as { outcome: DeliveryOutcome };

  expect(outcome.verdict).toBe(Verdict.FAILED);
  expect(outcome.pruned.deleted.length).toBeGreaterThan(100);
  expect(JSON.stringify(outcome).length).toBeLessThan(32_768);
});

describe('a copy', () => {
  test('is begun in its Region, with the key of the rule, the tags of the plan and the time of the data', async () => {
    const door = doorWith([withTags(SOURCE, { 'team': 'orders', 'aws:cloudformation:stack-name': 'x' })]);

    expect(await door.start(copying({ beganAt: NOON }))).toMatchObject({ call: 'look', waitSeconds: 60, memory: { seen: true, beganAt: NOON } });
    expect(door.rds.writes).toEqual([COPY_WRITE]);
    expect(door.rds.find(COPY.arn)!.tags).toEqual({
      team: 'orders',
      [OwnershipTag.OWNER]: PLAN.owner,
      [OwnershipTag.IDENTIFIER]: COPY.identifier,
      [OwnershipTag.PLAN]: 'Gold',
      [OwnershipTag.PLAN_REGION]: REGION,
      [OwnershipTag.CLUSTER]: 'orders',
      [OwnershipTag.CLUSTER_RESOURCE_ID]: ORDERS,
      [OwnershipTag.GENERATION]: aRun().name,
      [OwnershipTag.DATA_TIME]: new Date(NOON).toISOString(),
    });
  });

  test('is made with the key of its Region', async () => {
    const door = doorWith();
    const copySnapshot = jest.spyOn(door.rds, 'copySnapshot');
    await door.start(copying());

    expect(copySnapshot).toHaveBeenCalledWith(OTHER_REGION, expect.objectContaining({ kmsKeyId: DR_KEY_ARN, sourceIdentifierOrArn: SOURCE.arn }));
  });

  test('of a source that is gone is waited for five minutes, and has then failed', async () => {
    const door = doorWith([]);
    expect(await door.start(copying({ beganAt: NOON }))).toMatchObject({ call: 'start', memory: { tries: 1 } });

    door.now = NOON + minutes(5);
    expect(await door.start(copying({ beganAt: NOON }))).toEqual(ended(Verdict.FAILED, /does not exist or is not shared with this account/));
  });

  test('waits with growing pauses while RDS has as many copies as it allows', async () => {
    const door = doorWith();
    door.rds.breaks('copySnapshot', copyLimit());
    const pauses: number[] = [];
    let event: DeliveryEvent = copying();
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      const answer = await door.start(event);
      expect(answer).toMatchObject({ call: 'start', memory: { tries: attempt, todo: 'make' } });
      pauses.push((answer as { waitSeconds: number }).waitSeconds);
      event = { ...event, answer: answer as DeliveryEvent['answer'] };
    }

    expect(pauses[1]).toBeGreaterThan(pauses[0]);
    expect(pauses[5]).toBeGreaterThan(pauses[1] * 4);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(750);
  });

  test('is given up after seven days in which it could not be begun', async () => {
    const door = doorWith();
    door.rds.breaks('copySnapshot', copyLimit());
    door.now = NOON + minutes(7 * 1440) - 1;
    expect(await door.start(copying({ beganAt: NOON }))).toMatchObject({ call: 'start' });

    door.now += 1;
    expect(await door.start(copying({ beganAt: NOON }))).toEqual(ended(Verdict.FAILED, /^could not be begun within 7 days: as many copies are in progress/));
  });

  test('that RDS does not take has failed, with its words', async () => {
    const door = doorWith();
    door.rds.breaks('copySnapshot', awsError('InvalidParameterValue', 'no such key'));

    expect(await door.start(copying())).toEqual({
      call: 'end',
      outcome: {
        part: 'copy',
        name: OTHER_REGION,
        target: COPY.arn,
        verdict: Verdict.FAILED,
        reason: expect.stringMatching(/AWS said: InvalidParameterValue: no such key\. Correct what AWS names; the next run tries again\.$/),
        pruned: NOTHING_PRUNED,
      },
    });
  });

  test('that was begun by a call whose answer was lost is met', async () => {
    const door = doorWith();
    await door.start(copying());
    expect(await door.start(copying())).toMatchObject({ call: 'look', memory: { seen: true } });

    expect(door.rds.writes).toEqual([COPY_WRITE]);
  });

  test('that is complete already leads to the pruning of its Region', async () => {
    expect(await doorWith([SOURCE, COPY]).start(copying())).toEqual({
      call: 'prune',
      waitSeconds: 0,
      memory: expect.objectContaining({ todo: 'prune', tries: 0, outcome: { part: 'copy', name: OTHER_REGION, target: COPY.arn, verdict: Verdict.SUCCEEDED } }),
    });
  });
});

test.each<[string, 'listSnapshotsOfCluster' | 'findSnapshot' | 'copySnapshot']>([
  ['the look for a later snapshot', 'listSnapshotsOfCluster'], ['the look for an earlier try', 'findSnapshot'], ['the copy', 'copySnapshot'],
])('%s that is throttled is tried again after a pause', async (_, call) => {
  const door = doorWith();
  door.rds.breaks(call, throttled());

  expect(await door.start(copying())).toMatchObject({ call: 'start', memory: { tries: 1, beganAt: door.now } });
  expect(door.rds.writes).toEqual([]);
});

describe('a refusal', () => {
  const refused = (memory: Memory) => {
    const door = doorWith();
    door.rds.breaks('copySnapshot', denied());
    door.now = NOON + minutes(60);
    return door.start(copying({ beganAt: NOON, ...memory }));
  };

  test('may be an incident of five minutes', async () => {
    expect(await refused({})).toMatchObject({ call: 'start', memory: { refusedSince: NOON + minutes(60) } });
  });

  test('that lasts is a failure', async () => {
    expect(await refused({ refusedSince: NOON + minutes(55) })).toEqual(ended(Verdict.FAILED, /is not allowed, also after 5 minutes/));
  });
});

describe('a Region that is full', () => {
  const full = (memory: Memory) => {
    const door = doorWith();
    door.rds.breaks('copySnapshot', quota());
    return door.start(copying(memory));
  };

  test('is cleared of what the policy deletes there anyway', async () => {
    expect(await full({ beganAt: NOON })).toEqual({ call: 'prune', waitSeconds: 0, memory: { todo: 'clear', beganAt: NOON, tries: 0, pruned: NOTHING_PRUNED } });
  });

  test('has half an hour in which what was deleted there goes', async () => {
    expect(await full({ clearedAt: NOON - minutes(27), cleared: true })).toMatchObject({ call: 'start', memory: { todo: 'make', tries: 1 } });
  });

  test.each([['and stays so', { clearedAt: NOON - minutes(28), cleared: true }], ['of what is to stay', { clearedAt: NOON, cleared: false }]])('%s is a failure', async (_, memory) => {
    expect(await full(memory)).toEqual(ended(Verdict.FAILED, /as many manual cluster snapshots as its quota allows/));
  });
});

describe('a later run makes what has not begun pointless', () => {
  test.each([['copy', copying, OTHER_REGION], ['export', exporting, 'Lake']] as const)('a %s', async (kind, event, name) => {
    const door = doorWith([SOURCE, later()]);

    expect(await door.start(event())).toEqual({
      call: 'end',
      outcome: {
        part: kind, name, verdict: Verdict.SUPERSEDED, reason: `had not begun when a later run had taken ${later().identifier}`, pruned: NOTHING_PRUNED,
      },
    });
    expect(door.rds.writes).toEqual([]);
  });

  test.each([
    ['not complete', later({ status: 'creating' })],
    ['older', later({ createTime: new Date(NOON - 1) })],
    ['as old', later({ createTime: new Date(NOON) })],
    ['of another cluster of the name', later({ incarnation: 'cluster-OTHER' })],
    ['of another cluster', later({ cluster: 'billing' })],
    ['of another plan', later({ plan: { ...PLAN, planName: 'Silver' } })],
    ['without a time', later({ createTime: undefined })],
  ])('unless what it took is %s', async (_, other) => {
    const door = doorWith([SOURCE, other]);

    expect(await door.start(copying())).toMatchObject({ call: 'look' });
  });

  test('what has begun goes on, and is not even compared', async () => {
    const door = doorWith([SOURCE, later()]);
    const list = jest.spyOn(door.rds, 'listSnapshotsOfCluster');

    expect(await door.start(copying({ seen: true }))).toMatchObject({ call: 'look' });
    expect(list).not.toHaveBeenCalled();
  });

  test('a copy whose beginning was answered to nobody goes on', async () => {
    const door = doorWith([SOURCE, { ...COPY, status: 'copying' }, later()]);

    expect(await door.start(copying())).toMatchObject({ call: 'look', memory: { seen: true } });
  });

  test('an export whose beginning was answered to nobody goes on', async () => {
    const door = doorWith([SOURCE, later()]);
    door.rds.exportTasks = [anExportTask({ identifier: taskOf(exporting()), sourceArn: SOURCE.arn })];

    expect(await door.start(exporting())).toMatchObject({ call: 'look', memory: { seen: true } });
  });

  test('also when retention has taken its source already', async () => {
    const door = doorWith([later()]);

    expect(await door.start(copying())).toEqual(ended(Verdict.SUPERSEDED, /^had not begun when a later run had taken/));
  });

  test('a cluster that was replaced in the moment in which its snapshot was begun is not mixed up with the other', async () => {
    const door = doorWith([{ ...SOURCE, clusterResourceId: 'cluster-OTHER' }]);

    expect(await door.start(copying())).toEqual(ended(Verdict.FAILED, /^the cluster 'orders' was replaced by another while its snapshot was begun/));
    expect(door.rds.writes).toEqual([]);
  });
});

describe('the export of a day, a week or a month is owed whichever snapshot it is made from', () => {
  const plan = aPlan({ exports: [anExport({ period: 'week' })] });
  const begun = async (snapshots: Snapshot[]) => {
    const door = doorWith(snapshots);
    return { answer: await door.start(exporting({ beganAt: NOON }, { plan })), sources: door.rds.exports.map(({ sourceArn }) => sourceArn) };
  };

  test('a later run does not make it pointless', async () => {
    expect((await begun([SOURCE, later()])).sources).toEqual([SOURCE.arn]);
  });

  test('and where retention has taken its source, it is made from the newest good one', async () => {
    const newest = planSnapshot('newest', { createTime: new Date(NOON + minutes(90)) });

    expect((await begun([later(), newest, planSnapshot('unfinished', { createTime: new Date(NOON + minutes(99)), status: 'creating' })])).sources).toEqual([newest.arn]);
  });

  test('where there is none at all, it waits for its own', async () => {
    const { answer, sources } = await begun([]);

    expect(answer).toMatchObject({ call: 'start' });
    expect(sources).toEqual([]);
  });
});

describe('an export', () => {
  test('is begun as its rule says, a minute after its turn has come', async () => {
    const plan = aPlan({ exports: [anExport({ id: 'Other', bucket: 'other' }), anExport({ prefix: 'orders', exportOnly: ['orders.public'] })] });
    const door = doorWith();
    door.now = NOON + 59_000;
    expect(await door.start(exporting({ beganAt: NOON }, { plan }))).toMatchObject({ call: 'start' });

    door.now = NOON + 60_000;
    expect(await door.start(exporting({ beganAt: NOON }, { plan }))).toMatchObject({ call: 'look', memory: { seen: true } });
    expect(door.rds.exports).toEqual([expect.objectContaining({
      identifier: taskOf(exporting()), sourceArn: SOURCE.arn, bucket: 'lake', prefix: 'orders', roleArn: EXPORT_ROLE_ARN, kmsKeyId: EXPORT_KEY_ARN, exportOnly: ['orders.public'],
    })]);
  });

  test('has another identifier at the next try, and for another cluster: RDS takes none twice', () => {
    const task = (execution: string, cluster = 'orders') => taskOf(deliveryEvent({ kind: 'export', name: 'Lake', execution }, {}, { item: anItem({ cluster }) }));
    const first = task('x-0123456789abcdef-1');

    expect(first).toMatch(new RegExp(`^${PLAN.owner}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-orders$`));
    expect(task('x-0123456789abcdef-2')).not.toBe(first);
    expect(task('x-fedcba9876543210-1')).not.toBe(first);
  });

  test('waits its turn where RDS has as many as it allows', async () => {
    const door = doorWith();
    door.rds.breaks('startExportTask', awsError('ExportTaskLimitReachedFault'));

    expect(await door.start(exporting({ beganAt: NOON }))).toMatchObject({ call: 'start', memory: { tries: 1 } });
  });

  test('that is complete already is the end of it', async () => {
    const door = doorWith();
    door.rds.exportTasks = [anExportTask({ identifier: taskOf(exporting()), sourceArn: SOURCE.arn, status: 'COMPLETE' })];

    expect(await door.start(exporting())).toEqual({
      call: 'end', outcome: { part: 'export', name: 'Lake', target: taskOf(exporting()), verdict: Verdict.SUCCEEDED, pruned: NOTHING_PRUNED },
    });
  });

  test('whose rule is not in the plan is a mistake of ours, and is not answered', async () => {
    await expect(doorWith().start(exporting({}, { plan: aPlan() }))).rejects.toThrow("the plan 'Gold' has no export 'Lake'");
  });
});

test('rules of another release are refused before anything is asked', async () => {
  const door = doorWith();

  await expect(door.start(copying({}, { plan: { ...aPlan({ copies: [aCopy()] }), version: 0 } }))).rejects.toThrow('version 0 of the rules of a plan');
  expect(door.rds.writes).toEqual([]);
});
