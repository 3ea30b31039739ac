import { Stack, Token } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import { IConstruct } from 'constructs';
import { checkTrigger, fail, required } from './checks';
import { checkClusterIdentifier } from './cluster-checks';
import { isAccountId } from '../core/account-id';
import { isAurora } from '../core/snapshot';

/** What a user may say about a restore point. */
interface Settings {
  readonly clusterIdentifier: string;
  readonly clusterResourceIdentifier?: string;
  readonly plan?: IConstruct;
  readonly vault?: { readonly vaultAccount: string };
  readonly sourceAccount?: string;
  readonly snapshotTypes?: readonly string[];
  readonly before?: Date;
  readonly engine?: rds.IClusterEngine;
  readonly trigger?: string;
}

export function checkCluster(scope: IConstruct, { clusterIdentifier, clusterResourceIdentifier, engine }: Settings): void {
  checkClusterIdentifier(scope, 'clusterIdentifier', required(scope, 'clusterIdentifier', clusterIdentifier, 'give the name of the cluster that is to be restored'));
  if (clusterResourceIdentifier !== undefined && !Token.isUnresolved(clusterResourceIdentifier) && !/^cluster-[A-Za-z0-9]+$/.test(clusterResourceIdentifier)) {
    fail(scope, `clusterResourceIdentifier must be the resource id of a cluster (cluster-, then letters and digits), got '${clusterResourceIdentifier}'; `
      + 'aws rds describe-db-cluster-snapshots shows it as DbClusterResourceId, and the name belongs into clusterIdentifier');
  }
  if (engine && !isAurora(engine.engineType)) {
    fail(scope, `engine must be Aurora MySQL or Aurora PostgreSQL, got '${engine.engineType}'; only aurora-mysql and aurora-postgresql are supported`);
  }
}

/** Whose snapshots are considered. */
export function checkOwner(scope: IConstruct, { plan, vault, sourceAccount }: Settings, { account }: Stack): void {
  if (plan && vault) {
    fail(scope, 'plan and vault cannot be combined, because a snapshot is a plan\'s or a vault\'s; leave out one of the two');
  }
  if (vault && areKnownAndOthers(vault.vaultAccount, account)) {
    fail(scope, `vault is in account ${vault.vaultAccount} and the stack in ${account}, which sees of the vault only what is lent to it; `
      + `start a release of the vault, and give sourceAccount: '${vault.vaultAccount}' instead of vault`);
  }
  if (plan && sourceAccount !== undefined) {
    fail(scope, 'plan cannot be combined with sourceAccount, because RDS does not show the tags of snapshots that another account shares; leave out plan');
  }
  if (sourceAccount === undefined || Token.isUnresolved(sourceAccount)) {
    return;
  }
  if (!isAccountId(sourceAccount)) {
    fail(scope, `sourceAccount must be the 12 digits of an account, got '${sourceAccount}'`);
  }
  if (sourceAccount === account) {
    fail(scope, `sourceAccount is '${sourceAccount}', the account of the stack itself; leave it out`);
  }
}

export function checkKinds(scope: IConstruct, { snapshotTypes, plan, vault, sourceAccount }: Settings): void {
  if (snapshotTypes === undefined) {
    return;
  }
  if (snapshotTypes.length === 0) {
    fail(scope, 'snapshotTypes must name at least one kind of snapshots, got none; leave it out to consider those that are usual');
  }
  const isOfOthers = snapshotTypes.includes('shared');
  const isShared = sourceAccount !== undefined && !vault;
  if (isOfOthers && !isShared) {
    // Whoever wants to can share a snapshot of that name.
    fail(scope, vault || plan
      ? 'snapshotTypes must not contain SHARED with plan or vault, whose snapshots belong to this account; leave out snapshotTypes'
      : 'snapshotTypes contains SHARED, and anybody can share a snapshot with this account; say with sourceAccount whose snapshots are meant');
  }
  if (isShared && snapshotTypes.some((type) => type !== 'shared')) {
    fail(scope, `snapshotTypes must be SHARED alone with sourceAccount, got ${snapshotTypes.join(', ')}: the others belong to this account; leave out snapshotTypes`);
  }
  if ((plan || vault) && !snapshotTypes.includes('manual')) {
    fail(scope, `snapshotTypes must contain MANUAL with plan or vault, which make no others, got ${snapshotTypes.join(', ')}; leave out snapshotTypes`);
  }
}

export function checkTimes(scope: IConstruct, { before, trigger }: Settings): void {
  if (before && Number.isNaN(before.getTime())) {
    fail(scope, 'before must be a time, got an invalid date; give for example new Date(\'2026-11-22T12:00:00Z\')');
  }
  checkTrigger(scope, trigger);
}

function areKnownAndOthers(one: string, other: string): boolean {
  return !Token.isUnresolved(one) && !Token.isUnresolved(other) && one !== other;
}
