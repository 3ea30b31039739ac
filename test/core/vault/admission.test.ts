import * as fc from 'fast-check';
import { OwnershipTag } from '../../../src/core/ownership';
import { Snapshot } from '../../../src/core/snapshot';
import { decideAdmission, factsOf, whySurplus } from '../../../src/core/vault/admission';
import { VaultRules } from '../../../src/core/vault/vault-rules';
import { NOON, OTHER_ACCOUNT, OTHER_REGION, REGION } from '../../support/events';
import { aSnapshot, withTags } from '../../support/snapshots';
import { DAY, HOUR, STRANGER, aVault, shared, stored } from '../../support/vault-events';

const NOW = new Date(NOON);
const decide = (source: Snapshot, snapshots: Snapshot[] = [], rules: VaultRules = aVault()) => (
  decideAdmission({ rules, source, snapshots, now: NOW })
);

/** Copies of the same cluster that were received so many hours ago. */
const received = (...hoursAgo: number[]) => hoursAgo.map((hours, index) => stored(`earlier${index}`, { createTime: new Date(NOON - hours * HOUR) }));

describe('what RDS says of a shared snapshot decides', () => {
  test('and it is taken in, under a name that follows from it', () => {
    expect(decide(shared())).toEqual({ decision: 'admitted', identifier: stored().identifier, facts: factsOf(shared()) });
  });

  test('another snapshot that is given its name later is another one', () => {
    const later = shared('nightly', { createTime: new Date(NOON - 1) });

    expect(decide(later, [stored()])).toMatchObject({ decision: 'admitted' });
    expect(decide(later)).not.toMatchObject({ identifier: stored().identifier });
  });

  test.each<[string, Snapshot, string, RegExp]>([
    ['of an account that is no source', shared('x', { account: STRANGER }), 'undeclared', /^sources names no account 999999999999 with the Region eu-central-1$/],
    ['in a Region that is not named', shared('x', { region: REGION }), 'undeclared', /^sources names no account 222222222222 with the Region eu-west-1$/],
    ['of a cluster of another engine', shared('x', { engine: 'neptune' }), 'refused', /^it is of neptune/],
    ['that failed', shared('x', { status: 'failed' }), 'refused', /^its status is failed$/],
    ['that is not complete', shared('x', { status: 'creating' }), 'wait', /is creating, 40 %$/],
    ['of which it is not said when it was made', shared('x', { createTime: undefined }), 'wait', /does not say yet when/],
    ['older than the vault would keep it', shared('x', { createTime: new Date(NOON - 30 * DAY - 1) }), 'refused', /^it is older than the 30 days for which the vault keeps copies$/],
  ])('one %s is not', (_, source, decision, reason) => {
    expect(decide(source)).toEqual({ decision, reason: expect.stringMatching(reason) });
  });

  test('one just as old as the vault keeps copies is', () => {
    expect(decide(shared('x', { createTime: new Date(NOON - 30 * DAY) }))).toMatchObject({ decision: 'admitted' });
  });

  test('where everything is kept, nothing is too old', () => {
    expect(decide(shared('x', { createTime: new Date(0) }), [], aVault({ retention: { keep: 'all' } }))).toMatchObject({ decision: 'admitted' });
  });

  test('of clusters that are not named, where some are, nothing is taken in', () => {
    const rules = aVault({ sources: [{ accountId: OTHER_ACCOUNT, regions: [OTHER_REGION], clusters: ['billing'] }] });

    expect(decide(shared(), [], rules)).toEqual({ decision: 'undeclared', reason: 'clusters of the source 222222222222 does not name orders' });
    expect(decide(shared('x', { clusterIdentifier: 'billing' }), [], rules)).toMatchObject({ decision: 'admitted' });
  });

  test('its tags say nothing', () => {
    const lying = withTags(shared('x', { createTime: new Date(NOON - 31 * DAY) }), { [OwnershipTag.DATA_TIME]: NOW.toISOString(), [OwnershipTag.CLUSTER]: 'billing' });

    expect(decide(lying)).toMatchObject({ decision: 'refused' });
  });
});

