import { Calendar, Period } from './calendar';
import { inWords } from './in-words';

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

export type TierName = Exclude<keyof TierCounts, 'timeZone'>;

/** The tiers, the finest first, and what each counts. */
export const TIER_PERIODS: Readonly<Record<TierName, Period>> = { hourly: 'hour', daily: 'day', weekly: 'week', monthly: 'month', yearly: 'year' };

export const TIER_NAMES = Object.keys(TIER_PERIODS) as TierName[];

/** A snapshot and the time of its data. */
export interface DatedSnapshot {
  readonly arn: string;
  readonly identifier: string;
  readonly status: string;
  /** Completed: one that a cluster can be restored from. */
  readonly isGood: boolean;
  /** When its data was the cluster's, which of a copy is not when the copy was made. */
  readonly dataTime?: Date;
}

export interface RetentionDecision {
  readonly snapshot: DatedSnapshot;
  readonly kept: boolean;
  /** Everything that keeps it, or why nothing does. */
  readonly because: readonly string[];
}

/**
 * What a rule keeps of the snapshots of one cluster in one Region, and why: the newest first.
 *
 * Only good ones with a time count, and of those the newest is kept whatever the rule says. What is not complete, or has no time, is kept
 * and takes nobody's place. So does one whose time is yet to come: a clock was wrong, and as the newest it would let all others go.
 */
export function decideRetention(snapshots: readonly DatedSnapshot[], rule: RetentionRule, calendar: Calendar, now: Date): RetentionDecision[] {
  const holds = holderFor(rule, calendar, now);
  let newest: Date | undefined;
  let position = 0;
  return [...snapshots].sort(newestFirst).map((snapshot) => {
    const { dataTime } = snapshot;
    if (!snapshot.isGood) {
      return rule.keep === 'all' ? keep(snapshot, 'everything is kept') : decideUnusable(snapshot, newest);
    }
    if (dataTime === undefined) {
      return keep(snapshot, 'its data time is not known');
    }
    if (dataTime > now) {
      return keep(snapshot, 'its data time is in the future');
    }
    newest ??= dataTime;
    const because = [...(position === 0 ? ['newest good one'] : []), ...holds.reasons(dataTime, position)];
    position++;
    return because.length > 0 ? keep(snapshot, ...because) : letGo(snapshot, holds.otherwise);
  });
}

/** `newest`: the time of the newest good one, if that is not older than this one. */
function decideUnusable(snapshot: DatedSnapshot, newest: Date | undefined): RetentionDecision {
  return snapshot.status === 'failed' && newest !== undefined && snapshot.dataTime !== undefined && snapshot.dataTime < newest
    ? letGo(snapshot, 'it failed, and a newer one is complete')
    : keep(snapshot, `not complete: it is '${snapshot.status}'`);
}

function keep(snapshot: DatedSnapshot, ...because: string[]): RetentionDecision {
  return { snapshot, kept: true, because };
}

function letGo(snapshot: DatedSnapshot, because: string): RetentionDecision {
  return { snapshot, kept: false, because: [because] };
}

/** Asked about every good snapshot once, the newest first. */
interface Holder {
  /** Why one goes that nothing holds. */
  readonly otherwise: string;
  /** What of the rule holds it; `position` is 0 for the newest. */
  reasons(dataTime: Date, position: number): string[];
}

function holderFor(rule: RetentionRule, calendar: Calendar, now: Date): Holder {
  switch (rule.keep) {
    case 'all':
      return { reasons: () => ['everything is kept'], otherwise: '' };
    case 'last': {
      const count = positive('count', rule.count);
      return {
        reasons: (_, position) => (position < count ? [`one of the newest ${count}`] : []),
        otherwise: `it is not one of the newest ${count}`,
      };
    }
    case 'for': {
      const age = inWords(positive('seconds', rule.seconds));
      const since = now.getTime() - rule.seconds * 1000;
      const minimum = minimumOf(rule.minimumSnapshots);
      return {
        reasons: (dataTime, position) => [...(dataTime.getTime() >= since ? [`not older than ${age}`] : []), ...minimum(position)],
        otherwise: `its data is older than ${age}`,
      };
    }
    case 'tiers': {
      const tiers = TIER_NAMES.filter((name) => rule[name] !== undefined)
        .map((name) => tierOf(name, positive(name, rule[name]), rule.timeZone, calendar));
      const minimum = minimumOf(rule.minimumSnapshots);
      return {
        reasons: (dataTime, position) => [...tiers.flatMap((tier) => tier(dataTime)), ...minimum(position)],
        otherwise: 'no tier holds it',
      };
    }
    default:
      // The rule was written by another release.
      throw new Error(`the retention rule ${JSON.stringify(rule)} is not known to this runtime: nothing is pruned; deploy the plan again`);
  }
}

/** A tier holds the first snapshot it meets in each period, which is the newest, until it has as many as it is for. */
function tierOf(name: TierName, count: number, timeZone: string, calendar: Calendar): (dataTime: Date) => string[] {
  // Not only the period before: clocks that are put back across midnight lead into a day a second time.
  const held = new Set<string>();
  return (dataTime) => {
    if (held.size === count) {
      return [];
    }
    const period = calendar.periodOf(TIER_PERIODS[name], dataTime, timeZone);
    if (held.has(period)) {
      return [];
    }
    held.add(period);
    return [`${name} ${period}`];
  };
}

function minimumOf(minimumSnapshots: number): (position: number) => string[] {
  const minimum = positive('minimumSnapshots', minimumSnapshots);
  return (position) => (position < minimum ? [`minimumSnapshots: one of the newest ${minimum}`] : []);
}

/** A comparison with what is no number is false without a word: it would let everything go. */
function positive(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
    throw new Error(`${name} of a retention rule must be a whole number from 1, got ${JSON.stringify(value)}: nothing is pruned; deploy the plan again`);
  }
  return value;
}

/** Those without a time first, and those of one time by their ARNs: the order in which RDS lists them decides nothing. */
function newestFirst(a: DatedSnapshot, b: DatedSnapshot): number {
  return timeOf(b) - timeOf(a) || (a.arn < b.arn ? -1 : 1);
}

function timeOf({ dataTime }: DatedSnapshot): number {
  return dataTime?.getTime() ?? Number.MAX_SAFE_INTEGER;
}
