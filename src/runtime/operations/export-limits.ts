import { sameResource } from '../../core/export-identifiers';
import { hasEnded, hasEndedBadly } from '../../core/export-task';
import { Pending, queued } from '../../core/progress';
import { ExportRequest } from '../../core/requests';
import { FaultKind, faultKind, wordsOf } from '../rds/errors';
import { RdsGateway } from '../rds/gateway';

/** RDS runs this many exports of an account at a time. */
const EXPORTS_AT_A_TIME = 5;

/**
 * Whether a refused export only has to wait for its turn. RDS does not document by which error it refuses the sixth export of
 * an account or the second of a source, so what is in progress decides, and not the error alone.
 */
export async function queueing(
  rds: RdsGateway, { region, sourceArn }: ExportRequest, identifier: string, refusal: unknown,
): Promise<Pending | undefined> {
  const kind = faultKind(refusal);
  if (kind === FaultKind.EXPORT_LIMIT) {
    return queued(`as many exports are in progress as RDS allows; this one waits for its turn: ${wordsOf(refusal)}`);
  }
  if (kind !== FaultKind.BUSY && kind !== FaultKind.PERMANENT) {
    return undefined;
  }
  const inProgress = (await rds.listExportTasks(region)).filter((task) => !hasEnded(task));
  const ofSource = inProgress.find((task) => task.sourceArn === sourceArn);
  if (ofSource) {
    const turn = queued(`the export task ${ofSource.identifier} of the same source is in progress, and RDS runs one at a time: ${wordsOf(refusal)}`);
    // One that is being canceled ends soon; one that still works ends when it is done, or when the deploy has ended.
    return sameResource(ofSource.identifier, identifier) && !hasEndedBadly(ofSource) ? { ...turn, awaitsFormer: true } : turn;
  }
  return inProgress.length >= EXPORTS_AT_A_TIME
    ? queued(`${inProgress.length} exports are in progress and RDS runs ${EXPORTS_AT_A_TIME} of an account at a time; this one waits for its turn: ${wordsOf(refusal)}`)
    : undefined;
}
