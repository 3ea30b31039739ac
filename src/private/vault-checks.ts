import { Annotations, Duration, Token } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { IConstruct } from 'constructs';
import { checkRegion, fail } from './checks';
import { isAlias } from './keys';
import { checkCopies, checkKeyRegion, checkWholeNumber } from './plan-checks';
import { RetentionPolicy } from '../common/retention-policy';
import { isSnapshotIdentifier } from '../core/identifiers';
import { RetentionRule } from '../core/plan/retention';
import { isVaultName } from '../core/vault/vault-address';
import { VaultRules } from '../core/vault/vault-rules';

/** RDS shares a snapshot with so many accounts. */
const MAX_ACCOUNTS = 20;

interface Place {
  readonly account: string;
  readonly region: string;
}

interface CopyRule {
  readonly region: string;
  readonly encryptionKey?: kms.IKey;
  readonly retention?: RetentionPolicy;
}

interface Source {
  readonly accountId: string;
  readonly regions: readonly string[];
  readonly clusters?: readonly string[];
}

export function checkVaultName(scope: IConstruct, vaultName: string): void {
  if (Token.isUnresolved(vaultName)) {
    fail(scope, 'vaultName must be known at synth, because identifiers and policies begin with what is made from it, got a token; give a text');
  }
  if (!isVaultName(vaultName)) {
    fail(scope, `vaultName must be 1 to 64 letters, digits, '.', '_' and '-', and not 'default', got '${vaultName}'`);
  }
}

export function checkSources(scope: IConstruct, sources: readonly Source[], place: Place): void {
  if (sources.length === 0) {
    fail(scope, 'sources must name at least one account, got none; a vault takes in what other accounts share with it');
  }
  checkAccountsOf(scope, 'sources.accountId', sources.map(({ accountId }) => accountId), place.account,
    'a vault in the account of its sources would protect from nobody who can delete them; put it into a stack of another account, or use the copies of a plan');
  for (const { accountId, regions, clusters } of sources) {
    checkRegionsOf(scope, accountId, regions, place.region);
    checkClustersOf(scope, accountId, clusters);
  }
}

export function checkRecoveryAccounts(scope: IConstruct, accounts: readonly string[], { account }: Place): void {
  if (accounts.length > MAX_ACCOUNTS) {
    fail(scope, `recoveryAccounts must name at most ${MAX_ACCOUNTS} accounts, got ${accounts.length}; name those from where clusters are really recovered`);
  }
  checkAccountsOf(scope, 'recoveryAccounts', accounts, account, 'the account of the vault has the copies anyway; leave it out');
}

/** Accounts are in names of rules and decide who is trusted, so they are known. */
function checkAccountsOf(scope: IConstruct, prop: string, accounts: readonly string[], own: string, whyNotOwn: string): void {
  if (accounts.some((account) => Token.isUnresolved(account))) {
    fail(scope, `${prop} must be known at synth, got a token; write the 12 digits of the account`);
  }
  const malformed = accounts.find((account) => !/^\d{12}$/.test(account));
  if (malformed !== undefined) {
    fail(scope, `${prop} must be the 12 digits of an account, got '${malformed}'; an organization or everybody cannot be named`);
  }
  const twice = accounts.find((account, index) => accounts.indexOf(account) < index);
  if (twice !== undefined) {
    fail(scope, `${prop} names '${twice}' twice; leave out one of the two`);
  }
  if (!Token.isUnresolved(own) && accounts.includes(own)) {
    fail(scope, `${prop} names '${own}', the account of the vault itself: ${whyNotOwn}`);
  }
}

