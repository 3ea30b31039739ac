import { exportPeriodKey } from '../../../src/core/plan/export-period';
import { ExportPeriod } from '../../../src/core/plan/plan-rules';
import { calendarOfTimeZones } from '../../../src/runtime/plan/calendar';

const periodOf = (period: ExportPeriod, time: string) => exportPeriodKey(calendarOfTimeZones(), period, new Date(time), 'Europe/Paris', `run-of-${time}`);

test.each<[ExportPeriod, string]>([
  ['run', 'run-of-2026-12-31T23:30:00Z'],
  ['day', '2027-01-01'],
  ['week', '2026-W53'],
  ['month', '2027-01'],
])('a run after midnight of New Year in Paris is in the %s %s', (period, key) => {
  expect(periodOf(period, '2026-12-31T23:30:00Z')).toBe(key);
});

test.each<[ExportPeriod, string, string]>([
  ['day', '2026-11-20T00:00:00+01:00', '2026-11-20T23:59:59+01:00'],
  ['week', '2026-11-16T00:00:00+01:00', '2026-11-22T23:59:59+01:00'],
  ['month', '2026-11-01T00:00:00+01:00', '2026-11-30T23:59:59+01:00'],
])('the first and the last run of a %s share its export, the runs around them do not', (period, first, last) => {
  const justBefore = new Date(Date.parse(first) - 1000).toISOString();
  const justAfter = new Date(Date.parse(last) + 1000).toISOString();

  expect(periodOf(period, first)).toBe(periodOf(period, last));
  expect(periodOf(period, justBefore)).not.toBe(periodOf(period, first));
  expect(periodOf(period, justAfter)).not.toBe(periodOf(period, last));
});
