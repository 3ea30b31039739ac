import { Snapshot, Tags } from './snapshot';

/** Keys of the tags by which the library knows its own snapshots. */
export const OwnershipTag = {
  /** The prefix of the stack that made it: what roles are conditioned on. */
  OWNER: 'cdk-aurora-backup:owner',
  /** The snapshot's own identifier. A hand-made copy that carries our tags is found out by it. */
  IDENTIFIER: 'cdk-aurora-backup:identifier',
  /** Present when the identifier was chosen by the user and so does not begin with the owner's prefix. */
  EXPLICIT_IDENTIFIER: 'cdk-aurora-backup:explicit-identifier',
  STACK: 'cdk-aurora-backup:stack',
  LOGICAL_ID: 'cdk-aurora-backup:logical-id',
  /** Which source, trigger and key it was made for. */
  OPERATION: 'cdk-aurora-backup:operation',
  /** The CloudFormation request that made it: two snapshots of one operation differ by it. */
  GENERATION: 'cdk-aurora-backup:generation',
  /** Why its resource let it go: see `Release`. A released snapshot is never adopted again. */
  RELEASED: 'cdk-aurora-backup:released',
  /** Which resource says with whom it is shared: see `shareClaim`. On whatever snapshot is shared, whoever made it. */
  SHARED_BY: 'cdk-aurora-backup:shared-by',
  /** The plan that made it. */
  PLAN: 'cdk-aurora-backup:plan',
  /** The Region of the plan. */
  PLAN_REGION: 'cdk-aurora-backup:plan-region',
  /** The cluster whose data it has, by name and by the id that no other cluster ever gets; a copy does not know them otherwise. */
  CLUSTER: 'cdk-aurora-backup:cluster',
  CLUSTER_RESOURCE_ID: 'cdk-aurora-backup:cluster-resource-id',
  /** The time of the data, carried from the original through every copy (ISO 8601). */
  DATA_TIME: 'cdk-aurora-backup:data-time',
  /** The vault that made it, and the Region of the vault. */
  VAULT: 'cdk-aurora-backup:vault',
  VAULT_REGION: 'cdk-aurora-backup:vault-region',
  /** What a vault was given: the ARN of the shared snapshot. */
  SOURCE: 'cdk-aurora-backup:source',
  /** Until when a vault deletes a copy on no account, whatever its rules say by then (ISO 8601). */
  KEEP_UNTIL: 'cdk-aurora-backup:keep-until',
  /** Until when a copy of a vault is shared with a recovery account (ISO 8601). */
  RELEASED_UNTIL: 'cdk-aurora-backup:released-until',
  /** Present on a copy that exists only to be shared: the identifier of the plan's snapshot that it was made of. */
  SHARED_IN_PLACE_OF: 'cdk-aurora-backup:shared-in-place-of',
} as const;

export enum Release {
  /** A newer snapshot of the same construct took its place; `keepLast` may prune it. */
  SUPERSEDED = 'superseded',
  /** Left behind on purpose; nothing in the library deletes it any more. */
  RETAINED = 'retained',
  /** It was unfinished when it was let go, and is deleted as soon as RDS allows, even if it is completed by then. */
  ABANDONED = 'abandoned',
}

export const TAG_NAMESPACE = 'cdk-aurora-backup:';

/** The resource of a stack that a snapshot belongs to. */
export interface OwningResource {
  readonly owner: string;
  readonly stackId: string;
  readonly logicalId: string;
}

/** The tags that make a new snapshot ours. */
export function ownershipTags(
  resource: OwningResource, identifier: string, operation: string, generation: string, explicitIdentifier: boolean,
): Tags {
  return {
    [OwnershipTag.OWNER]: resource.owner,
    [OwnershipTag.IDENTIFIER]: identifier,
    [OwnershipTag.STACK]: resource.stackId,
    [OwnershipTag.LOGICAL_ID]: resource.logicalId,
    [OwnershipTag.OPERATION]: operation,
    [OwnershipTag.GENERATION]: generation,
    ...(explicitIdentifier ? { [OwnershipTag.EXPLICIT_IDENTIFIER]: 'true' } : {}),
  };
}

/** How many they are. */
export function ownTagCount(explicitIdentifier: boolean): number {
  return Object.keys(ownershipTags({ owner: '', stackId: '', logicalId: '' }, '', '', '', explicitIdentifier)).length;
}

/** Ours: our tag, our identifier prefix (or the identifier the user gave us), and the tag that names the snapshot itself. */
export function isOurs(snapshot: Snapshot, owner: string): boolean {
  return snapshot.type === 'manual'
    && snapshot.tags[OwnershipTag.OWNER] === owner
    && snapshot.tags[OwnershipTag.IDENTIFIER] === snapshot.identifier
    && (snapshot.identifier.startsWith(`${owner}-`) || snapshot.tags[OwnershipTag.EXPLICIT_IDENTIFIER] === 'true');
}

export function belongsTo(snapshot: Snapshot, resource: OwningResource): boolean {
  return isOurs(snapshot, resource.owner)
    && snapshot.tags[OwnershipTag.STACK] === resource.stackId
    && snapshot.tags[OwnershipTag.LOGICAL_ID] === resource.logicalId;
}

export function releaseOf(snapshot: Snapshot): string | undefined {
  return snapshot.tags[OwnershipTag.RELEASED];
}

/** Whether a tag has a key that only AWS may set. */
export function isTagOfAws(key: string): boolean {
  return /^(aws|rds):/i.test(key);
}

/** A user's tags: what they set, without the library's own and without those of AWS, which only AWS may set. */
export function userTags(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags)
    .filter(([key]) => !key.startsWith(TAG_NAMESPACE) && !isTagOfAws(key)));
}

/** The time of the data: of an original when it was made; of a copy only its tag tells. */
export function dataTimeOf(snapshot: Snapshot): Date | undefined {
  if (snapshot.sourceArn === undefined && snapshot.createTime !== undefined) {
    return snapshot.createTime; // whatever somebody has tagged it with
  }
  const time = new Date(snapshot.tags[OwnershipTag.DATA_TIME] ?? '');
  return Number.isNaN(time.getTime()) ? undefined : time;
}
