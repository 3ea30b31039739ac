import { ExportTask } from '../../../../src/core/export-task';
import { operationKey } from '../../../../src/core/operation-key';
import { physicalIdOf } from '../../../../src/core/physical-id';
import { WireProperties } from '../../../../src/core/resource-contract';
import { ResourceEvent } from '../../../../src/runtime/doors/custom-resource/events';
import { WatchedEvent, assignmentOf, isInPlace, requestOf } from '../../../../src/runtime/doors/deploy/events';
import { onEvent } from '../../../../src/runtime/doors/deploy/on-event';
import { exportRequest } from '../../../support/assignments';
import { DeployDoor } from '../../../support/deploy-door';
import { awsError, denied, throttled } from '../../../support/errors';
import { CLUSTER_ARN, NOON, REGION, createEvent, deleteEvent, exportProperties, minutes, updateEvent, watched } from '../../../support/events';
import { anExportTask, taskIdentifier, warningMessage } from '../../../support/export-tasks';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { RESOURCE, aSnapshot, day } from '../../../support/snapshots';

const logged = captureLog();

/** The request with the id that the first call promises. */
function begun(event: ResourceEvent): WatchedEvent {
  if (event.RequestType === 'Delete' || isInPlace(event, requestOf(event))) {
    return watched(event);
  }
  return watched(event, physicalIdOf(requestOf(event), taskOf(event), event.PhysicalResourceId));
}

/** The identifier of the task that a request starts. */
const taskOf = (event: ResourceEvent): string => assignmentOf(event, requestOf(event), 0).target;

/** As long after the request as a role made by the same deploy is given. */
const SETTLED = minutes(1);

function doorWith(...tasks: ExportTask[]): DeployDoor {
  const door = new DeployDoor(new FakeRds([aSnapshot()]));
  door.rds.exportTasks = tasks;
  door.now = NOON + SETTLED;
  return door;
}

const inState = (identifier: string, status: string, facts: Partial<ExportTask> = {}) => anExportTask({ identifier, status, ...facts });
const outcome = (metric: string, operation: string) => expect.objectContaining({ Operation: operation, [metric]: 1 });

const v1 = exportProperties({ Trigger: '1' });
const v2 = exportProperties({ Trigger: '2' });
const create = begun(createEvent(v1));
const first = taskOf(create);
const update = begun(updateEvent(v1, v2, first));
const second = taskOf(update);

