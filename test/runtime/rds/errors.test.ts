import {
  DBClusterSnapshotNotFoundFault, ExportTaskAlreadyExistsFault, ExportTaskNotFoundFault, IamRoleMissingPermissionsFault, IamRoleNotFoundFault,
  InvalidExportOnlyFault, InvalidExportSourceStateFault, InvalidExportTaskStateFault, InvalidS3BucketFault, KMSKeyNotAccessibleFault,
  RDSServiceException, SnapshotQuotaExceededFault,
} from '@aws-sdk/client-rds';
import { FaultKind, faultKind, isNotFound, wordsOf } from '../../../src/runtime/rds/errors';
import { awsError } from '../../support/errors';

const {
  TRANSIENT, RIGHTS, NOT_FOUND, ALREADY_EXISTS, BUSY, COPY_LIMIT, EXPORT_LIMIT, SNAPSHOT_QUOTA, PERMANENT,
} = FaultKind;

describe('what an error means', () => {
  test.each<[name: string, kind: FaultKind]>([
    ['DBClusterNotFoundFault', NOT_FOUND],
    ['DBClusterSnapshotNotFoundFault', NOT_FOUND],
    ['DBSnapshotNotFoundFault', NOT_FOUND], // how the calls that tag name it
    ['DBClusterSnapshotAlreadyExistsFault', ALREADY_EXISTS],
    ['InvalidDBClusterStateFault', BUSY],
    ['InvalidDBClusterSnapshotStateFault', BUSY],
    ['ExportTaskNotFoundFault', NOT_FOUND],
    ['ExportTaskAlreadyExistsFault', ALREADY_EXISTS],
    ['InvalidExportSourceStateFault', BUSY],
    ['InvalidExportTaskStateFault', BUSY],
    ['ExportTaskLimitReachedFault', EXPORT_LIMIT], // only users have told it; RDS does not model it
    ['ExportTaskLimitReached', EXPORT_LIMIT],
    ['IamRoleNotFoundFault', RIGHTS],
    ['IamRoleMissingPermissionsFault', RIGHTS],
    ['InvalidS3BucketFault', RIGHTS], // what RDS calls a bucket that the role cannot reach yet
    ['InvalidExportOnlyFault', PERMANENT],
    ['KMSKeyNotAccessibleFault', RIGHTS],
    ['ParameterNotFound', NOT_FOUND],
    ['ParameterAlreadyExists', TRANSIENT], // and yet it cannot be read: the next look can
    ['TooManyUpdates', TRANSIENT], // two write one parameter of Parameter Store at once
    ['ParameterLimitExceeded', PERMANENT],
    ['AccessDenied', RIGHTS],
    ['AccessDeniedException', RIGHTS],
    ['UnauthorizedOperation', RIGHTS],
    ['Throttling', TRANSIENT],
    ['ThrottlingException', TRANSIENT],
    ['RequestLimitExceeded', TRANSIENT],
    ['TooManyRequestsException', TRANSIENT],
    ['TimeoutError', TRANSIENT],
    ['RequestTimeout', TRANSIENT],
    ['InvalidParameterValue', PERMANENT],
    ['InvalidParameterCombination', PERMANENT],
    ['ValidationError', PERMANENT],
    ['SharedSnapshotQuotaExceededFault', PERMANENT],
    ['SomethingOfTomorrow', PERMANENT],
  ])('%s: %s', (name, kind) => {
    expect(faultKind(awsError(name))).toBe(kind);
  });

  describe('one code of RDS has two meanings, told apart by its words', () => {
    test.each<[message: string, kind: FaultKind]>([
      ['Cannot create more than 100 manual snapshots', SNAPSHOT_QUOTA],
      ['Cannot create more than 100 manual cluster snapshots', SNAPSHOT_QUOTA],
      ['The request would result in the user exceeding the allowed number of DB snapshots.', SNAPSHOT_QUOTA],
      ['', SNAPSHOT_QUOTA],
      ['Cannot copy more than 5 snapshots across regions', COPY_LIMIT],
      ['Cannot copy more than 5 cluster snapshots', COPY_LIMIT],
      ['Too many copies in progress', COPY_LIMIT],
    ])('%s', (message, kind) => {
      for (const name of ['SnapshotQuotaExceededFault', 'SnapshotQuotaExceeded']) {
        expect(faultKind(awsError(name, message))).toBe(kind);
      }
    });
  });

  test.each([500, 502, 503, 504, 501])('%d of AWS passes, whatever it is called', (httpStatusCode) => {
    expect(faultKind(awsError('InternalFailure', 'sorry', { httpStatusCode }))).toBe(TRANSIENT);
  });

  test('too many requests passes, whatever it is called', () => {
    expect(faultKind(awsError('Slow', 'sorry', { httpStatusCode: 429 }))).toBe(TRANSIENT);
  });

  test.each(['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])('the network is down (%s): passes', (code) => {
    expect(faultKind(Object.assign(new Error('connect'), { code }))).toBe(TRANSIENT);
  });

  test('the network is down, as the cause of what is thrown: passes', () => {
    expect(faultKind(new Error('fetch failed', { cause: Object.assign(new Error('connect'), { code: 'ECONNRESET' }) }))).toBe(TRANSIENT);
  });

  test('a mistake of ours does not pass', () => {
    expect(faultKind(new TypeError("Cannot read properties of undefined (reading 'x')"))).toBe(PERMANENT);
  });

  test.each([['a text'], [undefined], [null], [{ name: 'Throttling' }]])('what is no error at all (%j) does not pass', (thrown) => {
    expect(faultKind(thrown)).toBe(PERMANENT);
    expect(wordsOf(thrown)).toContain('Error: ');
  });

  test('the names are those that the pinned SDK gives to its errors', () => {
    const facts = { $metadata: {}, message: 'Cannot copy more than 5 snapshots across regions' };

    expect(faultKind(new SnapshotQuotaExceededFault(facts))).toBe(COPY_LIMIT);
    expect(faultKind(new KMSKeyNotAccessibleFault(facts))).toBe(RIGHTS);
    expect(isNotFound(new DBClusterSnapshotNotFoundFault(facts))).toBe(true);
    expect([
      ExportTaskNotFoundFault, ExportTaskAlreadyExistsFault, InvalidExportSourceStateFault, InvalidExportTaskStateFault, IamRoleNotFoundFault,
      IamRoleMissingPermissionsFault, InvalidS3BucketFault, InvalidExportOnlyFault,
    ].map((Fault) => faultKind(new Fault(facts)))).toEqual([NOT_FOUND, ALREADY_EXISTS, BUSY, BUSY, RIGHTS, RIGHTS, RIGHTS, PERMANENT]);
    expect(faultKind(new RDSServiceException({ ...facts, name: 'AccessDenied', $fault: 'client' }))).toBe(RIGHTS);
  });
});

describe('the words of AWS are passed on', () => {
  test('with the name, and the request id that AWS support asks for', () => {
    expect(wordsOf(awsError('AccessDenied', 'not authorized', { requestId: 'abc-123' }))).toBe('AccessDenied: not authorized (request id abc-123)');
  });

  test('without a request id where there is none', () => {
    expect(wordsOf(new Error('connect'))).toBe('Error: connect');
    expect(wordsOf('gone')).toBe('Error: gone');
  });
});
