import * as fc from 'fast-check';
import { forecastKept, longestIntervalSeconds, shortestIntervalSeconds, startIntervalSeconds } from '../../../src/core/plan/forecast';
import { DatedSnapshot, RetentionRule, decideRetention } from '../../../src/core/plan/retention';
import { Schedule, parseSchedule } from '../../../src/core/plan/schedule';
import { calendarOfTimeZones } from '../../../src/runtime/plan/calendar';

const HOUR = 3600;
const DAY = 24 * HOUR;
const NIGHTLY = 'cron(0 3 * * ? *)';

const keepFor = (seconds: number, minimumSnapshots = 1): RetentionRule => ({ keep: 'for', seconds, minimumSnapshots });
const tiers = (counts: object, minimumSnapshots = 1): RetentionRule => ({ keep: 'tiers', timeZone: 'Europe/Paris', minimumSnapshots, ...counts });
const forecast = (rule: RetentionRule, expression: string) => forecastKept(rule, parseSchedule(expression)!);

describe('the time from one start to the next is, on average', () => {
  test.each([
    [NIGHTLY, DAY],
    ['rate(36 hours)', 36 * HOUR],
    ['cron(0/15 * * * ? *)', HOUR / 4],
    ['cron(0 3 ? * SUN *)', 7 * DAY],
    ['cron(0 8-18/2 ? * MON-FRI *)', 7 * DAY / 30],
    ['cron(0 3 1 * ? *)', 365.25 * DAY / 12],
    ['cron(0 3 29 2 ? *)', 4 * 365.25 * DAY],
    ['cron(0 3 30 2 ? *)', Infinity],
  ])('%s: %d seconds', (expression, seconds) => {
    expect(startIntervalSeconds(parseSchedule(expression)!)).toBeCloseTo(seconds, 6);
  });
});

describe('the time from one start to the next is, at least', () => {
  test.each([
    [NIGHTLY, DAY],
    ['rate(36 hours)', 36 * HOUR],
    ['cron(* 3 * * ? *)', 60],
    ['cron(0,50 3 * * ? *)', 50 * 60],
    ['cron(0 2,3,9 * * ? *)', HOUR],
    ['cron(0 1,23 * * ? *)', 2 * HOUR],
  ])('%s: %d seconds', (expression, seconds) => {
    expect(shortestIntervalSeconds(parseSchedule(expression)!)).toBe(seconds);
  });
});

describe('the time from one start to the next is, at most', () => {
  test.each([
    [NIGHTLY, DAY],
    ['rate(36 hours)', 36 * HOUR],
    ['cron(0 2,3,9 * * ? *)', 17 * HOUR],
    ['cron(0/15 * * * ? *)', HOUR / 4],
    ['cron(0 8,20 ? * MON-FRI *)', 60 * HOUR],
    ['cron(0 3 1 * ? *)', 31 * DAY],
    ['cron(0 3 30 2 ? *)', Infinity],
  ])('%s: %d seconds', (expression, seconds) => {
    expect(longestIntervalSeconds(parseSchedule(expression)!)).toBe(seconds);
  });
});

