import { RetentionRule } from './retention';
import { Tags } from '../snapshot';
import { VaultAddress, vaultId } from '../vault/vault-address';

/** Version of the rules below: it rises whenever their meaning changes. */
export const PLAN_RULES_VERSION = 1;

/** The error of a function that cannot read the rules, or must not follow them: trying again does not help. */
export const UNREADABLE_RULES = 'UnreadablePlanRules';

/** Executions go on for days, also when the library is upgraded meanwhile: a function reads its own version and the one before. */
const READABLE_VERSIONS = [PLAN_RULES_VERSION];

/** Tells the period in which an export is made once. */
export type ExportPeriod = 'run' | 'day' | 'week' | 'month';

export type PruneModeRule = 'delete' | 'report';

/** What a plan says: written by the construct into its state machine and schedules, and carried through every execution. */
export interface PlanRules {
  readonly version: number;
  readonly planName: string;
  /** `cab-` and eight hex digits, made from the name of the plan: what identifiers of its snapshots begin with. */
  readonly owner: string;
  readonly account: string;
  readonly partition: string;
  /** The Region of the plan and its clusters. */
  readonly region: string;
  /** The stack that the snapshots go with when it is destroyed. Absent where they stay. */
  readonly stackId?: string;
  readonly retention: RetentionRule;
  readonly snapshotTags: Tags;
  readonly pruneMode: PruneModeRule;
  readonly pruneFormerClusters: boolean;
  readonly clusterMetrics: boolean;
  readonly copies: readonly CopyRule[];
  readonly shareWith: readonly string[];
  /** The vaults that every snapshot is announced to. Absent in the rules of releases that knew none. */
  readonly vaults?: readonly VaultAddress[];
  /** The key that a snapshot is copied with for the vaults, because its own may not be shared. */
  readonly sharingKeyId?: string;
  readonly exports: readonly ExportRule[];
  readonly notificationTopicArn?: string;
  /** IANA name: the calendar of the export frequencies. */
  readonly timeZone: string;
  /** How long a run waits for a cluster that cannot be backed up yet. */
  readonly startWindowSeconds: number;
}

export interface CopyRule {
  readonly region: string;
  readonly kmsKeyId?: string;
  readonly retention: RetentionRule;
}

export interface ExportRule {
  /** Distinguishes the exports of a plan: the construct's own id of the rule. */
  readonly id: string;
  /** The identifiers of the clusters, in lower case; all of the plan if there is none. */
  readonly clusters?: readonly string[];
  readonly period: ExportPeriod;
  readonly bucket: string;
  readonly prefix?: string;
  readonly roleArn: string;
  readonly kmsKeyId: string;
  readonly exportOnly: readonly string[];
}

/** A cluster that a run backs up. */
export interface PlannedCluster {
  /** The identifier, in lower case. */
  readonly cluster: string;
  /** What differs from the rules of the plan. */
  readonly options?: ClusterRules;
}

export interface ClusterRules {
  readonly retention?: RetentionRule;
  readonly snapshotTags?: Tags;
}

/** Which clusters a run backs up: those that were declared, and those that bear all these tags when the run begins. */
export interface ClusterSelection {
  readonly clusters: readonly PlannedCluster[];
  readonly tags?: Tags;
}

export function readPlanRules(rules: PlanRules): PlanRules {
  if (!READABLE_VERSIONS.includes(rules.version)) {
    throw Object.assign(new Error(`version ${rules.version} of the rules of a plan is not known to this runtime (it knows ${READABLE_VERSIONS.join(', ')}): `
      + 'the run was begun by another release of cdk-aurora-backup; deploy that one again, or start the run again'), { name: UNREADABLE_RULES });
  }
  return rules;
}

/**
 * Refuses a copy into the Region of the plan itself: it would stand beside its snapshot, and as a snapshot of the plan take the place of another night in
 * the retention. In a stack without an explicit Region synth cannot see that.
 */
export function refuseCopiesAtHome({ region, copies }: PlanRules): void {
  if (copies.some((copy) => copy.region === region)) {
    throw Object.assign(new Error(`copies must name other Regions than that of the plan, got '${region}', where the snapshots are anyway: each copy would count as a `
      + 'snapshot when the retention is applied, and push out an older one; name another Region, or deploy the stack into another one'), { name: UNREADABLE_RULES });
  }
}

/** The retention of a plan's snapshots of one cluster, at home or in the Region of a copy. */
export function retentionFor(rules: PlanRules, options: ClusterRules | undefined, region: string): RetentionRule {
  return region === rules.region
    ? options?.retention ?? rules.retention
    : rules.copies.find((copy) => copy.region === region)?.retention ?? { keep: 'all' };
}

/** The accounts that snapshots are shared with: those that were named, and those of the vaults. */
export function accountsToShareWith({ shareWith, vaults = [] }: Pick<PlanRules, 'shareWith' | 'vaults'>): string[] {
  return [...new Set([...shareWith, ...vaults.map(({ account }) => account)])];
}

/** The vault of the plan that has this id. */
export function vaultOf({ planName, vaults = [] }: PlanRules, id: string): VaultAddress {
  const vault = vaults.find((one) => vaultId(one) === id);
  if (!vault) {
    throw new Error(`the plan '${planName}' has no vault '${id}'`);
  }
  return vault;
}
