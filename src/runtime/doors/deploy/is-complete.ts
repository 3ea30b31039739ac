import { CancelEvent, StartAnswer, WatchedEvent, assignmentOf, isInPlace, requestOf, resourceOf } from './events';
import { Failed, Progress, failed, pending } from '../../../core/progress';
import { Deletion, DeletionReason } from '../../../core/removal';
import { OperationRequest } from '../../../core/requests';
import { SnapshotAttribute } from '../../../core/resource-contract';
import { parseSnapshotArn } from '../../../core/snapshot-arn';
import { countOutcome, log } from '../../log';
import { Sight, progressAfter } from '../../operations/operation';
import { isFromAws, wordsOf } from '../../rds/errors';

export interface IsCompleteAnswer {
  readonly IsComplete: boolean;
  readonly PhysicalResourceId?: string;
  readonly Data?: Readonly<Record<string, string>>;
}

export interface IsCompleteDependencies {
  readonly check: (request: OperationRequest, sight: Sight) => Promise<Progress>;
  readonly invokeStart: (event: WatchedEvent) => Promise<StartAnswer>;
  readonly invokeCancel: (event: CancelEvent) => Promise<Progress>;
  readonly now: () => number;
}

/** CloudFormation gives up on a custom resource after 60 minutes; a deletion that waits has to answer before. */
const DELETE_TIMEOUT_MINUTES = 55;

/** CloudFormation takes answers of 4,096 bytes; refusals of IAM can be longer than that. */
const MAX_REASON_LENGTH = 1500;

/** Called every few seconds until it says yes or throws. A look that fails is no failure of the work. */
export class DeployIsComplete {
  constructor(private readonly deps: IsCompleteDependencies) {}

  public async handle(event: WatchedEvent): Promise<IsCompleteAnswer> {
    if (event.RequestType === 'Delete' && !isReadable(event)) {
      // A Create with properties that cannot be read has failed before it made anything.
      return { IsComplete: true };
    }
    const request = requestOf(event);
    const answer = await this.step(event, request).catch((error): StartAnswer => (
      { progress: this.afterFailedStep(event, error), deletions: [] }
    ));
    const { progress } = answer;
    log.info('progress', { logicalId: event.LogicalResourceId, requestType: event.RequestType, arn: answer.arn, ...fieldsOf(progress) });

    switch (progress.status) {
      case 'SUCCEEDED':
        if (event.RequestType === 'Delete' || answer.arn === targetOf(event, request)) {
          countOutcome('OperationSucceeded', operationName(event, request), this.deps.now());
        }
        return { IsComplete: true, ...(event.RequestType === 'Delete' ? {} : resultOf(answer.arn ?? event.PhysicalResourceId)) };
      case 'FAILED':
        return this.giveUp(event, request, progress);
      default: {
        const limit = event.RequestType === 'Delete' ? DELETE_TIMEOUT_MINUTES : request.timeoutMinutes;
        return this.elapsedSeconds(event) < limit * 60
          ? { IsComplete: false }
          : this.giveUp(event, request, failed(timeoutMessage(event, limit, progress)));
      }
    }
  }

  private async step(event: WatchedEvent, request: OperationRequest): Promise<StartAnswer> {
    const answer = await this.lookOrStart(event, request);
    if (answer.progress.status !== 'SUCCEEDED') {
      return answer;
    }
    for (const deletion of answer.deletions) {
      const progress = await this.cancel(event, request, deletion);
      if (progress.status !== 'SUCCEEDED' && !this.mayBeLeft(event, request, deletion, progress)) {
        return { ...answer, progress };
      }
    }
    return answer;
  }

  /** An update that is taken back must not fail over what it left: that is tagged, and goes when the resource goes. */
  private mayBeLeft(event: WatchedEvent, request: OperationRequest, deletion: Deletion, progress: Progress): boolean {
    const isLate = progress.status === 'FAILED' || this.elapsedSeconds(event) >= request.timeoutMinutes * 60;
    if (event.RequestType === 'Delete' || !isLate) {
      return false;
    }
    log.warn('left for the deletion of the resource', { arn: deletion.arn, deletionReason: deletion.reason, ...fieldsOf(progress) });
    return true;
  }

