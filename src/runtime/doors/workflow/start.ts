import { conclude } from './conclude';
import { Step, WorkflowEvent, seenAtOf, waitAndLook } from './steps';
import { Assignment } from '../../../core/assignment';
import { readHandle } from '../../../core/handle';
import { targetOf } from '../../../core/physical-id';
import { Progress, failed } from '../../../core/progress';
import { OperationRequest } from '../../../core/requests';
import { log } from '../../log';
import { progressAfter } from '../../operations/operation';
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
    const now = this.deps.now();
    const elapsedSeconds = (now - handle.requestedAt) / 1000;
    const progress = await this.begin(event, elapsedSeconds);
    log.info('watch started', { logicalId: handle.resource.logicalId, target: handle.work.target, ...progress });
    switch (progress.status) {
      case 'SUCCEEDED':
      case 'FAILED':
        return conclude(handle, progress, now);
      case 'RUNNING':
        return waitAndLook(handle, now, now);
      case 'PENDING':
        return waitAndLook(handle, now, seenAtOf(event));
    }
  }

  private async begin({ handle }: WorkflowEvent, elapsedSeconds: number): Promise<Progress> {
    const { request, resource, work } = handle;
    try {
      const standing = await this.deps.stacks.standingOf(resource, (physicalId) => targetOf(request, physicalId) === work.target);
      switch (standing.verdict) {
        case 'unsettled':
          return { status: 'PENDING', reason: standing.because };
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
