import { OwnershipTag, Release } from '../../../../src/core/ownership';
import { DeletionReason } from '../../../../src/core/removal';
import { WireProperties } from '../../../../src/core/resource-contract';
import { Snapshot } from '../../../../src/core/snapshot';
import { letGo } from '../../../../src/runtime/doors/deploy/letting-go';
import { copyRequest, takeRequest } from '../../../support/assignments';
import { awsError, denied, throttled } from '../../../support/errors';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { RESOURCE, day, ourSnapshot } from '../../../support/snapshots';

const logged = captureLog();

const leaving = ourSnapshot('leaving', { createTime: day(1) });
const newer = ourSnapshot('newer', { createTime: day(2) });

function release(rds: FakeRds, changes: WireProperties = {}, elapsedSeconds = 0, going: Snapshot[] = [leaving]) {
  return letGo(rds.asGateway(), rds.snapshots, going, RESOURCE, takeRequest(changes), elapsedSeconds);
}

test('what stays is tagged with why, and nothing is deleted here', async () => {
  const rds = new FakeRds([leaving, newer]);

  expect(await release(rds)).toEqual([]);
  expect(rds.writes).toEqual([`tag ${leaving.identifier} ${OwnershipTag.RELEASED}=${Release.RETAINED}`]);
  expect(logged()).toEqual([expect.objectContaining({ message: 'snapshot released', arn: leaving.arn, release: Release.RETAINED })]);
});

test('what has to go is answered, for the function that may delete', async () => {
  const rds = new FakeRds([leaving]);

  expect(await release(rds, { RemovalPolicy: 'destroy' })).toEqual([{ arn: leaving.arn, reason: DeletionReason.REMOVED }]);
  expect(rds.writes).toEqual([]);
});

test('what is replaced by one that is still awaited stays until that one is there', async () => {
  const rds = new FakeRds([leaving]);

  expect(await letGo(rds.asGateway(), rds.snapshots, [leaving], RESOURCE, takeRequest({ RemovalPolicy: 'destroy' }), 0, true)).toEqual([]);
  expect(rds.writes).toEqual([`tag ${leaving.identifier} ${OwnershipTag.RELEASED}=${Release.SUPERSEDED}`]);
});

test('keepLast counts snapshots, not copies', async () => {
  const rds = new FakeRds([leaving, newer]);

  expect(await release(rds, { KeepLast: '1' })).toEqual([{ arn: leaving.arn, reason: DeletionReason.PRUNED }]);
  expect(await letGo(rds.asGateway(), rds.snapshots, [leaving], RESOURCE, copyRequest({ KeepLast: '1' }), 0)).toEqual([]);
});

test('several that go are decided one by one', async () => {
  const creating = ourSnapshot('creating', { createTime: day(0), status: 'creating' });
  const rds = new FakeRds([creating, leaving]);

  expect(await release(rds, { RemovalPolicy: 'destroy' }, 0, rds.snapshots)).toEqual([
    { arn: creating.arn, reason: DeletionReason.UNFINISHED }, { arn: leaving.arn, reason: DeletionReason.REMOVED },
  ]);
});

test('without snapshots there is nothing to do', async () => {
  const rds = new FakeRds([newer]);

  expect(await release(rds, { RemovalPolicy: 'destroy' }, 0, [])).toEqual([]);
  expect(rds.writes).toEqual([]);
});

describe('a tag that cannot be set', () => {
  test.each([['because AWS is busy', throttled()], ['because the right is young', denied()]])('%s is tried again at the next look', async (_, error) => {
    await expect(release(new FakeRds([leaving]).breaks('setTags', error))).rejects.toBe(error);
  });

  test('because the snapshot is gone is not needed', async () => {
    expect(await release(new FakeRds([leaving]).breaks('setTags', awsError('DBSnapshotNotFoundFault')))).toEqual([]);
    expect(logged()).toEqual([]);
  });

  test.each([['for good', awsError('InvalidParameterValue'), 0], ['for longer than rights need', denied(), 300]])(
    'because AWS refuses %s: the snapshot is kept without, the stack is not stuck, and the log says so', async (_, error, elapsedSeconds) => {
      const rds = new FakeRds([leaving]).breaks('setTags', error);

      expect(await release(rds, {}, elapsedSeconds)).toEqual([]);
      expect(rds.snapshots).toEqual([leaving]);
      expect(logged()).toEqual([expect.objectContaining({ level: 'WARN', message: 'the snapshot is left without its tag', arn: leaving.arn })]);
    },
  );
});
