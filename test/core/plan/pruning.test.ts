import * as fc from 'fast-check';
import { OwnershipTag } from '../../../src/core/ownership';
import { PruningSituation, decidePruning } from '../../../src/core/plan/pruning';
import { Snapshot } from '../../../src/core/snapshot';
import { calendarOfTimeZones } from '../../../src/runtime/plan/calendar';
import { OTHER_REGION } from '../../support/events';
import { ORDERS, PLAN, planCopy, planSnapshot } from '../../support/plan-snapshots';
import { aSnapshot, day, withTags } from '../../support/snapshots';

/** An earlier cluster of the same name. */
const FORMER = 'cluster-ORDERS2025';
const NOW = day(22);

const on = (number: number, facts: Parameters<typeof planSnapshot>[1] = {}) => planSnapshot(`day${number}`, { createTime: day(number), ...facts });
const formerOn = (number: number) => planSnapshot(`former${number}`, { createTime: day(number), incarnation: FORMER });

/** The plan keeps the newest one of each cluster, former ones included. */
const situation = (snapshots: Snapshot[], changes: Partial<PruningSituation> = {}): PruningSituation => ({
  plan: PLAN,
  cluster: 'orders',
  snapshots,
  currentIncarnation: ORDERS,
  rule: { keep: 'last', count: 1 },
  ruleOfFormers: { keep: 'last', count: 1 },
  pruneFormerClusters: false,
  unfinishedSources: new Set(),
  calendar: calendarOfTimeZones(),
  now: NOW,
  ...changes,
});

const decide = (snapshots: Snapshot[], changes?: Partial<PruningSituation>) => decidePruning(situation(snapshots, changes));
const gone = (...listed: Parameters<typeof decide>) => decide(...listed).deletions.map(({ identifier }) => identifier);
const ids = (...snapshots: Snapshot[]) => snapshots.map(({ identifier }) => identifier);

describe('what goes', () => {
  test('is what the policy does not keep, the oldest first, with the reason', () => {
    expect(decide([on(3), on(1), on(5), on(2)]).deletions).toEqual([on(1), on(2), on(3)]
      .map(({ arn, identifier }) => ({ arn, identifier, because: 'it is not one of the newest 1' })));
  });

  test('of what stays it is said why', () => {
    expect(decide([on(3), on(1)]).kept).toEqual([{ arn: on(3).arn, because: ['newest good one', 'one of the newest 1'] }]);
  });

  test('of copies, is decided by the time of the data, not by that of the copy', () => {
    const lateCopyOfOldData = planCopy('old', day(1), { createTime: day(9) });
    const earlyCopyOfNewData = planCopy('new', day(2), { createTime: day(3) });

    expect(gone([lateCopyOfOldData, earlyCopyOfNewData])).toEqual(ids(lateCopyOfOldData));
  });

  test('is also one that failed when a newer one is complete', () => {
    const { arn, identifier } = on(1);

    expect(decide([on(1, { status: 'failed' }), on(2)]).deletions).toEqual([{ arn, identifier, because: 'it failed, and a newer one is complete' }]);
  });

  test('is nothing when there is nothing', () => {
    expect(decide([])).toEqual({ deletions: [], kept: [], reports: [] });
  });
});

describe('what another made does not even count', () => {
  test.each<[string, Snapshot]>([
    ['a snapshot taken by hand', aSnapshot({ createTime: day(9) })],
    ['a copy made by hand, with the tags of the plan', aSnapshot({ identifier: 'by-hand', createTime: day(9), tags: on(9).tags })],
    ['a copy made by hand, with its tags and its prefix', { ...on(9), identifier: `${PLAN.owner}-by-hand` }],
    ['an automated snapshot', { ...on(9), type: 'automated' }],
    ['one of a plan with another name', on(9, { plan: { ...PLAN, planName: 'Silver' } })],
    ['one of the plan of this name in another Region', on(9, { plan: { ...PLAN, region: OTHER_REGION } })],
    ['one of another cluster of the plan', on(9, { cluster: 'orders-eu' })],
    ['one without the tag of the library', withTags(on(9), { [OwnershipTag.OWNER]: 'me' })],
  ])('%s', (_, newer) => {
    const older = { ...newer, arn: `${newer.arn}-older`, createTime: day(1) };

    expect(decide([newer, older, on(2)])).toEqual({ deletions: [], kept: [expect.objectContaining({ arn: on(2).arn })], reports: [] });
  });
});

