import * as fc from 'fast-check';
import { OwnershipTag, Release, belongsTo, releaseOf } from '../../src/core/ownership';
import {
  Deletion, DeletionReason, RemovalDecision, SnapshotRemoval, decideRemoval, findAdoptable, whyKeep,
} from '../../src/core/removal';
import { Snapshot, isCompleted } from '../../src/core/snapshot';
import { RESOURCE, aSnapshot, day, ourSnapshot, withTags } from '../support/snapshots';

const { RETAIN, DESTROY } = SnapshotRemoval;
const { SUPERSEDED, RETAINED, ABANDONED } = Release;

const on = (number: number, release?: Release, facts: Partial<Snapshot> = {}) => ourSnapshot(`day${number}`, { createTime: day(number), release, ...facts });
const removed = (...snapshots: Snapshot[]): Deletion[] => snapshots.map(({ arn }) => ({ arn, reason: DeletionReason.REMOVED }));
const pruned = (...snapshots: Snapshot[]): Deletion[] => snapshots.map(({ arn }) => ({ arn, reason: DeletionReason.PRUNED }));
const unfinished = (snapshot: Snapshot): Deletion[] => [{ arn: snapshot.arn, reason: DeletionReason.UNFINISHED }];
const released = (snapshot: Snapshot, release: Release) => [{ arn: snapshot.arn, release }];

interface Case {
  readonly others: Snapshot[];
  readonly leaving: Snapshot;
  readonly removal: SnapshotRemoval;
  readonly keepLast?: number;
  readonly successorIsAwaited?: boolean;
  readonly decision: RemovalDecision;
}

function decide({ others, leaving, removal, keepLast, successorIsAwaited }: Omit<Case, 'decision'>): RemovalDecision {
  return decideRemoval([...others, leaving], leaving, RESOURCE, removal, keepLast, successorIsAwaited);
}

