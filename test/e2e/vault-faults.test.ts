import { DeleteDBClusterSnapshotCommand } from '@aws-sdk/client-rds';
import { useLocalAws } from './support/e2e';
import { DAY, HOUR, MINUTE, clusterVerdicts } from './support/plans';
import {
  RECOVERY_ACCOUNT, VAULT_ACCOUNT, VAULT_NAME, backUp, beginWithVault, heard, receipts, release, releases, remembered, share, stored, taken,
  vaultCopies, vaultMetric, vaultStates,
} from './support/vaults';
import { Fault } from '../../local/local-aws';
import { ACCOUNT, HERE, THERE } from '../local/world';

const aws = useLocalAws(0);
const ALWAYS = 100_000;
const COPY = 'rds:CopyDBClusterSnapshot';
const SHARE = 'rds:ModifyDBClusterSnapshotAttribute';
const LOOK = 'rds:DescribeDBClusterSnapshots';

/** Events that reach the bus of the vault; and those that reach the default bus of the shop, which receipts come to. */
const ON_THE_BUS_OF_THE_VAULT = { action: 'events:PutEvents', identifier: `event-bus/${VAULT_NAME}$` };
const ON_THE_BUS_OF_THE_SHOP = { action: 'events:PutEvents', identifier: `${HERE}:${ACCOUNT}:event-bus/default$` };

beforeEach(async () => {
  await beginWithVault(aws);
});

/** As after any good run: the vault has it, the plan knows, nothing is there twice. */
async function expectStoredOnce() {
  const [{ DBClusterSnapshotIdentifier: source, Tags }] = (await taken(aws)).slice(-1);
  expect(await stored(aws)).toEqual([source]);
  expect(await vaultCopies(aws)).toHaveLength(1);
  expect(await remembered(aws)).toEqual([expect.stringMatching(/^stored /)]);
  expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ run: Tags['cdk-aurora-backup:generation'], verdict: 'SUCCEEDED' });
}

describe('a fault that passes: the snapshot is in the vault, once, and the run is as good as any', () => {
  test.each<[string, Fault]>([
    ['sharing is throttled', { kind: 'throttle', action: SHARE, times: 4 }],
    ['the answer of sharing is lost', { kind: 'lost', action: SHARE }],
    ['the right to share is not there yet', { kind: 'deny', action: SHARE, times: 2 }],
    ['the announcement is lost', { kind: 'lose', ...ON_THE_BUS_OF_THE_VAULT }],
    ['the announcement comes twice', { kind: 'twice', ...ON_THE_BUS_OF_THE_VAULT }],
    ['the announcement is refused', { kind: 'deny', ...ON_THE_BUS_OF_THE_VAULT }],
    ['the copy is throttled', { kind: 'throttle', action: COPY, times: 4 }],
    ['RDS is unavailable for the copy', { kind: 'error', action: COPY, times: 4, status: 503, code: 'ServiceUnavailable', message: 'come back later' }],
    ['the answer of the copy is lost', { kind: 'lost', action: COPY }],
    ['the right to copy is not there yet', { kind: 'deny', action: COPY, times: 2 }],
    ['the right to use a key is not there yet', { kind: 'kmsDenied', action: COPY, times: 2 }],
    ['the function dies before it copies', { kind: 'killLambda', action: COPY, when: 'before' }],
    ['the function dies after it has copied', { kind: 'killLambda', action: COPY, when: 'after' }],
    ['looks of the vault are throttled', { kind: 'throttle', action: LOOK, region: THERE, times: 9 }],
    ['a look of the vault kills the function', { kind: 'killLambda', action: LOOK, region: THERE, times: 2 }],
    ['the copy ends failed', { kind: 'endsFailed', action: COPY }],
    ['the receipt is lost', { kind: 'lose', ...ON_THE_BUS_OF_THE_SHOP, principal: VAULT_ACCOUNT }],
    ['the receipt is refused', { kind: 'deny', ...ON_THE_BUS_OF_THE_SHOP, principal: VAULT_ACCOUNT }],
    ['the receipt comes twice', { kind: 'twice', ...ON_THE_BUS_OF_THE_SHOP, principal: VAULT_ACCOUNT }],
    ['the plan cannot note the receipt', { kind: 'throttle', action: 'rds:AddTagsToResource', principal: 'PlansStart', times: 20 }],
  ])('%s', async (_, fault) => {
    await aws.local.fault(fault);

    await backUp(aws, 'first', 8 * HOUR);

    expect((await aws.local.faults())[0].fired).toBeGreaterThan(0);
    await expectStoredOnce();
  });

  test('five other copies are being made in the Region of the vault', async () => {
    await aws.local.settings({ copySeconds: 3 * HOUR });
    await aws.world.cluster('elsewhere', {}, THERE, VAULT_ACCOUNT);
    await aws.local.seedSnapshot({ cluster: 'elsewhere', region: THERE, account: VAULT_ACCOUNT, type: 'manual', identifier: 'other' });
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      await aws.world.copy('other', name, {}, THERE, VAULT_ACCOUNT);
    }

    await backUp(aws, 'first', 10 * HOUR);

    await expectStoredOnce();
  });
});

