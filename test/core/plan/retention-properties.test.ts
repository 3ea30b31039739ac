/** What holds of every policy, whatever snapshots there are: histories around everything that is odd about calendars and clocks. */
import * as fc from 'fast-check';
import { Calendar } from '../../../src/core/plan/calendar';
import { DatedSnapshot, RetentionRule, TIER_NAMES, TIER_PERIODS, decideRetention } from '../../../src/core/plan/retention';
import { calendarOfTimeZones } from '../../../src/runtime/plan/calendar';

const CASES = 12_000; // of each of the nine
const HOUR = 3_600_000;
const calendar: Calendar = calendarOfTimeZones();

const ZONES = [
  'UTC', 'Europe/Paris', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Kiritimati', 'America/St_Johns', 'Pacific/Apia',
];

/** Instants around which calendars are odd. */
const ODD_TIMES = [
  '2026-03-29T01:00Z', '2026-10-25T01:00Z', // Paris changes its clocks
  '2026-03-08T07:00Z', '2026-11-01T06:00Z', // New York
  '2026-04-04T15:00Z', '2026-10-03T15:30Z', // Lord Howe, by half an hour
  '2010-11-07T02:31Z', // Newfoundland, across midnight
  '2011-12-30T10:00Z', // Samoa skips a day
  '2028-02-29T12:00Z', '2100-03-01T00:00Z', // a leap day, and one that is none
  '2027-01-01T00:00Z', '2027-01-04T00:00Z', // a year with 53 weeks ends
  '2024-12-30T00:00Z', // a week that belongs to the next year begins
].map((time) => Date.parse(time));

/** From one snapshot back to the one before: nothing (equal times), minutes, and the usual intervals with runs that were late or missing. */
const gap = fc.oneof(
  fc.constantFrom(0, 1000, HOUR / 2, HOUR, 6 * HOUR, 24 * HOUR, 24 * HOUR, 7 * 24 * HOUR, 31 * 24 * HOUR, 366 * 24 * HOUR),
  fc.integer({ min: 0, max: 48 * HOUR }),
);
const kind = fc.constantFrom('good', 'good', 'good', 'good', 'good', 'good', 'failed', 'creating', 'timeless', 'deleting');

interface History {
  readonly snapshots: DatedSnapshot[];
  readonly now: Date;
}

/** Snapshots around an odd instant; `now` lies among the newest at times, so that some are in the future: a clock was wrong. */
const histories: fc.Arbitrary<History> = fc.tuple(
  fc.constantFrom(...ODD_TIMES), fc.integer({ min: -2 * HOUR, max: 400 * 24 * HOUR }), fc.array(fc.tuple(gap, kind), { maxLength: 16, size: 'max' }),
  fc.integer({ min: -3, max: 30 }),
).map(([oddTime, after, steps, nowAfterHours]) => {
  let time = oddTime + after;
  const snapshots = steps.map(([back, its], index): DatedSnapshot => {
    time -= back;
    const status = its === 'good' || its === 'timeless' ? 'available' : its;
    const name = `s${(index * 7) % 16}`; // so that the order of the names is not that of the times
    return { arn: `arn:${name}`, identifier: name, status, isGood: status === 'available', dataTime: its === 'timeless' ? undefined : new Date(time) };
  });
  return { snapshots, now: new Date(oddTime + after + nowAfterHours * HOUR) };
});

const count = fc.integer({ min: 1, max: 5 });
const tier = fc.option(count, { nil: undefined });
const policies: fc.Arbitrary<RetentionRule> = fc.oneof(
  fc.record({ keep: fc.constant('last' as const), count }),
  fc.record({ keep: fc.constant('for' as const), seconds: fc.integer({ min: 3600, max: 60 * 86_400 }), minimumSnapshots: count }),
  {
    weight: 4,
    arbitrary: fc.record({
      keep: fc.constant('tiers' as const),
      hourly: tier,
      daily: tier,
      weekly: tier,
      monthly: tier,
      yearly: tier,
      minimumSnapshots: count,
      timeZone: fc.constantFrom(...ZONES),
    }),
  },
);

const decide = ({ snapshots, now }: History, rule: RetentionRule) => decideRetention(snapshots, rule, calendar, now);
const keptOf = (history: History, rule: RetentionRule) => decide(history, rule).filter(({ kept }) => kept).map(({ snapshot }) => snapshot);

/** Good ones whose age is known: the ones that policies are about. */
const countable = ({ snapshots, now }: History) => snapshots.filter(({ isGood, dataTime }) => isGood && dataTime !== undefined && dataTime <= now);
const timeOf = ({ dataTime }: DatedSnapshot) => dataTime!.getTime();

const always = (holds: (history: History, rule: RetentionRule) => boolean) => fc.assert(fc.property(histories, policies, holds), { numRuns: CASES });

test('the newest good one stays', () => {
  always((history, rule) => {
    const good = countable(history);
    const newest = Math.max(...good.map(timeOf));

    return good.length === 0 || keptOf(history, rule).some((snapshot) => good.includes(snapshot) && timeOf(snapshot) === newest);
  });
});

