import { Aws, Lazy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { OwnershipTag } from '../core/ownership';

/** Beyond this many clusters the policy would outgrow its size limit (10,240 characters inline), so it names them all. */
const MAX_CLUSTERS_BY_ARN = 50;

/** Of any Region, because the Region of a copy may be gone from the app when its snapshot has to be deleted. */
export function snapshotArnOf(identifier: string, region: string = '*'): string {
  return `arn:${Aws.PARTITION}:rds:${region}:${Aws.ACCOUNT_ID}:cluster-snapshot:${identifier}`;
}

/** The right to look at snapshots. RDS grants lists only on all snapshots and clusters at once. */
export function lookStatement(): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['rds:DescribeDBClusterSnapshots'],
    resources: [snapshotArnOf('*'), `arn:${Aws.PARTITION}:rds:*:${Aws.ACCOUNT_ID}:cluster:*`],
  });
}

/**
 * What may be done to snapshots that the stack has made. It names no declared thing, because CloudFormation narrows policies
 * before it deletes what was removed from the template. Two statements: identifiers we made begin with our prefix;
 * identifiers the user chose are known by a second tag.
 */
export function ownSnapshotStatements(owner: string, ...actions: string[]): iam.PolicyStatement[] {
  const ownerTag = { [`aws:ResourceTag/${OwnershipTag.OWNER}`]: owner };
  return [
    new iam.PolicyStatement({ actions, resources: [snapshotArnOf(`${owner}-*`)], conditions: { StringEquals: ownerTag } }),
    new iam.PolicyStatement({
      actions,
      resources: [snapshotArnOf('*')],
      conditions: { StringEquals: { ...ownerTag, [`aws:ResourceTag/${OwnershipTag.EXPLICIT_IDENTIFIER}`]: 'true' } },
    }),
  ];
}

/** The rights to start operations: they grow with what is declared. */
export class StartRights {
  private readonly clusterArns = new Set<string>();
  private readonly newSnapshotArns = new Set<string>();
  private readonly sourceArns = new Set<string>();
  private readonly copyArns = new Set<string>();

  constructor(private readonly owner: string, private readonly policy: iam.PolicyDocument) {}

  /** To take snapshots of one more cluster, under our own identifiers or one the user chose. */
  public allowTake(clusterArn: string, identifier: string | undefined, region: string): void {
    if (this.clusterArns.size === 0) {
      const clusters = Lazy.list({ produce: () => this.clusterResources() });
      this.policy.addStatements(
        new iam.PolicyStatement({ actions: ['rds:DescribeDBClusters'], resources: clusters }),
        this.makeStatement('rds:CreateDBClusterSnapshot', () => [...this.clusterResources(), ...this.newSnapshotArns]),
      );
    }
    this.clusterArns.add(clusterArn);
    this.newSnapshotArns.add(this.newArn(identifier, region));
    this.allowTagsOn(this.newArn(identifier, region));
  }

  /** To copy one more snapshot into a Region, under our own identifiers or one the user chose. */
  public allowCopy(sourceArn: string, identifier: string | undefined, region: string, fromOtherRegion: boolean): void {
    if (this.copyArns.size === 0) {
      this.policy.addStatements(this.makeStatement('rds:CopyDBClusterSnapshot', () => [...this.sourceArns, ...this.copyArns]));
    }
    if (fromOtherRegion) {
      this.policy.addStatements(new iam.PolicyStatement({ actions: ['rds:CrossRegionCommunication'], resources: [sourceArn] }));
    }
    this.sourceArns.add(sourceArn);
    this.copyArns.add(this.newArn(identifier, region));
    this.allowTagsOn(this.newArn(identifier, region));
  }

  public add(...statements: iam.PolicyStatement[]): void {
    this.policy.addStatements(...statements);
  }

  /** RDS asks for the right to tag when something is made with tags; only with our own tag among them. */
  private allowTagsOn(arn: string): void {
    this.policy.addStatements(new iam.PolicyStatement({
      actions: ['rds:AddTagsToResource'], resources: [arn], conditions: this.withOwnerTag(),
    }));
  }

  private makeStatement(action: string, resources: () => string[]): iam.PolicyStatement {
    return new iam.PolicyStatement({ actions: [action], resources: Lazy.list({ produce: resources }), conditions: this.withOwnerTag() });
  }

  private withOwnerTag() {
    return { StringEquals: { [`aws:RequestTag/${OwnershipTag.OWNER}`]: this.owner } };
  }

  private newArn(identifier: string | undefined, region: string): string {
    return snapshotArnOf(identifier?.toLowerCase() ?? `${this.owner}-*`, region);
  }

  private clusterResources(): string[] {
    return this.clusterArns.size > MAX_CLUSTERS_BY_ARN
      ? [`arn:${Aws.PARTITION}:rds:${Aws.REGION}:${Aws.ACCOUNT_ID}:cluster:*`]
      : [...this.clusterArns];
  }
}
