import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { fail } from './checks';

// Looked up by name, so that two copies of the library in one app know each other's plans.
const PLANS = Symbol.for('cdk-aurora-backup.plans');

interface KnownPlan {
  readonly scope: IConstruct;
  readonly planName: string;
}

/** Snapshots belong to a plan by its name: two of one name in one account and Region would prune each other's. */
export function checkPlanNameIsNew(scope: IConstruct, planName: string): void {
  const root = scope.node.root as { [PLANS]?: KnownPlan[] };
  if (!root[PLANS]) {
    Object.defineProperty(root, PLANS, { value: [], enumerable: false });
  }
  const plans = root[PLANS]!;
  for (const other of plans.filter((plan) => plan.planName === planName)) {
    const sentence = `planName '${planName}' is also that of '${other.scope.node.path}'`;
    const same = inSamePlace(scope, other.scope);
    if (same) {
      fail(scope, `${sentence} in the same account and Region, and each would delete what the other keeps; give one of them another name`);
    }
    if (same === undefined) {
      Annotations.of(scope).addWarningV2('cdk-aurora-backup:planNameTwice',
        `${sentence}; if both are deployed to one account and Region, each deletes what the other keeps: give one of them another name, or give the stacks an env`);
    }
  }
  plans.push({ scope, planName });
}

/** Undefined if it is not known at synth. */
function inSamePlace(one: IConstruct, other: IConstruct): boolean | undefined {
  const [a, b] = [one, other].map((scope) => Stack.of(scope));
  if (topLevel(a) === topLevel(b)) {
    return true;
  }
  const pairs = [[a.account, b.account], [a.region, b.region]];
  if (pairs.some((values) => !values.some((value) => Token.isUnresolved(value)) && values[0] !== values[1])) {
    return false;
  }
  return pairs.every(([left, right]) => !Token.isUnresolved(left) && left === right) ? true : undefined;
}

function topLevel(stack: Stack): Stack {
  return stack.nestedStackParent ? topLevel(stack.nestedStackParent) : stack;
}
