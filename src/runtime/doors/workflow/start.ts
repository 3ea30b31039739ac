import { conclude } from './conclude';
import { Step, WorkflowEvent, memoryOf, waitAndLook } from './steps';
import { Assignment } from '../../../core/assignment';
import { readHandle } from '../../../core/handle';
import { targetOf } from '../../../core/physical-id';
import { Progress, failed, pending } from '../../../core/progress';
import { OperationRequest } from '../../../core/requests';
import { log } from '../../log';
import { RIGHTS_PATIENCE_SECONDS, progressAfter } from '../../operations/operation';
import { Stacks } from '../../stacks';

export interface WorkflowStartDependencies {
  readonly stacks: Stacks;
  readonly start: (request: OperationRequest, assignment: Assignment) => Promise<Progress>;
  readonly now: () => number;
}

/** Starts what was handed over before it could begin, if it is still wanted. */
export class WorkflowStart {
  constructor(private readonly deps: WorkflowStartDependencies) {}

  public async handle(event: WorkflowEvent): Promise<Step> {
    const handle = readHandle(event.handle);
    const memory = memoryOf(event);
    const now = this.deps.now();
    const progress = await this.begin(event, (now - handle.requestedAt) / 1000);
    log.info('watch started', { logicalId: handle.resource.logicalId, target: handle.work.target, ...progress });
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
