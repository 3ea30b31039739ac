import { planCopyIdentifier } from '../../../../src/core/plan/plan-ownership';
import { Snapshot } from '../../../../src/core/snapshot';
import { pruneAfter, pruneLeavings } from '../../../../src/runtime/doors/plan/prune-region';
import { PruningResult, RegionToPrune } from '../../../../src/runtime/doors/plan/region-to-prune';
import { NOTHING_PRUNED } from '../../../../src/runtime/doors/plan/steps';
import { calendarOfTimeZones } from '../../../../src/runtime/plan/calendar';
import { awsError, denied, throttled } from '../../../support/errors';
import { NOON, OTHER_REGION, REGION } from '../../../support/events';
import { anExportTask } from '../../../support/export-tasks';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { aCopy, aPlan } from '../../../support/plan-events';
import { ORDERS, PLAN, planCopy, planSnapshot } from '../../../support/plan-snapshots';
import { aSnapshot } from '../../../support/snapshots';

const logged = captureLog();
const counted = () => logged().filter((line) => '_aws' in line);

const day = (number: number): Date => new Date(Date.UTC(2026, 7, number, 12));

/** One of each of the days since the first of August; the plan keeps two. */
const on = (number: number, facts: Parameters<typeof planSnapshot>[1] = {}) => planSnapshot(`day${String(number).padStart(2, '0')}`, { createTime: day(number), ...facts });
const days = (count: number) => Array.from({ length: count }, (_, index) => on(index + 1));
const arns = (snapshots: Snapshot[]) => snapshots.map(({ arn }) => arn);
const deletesOf = (snapshots: Snapshot[]) => snapshots.map(({ identifier }) => `delete ${identifier}`);

interface Asked extends RegionToPrune {
  /** The identifier of what has just become good there. */
  readonly newest: string;
  readonly since: number;
}

function prune(rds: FakeRds, { newest, since = NOON, ...changes }: Partial<Asked> = {}): Promise<PruningResult> {
  const tools = { rds: rds.asGateway(), calendar: calendarOfTimeZones(), now: () => NOON };
  const target: RegionToPrune = { plan: aPlan(), region: REGION, cluster: { cluster: 'orders' }, incarnation: ORDERS, ...changes };
  return newest === undefined ? pruneLeavings(tools, target) : pruneAfter({ identifier: newest, since }, tools, target);
}

describe('what the policy does not keep', () => {
  test('is deleted, and nothing else', async () => {
    const others = [
      aSnapshot({ identifier: 'by-hand', createTime: day(1) }), on(1, { cluster: 'billing', identifier: `${PLAN.owner}-0123456789-billing` }),
      planSnapshot('silver', { createTime: day(1), plan: { ...PLAN, planName: 'Silver' } }), on(1, { incarnation: 'cluster-OLD', identifier: `${PLAN.owner}-0123456789-former` }),
    ];
    const rds = new FakeRds([...days(5), ...others]);

    expect(await prune(rds)).toMatchObject({ pruned: { deleted: arns(days(3)), wouldDelete: [] }, troubles: [], more: false });
    expect(rds.writes).toEqual(deletesOf(days(3)));
  });

  test('follows from the options of the cluster where it has its own', async () => {
    const rds = new FakeRds(days(5));
    await prune(rds, { cluster: { cluster: 'orders', options: { retention: { keep: 'last', count: 4 } } } });

    expect(rds.writes).toEqual(deletesOf(days(1)));
  });

  test('is written down before and when it goes, and what stays with its reasons', async () => {
    await prune(new FakeRds(days(3)));

    expect(logged()).toContainEqual(expect.objectContaining({ message: 'snapshot is to be pruned', arn: on(1).arn, because: 'it is not one of the newest 2', cluster: 'orders', region: REGION }));
    expect(logged()).toContainEqual(expect.objectContaining({ message: 'snapshot pruned', arn: on(1).arn }));
    expect(logged()).toContainEqual(expect.objectContaining({ message: 'snapshot is kept', arn: on(3).arn, because: ['newest good one', 'one of the newest 2'] }));
  });

  test('is counted when it has gone, all of it', async () => {
    await prune(new FakeRds(days(5)));

    expect(counted()).toEqual([expect.objectContaining({ Plan: 'Gold', Region: REGION, Cluster: 'orders', SnapshotsPruned: 3 })]);
  });

  test('is counted as what would go with REPORT_ONLY, also beyond what a verdict names', async () => {
    expect((await prune(new FakeRds(days(90)), { plan: aPlan({ pruneMode: 'report' }) })).pruned.wouldDelete).toHaveLength(50);

    expect(counted()).toEqual([expect.objectContaining({ SnapshotsToPrune: 88 })]);
  });

  test.each(['report', 'delete'] as const)('is not counted where it is nothing (%s)', async (pruneMode) => {
    await prune(new FakeRds(days(2)), { plan: aPlan({ pruneMode }) });

    expect(counted()).toEqual([]);
  });

  test('is only named with REPORT_ONLY', async () => {
    const rds = new FakeRds(days(4));

    expect(await prune(rds, { plan: aPlan({ pruneMode: 'report' }) })).toEqual({ pruned: { deleted: [], wouldDelete: arns(days(2)), reports: [] }, troubles: [], more: false });
    expect(rds.writes).toEqual([]);
    expect(logged()).toContainEqual(expect.objectContaining({ message: 'snapshot would be pruned', arn: on(1).arn }));
  });

  test('goes twenty at a time, the oldest first', async () => {
    const rds = new FakeRds(days(25));

    expect(await prune(rds)).toMatchObject({ pruned: { deleted: arns(days(20)) }, more: true });
    expect(await prune(rds)).toMatchObject({ pruned: { deleted: arns(days(23).slice(20)) }, more: false });
  });

  test('goes without a question about what is in use where nothing goes', async () => {
    const rds = new FakeRds(days(2)).breaks('listExportTasks', throttled()).breaks('findSnapshot', throttled());

    expect(await prune(rds)).toEqual({ pruned: NOTHING_PRUNED, troubles: [], more: false });
  });
});

