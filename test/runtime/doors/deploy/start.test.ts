import { OwnershipTag, Release } from '../../../../src/core/ownership';
import { DeletionReason } from '../../../../src/core/removal';
import { WireProperties } from '../../../../src/core/resource-contract';
import { Snapshot } from '../../../../src/core/snapshot';
import { ResourceEvent } from '../../../../src/runtime/doors/custom-resource/events';
import { StartAnswer, WatchedEvent, assignmentOf, requestOf } from '../../../../src/runtime/doors/deploy/events';
import { DeployDoor } from '../../../support/deploy-door';
import { awsError, denied, throttled } from '../../../support/errors';
import {
  NOON, OTHER_REGION, copyProperties, createEvent, deleteEvent, minutes, takeProperties, updateEvent, watched,
} from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { RESOURCE, aSnapshot, day, ourSnapshot } from '../../../support/snapshots';

const logged = captureLog();

const { SUPERSEDED, RETAINED, ABANDONED } = Release;
const { REMOVED, PRUNED, UNFINISHED } = DeletionReason;

/** A request that has come in, with the id of what it makes. */
const asked = (event: ResourceEvent): WatchedEvent => watched(event, assignmentOf(event, requestOf(event), 0).target);

/** What a request made. */
function madeBy(event: ResourceEvent, facts: Partial<Snapshot> & { release?: Release } = {}): Snapshot {
  const { targetIdentifier, target, ownershipTags } = assignmentOf(event, requestOf(event), 0);
  const { release, ...others } = facts;
  return {
    ...aSnapshot({ identifier: targetIdentifier, tags: { ...ownershipTags, ...(release ? { [OwnershipTag.RELEASED]: release } : {}) }, ...others }),
    arn: target,
  };
}

function doorWith(...snapshots: Snapshot[]): DeployDoor {
  return new DeployDoor(new FakeRds(snapshots));
}

const tagged = (snapshot: Snapshot, release: Release) => `tag ${snapshot.identifier} ${OwnershipTag.RELEASED}=${release}`;
const failure = (message: string) => expect.objectContaining({
  progress: expect.objectContaining({ status: 'FAILED', message: expect.stringContaining(message) }),
});

const create = asked(createEvent());
const change = asked(updateEvent(takeProperties(), takeProperties({ Trigger: '2' }), madeBy(createEvent()).arn));

describe.each([['Create', create], ['changed Update', change]])('%s', (_, event) => {
  const target = madeBy(event);

  test('starts what is asked for, under the id that the first call promised', async () => {
    const door = doorWith();

    expect(await door.start(event)).toEqual({ progress: expect.objectContaining({ status: 'RUNNING' }), removals: [] });
    expect(door.rds.writes).toEqual([`create ${target.identifier}`]);
  });

  test('asks CloudFormation before and after', async () => {
    const door = doorWith();
    await door.start(event);

    expect(door.stacks.asked).toBe(2);
  });

  test.each([
    'the stack is ROLLBACK_IN_PROGRESS', 'the stack is DELETE_COMPLETE', 'a later deployment of the resource BeforeMigration has begun',
  ])('starts nothing when %s', async (because) => {
    const door = doorWith();
    door.stacks.answers = [because];

    expect(await door.start(event)).toEqual(failure(`nothing was started because ${because}`));
    expect(door.rds.writes).toEqual([]);
  });

  test('starts nothing when CloudFormation cannot be asked', async () => {
    const door = doorWith();
    door.stacks.whyNoLongerWanted = async () => {
      throw throttled();
    };

    expect(await door.start(event)).toMatchObject({ progress: { status: 'PENDING' } });
    expect(door.rds.writes).toEqual([]);
  });

  test('takes back what it started when the stack turns back in between', async () => {
    const door = doorWith();
    door.stacks.answers = [undefined, 'the stack is ROLLBACK_IN_PROGRESS'];

    expect(await door.start(event)).toEqual(failure('what was started is removed again because the stack is ROLLBACK_IN_PROGRESS'));
  });

  test('asks only once when nothing could be started', async () => {
    const door = doorWith();
    door.rds.clusters = [{ identifier: 'orders', status: 'backing-up', engine: 'aurora-mysql' }];

    expect(await door.start(event)).toEqual({ progress: expect.objectContaining({ status: 'PENDING' }), removals: [] });
    expect(door.stacks.asked).toBe(1);
  });

  test('is as patient as the request is young', async () => {
    const door = doorWith();
    door.rds.breaks('createSnapshot', denied());

    door.now = NOON + minutes(5) - 1;
    expect(await door.start(event)).toMatchObject({ progress: { status: 'PENDING' } });
    door.now += 1;
    expect(await door.start(event)).toEqual(failure('not allowed'));
  });
});

