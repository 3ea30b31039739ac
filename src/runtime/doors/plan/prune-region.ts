import { bounded, firstOf } from './bounded';
import { NOTHING_PRUNED, Pruned } from './steps';
import { hasEnded } from '../../../core/export-task';
import { OwnershipTag } from '../../../core/ownership';
import { Calendar } from '../../../core/plan/calendar';
import { PlanRules, PlannedCluster, retentionFor } from '../../../core/plan/plan-rules';
import { PruningDecision, decidePruning } from '../../../core/plan/pruning';
import { Snapshot, isInProgress } from '../../../core/snapshot';
import { log } from '../../log';
import { FaultKind, faultKind, wordsOf } from '../../rds/errors';
import { RdsGateway } from '../../rds/gateway';

/** So many deletions a call, well within the time limit of a function. */
const DELETIONS_AT_A_TIME = 20;

export interface RegionToPrune {
  readonly plan: PlanRules;
  readonly region: string;
  readonly cluster: PlannedCluster;
  /** The cluster that the plan backs up under this name today; none if it has left the plan. */
  readonly incarnation?: string;
  /** The identifier of the snapshot that has just become good there: without it in the list, the list is not to be trusted. */
  readonly newest?: string;
}

export interface PruningTools {
  readonly rds: RdsGateway;
  readonly calendar: Calendar;
  readonly now: () => number;
}

export interface PruningResult {
  readonly pruned: Pruned;
  /** What should have gone and did not, or could not be decided. */
  readonly troubles: readonly string[];
  /** Whether there is more to delete. */
  readonly more: boolean;
}

/** Deletes what the retention of a plan no longer keeps of a cluster in a Region. Throws what RDS answers to lists. */
export async function pruneRegion({ rds, calendar, now }: PruningTools, target: RegionToPrune): Promise<PruningResult> {
  const { plan, region, newest } = target;
  const snapshots = await listOf(rds, target);
  if (newest !== undefined && !snapshots.some(({ identifier }) => identifier === newest)) {
    return { pruned: NOTHING_PRUNED, troubles: [`nothing was pruned in ${region}, because RDS does not list the new snapshot ${newest} there`], more: false };
  }
  const decide = (inUse: ReadonlySet<string>) => decidePruning({
    plan,
    cluster: target.cluster.cluster,
    snapshots,
    currentIncarnation: target.incarnation,
    rule: retentionFor(plan, target.cluster.options, region),
    pruneFormerClusters: plan.pruneFormerClusters,
    unfinishedSources: inUse,
    calendar,
    now: new Date(now()),
  });
  const first = decide(new Set());
  // What is being read is asked for only where something is to go.
  const decision = first.deletions.length > 0 ? decide(await unfinishedSources(rds, target, snapshots)) : first;
  writeDown(target, decision);
  return plan.pruneMode === 'report'
    ? {
      pruned: { deleted: [], wouldDelete: firstOf(decision.deletions.map(({ arn }) => arn)), reports: firstOf(decision.reports) },
      troubles: [],
      more: false,
    }
    : deleteAll(rds, region, decision);
}

async function listOf(rds: RdsGateway, { region, cluster: { cluster }, newest }: RegionToPrune): Promise<Snapshot[]> {
  const ofCluster = await rds.listSnapshotsOfCluster(region, cluster);
  if (newest === undefined || ofCluster.some(({ identifier }) => identifier === newest)) {
    return ofCluster;
  }
  // Whether the filter finds copies in a Region in which there is no such cluster is not documented; our tag tells it, too.
  const all = await rds.listManualSnapshots(region);
  return all.filter((snapshot) => snapshot.clusterIdentifier === cluster || snapshot.tags[OwnershipTag.CLUSTER] === cluster);
}

/** What is being copied or exported: its source has to stay until that is complete. */
async function unfinishedSources(
  rds: RdsGateway, { plan, region, cluster: { cluster } }: RegionToPrune, here: readonly Snapshot[],
): Promise<Set<string>> {
  const elsewhere = region === plan.region
    ? await Promise.all(plan.copies.map((copy) => rds.listSnapshotsOfCluster(copy.region, cluster)))
    : [];
  const copied = [here, ...elsewhere].flat().filter(isInProgress).map(({ sourceArn }) => sourceArn);
  const exported = (await rds.listExportTasks(region)).filter((task) => !hasEnded(task)).map(({ sourceArn }) => sourceArn);
  return new Set([...copied, ...exported].filter((arn): arn is string => arn !== undefined));
}

async function deleteAll(rds: RdsGateway, region: string, { deletions, reports }: PruningDecision): Promise<PruningResult> {
  const deleted: string[] = [];
  const refused: string[] = [];
  for (const { arn, identifier } of deletions.slice(0, DELETIONS_AT_A_TIME)) {
    try {
      await rds.deleteSnapshot(region, identifier);
      deleted.push(arn);
    } catch (error) {
      if (faultKind(error) === FaultKind.TRANSIENT) {
        throw error;
      }
      refused.push(bounded(`${arn} could not be deleted: ${wordsOf(error)}`));
    }
  }
  return {
    pruned: { deleted, wouldDelete: [], reports: firstOf(reports) },
    troubles: refused,
    // What was refused once is left for the next run.
    more: deletions.length > DELETIONS_AT_A_TIME && refused.length === 0,
  };
}

function writeDown({ plan, region, cluster: { cluster } }: RegionToPrune, { deletions, kept, reports }: PruningDecision): void {
  const of = { plan: plan.planName, region, cluster };
  deletions.forEach(({ arn, because }) => log.info(plan.pruneMode === 'report' ? 'snapshot would be pruned' : 'snapshot is pruned', { ...of, arn, because }));
  kept.forEach(({ arn, because }) => log.info('snapshot is kept', { ...of, arn, because }));
  reports.forEach((report) => log.warn('retention', { ...of, report }));
}
