import { jsonBytes } from '../../../../src/core/fitting';
import { Handle } from '../../../../src/core/handle';
import { WATCH_LIMIT_SECONDS } from '../../../../src/core/pacing';
import { Snapshot } from '../../../../src/core/snapshot';
import { Memory, Step } from '../../../../src/runtime/steps';
import { awsError, denied, throttled } from '../../../support/errors';
import { NOON, TOPIC_ARN, minutes } from '../../../support/events';
import { anExportTask, warningMessage } from '../../../support/export-tasks';
import { FakeRds } from '../../../support/fake-rds';
import { HANDLES, aHandle } from '../../../support/handles';
import { captureLog } from '../../../support/log';
import { aSnapshot } from '../../../support/snapshots';
import { WorkflowDoor } from '../../../support/workflow-door';

const logged = captureLog();

const { target } = aHandle().work;
/** The step before the look: it was seen, or not seen since some time. */
const SEEN: Step = { step: 'wait', waitSeconds: 60, memory: { seen: true } };
const unseenSince = (time: number): Step => ({ step: 'wait', waitSeconds: 15, memory: { seen: true, unseenSince: NOON + time } });

/** What is watched, in some state. */
function madeFor({ work }: Handle, facts: Partial<Snapshot>): Snapshot {
  return aSnapshot({ identifier: work.targetIdentifier, tags: work.ownershipTags, ...facts });
}

function watching(handle: Handle, status?: string): WorkflowDoor {
  const rds = new FakeRds(status === undefined || handle.request.kind === 'export' ? [] : [madeFor(handle, { status })]);
  rds.exportTasks = status === undefined ? [] : [anExportTask({ identifier: handle.work.target, status })];
  return at(minutes(20), new WorkflowDoor(handle, rds));
}

function at(time: number, door: WorkflowDoor): WorkflowDoor {
  door.now = NOON + time;
  return door;
}

/** How it ended: a failure is told at once, a success when the stack is at rest. */
const report = (status: 'SUCCEEDED' | 'FAILED', message: string | RegExp) => ({
  ...(status === 'FAILED' ? { step: 'report' } : { step: 'settle', waitSeconds: 15, since: expect.any(Number) }),
  report: expect.objectContaining({ detail: expect.objectContaining({ status, message: expect.stringMatching(message) }) }),
});
const outcome = (metric: string, operation: string) => expect.objectContaining({ Operation: operation, [metric]: 1 });
const waits = (waitSeconds: number, memory: Memory = {}) => ({ step: 'wait', waitSeconds, memory });

describe.each([
  ['a snapshot', HANDLES.take, 'creating', 'available', 'failed'],
  ['a copy', HANDLES.copy, 'copying', 'available', 'failed'],
  ['an export', HANDLES.export, 'IN_PROGRESS', 'COMPLETE', 'FAILED'],
])('watching %s', (_, handle, atWork, complete, failed) => {
  test('at work: it waits, and remembers that it was seen', async () => {
    expect(await watching(handle, atWork).look()).toEqual(waits(60, { seen: true }));
  });

  test('complete: that is reported, logged and counted', async () => {
    expect(await watching(handle, complete).look(SEEN)).toEqual(report('SUCCEEDED', / is complete\.$/));
    expect(logged()).toContainEqual(outcome('OperationSucceeded', handle.request.kind));
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'INFO', message: 'work complete', target: handle.work.target }));
  });

  test('failed: that is reported, logged and counted', async () => {
    expect(await watching(handle, failed).look(SEEN)).toEqual(report('FAILED', new RegExp(handle.work.target)));
    expect(logged()).toContainEqual(outcome('OperationFailed', handle.request.kind));
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'ERROR', message: 'work failed', target: handle.work.target }));
  });

  test('never seen: it is to be started', async () => {
    expect(await watching(handle).look()).toEqual({ step: 'start', memory: {} });
  });

  test('not seen again after it was waited for in the queue: it is to be started', async () => {
    const memory = { seen: false, refusedSince: NOON };

    expect(await watching(handle).look({ step: 'wait', waitSeconds: 60, memory })).toEqual({ step: 'start', memory });
  });

  test('seen before and not now: lists may lag, so it looks again soon, for five minutes', async () => {
    const door = at(minutes(20), watching(handle));
    const next = waits(15, { seen: true, unseenSince: NOON + minutes(20) });

    expect(await door.look(SEEN)).toEqual(next);
    door.now += minutes(5) - 1;
    expect(await door.look(unseenSince(minutes(20)))).toEqual(next);
  });

  test('seen before and no longer: somebody deleted it, and it is not made again behind their back', async () => {
    const door = at(minutes(25), watching(handle));

    expect(await door.look(unseenSince(minutes(20)))).toEqual(report('FAILED', `^${handle.work.target} was there and no longer is: somebody deleted it`));
  });

  test('seen again: that it was not for a while is forgotten', async () => {
    expect(await watching(handle, atWork).look(unseenSince(minutes(10)))).toEqual(waits(60, { seen: true }));
  });

  test('a look never writes', async () => {
    for (const status of [undefined, atWork, complete, failed]) {
      const door = watching(handle, status);
      await door.look();

      expect(door.rds.writes).toEqual([]);
    }
  });

  test('a look that fails says nothing: what was seen stays seen, and what was not is not started', async () => {
    const door = watching(handle);
    door.rds.breaks('findSnapshot', throttled()).breaks('findExportTask', throttled());

    expect(await door.look(SEEN)).toEqual(waits(60, { seen: true }));
    expect(await door.look()).toEqual(waits(60));
  });

  test('rights that somebody takes away for a while do not end the watch: the work may go on well', async () => {
    const door = watching(handle, atWork);
    door.rds.breaks('findSnapshot', denied()).breaks('findExportTask', denied());

    expect(await door.look(SEEN)).toEqual(waits(60, { seen: true }));
  });

});

