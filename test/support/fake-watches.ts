import { OwningResource } from '../../src/core/ownership';
import { isReportName, reportName, watchName, watchPrefix } from '../../src/core/watch';
import { WatchInput } from '../../src/runtime/doors/workflow/steps';
import { Watches } from '../../src/runtime/watches';

type Calls = Pick<Watches, keyof Watches>;

/** Executions in memory, by their names. A name is used once and for all, as it is with Step Functions. */
export class FakeWatches implements Calls {
  public readonly executions = new Map<string, { readonly input: WatchInput; readonly stoppedAt?: Date }>();
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

  /** Whether the work is watched now. */
  public isWatched(resource: OwningResource, target: string): boolean {
    const execution = this.executions.get(watchName(resource, target));
    return execution !== undefined && execution.stoppedAt === undefined;
  }

  /** What an execution that only reports the end of the work was given. */
  public reportOf(resource: OwningResource, target: string): WatchInput | undefined {
    return this.executions.get(reportName(resource, target))?.input;
  }

  public inputOf(resource: OwningResource, target: string): WatchInput | undefined {
    return this.executions.get(watchName(resource, target))?.input;
  }

  public async begin(name: string, input: WatchInput): Promise<void> {
    this.throwIfBroken();
    if (!this.executions.has(name)) {
      this.executions.set(name, { input });
    }
  }

  public async stop(resource: OwningResource, target: string): Promise<Date | undefined> {
    this.throwIfBroken();
    return this.stopNamed(watchName(resource, target));
  }

  public async stopAll(resource: OwningResource, exceptTarget?: string): Promise<Date | undefined> {
    this.throwIfBroken();
    return this.runningNames(resource, exceptTarget).map((name) => this.stopNamed(name)).at(-1);
  }

  public async isAnotherRunning(resource: OwningResource, target: string): Promise<boolean> {
    this.throwIfBroken();
    return this.runningNames(resource, target).length > 0;
  }

  private runningNames(resource: OwningResource, exceptTarget?: string): string[] {
    const except = exceptTarget === undefined ? undefined : watchName(resource, exceptTarget);
    return [...this.executions.entries()]
      .filter(([name, { stoppedAt }]) => name.startsWith(watchPrefix(resource)) && name !== except && !isReportName(name) && stoppedAt === undefined)
      .map(([name]) => name);
  }

  private stopNamed(name: string): Date | undefined {
    const execution = this.executions.get(name);
    if (!execution) {
      return undefined;
    }
    const stopped = { ...execution, stoppedAt: execution.stoppedAt ?? new Date(this.now()) };
    this.executions.set(name, stopped);
    return stopped.stoppedAt;
  }

  private throwIfBroken(): void {
    if (this.fault) {
      throw this.fault;
    }
  }
}
