import { CLUSTER_VERDICT_DETAIL_TYPE, RUN_VERDICT_DETAIL_TYPE } from '../../../src/core/plan/verdict';
import { assertAllowed } from '../../call-report';
import { CdkCli } from '../../cdk-cli';
import { LocalAws, SnapshotFacts } from '../../local-aws';
import { PLAN_NAME, nightly } from '../nightly';
import { ELSEWHERE, HOME } from '../shop';
import { Chapter, Stage, say } from '../stage';
import { deployAndWatch } from '../watched-deploy';

const REGIONS = [HOME, ELSEWHERE];
const CLUSTERS = ['orders', 'billing'];

/** On the emulated clock. RDS takes about so long for a small cluster and a copy of it to another Region. */
const DURATIONS = { snapshotSeconds: 8 * 60, copySeconds: 25 * 60 };

/** The noon of a Wednesday, so that a week begins in the middle. */
const BEGIN = '2026-11-25T12:00:00Z';
const DAY = 24 * 3600;

/** What happens before a night: the number of the night → what is done, and its name. */
const INCIDENTS: Readonly<Record<number, { readonly what: string; readonly strike: (local: LocalAws) => Promise<void> }>> = {
  2: {
    what: 'the schedule fired twice; there is one run all the same',
    strike: (local) => local.fault({ kind: 'twice' }),
  },
  4: {
    what: 'somebody had stopped billing',
    strike: (local) => local.setStatus(`arn:aws:rds:${HOME}:111111111111:cluster:billing`, 'stopped', { seconds: DAY }),
  },
  6: {
    what: 'the copy of orders failed half way, so nothing was deleted there',
    strike: (local) => local.fault({ kind: 'endsFailed', action: 'rds:CopyDBClusterSnapshot', identifier: 'orders' }),
  },
};
const NIGHTS = 7;

export const chapter: Chapter = {
  title: 'a week of a backup plan: schedule, retention, copies, verdicts',
  story: [
    'An AuroraBackupPlan backs up two clusters every night at three, keeps three days and two weeks,',
    `and copies each snapshot from ${HOME} to ${ELSEWHERE}, where two are kept. The schedule fires on`,
    'the clock of the local AWS, and seven nights pass while one looks. Two of them do not go well.',
    'The app is local/demo/nightly.ts.',
  ],
  play,
  lookFurther: [
    'aws rds describe-db-cluster-snapshots --snapshot-type manual',
    `aws rds describe-db-cluster-snapshots --snapshot-type manual --region ${ELSEWHERE}`,
    'aws scheduler list-schedules',
    'curl "$AWS_ENDPOINT_URL/_local/events"                    # the verdicts, as EventBridge has them',
    'curl "$AWS_ENDPOINT_URL/_local/notifications"             # and as the topic was told',
    'curl "$AWS_ENDPOINT_URL/_local/calls?action=rds:*"         # who called what, with which answer',
  ],
};

async function play(stage: Stage): Promise<void> {
  const { local, speed } = stage;
  await local.clock({ at: BEGIN });
  await local.settings(DURATIONS);
  say('cdk deploy --all     (minutes:seconds on the clock of the local AWS)');
  const assembly = nightly(stage.folder).synth();
  await deployAndWatch(stage, assembly, REGIONS);

  say('', 'From here every pair of lines is a night; nobody does anything, the schedule does. The numbers are',
    'the days whose snapshots there are the morning after; those with a minus have gone that night.', '');
  await local.clock({ speed: 0 });
  let before = await kept(local);
  for (let night = 1; night <= NIGHTS; night++) {
    stage.signal.throwIfAborted();
    before = await playNight(local, night, before);
  }
  await local.clock({ speed });

  say('', 'Every run ends in a verdict: an event, a metric, a line of the log, a notification. What the topic', 'was told of the nights that did not go well:', '');
  for (const { Subject, Message } of (await local.notifications()).filter((told) => !told.Subject?.startsWith('Backup succeeded:'))) {
    say(`  ${Subject}`, ...Message.split('\n').slice(0, 3).map((line) => `    ${shortened(line, 94)}`), '');
  }
  await destroy(stage, assembly.directory);
}

