import { PlanRules, PlannedCluster } from '../../../../src/core/plan/plan-rules';
import { vaultTagKey } from '../../../../src/core/vault/receipt';
import { vaultId } from '../../../../src/core/vault/vault-address';
import { throttled } from '../../../support/errors';
import { NOON, OTHER_REGION, REGION, minutes } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { PlanDoor } from '../../../support/plan-door';
import { VAULT, aCopy, aPlan } from '../../../support/plan-events';
import { ORDERS, PLAN, planCopy, planSnapshot } from '../../../support/plan-snapshots';

const logged = captureLog();

const ago = (count: number) => new Date(NOON - minutes(count));
const BILLING = 'cluster-BILLING2026';
const cluster = (identifier: string, resourceId: string, createdAgo = 100_000) => (
  { identifier, resourceId, status: 'available', engine: 'aurora-mysql', createTime: ago(createdAgo), tags: { backup: 'gold' } }
);
const AT_HOME = { plan: aPlan(), selection: { clusters: [{ cluster: 'orders' }] as PlannedCluster[] } };

async function ages(snapshots: FakeRds['snapshots'], { plan, selection, clusters = [cluster('orders', ORDERS)] }: {
  plan: PlanRules; selection: { clusters: PlannedCluster[]; tags?: Record<string, string> }; clusters?: FakeRds['clusters'];
} = AT_HOME) {
  const door = new PlanDoor(Object.assign(new FakeRds(snapshots), { clusters }));
  await door.look({ door: 'plan', task: 'age', plan, selection });
  return logged().filter((line) => '_aws' in line).map(({ Plan, Region, Cluster, NewestSnapshotAge }) => ({ Plan, Region, Cluster, NewestSnapshotAge }));
}

describe('the age of the newest good snapshot', () => {
  test('is told in seconds, as a value of plan and Region', async () => {
    expect(await ages([planSnapshot('new', { createTime: ago(60) }), planSnapshot('old', { createTime: ago(1500) })])).toEqual([
      { Plan: 'Gold', Region: REGION, Cluster: 'orders', NewestSnapshotAge: 3600 },
    ]);
    expect(logged()).toContainEqual(expect.objectContaining({
      _aws: {
        Timestamp: NOON,
        CloudWatchMetrics: [{ Namespace: 'AuroraBackup', Dimensions: [['Plan', 'Region']], Metrics: [{ Name: 'NewestSnapshotAge', Unit: 'Seconds' }] }],
      },
    }));
  });

  test.each([
    ['is not complete', planSnapshot('x', { createTime: ago(1), status: 'creating' })],
    ['is of another plan', planSnapshot('x', { createTime: ago(1), plan: { ...PLAN, planName: 'Silver' } })],
    ['is of an earlier cluster of the name', planSnapshot('x', { createTime: ago(1), incarnation: 'cluster-OLD' })],
    ['has no time', planSnapshot('x', { createTime: undefined })],
  ])('passes over one that %s', async (_, other) => {
    expect(await ages([other, planSnapshot('good', { createTime: ago(60) })])).toMatchObject([{ NewestSnapshotAge: 3600 }]);
  });

  test('is, of several clusters, that of the worst off', async () => {
    const clusters = [cluster('billing', BILLING), cluster('orders', ORDERS)];
    const snapshots = [planSnapshot('o', { createTime: ago(60) }), planSnapshot('b', { createTime: ago(120), cluster: 'billing', incarnation: BILLING })];
    const selection = { clusters: [{ cluster: 'orders' }, { cluster: 'billing' }] };

    expect(await ages(snapshots, { plan: aPlan(), selection, clusters })).toEqual([expect.objectContaining({ Cluster: 'billing', NewestSnapshotAge: 7200 })]);
  });

  test('of clusters that are chosen by their tags is told as well', async () => {
    expect(await ages([planSnapshot('o', { createTime: ago(60) })], { plan: aPlan(), selection: { clusters: [], tags: { backup: 'gold' } } })).toMatchObject([{ NewestSnapshotAge: 3600 }]);
  });

  test('of a cluster without one is as old as the cluster: nobody is woken on its first day', async () => {
    expect(await ages([], { ...AT_HOME, clusters: [cluster('orders', ORDERS, 30)] })).toMatchObject([{ NewestSnapshotAge: 1800 }]);
  });

  test('of a cluster that was replaced starts anew', async () => {
    const ofFormer = planSnapshot('former', { createTime: ago(600) });

    expect(await ages([ofFormer], { ...AT_HOME, clusters: [cluster('orders', 'cluster-NEW', 5)] })).toMatchObject([{ NewestSnapshotAge: 300 }]);
  });

  test('is never negative, whatever a clock says', async () => {
    expect(await ages([planSnapshot('early', { createTime: ago(-5) })])).toMatchObject([{ NewestSnapshotAge: 0 }]);
  });
});

