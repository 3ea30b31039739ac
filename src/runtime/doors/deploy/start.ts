import { HandOverEvent, StartAnswer, WatchedEvent, assignmentOf, handleOf, isInPlace, previousRequestOf, readWatch, requestOf, resourceOf } from './events';
import { Lifecycle } from './lifecycle';
import { Assignment } from '../../../core/assignment';
import { Handle } from '../../../core/handle';
import { targetOf } from '../../../core/physical-id';
import { Ended, Progress, failed, pending, queued, succeeded } from '../../../core/progress';
import { CompletionMode, OperationRequest } from '../../../core/requests';
import { ResourceType } from '../../../core/resource-contract';
import { reportName, watchName } from '../../../core/watch';
import { log } from '../../log';
import { progressAfter } from '../../operations/operation';
import { wordsOf } from '../../rds/errors';
import { Stacks } from '../../stacks';
import { reportInput, watchInput } from '../../steps';
import { Watches } from '../../watches';

export interface StartDependencies {
  readonly lifecycleOf: (request: OperationRequest) => Lifecycle<OperationRequest>;
  readonly stacks: Stacks;
  readonly watches: Watches;
  readonly start: (request: OperationRequest, assignment: Assignment) => Promise<Progress>;
  readonly now: () => number;
}

/** What was made moments before a deploy failed may not be listed yet, and nobody would ask for its removal again. */
const UNSEEN_PATIENCE_SECONDS = 60;

/** A function that a watch called before it was stopped goes on for two minutes at most, and what it started is seen a little later. */
const STOPPED_WATCH_PATIENCE_SECONDS = 150;

/** The start function: everything that makes, tags or hands over, and nothing that deletes. Called again for as long as it says PENDING. */
export class DeployStart {
  constructor(private readonly deps: StartDependencies) {}

  public async handle(event: WatchedEvent | HandOverEvent): Promise<StartAnswer> {
    const elapsedSeconds = (this.deps.now() - readWatch(event).startedAt) / 1000;
    if ('HandOver' in event) {
      return this.handOver(event, elapsedSeconds);
    }
    let goesBack: true | undefined;
    try {
      const request = requestOf(event);
      if (event.RequestType === 'Delete') {
        return await this.leave(event, request, elapsedSeconds);
      }
      if (isInPlace(event, request)) {
        return { progress: await this.changeInPlace(event, request, elapsedSeconds), removals: [] };
      }
      if (event.RequestType === 'Update' && await this.deps.stacks.isRollingBack(event.StackId)) {
        goesBack = true;
        return { ...await this.goBack(event, request, elapsedSeconds), goesBack };
      }
      return { progress: await this.begin(event, request, elapsedSeconds), removals: [] };
    } catch (error) {
      return { ...await this.afterError(event, error, elapsedSeconds), goesBack };
    }
  }

  /**
   * What AWS refused on the way there it may refuse on the way back, and the stack would be stuck over it. Where we may not
   * look, we have made nothing either: start looks before it makes. So on the way back everything is left as it is; but for what other
   * accounts have access to, of which nobody would know.
   */
  private async afterError(event: WatchedEvent, error: unknown, elapsedSeconds: number): Promise<StartAnswer> {
    const progress = progressAfter(error, `the ${event.RequestType} of ${event.LogicalResourceId}`, elapsedSeconds);
    const mayStay = event.RequestType === 'Update' || (event.RequestType === 'Delete' && event.ResourceType !== ResourceType.CLUSTER_SNAPSHOT_SHARE);
    if (progress.status === 'FAILED' && mayStay && await this.isTurningBack(event)) {
      log.warn('left as it is, so that the stack can turn back', { resource: event.LogicalResourceId, reason: progress.message });
      return { progress: succeeded(), physicalId: event.RequestType === 'Update' ? event.Watch.previousId : undefined, removals: [] };
    }
    return { progress, removals: [] };
  }

  private async isTurningBack(event: WatchedEvent): Promise<boolean> {
    try {
      return await this.deps.stacks.isTurningBack(event.StackId);
    } catch (error) {
      log.warn('the state of the stack could not be read', { stackId: event.StackId, reason: wordsOf(error) });
      return false;
    }
  }

