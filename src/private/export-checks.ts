import { Token } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { IConstruct } from 'constructs';
import { fail } from './checks';
import { isAlias } from './keys';
import { TURNED_INTO_UNDERSCORE } from '../core/export-layout';

/** A key of S3 has at most 1024 bytes, and RDS needs room for the export task, the names of database and table, and the file. */
const MAX_PREFIX_BYTES = 512;

/** What would end up elsewhere in the bucket than it says, or would widen a policy that is narrowed to the prefix. */
export function checkPrefix(scope: IConstruct, prefix: string | undefined): void {
  if (prefix === undefined || Token.isUnresolved(prefix)) {
    return;
  }
  if (prefix.split('/').some((part) => part === '')) {
    fail(scope, `prefix must be one or more names with one slash between them, for example 'lake/orders', got '${prefix}'`);
  }
  const changed = prefix.match(TURNED_INTO_UNDERSCORE)?.[0];
  if (changed !== undefined) {
    fail(scope, `prefix must not contain '${changed}', got '${prefix}': RDS would write to another prefix, with an underscore instead; use '_' or '-'`);
  }
  const refused = /:|[*?]|\$\{/.exec(prefix)?.[0];
  if (refused !== undefined) {
    fail(scope, `prefix must not contain '${refused}', got '${prefix}': ${refused === ':' ? 'RDS does not export to it' : 'IAM would read it as more than this prefix'}; use '_' or '-'`);
  }
  const bytes = Buffer.byteLength(prefix);
  if (bytes > MAX_PREFIX_BYTES) {
    fail(scope, `prefix must have at most ${MAX_PREFIX_BYTES} bytes, because S3 takes 1024 for a whole path, got ${bytes} bytes ('${prefix.slice(0, 40)}…')`);
  }
}

/** The bucket and the keys have to be where the source is, and so is whatever else works for the export. */
export function checkSameRegion(scope: IConstruct, what: string, where: string, region: string, ofWhat: string, remedy: string): void {
  if (!Token.isUnresolved(where) && !Token.isUnresolved(region) && where !== region) {
    fail(scope, `${what} is in ${where} and the ${ofWhat} in ${region}, and RDS exports only within one Region; ${remedy.replace('%', region)}`);
  }
}

export function checkExportKey(scope: IConstruct, prop: string, key: kms.IKey, region: string, ofWhat: string, account: string): void {
  if (isAlias(key)) {
    checkAlias(scope, prop, key, account);
    return;
  }
  checkSameRegion(scope, `${prop} '${key.node.path}'`, key.env.region, region, ofWhat, 'give a key of %');
  const spec = (key.node.defaultChild as kms.CfnKey | undefined)?.keySpec;
  if (spec !== undefined && !Token.isUnresolved(spec) && spec !== 'SYMMETRIC_DEFAULT') {
    fail(scope, `${prop} '${key.node.path}' is an asymmetric or HMAC key (${spec}), and RDS uses symmetric keys only; give a key without keySpec`);
  }
}

/** RDS is told the name of an alias, and looks it up in the account that exports. */
function checkAlias(scope: IConstruct, prop: string, key: kms.IKey, account: string): void {
  if (!Token.isUnresolved(key.env.account) && !Token.isUnresolved(account) && key.env.account !== account) {
    fail(scope, `${prop} '${key.node.path}' is an alias of account ${key.env.account}, which means nothing in ${account}; give the key itself, with kms.Key.fromKeyArn`);
  }
}
