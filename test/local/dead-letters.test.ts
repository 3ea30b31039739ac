import { ACCOUNT, REGION, Stack, Statement, ask, template } from './probe';
import { LocalAws } from '../../local/local-aws';

jest.setTimeout(60_000);

let local: LocalAws;
beforeAll(async () => {
  local = await LocalAws.start({ speed: 0 });
}, 300_000);
afterAll(() => local?.stop());

const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:failures`;
const MAY_BURY: Statement = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: QUEUE };
const EVENT = { task: 'anything', text: 'as it came' };

let stack: Stack;
beforeEach(async () => {
  await local.reset();
  await local.clock({ speed: 0, at: '2027-01-01T00:00:00Z' });
  await ask(local, 'sqs', 'AmazonSQS.CreateQueue', { QueueName: 'failures' });
  stack = new Stack(local);
});

function failing(statements: Statement[], more: object = { DeadLetterConfig: { TargetArn: QUEUE } }): object {
  const body: any = template({}, statements);
  // The policy comes before the function, whose dead-letter queue is refused otherwise.
  Object.assign(body.Resources.Function, statements.length > 0 ? { DependsOn: 'Policy' } : {});
  Object.assign(body.Resources.Function.Properties, more, { Code: { ZipFile: 'exports.handler = async () => { throw new Error(\'as told\'); };' } });
  return body;
}

async function invokeLater() {
  await fetch(`${local.endpoint}/2015-03-31/functions/probe/invocations`, {
    method: 'POST',
    headers: {
      'authorization': `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/${REGION}/lambda/aws4_request, SignedHeaders=host, Signature=0`,
      'x-amz-invocation-type': 'Event',
    },
    body: JSON.stringify(EVENT),
  });
  await local.play(600);
}

async function buried() {
  const QueueUrl = JSON.parse(await ask(local, 'sqs', 'AmazonSQS.GetQueueUrl', { QueueName: 'failures' })).QueueUrl;
  const { Messages = [] } = JSON.parse(await ask(local, 'sqs', 'AmazonSQS.ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }));
  return Messages.map(({ Body, MessageAttributes: { ErrorMessage, ErrorCode } }: any) => (
    { event: JSON.parse(Body), error: ErrorMessage.StringValue, code: ErrorCode.StringValue }));
}

test('the event of a function that failed three times is in its dead-letter queue as it came, sent with the rights of the function', async () => {
  expect(await stack.create(failing([MAY_BURY]))).toBe('CREATE_COMPLETE');
  await invokeLater();
  expect(await buried()).toEqual([{ event: EVENT, error: 'as told', code: '200' }]);
  expect((await local.calls({ action: 'sqs:SendMessage', principal: 'assumed-role' })).at(-1)).toMatchObject({ decision: 'allowed', time: '2027-01-01T00:03:00.000Z' });
});

test('without the right it is lost', async () => {
  await stack.create(failing([MAY_BURY]));
  const [{ role }] = await local.calls({ action: 'sqs:SendMessage' });
  await ask(local, 'iam', 'DeleteRolePolicy', { RoleName: role!, PolicyName: 'rights' });
  await invokeLater();
  expect(await buried()).toEqual([]);
});

test('a function that may not send to its queue is not made', async () => {
  expect(await stack.create(failing([]))).toBe('ROLLBACK_COMPLETE');
});

test('a function has the queue that its stack says last', async () => {
  await stack.create(failing([MAY_BURY]));
  await stack.update(failing([MAY_BURY], {}));
  await invokeLater();
  expect(await buried()).toEqual([]);
});
