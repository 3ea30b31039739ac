import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ELSEWHERE, FleetOptions, PlannedFleet, isMutating } from './planned-fleet';
import { LocalAws } from '../local/local-aws';

/**
 * What the run of a plan asks of AWS for a cluster, beside the least that could do it: every snapshot, copy and export is asked for once and looked at
 * once, at its end, and what is to go is listed once in each Region. On the local AWS, on its clock.
 */
const CLUSTERS = 5;
const DURATIONS = { snapshotSeconds: 8 * 60, copySeconds: 25 * 60, exportSeconds: 40 * 60, defaultEncryption: 'none' as const };
const DAY = 24 * 3600;

interface Least {
  readonly mutating: number;
  readonly reading: number;
  /** Tasks and waits, and the one that tells the verdict. */
  readonly transitions: number;
}

const VARIANTS: Readonly<Record<string, { readonly options: FleetOptions; readonly least: Least }>> = {
  // take, wait, look, list and delete, tell
  'snapshot': { options: {}, least: { mutating: 2, reading: 2, transitions: 5 } },
  // … start, wait, look, list and delete
  'snapshot and copy': { options: { copies: [{ region: ELSEWHERE }] }, least: { mutating: 4, reading: 4, transitions: 9 } },
  // … share; start, wait, look
  'snapshot, share, copy and export': {
    options: (stack) => ({
      copies: [{ region: ELSEWHERE }],
      shareWith: ['222222222222'],
      exports: [{ bucket: new s3.Bucket(stack, 'Lake'), encryptionKey: new kms.Key(stack, 'LakeKey') }],
    }),
    least: { mutating: 6, reading: 5, transitions: 13 },
  },
};

export async function planRun(): Promise<void> {
  const rows = [];
  for (const [name, { options, least }] of Object.entries(VARIANTS)) {
    const local = await LocalAws.start();
    try {
      await local.settings(DURATIONS);
      const fleet = await PlannedFleet.deploy(local, CLUSTERS, options);
      await fleet.run(DAY);
      const before = await fleet.transitions();
      // The second run has something to delete.
      const { calls, emulatedSeconds } = await fleet.run(DAY);
      const perCluster = (count: number) => Math.round(10 * count / CLUSTERS) / 10;
      rows.push({
        'a run makes of a cluster': name,
        'mutating RDS calls': perCluster(calls.filter(isMutating).length),
        'least': least.mutating,
        'reading RDS calls': perCluster(calls.filter((call) => !isMutating(call)).length),
        'least ': least.reading,
        'state transitions': perCluster(await fleet.transitions() - before),
        'least  ': least.transitions,
        'minutes': Math.round(emulatedSeconds / 60),
      });
    } finally {
      await local.stop();
    }
  }
  console.table(rows);
  console.log(`${CLUSTERS} clusters; a snapshot takes ${DURATIONS.snapshotSeconds / 60} minutes, a copy ${DURATIONS.copySeconds / 60}, an export ${DURATIONS.exportSeconds / 60}`);
}
