import { CancelEvent, HandOverEvent, StartAnswer, WatchedEvent, assignmentOf, isInPlace, readWatch, requestOf, resourceOf } from './events';
import { Answer, resultOf } from './result';
import { timeoutMessage } from './timeout';
import { toldTo } from '../../../core/advice';
import { Sight } from '../../../core/assignment';
import { targetOf } from '../../../core/physical-id';
import { Ended, Failed, Progress, Succeeded, Unfinished, failed, pending } from '../../../core/progress';
import { DeletionReason } from '../../../core/removal';
import { CompletionMode, OperationRequest } from '../../../core/requests';
import { countOutcome, fieldsOf, log } from '../../log';
import { RIGHTS_PATIENCE_SECONDS, Removal, progressAfter } from '../../operations/operation';
import { isFromAws, wordsOf } from '../../rds/errors';
import { logWarnings } from '../../warnings';
import { failWith } from '../custom-resource/fail-with';

export interface IsCompleteDependencies {
  readonly check: (request: OperationRequest, sight: Sight) => Promise<Progress>;
  readonly invokeStart: (event: WatchedEvent | HandOverEvent) => Promise<StartAnswer>;
  readonly invokeCancel: (event: CancelEvent) => Promise<Progress>;
  readonly now: () => number;
}

/** CloudFormation gives up on a custom resource after 60 minutes; a deletion that waits has to answer before. */
const DELETE_TIMEOUT_MINUTES = 55;

/** How long handing over is tried when time is up: CloudFormation waits one hour, and 55 minutes may be used up by then. */
const HAND_OVER_MINUTES = 3;

/** Called every few seconds until it says yes or throws. A look that fails is no failure of the work. */
export class DeployIsComplete {
  constructor(private readonly deps: IsCompleteDependencies) {}

  public async handle(event: WatchedEvent): Promise<Answer> {
    if (event.RequestType === 'Delete' && !isReadable(event)) {
      // A Create with properties that cannot be read has failed before it made anything.
      return { IsComplete: true };
    }
    const request = requestOf(event);
    const answer = await this.step(event, request).catch((error): StartAnswer => (
      { progress: this.afterFailedStep(event, error), removals: [] }
    ));
    const { progress } = answer;
    log.info('progress', { logicalId: event.LogicalResourceId, requestType: event.RequestType, target: event.PhysicalResourceId, ...fieldsOf(progress) });

    switch (progress.status) {
      case 'SUCCEEDED':
        return this.complete(event, request, answer, progress);
      case 'FAILED':
        return this.giveUp(event, request, makesSomething(event, request, answer), progress);
      default:
        return this.goOn(event, request, makesSomething(event, request, answer), progress);
    }
  }

  private async complete(event: WatchedEvent, request: OperationRequest, answer: StartAnswer, progress: Succeeded): Promise<Answer> {
    if (event.RequestType === 'Delete') {
      countOutcome('OperationSucceeded', 'delete', this.deps.now());
      return { IsComplete: true };
    }
    if (makesSomething(event, request, answer)) {
      if (await this.isReportToBeRetried(event, request, progress)) {
        return { IsComplete: false };
      }
      logWarnings(event.PhysicalResourceId, progress);
      countOutcome('OperationSucceeded', request.kind, this.deps.now());
    }
    return resultOf(request, answer.physicalId ?? event.PhysicalResourceId, progress);
  }

  private async goOn(event: WatchedEvent, request: OperationRequest, makes: boolean, progress: Unfinished): Promise<Answer> {
    const limit = event.RequestType === 'Delete' ? DELETE_TIMEOUT_MINUTES : request.timeoutMinutes;
    const isTimeUp = this.elapsedSeconds(event) >= limit * 60;
    const isOver = isTimeUp || (makes && needsNoOne(progress, request.completion));
    if (isOver && makes && request.completion !== CompletionMode.FAIL) {
      return this.handOver(event, request, limit, progress);
    }
    return isOver
      ? this.giveUp(event, request, makes, failed(timeoutMessage(event, request, makes, limit, progress)))
      : { IsComplete: false };
  }

  /** The deploy ends here, and the work is watched to its end elsewhere. */
  private async handOver(event: WatchedEvent, request: OperationRequest, limit: number, progress: Unfinished): Promise<Answer> {
    const { progress: handedOver } = await this.invokeStart(event, progress);
    switch (handedOver.status) {
      case 'SUCCEEDED':
        log.info('handed over to the watch', { logicalId: event.LogicalResourceId, target: event.PhysicalResourceId, ...fieldsOf(progress) });
        return resultOf(request, event.PhysicalResourceId);
      case 'FAILED':
        return this.giveUp(event, request, true, handedOver);
      default:
        return this.elapsedSeconds(event) < (limit + HAND_OVER_MINUTES) * 60
          ? { IsComplete: false }
          : this.giveUp(event, request, true, failed(`not finished after ${limit} minutes, and it could not be handed over to the watch: `
            + `${handedOver.status === 'PENDING' ? handedOver.reason : handedOver.detail}. Deploy again.`));
    }
  }

  private async step(event: WatchedEvent, request: OperationRequest): Promise<StartAnswer> {
    const answer = await this.lookOrStart(event, request);
    if (answer.progress.status !== 'SUCCEEDED') {
      return answer;
    }
    for (const removal of answer.removals) {
      const progress = await this.cancel(event, request, removal);
      if (progress.status !== 'SUCCEEDED' && !this.mayBeLeft(event, request, removal, progress)) {
        return { ...answer, progress };
      }
    }
    return answer;
  }

