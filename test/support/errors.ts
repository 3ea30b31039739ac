/** Errors as the SDK throws them. */
export interface ErrorFacts {
  readonly httpStatusCode?: number;
  readonly requestId?: string;
  /** Of Node.js, for what never reached AWS. */
  readonly code?: string;
}

export function awsError(name: string, message = 'words of AWS', { httpStatusCode = 400, requestId, code }: ErrorFacts = {}): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode, requestId }, ...(code ? { code } : {}) });
}

export const throttled = (): Error => awsError('ThrottlingException', 'Rate exceeded');
export const denied = (): Error => awsError('AccessDenied', 'User: start is not authorized to perform: rds:CopyDBClusterSnapshot', { httpStatusCode: 403 });
export const copyLimit = (): Error => awsError('SnapshotQuotaExceededFault', 'Cannot copy more than 5 snapshots across regions');
export const quota = (): Error => awsError('SnapshotQuotaExceededFault', 'Cannot create more than 100 manual snapshots');
