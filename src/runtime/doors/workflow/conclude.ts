import { Step } from './steps';
import { inGroups } from '../../../core/fitting';
import { Handle } from '../../../core/handle';
import { reportOf } from '../../../core/outcome';
import { Ended, Succeeded } from '../../../core/progress';
import { countOutcome, log } from '../../log';

/** A line of the log may hold 256 KiB. */
const MAX_LINE_BYTES = 200_000;

/** Writes down how watched work ended, and says what is to be reported. */
export function conclude(handle: Handle, end: Ended, now: number): Step {
  const { request, resource, work } = handle;
  if (end.status === 'FAILED') {
    log.error('work failed', { logicalId: resource.logicalId, target: work.target, reason: end.message });
    countOutcome('OperationFailed', request.kind, now, { reason: end.message });
  } else {
    log.info('work complete', { logicalId: resource.logicalId, target: work.target });
    logWarnings(work.target, end);
    countOutcome('OperationSucceeded', request.kind, now);
  }
  return { step: 'report', report: reportOf(handle, end, now) };
}

/** All of them, however many: the event and the attribute hold only so much. */
export function logWarnings(target: string, { warnings = [] }: Succeeded): void {
  for (const group of inGroups(warnings, MAX_LINE_BYTES)) {
    log.warn('complete with warnings', { target, count: warnings.length, warnings: group });
  }
}