describe('after seven days', () => {
  const last = (status?: string) => at(WATCH_LIMIT_SECONDS * 1000, watching(aHandle(), status));

  test('the watch ends, and what it watched is left as it is', async () => {
    const door = last('IN_PROGRESS');

    expect(await door.look()).toEqual(report('FAILED', new RegExp(`^not finished after 7 days, so ${target} is no longer watched and is left as it is\\. Last seen: .*IN_PROGRESS, 40 %`)));
    expect(door.rds.writes).toEqual([]);
  });

  test('nothing is begun any more', async () => {
    expect(await last().look()).toEqual(report('FAILED', /no longer watched.*Last seen: RDS does not list/));
  });

  test('not a moment too early', async () => {
    const door = last('IN_PROGRESS');
    door.now -= 1;

    expect(await door.look()).toMatchObject({ step: 'wait', waitSeconds: 600 });
  });

  test('what is complete by then counts', async () => {
    expect(await last('COMPLETE').look()).toEqual(report('SUCCEEDED', /is complete/));
  });
});

describe('an export that left 5,000 tables out', () => {
  const tables = Array.from({ length: 5000 }, (_, index) => `orders.public.a_table_with_quite_a_long_name_${index}`);
  const look = async () => {
    const door = watching(aHandle());
    door.rds.exportTasks = [anExportTask({ identifier: target, status: 'COMPLETE', warningMessage: warningMessage(...tables) })];
    return door.look();
  };

  test('is reported with as many as the event holds', async () => {
    const step = await look();

    expect(step).toEqual(report('SUCCEEDED', /with 5000 warnings: not everything was exported/));
    expect(jsonBytes(step)).toBeLessThan(262_144);
  });

  test('is logged with all of them, in lines that are not too long for the log', async () => {
    await look();
    const lines = logged().filter(({ message }) => message === 'complete with warnings');

    expect(lines.flatMap(({ warnings }) => warnings)).toEqual(tables.map((table) => `skipped table ${table}`));
    expect(lines.every((line) => jsonBytes(line) < 262_144)).toBe(true);
  });
});

test('the report goes to the topic that was declared', async () => {
  const handle = aHandle({ NotificationTopicArn: TOPIC_ARN });

  expect(await watching(handle, 'COMPLETE').look()).toMatchObject({ report: { topicArn: TOPIC_ARN } });
});

test('work that another release handed over is not guessed at', async () => {
  await expect(watching({ ...aHandle(), version: 99 }, 'COMPLETE').look()).rejects.toThrow('handle version 99 is not known to this runtime');
});

describe('from the handing over to the end', () => {
  test('an export that runs is looked at ever less often, and reported when it ends', async () => {
    const door = new WorkflowDoor(aHandle());
    door.rds.exportTasks = [anExportTask({ identifier: target, status: 'STARTING' })];
    let looks = 0;

    const end = await door.run(() => {
      looks += 1;
      door.rds.changeTask(target, { status: door.now < NOON + minutes(180) ? 'IN_PROGRESS' : 'COMPLETE' });
    }, { step: 'look', memory: { seen: true } });

    expect(end.report.detail).toMatchObject({ status: 'SUCCEEDED', requestedAt: '2026-11-22T12:00:00.000Z' });
    expect(door.now).toBeLessThan(NOON + minutes(180 + 10));
    expect(looks).toBeLessThan(100);
  });

  test('a snapshot that waits for its cluster is taken when it is its turn, once', async () => {
    const door = new WorkflowDoor(HANDLES.take);
    door.rds.clusters = [{ identifier: 'orders', status: 'backing-up', engine: 'aurora-mysql' }];

    const end = await door.run(() => {
      if (door.now > NOON + minutes(60)) {
        door.rds.clusters = [{ identifier: 'orders', status: 'available', engine: 'aurora-mysql' }];
      }
      if (door.now > NOON + minutes(90)) {
        door.rds.change(HANDLES.take.work.target, { status: 'available' });
      }
    });

    expect(end.report.detail).toMatchObject({ status: 'SUCCEEDED', snapshotArn: HANDLES.take.work.target });
    expect(door.rds.writes).toEqual([`create ${HANDLES.take.work.targetIdentifier}`]);
  });

  test('an export that somebody deletes nothing of, but that is never to be seen again, is started once and no more', async () => {
    const door = new WorkflowDoor(aHandle(), new FakeRds([aSnapshot()]));

    const end = await door.run(() => {
      door.rds.exportTasks = [];
    });

    expect(end.report.detail).toMatchObject({ status: 'FAILED', message: expect.stringContaining('was there and no longer is') });
    expect(door.rds.writes).toEqual([`export ${target}`]);
  });

  test('what can never begin ends with its reason', async () => {
    const door = new WorkflowDoor(aHandle(), new FakeRds([aSnapshot()]).breaks('startExportTask', awsError('InvalidExportOnlyFault', 'no such database')));

    expect((await door.run()).report.detail).toMatchObject({ status: 'FAILED', message: expect.stringMatching(/InvalidExportOnlyFault: no such database.* and deploy again\.$/) });
  });

  test('what waits in the queue for ever is given up after seven days, within the history of an execution', async () => {
    const door = new WorkflowDoor(aHandle(), new FakeRds([aSnapshot({ status: 'creating' })]));
    let rounds = 0;

    const end = await door.run(() => {
      rounds += 1;
    });

    expect(end.report.detail).toMatchObject({ status: 'FAILED', message: expect.stringMatching(/not finished after 7 days/) });
    expect(rounds * 16).toBeLessThan(25_000);
    expect(door.rds.writes).toEqual([]);
  });
});