describe('a fault that stays', () => {
  test('the copy fails again and again: what failed is cleared away, it is counted, the plan knows why and holds its snapshot', async () => {
    await aws.local.fault({ kind: 'endsFailed', action: COPY, times: ALWAYS });

    await backUp(aws, 'first', DAY);

    expect((await vaultCopies(aws)).filter(({ Status }) => Status !== 'copying')).toEqual([]);
    expect(await remembered(aws)).toEqual([expect.stringMatching(/^refused it could not be copied/)]);
    expect(await vaultMetric(aws, 'CopyFailed')).toBeGreaterThan(3);
  });

  test('no manual snapshot more fits into the account of the vault: what is there stays, and what comes is stored when there is room again', async () => {
    await backUp(aws, 'first');
    await aws.world.cluster('elsewhere', {}, THERE, VAULT_ACCOUNT);
    await aws.local.settings({ manualSnapshotQuota: 3 });
    for (const identifier of ['a', 'b']) {
      await aws.local.seedSnapshot({ cluster: 'elsewhere', region: THERE, account: VAULT_ACCOUNT, type: 'manual', identifier });
    }

    await backUp(aws, 'second', 6 * HOUR);
    const [first, second] = (await taken(aws)).map(({ DBClusterSnapshotIdentifier }) => DBClusterSnapshotIdentifier);
    expect(await stored(aws)).toEqual([first]);
    expect(await remembered(aws)).toEqual([expect.stringMatching(/^stored /), expect.stringMatching(/^refused it could not be copied/)]);

    await aws.world.rds(THERE, VAULT_ACCOUNT).send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: 'a' }));
    await aws.local.play(6 * HOUR);
    expect(await stored(aws)).toEqual([first, second]);
  });

  test('the source is deleted before it is copied: nothing is left of it, and the verdict says so', async () => {
    await aws.local.fault({ kind: 'throttle', action: COPY, times: ALWAYS });
    await backUp(aws, 'first', HOUR);
    const [{ DBClusterSnapshotIdentifier }] = await taken(aws);

    await aws.world.rds().send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier }));
    await aws.local.clearFaults();
    await aws.local.play(8 * HOUR);

    expect(await vaultCopies(aws)).toEqual([]);
    expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ verdict: 'FAILED' });
  });

  test('no announcement arrives for a week: the vault finds by itself what is shared with it', async () => {
    await aws.local.fault({ kind: 'lose', ...ON_THE_BUS_OF_THE_VAULT, times: ALWAYS });

    await backUp(aws, 'first', 3 * HOUR);

    expect(await heard(aws)).toEqual([]);
    expect(await receipts(aws)).toContainEqual(expect.objectContaining({ verdict: 'STORED' }));
    await expectStoredOnce();
  });

  test('no receipt arrives: the vault has it, the plan holds its snapshot for a week, and then says that nobody answered', async () => {
    await aws.local.fault({ kind: 'lose', ...ON_THE_BUS_OF_THE_SHOP, principal: VAULT_ACCOUNT, times: ALWAYS });

    await backUp(aws, 'first', 8 * DAY);

    expect(await stored(aws)).toHaveLength(1);
    expect(await remembered(aws)).toEqual(['awaited']);
    expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ verdict: 'FAILED', reason: expect.stringContaining('vault') });
  });
});

