import { NOON } from './events';
import { FakeExecutions } from './fake-executions';
import { FakeRds } from './fake-rds';
import { aVault, receiving } from './vault-events';
import { ReceiveAnswer, ReceiveCall, ReceiveEvent, ReceiveInput, ReleaseAnswer, ReleaseEvent } from '../../src/runtime/doors/vault/steps';
import { vaultLook, vaultPrune, vaultRelease, vaultRuns, vaultStart } from '../../src/runtime/doors/vault/vault-door';
import { Operations } from '../../src/runtime/operations/operations';

const MOST_STEPS = 500;

type Asked<Event, Answers> = Event extends ReceiveEvent ? ReceiveAnswer : Event extends ReleaseEvent ? ReleaseAnswer : Answers;

/** The five functions of a vault, in front of a small RDS and executions in memory. Payloads pass through JSON on the way. */
export class VaultDoor {
  public now = NOON;
  public readonly executions = new FakeExecutions();
  /** The details of the events that were told. */
  public readonly told: unknown[] = [];
  private readonly operations: Operations;

  constructor(public readonly rds = new FakeRds()) {
    this.operations = new Operations(rds.asGateway());
  }

  public async runs<Event extends Parameters<typeof vaultRuns>[0]>(event: Event): Promise<Asked<Event, unknown>> {
    const executionsOf = () => this.executions.asExecutions();
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

  /** Goes on as the state machine does with every execution that runs, until none does; `between` is what happens while one waits. */
  public async receiveAll(rules = aVault(), between: () => void = () => undefined): Promise<void> {
    for (let name = await this.next(); name !== undefined; name = await this.next()) {
      const { source, answer } = this.executions.inputOf<ReceiveInput>(name);
      const outcome = await this.receive({ ...receiving({}, { rules, source }), answer } as ReceiveEvent, between);
      this.executions.put(name, { status: outcome.verdict === 'FAILED' ? 'FAILED' : 'SUCCEEDED', output: JSON.stringify(outcome) });
    }
  }

  private async next(): Promise<string | undefined> {
    return (await this.executions.running())[0];
  }

  private async receive(first: ReceiveEvent, between: () => void) {
    const ask: Record<ReceiveCall, (event: ReceiveEvent) => Promise<ReceiveAnswer>> = {
      turn: (event) => this.runs(event), start: (event) => this.start(event), look: (event) => this.look(event), prune: (event) => this.prune(event),
    };
    let answer: ReceiveAnswer = first.answer;
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
      answer = await ask[answer.call]({ ...first, answer });
    }
    throw new Error(`it comes to no end: ${JSON.stringify(answer)}`);
  }
}

function overTheWire<Payload>(payload: Payload): Payload {
  return payload === undefined ? payload : JSON.parse(JSON.stringify(payload));
}
