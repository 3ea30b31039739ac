/** Backup plans for tests of constructs, and questions about what they put into templates: everything is in Ireland, unless a test says otherwise. */
import { Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Statement, asText, importedCluster, stackIn, templateOf } from './constructs';
import { AuroraBackupPlan, AuroraBackupPlanProps, RetentionPolicy } from '../../src';
import { ClusterSelection, PlanRules } from '../../src/core/plan/plan-rules';

export const NIGHTLY = ScheduleExpression.cron({ minute: '0', hour: '3' });
export const GOLD = 'gold';

export const keyIn = (stack: Stack, region: string, id = `Key-${region}`) => kms.Key.fromKeyArn(stack, id, `arn:aws:kms:${region}:111111111111:key/1`);

/** A plan of one imported cluster, but for what a test is about. */
export function planIn(stack: Stack, props: Partial<AuroraBackupPlanProps> = {}, id = 'Gold'): AuroraBackupPlan {
  return new AuroraBackupPlan(stack, id, {
    planName: GOLD,
    clusters: props.clusters ?? (props.clusterTags ? undefined : [importedCluster(stack)]),
    schedule: NIGHTLY,
    retention: RetentionPolicy.keepFor(Duration.days(35)),
    ...props,
  });
}

export type PropsOf = Partial<AuroraBackupPlanProps> | ((stack: Stack) => Partial<AuroraBackupPlanProps>);

/** The same in a stack of its own. */
export function planWith(props: PropsOf = {}, stack = stackIn('eu-west-1')): AuroraBackupPlan {
  return planIn(stack, typeof props === 'function' ? props(stack) : props);
}

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, any>;
  readonly DependsOn?: string[];
}

/** The only resource of the type whose logical id begins so. */
export function resourceOf(stack: Stack, type: string, prefix: string): Resource {
  const found = Object.entries(templateOf(stack).findResources(type)).filter(([id]) => id.startsWith(prefix));
  expect(found.map(([id]) => id)).toHaveLength(1);
  return found[0][1] as Resource;
}

export const scheduleOf = (stack: Stack, which: 'Run' | 'Age', id = 'Gold') => resourceOf(stack, 'AWS::Scheduler::Schedule', `${id}Schedules${which}`);

/** What is sent by a schedule. */
export const inputOf = ({ Properties }: Resource) => JSON.parse(asText(Properties.Target.Input));

/** The Amazon States Language of one of the two state machines, references as text. */
export function definitionOf(stack: Stack, which: 'Run' | 'Delivery', id = 'Gold') {
  return JSON.parse(asText(resourceOf(stack, 'AWS::StepFunctions::StateMachine', `${id}Workflow${which}`).Properties.DefinitionString));
}

/** What a run is told. */
export const rulesOf = (stack: Stack, id = 'Gold'): PlanRules => definitionOf(stack, 'Run', id).States.Scheduled.Parameters.plan;
export const selectionOf = (stack: Stack, id = 'Gold'): ClusterSelection => definitionOf(stack, 'Run', id).States['Select clusters'].Parameters.selection;

export type PlanFunction = 'Runs' | 'Look' | 'Start' | 'Prune';

/** The statements in a role, of all its inline policies. */
export function statementsOfRole(stack: Stack, prefix: string): Statement[] {
  return resourceOf(stack, 'AWS::IAM::Role', prefix).Properties.Policies
    .flatMap((policy: { PolicyDocument: { Statement: Statement[] } }) => policy.PolicyDocument.Statement);
}

/** The statements of the role of a function that plans share. */
export const statementsOfFunction = (stack: Stack, which: PlanFunction) => statementsOfRole(stack, `AuroraBackupPlans${which}Role`);
