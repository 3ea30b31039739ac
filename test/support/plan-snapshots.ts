/** Snapshots that a plan made, as RDS describes them, and as the rules of retention see them. */
import { ACCOUNT, REGION } from './events';
import { SnapshotFacts, aSnapshot } from './snapshots';
import { OwnershipTag } from '../../src/core/ownership';
import { PlanIdentity, planOwner, planTags } from '../../src/core/plan/plan-ownership';
import { DatedSnapshot } from '../../src/core/plan/retention';
import { Snapshot, Tags } from '../../src/core/snapshot';
import { formatSnapshotArn } from '../../src/core/snapshot-arn';

export const PLAN: PlanIdentity = { owner: planOwner('Gold'), planName: 'Gold', region: REGION };

/** What RDS knows the cluster `orders` by. */
export const ORDERS = 'cluster-ORDERS2026';

export interface PlanSnapshotFacts extends SnapshotFacts {
  readonly plan?: PlanIdentity;
  readonly cluster?: string;
  /** What RDS knows the cluster by. */
  readonly incarnation?: string;
  readonly run?: string;
  readonly extraTags?: Tags;
}

/** A completed snapshot that a run of the plan made; `name` ends its identifier. */
export function planSnapshot(name: string, facts: PlanSnapshotFacts = {}): Snapshot {
  const { plan = PLAN, cluster = 'orders', incarnation = ORDERS, run = `run-${name}`, extraTags, ...others } = facts;
  const identifier = facts.identifier ?? `${plan.owner}-0123456789-${name}`;
  return aSnapshot({
    clusterIdentifier: cluster,
    ...others,
    identifier,
    tags: { ...planTags(plan, identifier, cluster, incarnation, { name: run, scheduledTime: '' }), ...extraTags },
  });
}

/** A copy of what a run made. When the copy was made says nothing; only the tag tells the time of its data. */
export function planCopy(name: string, dataTime: Date | undefined, facts: PlanSnapshotFacts = {}): Snapshot {
  return planSnapshot(name, {
    createTime: new Date('2026-11-30T00:00:00Z'),
    sourceArn: formatSnapshotArn({ partition: 'aws', region: REGION, account: ACCOUNT, identifier: name }),
    ...facts,
    extraTags: { ...(dataTime ? { [OwnershipTag.DATA_TIME]: dataTime.toISOString() } : {}), ...facts.extraTags },
  });
}

/** As the rules of retention see it; `when` is ISO 8601. */
export function dated(when: string | undefined, status = 'available', name = `of-${when}`): DatedSnapshot {
  return { arn: `arn:${name}`, identifier: name, status, isGood: status === 'available', dataTime: when === undefined ? undefined : new Date(when) };
}
