import { Advice } from '../../../src/core/progress';
import { shareSnapshot } from '../../../src/runtime/operations/share-snapshot';
import { awsError, denied, throttled } from '../../support/errors';
import { OTHER_ACCOUNT, REGION } from '../../support/events';
import { FakeRds } from '../../support/fake-rds';

const THIRD_ACCOUNT = '333333333333';

/** A snapshot that is shared with these. */
const sharedWith = (...accounts: string[]) => {
  const rds = new FakeRds();
  rds.shares.set('nightly', accounts);
  return rds;
};
const share = (rds: FakeRds, accounts: string[], elapsedSeconds = 0) => shareSnapshot(rds.asGateway(), REGION, 'nightly', accounts, elapsedSeconds);

describe('a snapshot is shared with exactly these accounts', () => {
  test('who has it not is added', async () => {
    const rds = sharedWith();

    expect(await share(rds, [OTHER_ACCOUNT, THIRD_ACCOUNT])).toEqual({ status: 'SUCCEEDED' });
    expect(rds.writes).toEqual([`share nightly +${OTHER_ACCOUNT},${THIRD_ACCOUNT} -`]);
  });

  test('who is not to have it is taken away, in the same call', async () => {
    const rds = sharedWith(OTHER_ACCOUNT, '444444444444');
    await share(rds, [OTHER_ACCOUNT, THIRD_ACCOUNT]);

    expect(rds.writes).toEqual([`share nightly +${THIRD_ACCOUNT} -444444444444`]);
  });

  test('the public, which somebody let in by hand, is shut out', async () => {
    const rds = sharedWith('all', OTHER_ACCOUNT);
    await share(rds, [OTHER_ACCOUNT]);

    expect(rds.shares.get('nightly')).toEqual([OTHER_ACCOUNT]);
  });

  test('where all is as it should be nothing is written', async () => {
    const rds = sharedWith(THIRD_ACCOUNT, OTHER_ACCOUNT);

    expect(await share(rds, [OTHER_ACCOUNT, THIRD_ACCOUNT])).toEqual({ status: 'SUCCEEDED' });
    expect(rds.writes).toEqual([]);
  });
});

describe.each(['accountsSharedWith', 'share'] as const)('when RDS answers %s', (call) => {
  test.each([throttled(), awsError('InvalidDBClusterSnapshotStateFault')])('that it cannot now, it is to be tried again (%s)', async (error) => {
    expect(await share(sharedWith().breaks(call, error), [OTHER_ACCOUNT])).toMatchObject({ status: 'PENDING' });
  });

  test('that it may not, the rights may have been made a moment ago; after five minutes it says so', async () => {
    const rds = sharedWith().breaks(call, denied());

    expect(await share(rds, [OTHER_ACCOUNT], 299)).toMatchObject({ status: 'PENDING' });
    expect(await share(rds, [OTHER_ACCOUNT], 300)).toMatchObject({ status: 'FAILED', refused: true });
  });

  test('anything else, that is told, with the snapshot and the accounts', async () => {
    expect(await share(sharedWith().breaks(call, awsError('SharedSnapshotQuotaExceeded', 'too many')), [OTHER_ACCOUNT, THIRD_ACCOUNT])).toEqual({
      status: 'FAILED',
      message: expect.stringMatching(/^sharing the snapshot nightly with 222222222222, 333333333333 failed\. AWS said: SharedSnapshotQuotaExceeded: too many$/),
      advice: Advice.CORRECT,
    });
  });
});
