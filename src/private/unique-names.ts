import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { fail } from './checks';

interface Named {
  readonly scope: IConstruct;
  readonly name: string;
}

/** What has names of its own, and what two of one name in one place would do to each other. */
interface Kind {
  readonly prop: string;
  /** Where an app remembers the names. Looked up by name, so that two copies of the library in one app know each other's. */
  readonly register: symbol;
  readonly consequence: string;
  readonly warning: string;
}

const PLANS: Kind = {
  prop: 'planName',
  register: Symbol.for('cdk-aurora-backup.plans'),
  consequence: 'each would delete what the other keeps',
  warning: 'cdk-aurora-backup:planNameTwice',
};

const VAULTS: Kind = {
  prop: 'vaultName',
  register: Symbol.for('cdk-aurora-backup.vaults'),
  consequence: 'each would take the copies of the other for its own',
  warning: 'cdk-aurora-backup:vaultNameTwice',
};

/** Snapshots belong to a plan by its name: two of one name in one account and Region would prune each other's. */
export function checkPlanNameIsNew(scope: IConstruct, planName: string): void {
  checkNameIsNew(scope, planName, PLANS);
}

/** Likewise the copies of a vault. */
export function checkVaultNameIsNew(scope: IConstruct, vaultName: string): void {
  checkNameIsNew(scope, vaultName, VAULTS);
}

function checkNameIsNew(scope: IConstruct, name: string, { prop, register, consequence, warning }: Kind): void {
  const root = scope.node.root as unknown as Record<symbol, Named[] | undefined>;
  if (!root[register]) {
    Object.defineProperty(root, register, { value: [], enumerable: false });
  }
  const known = root[register]!;
  for (const other of known.filter((one) => one.name === name)) {
    const sentence = `${prop} '${name}' is also that of '${other.scope.node.path}'`;
    const same = inSamePlace(scope, other.scope);
    if (same) {
      fail(scope, `${sentence} in the same account and Region, and ${consequence}; give one of them another name`);
    }
    if (same === undefined) {
      Annotations.of(scope).addWarningV2(warning,
        `${sentence}; if both are deployed to one account and Region, ${consequence}: give one of them another name, or give the stacks an env`);
    }
  }
  known.push({ scope, name });
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
