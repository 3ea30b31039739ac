/** What a plan keeps: written by `RetentionPolicy`, read by whoever prunes. */
export type RetentionRule =
  | { readonly keep: 'all' }
  | { readonly keep: 'last'; readonly count: number }
  | { readonly keep: 'for'; readonly seconds: number; readonly minimumSnapshots: number }
  | ({ readonly keep: 'tiers'; readonly minimumSnapshots: number } & TierCounts);

/** Of how many of the most recent hours, days, ISO weeks, months and years that have a snapshot the newest one is kept. */
export interface TierCounts {
  readonly hourly?: number;
  readonly daily?: number;
  readonly weekly?: number;
  readonly monthly?: number;
  readonly yearly?: number;
  /** IANA name; the periods are those of its calendar. */
  readonly timeZone: string;
}
