import { WatchedEvent } from './events';
import { Unfinished } from '../../../core/progress';
import { OperationRequest } from '../../../core/requests';
import { sharesCopy } from '../../../core/sharing';

/** What the user reads when a request is not finished and is waited for no longer. */
export function timeoutMessage(event: WatchedEvent, request: OperationRequest, makes: boolean, minutes: number, progress: Unfinished): string {
  const last = progress.status === 'PENDING' ? progress.reason : progress.detail;
  if (event.RequestType === 'Delete') {
    return `the deletion was not finished after ${minutes} minutes. Last seen: ${last}. Delete the stack again when that has ended.`;
  }
  if (!makes) {
    return `not finished after ${minutes} minutes, so the deploy fails; what goes on is left as it is. Last seen: ${last}. Deploy again when that has ended.`;
  }
  if (progress.status === 'PENDING' && progress.awaitsFormer) {
    return `the former export of this resource still runs, and the deploy cannot wait for it: ${last}. Deploy again when it has ended, `
      + 'or let this one follow it with completion: Completion.waitFor({ onTimeout: TimeoutBehavior.CONTINUE }).';
  }
  const consequence = consequenceFor(request);
  return `not finished after ${minutes} minutes, so the deploy fails and ${consequence}. Last seen: ${last}. `
    + 'To let the deploy end and the work go on, use completion: Completion.waitFor({ onTimeout: TimeoutBehavior.CONTINUE }); to wait longer, '
    + 'Completion.waitFor({ timeout }) (at most 55 minutes, because CloudFormation waits one hour).';
}

function consequenceFor(request: OperationRequest): string {
  if (request.kind === 'export') {
    return 'the export task is canceled';
  }
  return request.kind === 'share' && !sharesCopy(request) ? 'nothing is shared' : 'the unfinished snapshot is removed';
}
