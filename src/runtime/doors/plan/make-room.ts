import { decideAwaiting } from './awaited';
import { Decide, decideUnlessInUse, deleteUnlessInUse } from './delete-unless-in-use';
import { PruningResult, PruningTools, RegionToPrune } from './region-to-prune';
import { removeSharingCopies } from './remove-sharing-copies';
import { isMadeByPlan } from '../../../core/plan/plan-ownership';
import { PlanRules } from '../../../core/plan/plan-rules';
import { PlannedDeletion, PruningDecision } from '../../../core/plan/pruning';
import { isOnlyRefused } from '../../../core/plan/vault-holds';
import { Snapshot } from '../../../core/snapshot';
import { parseSnapshotArn } from '../../../core/snapshot-arn';
import { isGone } from '../../work/is-gone';

/** What was done in a Region whose quota leaves no room for the snapshot that is to come. */
export interface RoomMade extends PruningResult {
  /** Whether something of the plan is going there; it counts towards the quota until it is gone. */
  readonly isComing: boolean;
  /** The ARN of what might give way if that is not enough: it is kept only for vaults. */
  readonly givesWay?: string;
}

/**
 * Deletes what retention will not keep once the awaited snapshot is there. `awaitedTime`: that of its data.
 *
 * What is kept only for vaults is not deleted here, but named where nothing else goes: a call that is repeated, because its answer was lost, finds
 * nothing left to delete either. It goes only if RDS then says once more that there is no room.
 */
export async function makeRoom(awaitedTime: Date | undefined, tools: PruningTools, target: RegionToPrune): Promise<RoomMade> {
  const { plan, region, cluster: { cluster } } = target;
  const snapshots = await tools.rds.listSnapshotsOfCluster(region, cluster);
  const copiesRemoved = await removeSharingCopies(tools, target, snapshots);
  const decide = decideAwaiting(awaitedTime, tools, target, snapshots);
  const result = await deleteUnlessInUse(tools, target, snapshots, decide);
  const isGoing = snapshots.some((snapshot) => isMadeByPlan(snapshot, plan) && snapshot.status === 'deleting');
  const isComing = isGoing || copiesRemoved > 0 || result.pruned.deleted.length > 0;
  return isComing || decide(new Set()).deletions.length > 0
    ? { ...result, isComing }
    : { ...result, isComing, givesWay: await whatGivesWay(tools, target, snapshots, decideAwaiting(awaitedTime, tools, target, snapshots, true)) };
}

/**
 * Deletes the one snapshot that `makeRoom` has named, and no other however often it is called: backups do not stop because of a vault that does not
 * take them.
 */
export async function giveWay(arn: string, awaitedTime: Date | undefined, tools: PruningTools, target: RegionToPrune): Promise<RoomMade> {
  const { plan, region, cluster: { cluster } } = target;
  if (plan.pruneMode === 'delete' && await isGone(tools.rds, arn, plan.account)) {
    // An earlier call deleted it, and its answer was lost.
    return { pruned: { deleted: [arn], wouldDelete: [], reports: [gaveWay(arn, plan)] }, troubles: [], more: false, isComing: true };
  }
  const snapshots = await tools.rds.listSnapshotsOfCluster(region, cluster);
  const decide = decideAwaiting(awaitedTime, tools, target, snapshots, true);
  const result = await deleteUnlessInUse(tools, target, snapshots, (inUse) => only(arn, decide(inUse)));
  const { deleted, wouldDelete, reports } = result.pruned;
  const told = [...deleted, ...wouldDelete].map((gone) => gaveWay(gone, plan));
  return { ...result, pruned: { ...result.pruned, reports: [...told, ...reports] }, isComing: deleted.length > 0 };
}

/** The oldest that nobody reads from just now. Snapshots that a vault refused go first: they are missed least. */
async function whatGivesWay(
  tools: PruningTools, target: RegionToPrune, snapshots: readonly Snapshot[], decide: Decide,
): Promise<string | undefined> {
  const { vaults = [] } = target.plan;
  const isRefused = ({ arn }: PlannedDeletion) => snapshots.some((snapshot) => snapshot.arn === arn && isOnlyRefused(snapshot, vaults));
  const refusedFirst = (decision: PruningDecision): PruningDecision => ({
    ...decision, deletions: [...decision.deletions.filter(isRefused), ...decision.deletions.filter((deletion) => !isRefused(deletion))],
  });
  const { asked, decision } = await decideUnlessInUse(tools, target, snapshots, (inUse) => refusedFirst(decide(inUse)));
  return decision.deletions.find(({ arn }) => asked.has(arn))?.arn;
}

function gaveWay(arn: string, { planName, pruneMode }: PlanRules): string {
  return `${parseSnapshotArn(arn)!.identifier}: ${pruneMode === 'report' ? 'would be deleted' : 'deleted'} although not every vault of the plan '${planName}' has it, `
    + 'because the quota leaves no room for a new snapshot';
}

function only(arn: string, decision: PruningDecision): PruningDecision {
  return { ...decision, deletions: decision.deletions.filter((deletion) => deletion.arn === arn) };
}
