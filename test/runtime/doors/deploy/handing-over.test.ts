import { OwnershipTag, Release } from '../../../../src/core/ownership';
import { OperationRequest } from '../../../../src/core/requests';
import { WireProperties } from '../../../../src/core/resource-contract';
import { Snapshot } from '../../../../src/core/snapshot';
import { WatchedEvent, assignmentOf, requestOf } from '../../../../src/runtime/doors/deploy/events';
import { Answer } from '../../../../src/runtime/doors/deploy/result';
import { DeployDoor } from '../../../support/deploy-door';
import { awsError, denied, throttled } from '../../../support/errors';
import { NOON, createEvent, deleteEvent, minutes, takeProperties, updateEvent, watched } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { RESOURCE, aSnapshot } from '../../../support/snapshots';

const logged = captureLog();

const targetOf = (event: WatchedEvent, request: OperationRequest = requestOf(event)) => assignmentOf(event, request, 0);

/** The Create of a snapshot that the deploy waits for, or not. */
function create(completion: string, properties: WireProperties = {}): WatchedEvent {
  const event = createEvent(takeProperties({ Completion: completion, ...properties }));
  return watched(event, targetOf(watched(event)).target);
}

const { target, targetIdentifier, ownershipTags } = targetOf(create('fail'));
const made = (status: string): Snapshot => aSnapshot({ identifier: targetIdentifier, tags: ownershipTags, status });

type State = 'at work' | 'in the queue' | 'not allowed yet' | 'complete' | 'failed';

function doorIn(state: State, afterMinutes = 0): DeployDoor {
  const door = new DeployDoor(new FakeRds());
  door.now = NOON + minutes(afterMinutes);
  switch (state) {
    case 'at work':
      door.rds.snapshots = [made('creating')];
      break;
    case 'in the queue':
      door.rds.clusters = [{ identifier: 'orders', status: 'backing-up', engine: 'aurora-mysql' }];
      break;
    case 'not allowed yet':
      door.rds.breaks('createSnapshot', afterMinutes < 5 ? denied() : throttled());
      break;
    case 'complete':
      door.rds.snapshots = [made('available')];
      break;
    case 'failed':
      door.rds.snapshots = [made('failed')];
  }
  return door;
}

async function lookAt(state: State, completion: string, afterMinutes = 0) {
  const door = doorIn(state, afterMinutes);
  const answer = await door.look(create(completion)).catch((error: Error) => error);
  return { door, answer, watches: door.watches.watchesOf(RESOURCE, target), reports: door.watches.reportsOf(RESOURCE, target) };
}

const COMPLETE: Answer = { IsComplete: true, PhysicalResourceId: target, Data: { SnapshotArn: target, SnapshotIdentifier: targetIdentifier } };
const GOES_ON: Answer = { IsComplete: false };

