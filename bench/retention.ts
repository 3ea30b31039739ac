import { RetentionRule, decideRetention } from '../src/core/plan/retention';
import { calendarOfTimeZones } from '../src/runtime/plan/calendar';

/** How long it takes to decide which of 100,000 snapshots of one cluster stay; the goal is less than a second. */
const SNAPSHOTS = 100_000;
const RUNS = 5;
const NOW = Date.UTC(2026, 10, 23, 3);
const timeZone = 'Europe/Paris';

const POLICIES: Readonly<Record<string, RetentionRule>> = {
  'keepAll': { keep: 'all' },
  'keepLast(1000)': { keep: 'last', count: 1000 },
  'keepFor(365 days)': { keep: 'for', seconds: 365 * 86_400, minimumSnapshots: 1 },
  'tiered: 24 h, 7 d, 5 w, 12 m, 7 y': { keep: 'tiers', hourly: 24, daily: 7, weekly: 5, monthly: 12, yearly: 7, minimumSnapshots: 1, timeZone },
  'tiered, every tier larger than the history': {
    keep: 'tiers', hourly: SNAPSHOTS, daily: SNAPSHOTS, weekly: SNAPSHOTS, monthly: SNAPSHOTS, yearly: SNAPSHOTS, minimumSnapshots: 1, timeZone,
  },
};

/** One an hour, for eleven years, in the order of a shuffled pack of cards. */
function history() {
  return Array.from({ length: SNAPSHOTS }, (_, index) => {
    const hoursAgo = (index * 37_501) % SNAPSHOTS;
    const name = `s${index}`;
    return { arn: `arn:${name}`, identifier: name, status: 'available', isGood: true, dataTime: new Date(NOW - hoursAgo * 3_600_000) };
  });
}

export function retention(): void {
  const snapshots = history();
  console.table(Object.entries(POLICIES).map(([policy, rule]) => {
    const calls = Array.from({ length: RUNS }, () => {
      // Of this process only: what else the machine does is not measured.
      const before = process.cpuUsage();
      // A calendar of its own for each: nothing may be remembered from the run before.
      const decisions = decideRetention(snapshots, rule, calendarOfTimeZones(), new Date(NOW));
      const { user, system } = process.cpuUsage(before);
      return { milliseconds: (user + system) / 1000, kept: decisions.filter(({ kept }) => kept).length };
    });
    const times = calls.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
    return { policy, 'kept': calls[0].kept, 'ms of CPU (median)': Math.round(times[Math.floor(RUNS / 2)]), 'ms of CPU (slowest)': Math.round(times[RUNS - 1]) };
  }));
  console.log(`${SNAPSHOTS} snapshots, ${RUNS} times each, Node ${process.version}`);
}