describe('snapshots of an earlier cluster of the name', () => {
  const former = (number: number) => on(number, { incarnation: 'cluster-OLD' });

  test('stay and are reported', async () => {
    const rds = new FakeRds([former(1), former(2), former(3), on(4)]);
    const { pruned } = await prune(rds);

    expect(pruned.deleted).toEqual([]);
    expect(pruned.reports).toEqual([expect.stringMatching(/day01.*kept, because the cluster cluster-OLD is no longer the 'orders' of the plan/)]);
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: 'retention', report: pruned.reports[0] }));
  });

  test('are pruned for themselves with pruneFormerClusters', async () => {
    const rds = new FakeRds([former(1), former(2), former(3), on(4)]);

    expect(await prune(rds, { plan: aPlan({ pruneFormerClusters: true }) })).toMatchObject({ pruned: { deleted: [former(1).arn] } });
  });

  test('are pruned by the policy of the plan, whatever the present cluster has as its own', async () => {
    const rds = new FakeRds([former(1), former(2), former(3), on(4), on(5)]);
    await prune(rds, {
      plan: aPlan({ retention: { keep: 'last', count: 3 }, pruneFormerClusters: true }),
      cluster: { cluster: 'orders', options: { retention: { keep: 'last', count: 1 } } },
    });

    expect(rds.writes).toEqual(deletesOf([on(4)]));
  });

  test('are reported in no more words than an event holds, however many they are', async () => {
    const rds = new FakeRds(Array.from({ length: 500 }, (_, index) => planSnapshot(`f${index}`, { createTime: day(1), incarnation: 'cluster-OLD' })));
    const { pruned } = await prune(rds);

    expect(pruned.reports).toHaveLength(1);
    expect(pruned.reports[0].length).toBeLessThanOrEqual(1_000);
  });
});

