import * as fc from 'fast-check';
import { OwnershipTag } from '../../../src/core/ownership';
import { Snapshot } from '../../../src/core/snapshot';
import { releaseEndedTag, releaseTag, sourceClusterOf } from '../../../src/core/vault/vault-ownership';
import { VaultPruningSituation, decideVaultPruning } from '../../../src/core/vault/vault-pruning';
import { NOON, OTHER_REGION } from '../../support/events';
import { aSnapshot, withTags } from '../../support/snapshots';
import { CopyFacts, DAY, STRANGER, aVault, shared, stored } from '../../support/vault-events';

const { DATA_TIME, KEEP_UNTIL, RELEASED_UNTIL, SOURCE } = OwnershipTag;
const NOW = new Date(NOON);
const daysAgo = (days: number) => new Date(NOON - days * DAY);

/** Received so many days ago, an hour after its data was the cluster's. */
const copy = (days: number, facts: CopyFacts = {}) => {
  const source = shared(`s${days}`, { createTime: new Date(NOON - days * DAY - 3_600_000) });
  return stored(`s${days}`, { source, createTime: daysAgo(days), ...facts });
};
const NEWEST = copy(0);

const situation = (snapshots: Snapshot[], changes: Partial<VaultPruningSituation> = {}): VaultPruningSituation => ({
  vault: aVault(), snapshots, rule: { keep: 'for', seconds: 30 * 86_400, minimumSnapshots: 1 }, minimumRetentionSeconds: 0, inUse: new Set(), now: NOW, ...changes,
});
const decide = (snapshots: Snapshot[], changes?: Partial<VaultPruningSituation>) => decideVaultPruning(situation(snapshots, changes));
const gone = (...of: Parameters<typeof decide>) => decide(...of).deletions.map(({ identifier }) => identifier);
const ids = (...copies: Snapshot[]) => copies.map(({ identifier }) => identifier);

describe('what goes', () => {
  test('is what was received longer ago than the vault keeps copies, the oldest first, with the reason', () => {
    expect(decide([copy(31), NEWEST, copy(29), copy(40)]).deletions).toEqual([copy(40), copy(31)]
      .map(({ arn, identifier }) => ({ arn, identifier, because: 'it was received more than 30 days ago' })));
  });

  test('counts from the receipt to the second', () => {
    expect(gone([copy(30), NEWEST])).toEqual([]);
    expect(gone([copy(30, { createTime: new Date(NOON - 30 * DAY - 1000) }), NEWEST])).toHaveLength(1);
  });

  test('does not depend on how old the data is, which a source may have held back', () => {
    const late = stored('late', { source: shared('late', { createTime: daysAgo(300) }), createTime: daysAgo(1) });

    expect(gone([late, NEWEST])).toEqual([]);
  });

  test('is also one that failed, of whichever age: its name is needed', () => {
    expect(decide([copy(1, { status: 'failed' }), NEWEST], { minimumRetentionSeconds: 86_400 * 20 }).deletions)
      .toEqual([{ arn: copy(1).arn, identifier: copy(1).identifier, because: 'it failed' }]);
    expect(gone([copy(1, { status: 'failed' })], { rule: { keep: 'all' } })).toEqual(ids(copy(1)));
  });

  test('is nothing else where everything is kept', () => {
    expect(decide([copy(400), copy(300)], { rule: { keep: 'all' } })).toMatchObject({ deletions: [], reports: [] });
  });
});

