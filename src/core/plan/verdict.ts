/** What the events of plans are found by, beside the source that all events of the library have. */
export const RUN_VERDICT_DETAIL_TYPE = 'Aurora Backup Run Verdict';
export const CLUSTER_VERDICT_DETAIL_TYPE = 'Aurora Backup Cluster Verdict';

/** The error with which the execution of a run ends that has told its verdict itself. */
export const TOLD_ERROR = 'RunFailed';

/** That of a run whose verdict is known and written down, but could not be published. */
export const NOT_TOLD_ERROR = 'VerdictNotTold';

/** How a run ended for one cluster, or as a whole. */
export enum Verdict {
  SUCCEEDED = 'SUCCEEDED',
  SUCCEEDED_WITH_WARNINGS = 'SUCCEEDED_WITH_WARNINGS',
  FAILED = 'FAILED',
  SKIPPED = 'SKIPPED',
  SUPERSEDED = 'SUPERSEDED',
}

/** The worse one decides what several come to. */
const SEVERITY = [Verdict.SUCCEEDED, Verdict.SKIPPED, Verdict.SUCCEEDED_WITH_WARNINGS, Verdict.SUPERSEDED, Verdict.FAILED];

/** One part of what a run does for a cluster: a copy, a share, an export, what a vault made of it, the pruning of a Region. */
export interface PartVerdict {
  readonly part: 'snapshot' | 'copy' | 'share' | 'export' | 'vault' | 'prune';
  /** The Region of a copy or of the pruning, the id of an export rule or of a vault. */
  readonly name?: string;
  readonly verdict: Verdict;
  readonly reason?: string;
  /** The ARN of a snapshot, or the identifier of an export task. */
  readonly target?: string;
}

export function worst(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce((a, b) => (SEVERITY.indexOf(b) > SEVERITY.indexOf(a) ? b : a), Verdict.SUCCEEDED);
}

/** What the parts of a cluster's backup come to. */
export function clusterVerdict(parts: readonly PartVerdict[]): Verdict {
  return worst(parts.map(({ verdict }) => verdict));
}

/** The reason of the worst part. */
export function reasonOf(parts: readonly PartVerdict[]): string | undefined {
  const decisive = worst(parts.map(({ verdict }) => verdict));
  const part = parts.find(({ verdict, reason }) => verdict === decisive && reason !== undefined) ?? parts.find(({ reason }) => reason !== undefined);
  return part && `${[part.part, part.name].filter(Boolean).join(' ')}: ${part.reason}`;
}

export type VerdictCounts = Readonly<Partial<Record<Verdict, number>>>;

/** What the verdicts of all clusters come to. */
export function runVerdict(counts: VerdictCounts): Verdict {
  const count = (verdict: Verdict) => counts[verdict] ?? 0;
  const total = Object.values(Verdict).reduce((sum, verdict) => sum + count(verdict), 0);
  if (count(Verdict.FAILED) > 0 || total === 0) {
    return Verdict.FAILED; // a plan that finds nothing to back up is a mistake that somebody has to know of
  }
  if (count(Verdict.SKIPPED) === total) {
    return Verdict.SKIPPED;
  }
  if (count(Verdict.SUPERSEDED) === total) {
    return Verdict.SUPERSEDED;
  }
  return count(Verdict.SUCCEEDED) === total ? Verdict.SUCCEEDED : Verdict.SUCCEEDED_WITH_WARNINGS;
}
