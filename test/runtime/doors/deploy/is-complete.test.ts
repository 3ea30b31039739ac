import { OwnershipTag, Release } from '../../../../src/core/ownership';
import { Deletion, DeletionReason } from '../../../../src/core/removal';
import { Snapshot } from '../../../../src/core/snapshot';
import { assignmentOf, requestOf, WatchedEvent } from '../../../../src/runtime/doors/deploy/events';
import { DeployDoor } from '../../../support/deploy-door';
import { awsError, denied, throttled } from '../../../support/errors';
import { NOON, copyProperties, createEvent, deleteEvent, minutes, takeProperties, updateEvent, watched } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { aSnapshot, ourSnapshot, withTags } from '../../../support/snapshots';

const logged = captureLog();

const earlier = ourSnapshot('earlier');

/** Everything that asks for a new snapshot does so in the same way. */
const REQUESTS_FOR_A_SNAPSHOT: Array<[string, WatchedEvent]> = [
  ['Create', watchedWithTarget(createEvent())],
  ['Update of the trigger', watchedWithTarget(updateEvent(takeProperties(), takeProperties({ Trigger: '2' }), earlier.arn))],
];

function watchedWithTarget(event: Parameters<typeof requestOf>[0]): WatchedEvent {
  return watched(event, assignmentOf(event, requestOf(event), 0).target);
}

/** The snapshot that the request makes, in some state. */
function targetOf(event: WatchedEvent, facts: Partial<Snapshot> = {}): Snapshot {
  const { targetIdentifier, ownershipTags } = assignmentOf(event, requestOf(event), 0);
  return aSnapshot({ identifier: targetIdentifier, tags: ownershipTags, ...facts });
}

function doorWith(...snapshots: Snapshot[]): DeployDoor {
  return new DeployDoor(new FakeRds(snapshots));
}

function at(time: number, door: DeployDoor): DeployDoor {
  door.now = NOON + time;
  return door;
}

const busy = (door: DeployDoor): DeployDoor => {
  door.rds.clusters = [{ identifier: 'orders', status: 'backing-up', engine: 'aurora-postgresql' }];
  return door;
};

const outcome = (metric: string, operation: string) => expect.objectContaining({ Operation: operation, [metric]: 1 });