describe('what stays although its time is over', () => {
  test('is the newest good one of a cluster, by the time of its data', () => {
    const receivedLast = stored('late', { source: shared('late', { createTime: daysAgo(60) }), createTime: daysAgo(40) });
    const newestData = stored('early', { source: shared('early', { createTime: daysAgo(50) }), createTime: daysAgo(49) });

    expect(gone([receivedLast, newestData])).toEqual(ids(receivedLast));
    expect(decide([newestData]).kept).toEqual([{ arn: newestData.arn, because: ['newest good one of its cluster'] }]);
  });

  test('and as many more as the rule promises at least', () => {
    const rule = { keep: 'for', seconds: 86_400, minimumSnapshots: 3 } as const;

    expect(gone([copy(40), copy(41), copy(42), copy(43), copy(44)], { rule })).toEqual(ids(copy(44), copy(43)));
    expect(decide([copy(40), copy(41)], { rule }).kept[0].because).toEqual(['minimumSnapshots: one of the newest 3']);
  });

  test('but of clusters that come and go under one name only the first ten have a last copy for ever', () => {
    const incarnations = Array.from({ length: 13 }, (_, index) => 60 - index).map((days) => stored(`i${days}`, {
      source: shared(`i${days}`, { clusterResourceId: `cluster-${days}`, createTime: daysAgo(days) }), createTime: daysAgo(days),
    }));

    expect(gone([...incarnations].reverse())).toEqual(ids(incarnations[10], incarnations[11]));
    expect(decide(incarnations).kept.map(({ because }) => because)).toEqual([...Array(10).fill(['newest good one of a former cluster of the name']), ['newest good one of its cluster']]);
  });

  test('one that is not complete is nobody\'s newest', () => {
    expect(gone([copy(40), copy(35, { status: 'copying' }), copy(33, { status: 'failed' })])).toEqual(ids(copy(33)));
  });

  test.each<[string, CopyFacts['source']]>([
    ['of another cluster', shared('x', { clusterIdentifier: 'billing', createTime: daysAgo(50) })],
    ['of a former cluster of that name', shared('x', { clusterResourceId: 'cluster-FORMER', createTime: daysAgo(50) })],
    ['of the cluster of that name in another Region', shared('x', { region: 'eu-west-3', createTime: daysAgo(50) })],
    ['of the cluster of that name in another account', shared('x', { account: STRANGER, createTime: daysAgo(50) })],
  ])('the newest %s, too', (_, source) => {
    expect(gone([stored('x', { source, createTime: daysAgo(49) }), NEWEST, copy(40)])).toEqual(ids(copy(40)));
  });

  test('one that the vault promised to keep when it was made, whatever the rules say by now', () => {
    expect(gone([copy(40, { keepUntil: new Date(NOON + 1) }), NEWEST])).toEqual([]);
    expect(gone([copy(40, { keepUntil: NOW }), NEWEST])).toEqual(ids(copy(40)));
  });

  test('one younger than the least that the rules promise now', () => {
    expect(gone([copy(40), NEWEST], { minimumRetentionSeconds: 40 * 86_400 })).toEqual([]);
    expect(gone([copy(40), NEWEST], { minimumRetentionSeconds: 40 * 86_400 - 1 })).toEqual(ids(copy(40)));
  });

  test('one that is lent to somebody, until its time is over', () => {
    expect(decide([withTags(copy(40), releaseTag(new Date(NOON + 1))), NEWEST]).kept[0].because).toEqual(['it is released until 2026-11-22T12:00:00.001Z']);
    expect(gone([withTags(copy(40), releaseTag(NOW)), withTags(copy(41), releaseEndedTag(NOW)), NEWEST])).toEqual(ids(copy(41), copy(40)));
  });

  test('one from which something unfinished is made', () => {
    expect(gone([copy(40), copy(41), NEWEST], { inUse: new Set([copy(40).arn]) })).toEqual(ids(copy(41)));
  });

  test('one that is in no known state', () => {
    expect(decide([copy(40, { status: 'modifying' }), NEWEST]).kept[0].because).toEqual(["not complete: it is 'modifying'"]);
  });
});

describe('what is odd is kept, and reported', () => {
  const odd = (tags: Record<string, string>, facts: CopyFacts = {}) => withTags(copy(40, facts), tags);

  test.each<[string, Snapshot, RegExp]>([
    ['a promise that cannot be read', odd({ [KEEP_UNTIL]: 'for ever' }), /its tag cdk-aurora-backup:keep-until cannot be read$/],
    ['a release that cannot be read', odd({ [RELEASED_UNTIL]: 'soon' }), /its tag cdk-aurora-backup:released-until cannot be read$/],
    ['data of a time that cannot be read', odd({ [DATA_TIME]: 'yesterday' }), /its tags do not tell of which cluster and time/],
    ['data of the future', odd({ [DATA_TIME]: '2099-01-01T00:00:00Z' }), /its tags do not tell of which cluster and time/],
    ['data of an unknown cluster', odd({ [SOURCE]: 'orders' }), /its tags do not tell of which cluster and time/],
    ['a receipt in the future', copy(-1), /it was received in the future/],
    ['a receipt of which RDS does not know the time', copy(40, { createTime: undefined }), /RDS does not say when it was received/],
  ])('%s', (_, strange, why) => {
    expect(decide([strange, NEWEST])).toMatchObject({ deletions: [], reports: [expect.stringMatching(why)] });
  });

  test('and takes nobody\'s place as the newest', () => {
    const ahead = odd({ [DATA_TIME]: '2099-01-01T00:00:00Z' });

    expect(decide([ahead, copy(50)]).kept).toContainEqual({ arn: copy(50).arn, because: ['newest good one of its cluster'] });
  });
});

