import { reportOfRun, writeDownRun } from './run-verdict';
import { EndedEvent, LaunchEvent } from './steps';
import { runName } from '../../../core/plan/plan-run';
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

/** A run that begins later than this would only be in the way of the next. */
const LATEST_BEGINNING_SECONDS = 6 * 3600;

/** The execution that only tells what became of another. */
const VERDICT_SUFFIX = '-verdict';

/** Begins runs, and tells of those that cannot do so themselves. */
export class Runs {
  constructor(private readonly deps: RunsDependencies) {}

  /** A schedule fires, perhaps twice: the second time the run is there already. */
  public async launch({ stateMachineArn, scheduledTime, facts }: LaunchEvent): Promise<void> {
    const name = runName(scheduledTime);
    const isNew = await this.deps.executionsOf(stateMachineArn).start(name, { scheduledTime });
    log.info(isNew ? 'run begun' : 'run had begun already', { plan: facts.planName, run: name });
  }

  /** An execution timed out, was aborted, or failed without a verdict. */
  public async ended({ stateMachineArn, facts, detail: { executionArn, name, status } }: EndedEvent): Promise<void> {
    const execution = await this.deps.executionsOf(stateMachineArn).find(name);
    if (execution?.error === TOLD_ERROR) {
      return;
    }
    const why = execution && wordsOfFailure(execution);
    if (execution?.error === NOT_TOLD_ERROR || name.endsWith(VERDICT_SUFFIX)) {
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

  /** A run that is some hours late is better than none. If that fails, too, the queue brings it back in some minutes. */
  private async makeUpFor(event: LaunchEvent, why: string): Promise<void> {
    const { stateMachineArn, scheduledTime, facts } = event;
    const name = runName(scheduledTime);
    log.warn('run could not be begun in time', { plan: facts.planName, run: name, why });
    if (this.deps.now() - Date.parse(scheduledTime) < LATEST_BEGINNING_SECONDS * 1000) {
      await this.launch(event);
      return;
    }
    if (await this.deps.executionsOf(stateMachineArn).find(name)) {
      return;
    }
    await this.tell(stateMachineArn, facts, { name, scheduledTime }, `The run never began: ${why}. Start the state machine by hand to make up for it.`);
  }

  private async tell(
    stateMachineArn: string, facts: LaunchEvent['facts'], run: { name: string; scheduledTime?: string; executionArn?: string }, message: string,
  ): Promise<void> {
    const now = this.deps.now();
    const report = reportOfRun(facts, run, Verdict.FAILED, message, {}, now);
    const isNew = await this.deps.executionsOf(stateMachineArn).start(`${run.name.slice(0, 80 - VERDICT_SUFFIX.length)}${VERDICT_SUFFIX}`, { report });
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
