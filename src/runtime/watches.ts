import { DescribeExecutionCommand, SFNClient, StartExecutionCommand, StopExecutionCommand, paginateListExecutions } from '@aws-sdk/client-sfn';
import { OwningResource } from '../core/ownership';
import { isReportName, watchName, watchPrefix } from '../core/watch';
import { WatchInput } from './doors/workflow/steps';

/** Executions of the state machine that watches what deploys hand over. */
export class Watches {
  constructor(private readonly client: SFNClient, private readonly stateMachineArn: string) {}

  /** Begins a watch, or finds that it was begun already. */
  public async begin(name: string, input: WatchInput): Promise<void> {
    try {
      await this.client.send(new StartExecutionCommand({ stateMachineArn: this.stateMachineArn, name, input: JSON.stringify(input) }));
    } catch (error) {
      if (!isNamed(error, 'ExecutionAlreadyExists')) {
        throw error;
      }
    }
  }

  /** Stops the watch of one piece of work. Answers when it was stopped, now or before; undefined if there is none or it has ended by itself. */
  public async stop(resource: OwningResource, target: string): Promise<Date | undefined> {
    return this.stopNamed(watchName(resource, target));
  }

  /** Stops the watches of a resource that still go on, except that of one piece of work. Answers the time of the latest stop. */
  public async stopAll(resource: OwningResource, exceptTarget?: string): Promise<Date | undefined> {
    let latest: Date | undefined;
    for (const name of await this.runningNames(resource, exceptTarget)) {
      latest = await this.stopNamed(name) ?? latest;
    }
    return latest;
  }

  /** Whether some other work of the resource is being watched. */
  public async isAnotherRunning(resource: OwningResource, target: string): Promise<boolean> {
    return (await this.runningNames(resource, target)).length > 0;
  }

  private async runningNames(resource: OwningResource, exceptTarget?: string): Promise<string[]> {
    const prefix = watchPrefix(resource);
    const except = exceptTarget === undefined ? undefined : watchName(resource, exceptTarget);
    const names: string[] = [];
    for await (const page of paginateListExecutions({ client: this.client }, { stateMachineArn: this.stateMachineArn, statusFilter: 'RUNNING' })) {
      names.push(...(page.executions ?? []).map(({ name = '' }) => name));
    }
    return names.filter((name) => name.startsWith(prefix) && name !== except && !isReportName(name));
  }

  private async stopNamed(name: string): Promise<Date | undefined> {
    const executionArn = `${this.stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    try {
      const { status, stopDate } = await this.client.send(new DescribeExecutionCommand({ executionArn }));
      if (status !== 'RUNNING') {
        return status === 'ABORTED' ? stopDate : undefined;
      }
      const stopped = await this.client.send(new StopExecutionCommand({ executionArn, error: 'NoLongerWanted', cause: 'the resource let go of what is watched' }));
      return stopped.stopDate;
    } catch (error) {
      if (isNamed(error, 'ExecutionDoesNotExist')) {
        return undefined;
      }
      throw error;
    }
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
