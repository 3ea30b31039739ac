import { dataTimeOf, OwnershipTag } from '../../../core/ownership';
import { belongsToPlan, incarnationOf, runTag } from '../../../core/plan/plan-ownership';
import { PlanRules } from '../../../core/plan/plan-rules';
import { PlanRun } from '../../../core/plan/plan-run';
import { Snapshot, isCompleted } from '../../../core/snapshot';

/** The newest good snapshot of the same cluster with later data, by a later run of the plan. The earlier one may have been pruned already. */
export function newerSnapshot(
  ofCluster: readonly Snapshot[], plan: PlanRules, run: PlanRun, clusterResourceId: string, arn: string,
): Snapshot | undefined {
  const source = ofCluster.find((snapshot) => snapshot.arn === arn);
  const after = timeOf(source) ?? Date.parse(run.startTime);
  const ofOtherRuns = ofCluster.filter((snapshot) => snapshot.arn !== arn && snapshot.tags[OwnershipTag.GENERATION] !== runTag(run));
  return newestGood(ofOtherRuns, plan, clusterResourceId, after);
}

/** The newest good snapshot of the cluster, later than a time. */
export function newestGood(ofCluster: readonly Snapshot[], plan: PlanRules, clusterResourceId: string, after = -1): Snapshot | undefined {
  return allGood(ofCluster, plan, clusterResourceId).find((snapshot) => timeOf(snapshot)! > after);
}

/** The good snapshots of the cluster by the plan of which it is known when they were taken, the newest first. */
export function allGood(ofCluster: readonly Snapshot[], plan: PlanRules, clusterResourceId: string): Snapshot[] {
  return ofCluster
    .filter((snapshot) => belongsToPlan(snapshot, plan)
      && isCompleted(snapshot)
      && incarnationOf(snapshot) === clusterResourceId
      && timeOf(snapshot) !== undefined)
    .sort((a, b) => timeOf(b)! - timeOf(a)!);
}

function timeOf(snapshot: Snapshot | undefined): number | undefined {
  return snapshot && dataTimeOf(snapshot)?.getTime();
}
