import { CreateStateMachineCommand, DescribeExecutionCommand, GetExecutionHistoryCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { ACCOUNT, REGION, Statement, asRole, until } from './probe';
import { LocalAws } from '../../local/local-aws';

export const ALLOW_ALL: Statement[] = [{ Effect: 'Allow', Action: '*', Resource: '*' }];

/** A chain of states S0, S1, … */
export const chain = (...states: object[]) => ({
  StartAt: 'S0',
  States: Object.fromEntries(states.map((state, i) => [`S${i}`, { ...state, ...(i + 1 < states.length ? { Next: `S${i + 1}` } : ends(state)) }])),
});
const ends = (state: any) => (['Succeed', 'Fail', 'Choice'].includes(state.Type) ? {} : { End: true });

/** State machines of a test, and their executions. */
export class Machines {
  readonly sfn: SFNClient;

  constructor(private readonly local: LocalAws) {
    this.sfn = new SFNClient({ ...local.client(REGION), maxAttempts: 1 });
  }

  async make(definition: object, rights: Statement[] = ALLOW_ALL, name: string = 'runs'): Promise<string> {
    await asRole(this.local, rights, ACCOUNT, `role-of-${name}`);
    const made = await this.sfn.send(new CreateStateMachineCommand({ name, definition: JSON.stringify(definition), roleArn: `arn:aws:iam::${ACCOUNT}:role/role-of-${name}` }));
    return made.stateMachineArn!;
  }

  async start(stateMachineArn: string, input: unknown = {}, name?: string): Promise<string> {
    return (await this.sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }))).executionArn!;
  }

  look(executionArn: string) {
    return this.sfn.send(new DescribeExecutionCommand({ executionArn }));
  }

  ended(executionArn: string) {
    return until(async () => {
      const execution = await this.look(executionArn);
      return execution.status !== 'RUNNING' && execution;
    });
  }

  /** Runs a machine of this definition to its end, however long that takes there. */
  async run(definition: object, input: unknown = {}, rights: Statement[] = ALLOW_ALL) {
    const execution = await this.start(await this.make(definition, rights), input);
    await this.local.play(86_400);
    return this.look(execution);
  }

  async history(executionArn: string): Promise<string[]> {
    return (await this.sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }))).events!.map((event): string => event.type!);
  }
}
