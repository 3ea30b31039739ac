import { operationIdentifier, ownerOf } from '../identifiers';
import { OwnershipTag } from '../ownership';
import { Snapshot, Tags } from '../snapshot';
import { SnapshotArn } from '../snapshot-arn';

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
    [OwnershipTag.DATA_TIME]: source.createTime.toISOString(),
    [OwnershipTag.KEEP_UNTIL]: keepUntil.toISOString(),
  };
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