test.each<[string, Snapshot]>([
  ['made by hand', aSnapshot({ createTime: daysAgo(400) })],
  ['with the tags of a copy and another name', aSnapshot({ identifier: 'x', createTime: daysAgo(400), tags: copy(40).tags })],
  ['of a vault of another name', copy(40, { rules: aVault({ vaultName: 'Other' }) })],
  ['of the vault of this name in another Region', copy(40, { rules: aVault({ region: OTHER_REGION }) })],
  ['automated', { ...copy(40), type: 'automated' }],
])('what is %s is not even looked at', (_, other) => {
  expect(decide([other, NEWEST])).toEqual({ deletions: [], kept: [expect.objectContaining({ arn: NEWEST.arn })], reports: [] });
});

test.each<[string, Partial<VaultPruningSituation>]>([
  ['counts', { rule: { keep: 'last', count: 3 } as never }],
  ['has no length', { rule: { keep: 'for', minimumSnapshots: 1 } as never }],
  ['is of no time', { rule: { keep: 'for', seconds: 0, minimumSnapshots: 1 } }],
  ['promises no number of copies', { rule: { keep: 'for', seconds: 1 } as never }],
  ['has a minimum that is no number', { minimumRetentionSeconds: undefined as never }],
])('a rule that %s is of another release: nothing is pruned', (_, changes) => {
  expect(() => decide([copy(400), NEWEST], changes)).toThrow(/is not known to this runtime: nothing is pruned; deploy the vault again$/);
});

