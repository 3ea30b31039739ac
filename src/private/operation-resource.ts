import { CfnResource, CustomResource, RemovalPolicy } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alwaysDeleted } from './always-deleted';
import { checkTopic } from './notifications';
import { OperationProvider } from './operation-provider';
import { UnfinishedResults } from './unfinished-results';
import { Completion } from '../common/completion';
import { TimeoutBehavior } from '../common/timeout-behavior';
import { CompletionMode } from '../core/requests';
import { CONTRACT_VERSION } from '../core/resource-contract';

export interface OperationResourceProps {
  readonly resourceType: string;
  /** The properties that this kind of resource has beside the common ones. */
  readonly properties: object;
  readonly completion?: Completion;
  /** What this kind of construct does on a timeout when its user did not say. */
  readonly defaultOnTimeout: TimeoutBehavior;
  readonly notificationTopic?: sns.ITopic;
}

/** The custom resource behind a construct that runs an operation, with what all of them have in common. */
export class OperationResource {
  public readonly completion: CompletionMode;
  public readonly cfnResource: CfnResource;
  private readonly resource: CustomResource;

  constructor(scope: Construct, provider: OperationProvider, props: OperationResourceProps) {
    const completion = props.completion ?? Completion.waitFor();
    this.completion = completion._mode(props.defaultOnTimeout);
    this.resource = new CustomResource(scope, 'Resource', {
      serviceToken: provider.serviceToken,
      resourceType: props.resourceType,
      properties: {
        ContractVersion: CONTRACT_VERSION,
        Owner: provider.owner,
        ...props.properties,
        Completion: this.completion,
        TimeoutMinutes: completion._timeoutMinutes,
        NotificationTopicArn: props.notificationTopic?.topicArn,
        WatchStateMachineArn: provider.watch.stateMachineArn,
      },
      // CloudFormation always sends the Delete; the handler decides what becomes of what was made.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // The right to hand over has to be there before there is anything to hand over, and until nothing is left to stop.
    this.resource.node.addDependency(provider.watch);
    this.cfnResource = alwaysDeleted(this.resource);

    if (props.notificationTopic) {
      checkTopic(scope, props.notificationTopic, this.resource.stack.region);
      provider.watch.allowNotify(props.notificationTopic);
    }
    if (!this.waitsForResult) {
      UnfinishedResults.of(scope).add(scope);
    }
  }

  /** Whether the deploy never goes on without the result. */
  public get waitsForResult(): boolean {
    return this.completion === CompletionMode.FAIL;
  }

  public attribute(name: string): string {
    return this.resource.getAttString(name);
  }
}
