import { Handle } from '../../../core/handle';
import { Report, reportOf } from '../../../core/outcome';
import { secondsToNextLook } from '../../../core/pacing';
import { Ended, failed } from '../../../core/progress';

/** What the state machine does next. Every answer of a function is a step, and so is what an execution begins with. */
export type Step =
  | { readonly step: 'look'; readonly seenAt?: number }
  | { readonly step: 'start'; readonly seenAt?: number }
  | { readonly step: 'wait'; readonly waitSeconds: number; readonly seenAt?: number }
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
  return { handle, answer: { step: 'look', ...(hasBegun ? { seenAt: now } : {}) }, lost: lost(handle, now) };
}

/** The report of work that has ended. */
export function reportInput(handle: Handle, end: Ended, now: number): WatchInput {
  return { handle, answer: { step: 'report', report: reportOf(handle, end, now) }, lost: lost(handle, now) };
}

export function waitAndLook(handle: Handle, now: number, seenAt?: number): Step {
  return { step: 'wait', waitSeconds: secondsToNextLook((now - handle.requestedAt) / 1000), ...(seenAt === undefined ? {} : { seenAt }) };
}

/** When a step before last saw what is watched, in milliseconds since 1970. */
export function seenAtOf({ answer }: WorkflowEvent): number | undefined {
  return answer.step === 'report' ? undefined : answer.seenAt;
}

function lost(handle: Handle, now: number): Step {
  const end = failed(`the watch over ${handle.work.target} ended because its own functions failed again and again; the history of the execution and the log say why. `
    + 'What it watched is left as it is: look at it in the RDS console.');
  return { step: 'report', report: reportOf(handle, end, now) };
}
