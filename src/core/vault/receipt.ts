import { VaultAddress, vaultId } from './vault-address';
import { Snapshot, Tags } from '../snapshot';

/** What a vault answers with: an event on the default bus of its account, which a rule passes on to the default bus of the source account. */
export const RECEIPT_DETAIL_TYPE = 'Aurora Backup Vault Receipt';

export const RECEIPT_VERSION = '1';

export type ReceiptVerdict = 'STORED' | 'REFUSED';

/** The detail of a receipt. */
export interface Receipt {
  readonly version: string;
  readonly verdict: ReceiptVerdict;
  readonly vaultName: string;
  /** The ARN of the vault's event bus. */
  readonly vault: string;
  /** Where the announced snapshot is: by these the rule knows whom to pass it on to. */
  readonly sourceAccount: string;
  readonly sourceRegion: string;
  /** The announced snapshot. */
  readonly snapshotArn: string;
  /** Why it was refused. */
  readonly reason?: string;
  /** When the vault had the copy complete (ISO 8601). */
  readonly storedAt?: string;
}

/** How far a vault is with a snapshot, as the snapshot itself remembers it: in a tag of the source, for each vault. */
export type VaultState =
  | { readonly state: 'awaited' }
  | { readonly state: 'stored'; readonly at: string }
  | { readonly state: 'refused'; readonly why: string };

const MAX_TAG_VALUE = 256;

/** The tag of a source snapshot that says how far the vault is with it. */
export function vaultTagKey(vault: VaultAddress): string {
  return `cdk-aurora-backup:vault/${vaultId(vault)}`;
}

/** Pattern of the keys of all such tags, for the rights of whoever writes them. */
export const ANY_VAULT_TAG_KEY = 'cdk-aurora-backup:vault/*';

/** What a new snapshot says of every vault that is to have it. */
export function awaitedTags(vaults: readonly VaultAddress[]): Tags {
  return Object.fromEntries(vaults.map((vault) => [vaultTagKey(vault), 'awaited']));
}

/** The tag that a receipt becomes. RDS takes letters, digits, spaces and `_.:/=+-@` in the value of a tag. */
export function receiptTag(vault: VaultAddress, { verdict, storedAt, reason = '' }: Receipt): Tags {
  const value = verdict === 'STORED' ? `stored ${storedAt}` : `refused ${reason}`;
  return { [vaultTagKey(vault)]: value.replace(/[^A-Za-z0-9 _.:/=+@-]/g, '-').slice(0, MAX_TAG_VALUE) };
}

/** Undefined for a snapshot that the vault was never to have. */
export function vaultStateOf({ tags }: Pick<Snapshot, 'tags'>, vault: VaultAddress): VaultState | undefined {
  const value = tags[vaultTagKey(vault)];
  if (value === undefined) {
    return undefined;
  }
  const [, word, rest] = /^(\w+) ?(.*)$/.exec(value) ?? [];
  switch (word) {
    case 'stored':
      return { state: 'stored', at: rest };
    case 'refused':
      return { state: 'refused', why: rest };
    default:
      return { state: 'awaited' };
  }
}
