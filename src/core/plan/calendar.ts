/** What tiers and export frequencies count in; a week is one of ISO 8601 and begins on Monday. */
export type Period = 'hour' | 'day' | 'week' | 'month' | 'year';

/** The calendar of every time zone. It is given to who decides, so that the rules need no library of time zones. */
export interface Calendar {
  /**
   * The period that an instant falls into, as a text that is the same for two instants exactly when their period is: `2026-11-20`, `2026-W47`.
   *
   * An hour that the clocks repeat in autumn is two hours, told apart by their offset from UTC; the day with both of them is one day.
   */
  periodOf(period: Period, time: Date, timeZone: string): string;
}
