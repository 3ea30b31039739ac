import { OwnershipTag } from '../../../../src/core/ownership';
import { WireProperties } from '../../../../src/core/resource-contract';
import { isSharedBy } from '../../../../src/core/sharing';
import { Snapshot } from '../../../../src/core/snapshot';
import { ResourceEvent } from '../../../../src/runtime/doors/custom-resource/events';
import { WatchedEvent, assignmentOf, requestOf } from '../../../../src/runtime/doors/deploy/events';
import { DeployDoor } from '../../../support/deploy-door';
import { awsError, denied, throttled } from '../../../support/errors';
import {
  ACCOUNT, LOGICAL_ID, OTHER_ACCOUNT, REGION, SOURCE_ARN, createEvent, deleteEvent, minutes, shareProperties, updateEvent,
} from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { RESOURCE, aSnapshot, day } from '../../../support/snapshots';
import { WorkflowDoor } from '../../../support/workflow-door';

const logged = captureLog();

const THIRD_ACCOUNT = '333333333333';
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/ours`;
const AUTOMATED = `arn:aws:rds:${REGION}:${ACCOUNT}:cluster-snapshot:rds:orders`;
const itself = (changes: WireProperties = {}) => shareProperties(changes);
const underKey = (changes: WireProperties = {}) => shareProperties({ KmsKeyId: KEY, ...changes });
const ofAutomated = (changes: WireProperties = {}) => shareProperties({ SourceSnapshotArn: AUTOMATED, ...changes });

const source = (facts: Partial<Snapshot> = {}) => aSnapshot({ encrypted: true, kmsKeyId: 'arn:their-key', ...facts });
const automated = (): Snapshot => ({ ...aSnapshot({ identifier: 'rds:orders', encrypted: true, type: 'automated' }) });
const doorWith = (...snapshots: Snapshot[]) => new DeployDoor(new FakeRds(snapshots));
const idOf = (event: ResourceEvent) => assignmentOf(event, requestOf(event), 0);

/** Whatever is copied is complete at the next look. */
const complete = (door: DeployDoor) => () => {
  door.rds.snapshots.filter(({ status }) => status !== 'available').forEach(({ arn }) => door.rds.change(arn, { status: 'available', percentProgress: 100 }));
};
const finish = (door: DeployDoor, event: WatchedEvent) => door.finish(event, complete(door));
const refusal = async (door: DeployDoor, event: WatchedEvent) => (await finish(door, event).then(() => new Error('it did not fail'), (error: Error) => error)).message;

/** A share that stands. */
async function sharing(properties: WireProperties = itself(), ...snapshots: Snapshot[]) {
  const door = doorWith(...(snapshots.length > 0 ? snapshots : [source(), automated()]));
  const created = await finish(door, door.begin(createEvent(properties)));
  door.rds.writes.length = 0;
  return { door, rds: door.rds, id: created.PhysicalResourceId!, name: created.Data!.SnapshotIdentifier };
}

describe('a manual snapshot', () => {
  test('is claimed, and shared with the accounts that are named', async () => {
    const door = doorWith(source());
    const answer = await finish(door, door.begin(createEvent(itself({ AccountIds: [OTHER_ACCOUNT, THIRD_ACCOUNT] }))));

    expect(answer).toEqual({ IsComplete: true, PhysicalResourceId: SOURCE_ARN, Data: { SnapshotArn: SOURCE_ARN, SnapshotIdentifier: 'by-hand' } });
    expect(door.rds.shares.get('by-hand')).toEqual([OTHER_ACCOUNT, THIRD_ACCOUNT]);
    expect(isSharedBy(door.rds.find(SOURCE_ARN)!, RESOURCE)).toBe(true);
    expect(door.rds.writes).toEqual([expect.stringMatching(/^tag by-hand cdk-aurora-backup:shared-by=/), `share by-hand +${OTHER_ACCOUNT},${THIRD_ACCOUNT} -`]);
  });

  test('is taken away from whoever is not named, and from the public, which is told', async () => {
    const door = doorWith(source({ encrypted: false }));
    door.rds.shares.set('by-hand', ['all', THIRD_ACCOUNT]);
    await finish(door, door.begin(createEvent(itself())));

    expect(door.rds.shares.get('by-hand')).toEqual([OTHER_ACCOUNT]);
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: expect.stringContaining('was public') }));
  });

  test('of which nobody is named is shared with nobody', async () => {
    const door = doorWith(source());
    door.rds.shares.set('by-hand', [THIRD_ACCOUNT]);
    await finish(door, door.begin(createEvent(itself({ AccountIds: [] }))));

    expect(door.rds.shares.get('by-hand')).toEqual([]);
  });

  test('is waited for while it is being made', async () => {
    const door = doorWith(source({ status: 'creating' }));
    const event = door.begin(createEvent(itself()));

    expect(await door.look(event)).toEqual({ IsComplete: false });
    expect(door.rds.writes).toEqual([]);
    await finish(door, event);
    expect(door.rds.shares.get('by-hand')).toEqual([OTHER_ACCOUNT]);
  });

  test('is shared by a second try when the first died after the claim', async () => {
    const door = doorWith(source());
    door.rds.breaks('share', throttled());
    const event = door.begin(createEvent(itself()));
    await door.look(event);
    door.rds.heal();
    await finish(door, event);

    expect(door.rds.writes).toEqual([expect.stringMatching(/^tag/), `share by-hand +${OTHER_ACCOUNT} -`]);
  });

  test.each<[string, Partial<Snapshot>, RegExp]>([
    ['of a plan', { tags: { [OwnershipTag.PLAN]: 'Gold' } }, /belongs to the plan 'Gold'.*shareWith of the plan, or set encryptionKey/],
    ['of a vault', { tags: { [OwnershipTag.VAULT]: 'Safe' } }, /belongs to the vault 'Safe', which gives its copies back by its release/],
    ['that another stack shares', { tags: { [OwnershipTag.SHARED_BY]: 'arn:aws:cloudformation:eu-west-1:111111111111:stack/Audit/1/aaaaaaaaaa/bbbbbbbb' } },
      /is shared by another resource already.*stack\/Audit\/1.*Name all accounts in one ClusterSnapshotShare/],
    ['of another engine', { engine: 'docdb' }, /is of 'docdb'; only snapshots of aurora-mysql and aurora-postgresql are supported/],
    ['that failed', { status: 'failed' }, /is 'failed' and cannot be shared/],
  ])('%s is refused, and not touched, also when the stack turns back', async (_, facts, words) => {
    const door = doorWith(source(facts));
    door.rds.shares.set('by-hand', [THIRD_ACCOUNT]);

    await expect(door.look(door.begin(createEvent(itself())))).rejects.toThrow(words);
    door.stacks.turningBack = true;
    await door.finish(door.begin(deleteEvent(SOURCE_ARN, itself())));
    expect(door.rds.writes).toEqual([]);
  });

  test('of another account is refused: only its owner can share it', async () => {
    const theirs = SOURCE_ARN.replace(ACCOUNT, OTHER_ACCOUNT);

    expect(await refusal(doorWith(), doorWith().begin(createEvent(itself({ SourceSnapshotArn: theirs }))))).toMatch(/belongs to account 222222222222, and only its owner can share it/);
  });

  test('that does not exist is refused after five minutes', async () => {
    const door = doorWith();

    expect(await refusal(door, door.begin(createEvent(itself())))).toMatch(/does not exist or is not shared with this account/);
    expect(door.now).toBeGreaterThanOrEqual(minutes(5));
  });

  test("under a key that RDS does not share is refused with RDS's words and the way out", async () => {
    const door = doorWith(source());
    door.rds.breaks('share', awsError('InvalidParameterValue', 'Sharing snapshots encrypted with the default service key for RDS is not supported.'));

    expect(await refusal(door, door.begin(createEvent(itself())))).toMatch(/default service key for RDS is not supported.*set encryptionKey to a key of yours, and a copy under that key is made and shared\.$/);
  });

  test('that may not be shared is refused after five minutes, in the words of AWS and without guesses about keys', async () => {
    const door = doorWith(source());
    door.rds.breaks('share', denied());
    const words = await refusal(door, door.begin(createEvent(itself())));

    expect(words).toMatch(/is not allowed, also after 5 minutes/);
    expect(words).not.toContain('encryptionKey');
  });
});

describe('a copy is made and shared', () => {
  test.each([['under the key that is named', underKey()], ['of an automated snapshot', ofAutomated()]])('%s', async (_, properties) => {
    const door = doorWith(source(), automated());
    const event = door.begin(createEvent(properties));
    const { targetIdentifier, target } = idOf(createEvent(properties));

    await door.look(event);
    expect(door.rds.writes).toEqual([`copy ${targetIdentifier}`]);
    expect(await door.look(event)).toEqual({ IsComplete: false });
    complete(door)();
    expect(await door.look(event)).toEqual({
      IsComplete: true, PhysicalResourceId: target, Data: { SnapshotArn: target, SnapshotIdentifier: targetIdentifier },
    });
    expect(door.rds.writes).toEqual([`copy ${targetIdentifier}`, `share ${targetIdentifier} +${OTHER_ACCOUNT} -`]);
    expect(isSharedBy(door.rds.find(target)!, RESOURCE)).toBe(true);
  });

  test('with the tags of the source, but for those that say whose it is', async () => {
    const { rds, id } = await sharing(underKey(), source({ tags: { team: 'billing', [OwnershipTag.PLAN]: 'Gold' } }));

    expect(rds.find(id)!.tags).toMatchObject({ team: 'billing', [OwnershipTag.LOGICAL_ID]: LOGICAL_ID });
    expect(rds.find(id)!.tags).not.toHaveProperty(OwnershipTag.PLAN);
  });

  test('of what is not encrypted is refused: Aurora cannot encrypt by copying', async () => {
    const door = doorWith(source({ encrypted: false }));

    expect(await refusal(door, door.begin(createEvent(underKey())))).toMatch(/is not encrypted, and Aurora cannot encrypt by copying: leave out encryptionKey/);
  });

  test('and is removed at once when it fails', async () => {
    const door = doorWith(source());
    const event = door.begin(createEvent(underKey()));
    await door.look(event);
    door.rds.change(event.PhysicalResourceId, { status: 'failed' });

    await expect(door.look(event)).rejects.toThrow(/ended in status 'failed'/);
    expect(door.rds.find(event.PhysicalResourceId)).toBeUndefined();
  });

  test('and is removed by the stack that turns back when RDS does not share it', async () => {
    const door = doorWith(automated());
    const event = door.begin(createEvent(ofAutomated()));
    door.rds.breaks('share', awsError('InvalidParameterValue', 'encrypted with the default service key'));

    expect(await refusal(door, event)).toMatch(/set encryptionKey to a key of yours/);
    door.rds.heal();
    await finish(door, door.begin(deleteEvent(event.PhysicalResourceId, ofAutomated())));
    expect(door.rds.snapshots).toEqual([automated()]);
  });
});

describe.each([['a snapshot', itself], ['a copy', underKey]])('%s that is shared', (_, properties) => {
  test('is shared with others when others are named: it stays the same', async () => {
    const { door, id, name } = await sharing(properties());
    const answer = await finish(door, door.begin(updateEvent(properties(), properties({ AccountIds: [THIRD_ACCOUNT] }), id)));

    expect(answer.PhysicalResourceId).toBe(id);
    expect(door.rds.writes).toEqual([`share ${name} +${THIRD_ACCOUNT} -${OTHER_ACCOUNT}`]);
  });

  test('is shared with those of before when that is taken back', async () => {
    const { door, id, name } = await sharing(properties());
    door.stacks.rollingBack = door.stacks.turningBack = true;
    door.rds.shares.set(name, [THIRD_ACCOUNT]);
    await finish(door, door.begin(updateEvent(properties({ AccountIds: [THIRD_ACCOUNT] }), properties(), id)));

    expect(door.rds.shares.get(name)).toEqual([OTHER_ACCOUNT]);
  });

  test('is left as it is when that cannot be taken back, so that the stack can turn back', async () => {
    const { door, id } = await sharing(properties());
    door.stacks.rollingBack = door.stacks.turningBack = true;
    door.rds.breaks('accountsSharedWith', awsError('SharedSnapshotQuotaExceeded'));

    const back = door.begin(updateEvent(properties({ AccountIds: [THIRD_ACCOUNT] }), properties(), id));
    expect(await door.look(back)).toMatchObject({ IsComplete: true, PhysicalResourceId: id });
  });

  test('fails to turn back when AWS does not allow it: whoever was let in would keep access, and nobody would know', async () => {
    const { door, id } = await sharing(properties());
    const back = door.begin(updateEvent(properties({ AccountIds: [THIRD_ACCOUNT] }), properties({ AccountIds: [] }), id));
    door.stacks.rollingBack = door.stacks.turningBack = true;
    door.rds.breaks('share', denied());
    door.now += minutes(6);

    await expect(door.look(back)).rejects.toThrow(/is not allowed, also after 5 minutes/);
  });

  test('is shared with nobody new by an update that comes late', async () => {
    const { door, id } = await sharing(properties());
    door.stacks.outdated = 'a later deployment has begun';

    const late = door.begin(updateEvent(properties(), properties({ AccountIds: [THIRD_ACCOUNT] }), id));
    await expect(door.look(late)).rejects.toThrow('nothing was done because a later deployment has begun');
    expect(door.rds.writes).toEqual([]);
  });

  test('is shared with nobody any more when the resource goes, whoever let them in', async () => {
    const { door, id, name } = await sharing(properties());
    door.rds.shares.set(name, [OTHER_ACCOUNT, THIRD_ACCOUNT]);
    await finish(door, door.begin(deleteEvent(id, properties())));

    expect(door.rds.writes).toContain(`share ${name} + -${OTHER_ACCOUNT},${THIRD_ACCOUNT}`);
    expect(door.rds.snapshots).toEqual([source(), automated()]);
  });

  test('may be gone by then', async () => {
    const { door, id } = await sharing(properties());
    door.rds.snapshots = [];

    expect(await finish(door, door.begin(deleteEvent(id, properties())))).toEqual({ IsComplete: true });
    expect(door.rds.writes).toEqual([]);
  });

  test('keeps the deletion waiting while RDS cannot, and fails it when it may not', async () => {
    const { door, id } = await sharing(properties());
    door.rds.breaks('accountsSharedWith', throttled());
    const event = door.begin(deleteEvent(id, properties()));
    expect(await door.look(event)).toEqual({ IsComplete: false });

    door.rds.breaks('accountsSharedWith', denied());
    door.now += minutes(6);
    await expect(door.look(event)).rejects.toThrow(/is not allowed/);
  });
});

test('a deletion on the way back fails too when the sharing may not be ended: nobody would know that others have access', async () => {
  const { door, id } = await sharing();
  const event = door.begin(deleteEvent(id, itself()));
  door.stacks.turningBack = true;
  door.rds.breaks('share', denied());
  door.now += minutes(6);

  await expect(door.look(event)).rejects.toThrow(/is not allowed, also after 5 minutes/);
  expect(isSharedBy(door.rds.find(SOURCE_ARN)!, RESOURCE)).toBe(true);
});

test('in a state that nobody has heard of it is still shared, and is asked to be no longer', async () => {
  const { door, rds, id } = await sharing();
  rds.change(SOURCE_ARN, { status: 'storage-optimization' });
  await door.finish(door.begin(deleteEvent(id, itself())));

  expect(rds.shares.get('by-hand')).toEqual([]);
});

test('the claim goes last: the right to take the sharing back hangs on it', async () => {
  const { door, id } = await sharing();
  await finish(door, door.begin(deleteEvent(id, itself())));

  expect(door.rds.writes).toEqual([`share by-hand + -${OTHER_ACCOUNT}`, `untag by-hand ${OwnershipTag.SHARED_BY}`]);
});

test('a copy that is unfinished is shared with nobody, and goes', async () => {
  const { door, id } = await sharing(underKey());
  door.rds.change(id, { status: 'copying' });
  door.rds.breaks('accountsSharedWith', awsError('InvalidDBClusterSnapshotStateFault'));
  await door.finish(door.begin(deleteEvent(id, underKey())));

  expect(door.rds.find(id)).toBeUndefined();
});

describe('when something else is to be shared', () => {
  const OTHER_ARN = `arn:aws:rds:${REGION}:${ACCOUNT}:cluster-snapshot:other`;
  const other = (changes: WireProperties = {}) => shareProperties({ SourceSnapshotArn: OTHER_ARN, ...changes });
  const both = () => [source(), source({ identifier: 'other' })];

  test('that comes first, then the former goes', async () => {
    const { door, rds, id } = await sharing(underKey(), ...both());
    const properties = other({ KmsKeyId: KEY });
    const { PhysicalResourceId: next, Data } = await finish(door, door.begin(updateEvent(underKey(), properties, id)));
    expect(rds.writes).toEqual([`copy ${Data!.SnapshotIdentifier}`, `share ${Data!.SnapshotIdentifier} +${OTHER_ACCOUNT} -`]);

    door.stacks.replaced = true;
    door.stacks.physicalId = next!;
    await finish(door, door.begin(deleteEvent(id, underKey())));
    expect(rds.snapshots.map(({ arn }) => arn)).toEqual([SOURCE_ARN, OTHER_ARN, next]);
    expect(rds.shares.get(Data!.SnapshotIdentifier)).toEqual([OTHER_ACCOUNT]);
  });

  test('a former copy stays shared while the next is not complete, because the deploy did not wait', async () => {
    const { door, rds, id, name } = await sharing(underKey(), ...both());
    const properties = other({ KmsKeyId: KEY, Completion: 'background' });
    const { PhysicalResourceId: next } = await door.finish(door.begin(updateEvent(underKey(), properties, id)));

    door.stacks.replaced = true;
    door.stacks.physicalId = next!;
    await door.finish(door.begin(deleteEvent(id, underKey())));
    expect(rds.find(id)).toBeDefined();
    expect(rds.shares.get(name)).toEqual([OTHER_ACCOUNT]);
    // It goes with the resource, or with the next change.
    complete(door)();
    door.stacks.replaced = false;
    await finish(door, door.begin(deleteEvent(next!, properties)));
    expect(rds.snapshots.map(({ arn }) => arn)).toEqual([SOURCE_ARN, OTHER_ARN]);
  });

  test('a former snapshot is shared with nobody at once: nobody would come back for it', async () => {
    const { door, rds, id } = await sharing(itself(), ...both());
    door.stacks.replaced = true;
    door.stacks.physicalId = OTHER_ARN;
    rds.change(OTHER_ARN, { status: 'creating' });
    await finish(door, door.begin(deleteEvent(id, itself())));

    expect(rds.shares.get('by-hand')).toEqual([]);
  });

  describe('and that is taken back', () => {
    test.each<[string, WireProperties, WireProperties]>([
      ['one snapshot for another', itself(), other()],
      ['a snapshot for its copy', itself(), underKey()],
      ['a copy for a snapshot', underKey(), other()],
      ['a copy for a copy', underKey(), other({ KmsKeyId: KEY })],
    ])('%s: what was shared before still is, and nothing else', async (_, before, after) => {
      const { door, rds, id, name } = await sharing(before, ...both());
      rds.snapshots.filter(({ arn }) => arn === id).forEach(({ arn }) => rds.change(arn, { createTime: day(1) }));
      const { PhysicalResourceId: next } = await finish(door, door.begin(updateEvent(before, after, id)));
      const left = [SOURCE_ARN, OTHER_ARN, id].filter((arn, index, all) => all.indexOf(arn) === index).sort();

      door.stacks.rollingBack = door.stacks.turningBack = true;
      const back = door.begin(updateEvent(after, before, next!, { RequestId: 'request-back' }));
      expect(await finish(door, back)).toMatchObject({ PhysicalResourceId: id });
      await finish(door, door.begin(deleteEvent(next!, after)));

      expect(rds.snapshots.map(({ arn }) => arn).sort()).toEqual(left);
      expect([...rds.shares].filter(([, accounts]) => accounts.length > 0)).toEqual([[name, [OTHER_ACCOUNT]]]);
      expect(rds.snapshots.filter(({ tags }) => OwnershipTag.SHARED_BY in tags).map(({ arn }) => arn)).toEqual([id]);
    });

    test('the update itself, which polls on, goes back to nothing', async () => {
      const { door, rds, id } = await sharing(itself(), ...both());
      const event = door.begin(updateEvent(itself(), other(), id));
      await finish(door, event);
      rds.writes.length = 0;
      door.stacks.rollingBack = door.stacks.turningBack = true;
      // The framework asks start although it is answered.
      await door.start(event);

      expect(rds.writes).toEqual([]);
    });
  });
});

describe('a deploy that does not wait', () => {
  const background = (changes: WireProperties = {}) => underKey({ Completion: 'background', ...changes });

  test('leaves the copy to the watch, which shares it when it is complete', async () => {
    const door = doorWith(source());
    const event = door.begin(createEvent(background()));
    expect(await door.look(event)).toMatchObject({ IsComplete: true });
    const [{ handle, answer }] = door.watches.watchesOf(RESOURCE, event.PhysicalResourceId);

    const { report } = await new WorkflowDoor(handle, door.rds).run(complete(door), answer);
    expect(report.detail).toMatchObject({ status: 'SUCCEEDED', operation: 'share', sourceArn: SOURCE_ARN, snapshotArn: event.PhysicalResourceId });
    expect(door.rds.shares.get(handle.work.targetIdentifier)).toEqual([OTHER_ACCOUNT]);
  });

  test('leaves a snapshot that is not there yet to the watch, too', async () => {
    const door = doorWith();
    const properties = itself({ Completion: 'background', SourceMayBeQueued: 'true' });
    const event = door.begin(createEvent(properties));
    await door.finish(event);
    const [{ handle, answer }] = door.watches.watchesOf(RESOURCE, SOURCE_ARN);
    door.rds.snapshots = [source({ status: 'creating' })];

    const { report } = await new WorkflowDoor(handle, door.rds).run(complete(door), answer);
    expect(report.detail.status).toBe('SUCCEEDED');
    expect(door.rds.shares.get('by-hand')).toEqual([OTHER_ACCOUNT]);
  });

  test('and names others while the copy is made has it watched anew, with those', async () => {
    const door = doorWith(source());
    const event = door.begin(createEvent(background()));
    await door.look(event);
    const { PhysicalResourceId: id } = event;
    await door.look(door.begin(updateEvent(background(), background({ AccountIds: [THIRD_ACCOUNT] }), id)));

    const watches = door.watches.watchesOf(RESOURCE, id);
    expect(watches.map(({ handle }) => handle.request)).toEqual([expect.objectContaining({ accounts: [THIRD_ACCOUNT] })]);
    await new WorkflowDoor(watches[0].handle, door.rds).run(complete(door), watches[0].answer);
    expect(door.rds.shares.get(watches[0].handle.work.targetIdentifier)).toEqual([THIRD_ACCOUNT]);
    expect(door.rds.writes.filter((write) => write.startsWith('copy'))).toHaveLength(1);
  });
});
