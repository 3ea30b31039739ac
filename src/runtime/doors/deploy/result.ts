import { exportTasksIn } from '../../../core/physical-id';
import { Succeeded } from '../../../core/progress';
import { CompletionMode, OperationRequest } from '../../../core/requests';
import { ExportAttribute, SnapshotAttribute, UNKNOWN_RESULT } from '../../../core/resource-contract';
import { parseSnapshotArn } from '../../../core/snapshot-arn';

/** What the Provider framework is answered. */
export interface Answer {
  readonly IsComplete: boolean;
  readonly PhysicalResourceId?: string;
  readonly Data?: Readonly<Record<string, string>>;
}

/** The attributes of an export that RDS no longer lists. */
const NOTHING_KNOWN = {
  [ExportAttribute.SNAPSHOT_TIME]: UNKNOWN_RESULT,
  [ExportAttribute.TOTAL_EXTRACTED_DATA_IN_GB]: UNKNOWN_RESULT,
  [ExportAttribute.WARNINGS]: UNKNOWN_RESULT,
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
    ...(request.completion === CompletionMode.FAIL ? { ...NOTHING_KNOWN, ...progress?.result } : {}),
  };
}