describe.each(REQUESTS_FOR_A_SNAPSHOT)('%s', (_, event) => {
  const target = targetOf(event);

  test('nothing there: it is started, and not complete', async () => {
    const door = doorWith(earlier);

    expect(await door.look(event)).toEqual({ IsComplete: false });
    expect(door.rds.writes).toEqual([`create ${target.identifier}`]);
  });

  test('the cluster is busy: not complete, and asked again at the next look', async () => {
    const door = busy(doorWith(earlier));

    expect(await door.look(event)).toEqual({ IsComplete: false });
    expect(await door.look(event)).toEqual({ IsComplete: false });
    expect(door.started).toBe(2);
    expect(door.rds.writes).toEqual([]);
  });

  test('running: not complete, and not started again', async () => {
    const door = doorWith(earlier, { ...target, status: 'creating', percentProgress: 40 });

    expect(await door.look(event)).toEqual({ IsComplete: false });
    expect(door.started).toBe(0);
    expect(logged()).toContainEqual(expect.objectContaining({ message: 'progress', status: 'RUNNING', percent: 40, target: target.arn }));
  });

  test('available: complete, with the ARN and the identifier', async () => {
    expect(await doorWith(earlier, target).look(event)).toEqual({
      IsComplete: true,
      PhysicalResourceId: target.arn,
      Data: { SnapshotArn: target.arn, SnapshotIdentifier: target.identifier },
    });
    expect(logged()).toContainEqual(outcome('OperationSucceeded', 'take'));
  });

  test('failed: the request fails in the words of RDS, and what is left of it goes', async () => {
    const door = doorWith(earlier, { ...target, status: 'failed' });

    await expect(door.look(event)).rejects.toThrow(`the snapshot ${target.arn} ended in status 'failed'`);
    expect(door.rds.snapshots).toEqual([earlier]);
    expect(logged()).toContainEqual(outcome('OperationFailed', 'take'));
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'INFO', message: 'progress', status: 'FAILED', reason: expect.stringContaining('failed') }));
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'ERROR', message: 'request failed', reason: expect.stringContaining('failed') }));
  });

  test('it cannot be made: the request fails, and nothing is touched', async () => {
    const door = doorWith(earlier);
    door.rds.clusters = [];

    await expect(door.look(event)).rejects.toThrow("there is no cluster 'orders' in eu-west-1");
    expect(door.rds.writes).toEqual([]);
  });

  test('what somebody else made under the name is left, and the request fails', async () => {
    const foreign = aSnapshot({ identifier: target.identifier });
    const door = doorWith(earlier, foreign);

    await expect(door.look(event)).rejects.toThrow('was not made by this deployment');
    expect(door.rds.snapshots).toEqual([earlier, foreign]);
  });

  test('a look that fails is no failure of the work', async () => {
    const door = doorWith(earlier, { ...target, status: 'creating' });
    door.rds.breaks('findSnapshot', throttled());

    expect(await door.look(event)).toEqual({ IsComplete: false });
    door.rds.heal();
    door.rds.change(target.arn, { status: 'available' });
    expect(await door.look(event)).toMatchObject({ IsComplete: true });
  });

  test('the start function dies: not complete, and it is called again', async () => {
    const door = doorWith(earlier);
    door.dying.start = new Error('function Start ended with Unhandled: out of memory');

    expect(await door.look(event)).toEqual({ IsComplete: false });
    expect(logged()).toContainEqual(expect.objectContaining({ status: 'PENDING', reason: expect.stringMatching(/could not be looked after: .*out of memory/) }));

    door.dying.start = undefined;
    await door.look(event);
    expect(door.rds.writes).toEqual([`create ${target.identifier}`]);
  });

  test('the start function may not be called: waited for as long as rights need, then told', async () => {
    const door = at(minutes(5) - 1, doorWith(earlier));
    door.dying.start = denied();

    expect(await door.look(event)).toEqual({ IsComplete: false });
    door.now += 1;
    await expect(door.look(event)).rejects.toThrow(`the ${event.RequestType} of BeforeMigration is not allowed, also after 5 minutes`);
  });

  describe('time is up', () => {
    test('not a moment too early', async () => {
      expect(await at(minutes(50) - 1, busy(doorWith(earlier))).look(event)).toEqual({ IsComplete: false });
    });

    test('while nothing could be started: the last reason is told, with the remedy', async () => {
      const door = at(minutes(50), busy(doorWith(earlier)));

      await expect(door.look(event)).rejects.toThrow(
        /^not finished after 50 minutes, .*Last seen: the cluster 'orders' is 'backing-up'.*onTimeout: TimeoutBehavior\.CONTINUE.*wait longer, Completion\.waitFor.*at most 55 minutes/,
      );
      expect(door.rds.writes).toEqual([]);
    });

    test('while it is being made: how far it is is told, and its removal is asked for', async () => {
      const door = at(minutes(50), doorWith(earlier, { ...target, status: 'creating', percentProgress: 40 }));

      await expect(door.look(event)).rejects.toThrow(`Last seen: ${target.identifier} is creating, 40 %`);
      expect(door.cancellations).toEqual([expect.objectContaining({
        removal: { arn: target.arn, reason: DeletionReason.UNFINISHED, generation: event.RequestId },
      })]);
      expect(door.rds.writes).toEqual([]); // RDS deletes none that is being created
    });

    test('while the last look failed: its removal is asked for all the same', async () => {
      const door = at(minutes(50), doorWith(earlier, { ...target, status: 'copying' }));
      door.rds.breaks('findSnapshot', throttled());
      door.dying.start = new Error('out of memory');

      await expect(door.look(event)).rejects.toThrow('not finished after 50 minutes');
      expect(door.rds.snapshots).toEqual([earlier]);
    });

    test('while the cancel function dies: the reason of the failure stays the one that is told', async () => {
      const door = at(minutes(50), doorWith(earlier, { ...target, status: 'creating' }));
      door.dying.cancel = new Error('out of memory');

      await expect(door.look(event)).rejects.toThrow('not finished after 50 minutes');
      expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', reason: 'Error: out of memory' }));
    });

    test('after the time that the user gave', async () => {
      const impatient = { ...event, ResourceProperties: { ...event.ResourceProperties, TimeoutMinutes: '2' } };

      expect(await at(minutes(2) - 1, busy(doorWith(earlier))).look(impatient)).toEqual({ IsComplete: false });
      await expect(at(minutes(2), busy(doorWith(earlier))).look(impatient)).rejects.toThrow('not finished after 2 minutes');
    });

    test('but what is complete by then counts', async () => {
      expect(await at(minutes(70), doorWith(earlier, target)).look(event)).toMatchObject({ IsComplete: true });
    });
  });
});

test('a copy that runs out of time is cancelled by deleting it', async () => {
  const event = watchedWithTarget(createEvent(copyProperties()));
  const door = at(minutes(50), doorWith(targetOf(event, { status: 'copying', percentProgress: 90 })));

  await expect(door.look(event)).rejects.toThrow('is copying, 90 %');
  expect(door.rds.snapshots).toEqual([]);
});

