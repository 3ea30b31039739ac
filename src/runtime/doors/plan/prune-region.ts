import { isGone } from './is-gone';
import { allGood, newestGood } from './newer-snapshot';
import { removeSharingCopies } from './remove-sharing-copies';
import { NOTHING_PRUNED, Pruned } from './steps';
import { hasEnded } from '../../../core/export-task';
import { PRUNED_METRIC, TO_PRUNE_METRIC } from '../../../core/metrics';
import { OwnershipTag, dataTimeOf } from '../../../core/ownership';
import { Calendar } from '../../../core/plan/calendar';
import { planCopyIdentifier, planTags } from '../../../core/plan/plan-ownership';
import { PlanRules, PlannedCluster, retentionFor } from '../../../core/plan/plan-rules';
import { PlannedDeletion, PruningDecision, decidePruning } from '../../../core/plan/pruning';
import { isOnlyRefused } from '../../../core/plan/vault-holds';
import { Snapshot, isInProgress } from '../../../core/snapshot';
import { formatSnapshotArn, parseSnapshotArn } from '../../../core/snapshot-arn';
import { countForPlan, log } from '../../log';
import { FaultKind, faultKind, wordsOf } from '../../rds/errors';
import { RdsGateway } from '../../rds/gateway';
import { bounded, firstOf } from '../../work/bounded';

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
  /** When the run began, in milliseconds since 1970. */
  readonly since?: number;
  /** Set where there is no room for the snapshot that is to come: decided as if it were there. */
  readonly clears?: boolean;
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
    // A later run may have pruned it already; then that one sees to everything.
    const isOvertaken = newestGood(snapshots, plan, target.incarnation ?? '', target.since) !== undefined;
    const why = `nothing was pruned in ${region}, because RDS does not list the new snapshot ${newest} there`;
    return { pruned: NOTHING_PRUNED, troubles: isOvertaken ? [] : [why], more: false };
  }
  if (region === plan.region) {
    await removeSharingCopies(rds, plan, snapshots, now());
  }
  const awaited = target.clears ? awaitedSnapshot(target, now()) : undefined;
  const untouchable = awaited ? new Set([awaited.arn, ...leastToKeep(target, snapshots, now())]) : new Set<string>();
  const decide = (inUse: ReadonlySet<string>, vaultsGiveWay = false) => sparing(untouchable, decidePruning({
    plan,
    cluster: target.cluster.cluster,
    snapshots: awaited ? [...snapshots, awaited] : snapshots,
    currentIncarnation: target.incarnation,
    rule: retentionFor(plan, target.cluster.options, region),
    ruleOfFormers: retentionFor(plan, undefined, region),
    pruneFormerClusters: plan.pruneFormerClusters,
    unfinishedSources: inUse,
    vaults: plan.vaults,
    vaultsGiveWay,
    calendar,
    now: new Date(now()),
  }));
  const regular = decide(new Set());
  // Backups at home do not stop because of a vault that does not take them.
  const isPressed = target.clears === true && regular.deletions.length === 0;
  const first = isPressed ? refusedFirst(decide(new Set(), true), snapshots, plan) : regular;
  // What is being read is asked for only where something is to go.
  // Only what was asked about may go; the rest has its turn in the next call.
  const asked = new Set(first.deletions.slice(0, DELETIONS_AT_A_TIME).map(({ arn }) => arn));
  const inUse = first.deletions.length > 0 ? await unfinishedSources(rds, target, snapshots, [...asked]) : undefined;
  const decision = !inUse ? first : isPressed ? onlyFirst(without(first, inUse, asked), plan) : decide(inUse);
  writeDown(target, decision);
  if (plan.pruneMode === 'report' && decision.deletions.length > 0) {
    countForPlan(plan, TO_PRUNE_METRIC, decision.deletions.length, 'Count', now(), target.cluster.cluster);
  }
  return plan.pruneMode === 'report'
    ? {
      pruned: { deleted: [], wouldDelete: firstOf(decision.deletions.map(({ arn }) => arn)), reports: firstOf(decision.reports) },
      troubles: [],
      more: false,
    }
    : countDeleted(target, await deleteAll(rds, target, decision, asked), now());
}

/** Whom a vault has said no to is missed least. */
function refusedFirst(decision: PruningDecision, snapshots: readonly Snapshot[], { vaults = [] }: PlanRules): PruningDecision {
  const isRefused = ({ arn }: PlannedDeletion) => snapshots.some((snapshot) => snapshot.arn === arn && isOnlyRefused(snapshot, vaults));
  const { deletions } = decision;
  return { ...decision, deletions: [...deletions.filter(isRefused), ...deletions.filter((deletion) => !isRefused(deletion))] };
}

function without(decision: PruningDecision, inUse: ReadonlySet<string>, asked: ReadonlySet<string>): PruningDecision {
  return { ...decision, deletions: decision.deletions.filter(({ arn }) => asked.has(arn) && !inUse.has(arn)) };
}