describe('one that the vault has', () => {
  test.each(['available', 'copying', 'failed'])('is known, also when its copy is %s', (status) => {
    const copy = stored('nightly', { status });

    expect(decide(shared(), [copy])).toEqual({ decision: 'known', facts: factsOf(shared()), identifier: copy.identifier, copy });
  });

  test('is known also where there is no more room', () => {
    expect(decide(shared(), [stored(), ...received(1, 2, 3, 4)])).toMatchObject({ decision: 'known' });
  });

  test('is not what somebody has given its name by hand', () => {
    expect(decide(shared(), [aSnapshot({ identifier: stored().identifier })])).toMatchObject({ decision: 'admitted' });
  });
});

describe('of one source cluster', () => {
  test('so many are taken in within a day, counted by when the vault received them', () => {
    expect(decide(shared(), received(1, 2, 3, 22))).toMatchObject({ decision: 'admitted' });
    expect(decide(shared(), received(1, 2, 3, 21.9))).toEqual({
      decision: 'refused', full: true, reason: 'the vault has taken in 4 snapshots of orders within a day, and dailyAdmission is 4',
    });
  });

  test.each([[1, 24], [4, 6], [12, 2]])('a schedule of %i a day is taken in for ever, though one comes a little earlier or later than the other', (dailyAdmission, everyHours) => {
    const rules = aVault({ dailyAdmission, maximumSnapshots: 1000 });
    const copies: Snapshot[] = [];
    for (let run = 0; run < 10 * dailyAdmission; run += 1) {
      const at = new Date(NOON + run * everyHours * HOUR + (run * 7919 % 61 - 30) * 60_000);
      const source = shared(`run${run}`, { createTime: at });
      expect(decideAdmission({ rules, source, snapshots: copies, now: at })).toMatchObject({ decision: 'admitted' });
      copies.push(stored(`run${run}`, { source, createTime: at }));
    }
  });

  test('and so many there are', () => {
    const rules = aVault({ maximumSnapshots: 3 });

    expect(decide(shared(), received(100, 200), rules)).toMatchObject({ decision: 'admitted' });
    expect(decide(shared(), received(100, 200, 300), rules)).toEqual({
      decision: 'refused', full: true, reason: 'the vault has 3 copies of orders, and maximumSnapshots is 3',
    });
  });

  test('one that is in the making counts, whether RDS says since when or not', () => {
    expect(decide(shared(), [...received(1, 2, 3), stored('y', { status: 'copying', createTime: undefined })])).toMatchObject({ decision: 'refused', full: true });
  });

  test.each<[string, Snapshot[]]>([
    ['of another cluster', [1, 2, 3, 4].map((n) => stored(`b${n}`, { source: shared(`b${n}`, { clusterIdentifier: 'billing' }) }))],
    ['of the cluster of that name in another Region', [1, 2, 3, 4].map((n) => stored(`b${n}`, { source: shared(`b${n}`, { region: REGION }) }))],
    ['of the cluster of that name in another account', [1, 2, 3, 4].map((n) => stored(`b${n}`, { source: shared(`b${n}`, { account: STRANGER }) }))],
    ['of another vault', [1, 2, 3, 4].map((n) => stored(`b${n}`, { rules: aVault({ region: OTHER_REGION }) }))],
    ['that were made by hand', [1, 2, 3, 4].map((n) => aSnapshot({ identifier: `b${n}` }))],
  ])('those %s do not count', (_, others) => {
    expect(decide(shared(), others)).toMatchObject({ decision: 'admitted' });
  });

  test('another cluster that was given the name counts with it: a source can have as many as it likes', () => {
    const incarnations = [1, 2, 3, 4].map((n) => stored(`b${n}`, { source: shared(`b${n}`, { clusterResourceId: `cluster-${n}` }) }));

    expect(decide(shared(), incarnations)).toMatchObject({ decision: 'refused', full: true });
  });
});

describe('of a source that names no clusters', () => {
  const forty = Array.from({ length: 40 }, (_, n) => stored(`c${n}`, { source: shared(`c${n}`, { clusterIdentifier: `c${n}` }), createTime: new Date(NOON - 5 * DAY) }));
  const named = aVault({ sources: [{ accountId: OTHER_ACCOUNT, regions: [OTHER_REGION], clusters: ['orders'] }] });

  test('forty clusters have copies: the newest of each stays for ever, and it can make clusters without end', () => {
    expect(decide(shared(), forty)).toEqual({
      decision: 'refused', full: true, reason: 'the vault has copies of 40 clusters of account 222222222222 in eu-central-1, and takes in no more of them while clusters does not name them',
    });
    expect(decide(shared(), forty.slice(1))).toMatchObject({ decision: 'admitted' });
  });

  test('clusters of which nothing has come for longer than copies are kept do not count: they came and went', () => {
    const retired = forty.map((copy) => ({ ...copy, createTime: new Date(NOON - 31 * DAY) }));

    expect(decide(shared(), retired)).toMatchObject({ decision: 'admitted' });
    expect(decide(shared(), retired, aVault({ retention: { keep: 'all' } }))).toMatchObject({ decision: 'refused' });
  });

  test('those forty go on being taken in, and those of others and those that are named, too', () => {
    expect(decide(shared('x', { clusterIdentifier: 'c7' }), forty)).toMatchObject({ decision: 'admitted' });
    expect(decide(shared(), forty, named)).toMatchObject({ decision: 'admitted' });
  });
});

