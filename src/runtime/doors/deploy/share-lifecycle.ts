import { StartAnswer, WatchedEvent, previousRequestOf, resourceOf } from './events';
import { letGo } from './letting-go';
import { Lifecycle } from './lifecycle';
import { SnapshotLifecycle } from './snapshot-lifecycle';
import { OwnershipTag, OwningResource, belongsTo } from '../../../core/ownership';
import { Progress, succeeded } from '../../../core/progress';
import { ShareRequest } from '../../../core/requests';
import { copyToShare, isSharedBy, shareClaim, sharesCopy } from '../../../core/sharing';
import { Snapshot, isUnfinished } from '../../../core/snapshot';
import { parseSnapshotArn } from '../../../core/snapshot-arn';
import { log } from '../../log';
import { isNotFound } from '../../rds/errors';
import { RdsGateway } from '../../rds/gateway';

/**
 * What becomes of what a resource shared. A snapshot that is not its own is shared with nobody any more; a copy that was made to be
 * shared goes the way of other copies, always to be deleted.
 */
export class ShareLifecycle implements Lifecycle<ShareRequest> {
  private readonly copies: SnapshotLifecycle;

  constructor(private readonly rds: RdsGateway) {
    this.copies = new SnapshotLifecycle(rds);
  }

  /** `start` sets the accounts, so it has to run again. */
  public async changeInPlace(): Promise<boolean> {
    return true;
  }

  public async look(event: WatchedEvent): Promise<Progress> {
    return this.copies.look(event);
  }

  public async isComplete(arn: string): Promise<boolean> {
    return this.copies.isComplete(arn);
  }

  public async goBack(event: WatchedEvent, request: ShareRequest, elapsedSeconds: number): Promise<StartAnswer | undefined> {
    const answer = sharesCopy(request)
      ? await this.copies.goBack(event, copyToShare(request), elapsedSeconds)
      : await this.goBackToItself(event, request, elapsedSeconds);
    const undone = previousRequestOf(event) as ShareRequest | undefined;
    if (answer && undone && !sharesCopy(undone) && undone.sourceArn !== answer.physicalId) {
      await this.endSharing(await this.find(undone.sourceArn), resourceOf(event, request));
    }
    return answer;
  }

  public async leave(
    event: WatchedEvent, request: ShareRequest, elapsedSeconds: number, successorIsAwaited: boolean,
  ): Promise<StartAnswer | undefined> {
    const resource = resourceOf(event, request);
    const shared = await this.find(event.PhysicalResourceId);
    if (shared && !belongsTo(shared, resource)) {
      const hasEnded = await this.endSharing(shared, resource);
      // Copies that could not be deleted when an update was taken back.
      const answer = await this.copies.leave(event, copyToShare(request), elapsedSeconds, false);
      return hasEnded || answer?.removals.length ? answer ?? { progress: succeeded(), removals: [] } : undefined;
    }
    // Until another copy can take its place, it stays shared.
    if (!successorIsAwaited) {
      await this.endSharing(shared, resource);
    }
    return this.copies.leave(event, copyToShare(request), elapsedSeconds, successorIsAwaited);
  }

  /**
   * The source itself was shared, and still is. The update that is taken back may come by here as well, because its waiter polls on; what it
   * claimed itself is nothing to go back to.
   */
  private async goBackToItself(event: WatchedEvent, request: ShareRequest, elapsedSeconds: number): Promise<StartAnswer | undefined> {
    const resource = resourceOf(event, request);
    const goal = await this.find(request.sourceArn);
    if (!goal || !isSharedBy(goal, resource) || goal.tags[OwnershipTag.SHARED_BY] === shareClaim(resource, event.RequestId)) {
      return undefined;
    }
    const all = await this.rds.listManualSnapshots(previousRequestOf(event)?.region ?? request.region);
    const copies = all.filter((snapshot) => belongsTo(snapshot, resource));
    const removals = await letGo(this.rds, all, copies, resource, copyToShare(request), elapsedSeconds);
    return { progress: succeeded(), physicalId: goal.arn, removals };
  }

  /** Nobody has access any more, whoever let them in. Answers whether this resource had anything to do with it. */
  private async endSharing(snapshot: Snapshot | undefined, resource: OwningResource): Promise<boolean> {
    if (!snapshot || !isSharedBy(snapshot, resource)) {
      return false;
    }
    const { arn, identifier } = snapshot;
    const { region } = parseSnapshotArn(arn)!;
    try {
      // What never became a snapshot is not shared, nor does RDS want to be asked.
      const accounts = isUnfinished(snapshot) ? [] : await this.rds.accountsSharedWith(region, identifier);
      if (accounts.length > 0) {
        await this.rds.share(region, identifier, [], accounts);
        log.info('snapshot no longer shared', { arn, removed: accounts });
      }
      if (!belongsTo(snapshot, resource)) {
        // At last: the right to take the sharing back hangs on it.
        await this.rds.removeTags(region, arn, [OwnershipTag.SHARED_BY]);
      }
    } catch (error) {
      // Deleted since it was looked at, and nobody has access to what is gone.
      if (!isNotFound(error)) {
        throw error;
      }
    }
    return true;
  }

  private async find(arn: string): Promise<Snapshot | undefined> {
    const account = parseSnapshotArn(arn)?.account;
    return account === undefined ? undefined : this.rds.findSnapshot(arn, account);
  }
}
