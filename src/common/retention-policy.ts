import { Duration, TimeZone, Token } from 'aws-cdk-lib';
import { isTimeZone } from '../core/plan/is-time-zone';
import { RetentionRule, TIER_NAMES, TierCounts } from '../core/plan/retention';

/**
 * What a policy by age may be told besides the age.
 */
export interface KeepForOptions {
  /**
   * How many of the newest completed snapshots stay, however old they are.
   *
   * A whole number from 1: the newest one is never deleted, so that a cluster that could not be backed up for a long time keeps its last
   * snapshot. Another value is an error at synth.
   *
   * @default 1
   */
  readonly minimumSnapshots?: number;
}

/**
 * Of how many hours, days, weeks, months and years a snapshot is kept: grandfather, father, son.
 *
 * Each number is a whole number from 1; leave out the tiers that you do not need, but set at least one. Anything else is an error at synth.
 */
export interface TieredRetentionOptions {
  /**
   * Of how many hours the newest snapshot is kept: the most recent hours that have one. A whole number from 1; another value is an error at synth.
   *
   * @default - no hourly tier
   */
  readonly hourly?: number;

  /**
   * Of how many days the newest snapshot is kept: the most recent days that have one. A whole number from 1; another value is an error at synth.
   *
   * @default - no daily tier
   */
  readonly daily?: number;

  /**
   * Of how many weeks the newest snapshot is kept: the most recent weeks that have one. Weeks are those of ISO 8601: they begin on Monday. A whole
   * number from 1; another value is an error at synth.
   *
   * @default - no weekly tier
   */
  readonly weekly?: number;

  /**
   * Of how many months the newest snapshot is kept: the most recent months that have one. A whole number from 1; another value is an error at synth.
   *
   * @default - no monthly tier
   */
  readonly monthly?: number;

  /**
   * Of how many years the newest snapshot is kept: the most recent years that have one. A whole number from 1; another value is an error at synth.
   *
   * @default - no yearly tier
   */
  readonly yearly?: number;

  /**
   * The time zone whose hours, days, weeks, months and years they are: it decides where one day ends and the next begins.
   *
   * A time zone that is not known is an error at synth.
   *
   * @default - the time zone of the schedule
   */
  readonly timeZone?: TimeZone;

  /**
   * How many of the newest completed snapshots stay, also when no tier holds them.
   *
   * A whole number from 1. Another value is an error at synth.
   *
   * @default 1
   */
  readonly minimumSnapshots?: number;
}

/**
 * How long snapshots are kept.
 *
 * A policy is applied to the snapshots of each cluster by itself, in each Region by itself, whenever a new one is complete there. What counts
 * is the age of the data: a copy is as old as the snapshot that it is a copy of. Only completed snapshots count, and the newest of them is
 * never deleted, whatever the policy says.
 *
 * Manual snapshots never expire by themselves, and RDS allows 100 of them in an account and a Region unless the quota is raised (automated
 * backups do not count).
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html
 */
export class RetentionPolicy {
  /**
   * Keeps the newest ones.
   *
   * @param count how many: a whole number from 1. Another value is an error at synth.
   */
  public static keepLast(count: number): RetentionPolicy {
    checkCount('RetentionPolicy.keepLast: count', count, 'to keep none, do not make any');
    return new RetentionPolicy(() => ({ keep: 'last', count }), [count]);
  }

  /**
   * Keeps those whose data is not older than this.
   *
   * @param age one hour or more, in whole seconds. Another value is an error at synth.
   * @param options How many of the newest stay, however old they are.
   */
  public static keepFor(age: Duration, options: KeepForOptions = {}): RetentionPolicy {
    const seconds = age.toSeconds();
    if (!Token.isUnresolved(seconds) && seconds < 3600) {
      throw new Error(`RetentionPolicy.keepFor: age must be one hour or more, got ${age.toHumanString()}; to keep only the newest ones, use RetentionPolicy.keepLast()`);
    }
    const minimumSnapshots = minimumOf('RetentionPolicy.keepFor', options);
    return new RetentionPolicy(() => ({ keep: 'for', seconds, minimumSnapshots }), [seconds, minimumSnapshots]);
  }

  /**
   * Keeps the newest snapshot of each of the most recent hours, days, weeks, months and years.
   *
   * With `daily: 7`, the newest snapshot of each of the seven most recent days that have one is kept. Days without a snapshot use up
   * nothing: after two weeks in which none could be taken there are still seven. One snapshot may be that of its day, its week and its month
   * at the same time, and stays as long as any tier holds it.
   *
   * @param options How many of each tier are kept, and in which time zone.
   * @example
   * RetentionPolicy.tiered({ daily: 7, weekly: 5, monthly: 12, yearly: 7 });
   */
  public static tiered(options: TieredRetentionOptions): RetentionPolicy {
    const tiers = TIER_NAMES.filter((name) => options[name] !== undefined);
    if (tiers.length === 0) {
      throw new Error(`RetentionPolicy.tiered must have at least one tier, got none; set one of ${TIER_NAMES.join(', ')}, for example daily: 7`);
    }
    const counts: Omit<TierCounts, 'timeZone'> = Object.fromEntries(tiers.map((name) => [name, options[name]]));
    tiers.forEach((name) => checkCount(`RetentionPolicy.tiered: ${name}`, options[name]!, 'leave the tier out if you do not need it'));
    const minimumSnapshots = minimumOf('RetentionPolicy.tiered', options);
    const ownTimeZone = options.timeZone?.timezoneName;
    checkTimeZone(ownTimeZone);
    return new RetentionPolicy(
      (timeZone) => ({ keep: 'tiers', ...counts, timeZone: ownTimeZone ?? timeZone, minimumSnapshots }),
      [...Object.values(counts), minimumSnapshots],
    );
  }

  /**
   * Keeps everything: nothing is ever deleted, and their number grows until the quota of RDS is reached.
   */
  public static keepAll(): RetentionPolicy {
    return new RetentionPolicy(() => ({ keep: 'all' }), []);
  }

  private constructor(private readonly ruleIn: (timeZone: string) => RetentionRule, private readonly numbers: readonly number[]) {}

  /**
   * What is written into a plan whose schedule is in the time zone.
   *
   * @internal
   */
  public _rule(timeZone: string): RetentionRule {
    return this.ruleIn(timeZone);
  }

  /**
   * Whether it is known at synth what it keeps; otherwise nothing can be forecast.
   *
   * @internal
   */
  public _isKnownAtSynth(): boolean {
    return !this.numbers.some((number) => Token.isUnresolved(number));
  }
}

function minimumOf(method: string, { minimumSnapshots = 1 }: { readonly minimumSnapshots?: number }): number {
  checkCount(`${method}: minimumSnapshots`, minimumSnapshots, 'the newest snapshot is always kept');
  return minimumSnapshots;
}

function checkCount(prop: string, value: number, remedy: string): void {
  if (!Token.isUnresolved(value) && (!Number.isSafeInteger(value) || value < 1)) {
    throw new Error(`${prop} must be a whole number from 1, got ${value}; ${remedy}`);
  }
}

/** Otherwise nobody would hear of it before something is pruned. */
function checkTimeZone(name: string | undefined): void {
  if (name === undefined || Token.isUnresolved(name)) {
    return;
  }
  if (!isTimeZone(name)) {
    throw new Error(`RetentionPolicy.tiered: timeZone must be the IANA name of a time zone, got '${name}'; use a constant of TimeZone, for example TimeZone.EUROPE_PARIS`);
  }
}
