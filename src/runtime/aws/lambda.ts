import { AwsRestJsonProtocol } from '@aws-sdk/core/protocols';
import { ClientConfig, SmallClient, command } from './small-client';

const NAMESPACE = 'com.amazonaws.lambda';

/** As the models of the SDK write them down: what a member is, and where in the request. */
const STRING = 0;
const INTEGER = 1;
const BLOB = 21;
const IN_PATH = 1;
const AS_BODY = 16;
const AS_STATUS = 32;

export interface Invocation {
  readonly FunctionName: string;
  readonly Payload: string;
}

export interface InvocationAnswer {
  readonly StatusCode?: number;
  readonly FunctionError?: string;
  readonly Payload?: Uint8Array;
}

export class LambdaClient extends SmallClient {
  constructor(config?: ClientConfig) {
    super({ id: 'Lambda', name: 'lambda', namespace: NAMESPACE, protocol: AwsRestJsonProtocol }, config);
  }
}

/** @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export class InvokeCommand extends command<Invocation, InvocationAnswer>([
  9, NAMESPACE, 'Invoke', { http: ['POST', '/2015-03-31/functions/{FunctionName}/invocations', 200] },
  [3, NAMESPACE, 'InvocationRequest', 0, ['FunctionName', 'Payload'], [[STRING, IN_PATH], [BLOB, AS_BODY]]],
  [3, NAMESPACE, 'InvocationResponse', 0, ['StatusCode', 'FunctionError', 'Payload'], [
    [INTEGER, AS_STATUS], [STRING, { httpHeader: 'X-Amz-Function-Error' }], [BLOB, AS_BODY],
  ]],
]) {}
