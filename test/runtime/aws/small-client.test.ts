import * as sdkCloudFormation from '@aws-sdk/client-cloudformation';
import * as sdkLambda from '@aws-sdk/client-lambda';
import * as sdkSsm from '@aws-sdk/client-ssm';
import { HttpRequest, HttpResponse } from '@smithy/core/protocols';
import * as cloudFormation from '../../../src/runtime/aws/cloudformation';
import * as lambda from '../../../src/runtime/aws/lambda';
import * as parameterStore from '../../../src/runtime/aws/parameter-store';
import { ClientConfig } from '../../../src/runtime/aws/small-client';
import { faultKind, isFromAws, wordsOf } from '../../../src/runtime/rds/errors';

/** What AWS answers, over the wire. */
interface Wire {
  readonly statusCode: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const FINE: Wire = { statusCode: 200, body: '{}' };

type Sender = { send(command: never): Promise<unknown> };
type ClientClass = new (config: ClientConfig) => Sender;
type CommandClass = new (input: never) => object;

interface Call {
  readonly name: string;
  readonly ours: [ClientClass, CommandClass];
  readonly ofTheSdk: [ClientClass, CommandClass];
  readonly input: object;
}

type Module = Record<string, unknown>;

function call(ours: object, sdk: object, command: string, input: object): Call {
  const classesIn = (module: Module): [ClientClass, CommandClass] => {
    const client = Object.keys(module).find((name) => /^\w+Client$/.test(name) && !/^(__|Small)/.test(name))!;
    return [module[client] as ClientClass, module[`${command}Command`] as CommandClass];
  };
  return { name: command, ours: classesIn({ ...ours }), ofTheSdk: classesIn({ ...sdk }), input };
}

const INVOKE = call(lambda, sdkLambda, 'Invoke', { FunctionName: 'arn:aws:lambda:eu-west-1:111111111111:function:Shop-Start', Payload: '{"name":"Łódź"}' });
const GET = call(parameterStore, sdkSsm, 'GetParameter', { Name: '/cdk-aurora-backup/shop/Point/first' });
const STACK = 'arn:aws:cloudformation:eu-west-1:111111111111:stack/Shop/1a2b';
const STACKS = call(cloudFormation, sdkCloudFormation, 'DescribeStacks', { StackName: STACK });
const RESOURCE = call(cloudFormation, sdkCloudFormation, 'DescribeStackResource', { StackName: STACK, LogicalResourceId: 'Snapshot' });
const CALLS = [
  STACKS,
  RESOURCE,
  INVOKE,
  GET,
  call(parameterStore, sdkSsm, 'PutParameter', { Name: '/cdk-aurora-backup/shop/Point/first', Value: '{"name":"Łódź"}', Description: 'a record', Type: 'String' }),
  call(parameterStore, sdkSsm, 'GetParametersByPath', { Path: '/cdk-aurora-backup/shop/Point', Recursive: true, NextToken: undefined }),
  call(parameterStore, sdkSsm, 'DeleteParameters', { Names: ['/cdk-aurora-backup/shop/Point/first', '/cdk-aurora-backup/shop/Point/second'] }),
];

/** They differ from one request to the next, or tell the version of the client. */
const OF_ONE_REQUEST = ['amz-sdk-invocation-id', 'user-agent', 'x-amz-user-agent'];

/** What a client sends, and what it makes of the answer. */
async function outcome([Client, Command]: [ClientClass, CommandClass], input: object, config: ClientConfig = {}, answer: Wire = FINE) {
  const requests: object[] = [];
  const handle = async ({ protocol, hostname, port, path, query, method, headers, body }: HttpRequest) => {
    const { authorization, ...others } = Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_ONE_REQUEST.includes(name)));
    // The signature is another one each time; whose it is, for what and of which headers must be the same.
    const signed = authorization.split(', Signature=')[0];
    requests.push({ protocol, hostname, port, path, query, method, headers: others, signed, body: typeof body === 'string' ? body : new TextDecoder().decode(body) });
    return { response: new HttpResponse({ ...answer, body: Buffer.from(answer.body ?? '') }) };
  };
  const client = new Client({
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' },
    maxAttempts: 1,
    ...config,
    requestHandler: { handle, metadata: { handlerProtocol: 'http/1.1' } } as never,
  });
  const said = await client.send(new Command(input as never) as never).then(
    (output) => ({ output }),
    (error) => ({
      name: error.name, message: error.message, metadata: error.$metadata, kind: faultKind(error), fromAws: isFromAws(error), words: wordsOf(error),
    }),
  );
  return { requests, said };
}

async function bothOutcomes({ ours, ofTheSdk, input }: Call, config?: ClientConfig, answer?: Wire) {
  return { ours: await outcome(ours, input, config, answer), ofTheSdk: await outcome(ofTheSdk, input, config, answer) };
}

