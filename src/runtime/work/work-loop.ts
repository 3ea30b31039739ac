import { Audience, toldTo } from '../../core/advice';
import { hash } from '../../core/identifiers';
import { SHORTEST_WAIT_SECONDS, WATCH_LIMIT_SECONDS } from '../../core/pacing';
import { Ended, Failed, Progress, failed } from '../../core/progress';
import { RIGHTS_PATIENCE_SECONDS, VISIBILITY_PATIENCE_SECONDS } from '../operations/operation';

const LONGEST_PAUSE_SECONDS = 600;

/** Nobody stands by, so looks are fewer than in a deploy: every one of them is paid for, in Step Functions and in calls of RDS. */
const SHORTEST_LOOK_SECONDS = 60;

/** What one look at work leaves for the next, times in milliseconds since 1970. */
export interface WorkMemory {
  /** It was there once: what is gone now is not made again. */
  readonly seen?: boolean;
  /** Since when it is not to be seen any more. */
  readonly unseenSince?: number;
  /** Since when AWS says that it may not be started. */
  readonly refusedSince?: number;
  /** How often it was tried in vain. */
  readonly tries?: number;
  /** Since when it can be worked on: what is waited for before does not count. */
  readonly beganAt?: number;
  /** When the quota was reached and what the policy deletes anyway was deleted. */
  readonly clearedAt?: number;
  /** Whether there was anything to delete, so that there will be room. */
  readonly cleared?: boolean;
  /** The ARN of what may still give way where there was nothing. */
  readonly givesWay?: string;
}

/** Work that is begun and looked at until it ends. */
export interface Work<M extends WorkMemory> {
  /** What is made, for messages and for a jitter that differs from one to the next. */
  readonly target: string;
  readonly memory: M;
  readonly now: number;
  /** How often the size of the run allows to look. */
  readonly shortestWaitSeconds: number;
  /** Who reads of a failure. */
  readonly audience: Audience;
}

interface Next<M> {
  /** Which function is called next. */
  readonly call: 'start' | 'look' | 'prune';
  readonly waitSeconds: number;
  readonly memory: M;
}

export type Attempt<M> =
  | { readonly next: Next<M> }
  | { readonly ended: Ended };

/** Since when it has been worked on, in seconds. */
export function elapsedSeconds({ memory, now }: Pick<Work<WorkMemory>, 'memory' | 'now'>): number {
  return (now - (memory.beganAt ?? now)) / 1000;
}

/** What comes after an attempt to begin. */
export function afterStart<M extends WorkMemory>(progress: Progress, work: Work<M>): Attempt<M> {
  const { memory, now } = work;
  switch (progress.status) {
    case 'RUNNING':
      return { next: { call: 'look', waitSeconds: looksIn(work), memory: { ...memory, seen: true, refusedSince: undefined } } };
    case 'SUCCEEDED':
      return { ended: progress };
    case 'PENDING':
      return { next: pause('start', work, { ...memory, refusedSince: undefined }) };
    case 'FAILED':
      return isPatientWith(progress, memory, now)
        ? { next: pause('start', work, { ...memory, refusedSince: memory.refusedSince ?? now }) }
        : { ended: toldTo(work.audience, progress) };
  }
}

/** A deleted snapshot counts towards the quota until it is gone. */
const CLEARING_PATIENCE_SECONDS = 1800;

/**
 * What comes after RDS has said that the Region holds as many snapshots as its quota allows: those may go that the policy would delete
 * anyway, once; if there were none, what may give way; then it is waited for a while until they are gone. Undefined where nothing helps.
 */
export function afterQuota<M extends WorkMemory>({ target, memory, now, shortestWaitSeconds }: Work<M>): Next<M> | undefined {
  const { clearedAt, cleared, givesWay } = memory;
  if (clearedAt === undefined || givesWay !== undefined) {
    return { call: 'prune', waitSeconds: 0, memory: { ...memory, tries: 0 } };
  }
  return cleared && now - clearedAt < CLEARING_PATIENCE_SECONDS * 1000
    ? pause('start', { target, shortestWaitSeconds: Math.max(60, shortestWaitSeconds) }, memory)
    : undefined;
}

/** What comes after a look. */
export function afterLook<M extends WorkMemory>(progress: Progress, work: Work<M>): Attempt<M> {
  const { memory, now, target } = work;
  if (progress.status === 'SUCCEEDED') {
    return { ended: progress };
  }
  if (progress.status === 'FAILED') {
    return { ended: toldTo(work.audience, progress) };
  }
  const elapsed = elapsedSeconds(work);
  if (elapsed >= WATCH_LIMIT_SECONDS) {
    const last = progress.status === 'PENDING' ? progress.reason : progress.detail;
    return { ended: failed(`not finished after ${WATCH_LIMIT_SECONDS / 86_400} days, so ${target} is left as it is. Last seen: ${last}`) };
  }
  if (progress.status === 'RUNNING') {
    return { next: { call: 'look', waitSeconds: looksIn(work), memory: { ...memory, seen: true, unseenSince: undefined } } };
  }
  if (!progress.unseen) {
    return { next: { call: 'look', waitSeconds: looksIn(work), memory } };
  }
  if (!memory.seen) {
    return { next: { call: 'start', waitSeconds: 0, memory } };
  }
  const { unseenSince = now } = memory;
  return now - unseenSince < VISIBILITY_PATIENCE_SECONDS * 1000
    ? { next: { call: 'look', waitSeconds: looksIn(work), memory: { ...memory, unseenSince } } }
    : { ended: failed(`${target} was there and no longer is: somebody deleted it before it was complete`) };
}

/** Pauses grow, and differ between works that were refused at the same moment. */
export function pauseSeconds(shortest: number, tries: number, target: string): number {
  const base = Math.min(LONGEST_PAUSE_SECONDS, Math.max(shortest, SHORTEST_WAIT_SECONDS) * 2 ** Math.min(tries, 10));
  const jitter = parseInt(hash([target, String(tries)], 4), 16) / 0xffff; // 0 to 1
  return Math.round(base * (0.75 + jitter / 2));
}

function pause<M extends WorkMemory>(call: 'start', { target, shortestWaitSeconds }: Pick<Work<M>, 'target' | 'shortestWaitSeconds'>, memory: M) {
  const tries = memory.tries ?? 0;
  return { call, waitSeconds: pauseSeconds(shortestWaitSeconds, tries, target), memory: { ...memory, tries: tries + 1 } };
}

function looksIn(work: Work<WorkMemory>): number {
  return Math.round(Math.max(work.shortestWaitSeconds, Math.min(LONGEST_PAUSE_SECONDS, Math.max(SHORTEST_LOOK_SECONDS, elapsedSeconds(work) / 8))));
}

/** After hours in a queue one refusal may be an incident; the patience counts from there. */
function isPatientWith({ refused }: Failed, { refusedSince }: WorkMemory, now: number): boolean {
  return refused === true && now - (refusedSince ?? now) < RIGHTS_PATIENCE_SECONDS * 1000;
}
