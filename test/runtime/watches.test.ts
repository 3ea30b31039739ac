import { SFNClient } from '@aws-sdk/client-sfn';
import { reportName, watchName } from '../../src/core/watch';
import { watchInput } from '../../src/runtime/steps';
import { Watches } from '../../src/runtime/watches';
import { takeRequest } from '../support/assignments';
import { awsError, throttled } from '../support/errors';
import { NOON, STATE_MACHINE_ARN, minutes } from '../support/events';
import { HANDLES, aHandle, handleOf } from '../support/handles';
import { Answer, SdkStub, refuse } from '../support/sdk-client';
import { RESOURCE } from '../support/snapshots';

const handle = aHandle();
const { target } = handle.work;
const NAME = watchName(handle);
const arnOf = (name: string) => `${STATE_MACHINE_ARN.replace(':stateMachine:', ':execution:')}:${name}`;
const unknown = refuse(awsError('ExecutionDoesNotExist'));

function connect(answers: Record<string, Answer>) {
  const sdk = new SdkStub(answers);
  return { sdk, watches: new Watches(sdk.connect(new SFNClient({ region: 'eu-west-1' })), STATE_MACHINE_ARN) };
}

/** Executions as Step Functions lists and describes them, two a page. */
function withExecutions(executions: Record<string, 'RUNNING' | 'ABORTED' | 'SUCCEEDED'>, stopDate = new Date(NOON)) {
  const nameIn = (executionArn: string) => executionArn.split(':').pop()!;
  return connect({
    ListExecutions: ({ statusFilter, nextToken = '0' }: { statusFilter: string; nextToken?: string }) => {
      const all = Object.entries(executions).filter(([, status]) => status === statusFilter).map(([name]) => ({ name }));
      const from = Number(nextToken);
      return { executions: all.slice(from, from + 2), nextToken: from + 2 < all.length ? String(from + 2) : undefined };
    },
    DescribeExecution: ({ executionArn }: { executionArn: string }) => {
      const status = executions[nameIn(executionArn)];
      return status === undefined ? Promise.reject(awsError('ExecutionDoesNotExist')) : { status, stopDate: status === 'RUNNING' ? undefined : stopDate };
    },
    StopExecution: ({ executionArn }: { executionArn: string }) => (
      executions[nameIn(executionArn)] === undefined ? Promise.reject(awsError('ExecutionDoesNotExist')) : { stopDate: new Date(NOON + minutes(1)) }
    ),
  });
}

const stoppedIn = (sdk: SdkStub) => sdk.sent.filter(({ command }) => command === 'StopExecution').map(({ input }) => (input as { executionArn: string }).executionArn);

const OTHER_WORK = watchName(HANDLES.take);
const OTHERS = {
  [watchName({ ...handle, resource: { ...RESOURCE, logicalId: 'Other' } })]: 'RUNNING',
  [watchName({ ...handle, resource: { ...RESOURCE, stackId: 'earlier' } })]: 'RUNNING',
  'by-hand': 'RUNNING',
} as const;

describe('a watch is begun', () => {
  const input = watchInput(handle, true, NOON);

  test('under the name of the work, with everything that is needed to watch it', async () => {
    const { sdk, watches } = connect({ StartExecution: () => ({}) });

    expect(await watches.begin(NAME, input)).toBe(true);
    expect(sdk.inputs).toEqual([{ stateMachineArn: STATE_MACHINE_ARN, name: NAME, input: JSON.stringify(input) }]);
  });

  test('once: the second time it is found', async () => {
    expect(await connect({ StartExecution: refuse(awsError('ExecutionAlreadyExists')) }).watches.begin(NAME, input)).toBe(false);
  });

  test.each([throttled(), awsError('StateMachineDoesNotExist'), awsError('AccessDeniedException')])('or it is told that it was not (%s)', async (error) => {
    await expect(connect({ StartExecution: refuse(error) }).watches.begin(NAME, input)).rejects.toBe(error);
  });
});

describe('the watch of one piece of work is stopped', () => {
  test('and when is answered', async () => {
    const { sdk, watches } = withExecutions({ [NAME]: 'RUNNING', [OTHER_WORK]: 'RUNNING', ...OTHERS });

    expect(await watches.stop(RESOURCE, target)).toEqual(new Date(NOON + minutes(1)));
    expect(stoppedIn(sdk)).toEqual([arnOf(NAME)]);
  });

  test('also when it was begun a moment ago and is not listed or told of yet', async () => {
    const { sdk, watches } = connect({
      ListExecutions: () => ({ executions: [] }), DescribeExecution: unknown, StopExecution: () => ({ stopDate: new Date(NOON) }),
    });

    expect(await watches.stop(RESOURCE, target)).toEqual(new Date(NOON));
    expect(stoppedIn(sdk)).toEqual([arnOf(NAME)]);
  });

  test('also of a later request for the same identifier, which the user chose', async () => {
    const chosen = { ...handleOf(takeRequest({ SnapshotIdentifier: 'chosen' })), generation: 'request-again' };
    const { sdk, watches } = withExecutions({ [watchName(chosen)]: 'RUNNING', [reportName(chosen)]: 'RUNNING', [NAME]: 'RUNNING' });

    expect(await watches.stop(RESOURCE, chosen.work.target)).toEqual(new Date(NOON + minutes(1)));
    expect(stoppedIn(sdk)).toContain(arnOf(watchName(chosen)));
    // Never what only tells an outcome.
    expect(stoppedIn(sdk)).not.toContain(arnOf(reportName(chosen)));
    expect(stoppedIn(sdk)).not.toContain(arnOf(NAME));
  });

  test('not again: but when it was stopped is still known', async () => {
    const { sdk, watches } = withExecutions({ [NAME]: 'ABORTED' });

    expect(await watches.stop(RESOURCE, target)).toEqual(new Date(NOON));
    expect(stoppedIn(sdk)).toEqual([]);
  });

  test('not when it has ended by itself', async () => {
    const { sdk, watches } = withExecutions({ [NAME]: 'SUCCEEDED' });

    expect(await watches.stop(RESOURCE, target)).toBeUndefined();
    expect(stoppedIn(sdk)).toEqual([]);
  });

  test('not when there was none, which is no error', async () => {
    expect(await withExecutions({ ...OTHERS }).watches.stop(RESOURCE, target)).toBeUndefined();
  });

  test.each(['ListExecutions', 'DescribeExecution', 'StopExecution'])('or it is told that it could not be (%s)', async (call) => {
    const answers: Record<string, Answer> = { ListExecutions: () => ({}), DescribeExecution: () => ({ status: 'RUNNING' }), StopExecution: () => ({}) };
    const { watches } = connect({ ...answers, [call]: refuse(throttled()) });

    await expect(watches.stop(RESOURCE, target)).rejects.toMatchObject({ name: 'ThrottlingException' });
  });
});

