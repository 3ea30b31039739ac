import { operationIdentifier, ownerOf } from '../identifiers';
import { OwnershipTag, TAG_NAMESPACE } from '../ownership';
import { Snapshot, Tags } from '../snapshot';
import { SnapshotArn, parseSnapshotArn } from '../snapshot-arn';

/** What a vault knows its copies by. */
export interface VaultIdentity {
  readonly owner: string;
  readonly vaultName: string;
  readonly region: string;
}

/** What the identifiers of all copies of a vault begin with. The name alone decides, so that a vault keeps its copies when it moves. */
export function vaultOwner(vaultName: string): string {
  return ownerOf(JSON.stringify(['vault', vaultName]));
}

/**
 * The copy of one shared snapshot has one identifier, so that a retry meets its own thing. A name that is given to another snapshot, once the
 * first was deleted, is another source: the time tells them apart.
 */
export function vaultCopyIdentifier(vault: VaultIdentity, sourceArn: string, sourceCreateTime: Date, readableName: string): string {
  return operationIdentifier(vault.owner, ['vault', vault.vaultName, vault.region, sourceArn, sourceCreateTime.toISOString()], readableName);
}

/** The copy of a copy, in another Region of the vault's account. */
export function vaultFurtherCopyIdentifier(vault: VaultIdentity, identifier: string, region: string): string {
  return operationIdentifier(vault.owner, ['vault copy', identifier, region], identifier);
}

/** What RDS says of a shared snapshot: all that a vault believes. */
export interface SourceFacts {
  readonly arn: SnapshotArn;
  readonly sourceArn: string;
  readonly clusterIdentifier: string;
  readonly clusterResourceId?: string;
  readonly createTime: Date;
}

/** The tags of a vault's copy. */
export function vaultTags(vault: VaultIdentity, identifier: string, source: SourceFacts, keepUntil: Date): Tags {
  return {
    [OwnershipTag.OWNER]: vault.owner,
    [OwnershipTag.IDENTIFIER]: identifier,
    [OwnershipTag.VAULT]: vault.vaultName,
    [OwnershipTag.VAULT_REGION]: vault.region,
    [OwnershipTag.SOURCE]: source.sourceArn,
    [OwnershipTag.CLUSTER]: source.clusterIdentifier,
    ...(source.clusterResourceId ? { [OwnershipTag.CLUSTER_RESOURCE_ID]: source.clusterResourceId } : {}),
    // Of a copy that a plan made for sharing, when it made that: the tag with the time of the data is the source's word.
    [OwnershipTag.DATA_TIME]: source.createTime.toISOString(),
    [OwnershipTag.KEEP_UNTIL]: keepUntil.toISOString(),
  };
}

/** The tags of the copy of a copy: those of the first, with a name of its own. What is lent is the first only. */
export function vaultFurtherTags({ tags }: Pick<Snapshot, 'tags'>, identifier: string): Tags {
  const own = Object.entries(tags).filter(([key]) => key.startsWith(TAG_NAMESPACE) && key !== OwnershipTag.RELEASED_UNTIL);
  return { ...Object.fromEntries(own), [OwnershipTag.IDENTIFIER]: identifier };
}

/** Made by a vault of this name in this Region, wherever it is: a hand-made copy with copied tags has another identifier. */
export function belongsToVault(snapshot: Snapshot, vault: VaultIdentity): boolean {
  return snapshot.type === 'manual'
    && snapshot.identifier.startsWith(`${vault.owner}-`)
    && snapshot.tags[OwnershipTag.OWNER] === vault.owner
    && snapshot.tags[OwnershipTag.IDENTIFIER] === snapshot.identifier
    && snapshot.tags[OwnershipTag.VAULT] === vault.vaultName
    && snapshot.tags[OwnershipTag.VAULT_REGION] === vault.region;
}

/** Whose data a copy has: the cluster of an account, by its name there. */
export interface SourceCluster {
  readonly account: string;
  readonly region: string;
  readonly clusterIdentifier: string;
  /** Another cluster that is given the name later has another one. */
  readonly clusterResourceId?: string;
}

/** Undefined if the tags do not tell. */
export function sourceClusterOf({ tags }: Pick<Snapshot, 'tags'>): SourceCluster | undefined {
  const arn = parseSnapshotArn(tags[OwnershipTag.SOURCE] ?? '');
  const clusterIdentifier = tags[OwnershipTag.CLUSTER];
  return arn && clusterIdentifier
    ? { account: arn.account, region: arn.region, clusterIdentifier, clusterResourceId: tags[OwnershipTag.CLUSTER_RESOURCE_ID] }
    : undefined;
}

export function isSameSourceCluster(one: SourceCluster | undefined, other: SourceCluster): boolean {
  return one?.account === other.account && one.region === other.region && one.clusterIdentifier === other.clusterIdentifier;
}

/** A time that a copy bears in a tag; undefined if it bears none. */
export type TaggedTime = Date | 'unreadable' | undefined;

export function taggedTime({ tags }: Pick<Snapshot, 'tags'>, key: string): TaggedTime {
  const text = tags[key];
  if (text === undefined) {
    return undefined;
  }
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? 'unreadable' : time;
}

const ENDED = 'ended ';

/** Until when a copy is lent to a recovery account; undefined if it is not, or not any more. */
export function releasedUntil(copy: Pick<Snapshot, 'tags'>): TaggedTime {
  return copy.tags[OwnershipTag.RELEASED_UNTIL]?.startsWith(ENDED) ? undefined : taggedTime(copy, OwnershipTag.RELEASED_UNTIL);
}

/** The tag of a copy that is lent until then. */
export function releaseTag(until: Date): Tags {
  return { [OwnershipTag.RELEASED_UNTIL]: until.toISOString() };
}

/** The tag of a copy that is lent no longer. It is not removed: who may release may not remove tags. */
export function releaseEndedTag(at: Date): Tags {
  return { [OwnershipTag.RELEASED_UNTIL]: `${ENDED}${at.toISOString()}` };
}