beforeEach(() => {
  jest.useFakeTimers({ now: new Date('2026-11-23T12:00:00Z'), doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout', 'queueMicrotask'] });
});

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

describe.each(CALLS)('$name is sent as the client of the SDK would', (theCall) => {
  test.each(['eu-west-1', 'us-gov-west-1', 'cn-north-1', 'us-iso-east-1', 'eusc-de-east-1'])('in %s', async (region) => {
    const { ours, ofTheSdk } = await bothOutcomes(theCall, { region });

    expect(ours.requests).toHaveLength(1);
    expect(ours.requests).toEqual(ofTheSdk.requests);
  });

  test.each([
    ['AWS_ENDPOINT_URL', 'http://localhost:4566'],
    ['AWS_ENDPOINT_URL_LAMBDA', 'https://lambda.example.com/behind'],
    ['AWS_ENDPOINT_URL_SSM', 'https://ssm.example.com/behind'],
    ['AWS_ENDPOINT_URL_CLOUDFORMATION', 'https://cloudformation.example.com/behind'],
  ])('to the endpoint of %s', async (variable, url) => {
    jest.replaceProperty(process, 'env', { ...process.env, [variable]: url });
    const { ours, ofTheSdk } = await bothOutcomes(theCall, { region: 'eu-west-1' });

    expect(ours.requests).toHaveLength(1);
    expect(ours.requests).toEqual(ofTheSdk.requests);
  });
});

describe('special endpoints are those of the SDK', () => {
  const REGIONS = ['eu-west-1', 'us-east-1', 'us-gov-west-1', 'cn-north-1', 'us-iso-east-1', 'us-isob-east-1', 'eusc-de-east-1'];
  const KINDS = [{ useFipsEndpoint: true }, { useDualstackEndpoint: true }, { useFipsEndpoint: true, useDualstackEndpoint: true }];

  test.each(REGIONS.flatMap((region) => KINDS.map((kind) => ({ region, ...kind }))))('%p', async (config) => {
    for (const theCall of [INVOKE, GET, STACKS]) {
      const { ours, ofTheSdk } = await bothOutcomes(theCall, config);

      expect(ours.requests).toEqual(ofTheSdk.requests);
    }
  });
});

describe('an answer is read as the client of the SDK would', () => {
  const type = (name: string) => ({ 'x-amzn-errortype': name, 'x-amzn-requestid': 'request-1' });
  const ANSWERS: Record<string, Wire> = {
    'fine': { statusCode: 200, headers: { 'x-amzn-requestid': 'request-1', 'x-amz-function-error': 'Unhandled' }, body: '{}' },
    'nothing': { statusCode: 200, body: '' },
    'throttled by Lambda': { statusCode: 429, headers: type('TooManyRequestsException'), body: '{"Reason":"CallerRateLimitExceeded","message":"Rate exceeded."}' },
    'throttled, the type with an address': { statusCode: 429, headers: type('TooManyRequestsException:http://internal.amazon.com/'), body: '{"Message":"Rate exceeded"}' },
    'throttled by Parameter Store': { statusCode: 400, headers: type('ThrottlingException'), body: '{"__type":"ThrottlingException","message":"Rate exceeded"}' },
    'denied': { statusCode: 403, headers: type('AccessDeniedException'), body: '{"__type":"AccessDeniedException","Message":"User is not authorized to perform: ssm:PutParameter"}' },
    'a function that is not there': { statusCode: 404, headers: type('ResourceNotFoundException'), body: '{"Type":"User","Message":"Function not found: Shop-Start"}' },
    'an error of the service': { statusCode: 500, headers: type('ServiceException'), body: '{"Type":"Service","message":"It is us"}' },
    'no service at all': { statusCode: 503, body: '' },
    'a parameter that is not there': { statusCode: 400, headers: { 'x-amzn-requestid': 'request-1' }, body: '{"__type":"ParameterNotFound"}' },
    'a type with its namespace': { statusCode: 400, body: '{"__type":"com.amazonaws.ssm#ParameterAlreadyExists","message":"The parameter already exists."}' },
    'an error of tomorrow': { statusCode: 400, headers: type('SomethingNew'), body: '{"__type":"SomethingNew","message":"What is this?"}' },
  };

  test.each(Object.entries(ANSWERS))('%s', async (_, answer) => {
    for (const theCall of CALLS.filter((candidate) => ![STACKS, RESOURCE].includes(candidate))) {
      const { ours, ofTheSdk } = await bothOutcomes(theCall, { region: 'eu-west-1' }, answer);

      expect(ours.said).toEqual(ofTheSdk.said);
    }
  });

  const xmlError = (code: string, message: string) => (
    `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`
    + '<RequestId>request-1</RequestId></ErrorResponse>'
  );
  const ANSWERS_OF_CLOUDFORMATION: Record<string, Wire> = {
    'nothing of the stack': { statusCode: 200, body: '<DescribeStacksResponse><DescribeStacksResult><Stacks/></DescribeStacksResult></DescribeStacksResponse>' },
    'throttled': { statusCode: 400, body: xmlError('Throttling', 'Rate exceeded') },
    'denied': { statusCode: 403, body: xmlError('AccessDenied', 'User is not authorized to perform: cloudformation:DescribeStacks') },
    'a stack that is not there': { statusCode: 400, body: xmlError('ValidationError', 'Stack with id Shop does not exist') },
    'an error that the SDK knows': { statusCode: 404, body: xmlError('StackInstanceNotFoundException', 'none') },
    'an error of the service': { statusCode: 500, body: xmlError('InternalFailure', 'It is us') },
    'no service at all': { statusCode: 503, body: '' },
  };

  test.each(Object.entries(ANSWERS_OF_CLOUDFORMATION))('of CloudFormation: %s', async (_, answer) => {
    for (const theCall of [STACKS, RESOURCE]) {
      const { ours, ofTheSdk } = await bothOutcomes(theCall, { region: 'eu-west-1' }, answer);

      expect(ours.said).toEqual(ofTheSdk.said);
    }
  });

  test('of a stack and of a resource we read what we ask for, as the client of the SDK does', async () => {
    const wanted = '<StackStatus>UPDATE_IN_PROGRESS</StackStatus><ParentId>parent</ParentId>';
    const stacks = `<Stacks><member>${wanted}</member><member>${wanted}</member></Stacks>`;
    const resource = '<StackResourceDetail><ResourceStatus>CREATE_COMPLETE</ResourceStatus><PhysicalResourceId>a &amp; b</PhysicalResourceId>'
      + '<LastUpdatedTimestamp>2026-11-23T12:00:00.123Z</LastUpdatedTimestamp></StackResourceDetail>';

    for (const [theCall, body] of [[STACKS, stacks], [RESOURCE, resource]] as const) {
      const result = `<${theCall.name}Response><${theCall.name}Result>${body}</${theCall.name}Result></${theCall.name}Response>`;
      const { ours, ofTheSdk } = await bothOutcomes(theCall, { region: 'eu-west-1' }, { statusCode: 200, body: result });

      expect(JSON.stringify(ours.said)).toMatch(/UPDATE_IN_PROGRESS.*UPDATE_IN_PROGRESS|a & b.*2026-11-23T12:00:00.123Z/);
      expect(ours.said).toEqual(ofTheSdk.said);
    }
  });

  test('and what they hold beside is passed over', async () => {
    const body = '<DescribeStacksResponse><DescribeStacksResult><Stacks><member><Tags><member><Key>team</Key></member></Tags><StackStatus>CREATE_COMPLETE</StackStatus>'
      + '</member></Stacks></DescribeStacksResult></DescribeStacksResponse>';
    const { said } = await outcome(STACKS.ours, STACKS.input, { region: 'eu-west-1' }, { statusCode: 200, body });

    expect(said).toMatchObject({ output: { Stacks: [{ StackStatus: 'CREATE_COMPLETE' }] } });
  });

  test('what a function says comes back as it was said', async () => {
    const answer = { statusCode: 200, headers: { 'x-amz-function-error': 'Unhandled' }, body: '{"errorMessage":"Łódź"}' };
    const { ours, ofTheSdk } = await bothOutcomes(INVOKE, { region: 'eu-west-1' }, answer);

    expect(ours.said).toMatchObject({ output: { FunctionError: 'Unhandled', Payload: expect.anything() } });
    expect(ours.said).toEqual(ofTheSdk.said);
  });

  test('a record comes back as it was written', async () => {
    const body = JSON.stringify({ Parameter: { Name: '/a', Value: '{"name":"Łódź"}', LastModifiedDate: 1.5e9 } });
    const { said } = await outcome(GET.ours, GET.input, { region: 'eu-west-1' }, { statusCode: 200, body });

    expect(said).toMatchObject({ output: { Parameter: { Name: '/a', Value: '{"name":"Łódź"}' } } });
  });

  test.each([1, 3])('what may pass is tried as often as is said (%d)', async (maxAttempts) => {
    const { requests } = await outcome(GET.ours, GET.input, { region: 'eu-west-1', maxAttempts }, ANSWERS['throttled by Parameter Store']);

    expect(requests).toHaveLength(maxAttempts);
  });
});

test('Lambda finds out about functions that call one another for ever by a header that goes along', async () => {
  jest.replaceProperty(process, 'env', { ...process.env, AWS_LAMBDA_FUNCTION_NAME: 'Shop-Look', _X_AMZN_TRACE_ID: 'Root=1-2-3' });
  const { ours, ofTheSdk } = await bothOutcomes(INVOKE, { region: 'eu-west-1' });

  expect(ours.requests).toEqual([expect.objectContaining({ headers: expect.objectContaining({ 'X-Amzn-Trace-Id': 'Root=1-2-3' }) })]);
  expect(ours.requests).toEqual(ofTheSdk.requests);
});