  private async begin(event: WatchedEvent, request: OperationRequest, elapsedSeconds: number): Promise<Progress> {
    const before = await this.whyNoLongerWanted(event);
    if (before) {
      // The same look may come twice, the second time when the work is handed over and the resource complete: handing over once more tells.
      const isHandedOver = request.completion === CompletionMode.BACKGROUND
        || (request.completion === CompletionMode.CONTINUE && await this.mayBeHandedOver(event, request, elapsedSeconds));
      return isHandedOver ? queued(`nothing was started because ${before}`) : failed(`nothing was started because ${before}`);
    }
    const progress = await this.deps.start(request, assignmentOf(event, request, elapsedSeconds));
    // The stack may have turned back between the look and the start; then nobody will ask for the removal of what was just made.
    const after = progress.status === 'RUNNING' ? await this.whyNoLongerWanted(event) : undefined;
    return after ? failed(`what was started is removed again because ${after}`) : progress;
  }

  private async mayBeHandedOver(event: WatchedEvent, request: OperationRequest, elapsedSeconds: number): Promise<boolean> {
    return elapsedSeconds >= request.timeoutMinutes * 60 || this.deps.watches.isKnown(watchName(handleOf(event, request)));
  }

  private async handOver(event: HandOverEvent, elapsedSeconds: number): Promise<StartAnswer> {
    const { HandOver: progress } = event;
    try {
      const request = requestOf(event);
      const handle = handleOf(event, request);
      return progress.status === 'SUCCEEDED' || progress.status === 'FAILED'
        ? await this.report(event, handle, progress)
        : { progress: await this.watch(event, handle, progress.status === 'RUNNING'), removals: [] };
    } catch (error) {
      return { progress: progressAfter(error, `handing over ${event.LogicalResourceId} to the watch`, elapsedSeconds), removals: [] };
    }
  }

  /** Tells how the work ended. A request that the stack has turned back from is none any more, and that it ended is no failure. */
  private async report(event: HandOverEvent, handle: Handle, end: Ended): Promise<StartAnswer> {
    const outdated = end.status === 'FAILED' ? await this.whyNoLongerWanted(event) : undefined;
    if (outdated) {
      log.info('the end of the request is not told', { logicalId: event.LogicalResourceId, because: outdated });
      return { progress: succeeded(), removals: [], isOutdated: true };
    }
    if (handle.request.completion !== CompletionMode.FAIL) {
      // It may have been handed over by a try whose answer was lost, and would tell the same.
      await this.deps.watches.stop(handle.resource, handle.work.target);
    }
    await this.deps.watches.begin(reportName(handle), reportInput(handle, end, this.deps.now()));
    return { progress: succeeded(), removals: [] };
  }

  /** From now on the work is watched to its end. */
  private async watch(event: HandOverEvent, handle: Handle, hasBegun: boolean): Promise<Progress> {
    const { watches } = this.deps;
    const isNew = await watches.begin(watchName(handle), watchInput(handle, hasBegun, this.deps.now()));
    if (!isNew) {
      // Handed over by an earlier try, after which the resource may well be complete.
      return succeeded();
    }
    const unwanted = await this.whyNoLongerWanted(event);
    if (unwanted) {
      await watches.stop(handle.resource, handle.work.target);
      return failed(`nothing is watched because ${unwanted}`);
    }
    return succeeded();
  }

  private async whyNoLongerWanted(event: WatchedEvent): Promise<string | undefined> {
    return this.deps.stacks.whyNoLongerWanted(resourceIn(event), event.Watch.startedAt);
  }

  private async goBack(event: WatchedEvent, request: OperationRequest, elapsedSeconds: number): Promise<StartAnswer> {
    const outdated = await this.deps.stacks.whyOutdated(resourceIn(event), event.Watch.startedAt);
    if (outdated) {
      return { progress: failed(`nothing was done because ${outdated}`), removals: [] };
    }
    const answer = await this.deps.lifecycleOf(request).goBack(event, request, elapsedSeconds);
    if (!answer) {
      log.warn('what the update is taken back to no longer exists, so everything is left as it is', { resource: event.LogicalResourceId });
      return { progress: succeeded(), physicalId: event.Watch.previousId, removals: [] };
    }
    // What the update handed over must not begin after all. The watch of what the resource stands for again goes on.
    await this.deps.watches.stopAll(resourceOf(event, request), targetOf(request, answer.physicalId));
    return answer;
  }

