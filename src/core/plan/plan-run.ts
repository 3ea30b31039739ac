/** A name has up to 80 characters. */
const MAX_NAME_LENGTH = 80;
const VERDICT_SUFFIX = '-verdict';

/** One run of a plan. */
export interface PlanRun {
  /** The name of its execution, which is the same for a schedule that fires twice. */
  readonly name: string;
  /** When it was due (ISO 8601); of a run that was started by hand, when it was. */
  readonly scheduledTime: string;
  /** When it began (ISO 8601). */
  readonly startTime: string;
  /** The ARN of the execution. */
  readonly executionArn: string;
}

/** The name of the execution for the time at which a schedule fires: names may not have colons. A doubled invocation has the same. */
export function runName(scheduledTime: string): string {
  return scheduledTime.replace(/[^A-Za-z0-9-]/g, '-').slice(0, MAX_NAME_LENGTH);
}

/** The name of the execution that only tells what became of another. */
export function verdictName(run: string): string {
  return `${run.slice(0, MAX_NAME_LENGTH - VERDICT_SUFFIX.length)}${VERDICT_SUFFIX}`;
}

export function isVerdictName(name: string): boolean {
  return name.endsWith(VERDICT_SUFFIX);
}
