import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { notifyStatements } from './notifications';
import { watchDefinition } from './watch-definition';

export interface WatchWorkflowProps {
  readonly look: lambda.IFunction;
  /** Also hands over, and so is allowed to begin and stop watches. */
  readonly start: lambda.IFunction;
}

/** The state machine that watches what deploys of the stack hand over, and tells how everything ended. */
export class WatchWorkflow extends Construct {
  public readonly stateMachineArn: string;
  private readonly policy = new iam.PolicyDocument({ minimize: true });

  constructor(scope: Construct, id: string, props: WatchWorkflowProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.policy.addStatements(
      new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [props.look.functionArn, props.start.functionArn] }),
      new iam.PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' })],
      }),
    );
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('states.amazonaws.com'),
      inlinePolicies: { Watch: this.policy },
    });
    const stateMachine = new sfn.StateMachine(this, 'Resource', {
      definitionBody: sfn.DefinitionBody.fromString(stack.toJsonString(watchDefinition({
        partition: stack.partition, lookFunctionArn: props.look.functionArn, startFunctionArn: props.start.functionArn,
      }))),
      role,
    });
    this.stateMachineArn = stateMachine.stateMachineArn;
    // A resource of its own: inside the role of the start function it would close a circle, because the state machine names the function.
    new iam.Policy(this, 'HandOver', {
      roles: [props.start.role!],
      statements: [
        new iam.PolicyStatement({ actions: ['states:StartExecution', 'states:ListExecutions'], resources: [this.stateMachineArn] }),
        new iam.PolicyStatement({
          actions: ['states:DescribeExecution', 'states:StopExecution'],
          resources: [stack.formatArn({
            service: 'states', resource: 'execution', resourceName: `${stateMachine.stateMachineName}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          })],
        }),
      ],
    });
  }

  /** Lets it publish to one more topic, and use the key that encrypts the topic. */
  public allowNotify(topic: sns.ITopic): void {
    this.policy.addStatements(...notifyStatements(Stack.of(this), topic));
  }
}
