import { SFNClient } from '@aws-sdk/client-sfn';
import { Executions } from '../../../src/runtime/work/executions';
import { awsError, denied, throttled } from '../../support/errors';
import { DELIVERY_MACHINE_ARN } from '../../support/plan-events';
import { Answer, SdkStub, refuse } from '../../support/sdk-client';

function connect(answers: Record<string, Answer>) {
  const sdk = new SdkStub(answers);
  return { sdk, executions: new Executions(sdk.connect(new SFNClient({ region: 'eu-west-1' })), DELIVERY_MACHINE_ARN) };
}

const INPUT = { run: { name: 'tonight' } };

describe('an execution is begun', () => {
  test('under its name, with its input', async () => {
    const { sdk, executions } = connect({ StartExecution: () => ({}) });

    expect(await executions.start('c-1', INPUT)).toBe(true);
    expect(sdk.sent).toEqual([{ command: 'StartExecution', input: { stateMachineArn: DELIVERY_MACHINE_ARN, name: 'c-1', input: JSON.stringify(INPUT) } }]);
  });

  test('once: the second time it is there already', async () => {
    expect(await connect({ StartExecution: refuse(awsError('ExecutionAlreadyExists')) }).executions.start('c-1', INPUT)).toBe(false);
  });

  test.each([throttled(), denied(), awsError('ExecutionLimitExceeded')])('or it is said that it was not (%s)', async (error) => {
    await expect(connect({ StartExecution: refuse(error) }).executions.start('c-1', INPUT)).rejects.toBe(error);
  });
});

describe('an execution is found', () => {
  test('by its name, with how it stands and what went in and came out', async () => {
    const facts = { status: 'FAILED', input: '{}', output: undefined, error: 'DeliveryFailed', cause: 'no key' };
    const { sdk, executions } = connect({ DescribeExecution: () => ({ ...facts, executionArn: 'x' }) });

    expect(await executions.find('c-1')).toEqual({ name: 'c-1', ...facts });
    expect(sdk.inputs).toEqual([{ executionArn: `${DELIVERY_MACHINE_ARN.replace(':stateMachine:', ':execution:')}:c-1` }]);
  });

  test('or there is none', async () => {
    expect(await connect({ DescribeExecution: refuse(awsError('ExecutionDoesNotExist')) }).executions.find('c-1')).toBeUndefined();
  });

  test.each([throttled(), denied()])('or nobody knows (%s), which is not the same', async (error) => {
    await expect(connect({ DescribeExecution: refuse(error) }).executions.find('c-1')).rejects.toBe(error);
  });
});

describe('what runs', () => {
  const running = (...pages: object[][]) => connect({
    ListExecutions: ({ nextToken = '0' }: { nextToken?: string }) => {
      const page = Number(nextToken);
      return { executions: pages[page], nextToken: page + 1 < pages.length ? String(page + 1) : undefined };
    },
  });
  const begun = (name: string, second: number) => ({ name, startDate: new Date(second * 1000) });

  test('is listed to the last page, the oldest first; of one moment by name', async () => {
    const { sdk, executions } = running([begun('newest', 9), begun('b', 5)], [begun('a', 5), begun('oldest', 1)]);

    expect(await executions.running()).toEqual(['oldest', 'a', 'b', 'newest']);
    expect(sdk.inputs[0]).toMatchObject({ stateMachineArn: DELIVERY_MACHINE_ARN, statusFilter: 'RUNNING', maxResults: 1000 });
    expect(sdk.sent).toHaveLength(2);
  });

  test('is nothing where nothing runs', async () => {
    expect(await running([]).executions.running()).toEqual([]);
  });

  test('is not known when Step Functions throttles', async () => {
    const error = throttled();

    await expect(connect({ ListExecutions: refuse(error) }).executions.running()).rejects.toBe(error);
  });
});

describe('what ended badly', () => {
  const at = (second: number) => new Date(second * 1000);
  const arnOf = (name: string) => `${DELIVERY_MACHINE_ARN.replace(':stateMachine:', ':execution:')}:${name}`;

  test('is listed from the newest, and never further than one page', async () => {
    const { sdk, executions } = connect({ ListExecutions: () => ({ executions: [{ name: 'b', executionArn: arnOf('b'), stopDate: at(9) }], nextToken: 'more' }) });

    expect(await executions.newest('ABORTED', 20)).toEqual([{ name: 'b', executionArn: arnOf('b'), endedAt: 9_000 }]);
    expect(sdk.inputs).toEqual([{ stateMachineArn: DELIVERY_MACHINE_ARN, statusFilter: 'ABORTED', maxResults: 20 }]);
  });

  test('is not the child of a map, whose verdict is that of its run', async () => {
    const { executions } = connect({ ListExecutions: () => ({ executions: [{ name: 'child', executionArn: arnOf('child'), stopDate: at(9), mapRunArn: 'arn:map' }] }) });

    expect(await executions.newest('FAILED', 20)).toEqual([]);
  });

  test('is not known when Step Functions throttles', async () => {
    await expect(connect({ ListExecutions: refuse(throttled()) }).executions.newest('FAILED', 20)).rejects.toThrow('Rate exceeded');
  });
});
