import { Annotations, CfnResource, Reference, Stack, Tokenization } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { IConstruct } from 'constructs';
import { clusterResource } from './automated-backups';
import { openKey, sharedKeyStatements } from './key-sharing';
import { VaultAddress } from '../core/vault/vault-address';

export interface PlanSharing {
  /** The Region of the snapshots. */
  readonly region: string;
  readonly shareWith: readonly string[];
  readonly vaults: readonly VaultAddress[];
  readonly restrictToRds?: boolean;
}

/** What a key has to say for the accounts to use the snapshots of a plan: a vault copies to its own Region, too. */
export function planKeyStatements({ region, shareWith, vaults, restrictToRds }: PlanSharing): iam.PolicyStatement[] {
  const accountsOfVaults = [...new Set(vaults.map(({ account }) => account))];
  return [
    ...sharedKeyStatements({ accounts: shareWith.filter((account) => !accountsOfVaults.includes(account)), snapshotRegion: region, restrictToRds }),
    ...accountsOfVaults.flatMap((account) => sharedKeyStatements({
      accounts: [account],
      snapshotRegion: region,
      destinationRegions: vaults.filter((vault) => vault.account === account).map((vault) => vault.region),
      restrictToRds,
    })),
  ];
}

/** Opens the keys of clusters as they join the plan, each once. */
export class ClusterKeys {
  private readonly opened = new Set<string>();
  private readonly unknown: string[] = [];
  private readonly keyless: string[] = [];

  constructor(private readonly scope: IConstruct, private readonly statements: () => iam.PolicyStatement[]) {}

  /** `told`: the key that the cluster is said to have. */
  public openFor(cluster: rds.IDatabaseCluster, told: kms.IKey | undefined): void {
    const statements = this.statements();
    const key = told ?? keyOf(cluster);
    if (statements.length === 0) {
      return;
    }
    if (!key) {
      (mayHaveKey(cluster) ? this.unknown : this.keyless).push(cluster.node.path);
    } else if (!this.opened.has(key.keyArn)) {
      this.opened.add(key.keyArn);
      openKey(this.scope, key, statements);
    }
  }

  /** Since February 2026 RDS encrypts what is made without a key with one that AWS owns, and shares nothing under it. */
  public warnOfKeyless(at: IConstruct): void {
    if (this.keyless.length > 0) {
      Annotations.of(at).addWarningV2('cdk-aurora-backup:clusterWithoutKey',
        `snapshots of ${named(this.keyless.map((path) => `'${path}'`))} cannot be shared if they were made since February 2026: without a storageEncryptionKey they are under a key that AWS owns. `
        + 'Give them a key, or for vaults the plan a sharingKey; or acknowledge this warning if they are not encrypted');
    }
  }

  /** Of clusters whose key the app does not know: what its policy has to say. Those that are selected by tags may have any. */
  public warn(at: IConstruct, selectsByTags: boolean): void {
    const statements = this.statements();
    const whose = [...this.unknown.map((path) => `'${path}'`), ...(selectsByTags ? ['those that clusterTags select'] : [])];
    if (statements.length > 0 && whose.length > 0) {
      Annotations.of(at).addWarningV2('cdk-aurora-backup:keyPolicy',
        `the keys of these clusters are not known to this app: ${named(whose)}. A key that is known is opened to the accounts `
        + 'that snapshots are shared with (clusterEncryptionKey); the policy of any other, where the cluster is encrypted, has to have these statements: '
        + `${JSON.stringify(Stack.of(this.scope).resolve(statements.map((statement) => statement.toStatementJson())))}. Acknowledge this warning when they are there`);
    }
  }
}

function named(names: readonly string[]): string {
  return `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
}

/** The key of the app that a cluster of the app names. */
function keyOf(cluster: rds.IDatabaseCluster): kms.IKey | undefined {
  const [token] = Tokenization.reverseString(clusterResource(cluster)?.kmsKeyId ?? '').tokens;
  const target = Reference.isReference(token) ? token.target : undefined;
  const isKey = target && CfnResource.isCfnResource(target) && target.cfnResourceType === kms.CfnKey.CFN_RESOURCE_TYPE_NAME;
  const key = isKey ? target.node.scope as Partial<kms.Key> | undefined : undefined;
  // Somebody may have made it without the construct that keeps the policy.
  return key?.addToResourcePolicy ? key as kms.Key : undefined;
}

/** Certainly not, if the app makes it without any. */
function mayHaveKey(cluster: rds.IDatabaseCluster): boolean {
  const resource = clusterResource(cluster);
  return !resource || [resource.kmsKeyId, resource.snapshotIdentifier, resource.sourceDbClusterIdentifier, resource.globalClusterIdentifier]
    .some((origin) => origin !== undefined);
}
