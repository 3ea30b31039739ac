import { Lazy, RemovalPolicy, TagManager, TagType } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { removalOf } from './checks';
import { OperationProvider } from './operation-provider';
import { OperationResource, OperationResourceProps } from './operation-resource';
import { tagFaults, tooManyTags } from './tag-checks';
import { SnapshotRemoval } from '../core/removal';
import { CompletionMode } from '../core/requests';
import { SnapshotAttribute } from '../core/resource-contract';
import { MAX_TAGS } from '../core/tag-limit';

export interface SnapshotResourceProps extends OperationResourceProps {
  readonly tags?: { [key: string]: string };
  /** How many tags the library adds. */
  readonly ownTags: number;
  readonly removalPolicy?: RemovalPolicy;
}

/** The custom resource behind a construct that makes a snapshot, with what all of them have in common. */
export class SnapshotResource {
  public readonly snapshotArn: string;
  public readonly snapshotIdentifier: string;
  public readonly completion: CompletionMode;
  /** `Tags.of(...)` writes here, through the construct. */
  public readonly tags: TagManager;
  private removal: SnapshotRemoval;

  constructor(private readonly scope: Construct, provider: OperationProvider, props: SnapshotResourceProps) {
    this.removal = removalOf(scope, props.removalPolicy);
    this.tags = new TagManager(TagType.MAP, props.resourceType, props.tags);
    scope.node.addValidation({ validate: () => this.faultsOfTags(props.ownTags) });
    const operation = new OperationResource(scope, provider, {
      ...props,
      properties: {
        ...props.properties,
        // The handler reads the policy and keeps or deletes the snapshot.
        RemovalPolicy: Lazy.string({ produce: () => this.removal }),
        Tags: this.tags.renderedTags,
      },
    });
    this.completion = operation.completion;
    this.snapshotArn = operation.attribute(SnapshotAttribute.ARN);
    this.snapshotIdentifier = operation.attribute(SnapshotAttribute.IDENTIFIER);
  }

  public applyRemovalPolicy(policy: RemovalPolicy): void {
    this.removal = removalOf(this.scope, policy);
  }

  private faultsOfTags(ownTags: number): string[] {
    const tags = this.tags.renderTags() as Record<string, string> | undefined ?? {};
    return [...tagFaults(tags), ...tooManyTags('tags', Object.keys(tags).length, MAX_TAGS - ownTags)];
  }

  public get isDestroyed(): boolean {
    return this.removal === SnapshotRemoval.DESTROY;
  }
}
