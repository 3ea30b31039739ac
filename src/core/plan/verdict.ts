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

/** One part of what a run does for a cluster: a copy, a share, an export, the pruning of a Region. */
export interface PartVerdict {
  readonly part: 'snapshot' | 'copy' | 'share' | 'export' | 'prune';
  /** The Region of a copy or of the pruning, the id of an export rule. */
  readonly name?: string;
  readonly verdict: Verdict;
  readonly reason?: string;
  /** The ARN of a snapshot, or the identifier of an export task. */
  readonly target?: string;
}

export function worst(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce((a, b) => (SEVERITY.indexOf(b) > SEVERITY.indexOf(a) ? b : a), Verdict.SUCCEEDED);
}
