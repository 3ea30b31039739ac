import { isSnapshotIdentifier } from '../../../src/core/identifiers';
import { OwnershipTag } from '../../../src/core/ownership';
import {
  PlanIdentity, belongsToPlan, incarnationOf, isMadeUnderName, planCopyIdentifier, planOwner, planSnapshotIdentifier, planTags, runTag,
} from '../../../src/core/plan/plan-ownership';
import { OTHER_REGION, REGION } from '../../support/events';
import { ORDERS, PLAN, planCopy, planSnapshot } from '../../support/plan-snapshots';
import { aSnapshot, day, withTags } from '../../support/snapshots';

const RUN = { name: '2026-11-22T03-00-00Z', scheduledTime: '2026-11-22T03:00:00Z' };
const identifier = (cluster = 'orders', run = RUN, plan = PLAN) => planSnapshotIdentifier(plan, cluster, run);

describe('the owner', () => {
  test('follows from the name of the plan alone, so that the plan may move', () => {
    expect(planOwner('Gold')).toBe('cab-2a89b6c1');
    expect(planOwner('Silver')).not.toBe(planOwner('Gold'));
  });
});

describe('the identifier of a snapshot', () => {
  test('begins with the owner and tells when it was due and of which cluster', () => {
    expect(identifier()).toMatch(/^cab-2a89b6c1-[0-9a-f]{10}-20261122-0300-orders$/);
  });

  test('is the same for a retry, and another for every cluster, run, time, plan and Region of a plan', () => {
    const others = [
      identifier('billing'), identifier('orders', { ...RUN, name: 'by-hand' }), identifier('orders', { ...RUN, scheduledTime: '2027-11-22T03:00:00Z' }),
      identifier('orders', RUN, { ...PLAN, planName: 'Silver' }), identifier('orders', RUN, { ...PLAN, region: OTHER_REGION }),
    ];

    expect(identifier()).toBe(identifier());
    expect(new Set([identifier(), ...others]).size).toBe(6);
  });

  test.each(['orders', 'a'.repeat(63), 'a-b-c'])('is one that RDS takes, also of the copy (%s)', (cluster) => {
    expect(isSnapshotIdentifier(identifier(cluster))).toBe(true);
    expect(isSnapshotIdentifier(planCopyIdentifier(PLAN, identifier(cluster), OTHER_REGION))).toBe(true);
  });

  test('leads to that of its copy, which is another in every Region', () => {
    const copy = planCopyIdentifier(PLAN, identifier(), OTHER_REGION);

    expect(copy).toMatch(/^cab-2a89b6c1-[0-9a-f]{10}-20261122-0300-orders$/);
    expect(new Set([identifier(), copy, planCopyIdentifier(PLAN, identifier(), 'us-east-1'), planCopyIdentifier(PLAN, identifier('billing'), OTHER_REGION)]).size).toBe(4);
  });
});

describe('the tags', () => {
  test('name plan, cluster and run', () => {
    expect(planTags(PLAN, 'cab-2a89b6c1-x', 'orders', ORDERS, RUN)).toEqual({
      [OwnershipTag.OWNER]: 'cab-2a89b6c1',
      [OwnershipTag.IDENTIFIER]: 'cab-2a89b6c1-x',
      [OwnershipTag.PLAN]: 'Gold',
      [OwnershipTag.PLAN_REGION]: REGION,
      [OwnershipTag.CLUSTER]: 'orders',
      [OwnershipTag.CLUSTER_RESOURCE_ID]: ORDERS,
      [OwnershipTag.GENERATION]: RUN.name,
    });
  });

  test('hold no character of a run\'s name that RDS does not take', () => {
    expect(runTag({ ...RUN, name: 'vor (dem) Umbau! schön_1.2:3/4=5+6@7-8' })).toBe('vor -dem- Umbau- sch-n_1.2:3/4=5+6@7-8');
  });
});

describe('a snapshot belongs to the plan', () => {
  const ours = planSnapshot('ours');

  test('that made it, at home and elsewhere', () => {
    expect(belongsToPlan(ours, PLAN)).toBe(true);
    expect(belongsToPlan(planCopy('copy', day(1), { region: OTHER_REGION }), PLAN)).toBe(true);
  });

  test.each([
    ['of another plan', planSnapshot('x', { plan: { ...PLAN, planName: 'Silver' } })],
    ['of a plan of the name in another Region', planSnapshot('x', { plan: { ...PLAN, region: OTHER_REGION } })],
    ['by another owner', withTags(ours, { [OwnershipTag.OWNER]: 'cab-00000000' })],
    ['whose identifier is another owner\'s', { ...ours, ...withTags({ ...ours, identifier: 'cab-00000000-x' }, { [OwnershipTag.IDENTIFIER]: 'cab-00000000-x' }) }],
    ['whose identifier only begins alike', { ...ours, ...withTags({ ...ours, identifier: 'cab-2a89b6c1' }, { [OwnershipTag.IDENTIFIER]: 'cab-2a89b6c1' }) }],
    ['that somebody copied by hand, tags and all', { ...ours, identifier: 'cab-2a89b6c1-by-hand' }],
    ['that is not manual', { ...ours, type: 'awsbackup' }],
    ['without tags', aSnapshot({ identifier: ours.identifier })],
  ])('but not one %s', (_, other) => {
    expect(belongsToPlan(other, PLAN)).toBe(false);
  });
});

describe('a plan whose snapshots go with its stack', () => {
  const [throwAway, another] = ['one', 'two'].map((stackId) => ({ ...PLAN, stackId }));
  const of = (plan: PlanIdentity) => planSnapshot('x', { plan });

  test('writes the stack onto them', () => {
    expect(of(throwAway).tags).toEqual({ ...of(PLAN).tags, [OwnershipTag.STACK]: 'one' });
    expect(of(PLAN).tags).not.toHaveProperty(OwnershipTag.STACK);
  });

  test('never counts on those of a plan of the same name, nor that one on its', () => {
    const plans = [PLAN, throwAway, another];

    for (const plan of plans) {
      expect(plans.filter((other) => belongsToPlan(of(other), plan))).toEqual([plan]);
    }
    expect(new Set(plans.map((plan) => identifier('orders', RUN, plan))).size).toBe(3);
  });

  test('has the same name for who only looks', () => {
    expect([PLAN, throwAway, another].every((plan) => isMadeUnderName(of(plan), PLAN))).toBe(true);
  });
});

describe('the cluster that a snapshot is of', () => {
  test('is known by our tag, which a copy has as well', () => {
    expect(incarnationOf(planSnapshot('x'))).toBe(ORDERS);
    expect(incarnationOf(planCopy('x', day(1), { clusterResourceId: 'cluster-UNKNOWN-THERE' }))).toBe(ORDERS);
  });

  test('is known by RDS where the tag is missing', () => {
    expect(incarnationOf(aSnapshot({ clusterResourceId: 'cluster-X' }))).toBe('cluster-X');
    expect(incarnationOf(aSnapshot())).toBeUndefined();
  });

  test('is not known where RDS says otherwise of an original: the name was given to another in that moment', () => {
    expect(incarnationOf(planSnapshot('x', { clusterResourceId: 'cluster-OTHER' }))).toBeUndefined();
    expect(incarnationOf(planSnapshot('x', { clusterResourceId: ORDERS }))).toBe(ORDERS);
  });
});
