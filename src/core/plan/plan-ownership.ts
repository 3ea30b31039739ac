import { operationIdentifier, ownerOf } from '../identifiers';
import { OwnershipTag } from '../ownership';
import { Snapshot, Tags } from '../snapshot';

/** What the identifiers of all snapshots of a plan begin with. The name alone decides, so that a plan keeps its snapshots when it moves. */
export function planOwner(planName: string): string {
  return ownerOf(JSON.stringify(['plan', planName]));
}

/** What a plan knows its snapshots by. */
export interface PlanIdentity {
  readonly owner: string;
  readonly planName: string;
  /** The Region of the plan: plans of one name in two Regions may copy into each other's. */
  readonly region: string;
}

/** What one run makes of one cluster in one Region has one identifier, so that a retry meets its own thing. */
export function planSnapshotIdentifier(plan: PlanIdentity, cluster: string, run: string, scheduledTime: string, region: string): string {
  const readable = `${scheduledTime.replace(/[^0-9T]/g, '').replace('T', '-').slice(0, 13)}-${cluster}`;
  return operationIdentifier(plan.owner, ['plan', plan.planName, plan.region, cluster, run, region], readable);
}

/** The tags of a plan's snapshot, the user's not among them. */
export function planTags(plan: PlanIdentity, identifier: string, cluster: string, clusterResourceId: string, run: string): Tags {
  return {
    [OwnershipTag.OWNER]: plan.owner,
    [OwnershipTag.IDENTIFIER]: identifier,
    [OwnershipTag.PLAN]: plan.planName,
    [OwnershipTag.PLAN_REGION]: plan.region,
    [OwnershipTag.CLUSTER]: cluster,
    [OwnershipTag.CLUSTER_RESOURCE_ID]: clusterResourceId,
    [OwnershipTag.GENERATION]: run,
  };
}

/** Made by a plan of this name in this Region, wherever it is: a hand-made copy with copied tags has another identifier. */
export function belongsToPlan(snapshot: Snapshot, plan: PlanIdentity): boolean {
  return snapshot.type === 'manual'
    && snapshot.identifier.startsWith(`${plan.owner}-`)
    && snapshot.tags[OwnershipTag.OWNER] === plan.owner
    && snapshot.tags[OwnershipTag.IDENTIFIER] === snapshot.identifier
    && snapshot.tags[OwnershipTag.PLAN] === plan.planName
    && snapshot.tags[OwnershipTag.PLAN_REGION] === plan.region;
}

/** The incarnation of the cluster: a cluster that was deleted and made again under the same name is another one. */
export function incarnationOf(snapshot: Snapshot): string | undefined {
  return snapshot.tags[OwnershipTag.CLUSTER_RESOURCE_ID] ?? snapshot.clusterResourceId;
}
