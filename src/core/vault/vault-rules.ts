import { CopyRule } from '../plan/plan-rules';
import { RetentionRule } from '../plan/retention';

/** Version of the rules below: it rises whenever their meaning changes. */
export const VAULT_RULES_VERSION = 1;

/** The error of a function that cannot read the rules: trying again does not help. */
export const UNREADABLE_VAULT_RULES = 'UnreadableVaultRules';

const READABLE_VERSIONS = [VAULT_RULES_VERSION];

/** What a vault says: written by the construct into its state machines, rules and schedules. */
export interface VaultRules {
  readonly version: number;
  readonly vaultName: string;
  /** `cab-` and eight hex digits, made from the name of the vault: what the identifiers of its copies begin with. */
  readonly owner: string;
  readonly partition: string;
  readonly account: string;
  readonly region: string;
  readonly eventBusArn: string;
  /** The key of the copies in the Region of the vault. */
  readonly kmsKeyId: string;
  readonly sources: readonly VaultSourceRule[];
  /** By the time of receipt, never by what a source says. */
  readonly retention: Extract<RetentionRule, { keep: 'all' | 'for' }>;
  /** Written onto each copy when it is made: younger ones are not deleted, whatever the retention says by then. */
  readonly minimumRetentionSeconds: number;
  /** How many copies of one source cluster are admitted within a day. */
  readonly dailyAdmission: number;
  /** How many copies of one source cluster there may be. */
  readonly maximumSnapshots: number;
  readonly copies: readonly CopyRule[];
  readonly recoveryAccounts: readonly string[];
}

/** What of the rules is needed to judge an announcement; the input of a rule of EventBridge holds only so much. */
export interface VaultFacts extends Pick<VaultRules, 'vaultName' | 'partition' | 'region'> {
  readonly sources: readonly Pick<VaultSourceRule, 'accountId' | 'regions'>[];
}

export interface VaultSourceRule {
  readonly accountId: string;
  readonly regions: readonly string[];
  /** The identifiers of clusters, in lower case; all if there is none. */
  readonly clusters?: readonly string[];
}

export function readVaultRules(rules: VaultRules): VaultRules {
  if (!READABLE_VERSIONS.includes(rules.version)) {
    throw Object.assign(new Error(`version ${rules.version} of the rules of a vault is not known to this runtime (it knows ${READABLE_VERSIONS.join(', ')}): `
      + 'the work was begun by another release of cdk-aurora-backup; deploy that one again'), { name: UNREADABLE_VAULT_RULES });
  }
  return rules;
}

/** The source that a snapshot of this account and Region belongs to; undefined if the vault takes nothing from there. */
export function sourceFor<Source extends VaultFacts['sources'][number]>(
  rules: { readonly sources: readonly Source[] }, account: string, region: string,
): Source | undefined {
  return rules.sources.find((source) => source.accountId === account && source.regions.includes(region));
}