describe('what a deploy does about work that takes long', () => {
  test.each<[completion: string, state: State, afterMinutes: number]>([
    ['fail', 'at work', 49], ['fail', 'in the queue', 49], ['fail', 'not allowed yet', 4],
    ['continue', 'at work', 49], ['continue', 'in the queue', 49], ['continue', 'not allowed yet', 4],
    // Rights that are missing fail the deploy also in the background.
    ['background', 'not allowed yet', 4],
  ])('%s: what is %s after %d minutes is waited for', async (completion, state, afterMinutes) => {
    const { answer, watches, reports } = await lookAt(state, completion, afterMinutes);

    expect([answer, watches, reports]).toEqual([GOES_ON, [], []]);
  });

  test.each<[completion: string, state: State, afterMinutes: number, seen: boolean]>([
    ['continue', 'at work', 50, true], ['continue', 'in the queue', 50, false], ['continue', 'not allowed yet', 50, false],
    ['background', 'at work', 0, true], ['background', 'in the queue', 0, false], ['background', 'not allowed yet', 50, false],
  ])('%s: what is %s after %d minutes is handed over, and the watch knows that it was seen: %s', async (completion, state, afterMinutes, seen) => {
    const { answer, watches, reports, door } = await lookAt(state, completion, afterMinutes);

    expect(answer).toEqual(COMPLETE);
    expect(watches).toEqual([expect.objectContaining({ answer: { step: 'look', memory: { seen } } })]);
    expect(reports).toEqual([]); // the watch will tell
    expect(door.cancellations).toEqual([]);
    expect(logged()).toContainEqual(expect.objectContaining({ message: 'handed over to the watch', target }));
  });

  test.each<[State]>([['at work'], ['in the queue'], ['not allowed yet']])('fail: what is %s when time is up fails, and its removal is asked for', async (state) => {
    const { answer, watches, door } = await lookAt(state, 'fail', 50);

    expect(answer).toMatchObject({ message: expect.stringMatching(/^not finished after 50 minutes, so the deploy fails and the unfinished snapshot is removed.*TimeoutBehavior\.CONTINUE/) });
    expect(watches).toEqual([]);
    expect(door.cancellations).toHaveLength(1);
  });

  test.each(['fail', 'continue', 'background'])('%s: what is complete is complete, and told by an execution that only reports', async (completion) => {
    const { answer, watches, reports } = await lookAt('complete', completion);

    expect([answer, watches]).toEqual([COMPLETE, []]);
    expect(logged()).not.toContainEqual(expect.objectContaining({ level: 'WARN' }));
    expect(reports).toEqual([expect.objectContaining({
      answer: expect.objectContaining({ step: 'settle', report: expect.objectContaining({ detail: expect.objectContaining({ status: 'SUCCEEDED', snapshotArn: target }) }) }),
    })]);
  });

  test.each(['fail', 'continue', 'background'])('%s: what failed fails, and is told at once', async (completion) => {
    const { answer, watches, reports } = await lookAt('failed', completion);

    expect(answer).toMatchObject({ message: expect.stringContaining("ended in status 'failed'") });
    expect(watches).toEqual([]);
    expect(reports).toEqual([expect.objectContaining({
      answer: { step: 'report', report: expect.objectContaining({ detail: expect.objectContaining({ status: 'FAILED', message: expect.stringContaining("'failed'") }) }) },
    })]);
  });

  test('background: what is begun by this look is handed over by it', async () => {
    const door = new DeployDoor();

    expect(await door.look(create('background'))).toEqual(COMPLETE);
    expect(door.rds.writes).toEqual([`create ${targetIdentifier}`]);
    expect(door.watches.watchesOf(RESOURCE, target)).toEqual([expect.objectContaining({ answer: { step: 'look', memory: { seen: true } } })]);
  });

  test('the time limit is the one that was declared', async () => {
    const door = doorIn('at work', 2);

    expect(await door.look(create('continue', { TimeoutMinutes: '2' }))).toEqual(COMPLETE);
  });

  test('what is handed over holds all that is needed to go on with it', async () => {
    const { watches: [{ handle }] } = await lookAt('in the queue', 'background');

    expect(handle).toEqual({
      version: 1,
      request: JSON.parse(JSON.stringify(requestOf(create('background')))),
      resource: RESOURCE,
      generation: 'request-create',
      work: { target, targetIdentifier, account: '111111111111', ownershipTags },
      requestedAt: NOON,
    });
  });
});