test('a reason is told as it is', async () => {
  const door = doorWith();
  door.rds.clusters = [];

  await expect(door.look(REQUESTS_FOR_A_SNAPSHOT[0][1])).rejects.toThrow(/; check the identifier given as cluster$/);
});

test('a reason that is longer than CloudFormation takes is cut, and the log has all of it', async () => {
  const door = at(minutes(5), doorWith());
  const long = `not authorized: ${'x'.repeat(5000)}`;
  door.rds.breaks('createSnapshot', awsError('AccessDenied', long));

  const failure = await door.look(REQUESTS_FOR_A_SNAPSHOT[0][1]).catch((error: Error) => error.message);

  expect(failure).toMatch(/not authorized: x+… \(the log has the rest\)$/);
  expect(Buffer.byteLength(failure as string)).toBeLessThan(2000);
  expect(logged()).toContainEqual(expect.objectContaining({ message: 'request failed', reason: expect.stringContaining(long) }));
});

describe('Update in place', () => {
  const before = takeProperties({ Tags: { team: 'billing' } });
  const event = watched(updateEvent(before, takeProperties({ Tags: { team: 'orders' } }), earlier.arn));

  test('counts as no operation', async () => {
    await doorWith(earlier).look(event);

    expect(logged()).not.toContainEqual(outcome('OperationSucceeded', 'take'));
  });

  test('changes what is there and is complete at once', async () => {
    const door = doorWith(earlier);

    expect(await door.look(event)).toEqual({
      IsComplete: true, PhysicalResourceId: earlier.arn, Data: { SnapshotArn: earlier.arn, SnapshotIdentifier: earlier.identifier },
    });
    expect(door.rds.writes).toEqual([`tag ${earlier.identifier} team=orders`]);
  });

  test.each([['that fails', 0, awsError('InvalidParameterValue')], ['that is denied for long', minutes(5), denied()], ['whose time is up', minutes(50), throttled()]])(
    '%s never removes the snapshot that is there', async (_, time, error) => {
      const door = at(time, doorWith(earlier));
      door.rds.breaks('setTags', error);

      await expect(door.look(event)).rejects.toThrow();
      expect(door.cancellations).toEqual([]);
    },
  );
});

describe('Delete', () => {
  const leave = (snapshot = earlier, changes = {}) => watched(deleteEvent(snapshot.arn, takeProperties(changes)));

  test('with nothing to delete is complete at once, and answers no other id', async () => {
    const door = doorWith(earlier);

    expect(await door.look(leave())).toEqual({ IsComplete: true });
    expect(door.rds.find(earlier.arn)!.tags).toMatchObject({ [OwnershipTag.RELEASED]: Release.RETAINED });
    expect(logged()).toContainEqual(outcome('OperationSucceeded', 'delete'));
  });

  test('with a deletion is complete when the snapshot is gone', async () => {
    const door = doorWith(earlier);

    expect(await door.look(leave(earlier, { RemovalPolicy: 'destroy' }))).toEqual({ IsComplete: false });
    expect(await door.look(leave(earlier, { RemovalPolicy: 'destroy' }))).toEqual({ IsComplete: true });
    expect(door.rds.snapshots).toEqual([]);
  });

  test('waits for a snapshot that is being created, then deletes it, though it is complete by then', async () => {
    const door = doorWith({ ...earlier, status: 'creating' });

    await door.finish(leave(), () => door.now > NOON + minutes(2) && door.rds.change(earlier.arn, { status: 'available' }));

    expect(door.rds.snapshots).toEqual([]);
    expect(door.now).toBeGreaterThan(NOON + minutes(2));
  });

  test('takes all of them along, however many looks that needs', async () => {
    const superseded = [1, 2, 3].map((number) => ourSnapshot(`s${number}`, { release: Release.SUPERSEDED }));
    const door = doorWith(earlier, ...superseded);

    await door.finish(leave(earlier, { RemovalPolicy: 'destroy', KeepLast: '5' }));

    expect(door.rds.snapshots).toEqual([]);
  });

  test('gives up after 55 minutes, in time for CloudFormation, and says what it waited for', async () => {
    const door = at(minutes(55) - 1, doorWith({ ...earlier, status: 'creating', percentProgress: 40 }));
    expect(await door.look(leave())).toEqual({ IsComplete: false });

    door.now += 1;
    await expect(door.look(leave())).rejects.toThrow(/^the deletion was not finished after 55 minutes\. Last seen: .*is creating, 40 %.*Delete the stack again/);
    expect(logged()).toContainEqual(outcome('OperationFailed', 'delete'));
  });

  test('fails when the deletion is denied for long, and what is there stays', async () => {
    const door = at(minutes(5), doorWith(earlier));
    door.rds.breaks('deleteSnapshot', denied());

    await expect(door.look(leave(earlier, { RemovalPolicy: 'destroy' }))).rejects.toThrow(`deleting the snapshot ${earlier.arn} (removed) is not allowed`);
    expect(door.rds.snapshots).toEqual([earlier]);
  });

  test('of what is already gone is complete', async () => {
    expect(await doorWith().look(leave())).toEqual({ IsComplete: true });
  });

  test('of a resource whose properties could never be read is complete: nothing was made', async () => {
    const door = doorWith(earlier);

    expect(await door.look(watched(deleteEvent('request-create', takeProperties({ ClusterIdentifier: '' }))))).toEqual({ IsComplete: true });
    expect(door.rds.snapshots).toEqual([earlier]);
  });

  test('of a snapshot whose properties cannot be read fails: when in doubt, keep and say so', async () => {
    const door = doorWith(earlier);

    await expect(door.look(leave(earlier, { ContractVersion: '99' }))).rejects.toThrow('contract version 99 is not known');
    expect(door.rds.snapshots).toEqual([earlier]);
  });
});

