export const SHORTEST_WAIT_SECONDS = 15;
const LONGEST_WAIT_SECONDS = 600;

/** Waits are this part of the time that the work has taken so far: what takes long is looked at less often. */
const PART_OF_ELAPSED_TIME = 1 / 20;

/** Longer than any copy or export that is still going to end; a watch of Step Functions holds no more than 25,000 events. */
export const WATCH_LIMIT_SECONDS = 7 * 24 * 3600;

/** How long to wait before the next look at work that has been asked for so long ago. */
export function secondsToNextLook(elapsedSeconds: number): number {
  return Math.round(Math.min(LONGEST_WAIT_SECONDS, Math.max(SHORTEST_WAIT_SECONDS, elapsedSeconds * PART_OF_ELAPSED_TIME)));
}