describe('in the Regions of copies', () => {
  const plan = aPlan({ copies: [aCopy()] });
  const home = planSnapshot('home', { createTime: ago(60) });

  test('it is that of the data, and has the Region as its dimension', async () => {
    const copy = planCopy('copy', ago(1440), { region: OTHER_REGION });

    expect(await ages([home, copy], { ...AT_HOME, plan })).toEqual([
      expect.objectContaining({ Region: REGION, NewestSnapshotAge: 3600 }),
      expect.objectContaining({ Region: OTHER_REGION, NewestSnapshotAge: 86_400 }),
    ]);
  });

  test('a good one at home does not stand for one that is missing there', async () => {
    expect(await ages([home], { ...AT_HOME, plan })).toEqual([
      expect.objectContaining({ Region: REGION, NewestSnapshotAge: 3600 }),
      expect.objectContaining({ Region: OTHER_REGION, NewestSnapshotAge: 6_000_000 }),
    ]);
  });
});

describe('in a vault', () => {
  const plan = aPlan({ vaults: [VAULT] });
  const said = (name: string, minutesAgo: number, says: string) => (
    planSnapshot(name, { createTime: ago(minutesAgo), extraTags: { [vaultTagKey(VAULT)]: says } })
  );
  const inVault = async (snapshots: FakeRds['snapshots']) => {
    await ages(snapshots, { ...AT_HOME, plan });
    return logged().filter(({ Vault }) => Vault !== undefined).map(({ Vault, Region, NewestSnapshotAge }) => ({ Vault, Region, NewestSnapshotAge }));
  };

  test('it is that of the newest of which the vault said that it has it', async () => {
    const snapshots = [said('new', 60, 'awaited'), said('refused', 90, 'refused full'), said('stored', 120, 'stored x'), said('older', 180, 'stored x')];

    expect(await inVault(snapshots)).toEqual([{ Vault: vaultId(VAULT), Region: REGION, NewestSnapshotAge: 7200 }]);
  });

  test('it is a value of its own, which does not mix with that at home', async () => {
    await inVault([said('new', 60, 'awaited'), said('stored', 120, 'stored x')]);

    expect(logged().filter((line) => '_aws' in line).map(({ _aws, NewestSnapshotAge }) => (
      [(_aws as { CloudWatchMetrics: [{ Dimensions: string[][] }] }).CloudWatchMetrics[0].Dimensions, NewestSnapshotAge]
    ))).toEqual([[[['Plan', 'Region']], 3600], [[['Plan', 'Region', 'Vault']], 7200]]);
  });

  test('it is that of the cluster as long as the vault has none', async () => {
    expect(await inVault([said('new', 60, 'awaited')])).toMatchObject([{ NewestSnapshotAge: 6_000_000 }]);
  });

  test('RDS is asked no more for it', async () => {
    const door = new PlanDoor(Object.assign(new FakeRds([said('new', 60, 'stored x')]), { clusters: [cluster('orders', ORDERS)] }));
    await door.look({ door: 'plan', task: 'age', ...AT_HOME, plan });

    expect(door.rds.listed).toEqual([REGION]);
  });
});

describe('where nothing can be told', () => {
  test('because the cluster is gone, nothing is emitted, which the alarm takes for a breach', async () => {
    expect(await ages([planSnapshot('o')], { ...AT_HOME, clusters: [] })).toEqual([]);
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: 'the plan has no cluster whose copies could have an age', region: REGION }));
  });

  test('because RDS does not answer, the schedule tries again', async () => {
    const door = new PlanDoor(new FakeRds().breaks('listManualSnapshots', throttled()));

    await expect(door.look({ door: 'plan', task: 'age', ...AT_HOME })).rejects.toThrow('Rate exceeded');
  });
});

test('with clusterMetrics every cluster has its own value', async () => {
  const clusters = [cluster('billing', BILLING, 10), cluster('orders', ORDERS)];
  const selection = { clusters: [{ cluster: 'orders' }, { cluster: 'billing' }] };

  expect(await ages([planSnapshot('o', { createTime: ago(60) })], { plan: aPlan({ clusterMetrics: true }), selection, clusters })).toEqual([
    expect.objectContaining({ Cluster: 'billing', NewestSnapshotAge: 600 }), expect.objectContaining({ Cluster: 'orders', NewestSnapshotAge: 3600 }),
  ]);
  expect(logged()).toContainEqual(expect.objectContaining({
    _aws: expect.objectContaining({ CloudWatchMetrics: [expect.objectContaining({ Dimensions: [['Plan', 'Region'], ['Plan', 'Region', 'Cluster']] })] }),
  }));
});
