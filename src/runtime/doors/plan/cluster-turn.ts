import { isOver, troubledPart, withPart } from './cluster-steps';
import { concludeCluster } from './cluster-verdict';
import { AT_A_TIME, deliveryInput, executionName, isLimited, isOutcome, laneOf } from './deliveries';
import { ClusterAnswer, ClusterEvent, ClusterMemory, DeliveryOutcome, DeliveryState, NOTHING_PRUNED, readPlan } from './steps';
import { hash } from '../../../core/identifiers';
import { WATCH_LIMIT_SECONDS } from '../../../core/pacing';
import { Calendar } from '../../../core/plan/calendar';
import { VAULT_PATIENCE_SECONDS } from '../../../core/plan/vault-holds';
import { Verdict } from '../../../core/plan/verdict';
import { log } from '../../log';
import { bounded, firstOf } from '../../work/bounded';
import { Execution, Executions } from '../../work/executions';
import { wordsOfFailure } from '../../work/failure';

export interface TurnDependencies {
  readonly executionsOf: (stateMachineArn: string) => Executions;
  readonly calendar: Calendar;
  readonly now: () => number;
}

/** After so long in a queue it is asked whether a later run has made what waits pointless. */
const COMPARE_EVERY_SECONDS = 3600;

/** So long a run waits for what vaults answer. */
const ANSWER_HOURS = 24;

/** How many tries of a period are looked through in one call; the next call goes on. */
const ATTEMPTS_A_CALL = 20;

interface Advance {
  readonly next: DeliveryState;
  readonly outcome?: DeliveryOutcome;
}

/** Gives the copies, exports and vaults of a cluster their turn, and gathers how they end. It asks Step Functions only, never RDS. */
export class ClusterTurn {
  constructor(private readonly deps: TurnDependencies) {}

  public async handle(event: ClusterEvent): Promise<ClusterAnswer> {
    const { run, item, answer: { memory } } = readPlan(event);
    const now = this.deps.now();
    const turn = new Turn(event, this.deps.executionsOf(event.deliveryStateMachineArn), this.deps.calendar, now);
    const advances: Advance[] = [];
    for (const state of memory.deliveries ?? []) {
      advances.push(isOver(state) ? { next: state } : await turn.advance(state));
    }
    const states = advances.map(({ next }) => next);
    const before: ClusterMemory = { ...memory, deliveries: states };
    const known = advances.reduce((all, { outcome }) => (outcome ? withOutcome(all, outcome) : all), before);
    if (states.every(isOver)) {
      return concludeCluster(event, known, now);
    }
    if (now - Date.parse(run.startTime) >= WATCH_LIMIT_SECONDS * 1000) {
      const open = states.filter((state) => !isOver(state));
      return concludeCluster(event, open.reduce((all, { kind, name }) => withPart(all, {
        part: kind, name, verdict: Verdict.FAILED, reason: `not finished after ${WATCH_LIMIT_SECONDS / 86_400} days`,
      }), known), now);
    }
    const isWaiting = states.some((state) => !isOver(state) && state.execution === undefined);
    const compare = isWaiting && now - (memory.comparedAt ?? memory.deliveriesSince ?? now) >= COMPARE_EVERY_SECONDS * 1000;
    return {
      call: compare ? 'look' : 'turn',
      waitSeconds: compare ? 0 : waitSeconds(known, item.cluster, item.shortestWaitSeconds, now),
      memory: { ...known, tries: (memory.tries ?? 0) + 1 },
    };
  }
}

/** One look of one cluster at the executions. */
class Turn {
  private names?: Set<string>;

  constructor(
    private readonly event: ClusterEvent, private readonly executions: Executions, private readonly calendar: Calendar, private readonly now: number,
  ) {}

