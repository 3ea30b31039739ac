/**
 * What a plan does with snapshots that its retention does not keep.
 */
export enum PruneMode {
  /**
   * It deletes them, in each Region when a newer one is complete there.
   */
  DELETE = 'DELETE',

  /**
   * It deletes nothing, and tells in the verdict of each cluster, in its log and as the metric `SnapshotsToPrune` what it would delete.
   */
  REPORT_ONLY = 'REPORT_ONLY',
}