describe('handing over', () => {
  const handOver = create('continue');

  test('is not begun again by a retry, whose deploy may be over by then', async () => {
    const door = doorIn('at work', 50);
    await door.look(handOver);
    door.stacks.answers = ['the stack is CREATE_COMPLETE'];

    expect(await door.look(handOver)).toEqual(COMPLETE);
    expect(door.watches.watchesOf(RESOURCE, target)).toHaveLength(1);
    expect(door.cancellations).toEqual([]);
  });

  test.each(['continue', 'background'])('is found by a retry of what waits in the queue, and nothing is started then (%s)', async (completion) => {
    const door = doorIn('in the queue', 50);
    await door.look(create(completion));
    door.rds.clusters = [{ identifier: 'orders', status: 'available', engine: 'aurora-mysql' }];
    door.stacks.answers = ['the stack is CREATE_COMPLETE'];

    expect(await door.look(create(completion))).toEqual(COMPLETE);
    expect(door.rds.writes).toEqual([]);
  });

  describe('of what has not begun when the deploy is over', () => {
    const afterTheDeploy = async (completion: string, afterMinutes: number) => {
      const door = doorIn('in the queue', afterMinutes);
      door.stacks.answers = ['the stack is UPDATE_COMPLETE'];
      return door.look(create(completion));
    };
    const notStarted = 'nothing was started because the stack is UPDATE_COMPLETE';
    const notWatched = 'nothing is watched because the stack is UPDATE_COMPLETE';

    test.each<[completion: string, afterMinutes: number, message: string]>([
      ['fail', 10, notStarted], ['fail', 50, notStarted],
      ['continue', 10, notStarted], ['continue', 50, notWatched],
      ['background', 10, notWatched],
    ])('%s after %d minutes: %s', async (completion, afterMinutes, message) => {
      await expect(afterTheDeploy(completion, afterMinutes)).rejects.toThrow(message);
    });
  });

  test('that is throttled is tried again at the next look', async () => {
    const door = doorIn('at work', 50);
    door.watches.breaks(throttled());
    expect(await door.look(handOver)).toEqual(GOES_ON);

    door.watches.heal();
    expect(await door.look(handOver)).toEqual(COMPLETE);
  });

  test('that comes to nothing for three minutes fails in time for CloudFormation, and what is unfinished goes', async () => {
    const door = doorIn('at work', 53);
    door.watches.breaks(throttled());
    door.now -= 1;
    expect(await door.look(handOver)).toEqual(GOES_ON);

    door.now += 1;
    await expect(door.look(handOver)).rejects.toThrow(/^not finished after 50 minutes, and it could not be handed over to the watch: .*Rate exceeded.*Deploy again\.$/);
    expect(door.cancellations).toHaveLength(1);
  });

  test('that is refused fails with what is not allowed, and what is unfinished goes', async () => {
    const door = doorIn('at work', 50);
    door.watches.breaks(denied());

    await expect(door.look(handOver)).rejects.toThrow(/^handing over BeforeMigration to the watch is not allowed/);
    expect(door.cancellations).toHaveLength(1);
  });

  test('that is refused in the first minutes is tried again: rights may be young', async () => {
    const door = doorIn('at work', 4);
    door.watches.breaks(awsError('AccessDeniedException'));

    expect(await door.look(create('background'))).toEqual(GOES_ON);
  });

  test('to functions that die is tried again', async () => {
    const door = doorIn('at work', 50);
    door.dying.start = new Error('out of memory');

    expect(await door.look(handOver)).toEqual(GOES_ON);
  });

  test('of what the stack has turned back from ends the watch that it began, and what is unfinished goes', async () => {
    const door = doorIn('at work', 50);
    door.stacks.answers = ['the stack is ROLLBACK_IN_PROGRESS'];

    await expect(door.look(handOver)).rejects.toThrow('nothing is watched because the stack is ROLLBACK_IN_PROGRESS');
    expect(door.watches.watchesOf(RESOURCE, target)).toEqual([]);
    expect(door.cancellations).toHaveLength(1);
  });
});