/** The days of which there is a snapshot: `<cluster> <Region>` → days of the month. */
type Kept = ReadonlyMap<string, readonly string[]>;

async function playNight(local: LocalAws, night: number, before: Kept): Promise<Kept> {
  const incident = INCIDENTS[night];
  await incident?.strike(local);
  const told = (await local.events()).length;
  const morning = await local.play(DAY);
  const events = (await local.events()).slice(told);
  const runs = events.filter(({ DetailType }) => DetailType === RUN_VERDICT_DETAIL_TYPE);
  if (runs.length !== 1) {
    throw new Error(`${runs.length} runs have ended in night ${night}, instead of one`);
  }
  const verdicts = new Map(events.filter(({ DetailType }) => DetailType === CLUSTER_VERDICT_DETAIL_TYPE)
    .map(({ Detail }) => [Detail.clusterIdentifier, Detail.verdict]));
  const after = await kept(local);
  CLUSTERS.forEach((cluster, index) => {
    const name = index === 0 ? morning.toUTCString().slice(0, 11) : '';
    const places = REGIONS.map((region) => `${region} ${changes(before.get(`${cluster} ${region}`), after.get(`${cluster} ${region}`))}`);
    say(`  ${[name.padEnd(11), cluster.padEnd(7), (verdicts.get(cluster) ?? 'no verdict').padEnd(10), places[0].padEnd(28), places[1]].join('  ')}`);
  });
  if (incident) {
    say(`               (${incident.what})`);
  }
  return after;
}

async function kept(local: LocalAws): Promise<Kept> {
  const days = new Map<string, string[]>();
  for (const { DBClusterIdentifier, DBClusterSnapshotArn, Tags } of await planSnapshots(local)) {
    const key = `${DBClusterIdentifier} ${DBClusterSnapshotArn.split(':')[3]}`;
    // The name of the run is its scheduled time.
    days.set(key, [...days.get(key) ?? [], Tags['cdk-aurora-backup:generation']].sort());
  }
  return new Map([...days].map(([key, runs]) => [key, runs.map((run) => run.slice(8, 10))]));
}

async function planSnapshots(local: LocalAws): Promise<SnapshotFacts[]> {
  return (await local.snapshots()).filter(({ Tags, Status }) => Tags['cdk-aurora-backup:plan'] === PLAN_NAME && Status === 'available');
}

function changes(before: readonly string[] = [], after: readonly string[] = []): string {
  return [...after, ...before.filter((day) => !after.includes(day)).map((day) => `-${day}`)].join(' ');
}

async function destroy(stage: Stage, directory: string): Promise<void> {
  const { local } = stage;
  const there = (await planSnapshots(local)).length;
  say('cdk destroy --all');
  const destroyed = await new CdkCli(local, { region: HOME, otherRegions: [ELSEWHERE], signal: stage.signal }).destroy(directory);
  if (destroyed.exitCode !== 0) {
    throw new Error(`cdk destroy ended with ${destroyed.exitCode}.\n${destroyed.output}`);
  }
  const left = (await planSnapshots(local)).length;
  if (left !== there) {
    throw new Error(`there were ${there} snapshots, and ${left} are left`);
  }
  const calls = await local.calls();
  assertAllowed(calls);
  say(`Snapshots left: ${left} of ${there}, because what a plan made outlives it. They belong to its name: a plan`,
    `called '${PLAN_NAME}' in this account and Region goes on with them.`, '',
    `The functions, state machines and schedules made ${calls.filter(({ role }) => role).length} AWS calls, and the policies of their roles`,
    'allowed every one.');
}

function shortened(line: string, length: number): string {
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
