import { operationIdentifier, ownerOf } from '../identifiers';
import { OwnershipTag } from '../ownership';
import { Snapshot, Tags } from '../snapshot';

/** What tells one run of a plan from all others. */
export interface RunIdentity {
  readonly name: string;
  readonly scheduledTime: string;
}

/** What the identifiers of all snapshots of a plan begin with. The name alone decides, so that a plan keeps its snapshots when it moves. */
export function planOwner(planName: string): string {
  return ownerOf(JSON.stringify(['plan', planName]));
}

/** What a plan is known by to those who only look at its snapshots. */
export interface PlanNaming {
  readonly owner: string;
  readonly planName: string;
  /** The Region of the plan: plans of one name in two Regions may copy into each other's. */
  readonly region: string;
}

/** What a plan knows its snapshots by. */
export interface PlanIdentity extends PlanNaming {
  /**
   * The stack that its snapshots go with when it is destroyed; absent where they stay. Two such plans, or one of them and one whose snapshots stay, never
   * count on each other's, even if somebody gave them the same name: what the one keeps for the other may be gone tomorrow.
   */
  readonly stackId?: string;
}

/**
 * What one run takes of one cluster has one identifier, so that a retry meets its own thing. The name of a run alone would not do:
 * Step Functions gives it again after 90 days.
 */
export function planSnapshotIdentifier(plan: PlanIdentity, cluster: string, run: RunIdentity): string {
  const readable = `${run.scheduledTime.replace(/[^0-9T]/g, '').replace('T', '-').slice(0, 13)}-${cluster}`;
  const ofStack = plan.stackId === undefined ? [] : [plan.stackId];
  return operationIdentifier(plan.owner, ['plan', plan.planName, plan.region, cluster, run.name, run.scheduledTime, ...ofStack], readable);
}

/** The identifier of its copy follows from that of the snapshot, so that whoever has the one can look for the other. */
export function planCopyIdentifier(plan: PlanIdentity, identifier: string, region: string): string {
  return operationIdentifier(plan.owner, ['plan copy', identifier, region], identifier);
}

/** The tags of a plan's snapshot, the user's not among them. */
export function planTags(plan: PlanIdentity, identifier: string, cluster: string, clusterResourceId: string, run: RunIdentity): Tags {
  return {
    [OwnershipTag.OWNER]: plan.owner,
    [OwnershipTag.IDENTIFIER]: identifier,
    [OwnershipTag.PLAN]: plan.planName,
    [OwnershipTag.PLAN_REGION]: plan.region,
    [OwnershipTag.CLUSTER]: cluster,
    [OwnershipTag.CLUSTER_RESOURCE_ID]: clusterResourceId,
    [OwnershipTag.GENERATION]: runTag(run),
    ...(plan.stackId === undefined ? {} : { [OwnershipTag.STACK]: plan.stackId }),
  };
}

/** Whoever starts a run by hand may give it a name with characters that RDS does not take in tags. */
export function runTag({ name }: RunIdentity): string {
  return name.replace(/[^A-Za-z0-9 _.:/=+@-]/g, '-');
}

/**
 * A backup that a plan of this name in this Region made, wherever it is: a hand-made copy with copied tags has another identifier, and what
 * exists only to be shared is no backup.
 */
export function belongsToPlan(snapshot: Snapshot, plan: PlanIdentity): boolean {
  return isMadeByPlan(snapshot, plan) && originalOf(snapshot) === undefined;
}

/** Made by the plan only so that its vaults can copy it. */
export function isSharingCopyOfPlan(snapshot: Snapshot, plan: PlanIdentity): boolean {
  return isMadeByPlan(snapshot, plan) && originalOf(snapshot) !== undefined;
}

/** The identifier of the snapshot in whose place this one is shared. */
export function originalOf({ tags }: Pick<Snapshot, 'tags'>): string | undefined {
  return tags[OwnershipTag.SHARED_IN_PLACE_OF];
}

/** Made by the plan, for whatever purpose. */
export function isMadeByPlan(snapshot: Snapshot, plan: PlanIdentity): boolean {
  return isMadeUnderName(snapshot, plan) && snapshot.tags[OwnershipTag.STACK] === plan.stackId;
}

/** Made by a plan of this name, whichever stack it was made for. */
export function isMadeUnderName(snapshot: Snapshot, plan: PlanNaming): boolean {
  return snapshot.type === 'manual'
    && snapshot.identifier.startsWith(`${plan.owner}-`)
    && snapshot.tags[OwnershipTag.OWNER] === plan.owner
    && snapshot.tags[OwnershipTag.IDENTIFIER] === snapshot.identifier
    && snapshot.tags[OwnershipTag.PLAN] === plan.planName
    && snapshot.tags[OwnershipTag.PLAN_REGION] === plan.region;
}

/** The name of the cluster whose data it has; a copy knows it from its tag only. */
export function clusterOf(snapshot: Snapshot): string {
  return snapshot.tags[OwnershipTag.CLUSTER] ?? snapshot.clusterIdentifier;
}

/** The incarnation of the cluster: a cluster that was deleted and made again under the same name is another one. */
export function incarnationOf(snapshot: Snapshot): string | undefined {
  const told = snapshot.tags[OwnershipTag.CLUSTER_RESOURCE_ID];
  // Somebody may have given the name to another cluster in the moment before its snapshot was begun: then nobody knows.
  const fact = snapshot.sourceArn === undefined ? snapshot.clusterResourceId : undefined;
  const contradicts = told !== undefined && fact !== undefined && told !== fact;
  return contradicts ? undefined : told ?? snapshot.clusterResourceId;
}