describe('what becomes of a snapshot whose resource is deleted', () => {
  const first = on(1);
  const second = on(2);
  const third = on(3);
  const creating = on(3, undefined, { status: 'creating' });
  const nothing = { deletions: [], releases: [] };

  test.each<[string, Case]>([
    ['RETAIN: it is left behind', {
      others: [], leaving: first, removal: RETAIN, decision: { deletions: [], releases: released(first, RETAINED) },
    }],
    ['DESTROY: it is deleted', {
      others: [], leaving: first, removal: DESTROY, decision: { deletions: removed(first), releases: [] },
    }],
    ['RETAIN, replaced, without keepLast: it is left behind', {
      others: [second], leaving: first, removal: RETAIN, decision: { deletions: [], releases: released(first, RETAINED) },
    }],
    ['DESTROY, replaced: only the newest is kept', {
      others: [second], leaving: first, removal: DESTROY, decision: { deletions: pruned(first), releases: [] },
    }],
    ['DESTROY, replaced by one that is still being created: it stays, and goes with the next', {
      others: [creating], leaving: first, removal: DESTROY, decision: { deletions: [], releases: released(first, SUPERSEDED) },
    }],
    ['DESTROY, replaced by one that failed: it stays', {
      others: [on(3, undefined, { status: 'failed' })], leaving: first, removal: DESTROY, decision: { deletions: [], releases: released(first, SUPERSEDED) },
    }],
    ['DESTROY, replaced by one that has not even begun: it stays', {
      others: [], leaving: first, removal: DESTROY, successorIsAwaited: true, decision: { deletions: [], releases: released(first, SUPERSEDED) },
    }],
    ['DESTROY, replaced by one that has not begun, and an earlier one had to stay: the newest good one is enough', {
      others: [on(1, SUPERSEDED)],
      leaving: second,
      removal: DESTROY,
      successorIsAwaited: true,
      decision: { deletions: pruned(on(1, SUPERSEDED)), releases: released(second, SUPERSEDED) },
    }],
    ['DESTROY, the last one is unfinished: what had to stay for it goes as well', {
      others: [on(1, SUPERSEDED)],
      leaving: creating,
      removal: DESTROY,
      decision: { deletions: [...removed(on(1, SUPERSEDED)), ...unfinished(creating)], releases: released(creating, ABANDONED) },
    }],
    ['RETAIN, the last one is unfinished: what it would have superseded is left behind', {
      others: [on(1, SUPERSEDED)],
      leaving: creating,
      removal: RETAIN,
      decision: { deletions: unfinished(creating), releases: [...released(on(1, SUPERSEDED), RETAINED), ...released(creating, ABANDONED)] },
    }],
    ['keepLast 3 has room: it is superseded', {
      others: [second], leaving: first, removal: RETAIN, keepLast: 3, decision: { deletions: [], releases: released(first, SUPERSEDED) },
    }],
    ['keepLast 1: it is pruned', {
      others: [second], leaving: first, removal: RETAIN, keepLast: 1, decision: { deletions: pruned(first), releases: [] },
    }],
    ['keepLast 2 is full: the oldest is pruned and this one takes its place', {
      others: [on(1, SUPERSEDED), third],
      leaving: second,
      removal: RETAIN,
      keepLast: 2,
      decision: { deletions: pruned(on(1, SUPERSEDED)), releases: released(second, SUPERSEDED) },
    }],
    ['keepLast was lowered by one: the two oldest are pruned, the oldest first', {
      others: [on(2, SUPERSEDED), on(1, SUPERSEDED), on(4)],
      leaving: third,
      removal: RETAIN,
      keepLast: 2,
      decision: { deletions: pruned(on(1, SUPERSEDED), on(2, SUPERSEDED)), releases: released(third, SUPERSEDED) },
    }],
    ['keepLast was lowered: all beyond it go, the oldest first', {
      others: [on(2, SUPERSEDED), on(1, SUPERSEDED), on(4)],
      leaving: third,
      removal: RETAIN,
      keepLast: 1,
      decision: { deletions: pruned(on(1, SUPERSEDED), on(2, SUPERSEDED), third), releases: [] },
    }],
    ['keepLast under DESTROY: earlier ones stay as long as the resource lives', {
      others: [second], leaving: first, removal: DESTROY, keepLast: 5, decision: { deletions: [], releases: released(first, SUPERSEDED) },
    }],
    ['keepLast with the last one leaving, RETAIN: all are left behind, for ever', {
      others: [on(1, SUPERSEDED)],
      leaving: second,
      removal: RETAIN,
      keepLast: 5,
      decision: { deletions: [], releases: [...released(on(1, SUPERSEDED), RETAINED), ...released(second, RETAINED)] },
    }],
    ['keepLast with the last one leaving, DESTROY: the earlier ones go with it, itself last', {
      others: [on(2, SUPERSEDED), on(1, SUPERSEDED)],
      leaving: third,
      removal: DESTROY,
      keepLast: 5,
      decision: { deletions: removed(on(1, SUPERSEDED), on(2, SUPERSEDED), third), releases: [] },
    }],
    ['DESTROY never takes along what was retained', {
      others: [on(1, RETAINED)], leaving: second, removal: DESTROY, keepLast: 5, decision: { deletions: removed(second), releases: [] },
    }],
    ['what was retained neither counts nor is pruned', {
      others: [on(1, RETAINED), third],
      leaving: second,
      removal: RETAIN,
      keepLast: 2,
      decision: { deletions: [], releases: released(second, SUPERSEDED) },
    }],
    ['what is about to be deleted does not count as kept', {
      others: [on(4), on(3, ABANDONED)],
      leaving: first,
      removal: RETAIN,
      keepLast: 2,
      decision: { deletions: [], releases: released(first, SUPERSEDED) },
    }],
    ['the new one is not complete: the old one is kept', {
      others: [creating], leaving: first, removal: RETAIN, keepLast: 1, decision: { deletions: [], releases: released(first, SUPERSEDED) },
    }],
    ['an update is taken back: the earlier snapshot is no reason to prune the later', {
      others: [first], leaving: second, removal: RETAIN, keepLast: 1, decision: { deletions: [], releases: released(second, RETAINED) },
    }],
    ['an update is taken back under DESTROY: what it made goes, what it went back to stays', {
      others: [first, on(0, SUPERSEDED)], leaving: second, removal: DESTROY, keepLast: 5, decision: { deletions: removed(second), releases: [] },
    }],
    ['still being created: it goes as soon as it can, whatever the policy', {
      others: [first], leaving: creating, removal: RETAIN, decision: { deletions: unfinished(creating), releases: released(creating, ABANDONED) },
    }],
    ['failed: it goes', {
      others: [],
      leaving: on(1, undefined, { status: 'failed' }),
      removal: RETAIN,
      decision: { deletions: unfinished(first), releases: released(first, ABANDONED) },
    }],
    ['already being deleted: it is waited for and no longer tagged', {
      others: [], leaving: on(1, undefined, { status: 'deleting' }), removal: DESTROY, decision: { deletions: unfinished(first), releases: [] },
    }],
    ['abandoned and completed meanwhile: it goes all the same', {
      others: [second],
      leaving: on(1, ABANDONED),
      removal: RETAIN,
      keepLast: 5,
      decision: { deletions: unfinished(first), releases: released(first, ABANDONED) },
    }],
    ['retained before: nothing takes that back, not even DESTROY', {
      others: [], leaving: on(1, RETAINED), removal: DESTROY, decision: nothing,
    }],
    ['retained before: keepLast does not count it in later', {
      others: [second], leaving: on(1, RETAINED), removal: RETAIN, keepLast: 1, decision: nothing,
    }],
    ['a hand-made newer copy with our tags is no newer snapshot of the resource', {
      others: [aSnapshot({ identifier: 'copy-by-hand', createTime: day(9), tags: first.tags })],
      leaving: first,
      removal: RETAIN,
      keepLast: 1,
      decision: { deletions: [], releases: released(first, RETAINED) },
    }],
    ['without a time it counts as the newest there is', {
      others: [second],
      leaving: on(1, undefined, { createTime: undefined }),
      removal: RETAIN,
      keepLast: 1,
      decision: { deletions: [], releases: released(first, RETAINED) },
    }],
  ])('%s', (_, { decision, ...situation }) => {
    expect(decide(situation)).toEqual(decision);
  });
});

