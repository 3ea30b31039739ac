import { RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Declaration } from './support/deployed-stack';
import { useLocalAws } from './support/e2e';
import { AT_THREE, DAY, FIRST_NOON, HOUR, MINUTE, clusterVerdicts, metricLines, run } from './support/plans';
import { clusterOf } from './support/subjects';
import { RECEIPT, VAULT_ACCOUNT, VAULT_BUS, VAULT_NAME, beginWithVault, putEvent, remembered, shopWith, stored, taken, vaultWith } from './support/vaults';
import { Fault } from '../../local/local-aws';
import { ACCOUNT, HERE, THERE } from '../local/world';
import { AuroraBackupPlan, RetentionPolicy, SnapshotVault } from 'cdk-aurora-backup';

/** The side of the plan: what it keeps for vaults, and what it does where a snapshot cannot be shared. */
const aws = useLocalAws(0);

const DEFAULT_BUS_OF_THE_SHOP = `arn:aws:events:${HERE}:${ACCOUNT}:event-bus/default`;
const DEFAULT_KEY = 'alias/aws/rds';
const SHARED_IN_PLACE_OF = 'cdk-aurora-backup:shared-in-place-of';

/** The backups of the plan, oldest first, by the run that took them. */
async function backups(): Promise<string[]> {
  return (await taken(aws)).filter(({ Tags }) => !(SHARED_IN_PLACE_OF in Tags)).map(({ Tags }) => Tags['cdk-aurora-backup:generation']);
}

async function copiesForVaults() {
  return (await taken(aws)).filter(({ Tags }) => SHARED_IN_PLACE_OF in Tags);
}

/** What the vault says of the snapshot of a run. */
async function answer(name: string, verdict: 'STORED' | 'REFUSED', reason?: string): Promise<void> {
  const { DBClusterSnapshotArn } = (await taken(aws)).find(({ Tags }) => Tags['cdk-aurora-backup:generation'] === name)!;
  const refused = await putEvent(aws, VAULT_ACCOUNT, {
    bus: DEFAULT_BUS_OF_THE_SHOP,
    detailType: RECEIPT,
    detail: {
      version: '1',
      verdict,
      vaultName: VAULT_NAME,
      vault: VAULT_BUS,
      sourceAccount: ACCOUNT,
      sourceRegion: HERE,
      snapshotArn: DBClusterSnapshotArn,
      reason,
      storedAt: '2027-03-01T13:00:00Z',
    },
  });
  expect(refused).toBeUndefined();
}

