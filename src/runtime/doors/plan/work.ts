import { Delivery, PlannedItem } from './steps';
import { Assignment } from '../../../core/assignment';
import { exportTaskIdentifier } from '../../../core/export-identifiers';
import { OwnershipTag, userTags } from '../../../core/ownership';
import { planCopyIdentifier, planSnapshotIdentifier, planTags } from '../../../core/plan/plan-ownership';
import { PlanRules } from '../../../core/plan/plan-rules';
import { PlanRun } from '../../../core/plan/plan-run';
import { SnapshotRemoval } from '../../../core/removal';
import { CompletionMode, CopySnapshotRequest, ExportRequest, TakeSnapshotRequest } from '../../../core/requests';
import { Tags } from '../../../core/snapshot';
import { formatSnapshotArn } from '../../../core/snapshot-arn';
import { awaitedTags } from '../../../core/vault/receipt';

/** What every request says; a run hands nothing over and keeps everything until its retention says otherwise. */
function common({ owner }: PlanRules, region: string) {
  return { owner, region, completion: CompletionMode.BACKGROUND, timeoutMinutes: 0, removal: SnapshotRemoval.RETAIN };
}

export function takeRequest(plan: PlanRules, { cluster, options }: PlannedItem): TakeSnapshotRequest {
  // An Aspect may tag everything in an app; what the library tells its snapshots by is not for others to set.
  const tags = userTags({ ...plan.snapshotTags, ...options?.snapshotTags });
  return { kind: 'take', ...common(plan, plan.region), clusterIdentifier: cluster, tags };
}

export function copyRequest(plan: PlanRules, { name: region, sourceArn }: Delivery): CopySnapshotRequest {
  const rule = plan.copies.find((copy) => copy.region === region);
  return { kind: 'copy', ...common(plan, region), sourceArn, kmsKeyId: rule?.kmsKeyId, copyTags: true, sourceMayBeQueued: false, tags: {} };
}

/** The copy that is shared with vaults in place of a snapshot. It bears no tags of the user: nobody but vaults ever sees it. */
export function sharingCopyRequest(plan: PlanRules, { sourceArn }: Delivery): CopySnapshotRequest {
  return { kind: 'copy', ...common(plan, plan.region), sourceArn, kmsKeyId: plan.sharingKeyId, copyTags: false, sourceMayBeQueued: false, tags: {} };
}

export function exportRequest(plan: PlanRules, { name, sourceArn }: Delivery): ExportRequest {
  const rule = plan.exports.find(({ id }) => id === name);
  if (!rule) {
    throw new Error(`the plan '${plan.planName}' has no export '${name}'`);
  }
  const { bucket, prefix, roleArn, kmsKeyId, exportOnly } = rule;
  return {
    kind: 'export', ...common(plan, plan.region), sourceArn, bucket, prefix, roleArn, kmsKeyId, exportOnly, failOnWarnings: false, sourceMayBeQueued: false,
  };
}

/** The snapshot that a run takes of a cluster. It remembers which vaults are to have it. */
export function takeAssignment(plan: PlanRules, run: PlanRun, cluster: string, clusterResourceId: string, elapsedSeconds: number): Assignment {
  const identifier = planSnapshotIdentifier(plan, cluster, run);
  return assignment(plan, run, plan.region, identifier, cluster, clusterResourceId, elapsedSeconds, awaitedTags(plan.vaults ?? []));
}

/** The copy that a run makes of it in another Region. */
export function copyAssignment(
  plan: PlanRules, run: PlanRun, cluster: string, clusterResourceId: string, region: string, elapsedSeconds: number,
): Assignment {
  const identifier = planCopyIdentifier(plan, planSnapshotIdentifier(plan, cluster, run), region);
  return assignment(plan, run, region, identifier, cluster, clusterResourceId, elapsedSeconds);
}

/** One for all vaults: whichever is served first, makes it. */
export function sharingCopyAssignment(plan: PlanRules, run: PlanRun, cluster: string, clusterResourceId: string, elapsedSeconds: number): Assignment {
  const original = planSnapshotIdentifier(plan, cluster, run);
  const identifier = planCopyIdentifier(plan, original, 'for vaults');
  return assignment(plan, run, plan.region, identifier, cluster, clusterResourceId, elapsedSeconds, { [OwnershipTag.SHARED_IN_PLACE_OF]: original });
}

function assignment(
  plan: PlanRules, run: PlanRun, region: string, identifier: string, cluster: string, clusterResourceId: string, elapsedSeconds: number,
  moreTags: Tags = {},
): Assignment {
  return {
    targetIdentifier: identifier,
    target: formatSnapshotArn({ partition: plan.partition, region, account: plan.account, identifier }),
    account: plan.account,
    ownershipTags: { ...planTags(plan, identifier, cluster, clusterResourceId, run), ...moreTags },
    elapsedSeconds,
  };
}

/** The export task of a delivery. Its execution is named after rule, cluster, period and try, and RDS takes no identifier twice. */
export function exportAssignment(plan: PlanRules, item: PlannedItem, delivery: Delivery, elapsedSeconds: number): Assignment {
  const resource = { owner: plan.owner, stackId: `${plan.planName}/${plan.region}`, logicalId: delivery.name };
  const identifier = exportTaskIdentifier(resource, delivery.execution.replace(/^x-/, ''), delivery.execution, item.cluster);
  return { targetIdentifier: identifier, target: identifier, account: plan.account, ownershipTags: {}, elapsedSeconds };
}
