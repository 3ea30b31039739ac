import { dataTimeOf } from '../ownership';
import { Snapshot, isCompleted } from '../snapshot';
import { vaultStateOf } from '../vault/receipt';
import { VaultAddress, vaultId } from '../vault/vault-address';

/** So long a plan announces a snapshot to a vault, and keeps it for it. */
export const VAULT_PATIENCE_SECONDS = 7 * 24 * 3600;

/**
 * What of the snapshots of one cluster is kept for vaults, and why, by ARN. A good one is kept until the vault has it, for some days at
 * most; so is one that was refused, because somebody may still set that right. The newest that a vault has is kept until it has a newer
 * one: it alone tells how old the newest backup in the vault is. `onlyNewest`: where there is room for nothing else.
 */
export function vaultHolds(snapshots: readonly Snapshot[], vaults: readonly VaultAddress[], now: Date, onlyNewest = false): Map<string, string[]> {
  const good = snapshots.filter(isCompleted);
  const holds = new Map<string, string[]>();
  const hold = ({ arn }: Snapshot, why: string) => holds.set(arn, [...holds.get(arn) ?? [], why]);
  for (const vault of vaults) {
    good.filter((snapshot) => !onlyNewest && isNeededByVault(snapshot, vault, now))
      .forEach((snapshot) => hold(snapshot, `the vault ${vaultId(vault)} does not have it yet`));
    const newest = newestStored(good, vault);
    if (newest) {
      hold(newest, `the newest that the vault ${vaultId(vault)} has`);
    }
  }
  return holds;
}

/** Whether the vault is still to have it. */
export function isNeededByVault(snapshot: Snapshot, vault: VaultAddress, now: Date): boolean {
  const state = vaultStateOf(snapshot, vault);
  const since = dataTimeOf(snapshot);
  return state !== undefined && state.state !== 'stored' && since !== undefined
    && now.getTime() - since.getTime() < VAULT_PATIENCE_SECONDS * 1000;
}

/** Of these snapshots the one with the newest data that the vault has. */
export function newestStored(snapshots: readonly Snapshot[], vault: VaultAddress): Snapshot | undefined {
  const timeOf = (snapshot: Snapshot) => dataTimeOf(snapshot)?.getTime() ?? -1;
  return snapshots
    .filter((snapshot) => vaultStateOf(snapshot, vault)?.state === 'stored')
    .reduce<Snapshot | undefined>((newest, one) => (newest && timeOf(newest) >= timeOf(one) ? newest : one), undefined);
}

/** Whether it waits for no vault but those that refused it. */
export function isOnlyRefused(snapshot: Snapshot, vaults: readonly VaultAddress[]): boolean {
  return !vaults.some((vault) => vaultStateOf(snapshot, vault)?.state === 'awaited');
}
