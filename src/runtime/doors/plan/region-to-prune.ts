import { Pruned } from './steps';
import { Calendar } from '../../../core/plan/calendar';
import { PlanRules, PlannedCluster, retentionFor } from '../../../core/plan/plan-rules';
import { PruningSituation } from '../../../core/plan/pruning';
import { Snapshot } from '../../../core/snapshot';
import { RdsGateway } from '../../rds/gateway';

/** What a plan has of one cluster in one Region. */
export interface RegionToPrune {
  readonly plan: PlanRules;
  readonly region: string;
  readonly cluster: PlannedCluster;
  /** The cluster that the plan backs up under this name today; none if it has left the plan. */
  readonly incarnation?: string;
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

/** What is to be decided about these snapshots, but for what is in use. */
export function situationOf(
  { calendar, now }: PruningTools, { plan, region, cluster: { cluster, options }, incarnation }: RegionToPrune, snapshots: readonly Snapshot[],
): Omit<PruningSituation, 'unfinishedSources'> {
  return {
    plan,
    cluster,
    snapshots,
    currentIncarnation: incarnation,
    rule: retentionFor(plan, options, region),
    ruleOfFormers: retentionFor(plan, undefined, region),
    pruneFormerClusters: plan.pruneFormerClusters,
    vaults: plan.vaults,
    calendar,
    now: new Date(now()),
  };
}
