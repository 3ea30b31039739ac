import { dataTimeOf } from '../../../../src/core/ownership';
import { Verdict } from '../../../../src/core/plan/verdict';
import { vaultTagKey } from '../../../../src/core/vault/receipt';
import { quota } from '../../../support/errors';
import { NOON, OTHER_ACCOUNT, OTHER_REGION, REGION, minutes } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { PlanDoor } from '../../../support/plan-door';
import { VAULT, aCopy, aPlan, aRun, anExport, clusterEvent, identifierOf, snapshotOfRun } from '../../../support/plan-events';
import { ORDERS, planSnapshot } from '../../../support/plan-snapshots';

captureLog();

const NIGHT = minutes(1440);

/** RDS that completes everything within the next wait; copies know what they are made from. */
class BusyRds extends FakeRds {
  public now = NOON;

  public complete(): void {
    for (const { arn, status } of this.snapshots) {
      if (status !== 'available') {
        this.change(arn, { status: 'available', percentProgress: 100, encrypted: true, clusterResourceId: arn.includes(REGION) ? ORDERS : undefined });
      }
    }
    this.exportTasks = this.exportTasks.map((task) => ({ ...task, status: 'COMPLETE', percentProgress: 100 }));
  }

  public override async createSnapshot(...asked: Parameters<FakeRds['createSnapshot']>): Promise<void> {
    await super.createSnapshot(...asked);
    this.change(this.snapshots.at(-1)!.arn, { createTime: new Date(this.now) });
  }
}

test('a snapshot is taken, shared, copied and exported; then what the policy does not keep goes, at home and there', async () => {
  const plan = aPlan({ retention: { keep: 'last', count: 2 }, shareWith: [OTHER_ACCOUNT], copies: [aCopy()], exports: [anExport()] });
  const rds = new BusyRds();
  const door = new PlanDoor(rds);
  const verdicts: unknown[] = [];
  for (let night = 0; night < 4; night += 1) {
    door.now = NOON + night * NIGHT;
    rds.now = door.now;
    const run = aRun(new Date(door.now).toISOString());
    const { report } = await door.backUp(clusterEvent({}, { plan, run }), async () => {
      rds.complete();
      for (const name of await door.deliveries.running()) {
        await door.deliver(name, () => rds.complete());
      }
    });
    verdicts.push((report.detail as { verdict: Verdict }).verdict);
  }

  const runs = [2, 3].map((night) => ({ plan, run: aRun(new Date(NOON + night * NIGHT).toISOString()) }));
  expect(verdicts).toEqual(Array(4).fill(Verdict.SUCCEEDED));
  expect(rds.snapshots.map(({ identifier }) => identifier).sort()).toEqual(
    [...runs.map((facts) => identifierOf(facts)), identifierOf(runs[1], OTHER_REGION)].sort(),
  );
  expect(rds.shares.get(identifierOf(runs[1]))).toEqual([OTHER_ACCOUNT]);
  expect(rds.exports).toHaveLength(4);
  expect(rds.writes.filter((write) => write.startsWith('create ') || write.startsWith('copy ') || write.startsWith('export '))).toHaveLength(12);
  expect(dataTimeOf(rds.find(snapshotOfRun({}, runs[1], OTHER_REGION).arn)!)).toEqual(new Date(NOON + 3 * NIGHT));
});

test('a Region that is full is cleared of what goes tonight, the rest of the night waits until it is gone', async () => {
  const olds = [1, 2].map((number) => planSnapshot(`old${number}`, { createTime: new Date(NOON - number * NIGHT) }));
  const rds = new BusyRds(olds).breaks('createSnapshot', quota()) as BusyRds;
  const door = new PlanDoor(rds);
  const { report } = await door.backUp(clusterEvent(), () => {
    rds.complete();
    if (door.now > NOON + minutes(5)) {
      rds.heal();
    }
  });

  expect(report.detail).toMatchObject({ verdict: Verdict.SUCCEEDED, deleted: [olds[1].arn] });
  expect(rds.writes).toEqual([`delete ${olds[1].identifier}`, `create ${identifierOf()}`]);
});

test('a Region that is full of what a vault does not take loses one of it, and not before RDS has said twice that there is no room', async () => {
  const held = [1, 2, 3].map((number) => planSnapshot(`held${number}`, {
    createTime: new Date(NOON - number * minutes(60)), extraTags: { [vaultTagKey(VAULT)]: 'awaited' },
  }));
  const rds = new BusyRds(held).breaks('createSnapshot', quota()) as BusyRds;
  const deleteSnapshot = rds.deleteSnapshot.bind(rds);
  rds.deleteSnapshot = async (region, identifier) => {
    rds.heal();
    await deleteSnapshot(region, identifier);
  };
  const door = new PlanDoor(rds);
  const { report } = await door.backUp(clusterEvent({}, { plan: aPlan({ retention: { keep: 'last', count: 1 }, vaults: [VAULT], shareWith: [] }) }), () => rds.complete());

  expect(door.calls.slice(0, 5)).toEqual(['start', 'prune', 'start', 'prune', 'start']);
  expect(rds.writes.filter((write) => write.startsWith('delete '))).toEqual([`delete ${held[2].identifier}`]);
  expect(report.detail).toMatchObject({ deleted: [held[2].arn], reports: [expect.stringContaining('although not every vault')] });
});

test('a run in which nothing is to be done after the snapshot asks RDS little: it takes, looks once and prunes', async () => {
  const rds = new BusyRds();
  const door = new PlanDoor(rds);
  await door.backUp(clusterEvent(), () => rds.complete());

  expect(door.calls).toEqual(['start', 'look', 'prune']);
});
