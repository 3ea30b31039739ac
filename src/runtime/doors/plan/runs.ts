import { reportOfRun, writeDownRun } from './run-verdict';
import { EndedEvent, LaunchEvent } from './steps';
import { untoldRuns } from './untold-runs';
import { inWords } from '../../../core/plan/in-words';
import { isVerdictName, runName, verdictName } from '../../../core/plan/plan-run';
import { NOT_TOLD_ERROR, TOLD_ERROR, Verdict } from '../../../core/plan/verdict';
import { log } from '../../log';
import { Executions } from '../../work/executions';
import { wordsOfFailure } from '../../work/failure';

export interface RunsDependencies {
  readonly executionsOf: (stateMachineArn: string) => Executions;
  readonly now: () => number;
}

/** A message of the dead-letter queue: what did not reach its function, or failed there again and again. */
export interface DeadLetter {
  readonly body: string;
  readonly messageAttributes?: Readonly<Record<string, { readonly stringValue?: string }>>;
}

/** Of schedules that do not say how late a run may begin. */
const LATEST_BEGINNING_SECONDS = 6 * 3600;

/** Begins runs, and tells of those that cannot do so themselves. */
export class Runs {
  constructor(private readonly deps: RunsDependencies) {}

  /** A schedule fires, perhaps twice: the second time the run is there already. */
  public async launch(event: LaunchEvent): Promise<void> {
    await this.beginOrTell(event, `the event of the schedule came ${inWords(60 * Math.floor(this.secondsLate(event) / 60))} late`);
    await this.tellOfUntoldRuns(event);
  }

  /** An execution timed out, was aborted, or failed without a verdict. */
  public async ended({ stateMachineArn, facts, detail: { executionArn, name, status } }: EndedEvent): Promise<void> {
    const execution = await this.deps.executionsOf(stateMachineArn).find(name);
    if (execution?.error === TOLD_ERROR) {
      return;
    }
    const why = execution && wordsOfFailure(execution);
    if (execution?.error === NOT_TOLD_ERROR || isVerdictName(name)) {
      // The verdict is in the log and the metric; only somebody who was to be told was not.
      log.error('a verdict could not be published', { plan: facts.planName, run: name, status, why });
      return;
    }
    await this.tell(stateMachineArn, facts, { name, executionArn, scheduledTime: scheduledTimeIn(execution?.input) },
      `The run ended as ${status}${why === undefined ? '' : `: ${why}`}. What it had begun goes on; what it had not begun is up to the next run.`);
  }

  /** What never reached the function that begins runs, or what that function could not do. */
  public async deadLetter({ body, messageAttributes = {} }: DeadLetter): Promise<void> {
    const event = parse(body);
    const attribute = (key: string) => messageAttributes[key]?.stringValue;
    const why = ['ERROR_CODE', 'ERROR_MESSAGE', 'ErrorCode', 'ErrorMessage'].flatMap((key) => attribute(key) ?? []).join(': ') || 'nobody knows why';
    if (event?.task === 'launch') {
      // Whether Scheduler has put the time into what it gives up is not documented; it tells it beside.
      const scheduledTime = event.scheduledTime.startsWith('<') ? attribute('SCHEDULED_TIME') ?? new Date(this.deps.now()).toISOString() : event.scheduledTime;
      await this.makeUpFor({ ...event, scheduledTime }, why);
    } else if (event?.task === 'ended') {
      await this.ended(event);
    } else {
      log.error('dead letter that cannot be read', { body, why });
    }
  }

  /** A late run is better than none. If that fails, too, the queue brings it back in some minutes. */
  private async makeUpFor(event: LaunchEvent, why: string): Promise<void> {
    log.warn('run could not be begun in time', { plan: event.facts.planName, run: runName(event.scheduledTime), why });
    await this.beginOrTell(event, why);
  }

  /** After hours in which nothing could be begun, not every run that was due is: they would all begin at once. */
  private async beginOrTell(event: LaunchEvent, why: string): Promise<void> {
    const { stateMachineArn, scheduledTime, facts, latestBeginningSeconds = LATEST_BEGINNING_SECONDS } = event;
    const executions = this.deps.executionsOf(stateMachineArn);
    const name = runName(scheduledTime);
    const isLate = this.secondsLate(event) >= latestBeginningSeconds;
    if (!isLate) {
      const isNew = await executions.start(name, { scheduledTime });
      log.info(isNew ? 'run begun' : 'run had begun already', { plan: facts.planName, run: name });
    } else if (!await executions.find(name)) {
      await this.tell(stateMachineArn, facts, { name, scheduledTime }, `The run never began: ${why}. Start the state machine by hand to make up for it.`);
    }
  }

  private secondsLate({ scheduledTime }: LaunchEvent): number {
    return (this.deps.now() - Date.parse(scheduledTime)) / 1000;
  }

  private async tellOfUntoldRuns({ stateMachineArn, facts }: LaunchEvent): Promise<void> {
    try {
      for (const detail of await untoldRuns(this.deps.executionsOf(stateMachineArn), this.deps.now())) {
        await this.ended({ door: 'plan', task: 'ended', stateMachineArn, facts, detail });
      }
    } catch (error) {
      // The run has begun, which is what matters; the next one looks again.
      log.warn('runs without a verdict could not be looked for', { plan: facts.planName, why: error instanceof Error ? error.message : String(error) });
    }
  }

  private async tell(
    stateMachineArn: string, facts: LaunchEvent['facts'], run: { name: string; scheduledTime?: string; executionArn?: string }, message: string,
  ): Promise<void> {
    const now = this.deps.now();
    const report = reportOfRun(facts, run, Verdict.FAILED, message, {}, now);
    const isNew = await this.deps.executionsOf(stateMachineArn).start(verdictName(run.name), { report });
    if (isNew) {
      writeDownRun(facts, report, now);
    }
  }
}

function parse(body: string): LaunchEvent | EndedEvent | undefined {
  try {
    const event = JSON.parse(body) as { door?: string };
    return event.door === 'plan' ? event as LaunchEvent | EndedEvent : undefined;
  } catch {
    return undefined;
  }
}

function scheduledTimeIn(input: string | undefined): string | undefined {
  try {
    const { scheduledTime } = JSON.parse(input ?? '{}') as { scheduledTime?: unknown };
    return typeof scheduledTime === 'string' ? scheduledTime : undefined;
  } catch {
    return undefined;
  }
}
