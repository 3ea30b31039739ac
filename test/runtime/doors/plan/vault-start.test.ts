import { OwnershipTag } from '../../../../src/core/ownership';
import { belongsToPlan, isSharingCopyOfPlan } from '../../../../src/core/plan/plan-ownership';
import { Verdict } from '../../../../src/core/plan/verdict';
import { Receipt, vaultStateOf, vaultTagKey } from '../../../../src/core/vault/receipt';
import { vaultId } from '../../../../src/core/vault/vault-address';
import { DeliveryEvent, DeliveryInput, FormerAnswer, FormersEvent, NOTHING_PRUNED } from '../../../../src/runtime/doors/plan/steps';
import { awsError, copyLimit, denied, quota } from '../../../support/errors';
import { ACCOUNT, NOON, REGION, minutes } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { PlanDoor } from '../../../support/plan-door';
import { VAULT, VAULT_ARN, aPlan, aRun, clusterEvent, deliveryEvent, snapshotOfRun } from '../../../support/plan-events';
import { ORDERS, PLAN, planSnapshot } from '../../../support/plan-snapshots';
import { withTags } from '../../../support/snapshots';

captureLog();

const SECOND = { ...VAULT, account: '444444444444', vaultName: 'Second' };
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/sharing`;
const FACTS = { plan: aPlan({ vaults: [VAULT, SECOND], sharingKeyId: KEY }) };
const SNAPSHOT = snapshotOfRun({}, FACTS);
const beginning = (vault = VAULT): DeliveryEvent => deliveryEvent({ kind: 'vault', name: vaultId(vault), sourceArn: SNAPSHOT.arn }, {}, FACTS);
const after = (event: DeliveryEvent, answer: unknown) => ({ ...event, answer: answer as DeliveryEvent['answer'] });

const doorWith = (...snapshots: FakeRds['snapshots']) => new PlanDoor(new FakeRds(snapshots));
const copyIn = (door: PlanDoor) => door.rds.snapshots.find(({ tags }) => OwnershipTag.SHARED_IN_PLACE_OF in tags)!;
const failure = (reason: unknown) => ({ call: 'prune', memory: { todo: 'prune', outcome: { part: 'vault', verdict: Verdict.FAILED, reason } } });

/** What the vault says of the copy that it was given. */
const says = (door: PlanDoor, verdict: Receipt['verdict'], vault = VAULT) => door.start({
  door: 'plan',
  task: 'receipt',
  plan: { ...PLAN, account: ACCOUNT },
  vault,
  account: vault.account,
  detail: {
    version: '1',
    verdict,
    vaultName: vault.vaultName,
    vault: `arn:aws:events:${vault.region}:${vault.account}:event-bus/${vault.vaultName}`,
    snapshotArn: copyIn(door).arn,
    storedAt: '2026-11-22T14:00:00Z',
  },
});

describe('a snapshot whose key may not be shared', () => {
  test('is not shared itself', async () => {
    const door = doorWith(SNAPSHOT);
    const answer = await door.look({ ...clusterEvent({ clusterResourceId: ORDERS }, FACTS) });

    expect(answer).toMatchObject({ call: 'prune', memory: { todo: 'prune' } });
    expect(door.rds.shares.size).toBe(0);
  });

  test('leads to a copy at home under the key that may, which is no backup and bears no tags of the user', async () => {
    const door = doorWith(withTags(SNAPSHOT, { team: 'orders' }));
    const copySnapshot = jest.spyOn(door.rds, 'copySnapshot');
    expect(await door.start(beginning())).toMatchObject({ call: 'look', memory: { seen: true, todo: 'make' } });

    expect(copySnapshot).toHaveBeenCalledWith(REGION, expect.objectContaining({ kmsKeyId: KEY, sourceIdentifierOrArn: SNAPSHOT.identifier }));
    const copy = copyIn(door);
    expect(copy.tags).toMatchObject({ [OwnershipTag.SHARED_IN_PLACE_OF]: SNAPSHOT.identifier, [OwnershipTag.PLAN]: 'Gold' });
    expect(copy.tags).not.toHaveProperty('team');
    expect([belongsToPlan(copy, PLAN), isSharingCopyOfPlan(copy, PLAN)]).toEqual([false, true]);
  });

  test('is copied once for all vaults', async () => {
    const door = doorWith(SNAPSHOT);
    await door.start(beginning());
    await door.start(beginning(SECOND));

    expect(door.rds.writes).toHaveLength(1);
  });

  test('is shared by its copy, with the accounts of all vaults, and the copy is announced', async () => {
    const door = doorWith(SNAPSHOT);
    const first = after(beginning(), await door.start(beginning()));
    door.rds.change(copyIn(door).arn, { status: 'available' });
    const looked = after(first, await door.look(first));
    expect(looked.answer).toMatchObject({ call: 'start', memory: { todo: 'share', copyArn: copyIn(door).arn } });

    expect(await door.start(looked)).toMatchObject({
      call: 'announce', report: { detail: { vault: VAULT_ARN, snapshotArn: copyIn(door).arn }, resources: [copyIn(door).arn] },
    });
    expect(door.rds.shares.get(copyIn(door).identifier)).toEqual([VAULT.account, SECOND.account]);
  });
});

test('a snapshot under a key that AWS owns is copied, though RDS says that it is not encrypted', async () => {
  const door = doorWith({ ...SNAPSHOT, encrypted: false, underAwsOwnedKey: true });

  expect(await door.start(beginning())).toMatchObject({ call: 'look' });
  expect(copyIn(door)).toBeDefined();
});

test('a snapshot that is not encrypted is shared and announced itself: there is no key in the way', async () => {
  const door = doorWith({ ...SNAPSHOT, encrypted: false });
  const next = after(beginning(), await door.start(beginning()));

  expect(await door.start(next)).toMatchObject({ call: 'announce', report: { detail: { snapshotArn: SNAPSHOT.arn } } });
  expect(door.rds.shares.get(SNAPSHOT.identifier)).toEqual([VAULT.account, SECOND.account]);
  expect(door.rds.writes.filter((write) => write.startsWith('copy'))).toEqual([]);
});

describe('what the vault says of the copy', () => {
  async function withCopy() {
    const door = doorWith(SNAPSHOT);
    await door.start(beginning());
    door.rds.change(copyIn(door).arn, { status: 'available' });
    return door;
  }

  test('is written onto the snapshot that it stands for', async () => {
    const door = await withCopy();
    await says(door, 'STORED');

    expect(vaultStateOf(door.rds.find(SNAPSHOT.arn)!, VAULT)).toEqual({ state: 'stored', at: '2026-11-22T14:00:00Z' });
    expect(copyIn(door).tags).not.toHaveProperty([vaultTagKey(VAULT)]);
  });

  test('is written nowhere when that snapshot is gone', async () => {
    const door = await withCopy();
    const copy = copyIn(door);
    door.rds.snapshots = [copy];
    await says(door, 'STORED');

    expect(door.rds.snapshots).toEqual([copy]);
  });
});

describe('the copy', () => {
  const bothDelivered = async (door: PlanDoor, secondSays: Receipt['verdict'] | undefined) => {
    const end = async (vault: typeof VAULT) => door.prune(after(beginning(vault), {
      call: 'prune', waitSeconds: 0, memory: { todo: 'prune', pruned: NOTHING_PRUNED, outcome: { part: 'vault', name: vaultId(vault), verdict: Verdict.SUCCEEDED } },
    }));
    await door.start(beginning());
    door.rds.change(copyIn(door).arn, { status: 'available' });
    await says(door, 'STORED');
    await end(VAULT);
    const isStillThere = copyIn(door) !== undefined;
    if (secondSays) {
      await says(door, secondSays, SECOND);
    }
    await end(SECOND);
    return isStillThere;
  };

  test('goes when the last vault has it, not sooner', async () => {
    const door = doorWith(SNAPSHOT);

    expect(await bothDelivered(door, 'STORED')).toBe(true);
    expect(door.rds.snapshots.map(({ arn }) => arn)).toEqual([SNAPSHOT.arn]);
  });

  test('stays for a vault that refused it, until the next runs find that nobody waits any longer', async () => {
    const door = doorWith(SNAPSHOT);
    await bothDelivered(door, 'REFUSED');
    expect(copyIn(door)).toBeDefined();

    door.now = NOON + minutes(7 * 1440);
    await door.prune(clusterEvent({ todo: 'prune', clusterResourceId: ORDERS }, FACTS));
    expect(door.rds.snapshots.map(({ arn }) => arn)).toEqual([SNAPSHOT.arn]);
  });

  test('goes also where the plan only reports what it would prune', async () => {
    const door = doorWith(SNAPSHOT);
    await bothDelivered(door, undefined);
    door.now = NOON + minutes(7 * 1440);
    await door.prune(clusterEvent({ todo: 'prune', clusterResourceId: ORDERS }, { plan: { ...FACTS.plan, pruneMode: 'report' } }));

    expect(copyIn(door)).toBeUndefined();
  });

  test('of a cluster whose runs do not come by is removed by the plan, and nothing else of it is touched', async () => {
    const old = planSnapshot('old', { createTime: new Date(NOON - minutes(30 * 1440)) });
    const door = doorWith(SNAPSHOT, old);
    await door.start(beginning());
    await says(door, 'STORED');
    await says(door, 'STORED', SECOND);
    const found = await door.look({ door: 'plan', task: 'formers', plan: FACTS.plan, run: aRun(), selection: { clusters: [{ cluster: 'orders' }] } }) as FormerAnswer;
    expect(found).toMatchObject({ call: 'prune', memory: { todo: [{ cluster: 'orders', onlyForVaults: true }] } });
    const next = await door.prune({
      door: 'plan', task: 'formers', plan: FACTS.plan, run: aRun(), selection: { clusters: [] }, answer: found as FormersEvent['answer'],
    });

    expect(next).toMatchObject({ call: 'prune', memory: { todo: [] } });
    expect(door.rds.snapshots.map(({ arn }) => arn)).toEqual([SNAPSHOT.arn, old.arn]);
  });

  test('that cannot be deleted fails nobody: the next run tries again', async () => {
    const door = doorWith(SNAPSHOT);
    door.rds.breaks('deleteSnapshot', denied());
    await bothDelivered(door, 'STORED');
    expect(copyIn(door)).toBeDefined();

    door.rds.heal();
    expect(await door.prune(clusterEvent({ todo: 'prune', clusterResourceId: ORDERS }, FACTS))).toMatchObject({ call: 'turn' });
    expect(copyIn(door)).toBeUndefined();
  });
});

describe('a copy that cannot be made', () => {
  test('yet, because RDS has as many as it makes at a time, is waited for', async () => {
    const door = doorWith(SNAPSHOT);
    door.rds.breaks('copySnapshot', copyLimit());
    expect(await door.start(beginning())).toMatchObject({ call: 'start', memory: { todo: 'make', tries: 1 } });

    door.now = NOON + minutes(7 * 1440);
    expect(await door.start(deliveryEvent({ kind: 'vault', name: vaultId(VAULT), sourceArn: SNAPSHOT.arn }, { beganAt: NOON }, FACTS)))
      .toMatchObject(failure(expect.stringMatching(/could not be begun within 7 days/)));
  });

  test.each<[string, Error, RegExp]>([
    ['the quota is reached', quota(), /^no copy that can be shared was made: .*quota/],
    ['the key is none', awsError('InvalidParameterValue', 'no such key'), /InvalidParameterValue: no such key/],
  ])('fails the delivery in AWS\'s words (%s)', async (_, error, reason) => {
    const door = doorWith(SNAPSHOT);
    door.rds.breaks('copySnapshot', error);

    expect(await door.start(beginning())).toMatchObject(failure(expect.stringMatching(reason)));
  });

  test('because it failed in the making fails the delivery, and is removed', async () => {
    const door = doorWith(SNAPSHOT);
    const first = after(beginning(), await door.start(beginning()));
    door.rds.change(copyIn(door).arn, { status: 'failed' });
    const failed = after(first, await door.look(first));
    expect(failed.answer).toMatchObject(failure(expect.stringMatching(/^no copy that can be shared was made/)));

    expect(await door.prune(failed)).toMatchObject({ call: 'end', outcome: { part: 'vault', name: vaultId(VAULT), verdict: Verdict.FAILED } });
    expect(copyIn(door)).toBeUndefined();
  });

  test('or cannot be shared fails the delivery after some patience', async () => {
    const door = doorWith(SNAPSHOT);
    door.rds.breaks('share', denied());
    const sharing = deliveryEvent({ kind: 'vault', name: vaultId(VAULT), sourceArn: SNAPSHOT.arn }, { todo: 'share', copyArn: `${SNAPSHOT.arn}-copy` }, FACTS);
    const refusedOnce = after(sharing, await door.start(sharing));
    expect(refusedOnce.answer).toMatchObject({ call: 'start', memory: { todo: 'share' } });

    door.now = NOON + minutes(30);
    let last = refusedOnce;
    for (let tries = 0; tries < 5 && last.answer.call === 'start'; tries += 1, door.now += minutes(10)) {
      last = after(last, await door.start(last));
    }
    expect(last.answer).toMatchObject(failure(expect.stringMatching(/^sharing the snapshot .* is not allowed/)));
  });
});

test('the whole way: copied, shared, announced, stored, and nothing left of it but what the vault has', async () => {
  const facts = { plan: aPlan({ vaults: [VAULT], sharingKeyId: KEY }) };
  const door = new PlanDoor();
  const complete = () => door.rds.snapshots.filter(({ status }) => status !== 'available')
    .forEach(({ arn }) => door.rds.change(arn, { status: 'available', encrypted: true, clusterResourceId: ORDERS }));
  const { report } = await door.backUp(clusterEvent({}, facts), async () => {
    complete();
    for (const name of await door.deliveries.running()) {
      expect(door.deliveries.inputOf<DeliveryInput>(name).answer.call).toBe('start');
      await door.deliver(name, async () => {
        complete();
        if (door.announcements.length > 0) {
          await says(door, 'STORED');
        }
      });
    }
  });

  expect(report.detail).toMatchObject({ verdict: Verdict.SUCCEEDED });
  expect(door.rds.snapshots).toHaveLength(1);
  expect(vaultStateOf(door.rds.snapshots[0], VAULT)).toMatchObject({ state: 'stored' });
});