function checkRegionsOf(scope: IConstruct, accountId: string, regions: readonly string[], home: string): void {
  if (regions.length === 0) {
    fail(scope, `sources.regions of account ${accountId} must name at least one Region, got none; name those where its clusters are`);
  }
  regions.forEach((region, index) => {
    if (Token.isUnresolved(region)) {
      fail(scope, `sources.regions of account ${accountId} must be known at synth, got a token; write the code of the Region, for example eu-central-1`);
    }
    checkRegion(scope, 'sources.regions', region);
    if (regions.indexOf(region) < index) {
      fail(scope, `sources.regions of account ${accountId} name '${region}' twice; leave out one of the two`);
    }
    for (const where of [region, home]) {
      if (!Token.isUnresolved(where) && where.startsWith('cn-')) {
        fail(scope, `a vault of snapshots of ${region} is not possible in ${home}, because AWS does not copy Aurora snapshots in the China Regions; use AWS Backup there`);
      }
    }
    if (!Token.isUnresolved(home) && region.startsWith('us-gov-') !== home.startsWith('us-gov-')) {
      fail(scope, `sources.regions name ${region}, from where nothing can be copied to the vault in ${home}: `
        + 'snapshots of GovCloud Regions are copied to GovCloud Regions only, and others to others only');
    }
  });
}

/** They are compared with what RDS says, as texts. */
function checkClustersOf(scope: IConstruct, accountId: string, clusters: readonly string[] | undefined): void {
  const prop = `sources.clusters of account ${accountId}`;
  if (clusters?.length === 0) {
    fail(scope, `${prop} must name at least one cluster, got an empty list; leave it out for all clusters`);
  }
  clusters?.forEach((cluster, index) => {
    if (Token.isUnresolved(cluster)) {
      fail(scope, `${prop} must be known at synth, got a token; write the identifier of the cluster`);
    }
    if (!isSnapshotIdentifier(cluster)) { // RDS has the same rule for both
      fail(scope, `${prop} must be identifiers of clusters, got '${cluster}'; patterns and ARNs are not understood: leave it out for all clusters`);
    }
    if (clusters.findIndex((other) => other.toLowerCase() === cluster.toLowerCase()) < index) {
      fail(scope, `${prop} name '${cluster}' twice; leave out one of the two`);
    }
  });
}

/** An alias can be pointed to another key at any time, and no policy could name what the copies are encrypted with. */
export function checkVaultKey(scope: IConstruct, prop: string, key: kms.IKey, { account, region }: Place): void {
  if (isAlias(key)) {
    fail(scope, `${prop} '${key.node.path}' is known by an alias only, which can be pointed to another key, and the default key of RDS cannot be shared at all; `
      + 'give the key itself, for example by kms.Key.fromKeyArn');
  }
  checkKeyRegion(scope, prop, key, region, 'copies', 'for example a replica of a multi-Region key');
  if (![key.env.account, account].some((one) => Token.isUnresolved(one)) && key.env.account !== account) {
    fail(scope, `${prop} '${key.node.path}' belongs to account ${key.env.account}, where the copies could be ended by whoever administers it; `
      + `give a key of account ${account}, that of the vault`);
  }
}

/** Besides what the copies of a plan have to be. */
export function checkVaultCopies(scope: IConstruct, copies: readonly CopyRule[], place: Place): void {
  checkCopies(scope, copies, place, 'vault');
  for (const { region, encryptionKey, retention } of copies) {
    if (!encryptionKey) {
      fail(scope, `copies to ${region} need an encryptionKey, because what a vault keeps is encrypted with a key of its own; give a key of ${region}`);
    }
    checkVaultKey(scope, 'copies.encryptionKey', encryptionKey, { account: place.account, region });
    if (retention) {
      vaultRetentionOf(scope, 'copies.retention', retention);
    }
  }
}

export type VaultRetentionRule = VaultRules['retention'];

/** By counting, junk would push out good copies. */
export function vaultRetentionOf(scope: IConstruct, prop: string, policy: RetentionPolicy): VaultRetentionRule {
  const rule: RetentionRule = policy._rule('Etc/UTC');
  return rule.keep === 'for' || rule.keep === 'all'
    ? rule
    : fail(scope, `${prop} must be RetentionPolicy.keepFor() or RetentionPolicy.keepAll(), got one that counts: a source could push out good copies by making new ones`);
}

