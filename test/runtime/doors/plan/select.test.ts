import { jsonBytes } from '../../../../src/core/fitting';
import { ClusterSelection, PlannedCluster, UNREADABLE_RULES } from '../../../../src/core/plan/plan-rules';
import { Page, PageEvent, Selected } from '../../../../src/runtime/doors/plan/steps';
import { throttled } from '../../../support/errors';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { PlanDoor } from '../../../support/plan-door';
import { aCopy, aPlan } from '../../../support/plan-events';

captureLog();

const tagged = (identifier: string, tags: Record<string, string>, engine = 'aurora-mysql') => ({ identifier, status: 'available', engine, tags });
const doorWith = (clusters: FakeRds['clusters'] = []) => new PlanDoor(Object.assign(new FakeRds(), { clusters }));

const select = async (selection: ClusterSelection, door = doorWith()) => await door.look({ door: 'plan', task: 'select', plan: aPlan(), selection }) as Selected;
const pageOf = async (selection: ClusterSelection, { pages, count }: Selected, number = 0, maxConcurrency?: number, door = doorWith()) => (
  await door.look({ door: 'plan', task: 'page', plan: aPlan(), selection, maxConcurrency, page: pages[number], count } as PageEvent) as Page
);

/** The clusters of a run, page by page. */
async function clustersOf(selection: ClusterSelection, door = doorWith()): Promise<string[]> {
  const selected = await select(selection, door);
  const pages = await Promise.all(selected.pages.map((_, number) => pageOf(selection, selected, number, undefined, door)));
  return pages.flatMap(({ items }) => items.map((item) => item.cluster));
}

test('a run that would copy snapshots beside themselves, which synth could not see, does not begin', async () => {
  const copies = [aCopy({ region: aPlan().region })];

  await expect(doorWith().look({ door: 'plan', task: 'select', plan: aPlan({ copies }), selection: { clusters: [{ cluster: 'orders' }] } }))
    .rejects.toMatchObject({ name: UNREADABLE_RULES, message: expect.stringContaining("copies must name other Regions than that of the plan, got 'eu-west-1'") });
});

/** So many, with names of so many characters. */
const fleet = (count: number, nameLength = 20): PlannedCluster[] => Array.from({ length: count }, (_, index) => ({ cluster: `c${String(index).padStart(5, '0')}`.padEnd(nameLength, 'x') }));

describe('the clusters of a run', () => {
  test('are those that were declared, by name, also one that is not there: its run says so', async () => {
    expect(await clustersOf({ clusters: [{ cluster: 'orders' }, { cluster: 'billing' }] })).toEqual(['billing', 'orders']);
  });

  test('are those that bear all the tags now', async () => {
    const door = doorWith([
      tagged('both', { backup: 'gold', stage: 'prod', more: 'x' }), tagged('one', { backup: 'gold' }), tagged('other', { backup: 'silver', stage: 'prod' }), tagged('none', {}),
    ]);

    expect(await clustersOf({ clusters: [], tags: { backup: 'gold', stage: 'prod' } }, door)).toEqual(['both']);
  });

  test('are only those of Aurora: RDS lists others with the same call', async () => {
    const door = doorWith(['aurora-mysql', 'aurora-postgresql', 'docdb', 'neptune', 'postgres'].map((engine) => tagged(engine, { backup: 'gold' }, engine)));

    expect(await clustersOf({ clusters: [], tags: { backup: 'gold' } }, door)).toEqual(['aurora-mysql', 'aurora-postgresql']);
  });

  test('that were declared and bear the tags are backed up once, as declared', async () => {
    const door = doorWith([tagged('orders', { backup: 'gold' }), tagged('billing', { backup: 'gold' })]);
    const selection: ClusterSelection = { clusters: [{ cluster: 'orders', options: { snapshotTags: { team: 'x' } } }], tags: { backup: 'gold' } };
    const { items } = await pageOf(selection, await select(selection, door), 0, undefined, door);

    expect(items).toEqual([
      { cluster: 'billing', options: {}, byTag: true, firstWaitSeconds: 0 },
      { cluster: 'orders', options: { snapshotTags: { team: 'x' } }, byTag: false, firstWaitSeconds: 0 },
    ]);
  });

  test('are found by names in lower case, which RDS gives them, whatever a token came to', async () => {
    const door = doorWith([tagged('orders', { backup: 'gold' })]);

    expect(await clustersOf({ clusters: [{ cluster: 'Orders' }], tags: { backup: 'gold' } }, door)).toEqual(['orders']);
  });

  test('without a selection by tags are not asked for', async () => {
    const door = doorWith();
    door.rds.breaks('listClusters', throttled());

    expect(await clustersOf({ clusters: [{ cluster: 'orders' }] }, door)).toEqual(['orders']);
  });

  test('may be none', async () => {
    expect(await select({ clusters: [], tags: { backup: 'gold' } })).toEqual({ pages: [], count: 0 });
  });

  test('cannot be known when RDS throttles: the state machine tries again', async () => {
    const door = doorWith();
    door.rds.breaks('listClusters', throttled());

    await expect(select({ clusters: [], tags: { backup: 'gold' } }, door)).rejects.toThrow('Rate exceeded');
  });
});

