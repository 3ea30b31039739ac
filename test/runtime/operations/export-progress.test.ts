import { toldTo } from '../../../src/core/advice';
import { jsonBytes } from '../../../src/core/fitting';
import { exportProgress } from '../../../src/runtime/operations/export-progress';
import { exportRequest } from '../../support/assignments';
import { EXPORT_KEY_ARN, EXPORT_ROLE_ARN, NOON } from '../../support/events';
import { anExportTask, warningMessage } from '../../support/export-tasks';

const look = (task: Parameters<typeof anExportTask>[0], changes = {}) =>
  toldTo('deploy', exportProgress(anExportTask({ identifier: 'task', ...task }), exportRequest(changes)));

describe('an export that is under way', () => {
  test.each(['STARTING', 'IN_PROGRESS', 'A_STATE_OF_TOMORROW'])('is running, with its percentage (%s)', (status) => {
    expect(look({ status, percentProgress: 12 })).toEqual({ status: 'RUNNING', percent: 12, detail: `the export task task is ${status}, 12 %` });
  });
});

describe('an export that is complete', () => {
  test('tells its results', () => {
    expect(look({ status: 'COMPLETE', snapshotTime: new Date(NOON), totalExtractedDataInGB: 263 })).toEqual({
      status: 'SUCCEEDED', result: { SnapshotTime: '2026-11-22T12:00:00.000Z', TotalExtractedDataInGB: '263', Warnings: '' },
    });
  });

  test('says so where RDS tells nothing', () => {
    expect(look({ status: 'COMPLETE', snapshotTime: undefined })).toEqual({
      status: 'SUCCEEDED', result: { SnapshotTime: 'unknown', TotalExtractedDataInGB: 'unknown', Warnings: '' },
    });
  });

  test('and of little data says zero, not nothing', () => {
    expect(look({ status: 'COMPLETE', totalExtractedDataInGB: 0 })).toMatchObject({ result: { TotalExtractedDataInGB: '0' } });
  });

  test('without some tables is complete all the same, and names them', () => {
    expect(look({ status: 'COMPLETE', warningMessage: warningMessage('orders.public.a', 'orders.public.b') })).toMatchObject({
      status: 'SUCCEEDED',
      result: { Warnings: 'skipped table orders.public.a; skipped table orders.public.b' },
      warnings: ['skipped table orders.public.a', 'skipped table orders.public.b'],
    });
  });

  test('without 5,000 tables names as many as an attribute holds, and keeps them all for the event and the log', () => {
    const tables = Array.from({ length: 5000 }, (_, index) => `orders.public.table${index}`);
    const progress = look({ status: 'COMPLETE', warningMessage: warningMessage(...tables) });

    expect(progress).toMatchObject({ result: { Warnings: expect.stringMatching(/^skipped table .*; and \d+ more, which the outcome event and the log name$/) } });
    expect(progress).toHaveProperty('warnings.length', 5000);
    expect(jsonBytes((progress as { result: object }).result)).toBeLessThan(3000);
  });

  describe('and may leave nothing out', () => {
    test('fails with what it left out and what to do', () => {
      expect(look({ status: 'COMPLETE', warningMessage: warningMessage('orders.public.a') }, { FailOnWarnings: 'true' })).toEqual({
        status: 'FAILED',
        message: expect.stringMatching(/^the export task task is complete, but .*failOnWarnings is set: skipped table orders\.public\.a\. Correct .*exportOnly, or leave out failOnWarnings\.$/),
      });
    });

    test('fails in few enough words for CloudFormation, whatever it left out', () => {
      const tables = Array.from({ length: 5000 }, (_, index) => `orders.public.table${index}`);
      const { message } = look({ status: 'COMPLETE', warningMessage: warningMessage(...tables) }, { FailOnWarnings: 'true' }) as { message: string };

      expect(message.length).toBeLessThan(1500); // beyond that it would be cut, and the remedy with it
      expect(message).toMatch(/or leave out failOnWarnings\.$/);
    });

    test('succeeds when it left nothing out', () => {
      expect(look({ status: 'COMPLETE', warningMessage: warningMessage() }, { FailOnWarnings: 'true' })).toMatchObject({ status: 'SUCCEEDED' });
    });
  });
});

test.each(['CANCELING', 'CANCELED'])('an export that somebody stops (%s) fails, and says how to start another', (status) => {
  expect(look({ status })).toEqual({ status: 'FAILED', message: 'the export task task was canceled by somebody else. Deploy again with another trigger to start another.' });
});

describe('an export that failed says why, in the words of RDS, and what to do', () => {
  const remedyFor = (failureCause?: string) => {
    const progress = look({ status: 'FAILED', failureCause });
    expect(progress).toEqual({ status: 'FAILED', message: expect.stringContaining(`the export task task failed. RDS said: ${failureCause?.replace(/\.$/, '') ?? 'nothing'}. `) });
    return (progress as { message: string }).message;
  };
  const KEY = `The key ${EXPORT_KEY_ARN} must be enabled`;
  const TRUST = `The role ${EXPORT_ROLE_ARN} must trust export.rds.amazonaws.com`;
  const ACCESS = `The role ${EXPORT_ROLE_ARN} and the policy of the bucket 'lake' must allow`;
  const BUCKET_REGION = "The bucket 'lake' must exist, in the Region of the source";
  const BUCKET = "Check that the bucket 'lake' exists";
  const TOO_LARGE = 'Leave the table out with exportOnly';
  const SOURCE = 'The source was deleted, or its key cannot be used any more';

  const METADATA = "The RDS export failed to write the export task's metadata";
  const WITH_ALL = `${METADATA} to the S3 bucket lake using the IAM role ${EXPORT_ROLE_ARN} with the KMS key ${EXPORT_KEY_ARN}. Error code:`;

  // The failures that the troubleshooting pages of the user guide list.
  test.each<[string, string]>([
    [`${METADATA} because it can't assume the IAM role ${EXPORT_ROLE_ARN}.`, TRUST],
    [`${WITH_ALL} AccessDenied`, ACCESS],
    [`${WITH_ALL} NoSuchBucket`, BUCKET],
    [`${WITH_ALL} KMS.KMSInvalidStateException`, KEY],
    [`${WITH_ALL} KMS.DisabledException`, KEY],
    [`${WITH_ALL} 403`, ACCESS],
    [`The IAM role ${EXPORT_ROLE_ARN} isn't authorized to call s3:PutObject on the S3 bucket lake. Review your permissions and retry the export.`, ACCESS],
    ['KMS key check failed. Check the credentials on your KMS key and try again.', KEY],
    ['S3 credential check failed. Check the permissions on your S3 bucket and IAM policy.', ACCESS],
    ["The S3 bucket lake isn't valid. Either it isn't located in the current AWS Region or it doesn't exist. Review your S3 bucket name.", BUCKET_REGION],
    ["The S3 bucket lake isn't located in the current AWS Region. Review your S3 bucket name and retry the export.", BUCKET_REGION],
    ["The S3 bucket lake doesn't exist", BUCKET],
    ['Failed to find or access the source DB cluster: orders', SOURCE],
    ['A row holds a large object (LOB) of more than 500 MB', TOO_LARGE],
  ])('%s', (cause, remedy) => {
    expect(remedyFor(cause)).toContain(remedy);
  });

  test.each(['An unknown internal error occurred.', undefined])('%s: there is nothing to add', (cause) => {
    expect(remedyFor(cause)).toContain('Correct what RDS names.');
  });

  test('and always how to start another, because an identifier is used once', () => {
    expect(remedyFor('anything')).toMatch(/Then deploy again with another trigger to start another export\.$/);
  });
});
