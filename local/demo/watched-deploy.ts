import { setTimeout } from 'node:timers/promises';
import { DBCluster, DBClusterSnapshot, ExportTask } from '@aws-sdk/client-rds';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { Activity, LiveProgress } from './live-progress';
import { Stage } from './stage';
import { World } from './world';
import { CdkCli } from '../cdk-cli';

const LOOK_EVERY_MS = 400;

/** The reason comes first, the logs of all functions after it. */
const LINES_WITH_THE_REASON = 12;

/** `cdk deploy --all` with the unmodified CLI, while everybody watches what it makes. Throws what the CLI said if it fails. */
export async function deployAndWatch(stage: Stage, assembly: CloudAssembly, regions: readonly string[]): Promise<void> {
  const [region, ...otherRegions] = regions;
  const watching = new AbortController();
  const cdk = new CdkCli(stage.local, { region, otherRegions, signal: AbortSignal.any([stage.signal, watching.signal]) });
  const world = new World(stage.local);
  const restores = new Restores();

  const deploy = cdk.deploy(assembly.directory);
  try {
    await watch(stage, deploy, async () => [
      await stackActivity(world, assembly), ...await activities(world, regions), ...restores.among(await world.clusters(region)),
    ]);
  } finally {
    watching.abort(); // whatever ended the watching must not leave the CLI behind
  }
  const { exitCode, output } = await deploy;
  if (exitCode !== 0) {
    throw new Error(`cdk deploy ended with ${exitCode}.\n${reasonIn(output)}`);
  }
}

/** Shows how far the exports are, until something else has happened. */
export async function watchExportsUntil(stage: Stage, region: string, happens: Promise<unknown>): Promise<void> {
  const world = new World(stage.local);
  await watch(stage, happens, () => exportActivities(world, region));
  await happens;
}

function reasonIn(output: string): string {
  return output.slice(Math.max(0, output.lastIndexOf('❌'))).split('\n').slice(0, LINES_WITH_THE_REASON).join('\n');
}

async function watch({ local }: Stage, happens: Promise<unknown>, look: () => Promise<Activity[]>): Promise<void> {
  let happened = false;
  happens.catch(() => undefined).finally(() => { happened = true; });

  const progress = new LiveProgress();
  const began = await local.clock();
  try {
    for (let last = false; !last;) {
      last = happened; // one more look when all is done
      progress.show(minutes(+await local.clock() - +began), await look());
      await setTimeout(LOOK_EVERY_MS);
    }
  } finally {
    progress.end();
  }
}

async function activities(world: World, regions: readonly string[]): Promise<Activity[]> {
  const inRegions = await Promise.all(regions.map(async (region) => [
    ...(await world.snapshots(region)).filter(({ SnapshotType }) => SnapshotType === 'manual').map(snapshotActivity),
    ...await exportActivities(world, region),
  ]));
  return inRegions.flat();
}

/** The clusters that were seen while RDS restored them: when they are available, nothing tells them from others. */
class Restores {
  private readonly seen = new Set<string>();

  public among(clusters: readonly DBCluster[]): Activity[] {
    clusters.filter(({ PercentProgress }) => PercentProgress !== undefined)
      .forEach(({ DBClusterIdentifier }) => this.seen.add(DBClusterIdentifier!));
    return clusters.filter(({ DBClusterIdentifier }) => this.seen.has(DBClusterIdentifier!)).map((cluster) => ({
      what: `restore of ${cluster.DBClusterIdentifier}`, percent: Number(cluster.PercentProgress ?? 100), detail: cluster.Status!,
    }));
  }
}

async function stackActivity(world: World, { stacks }: CloudAssembly): Promise<Activity> {
  const complete = await Promise.all(stacks.map(({ environment, stackName }) => world.completeResources(environment.region, stackName)));
  const all = sum(stacks.map(({ template }) => Object.keys(template.Resources).length));
  const done = Math.min(sum(complete), all); // until an update is over, it also has what is on its way out
  return { what: 'cdk deploy', percent: Math.floor(100 * done / all), detail: `${done} of ${all} resources` };
}

function snapshotActivity(snapshot: DBClusterSnapshot): Activity {
  const region = snapshot.DBClusterSnapshotArn!.split(':')[3];
  return {
    what: `${snapshot.SourceDBClusterSnapshotArn ? 'copy' : 'snapshot'} of ${snapshot.DBClusterIdentifier}, ${region}`,
    percent: snapshot.PercentProgress!,
    detail: snapshot.Status!,
  };
}

async function exportActivities(world: World, region: string): Promise<Activity[]> {
  return (await world.exportTasks(region)).map(exportActivity);
}

function exportActivity(task: ExportTask): Activity {
  const [, , , , , kind, source] = task.SourceArn!.split(':');
  return {
    what: `export of ${kind === 'cluster' ? source : 'a snapshot'} to S3`,
    percent: task.PercentProgress!,
    detail: task.Status!,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function minutes(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return `${`${Math.floor(seconds / 60)}`.padStart(2, '0')}:${`${seconds % 60}`.padStart(2, '0')}`;
}
