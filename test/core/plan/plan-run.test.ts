import { runName } from '../../../src/core/plan/plan-run';

test('the name of a run is the time at which it was due, in characters that names may have', () => {
  expect(runName('2026-11-22T03:00:00Z')).toBe('2026-11-22T03-00-00Z');
  expect(runName('2026-11-22T03:00:00.123+01:00')).toBe('2026-11-22T03-00-00-123-01-00');
});

test('a schedule that fires twice has one name, the next time it fires another', () => {
  expect(runName('2026-11-22T03:00:00Z')).toBe(runName('2026-11-22T03:00:00Z'));
  expect(runName('2026-11-22T03:00:00Z')).not.toBe(runName('2026-11-22T03:00:01Z'));
});

test('no name is longer than Step Functions takes', () => {
  expect(runName('2'.repeat(200))).toHaveLength(80);
});
