import { ExportTask } from '../../core/export-task';
import { warningsOf } from '../../core/export-warnings';
import { joinFitting } from '../../core/fitting';
import { Advice, Progress, failed, running, succeeded } from '../../core/progress';
import { ExportRequest } from '../../core/requests';
import { ExportAttribute, UNKNOWN_RESULT } from '../../core/resource-contract';

/** CloudFormation takes answers of 4,096 bytes, and there is more in them than warnings. */
const MAX_WARNINGS_BYTES = 2_000;

/** What one look at an export task means. */
export function exportProgress(task: ExportTask, request: ExportRequest): Progress {
  switch (task.status) {
    case 'COMPLETE':
      return complete(task, request);
    case 'FAILED':
      return failed(`the export task ${task.identifier} failed. RDS said: ${(task.failureCause ?? 'nothing').replace(/\.$/, '')}. ${remedyFor(task.failureCause ?? '', request)}`, Advice.EXPORT_CORRECTED);
    case 'CANCELING':
    case 'CANCELED':
      return failed(`the export task ${task.identifier} was canceled by somebody else`, Advice.EXPORT_ANOTHER);
    default:
      return running(task.percentProgress, `the export task ${task.identifier} is ${task.status}, ${task.percentProgress} %`);
  }
}

function complete(task: ExportTask, request: ExportRequest): Progress {
  const warnings = warningsOf(task.warningMessage);
  if (warnings.length > 0 && request.failOnWarnings) {
    return failed(`the export task ${task.identifier} is complete, but it left something out and failOnWarnings is set: ${joinFitting(warnings, MAX_WARNINGS_BYTES / 2)}. `
      + 'Correct what it names, name other tables in exportOnly, or leave out failOnWarnings.');
  }
  return succeeded({
    [ExportAttribute.SNAPSHOT_TIME]: task.snapshotTime?.toISOString() ?? UNKNOWN_RESULT,
    [ExportAttribute.TOTAL_EXTRACTED_DATA_IN_GB]: String(task.totalExtractedDataInGB ?? UNKNOWN_RESULT),
    [ExportAttribute.WARNINGS]: joinFitting(warnings, MAX_WARNINGS_BYTES),
  }, warnings);
}

/**
 * RDS tells the cause in a sentence, and no code: these are the ones its guide lists. The first that fits says what to do. Nearly every
 * sentence mentions a role, a key and a bucket, so what fits is what it says of them, or the error code that it ends with.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.Troubleshooting.html
 */
function remedyFor(cause: string, request: ExportRequest): string {
  const { bucket, roleArn, kmsKeyId } = request;
  const remedies: Array<[RegExp, string]> = [
    [/assume the IAM role/i, `The role ${roleArn} must trust export.rds.amazonaws.com; a SnapshotExportRole does. If conditions in its trust policy are in the way, `
      + 'give role: new SnapshotExportRole(…, { restrictTrust: false }).'],
    [/KMS\.|KMS key check/i, `The key ${kmsKeyId} must be enabled, and its key policy and the role ${roleArn} must allow encrypting and decrypting with it.`],
    [/AWS Region|different Region/i, `The bucket '${bucket}' must exist, in the Region of the source.`],
    [/NoSuchBucket|isn't valid|does(n't| not) exist/i, `Check that the bucket '${bucket}' exists.`],
    [/authorized to call|credential check|AccessDenied|\b403\b/i, `The role ${roleArn} and the policy of the bucket '${bucket}' must allow reading, writing, listing and deleting below the prefix; `
      + 'a SnapshotExportRole does for a bucket of this account.'],
    [/\b500 ?MB\b|large object|\bLOB\b/i, 'A table holds values that are larger than RDS exports (500 MB). Leave the table out with exportOnly.'],
    [/find or access the source/i, 'The source was deleted, or its key cannot be used any more. Check both.'],
  ];
  const [, remedy] = remedies.find(([pattern]) => pattern.test(withoutNames(cause, request))) ?? [undefined, 'Correct what RDS names.'];
  return remedy;
}

/** The user's own names may hold any of the words that are looked for. */
function withoutNames(cause: string, { bucket, roleArn, kmsKeyId, sourceArn, prefix }: ExportRequest): string {
  const names = [sourceArn, roleArn, kmsKeyId, bucket, prefix ?? '', ...[sourceArn, roleArn, kmsKeyId].map((arn) => arn.split(/[:/]/).pop()!)];
  return names.filter((name) => name.length > 2).reduce((text, name) => text.split(name).join('…'), cause);
}
