import { Failed, Progress } from '../../../core/progress';
import { Deletion, DeletionReason } from '../../../core/removal';
import { OperationRequest } from '../../../core/requests';
import { SnapshotAttribute } from '../../../core/resource-contract';
import { parseSnapshotArn } from '../../../core/snapshot-arn';
import { countOutcome, log } from '../../log';
import { Sight } from '../../operations/operation';
import { wordsOf } from '../../rds/errors';
import { CancelEvent, StartAnswer, WatchedEvent, assignmentOf, isInPlace, requestOf, resourceOf } from './events';

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

/** Called every few seconds until it says yes or throws. A look that fails is no failure of the work. */
export class DeployIsComplete {
  constructor(private readonly deps: IsCompleteDependencies) {}

  public async handle(event: WatchedEvent): Promise<IsCompleteAnswer> {
    const request = requestOf(event);
    const answer = await this.step(event, request).catch((error): StartAnswer => (
      { progress: { status: 'PENDING', reason: `${event.RequestType} could not be looked after: ${wordsOf(error)}` }, deletions: [] }
    ));
    const { progress } = answer;
    log.info('progress', { logicalId: event.LogicalResourceId, requestType: event.RequestType, arn: answer.arn, ...progress });

    switch (progress.status) {
      case 'SUCCEEDED':
        countOutcome('OperationSucceeded', operationName(event, request), this.deps.now());
        return { IsComplete: true, ...(event.RequestType === 'Delete' ? {} : resultOf(answer.arn ?? event.PhysicalResourceId)) };
      case 'FAILED':
        return this.giveUp(event, request, progress, answer.arn);
      default: {
        const limit = event.RequestType === 'Delete' ? DELETE_TIMEOUT_MINUTES : request.timeoutMinutes;
        return this.elapsedSeconds(event) < limit * 60
          ? { IsComplete: false }
          : this.giveUp(event, request, { status: 'FAILED', message: timeoutMessage(event, limit, progress) }, answer.arn);
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
      if (progress.status !== 'SUCCEEDED') {
        return { ...answer, progress };
      }
    }
    return answer;
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
  private async giveUp(event: WatchedEvent, request: OperationRequest, { message }: Failed, arn?: string): Promise<never> {
    log.error('request failed', { logicalId: event.LogicalResourceId, requestType: event.RequestType, reason: message });
    countOutcome('OperationFailed', operationName(event, request), this.deps.now(), { reason: message });
    if (arn && event.RequestType !== 'Delete' && !isInPlace(event, request)) {
      await this.cancel(event, request, { arn, reason: DeletionReason.UNFINISHED }).catch((error) => {
        // CloudFormation asks for the removal once more, with the id it knows.
        log.warn('the unfinished snapshot could not be removed at once', { arn, reason: wordsOf(error) });
      });
    }
    throw new Error(message);
  }

  private async cancel(event: WatchedEvent, request: OperationRequest, deletion: Deletion): Promise<Progress> {
    return this.deps.invokeCancel({ kind: request.kind, deletion, resource: resourceOf(event, request), elapsedSeconds: this.elapsedSeconds(event) });
  }

  private elapsedSeconds(event: WatchedEvent): number {
    return (this.deps.now() - event.Watch.startedAt) / 1000;
  }
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
