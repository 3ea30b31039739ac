import { toldTo } from '../../../src/core/advice';
import { pending, queued, running, unseen } from '../../../src/core/progress';
import { RIGHTS_PATIENCE_SECONDS, firstLook, isToBeMade, look, progressAfter } from '../../../src/runtime/operations/operation';
import { awsError, copyLimit, denied, quota, throttled } from '../../support/errors';

const after = (error: unknown, elapsedSeconds = 0) => toldTo('deploy', progressAfter(error, 'taking a snapshot', elapsedSeconds));
const LONG_AFTER = 3000;

describe('tried again, however long it takes', () => {
  test.each<[string, Error, RegExp]>([
    ['throttling', throttled(), /taking a snapshot is to be tried again after ThrottlingException: Rate exceeded/],
    ['a failure of AWS', awsError('InternalFailure', 'sorry', { httpStatusCode: 500 }), /tried again after InternalFailure: sorry/],
    ['the network', awsError('TimeoutError', 'socket hang up'), /tried again/],
  ])('%s', (_, error, reason) => {
    for (const elapsedSeconds of [0, LONG_AFTER]) {
      expect(after(error, elapsedSeconds)).toEqual({ status: 'PENDING', reason: expect.stringMatching(reason) });
    }
  });
});

describe('queued, however long it takes: somebody else has to come to an end first', () => {
  test.each<[string, Error, RegExp]>([
    ['the limit of copies in progress', copyLimit(), /as many copies are in progress .* waits its turn: SnapshotQuotaExceededFault: Cannot copy more than 5/],
    ['a busy cluster', awsError('InvalidDBClusterStateFault', 'backing-up'), /taking a snapshot waits until RDS allows it: InvalidDBClusterStateFault: backing-up/],
    ['a busy snapshot', awsError('InvalidDBClusterSnapshotStateFault', 'creating'), /waits until RDS allows it/],
    ['a source of an export that is busy', awsError('InvalidExportSourceStateFault', 'not available'), /waits until RDS allows it/],
    ['the limit of exports', awsError('ExportTaskLimitReachedFault', 'too many'), /waits until RDS allows it: ExportTaskLimitReachedFault: too many/],
  ])('%s', (_, error, reason) => {
    for (const elapsedSeconds of [0, LONG_AFTER]) {
      expect(after(error, elapsedSeconds)).toEqual({ status: 'PENDING', queued: true, reason: expect.stringMatching(reason) });
    }
  });
});

describe('rights made a moment ago', () => {
  const refusals = [
    denied(), awsError('KMSKeyNotAccessibleFault', 'The KMS key is not accessible'), awsError('IamRoleMissingPermissionsFault', 'cannot be assumed'),
    awsError('IamRoleNotFoundFault'), awsError('InvalidS3BucketFault'),
  ];

  test.each(refusals)('are waited for during five minutes: %s', (error) => {
    expect(after(error, RIGHTS_PATIENCE_SECONDS - 1)).toEqual({ status: 'PENDING', reason: expect.stringContaining('is not allowed yet') });
  });

  test.each(refusals)('are missing after five minutes: %s', (error) => {
    expect(RIGHTS_PATIENCE_SECONDS).toBe(300);
    expect(after(error, RIGHTS_PATIENCE_SECONDS)).toEqual({
      status: 'FAILED',
      refused: true,
      message: expect.stringMatching(/^taking a snapshot is not allowed, also after 5 minutes\. AWS said: .*\. Allow it in the key policy, .* and deploy again\.$/),
    });
  });
});

describe('not waited for at all', () => {
  test('a full quota, with what to do about it', () => {
    expect(after(quota())).toEqual({
      status: 'FAILED',
      message: expect.stringMatching(/quota allows\. AWS said: .*Cannot create more than 100.* Delete snapshots .*keepLast.* L-9B510759/),
      quotaReached: true,
    });
  });

  test('what AWS says no to, in its words', () => {
    expect(after(awsError('InvalidParameterValue', 'Tag keys cannot start with the reserved prefix aws:', { requestId: 'abc' }))).toEqual({
      status: 'FAILED',
      message: 'taking a snapshot failed. AWS said: InvalidParameterValue: Tag keys cannot start with the reserved prefix aws: (request id abc). '
        + 'Correct what AWS names and deploy again.',
    });
  });

  test('a mistake of ours, which is not put into the mouth of AWS', () => {
    expect(after(new TypeError('x is not a function'))).toEqual({
      status: 'FAILED', message: 'taking a snapshot failed. Reason: TypeError: x is not a function.',
    });
  });
});

describe('a look that fails says nothing of the work', () => {
  const failing = (error: Error) => look('the snapshot', async () => Promise.reject(error));

  test('and one that does not is told as it is', async () => {
    expect(await look('the snapshot', async () => running(40, 'x'))).toEqual(running(40, 'x'));
  });

  test.each([throttled(), denied(), awsError('InvalidParameterValue'), new TypeError('x')])('whatever went wrong, it is tried again (%s)', async (error) => {
    expect(await failing(error)).toEqual({ status: 'PENDING', reason: expect.stringMatching(/^looking at the snapshot did not succeed, and is to be tried again: /) });
  });
});

describe('a look before a start that fails', () => {
  const failing = (error: Error, elapsedSeconds: number) => firstLook('the snapshot', elapsedSeconds, async () => Promise.reject(error));

  test.each([throttled(), awsError('InternalFailure', 'sorry', { httpStatusCode: 500 })])('because AWS is ill (%s) is tried again', async (error) => {
    for (const elapsedSeconds of [0, 300, LONG_AFTER]) {
      expect(await failing(error, elapsedSeconds)).toEqual({ status: 'PENDING', reason: expect.stringContaining('looking at the snapshot is to be tried again') });
    }
  });

  test('because rights are young is tried again', async () => {
    expect(await failing(denied(), 299)).toEqual({ status: 'PENDING', reason: expect.stringContaining('is not allowed yet') });
  });

  test.each([300, 599])('because rights were missing from the beginning (%d s) is told, instead of waiting for nothing', async (elapsedSeconds) => {
    expect(await failing(denied(), elapsedSeconds)).toMatchObject({ status: 'FAILED', message: expect.stringContaining('looking at the snapshot is not allowed') });
  });

  test.each([600, LONG_AFTER, 6 * 24 * 3600])('because somebody takes rights away later (%d s) is tried again: the work may go on well', async (elapsedSeconds) => {
    expect(await failing(denied(), elapsedSeconds)).toEqual({ status: 'PENDING', reason: expect.stringMatching(/did not succeed, and is to be tried again: AccessDenied/) });
  });

  test('never says that nothing is there, so that nothing is made twice', async () => {
    for (const error of [throttled(), denied(), awsError('InvalidParameterValue')]) {
      for (const elapsedSeconds of [0, 400, LONG_AFTER]) {
        expect(isToBeMade(await failing(error, elapsedSeconds))).toBe(false);
      }
    }
  });
});

test('only what AWS was asked for and does not know is to be made', () => {
  expect([unseen('x'), pending('x'), queued('x'), running(0, 'x')].map(isToBeMade)).toEqual([true, false, false, false]);
});
