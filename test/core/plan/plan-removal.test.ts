import { OwnershipTag } from '../../../src/core/ownership';
import { planOwner } from '../../../src/core/plan/plan-ownership';
import { RemovedPlan, decidePlanRemoval } from '../../../src/core/plan/plan-removal';
import { Snapshot } from '../../../src/core/snapshot';
import { OTHER_REGION, STACK_ID } from '../../support/events';
import { anExportTask } from '../../support/export-tasks';
import { PLAN, planCopy, planSnapshot } from '../../support/plan-snapshots';
import { aSnapshot, day, ourSnapshot } from '../../support/snapshots';

const GOLD: RemovedPlan = { ...PLAN, stackId: STACK_ID };
const LATER_STACK = STACK_ID.replace(/1$/, '2');
const SILVER = { ...GOLD, planName: 'Silver', owner: planOwner('Silver') };

const taken = (name: string, facts: Partial<Snapshot> = {}, plan = GOLD) => planSnapshot(name, { plan, ...facts });
const copied = (name: string, facts: Partial<Snapshot> = {}) => planCopy(name, day(21), { plan: GOLD, region: OTHER_REGION, ...facts });
const decide = (snapshots: Snapshot[], exportTasks = [] as ReturnType<typeof anExportTask>[]) => {
  const { deletions, awaited, kept } = decidePlanRemoval({ plan: GOLD, snapshots, exportTasks });
  return { goes: deletions.map(({ arn }) => arn), awaited, stays: kept };
};

describe('with its stack goes', () => {
  test('what the plan took for it, of whatever cluster, and its copies in other Regions', () => {
    const snapshots = [taken('a'), planSnapshot('b', { plan: GOLD, cluster: 'billing', incarnation: 'cluster-gone' }), copied('c')];

    expect(decide(snapshots)).toEqual({ goes: snapshots.map(({ arn }) => arn), awaited: [], stays: [] });
  });

  test('what was made to be shared in place of it', () => {
    const forVaults = planCopy('shared', day(21), { plan: GOLD, extraTags: { [OwnershipTag.SHARED_IN_PLACE_OF]: taken('a').identifier } });

    expect(decide([forVaults]).goes).toEqual([forVaults.arn]);
  });

  test.each(['available', 'copying', 'failed', 'a state that RDS may get one day'])('what is %s', (status) => {
    expect(decide([taken('a', { status })]).goes).toEqual([taken('a').arn]);
  });
});

describe('it stays, when it is', () => {
  test.each<[string, Snapshot]>([
    ['made by hand', aSnapshot()],
    ['automated', taken('a', { type: 'automated' })],
    ['of another plan of the stack', taken('a', {}, SILVER)],
    ['of a ClusterSnapshot of the stack', ourSnapshot('a')],
    ['a copy by hand with all tags', aSnapshot({ identifier: `${GOLD.owner}-by-hand`, tags: taken('a').tags })],
    ['under a name that does not begin like those of the plan', aSnapshot({ identifier: 'x', tags: { ...taken('a').tags, [OwnershipTag.IDENTIFIER]: 'x' } })],
  ])('%s, and nobody is told of it', (_, snapshot) => {
    expect(decide([snapshot])).toEqual({ goes: [], awaited: [], stays: [] });
  });

  test.each<[string, RemovedPlan | typeof PLAN]>([
    ['for another stack, whose plan has the same name', { ...GOLD, stackId: LATER_STACK }], ['before it was to go with a stack', PLAN],
  ])('taken %s; that is told', (_, plan) => {
    const snapshot = planSnapshot('a', { plan });

    expect(decide([snapshot, taken('b')])).toEqual({ goes: [taken('b').arn], awaited: [], stays: [snapshot.arn] });
  });

  test('of a plan of the same name in another Region', () => {
    expect(decide([taken('a', {}, { ...GOLD, region: OTHER_REGION })]).goes).toEqual([]);
  });
});

describe('it is waited for', () => {
  const because = (snapshots: Snapshot[], tasks?: Parameters<typeof decide>[1]) => {
    const { awaited, goes } = decide(snapshots, tasks);
    expect(goes).not.toContain(taken('a').arn);
    return awaited.find(({ arn }) => arn === taken('a').arn)?.because;
  };

  test('while it is being created, because RDS cannot delete it', () => {
    expect(because([taken('a', { status: 'creating' })])).toBe('it is being created, and RDS deletes it only after that');
  });

  test('while it is being deleted', () => {
    expect(because([taken('a', { status: 'deleting' })])).toBe('it is being deleted');
  });

  test('while a copy is made of it, whoever makes it; a copy of the plan itself is canceled', () => {
    const mine = copied('b', { status: 'copying', sourceArn: taken('a').arn });
    const ofSomebody = aSnapshot({ status: 'copying', sourceArn: taken('a').arn });

    expect(because([taken('a'), mine])).toBe('a copy is being made of it');
    expect(because([taken('a'), ofSomebody])).toBe('a copy is being made of it');
    expect(decide([taken('a'), mine, ofSomebody]).goes).toEqual([mine.arn]);
  });

  test('while it is exported, and no longer', () => {
    const task = anExportTask({ sourceArn: taken('a').arn });

    expect(because([taken('a')], [task])).toBe('it is being exported');
    expect(decide([taken('a')], [{ ...task, status: 'COMPLETE' }]).goes).toEqual([taken('a').arn]);
  });
});
