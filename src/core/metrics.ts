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

/** What a vault counts, with the dimensions `Vault` and `Region`. */
export const VaultMetric = {
  COPY_STORED: 'CopyStored',
  COPY_FAILED: 'CopyFailed',
  ADMISSION_REFUSED: 'AdmissionRefused',
  ANNOUNCEMENT_REJECTED: 'AnnouncementRejected',
  SNAPSHOTS_PRUNED: PRUNED_METRIC,
  COPIES_RELEASED: 'CopiesReleased',
  /** A step of a sweep failed, or could not read or delete something, or not take back a copy whose release is over. */
  SWEEP_FAILED: 'SweepFailed',
  /** How old the data of the newest good copy is, as RDS dates what was shared: that of the source cluster where it is oldest. */
  NEWEST_COPY_AGE: 'NewestCopyAge',
} as const;

function metricsOf(what: string): Record<Verdict, string> {
  return {
    [Verdict.SUCCEEDED]: `${what}Succeeded`,
    [Verdict.SUCCEEDED_WITH_WARNINGS]: `${what}SucceededWithWarnings`,
    [Verdict.FAILED]: `${what}Failed`,
    [Verdict.SKIPPED]: `${what}Skipped`,
    [Verdict.SUPERSEDED]: `${what}Superseded`,
  };
}
