import { conclude } from './conclude';
import { Sight } from '../../../core/assignment';
import { Handle, readHandle } from '../../../core/handle';
import { SHORTEST_WAIT_SECONDS, WATCH_LIMIT_SECONDS } from '../../../core/pacing';
import { Pending, Progress, Unfinished, failed } from '../../../core/progress';
import { OperationRequest } from '../../../core/requests';
import { fieldsOf, log } from '../../log';
import { VISIBILITY_PATIENCE_SECONDS } from '../../operations/operation';
import { Memory, Step, WorkflowEvent, memoryOf, waitAndLook } from '../../steps';

export interface WorkflowLookDependencies {
  readonly check: (request: OperationRequest, sight: Sight) => Promise<Progress>;
  readonly now: () => number;
}

/** One look of the watch: says what to do next. It makes, changes and deletes nothing. */
export class WorkflowLook {
  constructor(private readonly deps: WorkflowLookDependencies) {}

  public async handle(event: WorkflowEvent): Promise<Step> {
    const handle = readHandle(event.handle);
    const now = this.deps.now();
    const elapsedSeconds = (now - handle.requestedAt) / 1000;
    const progress = await this.deps.check(handle.request, { ...handle.work, elapsedSeconds });
    log.info('watch', { logicalId: handle.resource.logicalId, target: handle.work.target, ...fieldsOf(progress) });

    if (progress.status === 'SUCCEEDED' || progress.status === 'FAILED') {
      return conclude(handle, progress, now);
    }
    if (elapsedSeconds >= WATCH_LIMIT_SECONDS) {
      return conclude(handle, failed(timeIsUp(handle.work.target, progress)), now);
    }
    if (progress.status === 'RUNNING') {
      return waitAndLook(handle, now, { seen: true });
    }
    if (progress.awaitsStart) {
      return { step: 'start', memory: memoryOf(event) };
    }
    return progress.unseen ? unseen(handle, memoryOf(event), progress, now) : waitAndLook(handle, now, memoryOf(event));
  }
}

/** What was never seen is to be started. What was seen and no longer is was deleted, and is not made again behind somebody's back. */
function unseen(handle: Handle, memory: Memory, progress: Pending, now: number): Step {
  if (!memory.seen) {
    return { step: 'start', memory };
  }
  const { unseenSince = now } = memory;
  return now - unseenSince < VISIBILITY_PATIENCE_SECONDS * 1000
    ? { step: 'wait', waitSeconds: SHORTEST_WAIT_SECONDS, memory: { ...memory, unseenSince } }
    : conclude(handle, failed(`${handle.work.target} was there and no longer is: somebody deleted it before it was complete (${progress.reason})`), now);
}

function timeIsUp(target: string, progress: Unfinished): string {
  const last = progress.status === 'PENDING' ? progress.reason : progress.detail;
  return `not finished after ${WATCH_LIMIT_SECONDS / 86_400} days, so ${target} is no longer watched and is left as it is. Last seen: ${last}`;
}
