import { DeliveryAnswer, DeliveryEvent, DeliveryMemory, Pruned } from './steps';
import { copyAssignment, copyRequest, exportAssignment, exportRequest } from './work';
import { Assignment } from '../../../core/assignment';
import { fitTexts } from '../../../core/fitting';
import { PartVerdict, Verdict } from '../../../core/plan/verdict';
import { CopySnapshotRequest, ExportRequest } from '../../../core/requests';
import { bounded } from '../../work/bounded';
import { Attempt } from '../../work/work-loop';

export interface DeliveryWork {
  readonly request: CopySnapshotRequest | ExportRequest;
  readonly assignment: Assignment;
}

export function deliveryWork({ plan, run, item, delivery }: DeliveryEvent, elapsedSeconds: number): DeliveryWork {
  return delivery.kind === 'copy'
    ? {
      request: copyRequest(plan, delivery),
      assignment: copyAssignment(plan, run, item.cluster, delivery.clusterResourceId, delivery.name, elapsedSeconds),
    }
    : { request: exportRequest(plan, delivery), assignment: exportAssignment(plan, item, delivery, elapsedSeconds) };
}

/** What comes next, or how it ended: after a good copy its Region is pruned. */
export function answerTo(attempt: Attempt<DeliveryMemory>, { delivery }: DeliveryEvent, memory: DeliveryMemory, target: string): DeliveryAnswer {
  if ('next' in attempt) {
    return attempt.next;
  }
  const { ended } = attempt;
  const part = { part: delivery.kind, name: delivery.name, target };
  if (ended.status === 'FAILED') {
    return end({ ...part, verdict: Verdict.FAILED, reason: bounded(ended.message) }, memory);
  }
  const warnings = ended.warnings ?? [];
  const outcome: PartVerdict = warnings.length > 0
    ? { ...part, verdict: Verdict.SUCCEEDED_WITH_WARNINGS, reason: bounded(`complete, with ${warnings.length} warnings: ${warnings.join('; ')}`) }
    : { ...part, verdict: Verdict.SUCCEEDED };
  return delivery.kind === 'copy'
    ? { call: 'prune', waitSeconds: 0, memory: { ...memory, todo: 'prune', tries: 0, outcome } }
    : end(outcome, memory);
}

export function end(outcome: PartVerdict, { pruned }: DeliveryMemory): DeliveryAnswer {
  return { call: 'end', outcome: { ...outcome, pruned: outcome.verdict === Verdict.FAILED ? inACause(pruned) : pruned } };
}

/** A failed execution tells its outcome as its cause, which has 32,768 characters. */
function inACause({ deleted, wouldDelete, reports }: Pruned): Pruned {
  return { deleted: fitTexts(deleted, 15_000).texts, wouldDelete: fitTexts(wouldDelete, 5_000).texts, reports: fitTexts(reports, 5_000).texts };
}
