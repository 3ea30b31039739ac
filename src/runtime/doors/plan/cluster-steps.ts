import { concludeCluster } from './cluster-verdict';
import { ClusterAnswer, ClusterEvent, ClusterMemory, DeliveryState } from './steps';
import { PlanRules } from '../../../core/plan/plan-rules';
import { PartVerdict, Verdict } from '../../../core/plan/verdict';

/** Which part of the backup of a cluster comes after which: take, share, prune home, copies and exports, verdict. */
export function afterTake(event: ClusterEvent, memory: ClusterMemory): ClusterAnswer {
  return event.plan.shareWith.length > 0
    ? step('start', { ...memory, todo: 'share', tries: 0, beganAt: undefined })
    : afterShare(memory);
}

export function afterShare(memory: ClusterMemory): ClusterAnswer {
  return step('prune', { ...memory, todo: 'prune', tries: 0, beganAt: undefined });
}

export function afterPrune(event: ClusterEvent, memory: ClusterMemory, now: number): ClusterAnswer {
  const deliveries = deliveriesOf(event);
  return deliveries.length > 0
    ? step('turn', { ...memory, todo: 'deliver', tries: 0, deliveries, deliveriesSince: now })
    : concludeCluster(event, memory, now);
}

export function withPart(memory: ClusterMemory, part: PartVerdict): ClusterMemory {
  return { ...memory, parts: [...memory.parts, part] };
}

/** That old snapshots could not be pruned endangers no data, so it only warns. */
export function troubledPart(region: string, reason: string): PartVerdict {
  return { part: 'prune', name: region, verdict: Verdict.SUCCEEDED_WITH_WARNINGS, reason };
}

function step(call: 'start' | 'prune' | 'turn', memory: ClusterMemory): ClusterAnswer {
  return { call, waitSeconds: 0, memory };
}

function deliveriesOf({ plan, item }: ClusterEvent): DeliveryState[] {
  return [
    ...plan.copies.map(({ region }): DeliveryState => ({ kind: 'copy', name: region })),
    ...plan.exports
      .filter(({ clusters }) => clusters === undefined || clusters.some((cluster) => cluster.toLowerCase() === item.cluster))
      .map(({ id }): DeliveryState => ({ kind: 'export', name: id })),
  ];
}

/** Whether a later snapshot makes it pointless. The export of a day, a week or a month is owed whichever snapshot it is made from. */
export function canBeSuperseded({ exports }: PlanRules, { kind, name }: Pick<DeliveryState, 'kind' | 'name'>): boolean {
  return kind === 'copy' || exports.find(({ id }) => id === name)?.period === 'run';
}

/** Gives up what has not had its turn. */
export function supersedeWaiting(plan: PlanRules, memory: ClusterMemory, newer: string): ClusterMemory {
  const isPointless = (state: DeliveryState) => state.execution === undefined && !isOver(state) && canBeSuperseded(plan, state);
  const states = memory.deliveries ?? [];
  return states.filter(isPointless).reduce<ClusterMemory>((all, { kind, name }) => withPart(all, {
    part: kind, name, verdict: Verdict.SUPERSEDED, reason: `had not begun when a later run had taken ${newer}`,
  }), { ...memory, deliveries: states.map((state) => (isPointless(state) ? { ...state, verdict: Verdict.SUPERSEDED } : state)) });
}

export function isOver({ verdict, notDue }: DeliveryState): boolean {
  return verdict !== undefined || notDue === true;
}