/** Everything that asks for a new export does so in the same way. */
describe.each<[string, WatchedEvent, string, string]>([
  ['Create', create, first, first],
  ['Update of the trigger', update, second, `${second}/${first}`],
])('%s', (_, event, task, id) => {
  test('promises an id of its own, which names what it takes the place of', () => {
    const { PhysicalResourceId: before, ...request } = event;

    expect(onEvent({ ...request, PhysicalResourceId: event.Watch.previousId }, NOON).PhysicalResourceId).toBe(id);
    expect(before).toBe(id);
  });

  test('nothing there: the export is started a minute after the request, under that id', async () => {
    const door = doorWith();
    door.now = NOON;
    expect(await door.look(event)).toEqual({ IsComplete: false });
    expect(door.rds.writes).toEqual([]);

    door.now = NOON + SETTLED;
    expect(await door.look(event)).toEqual({ IsComplete: false });
    expect(door.rds.writes).toEqual([`export ${task}`]);
  });

  test.each(['STARTING', 'IN_PROGRESS'])('%s: not complete, and not started again', async (status) => {
    const door = doorWith(inState(task, status));

    expect(await door.look(event)).toEqual({ IsComplete: false });
    expect(door.rds.writes).toEqual([]);
  });

  test('COMPLETE: complete, with its results', async () => {
    const door = doorWith(inState(task, 'COMPLETE', { totalExtractedDataInGB: 7 }));

    expect(await door.look(event)).toEqual({
      IsComplete: true,
      PhysicalResourceId: id,
      Data: { ExportTaskIdentifier: task, SnapshotTime: '2026-11-22T12:00:00.000Z', TotalExtractedDataInGB: '7', Warnings: '' },
    });
    expect(logged()).toContainEqual(outcome('OperationSucceeded', 'export'));
  });

  test('COMPLETE with warnings: complete, and says what is missing, in the log too', async () => {
    const door = doorWith(inState(task, 'COMPLETE', { warningMessage: warningMessage('orders.public.a') }));

    expect(await door.look(event)).toMatchObject({ IsComplete: true, Data: { Warnings: 'skipped table orders.public.a' } });
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: 'complete with warnings', warnings: ['skipped table orders.public.a'] }));
  });

  test('COMPLETE with 5,000 skipped tables: the answer is one that CloudFormation takes', async () => {
    const tables = Array.from({ length: 5000 }, (__, index) => `orders.public.table${index}`);
    const answer = await doorWith(inState(task, 'COMPLETE', { warningMessage: warningMessage(...tables) })).look(event);

    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(4096 - 1000); // CloudFormation's own fields need some
  });

  test('COMPLETE with warnings that may not be: the request fails, and what was exported stays', async () => {
    const door = doorWith(inState(task, 'COMPLETE', { warningMessage: warningMessage('orders.public.a') }));
    const strict = { ...event, ResourceProperties: { ...event.ResourceProperties, FailOnWarnings: 'true' } };

    await expect(door.look(strict)).rejects.toThrow(/failOnWarnings is set: skipped table orders\.public\.a/);
    expect(door.rds.writes).toEqual([]);
  });

  test.each(['FAILED', 'CANCELED'])('%s: the request fails, and there is nothing to cancel', async (status) => {
    const door = doorWith(inState(task, status, { failureCause: 'KMS key check failed' }));

    await expect(door.look(event)).rejects.toThrow(status === 'FAILED' ? 'RDS said: KMS key check failed. The key' : 'was canceled by somebody else');
    expect(door.rds.writes).toEqual([]);
    expect(logged()).toContainEqual(outcome('OperationFailed', 'export'));
  });

  test('time is up: it fails, and the task is canceled', async () => {
    const door = doorWith(inState(task, 'IN_PROGRESS'));
    door.now = NOON + minutes(50);

    await expect(door.look(event)).rejects.toThrow(/so the deploy fails and the export task is canceled\. Last seen: .*IN_PROGRESS, 40 %/);
    expect(door.rds.writes).toEqual([`cancel ${task}`]);
  });

  test('what is told of it is the export', async () => {
    const door = doorWith(inState(task, 'COMPLETE'));
    await door.look(event);

    expect(door.watches.reportsOf(RESOURCE, task)).toEqual([expect.objectContaining({
      answer: expect.objectContaining({
        report: expect.objectContaining({ detail: expect.objectContaining({ operation: 'export', exportTaskIdentifier: task, s3Uri: `s3://lake/${task}` }) }),
      }),
    })]);
  });

  test.each(['continue', 'background'])('%s: who does not wait for the result is not told it, also not when it is there', async (completion) => {
    const door = doorWith(inState(task, 'COMPLETE'));
    const impatient = { ...event, ResourceProperties: { ...event.ResourceProperties, Completion: completion } };

    expect(await door.look(impatient)).toEqual({ IsComplete: true, PhysicalResourceId: id, Data: { ExportTaskIdentifier: task } });
  });

  test('background: handed over as soon as RDS took it', async () => {
    const door = doorWith();
    const background = { ...event, ResourceProperties: { ...event.ResourceProperties, Completion: 'background' } };

    expect(await door.look(background)).toEqual({ IsComplete: true, PhysicalResourceId: id, Data: { ExportTaskIdentifier: task } });
    expect(door.watches.watchesOf(RESOURCE, task)).toEqual([expect.objectContaining({ answer: { step: 'look', memory: { seen: true } } })]);
  });
});

describe('an Update whose former export still runs, of a source that RDS exports once at a time', () => {
  const former = inState(first, 'IN_PROGRESS');
  const busy = () => {
    const door = doorWith(former);
    door.rds.breaks('startExportTask', awsError('LimitExceeded'));
    return door;
  };

  test.each(['continue', 'background'])('%s: is handed over at once, because the former goes only when the deploy has ended', async (completion) => {
    const door = busy();
    const event = { ...update, ResourceProperties: { ...update.ResourceProperties, Completion: completion } };

    expect(await door.look(event)).toMatchObject({ IsComplete: true });
    expect(door.watches.watchesOf(RESOURCE, second)).toEqual([expect.objectContaining({ answer: { step: 'look', memory: { seen: false } } })]);
  });

  test('continue: is handed over once, and the same look that comes again after the deploy gives nothing up', async () => {
    const door = busy();
    const event = { ...update, ResourceProperties: { ...update.ResourceProperties, Completion: 'continue' } };
    await door.look(event);
    door.stacks.answers = ['the stack is UPDATE_COMPLETE'];

    await door.look(event);

    expect(door.watches.watchesOf(RESOURCE, second)).toHaveLength(1);
    expect(door.cancellations).toEqual([]);
  });

  test('fail: fails at once with what to do, and the former export goes on', async () => {
    const door = busy();

    await expect(door.look(update)).rejects.toThrow(/^the former export of this resource still runs, and the deploy cannot wait for it: .*TimeoutBehavior\.CONTINUE/);
    expect(door.rds.exportTasks).toEqual([former]);
  });
});

