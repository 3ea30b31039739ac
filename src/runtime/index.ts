import { RDSClient } from '@aws-sdk/client-rds';
import { SFNClient } from '@aws-sdk/client-sfn';
import { watchStateMachineOf } from '../core/resource-contract';
import { CloudFormationClient } from './aws/cloudformation';
import { LambdaClient } from './aws/lambda';
import { ParameterStoreClient } from './aws/parameter-store';
import { customResourceIsComplete, customResourceOnEvent } from './doors/custom-resource/custom-resource-door';
import { PolledEvent, ResourceEvent } from './doors/custom-resource/events';
import { CancelEvent, HandOverEvent, WatchedEvent } from './doors/deploy/events';
import { invokeJson } from './doors/deploy/invoke';
import { DeployIsComplete } from './doors/deploy/is-complete';
import { lifecycles } from './doors/deploy/lifecycles';
import { onEvent } from './doors/deploy/on-event';
import { DeployStart } from './doors/deploy/start';
import * as plan from './doors/plan/plan-door';
import { PlanRemovalHandler } from './doors/plan/remove-plan';
import { restoreHandlers } from './doors/restore/handlers';
import * as vault from './doors/vault/vault-door';
import { WorkflowLook } from './doors/workflow/look';
import { WorkflowStart } from './doors/workflow/start';
import { Operations } from './operations/operations';
import { calendarOfTimeZones } from './plan/calendar';
import { RdsGateway } from './rds/gateway';
import { Records } from './records';
import { Stacks } from './stacks';
import { WorkflowEvent, isWorkflowEvent } from './steps';
import { Watches } from './watches';
import { Executions } from './work/executions';

/** An endpoint that does not answer must not use up the time of the function: the door comes back anyway. */
const PATIENCE = { maxAttempts: 3, requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000 } };

// One bundle, one function a handler: here, and only here, handlers meet the SDK, the clock and the environment.
const rds = new RdsGateway((region) => new RDSClient({ region, ...PATIENCE }));
const operations = new Operations(rds);
// It waits for the answer of a function that may take two minutes; the next poll is its second attempt.
const lambda = new LambdaClient({ maxAttempts: 1, requestHandler: { connectionTimeout: 5_000, requestTimeout: 130_000 } });
const now = () => Date.now();
const calendar = calendarOfTimeZones();
const start: Operations['start'] = (request, assignment) => operations.start(request, assignment);
const check: Operations['check'] = (request, sight) => operations.check(request, sight);

/** Door of the deploy: `onEvent` of the Provider framework. Needs no rights. */
export async function deployOnEvent(event: ResourceEvent) {
  return onEvent(event, now());
}

/** Looks, at both doors: `isComplete` of the Provider framework, which may also call the two below, and the looks of a watch. */
export async function look(event: WatchedEvent | WorkflowEvent) {
  if (isWorkflowEvent(event)) {
    return new WorkflowLook({ check, now }).handle(event);
  }
  return new DeployIsComplete({
    check,
    invokeStart: (payload) => invokeJson(lambda, process.env.START_FUNCTION_NAME!, payload),
    invokeCancel: (payload) => invokeJson(lambda, process.env.CANCEL_FUNCTION_NAME!, payload),
    now,
  }).handle(event);
}

/** Makes, tags and hands over, at both doors; deletes nothing. */
export async function startWork(event: WatchedEvent | HandOverEvent | WorkflowEvent) {
  const stacks = new Stacks(new CloudFormationClient(PATIENCE));
  if (isWorkflowEvent(event)) {
    return new WorkflowStart({ stacks, start, now }).handle(event);
  }
  const watches = new Watches(new SFNClient(PATIENCE), watchStateMachineOf(event.ResourceProperties));
  return new DeployStart({ lifecycleOf: lifecycles(rds), stacks, watches, start, now }).handle(event);
}

/** Deletes and cancels; makes and tags nothing. */
export async function cancel(event: CancelEvent) {
  return operations.cancel(event.kind, event.removal, event.resource, event.elapsedSeconds);
}

/** The functions of backup plans. Each kind of right has its own: who looks, makes, deletes, and who only knows of executions. */
export async function planLook(event: Parameters<typeof plan.planLook>[0]) {
  return plan.planLook(event, { rds, check, now });
}

export async function planStart(event: Parameters<typeof plan.planStart>[0]) {
  return plan.planStart(event, { rds, start, now });
}

export async function planPrune(event: Parameters<typeof plan.planPrune>[0]) {
  return plan.planPrune(event, { rds, calendar, now });
}

/** Deletes with its stack what a plan made; the only function of plans that CloudFormation calls. */
export async function planRemove(event: ResourceEvent | PolledEvent) {
  const handler = () => new PlanRemovalHandler({ rds, stacks: new Stacks(new CloudFormationClient(PATIENCE)) });
  return 'StartedAt' in event ? customResourceIsComplete(event, handler, now()) : customResourceOnEvent(event, handler, now());
}

export async function planRuns(event: Parameters<typeof plan.planRuns>[0]) {
  const client = new SFNClient(PATIENCE);
  return plan.planRuns(event, { executionsOf: (stateMachineArn) => new Executions(client, stateMachineArn), calendar, now });
}

/** The functions of a vault. What may delete cannot tag, what may share can do nothing else, and what may copy can do neither. */
export async function vaultRuns(event: Parameters<typeof vault.vaultRuns>[0]) {
  const client = new SFNClient(PATIENCE);
  return vault.vaultRuns(event, { executionsOf: (stateMachineArn) => new Executions(client, stateMachineArn), now });
}

export async function vaultLook(event: Parameters<typeof vault.vaultLook>[0]) {
  return vault.vaultLook(event, { rds, check, now });
}

export async function vaultStart(event: Parameters<typeof vault.vaultStart>[0]) {
  return vault.vaultStart(event, { rds, start, now });
}

export async function vaultPrune(event: Parameters<typeof vault.vaultPrune>[0]) {
  return vault.vaultPrune(event, { rds, now });
}

export async function vaultRelease(event: Parameters<typeof vault.vaultRelease>[0]) {
  return vault.vaultRelease(event, { rds, now });
}

/** Restore points and guards, while a stack deploys: `onEvent` of their Provider framework, which needs no rights, and `isComplete`. */
export async function restoreOnEvent(event: ResourceEvent) {
  return customResourceOnEvent(event, restoreKinds(), now());
}

export async function restoreIsComplete(event: PolledEvent) {
  return customResourceIsComplete(event, restoreKinds(), now());
}

function restoreKinds() {
  const stacks = new Stacks(new CloudFormationClient(PATIENCE));
  return restoreHandlers({ rds, stacks, records: new Records(new ParameterStoreClient(PATIENCE)), now });
}
