import { ArnFormat, Lazy, Stack, Token, Tokenization } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rds from 'aws-cdk-lib/aws-rds';
import { clusterResource } from './automated-backups';
import { OwnershipTag } from '../core/ownership';
import { claimsOfStack } from '../core/sharing';

/** Beyond this many clusters the policy would outgrow its size limit (10,240 characters inline), so it names them all. */
const MAX_CLUSTERS_BY_ARN = 50;

/** Stands for every Region: the Region of a copy may be gone from the app when the copy has to be deleted. */
export const ANY_REGION = '*';

/** The ARN, or the pattern of ARNs, of snapshots in the account of a stack. */
export function snapshotArnOf(stack: Stack, identifier: string, region: string): string {
  return stack.formatArn({ service: 'rds', region, resource: 'cluster-snapshot', resourceName: identifier, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
}

export function clusterArnOf(stack: Stack, identifier: string, region?: string): string {
  return stack.formatArn({ service: 'rds', region, resource: 'cluster', resourceName: identifier, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
}

/**
 * What a policy names a cluster by: its identifier where the app states one, and only else a reference to the cluster. A policy that refers to a
 * cluster waits for it, and what has to wait for the policy, as every snapshot of the stack does, could not be what the cluster is restored from.
 *
 * To be asked when the template is written: Aspects may change the identifier.
 */
export function nameInPolicies(cluster: rds.IDatabaseCluster): string {
  return inLowerCase(statedIdentifier(clusterResource(cluster)) ?? cluster.clusterIdentifier);
}

function statedIdentifier(resource: rds.CfnDBCluster | undefined): string | undefined {
  const { rawOverrides } = (resource ?? {}) as { rawOverrides?: { Properties?: Record<string, unknown> } };
  const override = rawOverrides?.Properties?.DBClusterIdentifier;
  // A guard hands the cluster its own identifier through an override, which is a reference, too.
  const stated = override === undefined || Tokenization.isResolvable(override) ? resource?.dbClusterIdentifier : override;
  return typeof stated === 'string' && !Token.isUnresolved(stated) ? stated : undefined;
}

/** What a policy names so many clusters by. */
export function clusterResources(stack: Stack, arns: ReadonlySet<string>): string[] {
  return arns.size > MAX_CLUSTERS_BY_ARN ? [clusterArnOf(stack, '*')] : [...arns];
}

/** What the ARN of a new snapshot will match: its identifier is either chosen by the user or made with our prefix. */
export function newSnapshotArnPattern(stack: Stack, owner: string, explicitIdentifier: string | undefined, region: string): string {
  return snapshotArnOf(stack, explicitIdentifier === undefined ? `${owner}-*` : inLowerCase(explicitIdentifier), region);
}

/** RDS stores identifiers in lower case, and IAM compares ARNs letter by letter. A token is left as it is. */
export function inLowerCase(identifier: string): string {
  return Token.isUnresolved(identifier) ? identifier : identifier.toLowerCase();
}

/**
 * The right to look at snapshots and export tasks. RDS grants lists only on all of a kind at once; of which kind a list of export
 * tasks is, it does not say: snapshots of instances can be exported, too.
 */
export function lookStatement(stack: Stack): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['rds:DescribeDBClusterSnapshots', 'rds:DescribeExportTasks'],
    resources: ['cluster-snapshot', 'cluster', 'snapshot'].map((resource) => (
      stack.formatArn({ service: 'rds', region: ANY_REGION, resource, resourceName: '*', arnFormat: ArnFormat.COLON_RESOURCE_NAME })
    )),
  });
}

/**
 * What may be done to snapshots that the stack has made. It names no declared thing, because CloudFormation narrows policies
 * before it deletes what was removed from the template. Two statements: identifiers we made begin with our prefix;
 * identifiers the user chose are known by a second tag.
 */
export function ownSnapshotStatements(stack: Stack, owner: string, ...actions: string[]): iam.PolicyStatement[] {
  const madeByTheStack = {
    [`aws:ResourceTag/${OwnershipTag.OWNER}`]: owner,
    // Stacks of one name in two Regions have the same owner, and so has an earlier stack of that name.
    [`aws:ResourceTag/${OwnershipTag.STACK}`]: stack.stackId,
  };
  return [
    new iam.PolicyStatement({
      actions,
      resources: [snapshotArnOf(stack, `${owner}-*`, ANY_REGION)],
      conditions: { StringEquals: madeByTheStack },
    }),
    new iam.PolicyStatement({
      actions,
      resources: [snapshotArnOf(stack, '*', ANY_REGION)],
      conditions: { StringEquals: { ...madeByTheStack, [`aws:ResourceTag/${OwnershipTag.EXPLICIT_IDENTIFIER}`]: 'true' } },
    }),
  ];
}

/**
 * The right to say with whom snapshots are shared that the stack has claimed, whoever made them, and to take the claim back. It names no
 * declared thing, because what was removed from the template has to be shared with nobody any more.
 */
export function shareStatements(stack: Stack): iam.PolicyStatement[] {
  const resources = [snapshotArnOf(stack, '*', ANY_REGION)];
  const claimed = { StringLike: { [`aws:ResourceTag/${OwnershipTag.SHARED_BY}`]: claimsOfStack(stack.stackId) } };
  return [
    new iam.PolicyStatement({
      actions: ['rds:DescribeDBClusterSnapshotAttributes', 'rds:ModifyDBClusterSnapshotAttribute'], resources, conditions: claimed,
    }),
    new iam.PolicyStatement({
      actions: ['rds:RemoveTagsFromResource'],
      resources,
      conditions: { ...claimed, 'ForAllValues:StringEquals': { 'aws:TagKeys': [OwnershipTag.SHARED_BY] } },
    }),
  ];
}

/**
 * The right to cancel export tasks. RDS knows no resource for them, so it cannot be narrowed: that a task is ours is checked by the
 * one function that has it.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html
 */
export function cancelExportsStatement(): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: ['rds:CancelExportTask'], resources: ['*'] });
}