describe('a fleet', () => {
  test('of three thousand is worked off on pages, each cluster on one', async () => {
    const clusters = fleet(3_000);
    const { pages, count } = await select({ clusters });

    expect(count).toBe(3_000);
    expect(pages.length).toBeGreaterThan(1);
    expect(await clustersOf({ clusters })).toEqual(clusters.map(({ cluster }) => cluster));
  });

  test('of a hundred has one page', async () => {
    expect(await select({ clusters: fleet(100, 63) })).toEqual({ pages: [{ after: '', upTo: fleet(100, 63)[99].cluster, position: 0, pages: 1 }], count: 100 });
  });

  test.each([['long names', fleet(2_000, 63)], ['much of their own', fleet(400, 63).map((planned) => ({ ...planned, options: { snapshotTags: { note: 'x'.repeat(500) } } }))]])(
    'with %s has pages that fit into a state, together with all that its clusters may come to', async (_, clusters) => {
      const selected = await select({ clusters });
      for (const [number] of selected.pages.entries()) {
        const page = await pageOf({ clusters }, selected, number);
        const results = page.items.map(({ cluster }) => ({ verdict: 'SUCCEEDED_WITH_WARNINGS', cluster, why: 'x'.repeat(page.pace.reasonLength) }));

        expect(jsonBytes({ page, results })).toBeLessThan(200_000);
      }
    },
  );

  test('a cluster that goes while the pages are worked off does not move another onto no page', async () => {
    const clusters = fleet(3_000).map(({ cluster }) => tagged(cluster, { backup: 'gold' }));
    const selection = { clusters: [], tags: { backup: 'gold' } };
    const selected = await select(selection, doorWith(clusters));
    const withoutFirst = doorWith(clusters.slice(1));
    const second = await pageOf(selection, selected, 1, undefined, withoutFirst);

    expect(second.items[0].cluster).toBe(clusters[selected.pages[1].position].identifier);
  });

  test('shares its limit among its pages, which are worked off side by side', async () => {
    const clusters = fleet(3_000);
    const selected = await select({ clusters });
    const pages = selected.pages.length;

    expect(await pageOf({ clusters }, selected, 1, 100)).toMatchObject({ pages, maxConcurrency: Math.floor(100 / pages) });
    expect(await pageOf({ clusters }, selected, 1, 1)).toMatchObject({ maxConcurrency: 1 });
    expect(await pageOf({ clusters }, selected, 1)).toMatchObject({ maxConcurrency: 0 });
  });

  test('a reason has five hundred characters where there is room', async () => {
    const clusters = fleet(10);

    expect((await pageOf({ clusters }, await select({ clusters }))).pace.reasonLength).toBe(500);
  });
});

describe('the pace', () => {
  const pace = async (count: number, maxConcurrency?: number, number = 0) => {
    const clusters = fleet(count);
    const { items, pace: { shortestWaitSeconds } } = await pageOf({ clusters }, await select({ clusters }), number, maxConcurrency);
    return { shortestWaitSeconds, first: items[0].firstWaitSeconds, last: items[items.length - 1].firstWaitSeconds };
  };

  test('of a small run is that of a single cluster', async () => {
    expect(await pace(5)).toEqual({ shortestWaitSeconds: 15, first: 0, last: 0 });
  });

  test('of a large one lets five begin a second and ten be looked at', async () => {
    expect(await pace(500)).toEqual({ shortestWaitSeconds: 50, first: 0, last: 99 });
  });

  test('of a second page goes on where that of the first ends, because they run side by side', async () => {
    const clusters = fleet(3_000);
    const { pages } = await select({ clusters });

    expect((await pace(3_000, undefined, 1)).first).toBe(Math.floor(pages[1].position / 5));
  });

  test('with a limit follows from the limit: later ones begin when earlier ones end', async () => {
    expect(await pace(500, 10)).toEqual({ shortestWaitSeconds: 15, first: 0, last: 0 });
    expect(await pace(5, 100)).toEqual({ shortestWaitSeconds: 15, first: 0, last: 0 });
  });
});