  /** An update that is taken back must not fail over what it left: that is tagged, and goes when the resource goes. */
  private mayBeLeft(event: WatchedEvent, request: OperationRequest, removal: Removal, progress: Progress): boolean {
    const isLate = progress.status === 'FAILED' || this.elapsedSeconds(event) >= request.timeoutMinutes * 60;
    if (event.RequestType === 'Delete' || !isLate) {
      return false;
    }
    log.warn('left for the deletion of the resource', { ...removal, ...fieldsOf(progress) });
    return true;
  }

  /** A function that ended badly may do better at the next poll; what AWS refuses for good will not. */
  private afterFailedStep(event: WatchedEvent, error: unknown): Progress {
    const doing = `the ${event.RequestType} of ${event.LogicalResourceId}`;
    return isFromAws(error)
      ? progressAfter(error, doing, this.elapsedSeconds(event))
      : { ...pending(`${doing} could not be looked after: ${wordsOf(error)}`), died: true };
  }

  private async lookOrStart(event: WatchedEvent, request: OperationRequest): Promise<StartAnswer> {
    if (event.RequestType === 'Delete' || isInPlace(event, request)) {
      return this.deps.invokeStart(event);
    }
    const progress = await this.deps.check(request, assignmentOf(event, request, this.elapsedSeconds(event)));
    return progress.status === 'PENDING' ? this.deps.invokeStart(event) : { progress, removals: [] };
  }

  /** Fails the request. What it made and did not finish goes: nobody would wait for it any more. */
  private async giveUp(event: WatchedEvent, request: OperationRequest, makes: boolean, failure: Failed): Promise<never> {
    const end = toldTo('deploy', failure);
    const { message } = end;
    log.error('request failed', { logicalId: event.LogicalResourceId, requestType: event.RequestType, reason: message });
    if (makes) {
      // Before anything is removed: a watch that was begun by a try whose answer was lost would tell of the removal.
      const { isOutdated } = await this.report(event, end);
      if (!isOutdated) {
        countOutcome('OperationFailed', request.kind, this.deps.now(), { reason: message });
      }
      // Also when the last look failed and did not show it; never what an update went back to.
      const removal = unfinishedRemoval(event, request);
      await this.cancel(event, request, removal).catch((error) => {
        // CloudFormation asks for the removal once more, with the id it knows.
        log.warn('what is unfinished could not be removed at once', { ...removal, reason: wordsOf(error) });
      });
    } else if (event.RequestType === 'Delete') {
      countOutcome('OperationFailed', 'delete', this.deps.now(), { reason: message });
    }
    failWith(message);
  }

  /** Whether the outcome is to be told at the next look, as when Step Functions is throttled. That it was not told fails no deploy. */
  private async isReportToBeRetried(event: WatchedEvent, request: OperationRequest, end: Succeeded): Promise<boolean> {
    const { progress } = await this.report(event, end);
    // A function that dies on every try would keep everybody waiting for the sake of an event.
    const limit = progress.status === 'PENDING' && progress.died ? RIGHTS_PATIENCE_SECONDS : request.timeoutMinutes * 60;
    return progress.status === 'PENDING' && this.elapsedSeconds(event) < limit;
  }

  private async report(event: WatchedEvent, end: Ended): Promise<StartAnswer> {
    const answer = await this.invokeStart(event, end);
    if (answer.progress.status !== 'SUCCEEDED') {
      log.warn('the outcome is not told as an event', { logicalId: event.LogicalResourceId, ...fieldsOf(answer.progress) });
    }
    return answer;
  }

  private async invokeStart(event: WatchedEvent, handOver: Progress): Promise<StartAnswer> {
    try {
      return await this.deps.invokeStart({ ...event, HandOver: handOver });
    } catch (error) {
      return { progress: this.afterFailedStep(event, error), removals: [] };
    }
  }

  private async cancel(event: WatchedEvent, request: OperationRequest, removal: Removal): Promise<Progress> {
    return this.deps.invokeCancel({ kind: request.kind, removal, resource: resourceOf(event, request), elapsedSeconds: this.elapsedSeconds(event) });
  }

  private elapsedSeconds(event: WatchedEvent): number {
    return (this.deps.now() - readWatch(event).startedAt) / 1000;
  }
}

/** What the request itself made and may not be finished. */
function unfinishedRemoval(event: WatchedEvent, request: OperationRequest): Removal {
  const { target } = assignmentOf(event, request, 0);
  return request.kind === 'export'
    ? { exportTask: target, region: request.region }
    : { arn: target, reason: DeletionReason.UNFINISHED, generation: event.RequestId };
}

/** Not when it only changes tags, nor when it goes back to what was there before. */
function makesSomething(event: WatchedEvent, request: OperationRequest, { goesBack, physicalId }: StartAnswer): boolean {
  return event.RequestType !== 'Delete' && !isInPlace(event, request) && !goesBack && physicalId === undefined;
}

/** Whether waiting any longer is of no use to the deploy. */
function needsNoOne(progress: Unfinished, completion: CompletionMode): boolean {
  if (progress.status === 'PENDING' && progress.awaitsFormer) {
    // CloudFormation lets the former export go when this request is answered, and not before.
    return true;
  }
  return completion === CompletionMode.BACKGROUND && (progress.status === 'RUNNING' || progress.queued === true);
}

function isReadable(event: WatchedEvent): boolean {
  try {
    requestOf(event);
    return true;
  } catch {
    // With the id of a snapshot or an export task, something was made, and the unreadable properties are an error to tell.
    return ['take', 'export'].some((kind) => targetOf({ kind } as OperationRequest, event.PhysicalResourceId) !== undefined);
  }
}
