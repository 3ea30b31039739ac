import { Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as targets from 'aws-cdk-lib/aws-scheduler-targets';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { hourlyAt, schedulerOf } from './hourly';
import { announcedInput, arriveDefinition, receiveDefinition, releaseDefinition, sweepDefinition, sweepInput } from './vault-definition';
import { VaultFunctions } from './vault-functions';
import { VaultNames } from './vault-names';
import { VaultRules } from '../core/vault/vault-rules';

export interface VaultWorkflowProps {
  readonly names: VaultNames;
  readonly functions: VaultFunctions;
  readonly rules: VaultRules;
}

/**
 * The four state machines of a vault, and what starts the hourly one. The rules are in their definitions and never in what an execution is started
 * with: who may start one cannot change what the vault does.
 */
export class VaultWorkflow extends Construct {
  public readonly release: sfn.StateMachine;
  private readonly receive: sfn.StateMachine;
  private readonly arrive: sfn.StateMachine;

  constructor(scope: Construct, id: string, private readonly props: VaultWorkflowProps) {
    super(scope, id);
    const { functions: { runs, look, start, prune, release }, rules } = props;
    const stack = Stack.of(this);
    const parts = {
      partition: stack.partition,
      rules,
      functions: {
        runs: runs.functionArn, look: look.functionArn, start: start.functionArn, prune: prune.functionArn, release: release.functionArn,
      },
    };
    const tell = new iam.PolicyStatement({
      actions: ['events:PutEvents'],
      resources: [stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' })],
    });
    this.receive = this.makeStateMachine('Receive', [invokeStatement(runs, start, look, prune), tell], receiveDefinition(parts));
    const withReceive = { ...parts, receiveStateMachineArn: this.receive.stateMachineArn };
    this.arrive = this.makeStateMachine('Arrive', [invokeStatement(look, runs), tell], arriveDefinition(withReceive));
    this.release = this.makeStateMachine('Release', [invokeStatement(release), tell], releaseDefinition(parts));
    const sweep = this.makeStateMachine('Sweep', [invokeStatement(look, runs, release, prune)], sweepDefinition(withReceive));
    this.letRunsStart();
    this.sweepHourly(sweep);
  }

  /** What is sent to the function that hears announcements. */
  public get announced(): events.RuleTargetInput {
    return events.RuleTargetInput.fromObject(announcedInput({
      rules: this.props.rules,
      arriveStateMachineArn: this.arrive.stateMachineArn,
      event: { account: events.EventField.account, detail: events.EventField.fromPath('$.detail') },
    }));
  }

  private makeStateMachine(id: string, statements: iam.PolicyStatement[], definition: object): sfn.StateMachine {
    const { names } = this.props;
    const role = new iam.Role(this, `${id}Role`, {
      path: names.rolePath('states'),
      assumedBy: new iam.ServicePrincipal('states.amazonaws.com'),
      inlinePolicies: { Vault: new iam.PolicyDocument({ minimize: true, statements }) },
    });
    return new sfn.StateMachine(this, id, {
      stateMachineName: names.physicalName(id.toLowerCase()),
      definitionBody: sfn.DefinitionBody.fromString(Stack.of(this).toJsonString(definition)),
      role,
    });
  }

  /** A resource of its own: inside the role of the function it would close a circle, because the state machine names the function. */
  private letRunsStart(): void {
    new iam.Policy(this, 'Receiving', {
      roles: [this.props.functions.runs.role!],
      statements: [
        new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [this.arrive.stateMachineArn, this.receive.stateMachineArn] }),
        // It counts how many copies are being made.
        new iam.PolicyStatement({ actions: ['states:ListExecutions'], resources: [this.receive.stateMachineArn] }),
      ],
    });
  }

  private sweepHourly(sweep: sfn.StateMachine): void {
    const { names } = this.props;
    const role = new iam.Role(this, 'ScheduleRole', {
      path: names.rolePath('schedule'),
      assumedBy: schedulerOf(Stack.of(this)),
      inlinePolicies: {
        Sweep: new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [sweep.stateMachineArn] })] }),
      },
    });
    new scheduler.Schedule(this, 'Hourly', {
      scheduleName: names.physicalName('sweep'),
      description: 'Looks after a vault: for snapshots that were not announced, for releases that are over, for copies that nothing keeps',
      schedule: hourlyAt(names.owner),
      target: new targets.StepFunctionsStartExecution(sweep, {
        // Its rights are complete; those that the target would add are the same.
        role: role.withoutPolicyUpdates(),
        // The next one finds the same.
        maxEventAge: Duration.minutes(15),
        input: scheduler.ScheduleTargetInput.fromObject(sweepInput()),
      }),
    });
  }
}

function invokeStatement(...functions: lambda.IFunction[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: functions.map(({ functionArn }) => functionArn) });
}
