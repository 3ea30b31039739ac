import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteDBClusterCommand, DeleteDBInstanceCommand, DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import Table from 'cli-table3';
import { assertAllowed } from '../../call-report';
import { CdkCli } from '../../cdk-cli';
import { LocalAws } from '../../local-aws';
import { LostShop, lostShop } from '../lost-shop';
import { HOME } from '../shop';
import { Chapter, Stage, say } from '../stage';
import { deployAndWatch } from '../watched-deploy';

/** On the emulated clock. RDS takes longer; nobody wants to watch it four times. */
const DURATIONS = { snapshotSeconds: 4 * 60, restoreSeconds: 6 * 60, instanceSeconds: 60 };

const BEGIN = '2026-11-22T12:00:00Z';
const HOUR = 3600;
const DAYS_OF_BUSINESS = 20;
/** The minute before the accident. */
const REWIND_TO = '2026-11-22T14:04:00Z';

export const chapter: Chapter = {
  title: 'a cluster is rewound, cloned, lost, brought back and guarded',
  story: [
    'An app with a cluster, orders, is deployed; a snapshot is taken before the release. At 14:05',
    'somebody overwrites data: the moment before becomes a cluster of its own. There is a clone for a',
    'test, too. Then the cluster is deleted by hand, and its snapshot becomes orders-2. Weeks later a',
    'change of the app would replace that by another state, without anybody having meant it.',
    'The app is local/demo/lost-shop.ts.',
  ],
  play,
  lookFurther: [
    'aws rds describe-db-clusters',
    'aws rds describe-db-cluster-snapshots --snapshot-type manual',
    'aws ssm get-parameters-by-path --path /cdk-aurora-backup --recursive   # of restore points',
    'aws cloudformation describe-stack-events --stack-name Shop',
    'curl "$AWS_ENDPOINT_URL/_local/clusters"                   # whose data each cluster has',
  ],
};

async function play(stage: Stage): Promise<void> {
  const { local } = stage;
  await local.clock({ at: BEGIN });
  await local.settings(DURATIONS);

  await deploy(stage, 'the shop: orders, and a snapshot of it before the release', { orders: true });

  await local.clock({ advance: 4 * HOUR });
  say('', 'At 14:05 somebody ran an UPDATE without its WHERE. Two hours later it is noticed.');
  await deploy(stage, 'beside it a cluster with the data of 14:04, and a clone of now for a test', { orders: true, rewindTo: REWIND_TO, clone: true });
  say('', await everything(local), '', 'What was overwritten is read out of orders-1404, the clone has done its duty: both go.');
  await deploy(stage, 'the shop as before', { orders: true });

  say('', 'Somebody deletes orders by hand, without a final snapshot.');
  await lose(local, 'orders');
  await deploy(stage, 'in its place orders-2, from the newest good snapshot of orders', { restored: { clusterIdentifier: 'orders' } });
  const restored = await everything(local);
  say('', restored, '');

  await local.clock({ advance: DAYS_OF_BUSINESS * 24 * HOUR });
  say(`${DAYS_OF_BUSINESS} days later somebody tidies up, and has the restore point look for the name that the cluster has`,
    'now. To CloudFormation that is another snapshot, so another cluster in place of this one.');
  await deployInVain(stage, { restored: { clusterIdentifier: 'orders-2', trigger: 'tidy' } });
  if (await everything(local) !== restored) {
    throw new Error(`a deploy that had to be refused has changed something:\n${await everything(local)}`);
  }
  say('', 'The cluster was not touched.');

  const calls = await local.calls();
  assertAllowed(calls);
  say(`The functions in the stack made ${calls.filter(({ role }) => role).length} AWS calls, and the policies of their roles allowed every one.`);
}

async function deploy(stage: Stage, what: string, shop: LostShop): Promise<void> {
  say('', `cdk deploy   ${what}`);
  await deployAndWatch(stage, lostShop(mkdtempSync(join(stage.folder, 'app-')), shop).synth(), [HOME]);
}

/** A deploy that has to fail, in the words of the guard. */
async function deployInVain({ local, folder, signal }: Stage, shop: LostShop): Promise<void> {
  say('', 'cdk deploy   the tidy shop');
  const { exitCode, output } = await new CdkCli(local, { region: HOME, signal }).deploy(lostShop(mkdtempSync(join(folder, 'app-')), shop).synth().directory);
  const words = /Received response status \[FAILED\] from custom resource. Message returned: (.*)/.exec(output)?.[1];
  if (exitCode === 0 || words === undefined) {
    throw new Error(`cdk deploy ended with ${exitCode}, and not in the words of the guard.\n${output}`);
  }
  say('  fails:', ...inLines(words));
}

async function lose(local: LocalAws, DBClusterIdentifier: string): Promise<void> {
  const rds = new RDSClient(local.client(HOME));
  const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({ Filters: [{ Name: 'db-cluster-id', Values: [DBClusterIdentifier] }] }));
  for (const { DBInstanceIdentifier } of DBInstances) {
    await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier, SkipFinalSnapshot: true }));
  }
  await rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier, SkipFinalSnapshot: true }));
}

/** What there is of the shop's data, and of when. */
async function everything(local: LocalAws): Promise<string> {
  const table = new Table({ head: ['What exists now', 'Status', 'Data of'], colWidths: [60, 15, 20], style: { head: [], border: [] } });
  for (const { DBClusterIdentifier, Status, Origin } of await local.clusters()) {
    table.push([`cluster ${DBClusterIdentifier}`, Status, Origin ? minuteOf(Origin.DataTime) : 'now']);
  }
  for (const { DBClusterSnapshotIdentifier, Status, Origin } of (await local.snapshots()).filter(({ SnapshotType }) => SnapshotType === 'manual')) {
    table.push([`snapshot ${DBClusterSnapshotIdentifier}`, Status, minuteOf(Origin.DataTime)]);
  }
  return table.toString();
}

function minuteOf(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}

function inLines(text: string): string[] {
  return text.match(/.{1,92}(\s|$)/g)!.map((line) => `    ${line.trimEnd()}`);
}
