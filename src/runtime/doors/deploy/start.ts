import { StartAnswer, WatchedEvent, assignmentOf, isInPlace, previousRequestOf, requestOf, resourceOf } from './events';
import { letGo } from './letting-go';
import { Stacks } from './stacks';
import { operationKey } from '../../../core/operation-key';
import { OwnershipTag, Release, belongsTo, releaseOf } from '../../../core/ownership';
import { Progress, failed, pending, succeeded } from '../../../core/progress';
import { findAdoptable } from '../../../core/removal';
import { OperationRequest } from '../../../core/requests';
import { Snapshot, isUnfinished } from '../../../core/snapshot';
import { parseSnapshotArn } from '../../../core/snapshot-arn';
import { log } from '../../log';
import { Assignment, progressAfter } from '../../operations/operation';
import { wordsOf } from '../../rds/errors';
import { RdsGateway } from '../../rds/gateway';

export interface StartDependencies {
  readonly rds: RdsGateway;
  readonly stacks: Stacks;
  readonly start: (request: OperationRequest, assignment: Assignment) => Promise<Progress>;
  readonly now: () => number;
}

/** What was made moments before a deploy failed may not be listed yet, and nobody would ask for its removal again. */
const UNSEEN_PATIENCE_SECONDS = 60;

/** The start function: everything that makes or tags, and nothing that deletes. Called again for as long as it says PENDING. */
export class DeployStart {
  constructor(private readonly deps: StartDependencies) {}

  public async handle(event: WatchedEvent): Promise<StartAnswer> {
    const elapsedSeconds = (this.deps.now() - event.Watch.startedAt) / 1000;
    try {
      const request = requestOf(event);
      if (event.RequestType === 'Delete') {
        return await this.leave(event, request, elapsedSeconds);
      }
      if (isInPlace(event, request)) {
        return await this.changeTags(event, request);
      }
      if (event.RequestType === 'Update' && await this.deps.stacks.isRollingBack(event.StackId)) {
        return await this.goBack(event, request, elapsedSeconds);
      }
      return await this.begin(event, request, elapsedSeconds);
    } catch (error) {
      return this.afterError(event, error, elapsedSeconds);
    }
  }

  /**
   * What AWS refused on the way there it may refuse on the way back, and the stack would be stuck over it. Where we may not
   * look, we have made nothing either: start looks before it makes. So on the way back everything is left as it is.
   */
  private async afterError(event: WatchedEvent, error: unknown, elapsedSeconds: number): Promise<StartAnswer> {
    const progress = progressAfter(error, `the ${event.RequestType} of ${event.LogicalResourceId}`, elapsedSeconds);
    if (progress.status === 'FAILED' && event.RequestType !== 'Create' && await this.isTurningBack(event)) {
      log.warn('left as it is, so that the stack can turn back', { resource: event.LogicalResourceId, reason: progress.message });
      return { progress: succeeded(), arn: event.RequestType === 'Update' ? event.Watch.previousId : undefined, deletions: [] };
    }
    return { progress, deletions: [] };
  }

  private async isTurningBack(event: WatchedEvent): Promise<boolean> {
    try {
      return await this.deps.stacks.isTurningBack(event.StackId);
    } catch (error) {
      log.warn('the state of the stack could not be read', { stackId: event.StackId, reason: wordsOf(error) });
      return false;
    }
  }

  private async begin(event: WatchedEvent, request: OperationRequest, elapsedSeconds: number): Promise<StartAnswer> {
    const { stacks, start } = this.deps;
    const assignment = assignmentOf(event, request, elapsedSeconds);
    const answer = (progress: Progress): StartAnswer => ({ progress, arn: assignment.targetArn, deletions: [] });

    const before = await stacks.whyNoLongerWanted(event, event.Watch.startedAt);
    if (before) {
      return answer(failed(`nothing was started because ${before}`));
    }
    const progress = await start(request, assignment);
    // The stack may have turned back between the look and the start; then nobody will ask for the removal of what was just made.
    const after = progress.status === 'RUNNING' ? await stacks.whyNoLongerWanted(event, event.Watch.startedAt) : undefined;
    return answer(after ? failed(`what was started is removed again because ${after}`) : progress);
  }

