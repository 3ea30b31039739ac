import { NOON } from './events';
import { EndedExecution, Execution, Executions } from '../../src/runtime/work/executions';

/** Executions of one state machine in memory. A name is used once and for all, as it is with Step Functions for a while. */
export class FakeExecutions implements Pick<Executions, keyof Executions> {
  /** How often Step Functions was asked what runs. */
  public listed = 0;
  /** When everything ended that has ended. */
  public endedAt = NOON;
  private readonly byName = new Map<string, Execution>();
  private fault: Error | undefined;

  public get names(): string[] {
    return [...this.byName.keys()];
  }

  /** From now on every call throws, until `heal`. */
  public breaks(error: Error): this {
    this.fault = error;
    return this;
  }

  public heal(): void {
    this.fault = undefined;
  }

  public asExecutions(): Executions {
    return this as unknown as Executions;
  }

  /** What the execution was begun with. */
  public inputOf<Input = unknown>(name: string): Input {
    const { input } = this.byName.get(name)!;
    return JSON.parse(input!);
  }

  /** One that somebody else began, or how one ended. */
  public put(name: string, facts: Partial<Execution> = {}): this {
    this.byName.set(name, { name, status: 'RUNNING', ...this.byName.get(name), ...facts });
    return this;
  }

  public async start(name: string, input: object): Promise<boolean> {
    this.throwIfBroken();
    if (this.byName.has(name)) {
      return false;
    }
    this.put(name, { input: JSON.stringify(input) });
    return true;
  }

  public async find(name: string): Promise<Execution | undefined> {
    this.throwIfBroken();
    return this.byName.get(name);
  }

  public async running(): Promise<string[]> {
    this.throwIfBroken();
    this.listed += 1;
    return [...this.byName.values()].filter(({ status }) => status === 'RUNNING').map(({ name }) => name);
  }

  public async newest(wanted: string, count: number): Promise<EndedExecution[]> {
    this.throwIfBroken();
    const names = [...this.byName.values()].filter(({ status }) => status === wanted).map(({ name }) => name).reverse();
    return names.slice(0, count).map((name) => ({ name, executionArn: `arn:execution:${name}`, endedAt: this.endedAt }));
  }

  private throwIfBroken(): void {
    if (this.fault) {
      throw this.fault;
    }
  }
}
