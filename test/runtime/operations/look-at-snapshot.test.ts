import { toldTo } from '../../../src/core/advice';
import { OwnershipTag } from '../../../src/core/ownership';
import { Failed } from '../../../src/core/progress';
import { lookAtSnapshot, meetExisting } from '../../../src/runtime/operations/look-at-snapshot';
import { assigned, takeRequest } from '../../support/assignments';
import { denied, throttled } from '../../support/errors';
import { FakeRds } from '../../support/fake-rds';
import { aSnapshot, withTags } from '../../support/snapshots';

const assignment = assigned(takeRequest());
const mine = aSnapshot({ identifier: assignment.targetIdentifier, tags: assignment.ownershipTags });
const foreign = aSnapshot({ identifier: assignment.targetIdentifier });

const look = async (rds: FakeRds) => toldTo('deploy', await lookAtSnapshot(rds.asGateway(), assignment));

describe('one look at a snapshot in the making', () => {
  test('nothing there: pending, and known to be unseen', async () => {
    expect(await look(new FakeRds())).toEqual({ status: 'PENDING', unseen: true, reason: `nothing is to be seen of ${assignment.target} yet` });
  });

  test.each([['creating'], ['copying']])('%s: running, with its percentage', async (status) => {
    expect(await look(new FakeRds([{ ...mine, status, percentProgress: 40 }]))).toEqual({
      status: 'RUNNING', percent: 40, detail: `${mine.identifier} is ${status}, 40 %`,
    });
  });

  test('available: succeeded', async () => {
    expect(await look(new FakeRds([mine]))).toEqual({ status: 'SUCCEEDED' });
  });

  test.each(['failed', 'deleting', 'incompatible-restore'])('%s: failed, with where to look further', async (status) => {
    expect(await look(new FakeRds([{ ...mine, status }]))).toEqual({
      status: 'FAILED', message: expect.stringMatching(new RegExp(`${assignment.target} ended in status '${status}'.*events.*RDS console.*Deploy again`)),
    });
  });

  test.each(Object.entries(assignment.ownershipTags))('of another making (%s is not %s): as if it were not there', async (key) => {
    const snapshot = withTags(mine, { [key]: 'another' });

    expect(await look(new FakeRds([snapshot]))).toMatchObject({ status: 'PENDING' });
  });

  test('tags that are not of ownership do not matter', async () => {
    expect(await look(new FakeRds([withTags(mine, { team: 'billing', [OwnershipTag.DATA_TIME]: 'x' })]))).toEqual({ status: 'SUCCEEDED' });
  });

  test.each([throttled(), denied()])('a look that fails is told as that, and not as if nothing were there (%s)', async (error) => {
    await expect(look(new FakeRds([mine]).breaks('findSnapshot', error))).rejects.toBe(error);
  });
});

describe('when RDS says that the identifier is taken', () => {
  const meet = async (...snapshots: Array<typeof mine>) => toldTo('deploy', await meetExisting(new FakeRds(snapshots).asGateway(), assignment));

  test('by an earlier try whose answer was lost: that is the start', async () => {
    expect(await meet({ ...mine, status: 'creating', percentProgress: 10 })).toMatchObject({ status: 'RUNNING', percent: 10 });
  });

  test('by an earlier try that is not listed yet: that is the start', async () => {
    expect(await meet()).toMatchObject({ status: 'RUNNING', percent: 0 });
  });

  test('by what somebody else made: it is left as it is, with the remedy', async () => {
    expect(await meet(foreign)).toEqual({
      status: 'FAILED',
      message: expect.stringMatching(new RegExp(`'${foreign.identifier}' exists already and was not made by this deployment.*left as it is.*another identifier, or leave it out`)),
    });
  });

  describe('tells which tags would make it ours', () => {
    const lackedBy = async (snapshot: typeof mine) => (await meetExisting(new FakeRds([snapshot]).asGateway(), assignment) as Failed).lacks;

    test('all of them where it has none', async () => {
      expect(await lackedBy(foreign)).toEqual(Object.entries(assignment.ownershipTags).map(([key, value]) => `${key}=${value}`));
    });

    test('those that say that it is somebody else\'s', async () => {
      expect(await lackedBy(withTags(mine, { [OwnershipTag.OWNER]: 'another' }))).toEqual([`${OwnershipTag.OWNER}=${assignment.ownershipTags[OwnershipTag.OWNER]}`]);
    });

    test('not those that it may well have from before', async () => {
      const sight = { ...assignment, ownershipTags: { ...assignment.ownershipTags, [OwnershipTag.KEEP_UNTIL]: '2027-01-01T00:00:00.000Z' } };
      const former = withTags(mine, { [OwnershipTag.OWNER]: 'another', [OwnershipTag.KEEP_UNTIL]: '2026-12-01T00:00:00.000Z' });

      expect((await meetExisting(new FakeRds([former]).asGateway(), sight) as Failed).lacks).toHaveLength(1);
    });
  });
});
