import { NOON } from './events';
import { FakeExecutions } from './fake-executions';
import { FakeRds } from './fake-rds';
import { ARRIVE_MACHINE_ARN, aVault, arriving, receiving } from './vault-events';
import { ArriveAnswer, ArriveEvent, ArriveInput, ReceiveAnswer, ReceiveCall, ReceiveEvent, ReceiveInput, ReleaseAnswer, ReleaseEvent } from '../../src/runtime/doors/vault/steps';
import { vaultLook, vaultPrune, vaultRelease, vaultRuns, vaultStart } from '../../src/runtime/doors/vault/vault-door';
import { Operations } from '../../src/runtime/operations/operations';

const MOST_STEPS = 500;

type Asked<Event, Answers> = Event extends ArriveEvent ? ArriveAnswer
  : Event extends ReceiveEvent ? ReceiveAnswer
    : Event extends ReleaseEvent ? ReleaseAnswer : Answers;

/** The five functions of a vault, in front of a small RDS and executions in memory. Payloads pass through JSON on the way. */
export class VaultDoor {
  public now = NOON;
  /** Executions that look into announcements. */
  public readonly arrivals = new FakeExecutions();
  /** Executions that copy. */
  public readonly executions = new FakeExecutions();
  /** The details of the events that were told. */
  public readonly told: unknown[] = [];
  private readonly operations: Operations;

  constructor(public readonly rds = new FakeRds()) {
    this.operations = new Operations(rds.asGateway());
  }

  public async runs<Event extends Parameters<typeof vaultRuns>[0]>(event: Event): Promise<Asked<Event, unknown>> {
    const executionsOf = (arn: string) => (arn === ARRIVE_MACHINE_ARN ? this.arrivals : this.executions).asExecutions();
    return overTheWire(await vaultRuns(overTheWire(event), { executionsOf, now: () => this.now })) as Asked<Event, unknown>;
  }

  public async look<Event extends Parameters<typeof vaultLook>[0]>(event: Event): Promise<Asked<Event, Awaited<ReturnType<typeof vaultLook>>>> {
    const check: Operations['check'] = (request, sight) => this.operations.check(request, sight);
    return overTheWire(await vaultLook(overTheWire(event), { rds: this.rds.asGateway(), check, now: () => this.now })) as never;
  }

  public async start(event: Parameters<typeof vaultStart>[0]): Promise<ReceiveAnswer> {
    const start: Operations['start'] = (request, assignment) => this.operations.start(request, assignment);
    return overTheWire(await vaultStart(overTheWire(event), { rds: this.rds.asGateway(), start, now: () => this.now }));
  }

  public async prune<Event extends Parameters<typeof vaultPrune>[0]>(event: Event): Promise<Asked<Event, Awaited<ReturnType<typeof vaultPrune>>>> {
    return overTheWire(await vaultPrune(overTheWire(event), { rds: this.rds.asGateway(), now: () => this.now })) as never;
  }

  public async release<Event extends Parameters<typeof vaultRelease>[0]>(
    event: Event,
  ): Promise<Asked<Event, Awaited<ReturnType<typeof vaultRelease>>>> {
    return overTheWire(await vaultRelease(overTheWire(event), { rds: this.rds.asGateway(), now: () => this.now })) as never;
  }

  /** Goes on as the state machines do with every execution that runs, until none does; `between` is what happens while one waits. */
  public async receiveAll(rules = aVault(), between: () => void = () => undefined): Promise<void> {
    for (const machine of [this.arrivals, this.executions]) {
      for (let [name] = await machine.running(); name !== undefined; [name] = await machine.running()) {
        const input = machine.inputOf<ArriveInput | ReceiveInput>(name);
        const event = 'source' in input ? { ...receiving({}, { rules, source: input.source }), ...input } : arriving({}, { rules, ...input });
        const outcome = await this.goOn(event, between);
        machine.put(name, { status: outcome.verdict === 'FAILED' ? 'FAILED' : 'SUCCEEDED', output: JSON.stringify(outcome) });
      }
    }
  }

  private async goOn(first: ArriveEvent | ReceiveEvent, between: () => void) {
    const ask: Record<ReceiveCall, (event: ArriveEvent | ReceiveEvent) => Promise<ArriveAnswer | ReceiveAnswer>> = {
      turn: (event) => this.runs(event),
      start: (event) => this.start(event as ReceiveEvent),
      look: (event) => this.look(event) as Promise<ArriveAnswer | ReceiveAnswer>,
      prune: (event) => this.prune(event as ReceiveEvent),
    };
    let answer: ArriveAnswer | ReceiveAnswer = first.answer;
    for (let steps = 0; steps < MOST_STEPS; steps += 1) {
      if (answer.call === 'end') {
        return answer.outcome;
      }
      if (answer.call === 'tell') {
        this.told.push(answer.report.detail);
        if (answer.then === 'end') {
          return answer.outcome;
        }
        answer = { call: answer.then, waitSeconds: 0, memory: answer.memory };
      }
      if (answer.waitSeconds > 0) {
        this.now += answer.waitSeconds * 1000;
        between();
      }
      answer = await ask[answer.call]({ ...first, answer } as ReceiveEvent);
    }
    throw new Error(`it comes to no end: ${JSON.stringify(answer)}`);
  }
}

function overTheWire<Payload>(payload: Payload): Payload {
  return payload === undefined ? payload : JSON.parse(JSON.stringify(payload));
}
