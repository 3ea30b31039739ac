import { setTimeout } from 'node:timers/promises';
import { DBClusterSnapshot } from '@aws-sdk/client-rds';
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

  const deploy = cdk.deploy(assembly.directory);
  try {
    await watch(stage, assembly, regions, deploy);
  } finally {
    watching.abort(); // whatever ended the watching must not leave the CLI behind
  }
  const { exitCode, output } = await deploy;
  if (exitCode !== 0) {
    throw new Error(`cdk deploy ended with ${exitCode}.\n${reasonIn(output)}`);
  }
}

function reasonIn(output: string): string {
  return output.slice(Math.max(0, output.lastIndexOf('❌'))).split('\n').slice(0, LINES_WITH_THE_REASON).join('\n');
}

async function watch({ local }: Stage, assembly: CloudAssembly, regions: readonly string[], deploy: Promise<unknown>): Promise<void> {
  let deployed = false;
  deploy.catch(() => undefined).finally(() => { deployed = true; });

  const world = new World(local);
  const progress = new LiveProgress();
  const began = await local.clock();
  try {
    for (let last = false; !last;) {
      last = deployed; // one more look when all is done
      progress.show(minutes(+await local.clock() - +began), await activities(world, assembly, regions));
      await setTimeout(LOOK_EVERY_MS);
    }
  } finally {
    progress.end();
  }
}

async function activities(world: World, assembly: CloudAssembly, regions: readonly string[]): Promise<Activity[]> {
  const snapshots = (await Promise.all(regions.map((region) => world.snapshots(region)))).flat();
  return [
    await stackActivity(world, assembly),
    ...snapshots.filter(({ SnapshotType }) => SnapshotType === 'manual').map(snapshotActivity),
  ];
}

async function stackActivity(world: World, { stacks }: CloudAssembly): Promise<Activity> {
  const complete = await Promise.all(stacks.map(({ environment, stackName }) => world.completeResources(environment.region, stackName)));
  const all = sum(stacks.map(({ template }) => Object.keys(template.Resources).length));
  return { what: 'cdk deploy', percent: Math.floor(100 * sum(complete) / all), detail: `${sum(complete)} of ${all} resources` };
}

function snapshotActivity(snapshot: DBClusterSnapshot): Activity {
  const region = snapshot.DBClusterSnapshotArn!.split(':')[3];
  return {
    what: `${snapshot.SourceDBClusterSnapshotArn ? 'copy' : 'snapshot'} of ${snapshot.DBClusterIdentifier}, ${region}`,
    percent: snapshot.PercentProgress!,
    detail: snapshot.Status!,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function minutes(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return `${`${Math.floor(seconds / 60)}`.padStart(2, '0')}:${`${seconds % 60}`.padStart(2, '0')}`;
}
