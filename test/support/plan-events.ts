/** What the state machines of a plan ask its functions: the plan `Gold` backs up `orders` at noon, and does nothing else unless a test says so. */
import { ACCOUNT, EXPORT_KEY_ARN, EXPORT_ROLE_ARN, NOON, OTHER_REGION, REGION, STATE_MACHINE_ARN } from './events';
import { ORDERS, PLAN } from './plan-snapshots';
import { aSnapshot } from './snapshots';
import { CopyRule, ExportRule, PLAN_RULES_VERSION, PlanRules } from '../../src/core/plan/plan-rules';
import { PlanRun, runName } from '../../src/core/plan/plan-run';
import { Snapshot } from '../../src/core/snapshot';
import { ClusterEvent, ClusterMemory, Delivery, DeliveryEvent, DeliveryMemory, NOTHING_PRUNED, PlannedItem } from '../../src/runtime/doors/plan/steps';
import { exportAssignment, snapshotAssignment } from '../../src/runtime/doors/plan/work';

export const RUN_MACHINE_ARN = STATE_MACHINE_ARN.replace('Watch', 'Runs');
export const DELIVERY_MACHINE_ARN = STATE_MACHINE_ARN.replace('Watch', 'Deliveries');
export const DR_KEY_ARN = `arn:aws:kms:${OTHER_REGION}:${ACCOUNT}:key/dr`;

export function aPlan(changes: Partial<PlanRules> = {}): PlanRules {
  return {
    version: PLAN_RULES_VERSION,
    ...PLAN,
    account: ACCOUNT,
    partition: 'aws',
    retention: { keep: 'last', count: 2 },
    snapshotTags: {},
    pruneMode: 'delete',
    pruneFormerClusters: false,
    clusterMetrics: false,
    copies: [],
    shareWith: [],
    exports: [],
    timeZone: 'Europe/Paris',
    startWindowSeconds: 6 * 3600,
    ...changes,
  };
}

export function aCopy(changes: Partial<CopyRule> = {}): CopyRule {
  return { region: OTHER_REGION, kmsKeyId: DR_KEY_ARN, retention: { keep: 'last', count: 1 }, ...changes };
}

export function anExport(changes: Partial<ExportRule> = {}): ExportRule {
  return { id: 'Lake', period: 'run', bucket: 'lake', roleArn: EXPORT_ROLE_ARN, kmsKeyId: EXPORT_KEY_ARN, exportOnly: [], ...changes };
}

/** The run that was due at the time. */
export function aRun(scheduledTime = new Date(NOON).toISOString(), name = runName(scheduledTime)): PlanRun {
  return { name, scheduledTime, startTime: scheduledTime, executionArn: `${RUN_MACHINE_ARN.replace(':stateMachine:', ':execution:')}:${name}` };
}

export function anItem(changes: Partial<PlannedItem> = {}): PlannedItem {
  return { cluster: 'orders', firstWaitSeconds: 0, shortestWaitSeconds: 15, reasonLength: 500, ...changes };
}

export const BEGINNING: ClusterMemory = { todo: 'take', parts: [], pruned: NOTHING_PRUNED };

type ClusterFacts = Partial<Pick<ClusterEvent, 'plan' | 'run' | 'item'>>;

export function clusterEvent(memory: Partial<ClusterMemory> = {}, facts: ClusterFacts = {}): ClusterEvent {
  return {
    door: 'plan',
    task: 'cluster',
    plan: aPlan(),
    run: aRun(),
    item: anItem(),
    deliveryStateMachineArn: DELIVERY_MACHINE_ARN,
    ...facts,
    answer: { call: 'start', waitSeconds: 0, memory: { ...BEGINNING, ...memory } },
  };
}

/** The identifier of what a run makes of a cluster. */
export function identifierOf({ plan = aPlan(), run = aRun(), item = anItem() }: ClusterFacts = {}, region = REGION): string {
  return snapshotAssignment(plan, run, item.cluster, ORDERS, region, 0).targetIdentifier;
}

/** What a run makes of a cluster, as RDS describes it. */
export function snapshotOfRun(changes: Partial<Snapshot> = {}, { plan = aPlan(), run = aRun(), item = anItem() }: ClusterFacts = {}, region = REGION): Snapshot {
  const { targetIdentifier, ownershipTags } = snapshotAssignment(plan, run, item.cluster, ORDERS, region, 0);
  return aSnapshot({ identifier: targetIdentifier, tags: ownershipTags, region, clusterIdentifier: item.cluster, clusterResourceId: ORDERS, ...changes });
}

/** `delivery` tells a copy from an export. */
export function deliveryEvent(
  delivery: Pick<Delivery, 'kind' | 'name'> & Partial<Delivery>, memory: Partial<DeliveryMemory> = {}, facts: ClusterFacts = {},
): DeliveryEvent {
  return {
    door: 'plan',
    task: 'delivery',
    plan: aPlan({ copies: [aCopy()], exports: [anExport()] }),
    run: aRun(),
    item: anItem(),
    ...facts,
    delivery: {
      sourceArn: snapshotOfRun({}, facts).arn,
      clusterResourceId: ORDERS,
      execution: delivery.kind === 'copy' ? `c-${delivery.name}-0123456789abcdef` : 'x-0123456789abcdef-1',
      requestedAt: NOON,
      ...delivery,
    },
    answer: { call: 'start', waitSeconds: 0, memory: { todo: 'make', pruned: NOTHING_PRUNED, ...memory } },
  };
}

/** The identifier of the task that the delivery starts. */
export function taskOf({ plan, item, delivery }: DeliveryEvent): string {
  return exportAssignment(plan, item, delivery, 0).targetIdentifier;
}