describe('whatever RDS lists', () => {
  const facts = fc.record({
    received: fc.integer({ min: 0, max: 90 }),
    dataAge: fc.integer({ min: 0, max: 90 }),
    status: fc.constantFrom('available', 'available', 'available', 'failed', 'copying', 'creating', 'deleting'),
    clusterIdentifier: fc.constantFrom('orders', 'orders', 'billing'),
    clusterResourceId: fc.constantFrom('a', 'a', 'b', undefined),
    keepDays: fc.integer({ min: -90, max: 30 }),
    lentDays: fc.option(fc.integer({ min: -5, max: 5 })),
    strange: fc.option(fc.constantFrom(KEEP_UNTIL, DATA_TIME, SOURCE, RELEASED_UNTIL), { freq: 1 }),
    isForeign: fc.constantFrom(false, false, false, true),
  });
  const listings = fc.array(facts, { maxLength: 14, size: 'max' }).map((its) => its.map((one, index): Snapshot => {
    const { clusterIdentifier, clusterResourceId } = one;
    const source = shared(`s${index}`, { createTime: daysAgo(one.dataAge), clusterIdentifier, clusterResourceId });
    const made = stored(`s${index}`, { source, createTime: daysAgo(one.received), status: one.status, keepUntil: daysAgo(-one.keepDays) });
    return withTags(one.isForeign ? { ...made, identifier: `copied-${index}` } : made, {
      ...(one.lentDays === null ? {} : releaseTag(daysAgo(-one.lentDays))),
      ...(one.strange === null ? {} : { [one.strange]: 'x' }),
    });
  }));
  const situations = fc.record({
    snapshots: listings,
    days: fc.integer({ min: 1, max: 60 }),
    least: fc.integer({ min: 1, max: 4 }),
    minimum: fc.integer({ min: 0, max: 60 }),
    keepsAll: fc.constantFrom(false, false, true),
    used: fc.nat(13),
  }).map(({ snapshots, days, least, minimum, keepsAll, used }) => situation(snapshots, {
    rule: keepsAll ? { keep: 'all' } : { keep: 'for', seconds: days * 86_400, minimumSnapshots: least },
    minimumRetentionSeconds: minimum * 86_400,
    inUse: new Set(snapshots[used] ? [snapshots[used].arn] : []),
  }));
  const always = (holds: (its: VaultPruningSituation, going: Snapshot[]) => boolean) => fc.assert(
    fc.property(situations, (its) => holds(its, goneOf(its))), { numRuns: 1500 },
  );
  const goneOf = (its: VaultPruningSituation) => {
    const arns = new Set(decideVaultPruning(its).deletions.map(({ arn }) => arn));
    return its.snapshots.filter(({ arn }) => arns.has(arn));
  };
  const good = ({ status }: Snapshot) => status === 'available';
  const timeIn = ({ tags }: Snapshot, tag: string) => Date.parse(tags[tag] ?? '');
  const isOurs = ({ identifier, tags }: Snapshot) => tags[OwnershipTag.IDENTIFIER] === identifier;

  test('only the vault\'s own copies go, that are complete or have failed', () => {
    always((_, going) => going.every((one) => isOurs(one) && (good(one) || one.status === 'failed')));
  });

  test('no complete copy goes that was received within the retention or the minimum', () => {
    always(({ rule, minimumRetentionSeconds }, going) => going.filter(good).every(({ createTime }) => {
      const age = (NOON - createTime!.getTime()) / 1000;
      return rule.keep === 'for' && age > rule.seconds && age > minimumRetentionSeconds;
    }));
  });

  test('none goes that was promised, is lent, is in use, or has a tag that cannot be read', () => {
    always(({ inUse }, going) => going.filter(good).every((one) => !inUse.has(one.arn)
      && timeIn(one, KEEP_UNTIL) <= NOON
      && (one.tags[RELEASED_UNTIL] === undefined || timeIn(one, RELEASED_UNTIL) <= NOON)
      && !Number.isNaN(timeIn(one, DATA_TIME))
      && sourceClusterOf(one) !== undefined));
  });

  test('of every name the good copies with the newest data stay, as many as the rule promises, and of every cluster that had it the newest', () => {
    const isBelievable = (one: Snapshot) => sourceClusterOf(one) !== undefined && !Number.isNaN(timeIn(one, DATA_TIME));
    const grouped = (copies: Snapshot[], keyOf: (copy: Snapshot) => unknown) => {
      const keys = new Set(copies.map((one) => JSON.stringify(keyOf(one))));
      return [...keys].map((key) => copies.filter((one) => JSON.stringify(keyOf(one)) === key));
    };
    const newestStay = (group: Snapshot[], going: Snapshot[], count: number) => {
      const timesOf = (copies: Snapshot[]) => copies.map((one) => timeIn(one, DATA_TIME)).sort((x, y) => y - x);
      const staying = timesOf(group.filter((one) => !going.includes(one)));
      return timesOf(group).slice(0, count).every((time, place) => staying[place] === time);
    };
    always((its, going) => {
      const copies = its.snapshots.filter((one) => isOurs(one) && good(one) && isBelievable(one));
      const least = its.rule.keep === 'for' ? its.rule.minimumSnapshots : 1;
      return grouped(copies, (one) => sourceClusterOf(one)!.clusterIdentifier).every((group) => newestStay(group, going, least))
        && grouped(copies, sourceClusterOf).every((group) => newestStay(group, going, 1));
    });
  });

  test('everything of the vault goes or is kept, with a reason, and the order of the list decides nothing', () => {
    always((its) => {
      const { deletions, kept } = decideVaultPruning(its);
      return JSON.stringify(decideVaultPruning({ ...its, snapshots: [...its.snapshots].reverse() })) === JSON.stringify(decideVaultPruning(its))
        && [...deletions, ...kept].map(({ arn }) => arn).sort().join() === its.snapshots.filter(isOurs).map(({ arn }) => arn).sort().join()
        && [...deletions, ...kept].every(({ because }) => because.length > 0);
    });
  });

  test('pruning again, or after only the first could be deleted, comes to the same', () => {
    fc.assert(fc.property(situations, fc.nat(14), (its, done) => {
      const going = decideVaultPruning(its).deletions.map(({ arn }) => arn);
      const left = its.snapshots.filter(({ arn }) => !going.slice(0, done).includes(arn));

      return decideVaultPruning({ ...its, snapshots: left }).deletions.map(({ arn }) => arn).join() === going.slice(done).join();
    }), { numRuns: 1000 });
  });
});
