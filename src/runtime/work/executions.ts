import { DescribeExecutionCommand, ExecutionListItem, ListExecutionsCommand, SFNClient, StartExecutionCommand, paginateListExecutions } from '@aws-sdk/client-sfn';

export interface Execution {
  readonly name: string;
  readonly status: string;
  readonly input?: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

export interface EndedExecution {
  readonly name: string;
  readonly executionArn: string;
  /** In milliseconds since 1970. */
  readonly endedAt: number;
}

/** Executions of one state machine. */
export class Executions {
  constructor(private readonly client: SFNClient, private readonly stateMachineArn: string) {}

  /** Answers whether it is a new one. The same name with the same input, while it runs, is the same execution. */
  public async start(name: string, input: object): Promise<boolean> {
    try {
      await this.client.send(new StartExecutionCommand({ stateMachineArn: this.stateMachineArn, name, input: JSON.stringify(input) }));
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'ExecutionAlreadyExists') {
        return false;
      }
      throw error;
    }
  }

  public async find(name: string): Promise<Execution | undefined> {
    try {
      const { status = 'unknown', input, output, error, cause } = await this.client.send(new DescribeExecutionCommand({ executionArn: this.arnOf(name) }));
      return { name, status, input, output, error, cause };
    } catch (error) {
      if (error instanceof Error && error.name === 'ExecutionDoesNotExist') {
        return undefined;
      }
      throw error;
    }
  }

  /** The names of all that run, the oldest first. */
  public async running(): Promise<string[]> {
    const executions: ExecutionListItem[] = [];
    const input = { stateMachineArn: this.stateMachineArn, statusFilter: 'RUNNING' as const, maxResults: 1000 };
    for await (const page of paginateListExecutions({ client: this.client }, input)) {
      executions.push(...(page.executions ?? []));
    }
    const startOf = ({ startDate }: ExecutionListItem) => startDate?.getTime() ?? 0;
    return executions.sort((a, b) => startOf(a) - startOf(b) || (a.name! < b.name! ? -1 : 1)).map(({ name = '' }) => name);
  }

  /** So many of those that ended like that, the last to begin first. Children of maps have no verdict of their own and are left out. */
  public async newest(status: 'FAILED' | 'TIMED_OUT' | 'ABORTED', count: number): Promise<EndedExecution[]> {
    const { executions = [] } = await this.client.send(new ListExecutionsCommand({
      stateMachineArn: this.stateMachineArn, statusFilter: status, maxResults: count,
    }));
    return executions.filter(({ mapRunArn }) => mapRunArn === undefined)
      .map(({ name = '', executionArn = '', stopDate }) => ({ name, executionArn, endedAt: stopDate?.getTime() ?? 0 }));
  }

  private arnOf(name: string): string {
    return `${this.stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  }
}
