import { Token } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { IConstruct } from 'constructs';
import { MAX_ACCOUNTS, checkAccountIds } from './account-checks';
import { checkRegion, fail } from './checks';
import { checkIsCluster } from './cluster-checks';
import { isAlias } from './keys';
import { SnapshotRemoval } from '../core/removal';
import { isAurora } from '../core/snapshot';

/** Distributed maps of Step Functions run so many child executions at a time. */
const MAX_CONCURRENCY = 10_000;

/** RDS takes 50 tags on a resource, and up to ten are ours; one more on the snapshots that go with their stack, and for each vault after the first. */
export function maxUserTags(vaults: number, removal: SnapshotRemoval): number {
  return Math.min(40, 41 - vaults) - (removal === SnapshotRemoval.DESTROY ? 1 : 0);
}

/** What has an account and a Region: a stack, or what is in one. */
interface Place {
  readonly account: string;
  readonly region: string;
}

export function checkPlanName(scope: IConstruct, planName: string): void {
  if (Token.isUnresolved(planName)) {
    fail(scope, 'planName must be known at synth, because identifiers and policies begin with what is made from it, got a token; give a text');
  }
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(planName)) {
    fail(scope, `planName must be 1 to 64 letters, digits, '.', '_' and '-', got '${planName}'`);
  }
}

export function checkWholeNumber(scope: IConstruct, prop: string, value: number | undefined, to: number, why: string): void {
  if (value !== undefined && !Token.isUnresolved(value) && (!Number.isInteger(value) || value < 1 || value > to)) {
    const range = to === Infinity ? 'from 1' : `from 1 to ${to.toLocaleString('en')}`;
    fail(scope, `${prop} must be a whole number ${range}, got ${value}${why}`);
  }
}

export function checkMaxConcurrency(scope: IConstruct, value: number | undefined): void {
  checkWholeNumber(scope, 'maxConcurrency', value, MAX_CONCURRENCY, '; leave it out for no limit');
}

export function checkSnapshotQuota(scope: IConstruct, value: number | undefined): void {
  checkWholeNumber(scope, 'snapshotQuota', value, Infinity, '; leave it out if the quota was never raised');
}

export function checkClusterTags(scope: IConstruct, tags: Readonly<Record<string, string>> | undefined): void {
  if (tags !== undefined && !Token.isUnresolved(tags) && Object.keys(tags).length === 0) {
    fail(scope, 'clusterTags must name at least one tag, got an empty object, which every cluster of the account would match; leave it out, or name a tag');
  }
}

export function checkAccounts(scope: IConstruct, accounts: readonly string[] | undefined, { account: own }: Place): void {
  if (accounts === undefined || Token.isUnresolved(accounts)) {
    return;
  }
  checkAccountIds(scope, 'shareWith', accounts, { account: own, inWords: 'the account of the plan itself, which has the snapshots anyway' });
}

/** A snapshot has one list of accounts for all who may copy it. */
export function checkSharedAccounts(scope: IConstruct, shareWith: readonly string[] = [], vaults: readonly { readonly account: string }[]): void {
  const accounts = new Set([...Token.isUnresolved(shareWith) ? [] : shareWith, ...vaults.map(({ account }) => account)]);
  if (accounts.size > MAX_ACCOUNTS) {
    fail(scope, `shareWith and the accounts of the vaults come to ${accounts.size} accounts, and RDS shares a snapshot with ${MAX_ACCOUNTS}; leave some out`);
  }
}

interface CopyRule {
  readonly region: string;
  readonly encryptionKey?: kms.IKey;
}

export function checkCopies(scope: IConstruct, copies: readonly CopyRule[], { region: home }: Place, of: 'plan' | 'vault' = 'plan'): void {
  copies.forEach(({ region, encryptionKey }, index) => {
    checkRegion(scope, 'copies.region', region);
    if (copies.findIndex((copy) => copy.region === region) < index) {
      fail(scope, `copies name the Region ${Token.isUnresolved(region) ? 'of one token' : `'${region}'`} twice; leave out one of the two`);
    }
    if (region === home) {
      fail(scope, `copies name ${Token.isUnresolved(region) ? 'the Region' : `'${region}', the Region`} of the ${of} itself, where the snapshots are anyway; name another Region`);
    }
    for (const where of [home, region]) {
      if (!Token.isUnresolved(where) && where.startsWith('cn-')) {
        fail(scope, `copies from ${named(home)} to ${named(region)} are not possible, because AWS does not copy Aurora snapshots in the China Regions; leave out copies`);
      }
    }
    if (![home, region].some((where) => Token.isUnresolved(where)) && isGovCloud(home) !== isGovCloud(region)) {
      fail(scope, `copies from ${home} to ${region} are not possible: snapshots of GovCloud Regions are copied to GovCloud Regions only, and others to others only`);
    }
    if (encryptionKey) {
      checkKeyRegion(scope, 'copies.encryptionKey', encryptionKey, region, 'copies', 'for example a replica of a multi-Region key');
    }
  });
}

/** An alias is looked up where it is used, wherever it was imported. */
export function checkKeyRegion(scope: IConstruct, prop: string, key: kms.IKey, region: string, what: string, hint: string): void {
  if (!isAlias(key) && !Token.isUnresolved(key.env.region) && !Token.isUnresolved(region) && key.env.region !== region) {
    fail(scope, `${prop} '${key.node.path}' is in ${key.env.region} and the ${what} in ${region}; give a key of ${region}, ${hint}`);
  }
}

/** What can be known of a cluster at synth. */
export function checkCluster(scope: IConstruct, cluster: rds.IDatabaseCluster, { account, region }: Place): void {
  checkIsCluster(scope, 'cluster', cluster);
  const { path } = cluster.node;
  const engine = cluster.engine?.engineType;
  if (engine !== undefined && !isAurora(engine)) {
    fail(scope, `cluster '${path}' runs '${engine}'; only aurora-mysql and aurora-postgresql are supported`);
  }
  if (areDifferent(cluster.env.account, account)) {
    fail(scope, `cluster '${path}' is in account ${cluster.env.account} and the plan in ${account}; put the plan into a stack in ${cluster.env.account}`);
  }
  if (areDifferent(cluster.env.region, region)) {
    fail(scope, `cluster '${path}' is in ${cluster.env.region} and the plan in ${region}; put the plan into a stack in ${cluster.env.region}`);
  }
}

function areDifferent(one: string, other: string): boolean {
  return !Token.isUnresolved(one) && !Token.isUnresolved(other) && one !== other;
}

function named(region: string): string {
  return Token.isUnresolved(region) ? 'the Region of the stack' : region;
}

function isGovCloud(region: string): boolean {
  return region.startsWith('us-gov-');
}