export function checkMinimumRetention(scope: IConstruct, minimum: Duration | undefined, retention: VaultRetentionRule): void {
  const seconds = minimum?.toSeconds();
  if (!minimum || seconds === undefined || Token.isUnresolved(seconds)) {
    return;
  }
  if (seconds < 3600) {
    fail(scope, `minimumRetention must be one hour or more, got ${minimum.toHumanString()}; leave it out if the retention is to decide`);
  }
  if (retention.keep === 'for' && !Token.isUnresolved(retention.seconds) && seconds > retention.seconds) {
    fail(scope, `minimumRetention must not be longer than the retention (${Duration.seconds(retention.seconds).toHumanString()}), got ${minimum.toHumanString()}; `
      + 'make the retention as long');
  }
}

export function checkAdmission(scope: IConstruct, dailyAdmission: number | undefined, maximumSnapshots: number | undefined): void {
  checkWholeNumber(scope, 'dailyAdmission', dailyAdmission, Infinity, '; leave it out for 4');
  checkWholeNumber(scope, 'maximumSnapshots', maximumSnapshots, Infinity, '; leave it out for 100');
}

/** RDS has room for so many manual snapshots, unless the quota was raised. */
const SNAPSHOT_QUOTA = 100;

interface Filling {
  readonly sources: readonly Source[];
  readonly retention: VaultRetentionRule;
  readonly maximumSnapshots: number;
}

/** With a snapshot of every cluster every night, some vaults are full before their first copy is old enough to go. */
export function warnOfFullVault(scope: IConstruct, { sources, retention, maximumSnapshots }: Filling): void {
  const days = retention.keep === 'for' ? Math.ceil(retention.seconds / 86_400) : Infinity;
  if (Token.isUnresolved(maximumSnapshots) || (retention.keep === 'for' && Token.isUnresolved(retention.seconds))) {
    return;
  }
  // At least: of a source without names one, and no name in two Regions.
  const clusters = sources.reduce((sum, { clusters: named = [] }) => sum + Math.max(1, named.length), 0);
  const copies = clusters * Math.min(days, maximumSnapshots);
  if (days > maximumSnapshots) {
    warnOfQuota(scope, `a source cluster with a snapshot every day comes to ${days === Infinity ? 'more copies every day' : `${days} copies`}, and maximumSnapshots is ${maximumSnapshots}: `
      + 'from then on new ones are refused. Raise maximumSnapshots, and the quota of RDS (100 manual snapshots unless it was raised), or keep them for a shorter time');
  } else if (copies > SNAPSHOT_QUOTA) {
    warnOfQuota(scope, `${clusters} source ${clusters === 1 ? 'cluster' : 'clusters'} with a snapshot every day ${clusters === 1 ? 'comes' : 'come'} to ${copies} copies, and RDS allows ${SNAPSHOT_QUOTA} manual snapshots in an account and a Region unless the quota `
      + '(Service Quotas, L-9B510759) was raised: from then on copies fail. Raise it, or keep them for a shorter time');
  }
}

function warnOfQuota(scope: IConstruct, sentence: string): void {
  Annotations.of(scope).addWarningV2('cdk-aurora-backup:vaultQuota', sentence);
}

/** Limits are those of a cluster, so that who may name any number of clusters has none. */
export function warnOfUnnamedClusters(scope: IConstruct, sources: readonly Source[]): void {
  const unnamed = sources.filter(({ clusters }) => !clusters).map(({ accountId }) => accountId);
  if (unnamed.length > 0) {
    Annotations.of(scope).addWarningV2('cdk-aurora-backup:vaultClusters',
      `sources name no clusters of ${unnamed.length === 1 ? 'account' : 'accounts'} ${unnamed.join(', ')}: whoever administers it can fill the vault with snapshots of any number of clusters, `
      + 'and nothing more of the others fits in then. Name the clusters, or acknowledge this');
  }
}
