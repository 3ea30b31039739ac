import { PlanIdentity, isMadeByPlan, isMadeUnderName } from './plan-ownership';
import { ExportTask, hasEnded } from '../export-task';
import { Snapshot, isInProgress } from '../snapshot';

/** As CloudFormation shows it: deletes, with the stack and never otherwise, the snapshots that a plan made for it. */
export const PLAN_REMOVAL_TYPE = 'Custom::AuroraBackupPlanRemoval';

/** The properties of `Custom::AuroraBackupPlanRemoval`: written by the construct, read by the handler. */
export interface PlanRemovalProperties {
  readonly ContractVersion: number;
  readonly PlanName: string;
  readonly Owner: string;
  readonly RemovalPolicy: string;
  /** Where the plan has snapshots: its own Region and those of its copies. */
  readonly Regions: readonly string[];
}

/** Version of the properties above: it rises whenever their meaning changes. */
export const PLAN_REMOVAL_VERSION = 1;

/** A plan whose snapshots go with the stack that it is in. */
export interface RemovedPlan extends PlanIdentity {
  readonly stackId: string;
}

export interface RemovalSituation {
  readonly plan: RemovedPlan;
  /** What RDS lists in all Regions of the plan, to the last page. */
  readonly snapshots: readonly Snapshot[];
  readonly exportTasks: readonly ExportTask[];
}

export interface AwaitedSnapshot {
  readonly arn: string;
  readonly because: string;
}

export interface PlanRemovalDecision {
  readonly deletions: readonly Snapshot[];
  /** What cannot go yet, and will. */
  readonly awaited: readonly AwaitedSnapshot[];
  /** Of a plan of this name, but not taken for this stack while its policy said that they go with it. */
  readonly kept: readonly string[];
}

/**
 * What goes with a stack of the snapshots of its plan: those alone that say themselves that they were made for this very stack to be destroyed with it. A
 * plan is its name, and a second stack may have one of the same name, which is the one whose snapshots somebody needs.
 */
export function decidePlanRemoval({ plan, snapshots, exportTasks }: RemovalSituation): PlanRemovalDecision {
  const ours = snapshots.filter((snapshot) => isMadeByPlan(snapshot, plan));
  // A copy of ours that is in progress is deleted first: then nothing reads from its source any more.
  const copied = new Set(snapshots.filter(isInProgress).map(({ sourceArn }) => sourceArn));
  const exported = new Set(exportTasks.filter((task) => !hasEnded(task)).map(({ sourceArn }) => sourceArn));
  const decided = ours.map((snapshot) => ({ snapshot, because: whyNotYet(snapshot, copied, exported) }));
  return {
    deletions: decided.filter(({ because }) => because === undefined).map(({ snapshot }) => snapshot),
    awaited: decided.flatMap(({ snapshot: { arn }, because }) => (because === undefined ? [] : [{ arn, because }])),
    kept: snapshots.filter((snapshot) => isMadeUnderName(snapshot, plan) && !ours.includes(snapshot)).map(({ arn }) => arn),
  };
}

function whyNotYet({ arn, status }: Snapshot, copied: ReadonlySet<string | undefined>, exported: ReadonlySet<string>): string | undefined {
  if (status === 'creating') {
    return 'it is being created, and RDS deletes it only after that';
  }
  if (status === 'deleting') {
    return 'it is being deleted';
  }
  if (copied.has(arn)) {
    return 'a copy is being made of it';
  }
  return exported.has(arn) ? 'it is being exported' : undefined;
}
