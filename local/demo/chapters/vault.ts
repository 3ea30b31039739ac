import {
  DeleteDBClusterCommand, DeleteDBClusterSnapshotCommand, DeleteDBInstanceCommand, DescribeDBInstancesCommand, RDSClient,
  RestoreDBClusterFromSnapshotCommand,
} from '@aws-sdk/client-rds';
import { ListStateMachinesCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { App } from 'aws-cdk-lib';
import Table from 'cli-table3';
import { RELEASE_DETAIL_TYPE } from '../../../src/core/vault/release';
import { assertAllowed } from '../../call-report';
import { CdkCli } from '../../cdk-cli';
import { LocalAws, SnapshotFacts } from '../../local-aws';
import { ELSEWHERE, HOME } from '../shop';
import { Chapter, Stage, say } from '../stage';
import { RECOVERY, RECOVERY_KEY, SHOP, VAULT, recoveryApp, shopApp, vaultApp } from '../three-accounts';

/** On the emulated clock. */
const DURATIONS = { snapshotSeconds: 8 * 60, copySeconds: 25 * 60 };

/** The noon of a Wednesday. */
const BEGIN = '2026-11-25T12:00:00Z';
const HOUR = 3600;
const DAY = 24 * HOUR;
const NIGHTS = 3;
const CLUSTERS = ['orders', 'billing'];

/** Longer than the vault keeps what is not the newest. */
const DAYS_UNTIL_SOMEBODY_NEEDS_IT = 7;
const RELEASE_HOURS = 24;

export const chapter: Chapter = {
  title: 'a shop is wiped, and comes back from a vault in another account',
  story: [
    `The shop (account ${SHOP}, ${HOME}) is backed up every night, and a vault (account`,
    `${VAULT}, ${ELSEWHERE}) fetches every snapshot and keeps it under a key of its own. Then`,
    "somebody deletes everything in the shop's account. A week later the vault releases a copy to a",
    `third account (${RECOVERY}), which restores it under its own key.`,
    'The apps are local/demo/three-accounts.ts.',
  ],
  play,
  lookFurther: [
    '# The access key is the account.',
    `AWS_ACCESS_KEY_ID=${VAULT} aws rds describe-db-cluster-snapshots --region ${ELSEWHERE}`,
    `AWS_ACCESS_KEY_ID=${RECOVERY} aws rds describe-db-clusters --region ${ELSEWHERE}`,
    'curl "$AWS_ENDPOINT_URL/_local/events"                    # announcements, receipts, the release',
    'curl "$AWS_ENDPOINT_URL/_local/calls?action=rds:*"         # who called what, with which answer',
  ],
};

async function play(stage: Stage): Promise<void> {
  const { local } = stage;
  await local.clock({ at: BEGIN, speed: 0 });
  await local.settings(DURATIONS);
  await deploy(stage, 'the shop ', SHOP, HOME, shopApp);
  await deploy(stage, 'the vault', VAULT, ELSEWHERE, vaultApp);
  await deploy(stage, 'recovery ', RECOVERY, ELSEWHERE, recoveryApp);

  say('', 'From here every pair of lines is a night. The numbers are the days whose snapshots there are the', 'morning after. The shop keeps two, the vault four days.', '');
  for (let night = 1; night <= NIGHTS; night++) {
    stage.signal.throwIfAborted();
    await tell(local, await local.play(DAY));
  }

  say('', "Somebody has the credentials of an administrator of the shop's account, and uses them:");
  await wipe(local);
  say('', `${DAYS_UNTIL_SOMEBODY_NEEDS_IT} days later. Of what is older than four days the vault keeps the newest of each cluster:`, '');
  await tell(local, await local.play(DAYS_UNTIL_SOMEBODY_NEEDS_IT * DAY));

  say('', 'In the account of the vault somebody starts the state machine that gives a copy back:');
  const { snapshotArn } = await release(local);
  say('', `In account ${RECOVERY}:`);
  await restore(local, snapshotArn);
  await local.play((RELEASE_HOURS + 2) * HOUR);
  const sharedStill = (await copies(local)).filter(({ SharedWith }) => SharedWith.length > 0);
  if (sharedStill.length > 0) {
    throw new Error(`${sharedStill.length} copies are still shared after the end of the release`);
  }
  say('', `After ${RELEASE_HOURS} hours nothing is shared any more. What exists now:`, '', await everything(local));

  const calls = await local.calls();
  assertAllowed(calls);
  say('', `The functions and state machines of both apps made ${calls.filter(({ role }) => role).length} AWS calls, and the policies of their roles`, 'allowed every one.');
}

async function deploy({ local, folder, signal }: Stage, what: string, account: string, region: string, app: (outdir: string) => App): Promise<void> {
  say(`cdk deploy   ${what}   account ${account}, ${region}`);
  const { exitCode, output } = await new CdkCli(local, { account, region, signal }).deploy(app(`${folder}/${account}`).synth().directory);
  if (exitCode !== 0) {
    throw new Error(`cdk deploy ended with ${exitCode}.\n${output.slice(Math.max(0, output.lastIndexOf('❌')))}`);
  }
}

/** A line for each cluster: of which days there are snapshots in the shop, and copies in the vault. */
async function tell(local: LocalAws, morning: Date): Promise<void> {
  const all = (await local.snapshots()).filter(({ SnapshotType, Status }) => SnapshotType === 'manual' && Status === 'available');
  CLUSTERS.forEach((cluster, index) => {
    const days = (account: string) => all.filter((snapshot) => accountOf(snapshot) === account && snapshot.Tags['cdk-aurora-backup:cluster'] === cluster)
      .map(dayOf).join(' ') || 'nothing';
    const name = index === 0 ? morning.toUTCString().slice(0, 11) : '';
    say(`  ${name.padEnd(13)}${cluster.padEnd(11)}shop: ${days(SHOP).padEnd(14)}vault: ${days(VAULT)}`);
  });
}

async function wipe(local: LocalAws): Promise<void> {
  const rds = new RDSClient(local.client(HOME, SHOP));
  const doomed = (await local.snapshots()).filter((snapshot) => accountOf(snapshot) === SHOP && snapshot.SnapshotType === 'manual');
  for (const { DBClusterSnapshotIdentifier } of doomed) {
    await rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier }));
  }
  for (const { DBInstanceIdentifier } of (await rds.send(new DescribeDBInstancesCommand({}))).DBInstances ?? []) {
    await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier, SkipFinalSnapshot: true }));
  }
  for (const DBClusterIdentifier of CLUSTERS) {
    await rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier, SkipFinalSnapshot: true }));
  }
  say(`  ${CLUSTERS.length} clusters and ${doomed.length} snapshots are gone.`);
  try {
    const [copy] = await copies(local);
    await rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: copy.DBClusterSnapshotArn }));
    throw new Error('the shop could delete a copy of the vault');
  } catch (error) {
    if (!/NotFound|AccessDenied|InvalidParameter/.test((error as Error).name)) {
      throw error;
    }
    say(`  Deleting the copies of the vault as well: ${(error as Error).name}.`);
  }
}

