import { Assignment } from './assignment';
import { OwningResource } from './ownership';
import { OperationRequest } from './requests';

/** Version of the handle below: it rises whenever its meaning changes. */
export const HANDLE_VERSION = 1;

/** A watch goes on for days, also when the library is upgraded meanwhile: a handler reads its own version and the one before. */
const READABLE_VERSIONS = [HANDLE_VERSION];

/** Work that is handed over: all that is needed to start it, to look at it and to tell how it ended. */
export interface Handle {
  readonly version: number;
  readonly request: OperationRequest;
  readonly resource: OwningResource;
  /** Which request of the resource it is: two requests may ask for the same thing. */
  readonly generation: string;
  readonly work: Omit<Assignment, 'elapsedSeconds'>;
  /** When it was asked for, in milliseconds since 1970. */
  readonly requestedAt: number;
}

export function readHandle(handle: Handle): Handle {
  if (!READABLE_VERSIONS.includes(handle.version)) {
    throw new Error(`handle version ${handle.version} is not known to this runtime (it knows ${READABLE_VERSIONS.join(', ')}): `
      + 'the work was handed over by another release of cdk-aurora-backup; deploy that one again, or wait until it has ended');
  }
  return handle;
}