describe('Create', () => {
  test('never adopts what an earlier life of the resource left behind', async () => {
    const door = doorWith(madeBy(createEvent(takeProperties(), { RequestId: 'earlier' }), { release: RETAINED }));
    await door.start(create);

    expect(door.rds.writes).toEqual([`create ${madeBy(create).identifier}`]);
  });

  test('of a copy is made in its Region', async () => {
    const event = asked(createEvent(copyProperties({ Region: OTHER_REGION })));
    const door = doorWith(aSnapshot());

    expect(await door.start(event)).toMatchObject({ progress: { status: 'RUNNING' } });
    expect(door.rds.writes).toEqual([`copy ${OTHER_REGION}/${madeBy(event).identifier}`]);
  });

  test('with properties that cannot be read says why', async () => {
    expect(await doorWith().start(watched(createEvent(takeProperties({ ClusterIdentifier: '' }))))).toEqual(
      failure('the Create of BeforeMigration failed. Reason: Error: the property ClusterIdentifier is missing or empty'),
    );
  });
});

describe('a trigger that goes from A to B and back to A', () => {
  test('takes a third snapshot, because the first is of another time', async () => {
    const [a, b] = [takeProperties({ Trigger: 'A' }), takeProperties({ Trigger: 'B' })];
    const first = madeBy(createEvent(a), { release: RETAINED });
    const second = madeBy(updateEvent(a, b, first.arn));
    const third = asked(updateEvent(b, a, second.arn, { RequestId: 'request-third' }));
    const door = doorWith(first, second);

    expect(await door.start(third)).toMatchObject({ progress: { status: 'RUNNING' } });
    expect(door.rds.writes).toEqual([`create ${madeBy(third).identifier}`]);
    expect(third.PhysicalResourceId).not.toBe(first.arn);
  });
});

