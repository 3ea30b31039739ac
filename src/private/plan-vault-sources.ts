import { Annotations, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { fail } from './checks';
import { VaultFacts, factsOfVault } from './vault-facts';
import { mostRunsWithin } from '../core/plan/forecast';
import { Schedule } from '../core/plan/schedule';
import { ADMISSION_WINDOW_SECONDS } from '../core/vault/admission';

const DAY_SECONDS = 86_400;

interface Place {
  readonly account: string;
  readonly region: string;
}

type Source = VaultFacts['sources'][number];

/** Refuses a plan of which a vault of the app, by what it says itself, takes nothing in. */
export function checkVaultSources(scope: IConstruct, vaults: readonly IConstruct[], { account, region }: Place): void {
  for (const { path, sources } of knownVaults(vaults)) {
    if (Token.isUnresolved(account)) {
      continue;
    }
    const source = sources.find(({ accountId }) => accountId === account);
    if (!source) {
      fail(scope, `vaults name '${path}', whose sources do not name ${account}, the account of the plan, so that it would refuse every snapshot; add it to sources, or leave out the vault`);
    }
    if (!Token.isUnresolved(region) && !source.regions.includes(region)) {
      fail(scope, `vaults name '${path}', whose sources name of account ${account} ${source.regions.join(', ')} and not ${region}, the Region of the plan, so that it would refuse every snapshot; `
        + 'add the Region to sources.regions, or leave out the vault');
    }
  }
}

/** What is known when all clusters were added: sentences about those that a vault of the app refuses, by what it says itself. */
export function clustersWithoutVault(vaults: readonly IConstruct[], { account }: Place, clusters: readonly string[]): string[] {
  return knownVaults(vaults).flatMap(({ path, sources }) => {
    const named = sources.find(({ accountId }) => accountId === account)?.clusters;
    const refused = clusters.filter((cluster) => named && !Token.isUnresolved(cluster) && !isAmong(named, cluster));
    return refused.map((cluster) => `vaults name '${path}', whose sources.clusters of account ${account} are ${named!.join(', ')} and not '${cluster}', a cluster of the plan; `
      + 'add it to sources.clusters, or back it up with another plan');
  });
}

export function warnOfRefusedRuns(scope: IConstruct, vaults: readonly IConstruct[], schedule: Schedule | undefined): void {
  for (const { path, dailyAdmission } of knownVaults(vaults)) {
    if (schedule && !Token.isUnresolved(dailyAdmission) && mostRunsWithin(ADMISSION_WINDOW_SECONDS - 1, schedule) > dailyAdmission) {
      Annotations.of(scope).addWarningV2('cdk-aurora-backup:vaultAdmission',
        `the schedule comes to ${mostRunsWithin(DAY_SECONDS - 1, schedule)} snapshots of a cluster within a day, and vault '${path}' takes in ${dailyAdmission} of them and refuses the others; `
        + 'raise its dailyAdmission, run less often, or acknowledge this warning');
    }
  }
}

function knownVaults(vaults: readonly IConstruct[]): (VaultFacts & { readonly path: string })[] {
  return vaults.flatMap((vault) => {
    const facts = factsOfVault(vault);
    return facts ? [{ ...facts, path: vault.node.path }] : [];
  });
}

function isAmong(names: NonNullable<Source['clusters']>, cluster: string): boolean {
  return names.some((name) => name.toLowerCase() === cluster.toLowerCase());
}
