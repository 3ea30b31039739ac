import { Stack, Token } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { DependencyGroup, IConstruct } from 'constructs';
import { AutomatedBackupSettings, clusterResource, setAutomatedBackups } from './automated-backups';
import { fail } from './checks';
import { isDefaultKey } from './key-sharing';
import { inLowerCase, nameInPolicies } from './operation-policies';
import { checkCluster, checkKeyRegion } from './plan-checks';
import { checkTags } from './tag-checks';
import { RetentionPolicy } from '../common/retention-policy';
import { ClusterRules, PlannedCluster } from '../core/plan/plan-rules';

/** What is different for one cluster. */
export interface ClusterSettings extends AutomatedBackupSettings {
  readonly retention?: RetentionPolicy;
  readonly snapshotTags?: Readonly<Record<string, string>>;
  readonly clusterEncryptionKey?: kms.IKey;
}

export interface PlanClustersProps extends AutomatedBackupSettings {
  readonly account: string;
  readonly region: string;
  /** The prop by which the snapshots themselves are shared, if any. */
  readonly sharedBy?: 'shareWith' | 'vaults';
  /** The Regions of copies that have no key. */
  readonly copiesWithoutKey: readonly string[];
}

interface DeclaredCluster {
  readonly cluster: rds.IDatabaseCluster;
  readonly settings: ClusterSettings;
}

/** The clusters that were declared for one plan. */
export class PlanClusters {
  /** Those that the stack of the plan makes itself, also those that are added later. */
  public readonly ofStack = new DependencyGroup();

  /** By identifier: a token is the same text wherever the construct is the same. */
  private readonly known = new Map<string, DeclaredCluster>();

  constructor(private readonly scope: IConstruct, private readonly props: PlanClustersProps) {}

  public add(cluster: rds.IDatabaseCluster, settings: ClusterSettings): void {
    const { scope, props } = this;
    checkCluster(scope, cluster, props);
    const known = this.known.get(identifierOf(cluster));
    if (known) {
      fail(scope, `cluster '${cluster.node.path}' is in the plan already, as '${known.cluster.node.path}'; leave out one of the two`);
    }
    checkTags(scope, settings.snapshotTags);
    if (settings.clusterEncryptionKey) {
      checkKeyRegion(scope, 'clusterEncryptionKey', settings.clusterEncryptionKey, props.region, 'cluster', 'the one that the cluster is encrypted with');
    }
    this.checkEncryption(cluster, settings);
    setAutomatedBackups(scope, cluster, props, settings);
    this.known.set(identifierOf(cluster), { cluster, settings });
    const resource = clusterResource(cluster);
    if (resource && resource.stack === Stack.of(scope)) {
      this.ofStack.add(resource);
    }
  }

  public has(cluster: rds.IDatabaseCluster): boolean {
    return this.known.has(identifierOf(cluster));
  }

  public get count(): number {
    return this.known.size;
  }

  public get namesInPolicies(): string[] {
    return this.declared.map(({ cluster }) => nameInPolicies(cluster));
  }

  /** The policies that single clusters have instead of that of the plan. */
  public get retentions(): (RetentionPolicy | undefined)[] {
    return this.declared.map(({ settings }) => settings.retention);
  }

  /** What the tags of single clusters add up to at most. */
  public get tagKeys(): string[][] {
    return this.declared.map(({ settings }) => Object.keys(settings.snapshotTags ?? {}));
  }

  /** The keys that were told. */
  public get keys(): kms.IKey[] {
    return this.declared.flatMap(({ settings }) => settings.clusterEncryptionKey ?? []);
  }

  /** Whether the keys of all declared clusters were told. */
  public get areKeysKnown(): boolean {
    return this.keys.length === this.count;
  }

  /** As a run reads them. */
  public planned(timeZone: string): PlannedCluster[] {
    return this.declared.map(({ cluster, settings: { retention, snapshotTags } }) => {
      const options: ClusterRules = { ...(retention ? { retention: retention._rule(timeZone) } : {}), ...(snapshotTags ? { snapshotTags } : {}) };
      return { cluster: identifierOf(cluster), ...(Object.keys(options).length > 0 ? { options } : {}) };
    });
  }

  private get declared(): DeclaredCluster[] {
    return [...this.known.values()];
  }

  private checkEncryption(cluster: rds.IDatabaseCluster, { clusterEncryptionKey }: ClusterSettings): void {
    const { path } = cluster.node;
    const resource = clusterResource(cluster);
    const hasKey = clusterEncryptionKey !== undefined || resource?.kmsKeyId !== undefined;
    const isEncrypted = hasKey || resource?.storageEncrypted === true;
    // What is restored or replicated has the key of where it comes from.
    const isOriginal = resource !== undefined
      && [resource.snapshotIdentifier, resource.sourceDbClusterIdentifier, resource.globalClusterIdentifier].every((origin) => origin === undefined);
    const isToldDefault = clusterEncryptionKey !== undefined && isDefaultKey(clusterEncryptionKey);
    const { sharedBy } = this.props;
    if (sharedBy && (isToldDefault || (isEncrypted && !hasKey && isOriginal))) {
      fail(this.scope, `${sharedBy} ${sharedBy === 'vaults' ? 'are' : 'is'} not possible for cluster '${path}', which is encrypted with a default key, and RDS shares no snapshots under it; `
        + (sharedBy === 'vaults' ? 'give the plan a sharingKey, or the cluster a storageEncryptionKey' : 'give the cluster a storageEncryptionKey, or leave out shareWith'));
    }
    const [region] = this.props.copiesWithoutKey;
    if (isEncrypted && region !== undefined) {
      fail(this.scope, `copies to ${Token.isUnresolved(region) ? 'a Region' : region} need an encryptionKey, because cluster '${path}' is encrypted with a key that cannot be used there; `
        + 'give a key of that Region');
    }
  }
}

/** RDS knows clusters in lower case. */
export function identifierOf({ clusterIdentifier }: rds.IDatabaseCluster): string {
  return inLowerCase(clusterIdentifier);
}
