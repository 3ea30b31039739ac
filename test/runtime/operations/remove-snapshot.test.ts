import { Release } from '../../../src/core/ownership';
import { DeletionReason } from '../../../src/core/removal';
import { Snapshot } from '../../../src/core/snapshot';
import { removeSnapshot } from '../../../src/runtime/operations/remove-snapshot';
import { awsError, denied, throttled } from '../../support/errors';
import { OTHER_REGION } from '../../support/events';
import { FakeRds } from '../../support/fake-rds';
import { captureLog } from '../../support/log';
import { RESOURCE, aSnapshot, day, ourSnapshot } from '../../support/snapshots';

const logged = captureLog();
const { UNFINISHED, REMOVED, PRUNED } = DeletionReason;

const remove = (rds: FakeRds, arn: string, reason = REMOVED, elapsedSeconds = 0) =>
  removeSnapshot(rds.asGateway(), { arn, reason }, RESOURCE, elapsedSeconds);
const ours = ourSnapshot('orders');

test('a snapshot is deleted, and gone only when it is no longer listed', async () => {
  const rds = new FakeRds([ours]);

  expect(await remove(rds, ours.arn)).toEqual({ status: 'RUNNING', percent: 100, detail: `${ours.identifier} is being deleted` });
  expect(rds.writes).toEqual([`delete ${ours.identifier}`]);
  expect(logged()).toContainEqual(expect.objectContaining({ message: 'snapshot deleted', arn: ours.arn, reason: 'removed', completed: true }));
  expect(await remove(rds, ours.arn)).toEqual({ status: 'SUCCEEDED' });
});

test('it is deleted in the Region of its ARN', async () => {
  const there = ourSnapshot('orders', { region: OTHER_REGION });
  const rds = new FakeRds([ours, there]);

  await remove(rds, there.arn);

  expect(rds.listed).toEqual([OTHER_REGION]);
  expect(rds.snapshots).toEqual([ours]);
});

describe('nothing is deleted', () => {
  const newer = ourSnapshot('newer', { createTime: day(25) });
  const copyByHand = aSnapshot({ identifier: 'copy-by-hand', tags: ours.tags });

  test.each<[string, Snapshot, Snapshot[], DeletionReason]>([
    ['of what somebody else made', aSnapshot(), [newer], REMOVED],
    ['of a hand-made copy with our tags', copyByHand, [newer], REMOVED],
    ['of another resource', ourSnapshot('orders', { resource: { ...RESOURCE, logicalId: 'Other' } }), [newer], REMOVED],
    ['of what was left behind on purpose', ourSnapshot('orders', { release: Release.RETAINED }), [newer], REMOVED],
    ['of what was unfinished and is completed by now', ours, [newer], UNFINISHED],
    ['of what would be pruned, if the newer one is gone by now', ours, [], PRUNED],
  ])('%s', async (_, snapshot, others, reason) => {
    const rds = new FakeRds([snapshot, ...others]);

    expect(await remove(rds, snapshot.arn, reason)).toEqual({ status: 'SUCCEEDED' });
    expect(rds.writes).toEqual([]);
    expect(logged()).toEqual([expect.objectContaining({ message: 'snapshot kept', arn: snapshot.arn, because: expect.any(String) })]);
  });

  test('when it is gone already', async () => {
    const rds = new FakeRds();

    expect(await remove(rds, ours.arn)).toEqual({ status: 'SUCCEEDED' });
    expect(rds.writes).toEqual([]);
  });

  test('by an id that is no ARN', async () => {
    const rds = new FakeRds([ours]);

    expect(await remove(rds, 'Orders-BeforeMigration-1ABC')).toEqual({ status: 'FAILED', message: "'Orders-BeforeMigration-1ABC' is not the ARN of a DB cluster snapshot" });
    expect(rds.listed).toEqual([]);
  });
});

describe('what RDS does not delete yet is waited for', () => {
  test.each(['creating', 'deleting'])('while it is %s', async (status) => {
    const rds = new FakeRds([{ ...ours, status, percentProgress: 40 }]);

    expect(await remove(rds, ours.arn, UNFINISHED)).toEqual({
      status: 'RUNNING', percent: 40, detail: `${ours.identifier} is ${status}, 40 %; it is deleted when RDS allows it`,
    });
    expect(rds.writes).toEqual([]);
  });

  test('and deleted when it is completed, if it was abandoned', async () => {
    const rds = new FakeRds([ourSnapshot('orders', { release: Release.ABANDONED })]);

    expect(await remove(rds, ours.arn, UNFINISHED)).toMatchObject({ status: 'RUNNING' });
    expect(rds.snapshots).toEqual([]);
  });
});

test.each(['copying', 'failed'])('what is %s can be deleted at once', async (status) => {
  const rds = new FakeRds([{ ...ours, status }]);

  expect(await remove(rds, ours.arn, UNFINISHED)).toMatchObject({ status: 'RUNNING', detail: expect.stringContaining('is being deleted') });
  expect(rds.snapshots).toEqual([]);
});

describe('an error', () => {
  const broken = (error: Error) => new FakeRds([ours]).breaks('deleteSnapshot', error);

  test('of state is waited for', async () => {
    expect(await remove(broken(awsError('InvalidDBClusterSnapshotStateFault', 'is being copied')), ours.arn, REMOVED, 3000)).toEqual({
      status: 'RUNNING', percent: 0, detail: `${ours.arn} cannot be deleted in its present state: InvalidDBClusterSnapshotStateFault: is being copied`,
    });
  });

  test('that passes is waited for', async () => {
    expect(await remove(broken(throttled()), ours.arn)).toEqual({
      status: 'RUNNING', percent: 0, detail: expect.stringContaining(`deleting the snapshot ${ours.arn} (removed) is to be tried again`),
    });
  });

  test('of rights is waited for, then told', async () => {
    expect(await remove(broken(denied()), ours.arn, REMOVED, 299)).toMatchObject({ status: 'RUNNING' });
    expect(await remove(broken(denied()), ours.arn, REMOVED, 300)).toMatchObject({
      status: 'FAILED', message: expect.stringContaining(`deleting the snapshot ${ours.arn} (removed) is not allowed`),
    });
  });

  test('of the list deletes nothing: without all of it nobody knows which is the newest', async () => {
    const rds = new FakeRds([ours]).breaks('listManualSnapshots', throttled());

    expect(await remove(rds, ours.arn)).toMatchObject({ status: 'RUNNING' });
    expect(rds.writes).toEqual([]);
  });

  test('of AWS that does not pass is told', async () => {
    expect(await remove(broken(awsError('InvalidParameterValue')), ours.arn)).toMatchObject({ status: 'FAILED', message: expect.stringContaining('AWS said: InvalidParameterValue') });
  });
});
