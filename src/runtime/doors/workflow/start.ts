import { conclude } from './conclude';
import { Assignment } from '../../../core/assignment';
import { Handle, readHandle } from '../../../core/handle';
import { targetOf } from '../../../core/physical-id';
import { Progress, failed, pending } from '../../../core/progress';
import { OperationRequest } from '../../../core/requests';
import { fieldsOf, log } from '../../log';
import { RIGHTS_PATIENCE_SECONDS, progressAfter } from '../../operations/operation';
import { wordsOf } from '../../rds/errors';
import { Stacks } from '../../stacks';
import { Step, WorkflowEvent, memoryOf, settle, waitAndLook } from '../../steps';

export interface WorkflowStartDependencies {
  readonly stacks: Stacks;
  readonly start: (request: OperationRequest, assignment: Assignment) => Promise<Progress>;
  readonly now: () => number;
}

/** A deploy that takes longer than this is not waited for with what there is to tell. */
const MAX_SETTLE_SECONDS = 2 * 3600;

/** Starts what was handed over before it could begin, if it is still wanted; and knows when the stack is at rest. */
export class WorkflowStart {
  constructor(private readonly deps: WorkflowStartDependencies) {}

  public async handle(event: WorkflowEvent): Promise<Step> {
    const handle = readHandle(event.handle);
    if (event.answer.step === 'settle') {
      return this.settle(handle, event.answer);
    }
    const memory = memoryOf(event);
    const now = this.deps.now();
    const progress = await this.begin(event, (now - handle.requestedAt) / 1000);
    log.info('watch started', { logicalId: handle.resource.logicalId, target: handle.work.target, ...fieldsOf(progress) });
    switch (progress.status) {
      case 'RUNNING':
        return waitAndLook(handle, now, { seen: true });
      case 'PENDING':
        return waitAndLook(handle, now, { ...memory, refusedSince: undefined });
      case 'SUCCEEDED':
        return conclude(handle, progress, now);
      case 'FAILED': {
        // After hours in a queue one refusal may be an incident; the patience counts from there.
        const { refusedSince = now } = memory;
        return progress.refused && now - refusedSince < RIGHTS_PATIENCE_SECONDS * 1000
          ? waitAndLook(handle, now, { ...memory, refusedSince })
          : conclude(handle, progress, now);
      }
    }
  }

  private async settle({ resource }: Handle, { report, since }: Extract<Step, { step: 'settle' }>): Promise<Step> {
    const mayWait = this.deps.now() - since < MAX_SETTLE_SECONDS * 1000;
    return mayWait && await this.isWorking(resource.stackId) ? settle(report, since) : { step: 'report', report };
  }

  /** A stack that cannot be looked at keeps nobody waiting. */
  private async isWorking(stackId: string): Promise<boolean> {
    try {
      return await this.deps.stacks.isWorking(stackId);
    } catch (error) {
      log.warn('the state of the stack could not be read', { stackId, reason: wordsOf(error) });
      return false;
    }
  }

  private async begin({ handle }: WorkflowEvent, elapsedSeconds: number): Promise<Progress> {
    const { request, resource, work, requestedAt } = handle;
    try {
      const standing = await this.deps.stacks.standingOf(resource, requestedAt, (physicalId) => targetOf(request, physicalId) === work.target);
      switch (standing.verdict) {
        case 'unsettled':
          return pending(standing.because);
        case 'unwanted':
          return failed(`nothing was started because ${standing.because}`);
        case 'wanted':
          return await this.deps.start(request, { ...work, elapsedSeconds });
      }
    } catch (error) {
      return progressAfter(error, `starting ${work.target}`, elapsedSeconds);
    }
  }
}
