import { PlanRules } from '../../../core/plan/plan-rules';
import { unneededSharingCopies } from '../../../core/plan/sharing-copies';
import { Snapshot } from '../../../core/snapshot';
import { log } from '../../log';
import { wordsOf } from '../../rds/errors';
import { RdsGateway } from '../../rds/gateway';

/**
 * Deletes the copies of a cluster's snapshots that were made for vaults and are not needed any more. They are no backups, so no retention and no mode of
 * pruning applies to them. What cannot be deleted is left for the next run.
 */
export async function removeSharingCopies(rds: RdsGateway, plan: PlanRules, snapshots: readonly Snapshot[], now: number): Promise<void> {
  for (const { arn, identifier, because } of unneededSharingCopies(plan, snapshots, plan.vaults ?? [], new Date(now))) {
    try {
      await rds.deleteSnapshot(plan.region, identifier);
      log.info('copy for vaults removed', { plan: plan.planName, arn, because });
    } catch (error) {
      log.warn('copy for vaults could not be removed', { plan: plan.planName, arn, because, why: wordsOf(error) });
    }
  }
}
