import { ArnFormat, Lazy, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { notifyStatements } from './notifications';
import { deliveryDefinition, endedInput, planDefinition } from './plan-definition';
import { PlanFunctions } from './plan-functions';
import { ClusterSelection, PlanRules } from '../core/plan/plan-rules';

export interface PlanWorkflowProps {
  readonly functions: PlanFunctions;
  /** Asked when the template is written: clusters may be added until then. */
  readonly rules: () => PlanRules;
  readonly selection: () => ClusterSelection;
  /** Whether there are vaults to announce snapshots to. */
  readonly announces: boolean;
  readonly maxConcurrency?: number;
  readonly notificationTopic?: sns.ITopic;
}

/** The two state machines of a plan: one execution is a run, or one copy, export or vault that is to have what a run took. */
export class PlanWorkflow extends Construct {
  public readonly run: sfn.StateMachine;
  private readonly delivery: sfn.StateMachine;

  constructor(scope: Construct, id: string, private readonly props: PlanWorkflowProps) {
    super(scope, id);
    const { functions: { runs, look, start, prune } } = props;
    const stack = Stack.of(this);
    const functions = { runs: runs.functionArn, look: look.functionArn, start: start.functionArn, prune: prune.functionArn };

    const { announces } = props;
    this.delivery = this.makeStateMachine('Delivery', [invokeStatement(runs, look, start, prune), ...(announces ? [tellStatement(stack)] : [])],
      () => deliveryDefinition({ partition: stack.partition, functions, announces }));
    this.run = this.makeStateMachine('Run', [
      invokeStatement(runs, look, start, prune),
      tellStatement(stack),
      ...(props.notificationTopic ? notifyStatements(stack, props.notificationTopic) : []),
    ], () => planDefinition({
      partition: stack.partition,
      functions,
      rules: props.rules(),
      selection: props.selection(),
      maxConcurrency: props.maxConcurrency,
      deliveryStateMachineArn: this.delivery.stateMachineArn,
    }));
    this.allowClusterExecutions();
    this.allowRuns();
    this.tellOfRunsWithoutVerdict();
  }

  private makeStateMachine(id: string, statements: iam.PolicyStatement[], definition: () => object): sfn.StateMachine {
    const role = new iam.Role(this, `${id}Role`, {
      assumedBy: new iam.ServicePrincipal('states.amazonaws.com'),
      inlinePolicies: { Plan: new iam.PolicyDocument({ minimize: true, statements }) },
    });
    return new sfn.StateMachine(this, id, {
      definitionBody: sfn.DefinitionBody.fromString(Lazy.string({ produce: () => Stack.of(this).toJsonString(definition()) })),
      role,
    });
  }

  /**
   * A run gives every cluster an execution of its own. A resource of its own: the role cannot name the state machine that has it.
   *
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
   */
  private allowClusterExecutions(): void {
    new iam.Policy(this, 'Clusters', {
      roles: [this.run.role],
      statements: [
        // A map within a map is begun by an execution of `<state machine>/<label>`; as which of the two it asks for more, is not documented.
        new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [this.run.stateMachineArn, `${this.run.stateMachineArn}/*`] }),
        new iam.PolicyStatement({
          actions: ['states:DescribeExecution', 'states:StopExecution'],
          resources: [executionsOf(this.run, ':*'), executionsOf(this.run, '/*')],
        }),
      ],
    });
  }

  /** A resource of its own: inside the role of the function it would close a circle, because the state machines name the function. */
  private allowRuns(): void {
    new iam.Policy(this, 'HandOver', {
      roles: [this.props.functions.runs.role!],
      statements: [
        // It lists which copies and exports are being made, and which runs ended without a verdict.
        new iam.PolicyStatement({
          actions: ['states:StartExecution', 'states:ListExecutions'], resources: [this.run.stateMachineArn, this.delivery.stateMachineArn],
        }),
        new iam.PolicyStatement({ actions: ['states:DescribeExecution'], resources: [executionsOf(this.run, ':*'), executionsOf(this.delivery, ':*')] }),
      ],
    });
  }

  /**
   * A run that times out or is aborted cannot tell its verdict; one that failed with a verdict is left alone by the function. An event that is lost needs no
   * queue: each beginning of a run looks for those before it.
   */
  private tellOfRunsWithoutVerdict(): void {
    const stateMachineArn = this.run.stateMachineArn;
    const fieldOf = (name: string) => events.EventField.fromPath(`$.detail.${name}`);
    new events.Rule(this, 'Ended', {
      description: 'Runs of a backup plan that ended without a verdict',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
      targets: [new targets.LambdaFunction(this.props.functions.runs, {
        event: events.RuleTargetInput.fromObject(endedInput({
          stateMachineArn,
          rules: this.props.rules(),
          detail: { executionArn: fieldOf('executionArn'), name: fieldOf('name'), status: fieldOf('status') },
        })),
      })],
    });
  }
}

function invokeStatement(...functions: lambda.IFunction[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: functions.map(({ functionArn }) => functionArn) });
}

function tellStatement(stack: Stack): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['events:PutEvents'],
    resources: [stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' })],
  });
}

function executionsOf({ stack, stateMachineName }: sfn.StateMachine, which: string): string {
  return stack.formatArn({
    service: 'states', resource: 'execution', resourceName: `${stateMachineName}${which}`, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
