import { PLAN_RULES_VERSION, UNREADABLE_RULES, readPlanRules, refuseCopiesAtHome, retentionFor } from '../../../src/core/plan/plan-rules';
import { RetentionRule } from '../../../src/core/plan/retention';
import { OTHER_REGION, REGION } from '../../support/events';
import { aCopy, aPlan } from '../../support/plan-events';

describe('rules', () => {
  test('of this release are read as they are', () => {
    const plan = aPlan();

    expect(readPlanRules(plan)).toBe(plan);
  });

  test.each([0, PLAN_RULES_VERSION + 1, undefined])('of version %s are refused, with what to do', (version) => {
    expect(() => readPlanRules({ ...aPlan(), version: version as number })).toThrow(
      `version ${version} of the rules of a plan is not known to this runtime (it knows ${PLAN_RULES_VERSION}): `
      + 'the run was begun by another release of cdk-aurora-backup; deploy that one again, or start the run again',
    );
  });
});

test('that rules are refused is known by a name of its own: asking again would not help', () => {
  expect(() => readPlanRules({ ...aPlan(), version: 99 })).toThrow(expect.objectContaining({ name: UNREADABLE_RULES }));
});

describe('copies', () => {
  test('into other Regions are what they are for', () => {
    expect(() => refuseCopiesAtHome(aPlan({ copies: [aCopy()] }))).not.toThrow();
  });

  test('into the Region of the plan are refused for good: each would push out a snapshot', () => {
    const refused = () => refuseCopiesAtHome(aPlan({ copies: [aCopy(), aCopy({ region: REGION })] }));

    expect(refused).toThrow(`copies must name other Regions than that of the plan, got '${REGION}'`);
    expect(refused).toThrow(expect.objectContaining({ name: UNREADABLE_RULES }));
  });
});

describe('the retention of a snapshot', () => {
  const last = (count: number): RetentionRule => ({ keep: 'last', count });
  const plan = aPlan({ retention: last(7), copies: [aCopy({ retention: last(3) })] });

  test('at home is that of the plan, or that of the cluster if it has its own', () => {
    expect(retentionFor(plan, undefined, REGION)).toEqual(last(7));
    expect(retentionFor(plan, {}, REGION)).toEqual(last(7));
    expect(retentionFor(plan, { retention: last(30) }, REGION)).toEqual(last(30));
  });

  test('elsewhere is that of the copy, whatever the cluster has at home', () => {
    expect(retentionFor(plan, { retention: last(30) }, OTHER_REGION)).toEqual(last(3));
  });

  test('in a Region that the plan does not copy to any more is to keep everything', () => {
    expect(retentionFor(plan, undefined, 'us-east-1')).toEqual({ keep: 'all' });
  });
});
