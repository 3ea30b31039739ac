import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { OperationRequest } from '../core/requests';
import { CancelEvent, DeployEvent, WatchedEvent } from './doors/deploy/events';
import { invokeJson } from './doors/deploy/invoke';
import { DeployIsComplete } from './doors/deploy/is-complete';
import { onEvent } from './doors/deploy/on-event';
import { Stacks } from './doors/deploy/stacks';
import { DeployStart } from './doors/deploy/start';
import { CopySnapshot } from './operations/copy-snapshot';
import { Assignment, Sight } from './operations/operation';
import { TakeSnapshot } from './operations/take-snapshot';
import { RdsGateway } from './rds/gateway';

/** An endpoint that does not answer must not use up the time of the function: the door comes back anyway. */
const PATIENCE = { maxAttempts: 3, requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000 } };

// One bundle, one function a handler: here, and only here, handlers meet the SDK, the clock and the environment.
const rds = new RdsGateway((region) => new RDSClient({ region, ...PATIENCE }));
const operations = { take: new TakeSnapshot(rds), copy: new CopySnapshot(rds) };
// It waits for the answer of a function that may take two minutes; the next poll is its second attempt.
const lambda = new LambdaClient({ maxAttempts: 1, requestHandler: { connectionTimeout: 5_000, requestTimeout: 130_000 } });
const now = () => Date.now();

function start(request: OperationRequest, assignment: Assignment) {
  return request.kind === 'take' ? operations.take.start(request, assignment) : operations.copy.start(request, assignment);
}

function check(request: OperationRequest, sight: Sight) {
  return operations[request.kind].check(sight);
}

/** Door of the deploy: `onEvent` of the Provider framework. Needs no rights. */
export async function deployOnEvent(event: DeployEvent) {
  return onEvent(event, now());
}

/** Door of the deploy: `isComplete` of the Provider framework. May look, and call the two below. */
export async function deployIsComplete(event: WatchedEvent) {
  return new DeployIsComplete({
    check,
    invokeStart: (payload) => invokeJson(lambda, process.env.START_FUNCTION_NAME!, payload),
    invokeCancel: (payload) => invokeJson(lambda, process.env.CANCEL_FUNCTION_NAME!, payload),
    now,
  }).handle(event);
}

/** Makes and tags; deletes nothing. */
export async function deployStart(event: WatchedEvent) {
  return new DeployStart({ rds, stacks: new Stacks(new CloudFormationClient(PATIENCE)), start, now }).handle(event);
}

/** Deletes; makes and tags nothing. */
export async function deployCancel(event: CancelEvent) {
  return operations[event.kind].cancel(event);
}