/** Of what vaults wait for, no more goes than the room for one snapshot, and somebody gets to know. */
function onlyFirst({ deletions: [first], kept, reports }: PruningDecision, { planName }: PlanRules): PruningDecision {
  return first ? {
    deletions: [first],
    kept,
    reports: [...reports, `${first.identifier}: deleted although not every vault of the plan '${planName}' has it, because the quota leaves no room for a new snapshot`],
  } : { deletions: [], kept, reports };
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
  rds: RdsGateway, { plan, region, cluster: { cluster } }: RegionToPrune, here: readonly Snapshot[], candidates: readonly string[],
): Promise<Set<string>> {
  const elsewhere = region === plan.region
    ? await Promise.all(plan.copies.map((copy) => rds.listSnapshotsOfCluster(copy.region, cluster)))
    : [];
  const copied = [here, ...elsewhere].flat().filter(isInProgress).map(({ sourceArn }) => sourceArn);
  const exported = (await rds.listExportTasks(region)).filter((task) => !hasEnded(task)).map(({ sourceArn }) => sourceArn);
  const copiedByPlan = region === plan.region ? await beingCopied(rds, plan, candidates) : [];
  return new Set([...copied, ...exported, ...copiedByPlan].filter((arn): arn is string => arn !== undefined));
}

/**
 * What the plan itself copies. Its identifiers follow from those of their sources, so this is certain; whether the list of a cluster's
 * snapshots has copies in a Region without that cluster is not documented.
 */
async function beingCopied(rds: RdsGateway, plan: PlanRules, candidates: readonly string[]): Promise<string[]> {
  const arns: string[] = [];
  for (const arn of candidates) {
    for (const { region } of plan.copies) {
      const { partition, account } = plan;
      const identifier = planCopyIdentifier(plan, parseSnapshotArn(arn)!.identifier, region);
      const found = await rds.findSnapshot(formatSnapshotArn({ partition, region, account, identifier }), account);
      if (found && isInProgress(found)) {
        arns.push(arn);
      }
    }
  }
  return arns;
}

/** The snapshot that is to come may never come: then as many have to be there as the rule promises at least, without it. */
function leastToKeep(
  { plan, region, cluster: { options }, incarnation = '' }: RegionToPrune, snapshots: readonly Snapshot[], now: number,
): string[] {
  const rule = retentionFor(plan, options, region);
  const believable = allGood(snapshots, plan, incarnation).filter((snapshot) => dataTimeOf(snapshot)!.getTime() <= now);
  return believable.slice(0, 'minimumSnapshots' in rule ? rule.minimumSnapshots : 1).map(({ arn }) => arn);
}

/** Without those; what is awaited is nothing to delete, also where the clock that dated another snapshot is ahead. */
function sparing(untouchable: ReadonlySet<string>, decision: PruningDecision): PruningDecision {
  return { ...decision, deletions: decision.deletions.filter(({ arn }) => !untouchable.has(arn)) };
}

/** What the snapshot will be for which there is no room yet. */
function awaitedSnapshot({ plan, region, cluster: { cluster }, incarnation = '' }: RegionToPrune, now: number): Snapshot {
  const identifier = `${plan.owner}-awaited`;
  return {
    arn: identifier,
    identifier,
    clusterIdentifier: cluster,
    status: 'available',
    percentProgress: 100,
    type: 'manual',
    engine: '',
    createTime: new Date(now),
    encrypted: true,
    tags: planTags(plan, identifier, cluster, incarnation, { name: region, scheduledTime: '' }),
  };
}

async function deleteAll(
  rds: RdsGateway, { plan, region, cluster: { cluster } }: RegionToPrune, { deletions, reports }: PruningDecision, asked: ReadonlySet<string>,
): Promise<PruningResult> {
  const going = deletions.filter(({ arn }) => asked.has(arn));
  const deleted: string[] = [];
  const refused: string[] = [];
  let interrupted = false;
  for (const { arn, identifier, because } of going) {
    try {
      await rds.deleteSnapshot(region, identifier);
      deleted.push(arn);
      log.info('snapshot pruned', { plan: plan.planName, region, cluster, arn, because });
    } catch (error) {
      if (faultKind(error) === FaultKind.TRANSIENT) {
        if (deleted.length === 0) {
          throw error;
        }
        interrupted = true;
        break;
      }
      if (faultKind(error) === FaultKind.RIGHTS && await isGone(rds, arn, plan.account)) {
        deleted.push(arn);
        log.info('snapshot pruned', { plan: plan.planName, region, cluster, arn, because });
        continue;
      }
      log.warn('snapshot could not be pruned', { arn, because, why: wordsOf(error) });
      refused.push(bounded(`${arn} could not be deleted: ${wordsOf(error)}`));
    }
  }
  return {
    pruned: { deleted, wouldDelete: [], reports: firstOf(reports) },
    // What was refused once is left for the next run.
    troubles: refused,
    more: interrupted || (deletions.length > going.length && deleted.length > 0 && refused.length === 0),
  };
}

function countDeleted({ plan, cluster: { cluster } }: RegionToPrune, result: PruningResult, now: number): PruningResult {
  if (result.pruned.deleted.length > 0) {
    countForPlan(plan, PRUNED_METRIC, result.pruned.deleted.length, 'Count', now, cluster);
  }
  return result;
}

function writeDown({ plan, region, cluster: { cluster } }: RegionToPrune, { deletions, kept, reports }: PruningDecision): void {
  const of = { plan: plan.planName, region, cluster };
  const goes = plan.pruneMode === 'report' ? 'snapshot would be pruned' : 'snapshot is to be pruned';
  deletions.forEach(({ arn, because }) => log.info(goes, { ...of, arn, because }));
  kept.forEach(({ arn, because }) => log.info('snapshot is kept', { ...of, arn, because }));
  reports.forEach((report) => log.warn('retention', { ...of, report }));
}
