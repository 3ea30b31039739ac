import { EndedEvent } from './steps';
import { isVerdictName, verdictName } from '../../../core/plan/plan-run';
import { NOT_TOLD_ERROR, TOLD_ERROR } from '../../../core/plan/verdict';
import { Executions } from '../../work/executions';

/** How executions end that did not come to the end of a run, and those of runs that failed. */
const STATUSES = ['FAILED', 'TIMED_OUT', 'ABORTED'] as const;

/** Each beginning of a run looks at the newest of each status: earlier ones were among the newest at an earlier beginning. */
const NEWEST = 20;

/** Runs may be a month apart. The name of a verdict, which keeps it from being told twice, is remembered for 90 days. */
const LOOK_BACK_MILLISECONDS = 35 * 86_400_000;

/**
 * The runs that ended without anybody having been told. EventBridge does its best to deliver the events of Step Functions, and promises nothing.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export async function untoldRuns(executions: Executions, now: number): Promise<EndedEvent['detail'][]> {
  const untold: EndedEvent['detail'][] = [];
  for (const status of STATUSES) {
    for (const { name, executionArn, endedAt } of await executions.newest(status, NEWEST)) {
      if (now - endedAt < LOOK_BACK_MILLISECONDS && !isVerdictName(name) && !await isTold(executions, name)) {
        untold.push({ executionArn, name, status });
      }
    }
  }
  return untold;
}

async function isTold(executions: Executions, name: string): Promise<boolean> {
  const execution = await executions.find(name);
  // The verdict of the latter is in the log and the metric.
  return execution?.error === TOLD_ERROR || execution?.error === NOT_TOLD_ERROR || await executions.find(verdictName(name)) !== undefined;
}