describe('Update in place', () => {
  const current = madeBy(createEvent(), { tags: { ...madeBy(createEvent()).tags, team: 'billing', stage: 'test' } });
  const update = (before: WireProperties, now: WireProperties) => watched(updateEvent(takeProperties(before), takeProperties(now), current.arn));

  test('sets the tags that changed and removes those that are gone', async () => {
    const door = doorWith(current);

    expect(await door.start(update({ Tags: { team: 'billing', stage: 'test' } }, { Tags: { team: 'orders', cost: '1' } }))).toEqual({
      progress: { status: 'SUCCEEDED' }, removals: [],
    });
    expect(door.rds.writes).toEqual([`untag ${current.identifier} stage`, `tag ${current.identifier} team=orders cost=1`]);
  });

  test('of anything but tags calls nothing', async () => {
    const door = doorWith(current);

    expect(await door.start(update({ Tags: { team: 'billing' } }, { Tags: { team: 'billing' }, RemovalPolicy: 'destroy', KeepLast: '3', TimeoutMinutes: '5' })))
      .toEqual({ progress: { status: 'SUCCEEDED' }, removals: [] });
    expect(door.rds.writes).toEqual([]);
  });

  test('never touches the tags by which we know it', async () => {
    const door = doorWith(current);
    await door.start(update({ Tags: { [OwnershipTag.OWNER]: 'x' } }, { Tags: { [OwnershipTag.RELEASED]: 'x' } }));

    expect(door.rds.writes).toEqual([]);
  });

  test('reaches a copy in its Region', async () => {
    const properties = copyProperties({ Region: OTHER_REGION });
    const copy = madeBy(createEvent(properties));
    const door = doorWith(copy);
    await door.start(watched(updateEvent(properties, copyProperties({ Region: OTHER_REGION, Tags: { team: 'a' } }), copy.arn)));

    expect(door.rds.writes).toEqual([`tag ${OTHER_REGION}/${copy.identifier} team=a`]);
  });

  test('of a snapshot that somebody deleted does not fail the deploy, and says so in the log', async () => {
    const door = doorWith();
    door.rds.breaks('setTags', awsError('DBClusterSnapshotNotFoundFault'));

    expect(await door.start(update({}, { Tags: { team: 'a' } }))).toEqual({ progress: { status: 'SUCCEEDED' }, removals: [] });
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: 'the snapshot of this resource does not exist', arn: current.arn }));
  });

  describe('of a resource that from now on waits for its snapshot', () => {
    const waiting = update({ Completion: 'background' }, { Completion: 'fail' });
    const ended = async (facts: Partial<Snapshot>) => (await doorWith({ ...current, ...facts }).start(waiting)).progress;

    test('is done when that is complete', async () => {
      expect(await ended({})).toEqual({ status: 'SUCCEEDED' });
    });

    test('waits while it is being made', async () => {
      expect(await ended({ status: 'creating' })).toMatchObject({ status: 'RUNNING' });
    });

    test('fails when it failed', async () => {
      expect(await ended({ status: 'failed' })).toMatchObject({ status: 'FAILED' });
    });

    test('waits for one that has not begun but is watched, and fails for one that is not', async () => {
      const door = doorWith();
      door.rds.clusters = [{ identifier: 'orders', status: 'backing-up', engine: 'aurora-mysql' }];
      const background = asked(createEvent(takeProperties({ Completion: 'background' })));
      await door.look(background);

      expect(await door.start(waiting)).toMatchObject({ progress: { status: 'PENDING' } });
      expect(await doorWith().start(waiting)).toEqual(failure(`the deploy is now to wait for ${current.arn}, and RDS lists nothing of that name`));
    });
  });

  test('of a resource whose snapshot was complete once does not fail over what became of it since', async () => {
    expect(await doorWith({ ...current, status: 'failed' }).start(update({}, { TimeoutMinutes: '5' }))).toMatchObject({ progress: { status: 'SUCCEEDED' } });
  });

  test('that AWS refuses is told', async () => {
    const door = doorWith(current);
    door.rds.breaks('setTags', awsError('InvalidParameterValue', 'too many tags'));

    expect(await door.start(update({}, { Tags: { team: 'a' } }))).toEqual(
      failure('the Update of BeforeMigration failed. AWS said: InvalidParameterValue: too many tags'));
  });

  test('that AWS refuses on the way back is no reason to get stuck', async () => {
    const door = doorWith(current);
    door.stacks.turningBack = true;
    door.rds.breaks('setTags', awsError('InvalidParameterValue', 'too many tags'));

    expect(await door.start(update({}, { Tags: { team: 'a' } }))).toMatchObject({ progress: { status: 'SUCCEEDED' }, physicalId: current.arn });
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: 'left as it is, so that the stack can turn back' }));
  });
});

