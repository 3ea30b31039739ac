import { isExportTaskIdentifier } from './export-identifiers';
import { OperationRequest } from './requests';
import { parseSnapshotArn } from './snapshot-arn';

/** RDS allows no slash in the identifier of an export task. */
const SEPARATOR = '/';

/**
 * The id by which CloudFormation knows a resource. For a snapshot it is the ARN. For an export it is the identifier of the task
 * and that of the task that it took the place of: an update that is taken back must know the earlier one also
 * when RDS no longer lists it, and this id is all that CloudFormation sends.
 */
export function physicalIdOf(request: OperationRequest, target: string, previousId: string | undefined): string {
  const previous = request.kind === 'export' ? targetOf(request, previousId) : undefined;
  return previous === undefined ? target : `${target}${SEPARATOR}${previous}`;
}

/** The ARN of the snapshot or the identifier of the export task that an id stands for; undefined if it is none of ours. */
export function targetOf(request: OperationRequest, physicalId: string | undefined): string | undefined {
  if (physicalId === undefined) {
    return undefined;
  }
  if (request.kind !== 'export') {
    return parseSnapshotArn(physicalId) ? physicalId : undefined;
  }
  return exportTasksIn(physicalId)[0];
}

/** The export task that an id stands for, and the one before it. */
export function exportTasksIn(physicalId: string): string[] {
  const tasks = physicalId.split(SEPARATOR);
  return tasks.every(isExportTaskIdentifier) ? tasks : [];
}
