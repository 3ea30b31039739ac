import { SFNClient } from '@aws-sdk/client-sfn';
import { Executions } from '../../../../src/runtime/doors/plan/executions';
import { awsError, denied, throttled } from '../../../support/errors';
import { DELIVERY_MACHINE_ARN } from '../../../support/plan-events';
import { Answer, SdkStub, refuse } from '../../../support/sdk-client';

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
