import { lookAtSnapshot, meetExisting } from './look-at-snapshot';
import { missingSource } from './missing-source';
import { Operation, firstLook, isToBeMade, look, progressAfter } from './operation';
import { removeSnapshot } from './remove-snapshot';
import { tooManyTags } from './tag-limit';
import { Assignment, Sight } from '../../core/assignment';
import { OwnershipTag, OwningResource, dataTimeOf, userTags } from '../../core/ownership';
import { Advice, Progress, failed, queued, running } from '../../core/progress';
import { Deletion } from '../../core/removal';
import { CopySnapshotRequest } from '../../core/requests';
import { Snapshot, Tags, isAurora, isCompleted, isInProgress } from '../../core/snapshot';
import { SnapshotArn, parseSnapshotArn } from '../../core/snapshot-arn';
import { FaultKind, faultKind } from '../rds/errors';
import { RdsGateway } from '../rds/gateway';

/** Copies a snapshot: within the Region, to another Region, or from another account that shared it. */
export class CopySnapshot implements Operation<CopySnapshotRequest, Deletion> {
  constructor(private readonly rds: RdsGateway) {}

  public async start(request: CopySnapshotRequest, assignment: Assignment): Promise<Progress> {
    const sourceArn = parseSnapshotArn(request.sourceArn);
    if (!sourceArn) {
      return failed(`source must be the ARN of a DB cluster snapshot, got '${request.sourceArn}'`);
    }
    const earlierTry = await firstLook(assignment.target, assignment.elapsedSeconds, () => lookAtSnapshot(this.rds, assignment));
    if (!isToBeMade(earlierTry)) {
      return earlierTry;
    }
    try {
      const source = await this.rds.findSnapshot(request.sourceArn, assignment.account);
      return whyNot(request, sourceArn, source, assignment) ?? await this.copy(request, sourceArn, source!, assignment);
    } catch (error) {
      return progressAfter(error, `copying the snapshot ${request.sourceArn} to ${request.region}`, assignment.elapsedSeconds);
    }
  }

  public async check(_: CopySnapshotRequest, sight: Sight): Promise<Progress> {
    return look(sight.target, () => lookAtSnapshot(this.rds, sight));
  }

  public async cancel(deletion: Deletion, resource: OwningResource, elapsedSeconds: number): Promise<Progress> {
    return removeSnapshot(this.rds, deletion, resource, elapsedSeconds);
  }

  private async copy(request: CopySnapshotRequest, arn: SnapshotArn, source: Snapshot, assignment: Assignment): Promise<Progress> {
    const { targetIdentifier, account } = assignment;
    const tags = tagsOfCopy(request, source, assignment.ownershipTags);
    const tooMany = tooManyTags(tags);
    if (tooMany) {
      return tooMany;
    }
    // RDS wants the name of one's own snapshot in the same Region, and the ARN of every other.
    const isLocal = arn.region === request.region && arn.account === account;
    try {
      await this.rds.copySnapshot(request.region, {
        sourceIdentifierOrArn: isLocal ? arn.identifier : request.sourceArn, targetIdentifier, kmsKeyId: request.kmsKeyId, tags,
      });
      return running(0, `the snapshot is being copied to ${targetIdentifier} in ${request.region}`);
    } catch (error) {
      if (faultKind(error) === FaultKind.ALREADY_EXISTS) {
        return meetExisting(this.rds, assignment);
      }
      throw error;
    }
  }
}

function whyNot(request: CopySnapshotRequest, arn: SnapshotArn, source: Snapshot | undefined, assignment: Assignment): Progress | undefined {
  if (arn.partition === 'aws-cn') {
    return failed('Aurora snapshots cannot be copied in the China Regions (AWS does not offer it there)');
  }
  if (!source) {
    return missingSource(request, assignment.elapsedSeconds);
  }
  if (!isAurora(source.engine)) {
    return failed(`the source ${request.sourceArn} is of '${source.engine}'; only snapshots of aurora-mysql and aurora-postgresql are supported`);
  }
  if (isInProgress(source)) {
    return queued(`the source ${request.sourceArn} is ${source.status}, ${source.percentProgress} %; the copy starts when it is available`);
  }
  if (!isCompleted(source)) {
    return failed(`the source ${request.sourceArn} is '${source.status}' and cannot be copied`, Advice.TAKE_ANOTHER);
  }
  return whyNotEncryption(request, arn, source, assignment.account);
}

function whyNotEncryption(request: CopySnapshotRequest, arn: SnapshotArn, source: Snapshot, account: string): Progress | undefined {
  if (!source.encrypted && !source.underAwsOwnedKey && request.kmsKeyId) {
    return failed(`the source ${request.sourceArn} is not encrypted, and Aurora cannot encrypt by copying: leave out encryptionKey, `
      + 'or restore the snapshot with a key and take a snapshot of the restored cluster');
  }
  if (source.encrypted && !request.kmsKeyId && arn.region !== request.region) {
    return failed(`the source ${request.sourceArn} is encrypted, so a copy in ${request.region} needs a key of that Region: set encryptionKey`);
  }
  if (source.encrypted && !request.kmsKeyId && arn.account !== account) {
    return failed(`the source ${request.sourceArn} is encrypted by account ${arn.account}, so the copy needs a key of this account: set encryptionKey`);
  }
  return undefined;
}

function tagsOfCopy(request: CopySnapshotRequest, source: Snapshot, ownershipTags: Tags): Tags {
  // The age of a copy is the age of its data. RDS only knows when the copy was made, so the time travels as a tag.
  const dataTime = dataTimeOf(source);
  return {
    ...(request.copyTags ? userTags(source.tags) : {}),
    ...request.tags,
    ...(dataTime ? { [OwnershipTag.DATA_TIME]: dataTime.toISOString() } : {}),
    // A vault has read the time from RDS: what the tags of another account say does not count.
    ...ownershipTags,
  };
}
