import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { useLocalAws } from './support/e2e';
import { DAY, FIRST_NOON, beginAtNoon, keptNights, nights, planOf, runVerdicts } from './support/plans';
import { HERE, THERE } from '../local/world';
import { RetentionPolicy, TieredRetentionOptions } from 'cdk-aurora-backup';

const aws = useLocalAws(0);

/** A year takes minutes; the build plays as many nights as it takes to fill the daily and the weekly tier. */
const NIGHTS = Number(process.env.PLAYED_NIGHTS ?? 60);
const AT_HOME = { daily: 7, weekly: 5, monthly: 12, yearly: 7 };
const ELSEWHERE = { daily: 3, monthly: 2 };

test(`after ${NIGHTS} nights there is what the policies say, at home and in the other Region`, async () => {
  await beginAtNoon(aws, 'orders');
  await aws.stack().deploy((stack) => {
    planOf(['orders'], {
      retention: RetentionPolicy.tiered(AT_HOME), copies: [{ region: THERE, retention: RetentionPolicy.tiered(ELSEWHERE) }],
    })(stack);
    // Ages are told in other tests; here they would be most of what is played.
    const hourly = stack.node.findAll().find((construct) => construct instanceof CfnSchedule && construct.node.path.includes('/Age/')) as CfnSchedule;
    hourly.state = 'DISABLED';
  });

  for (let played = 0; played < NIGHTS; played += 10) {
    await nights(aws, Math.min(10, NIGHTS - played));
    // All runs so far were good, and nothing but what is kept was ever left.
    const sofar = nightsAfter(Math.min(played + 10, NIGHTS));
    expect(await keptNights(aws, 'orders', HERE)).toEqual(keptOf(sofar, AT_HOME));
    expect(await keptNights(aws, 'orders', THERE)).toEqual(keptOf(sofar, ELSEWHERE));
  }

  expect((await runVerdicts(aws)).map(({ verdict }) => verdict)).toEqual(Array(NIGHTS).fill('SUCCEEDED'));
}, 1_800_000);

function nightsAfter(count: number): string[] {
  return Array.from({ length: count }, (_, index) => new Date(Date.parse(FIRST_NOON) + (index + 1) * DAY * 1000).toISOString().slice(0, 10));
}

/**
 * What the tiers hold of one snapshot a night, in a way of its own: for each tier the last night of each of the newest periods, counted from
 * the calendar with nothing of the library.
 */
function keptOf(all: readonly string[], { daily = 0, weekly = 0, monthly = 0, yearly = 0 }: TieredRetentionOptions): string[] {
  const tiers: [number, (night: string) => string][] = [
    [daily, (night) => night],
    [weekly, mondayOf],
    [monthly, (night) => night.slice(0, 7)],
    [yearly, (night) => night.slice(0, 4)],
  ];
  const kept = tiers.flatMap(([count, periodOf]) => {
    const periods = [...new Set(all.map(periodOf))].sort().slice(count === 0 ? Infinity : -count);
    return periods.map((period) => all.filter((night) => periodOf(night) === period).sort().at(-1)!);
  });
  return [...new Set(kept)].sort();
}

function mondayOf(night: string): string {
  const date = new Date(`${night}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - (date.getUTCDay() + 6) % 7);
  return date.toISOString().slice(0, 10);
}
