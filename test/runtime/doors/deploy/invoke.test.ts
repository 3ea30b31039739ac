import { LambdaClient } from '../../../../src/runtime/aws/lambda';
import { invokeJson } from '../../../../src/runtime/doors/deploy/invoke';
import { SdkStub } from '../../../support/sdk-client';

function invoke(answer: object) {
  const sdk = new SdkStub({ Invoke: () => answer });
  return { sdk, result: invokeJson(sdk.connect(new LambdaClient()), 'Orders-Start', { RequestType: 'Create' }) };
}

test('a function is called by its name and waited for', async () => {
  const { sdk, result } = invoke({ Payload: Buffer.from('{"removals":[]}') });

  expect(await result).toEqual({ removals: [] });
  expect(sdk.inputs).toEqual([{ FunctionName: 'Orders-Start', Payload: '{"RequestType":"Create"}' }]);
});

test('a function that dies is told by its name and in its own words', async () => {
  const { result } = invoke({ FunctionError: 'Unhandled', Payload: Buffer.from('{"errorMessage":"Task timed out after 120.00 seconds"}') });

  await expect(result).rejects.toThrow(/Orders-Start ended with Unhandled: .*Task timed out after 120/);
});

test('a function that answers nothing is an error', async () => {
  await expect(invoke({}).result).rejects.toThrow();
});