describe('Update in place', () => {
  const change = (before: WireProperties, now: WireProperties, id = first) =>
    begun(updateEvent(exportProperties({ Trigger: '1', ...before }), exportProperties({ Trigger: '1', ...now }), id));
  const stays = { IsComplete: true, PhysicalResourceId: first };

  test.each<[string, WireProperties]>([
    ['a time limit', { TimeoutMinutes: '5' }], ['who is told', { NotificationTopicArn: 'x' }], ['what warnings mean', { FailOnWarnings: 'true' }],
    ['whether anybody waits', { Completion: 'background' }],
  ])('of %s starts nothing and keeps the id', async (_, now) => {
    const door = doorWith(inState(first, 'COMPLETE'));

    expect(await door.look(change({}, now))).toMatchObject(stays);
    expect(door.rds.writes).toEqual([]);
    expect(logged()).not.toContainEqual(outcome('OperationSucceeded', 'export'));
  });

  test('of the order of a filter starts nothing', async () => {
    const door = doorWith(inState(first, 'COMPLETE'));

    expect(await door.look(change({ ExportOnly: ['a', 'b'] }, { ExportOnly: ['b', 'a'] }))).toMatchObject(stays);
    expect(door.rds.writes).toEqual([]);
  });

  test('keeps the id that names the task before', async () => {
    const door = doorWith(inState(second, 'COMPLETE'));

    expect(await door.look(begun(updateEvent(v2, { ...v2, TimeoutMinutes: '5' }, `${second}/${first}`)))).toMatchObject({
      PhysicalResourceId: `${second}/${first}`, Data: { ExportTaskIdentifier: second },
    });
  });

  test.each(['STARTING', 'IN_PROGRESS', 'FAILED', 'CANCELED'])('that waits for nothing does not care that the export is %s', async (status) => {
    const door = doorWith(inState(first, status));

    expect(await door.look(change({ Completion: 'background' }, { Completion: 'background', TimeoutMinutes: '5' }))).toEqual({ ...stays, Data: { ExportTaskIdentifier: first } });
    expect(door.rds.writes).toEqual([]);
  });

  describe('of a resource whose export was waited for', () => {
    const inPlace = change({}, { TimeoutMinutes: '5' });

    test('has the results of before, as long as RDS lists them', async () => {
      expect(await doorWith(inState(first, 'COMPLETE', { totalExtractedDataInGB: 7 })).look(inPlace)).toMatchObject({ Data: { TotalExtractedDataInGB: '7' } });
    });

    test('says of them that they are unknown when RDS has forgotten the task, and does not fail', async () => {
      expect(await doorWith().look(inPlace)).toEqual({
        ...stays, Data: { ExportTaskIdentifier: first, SnapshotTime: 'unknown', TotalExtractedDataInGB: 'unknown', Warnings: 'unknown' },
      });
    });

    test('does not fail over warnings that were fine before', async () => {
      const door = doorWith(inState(first, 'COMPLETE', { warningMessage: warningMessage('a') }));

      expect(await door.look(change({}, { FailOnWarnings: 'true' }))).toMatchObject({ IsComplete: true });
    });
  });

  describe('of a resource that from now on waits for its result', () => {
    const waiting = change({ Completion: 'background' }, {});

    test('waits until the export is complete, and has the results', async () => {
      const door = doorWith(inState(first, 'IN_PROGRESS'));
      expect(await door.look(waiting)).toEqual({ IsComplete: false });

      door.rds.changeTask(first, { status: 'COMPLETE', totalExtractedDataInGB: 7 });
      expect(await door.look(waiting)).toMatchObject({ ...stays, Data: { TotalExtractedDataInGB: '7' } });
    });

    test.each(['FAILED', 'CANCELED'])('fails when the export is %s: there is no result', async (status) => {
      await expect(doorWith(inState(first, status)).look(waiting)).rejects.toThrow(/export task/);
    });

    test.each([['true', false], ['false', true]])('whose warnings fail it (%s) is complete with warnings: %s', async (failOnWarnings, complete) => {
      const door = doorWith(inState(first, 'COMPLETE', { warningMessage: warningMessage('a') }));
      const answer = await door.look(change({ Completion: 'background' }, { FailOnWarnings: failOnWarnings })).catch((error: Error) => error);

      expect(answer).toMatchObject(complete ? { IsComplete: true } : { message: expect.stringContaining('failOnWarnings is set') });
    });

    test('does not cancel the export when time is up, and does not say so', async () => {
      const door = doorWith(inState(first, 'IN_PROGRESS'));
      door.now = NOON + minutes(50);

      await expect(door.look(waiting)).rejects.toThrow(/^not finished after 50 minutes, so the deploy fails; what goes on is left as it is/);
      expect(door.rds.writes).toEqual([]);
    });

    test('waits for one that waits in the queue itself, and is watched', async () => {
      const door = doorWith();
      door.rds.snapshots = [aSnapshot({ status: 'creating' })];
      await door.look({ ...create, ResourceProperties: { ...v1, Completion: 'background' } });
      expect(door.watches.watchesOf(RESOURCE, first)).toHaveLength(1);

      expect(await door.look(waiting)).toEqual({ IsComplete: false });
      expect(door.rds.writes).toEqual([]);
    });

    test('fails for one that is neither listed nor watched', async () => {
      await expect(doorWith().look(waiting)).rejects.toThrow(/RDS lists nothing of that name.*Give trigger another value/);
    });
  });
});

