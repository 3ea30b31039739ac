import { RetentionRule, decideRetention } from '../../../src/core/plan/retention';
import { calendarOfTimeZones } from '../../../src/runtime/plan/calendar';

/** What the worked calendar of the guide on retention shows: computed by what prunes, so that it cannot say anything else. */
const RULE: RetentionRule = { keep: 'tiers', daily: 7, weekly: 5, monthly: 12, timeZone: 'Europe/Paris', minimumSnapshots: 1 };

/** A plan that has run every night at 03:00 in Paris for two years, and the night after which one looks: a Monday. */
const FIRST_NIGHT = '2024-11-23';
const TODAY = '2026-11-23';

/** Where the weeks begin that are shown day by day: before that only months are left. */
const FIRST_MONDAY = '2026-10-19';

/** So many nights that the change of a week and of a month are among them. */
const NIGHTS_TO_COME = 9;

const HOUR = 3600 * 1000;
const DAY = 24 * HOUR;
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Night by night, as a plan prunes: the night → what is left after it, with the tiers that hold each snapshot. */
function playedTo(lastNight: string): Map<string, Map<string, string[]>> {
  const calendar = calendarOfTimeZones();
  const played = new Map<string, Map<string, string[]>>();
  let left = new Map<string, string[]>();
  for (const night of nightsBetween(FIRST_NIGHT, lastNight)) {
    const snapshots = [...left.keys(), night].map((one) => ({ arn: one, identifier: one, status: 'available', isGood: true, dataTime: at3InParis(one) }));
    left = new Map(decideRetention(snapshots, RULE, calendar, new Date(+at3InParis(night) + HOUR))
      .filter(({ kept }) => kept)
      .map(({ snapshot, because }) => [snapshot.arn, because.flatMap((reason) => /^(daily|weekly|monthly)/.exec(reason)?.[1] ?? [])]));
    played.set(night, left);
  }
  return played;
}

/** 03:00 there: 01:00 UTC in summer, 02:00 in winter. It is not known to the rule, which only sees the instant. */
function at3InParis(night: string): Date {
  const winter = new Date(`${night}T02:00:00Z`);
  const hour = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Paris', hour: '2-digit' }).format(winter);
  return hour === '03' ? winter : new Date(`${night}T01:00:00Z`);
}

function nightsBetween(first: string, last: string): string[] {
  const nights: string[] = [];
  for (let time = Date.parse(first); time <= Date.parse(last); time += DAY) {
    nights.push(new Date(time).toISOString().slice(0, 10));
  }
  return nights;
}

/** What is left on that Monday of the last weeks, a line each; then the older ones. */
export function weeks(): string {
  const kept = playedTo(TODAY).get(TODAY)!;
  const cellOf = (night: string) => {
    const tiers = kept.get(night);
    if (night > TODAY) {
      return '';
    }
    return tiers ? `**${dayOf(night)}** ${tiers.map((tier) => tier[0].toUpperCase()).join(' ')}` : `~~${dayOf(night)}~~`;
  };
  const lastSunday = new Date(Date.parse(TODAY) + 6 * DAY).toISOString().slice(0, 10);
  const nights = nightsBetween(FIRST_MONDAY, lastSunday);
  const rows = nights.filter((_, index) => index % 7 === 0)
    .map((monday, week) => [isoWeek(monday), ...nights.slice(week * 7, week * 7 + 7).map(cellOf)]);
  const older = [...kept.keys()].filter((night) => night < FIRST_MONDAY);
  return [
    ...table(['Week', ...DAYS], rows), '',
    `Older ones, each the newest of its month (M): ${older.map((night) => `${dayOf(night)} ${night.slice(0, 4)}`).join(', ')}.`,
    `In all ${kept.size} snapshots of ${nightsBetween(FIRST_NIGHT, TODAY).length} nights.`,
  ].join('\n');
}

/** What the following nights delete. */
export function nightsToCome(): string {
  const lastNight = new Date(Date.parse(TODAY) + NIGHTS_TO_COME * DAY).toISOString().slice(0, 10);
  const played = playedTo(lastNight);
  const [, ...nights] = nightsBetween(TODAY, lastNight);
  const rows = nights.map((night) => {
    const before = played.get(nightBefore(night))!;
    const left = played.get(night)!;
    const gone = [...before.keys()].filter((earlier) => !left.has(earlier)).sort();
    return [
      `${weekday(night)} ${dayOf(night)}`,
      gone.map((one) => `${dayOf(one)}${one.slice(0, 4) === night.slice(0, 4) ? '' : ` ${one.slice(0, 4)}`} (${before.get(one)!.join(', ')})`).join(', ') || 'nothing',
      `${left.size}`,
    ];
  });
  return table(['Night', 'What goes (what held it until then)', 'Left'], rows).join('\n');
}

function table(head: readonly string[], rows: readonly string[][]): string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

function dayOf(night: string): string {
  return `${Number(night.slice(8))} ${MONTHS[Number(night.slice(5, 7)) - 1]}`;
}

function nightBefore(night: string): string {
  return new Date(Date.parse(night) - DAY).toISOString().slice(0, 10);
}

function weekday(night: string): string {
  return DAYS[(new Date(night).getUTCDay() + 6) % 7];
}

function isoWeek(night: string): string {
  return calendarOfTimeZones().periodOf('week', new Date(`${night}T12:00:00Z`), 'UTC').replace(/^\d+-/, '');
}
