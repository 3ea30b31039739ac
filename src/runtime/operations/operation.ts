import { Assignment, Sight } from '../../core/assignment';
import { OwningResource } from '../../core/ownership';
import { Advice, Failed, Pending, Progress, failed, pending, queued } from '../../core/progress';
import { Deletion } from '../../core/removal';
import { FaultKind, faultKind, isFromAws, wordsOf } from '../rds/errors';

/** An export task to stop. */
export interface ExportCancellation {
  readonly exportTask: string;
  readonly region: string;
}

/** What may have to go before a request is done. */
export type Removal = Deletion | ExportCancellation;

/** Everything the library does to a snapshot is an operation of three steps, whichever door it came through. */
export interface Operation<Request, What extends Removal> {
  /** Never makes a second thing for the same assignment. */
  start(request: Request, assignment: Assignment): Promise<Progress>;
  /** One look at AWS, never a write. */
  check(request: Request, sight: Sight): Promise<Progress>;
  /** Removes what the resource made, or stops it; succeeds when nothing is left to do. */
  cancel(removal: What, resource: OwningResource, elapsedSeconds: number): Promise<Progress>;
}

/** Roles, policies and grants made by the same deploy may take this long to be in force everywhere. */
export const RIGHTS_PATIENCE_SECONDS = 300;

/** What was just made or shared may not be listed yet: not found means that it does not exist only after this long. */
export const VISIBILITY_PATIENCE_SECONDS = 300;

/** Until then, looks that are refused have been refused from the beginning. */
const FIRST_LOOKS_SECONDS = 2 * RIGHTS_PATIENCE_SECONDS;

/**
 * What a look that failed means. It says nothing of the work, which may go on well: nobody is to give that up over an incident. Only
 * who was refused from the beginning is told so, instead of waiting for nothing.
 */
function afterFailedLook(error: unknown, doing: string, elapsedSeconds: number): Pending | Failed {
  const progress = progressAfter(error, doing, elapsedSeconds);
  const isFirst = elapsedSeconds >= RIGHTS_PATIENCE_SECONDS && elapsedSeconds < FIRST_LOOKS_SECONDS;
  return progress.status === 'PENDING' || isFirst ? progress : pending(`${doing} did not succeed, and is to be tried again: ${wordsOf(error)}`);
}

/** One look, whose failure is no failure of the work. */
export async function look(target: string, at: () => Promise<Progress>): Promise<Progress> {
  try {
    return await at();
  } catch (error) {
    return pending(`looking at ${target} did not succeed, and is to be tried again: ${wordsOf(error)}`);
  }
}

/** The look before a start. */
export async function firstLook(target: string, elapsedSeconds: number, at: () => Promise<Progress>): Promise<Progress> {
  try {
    return await at();
  } catch (error) {
    return afterFailedLook(error, `looking at ${target}`, elapsedSeconds);
  }
}

/** Whether nothing is there, so that it may be made. What could not be looked at may be there. */
export function isToBeMade(progress: Progress): boolean {
  return progress.status === 'PENDING' && progress.unseen === true;
}

/** What most errors mean for every operation; an operation handles first what only it can judge. */
export function progressAfter(error: unknown, doing: string, elapsedSeconds: number): Pending | Failed {
  const words = wordsOf(error);
  switch (faultKind(error)) {
    case FaultKind.TRANSIENT:
      return pending(`${doing} is to be tried again after ${words}`);
    case FaultKind.RIGHTS:
      return elapsedSeconds < RIGHTS_PATIENCE_SECONDS
        ? pending(`${doing} is not allowed yet, which is normal for rights made a moment ago: ${words}`)
        : {
          ...failed(`${doing} is not allowed, also after ${Math.round(RIGHTS_PATIENCE_SECONDS / 60)} minutes. AWS said: ${words}`, Advice.ALLOW),
          refused: true,
        };
    case FaultKind.COPY_LIMIT:
      return queued(`as many copies are in progress in the destination Region as RDS allows; this one waits its turn: ${words}`);
    case FaultKind.EXPORT_LIMIT:
    case FaultKind.BUSY:
      return queued(`${doing} waits until RDS allows it: ${words}`);
    case FaultKind.SNAPSHOT_QUOTA:
      return {
        ...failed(`${doing} failed because the Region holds as many manual cluster snapshots as its quota allows. AWS said: ${words}`, Advice.MAKE_ROOM),
        quotaReached: true,
      };
    default:
      return isFromAws(error) ? failed(`${doing} failed. AWS said: ${words}`, Advice.CORRECT) : failed(`${doing} failed. Reason: ${words}.`);
  }
}
