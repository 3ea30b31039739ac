/** What the library needs to know of an export task, whoever started it. */
export interface ExportTask {
  readonly identifier: string;
  readonly sourceArn: string;
  readonly status: string;
  readonly percentProgress: number;
  /** The time of the exported data. */
  readonly snapshotTime?: Date;
  readonly startTime?: Date;
  readonly totalExtractedDataInGB?: number;
  readonly failureCause?: string;
  readonly warningMessage?: string;
}

/** The states in which a task stays. RDS may get more states, and a task in one that is not known counts as still at work. */
const ENDED = new Set(['COMPLETE', 'FAILED', 'CANCELED']);

export function hasEnded({ status }: ExportTask): boolean {
  return ENDED.has(status);
}

/** Whether it can no longer become a complete export. */
export function hasEndedBadly({ status }: ExportTask): boolean {
  return status === 'FAILED' || status === 'CANCELED' || status === 'CANCELING';
}