test.each([
  ['Create', watched(createEvent(takeProperties({ ClusterIdentifier: '' })))],
  ['Update', watched(updateEvent(takeProperties(), takeProperties({ ClusterIdentifier: '' }), earlier.arn))],
])('%s with properties that cannot be read fails with the reason, and touches nothing', async (_, event) => {
  const door = doorWith(earlier);

  await expect(door.look(event)).rejects.toThrow('the property ClusterIdentifier is missing or empty');
  expect(door.rds.writes).toEqual([]);
});

describe('an update that is taken back', () => {
  const v1 = takeProperties({ Trigger: '1' });
  const v2 = takeProperties({ Trigger: '2' });
  const current = targetOf(watchedWithTarget(createEvent(v1)), { createTime: new Date(NOON - minutes(60)) });
  const failedUpdate = watchedWithTarget(updateEvent(v1, v2, current.arn));
  const made = targetOf(failedUpdate, { createTime: new Date(NOON) });
  const back = (before = v2) => watchedWithTarget(updateEvent(before, v1, made.arn, { RequestId: 'request-back' }));

  const rollingBack = (...snapshots: Snapshot[]) => {
    const door = doorWith(...snapshots);
    door.stacks.rollingBack = true;
    return door;
  };

  test('stands for the earlier snapshot again, and makes nothing', async () => {
    const door = rollingBack(current);

    expect(await door.look(back())).toMatchObject({ IsComplete: true, PhysicalResourceId: current.arn });
    expect(door.rds.writes).toEqual([]);
    expect(logged()).not.toContainEqual(outcome('OperationSucceeded', 'take')); // nothing was taken
  });

  test('waits until what it left unfinished is deleted', async () => {
    const door = rollingBack(current, { ...made, status: 'creating' });

    const answer = await door.finish(back(), () => door.now > NOON + minutes(2) && door.rds.change(made.arn, { status: 'available' }));

    expect(answer).toMatchObject({ PhysicalResourceId: current.arn });
    expect(door.rds.snapshots).toEqual([current]);
  });

  test('does not fail when what it left cannot be deleted: that goes with the resource', async () => {
    const door = at(minutes(50), rollingBack(current, { ...made, status: 'creating' }));

    expect(await door.look(back())).toMatchObject({ IsComplete: true, PhysicalResourceId: current.arn });
    expect(door.rds.find(made.arn)!.tags).toMatchObject({ [OwnershipTag.RELEASED]: Release.ABANDONED });
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', arn: made.arn }));

    door.rds.change(made.arn, { status: 'available' });
    await door.finish(watched(deleteEvent(current.arn, v1)));
    expect(door.rds.snapshots).toEqual([withTags(current, { [OwnershipTag.RELEASED]: Release.RETAINED })]);
  });

  test('never asks for the removal of the snapshot that it goes back to', async () => {
    const door = at(minutes(50), rollingBack({ ...current, status: 'creating' }));
    door.rds.breaks('listManualSnapshots', throttled());

    await expect(door.look(back())).rejects.toThrow();
    expect(door.cancellations.map(({ removal }) => (removal as Deletion).arn)).not.toContain(current.arn);
  });

  test('also from properties that could not be read', async () => {
    const door = rollingBack(current);

    expect(await door.look(back(takeProperties({ ClusterIdentifier: '' })))).toMatchObject({ IsComplete: true, PhysicalResourceId: current.arn });
  });
});
