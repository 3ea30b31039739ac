import { NOON } from './events';
import { FakeRds } from './fake-rds';
import { FakeStacks } from './fake-stacks';
import { OperationRequest } from '../../src/core/requests';
import { CancelEvent, DeployEvent, StartAnswer, WatchedEvent } from '../../src/runtime/doors/deploy/events';
import { DeployIsComplete, IsCompleteAnswer } from '../../src/runtime/doors/deploy/is-complete';
import { onEvent } from '../../src/runtime/doors/deploy/on-event';
import { DeployStart } from '../../src/runtime/doors/deploy/start';
import { CopySnapshot } from '../../src/runtime/operations/copy-snapshot';
import { TakeSnapshot } from '../../src/runtime/operations/take-snapshot';

const SECONDS_BETWEEN_LOOKS = 10;

/**
 * The four functions of the deploy door, called by one another as the Provider framework and Lambda would, in front of a small RDS
 * in memory. Payloads pass through JSON on the way.
 */
export class DeployDoor {
  public now = NOON;
  /** Functions that die when they are called, with what is thrown then. */
  public readonly dying: { start?: Error; cancel?: Error } = {};
  /** What the cancel function was asked. */
  public readonly cancellations: CancelEvent[] = [];
  public started = 0;

  constructor(public readonly rds = new FakeRds(), public readonly stacks = new FakeStacks()) {}

  /** The first call. */
  public begin(event: DeployEvent): WatchedEvent {
    return overTheWire({ ...event, ...onEvent(event, this.now) }) as WatchedEvent;
  }

  /** One look of `isComplete`. */
  public async look(event: WatchedEvent): Promise<IsCompleteAnswer> {
    const isComplete = new DeployIsComplete({
      check: (request, sight) => this.operation(request.kind).check(sight),
      invokeStart: async (payload) => overTheWire(await this.start(overTheWire(payload))),
      invokeCancel: async (payload) => this.cancel(overTheWire(payload)),
      now: () => this.now,
    });
    return overTheWire(await isComplete.handle(event));
  }

  /** The start function alone. */
  public async start(event: WatchedEvent): Promise<StartAnswer> {
    this.started += 1;
    if (this.dying.start) {
      throw this.dying.start;
    }
    return new DeployStart({
      rds: this.rds.asGateway(),
      stacks: this.stacks.asStacks(),
      start: (request, assignment) => (request.kind === 'take'
        ? new TakeSnapshot(this.rds.asGateway()).start(request, assignment)
        : new CopySnapshot(this.rds.asGateway()).start(request, assignment)),
      now: () => this.now,
    }).handle(event);
  }

  /** Looks again and again until the request is answered; `between` is what happens meanwhile. */
  public async finish(event: WatchedEvent, between: () => void = () => undefined): Promise<IsCompleteAnswer> {
    for (;;) {
      const answer = await this.look(event);
      if (answer.IsComplete) {
        return answer;
      }
      between();
      this.now += SECONDS_BETWEEN_LOOKS * 1000;
    }
  }

  private async cancel(event: CancelEvent) {
    this.cancellations.push(event);
    if (this.dying.cancel) {
      throw this.dying.cancel;
    }
    return this.operation(event.kind).cancel(event);
  }

  private operation(kind: OperationRequest['kind']) {
    return kind === 'take' ? new TakeSnapshot(this.rds.asGateway()) : new CopySnapshot(this.rds.asGateway());
  }
}

function overTheWire<Payload>(payload: Payload): Payload {
  return JSON.parse(JSON.stringify(payload));
}
