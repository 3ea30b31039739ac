import { NOON } from './events';
import { FakeExecutions } from './fake-executions';
import { FakeRds } from './fake-rds';
import { DELIVERY_MACHINE_ARN } from './plan-events';
import { ORDERS } from './plan-snapshots';
import { Announcement } from '../../src/core/vault/announcement';
import { planLook, planPrune, planRuns, planStart } from '../../src/runtime/doors/plan/plan-door';
import { ClusterAnswer, ClusterEvent, DeliveryAnswer, DeliveryEvent, DeliveryInput } from '../../src/runtime/doors/plan/steps';
import { Operations } from '../../src/runtime/operations/operations';
import { calendarOfTimeZones } from '../../src/runtime/plan/calendar';

/** More than anything of a run takes. */
const MOST_STEPS = 3_000;

type Report = Extract<ClusterAnswer, { call: 'report' }>;
type End = Extract<DeliveryAnswer, { call: 'end' }>;

/** The four functions of plans, in front of a small RDS and executions in memory. Payloads pass through JSON on the way. */
export class PlanDoor {
  public now = NOON;
  public readonly runs = new FakeExecutions();
  public readonly deliveries = new FakeExecutions();
  /** The calls in their order. */
  public readonly calls: string[] = [];
  /** What vaults were told. */
  public readonly announcements: Announcement[] = [];
  private readonly operations: Operations;

  constructor(public readonly rds = new FakeRds()) {
    this.operations = new Operations(rds.asGateway());
    rds.clusters = rds.clusters.map((cluster) => ({ resourceId: ORDERS, ...cluster }));
  }

  public async look<Event extends Parameters<typeof planLook>[0]>(event: Event): Promise<AnswerTo<Event>> {
    const check: Operations['check'] = (request, sight) => this.operations.check(request, sight);
    return this.answered('look', await planLook(overTheWire(event), { rds: this.rds.asGateway(), check, now: () => this.now }));
  }

  public async start<Event extends Parameters<typeof planStart>[0]>(event: Event): Promise<AnswerTo<Event>> {
    const start: Operations['start'] = (request, assignment) => this.operations.start(request, assignment);
    return this.answered('start', await planStart(overTheWire(event), { rds: this.rds.asGateway(), start, now: () => this.now }));
  }

  public async prune<Event extends Parameters<typeof planPrune>[0]>(event: Event): Promise<AnswerTo<Event>> {
    return this.answered('prune', await planPrune(overTheWire(event), {
      rds: this.rds.asGateway(), calendar: calendarOfTimeZones(), now: () => this.now,
    }));
  }

  public async turn<Event extends Parameters<typeof planRuns>[0]>(event: Event): Promise<AnswerTo<Event>> {
    return this.answered('turn', await planRuns(overTheWire(event), {
      executionsOf: (arn) => (arn === DELIVERY_MACHINE_ARN ? this.deliveries : this.runs).asExecutions(),
      calendar: calendarOfTimeZones(),
      now: () => this.now,
    }));
  }

  /** Goes on as the state machine does, until the cluster has its verdict; `between` is what happens while it waits. */
  public async backUp(event: ClusterEvent, between: () => void | Promise<void> = () => undefined): Promise<Report> {
    return this.goOn<Report>(event, between);
  }

  /** Goes on as the state machine of deliveries does with one that has its turn, and has its execution end as it does there. */
  public async deliver(name: string, between: () => void | Promise<void> = () => undefined): Promise<End> {
    const input = this.deliveries.inputOf<DeliveryInput>(name);
    const end = await this.goOn<End>({ door: 'plan', task: 'delivery', deliveryStateMachineArn: DELIVERY_MACHINE_ARN, ...input }, between);
    this.deliveries.put(name, end.outcome.verdict === 'FAILED'
      ? { status: 'FAILED', error: 'DeliveryFailed', cause: JSON.stringify(end.outcome) }
      : { status: 'SUCCEEDED', output: JSON.stringify(end.outcome) });
    return end;
  }

  private async goOn<Last>(first: ClusterEvent | DeliveryEvent, between: () => void | Promise<void>): Promise<Last> {
    let event = first;
    for (let steps = 0; steps < MOST_STEPS; steps += 1) {
      const { call, waitSeconds } = this.published(event.answer);
      if (waitSeconds > 0) {
        this.now += waitSeconds * 1000;
        await between();
      }
      if (!isCall(call)) {
        return event.answer as unknown as Last;
      }
      event = { ...event, answer: await this.ask(call, event) } as typeof event;
    }
    throw new Error(`it comes to no end: ${JSON.stringify(event.answer)}`);
  }

  /** What is announced is looked after, when the vault has had its time. */
  private published(answer: (ClusterEvent | DeliveryEvent)['answer']): { readonly call: string; readonly waitSeconds: number } {
    if (answer.call !== 'announce') {
      return answer;
    }
    this.announcements.push(answer.report.detail);
    return { call: 'look', waitSeconds: answer.lookInSeconds };
  }

  private async ask(call: Call, event: ClusterEvent | DeliveryEvent): Promise<unknown> {
    const ask: (asked: ClusterEvent) => Promise<unknown> = this[call].bind(this);
    return ask(event as ClusterEvent);
  }

  private answered<Answer>(call: string, answer: unknown): Answer {
    this.calls.push(call);
    return overTheWire(answer) as Answer;
  }
}

type AnswerTo<Event> = Event extends ClusterEvent ? ClusterAnswer : Event extends DeliveryEvent ? DeliveryAnswer : unknown;

type Call = typeof CALLS[number];

const CALLS = ['start', 'look', 'turn', 'prune'] as const;

function isCall(call: string): call is Call {
  return CALLS.some((one) => one === call);
}

function overTheWire<Payload>(payload: Payload): Payload {
  return payload === undefined ? payload : JSON.parse(JSON.stringify(payload));
}
