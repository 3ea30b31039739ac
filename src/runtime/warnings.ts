import { log } from './log';
import { inGroups } from '../core/fitting';
import { Succeeded } from '../core/progress';

/** A line of the log may hold 256 KiB. */
const MAX_LINE_BYTES = 200_000;

/** All of them, however many: the event and the attribute hold only so much. */
export function logWarnings(target: string, { warnings = [] }: Succeeded): void {
  for (const group of inGroups(warnings, MAX_LINE_BYTES)) {
    log.warn('complete with warnings', { target, count: warnings.length, warnings: group });
  }
}
