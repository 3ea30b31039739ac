import { failed, pending, running, succeeded } from '../../src/core/progress';
import { countOutcome, fieldsOf, log } from '../../src/runtime/log';
import { NOON } from '../support/events';
import { captureLog } from '../support/log';

const logged = captureLog();

test.each(['info', 'warn', 'error'] as const)('a line of the log is one JSON object, which can be queried by its fields (%s)', (level) => {
  log[level]('what happened', { target: 'a\nb' });

  expect(logged()).toEqual([{ level: level.toUpperCase(), message: 'what happened', target: 'a\nb' }]);
});

describe('an outcome is counted', () => {
  test.each(['OperationSucceeded', 'OperationFailed'] as const)('as the metric %s, which CloudWatch makes from the line by itself', (metric) => {
    countOutcome(metric, 'export', NOON, { reason: 'no key' });

    expect(logged()).toEqual([{
      _aws: {
        Timestamp: NOON,
        CloudWatchMetrics: [{ Namespace: 'AuroraBackup', Dimensions: [['Operation']], Metrics: [{ Name: metric, Unit: 'Count' }] }],
      },
      Operation: 'export',
      [metric]: 1,
      reason: 'no key',
    }]);
  });
});

describe('what a line says of a progress', () => {
  test('is never called message, which the line has itself', () => {
    expect(fieldsOf(failed('no key'))).toEqual({ status: 'FAILED', reason: 'no key' });
  });

  test('is how far it is, or what it waits for', () => {
    expect(fieldsOf(running(40, 'x'))).toEqual({ status: 'RUNNING', percent: 40, detail: 'x' });
    expect(fieldsOf(pending('busy'))).toEqual({ status: 'PENDING', reason: 'busy' });
  });

  test('holds no warnings, however many there are: they have lines of their own', () => {
    expect(fieldsOf(succeeded({ SnapshotTime: 'x' }, ['a']))).toEqual({ status: 'SUCCEEDED' });
  });
});