describe('all watches of a resource', () => {
  const OWN = { [NAME]: 'RUNNING', [OTHER_WORK]: 'RUNNING', [watchName(HANDLES.copy)]: 'RUNNING' } as const;

  test('are stopped, and none of another resource, nor what only tells an outcome', async () => {
    const { sdk, watches } = withExecutions({ ...OTHERS, ...OWN, [reportName(handle)]: 'RUNNING' });

    expect(await watches.stopAll(RESOURCE)).toEqual(new Date(NOON + minutes(1)));
    expect(stoppedIn(sdk).sort()).toEqual(Object.keys(OWN).map(arnOf).sort());
  });

  test('but one are stopped, when one goes on', async () => {
    const { sdk, watches } = withExecutions({ ...OTHERS, ...OWN });
    await watches.stopAll(RESOURCE, target);

    expect(stoppedIn(sdk)).not.toContain(arnOf(NAME));
    expect(stoppedIn(sdk)).toHaveLength(2);
  });

  test('that were stopped before still tell when', async () => {
    expect(await withExecutions({ [NAME]: 'ABORTED', ...OTHERS }).watches.stopAll(RESOURCE)).toEqual(new Date(NOON));
  });

  test.each([[[1, 3, 2]], [[3, 1, 2]], [[1, 2, 3]]])('that were stopped one after the other (%j) tell when the last was', async (order) => {
    const stopDates = Object.fromEntries(order.map((minute, index) => [arnOf(`${NAME}-${index}`), new Date(NOON + minutes(minute))]));
    const { watches } = connect({
      ListExecutions: ({ statusFilter }: { statusFilter: string }) => ({
        executions: statusFilter === 'ABORTED' ? order.map((_, index) => ({ name: `${NAME}-${index}` })) : [],
      }),
      DescribeExecution: ({ executionArn }: { executionArn: string }) => ({ status: 'ABORTED', stopDate: stopDates[executionArn] }),
    });

    expect(await watches.stopAll(RESOURCE)).toEqual(new Date(NOON + minutes(3)));
  });

  test('of which there are none are no reason to wait', async () => {
    expect(await withExecutions({ ...OTHERS, [NAME]: 'SUCCEEDED' }).watches.stopAll(RESOURCE)).toBeUndefined();
  });
});

describe('a state machine that somebody deleted', () => {
  const gone = () => connect({ ListExecutions: refuse(awsError('StateMachineDoesNotExist')), DescribeExecution: unknown, StopExecution: unknown });

  test('watches nothing, so that there is nothing to stop: nobody is stuck over it', async () => {
    expect(await gone().watches.stop(RESOURCE, target)).toBeUndefined();
    expect(await gone().watches.stopAll(RESOURCE)).toBeUndefined();
    expect(await gone().watches.isRunning(RESOURCE, target)).toBe(false);
  });
});

describe('what is watched is found out', () => {
  test('by the name of the watch, also after it has ended', async () => {
    expect(await withExecutions({ [NAME]: 'SUCCEEDED' }).watches.isKnown(NAME)).toBe(true);
    expect(await withExecutions({}).watches.isKnown(NAME)).toBe(false);
  });

  test('by the work, while it goes on', async () => {
    expect(await withExecutions({ ...OTHERS, [NAME]: 'RUNNING' }).watches.isRunning(RESOURCE, target)).toBe(true);
    expect(await withExecutions({ ...OTHERS, [OTHER_WORK]: 'RUNNING' }).watches.isRunning(RESOURCE, target)).toBe(false);
    expect(await withExecutions({ [NAME]: 'SUCCEEDED', [reportName(handle)]: 'RUNNING' }).watches.isRunning(RESOURCE, target)).toBe(false);
  });

  test('by other work of the same resource, and of no other', async () => {
    expect(await withExecutions({ ...OTHERS, [NAME]: 'RUNNING' }).watches.isAnotherRunning(RESOURCE, target)).toBe(false);
    expect(await withExecutions({ ...OTHERS, [OTHER_WORK]: 'RUNNING' }).watches.isAnotherRunning(RESOURCE, target)).toBe(true);
    expect(await withExecutions({ [reportName(HANDLES.take)]: 'RUNNING' }).watches.isAnotherRunning(RESOURCE, target)).toBe(false);
  });

  test('only by a list that was read to its end', async () => {
    const { watches } = connect({
      ListExecutions: ({ nextToken }: { nextToken?: string }) => (nextToken ? Promise.reject(throttled()) : { executions: [], nextToken: 'x' }),
    });

    await expect(watches.isAnotherRunning(RESOURCE, target)).rejects.toMatchObject({ name: 'ThrottlingException' });
  });
});
