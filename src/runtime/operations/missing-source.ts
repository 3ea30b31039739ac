import { VISIBILITY_PATIENCE_SECONDS } from './operation';
import { Advice, Failed, Pending, failed, pending, queued } from '../../core/progress';

/** A watch goes on for seven days; what has not begun by then never will. */
const QUEUED_SOURCE_PATIENCE_SECONDS = 7 * 24 * 3600;

interface RequestWithSource {
  readonly sourceArn: string;
  readonly sourceMayBeQueued: boolean;
}

/** What it means that RDS does not list the snapshot that is to be copied or exported. */
export function missingSource({ sourceArn, sourceMayBeQueued }: RequestWithSource, elapsedSeconds: number): Pending | Failed {
  if (elapsedSeconds < VISIBILITY_PATIENCE_SECONDS) {
    return pending(`the source ${sourceArn} is not listed by RDS yet`);
  }
  if (sourceMayBeQueued && elapsedSeconds < QUEUED_SOURCE_PATIENCE_SECONDS) {
    return queued(`the source ${sourceArn} is not there yet; as no deploy waits for it, it may still wait for its turn`);
  }
  return failed(`the source ${sourceArn} does not exist or is not shared with this account`, Advice.CHECK_SOURCE);
}
