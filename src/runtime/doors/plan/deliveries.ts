import { announce } from './announcing';
import { ClusterEvent, Delivery, DeliveryInput, DeliveryMemory, DeliveryOutcome, DeliveryState, NOTHING_PRUNED, readPlan } from './steps';
import { hash } from '../../../core/identifiers';
import { Calendar } from '../../../core/plan/calendar';
import { exportPeriodKey } from '../../../core/plan/export-period';
import { PlanRules } from '../../../core/plan/plan-rules';
import { PlanRun } from '../../../core/plan/plan-run';

/** RDS allows so many copies into a Region, and so many exports of an account, at a time. */
export const AT_A_TIME = 5;

/** Until then everybody who was started in the same moment is listed. */
const FIRST_LOOK_SECONDS = 5;

/** What the names of all executions of a lane begin with: no more than five copies or exports of one are begun at a time. */
export function laneOf({ kind, name }: Pick<DeliveryState, 'kind' | 'name'>): string {
  switch (kind) {
    case 'copy':
      return `c-${name}-`;
    case 'export':
      return 'x-';
    case 'vault':
      return 'v-';
  }
}

/** To a vault as much may be announced as there is: it has a queue of its own. */
export function isLimited({ kind }: Pick<DeliveryState, 'kind'>): boolean {
  return kind !== 'vault';
}

/** The cluster of a delivery: its name, and which of those that had it one after the other. */
export interface DeliveredCluster {
  readonly cluster: string;
  readonly clusterResourceId: string;
}

/**
 * The name of the execution that makes a copy or serves a vault in a run, or that is the nth try to make the export of a period. What was exported of a
 * cluster before it was replaced is not the data of its successor.
 */
export function executionName(
  calendar: Calendar, plan: PlanRules, run: PlanRun, { cluster, clusterResourceId }: DeliveredCluster, { kind, name }: DeliveryState, attempt: number,
): string {
  if (kind !== 'export') {
    return `${laneOf({ kind, name })}${hash([run.name, run.scheduledTime, cluster, name], 16)}`;
  }
  const rule = plan.exports.find(({ id }) => id === name)!;
  const period = exportPeriodKey(calendar, rule.period, new Date(run.scheduledTime), plan.timeZone, `${run.name} ${run.scheduledTime}`);
  return `${laneOf({ kind, name })}${hash([name, cluster, clusterResourceId, period], 16)}-${attempt}`;
}

export function deliveryInput(event: ClusterEvent, state: DeliveryState, execution: string, sourceArn: string, now: number): DeliveryInput {
  const { plan, run, item, answer: { memory } } = readPlan(event);
  const delivery: Delivery = {
    kind: state.kind, name: state.name, sourceArn, clusterResourceId: memory.clusterResourceId ?? '', execution, requestedAt: now,
  };
  const bare = { plan, run, item, delivery };
  const beginning: DeliveryMemory = { todo: 'make', pruned: NOTHING_PRUNED };
  if (state.kind !== 'vault') {
    return { ...bare, answer: { call: 'turn', waitSeconds: FIRST_LOOK_SECONDS, memory: beginning } };
  }
  return { ...bare, answer: plan.sharingKeyId === undefined ? announce(bare, beginning, now) : { call: 'start', waitSeconds: 0, memory: beginning } };
}

export function isOutcome(value: unknown): value is DeliveryOutcome {
  return typeof value === 'object' && value !== null && 'verdict' in value && 'part' in value;
}
