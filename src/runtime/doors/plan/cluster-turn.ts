import { bounded, firstOf } from './bounded';
import { troubledPart, withPart } from './cluster-steps';
import { concludeCluster } from './cluster-verdict';
import { AT_A_TIME, deliveryInput, executionName, isOutcome, laneOf } from './deliveries';
import { Execution, Executions } from './executions';
import { ClusterAnswer, ClusterEvent, ClusterMemory, DeliveryOutcome, DeliveryState, readPlan } from './steps';
import { hash } from '../../../core/identifiers';
import { WATCH_LIMIT_SECONDS } from '../../../core/pacing';
import { Calendar } from '../../../core/plan/calendar';
import { Verdict } from '../../../core/plan/verdict';
import { log } from '../../log';

export interface TurnDependencies {
  readonly executionsOf: (stateMachineArn: string) => Executions;
  readonly calendar: Calendar;
  readonly now: () => number;
}

/** Step Functions keeps the names of ended executions for 90 days, and no period has more runs than this that fail. */
const MAX_ATTEMPTS = 200;

/** Gives the copies and exports of a cluster their turn, and gathers how they end. It asks Step Functions only, never RDS. */
export class ClusterTurn {
  constructor(private readonly deps: TurnDependencies) {}

  public async handle(event: ClusterEvent): Promise<ClusterAnswer> {
    const { item, answer: { memory } } = readPlan(event);
    const now = this.deps.now();
    const executions = this.deps.executionsOf(event.deliveryStateMachineArn);
    const lanes = new Lanes(executions);
    const states: DeliveryState[] = [];
    const outcomes: DeliveryOutcome[] = [];
    for (const state of memory.deliveries ?? []) {
      const { next, outcome } = isOver(state) ? { next: state, outcome: undefined } : await this.advance(event, state, executions, lanes, now);
      states.push(next);
      outcomes.push(...(outcome ? [outcome] : []));
    }
    const known = outcomes.reduce(withOutcome, { ...memory, deliveries: states });
    if (states.every(isOver)) {
      return concludeCluster(event, known, now);
    }
    if (now - (memory.deliveriesSince ?? now) >= WATCH_LIMIT_SECONDS * 1000) {
      const open = states.filter((state) => !isOver(state));
      return concludeCluster(event, open.reduce((all, { kind, name }) => withPart(all, {
        part: kind, name, verdict: Verdict.FAILED, reason: `not finished after ${WATCH_LIMIT_SECONDS / 86_400} days`,
      }), known), now);
    }
    return { call: 'turn', waitSeconds: waitSeconds(known, item.cluster, item.shortestWaitSeconds, now), memory: { ...known, tries: (memory.tries ?? 0) + 1 } };
  }

  private async advance(event: ClusterEvent, state: DeliveryState, executions: Executions, lanes: Lanes, now: number): Promise<{
    readonly next: DeliveryState; readonly outcome?: DeliveryOutcome;
  }> {
    const { plan, run, item, answer: { memory } } = event;
    if (state.execution !== undefined) {
      const execution = await executions.find(state.execution);
      const outcome = execution && outcomeOf(execution, state);
      return outcome ? { next: { ...state, outcome }, outcome } : { next: state };
    }
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const name = executionName(this.deps.calendar, plan, run, item.cluster, state, attempt);
      const known = await executions.find(name);
      if (known && this.isMine(known, event)) {
        // Begun by an earlier call whose answer was lost.
        return { next: { ...state, execution: name } };
      }
      if (known === undefined) {
        if (await lanes.isFull(laneOf(state))) {
          return { next: state };
        }
        const sourceArn = memory.parts.find(({ part }) => part === 'snapshot')?.target ?? '';
        const isNew = await executions.start(name, deliveryInput(event, state, name, sourceArn, now));
        lanes.add(name);
        log.info('turn', { plan: plan.planName, run: run.name, cluster: item.cluster, delivery: name, isNew });
        // Somebody else may have been quicker; the next call sees whose it is.
        return { next: isNew ? { ...state, execution: name } : state };
      }
      if (isMade(known, state)) {
        return { next: { ...state, notDue: true } };
      }
      if (known.status === 'RUNNING') {
        return { next: { ...state, notDue: true } };
      }
      // It failed, or was superseded: the period still has no export.
    }
    const outcome: DeliveryOutcome = {
      part: state.kind, name: state.name, verdict: Verdict.FAILED, reason: `tried ${MAX_ATTEMPTS} times in this period`, pruned: { deleted: [], wouldDelete: [], reports: [] },
    };
    return { next: { ...state, outcome }, outcome };
  }

  private isMine({ input }: Execution, { run }: ClusterEvent): boolean {
    try {
      return (JSON.parse(input ?? '{}') as { run?: { name?: string } }).run?.name === run.name;
    } catch {
      return false;
    }
  }
}

/** How many of each lane run, asked for once a call. */
class Lanes {
  private names?: Set<string>;

  constructor(private readonly executions: Executions) {}

  public async isFull(lane: string): Promise<boolean> {
    this.names ??= new Set(await this.executions.running());
    return [...this.names].filter((name) => name.startsWith(lane)).length >= AT_A_TIME;
  }

  public add(name: string): void {
    this.names?.add(name);
  }
}

function isOver({ outcome, notDue }: DeliveryState): boolean {
  return outcome !== undefined || notDue === true;
}

/** Whether the export of this period has been made. */
function isMade(execution: Execution, state: DeliveryState): boolean {
  const outcome = outcomeOf(execution, state);
  return outcome !== undefined && (outcome.verdict === Verdict.SUCCEEDED || outcome.verdict === Verdict.SUCCEEDED_WITH_WARNINGS);
}

function outcomeOf({ status, output, error, cause }: Execution, { kind, name }: DeliveryState): DeliveryOutcome | undefined {
  if (status === 'RUNNING') {
    return undefined;
  }
  const told: unknown = output === undefined ? undefined : JSON.parse(output);
  return isOutcome(told) ? told : {
    part: kind,
    name,
    verdict: Verdict.FAILED,
    reason: bounded(cause ?? `the execution that makes it ended as ${status} (${error ?? 'without an error'})`),
    pruned: { deleted: [], wouldDelete: [], reports: [] },
  };
}

function withOutcome(memory: ClusterMemory, { pruned, trouble, ...part }: DeliveryOutcome): ClusterMemory {
  const told = withPart(memory, part);
  return {
    ...(trouble === undefined ? told : withPart(told, troubledPart(part.name ?? '', trouble))),
    pruned: {
      deleted: firstOf([...memory.pruned.deleted, ...pruned.deleted], 200),
      wouldDelete: firstOf([...memory.pruned.wouldDelete, ...pruned.wouldDelete]),
      reports: firstOf([...memory.pruned.reports, ...pruned.reports]),
    },
  };
}

/** Who waits for a turn asks more rarely the longer it takes, and not at the same moment as others. */
function waitSeconds(memory: ClusterMemory, cluster: string, shortest: number, now: number): number {
  const elapsed = (now - (memory.deliveriesSince ?? now)) / 1000;
  const base = Math.min(600, Math.max(30, shortest, elapsed / 10));
  return Math.round(base * (0.75 + parseInt(hash([cluster, String(memory.tries ?? 0)], 4), 16) / 0xffff / 2));
}
