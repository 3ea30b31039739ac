import { RetentionRule, TierName } from './retention';
import { CalendarDay, Schedule } from './schedule';

/** After this many years every date falls on the same weekday again. */
const CYCLE_YEARS = 28;
const DAYS_OF_CYCLE = CYCLE_YEARS * 365.25;
const DAY_SECONDS = 86_400;
const DAY_MINUTES = 1440;
const HOUR_SECONDS = 3600;
/** Tiers that reach back further than this are not played out. */
const LONGEST_HISTORY_YEARS = 100;
/** Of rates that hardly ever come to the same day of the week and the month, these stand for all. */
const MOST_BEGINNINGS = 31;

/** The average time between two starts, in seconds; infinite for a date that never comes. */
export function startIntervalSeconds(schedule: Schedule): number {
  return schedule.kind === 'rate' ? schedule.seconds : DAYS_OF_CYCLE * DAY_SECONDS / (runDays(schedule).length * schedule.minutes.length);
}

/** The longest time between two starts, in seconds; infinite for a date that never comes. */
export function longestIntervalSeconds(schedule: Schedule): number {
  if (schedule.kind === 'rate') {
    return schedule.seconds;
  }
  const { minutes } = schedule;
  const days = runDays(schedule);
  const mostDays = Math.max(...days.map((day, index) => (days[index + 1] ?? days[0] + DAYS_OF_CYCLE) - day));
  const overNight = mostDays * DAY_MINUTES - (minutes[minutes.length - 1] - minutes[0]);
  return days.length === 0 ? Infinity : Math.max(overNight, ...minutes.slice(1).map((minute, index) => minute - minutes[index])) * 60;
}

/** The shortest time between two starts, in seconds, as if it fired on every day. */
export function shortestIntervalSeconds(schedule: Schedule): number {
  if (schedule.kind === 'rate') {
    return schedule.seconds;
  }
  const { minutes } = schedule;
  return Math.min(...minutes.map((minute, index) => (minutes[index + 1] ?? minutes[0] + DAY_MINUTES) - minute)) * 60;
}

/**
 * The most snapshots of one cluster in one Region that are left when a run has pruned, once the plan has been running for as long as the rule
 * reaches back; undefined if their number grows for ever. While a run is at work there is one more.
 *
 * Never less than what is really kept if all runs happen at their times, whatever the time zone, and hardly more. Days of 23 and 25 hours are
 * counted in wherever the number depends on them; only a rate of a day or more, close to midnight, may make one more around them.
 */
export function forecastKept(rule: RetentionRule, schedule: Schedule): number | undefined {
  switch (rule.keep) {
    case 'all':
      return undefined;
    case 'last':
      return rule.count;
    case 'for':
      return Math.max(rule.minimumSnapshots, mostRunsWithin(rule.seconds, schedule));
    case 'tiers':
      return keptInTiers(rule, schedule);
  }
}

type Cron = Schedule & { readonly kind: 'cron' };
type Tiers = RetentionRule & { readonly keep: 'tiers' };

/** The days on which it fires in the years of one cycle, by number. */
function runDays(schedule: Cron): number[] {
  const days: number[] = [];
  for (const day of calendarDays(CYCLE_YEARS)) {
    if (schedule.firesOn(day)) {
      days.push(day.number);
    }
  }
  return days;
}

function* calendarDays(years: number): Generator<CalendarDay> {
  let number = 0; // 1 January 2000, a Saturday
  for (let year = 2000; year < 2000 + years; year++) {
    for (let month = 1; month <= 12; month++) {
      const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
      for (let dayOfMonth = 1; dayOfMonth <= daysInMonth; dayOfMonth++, number++) {
        yield { number, year, month, dayOfMonth, daysInMonth, dayOfWeek: (number + 6) % 7 + 1 };
      }
    }
  }
}

// ---- by age

/** The most runs within so many seconds, both ends included. */
export function mostRunsWithin(seconds: number, schedule: Schedule): number {
  if (schedule.kind === 'rate') {
    return Math.floor(seconds / schedule.seconds) + 1;
  }
  const { minutes } = schedule;
  // In spring the clocks skip an hour: to look back a day is to look back 25 hours of the clock. Where every hour has runs, it is one of theirs.
  const back = seconds + (hoursOf(minutes).size < 24 ? HOUR_SECONDS : 0);
  const wholeDays = Math.floor(back / DAY_SECONDS);
  return minutes.length === 1
    ? mostRunDays(wholeDays + 1, schedule)
    : minutes.length * mostRunDays(wholeDays, schedule) + mostMinutesWithin(back % DAY_SECONDS / 60, minutes);
}

/** On how many of so many days in a row it fires at most. */
function mostRunDays(howMany: number, schedule: Cron): number {
  const days = runDays(schedule);
  const wholeCycles = Math.floor(howMany / DAYS_OF_CYCLE);
  const rest = howMany % DAYS_OF_CYCLE;
  let most = 0;
  let first = 0;
  days.forEach((day, index) => {
    while (days[first] <= day - rest) {
      first++;
    }
    most = Math.max(most, index - first + 1);
  });
  return wholeCycles * days.length + most;
}

/** How many of the minutes of a day, on every day, lie within so many minutes at most, both ends included. */
function mostMinutesWithin(length: number, minutes: readonly number[]): number {
  const twoDays = [...minutes, ...minutes.map((minute) => minute + DAY_MINUTES)];
  return Math.max(...minutes.map((start) => twoDays.filter((minute) => minute >= start && minute <= start + length).length));
}

function hoursOf(minutes: readonly number[]): Set<number> {
  return new Set(minutes.map((minute) => Math.floor(minute / 60)));
}