describe('an update that is taken back', () => {
  const v1 = takeProperties({ Trigger: '1' });
  const v2 = takeProperties({ Trigger: '2' });
  const current = madeBy(createEvent(v1), { createTime: day(1) });
  const failed = updateEvent(v1, v2, current.arn);
  const backTo = (physicalId: string, now = v1, before = v2) => asked(updateEvent(before, now, physicalId, { RequestId: 'request-back' }));

  /** It stands for the earlier snapshot again, once the others have gone. */
  const backAt = (arn: string, ...removals: object[]) => ({ progress: { status: 'SUCCEEDED' }, physicalId: arn, removals, goesBack: true });

  async function goBack(event: WatchedEvent, ...snapshots: Snapshot[]): Promise<{ answer: StartAnswer; writes: string[] }> {
    const door = doorWith(...snapshots);
    door.stacks.rollingBack = true;
    return { answer: await door.start(event), writes: door.rds.writes };
  }

  test('finds the earlier snapshot', async () => {
    expect(await goBack(backTo(current.arn), current)).toEqual({ answer: backAt(current.arn), writes: [] });
  });

  test('makes nothing and does not fail when the earlier snapshot is gone, and says so in the log', async () => {
    const { answer, writes } = await goBack(backTo(current.arn));

    expect(answer).toEqual(backAt(current.arn));
    expect(writes).toEqual([]);
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: expect.stringContaining('no longer exists') }));
  });

  test('lets nothing go when the earlier snapshot is gone: what the update made may be the last good one', async () => {
    const made = madeBy(failed, { createTime: day(2) });
    const { answer, writes } = await goBack(backTo(made.arn, { ...v1, RemovalPolicy: 'destroy' }), made);

    expect(answer).toEqual(backAt(made.arn));
    expect(writes).toEqual([]);
  });

  // The waiter of the framework polls on while the stack goes back: the update itself must not take itself for its own undoing.
  test.each([{}, { RemovalPolicy: 'destroy' }, { KeepLast: '1' }])('the update itself, still polling, touches nothing (%j)', async (policy) => {
    const late = asked(updateEvent({ ...v1, ...policy }, { ...v2, ...policy }, current.arn));
    const { answer, writes } = await goBack(late, current);

    expect(answer).toMatchObject({ physicalId: current.arn, removals: [] });
    expect(writes).toEqual([]);
  });

  test('the update itself, still polling after a look that failed, does not take its own snapshot for the earlier one', async () => {
    const late = asked(failed);
    const { answer, writes } = await goBack(late, { ...current, status: 'creating' }, madeBy(failed, { createTime: day(2), status: 'creating' }));

    expect(answer).toEqual(backAt(current.arn));
    expect(writes).toEqual([]);
  });

  test('a request that the resource is no longer worked on for touches nothing', async () => {
    const made = madeBy(failed, { createTime: day(2) });
    const door = doorWith(current, made);
    door.stacks.rollingBack = true;
    door.stacks.outdated = 'a later deployment of the resource BeforeMigration has begun';

    expect(await door.start(backTo(made.arn, { ...v1, RemovalPolicy: 'destroy' }))).toEqual({
      progress: { status: 'FAILED', message: 'nothing was done because a later deployment of the resource BeforeMigration has begun' }, removals: [], goesBack: true,
    });
    expect(door.rds.writes).toEqual([]);
  });

  test('leaves alone what another update made, and what is not known to be younger', async () => {
    const others = [
      madeBy(createEvent(takeProperties({ Trigger: '3' }), { RequestId: 'another' }), { createTime: day(2) }),
      madeBy(createEvent(v2, { RequestId: 'timeless' }), { createTime: undefined }),
    ];
    const { answer, writes } = await goBack(backTo(current.arn, { ...v1, RemovalPolicy: 'destroy' }), current, ...others);

    expect(answer.removals).toEqual([]);
    expect(writes).toEqual([]);
  });

  test.each<[string, Partial<Snapshot>, WireProperties, Release | undefined, DeletionReason | undefined]>([
    ['completed, under RETAIN: it is left behind', {}, {}, RETAINED, undefined],
    ['completed, under DESTROY: it goes', {}, { RemovalPolicy: 'destroy' }, undefined, REMOVED],
    ['completed, under keepLast: it is no reason to prune', {}, { KeepLast: '1' }, RETAINED, undefined],
    ['unfinished: it goes', { status: 'creating' }, {}, ABANDONED, UNFINISHED],
    ['failed: it goes', { status: 'failed' }, {}, ABANDONED, UNFINISHED],
  ])('what the update made, %s', async (_, facts, policy, release, reason) => {
    const made = madeBy(failed, { createTime: day(2), ...facts });
    const { answer, writes } = await goBack(backTo(made.arn, { ...v1, ...policy }), current, made);

    expect(answer).toEqual(backAt(current.arn, ...reason ? [{ arn: made.arn, reason }] : []));
    expect(writes).toEqual(release ? [tagged(made, release)] : []);
  });

  test('leaves alone what is older, released, foreign or of another resource', async () => {
    const others = [
      madeBy(createEvent(v2, { RequestId: 'older' }), { createTime: day(0) }),
      madeBy(createEvent(v2, { RequestId: 'of-the-same-moment' }), { createTime: day(1) }),
      madeBy(createEvent(v1, { RequestId: 'retained' }), { createTime: day(2), release: RETAINED }),
      madeBy(createEvent(v1, { RequestId: 'superseded' }), { createTime: day(2), release: SUPERSEDED }),
      aSnapshot({ createTime: day(2) }),
      ourSnapshot('other', { createTime: day(2), resource: { ...RESOURCE, logicalId: 'Other' } }),
    ];
    const { answer, writes } = await goBack(backTo(current.arn, { ...v1, RemovalPolicy: 'destroy' }), current, ...others);

    expect(answer.removals).toEqual([]);
    expect(writes).toEqual([]);
  });

  test('asks again for the deletion of what could not be deleted at the last look', async () => {
    const made = madeBy(failed, { createTime: day(2), release: ABANDONED, status: 'creating' });
    const { answer, writes } = await goBack(backTo(current.arn), current, made);

    expect(answer.removals).toEqual([{ arn: made.arn, reason: UNFINISHED }]);
    expect(writes).toEqual([]);
  });

  test('finds what the update made in another Region', async () => {
    const here = copyProperties();
    const there = copyProperties({ Region: OTHER_REGION });
    const copyHere = madeBy(createEvent(here), { createTime: day(1) });
    const copyThere = madeBy(updateEvent(here, there, copyHere.arn), { createTime: day(2), status: 'copying' });
    const { answer, writes } = await goBack(backTo(copyThere.arn, here, there), copyHere, copyThere);

    expect(answer).toMatchObject({ physicalId: copyHere.arn, removals: [{ arn: copyThere.arn, reason: UNFINISHED }] });
    expect(writes).toEqual([`tag ${OTHER_REGION}/${copyThere.identifier} ${OwnershipTag.RELEASED}=${ABANDONED}`]);
  });

  test('lets go what is unfinished also when RDS tells no time of it yet', async () => {
    const made = madeBy(failed, { createTime: undefined, status: 'creating' });
    const { answer } = await goBack(backTo(current.arn), current, made);

    expect(answer.removals).toEqual([{ arn: made.arn, reason: UNFINISHED }]);
  });

  test('from a Region that we may not look at is not stuck over it: there, nothing was made', async () => {
    const here = copyProperties();
    const copyHere = madeBy(createEvent(here), { createTime: day(1) });
    const door = doorWith(copyHere);
    door.stacks.rollingBack = true;
    const list = door.rds.listManualSnapshots.bind(door.rds);
    door.rds.listManualSnapshots = async (region) => region === OTHER_REGION ? Promise.reject(denied()) : list(region);
    const event = backTo(copyHere.arn, here, copyProperties({ Region: OTHER_REGION }));

    expect(await door.start(event)).toMatchObject({ progress: { status: 'PENDING' } }); // the right may be young
    expect(await door.start({ ...event, Watch: { ...event.Watch, startedAt: NOON - minutes(5) } })).toEqual(backAt(copyHere.arn));
  });

  test('is not stuck where we may not look at all: it stands for what it stood for', async () => {
    const door = doorWith(current);
    door.stacks.rollingBack = door.stacks.turningBack = true;
    door.rds.breaks('listManualSnapshots', denied());
    const event = backTo(current.arn);

    expect(await door.start(event)).toMatchObject({ progress: { status: 'PENDING' } });
    expect(await door.start({ ...event, Watch: { ...event.Watch, startedAt: NOON - minutes(5) } })).toEqual(backAt(current.arn));
  });

  test('fails rather than guesses when the stack cannot be asked either', async () => {
    const door = doorWith(current);
    door.stacks.rollingBack = true;
    door.stacks.isTurningBack = async () => Promise.reject(denied());
    door.rds.breaks('listManualSnapshots', awsError('InvalidParameterValue'));

    expect(await door.start(backTo(current.arn))).toMatchObject({ progress: { status: 'FAILED', message: expect.stringContaining('InvalidParameterValue') } });
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: 'the state of the stack could not be read' }));
  });

  test('of tags only is an Update in place like any other', async () => {
    const { answer, writes } = await goBack(
      watched(updateEvent({ ...v1, Tags: { team: 'new' } }, { ...v1, Tags: { team: 'old' } }, current.arn)), current,
    );

    expect(answer).toEqual({ progress: { status: 'SUCCEEDED' }, removals: [] });
    expect(writes).toEqual([`tag ${current.identifier} team=old`]);
  });
});

