/** What the state machines of a plan ask its functions: the plan `Gold` backs up `orders` at noon, and does nothing else unless a test says so. */
import { ACCOUNT, EXPORT_KEY_ARN, EXPORT_ROLE_ARN, NOON, OTHER_REGION, REGION, STATE_MACHINE_ARN } from './events';
import { ORDERS, PLAN } from './plan-snapshots';
import { aSnapshot } from './snapshots';
import { Assignment } from '../../src/core/assignment';
import { CopyRule, ExportRule, PLAN_RULES_VERSION, PlanRules } from '../../src/core/plan/plan-rules';
import { PlanRun, runName } from '../../src/core/plan/plan-run';
import { Snapshot } from '../../src/core/snapshot';
import { VaultAddress, eventBusArnOf } from '../../src/core/vault/vault-address';
import { ClusterEvent, ClusterMemory, Delivery, DeliveryEvent, DeliveryMemory, NOTHING_PRUNED, PlannedItem } from '../../src/runtime/doors/plan/steps';
import { copyAssignment, exportAssignment, takeAssignment } from '../../src/runtime/doors/plan/work';

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

/** Of another account and Region than the plan. */
export const VAULT: VaultAddress = { account: '333333333333', region: 'eu-north-1', vaultName: 'Vault' };
export const VAULT_ARN = eventBusArnOf(VAULT, 'aws');

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
  return { cluster: 'orders', firstWaitSeconds: 0, shortestWaitSeconds: 15, reasonLength: 500, byTag: false, ...changes };
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

/** What a run makes of a cluster: at home the snapshot, elsewhere its copy. */
function assignmentOf({ plan = aPlan(), run = aRun(), item = anItem() }: ClusterFacts, region: string): Assignment {
  return region === plan.region ? takeAssignment(plan, run, item.cluster, ORDERS, 0) : copyAssignment(plan, run, item.cluster, ORDERS, region, 0);
}

/** Its identifier. */
export function identifierOf(facts: ClusterFacts = {}, region = REGION): string {
  return assignmentOf(facts, region).targetIdentifier;
}

/** What RDS says of it when it is complete. */
export function snapshotOfRun(changes: Partial<Snapshot> = {}, facts: ClusterFacts = {}, region = REGION): Snapshot {
  const { targetIdentifier: identifier, ownershipTags: tags } = assignmentOf(facts, region);
  const { cluster } = facts.item ?? anItem();
  return aSnapshot({ identifier, tags, region, clusterIdentifier: cluster, clusterResourceId: ORDERS, encrypted: true, ...changes });
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
    deliveryStateMachineArn: DELIVERY_MACHINE_ARN,
    ...facts,
    delivery: {
      sourceArn: snapshotOfRun({}, facts).arn,
      clusterResourceId: ORDERS,
      execution: executionOf(delivery),
      requestedAt: NOON,
      ...delivery,
    },
    answer: { call: 'start', waitSeconds: 0, memory: { todo: 'make', pruned: NOTHING_PRUNED, ...memory } },
  };
}

function executionOf({ kind, name }: Pick<Delivery, 'kind' | 'name'>): string {
  return { copy: `c-${name}-0123456789abcdef`, export: 'x-0123456789abcdef-1', vault: 'v-0123456789abcdef' }[kind];
}

/** The identifier of the task that the delivery starts. */
export function taskOf({ plan, item, delivery }: DeliveryEvent): string {
  return exportAssignment(plan, item, delivery, 0).targetIdentifier;
}
