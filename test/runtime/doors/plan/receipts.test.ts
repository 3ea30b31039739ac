import { OwnershipTag } from '../../../../src/core/ownership';
import { Snapshot } from '../../../../src/core/snapshot';
import { Receipt, vaultStateOf, vaultTagKey } from '../../../../src/core/vault/receipt';
import { ReceiptEvent } from '../../../../src/runtime/doors/plan/steps';
import { throttled } from '../../../support/errors';
import { ACCOUNT, NOON, OTHER_ACCOUNT, REGION } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { PlanDoor } from '../../../support/plan-door';
import { VAULT, VAULT_ARN, aPlan, snapshotOfRun } from '../../../support/plan-events';
import { PLAN, planSnapshot } from '../../../support/plan-snapshots';
import { aSnapshot, withTags } from '../../../support/snapshots';

const logged = captureLog();

const OTHER_VAULT = { ...VAULT, vaultName: 'Other' };
const SNAPSHOT = snapshotOfRun({}, { plan: aPlan({ vaults: [VAULT, OTHER_VAULT] }) });
const STORED: Receipt = {
  version: '1',
  verdict: 'STORED',
  vaultName: 'Vault',
  vault: VAULT_ARN,
  sourceAccount: ACCOUNT,
  sourceRegion: REGION,
  snapshotArn: SNAPSHOT.arn,
  storedAt: '2026-11-22T13:00:00.000Z',
};
const REFUSED: Receipt = { ...STORED, verdict: 'REFUSED', reason: 'too many today', storedAt: undefined };

/** What becomes of the snapshots when the vault sends this. */
async function received(detail: ReceiptEvent['detail'], { account = VAULT.account, snapshots = [SNAPSHOT] }: { account?: string; snapshots?: Snapshot[] } = {}) {
  const door = new PlanDoor(new FakeRds(snapshots));
  await door.start({ door: 'plan', task: 'receipt', plan: { ...PLAN, account: ACCOUNT }, vault: VAULT, account, detail } satisfies ReceiptEvent);
  return door.rds;
}

const stateIn = (rds: FakeRds, vault = VAULT) => vaultStateOf(rds.find(SNAPSHOT.arn)!, vault);

describe('what the vault says is written onto the snapshot', () => {
  test('that it has it, and since when', async () => {
    expect(stateIn(await received(STORED))).toEqual({ state: 'stored', at: '2026-11-22T13:00:00.000Z' });
  });

  test('that it refused it, and why', async () => {
    expect(stateIn(await received(REFUSED))).toEqual({ state: 'refused', why: 'too many today' });
  });

  test('and nothing else: other vaults have not answered, and what the snapshot is known by stays', async () => {
    const rds = await received(STORED);

    expect(stateIn(rds, OTHER_VAULT)).toEqual({ state: 'awaited' });
    expect(rds.find(SNAPSHOT.arn)!.tags).toMatchObject({ [OwnershipTag.PLAN]: 'Gold', [OwnershipTag.IDENTIFIER]: SNAPSHOT.identifier });
    expect(rds.writes).toHaveLength(1);
  });

  test('also when it refused it before', async () => {
    const refused = (await received(REFUSED)).snapshots;

    expect(stateIn(await received(STORED, { snapshots: refused }))).toMatchObject({ state: 'stored' });
  });

  test('with the time at which it is heard, where the vault gives none', async () => {
    expect(stateIn(await received({ ...STORED, storedAt: undefined }))).toEqual({ state: 'stored', at: new Date(NOON).toISOString() });
  });

  test('or tried again, if RDS does not take it', async () => {
    const door = new PlanDoor(new FakeRds([SNAPSHOT]).breaks('setTags', throttled()));

    await expect(door.start({ door: 'plan', task: 'receipt', plan: { ...PLAN, account: ACCOUNT }, vault: VAULT, account: VAULT.account, detail: STORED }))
      .rejects.toThrow('Rate exceeded');
  });
});

test('that the vault has it wins over an earlier refusal that is written in the same moment', async () => {
  const door = new PlanDoor(new FakeRds([SNAPSHOT]));
  const refused = { [vaultTagKey(VAULT)]: 'refused too many today' };
  const setTags = door.rds.setTags.bind(door.rds);
  jest.spyOn(door.rds, 'setTags').mockImplementationOnce(async (...written) => {
    await setTags(...written);
    await setTags(REGION, SNAPSHOT.arn, refused);
  });
  await door.start({ door: 'plan', task: 'receipt', plan: { ...PLAN, account: ACCOUNT }, vault: VAULT, account: VAULT.account, detail: STORED });

  expect(stateIn(door.rds)).toMatchObject({ state: 'stored' });
});

describe('that the vault has it', () => {
  test.each([STORED, REFUSED])('is not taken back by what it says later ($verdict)', async (later) => {
    const stored = (await received(STORED)).snapshots;
    const rds = await received({ ...later, storedAt: '2026-11-23T00:00:00Z' }, { snapshots: stored });

    expect(stateIn(rds)).toEqual({ state: 'stored', at: '2026-11-22T13:00:00.000Z' });
    expect(rds.writes).toEqual([]);
  });
});

describe('nothing is written', () => {
  const ofAnotherPlan = planSnapshot('silver', { plan: { ...PLAN, planName: 'Silver' } });
  const byHand = aSnapshot({ identifier: 'by-hand' });
  const neverAnnounced = planSnapshot('early');
  const withCopiedTags = withTags(aSnapshot({ identifier: `${PLAN.owner}-by-hand` }), SNAPSHOT.tags);

  test.each<[string, Partial<Receipt>, string]>([
    ['another account says it', STORED, OTHER_ACCOUNT],
    ['the source account itself says it', STORED, ACCOUNT],
    ['another vault of the account says it', { ...STORED, vault: `${VAULT_ARN}2` }, VAULT.account],
    ['it names no vault', { ...STORED, vault: undefined }, VAULT.account],
    ['its version is not known', { ...STORED, version: '2' }, VAULT.account],
    ['its verdict is not known', { ...STORED, verdict: 'LOST' as 'STORED' }, VAULT.account],
    ['it is about no snapshot', { ...STORED, snapshotArn: undefined }, VAULT.account],
    ['it is about a snapshot of another account', { ...STORED, snapshotArn: SNAPSHOT.arn.replace(ACCOUNT, OTHER_ACCOUNT) }, VAULT.account],
    ['it is about a snapshot of another Region', { ...STORED, snapshotArn: SNAPSHOT.arn.replace(REGION, 'us-east-1') }, VAULT.account],
    ['the snapshot is gone', { ...STORED, snapshotArn: `${SNAPSHOT.arn}-gone` }, VAULT.account],
    ['the snapshot is of another plan', { ...STORED, snapshotArn: ofAnotherPlan.arn }, VAULT.account],
    ['the snapshot was made by hand', { ...STORED, snapshotArn: byHand.arn }, VAULT.account],
    ['the snapshot was made by hand with the tags of another', { ...STORED, snapshotArn: withCopiedTags.arn }, VAULT.account],
    ['the snapshot was never announced to it', { ...STORED, snapshotArn: neverAnnounced.arn }, VAULT.account],
  ])('if %s', async (_, detail, account) => {
    const rds = await received(detail, { account, snapshots: [SNAPSHOT, ofAnotherPlan, byHand, neverAnnounced, withCopiedTags] });

    expect(rds.writes).toEqual([]);
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: expect.stringMatching(/^receipt (is not for this plan|changes nothing)$/) }));
  });
});
