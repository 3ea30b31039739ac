import { CopySnapshot } from './copy-snapshot';
import { progressOf } from './look-at-snapshot';
import { missingSource } from './missing-source';
import { Operation, firstLook, isToBeMade, look, progressAfter } from './operation';
import { removeSnapshot } from './remove-snapshot';
import { Assignment, Sight } from '../../core/assignment';
import { OwnershipTag, OwningResource } from '../../core/ownership';
import { Advice, Failed, Progress, awaitingStart, failed, queued, succeeded } from '../../core/progress';
import { Deletion } from '../../core/removal';
import { ShareRequest } from '../../core/requests';
import { copyToShare, sharesCopy } from '../../core/sharing';
import { Snapshot, Tags, isAurora, isCompleted, isInProgress } from '../../core/snapshot';
import { parseSnapshotArn } from '../../core/snapshot-arn';
import { log } from '../log';
import { RdsGateway } from '../rds/gateway';

/** What RDS calls everybody. */
const PUBLIC = 'all';

/**
 * Shares a snapshot, or a copy that is made for it, with exactly the accounts that are named. With whom a snapshot is shared has one
 * owner, which is written on the snapshot first.
 */
export class ShareSnapshot implements Operation<ShareRequest, Deletion> {
  private readonly copies: CopySnapshot;

  constructor(private readonly rds: RdsGateway) {
    this.copies = new CopySnapshot(rds);
  }

  public async start(request: ShareRequest, assignment: Assignment): Promise<Progress> {
    return sharesCopy(request) ? this.shareCopy(request, assignment) : this.shareItself(request, assignment);
  }

  /** With whom a snapshot is shared may only be asked, and is only changed, by start. */
  public async check(request: ShareRequest, sight: Sight): Promise<Progress> {
    const progress = sharesCopy(request) ? await look(sight.target, () => this.lookAtCopy(sight)) : succeeded();
    return progress.status === 'SUCCEEDED' ? awaitingStart(`${sight.target} is to be shared as soon as it is complete`) : progress;
  }

  public async cancel(deletion: Deletion, resource: OwningResource, elapsedSeconds: number): Promise<Progress> {
    return removeSnapshot(this.rds, deletion, resource, elapsedSeconds);
  }

  private async shareCopy(request: ShareRequest, assignment: Assignment): Promise<Progress> {
    const { target, targetIdentifier, elapsedSeconds } = assignment;
    const copy = await firstLook(target, elapsedSeconds, () => this.lookAtCopy(assignment));
    if (copy.status === 'SUCCEEDED') {
      return withWayOut(await shareSnapshot(this.rds, request.region, targetIdentifier, request.accounts, elapsedSeconds), request);
    }
    return isToBeMade(copy) ? this.copies.start(copyToShare(request), assignment) : copy;
  }

  /** Whichever request of the resource made it: the copy stays while accounts come and go. */
  private async lookAtCopy({ target, account, ownershipTags }: Sight): Promise<Progress> {
    const copy = await this.rds.findSnapshot(target, account);
    return progressOf(target, copy && wasMadeForShare(ownershipTags, copy) ? copy : undefined);
  }

  private async shareItself(request: ShareRequest, assignment: Assignment): Promise<Progress> {
    const { account, elapsedSeconds } = assignment;
    const arn = parseSnapshotArn(request.sourceArn);
    if (!arn) {
      return failed(`snapshot must be the ARN of a DB cluster snapshot, got '${request.sourceArn}'`);
    }
    if (arn.account !== account) {
      return failed(`the snapshot ${request.sourceArn} belongs to account ${arn.account}, and only its owner can share it: copy it with ClusterSnapshotCopy, and share the copy`);
    }
    try {
      const snapshot = await this.rds.findSnapshot(request.sourceArn, account);
      return whyNot(request, snapshot, assignment) ?? await this.claimAndShare(request, snapshot!, assignment);
    } catch (error) {
      return progressAfter(error, `sharing the snapshot ${request.sourceArn}`, elapsedSeconds);
    }
  }

  /** The claim comes first: the rights to share, and later to take it back, hang on it. */
  private async claimAndShare(request: ShareRequest, snapshot: Snapshot, { ownershipTags: claim, elapsedSeconds }: Assignment): Promise<Progress> {
    if (snapshot.tags[OwnershipTag.SHARED_BY] === undefined) {
      await this.rds.setTags(request.region, snapshot.arn, claim);
    }
    const progress = await shareSnapshot(this.rds, request.region, snapshot.identifier, request.accounts, elapsedSeconds);
    return snapshot.encrypted || snapshot.underAwsOwnedKey ? withWayOut(progress, request) : progress;
  }
}

