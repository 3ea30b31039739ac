import { CfnParameter } from 'aws-cdk-lib';
import { RestoreTime } from '../../src/restore/restore-time';
import { aStack, messageOf } from '../support/constructs';

const timestampOf = (time: RestoreTime) => time._timestamp;

describe('the time of a restore', () => {
  test('is not fixed for the latest one', () => {
    expect(timestampOf(RestoreTime.latest())).toBeUndefined();
  });

  test('is told in UTC and whole seconds, whatever it is made of', () => {
    expect(timestampOf(RestoreTime.at(new Date('2025-03-09T01:30:00.999Z')))).toBe('2025-03-09T01:30:00Z');
    expect(timestampOf(RestoreTime.atTimestamp('2025-03-09T01:30:00Z'))).toBe('2025-03-09T01:30:00Z');
    expect(timestampOf(RestoreTime.atTimestamp('2025-03-09T01:30:59.9Z'))).toBe('2025-03-09T01:30:59Z');
    expect(timestampOf(RestoreTime.atTimestamp('2025-03-09T00:30:00+02:00'))).toBe('2025-03-08T22:30:00Z');
    expect(timestampOf(RestoreTime.atTimestamp('2025-03-09T20:30-05:00'))).toBe('2025-03-10T01:30:00Z');
  });

  test('may be long past: the cluster is there for longer than the backups that it was made of', () => {
    expect(timestampOf(RestoreTime.at(new Date('2015-01-01T00:00:00Z')))).toBe('2015-01-01T00:00:00Z');
  });

  test('may be known only when the stack deploys', () => {
    const parameter = new CfnParameter(aStack(), 'Time').valueAsString;

    expect(timestampOf(RestoreTime.atTimestamp(parameter))).toBe(parameter);
  });

  test.each(['', 'yesterday', '2025-03-09', '2025-03-09T01:30:00', '2025-13-09T01:30:00Z', '2025-02-30T01:30:00Z', '2025-03-09T25:30:00Z', '2025-03-09T01:30:00+0100', '1741483800'])('is not %j', (text) => {
    expect(messageOf(() => RestoreTime.atTimestamp(text))).toBe(
      `RestoreTime.atTimestamp takes a time with its zone in ISO 8601, for example '2026-11-23T07:30:00Z', got '${text}'`,
    );
  });

  test('is not an invalid date', () => {
    expect(messageOf(() => RestoreTime.at(new Date('yesterday')))).toMatch(/^RestoreTime\.at takes a valid date, got 'Invalid Date'; .*RestoreTime\.atTimestamp\('2026-11-23T07:30:00Z'\)$/);
  });

  test('is not in the future', () => {
    const tomorrow = new Date(Date.now() + 86_400_000);
    const message = (method: string) => `RestoreTime.${method} takes a time in the past, got ${tomorrow.toISOString()}; for the latest time that can be restored, use RestoreTime.latest()`;

    expect(messageOf(() => RestoreTime.at(tomorrow))).toBe(message('at'));
    expect(messageOf(() => RestoreTime.atTimestamp(tomorrow.toISOString()))).toBe(message('atTimestamp'));
  });
});
