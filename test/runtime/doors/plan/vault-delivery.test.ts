import { Verdict } from '../../../../src/core/plan/verdict';
import { Receipt, vaultStateOf, vaultTagKey } from '../../../../src/core/vault/receipt';
import { vaultId } from '../../../../src/core/vault/vault-address';
import { ClusterMemory, DeliveryInput } from '../../../../src/runtime/doors/plan/steps';
import { denied } from '../../../support/errors';
import { ACCOUNT, NOON, OTHER_ACCOUNT, REGION, minutes } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { PlanDoor } from '../../../support/plan-door';
import { VAULT, VAULT_ARN, aPlan, clusterEvent, identifierOf, snapshotOfRun } from '../../../support/plan-events';
import { ORDERS, PLAN } from '../../../support/plan-snapshots';

captureLog();

const SECOND = { ...VAULT, account: '444444444444', vaultName: 'Second' };
const plan = aPlan({ vaults: [VAULT, SECOND], shareWith: [OTHER_ACCOUNT] });
const FACTS = { plan };
const SNAPSHOT = snapshotOfRun({}, FACTS);

/** What a vault answers at once, as often as it is told. */
async function answer(door: PlanDoor, vault: typeof VAULT, verdict: Receipt['verdict'], reason?: string): Promise<void> {
  await door.start({
    door: 'plan',
    task: 'receipt',
    plan: { ...PLAN, account: ACCOUNT },
    vault,
    account: vault.account,
    detail: {
      version: '1',
      verdict,
      vaultName: vault.vaultName,
      vault: VAULT_ARN.replace(VAULT.account, vault.account).replace('/Vault', `/${vault.vaultName}`),
      sourceAccount: ACCOUNT,
      sourceRegion: REGION,
      snapshotArn: SNAPSHOT.arn,
      reason,
      storedAt: new Date(door.now).toISOString(),
    },
  });
}

function completeAll({ rds }: PlanDoor): void {
  rds.snapshots.forEach(({ arn }) => rds.change(arn, { status: 'available', encrypted: true, clusterResourceId: ORDERS }));
}

/** A run whose vaults do this some hours after they were told. */
async function backedUp(vaultsDo: (door: PlanDoor) => Promise<void>, rds = new FakeRds()) {
  const door = new PlanDoor(rds);
  const { report } = await door.backUp(clusterEvent({}, FACTS), async () => {
    completeAll(door);
    for (const name of await door.deliveries.running()) {
      await door.deliver(name, () => (door.now > NOON + minutes(150) ? vaultsDo(door) : undefined));
    }
  });
  return { door, detail: report.detail as { verdict: Verdict; parts: ClusterMemory['parts']; reason?: string } };
}

