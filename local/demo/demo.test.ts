import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

jest.setTimeout(180_000);

/** The demo as `npm run demo` starts it, with no terminal. */
class Demo {
  public output = '';
  private readonly process: ChildProcess;

  constructor(...args: string[]) {
    this.process = spawn(process.execPath, ['-r', 'ts-node/register/transpile-only', join(__dirname, 'main.ts'), ...args], {
      env: { ...process.env, TS_NODE_PROJECT: 'test/tsconfig.json', NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout!, this.process.stderr!]) {
      stream.on('data', (chunk) => { this.output += chunk; });
    }
  }

  /** Waits until the demo has said it; fails with all it said if it ends without. */
  public async said(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match) {
        return match[1] ?? match[0];
      }
      if (this.process.exitCode !== null) {
        throw new Error(`the demo ended without saying ${pattern}:\n${this.output}`);
      }
      await setTimeout(100);
    }
  }

  public interrupt(): void {
    this.process.kill('SIGINT');
  }

  public async exitCode(): Promise<number | null> {
    if (this.process.exitCode === null) {
      await once(this.process, 'close');
    }
    return this.process.exitCode;
  }
}

const demos: Demo[] = [];
function demo(...args: string[]): Demo {
  const started = new Demo(...args);
  demos.push(started);
  return started;
}
afterEach(() => demos.splice(0).forEach((one) => one.interrupt()));

const ENDPOINT = /up at (http:\S+?);/;
const isUp = (endpoint: string) => fetch(`${endpoint}/_local/status`).then(() => true, () => false);

test('the default chapter shows the snapshot and its copy grow, tells where they are, and stays up for the aws CLI until Ctrl-C', async () => {
  const backup = demo('--stay');
  const endpoint = await backup.said(ENDPOINT);
  await backup.said(/The local AWS stays up until Ctrl-C/);

  expect(backup.output).toMatch(/\d\d:\d\d {2}snapshot of orders, eu-west-1 +[1-9]\d? % {2}creating/);
  expect(backup.output).toMatch(/\d\d:\d\d {2}copy of orders, eu-central-1 +[1-9]\d? % {2}copying/);
  const [, home, elsewhere] = backup.output.split(/Region eu-\w+-1 /);
  expect(home).toMatch(/│ cab-\S+-orders +│ available │ alias\/orders +│ +\d+ min old │ team=shop │\n│ {3}snapshot of orders/);
  expect(elsewhere).toMatch(/│ cab-\S+-orders +│ available │ alias\/orders-elsewhere +│ +\d+ min old │ team=shop │\n│ {3}copy from eu-west-1/);
  expect(backup.output).toMatch(/export AWS_ENDPOINT_URL=http.*\n(.*\n)+.*aws rds describe-db-cluster-snapshots/);
  expect(backup.output.split('\n').filter((line) => line.length > 100)).toEqual([]);

  expect(await isUp(endpoint)).toBe(true);
  backup.interrupt();
  expect(await backup.exitCode()).toBe(0);
  expect(await isUp(endpoint)).toBe(false);
});

test('the chapter on exports shows a deploy that ends before its exports, their outcomes, the files, and that the files stay', async () => {
  const exports = demo('export');

  expect(await exports.exitCode()).toBe(0);
  const [deploying, afterwards] = exports.output.split(/The deploy is complete after \d+ minutes/);
  expect(deploying).toMatch(/export of a snapshot to S3 +0 % {2}STARTING/);
  expect(afterwards).toMatch(/\d\d\d:\d\d {2}export of billing to S3 +100 % {2}COMPLETE/);
  expect(afterwards).toMatch(/Export complete: BillingToLake.*\n +Export cab-\S+-billing is complete\.\n/);
  expect(afterwards).toMatch(/with 1 warning: not everyt.*\n +- skipped table shop\.public\.audit: PERMISSIONS_DO_NOT_EXIST/);
  expect(afterwards).toMatch(/s3:\/\/shop-lake\/orders\/cab-\S+-orders\/\n(.*\n)+ +shop\/sales\.invoices\/1\/part-\S+\.gz\.parquet/);
  expect(afterwards).toMatch(/Clusters left: 0\. Exported objects left: 14 of 14/);
  expect(exports.output.split('\n').filter((line) => line.length > 100)).toEqual([]);
});

