import { Snapshot } from '../../../../src/core/snapshot';
import { vaultTagKey } from '../../../../src/core/vault/receipt';
import { giveWay, makeRoom } from '../../../../src/runtime/doors/plan/make-room';
import { RegionToPrune } from '../../../../src/runtime/doors/plan/region-to-prune';
import { NOTHING_PRUNED } from '../../../../src/runtime/doors/plan/steps';
import { calendarOfTimeZones } from '../../../../src/runtime/plan/calendar';
import { awsError, throttled } from '../../../support/errors';
import { NOON, OTHER_REGION, REGION } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { VAULT, aCopy, aPlan } from '../../../support/plan-events';
import { ORDERS, PLAN, planCopy, planSnapshot } from '../../../support/plan-snapshots';

captureLog();

const HOUR = 3_600_000;
const day = (number: number): Date => new Date(Date.UTC(2026, 7, number, 12));

/** One of each of the days since the first of August; the plan keeps two. */
const on = (number: number, facts: Parameters<typeof planSnapshot>[1] = {}) => planSnapshot(`day${String(number).padStart(2, '0')}`, { createTime: day(number), ...facts });
const days = (count: number) => Array.from({ length: count }, (_, index) => on(index + 1));
const arns = (snapshots: Snapshot[]) => snapshots.map(({ arn }) => arn);

interface Asked extends RegionToPrune {
  /** The time of the data of what there is no room for. */
  readonly awaited: Date | undefined;
}

const toolsOf = (rds: FakeRds) => ({ rds: rds.asGateway(), calendar: calendarOfTimeZones(), now: () => NOON });
const targetOf = (changes: Partial<RegionToPrune>): RegionToPrune => ({
  plan: aPlan(), region: REGION, cluster: { cluster: 'orders' }, incarnation: ORDERS, ...changes,
});

function clear(rds: FakeRds, { awaited, ...changes }: Partial<Asked> = {}) {
  return makeRoom(awaited ?? new Date(NOON), toolsOf(rds), targetOf(changes));
}