describe('a deletion is carried out only while its reason holds', () => {
  const first = on(1);

  test.each<[string, Snapshot, Snapshot[], DeletionReason, string | undefined]>([
    ['unfinished', on(1, undefined, { status: 'creating' }), [], DeletionReason.UNFINISHED, undefined],
    ['unfinished, failed', on(1, undefined, { status: 'failed' }), [], DeletionReason.UNFINISHED, undefined],
    ['unfinished, but completed meanwhile', first, [], DeletionReason.UNFINISHED, "it is 'available' meanwhile"],
    ['unfinished, but in a state nobody knows', on(1, undefined, { status: 'modifying' }), [], DeletionReason.UNFINISHED, "it is 'modifying' meanwhile"],
    ['unfinished once, but left behind on purpose', on(1, RETAINED), [], DeletionReason.UNFINISHED, 'it was left behind on purpose'],
    ['unfinished, abandoned, completed meanwhile', on(1, ABANDONED), [], DeletionReason.UNFINISHED, undefined],
    ['removed', first, [], DeletionReason.REMOVED, undefined],
    ['removed, superseded', on(1, SUPERSEDED), [], DeletionReason.REMOVED, undefined],
    ['removed, but left behind on purpose', on(1, RETAINED), [], DeletionReason.REMOVED, 'it was left behind on purpose'],
    ['pruned, with a newer one', on(1, SUPERSEDED), [on(2)], DeletionReason.PRUNED, undefined],
    ['pruned, but left behind on purpose', on(1, RETAINED), [on(2)], DeletionReason.PRUNED, 'it was left behind on purpose'],
    ['pruned, but there is no other', first, [], DeletionReason.PRUNED, 'no newer completed snapshot of this resource exists'],
    ['pruned, but the other is older', on(2, SUPERSEDED), [first], DeletionReason.PRUNED, 'no newer completed snapshot of this resource exists'],
    ['pruned, but the newer is not complete', first, [on(2, undefined, { status: 'creating' })], DeletionReason.PRUNED, 'no newer completed'],
    ['pruned, but the newer is about to be deleted', first, [on(2, ABANDONED)], DeletionReason.PRUNED, 'no newer completed'],
    ['pruned, but the newer is not of this resource', first, [aSnapshot({ createTime: day(2) })], DeletionReason.PRUNED, 'no newer completed'],
  ])('%s', (_, snapshot, others, reason, because) => {
    const keep = whyKeep([...others, snapshot], snapshot, RESOURCE, { arn: snapshot.arn, reason });

    expect(keep).toEqual(because === undefined ? undefined : expect.stringContaining(because));
  });

  test('and, of what one request made, never of what another request of the resource made', () => {
    const deletion = { arn: first.arn, reason: DeletionReason.UNFINISHED, generation: 'given up' };
    const begun = on(1, undefined, { status: 'copying' });

    expect(whyKeep([begun], begun, RESOURCE, deletion)).toBe('another request made it');
  });

  test.each(Object.values(DeletionReason))('and never of what another made (%s)', (reason) => {
    const foreign = aSnapshot({ identifier: 'copy-by-hand', status: 'failed', tags: first.tags });

    expect(whyKeep([foreign, on(5)], foreign, RESOURCE, { arn: foreign.arn, reason })).toBe('it was not made by this resource');
  });
});