  /** A function that ended badly may do better at the next poll; what AWS refuses for good will not. */
  private afterFailedStep(event: WatchedEvent, error: unknown): Progress {
    const doing = `the ${event.RequestType} of ${event.LogicalResourceId}`;
    return isFromAws(error)
      ? progressAfter(error, doing, this.elapsedSeconds(event))
      : pending(`${doing} could not be looked after: ${wordsOf(error)}`);
  }

  private async lookOrStart(event: WatchedEvent, request: OperationRequest): Promise<StartAnswer> {
    if (event.RequestType === 'Delete' || isInPlace(event, request)) {
      return this.deps.invokeStart(event);
    }
    const assignment = assignmentOf(event, request, this.elapsedSeconds(event));
    const progress = await this.deps.check(request, assignment);
    return progress.status === 'PENDING' ? this.deps.invokeStart(event) : { progress, arn: assignment.targetArn, deletions: [] };
  }

  /** Fails the request. What it made and did not finish goes: nobody would wait for it any more. */
  private async giveUp(event: WatchedEvent, request: OperationRequest, { message }: Failed): Promise<never> {
    log.error('request failed', { logicalId: event.LogicalResourceId, requestType: event.RequestType, reason: message });
    countOutcome('OperationFailed', operationName(event, request), this.deps.now(), { reason: message });
    if (event.RequestType !== 'Delete' && !isInPlace(event, request)) {
      // Also when the last look failed and did not show it; never what an update went back to.
      const arn = assignmentOf(event, request, this.elapsedSeconds(event)).targetArn;
      await this.cancel(event, request, { arn, reason: DeletionReason.UNFINISHED, generation: event.RequestId }).catch((error) => {
        // CloudFormation asks for the removal once more, with the id it knows.
        log.warn('the unfinished snapshot could not be removed at once', { arn, reason: wordsOf(error) });
      });
    }
    throw new Error(message.length > MAX_REASON_LENGTH ? `${message.slice(0, MAX_REASON_LENGTH)}… (the log has the rest)` : message);
  }

  private async cancel(event: WatchedEvent, request: OperationRequest, deletion: Deletion): Promise<Progress> {
    return this.deps.invokeCancel({ kind: request.kind, deletion, resource: resourceOf(event, request), elapsedSeconds: this.elapsedSeconds(event) });
  }

  private elapsedSeconds(event: WatchedEvent): number {
    return (this.deps.now() - event.Watch.startedAt) / 1000;
  }
}

/** For a line of the log, which has a message of its own. */
function fieldsOf(progress: Progress): object {
  return progress.status === 'FAILED' ? { status: progress.status, reason: progress.message } : progress;
}

function isReadable(event: WatchedEvent): boolean {
  try {
    requestOf(event);
    return true;
  } catch {
    // With the ARN of a snapshot as its id, something was made, and the unreadable properties are an error to tell.
    return parseSnapshotArn(event.PhysicalResourceId) !== undefined;
  }
}

/** What the request itself makes: nothing when it only changes tags, and not what an update goes back to. */
function targetOf(event: WatchedEvent, request: OperationRequest): string | undefined {
  return isInPlace(event, request) ? undefined : assignmentOf(event, request, 0).targetArn;
}

function resultOf(arn: string): Pick<IsCompleteAnswer, 'PhysicalResourceId' | 'Data'> {
  return {
    PhysicalResourceId: arn,
    Data: { [SnapshotAttribute.ARN]: arn, [SnapshotAttribute.IDENTIFIER]: parseSnapshotArn(arn)?.identifier ?? arn },
  };
}

function timeoutMessage(event: WatchedEvent, minutes: number, progress: Exclude<Progress, Failed>): string {
  const last = progress.status === 'PENDING' ? progress.reason : progress.status === 'RUNNING' ? progress.detail : '';
  return event.RequestType === 'Delete'
    ? `the deletion was not finished after ${minutes} minutes. Last seen: ${last}. Delete the stack again when that has ended.`
    : `not finished after ${minutes} minutes, so the deploy fails and the unfinished snapshot is removed. Last seen: ${last}. `
      + 'Give it more time with completion: Completion.waitFor({ timeout }) (at most 55 minutes, because CloudFormation waits one hour), or deploy again.';
}

function operationName(event: WatchedEvent, request: OperationRequest): string {
  return event.RequestType === 'Delete' ? 'delete' : request.kind;
}