describe('where there is no room for the snapshot that is to come', () => {
  test('goes what it will push out, and what the policy does not keep anyway', async () => {
    const rds = new FakeRds(days(4));

    expect(await clear(rds)).toMatchObject({ pruned: { deleted: arns(days(3)) }, isComing: true });
    expect(rds.snapshots).toEqual([on(4)]);
  });

  test('nothing goes that stays with it', async () => {
    expect(await clear(new FakeRds(days(4)), { plan: aPlan({ retention: { keep: 'last', count: 5 } }) })).toEqual({
      pruned: NOTHING_PRUNED, troubles: [], more: false, isComing: false, givesWay: undefined,
    });
  });

  test('the newest good one never goes: the other may never come', async () => {
    const rds = new FakeRds(days(2));

    expect(await clear(rds, { plan: aPlan({ retention: { keep: 'last', count: 1 } }) })).toMatchObject({ pruned: { deleted: [on(1).arn] } });
    expect(rds.snapshots).toEqual([on(2)]);
  });

  test('as many stay as the policy promises at least, however old they are', async () => {
    const rds = new FakeRds(days(5));
    await clear(rds, { plan: aPlan({ retention: { keep: 'for', seconds: 86_400, minimumSnapshots: 3 } }) });

    expect(rds.snapshots).toEqual(days(5).slice(2));
  });

  test('what is to come is nothing to delete, also beside one of the same moment', async () => {
    const rds = new FakeRds([on(1), on(2, { createTime: new Date(NOON) })]);

    expect(await clear(rds, { plan: aPlan({ retention: { keep: 'last', count: 1 } }) })).toMatchObject({ pruned: { deleted: [on(1).arn] } });
  });

  test('one that claims to be of tomorrow is not counted on', async () => {
    const tomorrow = on(1, { identifier: `${PLAN.owner}-0123456789-tomorrow`, createTime: new Date(NOON + 24 * HOUR) });
    const rds = new FakeRds([...days(3), tomorrow]);
    await clear(rds, { plan: aPlan({ retention: { keep: 'last', count: 1 } }) });

    expect(rds.snapshots).toEqual([on(3), tomorrow]);
  });

  test('the newest of an earlier cluster of the name does not stand in for it', async () => {
    const former = on(9, { incarnation: 'cluster-OLD' });
    const rds = new FakeRds([on(1), former]);
    await clear(rds, { plan: aPlan({ retention: { keep: 'last', count: 1 }, pruneFormerClusters: true }) });

    expect(rds.writes).toEqual([]);
  });

  test('of a copy that begins after midnight, the day that counts is that of its data', async () => {
    const plan = aPlan({ copies: [aCopy({ retention: { keep: 'tiers', daily: 3, minimumSnapshots: 1, timeZone: 'UTC' } })] });
    const at = (number: number, hour: number) => planCopy(`day${number}-${hour}`, new Date(Date.UTC(2026, 7, number, hour)), { region: OTHER_REGION });
    const copies = [at(1, 23), at(2, 23), at(3, 12)];
    const goneFor = async (awaited: Date) => (await clear(new FakeRds(copies), { plan, region: OTHER_REGION, awaited })).pruned.deleted;

    expect(await goneFor(new Date(Date.UTC(2026, 7, 3, 23)))).toEqual([]);
    expect(await goneFor(new Date(Date.UTC(2026, 7, 4, 0)))).toEqual([at(1, 23).arn]);
  });

  test('goes only what the policy does not keep today, if it is not known of when the awaited one is', async () => {
    const rds = new FakeRds(days(4));
    await makeRoom(undefined, toolsOf(rds), targetOf({}));

    expect(rds.snapshots).toEqual([on(3), on(4)]);
  });

  test.each([['one of the plan', on(1, { status: 'deleting' })], ['a copy for vaults', on(1, { status: 'deleting', extraTags: { 'cdk-aurora-backup:shared-in-place-of': 'x' } })]])(
    'there will be if %s is being deleted', async (_, going) => {
      const keepsAll = { plan: aPlan({ retention: { keep: 'all' } }) };

      expect(await clear(new FakeRds([going, on(2)]), keepsAll)).toMatchObject({ pruned: NOTHING_PRUNED, isComing: true });
      expect(await clear(new FakeRds([on(2), { ...going, tags: {} }]), keepsAll)).toMatchObject({ isComing: false });
    },
  );

  test('there will be if a copy was removed that no vault needs', async () => {
    const unneeded = on(1, { extraTags: { 'cdk-aurora-backup:shared-in-place-of': 'gone' } });

    expect(await clear(new FakeRds([unneeded]))).toMatchObject({ pruned: NOTHING_PRUNED, isComing: true });
  });
});

