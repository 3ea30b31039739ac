import { deleteUnlessInUse } from './delete-unless-in-use';
import { newestGood } from './newer-snapshot';
import { PruningResult, PruningTools, RegionToPrune, situationOf } from './region-to-prune';
import { removeSharingCopies } from './remove-sharing-copies';
import { NOTHING_PRUNED } from './steps';
import { clusterOf } from '../../../core/plan/plan-ownership';
import { decidePruning } from '../../../core/plan/pruning';
import { Snapshot } from '../../../core/snapshot';

/** The snapshot that has just become good in a Region. */
export interface NewSnapshot {
  readonly identifier: string;
  /** When its run began, in milliseconds since 1970. */
  readonly since: number;
}

/** Deletes what retention no longer keeps, now that a new one is there. A list without the new one is not to be trusted: then nothing goes. */
export async function pruneAfter(newest: NewSnapshot, tools: PruningTools, target: RegionToPrune): Promise<PruningResult> {
  const snapshots = await listWith(newest, tools, target);
  if (snapshots.some(({ identifier }) => identifier === newest.identifier)) {
    return prune(tools, target, snapshots);
  }
  // A later run may have pruned it already; then that one sees to everything.
  const isOvertaken = newestGood(snapshots, target.plan, target.incarnation ?? '', newest.since) !== undefined;
  const why = `nothing was pruned in ${target.region}, because RDS does not list the new snapshot ${newest.identifier} there`;
  return { pruned: NOTHING_PRUNED, troubles: isOvertaken ? [] : [why], more: false };
}

/** Deletes what retention no longer keeps of a cluster that is not backed up any more. */
export async function pruneLeavings(tools: PruningTools, target: RegionToPrune): Promise<PruningResult> {
  return prune(tools, target, await tools.rds.listSnapshotsOfCluster(target.region, target.cluster.cluster));
}

async function prune(tools: PruningTools, target: RegionToPrune, snapshots: readonly Snapshot[]): Promise<PruningResult> {
  await removeSharingCopies(tools, target, snapshots);
  const situation = situationOf(tools, target, snapshots);
  return deleteUnlessInUse(tools, target, snapshots, (inUse) => decidePruning({ ...situation, unfinishedSources: inUse }));
}

async function listWith(
  { identifier: newest }: NewSnapshot, { rds }: PruningTools, { region, cluster: { cluster } }: RegionToPrune,
): Promise<Snapshot[]> {
  const ofCluster = await rds.listSnapshotsOfCluster(region, cluster);
  if (ofCluster.some(({ identifier }) => identifier === newest)) {
    return ofCluster;
  }
  // Whether the filter finds copies in a Region in which there is no such cluster is not documented; our tag tells it, too.
  const all = await rds.listManualSnapshots(region);
  return all.filter((snapshot) => snapshot.clusterIdentifier === cluster || clusterOf(snapshot) === cluster);
}