  /** What is there already may only now be waited for: then it has to be there. */
  private async changeInPlace(event: WatchedEvent, request: OperationRequest, elapsedSeconds: number): Promise<Progress> {
    const lifecycle = this.deps.lifecycleOf(request);
    if (await lifecycle.changeInPlace(event, request)) {
      return this.startAgain(event, request, elapsedSeconds);
    }
    if (request.completion !== CompletionMode.FAIL) {
      return succeeded();
    }
    const found = await lifecycle.look(event, request);
    if (previousRequestOf(event)?.completion === CompletionMode.FAIL) {
      // It was complete once. That somebody deleted it since is no reason to fail the change of something else.
      return found.status === 'SUCCEEDED' ? found : succeeded();
    }
    const isGone = found.status === 'PENDING' && found.unseen;
    return isGone && !await this.deps.watches.isRunning(resourceOf(event, request), targetOf(request, event.PhysicalResourceId)!)
      ? failed(`the deploy is now to wait for ${event.PhysicalResourceId}, and RDS lists nothing of that name: it was never made, or is gone by now. `
        + 'Give trigger another value to make another, or leave completion as it was.')
      : found;
  }

  /** The same work with other particulars: whoever watches it knows those of before, and would do by them. */
  private async startAgain(event: WatchedEvent, request: OperationRequest, elapsedSeconds: number): Promise<Progress> {
    const outdated = await this.deps.stacks.whyOutdated(resourceIn(event), event.Watch.startedAt);
    if (outdated) {
      return failed(`nothing was done because ${outdated}`);
    }
    const handle = handleOf(event, request);
    await this.deps.watches.stop(handle.resource, handle.work.target);
    const progress = await this.deps.start(request, { ...handle.work, elapsedSeconds });
    // What is gone needs nothing. But who was let in on the way there, and may not be taken away again, is no success.
    if (progress.status === 'FAILED' && !progress.refused && await this.isTurningBack(event)) {
      log.warn('left as it is, so that the stack can turn back', { resource: event.LogicalResourceId, reason: progress.message });
      return succeeded();
    }
    if (progress.status === 'SUCCEEDED' || progress.status === 'FAILED' || request.completion === CompletionMode.FAIL) {
      return progress;
    }
    await this.deps.watches.begin(watchName(handle), watchInput(handle, progress.status === 'RUNNING', this.deps.now()));
    return succeeded();
  }

  /** The deploy may have ended before what takes its place was complete, or even begun. What cannot be found out counts as yes: then more is kept. */
  private async isSuccessorAwaited(event: WatchedEvent, request: OperationRequest, target: string): Promise<boolean> {
    try {
      const successor = await this.deps.stacks.successorOf(resourceIn(event), (physicalId) => targetOf(request, physicalId) === target);
      return successor === undefined
        ? await this.deps.watches.isAnotherRunning(resourceOf(event, request), target)
        : !await this.deps.lifecycleOf(request).isComplete(successor);
    } catch (error) {
      if (progressAfter(error, 'asking for the successor', 0).status === 'PENDING') {
        throw error;
      }
      log.warn('whether it was replaced is not known, so it is kept', { target, reason: wordsOf(error) });
      return true;
    }
  }

  private async leave(event: WatchedEvent, request: OperationRequest, elapsedSeconds: number): Promise<StartAnswer> {
    const resource = resourceOf(event, request);
    const target = targetOf(request, event.PhysicalResourceId);
    // Before anything is looked at, or a watch might start something behind the look.
    const stoppedAt = await (target === undefined ? this.deps.watches.stopAll(resource) : this.deps.watches.stop(resource, target));
    const successorIsAwaited = target !== undefined && await this.isSuccessorAwaited(event, request, target);
    const answer = await this.deps.lifecycleOf(request).leave(event, request, elapsedSeconds, successorIsAwaited);
    if (answer) {
      return answer;
    }
    const stoppedAMomentAgo = stoppedAt !== undefined && this.deps.now() - stoppedAt.getTime() < STOPPED_WATCH_PATIENCE_SECONDS * 1000;
    if (stoppedAMomentAgo || (elapsedSeconds < UNSEEN_PATIENCE_SECONDS && await this.isTurningBack(event))) {
      return { progress: pending('RDS lists nothing that this resource made; what it made a moment ago may still appear'), removals: [] };
    }
    return { progress: succeeded(), removals: [] };
  }
}

function resourceIn({ StackId: stackId, LogicalResourceId: logicalId }: WatchedEvent) {
  return { stackId, logicalId };
}
