import { OwnershipTag } from '../../../src/core/ownership';
import { unneededSharingCopies } from '../../../src/core/plan/sharing-copies';
import { Snapshot } from '../../../src/core/snapshot';
import { vaultTagKey } from '../../../src/core/vault/receipt';
import { VAULT } from '../../support/plan-events';
import { PLAN, planCopy, planSnapshot } from '../../support/plan-snapshots';
import { aSnapshot, day } from '../../support/snapshots';

const SECOND = { ...VAULT, vaultName: 'Second' };
const NOW = day(22);

const original = (first: string, second: string, createTime = day(21)) => planSnapshot('original', {
  createTime, extraTags: { [vaultTagKey(VAULT)]: first, [vaultTagKey(SECOND)]: second },
});
const COPY = planCopy('shared', day(21), { extraTags: { [OwnershipTag.SHARED_IN_PLACE_OF]: original('', '').identifier } });

const unneeded = (snapshots: Snapshot[], vaults = [VAULT, SECOND]) => unneededSharingCopies(PLAN, snapshots, vaults, NOW);

describe('a copy that was made for vaults is needed', () => {
  test.each([['awaited', 'awaited'], ['stored x', 'awaited'], ['refused full', 'stored x']])('while one of them does not have it (%s, %s)', (first, second) => {
    expect(unneeded([original(first, second), COPY])).toEqual([]);
  });

  test.each(['copying', 'creating'])('also while it is %s', (status) => {
    expect(unneeded([original('awaited', 'awaited'), { ...COPY, status }])).toEqual([]);
  });
});

describe('it is not needed any more', () => {
  test('when all of them have it', () => {
    expect(unneeded([original('stored x', 'stored y'), COPY])).toEqual([{ arn: COPY.arn, identifier: COPY.identifier, because: 'no vault waits for it any more' }]);
  });

  test('when those that do not have it have left the plan', () => {
    expect(unneeded([original('stored x', 'awaited'), COPY], [VAULT])).toHaveLength(1);
    expect(unneeded([original('awaited', 'awaited'), COPY], [])).toHaveLength(1);
  });

  test('when nobody waits for them any longer: after seven days', () => {
    expect(unneeded([original('awaited', 'refused full', day(15)), COPY])).toHaveLength(1);
    expect(unneeded([original('awaited', 'refused full', day(16)), COPY])).toEqual([]);
  });

  test('when it failed', () => {
    expect(unneeded([original('awaited', 'awaited'), { ...COPY, status: 'failed' }])).toMatchObject([{ because: 'it failed' }]);
  });

  test('when the snapshot that it was made of is gone', () => {
    expect(unneeded([COPY])).toMatchObject([{ because: 'the snapshot that it was made of is gone' }]);
  });
});

test('what is being deleted is not deleted again', () => {
  expect(unneeded([{ ...COPY, status: 'deleting' }])).toEqual([]);
});

test('nothing else is ever among them: no backup, nothing of another plan, nothing made by hand with copied tags', () => {
  const ofAnotherPlan = planCopy('silver', day(21), {
    plan: { ...PLAN, planName: 'Silver' }, extraTags: { [OwnershipTag.SHARED_IN_PLACE_OF]: 'x' },
  });
  const byHand = aSnapshot({ identifier: `${PLAN.owner}-by-hand`, tags: COPY.tags });

  expect(unneeded([original('stored x', 'stored x'), ofAnotherPlan, byHand])).toEqual([]);
});