describe('of copies that were begun in the same moment', () => {
  const rules = aVault({ dailyAdmission: 2 });
  const begun = [1, 2, 3, 4].map((n) => stored(`s${n}`, { status: 'copying' }));

  test('as many stay as there is room for, whichever looks, and in whichever order they are listed', () => {
    const stays = (copy: Snapshot, listed: Snapshot[]) => whySurplus(rules, copy, listed, NOW) === undefined;
    const staying = (listed: Snapshot[]) => begun.filter((copy) => stays(copy, listed)).map(({ identifier }) => identifier);

    expect(staying(begun)).toHaveLength(2);
    expect(staying([...begun].reverse())).toEqual(staying(begun));
  });

  test('earlier ones count, later ones do not', () => {
    const [copy] = begun;
    const at = (hours: number, name: string) => stored(name, { createTime: new Date(NOON + hours * HOUR) });

    expect(whySurplus(rules, copy, [copy, at(-1, 'a'), at(-2, 'b')], NOW))
      .toBe('the vault has taken in 2 snapshots of orders within a day, and dailyAdmission is 2');
    expect(whySurplus(rules, copy, [copy, at(-1, 'a'), at(1, 'b')], NOW)).toBeUndefined();
  });
});

describe('whatever is shared, and in whichever order it comes', () => {
  const arrivals = fc.array(fc.record({ hours: fc.integer({ min: 0, max: 200 }), cluster: fc.constantFrom('orders', 'orders', 'billing'), incarnation: fc.constantFrom('a', 'b') }), { maxLength: 60 });
  const limits = fc.record({ dailyAdmission: fc.integer({ min: 1, max: 5 }), maximumSnapshots: fc.integer({ min: 1, max: 12 }) });

  test('no source cluster gets more than its day and its whole allow', () => {
    fc.assert(fc.property(arrivals, limits, (its, limit) => {
      const rules = aVault(limit);
      const copies = play(its, rules);
      return ['orders', 'billing'].every((cluster) => {
        const times = copies.filter((copy) => copy.tags[OwnershipTag.CLUSTER] === cluster).map(({ createTime }) => createTime!.getTime());
        const withinADayOf = (time: number) => times.filter((other) => other <= time && other > time - 22 * HOUR);
        return times.length <= rules.maximumSnapshots && times.every((time) => withinADayOf(time).length <= rules.dailyAdmission);
      });
    }), { numRuns: 500 });
  });

  test('what one cluster sends takes no place from another', () => {
    fc.assert(fc.property(arrivals, limits, (its, limit) => {
      const of = (cluster: string, copies: Snapshot[]) => copies.filter((copy) => copy.tags[OwnershipTag.CLUSTER] === cluster).length;
      const alone = its.filter(({ cluster }) => cluster === 'billing');
      return of('billing', play(its, aVault(limit))) === of('billing', play(alone, aVault(limit)));
    }), { numRuns: 300 });
  });

  /** Everything that was admitted, each received when it came. */
  function play(its: ReadonlyArray<{ hours: number; cluster: string; incarnation: string }>, rules: VaultRules): Snapshot[] {
    const copies: Snapshot[] = [];
    [...its].sort((a, b) => a.hours - b.hours).forEach(({ hours, cluster, incarnation }, index) => {
      const at = new Date(NOON + hours * HOUR);
      const name = `${cluster}-${index}`;
      const source = shared(name, { clusterIdentifier: cluster, clusterResourceId: incarnation, createTime: at });
      if (decideAdmission({ rules, source, snapshots: copies, now: at }).decision === 'admitted') {
        copies.push(stored(name, { source, createTime: at }));
      }
    });
    return copies;
  }
});
