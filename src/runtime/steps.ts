import { Handle } from '../core/handle';
import { Report, reportOf } from '../core/outcome';
import { SHORTEST_WAIT_SECONDS, secondsToNextLook } from '../core/pacing';
import { Ended, failed } from '../core/progress';

/** What one look leaves for the next, times in milliseconds since 1970. */
export interface Memory {
  /** It was there once: what is gone now is not made again. */
  readonly seen?: boolean;
  /** Since when it is not to be seen any more. */
  readonly unseenSince?: number;
  /** Since when AWS says that it may not be started. */
  readonly refusedSince?: number;
}

/** What the state machine does next. Every answer of a function is a step, and so is what an execution begins with. */
export type Step =
  | { readonly step: 'look' | 'start'; readonly memory: Memory }
  | { readonly step: 'wait'; readonly waitSeconds: number; readonly memory: Memory }
  /** How it ended is known, and is told when the stack is at rest: what listens may be made by the same deploy. */
  | { readonly step: 'settle'; readonly waitSeconds: number; readonly since: number; readonly report: Report }
  | { readonly step: 'report'; readonly report: Report };

/** What an execution begins with, and carries along. */
export interface WatchInput {
  readonly handle: Handle;
  readonly answer: Step;
  /** What is reported when the functions themselves fail again and again. */
  readonly lost: Step;
}

/** What the state machine asks a function. */
export interface WorkflowEvent {
  readonly door: 'workflow';
  readonly handle: Handle;
  /** The step before. */
  readonly answer: Step;
}

export function isWorkflowEvent(event: object): event is WorkflowEvent {
  return (event as Partial<WorkflowEvent>).door === 'workflow';
}

/** The watch of work that has not ended; it may have begun already. */
export function watchInput(handle: Handle, hasBegun: boolean, now: number): WatchInput {
  return { handle, answer: { step: 'look', memory: { seen: hasBegun } }, lost: lost(handle, now) };
}

/** The report of work that has ended. */
export function reportInput(handle: Handle, end: Ended, now: number): WatchInput {
  return { handle, answer: tell(reportOf(handle, end, now), now), lost: lost(handle, now) };
}

/** A failure is told at once; for a success everybody who acts on it is waited for. */
export function tell(report: Report, now: number): Step {
  return report.detail.status === 'FAILED' ? { step: 'report', report } : settle(report, now);
}

export function settle(report: Report, since: number): Step {
  return { step: 'settle', waitSeconds: SHORTEST_WAIT_SECONDS, since, report };
}

export function waitAndLook(handle: Handle, now: number, memory: Memory): Step {
  return { step: 'wait', waitSeconds: secondsToNextLook((now - handle.requestedAt) / 1000), memory };
}

export function memoryOf({ answer }: WorkflowEvent): Memory {
  return 'memory' in answer ? answer.memory : {};
}

function lost(handle: Handle, now: number): Step {
  const end = failed(`the watch over ${handle.work.target} ended because its own functions failed again and again; the history of the execution and the log say why. `
    + 'What it watched is left as it is: look at it in the RDS console.');
  return { step: 'report', report: reportOf(handle, end, now) };
}