test('what cannot be judged stays: without a time, in the future, not complete unless it failed and a newer one is good', () => {
  always((history, rule) => {
    const newest = Math.max(-Infinity, ...countable(history).map(timeOf));
    const kept = keptOf(history, rule);
    const judged = countable(history);

    return history.snapshots.every((snapshot) => judged.includes(snapshot) || kept.includes(snapshot)
      || (snapshot.status === 'failed' && timeOf(snapshot) < newest));
  });
});

test('the order in which they are listed decides nothing, not even which of equally old ones goes', () => {
  fc.assert(fc.property(histories.chain((history) => fc.tuple(
    fc.constant(history), fc.shuffledSubarray(history.snapshots, { minLength: history.snapshots.length }),
  )), policies, ([history, shuffled], rule) =>
    JSON.stringify(decide(history, rule)) === JSON.stringify(decide({ ...history, snapshots: shuffled }, rule))), { numRuns: CASES });
});

test('deciding again after all was deleted deletes nothing more', () => {
  always((history, rule) => {
    const left = keptOf(history, rule);

    return keptOf({ ...history, snapshots: left }, rule).length === left.length;
  });
});

test('whatever part of it was deleted, the rest is decided as before', () => {
  fc.assert(fc.property(histories, policies, fc.infiniteStream(fc.boolean()), (history, rule, chance) => {
    const kept = keptOf(history, rule);
    const left = history.snapshots.filter((snapshot) => kept.includes(snapshot) || chance.next().value);

    return JSON.stringify(keptOf({ ...history, snapshots: left }, rule)) === JSON.stringify(kept);
  }), { numRuns: CASES });
});

test('a longer policy keeps all that the shorter one keeps', () => {
  fc.assert(fc.property(histories, policies, fc.nat(), (history, rule, which) => {
    const more = keptOf(history, longer(rule, which));

    return keptOf(history, rule).every((snapshot) => more.includes(snapshot));
  }), { numRuns: CASES });
});

test('it is kept exactly what the words of the policy say, decided one by one and slowly', () => {
  always((history, rule) => {
    const all = countable(history);
    const expected = all.filter((snapshot) => saysToKeep(rule, snapshot, all, history.now));
    const kept = keptOf(history, rule).filter((snapshot) => all.includes(snapshot));

    return expected.length === kept.length && expected.every((snapshot) => kept.includes(snapshot));
  });
});

test('of what can be judged, no more stay than the tiers and the minimum come to', () => {
  always((history, rule) => {
    if (rule.keep === 'all' || rule.keep === 'for') {
      return true;
    }
    const atMost = rule.keep === 'last' ? rule.count : TIER_NAMES.reduce((sum, name) => sum + (rule[name] ?? 0), rule.minimumSnapshots);

    return keptOf(history, rule).filter((snapshot) => countable(history).includes(snapshot)).length <= atMost;
  });
});

test('every decision has a reason, and every tier names as many periods as it holds snapshots', () => {
  always((history, rule) => {
    const decisions = decide(history, rule);

    return decisions.every(({ because }) => because.length > 0) && TIER_NAMES.every((name) => {
      const named = decisions.flatMap(({ because }) => because.filter((reason) => reason.startsWith(`${name} `)));
      return new Set(named).size === named.length && named.length <= (rule.keep === 'tiers' ? rule[name] ?? 0 : 0);
    });
  });
});

function longer(rule: RetentionRule, which: number): RetentionRule {
  switch (rule.keep) {
    case 'last':
      return { ...rule, count: rule.count + 1 };
    case 'for':
      return which % 2 ? { ...rule, seconds: rule.seconds + 86_400 } : { ...rule, minimumSnapshots: rule.minimumSnapshots + 1 };
    case 'tiers': {
      const grows = [...TIER_NAMES, 'minimumSnapshots' as const][which % 6];
      return { ...rule, [grows]: (rule[grows] ?? 0) + 1 };
    }
    case 'all':
      return rule;
  }
}

/** The policy in the words of the guide, without a thought for speed. */
function saysToKeep(rule: RetentionRule, snapshot: DatedSnapshot, all: DatedSnapshot[], now: Date): boolean {
  const isBefore = (a: DatedSnapshot, b: DatedSnapshot) => timeOf(a) > timeOf(b) || (timeOf(a) === timeOf(b) && a.arn < b.arn);
  const newer = all.filter((other) => isBefore(other, snapshot));
  const isAmong = (newest: number) => newer.length < newest;
  switch (rule.keep) {
    case 'all':
      return true;
    case 'last':
      return isAmong(rule.count);
    case 'for':
      return isAmong(rule.minimumSnapshots) || now.getTime() - timeOf(snapshot) <= rule.seconds * 1000;
    case 'tiers':
      return isAmong(rule.minimumSnapshots) || isAmong(1) || TIER_NAMES.filter((name) => rule[name] !== undefined).some((name) => {
        const periodOf = (one: DatedSnapshot) => calendar.periodOf(TIER_PERIODS[name], one.dataTime!, rule.timeZone);
        const newerPeriods = new Set(newer.map(periodOf));
        return !newerPeriods.has(periodOf(snapshot)) && newerPeriods.size < rule[name]!;
      });
  }
}