describe('a vault that only answers', () => {
  /** There is no vault: the tests answer in its place, and nothing hears the announcements. */
  beforeEach(async () => {
    aws.excuse(({ action, role }) => action === 'events:PutEvents' && /PlanVaultsRole/.test(role ?? ''));
    await aws.local.clock({ speed: 0, at: FIRST_NOON });
    await aws.local.settings({ snapshotSeconds: MINUTE, copySeconds: 10 * MINUTE, defaultEncryption: 'none' });
    await aws.stack().deploy(shopWith());
  });

  test('and says nothing has its snapshots kept for seven days, then only the newest stays', async () => {
    await run(aws, 'first', DAY);
    await run(aws, 'second', DAY + HOUR);
    expect(await backups()).toEqual(['first', 'second']);
    expect((await clusterVerdicts(aws)).map(({ verdict, reason }) => [verdict, reason])).toEqual(
      Array(2).fill(['FAILED', expect.stringContaining('has not answered within 24 hours')]),
    );

    await aws.local.play(6 * DAY);
    await run(aws, 'third');
    expect(await backups()).toEqual(['third']);
  });

  test('and has them lets the plan prune, but for the newest that it has', async () => {
    await run(aws, 'first', 10 * MINUTE);
    await answer('first', 'STORED');
    await aws.local.play(HOUR);
    await run(aws, 'second', 10 * MINUTE);
    expect(await backups()).toEqual(['first', 'second']);

    await answer('second', 'STORED');
    await aws.local.play(HOUR);
    expect((await clusterVerdicts(aws)).map(({ verdict }) => verdict)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    await run(aws, 'third', 10 * MINUTE);
    expect(await backups()).toEqual(['second', 'third']);
  });

  test('and refuses one fails the run in its own words, and the age in the vault goes on growing', async () => {
    await run(aws, 'first', 10 * MINUTE);
    await answer('first', 'STORED');
    await aws.local.play(HOUR);
    await run(aws, 'second', 10 * MINUTE);
    await answer('second', 'REFUSED', 'as many as it admits in a day');
    await aws.local.play(3 * HOUR);

    expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ verdict: 'FAILED', reason: expect.stringContaining('the vault refused it: as many as it admits in a day') });
    const ages = (await metricLines(aws)).filter(({ NewestSnapshotAge }) => NewestSnapshotAge !== undefined);
    const [inVault, atHome] = [true, false].map((vault) => ages.filter(({ Vault }) => (Vault !== undefined) === vault).at(-1)!.NewestSnapshotAge);
    expect(inVault).toBeGreaterThan(atHome + HOUR);
  });

  test.each<[string, Fault | undefined]>([
    ['and is full does not stop the backups at home: where the quota is reached, what it refused gives way', undefined],
    ['and is full costs one snapshot, also where the function dies that has deleted it',
      { kind: 'killLambda', action: 'rds:DeleteDBClusterSnapshot', principal: 'PlansPrune', when: 'after' }],
  ])('%s', async (_, fault) => {
    await aws.local.settings({ manualSnapshotQuota: 3 });
    for (const name of ['first', 'second', 'third']) {
      await run(aws, name, 10 * MINUTE);
      if (name === 'second') {
        await answer(name, 'REFUSED', 'full');
      }
      await aws.local.play(HOUR);
    }
    expect(await backups()).toEqual(['first', 'second', 'third']);
    if (fault) {
      await aws.local.fault(fault);
    }

    await run(aws, 'fourth');

    expect((await aws.local.faults()).map(({ fired }) => fired)).toEqual(fault ? [1] : []);
    expect(await backups()).toEqual(['first', 'third', 'fourth']);
    await aws.local.play(DAY);
    expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ run: 'fourth', reports: [expect.stringMatching(/deleted although not every vault/)] });
  });

  test('and is named by nobody else is not believed: its word about another snapshot changes nothing', async () => {
    await run(aws, 'first', 10 * MINUTE);
    await putEvent(aws, ACCOUNT, { bus: DEFAULT_BUS_OF_THE_SHOP, detailType: RECEIPT, detail: { version: '1', verdict: 'STORED', vault: VAULT_BUS } });
    await aws.local.play(HOUR);

    expect(await remembered(aws)).toEqual(['awaited']);
  });
});