describe('giving a copy back', () => {
  const REQUEST = { recoveryAccountId: RECOVERY_ACCOUNT, sourceAccountId: ACCOUNT, clusterIdentifier: 'orders', hours: 6, reason: 'an exercise' };
  const sharedWith = async () => (await vaultCopies(aws)).map(({ SharedWith }) => SharedWith);

  beforeEach(async () => {
    await backUp(aws, 'first');
  });

  test.each<[string, Fault]>([
    ['sharing is throttled', { kind: 'throttle', action: SHARE, region: THERE, times: 4 }],
    ['the answer of sharing is lost', { kind: 'lost', action: SHARE, region: THERE }],
    ['the function dies before it shares', { kind: 'killLambda', action: SHARE, region: THERE, when: 'before' }],
    ['the function dies after it has shared', { kind: 'killLambda', action: SHARE, region: THERE, when: 'after' }],
    ['the tag cannot be written at once', { kind: 'throttle', action: 'rds:AddTagsToResource', region: THERE, times: 4 }],
  ])('%s: it is shared for six hours, and told once', async (_, fault) => {
    await aws.local.fault(fault);

    await release(aws, REQUEST);
    await aws.local.play(HOUR);
    expect((await aws.local.faults())[0].fired).toBeGreaterThan(0);
    expect(await sharedWith()).toEqual([[RECOVERY_ACCOUNT]]);

    await aws.local.play(7 * HOUR);
    expect(await sharedWith()).toEqual([[]]);
    expect((await releases(aws)).map(({ state }) => state)).toEqual(['SHARED', 'ENDED']);
    expect(await vaultMetric(aws, 'CopiesReleased')).toBe(1);
  });

  test.each<[string, Fault]>([
    ['throttled', { kind: 'throttle', action: SHARE, region: THERE, times: 4 }],
    ['done, and its answer is lost', { kind: 'lost', action: SHARE, region: THERE }],
    ['begun by a function that dies', { kind: 'killLambda', action: SHARE, region: THERE, when: 'before' }],
  ])('the end of the sharing is %s: it ends all the same, and is told once', async (_, fault) => {
    await release(aws, REQUEST);
    await aws.local.play(HOUR);
    await aws.local.fault(fault);

    await aws.local.play(7 * HOUR);

    expect((await aws.local.faults())[0].fired).toBeGreaterThan(0);
    expect(await sharedWith()).toEqual([[]]);
    expect((await releases(aws)).map(({ state }) => state)).toEqual(['SHARED', 'ENDED']);
  });

  test('somebody stops the execution: the sharing ends all the same, within the hour', async () => {
    const executionArn = await release(aws, REQUEST);
    await aws.local.play(HOUR);
    await vaultStates(aws, 'StopExecution', { executionArn });

    await aws.local.play(4 * HOUR);
    expect(await sharedWith()).toEqual([[RECOVERY_ACCOUNT]]);
    await aws.local.play(2 * HOUR + 10 * MINUTE);
    expect(await sharedWith()).toEqual([[]]);
  });

  test('somebody has shared the copy by hand with another account: that is ended first, by the same state machine', async () => {
    const [{ DBClusterSnapshotIdentifier: snapshotIdentifier }] = await vaultCopies(aws);
    await share(aws, snapshotIdentifier, { account: VAULT_ACCOUNT, region: THERE, with: '555555555555' });

    const refused = await release(aws, REQUEST);
    await aws.local.play(HOUR);
    expect(await vaultStates(aws, 'DescribeExecution', { executionArn: refused }))
      .toMatchObject({ status: 'FAILED', cause: expect.stringMatching(/released to account 555555555555.*"end": true/) });

    await release(aws, { end: true, snapshotIdentifier, reason: 'nobody knows who that is' });
    await aws.local.play(10 * MINUTE);
    expect(await sharedWith()).toEqual([[]]);
    await release(aws, REQUEST);
    await aws.local.play(HOUR);
    expect(await sharedWith()).toEqual([[RECOVERY_ACCOUNT]]);
  });

  test('a copy is taken back before its time', async () => {
    await release(aws, REQUEST);
    await aws.local.play(HOUR);
    const [{ DBClusterSnapshotIdentifier: snapshotIdentifier }] = await vaultCopies(aws);

    await release(aws, { end: true, snapshotIdentifier, reason: 'it was the wrong one' });
    await aws.local.play(10 * MINUTE);
    expect(await sharedWith()).toEqual([[]]);

    await aws.local.play(7 * HOUR);
    expect((await releases(aws)).map(({ state }) => state)).toEqual(['SHARED', 'ENDED']);
  });

  test.each<[string, object, RegExp]>([
    ['an account that is none of the recovery accounts', { ...REQUEST, recoveryAccountId: '555555555555' }, /one of the recovery accounts/],
    ['a cluster that the vault has nothing of', { ...REQUEST, clusterIdentifier: 'billing' }, /billing/],
    ['more than a week', { ...REQUEST, hours: 169 }, /hours/],
    ['no account', { ...REQUEST, recoveryAccountId: undefined }, /recoveryAccountId/],
  ])('is refused for %s', async (_, request, reason) => {
    const executionArn = await release(aws, request);
    await aws.local.play(HOUR);

    expect(await vaultStates(aws, 'DescribeExecution', { executionArn })).toMatchObject({ status: 'FAILED', cause: expect.stringMatching(reason) });
    expect(await sharedWith()).toEqual([[]]);
    expect(await releases(aws)).toEqual([]);
  });
});
