import { ELSEWHERE, HOME, PlannedFleet, isMutating } from './planned-fleet';
import { LocalAws } from '../local/local-aws';

/**
 * One run of a plan for a thousand clusters, each with a copy in another Region, on a local AWS that answers 25 requests a second in each Region and runs
 * five copies into one at a time. Everything has to be there at the end, and no limit may ever be passed.
 */
const CLUSTERS = 1000;
const LIMITS = { apiRequestsPerSecond: 25, copyLimit: 5, manualSnapshotQuota: 5000 };
const DURATIONS = { snapshotSeconds: 5 * 60, copySeconds: 60 };
const DAYS = 3 * 24 * 3600;

export async function fleet(clusters: number = CLUSTERS): Promise<void> {
  const local = await LocalAws.start();
  try {
    const planned = await PlannedFleet.deploy(local, clusters, { copies: [{ region: ELSEWHERE }] });
    // Only now: making a thousand clusters is not what is measured.
    await local.settings({ ...LIMITS, ...DURATIONS, defaultEncryption: 'none' });
    const { counts, calls, emulatedSeconds, realSeconds } = await planned.run(DAYS);

    const snapshots = (await local.snapshots()).filter(({ SnapshotType, Status }) => SnapshotType === 'manual' && Status === 'available');
    const clustersIn = (region: string) => new Set(snapshots.filter(({ DBClusterSnapshotArn }) => DBClusterSnapshotArn.split(':')[3] === region)
      .map(({ DBClusterIdentifier }) => DBClusterIdentifier)).size;
    const mutating = calls.filter(isMutating);
    const leastMinutes = Math.ceil(clusters / LIMITS.copyLimit) * DURATIONS.copySeconds / 60;
    const peaks = await local.peaks();
    console.table([
      { what: 'clusters', measured: clusters, beside: '' },
      { what: 'verdicts', measured: Object.entries(counts).map(([verdict, count]) => `${count} ${verdict}`).join(', '), beside: '' },
      { what: `clusters with a good snapshot in ${HOME}`, measured: clustersIn(HOME), beside: `${clusters}` },
      { what: `clusters with a good copy in ${ELSEWHERE}`, measured: clustersIn(ELSEWHERE), beside: `${clusters}` },
      { what: 'most copies in progress at once', measured: Math.max(...peaks.map(({ copies }) => copies)), beside: `limit ${LIMITS.copyLimit}` },
      { what: 'most requests in one second in one Region', measured: busiestSecond(calls), beside: `${LIMITS.apiRequestsPerSecond} are answered` },
      { what: 'requests answered with "Rate exceeded"', measured: calls.filter(({ code }) => code === 'Throttling').length, beside: `of ${calls.length}` },
      { what: 'calls that change something', measured: mutating.length, beside: `${2 * clusters} needed` },
      { what: 'reading calls per cluster', measured: Math.round(10 * (calls.length - mutating.length) / clusters) / 10, beside: '' },
      { what: 'minutes the run took', measured: Math.round(emulatedSeconds / 60), beside: `${leastMinutes} for the copies alone` },
      { what: 'minutes on this machine', measured: Math.round(realSeconds / 6) / 10, beside: '' },
    ]);
    console.log(`a snapshot takes ${DURATIONS.snapshotSeconds / 60} minutes, a copy ${DURATIONS.copySeconds / 60}`);
  } finally {
    await local.stop();
  }
}

function busiestSecond(calls: readonly { readonly time: string; readonly region: string }[]): number {
  const counts = new Map<string, number>();
  for (const { time, region } of calls) {
    const second = `${region} ${time.slice(0, 19)}`;
    counts.set(second, (counts.get(second) ?? 0) + 1);
  }
  return Math.max(...counts.values());
}