describe('a cluster whose snapshots cannot be shared', () => {
  /** Under the default key of the account, or under one that AWS owns: what a cluster gets that is made without any. */
  const shopUnder = (kmsKeyId?: string): Declaration => (stack) => {
    const orders = new rds.CfnDBCluster(stack, 'Orders', {
      dbClusterIdentifier: 'orders',
      engine: 'aurora-postgresql',
      masterUsername: 'postgres',
      masterUserPassword: 'not-a-secret',
      ...(kmsKeyId ? { storageEncrypted: true, kmsKeyId } : {}),
    });
    orders.applyRemovalPolicy(RemovalPolicy.RETAIN);
    new AuroraBackupPlan(stack, 'Plan', {
      planName: 'gold',
      schedule: AT_THREE,
      enabled: false,
      retention: RetentionPolicy.keepLast(1),
      clusters: [clusterOf(stack, 'orders')],
      vaults: [SnapshotVault.fromEventBusArn(stack, 'Vault', VAULT_BUS)],
      sharingKey: new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.RETAIN }),
    });
  };

  async function beginUnder(kmsKeyId?: string): Promise<void> {
    await aws.local.clock({ speed: 0, at: FIRST_NOON });
    await aws.local.settings({ snapshotSeconds: MINUTE, copySeconds: 10 * MINUTE });
    expect(await aws.stack().deploy(shopUnder(kmsKeyId))).toMatchObject({ status: 'CREATE_COMPLETE' });
    expect(await aws.stack('Vault', THERE, VAULT_ACCOUNT).deploy(vaultWith())).toMatchObject({ status: 'CREATE_COMPLETE' });
  }

  /** As after any good run: the vault has one copy, the plan knows, and nothing that was made for the vault is left. */
  async function expectStored(name: string) {
    expect(await stored(aws)).toHaveLength(1);
    expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ run: name, verdict: 'SUCCEEDED' });
    expect(await backups()).toEqual([name]);
    expect(await remembered(aws)).toEqual([expect.stringMatching(/^stored /)]);
    expect(await copiesForVaults()).toEqual([]);
  }

  test.each([
    ['the default key', DEFAULT_KEY], ['a key that AWS owns', undefined],
  ])('because they are under %s, is in the vault all the same: by a copy under another key, which is all that is shared, and gone afterwards', async (_, kmsKeyId) => {
    await beginUnder(kmsKeyId);
    await run(aws, 'first', 15 * MINUTE);
    const [{ SharedWith, KmsKeyId }] = await copiesForVaults();
    expect({ SharedWith }).toEqual({ SharedWith: [VAULT_ACCOUNT] });
    expect(KmsKeyId).toContain(`:${ACCOUNT}:key/`);
    expect((await taken(aws)).filter(({ Tags }) => !(SHARED_IN_PLACE_OF in Tags)).map((one) => one.SharedWith)).toEqual([[]]);

    await aws.local.play(2 * HOUR);
    await expectStored('first');
  });

  test.each<[string, Fault]>([
    ['the copy is throttled', { kind: 'throttle', action: 'rds:CopyDBClusterSnapshot', principal: 'PlansStart', times: 4 }],
    ['the answer of the copy is lost', { kind: 'lost', action: 'rds:CopyDBClusterSnapshot', principal: 'PlansStart' }],
    ['the function dies after it has copied', { kind: 'killLambda', action: 'rds:CopyDBClusterSnapshot', principal: 'PlansStart', when: 'after' }],
    ['sharing is throttled', { kind: 'throttle', action: 'rds:ModifyDBClusterSnapshotAttribute', times: 4 }],
    ['the function dies before it shares', { kind: 'killLambda', action: 'rds:ModifyDBClusterSnapshotAttribute', when: 'before' }],
    ['looks are throttled', { kind: 'throttle', action: 'rds:DescribeDBClusterSnapshots', principal: 'PlansLook', times: 9 }],
    ['the removal of the copy is throttled', { kind: 'throttle', action: 'rds:DeleteDBClusterSnapshot', principal: 'PlansPrune', times: 2 }],
    ['the answer of the removal is lost', { kind: 'lost', action: 'rds:DeleteDBClusterSnapshot', principal: 'PlansPrune' }],
  ])('is in the vault once, and nothing else is left, if %s', async (_, fault) => {
    await beginUnder(DEFAULT_KEY);
    aws.excuse(({ action }) => action === 'rds:DeleteDBClusterSnapshot'); // asked again for what has gone
    await aws.local.fault(fault);

    await run(aws, 'first', 4 * HOUR);

    expect((await aws.local.faults())[0].fired).toBeGreaterThan(0);
    await expectStored('first');
  });

  test('of which no copy can be made fails the run, and leaves nothing behind; the next run is as good as any', async () => {
    await beginUnder(DEFAULT_KEY);
    await aws.local.fault({ kind: 'endsFailed', action: 'rds:CopyDBClusterSnapshot', principal: 'PlansStart' });
    await run(aws, 'first', 2 * HOUR);
    expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ verdict: 'FAILED', reason: expect.stringContaining('no copy that can be shared was made') });
    expect(await copiesForVaults()).toEqual([]);

    await run(aws, 'second', 2 * HOUR);
    expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ run: 'second', verdict: 'SUCCEEDED' });
    expect(await copiesForVaults()).toEqual([]);
  });

  test('of which the copy cannot be removed has it removed by the next run', async () => {
    await beginUnder(DEFAULT_KEY);
    await aws.local.fault({ kind: 'deny', action: 'rds:DeleteDBClusterSnapshot', principal: 'PlansPrune', times: 100 });
    await run(aws, 'first', 3 * HOUR);
    expect(await copiesForVaults()).toHaveLength(1);

    await aws.local.clearFaults();
    await run(aws, 'second', 3 * HOUR);
    expect(await stored(aws)).toHaveLength(2);
    expect(await copiesForVaults()).toEqual([]);
  });
});

test('the keys of a plan and of a vault fit together: what the plan opens is what the vault asks for, and nothing is refused', async () => {
  await beginWithVault(aws);
  await run(aws, 'first', 2 * HOUR);

  expect(await stored(aws)).toHaveLength(1);
});