describe('a run of a plan with vaults', () => {
  test('shares the snapshot with their accounts and the others, announces it every hour, and succeeds when both have it', async () => {
    const { door, detail } = await backedUp(async (at) => {
      await answer(at, VAULT, 'STORED');
      await answer(at, SECOND, 'STORED');
    });

    expect(detail.verdict).toBe(Verdict.SUCCEEDED);
    expect(detail.parts.filter(({ part }) => part === 'vault')).toEqual([VAULT, SECOND].map((vault) => (
      { part: 'vault', name: vaultId(vault), verdict: Verdict.SUCCEEDED, target: SNAPSHOT.arn }
    )));
    expect(door.rds.shares.get(identifierOf(FACTS))!.sort()).toEqual([OTHER_ACCOUNT, VAULT.account, SECOND.account]);
    const toFirst = door.announcements.filter(({ vault }) => vault === VAULT_ARN);
    expect(toFirst.length).toBeGreaterThanOrEqual(3);
    expect(new Set(toFirst.map(({ snapshotArn }) => snapshotArn))).toEqual(new Set([SNAPSHOT.arn]));
  });

  test('fails for the cluster if one of them refuses, and says which and why', async () => {
    const { detail } = await backedUp(async (at) => {
      await answer(at, VAULT, 'STORED');
      await answer(at, SECOND, 'REFUSED', 'it is older than the retention');
    });

    expect(detail).toMatchObject({ verdict: Verdict.FAILED, reason: `vault ${vaultId(SECOND)}: the vault refused it: it is older than the retention` });
  });

  test('does not wait for a silent vault longer than a day: its verdict says so, and that vaults are still told', async () => {
    const door = new PlanDoor();
    const { report } = await door.backUp(clusterEvent({}, FACTS), () => completeAll(door));

    expect(report.detail).toMatchObject({
      verdict: Verdict.FAILED, reason: expect.stringMatching(/^vault 333333333333\/eu-north-1\/Vault: has not answered within 24 hours; it is told every hour for 7 days/),
    });
    expect(door.now - NOON).toBeGreaterThan(minutes(24 * 60));
    expect(door.now - NOON).toBeLessThan(minutes(24.5 * 60));
    expect(await door.deliveries.running()).toHaveLength(2);
  });

  test('leaves a delivery behind that tells the vault every hour for seven days, and then says what to check', async () => {
    const door = new PlanDoor();
    await door.backUp(clusterEvent({}, FACTS), () => completeAll(door));
    const [first] = await door.deliveries.running();
    const { outcome } = await door.deliver(first);

    expect(outcome).toMatchObject({ verdict: Verdict.FAILED, reason: expect.stringMatching(/^the vault 'Vault' has not answered for 7 days/) });
    expect(door.now - NOON).toBeLessThan(minutes(7.1 * 1440));
    // Of the first day this door knows only the first.
    expect(door.announcements.length).toBeGreaterThan(120);
    expect(door.rds.writes.filter((write) => write.startsWith('create'))).toHaveLength(1);
  });

  test('announces nothing that could not be shared, because no vault can copy that', async () => {
    const { door, detail } = await backedUp(async () => undefined, new FakeRds().breaks('share', denied()));

    expect(door.announcements).toEqual([]);
    expect(detail.parts.filter(({ part }) => part === 'vault')).toEqual([VAULT, SECOND].map((vault) => (
      { part: 'vault', name: vaultId(vault), verdict: Verdict.FAILED, reason: 'was not announced, because the snapshot is not shared' }
    )));
  });
});

test('a snapshot remembers from its first moment which vaults are to have it', async () => {
  const door = new PlanDoor();
  await door.start(clusterEvent({}, FACTS));
  const [snapshot] = door.rds.snapshots;

  expect([VAULT, SECOND].map((vault) => vaultStateOf(snapshot, vault))).toEqual([{ state: 'awaited' }, { state: 'awaited' }]);
});

test('a copy in another Region does not: it is announced to nobody', () => {
  expect(snapshotOfRun({}, FACTS, 'eu-central-1').tags).not.toHaveProperty([vaultTagKey(VAULT)]);
});

test('every vault is told by an execution of its own, however many there are at work', async () => {
  const door = new PlanDoor();
  Array.from({ length: 20 }, (_, index) => door.deliveries.put(`v-other-${index}`));
  const before = door.deliveries.names.length;
  await door.turn(clusterEvent({
    todo: 'deliver',
    clusterResourceId: ORDERS,
    parts: [{ part: 'snapshot', verdict: Verdict.SUCCEEDED, target: SNAPSHOT.arn }],
    deliveries: [{ kind: 'vault', name: vaultId(VAULT) }, { kind: 'vault', name: vaultId(SECOND) }],
  }, FACTS));
  const begun = door.deliveries.names.slice(before);

  expect(begun).toEqual([expect.stringMatching(/^v-[0-9a-f]{16}$/), expect.stringMatching(/^v-[0-9a-f]{16}$/)]);
  expect(door.deliveries.inputOf<DeliveryInput>(begun[0]).answer).toMatchObject({ call: 'announce', lookInSeconds: 300, report: { detail: { vault: VAULT_ARN } } });
});
