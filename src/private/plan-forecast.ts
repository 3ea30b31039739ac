import { Token } from 'aws-cdk-lib';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { scheduleOf } from './schedule-checks';
import { RetentionPolicy } from '../common/retention-policy';
import { forecastKept, startIntervalSeconds } from '../core/plan/forecast';
import { Schedule } from '../core/plan/schedule';

/** What RDS allows without asking. */
const SNAPSHOT_QUOTA = 100;

/** RDS makes so many copies into one Region at a time. */
const COPIES_AT_A_TIME = 5;

const HOUR_SECONDS = 3600;

/** A run waits for a busy cluster no longer than until the next run, and never longer than this: by then somebody has to know. */
const LONGEST_START_WINDOW_SECONDS = 6 * HOUR_SECONDS;
const SHORTEST_START_WINDOW_SECONDS = 600;

export interface ForecastProps {
  readonly schedule: scheduler.ScheduleExpression;
  readonly snapshotQuota?: number;
}

/** A Region in which a plan keeps snapshots, with the policy for each of the declared clusters there. */
export interface KeptSnapshots {
  readonly region: string;
  readonly policies: readonly RetentionPolicy[];
}

/** What can be said at synth of how a plan will fare: by its schedule, its policies and the clusters that were declared. */
export class PlanForecast {
  private readonly schedule?: Schedule;
  private readonly quota: number;
  /** A forecast in tiers plays decades, and hundreds of clusters have few policies. */
  private readonly kept = new Map<string, number>();

  constructor({ schedule, snapshotQuota = SNAPSHOT_QUOTA }: ForecastProps) {
    this.schedule = scheduleOf(schedule);
    this.quota = snapshotQuota;
  }

  /** How many snapshots a Region has in the end; Regions where nobody can tell, or that grow for ever, are left out. */
  public snapshots(regions: readonly KeptSnapshots[]): Record<string, number> {
    return Object.fromEntries(regions.flatMap(({ region, policies }) => {
      const count = this.countOf(policies);
      return count === undefined || count === Infinity || Token.isUnresolved(region) ? [] : [[region, count]];
    }));
  }

  /** How many hours one copy may take on average, if those of one run are to be complete before the next one begins. */
  public hoursPerCopy(clusters: number): number | undefined {
    const interval = this.intervalSeconds;
    return interval === undefined || clusters === 0 ? undefined : interval / HOUR_SECONDS * COPIES_AT_A_TIME / clusters;
  }

  public get startWindowSeconds(): number {
    const interval = this.intervalSeconds ?? HOUR_SECONDS;
    return Math.round(Math.min(LONGEST_START_WINDOW_SECONDS, Math.max(SHORTEST_START_WINDOW_SECONDS, interval)));
  }

  /** Sentences about Regions in which the snapshots of the plan will not fit into the quota. */
  public warnings(regions: readonly KeptSnapshots[]): string[] {
    if (Token.isUnresolved(this.quota)) {
      return [];
    }
    return regions.flatMap(({ region, policies }) => {
      const count = this.countOf(policies) ?? 0;
      // A run takes the snapshots of all clusters before it lets others go.
      return count + policies.length <= this.quota ? [] : [`the plan is going to have ${count === Infinity ? 'ever more' : count} manual cluster snapshots in `
        + `${Token.isUnresolved(region) ? 'one Region' : region}, and one more of each cluster while it runs, and the quota there is ${this.quota}: then nothing can be backed up any more; `
        + 'keep fewer, have the quota raised and say so with snapshotQuota, or acknowledge this warning'];
    });
  }

  private get intervalSeconds(): number | undefined {
    const interval = this.schedule && startIntervalSeconds(this.schedule);
    return interval === undefined || !Number.isFinite(interval) ? undefined : interval;
  }

  /** Undefined if nobody can tell, infinite if it grows for ever. */
  private countOf(policies: readonly RetentionPolicy[]): number | undefined {
    const counts = policies.map((policy) => this.keptBy(policy));
    return counts.includes(undefined) ? undefined : (counts as number[]).reduce((sum, count) => sum + count, 0);
  }

  private keptBy(policy: RetentionPolicy): number | undefined {
    if (!this.schedule || !policy._isKnownAtSynth()) {
      return undefined;
    }
    // Whatever the time zone, the number is the same.
    const rule = policy._rule('Etc/UTC');
    const key = JSON.stringify(rule);
    const kept = this.kept.get(key) ?? forecastKept(rule, this.schedule) ?? Infinity;
    this.kept.set(key, kept);
    return kept;
  }
}