describe('of an earlier cluster of the name', () => {
  const snapshots = [formerOn(1), formerOn(2), on(3), on(4)];
  const report = `${formerOn(1).identifier}, ${formerOn(2).identifier}: kept, because the cluster ${FORMER} is no longer the 'orders' of the plan; `
    + 'with pruneFormerClusters they are pruned like the others';

  test('all are kept, and reported', () => {
    expect(gone(snapshots)).toEqual(ids(on(3)));
    expect(decide(snapshots).reports).toEqual([report]);
    expect(decide(snapshots).kept).toContainEqual({ arn: formerOn(1).arn, because: [`of a former cluster (${FORMER})`] });
  });

  test('with pruneFormerClusters, the policy decides, for each cluster by itself: the newest of its data stays', () => {
    expect(decide(snapshots, { pruneFormerClusters: true })).toMatchObject({
      deletions: ids(formerOn(1), on(3)).map((identifier) => ({ identifier })), reports: [],
    });
  });

  test('with pruneFormerClusters, what the present one has as its own says nothing about them', () => {
    const former = { ruleOfFormers: { keep: 'all' }, pruneFormerClusters: true } as const;

    expect(gone(snapshots, former)).toEqual(ids(on(3)));
    expect(gone(snapshots, { ...former, currentIncarnation: undefined })).toEqual([]);
  });

  test('none are younger for it: the new cluster has its own newest one', () => {
    const youngerThanTheNewCluster = [planSnapshot('late', { createTime: day(20), incarnation: FORMER }), on(3), on(4)];

    expect(gone(youngerThanTheNewCluster, { pruneFormerClusters: true })).toEqual(ids(on(3)));
  });

  test('that has left the plan all are kept, too', () => {
    expect(gone([on(3), on(4)], { currentIncarnation: undefined })).toEqual([]);
    expect(decide([on(3), on(4)], { currentIncarnation: undefined }).reports).toHaveLength(1);
    expect(gone([on(3), on(4)], { currentIncarnation: undefined, pruneFormerClusters: true })).toEqual(ids(on(3)));
  });

  test('nobody knows, all are kept and reported: the policy does not know what it may compare them with', () => {
    const ofUnknown = withoutIncarnation(on(1));
    const decision = decide([ofUnknown, on(2)], { pruneFormerClusters: true, currentIncarnation: undefined });

    expect(decision.deletions).toEqual([]);
    expect(decision.kept).toContainEqual({ arn: ofUnknown.arn, because: ['the cluster it was taken of is not known'] });
    expect(decision.reports).toEqual([`${ofUnknown.identifier}: kept, because it is not known which cluster of the name 'orders' it was taken of`]);
  });
});

describe('what is still needed stays', () => {
  test('as the source of something unfinished, until that has ended', () => {
    expect(gone([on(1), on(2), on(3)], { unfinishedSources: new Set([on(1).arn]) })).toEqual(ids(on(2)));
    expect(decide([on(1), on(3)], { unfinishedSources: new Set([on(1).arn]) }).kept)
      .toContainEqual({ arn: on(1).arn, because: ['something unfinished is made from it'] });
  });

  test('and, if the policy keeps it, says both', () => {
    expect(decide([on(1)], { unfinishedSources: new Set([on(1).arn]) }).kept)
      .toEqual([{ arn: on(1).arn, because: ['newest good one', 'one of the newest 1', 'something unfinished is made from it'] }]);
  });
});

describe('what has no believable time is kept and reported', () => {
  test('a copy without its tag', () => {
    const copy = planCopy('timeless', undefined);

    expect(gone([copy, on(1), on(2)])).toEqual(ids(on(1)));
    expect(decide([copy, on(1), on(2)]).reports)
      .toEqual([`${copy.identifier}: kept, because the time of its data is not known (tag cdk-aurora-backup:data-time)`]);
  });

  test('one from the future', () => {
    const ahead = planCopy('ahead', new Date('2099-01-01T00:00:00Z'));

    expect(gone([ahead, on(1), on(2)])).toEqual(ids(on(1)));
    expect(decide([ahead, on(1), on(2)]).reports)
      .toEqual([`${ahead.identifier}: kept, because the time of its data is in the future (tag cdk-aurora-backup:data-time, or a clock is wrong)`]);
  });

  test('but one that is not complete and has no time yet is nothing to report', () => {
    expect(decide([on(1, { status: 'creating', createTime: undefined }), on(2)]).reports).toEqual([]);
  });
});

