import { StartAnswer, WatchedEvent, previousRequestOf, resourceOf } from './events';
import { letGo } from './letting-go';
import { Lifecycle } from './lifecycle';
import { operationKey } from '../../../core/operation-key';
import { OwnershipTag, Release, belongsTo, releaseOf } from '../../../core/ownership';
import { Progress, succeeded } from '../../../core/progress';
import { findAdoptable } from '../../../core/removal';
import { MakingRequest } from '../../../core/requests';
import { Snapshot, isCompleted, isUnfinished } from '../../../core/snapshot';
import { parseSnapshotArn } from '../../../core/snapshot-arn';
import { log } from '../../log';
import { progressOf } from '../../operations/look-at-snapshot';
import { progressAfter } from '../../operations/operation';
import { RdsGateway } from '../../rds/gateway';

/** What becomes of the snapshots that a resource took or copied. */
export class SnapshotLifecycle implements Lifecycle<MakingRequest> {
  constructor(private readonly rds: RdsGateway) {}

  /** A snapshot that somebody deleted meanwhile is no reason to fail the deploy. */
  public async changeInPlace(event: WatchedEvent, request: MakingRequest): Promise<boolean> {
    const arn = event.PhysicalResourceId;
    const { region, account } = parseSnapshotArn(arn)!;
    const before = (previousRequestOf(event) as MakingRequest).tags;
    const changed = Object.entries(request.tags).filter(([key, value]) => before[key] !== value);
    const dropped = Object.keys(before).filter((key) => !(key in request.tags));
    // Looked at first: of a snapshot that is gone IAM knows no tags, so that changing them is refused like a right that is missing.
    if (await this.rds.findSnapshot(arn, account) === undefined) {
      log.warn('the snapshot of this resource does not exist', { arn });
      return false;
    }
    // The old ones go first: there is room for 50.
    if (dropped.length > 0) {
      await this.rds.removeTags(region, arn, dropped);
    }
    if (changed.length > 0) {
      await this.rds.setTags(region, arn, Object.fromEntries(changed));
    }
    return false;
  }

  public async look({ PhysicalResourceId: arn }: WatchedEvent): Promise<Progress> {
    return progressOf(arn, await this.rds.findSnapshot(arn, parseSnapshotArn(arn)!.account));
  }

  /** It may be in another Region than what goes, where nobody else looks. */
  public async isComplete(arn: string): Promise<boolean> {
    const snapshot = await this.rds.findSnapshot(arn, parseSnapshotArn(arn)?.account ?? '');
    return snapshot !== undefined && isCompleted(snapshot);
  }

  /**
   * The update itself may come by here too: its waiter polls on while the stack goes back. It finds no earlier snapshot of
   * what it asked for (its own is none), and then nothing is touched at all.
   */
  public async goBack(event: WatchedEvent, request: MakingRequest, elapsedSeconds: number): Promise<StartAnswer | undefined> {
    const undone = previousRequestOf(event);
    const resource = resourceOf(event, request);
    const all = [
      ...await this.rds.listManualSnapshots(request.region),
      // A copy may have been made in another Region by the update that is taken back.
      ...undone && undone.region !== request.region ? await this.listElsewhere(undone.region, elapsedSeconds) : [],
    ];
    const goal = findAdoptable(all.filter(({ tags }) => tags[OwnershipTag.GENERATION] !== event.RequestId), resource, operationKey(request));
    if (!goal) {
      return undefined;
    }
    const leftovers = all.filter((snapshot) => belongsTo(snapshot, resource) && snapshot.arn !== goal.arn && (
      (releaseOf(snapshot) === undefined && (isUnfinished(snapshot) || isYoungerThan(snapshot, goal))
        && undone !== undefined && operationOf(snapshot) === operationKey(undone))
      // What an earlier look at this request let go, and RDS did not let it delete yet.
      || releaseOf(snapshot) === Release.ABANDONED
    ));
    return { progress: succeeded(), physicalId: goal.arn, removals: await letGo(this.rds, all, leftovers, resource, request, elapsedSeconds) };
  }

  public async leave(
    event: WatchedEvent, request: MakingRequest, elapsedSeconds: number, successorIsAwaited: boolean,
  ): Promise<StartAnswer | undefined> {
    const resource = resourceOf(event, request);
    const arn = parseSnapshotArn(event.PhysicalResourceId);
    const all = await this.rds.listManualSnapshots(arn?.region ?? request.region);
    const leaving = all.filter((snapshot) => belongsTo(snapshot, resource) && (
      // Without an id of ours (CloudFormation invents one if it never heard of any) the tags say what this resource made.
      (arn ? snapshot.arn === event.PhysicalResourceId : releaseOf(snapshot) === undefined && operationOf(snapshot) === operationKey(request))
      // What could not be deleted when an update was taken back.
      || releaseOf(snapshot) === Release.ABANDONED
    ));
    const foreign = all.find((snapshot) => snapshot.arn === event.PhysicalResourceId && !belongsTo(snapshot, resource));
    if (foreign) {
      log.warn('the snapshot is kept, because it does not carry the tags of this resource', { arn: foreign.arn });
    }
    if (leaving.length === 0 && !foreign) {
      return undefined;
    }
    return { progress: succeeded(), removals: await letGo(this.rds, all, leaving, resource, request, elapsedSeconds, successorIsAwaited) };
  }

  /** Where we may not look, the update that is taken back has made nothing. */
  private async listElsewhere(region: string, elapsedSeconds: number): Promise<Snapshot[]> {
    try {
      return await this.rds.listManualSnapshots(region);
    } catch (error) {
      const progress = progressAfter(error, `listing the snapshots of ${region}`, elapsedSeconds);
      if (progress.status === 'PENDING') {
        throw error;
      }
      log.warn('left as it is', { region, reason: progress.message });
      return [];
    }
  }
}

function operationOf(snapshot: Snapshot): string | undefined {
  return snapshot.tags[OwnershipTag.OPERATION];
}

/** Without a time nothing is known, and what is not known to be younger stays. */
function isYoungerThan(snapshot: Snapshot, other: Snapshot): boolean {
  return snapshot.createTime !== undefined && other.createTime !== undefined && snapshot.createTime > other.createTime;
}
