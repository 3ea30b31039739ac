import { progressAfter } from './operation';
import { OwningResource } from '../../core/ownership';
import { Progress, failed, running, succeeded } from '../../core/progress';
import { Deletion, DeletionReason, whyKeep } from '../../core/removal';
import { isCompleted } from '../../core/snapshot';
import { parseSnapshotArn } from '../../core/snapshot-arn';
import { log } from '../log';
import { FaultKind, faultKind, wordsOf } from '../rds/errors';
import { RdsGateway } from '../rds/gateway';

/** Deletes one snapshot that a resource made, after looking afresh whether it still may. */
export async function removeSnapshot(rds: RdsGateway, deletion: Deletion, resource: OwningResource, elapsedSeconds: number): Promise<Progress> {
  const { arn, reason } = deletion;
  const parts = parseSnapshotArn(arn);
  if (!parts) {
    return failed(`'${arn}' is not the ARN of a DB cluster snapshot`);
  }
  try {
    const all = await rds.listManualSnapshots(parts.region);
    const snapshot = all.find((candidate) => candidate.arn === arn);
    if (!snapshot) {
      return succeeded();
    }
    const keep = whyKeep(all, snapshot, resource, deletion);
    if (keep) {
      log.info('snapshot kept', { arn, reason, because: keep });
      return succeeded();
    }
    if (snapshot.status === 'creating' || snapshot.status === 'deleting') {
      // RDS refuses to delete a snapshot that is being created, so it is waited for; a copy in progress is cancelled by deleting it.
      return running(snapshot.percentProgress, `${snapshot.identifier} is ${snapshot.status}, ${snapshot.percentProgress} %; it is deleted when RDS allows it`);
    }
    await rds.deleteSnapshot(parts.region, snapshot.identifier);
    log.info('snapshot deleted', { arn, reason, completed: isCompleted(snapshot), createTime: snapshot.createTime });
    return running(100, `${snapshot.identifier} is being deleted`);
  } catch (error) {
    return afterError(error, arn, reason, elapsedSeconds);
  }
}

function afterError(error: unknown, arn: string, reason: DeletionReason, elapsedSeconds: number): Progress {
  if (faultKind(error) === FaultKind.BUSY) {
    return running(0, `${arn} cannot be deleted in its present state: ${wordsOf(error)}`);
  }
  const progress = progressAfter(error, `deleting the snapshot ${arn} (${reason})`, elapsedSeconds);
  return progress.status === 'PENDING' ? running(0, progress.reason) : progress;
}