describe('a list that may not be complete', () => {
  test('is one without the new snapshot: then all of the Region are listed', async () => {
    // Where there is no such cluster, the filter may find nothing; our tag tells.
    const copies = [1, 2, 3].map((number) => planCopy(`day0${number}`, day(number), { region: OTHER_REGION, clusterIdentifier: '' }));
    const rds = new FakeRds([...copies, on(1, { region: OTHER_REGION, cluster: 'billing', identifier: `${PLAN.owner}-0123456789-billing` })]);
    const plan = aPlan({ copies: [aCopy()] });

    expect(await prune(rds, { plan, region: OTHER_REGION, newest: copies[2].identifier })).toMatchObject({
      pruned: { deleted: arns(copies.slice(0, 2)) },
    });
    expect(rds.listed).toEqual([OTHER_REGION]);
  });

  test('also where the filter finds others, but not the new one', async () => {
    const copies = [['day01', 'orders'], ['day02', 'orders'], ['day03', '']].map(([name, clusterIdentifier], index) => (
      planCopy(name, day(index + 1), { region: OTHER_REGION, clusterIdentifier })
    ));
    const rds = new FakeRds(copies);

    expect(await prune(rds, { plan: aPlan({ copies: [aCopy()] }), region: OTHER_REGION, newest: copies[2].identifier })).toMatchObject({
      troubles: [],
    });
    expect(rds.snapshots).toEqual([copies[2]]);
  });

  test('and if it is not there either, nothing is pruned, and that is said', async () => {
    const rds = new FakeRds(days(5));

    expect(await prune(rds, { newest: 'cab-not-there', since: day(20).getTime() })).toEqual({
      pruned: NOTHING_PRUNED, troubles: ['nothing was pruned in eu-west-1, because RDS does not list the new snapshot cab-not-there there'], more: false,
    });
    expect(rds.writes).toEqual([]);
  });

  test('but a later run may have pruned it: then nothing is pruned, and nothing is wrong', async () => {
    const rds = new FakeRds(days(5));

    expect(await prune(rds, { newest: 'cab-not-there', since: day(4).getTime() })).toEqual({ pruned: NOTHING_PRUNED, troubles: [], more: false });
    expect(rds.writes).toEqual([]);
  });

  test('is not asked for where the filter finds the new one', async () => {
    const rds = new FakeRds(days(3));
    await prune(rds, { newest: on(3).identifier });

    expect(rds.listed).toEqual([]);
    expect(rds.writes).toEqual(deletesOf(days(1)));
  });

  test.each(['listSnapshotsOfCluster', 'listExportTasks'] as const)('is one that RDS breaks off (%s): nothing is pruned', async (call) => {
    const rds = new FakeRds(days(5)).breaks(call, throttled());

    await expect(prune(rds)).rejects.toThrow('Rate exceeded');
    expect(rds.writes).toEqual([]);
  });
});

describe('what something unfinished is made from stays', () => {
  const plan = aPlan({ copies: [aCopy()] });
  const keptOf = () => logged().filter(({ message, because }) => message === 'snapshot is kept' && String(because).includes('something unfinished is made from it'));

  test.each(['creating', 'copying'])('a copy into another Region that is %s', async (status) => {
    const copy = aSnapshot({ region: OTHER_REGION, identifier: planCopyIdentifier(plan, on(1).identifier, OTHER_REGION), status, sourceArn: on(1).arn, clusterIdentifier: '' });
    const rds = new FakeRds([...days(4), copy]);

    expect(await prune(rds, { plan })).toMatchObject({ pruned: { deleted: [on(2).arn] } });
    expect(keptOf()).toMatchObject([{ arn: on(1).arn }]);
  });

  test('a copy that is complete needs its source no more', async () => {
    const copy = aSnapshot({ region: OTHER_REGION, identifier: planCopyIdentifier(plan, on(1).identifier, OTHER_REGION), sourceArn: on(1).arn });

    expect(await prune(new FakeRds([...days(4), copy]), { plan })).toMatchObject({ pruned: { deleted: arns(days(2)) } });
  });

  test('a copy that somebody else makes in a Region of the plan', async () => {
    const byHand = aSnapshot({ region: OTHER_REGION, identifier: 'by-hand', status: 'copying', sourceArn: on(1).arn });

    expect(await prune(new FakeRds([...days(4), byHand]), { plan })).toMatchObject({ pruned: { deleted: [on(2).arn] } });
  });

  test('a copy within the Region', async () => {
    const rds = new FakeRds([...days(4), aSnapshot({ identifier: 'by-hand', status: 'copying', sourceArn: on(2).arn })]);

    expect(await prune(rds)).toMatchObject({ pruned: { deleted: [on(1).arn] } });
  });

  test.each([['IN_PROGRESS', [2]], ['STARTING', [2]], ['CANCELING', [2]], ['COMPLETE', [1, 2]], ['FAILED', [1, 2]], ['CANCELED', [1, 2]]])('an export that is %s', async (status, gone) => {
    const rds = new FakeRds(days(4));
    rds.exportTasks = [anExportTask({ sourceArn: on(1).arn, status })];

    expect(await prune(rds)).toMatchObject({ pruned: { deleted: gone.map((number) => on(number).arn) } });
  });

  test('and where that is all that may go in one call, the rest is left to the next run: asking again would come to the same', async () => {
    const rds = new FakeRds(days(30));
    rds.exportTasks = days(20).map(({ arn }) => anExportTask({ identifier: arn, sourceArn: arn }));

    expect(await prune(rds)).toMatchObject({ pruned: { deleted: [] }, more: false });
  });

  test('also where so many go that it would be next', async () => {
    const copies = [1, 2, 3, 21].map((number) => aSnapshot({
      region: OTHER_REGION, identifier: planCopyIdentifier(plan, on(number).identifier, OTHER_REGION), status: 'copying', sourceArn: on(number).arn, clusterIdentifier: '',
    }));
    const rds = new FakeRds([...days(30), ...copies]);
    await prune(rds, { plan });
    await prune(rds, { plan });

    expect(rds.writes.filter((write) => write.endsWith('day21'))).toEqual([]);
    expect(rds.writes).toHaveLength(30 - 2 - 4);
  });
});