describe('an update goes back to', () => {
  const find = (...all: Snapshot[]) => findAdoptable(all, RESOURCE, 'operation');

  test('the snapshot of the same operation', () => {
    expect(find(on(1), ourSnapshot('day2', { createTime: day(2), operation: 'another' }))).toEqual(on(1));
  });

  test('the newest, if there are several', () => {
    expect(find(on(1), on(3), on(2))).toEqual(on(3));
  });

  test('one that is still in progress', () => {
    const creating = on(1, undefined, { status: 'creating' });

    expect(find(creating)).toEqual(creating);
  });

  test.each<[string, Snapshot]>([
    ['what was superseded', on(1, SUPERSEDED)],
    ['what was retained: the next deploy with the same trigger takes a fresh one', on(1, RETAINED)],
    ['what was abandoned', on(1, ABANDONED)],
    ['what failed', on(1, undefined, { status: 'failed' })],
    ['what is being deleted', on(1, undefined, { status: 'deleting' })],
    ['a hand-made copy with our tags', aSnapshot({ identifier: 'copy-by-hand', tags: on(1).tags })],
    ['what another resource made', ourSnapshot('x', { resource: { ...RESOURCE, logicalId: 'Other' } })],
  ])('never to %s', (_, snapshot) => {
    expect(find(snapshot)).toBeUndefined();
  });
});