describe('telling the outcome', () => {
  const reported = create('fail');

  test('is tried again while Step Functions is throttled, up to the time limit; then the deploy goes on without', async () => {
    const door = doorIn('complete', 49);
    door.watches.breaks(throttled());

    expect(await door.look(reported)).toEqual(GOES_ON);
    door.now = NOON + minutes(50);
    expect(await door.look(reported)).toEqual(COMPLETE);
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: 'the outcome is not told as an event' }));
  });

  test('is counted and told once, however often it is tried', async () => {
    const door = doorIn('complete');
    door.watches.breaks(throttled());
    await door.look(reported);
    door.watches.heal();
    await door.look(reported);

    expect(logged().filter((line) => 'OperationSucceeded' in line)).toHaveLength(1);
    expect(door.watches.reportsOf(RESOURCE, target)).toHaveLength(1);
  });

  test('that is refused for good fails no deploy', async () => {
    const door = doorIn('complete', 5);
    door.watches.breaks(denied());

    expect(await door.look(reported)).toEqual(COMPLETE);
  });

  test('by functions that die keeps nobody waiting for more than five minutes', async () => {
    const door = doorIn('complete', 4);
    door.dying.start = new Error('out of memory');
    expect(await door.look(reported)).toEqual(GOES_ON);

    door.now = NOON + minutes(5);
    expect(await door.look(reported)).toEqual(COMPLETE);
  });

  test('of a failure does not hide the failure', async () => {
    const door = doorIn('failed');
    door.watches.breaks(denied());

    await expect(door.look(reported)).rejects.toThrow("ended in status 'failed'");
  });

  test('of a request that the stack has turned back from is left out: it is no failure of the work', async () => {
    const door = doorIn('failed');
    door.stacks.answers = ['the stack is ROLLBACK_IN_PROGRESS'];

    await expect(door.look(reported)).rejects.toThrow("ended in status 'failed'");
    expect(door.watches.reportsOf(RESOURCE, target)).toEqual([]);
    expect(logged().filter((line) => 'OperationFailed' in line)).toEqual([]);
  });

  test('takes the place of a watch that an earlier try began, so that nobody is told twice', async () => {
    const door = doorIn('at work');
    await door.look(create('background'));
    door.rds.change(target, { status: 'available' });

    expect(await door.look(create('background'))).toEqual(COMPLETE);
    expect(door.watches.watchesOf(RESOURCE, target)).toEqual([]);
    expect(door.watches.reportsOf(RESOURCE, target)).toHaveLength(1);
  });

  test('of a deploy that waits looks for no watch, because there is none', async () => {
    const door = doorIn('complete');
    const stop = jest.spyOn(door.watches, 'stop');
    await door.look(reported);

    expect(stop).not.toHaveBeenCalled();
  });

  test('is not for what is no operation: a change in place, a way back, a deletion', async () => {
    const inPlace = watched(updateEvent(takeProperties(), takeProperties({ Tags: { team: 'a' } }), target));
    const back = watched(updateEvent(takeProperties({ Trigger: '2' }), takeProperties(), 'x', { RequestId: 'back' }));
    const leave = watched(deleteEvent(target));
    for (const event of [inPlace, back, leave]) {
      const door = doorIn('complete');
      door.stacks.rollingBack = event === back;
      await door.look(event);

      expect(logged().filter((line) => line.Operation === 'take')).toEqual([]);
      expect(door.watches.reportsOf(RESOURCE, target)).toEqual([]);
    }
  });
});