test('the chapter on plans shows a week of runs, the bad nights among them, what is kept, and that it stays', async () => {
  const plan = demo('plan');

  expect(await plan.exitCode()).toBe(0);
  expect(plan.output).toMatch(/Sun, 29 Nov {2}orders +SUCCEEDED +eu-west-1 27 28 29 -26 +eu-central-1 28 29 -27\n +billing +SKIPPED +eu-west-1 26 27 28 +eu-central-1 27 28\n/);
  expect(plan.output).toMatch(/Tue, 01 Dec {2}orders +FAILED +eu-west-1 29 30 01 -28 +eu-central-1 29 30\n/);
  expect(plan.output).toMatch(/Wed, 02 Dec {2}orders +SUCCEEDED +eu-west-1 29 30 01 02 +eu-central-1 30 02 -29\n/);
  expect(plan.output).toMatch(/Backup FAILED: shop-nightly\n +2 clusters: 1 succeeded, 1 failed\.\n +- orders: copy eu-central-1: /);
  expect(plan.output).toMatch(/Snapshots left: 12 of 12/);
  expect(plan.output.split('\n').filter((line) => line.length > 100)).toEqual([]);
});

test('the chapter on vaults shows copies in another account, that they outlive the shop, and its data back in a third one', async () => {
  const vault = demo('vault');

  expect(await vault.exitCode()).toBe(0);
  const [nights, afterwards] = vault.output.split(/Somebody has the credentials of an administrator/);
  expect(nights).toMatch(/Sat, 28 Nov {2}orders +shop: 27 28 +vault: 26 27 28\n +billing +shop: 27 28 +vault: 26 27 28\n/);
  expect(afterwards).toMatch(/2 clusters and 4 snapshots are gone\.\n +Deleting the copies of the vault as well: DBClusterSnapshotNotFoundFault\./);
  expect(afterwards).toMatch(/Sat, 05 Dec {2}orders +shop: nothing +vault: 28\n +billing +shop: nothing +vault: 28\n/);
  expect(afterwards).toMatch(/is shared with 333333333333 until 2026-12-06T12:/);
  expect(afterwards).toMatch(/│ 333333333333 │ cluster orders +│ 333333333333 +│ 2026-11-28 │/);
  expect(vault.output.split('\n').filter((line) => line.length > 100)).toEqual([]);
});

test('the chapter on restores shows a cluster rewound, cloned, lost and brought back, and a deploy that is stopped before it replaces it', async () => {
  const restore = demo('restore');

  expect(await restore.exitCode()).toBe(0);
  const [rewound, lost] = restore.output.split('Somebody deletes orders by hand');
  expect(rewound).toMatch(/restore of orders-1404 +[1-9]\d? % {2}creating/);
  expect(rewound).toMatch(/│ cluster orders-1404 +│ available +│ 2026-11-22 14:04 +│/);
  expect(lost).toMatch(/│ cluster orders-2 +│ available +│ 2026-11-22 12:\d\d +│\n(.*\n)+│ snapshot cab-\S+-orders +│ available +│ 2026-11-22 12:\d\d +│/);
  expect(lost).toMatch(/fails:\n +Error: this deploy would replace the cluster 'orders-2' by another one, because it changes\n +SnapshotIdentifier from/);
  expect(lost).toMatch(/The cluster was not touched\.\nThe functions/);
  expect(restore.output.split('\n').filter((line) => line.length > 100)).toEqual([]);
});

test('a deploy that fails fails the demo, in the words of AWS, and leaves nothing running', async () => {
  const backup = demo();
  const endpoint = await backup.said(ENDPOINT);
  await fetch(`${endpoint}/_local/faults`, {
    method: 'POST',
    body: JSON.stringify({ kind: 'error', action: 'rds:CopyDBClusterSnapshot', status: 400, code: 'InvalidParameterValue', message: 'no copies today', times: 1000 }),
  });

  expect(await backup.exitCode()).toBe(1);
  expect(backup.output).toMatch(/The demo failed: cdk deploy ended with 1\.\n❌ {2}Shop failed to deploy\n(.*\n)+.*InvalidParameterValue: no copies today/);
  expect(backup.output).not.toContain('What exists now');
  expect(await isUp(endpoint)).toBe(false);
});

test('Ctrl-C in the middle of a deploy ends the demo with an error, the CDK CLI and the local AWS too', async () => {
  const backup = demo();
  const endpoint = await backup.said(ENDPOINT);
  await backup.said(/of \d+ resources/);
  backup.interrupt();

  expect(await backup.exitCode()).toBe(1);
  expect(backup.output).toContain('The demo failed: ended by SIGINT');
  expect(await isUp(endpoint)).toBe(false);
});

test('an unknown chapter is answered with those that exist', async () => {
  const unknown = demo('resotre');

  expect(await unknown.exitCode()).toBe(1);
  expect(unknown.output).toMatch(/there is no chapter 'resotre'. There are:\n {2}npm run demo -- backup +a snapshot/);
});