describe('an update that is taken back', () => {
  /** The reverse Update, which CloudFormation sends with the id of the failed update, or with the earlier one. */
  const backWith = (id: string) => begun(updateEvent(v2, v1, id, { RequestId: 'request-back' }));
  const ids = {
    'the failed update': `${second}/${first}`,
    'the earlier task': first,
    'the earlier task, which had one before': `${first}/${taskIdentifier('fedcba9876543210', 'older')}`,
  };

  function rollingBack(...tasks: ExportTask[]): DeployDoor {
    const door = doorWith(...tasks);
    door.stacks.rollingBack = door.stacks.turningBack = true;
    return door;
  }

  describe.each(Object.entries(ids))('with the id of %s', (_, id) => {
    test('stands for the earlier task again and starts nothing, also when RDS no longer lists it', async () => {
      const door = rollingBack();

      expect(await door.look(backWith(id))).toMatchObject({ IsComplete: true, PhysicalResourceId: first, Data: { ExportTaskIdentifier: first } });
      expect(door.rds.writes).toEqual([]);
    });

    test('has the results of the earlier task, if RDS lists it', async () => {
      const door = rollingBack(inState(first, 'COMPLETE', { totalExtractedDataInGB: 7, warningMessage: warningMessage('a') }));

      expect(await door.look(backWith(id))).toMatchObject({ Data: { TotalExtractedDataInGB: '7', Warnings: 'skipped table a' } });
    });

    test.each(['IN_PROGRESS', 'FAILED', 'CANCELED'])('does not wait for the earlier task nor fail over it (%s)', async (status) => {
      expect(await rollingBack(inState(first, status)).look(backWith(id))).toMatchObject({ IsComplete: true, PhysicalResourceId: first });
    });

    test('cancels what the update started, and waits until that has ended', async () => {
      const door = rollingBack(inState(first, 'COMPLETE'), inState(second, 'IN_PROGRESS'));

      expect(await door.look(backWith(id))).toEqual({ IsComplete: false });
      expect(door.rds.writes).toEqual([`cancel ${second}`]);

      door.rds.changeTask(second, { status: 'CANCELED' });
      expect(await door.look(backWith(id))).toMatchObject({ IsComplete: true, PhysicalResourceId: first });
    });

    test('leaves what the update has exported', async () => {
      const door = rollingBack(inState(second, 'COMPLETE'));
      await door.look(backWith(id));

      expect(door.rds.writes).toEqual([]);
    });
  });

  test('is told by RDS what it was when the id says nothing: the newest export of that kind that did not end badly', async () => {
    const operation = operationKey(requestOf(createEvent(v1)));
    const task = (generation: string, status: string, number: number) =>
      inState(taskIdentifier(operation, generation), status, { startTime: day(number) });
    const [older, newer, failed, canceling] = [task('older', 'COMPLETE', 1), task('newer', 'COMPLETE', 2), task('failed', 'FAILED', 3), task('canceling', 'CANCELING', 4)];
    const door = rollingBack(older, newer, failed, canceling, inState('by-hand', 'COMPLETE', { startTime: day(5) }));

    expect(await door.look(backWith('request-update'))).toMatchObject({ PhysicalResourceId: newer.identifier });
  });

  test('is not mistaken for the update itself, which polls on: that does not take its own task for the earlier one', async () => {
    const running = [inState(first, 'IN_PROGRESS'), inState(second, 'IN_PROGRESS')];
    const door = rollingBack(...running);

    expect(await door.start(update)).toEqual({ progress: { status: 'SUCCEEDED' }, physicalId: first, removals: [], goesBack: true });
    expect(door.rds.exportTasks).toEqual(running);
  });

  test('touches nothing when there is nothing to go back to', async () => {
    const running = inState(second, 'IN_PROGRESS');
    const door = rollingBack(running);

    expect(await door.look(backWith('request-update'))).toMatchObject({ IsComplete: true, PhysicalResourceId: 'request-update' });
    expect(door.rds.exportTasks).toEqual([running]);
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: expect.stringContaining('no longer exists') }));
  });

  test('leaves alone what others started, and what this resource started for anything else', async () => {
    const operation = operationKey(requestOf(createEvent(v2)));
    const others = [
      inState('by-hand', 'IN_PROGRESS'),
      inState(taskIdentifier(operation, 'x', { ...RESOURCE, logicalId: 'Other' }), 'IN_PROGRESS'),
      inState(taskIdentifier('fedcba9876543210', 'x'), 'IN_PROGRESS'),
    ];
    const door = rollingBack(inState(first, 'IN_PROGRESS'), ...others);
    await door.look(backWith(`${second}/${first}`));

    expect(door.rds.writes).toEqual([]);
  });

  test('of another Region is canceled there', async () => {
    const there = CLUSTER_ARN.replace(REGION, 'eu-central-1');
    const elsewhere = exportProperties({ SourceArn: there });
    const failed = begun(updateEvent(v1, elsewhere, first));
    const door = rollingBack(inState(taskOf(failed), 'IN_PROGRESS', { sourceArn: there }));

    await door.look(begun(updateEvent(elsewhere, v1, failed.PhysicalResourceId, { RequestId: 'request-back' })));

    expect(door.cancellations).toEqual([expect.objectContaining({ removal: { exportTask: taskOf(failed), region: 'eu-central-1' } })]);
  });

  test('does not fail when canceling is refused for long: that goes with the resource', async () => {
    const door = rollingBack(inState(second, 'IN_PROGRESS'));
    door.rds.breaks('cancelExportTask', denied());
    door.now = NOON + minutes(5);

    expect(await door.look(backWith(`${second}/${first}`))).toMatchObject({ IsComplete: true, PhysicalResourceId: first });
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: 'left for the deletion of the resource', exportTask: second }));
  });
});

