import { Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { fail } from './checks';
import { isAccountId } from '../core/account-id';

/** RDS shares a snapshot with so many accounts. */
export const MAX_ACCOUNTS = 20;

/** Checks whom a snapshot is shared with, as far as it is known at synth. */
export function checkSharedAccounts(scope: IConstruct, prop: string, accounts: readonly string[], own: string): void {
  if (Token.isUnresolved(accounts)) {
    fail(scope, `${prop} must be a list that is known at synth, because the policy of the key names each account; its entries may be tokens, got a token for the whole list`);
  }
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
  if (!Token.isUnresolved(own) && known.includes(own)) {
    fail(scope, `${prop} names '${own}', the account of the snapshot itself, which has it anyway; leave it out`);
  }
}