describe('Delete', () => {
  const newer = ourSnapshot('newer', { createTime: day(9) });
  const it = ourSnapshot('orders', { createTime: day(5) });
  const superseded = [1, 2].map((number) => ourSnapshot(`day${number}`, { createTime: day(number), release: SUPERSEDED }));
  const foreign = [aSnapshot({ identifier: 'by-hand' }), aSnapshot({ identifier: 'copy-by-hand', tags: it.tags })];

  async function leave(properties: WireProperties, physicalId: string, ...snapshots: Snapshot[]) {
    const door = doorWith(...snapshots);
    const { progress, removals } = await door.start(watched(deleteEvent(physicalId, takeProperties(properties))));
    expect(progress).toEqual({ status: 'SUCCEEDED' });
    expect(door.stacks.asked).toBe(0);
    return { removals, writes: door.rds.writes };
  }

  test('RETAIN: the snapshot is tagged as left behind', async () => {
    expect(await leave({}, it.arn, it, ...foreign)).toEqual({ removals: [], writes: [tagged(it, RETAINED)] });
  });

  test('DESTROY: the snapshot goes', async () => {
    expect(await leave({ RemovalPolicy: 'destroy' }, it.arn, it, ...foreign)).toEqual({ removals: [{ arn: it.arn, reason: REMOVED }], writes: [] });
  });

  test('replaced, keepLast has room: it is tagged as superseded', async () => {
    expect(await leave({ KeepLast: '2' }, it.arn, it, newer)).toEqual({ removals: [], writes: [tagged(it, SUPERSEDED)] });
  });

  test('replaced, keepLast is full: the oldest go', async () => {
    expect(await leave({ KeepLast: '2' }, it.arn, it, newer, ...superseded)).toEqual({
      removals: superseded.map(({ arn }) => ({ arn, reason: PRUNED })), writes: [tagged(it, SUPERSEDED)],
    });
  });

  test('already tagged: no second tag', async () => {
    const { writes } = await leave({ KeepLast: '2' }, it.arn, ourSnapshot('orders', { createTime: day(5), release: SUPERSEDED }), newer);

    expect(writes).toEqual([]);
  });

  test.each(['creating', 'failed'])('unfinished (%s): it is tagged as abandoned and goes', async (status) => {
    expect(await leave({}, it.arn, { ...it, status })).toEqual({ removals: [{ arn: it.arn, reason: UNFINISHED }], writes: [tagged(it, ABANDONED)] });
  });

  test('already gone: nothing is left to do', async () => {
    expect(await leave({ RemovalPolicy: 'destroy' }, it.arn, newer, ...foreign)).toEqual({ removals: [], writes: [] });
  });

  test('gone between list and tag: nothing is left to do', async () => {
    const door = doorWith(it);
    door.rds.breaks('setTags', awsError('DBSnapshotNotFoundFault'));

    expect(await door.start(watched(deleteEvent(it.arn)))).toMatchObject({ progress: { status: 'SUCCEEDED' } });
  });

  test('of an ARN that is not ours: it is left as it is', async () => {
    for (const { arn } of foreign) {
      expect(await leave({ RemovalPolicy: 'destroy' }, arn, it, ...foreign)).toEqual({ removals: [], writes: [] });
      expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: expect.stringContaining('does not carry the tags of this resource'), arn }));
    }
  });

  test('of an ARN that is not ours is done at once, also while the stack turns back: it is there to be seen', async () => {
    const door = doorWith(...foreign);
    door.stacks.turningBack = true;

    expect(await door.start(watched(deleteEvent(foreign[0].arn)))).toMatchObject({ progress: { status: 'SUCCEEDED' } });
  });

  test('of our own says nothing of foreign ones', async () => {
    await leave({}, it.arn, it, ...foreign);

    expect(logged().filter(({ level }) => level === 'WARN')).toEqual([]);
  });

  test('what could not be deleted when an update was taken back goes too', async () => {
    const leftover = ourSnapshot('leftover', { release: ABANDONED });

    expect(await leave({}, it.arn, it, leftover)).toEqual({
      removals: [{ arn: leftover.arn, reason: UNFINISHED }], writes: [tagged(it, RETAINED)],
    });
  });

  test('looks in the Region of the snapshot', async () => {
    const door = doorWith();
    await door.start(watched(deleteEvent(`arn:aws:rds:${OTHER_REGION}:111111111111:cluster-snapshot:x`, copyProperties())));

    expect(door.rds.listed).toEqual([OTHER_REGION]);
  });

  describe('with an id that CloudFormation invented, because it never heard of one', () => {
    const invented = 'Orders-BeforeMigration-1ABCDEF2GHIJ3';
    const made = madeBy(createEvent(), { status: 'creating' });

    test('finds by its tags what the Create had begun', async () => {
      expect(await leave({}, invented, made, ...foreign)).toEqual({
        removals: [{ arn: made.arn, reason: UNFINISHED }], writes: [tagged(made, ABANDONED)],
      });
    });

    test('goes on finding it at every look until it is gone', async () => {
      const abandoned = madeBy(createEvent(), { status: 'creating', release: ABANDONED });

      expect(await leave({}, invented, abandoned)).toEqual({ removals: [{ arn: made.arn, reason: UNFINISHED }], writes: [] });
    });

    test('keeps what is completed, under RETAIN: now it is needed most', async () => {
      const completed = madeBy(createEvent());

      expect(await leave({}, invented, completed)).toEqual({ removals: [], writes: [tagged(completed, RETAINED)] });
    });

    test('leaves alone what another operation or an earlier life made', async () => {
      const others = [
        madeBy(createEvent(takeProperties({ Trigger: 'another' }))),
        madeBy(createEvent(takeProperties(), { RequestId: 'earlier' }), { release: RETAINED }),
        ourSnapshot('other', { resource: { ...RESOURCE, logicalId: 'Other' } }),
      ];

      expect(await leave({ RemovalPolicy: 'destroy' }, invented, ...others, ...foreign)).toEqual({ removals: [], writes: [] });
    });

    test('looks in the Region of the copy', async () => {
      const door = doorWith();
      await door.start(watched(deleteEvent(invented, copyProperties({ Region: OTHER_REGION }))));

      expect(door.rds.listed).toEqual([OTHER_REGION]);
    });
  });

  describe('of a stack that turns back, with nothing listed', () => {
    const leaveAfter = async (seconds: number, turningBack: boolean) => {
      const door = doorWith(...foreign);
      door.stacks.turningBack = turningBack;
      const event = watched(deleteEvent(it.arn, takeProperties()));
      return door.start({ ...event, Watch: { ...event.Watch, startedAt: NOON - seconds * 1000 } });
    };

    test('waits for a minute: what was made a moment ago may still appear', async () => {
      expect(await leaveAfter(59, true)).toMatchObject({ progress: { status: 'PENDING' } });
      expect(await leaveAfter(60, true)).toMatchObject({ progress: { status: 'SUCCEEDED' }, removals: [] });
    });

    test('is not stuck where we may not look: there, nothing was made', async () => {
      const door = doorWith();
      door.stacks.turningBack = true;
      door.rds.breaks('listManualSnapshots', denied());
      const event = watched(deleteEvent(it.arn, takeProperties()));

      expect(await door.start({ ...event, Watch: { ...event.Watch, startedAt: NOON - minutes(5) } })).toMatchObject({ progress: { status: 'SUCCEEDED' }, removals: [] });
    });

    test('no stack that is destroyed waits', async () => {
      expect(await leaveAfter(0, false)).toMatchObject({ progress: { status: 'SUCCEEDED' }, removals: [] });
    });
  });

  test.each(['modifying', 'a state of tomorrow'])('RETAIN: a snapshot that is %s is a good one', async (status) => {
    const busy = { ...it, status };

    expect(await leave({}, it.arn, busy)).toEqual({ removals: [], writes: [tagged(it, RETAINED)] });
  });

  test('RETAIN: a tag that AWS refuses for good is no reason to get stuck', async () => {
    const door = doorWith(it);
    door.rds.breaks('setTags', awsError('InvalidParameterValue', 'too many tags'));

    expect(await door.start(watched(deleteEvent(it.arn, takeProperties())))).toMatchObject({ progress: { status: 'SUCCEEDED' }, removals: [] });
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: 'the snapshot is left without its tag' }));
  });

  test('decides nothing on half a list', async () => {
    const door = doorWith(it);
    door.rds.breaks('listManualSnapshots', throttled());

    const answer = await door.start(watched(deleteEvent(it.arn, takeProperties({ RemovalPolicy: 'destroy' }))));

    expect(answer).toMatchObject({ progress: { status: 'PENDING' }, removals: [] });
    expect(door.rds.writes).toEqual([]);
  });

  test('of one of two copies of the same source leaves the other', async () => {
    const one = createEvent(copyProperties({ RemovalPolicy: 'destroy' }));
    const other = createEvent(copyProperties({ RemovalPolicy: 'destroy' }), { LogicalResourceId: 'OtherCopy' });
    const door = doorWith(aSnapshot(), madeBy(one), madeBy(other));

    const { removals } = await door.start(watched(deleteEvent(madeBy(one).arn, one.ResourceProperties)));

    expect(removals).toEqual([{ arn: madeBy(one).arn, reason: REMOVED }]);
  });
});
