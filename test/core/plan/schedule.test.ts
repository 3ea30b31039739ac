import { Schedule, parseSchedule } from '../../../src/core/plan/schedule';

/** The days of a month on which it fires. */
function daysIn(year: number, month: number, expression: string): number[] {
  const schedule = parseSchedule(expression);
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return Array.from({ length: daysInMonth }, (_, index) => index + 1).filter((dayOfMonth) => {
    const date = new Date(Date.UTC(year, month - 1, dayOfMonth));
    const day = { number: date.getTime() / 86_400_000, year, month, dayOfMonth, daysInMonth, dayOfWeek: date.getUTCDay() + 1 };
    return (schedule as Schedule & { kind: 'cron' }).firesOn(day);
  });
}

const minutesOf = (expression: string) => (parseSchedule(expression) as Schedule & { kind: 'cron' }).minutes.map((minute) => minute / 60);

test.each([
  ['rate(1 minute)', 60],
  ['rate(15 minutes)', 900],
  ['rate(1 hour)', 3600],
  ['rate(36 hours)', 129_600],
  ['rate(7 days)', 604_800],
])('%s is every %i seconds', (expression, seconds) => {
  expect(parseSchedule(expression)).toEqual({ kind: 'rate', seconds });
});

describe('the days on which it fires, in November 2026, which begins on a Sunday', () => {
  const all = Array.from({ length: 30 }, (_, index) => index + 1);

  test.each<[string, number[]]>([
    ['cron(0 3 * * ? *)', all],
    ['cron(0 3 ? * * *)', all],
    ['cron(0 3 ? * SUN *)', [1, 8, 15, 22, 29]],
    ['cron(0 3 ? * 1 *)', [1, 8, 15, 22, 29]],
    ['cron(0 3 ? * MON,WED *)', [2, 4, 9, 11, 16, 18, 23, 25, 30]],
    ['cron(0 3 ? * FRI-MON *)', all.filter((day) => ![3, 4, 5].includes(day % 7))],
    ['cron(0 3 ? * MON-FRI *)', all.filter((day) => ![0, 1].includes(day % 7))],
    ['cron(0 3 ? * L *)', [7, 14, 21, 28]],
    ['cron(0 3 ? * 6L *)', [27]],
    ['cron(0 3 ? * FRI#3 *)', [20]],
    ['cron(0 3 ? * 2#5 *)', [30]],
    ['cron(0 3 1,15 * ? *)', [1, 15]],
    ['cron(0 3 1/10 * ? *)', [1, 11, 21]],
    ['cron(0 3 L * ? *)', [30]],
    ['cron(0 3 15W * ? *)', [15]],
    ['cron(0 3 LW * ? *)', [30]],
    ['cron(0 3 1 JAN,NOV ? *)', [1]],
    ['cron(0 3 1 1-10 ? *)', []],
    ['cron(0 3 * */5 ? 2026-2030)', all],
  ])('%s', (expression, days) => {
    expect(daysIn(2026, 11, expression)).toEqual(days);
  });

  test('in February, the last day is that of the year', () => {
    expect(daysIn(2028, 2, 'cron(0 3 L * ? *)')).toEqual([29]);
  });
});

test.each<[string, number[]]>([
  ['cron(0 3 * * ? *)', [3]],
  ['cron(15,45 3 * * ? *)', [3.25, 3.75]],
  ['cron(0 0/6 * * ? *)', [0, 6, 12, 18]],
  ['cron(0 */8 * * ? *)', [0, 8, 16]],
  ['cron(30 8-18/4 ? * MON *)', [8.5, 12.5, 16.5]],
  ['cron(0 22-1 * * ? *)', [0, 1, 22, 23]],
  ['cron( 0  3  *  *  ?  * )', [3]],
])('the hours at which it fires: %s', (expression, hours) => {
  expect(minutesOf(expression)).toEqual(hours);
});

test.each([
  'at(2026-11-20T03:00:00)', 'rate(0 days)', 'rate(1 week)', '', '${Token[TOKEN.12]}', 'cron(0 3 * * ?)', 'cron(0 24 * * ? *)', 'cron(60 3 * * ? *)',
  'cron(0 3 32 * ? *)', 'cron(0 3 ? * 8 *)', 'cron(0 3 ? * XYL *)', 'cron(0 3 ? * 1#6 *)', 'cron(0 3 * XXX ? *)', 'cron(0/0 3 * * ? *)', 'cron(x 3 * * ? *)',
  'cron(0 3 ? * SUN#1,MON *)',
])('nothing is said of %p', (expression) => {
  expect(parseSchedule(expression)).toBeUndefined();
});
