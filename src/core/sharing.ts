import { hash } from './identifiers';
import { OwnershipTag, OwningResource } from './ownership';
import { SnapshotRemoval } from './removal';
import { CopySnapshotRequest, ShareRequest } from './requests';
import { Snapshot } from './snapshot';
import { isMadeByAws, parseSnapshotArn } from './snapshot-arn';

/** Whether what is shared is a copy: because another key is wanted, or because RDS shares manual snapshots only. */
export function sharesCopy({ sourceArn, kmsKeyId }: ShareRequest): boolean {
  return kmsKeyId !== undefined || isMadeByAws(parseSnapshotArn(sourceArn)?.identifier ?? '');
}

/** The copy that exists only to be shared: nobody keeps it beyond its share. */
export function copyToShare({ accounts: _, ...request }: ShareRequest): CopySnapshotRequest {
  return { ...request, kind: 'copy', copyTags: true, tags: {}, removal: SnapshotRemoval.DESTROY };
}

/**
 * What is written on a snapshot that a resource shares: with whom it is shared has one owner. The stack comes first, because roles
 * are conditioned on it; of the rest there is room for a hash. The request tells who shared it first.
 */
export function shareClaim(resource: OwningResource, generation: string): string {
  return `${claimOf(resource)}${hash([generation], 8)}`;
}

/** What the claims of all resources of a stack match. */
export function claimsOfStack(stackId: string): string {
  return `${stackId}/*`;
}

export function isSharedBy(snapshot: Snapshot, resource: OwningResource): boolean {
  return snapshot.tags[OwnershipTag.SHARED_BY]?.startsWith(claimOf(resource)) ?? false;
}

function claimOf({ stackId, logicalId }: OwningResource): string {
  return `${stackId}/${hash([logicalId], 10)}/`;
}
