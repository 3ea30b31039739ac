import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { Period } from '../../../src/core/plan/calendar';
import { calendarOfTimeZones } from '../../../src/runtime/plan/calendar';

const calendar = calendarOfTimeZones();
const periodOf = (period: Period, time: string, timeZone = 'Europe/Paris') => calendar.periodOf(period, new Date(time), timeZone);

describe('the periods of an instant', () => {
  test.each<[Period, string]>([
    ['hour', '2026-11-21T00+01:00'],
    ['day', '2026-11-21'],
    ['week', '2026-W47'],
    ['month', '2026-11'],
    ['year', '2026'],
  ])('are those of the clocks and calendars of its time zone: %s', (period, text) => {
    expect(periodOf(period, '2026-11-20T23:30:00Z')).toBe(text);
  });

  test.each<[zone: string, time: string, day: string]>([
    ['UTC', '2026-11-20T23:30:00Z', '2026-11-20'],
    ['Pacific/Kiritimati', '2026-11-20T10:00:00Z', '2026-11-21'],
    ['Pacific/Honolulu', '2026-11-20T09:59:59Z', '2026-11-19'],
    ['Asia/Kolkata', '2026-11-20T18:29:59Z', '2026-11-20'],
    ['Asia/Kolkata', '2026-11-20T18:30:00Z', '2026-11-21'],
  ])('in %s, %s is on %s', (zone, time, day) => {
    expect(periodOf('day', time, zone)).toBe(day);
  });
});

describe('a week is one of ISO 8601', () => {
  test.each([
    ['2026-12-31T12:00:00Z', '2026-W53'],
    ['2027-01-03T12:00:00Z', '2026-W53'],
    ['2027-01-04T12:00:00Z', '2027-W01'],
    ['2025-12-28T12:00:00Z', '2025-W52'],
    ['2025-12-29T12:00:00Z', '2026-W01'],
    ['2028-02-29T12:00:00Z', '2028-W09'],
  ])('%s is in %s', (time, week) => {
    expect(periodOf('week', time)).toBe(week);
  });
});

describe('when the clocks change', () => {
  test('an hour that is repeated is two hours', () => {
    expect(periodOf('hour', '2026-10-25T00:30:00Z')).toBe('2026-10-25T02+02:00');
    expect(periodOf('hour', '2026-10-25T01:30:00Z')).toBe('2026-10-25T02+01:00');
  });

  test('the hour that is skipped is none', () => {
    expect(periodOf('hour', '2026-03-29T00:59:59Z')).toBe('2026-03-29T01+01:00');
    expect(periodOf('hour', '2026-03-29T01:00:00Z')).toBe('2026-03-29T03+02:00');
  });

  test('the day stays one, of 25 or 23 hours', () => {
    expect(periodOf('day', '2026-10-24T22:00:00Z')).toBe('2026-10-25');
    expect(periodOf('day', '2026-10-25T22:59:59Z')).toBe('2026-10-25');
    expect(periodOf('day', '2026-03-28T23:00:00Z')).toBe('2026-03-29');
    expect(periodOf('day', '2026-03-29T21:59:59Z')).toBe('2026-03-29');
  });

  test('by half an hour, in Lord Howe, the hour that is repeated in part is two', () => {
    expect(periodOf('hour', '2026-04-04T14:45:00Z', 'Australia/Lord_Howe')).toBe('2026-04-05T01+11:00');
    expect(periodOf('hour', '2026-04-04T15:15:00Z', 'Australia/Lord_Howe')).toBe('2026-04-05T01+10:30');
  });

  test('across midnight, as once in Newfoundland, the day before goes on after the first minute of the next', () => {
    expect(periodOf('day', '2010-11-07T02:30:30Z', 'America/St_Johns')).toBe('2010-11-07');
    expect(periodOf('day', '2010-11-07T02:31:00Z', 'America/St_Johns')).toBe('2010-11-06');
    expect(periodOf('day', '2010-11-07T03:31:00Z', 'America/St_Johns')).toBe('2010-11-07');
  });

  test('by a day, as once in Samoa, the day that is skipped is none', () => {
    expect(periodOf('day', '2011-12-30T09:59:59Z', 'Pacific/Apia')).toBe('2011-12-29');
    expect(periodOf('day', '2011-12-30T10:00:00Z', 'Pacific/Apia')).toBe('2011-12-31');
  });
});

test('a time zone that is not known is an error, and no calendar at all', () => {
  expect(() => periodOf('day', '2026-11-20T12:00:00Z', 'Europe/Pari'))
    .toThrow("the time zone 'Europe/Pari' is not one that the runtime knows; use the IANA name of one, for example Europe/Paris");
});

test('it agrees with what Intl writes, whatever the instant and the time zone', () => {
  const zones = ['UTC', 'Europe/Paris', 'America/New_York', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia', 'Africa/Casablanca'];
  const formats = new Map(zones.map((timeZone) => [timeZone, new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short' })]));
  const times = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2060, 0) });

  fc.assert(fc.property(times, fc.constantFrom(...zones), (time, zone) => {
    const day = formats.get(zone)!.format(time);
    const periods = (['day', 'month', 'year'] as const).map((period) => calendar.periodOf(period, new Date(time), zone));

    return periods[0] === day && periods[1] === day.slice(0, 7) && periods[2] === day.slice(0, 4);
  }), { numRuns: 5000 });
});

test('a week is seven days, wherever and whenever', () => {
  const noon = (day: number) => new Date(Date.UTC(2000, 0, 3 + day, 12));

  fc.assert(fc.property(fc.nat({ max: 36_500 }), (day) => {
    const isMonday = day % 7 === 0;

    return (calendar.periodOf('week', noon(day), 'UTC') !== calendar.periodOf('week', noon(day + 6), 'UTC')) === !isMonday;
  }), { numRuns: 2000 });
});

test.each(['America/Sao_Paulo', 'Pacific/Apia', 'Asia/Tehran'])('where the function runs makes no difference: %s', (here) => {
  const script = `require('ts-node').register({ transpileOnly: true });
    const { calendarOfTimeZones } = require('./src/runtime/plan/calendar.ts');
    const weeks = Array.from({ length: 3000 }, (_, day) => calendarOfTimeZones().periodOf('week', new Date(Date.UTC(2005, 0, day, 12)), 'UTC'));
    console.log(JSON.stringify(weeks));`;
  const weeks = JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', env: { ...process.env, TZ: here } }));

  expect(weeks).toEqual(Array.from({ length: 3000 }, (_, day) => calendar.periodOf('week', new Date(Date.UTC(2005, 0, day, 12)), 'UTC')));
});