describe('what only vaults wait for', () => {
  const plan = aPlan({ vaults: [VAULT] });
  const reportOnly = aPlan({ vaults: [VAULT], pruneMode: 'report' });
  const saying = (number: number, says: string) => (
    on(number, { createTime: new Date(NOON - (10 - number) * HOUR), extraTags: { [vaultTagKey(VAULT)]: says } })
  );
  const AWAITED = [saying(1, 'awaited'), saying(2, 'awaited'), saying(3, 'awaited')];
  const named = async (snapshots: Snapshot[], changes: Partial<Asked> = {}) => (await clear(new FakeRds(snapshots), { plan, ...changes })).givesWay;
  const lettingGo = (rds: FakeRds, { arn }: Snapshot, changes: Partial<RegionToPrune> = {}) => (
    giveWay(arn, new Date(NOON), toolsOf(rds), targetOf({ plan, ...changes }))
  );
  const words = ({ identifier }: Snapshot, said = 'deleted') => (
    `${identifier}: ${said} although not every vault of the plan 'Gold' has it, because the quota leaves no room for a new snapshot`
  );

  describe('is named where nothing else goes, and stays', () => {
    test('one that the vault refused first', async () => {
      const snapshots = [saying(1, 'awaited'), saying(2, 'refused full'), saying(3, 'refused full'), saying(4, 'awaited')];
      const rds = new FakeRds(snapshots);

      expect(await clear(rds, { plan })).toEqual({ pruned: NOTHING_PRUNED, troubles: [], more: false, isComing: false, givesWay: on(2).arn });
      expect(rds.writes).toEqual([]);
    });

    test('the oldest, where all are awaited', async () => {
      expect(await named(AWAITED)).toBe(on(1).arn);
    });

    test('never the newest, nor the newest that the vault has', async () => {
      expect(await named([saying(1, 'stored x'), saying(2, 'awaited')])).toBeUndefined();
    });

    test('not as long as there is something that the policy lets go anyway, whether or not RDS lets it', async () => {
      const rds = new FakeRds([on(9), ...AWAITED]).breaks('deleteSnapshot', awsError('InvalidDBClusterSnapshotStateFault'));

      expect(await named([on(9), ...AWAITED])).toBeUndefined();
      expect(await clear(rds, { plan })).toMatchObject({ isComing: false, troubles: [expect.stringContaining('could not be deleted')] });
      expect(await clear(rds, { plan })).not.toHaveProperty('givesWay');
    });

    test('not what is just being copied', async () => {
      const source = saying(1, 'refused full');
      const copy = planCopy('copy', undefined, { sourceArn: source.arn, status: 'copying' });

      expect(await named([source, copy, saying(2, 'awaited'), saying(3, 'awaited')])).toBe(on(2).arn);
    });

    test('not while there is something going: an earlier call may have begun that', async () => {
      expect(await named([on(5, { status: 'deleting' }), ...AWAITED])).toBeUndefined();
    });
  });

  describe('gives way when it was named and there is still no room', () => {
    test('it alone, and somebody gets to know', async () => {
      const rds = new FakeRds(AWAITED);

      expect(await lettingGo(rds, on(1))).toEqual({
        pruned: { deleted: [on(1).arn], wouldDelete: [], reports: [words(on(1))] }, troubles: [], more: false, isComing: true,
      });
      expect(rds.writes).toEqual([`delete ${on(1).identifier}`]);
    });

    test('not another one if the answer was lost, and that is told as if it had come', async () => {
      const rds = new FakeRds(AWAITED);
      const lost = await lettingGo(rds, on(1));

      expect(await lettingGo(rds, on(1))).toEqual(lost);
      expect(rds.writes).toHaveLength(1);
    });

    test('nor while it is being deleted', async () => {
      const rds = new FakeRds([{ ...AWAITED[0], status: 'deleting' }, AWAITED[1], AWAITED[2]]);

      expect(await lettingGo(rds, on(1))).toMatchObject({ pruned: { deleted: [on(1).arn] }, isComing: true });
      expect(rds.writes).toEqual([]);
    });

    test('not if it has become the newest that the vault has, or somebody copies it', async () => {
      const stored = new FakeRds([saying(1, 'stored x'), AWAITED[1], AWAITED[2]]);
      const copied = new FakeRds([...AWAITED, planCopy('copy', undefined, { sourceArn: on(1).arn, status: 'copying' })]);

      expect(await lettingGo(stored, on(1))).toMatchObject({ pruned: NOTHING_PRUNED, isComing: false });
      expect(await lettingGo(copied, on(1))).toMatchObject({ pruned: NOTHING_PRUNED, isComing: false });
    });

    test('and where RDS refuses that, nobody is told that it has gone', async () => {
      const rds = new FakeRds(AWAITED).breaks('deleteSnapshot', awsError('InvalidDBClusterSnapshotStateFault', 'is being restored'));

      expect(await lettingGo(rds, on(1))).toEqual({
        pruned: NOTHING_PRUNED, troubles: [expect.stringMatching(/day01 could not be deleted: .*is being restored$/)], more: false, isComing: false,
      });
    });

    test('where the plan only reports, it says what it would do', async () => {
      const rds = new FakeRds(AWAITED);

      expect((await lettingGo(rds, on(1), { plan: reportOnly })).pruned).toEqual({ deleted: [], wouldDelete: [on(1).arn], reports: [words(on(1), 'would be deleted')] });
      expect((await lettingGo(new FakeRds(), on(1), { plan: reportOnly })).pruned).toEqual(NOTHING_PRUNED);
      expect(rds.writes).toEqual([]);
    });

    test('a list that RDS breaks off lets nothing go', async () => {
      const rds = new FakeRds(AWAITED).breaks('listSnapshotsOfCluster', throttled());

      await expect(lettingGo(rds, on(1))).rejects.toThrow('Rate exceeded');
      expect(rds.writes).toEqual([]);
    });
  });
});
