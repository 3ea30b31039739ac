/**
 * When an expression of EventBridge Scheduler fires, as far as a forecast needs it: by a calendar whose days all have 24 hours.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export type Schedule =
  | { readonly kind: 'rate'; readonly seconds: number }
  | {
    readonly kind: 'cron';
    readonly firesOn: (day: CalendarDay) => boolean;
    /** The minutes of such a day, in order. */
    readonly minutes: readonly number[];
  };

export interface CalendarDay {
  /** Counted on from some day. */
  readonly number: number;
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly dayOfMonth: number;
  readonly daysInMonth: number;
  /** From 1, a Sunday, to 7, as cron counts. */
  readonly dayOfWeek: number;
}

/** Undefined for what fires once, is only known when the stack deploys, or is not known here. */
export function parseSchedule(expression: string): Schedule | undefined {
  const rate = /^rate\(\s*([1-9]\d*)\s+(minute|hour|day)s?\s*\)$/.exec(expression);
  if (rate) {
    return { kind: 'rate', seconds: Number(rate[1]) * { minute: 60, hour: 3600, day: 86_400 }[rate[2] as 'minute' | 'hour' | 'day'] };
  }
  const cron = /^cron\(\s*(.*?)\s*\)$/.exec(expression);
  const fields = cron?.[1].toUpperCase().split(/\s+/);
  return fields?.length === 6 ? parseCron(fields) : undefined;
}

/** Years are left out: a schedule that ends is forecast as if it went on. */
function parseCron([minute, hour, dayOfMonth, month, dayOfWeek]: readonly string[]): Schedule | undefined {
  const minutes = valuesOf(minute, 0, 59);
  const hours = valuesOf(hour, 0, 23);
  const months = valuesOf(month, 1, 12, MONTHS);
  const inMonth = dayOfMonthMatcher(dayOfMonth);
  const inWeek = dayOfWeekMatcher(dayOfWeek);
  if (!minutes || !hours || !months || !inMonth || !inWeek) {
    return undefined;
  }
  return {
    kind: 'cron',
    firesOn: (day) => months.includes(day.month) && inMonth(day) && inWeek(day),
    minutes: hours.flatMap((itsHour) => minutes.map((itsMinute) => itsHour * 60 + itsMinute)),
  };
}

type DayMatcher = (day: CalendarDay) => boolean;

/** Besides numbers: `L`, the last day, and `15W`, the weekday nearest to the 15th. */
function dayOfMonthMatcher(field: string): DayMatcher | undefined {
  if (field === 'L') {
    return ({ dayOfMonth, daysInMonth }) => dayOfMonth === daysInMonth;
  }
  // Once a month is all that matters of it; which day, by one or two, is not.
  const nearestWeekday = /^(\d+|L)W$/.exec(field);
  if (nearestWeekday) {
    return dayOfMonthMatcher(nearestWeekday[1]);
  }
  const days = valuesOf(field, 1, 31);
  return days && (({ dayOfMonth }) => days.includes(dayOfMonth));
}

/** Besides numbers and names: `6L`, the last Friday of the month, `6#3`, the third, and `L`, a Saturday. */
function dayOfWeekMatcher(field: string): DayMatcher | undefined {
  const last = /^(\w+)L$/.exec(field);
  if (last) {
    const itsDay = valueOf(last[1], 1, 7, DAYS);
    return itsDay === undefined ? undefined : ({ dayOfWeek, dayOfMonth, daysInMonth }) => dayOfWeek === itsDay && dayOfMonth + 7 > daysInMonth;
  }
  const nth = /^(\w+)#([1-5])$/.exec(field);
  if (nth) {
    const itsDay = valueOf(nth[1], 1, 7, DAYS);
    return itsDay === undefined ? undefined : ({ dayOfWeek, dayOfMonth }) => dayOfWeek === itsDay && Math.ceil(dayOfMonth / 7) === Number(nth[2]);
  }
  const days = valuesOf(field === 'L' ? '7' : field, 1, 7, DAYS);
  return days && (({ dayOfWeek }) => days.includes(dayOfWeek));
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** The values that a field stands for, in order: `*`, `?`, `5`, `MON`, `1-5`, `0/15`, `8-18/2`, and lists of them. */
function valuesOf(field: string, least: number, greatest: number, names: readonly string[] = []): number[] | undefined {
  const found = new Set<number>();
  for (const item of field.split(',')) {
    const match = /^(?:([*?])|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(item);
    if (!match) {
      return undefined;
    }
    const [, any, first, last, step] = match;
    const from = any ? least : valueOf(first, least, greatest, names);
    // `5` is only 5, but `5/15` goes on to the end.
    const to = any || (last === undefined && step !== undefined) ? greatest : valueOf(last ?? first, least, greatest, names);
    if (from === undefined || to === undefined || step === '0') {
      return undefined;
    }
    const wanted = to < from ? greatest + to - least + 1 : to; // FRI-MON
    for (let value = from; value <= wanted; value += Number(step ?? 1)) {
      found.add(value > greatest ? value - greatest + least - 1 : value);
    }
  }
  return [...found].sort((a, b) => a - b);
}

function valueOf(text: string, least: number, greatest: number, names: readonly string[]): number | undefined {
  const value = names.includes(text) ? names.indexOf(text) + 1 : /^\d+$/.test(text) ? Number(text) : NaN;
  return value >= least && value <= greatest ? value : undefined;
}
