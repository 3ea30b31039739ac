import { PlanIdentity, belongsToPlan, isSharingCopyOfPlan, originalOf } from './plan-ownership';
import { isNeededByVault } from './vault-holds';
import { Snapshot } from '../snapshot';
import { VaultAddress } from '../vault/vault-address';

/** A copy that was made only to be shared, and why nobody needs it any more. */
export interface UnneededCopy {
  readonly arn: string;
  readonly identifier: string;
  readonly because: string;
}

/**
 * Which copies that were made for vaults are not needed any more: a vault reads from one until it has said that it has the snapshot, or until it
 * is not waited for any longer. `snapshots` are those of the plan in its own Region.
 */
export function unneededSharingCopies(
  plan: PlanIdentity, snapshots: readonly Snapshot[], vaults: readonly VaultAddress[], now: Date,
): UnneededCopy[] {
  return snapshots
    .filter((snapshot) => isSharingCopyOfPlan(snapshot, plan) && snapshot.status !== 'deleting')
    .flatMap((copy) => {
      const original = snapshots.find((snapshot) => belongsToPlan(snapshot, plan) && snapshot.identifier === originalOf(copy));
      const because = whyUnneeded(copy, original, vaults, now);
      return because === undefined ? [] : [{ arn: copy.arn, identifier: copy.identifier, because }];
    });
}

function whyUnneeded({ status }: Snapshot, original: Snapshot | undefined, vaults: readonly VaultAddress[], now: Date): string | undefined {
  if (!original) {
    return 'the snapshot that it was made of is gone';
  }
  if (status === 'failed') {
    return 'it failed';
  }
  return vaults.some((vault) => isNeededByVault(original, vault, now)) ? undefined : 'no vault waits for it any more';
}
