import { Stack, TimeZone } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Declaration } from './deployed-stack';
import { E2e } from './e2e';
import { LogLine } from './logs';
import { clusterOf } from './subjects';
import { HERE } from '../../local/world';
import { AuroraBackupPlan, AuroraBackupPlanProps, RetentionPolicy } from 'cdk-aurora-backup';

export const MINUTE = 60;
export const HOUR = 3600;
export const DAY = 86_400;

/** Noon of a Monday, long before the next night. */
export const FIRST_NOON = '2027-03-01T12:00:00Z';

/** What a test declares about a plan: whatever is not what most plans of these tests say. */
export type PlanProps = Partial<AuroraBackupPlanProps> | ((stack: Stack) => Partial<AuroraBackupPlanProps>);

export const AT_THREE = ScheduleExpression.cron({ hour: '3', minute: '0', timeZone: TimeZone.ETC_UTC });

/** A plan of these clusters, which runs at three in the morning. */
export function planOf(clusters: readonly string[], props: PlanProps = {}, id: string = 'Plan'): Declaration {
  return (stack) => {
    new AuroraBackupPlan(stack, id, {
      planName: 'gold',
      schedule: AT_THREE,
      retention: RetentionPolicy.keepLast(3),
      ...(clusters.length > 0 ? { clusters: clusters.map((name) => clusterOf(stack, name)) } : {}),
      ...(typeof props === 'function' ? props(stack) : props),
    });
  };
}

/** Begins at noon in an empty world. The clock moves only when a test plays. */
export async function beginAtNoon(aws: E2e, ...clusters: string[]): Promise<void> {
  await aws.local.clock({ speed: 0, at: FIRST_NOON });
  for (const cluster of clusters) {
    await aws.world.cluster(cluster);
  }
}

/** Plays so many nights, from noon to noon. */
export async function nights(aws: E2e, count: number = 1): Promise<void> {
  await aws.local.play(count * DAY);
}

/** The verdicts of runs on the event bus, the details of the events, oldest first. */
export async function runVerdicts(aws: E2e, region: string = HERE): Promise<any[]> {
  return detailsOf(aws, 'Aurora Backup Run Verdict', region);
}

/** Likewise those of clusters. */
export async function clusterVerdicts(aws: E2e, region: string = HERE): Promise<any[]> {
  return detailsOf(aws, 'Aurora Backup Cluster Verdict', region);
}

async function detailsOf(aws: E2e, detailType: string, region: string) {
  return (await aws.local.events()).filter((event) => event.region === region && event.DetailType === detailType).map(({ Detail }) => Detail);
}

/** `<name> <value>` of all metrics of a plan that the functions have written, oldest first, but for the hourly ages. */
export async function planMetrics(aws: E2e, planName: string = 'gold'): Promise<string[]> {
  return (await metricLines(aws)).filter((line) => line.Plan === planName && line.NewestSnapshotAge === undefined)
    .map((line) => nameOfMetric(line)).map(({ name, value }) => `${name} ${value}`);
}

export async function metricLines(aws: E2e): Promise<LogLine[]> {
  return (await aws.logs()).filter((line) => line._aws !== undefined && line.Plan !== undefined);
}

function nameOfMetric(line: LogLine) {
  const [{ Name }] = line._aws.CloudWatchMetrics[0].Metrics;
  return { name: Name, value: line[Name] };
}

/** The runs that have left snapshots of a cluster, by name. */
export async function keptRuns(aws: E2e, cluster: string = 'orders', region: string = HERE): Promise<string[]> {
  return (await aws.made(region))
    .filter((snapshot) => snapshot.Tags['cdk-aurora-backup:cluster'] === cluster)
    .map((snapshot) => snapshot.Tags['cdk-aurora-backup:generation'])
    .sort();
}

/** The nights of which there are snapshots of a cluster, oldest first: `2027-03-02`. */
export async function keptNights(aws: E2e, cluster?: string, region?: string): Promise<string[]> {
  return (await keptRuns(aws, cluster, region)).map((name) => name.slice(0, 10));
}

/** An execution of the state machine of a plan. */
export interface RunExecution {
  readonly name: string;
  readonly status: string;
  readonly executionArn: string;
}

/** The executions of the state machine of a plan, oldest first; of all plans that are there if none is named. */
export async function runs(aws: E2e, plan: string = 'Plan', region: string = HERE): Promise<RunExecution[]> {
  return executionsOf(aws, `${plan}WorkflowRun`, region);
}

/** Those that make its copies and exports. */
export async function deliveries(aws: E2e, plan: string = 'Plan', region: string = HERE): Promise<RunExecution[]> {
  return executionsOf(aws, `${plan}WorkflowDelivery`, region);
}

/** As an operator starts a run in the console. */
export async function startByHand(aws: E2e, name: string, input: object = {}): Promise<void> {
  await states(aws, 'StartExecution', { stateMachineArn: await machine(aws, 'PlanWorkflowRun', HERE), name, input: JSON.stringify(input) }, HERE);
}

/** A run by hand, and what happens in the two hours from then. */
export async function run(aws: E2e, name: string, seconds: number = 2 * HOUR): Promise<void> {
  await startByHand(aws, name);
  await aws.local.play(seconds);
}

/** Lets a run take so long only, instead of days that nobody wants to play. */
export async function limitRuns(aws: E2e, seconds: number): Promise<void> {
  const stateMachineArn = await machine(aws, 'PlanWorkflowRun', HERE);
  const { definition } = await states(aws, 'DescribeStateMachine', { stateMachineArn }, HERE);
  await states(aws, 'UpdateStateMachine', { stateMachineArn, definition: JSON.stringify({ ...JSON.parse(definition), TimeoutSeconds: seconds }) }, HERE);
}

/** As an operator stops it. */
export async function stopRun(aws: E2e, { executionArn }: RunExecution): Promise<void> {
  await states(aws, 'StopExecution', { executionArn }, HERE);
}

async function executionsOf(aws: E2e, part: string, region: string): Promise<RunExecution[]> {
  const { executions } = await states(aws, 'ListExecutions', { stateMachineArn: await machine(aws, part, region), maxResults: 1000 }, region);
  return executions.sort((a: any, b: any) => a.startDate - b.startDate);
}

async function machine(aws: E2e, part: string, region: string): Promise<string> {
  const { stateMachines } = await states(aws, 'ListStateMachines', {}, region);
  return stateMachines.map(({ stateMachineArn }: any) => stateMachineArn).find((arn: string) => arn.includes(part));
}

async function states(aws: E2e, operation: string, input: object, region: string): Promise<any> {
  return aws.world.json('states', `AWSStepFunctions.${operation}`, input, region);
}
