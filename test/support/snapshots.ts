/** Snapshots as RDS describes them, told apart by what the library asks: whose they are, how old, how far. */
import { ACCOUNT, LOGICAL_ID, NOON, OWNER, REGION, STACK_ID } from './events';
import { OwnershipTag, OwningResource, Release, ownershipTags } from '../../src/core/ownership';
import { Snapshot, Tags } from '../../src/core/snapshot';
import { formatSnapshotArn } from '../../src/core/snapshot-arn';

export const RESOURCE: OwningResource = { owner: OWNER, stackId: STACK_ID, logicalId: LOGICAL_ID };

/** A day in November 2026, at noon. */
export const day = (number: number): Date => new Date(Date.UTC(2026, 10, number, 12));

export interface SnapshotFacts extends Partial<Omit<Snapshot, 'arn'>> {
  readonly region?: string;
  readonly account?: string;
}

/** A completed manual snapshot that somebody took by hand. */
export function aSnapshot({ region = REGION, account = ACCOUNT, ...facts }: SnapshotFacts = {}): Snapshot {
  const identifier = facts.identifier ?? 'by-hand';
  const status = facts.status ?? 'available';
  return {
    arn: formatSnapshotArn({ partition: 'aws', region, account, identifier }),
    identifier,
    clusterIdentifier: 'orders',
    status,
    percentProgress: status === 'available' ? 100 : 40,
    type: 'manual',
    engine: 'aurora-postgresql',
    createTime: new Date(NOON),
    encrypted: false,
    tags: {},
    ...facts,
  };
}

export interface OwnFacts extends SnapshotFacts {
  readonly resource?: OwningResource;
  readonly operation?: string;
  readonly generation?: string;
  readonly release?: Release;
  readonly extraTags?: Tags;
}

/** A completed snapshot that our resource made; `name` ends its identifier. */
export function ourSnapshot(name: string, facts: OwnFacts = {}): Snapshot {
  const { resource = RESOURCE, operation = 'operation', generation = `request-${name}`, release, extraTags, ...others } = facts;
  const identifier = facts.identifier ?? `${resource.owner}-0123456789-${name}`;
  return aSnapshot({
    ...others,
    identifier,
    tags: {
      ...extraTags,
      ...ownershipTags(resource, identifier, operation, generation, facts.identifier !== undefined),
      ...(release ? { [OwnershipTag.RELEASED]: release } : {}),
    },
  });
}

export function withTags(snapshot: Snapshot, tags: Tags): Snapshot {
  return { ...snapshot, tags: { ...snapshot.tags, ...tags } };
}
