/** Between which times the data of a cluster can be restored. RDS knows neither while there is no backup yet. */
export interface RestoreWindow {
  readonly earliestRestorableTime?: Date;
  readonly latestRestorableTime?: Date;
}

export type WindowVerdict =
  | { readonly verdict: 'inside' }
  /** It will be, once RDS has written the log of the last minutes, or has made the first backup. */
  | { readonly verdict: 'not-yet' | 'outside'; readonly because: string };

/**
 * Whether the data of that moment can be restored; without a moment, that of the latest. The window of a cluster goes on, that of a backup which was
 * retained when its cluster was deleted does not.
 */
export function lookThrough(window: RestoreWindow, goesOn: boolean, at: Date | undefined, now: number): WindowVerdict {
  const { earliestRestorableTime: earliest, latestRestorableTime: latest } = window;
  if (earliest === undefined || latest === undefined) {
    return { verdict: 'not-yet', because: 'RDS knows no time to which it can be restored: a cluster that was made or restored a moment ago has none until its first backup is complete' };
  }
  if (at === undefined || (at >= earliest && at <= latest)) {
    return { verdict: 'inside' };
  }
  const because = `it can be restored to a time from ${earliest.toISOString()} to ${latest.toISOString()}, got ${at.toISOString()}`;
  // RDS is up to five minutes behind; what has passed is reached when it catches up.
  return goesOn && at > latest && at.getTime() <= now
    ? { verdict: 'not-yet', because }
    : { verdict: 'outside', because };
}
