import { assertAllowed } from '../../call-report';
import { inventory } from '../inventory';
import { ELSEWHERE, HOME, shop } from '../shop';
import { Chapter, Stage, say } from '../stage';
import { deployAndWatch } from '../watched-deploy';
import { World } from '../world';

const REGIONS = [HOME, ELSEWHERE];

/** On the emulated clock. RDS takes about so long for a small cluster and a copy of it to another Region. */
const DURATIONS = { snapshotSeconds: 8 * 60, copySeconds: 20 * 60 };

export const chapter: Chapter = {
  title: 'a snapshot before a migration, and its copy in another Region',
  story: [
    'An app with two Aurora clusters, orders (PostgreSQL) and billing (MySQL), is deployed with the',
    'CDK CLI. While it deploys, a snapshot of orders is taken, before the migration of the release may',
    `run, and copied from ${HOME} to ${ELSEWHERE} under a key of that Region.`,
    'The app is local/demo/shop.ts.',
  ],
  play,
  lookFurther: [
    'aws rds describe-db-cluster-snapshots --snapshot-type manual',
    `aws rds describe-db-cluster-snapshots --snapshot-type manual --region ${ELSEWHERE}`,
    'aws cloudformation describe-stack-resources --stack-name Shop',
    'aws cloudformation delete-stack --stack-name Shop         # the snapshots stay',
    'curl "$AWS_ENDPOINT_URL/_local/calls?action=rds:*"         # who called what, with which answer',
  ],
};

async function play(stage: Stage): Promise<void> {
  const { local, folder } = stage;
  await local.settings(DURATIONS);
  const world = new World(local);

  say('cdk deploy --all     (minutes:seconds on the clock of the local AWS)');
  const began = await local.clock();
  await deployAndWatch(stage, shop(folder).synth(), REGIONS);
  const now = await local.clock();

  const calls = await local.calls();
  assertAllowed(calls);
  const byRoles = calls.filter(({ role }) => role);

  const keyNames = new Map([...await world.keyNames(HOME, 'Shop'), ...await world.keyNames(ELSEWHERE, 'KeyElsewhere')]);
  say('', await inventory(world, REGIONS, now, keyNames), '',
    `On the clock of the local AWS the deploy took ${Math.round((+now - +began) / 60_000)} minutes. The functions in the stack made`,
    `${byRoles.length} AWS calls, and the policies of their roles allowed every one. Neither snapshot goes with the`,
    'stack, because RemovalPolicy.RETAIN is the default. Another `trigger` takes another snapshot, and',
    '`keepLast: 5` then lets the oldest go.');
}
