import { IConstruct } from 'constructs';

/** How a vault of the app tells plans of the app what it takes in, beside the public interface. */
export const VAULT_FACTS = Symbol.for('cdk-aurora-backup.vaultFacts');

export interface VaultFacts {
  readonly sources: readonly { readonly accountId: string; readonly regions: readonly string[]; readonly clusters?: readonly string[] }[];
  readonly dailyAdmission: number;
}

/** Undefined of a vault of another app. */
export function factsOfVault(vault: IConstruct): VaultFacts | undefined {
  return (vault as { [VAULT_FACTS]?: VaultFacts })[VAULT_FACTS];
}
