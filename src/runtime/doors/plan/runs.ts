import { Executions } from './executions';
import { tellRun } from './run-verdict';
import { EndedEvent, LaunchEvent } from './steps';
import { runName } from '../../../core/plan/plan-run';
import { TOLD_ERROR, Verdict } from '../../../core/plan/verdict';
import { log } from '../../log';

export interface RunsDependencies {
  readonly executionsOf: (stateMachineArn: string) => Executions;
  readonly now: () => number;
}

/** A message of the dead-letter queue: what did not reach its function, or failed there again and again. */
export interface DeadLetter {
  readonly body: string;
  readonly messageAttributes?: Readonly<Record<string, { readonly stringValue?: string }>>;
}

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
    if (name.endsWith(VERDICT_SUFFIX)) {
      log.error('a verdict could not be told', { plan: facts.planName, run: name, status });
      return;
    }
    const executions = this.deps.executionsOf(stateMachineArn);
    const execution = await executions.find(name);
    if (execution?.error === TOLD_ERROR) {
      return;
    }
    const why = execution?.cause ?? execution?.error;
    const input = scheduledTimeIn(execution?.input);
    await this.tell(stateMachineArn, facts, { name, executionArn, scheduledTime: input }, `The run ended as ${status}${why === undefined ? '' : `: ${why}`}. `
      + 'What it had begun goes on; what it had not begun is up to the next run.');
  }

  /** What never reached the function that begins runs, or what that function could not do. */
  public async deadLetter({ body, messageAttributes = {} }: DeadLetter): Promise<void> {
    const event = parse(body);
    const why = ['ERROR_CODE', 'ERROR_MESSAGE', 'ErrorCode', 'ErrorMessage'].flatMap((key) => messageAttributes[key]?.stringValue ?? []).join(': ') || 'nobody knows why';
    if (event?.task === 'launch') {
      const { stateMachineArn, scheduledTime, facts } = event;
      const name = runName(scheduledTime);
      if (await this.deps.executionsOf(stateMachineArn).find(name)) {
        log.warn('the run began all the same', { plan: facts.planName, run: name, why });
        return;
      }
      await this.tell(stateMachineArn, facts, { name, scheduledTime }, `The run never began: ${why}. Start the state machine by hand to make up for it.`);
    } else if (event?.task === 'ended') {
      await this.ended(event);
    } else {
      log.error('dead letter that cannot be read', { body, why });
    }
  }

  private async tell(
    stateMachineArn: string, facts: LaunchEvent['facts'], run: { name: string; scheduledTime?: string; executionArn?: string }, message: string,
  ): Promise<void> {
    const report = tellRun(facts, run, Verdict.FAILED, message, {}, this.deps.now());
    await this.deps.executionsOf(stateMachineArn).start(`${run.name.slice(0, 80 - VERDICT_SUFFIX.length)}${VERDICT_SUFFIX}`, { report });
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
