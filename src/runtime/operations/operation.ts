import { OwningResource } from '../../core/ownership';
import { Failed, Pending, Progress, failed, pending } from '../../core/progress';
import { Deletion } from '../../core/removal';
import { Tags } from '../../core/snapshot';
import { FaultKind, faultKind, isFromAws, wordsOf } from '../rds/errors';

/** What a door tells an operation about the work it is to start. */
export interface Assignment {
  /** The identifier of what is made. The same work always gets the same one. */
  readonly targetIdentifier: string;
  readonly targetArn: string;
  /** The account of the stack. */
  readonly account: string;
  /** The tags by which the new thing is known as ours. */
  readonly ownershipTags: Tags;
  /** Since when the work has been asked for. */
  readonly elapsedSeconds: number;
}

/** The thing to look at. */
export type Sight = Omit<Assignment, 'targetIdentifier'>;

/** The thing to remove, and the resource that has to own it. */
export interface Cancellation {
  readonly deletion: Deletion;
  readonly resource: OwningResource;
  readonly elapsedSeconds: number;
}

/** Everything the library does to a snapshot is an operation of three steps, whichever door it came through. */
export interface Operation<Request> {
  /** Never makes a second thing for the same assignment. */
  start(request: Request, assignment: Assignment): Promise<Progress>;
  /** One look at AWS, never a write. */
  check(sight: Sight): Promise<Progress>;
  /** Removes what the operation alone made; succeeds when nothing is left to do. */
  cancel(cancellation: Cancellation): Promise<Progress>;
}

/** Roles, policies and grants made by the same deploy may take this long to be in force everywhere. */
export const RIGHTS_PATIENCE_SECONDS = 300;

/** What was just made or shared may not be listed yet: not found means that it does not exist only after this long. */
export const VISIBILITY_PATIENCE_SECONDS = 300;

/** What most errors mean for every operation; an operation handles first what only it can judge. */
export function progressAfter(error: unknown, doing: string, elapsedSeconds: number): Pending | Failed {
  const words = wordsOf(error);
  switch (faultKind(error)) {
    case FaultKind.TRANSIENT:
      return pending(`${doing} is to be tried again after ${words}`);
    case FaultKind.RIGHTS:
      return elapsedSeconds < RIGHTS_PATIENCE_SECONDS
        ? pending(`${doing} is not allowed yet, which is normal for rights made a moment ago: ${words}`)
        : failed(`${doing} is not allowed, also after ${Math.round(RIGHTS_PATIENCE_SECONDS / 60)} minutes. AWS said: ${words}. `
          + 'Allow it in the key policy, a service control policy or a permissions boundary, whichever AWS names, and deploy again.');
    case FaultKind.COPY_LIMIT:
      return pending(`as many copies are in progress in the destination Region as RDS allows; this one waits its turn: ${words}`);
    case FaultKind.BUSY:
      return pending(`${doing} waits until RDS allows it: ${words}`);
    case FaultKind.SNAPSHOT_QUOTA:
      return failed(`${doing} failed because the Region holds as many manual cluster snapshots as its quota allows. AWS said: ${words}. `
        + 'Delete snapshots that are no longer needed, let keepLast do so, or ask for a higher quota (Service Quotas, L-9B510759), and deploy again.');
    default:
      return failed(isFromAws(error)
        ? `${doing} failed. AWS said: ${words}. Correct what AWS names and deploy again.`
        : `${doing} failed. Reason: ${words}.`);
  }
}
