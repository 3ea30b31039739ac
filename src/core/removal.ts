import { OwnershipTag, OwningResource, Release, belongsTo, releaseOf } from './ownership';
import { Snapshot, isCompleted, isUnfinished } from './snapshot';

export enum SnapshotRemoval {
  RETAIN = 'retain',
  DESTROY = 'destroy',
}

export enum DeletionReason {
  /** It never became a usable snapshot. */
  UNFINISHED = 'unfinished',
  /** Its resource is gone and said DESTROY. */
  REMOVED = 'removed',
  /** `keepLast` has newer ones. */
  PRUNED = 'pruned',
}

/** A snapshot to delete; whoever deletes it checks again, with fresh facts, that the reason still holds. */
export interface Deletion {
  readonly arn: string;
  readonly reason: DeletionReason;
  /** Set when only what this request made may be deleted. */
  readonly generation?: string;
}

export interface RemovalDecision {
  readonly deletions: readonly Deletion[];
  /** Snapshots that stay, and what to tag them with. */
  readonly releases: readonly { readonly arn: string; readonly release: Release }[];
}

/**
 * What becomes of a snapshot whose resource CloudFormation deletes: because the resource left the stack, because a newer
 * snapshot replaced this one, or because an update is taken back. The newer one may be in the making, or not even begun
 * (`successorIsAwaited`): a deploy does not always wait for it.
 */
export function decideRemoval(
  all: readonly Snapshot[], leaving: Snapshot, resource: OwningResource, removal: SnapshotRemoval, keepLast?: number,
  successorIsAwaited = false,
): RemovalDecision {
  if (releaseOf(leaving) === Release.RETAINED) {
    // Left behind on purpose is left behind for ever, whatever is declared by now.
    return { deletions: [], releases: [] };
  }
  if (leaving.status === 'deleting') {
    // Somebody deletes it, perhaps we: it is waited for.
    return { deletions: [{ arn: leaving.arn, reason: DeletionReason.UNFINISHED }], releases: [] };
  }
  const siblings = all.filter((other) => other.arn !== leaving.arn && belongsTo(other, resource));
  const current = siblings.filter((other) => releaseOf(other) === undefined);
  // While another snapshot of the resource is current, the resource lives on, and so does its hold on the earlier ones.
  const earlier = current.length === 0 && !successorIsAwaited ? siblings.filter((other) => releaseOf(other) === Release.SUPERSEDED) : [];

  if (isUnfinished(leaving) || releaseOf(leaving) === Release.ABANDONED) {
    const farewell = letAllGo(oldestFirst(earlier), removal);
    return {
      deletions: [...farewell.deletions, { arn: leaving.arn, reason: DeletionReason.UNFINISHED }],
      // RDS may refuse to delete it until it is completed; the tag remembers that it was not when it was let go.
      releases: [...farewell.releases, { arn: leaving.arn, release: Release.ABANDONED }],
    };
  }
  // A successor may still be on its way, or have failed: until one is complete, this is the newest good snapshot there is.
  const isSucceeded = successorIsAwaited || current.some((other) => isNewer(other, leaving));
  const keep = keepLast ?? (removal === SnapshotRemoval.DESTROY ? 1 : undefined);
  return isSucceeded && keep !== undefined
    ? prune([leaving, ...siblings], leaving, keep)
    : letAllGo(leavingLast(earlier, leaving), removal);
}

function letAllGo(snapshots: readonly Snapshot[], removal: SnapshotRemoval): RemovalDecision {
  return removal === SnapshotRemoval.RETAIN
    ? { deletions: [], releases: snapshots.map(({ arn }) => ({ arn, release: Release.RETAINED })) }
    : { deletions: snapshots.map(({ arn }) => ({ arn, reason: DeletionReason.REMOVED })), releases: [] };
}

/** Whether the reason for a deletion still holds; undefined if it does, else why the snapshot is kept. */
export function whyKeep(
  all: readonly Snapshot[], snapshot: Snapshot, resource: OwningResource, { reason, generation }: Deletion,
): string | undefined {
  if (!belongsTo(snapshot, resource)) {
    return 'it was not made by this resource';
  }
  if (releaseOf(snapshot) === Release.RETAINED) {
    return 'it was left behind on purpose';
  }
  if (generation !== undefined && snapshot.tags[OwnershipTag.GENERATION] !== generation) {
    return 'another request made it';
  }
  switch (reason) {
    case DeletionReason.UNFINISHED:
      return isUnfinished(snapshot) || snapshot.status === 'deleting' || releaseOf(snapshot) === Release.ABANDONED
        ? undefined
        : `it is '${snapshot.status}' meanwhile`;
    case DeletionReason.REMOVED:
      return undefined;
    case DeletionReason.PRUNED: {
      const newerGoodOne = all.some((other) => belongsTo(other, resource) && isCompleted(other) && isNewer(other, snapshot)
        && releaseOf(other) !== Release.ABANDONED);
      return newerGoodOne ? undefined : 'no newer completed snapshot of this resource exists';
    }
  }
}

/** What an earlier request made for the same operation and nobody has let go: what an update goes back to. */
export function findAdoptable(all: readonly Snapshot[], resource: OwningResource, operation: string): Snapshot | undefined {
  return newestFirst(all.filter((snapshot) => belongsTo(snapshot, resource)
    && releaseOf(snapshot) === undefined
    && snapshot.status !== 'failed' && snapshot.status !== 'deleting'
    && snapshot.tags[OwnershipTag.OPERATION] === operation))[0];
}

function prune(candidates: readonly Snapshot[], leaving: Snapshot, keepLast: number): RemovalDecision {
  // Only what this construct supersedes may go; what was retained on purpose neither counts nor goes, what was abandoned goes anyway.
  const managed = newestFirst(candidates.filter((snapshot) => isCompleted(snapshot)
    && releaseOf(snapshot) !== Release.RETAINED && releaseOf(snapshot) !== Release.ABANDONED));
  const surplus = managed.slice(keepLast).filter((snapshot) => (snapshot.arn === leaving.arn || releaseOf(snapshot) === Release.SUPERSEDED)
    && isNewer(managed[0], snapshot));
  const leavingGoes = surplus.some((snapshot) => snapshot.arn === leaving.arn);
  const earlier = surplus.filter((snapshot) => snapshot.arn !== leaving.arn);
  const going = leavingGoes ? leavingLast(earlier, leaving) : oldestFirst(earlier);
  return {
    deletions: going.map(({ arn }) => ({ arn, reason: DeletionReason.PRUNED })),
    releases: leavingGoes ? [] : [{ arn: leaving.arn, release: Release.SUPERSEDED }],
  };
}

/** The oldest first, and `leaving` last: what goes is decided afresh after every deletion, and without it nobody would ask about the others. */
function leavingLast(others: readonly Snapshot[], leaving: Snapshot): Snapshot[] {
  return [...oldestFirst(others), leaving];
}

function oldestFirst(snapshots: readonly Snapshot[]): Snapshot[] {
  return newestFirst(snapshots).reverse();
}

function newestFirst(snapshots: readonly Snapshot[]): Snapshot[] {
  return [...snapshots].sort((a, b) => timeOf(b) - timeOf(a) || (a.arn < b.arn ? -1 : 1));
}

function isNewer(a: Snapshot, b: Snapshot): boolean {
  return timeOf(a) > timeOf(b);
}

/** Without a time a snapshot counts as the newest there is: the last to be pruned. */
function timeOf(snapshot: Snapshot): number {
  return snapshot.createTime?.getTime() ?? Number.MAX_SAFE_INTEGER;
}
