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
  return scheduledTime.replace(/[^A-Za-z0-9-]/g, '-').slice(0, 80);
}
