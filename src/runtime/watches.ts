import { DescribeExecutionCommand, SFNClient, StartExecutionCommand, StopExecutionCommand, paginateListExecutions } from '@aws-sdk/client-sfn';
import { WatchInput } from './steps';
import { OwningResource } from '../core/ownership';
import { isReportName, watchesOf, watchesOfResource } from '../core/watch';

/** Executions of the state machine that watches what deploys hand over. */
export class Watches {
  constructor(private readonly client: SFNClient, private readonly stateMachineArn: string) {}

  /** Begins a watch. Answers whether it is a new one: the same work may be handed over twice. */
  public async begin(name: string, input: WatchInput): Promise<boolean> {
    try {
      await this.client.send(new StartExecutionCommand({ stateMachineArn: this.stateMachineArn, name, input: JSON.stringify(input) }));
      return true;
    } catch (error) {
      if (isNamed(error, 'ExecutionAlreadyExists')) {
        return false;
      }
      throw error;
    }
  }

  /** Stops the watch of one piece of work. Answers when it was stopped, now or before; undefined if there is none or it has ended by itself. */
  public async stop(resource: OwningResource, target: string): Promise<Date | undefined> {
    const name = watchesOf(resource, target);
    // By its name as well: what was begun a moment ago is not listed yet.
    const names = new Set([name, ...(await this.names(resource, 'RUNNING')).filter((candidate) => candidate.startsWith(name))]);
    return this.stopNamed([...names]);
  }

  /** Stops the watches of a resource, except that of one piece of work. Answers the time of the latest stop, now or before. */
  public async stopAll(resource: OwningResource, exceptTarget?: string): Promise<Date | undefined> {
    return this.stopNamed([...await this.names(resource, 'RUNNING', exceptTarget), ...await this.names(resource, 'ABORTED', exceptTarget)]);
  }

  /** Whether a watch of this name was begun, by now or long ago. */
  public async isKnown(name: string): Promise<boolean> {
    return await orUndefined(this.client.send(new DescribeExecutionCommand({ executionArn: this.arnOf(name) }))) !== undefined;
  }

  /** Whether some other work of the resource is being watched. */
  public async isAnotherRunning(resource: OwningResource, target: string): Promise<boolean> {
    return (await this.names(resource, 'RUNNING', target)).length > 0;
  }

  /** Whether this piece of work is being watched. */
  public async isRunning(resource: OwningResource, target: string): Promise<boolean> {
    return (await this.names(resource, 'RUNNING')).some((name) => name.startsWith(watchesOf(resource, target)));
  }

  private async names(resource: OwningResource, statusFilter: 'RUNNING' | 'ABORTED', exceptTarget?: string): Promise<string[]> {
    const ofResource = (await this.allNames(statusFilter)).filter((name) => name.startsWith(watchesOfResource(resource)) && !isReportName(name));
    return exceptTarget === undefined ? ofResource : ofResource.filter((name) => !name.startsWith(watchesOf(resource, exceptTarget)));
  }

  private async allNames(statusFilter: 'RUNNING' | 'ABORTED'): Promise<string[]> {
    const names: string[] = [];
    try {
      for await (const page of paginateListExecutions({ client: this.client }, { stateMachineArn: this.stateMachineArn, statusFilter })) {
        names.push(...(page.executions ?? []).map(({ name = '' }) => name));
      }
    } catch (error) {
      // Somebody deleted it, and with it all watches: nobody is to be stuck over what cannot be stopped any more.
      if (!isNamed(error, 'StateMachineDoesNotExist')) {
        throw error;
      }
    }
    return names;
  }

  private async stopNamed(names: readonly string[]): Promise<Date | undefined> {
    let latest: Date | undefined;
    for (const name of names) {
      const stopped = await this.stopOne(this.arnOf(name));
      latest = stopped && (!latest || stopped > latest) ? stopped : latest;
    }
    return latest;
  }

  private arnOf(name: string): string {
    return `${this.stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  }

  private async stopOne(executionArn: string): Promise<Date | undefined> {
    const execution = await orUndefined(this.client.send(new DescribeExecutionCommand({ executionArn })));
    if (execution && execution.status !== 'RUNNING') {
      return execution.status === 'ABORTED' ? execution.stopDate : undefined;
    }
    // Also when it is not told of: a look lags behind, a stop does not.
    const stopped = await orUndefined(this.client.send(new StopExecutionCommand({
      executionArn, error: 'NoLongerWanted', cause: 'the resource let go of what is watched',
    })));
    return stopped?.stopDate;
  }
}

async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNamed(error, 'ExecutionDoesNotExist')) {
      return undefined;
    }
    throw error;
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
