import { PruningTools, RegionToPrune } from './region-to-prune';
import { unneededSharingCopies } from '../../../core/plan/sharing-copies';
import { Snapshot } from '../../../core/snapshot';
import { log } from '../../log';
import { wordsOf } from '../../rds/errors';

/**
 * Deletes the copies of a cluster's snapshots that were made for vaults, which are in the Region of the plan, and are not needed any more. They are no
 * backups, so no retention and no mode of pruning applies to them. What cannot be deleted is left for the next run. Answers how many have gone.
 */
export async function removeSharingCopies(
  { rds, now }: Pick<PruningTools, 'rds' | 'now'>, { plan, region }: Pick<RegionToPrune, 'plan' | 'region'>, snapshots: readonly Snapshot[],
): Promise<number> {
  const unneeded = region === plan.region ? unneededSharingCopies(plan, snapshots, plan.vaults ?? [], new Date(now())) : [];
  let removed = 0;
  for (const { arn, identifier, because } of unneeded) {
    try {
      await rds.deleteSnapshot(region, identifier);
      removed += 1;
      log.info('copy for vaults removed', { plan: plan.planName, arn, because });
    } catch (error) {
      log.warn('copy for vaults could not be removed', { plan: plan.planName, arn, because, why: wordsOf(error) });
    }
  }
  return removed;
}