describe('when a deletion does not succeed', () => {
  const refusing = (refused: Snapshot, error: Error, rds = new FakeRds(days(5))) => {
    const deleteSnapshot = rds.deleteSnapshot.bind(rds);
    const isRefused = (identifier: string) => identifier === refused.identifier;
    rds.deleteSnapshot = async (region, identifier) => (isRefused(identifier) ? Promise.reject(error) : deleteSnapshot(region, identifier));
    return rds;
  };

  test('for this one alone, the others go all the same, and it is said which one did not', async () => {
    const rds = refusing(on(2), awsError('InvalidDBClusterSnapshotStateFault', 'is being restored'));

    expect(await prune(rds)).toMatchObject({
      pruned: { deleted: [on(1).arn, on(3).arn] },
      troubles: [`${on(2).arn} could not be deleted: InvalidDBClusterSnapshotStateFault: is being restored`],
      more: false,
    });
    expect(logged()).not.toContainEqual(expect.objectContaining({ message: 'snapshot pruned', arn: on(2).arn }));
  });

  test('because it has gone already and its answer was lost, it counts as deleted', async () => {
    const rds = new FakeRds(days(5));
    const deleteSnapshot = rds.deleteSnapshot.bind(rds);
    rds.deleteSnapshot = async (region, identifier) => {
      await deleteSnapshot(region, identifier);
      throw denied();
    };

    expect(await prune(rds)).toMatchObject({ pruned: { deleted: [on(1).arn, on(2).arn, on(3).arn] }, troubles: [] });
  });

  test('for want of rights, that is said too', async () => {
    expect((await prune(refusing(on(1), denied()))).troubles).toEqual([expect.stringMatching(/^arn:.*day01 could not be deleted: AccessDenied/)]);
  });

  describe('and its answer was lost', () => {
    const lostAnswer = (left: Snapshot) => {
      const rds = new FakeRds(days(3));
      rds.deleteSnapshot = async () => {
        rds.snapshots = [...days(3).slice(1), left];
        throw denied();
      };
      return rds;
    };

    test('it counts as deleted while it still goes', async () => {
      expect(await prune(lostAnswer(on(1, { status: 'deleting' })))).toMatchObject({ pruned: { deleted: [on(1).arn] }, troubles: [] });
    });

    test('but not where it is there, or nobody knows', async () => {
      expect(await prune(lostAnswer(on(1)))).toMatchObject({ pruned: { deleted: [] }, troubles: [expect.stringMatching(/AccessDenied/)] });
      expect(await prune(lostAnswer(on(1, { status: 'deleting' })).breaks('findSnapshot', throttled()))).toMatchObject({ pruned: { deleted: [] }, troubles: [expect.stringMatching(/AccessDenied/)] });
    });
  });

  test('among more than go at once, the rest is left for the next run', async () => {
    expect(await prune(refusing(on(2), denied(), new FakeRds(days(30))))).toMatchObject({ more: false });
  });

  test('because RDS throttles, it stops there; what has gone is told', async () => {
    const rds = refusing(on(3), throttled());

    expect(await prune(rds)).toMatchObject({ pruned: { deleted: arns(days(2)) }, troubles: [], more: true });
    expect(rds.writes).toEqual(deletesOf(days(2)));
  });

  test('because RDS throttles from the first, it is to be tried again', async () => {
    await expect(prune(refusing(on(1), throttled()))).rejects.toThrow('Rate exceeded');
  });
});
