import { toldTo } from '../../../core/advice';
import { Handle } from '../../../core/handle';
import { reportOf } from '../../../core/outcome';
import { Ended } from '../../../core/progress';
import { countOutcome, log } from '../../log';
import { Step, tell } from '../../steps';
import { logWarnings } from '../../warnings';

/** Writes down how watched work ended, and says what is to be reported. */
export function conclude(handle: Handle, ended: Ended, now: number): Step {
  const end = toldTo('deploy', ended);
  const { request, resource, work } = handle;
  if (end.status === 'FAILED') {
    log.error('work failed', { logicalId: resource.logicalId, target: work.target, reason: end.message });
    countOutcome('OperationFailed', request.kind, now, { reason: end.message });
  } else {
    log.info('work complete', { logicalId: resource.logicalId, target: work.target });
    logWarnings(work.target, end);
    countOutcome('OperationSucceeded', request.kind, now);
  }
  return tell(reportOf(handle, end, now), now);
}
