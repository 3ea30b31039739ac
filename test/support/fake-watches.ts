import { OwningResource } from '../../src/core/ownership';
import { isReportName, watchesOf, watchesOfResource } from '../../src/core/watch';
import { WatchInput } from '../../src/runtime/steps';
import { Watches } from '../../src/runtime/watches';

interface Execution {
  readonly name: string;
  readonly input: WatchInput;
  readonly stoppedAt?: Date;
}

/** Executions in memory, by their names. A name is used once and for all, as it is with Step Functions for a while. */
export class FakeWatches implements Pick<Watches, keyof Watches> {
  private executions: Execution[] = [];
  private fault: Error | undefined;

  constructor(private readonly now: () => number) {}

  /** From now on every call throws, until `heal`. */
  public breaks(error: Error): this {
    this.fault = error;
    return this;
  }

  public heal(): void {
    this.fault = undefined;
  }

  public asWatches(): Watches {
    return this as unknown as Watches;
  }

  /** What the watches of the work that still go on were given. */
  public watchesOf(resource: OwningResource, target: string): WatchInput[] {
    return this.running(resource).filter(({ name }) => name.startsWith(watchesOf(resource, target))).map(({ input }) => input);
  }

  /** What the executions that only report the end of the work were given. */
  public reportsOf(resource: OwningResource, target: string): WatchInput[] {
    return this.executions.filter(({ name }) => name.startsWith(watchesOf(resource, target)) && isReportName(name)).map(({ input }) => input);
  }

  public async begin(name: string, input: WatchInput): Promise<boolean> {
    this.throwIfBroken();
    const isNew = this.executions.every((execution) => execution.name !== name);
    this.executions = isNew ? [...this.executions, { name, input }] : this.executions;
    return isNew;
  }

  public async stop(resource: OwningResource, target: string): Promise<Date | undefined> {
    this.throwIfBroken();
    return this.stopWhere(({ name }) => name.startsWith(watchesOf(resource, target)) && !isReportName(name));
  }

  public async stopAll(resource: OwningResource, exceptTarget?: string): Promise<Date | undefined> {
    this.throwIfBroken();
    return this.stopWhere(({ name }) => !isReportName(name) && name.startsWith(watchesOfResource(resource))
      && (exceptTarget === undefined || !name.startsWith(watchesOf(resource, exceptTarget))));
  }

  public async isAnotherRunning(resource: OwningResource, target: string): Promise<boolean> {
    this.throwIfBroken();
    return this.running(resource, target).length > 0;
  }

  public async isKnown(name: string): Promise<boolean> {
    this.throwIfBroken();
    return this.executions.some((execution) => execution.name === name);
  }

  public async isRunning(resource: OwningResource, target: string): Promise<boolean> {
    this.throwIfBroken();
    return this.watchesOf(resource, target).length > 0;
  }

  private running(resource: OwningResource, exceptTarget?: string): Execution[] {
    return this.executions.filter(({ name, stoppedAt }) => stoppedAt === undefined && !isReportName(name)
      && name.startsWith(watchesOfResource(resource))
      && (exceptTarget === undefined || !name.startsWith(watchesOf(resource, exceptTarget))));
  }

  private stopWhere(isMeant: (execution: Execution) => boolean): Date | undefined {
    const meant = this.executions.filter(isMeant).map((execution) => ({ stoppedAt: new Date(this.now()), ...execution }));
    this.executions = [...this.executions.filter((execution) => !isMeant(execution)), ...meant];
    return meant.at(-1)?.stoppedAt;
  }

  private throwIfBroken(): void {
    if (this.fault) {
      throw this.fault;
    }
  }
}
