import { Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { fail } from './checks';
import { isAccountId } from '../core/account-id';

/** RDS shares a snapshot with so many accounts. */
export const MAX_ACCOUNTS = 20;

/** Checks whom snapshots are shared with, as far as it is known at synth. `own` is the account that has them, and what it is in words. */
export function checkAccountIds(
  scope: IConstruct, prop: string, accounts: readonly string[], own: { readonly account: string; readonly inWords: string },
): void {
  if (accounts.length > MAX_ACCOUNTS) {
    fail(scope, `${prop} must name at most ${MAX_ACCOUNTS} accounts, which is a limit of RDS, got ${accounts.length}`);
  }
  const known = accounts.filter((account) => !Token.isUnresolved(account));
  const malformed = known.find((account) => !isAccountId(account));
  if (malformed !== undefined) {
    fail(scope, `${prop} must name accounts by their 12 digits, got '${malformed}'; an organization or everybody cannot be named`);
  }
  const twice = known.find((account, index) => known.indexOf(account) < index);
  if (twice !== undefined) {
    fail(scope, `${prop} names '${twice}' twice; leave out one of the two`);
  }
  if (!Token.isUnresolved(own.account) && known.includes(own.account)) {
    fail(scope, `${prop} names '${own.account}', ${own.inWords}; leave it out`);
  }
}
