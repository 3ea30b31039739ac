import * as fc from 'fast-check';
import { OwnershipTag } from '../../../src/core/ownership';
import { decidePruning } from '../../../src/core/plan/pruning';
import { Snapshot } from '../../../src/core/snapshot';
import { vaultStateOf, vaultTagKey } from '../../../src/core/vault/receipt';
import { VaultAddress } from '../../../src/core/vault/vault-address';
import { calendarOfTimeZones } from '../../../src/runtime/plan/calendar';
import { VAULT } from '../../support/plan-events';
import { ORDERS, PLAN, planCopy, planSnapshot } from '../../support/plan-snapshots';
import { day } from '../../support/snapshots';

const SECOND: VaultAddress = { ...VAULT, vaultName: 'Second' };
const NOW = day(22);
const AWAITED = 'awaited';
const REFUSED = 'refused too many today';
const STORED = 'stored 2026-11-20T12:00:00Z';

/** Of a day of the month, with what it says of the first vault. */
const on = (number: number, says?: string, facts: Parameters<typeof planSnapshot>[1] = {}) => planSnapshot(`day${number}`, {
  createTime: day(number), ...facts, extraTags: { ...(says === undefined ? {} : { [vaultTagKey(VAULT)]: says }), ...facts.extraTags },
});

/** The plan keeps the newest one. */
const decide = (snapshots: Snapshot[], vaults: VaultAddress[] = [VAULT], now = NOW) => decidePruning({
  plan: PLAN,
  cluster: 'orders',
  snapshots,
  currentIncarnation: ORDERS,
  rule: { keep: 'last', count: 1 },
  ruleOfFormers: { keep: 'last', count: 1 },
  pruneFormerClusters: false,
  unfinishedSources: new Set(),
  vaults,
  calendar: calendarOfTimeZones(),
  now,
});
const gone = (...asked: Parameters<typeof decide>) => decide(...asked).deletions.map(({ arn }) => arn);
const whyKept = (snapshot: Snapshot, ...asked: Parameters<typeof decide>) => decide(...asked).kept.find(({ arn }) => arn === snapshot.arn)?.because;

const MISSING = 'the vault 333333333333/eu-north-1/Vault does not have it yet';
const NEWEST = 'the newest that the vault 333333333333/eu-north-1/Vault has';

describe('a snapshot that the policy would let go stays', () => {
  test.each([AWAITED, REFUSED])('while a vault does not have it (%s)', (says) => {
    expect(whyKept(on(20, says), [on(20, says), on(21, STORED)])).toEqual([MISSING]);
  });

  test('for seven days at most, whatever becomes of the vault', () => {
    const old = on(15, AWAITED);
    const almost = new Date(NOW.getTime() - 1);

    expect(gone([old, on(21)], [VAULT], almost)).toEqual([]);
    expect(gone([old, on(21)], [VAULT], NOW)).toEqual([old.arn]);
  });

  test('while it is the newest that a vault has, however old: it alone tells the age', () => {
    const stored = on(3, STORED);

    expect(whyKept(stored, [stored, on(21, AWAITED), on(22, AWAITED)])).toEqual([NEWEST]);
  });

  test('until the vault has a newer one', () => {
    expect(gone([on(3, STORED), on(21, STORED), on(22, AWAITED)])).toEqual([on(3).arn]);
  });

  test('until every vault has it', () => {
    const half = on(20, STORED, { extraTags: { [vaultTagKey(SECOND)]: AWAITED } });
    const newer = on(21, STORED, { extraTags: { [vaultTagKey(SECOND)]: STORED } });

    expect(gone([half, newer, on(22)], [VAULT, SECOND])).toEqual([]);
    expect(gone([half, newer, on(22)], [VAULT])).toEqual([half.arn]);
  });
});

describe('a snapshot goes', () => {
  test('that no vault was ever to have', () => {
    expect(gone([on(20), on(21, STORED)])).toEqual([on(20).arn]);
  });

  test('that is awaited by a vault which the plan no longer has', () => {
    expect(gone([on(20, AWAITED), on(21)], [])).toEqual([on(20).arn]);
  });

  test('that failed, whatever a vault awaits', () => {
    expect(gone([on(20, AWAITED, { status: 'failed' }), on(21, STORED)])).toEqual([on(20).arn]);
  });
});

test('what keeps a snapshot anyway is said, too', () => {
  expect(whyKept(on(21, AWAITED), [on(21, AWAITED)])).toEqual(['newest good one', 'one of the newest 1', MISSING]);
});

test('of an earlier cluster of the name, another one is the newest in the vault', () => {
  const former = on(3, STORED, { incarnation: 'cluster-FORMER', identifier: `${PLAN.owner}-0123456789-former` });
  const { kept } = decidePruning({
    plan: PLAN,
    cluster: 'orders',
    snapshots: [former, on(4, undefined, { incarnation: 'cluster-FORMER', identifier: `${PLAN.owner}-0123456789-later` }), on(21, STORED)],
    currentIncarnation: ORDERS,
    rule: { keep: 'last', count: 1 },
    ruleOfFormers: { keep: 'last', count: 1 },
    pruneFormerClusters: true,
    unfinishedSources: new Set(),
    vaults: [VAULT],
    calendar: calendarOfTimeZones(),
    now: NOW,
  });

  expect(kept.find(({ arn }) => arn === former.arn)?.because).toEqual([NEWEST]);
});

test('what exists only to be shared is no backup: it is neither counted nor kept by a policy', () => {
  const shared = planCopy('shared', day(22), { extraTags: { [OwnershipTag.SHARED_IN_PLACE_OF]: on(21).identifier } });
  const { kept, deletions } = decide([shared, on(21, STORED), on(20, STORED)]);

  expect(kept.map(({ arn }) => arn)).toEqual([on(21).arn]);
  expect(deletions.map(({ arn }) => arn)).toEqual([on(20).arn]);
});

describe('whatever snapshots there are', () => {
  const state = fc.constantFrom(undefined, AWAITED, REFUSED, STORED, 'no word of ours');
  const histories = fc.array(fc.tuple(state, fc.constantFrom('available', 'available', 'available', 'failed', 'copying')), { maxLength: 21 })
    .map((states) => states.map(([says, status], index) => on(index + 1, says, { status })));
  const always = (holds: (snapshots: Snapshot[], going: Snapshot[]) => boolean) => fc.assert(fc.property(histories, (snapshots) => {
    const arns = new Set(gone(snapshots));
    return holds(snapshots, snapshots.filter(({ arn }) => arns.has(arn)));
  }), { numRuns: 2_000 });

  test('no good one of the last seven days goes that a vault is to have and has not', () => {
    always((_, going) => going.every((snapshot) => {
      const its = vaultStateOf(snapshot, VAULT)?.state;
      return snapshot.status !== 'available' || its === undefined || its === 'stored' || NOW.getTime() - snapshot.createTime!.getTime() >= 7 * 86_400_000;
    }));
  });

  test('the newest good one in the vault stays', () => {
    always((snapshots, going) => {
      const newest = snapshots.filter((snapshot) => snapshot.status === 'available' && vaultStateOf(snapshot, VAULT)?.state === 'stored').at(-1);
      return newest === undefined || !going.includes(newest);
    });
  });

  test('vaults never make more go', () => {
    always((snapshots, going) => {
      const without = gone(snapshots, []);
      return going.every(({ arn }) => without.includes(arn));
    });
  });
});