describe('what was handed over and is let go', () => {
  const handedOver = async (state: State) => {
    const door = doorIn(state);
    await door.look(create('background'));
    expect(door.watches.watchesOf(RESOURCE, target)).toHaveLength(1);
    return door;
  };
  const leave = watched(deleteEvent(target, takeProperties({ Completion: 'background' })));

  test('is watched no longer, and goes', async () => {
    const door = await handedOver('at work');
    door.rds.change(target, { status: 'failed' });

    await door.finish(leave);

    expect(door.watches.watchesOf(RESOURCE, target)).toEqual([]);
    expect(door.rds.snapshots).toEqual([]);
  });

  test('before it began is waited for as long as a function of the watch may still be starting it', async () => {
    const door = await handedOver('in the queue');

    await door.finish(leave);

    expect(door.now - NOON).toBe(150_000);
    expect(door.rds.writes).toEqual([]);
  });

  test('and appears only then is removed', async () => {
    const door = await handedOver('in the queue');

    await door.finish(leave, () => {
      if (door.now === NOON + minutes(1)) {
        door.rds.snapshots = [made('failed')];
      }
    });

    expect(door.rds.snapshots).toEqual([]);
  });

  test('by an update in place goes on being watched', async () => {
    const door = await handedOver('at work');
    const before = takeProperties({ Completion: 'background' });

    await door.look(watched(updateEvent(before, takeProperties({ Completion: 'background', Tags: { team: 'a' } }), target)));

    expect(door.watches.watchesOf(RESOURCE, target)).toHaveLength(1);
  });

  test('by an update that is taken back is watched no longer, while what the resource stands for again goes on being watched', async () => {
    const v1 = takeProperties({ Completion: 'background' });
    const v2 = takeProperties({ Completion: 'background', Trigger: '2' });
    const door = await handedOver('at work');
    const update = updateEvent(v1, v2, target);
    const later = watched(update, targetOf(watched(update)).target);
    await door.look(later);
    expect(door.watches.watchesOf(RESOURCE, later.PhysicalResourceId)).toHaveLength(1);

    door.stacks.rollingBack = true;
    const back = updateEvent(v2, v1, later.PhysicalResourceId, { RequestId: 'back' });
    await door.look(watched(back, targetOf(watched(back)).target));

    expect(door.watches.watchesOf(RESOURCE, later.PhysicalResourceId)).toEqual([]);
    expect(door.watches.watchesOf(RESOURCE, target)).toHaveLength(1);
  });

  test('because another takes its place is kept until that one is complete, whatever the policy', async () => {
    const policy = { Completion: 'background', RemovalPolicy: 'destroy' };
    const door = doorIn('complete');
    const update = updateEvent(takeProperties(policy), takeProperties({ ...policy, Trigger: '2' }), target);
    door.rds.clusters = [{ identifier: 'orders', status: 'backing-up', engine: 'aurora-mysql' }];
    await door.look(watched(update, targetOf(watched(update)).target));

    await door.finish(watched(deleteEvent(target, takeProperties(policy))));

    expect(door.rds.find(target)).toMatchObject({ status: 'available' });
  });

  test.each([['another', targetIdentifier, Release.SUPERSEDED], [target, undefined, undefined]])(
    'of a resource that goes on and stands for %s by now: kept only if that is another', async (now, kept, release) => {
      const door = doorIn('complete');
      door.stacks.replaced = true;
      door.stacks.physicalId = now === target ? now : target.replace(targetIdentifier, 'another');

      await door.finish(watched(deleteEvent(target, takeProperties({ RemovalPolicy: 'destroy' }))));

      expect(door.rds.find(target)?.identifier).toBe(kept);
      expect(door.rds.find(target)?.tags[OwnershipTag.RELEASED]).toBe(release);
    },
  );

  test('goes when what takes its place is complete in another Region, where it is not among its siblings', async () => {
    const door = doorIn('complete');
    const there = { ...door.rds.find(target)!, arn: target.replace('eu-west-1', 'eu-central-1') };
    door.rds.snapshots = [...door.rds.snapshots, there];
    door.stacks.replaced = true;
    door.stacks.physicalId = there.arn;

    await door.finish(watched(deleteEvent(target, takeProperties({ RemovalPolicy: 'destroy' }))));

    expect(door.rds.snapshots.map(({ arn }) => arn)).toEqual([there.arn]);
  });

  test.each(['copying', 'failed'])('stays while what takes its place in another Region is %s', async (status) => {
    const door = doorIn('complete');
    const there = { ...door.rds.find(target)!, arn: target.replace('eu-west-1', 'eu-central-1'), status };
    door.rds.snapshots = [...door.rds.snapshots, there];
    door.stacks.replaced = true;
    door.stacks.physicalId = there.arn;

    await door.finish(watched(deleteEvent(target, takeProperties({ RemovalPolicy: 'destroy' }))));

    expect(door.rds.find(target)).toMatchObject({ status: 'available' });
  });

  describe('while nobody can tell whether another takes its place', () => {
    const ask = async (error: Error) => {
      const door = doorIn('complete');
      door.stacks.successorOf = async () => Promise.reject(error);
      return { door, answer: await door.start(watched(deleteEvent(target, takeProperties({ RemovalPolicy: 'destroy' })))) };
    };

    test.each([throttled(), denied()])('is asked about again (%s)', async (error) => {
      const { answer } = await ask(error);

      expect(answer).toMatchObject({ progress: { status: 'PENDING' }, removals: [] });
    });

    test('is kept when that cannot be found out: when in doubt, keep and say so', async () => {
      const { door, answer } = await ask(awsError('ValidationError', 'the stack is odd'));

      expect(answer).toEqual({ progress: { status: 'SUCCEEDED' }, removals: [] });
      expect(door.rds.find(target)).toMatchObject({ tags: { [OwnershipTag.RELEASED]: Release.SUPERSEDED } });
      expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: 'whether it was replaced is not known, so it is kept' }));
    });
  });

  test('with an id that CloudFormation invented: all its watches end', async () => {
    const door = await handedOver('at work');
    door.rds.change(target, { status: 'failed' });

    await door.finish(watched(deleteEvent('Orders-BeforeMigration-1ABC', takeProperties({ Completion: 'background' }))));

    expect(door.watches.watchesOf(RESOURCE, target)).toEqual([]);
    expect(door.rds.snapshots).toEqual([]);
  });
});
