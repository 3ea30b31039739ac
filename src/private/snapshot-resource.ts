import { CfnResource, CustomResource, Lazy, RemovalPolicy, TagManager, TagType } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { removalOf } from './checks';
import { OperationProvider } from './operation-provider';
import { Completion } from '../common/completion';
import { SnapshotRemoval } from '../core/removal';
import { CONTRACT_VERSION, SnapshotAttribute } from '../core/resource-contract';

export interface SnapshotResourceProps {
  readonly resourceType: string;
  /** The properties that this kind of resource has beside the common ones. */
  readonly properties: object;
  readonly tags?: { [key: string]: string };
  readonly removalPolicy?: RemovalPolicy;
  readonly completion?: Completion;
}

/** The custom resource behind a construct that makes a snapshot, with what all of them have in common. */
export class SnapshotResource {
  public readonly snapshotArn: string;
  public readonly snapshotIdentifier: string;
  /** `Tags.of(...)` writes here, through the construct. */
  public readonly tags: TagManager;
  private removal: SnapshotRemoval;

  constructor(private readonly scope: Construct, provider: OperationProvider, props: SnapshotResourceProps) {
    this.removal = removalOf(scope, props.removalPolicy);
    this.tags = new TagManager(TagType.MAP, props.resourceType, props.tags);
    const resource = new CustomResource(scope, 'Resource', {
      serviceToken: provider.serviceToken,
      resourceType: props.resourceType,
      properties: {
        ContractVersion: CONTRACT_VERSION,
        Owner: provider.owner,
        ...props.properties,
        RemovalPolicy: Lazy.string({ produce: () => this.removal }),
        TimeoutMinutes: (props.completion ?? Completion.waitFor())._timeoutMinutes,
        Tags: this.tags.renderedTags,
      },
      // CloudFormation always sends the Delete; the handler reads the policy and keeps or deletes the snapshot.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // RemovalPolicies.of(app).retain() would otherwise keep CloudFormation from ever asking.
    const cfnResource = resource.node.defaultChild as CfnResource;
    cfnResource.addOverride('DeletionPolicy', 'Delete');
    cfnResource.addOverride('UpdateReplacePolicy', 'Delete');
    this.snapshotArn = resource.getAttString(SnapshotAttribute.ARN);
    this.snapshotIdentifier = resource.getAttString(SnapshotAttribute.IDENTIFIER);
  }

  public applyRemovalPolicy(policy: RemovalPolicy): void {
    this.removal = removalOf(this.scope, policy);
  }

  public get isDestroyed(): boolean {
    return this.removal === SnapshotRemoval.DESTROY;
  }
}
