import { tzOffset } from '@date-fns/tz';
import { getISOWeek, getISOWeekYear } from 'date-fns';
import { Calendar, Period } from '../../core/plan/calendar';

/** What clocks and calendars on the wall show. */
interface WallClock {
  /** ISO 8601, without an offset. */
  readonly text: string;
  readonly offsetMinutes: number;
}

/**
 * The calendar of the time zones that Node.js knows.
 *
 * The offset from UTC is looked up once for each instant, and weeks are counted on plain dates: arithmetic on date-fns' dates in a time zone
 * takes a hundred times as long, and a plan may have to date tens of thousands of snapshots.
 */
export function calendarOfTimeZones(): Calendar {
  const wallClock = rememberingTheLast(wallClockOf);
  const isoWeek = rememberingTheLast(isoWeekOf);
  return {
    periodOf(period: Period, time: Date, timeZone: string): string {
      const { text, offsetMinutes } = wallClock(time.getTime(), timeZone);
      switch (period) {
        case 'hour':
          return text.slice(0, 'yyyy-mm-ddThh'.length) + offsetText(offsetMinutes);
        case 'day':
          return text.slice(0, 'yyyy-mm-dd'.length);
        case 'week':
          return isoWeek(text.slice(0, 'yyyy-mm-dd'.length));
        case 'month':
          return text.slice(0, 'yyyy-mm'.length);
        case 'year':
          return text.slice(0, 'yyyy'.length);
      }
    },
  };
}

function wallClockOf(time: number, timeZone: string): WallClock {
  const offsetMinutes = tzOffset(timeZone, new Date(time));
  if (Number.isNaN(offsetMinutes)) {
    throw new Error(`the time zone '${timeZone}' is not one that the runtime knows; use the IANA name of one, for example Europe/Paris`);
  }
  return { text: new Date(time + offsetMinutes * 60_000).toISOString(), offsetMinutes };
}

/** All tiers ask for the same instant, one after the other, and neighbours are often of one day. */
function rememberingTheLast<A extends readonly unknown[], R>(find: (...args: A) => R): (...args: A) => R {
  let last: { readonly args: A; readonly found: R } | undefined;
  return (...args) => {
    if (!last || !args.every((arg, index) => arg === last!.args[index])) {
      last = { args, found: find(...args) };
    }
    return last.found;
  };
}

function isoWeekOf(day: string): string {
  const [year, month, dayOfMonth] = day.split('-').map(Number);
  // Noon of that date, wherever this runs: no time zone skips or repeats it.
  const date = new Date(year, month - 1, dayOfMonth, 12);
  return `${getISOWeekYear(date)}-W${twoDigits(getISOWeek(date))}`;
}

function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${twoDigits(Math.floor(size / 60))}:${twoDigits(size % 60)}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