/** Lets exactly these accounts copy and restore a snapshot: adds who is missing, takes away who is not among them. Never public. */
export async function shareSnapshot(
  rds: RdsGateway, region: string, identifier: string, accounts: readonly string[], elapsedSeconds: number,
): Promise<Progress> {
  try {
    const present = await rds.accountsSharedWith(region, identifier);
    const toAdd = accounts.filter((account) => !present.includes(account));
    const toRemove = present.filter((account) => !accounts.includes(account));
    if (toAdd.length > 0 || toRemove.length > 0) {
      await rds.share(region, identifier, toAdd, toRemove);
      log.info('snapshot shared', { identifier, region, added: toAdd, removed: toRemove });
    }
    if (toRemove.includes(PUBLIC)) {
      log.warn('the snapshot was public, and no longer is: whoever copied it meanwhile has the data', { identifier, region });
    }
    return succeeded();
  } catch (error) {
    return progressAfter(error, `sharing the snapshot ${identifier} with ${accounts.join(', ') || 'nobody'}`, elapsedSeconds);
  }
}

function whyNot(request: ShareRequest, snapshot: Snapshot | undefined, { ownershipTags, elapsedSeconds }: Assignment): Progress | undefined {
  if (!snapshot) {
    return missingSource(request, elapsedSeconds);
  }
  if (!isAurora(snapshot.engine)) {
    return failed(`the snapshot ${snapshot.arn} is of '${snapshot.engine}'; only snapshots of aurora-mysql and aurora-postgresql are supported`);
  }
  const owned = whyOwned(snapshot, ownershipTags);
  if (owned) {
    return owned;
  }
  if (isInProgress(snapshot)) {
    return queued(`the snapshot ${snapshot.arn} is ${snapshot.status}, ${snapshot.percentProgress} %; it is shared when it is available`);
  }
  return isCompleted(snapshot) ? undefined : failed(`the snapshot ${snapshot.arn} is '${snapshot.status}' and cannot be shared; share another`);
}

/** Why somebody else says with whom it is shared. Two would take away each other's accounts for ever. */
function whyOwned({ arn, tags }: Snapshot, { [OwnershipTag.SHARED_BY]: ours }: Tags): Failed | undefined {
  const { [OwnershipTag.PLAN]: plan, [OwnershipTag.VAULT]: vault, [OwnershipTag.SHARED_BY]: claim } = tags;
  if (plan !== undefined) {
    return failed(`the snapshot ${arn} belongs to the plan '${plan}', which takes away every account that it does not know: name the accounts in shareWith of the plan, `
      + 'or set encryptionKey, and a copy is shared');
  }
  if (vault !== undefined) {
    return failed(`the snapshot ${arn} belongs to the vault '${vault}', which gives its copies back by its release: start that state machine instead`);
  }
  return claim === undefined || resourceIn(claim) === resourceIn(ours)
    ? undefined
    : failed(`the snapshot ${arn} is shared by another resource already, and two would take away each other's accounts. Its tag ${OwnershipTag.SHARED_BY} says which stack: ${claim}. `
      + 'Name all accounts in one ClusterSnapshotShare. If it was renamed or moved, deploy without it first; if that stack is gone, remove the tag.');
}

/** A claim without the request. */
function resourceIn(claim: string): string {
  return claim.slice(0, claim.lastIndexOf('/'));
}

function wasMadeForShare(ownershipTags: Tags, copy: Snapshot): boolean {
  const { OWNER, IDENTIFIER, STACK, LOGICAL_ID, OPERATION } = OwnershipTag;
  return [OWNER, IDENTIFIER, STACK, LOGICAL_ID, OPERATION].every((key) => copy.tags[key] === ownershipTags[key]);
}

/** The words of RDS name no way out. */
function withWayOut(progress: Progress, { kmsKeyId }: ShareRequest): Progress {
  return progress.status === 'FAILED' && !progress.refused && kmsKeyId === undefined && /\bkey\b/i.test(progress.message)
    ? { ...progress, advice: Advice.SET_KEY }
    : progress;
}
