import { Verdict } from './plan/verdict';

/** Namespace of every metric of the library. */
export const METRIC_NAMESPACE = 'AuroraBackup';

/** What counts the verdicts of the runs of a plan. */
export const RUN_METRIC: Readonly<Record<Verdict, string>> = metricsOf('Run');

/** What counts the verdicts of clusters in the runs of a plan. */
export const CLUSTER_METRIC: Readonly<Record<Verdict, string>> = metricsOf('Cluster');

/** How many snapshots a plan deleted, and how many it would have. */
export const PRUNED_METRIC = 'SnapshotsPruned';
export const TO_PRUNE_METRIC = 'SnapshotsToPrune';

/** How old the newest good snapshot of a plan is. */
export const AGE_METRIC = 'NewestSnapshotAge';

function metricsOf(what: string): Record<Verdict, string> {
  return {
    [Verdict.SUCCEEDED]: `${what}Succeeded`,
    [Verdict.SUCCEEDED_WITH_WARNINGS]: `${what}SucceededWithWarnings`,
    [Verdict.FAILED]: `${what}Failed`,
    [Verdict.SKIPPED]: `${what}Skipped`,
    [Verdict.SUPERSEDED]: `${what}Superseded`,
  };
}