describe('Delete', () => {
  const leave = (id = first, properties = v1) => begun(deleteEvent(id, properties));

  test.each(['STARTING', 'IN_PROGRESS'])('%s: the task is canceled, and waited for until it is', async (status) => {
    const door = doorWith(inState(first, status));

    expect(await door.look(leave())).toEqual({ IsComplete: false });
    expect(door.rds.writes).toEqual([`cancel ${first}`]);
    expect(await door.look(leave())).toEqual({ IsComplete: false });

    door.rds.changeTask(first, { status: 'CANCELED' });
    expect(await door.look(leave())).toEqual({ IsComplete: true });
    expect(door.rds.writes).toHaveLength(1);
  });

  test.each(['COMPLETE', 'FAILED', 'CANCELED'])('%s: there is nothing to do, and exported data stays', async (status) => {
    const door = doorWith(inState(first, status));

    expect(await door.look(leave())).toEqual({ IsComplete: true });
    expect(door.rds.writes).toEqual([]);
  });

  test('gone from the list of RDS: there is nothing to do', async () => {
    expect(await doorWith().look(leave())).toEqual({ IsComplete: true });
  });

  test('of the later of two tasks leaves the earlier one, which an update may just go back to', async () => {
    const door = doorWith(inState(first, 'IN_PROGRESS'), inState(second, 'IN_PROGRESS'));
    await door.look(leave(`${second}/${first}`, v2));

    expect(door.rds.writes).toEqual([`cancel ${second}`]);
  });

  test.each<[string, string]>([
    ['another resource', taskIdentifier('0123456789abcdef', 'x', { ...RESOURCE, logicalId: 'Other' })],
    ['an earlier life of the stack', taskIdentifier('0123456789abcdef', 'x', { ...RESOURCE, stackId: 'earlier' })],
  ])('of a task that %s started leaves it alone, and says so', async (_, foreign) => {
    const door = doorWith(inState(foreign, 'IN_PROGRESS'));

    expect(await door.look(leave(foreign))).toEqual({ IsComplete: true });
    expect(door.rds.writes).toEqual([]);
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: expect.stringContaining('this resource did not start it'), exportTask: foreign }));
  });

  describe('with an id that CloudFormation invented, because it never heard of one', () => {
    const invented = 'Orders-ToLake-1ABCDEF2GHIJ3';

    test('cancels what the Create had started', async () => {
      const door = doorWith(inState(first, 'IN_PROGRESS'));
      await door.look(leave(invented));

      expect(door.rds.writes).toEqual([`cancel ${first}`]);
    });

    test('cancels all that it had started, also when one of them ends just then', async () => {
      const operation = operationKey(requestOf(createEvent(v1)));
      const [one, other] = ['one', 'other'].map((generation) => inState(taskIdentifier(operation, generation), 'IN_PROGRESS'));
      const door = doorWith(inState(one.identifier, 'COMPLETE'), other);
      jest.spyOn(door.rds, 'listExportTasks').mockResolvedValueOnce([one, other]);

      expect(await door.look(leave(invented))).toEqual({ IsComplete: false });
      expect(door.rds.writes).toEqual([`cancel ${other.identifier}`]);
    });

    test('leaves alone what has ended, what it started for anything else, and what others started', async () => {
      const operation = operationKey(exportRequest({ Trigger: '1' }));
      const door = doorWith(
        inState(first, 'COMPLETE'), inState(second, 'IN_PROGRESS'), inState('by-hand', 'IN_PROGRESS'),
        inState(taskIdentifier(operation, 'x', { ...RESOURCE, logicalId: 'Other' }), 'IN_PROGRESS'),
      );

      expect(await door.look(leave(invented))).toEqual({ IsComplete: true });
      expect(door.rds.writes).toEqual([]);
    });
  });

  describe('of a stack that turns back, with nothing listed', () => {
    test('waits for a minute: what was started a moment ago may still appear', async () => {
      const door = doorWith();
      door.stacks.turningBack = true;
      door.now = NOON + minutes(1) - 1;
      expect(await door.look(leave())).toEqual({ IsComplete: false });

      door.now += 1;
      expect(await door.look(leave())).toEqual({ IsComplete: true });
    });

    test('and cancels what appears', async () => {
      const door = doorWith();
      door.stacks.turningBack = true;
      door.now = NOON;
      await door.look(leave());
      door.rds.exportTasks = [inState(first, 'STARTING')];
      await door.look(leave());

      expect(door.rds.writes).toEqual([`cancel ${first}`]);
    });
  });

  test('fails when canceling is refused for long, and says what is not allowed', async () => {
    const door = doorWith(inState(first, 'IN_PROGRESS'));
    door.rds.breaks('cancelExportTask', denied());
    door.now = NOON + minutes(5) - 1;
    expect(await door.look(leave())).toEqual({ IsComplete: false });

    door.now += 1;
    await expect(door.look(leave())).rejects.toThrow(`canceling the export task ${first} is not allowed`);
  });

  test('decides nothing while RDS does not answer', async () => {
    const door = doorWith(inState(first, 'IN_PROGRESS'));
    door.rds.breaks('findExportTask', throttled());

    expect(await door.look(leave())).toEqual({ IsComplete: false });
  });

  test('gives up after 55 minutes, in time for CloudFormation', async () => {
    const door = doorWith(inState(first, 'CANCELING'));
    door.now = NOON + minutes(55);

    await expect(door.look(leave())).rejects.toThrow(/^the deletion was not finished after 55 minutes\. Last seen: .*is being canceled/);
  });

  test('of a resource whose properties could never be read is complete; of a task whose cannot, it is an error to tell', async () => {
    const unreadable = exportProperties({ Bucket: '' });

    expect(await doorWith().look(leave('request-create', unreadable))).toEqual({ IsComplete: true });
    await expect(doorWith(inState(first, 'IN_PROGRESS')).look(leave(first, unreadable))).rejects.toThrow('the property Bucket is missing or empty');
  });
});
