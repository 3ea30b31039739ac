import { reportOf } from '../../../../src/core/outcome';
import { succeeded } from '../../../../src/core/progress';
import { Standing } from '../../../../src/runtime/stacks';
import { Memory, Step, settle } from '../../../../src/runtime/steps';
import { awsError, denied, throttled } from '../../../support/errors';
import { NOON, minutes } from '../../../support/events';
import { anExportTask } from '../../../support/export-tasks';
import { FakeRds } from '../../../support/fake-rds';
import { HANDLES, aHandle } from '../../../support/handles';
import { captureLog } from '../../../support/log';
import { aSnapshot } from '../../../support/snapshots';
import { WorkflowDoor } from '../../../support/workflow-door';

const logged = captureLog();

const { target } = aHandle().work;

/** Twenty minutes after it was handed over. */
function doorWith(rds = new FakeRds([aSnapshot()]), handle = aHandle()): WorkflowDoor {
  const door = new WorkflowDoor(handle, rds);
  door.now = NOON + minutes(20);
  return door;
}

/** How it ended: a failure is told at once, a success when the stack is at rest. */
const report = (status: 'SUCCEEDED' | 'FAILED', message: string | RegExp) => ({
  ...(status === 'FAILED' ? { step: 'report' } : { step: 'settle', waitSeconds: 15, since: expect.any(Number) }),
  report: expect.objectContaining({ detail: expect.objectContaining({ status, message: expect.stringMatching(message) }) }),
});

describe('work that was handed over before it could begin', () => {
  test('is begun, and from then on counts as seen', async () => {
    const door = doorWith();

    expect(await door.start()).toEqual({ step: 'wait', waitSeconds: 60, memory: { seen: true } });
    expect(door.rds.writes).toEqual([`export ${target}`]);
  });

  test.each([HANDLES.take, HANDLES.copy, HANDLES.export])('is begun under the identifier that the deploy promised ($request.kind)', async (handle) => {
    const door = doorWith(undefined, handle);
    await door.start();

    expect(door.rds.writes).toEqual([expect.stringContaining(` ${handle.work.targetIdentifier}`)]);
  });

  test('that waits for its turn is asked for again later, and does not count as seen', async () => {
    const door = doorWith(new FakeRds([aSnapshot({ status: 'creating' })]));

    expect(await door.start()).toEqual({ step: 'wait', waitSeconds: 60, memory: {} });
    expect(door.rds.writes).toEqual([]);
  });

  test('that fails is reported and counted', async () => {
    const door = doorWith(new FakeRds([aSnapshot({ status: 'failed' })]));

    expect(await door.start()).toEqual(report('FAILED', /is 'failed' and cannot be exported/));
    expect(logged()).toContainEqual(expect.objectContaining({ Operation: 'export', OperationFailed: 1 }));
  });

  test('that was begun and ended meanwhile is reported', async () => {
    const rds = new FakeRds([aSnapshot()]);
    rds.exportTasks = [anExportTask({ identifier: target, status: 'COMPLETE' })];

    expect(await doorWith(rds).start()).toEqual(report('SUCCEEDED', /is complete/));
    expect(rds.writes).toEqual([]);
  });

  test('that AWS throttles is asked for again', async () => {
    expect(await doorWith(new FakeRds([aSnapshot()]).breaks('startExportTask', throttled())).start()).toMatchObject({ step: 'wait' });
  });

  describe('for which AWS says that it is not allowed', () => {
    const refused = (memory: Memory = {}) => doorWith(new FakeRds([aSnapshot()]).breaks('startExportTask', denied())).start({ step: 'start', memory });

    test('is tried again: after hours in a queue one refusal may be an incident', async () => {
      expect(await refused()).toEqual({ step: 'wait', waitSeconds: 60, memory: { refusedSince: NOON + minutes(20) } });
      expect(await refused({ refusedSince: NOON + minutes(15) + 1 })).toMatchObject({ step: 'wait', memory: { refusedSince: NOON + minutes(15) + 1 } });
    });

    test('fails after five minutes of that, with what is missing', async () => {
      expect(await refused({ refusedSince: NOON + minutes(15) })).toEqual(report('FAILED', /is not allowed, also after 5 minutes/));
    });

    test('and then that it has to wait for its turn is patient anew', async () => {
      const door = doorWith(new FakeRds([aSnapshot({ status: 'creating' })]));

      expect(await door.start({ step: 'start', memory: { refusedSince: NOON } })).toEqual({ step: 'wait', waitSeconds: 60, memory: {} });
    });
  });

  test('by another release is not guessed at', async () => {
    const door = doorWith(undefined, { ...aHandle(), version: 99 });

    await expect(door.start()).rejects.toThrow('handle version 99');
    expect(door.rds.writes).toEqual([]);
  });
});

