import { NOON } from './events';
import { FakeRds } from './fake-rds';
import { FakeStacks } from './fake-stacks';
import { FakeWatches } from './fake-watches';
import { ResourceEvent } from '../../src/runtime/doors/custom-resource/events';
import { CancelEvent, HandOverEvent, StartAnswer, WatchedEvent } from '../../src/runtime/doors/deploy/events';
import { DeployIsComplete } from '../../src/runtime/doors/deploy/is-complete';
import { lifecycles } from '../../src/runtime/doors/deploy/lifecycles';
import { onEvent } from '../../src/runtime/doors/deploy/on-event';
import { Answer } from '../../src/runtime/doors/deploy/result';
import { DeployStart } from '../../src/runtime/doors/deploy/start';
import { Operations } from '../../src/runtime/operations/operations';

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
  /** How often the start function was asked to go on with a request. */
  public started = 0;
  public readonly stacks = new FakeStacks();
  public readonly watches = new FakeWatches(() => this.now);
  private readonly operations: Operations;

  constructor(public readonly rds = new FakeRds()) {
    this.operations = new Operations(rds.asGateway());
  }

  /** The first call. */
  public begin(event: ResourceEvent): WatchedEvent {
    return overTheWire({ ...event, ...onEvent(event, this.now) }) as WatchedEvent;
  }

  /** One look of `isComplete`. */
  public async look(event: WatchedEvent): Promise<Answer> {
    const isComplete = new DeployIsComplete({
      check: (request, sight) => this.operations.check(request, sight),
      invokeStart: async (payload) => overTheWire(await this.start(overTheWire(payload))),
      invokeCancel: async (payload) => this.cancel(overTheWire(payload)),
      now: () => this.now,
    });
    return overTheWire(await isComplete.handle(event));
  }

  /** The start function alone. */
  public async start(event: WatchedEvent | HandOverEvent): Promise<StartAnswer> {
    this.started += 'HandOver' in event ? 0 : 1;
    if (this.dying.start) {
      throw this.dying.start;
    }
    return new DeployStart({
      lifecycleOf: lifecycles(this.rds.asGateway()),
      stacks: this.stacks.asStacks(),
      watches: this.watches.asWatches(),
      start: (request, assignment) => this.operations.start(request, assignment),
      now: () => this.now,
    }).handle(event);
  }

  /** Looks again and again until the request is answered; `between` is what happens meanwhile. */
  public async finish(event: WatchedEvent, between: () => void = () => undefined): Promise<Answer> {
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
    return this.operations.cancel(event.kind, event.removal, event.resource, event.elapsedSeconds);
  }
}

function overTheWire<Payload>(payload: Payload): Payload {
  return JSON.parse(JSON.stringify(payload));
}
