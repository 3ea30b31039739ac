import { OwnershipTag, OwningResource, Release, releaseOf } from '../../../core/ownership';
import { Deletion, decideRemoval } from '../../../core/removal';
import { MakingRequest } from '../../../core/requests';
import { Snapshot } from '../../../core/snapshot';
import { parseSnapshotArn } from '../../../core/snapshot-arn';
import { log } from '../../log';
import { progressAfter } from '../../operations/operation';
import { isNotFound } from '../../rds/errors';
import { RdsGateway } from '../../rds/gateway';

/** Decides about snapshots that their resource lets go: tags what stays, and answers what has to be deleted. */
export async function letGo(
  rds: RdsGateway, all: readonly Snapshot[], leaving: readonly Snapshot[], resource: OwningResource, request: MakingRequest,
  elapsedSeconds: number, successorIsAwaited = false,
): Promise<Deletion[]> {
  const keepLast = request.kind === 'take' ? request.keepLast : undefined;
  const decisions = leaving.map((snapshot) => decideRemoval(all, snapshot, resource, request.removal, keepLast, successorIsAwaited));
  for (const { arn, release } of decisions.flatMap((decision) => decision.releases)) {
    if (all.some((snapshot) => snapshot.arn === arn && releaseOf(snapshot) !== release)) {
      await tagReleased(rds, arn, release, elapsedSeconds);
    }
  }
  return decisions.flatMap((decision) => [...decision.deletions]);
}

async function tagReleased(rds: RdsGateway, arn: string, release: Release, elapsedSeconds: number): Promise<void> {
  try {
    await rds.setTags(parseSnapshotArn(arn)!.region, arn, { [OwnershipTag.RELEASED]: release });
    log.info('snapshot released', { arn, release });
  } catch (error) {
    if (isNotFound(error)) {
      // Somebody deleted it since it was listed, so there is nothing left to tag or to delete.
      return;
    }
    const progress = progressAfter(error, `tagging ${arn} as ${release}`, elapsedSeconds);
    if (progress.status === 'PENDING') {
      throw error;
    }
    // Without the tag it is kept all the same, and the stack is not stuck over it.
    log.warn('the snapshot is left without its tag', { arn, release, reason: progress.message });
  }
}
