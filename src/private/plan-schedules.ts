import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as targets from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { hourlyAt, schedulerOf } from './hourly';
import { ageInput, launchInput } from './plan-definition';
import { PlanFunctions } from './plan-functions';
import { PlanWorkflow } from './plan-workflow';
import { scheduleOf } from './schedule-checks';
import { shortestIntervalSeconds } from '../core/plan/forecast';
import { ClusterSelection, PlanRules } from '../core/plan/plan-rules';

/** A run that begins later tells nobody in time that something is wrong. */
const LONGEST_DELAY_SECONDS = 6 * 3600;

/** Scheduler, Lambda and the queue of dead letters need some minutes for a second try. */
const SHORTEST_DELAY_SECONDS = 600;

export interface PlanSchedulesProps {
  readonly functions: PlanFunctions;
  readonly workflow: PlanWorkflow;
  readonly schedule: scheduler.ScheduleExpression;
  readonly timeWindow?: scheduler.TimeWindow;
  readonly enabled: boolean;
  readonly rules: () => PlanRules;
  readonly selection: () => ClusterSelection;
}

/** What makes a plan run, and what tells hourly, whether it runs or not, how old its newest copies are. */
export class PlanSchedules extends Construct {
  constructor(scope: Construct, id: string, { functions, workflow, rules, selection, ...props }: PlanSchedulesProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const role = new iam.Role(this, 'Role', {
      assumedBy: schedulerOf(stack),
      inlinePolicies: {
        Schedules: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functions.runs.functionArn, functions.look.functionArn] }),
            ...functions.deadLetterStatements('sqs:SendMessage'),
          ],
        }),
      },
    });
    const stateMachineArn = workflow.run.stateMachineArn;
    const delaySeconds = longestDelaySeconds(props.schedule);
    const latestBeginningSeconds = delaySeconds + (props.timeWindow?.maxWindow?.toSeconds() ?? 0);
    const run = new scheduler.Schedule(this, 'Run', {
      description: 'Runs a backup plan',
      schedule: props.schedule,
      timeWindow: props.timeWindow,
      enabled: props.enabled,
      target: new targets.LambdaInvoke(functions.runs, {
        // Its rights are complete; those that the target would add are the same.
        role: role.withoutPolicyUpdates(),
        deadLetterQueue: functions.deadLetters,
        maxEventAge: Duration.seconds(delaySeconds),
        input: inputOf(stack, () => launchInput({ stateMachineArn, latestBeginningSeconds, rules: rules() })),
      }),
    });
    // The first run must not begin before all that it needs is allowed.
    run.node.addDependency(workflow);
    new scheduler.Schedule(this, 'Age', {
      description: 'Tells how old the newest copies of a backup plan are',
      schedule: hourlyAt(rules().owner),
      target: new targets.LambdaInvoke(functions.look, {
        role: role.withoutPolicyUpdates(),
        // The next one tells more than a late one; and what is not told is an alarm.
        maxEventAge: Duration.minutes(15),
        input: inputOf(stack, () => ageInput({ rules: rules(), selection: selection() })),
      }),
    });
  }
}

function inputOf(stack: Stack, input: () => object): scheduler.ScheduleTargetInput {
  return scheduler.ScheduleTargetInput.fromText(Lazy.string({ produce: () => stack.toJsonString(input()) }));
}

/** A run may be so late, and no later: then the next one is due. */
function longestDelaySeconds(expression: scheduler.ScheduleExpression): number {
  const schedule = scheduleOf(expression);
  const interval = schedule ? shortestIntervalSeconds(schedule) : LONGEST_DELAY_SECONDS;
  return Math.max(SHORTEST_DELAY_SECONDS, Math.min(LONGEST_DELAY_SECONDS, interval));
}
