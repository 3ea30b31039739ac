import { InvokeCommand, LambdaClient } from '../../aws/lambda';

/** Calls another function of the provider and waits for its answer; its failure is thrown here, in its own words. */
export async function invokeJson<Answer>(lambda: LambdaClient, functionName: string, payload: object): Promise<Answer> {
  const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(payload) }));
  const text = Payload ? Buffer.from(Payload).toString('utf8') : '';
  if (FunctionError) {
    throw new Error(`function ${functionName} ended with ${FunctionError}: ${text}`);
  }
  return JSON.parse(text) as Answer;
}
