import { Verdict } from '../../../../src/core/plan/verdict';
import { vaultTagKey } from '../../../../src/core/vault/receipt';
import { vaultId } from '../../../../src/core/vault/vault-address';
import { DeliveryMemory, NOTHING_PRUNED } from '../../../../src/runtime/doors/plan/steps';
import { denied, throttled } from '../../../support/errors';
import { NOON, minutes } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { PlanDoor } from '../../../support/plan-door';
import { VAULT, VAULT_ARN, aPlan, anItem, deliveryEvent, snapshotOfRun } from '../../../support/plan-events';
import { withTags } from '../../../support/snapshots';

captureLog();

const FACTS = { plan: aPlan({ vaults: [VAULT] }) };
const SNAPSHOT = snapshotOfRun({}, FACTS);
const NAME = vaultId(VAULT);
const HOUR = minutes(60);

const saying = (value: string) => withTags(SNAPSHOT, { [vaultTagKey(VAULT)]: value });
const asked = (memory: Partial<DeliveryMemory> = {}, facts: Parameters<typeof deliveryEvent>[2] = {}) => (
  deliveryEvent({ kind: 'vault', name: NAME, sourceArn: SNAPSHOT.arn }, { todo: 'announce', announcedAt: NOON, ...memory }, { ...FACTS, ...facts })
);

function look(after: number, { memory, facts, snapshots = [SNAPSHOT] }: {
  memory?: Partial<DeliveryMemory>; facts?: Parameters<typeof deliveryEvent>[2]; snapshots?: FakeRds['snapshots'];
} = {}) {
  const door = new PlanDoor(new FakeRds(snapshots));
  door.now = NOON + after;
  return door.look(asked(memory, facts));
}

const ended = (verdict: Verdict, reason?: unknown) => ({
  call: 'end', outcome: { part: 'vault', name: NAME, target: SNAPSHOT.arn, verdict, ...(reason ? { reason } : {}), pruned: NOTHING_PRUNED },
});

describe('a vault', () => {
  test('that has the snapshot ends the delivery well', async () => {
    expect(await look(HOUR, { snapshots: [saying('stored 2026-11-22T12:40:00Z')] })).toEqual(ended(Verdict.SUCCEEDED));
  });

  test('that refused it fails the delivery, in its own words', async () => {
    expect(await look(HOUR, { snapshots: [saying('refused 4 copies of this cluster were admitted today')] }))
      .toEqual(ended(Verdict.FAILED, 'the vault refused it: 4 copies of this cluster were admitted today'));
  });

  test.each([[5, 300], [80, 600], [4 * 60, 1800]])('that has not answered after %d minutes is waited for %d seconds', async (after, waitSeconds) => {
    expect(await look(minutes(after), { memory: { announcedAt: NOON + minutes(after) } })).toMatchObject({ call: 'look', waitSeconds });
  });

  test('is asked after no more often than the size of the run allows', async () => {
    expect(await look(minutes(5), { facts: { item: anItem({ shortestWaitSeconds: 400 }) } })).toMatchObject({ call: 'look', waitSeconds: 400 });
  });

  test('is looked at just when the next announcement is due, not later', async () => {
    expect(await look(minutes(58))).toMatchObject({ call: 'look', waitSeconds: 120 });
  });

  test('that has been silent for an hour is told again, because anything may get lost', async () => {
    expect(await look(HOUR - 1000)).toMatchObject({ call: 'look' });
    expect(await look(HOUR)).toEqual({
      call: 'announce',
      report: {
        detail: { version: '1', vault: VAULT_ARN, snapshotArn: SNAPSHOT.arn, planName: 'Gold', run: '2026-11-22T12-00-00-000Z' }, resources: [SNAPSHOT.arn],
      },
      lookInSeconds: 300,
      memory: { todo: 'announce', pruned: NOTHING_PRUNED, announcedAt: NOON + HOUR, beganAt: NOON },
    });
  });

  test('that never answers is given up just before the snapshot may be pruned, and it says what to check', async () => {
    const nearlySevenDays = 7 * 24 * HOUR - HOUR;

    expect(await look(nearlySevenDays - 1)).toMatchObject({ call: 'announce' });
    expect(await look(nearlySevenDays)).toEqual(ended(Verdict.FAILED, expect.stringMatching(
      /^the vault 'Vault' has not answered for 7 days.*its sources name account 111111111111, Region eu-west-1 .* lets account 333333333333 use it/,
    )));
  });

  test('of which somebody removed the tag is told again, too', async () => {
    expect(await look(HOUR, { snapshots: [{ ...SNAPSHOT, tags: {} }] })).toMatchObject({ call: 'announce' });
  });
});

describe('a snapshot', () => {
  test('that is not listed for some minutes is not gone', async () => {
    expect(await look(minutes(10), { snapshots: [] })).toMatchObject({ call: 'look', memory: { unseenSince: NOON + minutes(10) } });
    expect(await look(minutes(15), { snapshots: [], memory: { unseenSince: NOON + minutes(10) } }))
      .toEqual(ended(Verdict.FAILED, 'the snapshot was deleted before the vault had it'));
  });

  test('that is listed again was never gone', async () => {
    const answer = await look(minutes(20), { memory: { unseenSince: NOON + minutes(10) } });

    expect(answer).toMatchObject({ call: 'look' });
    expect(answer).not.toHaveProperty('memory.unseenSince');
  });

  test.each([['throttled', throttled()], ['refused', denied()]])('that cannot be looked at is looked at again (%s)', async (_, error) => {
    const door = new PlanDoor(new FakeRds([saying('stored 2026-11-22T12:40:00Z')]).breaks('findSnapshot', error));
    door.now = NOON + minutes(30);
    expect(await door.look(asked())).toMatchObject({ call: 'look' });

    door.rds.heal();
    expect(await door.look(asked())).toMatchObject({ call: 'end', outcome: { verdict: Verdict.SUCCEEDED } });
  });
});