/** The copies in the account of the vault, oldest first. */
async function copies(local: LocalAws): Promise<SnapshotFacts[]> {
  return (await local.snapshots()).filter((snapshot) => accountOf(snapshot) === VAULT && snapshot.Tags['cdk-aurora-backup:vault'] !== undefined);
}

async function release(local: LocalAws): Promise<{ snapshotArn: string }> {
  const states = new SFNClient(local.client(ELSEWHERE, VAULT));
  const { stateMachines = [] } = await states.send(new ListStateMachinesCommand({}));
  const input = { recoveryAccountId: RECOVERY, sourceAccountId: SHOP, clusterIdentifier: 'orders', hours: RELEASE_HOURS, reason: 'the shop was wiped' };
  await states.send(new StartExecutionCommand({
    stateMachineArn: stateMachines.find(({ name }) => name!.endsWith('-release'))!.stateMachineArn, input: JSON.stringify(input),
  }));
  await local.play(HOUR / 2);
  const released = (await local.events()).find(({ DetailType, Detail }) => DetailType === RELEASE_DETAIL_TYPE && Detail.state === 'SHARED');
  if (!released) {
    throw new Error('the vault released nothing');
  }
  say('  aws stepfunctions start-execution --state-machine-arn … --input \\', `    '${JSON.stringify(input).replace(/,"clu/, ',\n      "clu').replace(/,"rea/, ',\n      "rea')}'`,
    '', `  ${released.Detail.snapshotArn}`, `  is shared with ${RECOVERY} until ${released.Detail.until}.`);
  return released.Detail;
}

async function restore(local: LocalAws, snapshotArn: string): Promise<void> {
  say('  aws rds restore-db-cluster-from-snapshot --db-cluster-identifier orders \\',
    `    --engine aurora-postgresql --kms-key-id ${RECOVERY_KEY} --snapshot-identifier \\`, `    ${snapshotArn}`);
  await new RDSClient(local.client(ELSEWHERE, RECOVERY)).send(new RestoreDBClusterFromSnapshotCommand({
    DBClusterIdentifier: 'orders', Engine: 'aurora-postgresql', SnapshotIdentifier: snapshotArn, KmsKeyId: RECOVERY_KEY,
  }));
}

/** Of all three accounts, what there is of the shop's data. */
async function everything(local: LocalAws): Promise<string> {
  const table = new Table({ head: ['Account', 'What exists now', 'Encrypted with a key of', 'Data of'], colWidths: [14, 44, 25, 12], style: { head: [], border: [] } });
  for (const cluster of await local.clusters()) {
    table.push([accountIn(cluster.DBClusterArn), `cluster ${cluster.DBClusterIdentifier}`, keyOwner(cluster.KmsKeyId), dayOfData(cluster.Origin?.DataTime)]);
  }
  for (const snapshot of (await local.snapshots()).filter(({ SnapshotType }) => SnapshotType === 'manual')) {
    table.push([accountOf(snapshot), snapshot.DBClusterSnapshotIdentifier, keyOwner(snapshot.KmsKeyId), dayOfData(snapshot.Origin.DataTime)]);
  }
  return table.toString();
}

function accountOf({ DBClusterSnapshotArn }: SnapshotFacts): string {
  return accountIn(DBClusterSnapshotArn);
}

function accountIn(arn: string): string {
  return arn.split(':')[4];
}

function keyOwner(keyArn: string | null | undefined): string {
  return keyArn ? accountIn(keyArn) : 'AWS';
}

/** The day of the month. */
function dayOf({ Origin }: SnapshotFacts): string {
  return Origin.DataTime.slice(8, 10);
}

function dayOfData(time: string = ''): string {
  return time.slice(0, 10);
}
