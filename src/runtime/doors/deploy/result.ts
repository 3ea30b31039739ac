import { exportTasksIn } from '../../../core/physical-id';
import { Succeeded } from '../../../core/progress';
import { CompletionMode, OperationRequest } from '../../../core/requests';
import { ExportAttribute, SnapshotAttribute } from '../../../core/resource-contract';
import { parseSnapshotArn } from '../../../core/snapshot-arn';

/** What the Provider framework is answered. */
export interface Answer {
  readonly IsComplete: boolean;
  readonly PhysicalResourceId?: string;
  readonly Data?: Readonly<Record<string, string>>;
}

/** The attributes of an export that RDS no longer lists. */
const UNKNOWN_RESULT = {
  [ExportAttribute.SNAPSHOT_TIME]: '',
  [ExportAttribute.TOTAL_EXTRACTED_DATA_IN_GB]: '',
  [ExportAttribute.WARNINGS]: '',
};

/** The id that the resource has from now on, and its attributes. */
export function resultOf(request: OperationRequest, physicalId: string, progress?: Succeeded): Answer {
  return { IsComplete: true, PhysicalResourceId: physicalId, Data: attributesOf(request, physicalId, progress) };
}

function attributesOf(request: OperationRequest, physicalId: string, progress?: Succeeded): Record<string, string> {
  if (request.kind !== 'export') {
    return { [SnapshotAttribute.ARN]: physicalId, [SnapshotAttribute.IDENTIFIER]: parseSnapshotArn(physicalId)?.identifier ?? physicalId };
  }
  const [identifier = physicalId] = exportTasksIn(physicalId);
  return {
    [ExportAttribute.IDENTIFIER]: identifier,
    // Only who waits for the result may ask for it.
    ...(request.completion === CompletionMode.FAIL ? { ...UNKNOWN_RESULT, ...progress?.result } : {}),
  };
}
