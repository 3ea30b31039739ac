import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';

/** What an error of AWS means for an operation, whichever call it came from. */
export enum FaultKind {
  /** Throttled, 5xx, or the network: the same call may succeed in a minute. */
  TRANSIENT = 'transient',
  /** Denied. Rights of a role made minutes ago may not be in force yet, so this counts as final only after a while. */
  RIGHTS = 'rights',
  NOT_FOUND = 'not-found',
  ALREADY_EXISTS = 'already-exists',
  /** The cluster or snapshot is in a state that does not allow the call now. */
  BUSY = 'busy',
  /** As many copies are in progress as RDS allows; one will end. */
  COPY_LIMIT = 'copy-limit',
  /** As many exports are in progress as RDS allows; one will end. */
  EXPORT_LIMIT = 'export-limit',
  /** As many manual snapshots exist as RDS allows; none goes by itself. */
  SNAPSHOT_QUOTA = 'snapshot-quota',
  PERMANENT = 'permanent',
}

// The SDK names modelled errors by their shape, with "Fault"; what RDS does not model keeps the name on the wire.
const KIND_BY_NAME: Readonly<Record<string, FaultKind>> = {
  DBClusterNotFoundFault: FaultKind.NOT_FOUND,
  DBClusterSnapshotNotFoundFault: FaultKind.NOT_FOUND,
  DBSnapshotNotFoundFault: FaultKind.NOT_FOUND, // the calls that tag know no other name for it
  DBClusterSnapshotAlreadyExistsFault: FaultKind.ALREADY_EXISTS,
  InvalidDBClusterStateFault: FaultKind.BUSY,
  InvalidDBClusterSnapshotStateFault: FaultKind.BUSY,
  SnapshotQuotaExceededFault: FaultKind.SNAPSHOT_QUOTA,
  SnapshotQuotaExceeded: FaultKind.SNAPSHOT_QUOTA,
  ExportTaskNotFoundFault: FaultKind.NOT_FOUND,
  ExportTaskAlreadyExistsFault: FaultKind.ALREADY_EXISTS,
  InvalidExportSourceStateFault: FaultKind.BUSY,
  InvalidExportTaskStateFault: FaultKind.BUSY,
  // RDS does not model it, and only users have told its name.
  ExportTaskLimitReachedFault: FaultKind.EXPORT_LIMIT,
  ExportTaskLimitReached: FaultKind.EXPORT_LIMIT,
  // A role made by the same deploy, or its policy, may not be seen by RDS yet; and to RDS a bucket that the role cannot reach is none.
  IamRoleNotFoundFault: FaultKind.RIGHTS,
  IamRoleMissingPermissionsFault: FaultKind.RIGHTS,
  InvalidS3BucketFault: FaultKind.RIGHTS,
  // A grant of KMS takes as long to come into force as a role does, and is reported as an unusable key.
  KMSKeyNotAccessibleFault: FaultKind.RIGHTS,
  // Of Parameter Store. What another has written a moment ago may not be readable yet; nobody else meets the second.
  ParameterNotFound: FaultKind.NOT_FOUND,
  ParameterAlreadyExists: FaultKind.TRANSIENT,
  TooManyUpdates: FaultKind.TRANSIENT,
  AccessDenied: FaultKind.RIGHTS,
  AccessDeniedException: FaultKind.RIGHTS,
  UnauthorizedOperation: FaultKind.RIGHTS,
};

export function faultKind(error: unknown): FaultKind {
  const { name, message } = errorOf(error);
  const kind = KIND_BY_NAME[name];
  // RDS uses one code for both limits; only the words tell a limit that passes from a quota that does not.
  if (kind === FaultKind.SNAPSHOT_QUOTA && /cop(y|ies)\b/i.test(message)) {
    return FaultKind.COPY_LIMIT;
  }
  if (kind !== undefined) {
    return kind;
  }
  const sdkError = error as Parameters<typeof isThrottlingError>[0];
  if (error instanceof Error && (isThrottlingError(sdkError) || isTransientError(sdkError) || isServerError(sdkError))) {
    return FaultKind.TRANSIENT;
  }
  return FaultKind.PERMANENT;
}

export function isNotFound(error: unknown): boolean {
  return faultKind(error) === FaultKind.NOT_FOUND;
}

export function isFromAws(error: unknown): boolean {
  return typeof error === 'object' && error !== null && '$metadata' in error;
}

/** AWS's own words, with what AWS support asks for. */
export function wordsOf(error: unknown): string {
  const { name, message } = errorOf(error);
  const requestId = (error as { $metadata?: { requestId?: string } } | undefined)?.$metadata?.requestId;
  // Our sentences go on behind AWS's words.
  const words = message.replace(/\.$/, '');
  return `${name}: ${words}${requestId ? ` (request id ${requestId})` : ''}`;
}

function errorOf(error: unknown): { name: string; message: string } {
  return error instanceof Error ? error : { name: 'Error', message: String(error) };
}
