import { OwnershipTag } from '../../../../src/core/ownership';
import { vaultTagKey } from '../../../../src/core/vault/receipt';
import { FormerAnswer, FormersEvent, NOTHING_PRUNED } from '../../../../src/runtime/doors/plan/steps';
import { throttled } from '../../../support/errors';
import { NOON, OTHER_REGION, REGION } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { PlanDoor } from '../../../support/plan-door';
import { VAULT, aCopy, aPlan, aRun } from '../../../support/plan-events';
import { PLAN, planCopy, planSnapshot } from '../../../support/plan-snapshots';
import { aSnapshot, day } from '../../../support/snapshots';

const logged = captureLog();

const of = (cluster: string, name: string) => planSnapshot(`${cluster}-${name}`, { cluster, incarnation: `cluster-${cluster}` });
const copyOf = (cluster: string, name: string) => planCopy(`${cluster}-${name}`, day(1), { cluster, incarnation: `cluster-${cluster}`, region: OTHER_REGION, clusterIdentifier: '' });

async function formers(snapshots: FakeRds['snapshots'], changes: Partial<FormersEvent> = {}, clusters: FakeRds['clusters'] = []): Promise<FormerAnswer> {
  const door = new PlanDoor(Object.assign(new FakeRds(snapshots), { clusters }));
  return await door.look({
    door: 'plan', task: 'formers', plan: aPlan({ copies: [aCopy()] }), run: aRun(), selection: { clusters: [{ cluster: 'orders' }] }, ...changes,
  }) as FormerAnswer;
}

test('of a plan that no cluster has left there is nothing to tell', async () => {
  expect(await formers([of('orders', 'a'), aSnapshot({ clusterIdentifier: 'billing' }), planSnapshot('s', { cluster: 'billing', plan: { ...PLAN, planName: 'Silver' } })])).toEqual({
    call: 'conclude', memory: { todo: [], found: 0, pruned: NOTHING_PRUNED },
  });
});

describe('snapshots of a cluster that has left the plan', () => {
  const LEFT = [of('orders', 'a'), of('billing', 'a'), of('billing', 'b'), copyOf('billing', 'a'), of('users', 'a')];

  test('are reported by cluster and Region, and left alone', async () => {
    expect(await formers(LEFT)).toEqual({
      call: 'conclude',
      memory: {
        todo: [],
        found: 4,
        pruned: {
          deleted: [],
          wouldDelete: [],
          reports: [
            "1 snapshots of 'billing', which is no longer in the plan, in eu-central-1",
            "2 snapshots of 'billing', which is no longer in the plan, in eu-west-1",
            "1 snapshots of 'users', which is no longer in the plan, in eu-west-1",
          ],
        },
      },
    });
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', plan: 'Gold', cluster: 'billing', region: REGION, count: 2 }));
  });

  test('are left alone, but for what was made of them for vaults: that is no backup', async () => {
    const forVaults = (cluster: string) => planCopy(`${cluster}-shared`, day(1), {
      cluster, incarnation: `cluster-${cluster}`, extraTags: { [OwnershipTag.SHARED_IN_PLACE_OF]: of(cluster, 'a').identifier },
    });
    const snapshots = [...LEFT, forVaults('billing'), forVaults('orders')];
    const [ofBilling, ofOrders] = ['billing', 'orders'].map((cluster) => ({ cluster, region: REGION, onlyForVaults: true }));

    // That of a cluster of the plan, too: while it is stopped, nobody else comes by.
    expect(await formers(snapshots)).toMatchObject({ call: 'prune', memory: { todo: [ofBilling, ofOrders], found: 4 } });
    const { memory } = await formers(snapshots, { plan: aPlan({ copies: [aCopy()], pruneFormerClusters: true }) });
    expect(memory.todo).toHaveLength(5);
  });

  test('leave nothing to do where a vault still waits for such a copy', async () => {
    const original = planSnapshot('o', { createTime: new Date(NOON), extraTags: { [vaultTagKey(VAULT)]: 'awaited' } });
    const forVault = planCopy('o-shared', new Date(NOON), { extraTags: { [OwnershipTag.SHARED_IN_PLACE_OF]: original.identifier } });

    expect(await formers([original, forVault], { plan: aPlan({ vaults: [VAULT] }) })).toMatchObject({ call: 'conclude' });
  });

  test('are pruned with pruneFormerClusters, one cluster and Region after the other', async () => {
    expect(await formers(LEFT, { plan: aPlan({ copies: [aCopy()], pruneFormerClusters: true }) })).toMatchObject({
      call: 'prune',
      waitSeconds: 0,
      memory: {
        found: 4,
        // Each run in another order.
        todo: expect.arrayContaining([{ cluster: 'billing', region: OTHER_REGION }, { cluster: 'billing', region: REGION }, { cluster: 'users', region: REGION }]),
      },
    });
  });

  test('are not those of a cluster that is chosen by its tags', async () => {
    const clusters = [{ identifier: 'billing', status: 'available', engine: 'aurora-mysql', tags: { backup: 'gold' } }];

    expect(await formers([of('billing', 'a')], { selection: { clusters: [], tags: { backup: 'gold' } } }, clusters)).toMatchObject({ memory: { found: 0 } });
    expect(await formers([of('billing', 'a')], { selection: { clusters: [], tags: { backup: 'silver' } } }, clusters)).toMatchObject({ memory: { found: 1 } });
  });

  test('of more than a hundred clusters all have their turn, in one run or another', async () => {
    const many = Array.from({ length: 150 }, (_, index) => of(`former-${index}`, 'a'));
    const plan = aPlan({ copies: [aCopy()], pruneFormerClusters: true });
    const seen = new Set<string>();
    for (let night = 0; night < 20; night++) {
      const { memory: { todo } } = await formers(many, { plan, run: aRun(undefined, `night-${night}`) });
      todo.forEach(({ cluster }) => seen.add(cluster));
    }

    expect(seen.size).toBe(150);
  });

  test('of more than a hundred clusters are left to the next run', async () => {
    const many = Array.from({ length: 130 }, (_, index) => of(`c${index}`, 'a'));

    expect((await formers(many, { plan: aPlan({ pruneFormerClusters: true }) })).memory).toMatchObject({
      found: 130, todo: { length: 100 }, pruned: { reports: { length: 50 } },
    });
  });
});

test('when RDS does not tell what there is, the state machine tries again', async () => {
  const door = new PlanDoor(new FakeRds().breaks('listManualSnapshots', throttled()));

  await expect(door.look({ door: 'plan', task: 'formers', plan: aPlan(), run: aRun(), selection: { clusters: [] } } as FormersEvent)).rejects.toThrow('Rate exceeded');
});