describe('whatever RDS lists', () => {
  const CASES = 4000;
  const status = fc.constantFrom('available', 'available', 'available', 'available', 'failed', 'creating', 'copying', 'deleting');
  const facts = fc.record({ status, number: fc.integer({ min: 1, max: 25 }), incarnation: fc.constantFrom(ORDERS, ORDERS, FORMER) });
  const ours = facts.map(({ status: its, number, incarnation }) => (name: string) =>
    planSnapshot(name, { status: its, createTime: day(number), incarnation }));
  const copies = facts.map(({ status: its, number, incarnation }) => (name: string) =>
    planCopy(name, number > 23 ? undefined : day(number), { status: its, incarnation }));
  const foreign = fc.tuple(facts, fc.nat({ max: 3 })).map(([{ status: its, number }, which]) => (name: string) => [
    aSnapshot({ identifier: name, status: its, createTime: day(number) }),
    { ...planSnapshot(name, { status: its, createTime: day(number) }), type: 'automated' },
    aSnapshot({ identifier: name, status: its, createTime: day(number), tags: planSnapshot('x').tags }),
    planSnapshot(name, { status: its, createTime: day(number), cluster: 'billing' }),
  ][which]);
  const listings = fc.array(fc.oneof({ weight: 4, arbitrary: ours }, { weight: 2, arbitrary: copies }, foreign), { maxLength: 12, size: 'max' })
    .map((makers) => makers.map((make, index) => make(`s${(index * 7) % 12}`)));
  const rule = fc.constantFrom<PruningSituation['rule'][]>(
    { keep: 'last', count: 1 }, { keep: 'last', count: 3 }, { keep: 'for', seconds: 5 * 86_400, minimumSnapshots: 2 },
    { keep: 'tiers', daily: 3, weekly: 2, minimumSnapshots: 1, timeZone: 'Europe/Paris' }, { keep: 'all' },
  );
  const situations = fc.record({
    snapshots: listings,
    rule,
    ruleOfFormers: rule,
    pruneFormerClusters: fc.boolean(),
    isInPlan: fc.boolean(),
    needed: fc.integer({ min: 0, max: 11 }),
  }).map(({ isInPlan, needed, snapshots, ...others }) => situation(snapshots, {
    ...others, currentIncarnation: isInPlan ? ORDERS : undefined, unfinishedSources: new Set(snapshots[needed] ? [snapshots[needed].arn] : []),
  }));
  const always = (holds: (its: PruningSituation) => boolean) => fc.assert(fc.property(situations, holds), { numRuns: CASES });
  const goneOf = (its: PruningSituation) => {
    const arns = new Set(decidePruning(its).deletions.map(({ arn }) => arn));
    return its.snapshots.filter(({ arn }) => arns.has(arn));
  };
  const isOurs = ({ type, identifier, tags }: Snapshot) => type === 'manual'
    && tags[OwnershipTag.IDENTIFIER] === identifier && tags[OwnershipTag.PLAN] === 'Gold' && tags[OwnershipTag.CLUSTER] === 'orders';

  test('only what the plan made of this cluster goes', () => {
    always((its) => goneOf(its).every(isOurs));
  });

  test('only what is complete goes, or what has failed', () => {
    always((its) => goneOf(its).every(({ status: was }) => was === 'available' || was === 'failed'));
  });

  test('of each cluster that had the name, the newest good one stays', () => {
    always((its) => [ORDERS, FORMER].every((incarnation) => {
      const good = its.snapshots.filter((snapshot) => isOurs(snapshot) && snapshot.status === 'available' && dataTime(snapshot) !== undefined
        && dataTime(snapshot)! <= NOW.getTime() && snapshot.tags[OwnershipTag.CLUSTER_RESOURCE_ID] === incarnation);
      const newest = Math.max(...good.map((snapshot) => dataTime(snapshot)!));
      return good.length === 0 || good.some((snapshot) => dataTime(snapshot) === newest && !goneOf(its).includes(snapshot));
    }));
  });

  test('nothing goes of a cluster that is not the one of the plan, unless it is told to', () => {
    always((its) => its.pruneFormerClusters
      || goneOf(its).every(({ tags }) => tags[OwnershipTag.CLUSTER_RESOURCE_ID] === its.currentIncarnation));
  });

  test('nothing goes that something unfinished is made from, or whose time is not known', () => {
    always((its) => goneOf(its).every((snapshot) => !its.unfinishedSources.has(snapshot.arn) && dataTime(snapshot) !== undefined));
  });

  test('what is ours either goes or is kept, and of either it is said why', () => {
    always((its) => {
      const { deletions, kept } = decidePruning(its);
      return [...deletions, ...kept].map(({ arn }) => arn).sort().join() === its.snapshots.filter(isOurs).map(({ arn }) => arn).sort().join()
        && [...deletions, ...kept].every(({ because }) => because.length > 0);
    });
  });

  test('the order in which it is listed decides nothing, and the oldest always goes first', () => {
    always((its) => {
      const times = decidePruning(its).deletions.map(({ arn }) => dataTime(its.snapshots.find((one) => one.arn === arn)!)!);
      return JSON.stringify(decidePruning(its)) === JSON.stringify(decidePruning({ ...its, snapshots: [...its.snapshots].reverse() }))
        && times.every((time, index) => index === 0 || times[index - 1] <= time);
    });
  });

  test('pruning a second time, or after only some could be deleted, comes to the same', () => {
    fc.assert(fc.property(situations, fc.infiniteStream(fc.boolean()), (its, chance) => {
      const going = goneOf(its);
      const left = its.snapshots.filter((snapshot) => !going.includes(snapshot) || chance.next().value);

      return goneOf({ ...its, snapshots: left }).every((snapshot) => going.includes(snapshot))
        && left.filter((snapshot) => going.includes(snapshot)).length === goneOf({ ...its, snapshots: left }).length;
    }), { numRuns: CASES });
  });

  function dataTime({ tags, sourceArn, createTime }: Snapshot): number | undefined {
    const tag = tags[OwnershipTag.DATA_TIME];
    return tag ? Date.parse(tag) : sourceArn ? undefined : createTime?.getTime();
  }
});

function withoutIncarnation(snapshot: Snapshot): Snapshot {
  const { [OwnershipTag.CLUSTER_RESOURCE_ID]: _, ...tags } = snapshot.tags;
  return { ...snapshot, tags };
}
