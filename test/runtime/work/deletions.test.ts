import { deleteAll } from '../../../src/runtime/work/deletions';
import { awsError, denied, throttled } from '../../support/errors';
import { ACCOUNT, OTHER_REGION, REGION } from '../../support/events';
import { FakeRds } from '../../support/fake-rds';
import { captureLog } from '../../support/log';
import { aSnapshot } from '../../support/snapshots';

const logged = captureLog();

const ALL = ['one', 'two', 'three'].map((identifier) => aSnapshot({ identifier }));

/** RDS that answers to the nth deletion with an error, and has carried it out or not. */
function answering(nth: number, error: Error, isCarriedOut = false): FakeRds {
  const rds = new FakeRds(ALL);
  const deleteSnapshot = rds.deleteSnapshot.bind(rds);
  let count = 0;
  rds.deleteSnapshot = async (region, identifier) => {
    count += 1;
    if (count !== nth || isCarriedOut) {
      await deleteSnapshot(region, identifier);
    }
    if (count === nth) {
      throw error;
    }
  };
  return rds;
}

const goingFrom = (rds: FakeRds) => deleteAll(
  rds.asGateway(), ACCOUNT, ALL.map(({ arn, identifier }) => ({ region: REGION, arn, identifier, because: 'it is old' })),
  { deleted: 'it went', refused: 'it stayed', of: { plan: 'Gold' } },
);

test('all go, each in its Region, and each is written down when it goes', async () => {
  const far = aSnapshot({ identifier: 'far', region: OTHER_REGION });
  const rds = new FakeRds([...ALL, far]);
  const going = [ALL[0], far].map(({ arn, identifier }) => ({ region: arn.split(':')[3], arn, identifier, because: 'it is old' }));

  expect(await deleteAll(rds.asGateway(), ACCOUNT, going, { deleted: 'it went', refused: 'it stayed', of: { plan: 'Gold' } })).toEqual({
    deleted: [ALL[0].arn, far.arn], refused: [], interrupted: false,
  });
  expect(rds.snapshots).toEqual(ALL.slice(1));
  expect(logged()).toContainEqual(expect.objectContaining({ level: 'INFO', message: 'it went', plan: 'Gold', region: OTHER_REGION, arn: far.arn, because: 'it is old' }));
});

test('one that is refused keeps no other', async () => {
  expect(await goingFrom(answering(2, awsError('InvalidDBClusterSnapshotStateFault', 'is being restored')))).toEqual({
    deleted: [ALL[0].arn, ALL[2].arn], refused: [`${ALL[1].arn} could not be deleted: InvalidDBClusterSnapshotStateFault: is being restored`], interrupted: false,
  });
  expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: 'it stayed', plan: 'Gold', arn: ALL[1].arn }));
});

test('what passes interrupts, and is thrown if nothing has gone before', async () => {
  expect(await goingFrom(answering(2, throttled()))).toEqual({ deleted: [ALL[0].arn], refused: [], interrupted: true });
  await expect(goingFrom(answering(1, throttled()))).rejects.toThrow('Rate exceeded');
});

test('one that may not be deleted because it has gone already, has gone', async () => {
  expect(await goingFrom(answering(1, denied(), true))).toMatchObject({ deleted: ALL.map(({ arn }) => arn), refused: [] });
  expect(await goingFrom(answering(1, denied()))).toMatchObject({ deleted: [ALL[1].arn, ALL[2].arn], refused: [expect.stringContaining('AccessDenied')] });
});