describe('whatever there is', () => {
  const status = fc.oneof({ weight: 3, arbitrary: fc.constant('available') }, fc.constantFrom('creating', 'copying', 'failed', 'deleting'));
  const createTime = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 5 }).map(day) }, fc.constant(undefined));
  const release = fc.constantFrom(undefined, undefined, SUPERSEDED, SUPERSEDED, RETAINED, ABANDONED);
  const ours = (name: string) => fc.record({ status, createTime, release }).map((facts) => ourSnapshot(name, facts));
  const foreign = (name: string) => fc.tuple(status, createTime, fc.constantFrom(
    aSnapshot({ identifier: name }),
    ourSnapshot(name, { resource: { ...RESOURCE, logicalId: 'Other' } }),
    aSnapshot({ identifier: name, tags: ourSnapshot('x').tags }),
    { ...ourSnapshot(name), type: 'automated' },
  )).map(([itsStatus, itsTime, snapshot]): Snapshot => ({ ...snapshot, status: itsStatus, createTime: itsTime }));

  const situations = fc.record({
    others: fc.array(fc.boolean(), { maxLength: 7 })
      .chain((kinds) => fc.tuple(...kinds.map((own, index) => (own ? ours(`s${index}`) : foreign(`s${index}`))))),
    leaving: ours('leaving'),
    removal: fc.constantFrom(RETAIN, DESTROY),
    keepLast: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  });
  type Situation = Omit<Case, 'decision'>;

  const always = (promise: (situation: Situation) => void) => fc.assert(fc.property(situations, promise), { numRuns: 500 });
  const goneFrom = (all: readonly Snapshot[], { deletions }: RemovalDecision) =>
    all.filter(({ arn }) => deletions.some((deletion) => deletion.arn === arn));

  test('while a successor is awaited, the newest good one stays', () => {
    always((situation) => {
      const all = [...situation.others, situation.leaving];
      const good = all.filter((snapshot) => belongsTo(snapshot, RESOURCE) && isCompleted(snapshot)
        && (releaseOf(snapshot) === undefined || releaseOf(snapshot) === SUPERSEDED));
      const gone = goneFrom(all, decide({ ...situation, successorIsAwaited: true }));

      expect(good.length === 0 || good.some((snapshot) => !gone.includes(snapshot))).toBe(true);
    });
  });

  test('only what this resource made is deleted or tagged', () => {
    always((situation) => {
      const { deletions, releases } = decide(situation);
      const touched = [...situation.others, situation.leaving].filter(({ arn }) => [...deletions, ...releases].some((item) => item.arn === arn));

      expect(touched.filter((snapshot) => !belongsTo(snapshot, RESOURCE))).toEqual([]);
    });
  });

  test('what was retained is neither deleted nor tagged again', () => {
    always((situation) => {
      const { deletions, releases } = decide(situation);
      const kept = [...situation.others, situation.leaving].filter((snapshot) => releaseOf(snapshot) === RETAINED && isCompleted(snapshot));

      expect(kept.filter(({ arn }) => [...deletions, ...releases].some((item) => item.arn === arn))).toEqual([]);
    });
  });

  test('under RETAIN the newest good snapshot of the resource stays', () => {
    always((situation) => {
      const all = [...situation.others, situation.leaving];
      const good = all.filter((snapshot) => belongsTo(snapshot, RESOURCE) && isCompleted(snapshot) && releaseOf(snapshot) !== ABANDONED);
      const gone = goneFrom(good, decide({ ...situation, removal: RETAIN }));
      const youngest = Math.max(...good.map(timeOf));

      expect(good.length === 0 || good.some((snapshot) => timeOf(snapshot) === youngest && !gone.includes(snapshot))).toBe(true);
    });
  });

  test('under RETAIN and without keepLast nothing good is deleted', () => {
    always((situation) => {
      const gone = goneFrom([...situation.others, situation.leaving], decide({ ...situation, removal: RETAIN, keepLast: undefined }));

      expect(gone.filter((snapshot) => isCompleted(snapshot) && releaseOf(snapshot) !== ABANDONED)).toEqual([]);
    });
  });

  test('the order in which RDS lists them does not matter', () => {
    fc.assert(fc.property(situations.chain((situation) => fc.tuple(
      fc.constant(situation), fc.shuffledSubarray(situation.others, { minLength: situation.others.length }),
    )), ([situation, others]) => {
      expect(decide({ ...situation, others })).toEqual(decide(situation));
    }), { numRuns: 500 });
  });

  test('every deletion that is decided is one that may be carried out', () => {
    always((situation) => {
      const decision = decide(situation);
      const all = tagged([...situation.others, situation.leaving], decision);
      const kept = decision.deletions.map((deletion) => whyKeep(all, all.find((snapshot) => snapshot.arn === deletion.arn)!, RESOURCE, deletion));

      expect(kept.filter((because) => because !== undefined)).toEqual([]);
    });
  });

  test('deciding again after all was carried out changes nothing', () => {
    always((situation) => {
      const end = carryOut(situation);

      expect(carryOut({ ...situation, others: end.filter(({ arn }) => arn !== situation.leaving.arn) }, end)).toEqual(end);
    });
  });

  test('it comes to the same whether deletions are carried out at once or one at each look', () => {
    always((situation) => {
      let all = [...situation.others, situation.leaving];
      for (let look = 0; look < 20; look++) {
        all = carryOut(situation, all, 1);
      }

      expect(all).toEqual(carryOut(situation));
    });
  });

  test('of what keepLast manages, no more stay than it says, and the oldest go first', () => {
    const managed = fc.array(fc.record({ status: fc.constant('available'), createTime, release: fc.constantFrom(SUPERSEDED, RETAINED) }), { maxLength: 7 });

    fc.assert(fc.property(managed, fc.integer({ min: 1, max: 4 }), (facts, keepLast) => {
      const earlier = facts.map((fact, index) => ourSnapshot(`s${index}`, { ...fact, createTime: fact.createTime ?? day(1) }));
      const leaving = on(6);
      const current = on(7);
      const end = carryOut({ others: [...earlier, current], leaving, removal: RETAIN, keepLast });
      const stay = end.filter((snapshot) => releaseOf(snapshot) !== RETAINED);
      const gone = [...earlier, leaving].filter(({ arn }) => !end.some((snapshot) => snapshot.arn === arn));

      expect(end).toContainEqual(current);
      expect(stay).toHaveLength(Math.min(keepLast, earlier.filter((snapshot) => releaseOf(snapshot) === SUPERSEDED).length + 2));
      expect(Math.max(-Infinity, ...gone.map(timeOf))).toBeLessThanOrEqual(Math.min(...stay.map(timeOf)));
    }));
  });

  function tagged(all: readonly Snapshot[], { releases }: RemovalDecision): Snapshot[] {
    return all.map((snapshot) => {
      const found = releases.find(({ arn }) => arn === snapshot.arn);
      return found ? withTags(snapshot, { [OwnershipTag.RELEASED]: found.release }) : snapshot;
    });
  }

  /** What is left after the decision was carried out, deleting at most as many as are asked for; RDS lets all be deleted here. */
  function carryOut({ others, leaving, removal, keepLast }: Situation, all: Snapshot[] = [...others, leaving], atMost = Infinity): Snapshot[] {
    const present = all.find(({ arn }) => arn === leaving.arn);
    if (!present) {
      return all;
    }
    const decision = decideRemoval(all, present, RESOURCE, removal, keepLast);
    const gone = decision.deletions.slice(0, atMost);
    return tagged(all, decision).filter(({ arn }) => !gone.some((deletion) => deletion.arn === arn));
  }
});

function timeOf(snapshot: Snapshot): number {
  return snapshot.createTime?.getTime() ?? Infinity;
}
