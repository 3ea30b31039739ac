import { Calendar } from './calendar';
import { PlanIdentity, belongsToPlan, clusterOf, incarnationOf } from './plan-ownership';
import { DatedSnapshot, RetentionDecision, RetentionRule, decideRetention } from './retention';
import { vaultHolds } from './vault-holds';
import { OwnershipTag, dataTimeOf } from '../ownership';
import { Snapshot, isCompleted } from '../snapshot';
import { VaultAddress } from '../vault/vault-address';

const MAX_NAMED = 5;

export interface PruningSituation {
  readonly plan: PlanIdentity;
  /** The name of the cluster, in lower case. */
  readonly cluster: string;
  /** What RDS lists, to its last page; only the plan's own snapshots of the cluster are considered. */
  readonly snapshots: readonly Snapshot[];
  /** The DbClusterResourceId of the cluster of this name that is in the plan; undefined if none is any more. */
  readonly currentIncarnation?: string;
  readonly rule: RetentionRule;
  /** What applies to former clusters instead: what the present one has as its own says nothing about theirs. */
  readonly ruleOfFormers: RetentionRule;
  readonly pruneFormerClusters: boolean;
  /** ARNs of what copies, exports and announcements that are not finished are made from. */
  readonly unfinishedSources: ReadonlySet<string>;
  /** The vaults that the plan announces its snapshots to. */
  readonly vaults?: readonly VaultAddress[];
  /** Set where nothing can be kept for them but what tells the age. */
  readonly vaultsGiveWay?: boolean;
  readonly calendar: Calendar;
  readonly now: Date;
}

export interface PlannedDeletion {
  readonly arn: string;
  readonly identifier: string;
  readonly because: string;
}

export interface KeptSnapshot {
  readonly arn: string;
  readonly because: readonly string[];
}

export interface PruningDecision {
  /** The oldest first. */
  readonly deletions: readonly PlannedDeletion[];
  readonly kept: readonly KeptSnapshot[];
  /** What somebody should know of: sentences about what is kept although the rule would not keep it, or does not know how to. */
  readonly reports: readonly string[];
}

/**
 * What goes of a plan's snapshots of one cluster in one Region. Each cluster that had the name is decided for itself: its newest good snapshot
 * may be the last there is of its data.
 */
export function decidePruning(situation: PruningSituation): PruningDecision {
  const ours = situation.snapshots.filter((snapshot) => belongsToPlan(snapshot, situation.plan) && clusterOf(snapshot) === situation.cluster);
  const groups = [...groupedBy(ours, incarnationOf)].sort(([one], [other]) => ((one ?? '') < (other ?? '') ? -1 : 1));
  const decisions = groups.map(([incarnation, snapshots]) => decideForCluster(incarnation, snapshots, situation));
  return {
    deletions: decisions.flatMap(({ goes }) => goes).sort((a, b) => oldestFirst(a.snapshot, b.snapshot))
      .map(({ snapshot: { arn, identifier }, because }) => ({ arn, identifier, because: because.join(', ') })),
    kept: decisions.flatMap(({ stays }) => stays).map(({ snapshot: { arn }, because }) => ({ arn, because })),
    reports: decisions.flatMap(({ reports }) => reports),
  };
}

interface ClusterDecision {
  readonly goes: readonly RetentionDecision[];
  readonly stays: readonly RetentionDecision[];
  readonly reports: readonly string[];
}

function decideForCluster(incarnation: string | undefined, snapshots: readonly Snapshot[], situation: PruningSituation): ClusterDecision {
  const dated = snapshots.map(withDataTime).sort(oldestFirst);
  if (incarnation === undefined) {
    return keepAll(dated, 'the cluster it was taken of is not known',
      `${list(dated)}: kept, because it is not known which cluster of the name '${situation.cluster}' it was taken of`);
  }
  const isFormer = incarnation !== situation.currentIncarnation;
  if (isFormer && !situation.pruneFormerClusters) {
    return keepAll(dated, `of a former cluster (${incarnation})`,
      `${list(dated)}: kept, because the cluster ${incarnation} is no longer the '${situation.cluster}' of the plan; with pruneFormerClusters they are pruned like the others`);
  }
  const { unfinishedSources, vaults = [], vaultsGiveWay, now } = situation;
  const holds = vaultHolds(snapshots, vaults, now, vaultsGiveWay);
  const decisions = decideRetention(dated, isFormer ? situation.ruleOfFormers : situation.rule, situation.calendar, now)
    // Deleting the source may make a copy fail.
    .map((decision) => (unfinishedSources.has(decision.snapshot.arn) ? heldBy(decision, 'something unfinished is made from it') : decision))
    .map((decision) => heldBy(decision, ...holds.get(decision.snapshot.arn) ?? []));
  return {
    goes: decisions.filter(({ kept }) => !kept),
    stays: decisions.filter(({ kept }) => kept),
    reports: reportsOnTimes(dated, situation.now),
  };
}

function keepAll(snapshots: readonly DatedSnapshot[], because: string, report: string): ClusterDecision {
  return { goes: [], stays: snapshots.map((snapshot) => ({ snapshot, kept: true, because: [because] })), reports: [report] };
}

function heldBy(decision: RetentionDecision, ...reasons: string[]): RetentionDecision {
  const { snapshot, kept, because } = decision;
  return reasons.length === 0 ? decision : { snapshot, kept: true, because: kept ? [...because, ...reasons] : reasons };
}

function reportsOnTimes(snapshots: readonly DatedSnapshot[], now: Date): string[] {
  const without = snapshots.filter(({ isGood, dataTime }) => isGood && dataTime === undefined);
  const early = snapshots.filter(({ dataTime }) => dataTime !== undefined && dataTime > now);
  return [
    ...(without.length > 0 ? [`${list(without)}: kept, because the time of its data is not known (tag ${OwnershipTag.DATA_TIME})`] : []),
    ...(early.length > 0 ? [`${list(early)}: kept, because the time of its data is in the future (tag ${OwnershipTag.DATA_TIME}, or a clock is wrong)`] : []),
  ];
}

/** By name, as many as a sentence can hold. */
function list(snapshots: readonly DatedSnapshot[]): string {
  const names = snapshots.map(({ identifier }) => identifier).sort();
  const rest = names.length - MAX_NAMED;
  return [...names.slice(0, MAX_NAMED), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}

function withDataTime(snapshot: Snapshot): DatedSnapshot {
  const { arn, identifier, status } = snapshot;
  return { arn, identifier, status, isGood: isCompleted(snapshot), dataTime: dataTimeOf(snapshot) };
}

function groupedBy<K, V>(values: readonly V[], keyOf: (value: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group) {
      group.push(value);
    } else {
      groups.set(key, [value]);
    }
  }
  return groups;
}

function oldestFirst(a: DatedSnapshot, b: DatedSnapshot): number {
  return (a.dataTime?.getTime() ?? 0) - (b.dataTime?.getTime() ?? 0) || (a.arn < b.arn ? -1 : 1);
}
