import { CreateEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ACCOUNT, REGION, Stack, Statement, ask, setRights, template, until } from './probe';
import { refusal } from './world';
import { LocalAws } from '../../local/local-aws';

jest.setTimeout(60_000);

let local: LocalAws;
beforeAll(async () => {
  local = await LocalAws.start({ speed: 0 });
}, 300_000);
afterAll(() => local?.stop());

const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:work`;
const reads = (Action: string | string[] = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']): Statement =>
  ({ Effect: 'Allow', Action, Resource: QUEUE });

/** Tells what it was given, and fails as long as a message says so. */
const CODE = `exports.handler = async ({ Records }) => {
  for (const { body, attributes, eventSourceARN } of Records) {
    console.log(JSON.stringify({ body, now: new Date().toISOString(), eventSourceARN }));
    if (Number(attributes.ApproximateReceiveCount) <= Number(/fails (\\d+) times/.exec(body)?.[1] ?? 0)) throw new Error('as told');
  }
};`;

function stack(statements: Statement[], mapping: object = {}, more: { queue?: object; mapped?: boolean } = {}) {
  const body: any = template({
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'work', VisibilityTimeout: 180, ...more.queue } },
    ...(more.mapped !== false && {
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        DependsOn: statements.length ? 'Policy' : undefined,
        Properties: { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, FunctionName: { Ref: 'Function' }, BatchSize: 1, ...mapping },
      },
    }),
  }, statements);
  body.Resources.Function.Properties.Code.ZipFile = CODE;
  return body;
}

const send = async (MessageBody: string) => {
  const QueueUrl = JSON.parse(await ask(local, 'sqs', 'AmazonSQS.GetQueueUrl', { QueueName: 'work' })).QueueUrl;
  await ask(local, 'sqs', 'AmazonSQS.SendMessage', { QueueUrl, MessageBody });
};
const left = async () => {
  const QueueUrl = JSON.parse(await ask(local, 'sqs', 'AmazonSQS.GetQueueUrl', { QueueName: 'work' })).QueueUrl;
  const { Attributes } = JSON.parse(await ask(local, 'sqs', 'AmazonSQS.GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] }));
  return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
};
async function given(): Promise<{ body: string; now: string; eventSourceARN: string }[]> {
  const logged = await ask(local, 'logs', 'Logs_20140328.FilterLogEvents', { logGroupName: '/aws/lambda/probe' }).catch(() => '{}');
  return (JSON.parse(logged).events ?? []).filter(({ message }: any) => message.startsWith('{')).map(({ message }: any) => JSON.parse(message));
}
const decisions = async () => (await local.calls({ action: 'sqs:ReceiveMessage', principal: 'assumed-role' })).map((call) => call.decision);

let probe: Stack;
beforeEach(async () => {
  await local.reset();
  await local.clock({ speed: 0, at: '2027-01-01T00:00:00Z' });
  probe = new Stack(local);
});

test('a function is given what arrives in its queue, with its own rights, and what it handled is gone', async () => {
  expect(await probe.create(stack([reads()]))).toBe('CREATE_COMPLETE');
  await local.clearCalls();
  await send('one');
  await local.play(0);
  expect(await given()).toEqual([{ body: 'one', now: '2027-01-01T00:00:00.000Z', eventSourceARN: QUEUE }]);
  expect(await left()).toBe(0);
  const [call] = await local.calls({ action: 'sqs:ReceiveMessage' });
  expect(call.checks.map(({ action, resource, decision }) => `${decision} ${action} ${resource}`)).toEqual([
    `allowed sqs:ReceiveMessage ${QUEUE}`, `allowed sqs:DeleteMessage ${QUEUE}`, `allowed sqs:GetQueueAttributes ${QUEUE}`,
  ]);
  expect(await local.unusedRights()).toEqual([]);
});

test('what it could not handle is given to it again when the message is no longer hidden', async () => {
  await probe.create(stack([reads()]));
  await send('fails 2 times');
  await local.play(1000);
  expect((await given()).map(({ now }) => now.slice(11, 19))).toEqual(['00:00:00', '00:03:00', '00:06:00']);
  expect(await left()).toBe(0);
});

test.each([
  ['ReceiveMessage', ['sqs:DeleteMessage', 'sqs:GetQueueAttributes']],
  ['DeleteMessage', ['sqs:ReceiveMessage', 'sqs:GetQueueAttributes']],
  ['GetQueueAttributes', ['sqs:ReceiveMessage', 'sqs:DeleteMessage']],
])('a mapping cannot be made for a function that lacks the right to %s', async (missing, allowed) => {
  const words = `The provided execution role does not have permissions to call ${missing} on SQS`;
  expect(await probe.create(stack([reads(allowed)]))).toBe('ROLLBACK_COMPLETE');
  expect((await probe.reasons()).join()).toContain(words);
});

test('a mapping cannot be made for a function that works longer than a message is hidden', async () => {
  expect(await probe.create(stack([reads()], {}, { queue: { VisibilityTimeout: 29 } }))).toBe('ROLLBACK_COMPLETE');
  expect((await probe.reasons()).join()).toContain('Queue visibility timeout: 29 seconds is less than Function timeout: 30 seconds');
});

test('nor by whoever asks Lambda for it', async () => {
  await probe.create(stack([reads('sqs:ReceiveMessage')], {}, { mapped: false }));
  const lambda = new LambdaClient({ ...local.client(REGION), maxAttempts: 1 });
  expect(await refusal(lambda.send(new CreateEventSourceMappingCommand({ EventSourceArn: QUEUE, FunctionName: 'probe' })))).toMatch(/^InvalidParameterValueException: .* DeleteMessage/);
});

test('without its rights it is given nothing, until it has them again', async () => {
  await probe.create(stack([reads()]));
  const role = (await probe.resource('Role')).StackResourceDetail!.PhysicalResourceId!;
  await setRights(local, [reads('sqs:ListQueues')], ACCOUNT, role);
  await send('one');
  await until(async () => (await decisions()).includes('denied'));
  await local.play(3600); // does not wait for what nobody may read
  expect(await given()).toEqual([]);
  await setRights(local, [reads()], ACCOUNT, role);
  await until(async () => (await given()).length);
  expect(await left()).toBe(0);
});

test('a message that nobody fetched for its retention is gone, on the emulated clock', async () => {
  await probe.create(stack([], {}, { mapped: false, queue: { MessageRetentionPeriod: 3600 } }));
  await send('one');
  await local.clock({ advance: 3599 });
  expect(await left()).toBe(1);
  await local.clock({ advance: 2 });
  expect(await left()).toBe(0);
});