  public async advance(state: DeliveryState): Promise<Advance> {
    if (state.execution !== undefined) {
      const execution = await this.executions.find(state.execution);
      const outcome = execution && (outcomeOf(execution, state) ?? this.outcomeOfSilence(state));
      return outcome ? { next: { ...state, verdict: outcome.verdict }, outcome } : { next: state };
    }
    // Of a copy, and for a vault, there is one try, of an export as many as it takes in its period.
    let { attempt = 1 } = state;
    const { plan, run, item: { cluster }, answer: { memory: { clusterResourceId = '' } } } = this.event;
    for (const last = attempt + ATTEMPTS_A_CALL; attempt < last; attempt++) {
      const name = executionName(this.calendar, plan, run, { cluster, clusterResourceId }, state, attempt);
      // Where nobody else may have begun it, and in a full lane, there is nothing to look for.
      const known = state.kind !== 'export' || state.attempt === attempt ? undefined : await this.executions.find(name);
      const here = { ...state, attempt };
      if (known === undefined) {
        if (isLimited(state) && await this.isFull(laneOf(state))) {
          return { next: here };
        }
        const begun = await this.begin(name, here);
        if (begun) {
          return { next: { ...here, execution: name } };
        }
      }
      const taken = known ?? await this.executions.find(name);
      if (!taken) {
        return { next: here }; // not to be seen yet
      }
      if (this.isMine(taken)) {
        // Begun by an earlier call whose answer was lost.
        return { next: { ...here, execution: name } };
      }
      if (taken.status === 'RUNNING' || isMade(taken, state)) {
        return { next: { ...here, notDue: true } };
      }
      // It failed: the period still has no export.
    }
    return { next: { ...state, attempt } };
  }

  /** A vault may take days, and nobody is to wait for it so long: the verdict, and whoever has no place because of maxConcurrency. */
  private outcomeOfSilence({ kind, name }: DeliveryState): DeliveryOutcome | undefined {
    const { deliveriesSince = this.now, parts } = this.event.answer.memory;
    return kind === 'vault' && this.now - deliveriesSince >= ANSWER_HOURS * 3_600_000 ? {
      part: kind,
      name,
      verdict: Verdict.FAILED,
      reason: `has not answered within ${ANSWER_HOURS} hours; it is told every hour for ${VAULT_PATIENCE_SECONDS / 86_400} days, and the snapshot is kept for it until then`,
      target: parts.find(({ part }) => part === 'snapshot')?.target,
      pruned: NOTHING_PRUNED,
    } : undefined;
  }

  private async begin(name: string, state: DeliveryState): Promise<boolean> {
    const { plan, run, item, answer: { memory } } = this.event;
    const sourceArn = memory.parts.find(({ part }) => part === 'snapshot')?.target ?? '';
    const isNew = await this.executions.start(name, deliveryInput(this.event, state, name, sourceArn, this.now));
    log.info('turn', { plan: plan.planName, run: run.name, cluster: item.cluster, delivery: name, isNew });
    this.names?.add(name);
    return isNew;
  }

  private async isFull(lane: string): Promise<boolean> {
    this.names ??= new Set(await this.executions.running());
    return [...this.names].filter((name) => name.startsWith(lane)).length >= AT_A_TIME;
  }

  private isMine({ input }: Execution): boolean {
    const { name, scheduledTime } = this.event.run;
    const { run } = parsed(input) as { run?: { name?: string; scheduledTime?: string } };
    return run?.name === name && run.scheduledTime === scheduledTime;
  }
}

/** Whether the export of this period has been made. */
function isMade(execution: Execution, state: DeliveryState): boolean {
  const outcome = outcomeOf(execution, state);
  return outcome?.verdict === Verdict.SUCCEEDED || outcome?.verdict === Verdict.SUCCEEDED_WITH_WARNINGS;
}

function outcomeOf(execution: Execution, { kind, name }: DeliveryState): DeliveryOutcome | undefined {
  const { status, output, cause } = execution;
  if (status === 'RUNNING') {
    return undefined;
  }
  const told = parsed(output ?? cause);
  return isOutcome(told) ? told : {
    part: kind,
    name,
    verdict: Verdict.FAILED,
    reason: bounded(cause === undefined ? `the execution that makes it ended as ${status} (${execution.error ?? 'without an error'})` : wordsOfFailure(execution)!),
    pruned: NOTHING_PRUNED,
  };
}

/** Executions may be begun by hand, with anything. */
function parsed(text: string | undefined): object {
  try {
    return (JSON.parse(text ?? '{}') ?? {}) as object;
  } catch {
    return {};
  }
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

/**
 * Who waits for a turn asks more rarely the longer it takes, the more clusters there are, and not at the same moment as others: Step Functions
 * answers two to five lists a second.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
function waitSeconds({ deliveriesSince, tries = 0 }: ClusterMemory, cluster: string, shortest: number, now: number): number {
  const elapsed = (now - (deliveriesSince ?? now)) / 1000;
  const base = Math.max(30, shortest * 5, Math.min(600, elapsed / 10));
  const jitter = parseInt(hash([cluster, String(tries)], 4), 16) / 0xffff; // 0 to 1
  return Math.round(base * (0.75 + jitter / 2));
}
