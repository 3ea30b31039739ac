import { PruningResult, PruningTools, RegionToPrune } from './region-to-prune';
import { unfinishedSources } from './unfinished-sources';
import { PRUNED_METRIC, TO_PRUNE_METRIC } from '../../../core/metrics';
import { PruningDecision } from '../../../core/plan/pruning';
import { Snapshot } from '../../../core/snapshot';
import { countForPlan, log } from '../../log';
import { firstOf } from '../../work/bounded';
import { deleteAll } from '../../work/deletions';

/** So many deletions a call, well within the time limit of a function. */
export const DELETIONS_AT_A_TIME = 20;

/** What is decided if these are in use. */
export type Decide = (inUse: ReadonlySet<string>) => PruningDecision;

const NOTHING: ReadonlySet<string> = new Set();

/** Deletes what is decided, unless something unfinished is made from it; with `REPORT_ONLY` says what it would delete. */
export async function deleteUnlessInUse(
  tools: PruningTools, target: RegionToPrune, snapshots: readonly Snapshot[], decide: Decide,
): Promise<PruningResult> {
  const { plan, cluster: { cluster } } = target;
  const { asked, decision } = await decideUnlessInUse(tools, target, snapshots, decide);
  writeDown(target, decision);
  if (plan.pruneMode === 'report') {
    count(tools, target, TO_PRUNE_METRIC, decision.deletions.length);
    const wouldDelete = firstOf(decision.deletions.map(({ arn }) => arn));
    return { pruned: { deleted: [], wouldDelete, reports: firstOf(decision.reports) }, troubles: [], more: false };
  }
  const going = decision.deletions.filter(({ arn }) => asked.has(arn)).map((deletion) => ({ ...deletion, region: target.region }));
  const { deleted, refused, interrupted } = await deleteAll(tools.rds, plan.account, going, {
    deleted: 'snapshot pruned', refused: 'snapshot could not be pruned', of: { plan: plan.planName, cluster },
  });
  count(tools, target, PRUNED_METRIC, deleted.length);
  return {
    pruned: { deleted, wouldDelete: [], reports: firstOf(decision.reports) },
    // What was refused once is left for the next run.
    troubles: refused,
    more: interrupted || (decision.deletions.length > going.length && deleted.length > 0 && refused.length === 0),
  };
}

/** What is in use is asked only where something is to go. Only what was asked about may go; the rest has its turn in the next call. */
export async function decideUnlessInUse(
  { rds }: PruningTools, target: RegionToPrune, snapshots: readonly Snapshot[], decide: Decide,
): Promise<{ readonly asked: ReadonlySet<string>; readonly decision: PruningDecision }> {
  const decision = decide(NOTHING);
  const asked = firstOf(decision.deletions, DELETIONS_AT_A_TIME).map(({ arn }) => arn);
  return asked.length === 0
    ? { asked: NOTHING, decision }
    : { asked: new Set(asked), decision: decide(await unfinishedSources(rds, target, snapshots, asked)) };
}

function count({ now }: PruningTools, { plan, cluster: { cluster } }: RegionToPrune, metric: string, snapshots: number): void {
  if (snapshots > 0) {
    countForPlan(plan, metric, snapshots, 'Count', now(), cluster);
  }
}

function writeDown({ plan, region, cluster: { cluster } }: RegionToPrune, { deletions, kept, reports }: PruningDecision): void {
  const of = { plan: plan.planName, region, cluster };
  const goes = plan.pruneMode === 'report' ? 'snapshot would be pruned' : 'snapshot is to be pruned';
  deletions.forEach(({ arn, because }) => log.info(goes, { ...of, arn, because }));
  kept.forEach(({ arn, because }) => log.info('snapshot is kept', { ...of, arn, because }));
  reports.forEach((report) => log.warn('retention', { ...of, report }));
}