describe('before anything is begun, CloudFormation is asked whether it is still wanted', () => {
  const standing = async (says: Standing) => {
    const door = doorWith();
    door.stacks.standing = says;
    return { step: await door.start(), writes: door.rds.writes };
  };

  test('wanted: it is begun', async () => {
    expect((await standing({ verdict: 'wanted' })).writes).toEqual([`export ${target}`]);
  });

  test('a stack that turns back may come to stay: it waits', async () => {
    expect(await standing({ verdict: 'unsettled', because: 'the stack is UPDATE_ROLLBACK_IN_PROGRESS' })).toEqual({ step: { step: 'wait', waitSeconds: 60, memory: {} }, writes: [] });
  });

  test('unwanted: it ends without a start, and says why', async () => {
    expect(await standing({ verdict: 'unwanted', because: 'the resource BeforeMigration is gone' })).toEqual({
      step: report('FAILED', /^nothing was started because the resource BeforeMigration is gone$/), writes: [],
    });
  });

  test.each([HANDLES.take, HANDLES.copy, HANDLES.export])('by the id that stands for the work ($request.kind)', async (handle) => {
    const door = doorWith(undefined, handle);
    door.stacks.physicalId = handle.work.target;
    expect(await door.start()).toMatchObject({ step: 'wait' });

    const other = doorWith(undefined, handle);
    other.stacks.physicalId = handle.work.target.replace(/.$/, '0');
    expect(await other.start()).toEqual(report('FAILED', /stands for another one/));
    expect(other.rds.writes).toEqual([]);
  });

  test('by the first of the two tasks that the id of an export names', async () => {
    const door = doorWith();
    door.stacks.physicalId = `${target}/${target.replace(/^(cab-\w{8}-\w{8}-\w{8})-\w{8}/, '$1-00000000')}`;

    expect(await door.start()).toMatchObject({ step: 'wait' });
  });

  test.each([throttled(), awsError('InternalFailure', 'sorry', { httpStatusCode: 500 })])('when it cannot be asked now (%s), nothing is begun', async (error) => {
    const door = doorWith();
    door.stacks.standingOf = async () => Promise.reject(error);

    expect(await door.start()).toMatchObject({ step: 'wait' });
    expect(door.rds.writes).toEqual([]);
  });

  test('when it may not be asked, nothing is begun, and in the end that is told', async () => {
    const door = doorWith();
    door.stacks.standingOf = async () => Promise.reject(denied());

    expect(await door.start()).toMatchObject({ step: 'wait' });
    expect(await door.start({ step: 'start', memory: { refusedSince: NOON } })).toEqual(report('FAILED', new RegExp(`starting ${target} is not allowed`)));
    expect(door.rds.writes).toEqual([]);
  });
});

describe('the outcome is told when the stack is at rest, because what listens may be made by the same deploy', () => {
  const settling = (since: number): Step => settle(reportOf(aHandle(), succeeded(), since), since);

  test('a deploy that goes on is waited for, a little at a time', async () => {
    const door = doorWith();
    door.stacks.working = true;

    expect(await door.start(settling(door.now))).toEqual(overTheWire(settling(door.now)));
    expect(settling(door.now)).toMatchObject({ step: 'settle', waitSeconds: 15 });
  });

  test('after that it is told as it was', async () => {
    const door = doorWith();

    expect(await door.start(settling(door.now))).toEqual(overTheWire({ step: 'report', report: reportOf(aHandle(), succeeded(), door.now) }));
  });

  test('nobody is kept waiting by a deploy that takes more than two hours', async () => {
    const door = doorWith();
    door.stacks.working = true;

    expect(await door.start(settling(door.now - minutes(120) + 1))).toMatchObject({ step: 'settle' });
    expect(await door.start(settling(door.now - minutes(120)))).toMatchObject({ step: 'report' });
  });

  test('nor by a stack that cannot be looked at', async () => {
    const door = doorWith();
    door.stacks.isWorking = async () => Promise.reject(denied());

    expect(await door.start(settling(door.now))).toMatchObject({ step: 'report' });
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: 'the state of the stack could not be read' }));
  });

  test('and nothing is started meanwhile', async () => {
    const door = doorWith();
    await door.start(settling(door.now));

    expect(door.rds.writes).toEqual([]);
  });
});

function overTheWire<Payload>(payload: Payload): Payload {
  return JSON.parse(JSON.stringify(payload));
}