  /** Only tags, policies or time limits differ. A snapshot that somebody deleted meanwhile is no reason to fail the deploy. */
  private async changeTags(event: WatchedEvent, request: OperationRequest): Promise<StartAnswer> {
    const arn = event.PhysicalResourceId;
    const { region, account } = parseSnapshotArn(arn)!;
    const before = previousRequestOf(event)!.tags;
    const changed = Object.entries(request.tags).filter(([key, value]) => before[key] !== value);
    const dropped = Object.keys(before).filter((key) => !(key in request.tags));
    // Looked at first: of a snapshot that is gone IAM knows no tags, so that changing them is refused like a right that is missing.
    if (await this.deps.rds.findSnapshot(arn, account) === undefined) {
      log.warn('the snapshot of this resource no longer exists', { arn });
      return { progress: succeeded(), arn, deletions: [] };
    }
    // The old ones go first: there is room for 50.
    if (dropped.length > 0) {
      await this.deps.rds.removeTags(region, arn, dropped);
    }
    if (changed.length > 0) {
      await this.deps.rds.setTags(region, arn, Object.fromEntries(changed));
    }
    return { progress: succeeded(), arn, deletions: [] };
  }

  /**
   * A failed update is taken back: the resource stands for its earlier snapshot again, and what the update made is treated
   * as if CloudFormation had asked to delete it. Nothing is ever made on the way back.
   *
   * The update itself may come by here too: its waiter polls on while the stack goes back. It finds no earlier snapshot of
   * what it asked for, and then nothing is touched at all.
   */
  private async goBack(event: WatchedEvent, request: OperationRequest, elapsedSeconds: number): Promise<StartAnswer> {
    const outdated = await this.deps.stacks.whyOutdated(event, event.Watch.startedAt);
    if (outdated) {
      return { progress: failed(`nothing was done because ${outdated}`), deletions: [] };
    }
    const undone = previousRequestOf(event);
    const resource = resourceOf(event, request);
    const all = [
      ...await this.deps.rds.listManualSnapshots(request.region),
      // A copy may have been made in another Region by the update that is taken back.
      ...undone && undone.region !== request.region ? await this.listElsewhere(undone.region, elapsedSeconds) : [],
    ];
    const goal = findAdoptable(all, resource, operationKey(request));
    if (!goal) {
      log.warn('the snapshot that the update is taken back to no longer exists, so everything is left as it is', { resource: event.LogicalResourceId });
      return { progress: succeeded(), arn: event.Watch.previousId, deletions: [] };
    }
    const leftovers = all.filter((snapshot) => belongsTo(snapshot, resource) && snapshot.arn !== goal.arn && (
      (releaseOf(snapshot) === undefined && (isUnfinished(snapshot) || isYoungerThan(snapshot, goal))
        && undone !== undefined && operationOf(snapshot) === operationKey(undone))
      // What an earlier look at this request let go, and RDS did not let it delete yet.
      || releaseOf(snapshot) === Release.ABANDONED
    ));
    return { progress: succeeded(), arn: goal.arn, deletions: await letGo(this.deps.rds, all, leftovers, resource, request, elapsedSeconds) };
  }

  /** Where we may not look, the update that is taken back has made nothing. */
  private async listElsewhere(region: string, elapsedSeconds: number): Promise<Snapshot[]> {
    try {
      return await this.deps.rds.listManualSnapshots(region);
    } catch (error) {
      const progress = progressAfter(error, `listing the snapshots of ${region}`, elapsedSeconds);
      if (progress.status === 'PENDING') {
        throw error;
      }
      log.warn('left as it is', { region, reason: progress.message });
      return [];
    }
  }

  private async leave(event: WatchedEvent, request: OperationRequest, elapsedSeconds: number): Promise<StartAnswer> {
    const resource = resourceOf(event, request);
    const arn = parseSnapshotArn(event.PhysicalResourceId);
    const all = await this.deps.rds.listManualSnapshots(arn?.region ?? request.region);
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
    if (leaving.length === 0 && !foreign && elapsedSeconds < UNSEEN_PATIENCE_SECONDS && await this.isTurningBack(event)) {
      return { progress: pending('RDS lists nothing that this resource made; what it made a moment ago may still appear'), deletions: [] };
    }
    return { progress: succeeded(), deletions: await letGo(this.deps.rds, all, leaving, resource, request, elapsedSeconds) };
  }
}

function operationOf(snapshot: Snapshot): string | undefined {
  return snapshot.tags[OwnershipTag.OPERATION];
}

/** Without a time nothing is known, and what is not known to be younger stays. */
function isYoungerThan(snapshot: Snapshot, other: Snapshot): boolean {
  return snapshot.createTime !== undefined && other.createTime !== undefined && snapshot.createTime > other.createTime;
}