describe('of each cluster there will be', () => {
  test('for ever more, of all', () => {
    expect(forecast({ keep: 'all' }, NIGHTLY)).toBeUndefined();
  });

  test('so many, of the newest', () => {
    expect(forecast({ keep: 'last', count: 30 }, NIGHTLY)).toBe(30);
  });

  test.each<[seconds: number, expression: string, snapshots: number]>([
    [14 * DAY, NIGHTLY, 15],
    [14 * DAY, 'rate(1 day)', 15],
    [14 * DAY, 'cron(0 3 ? * MON-FRI *)', 11],
    [14 * DAY, 'cron(0 3 ? * SUN *)', 3],
    [365 * DAY, 'cron(0 3 1 * ? *)', 13],
    [40 * 365 * DAY, 'cron(0 3 1 1 ? *)', 40], // ten leap days too short for the 41st
    [DAY, 'cron(0 * * * ? *)', 25],
    [6 * HOUR, 'cron(0/30 * * * ? *)', 13],
    [2 * DAY, 'cron(0 0/6 * * ? *)', 9],
    [23 * HOUR, NIGHTLY, 2], // in spring, a day has 23 hours
    [22 * HOUR, NIGHTLY, 1],
    [HOUR, 'cron(0 1,2,12 * * ? *)', 2],
    [2 * HOUR, 'cron(0 23,0,12 * * ? *)', 2],
  ])('by age, of the last %i seconds with %s: %i', (seconds, expression, snapshots) => {
    expect(forecast(keepFor(seconds), expression)).toBe(snapshots);
  });

  test('at least the minimum', () => {
    expect(forecast(keepFor(DAY, 5), 'rate(7 days)')).toBe(5);
    expect(forecast(tiers({ daily: 1 }, 5), NIGHTLY)).toBe(5);
    expect(forecast(tiers({ daily: 3 }, 5), 'cron(0/30 * * * ? *)')).toBe(7);
  });

  test.each<[counts: object, expression: string, snapshots: number]>([
    [{ daily: 7 }, NIGHTLY, 7],
    [{ daily: 7 }, 'cron(0 * * * ? *)', 7],
    [{ daily: 7, weekly: 5, monthly: 12, yearly: 7 }, NIGHTLY, 28], // on a 31 December: 7 days, 4 Sundays, 11 ends of months and 6 of years
    [{ weekly: 5, monthly: 12 }, 'cron(0 3 ? * SUN *)', 16],
    [{ monthly: 12, yearly: 7 }, 'cron(0 3 1 * ? *)', 18],
    [{ yearly: 1000 }, NIGHTLY, 1000],
    [{ hourly: 24 }, 'cron(0 * * * ? *)', 24],
    [{ hourly: 24, daily: 7 }, 'cron(0 * * * ? *)', 30],
    [{ hourly: 25, daily: 7 }, 'cron(0 * * * ? *)', 30],
    [{ hourly: 25, daily: 7 }, 'rate(1 hour)', 31], // in autumn, a day has 25 hours
    [{ hourly: 48, daily: 7 }, 'cron(0 * * * ? *)', 53],
    [{ hourly: 12, daily: 7 }, 'cron(0 0/6 * * ? *)', 16],
    [{ hourly: 24, daily: 7 }, NIGHTLY, 24],
  ])('in tiers, %j with %s: %i', (counts, expression, snapshots) => {
    expect(forecast(tiers(counts), expression)).toBe(snapshots);
  });
});

test('what tiers hold together counts once', () => {
  expect(forecast(tiers({ hourly: 1, daily: 1, weekly: 1, monthly: 1, yearly: 1 }), NIGHTLY)).toBe(1);
});

test('it is what remains when the schedule is played for years in which every run prunes, never less and hardly more', () => {
  const calendar = calendarOfTimeZones();
  const count = (max: number) => fc.option(fc.integer({ min: 1, max }), { nil: undefined });
  const rules = fc.oneof(
    fc.record({ hours: fc.integer({ min: 1, max: 40 * 24 }), minimum: fc.integer({ min: 1, max: 4 }) })
      .map(({ hours, minimum }) => keepFor(hours * HOUR, minimum)),
    {
      weight: 3,
      arbitrary: fc.record({ hourly: count(30), daily: count(10), weekly: count(6), monthly: count(6), yearly: count(2) })
        .map((counts) => tiers(counts)),
    },
  );
  const expressions = fc.constantFrom('rate(6 hours)', 'rate(5 hours)', 'rate(1 day)', 'rate(36 hours)', 'rate(7 days)', 'rate(10 days)');

  fc.assert(fc.property(rules, expressions, fc.nat({ max: 365 * 24 }), (rule, expression, begun) => {
    const schedule = parseSchedule(expression) as Schedule & { kind: 'rate' };
    let kept: DatedSnapshot[] = [];
    let most = 0;
    for (let time = begun * HOUR; time < begun * HOUR + 2 * 366 * DAY; time += schedule.seconds) {
      const now = new Date(Date.UTC(2024, 0) + time * 1000);
      const taken = { arn: String(time), identifier: '', status: 'available', isGood: true, dataTime: now };
      kept = decideRetention([taken, ...kept], rule, calendar, now).filter((decision) => decision.kept).map(({ snapshot }) => snapshot);
      most = Math.max(most, kept.length);
    }
    const expected = forecastKept(rule, schedule)!;

    expect(expected).toBeGreaterThanOrEqual(most);
    expect(expected).toBeLessThanOrEqual(1.3 * most + 1);
  }), { numRuns: 12 });
});
