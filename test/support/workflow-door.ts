import { NOON } from './events';
import { FakeRds } from './fake-rds';
import { FakeStacks } from './fake-stacks';
import { Handle } from '../../src/core/handle';
import { WorkflowLook } from '../../src/runtime/doors/workflow/look';
import { WorkflowStart } from '../../src/runtime/doors/workflow/start';
import { Operations } from '../../src/runtime/operations/operations';
import { Step, WorkflowEvent } from '../../src/runtime/steps';

/** More than a watch of seven days has. */
const MOST_STEPS = 5_000;

/** The two functions that the state machine asks, in front of a small RDS in memory. Payloads pass through JSON on the way. */
export class WorkflowDoor {
  public now = NOON;
  public readonly stacks = new FakeStacks();
  private readonly operations: Operations;

  constructor(public readonly handle: Handle, public readonly rds = new FakeRds()) {
    this.operations = new Operations(rds.asGateway());
  }

  public async look(answer: Step = { step: 'look', memory: {} }): Promise<Step> {
    const look = new WorkflowLook({ check: (request, sight) => this.operations.check(request, sight), now: () => this.now });
    return overTheWire(await look.handle(overTheWire(this.asked(answer))));
  }

  public async start(answer: Step = { step: 'start', memory: {} }): Promise<Step> {
    const start = new WorkflowStart({
      stacks: this.stacks.asStacks(), start: (request, assignment) => this.operations.start(request, assignment), now: () => this.now,
    });
    return overTheWire(await start.handle(overTheWire(this.asked(answer))));
  }

  /** Goes on as the state machine does, until there is something to report; `between` is what happens while it waits. */
  public async run(between: () => void = () => undefined, answer: Step = { step: 'look', memory: {} }): Promise<Extract<Step, { step: 'report' }>> {
    let next = answer;
    for (let steps = 0; next.step !== 'report'; steps += 1) {
      if (steps > MOST_STEPS) {
        throw new Error(`the watch comes to no end: ${JSON.stringify(next)}`);
      }
      if (next.step === 'wait' || next.step === 'settle') {
        this.now += next.waitSeconds * 1000;
        between();
      }
      next = next.step === 'start' || next.step === 'settle' ? await this.start(next) : await this.look(next);
    }
    return next;
  }

  private asked(answer: Step): WorkflowEvent {
    return { door: 'workflow', handle: this.handle, answer };
  }
}

function overTheWire<Payload>(payload: Payload): Payload {
  return JSON.parse(JSON.stringify(payload));
}