/**
 * The rights to start operations: they grow with what is declared. What exists already (clusters, sources) and what is made are
 * different statements: a call needs both, and only what is made can be asked to bear our tag.
 */
export class StartRights {
  /** By identifier: a token is the same text wherever the construct is the same. */
  private readonly clusters = new Map<string, rds.IDatabaseCluster>();

  constructor(private readonly stack: Stack, private readonly owner: string, private readonly policy: iam.PolicyDocument) {}

  /** To take snapshots of one more cluster, under our own identifiers or one the user chose. */
  public allowTake(cluster: rds.IDatabaseCluster, identifier: string | undefined): void {
    if (this.clusters.size === 0) {
      this.policy.addStatements(new iam.PolicyStatement({
        actions: ['rds:DescribeDBClusters', 'rds:CreateDBClusterSnapshot'],
        resources: Lazy.list({ produce: () => this.clusterResources() }),
      }));
    }
    this.clusters.set(inLowerCase(cluster.clusterIdentifier), cluster);
    this.allowMaking('rds:CreateDBClusterSnapshot', identifier, this.stack.region);
  }

  /** To copy one more snapshot into a Region, under our own identifiers or one the user chose. */
  public allowCopy(sourceArn: string, identifier: string | undefined, region: string, fromOtherRegion: boolean): void {
    this.policy.addStatements(new iam.PolicyStatement({ actions: ['rds:CopyDBClusterSnapshot'], resources: [sourceArn] }));
    if (fromOtherRegion) {
      this.policy.addStatements(new iam.PolicyStatement({ actions: ['rds:CrossRegionCommunication'], resources: [sourceArn] }));
    }
    this.allowMaking('rds:CopyDBClusterSnapshot', identifier, region);
  }

  /** To claim one more snapshot, whoever made it: from then on it is known by its tag. The tag is all that may be set on it. */
  public allowSharing(snapshotArn: string): void {
    this.policy.addStatements(new iam.PolicyStatement({
      actions: ['rds:AddTagsToResource'],
      resources: [snapshotArn],
      conditions: {
        'StringLike': { [`aws:RequestTag/${OwnershipTag.SHARED_BY}`]: claimsOfStack(this.stack.stackId) },
        'ForAllValues:StringEquals': { 'aws:TagKeys': [OwnershipTag.SHARED_BY] },
      },
    }));
  }

  public add(...statements: iam.PolicyStatement[]): void {
    this.policy.addStatements(...statements);
  }

  /** RDS asks for the right to tag, too, when something is made with tags. */
  private allowMaking(action: string, identifier: string | undefined, region: string): void {
    this.policy.addStatements(new iam.PolicyStatement({
      actions: [action, 'rds:AddTagsToResource'],
      resources: [newSnapshotArnPattern(this.stack, this.owner, identifier, region)],
      conditions: { StringEquals: { [`aws:RequestTag/${OwnershipTag.OWNER}`]: this.owner } },
    }));
  }

  private clusterResources(): string[] {
    return clusterResources(this.stack, new Set([...this.clusters.values()].map((cluster) => clusterArnOf(this.stack, nameInPolicies(cluster)))));
  }
}
