import { setTimeout } from 'node:timers/promises';
import type { OutcomeDetail } from '../../../src/core/outcome';
import { assertAllowed } from '../../call-report';
import { CdkCli } from '../../cdk-cli';
import { LAKE_BUCKET, LAKE_REGION, lake } from '../lake';
import { Chapter, Stage, say } from '../stage';
import { deployAndWatch, watchExportsUntil } from '../watched-deploy';
import { World } from '../world';

/** On the emulated clock: more than any deploy can wait for. */
const EXPORT_HOURS = 4;
const DURATIONS = { snapshotSeconds: 5 * 60, exportSeconds: EXPORT_HOURS * 3600 };

/** Emulated seconds per second while nothing but the exports goes on. */
const FASTER = 600;

/** Real time, and several times what it takes. */
const PATIENCE_MS = 120_000;

const EXPORTS = 2;

/** What the clusters hold. RDS may not read one of the tables, and says so when the export is complete. */
const TABLES = [
  {
    cluster: 'orders',
    tables: [{ name: 'shop.public.customers' }, { name: 'shop.public.orders' }, { name: 'shop.public.audit', skipped: 'PERMISSIONS_DO_NOT_EXIST' },
      { name: 'shop.sales.invoices' }, { name: 'shop.sales.drafts' }],
  },
  { cluster: 'billing', tables: [{ name: 'billing.accounts' }, { name: 'billing.payments' }] },
];

export const chapter: Chapter = {
  title: 'exports to S3 that take longer than any deploy can wait',
  story: [
    'A snapshot of orders (PostgreSQL) and the live cluster billing (MySQL) are exported to a bucket.',
    `Each export takes ${EXPORT_HOURS} hours, and CloudFormation waits for one at most. The deploy does not wait`,
    'for the first at all (Completion.background()) and ten minutes for the second; then it is complete,',
    'and a state machine watches both to their end. The app is local/demo/lake.ts.',
  ],
  play,
  lookFurther: [
    'aws rds describe-export-tasks',
    `aws s3 ls --recursive s3://${LAKE_BUCKET}`,
    'curl "$AWS_ENDPOINT_URL/_local/events"                    # the outcomes, as EventBridge has them',
    'curl "$AWS_ENDPOINT_URL/_local/notifications"             # and as the topic was told',
    'curl "$AWS_ENDPOINT_URL/_local/calls?action=rds:*Export*"  # who called what, with which answer',
  ],
};

async function play(stage: Stage): Promise<void> {
  const { local, speed } = stage;
  await local.settings(DURATIONS);
  await Promise.all(TABLES.map((seed) => local.seedTables({ ...seed, region: LAKE_REGION })));
  const world = new World(local);
  const { directory } = await deploy(stage);

  say('', 'From here one second is ten minutes.', '');
  await local.clock({ speed: FASTER });
  await watchExportsUntil(stage, LAKE_REGION, outcomes(stage));
  await local.clock({ speed });

  say('', 'The outcome of each is an event on the default bus (source cdk-aurora-backup), a metric in the', 'namespace AuroraBackup, and a notification. What the topic was told:', '');
  for (const { Subject, Message } of await local.notifications()) {
    say(`  ${Subject}`, ...Message.split('\n').map((line) => `    ${line.length > 94 ? `${line.slice(0, 93)}…` : line}`), '');
  }
  const exported = await world.objects(LAKE_REGION, LAKE_BUCKET);
  say('What RDS has written:', '', ...tree(exported), '');

  say('cdk destroy --all');
  const destroyed = await new CdkCli(local, { region: LAKE_REGION, signal: stage.signal }).destroy(directory);
  if (destroyed.exitCode !== 0) {
    throw new Error(`cdk destroy ended with ${destroyed.exitCode}.\n${destroyed.output}`);
  }
  const left = await world.objects(LAKE_REGION, LAKE_BUCKET);
  if (left.length !== exported.length) {
    throw new Error(`${exported.length} objects were exported, and ${left.length} are left`);
  }
  const calls = await local.calls();
  assertAllowed(calls);
  say(`Clusters left: ${(await world.clusters(LAKE_REGION)).length}. Exported objects left: ${left.length} of ${exported.length}, because exported data is never deleted.`,
    'A lifecycle rule of the bucket lets it expire.', '',
    `The functions and the state machines made ${calls.filter(({ role }) => role).length} AWS calls, and the policies of their roles`,
    'allowed every one.');
}

async function deploy(stage: Stage) {
  say('cdk deploy --all     (minutes:seconds on the clock of the local AWS)');
  const began = await stage.local.clock();
  const assembly = lake(stage.folder).synth();
  await deployAndWatch(stage, assembly, [LAKE_REGION]);
  const minutes = Math.round((+await stage.local.clock() - +began) / 60_000);
  say('', `The deploy is complete after ${minutes} minutes. The exports are not; they are watched.`);
  return assembly;
}

/** Resolves when all exports were told of, in both ways. Throws the first that is not good news. */
async function outcomes({ local, signal }: Stage): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    signal.throwIfAborted();
    const details: OutcomeDetail[] = (await local.events()).map(({ Detail }) => Detail).filter(({ operation }) => operation === 'export');
    const failed = details.find(({ status }) => status !== 'SUCCEEDED');
    if (failed) {
      throw new Error(failed.message);
    }
    if (details.length === EXPORTS && (await local.notifications()).length === EXPORTS) {
      return;
    }
    if (Date.now() > until) {
      throw new Error(`${details.length} of ${EXPORTS} exports have ended after ${PATIENCE_MS / 1000} s`);
    }
    await setTimeout(200);
  }
}

/** One folder per export task, and what is in it. `_SUCCESS` markers are left out. */
function tree(keys: readonly string[]): string[] {
  const files = keys.filter((key) => !key.endsWith('_SUCCESS')).map((key) => {
    const [prefix, task, ...path] = key.split('/');
    return { folder: `s3://${LAKE_BUCKET}/${prefix}/${task}/`, file: path.join('/').replace(task, '<task>') };
  });
  return [...new Set(files.map(({ folder }) => folder))].flatMap((folder) => [
    `  ${folder}`, ...files.filter((file) => file.folder === folder).map(({ file }) => `    ${file}`),
  ]);
}