// ---- in tiers

function keptInTiers(rule: Tiers, schedule: Schedule): number {
  const runs = runsOfADay(schedule);
  const { hourly = 0, minimumSnapshots } = rule;
  // While no hour has two runs, the newest ones are those of the newest hours.
  const hours = runs.perHour === 1 ? Math.max(hourly, minimumSnapshots) : hourly;
  const others = runs.perHour === 1 ? 0 : minimumSnapshots - 1;
  return runs.perDay === 1
    ? mostKeptOnDays({ ...rule, daily: Math.max(rule.daily ?? 0, hours) }, schedule)
    : mostKeptOnDays(rule, schedule) + hoursThatAreNoDays(hours, rule.daily ?? 0, runs.hoursPerDay) + others;
}

interface RunsOfADay {
  readonly perDay: number;
  readonly perHour: number;
  readonly hoursPerDay: number;
}

/** At most. */
function runsOfADay(schedule: Schedule): RunsOfADay {
  if (schedule.kind === 'rate') {
    const perDay = Math.ceil(DAY_SECONDS / schedule.seconds);
    // Rates do not heed the clocks: a day may have 25 hours.
    const hoursPerDay = Math.min(25, Math.ceil(25 * HOUR_SECONDS / schedule.seconds));
    return { perDay, perHour: Math.ceil(HOUR_SECONDS / schedule.seconds), hoursPerDay };
  }
  const { minutes } = schedule;
  return { perDay: minutes.length, perHour: Math.ceil(minutes.length / hoursOf(minutes).size), hoursPerDay: hoursOf(minutes).size };
}

/** How many of the newest hours are held only for themselves at most: not the newest one, and not the last of a day that is held anyway. */
function hoursThatAreNoDays(hours: number, days: number, hoursPerDay: number): number {
  const lastHoursOfDays = Math.ceil(Math.max(0, hours - hoursPerDay) / hoursPerDay);
  return hours === 0 ? 0 : hours - 1 - Math.min(lastHoursOfDays, Math.max(0, days - 1));
}

const PERIOD_OF_DAY: Readonly<Record<Exclude<TierName, 'hourly'>, (day: CalendarDay) => number>> = {
  daily: ({ number }) => number,
  weekly: ({ number }) => Math.floor((number + 5) / 7), // from Monday
  monthly: ({ year, month }) => year * 12 + month,
  yearly: ({ year }) => year,
};
const DAY_TIERS = Object.keys(PERIOD_OF_DAY) as (keyof typeof PERIOD_OF_DAY)[];

/** Plays the schedule until every date has been on every weekday, the last run of each day only; a day that several tiers hold counts once. */
function mostKeptOnDays(rule: Tiers, schedule: Schedule): number {
  return Math.max(...waysToFireOnDays(schedule).map((firesOn) => {
    const timesHeld = new Map<number, number>();
    const tiers = DAY_TIERS.map((name) => new DayTier(rule[name] ?? 0, PERIOD_OF_DAY[name], timesHeld));
    let most = 1;
    let end = Infinity;
    for (const day of calendarDays(CYCLE_YEARS + LONGEST_HISTORY_YEARS)) {
      if (day.number > end) {
        return most;
      }
      if (firesOn(day)) {
        tiers.forEach((tier) => tier.hold(day));
        most = Math.max(most, timesHeld.size);
      }
      if (end === Infinity && tiers.every((tier) => tier.isFull)) {
        end = day.number + DAYS_OF_CYCLE;
      }
    }
    // Some tier reaches back further than anybody will: as if no day but the newest were held twice.
    return tiers.reduce((sum, { size }) => sum + Math.max(0, size - 1), 1);
  }));
}

/** A rate may have begun on any day. */
function waysToFireOnDays(schedule: Schedule): ((day: CalendarDay) => boolean)[] {
  if (schedule.kind === 'cron') {
    return [schedule.firesOn];
  }
  const { seconds } = schedule;
  const runsUntil = (day: number) => Math.floor(day * DAY_SECONDS / seconds);
  // After so many days it fires at the same time of day again: rate(36 hours) after three.
  const differentBeginnings = seconds <= DAY_SECONDS ? 1 : Math.min(MOST_BEGINNINGS, seconds / greatestCommonDivisor(seconds, DAY_SECONDS));
  return Array.from({ length: differentBeginnings }, (_, beginning) => ({ number }: CalendarDay) =>
    runsUntil(number + beginning + 1) > runsUntil(number + beginning));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The newest day of each of the newest periods. */
class DayTier {
  private readonly days: number[] = [];
  private newestPeriod?: number;

  public constructor(
    public readonly size: number,
    private readonly periodOf: (day: CalendarDay) => number,
    /** How many tiers hold a day. */
    private readonly timesHeld: Map<number, number>,
  ) {}

  public get isFull(): boolean {
    return this.days.length === this.size;
  }

  public hold(day: CalendarDay): void {
    if (this.size === 0) {
      return;
    }
    const period = this.periodOf(day);
    if (period === this.newestPeriod) {
      this.letGo(this.days.pop()!);
    } else if (this.isFull) {
      this.letGo(this.days.shift()!);
    }
    this.newestPeriod = period;
    this.days.push(day.number);
    this.timesHeld.set(day.number, (this.timesHeld.get(day.number) ?? 0) + 1);
  }

  private letGo(day: number): void {
    const times = this.timesHeld.get(day)! - 1;
    if (times === 0) {
      this.timesHeld.delete(day);
    } else {
      this.timesHeld.set(day, times);
    }
  }
}
