import { ACCOUNT, REGION, Stack, Statement, ask, asRole, setRights, template } from './probe';
import { LocalAws } from '../../local/local-aws';

jest.setTimeout(60_000);

let local: LocalAws;
// The clock moves only when a test moves it.
beforeAll(async () => {
  local = await LocalAws.start({ speed: 0 });
}, 300_000);
afterAll(() => local?.stop());

const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:probe`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/scheduler`;
const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:failures`;
const MAY_INVOKE: Statement = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: FUNCTION };
const MAY_BURY: Statement = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: QUEUE };

/** Writes down what it was given, and when it believes to be. */
const CODE = `exports.handler = async (event) => {
  console.log(JSON.stringify({ event, now: new Date().toISOString() }));
  if (event.fails) throw new Error('as told');
};`;

beforeEach(async () => {
  await local.reset();
  await local.clock({ speed: 0, at: '2027-01-01T00:00:00Z' });
  const body: any = template({});
  body.Resources.Function.Properties.Code.ZipFile = CODE;
  await new Stack(local).create(body);
  await asRole(local, [MAY_INVOKE, MAY_BURY], ACCOUNT, 'scheduler');
  await trustedBy('scheduler.amazonaws.com');
  await ask(local, 'sqs', 'AmazonSQS.CreateQueue', { QueueName: 'failures' });
});

async function trustedBy(service: string) {
  await ask(local, 'iam', 'UpdateAssumeRolePolicy', {
    RoleName: 'scheduler', PolicyDocument: JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } }] }),
  });
}

async function scheduler(method: string, name: string, body?: object): Promise<string> {
  const answer = await fetch(`${local.endpoint}/schedules/${name}`, {
    method,
    headers: { 'authorization': `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/${REGION}/scheduler/aws4_request, SignedHeaders=host, Signature=0`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  return `${answer.status} ${await answer.text()}`;
}

const target = (more: object = {}) => ({ Arn: FUNCTION, RoleArn: ROLE, Input: '{}', ...more });
const described = (expression: string, more: object = {}) => ({ ScheduleExpression: expression, FlexibleTimeWindow: { Mode: 'OFF' }, Target: target(), ...more });
async function schedule(expression: string, more: object = {}, name = 'nightly') {
  expect(await scheduler('POST', name, described(expression, more))).toMatch(/^200 /);
}

/** When it was delivered. */
async function deliveries(): Promise<string[]> {
  const calls = await local.calls({ action: 'lambda:InvokeFunction', principal: 'assumed-role/scheduler/' });
  return calls.map((call) => call.time.replace('.000Z', 'Z'));
}

/** What the function wrote down, one for each invocation. */
async function invocations(): Promise<{ event: any; now: string }[]> {
  const { events = [] } = JSON.parse(await ask(local, 'logs', 'Logs_20140328.FilterLogEvents', { logGroupName: '/aws/lambda/probe' }));
  return events.filter(({ message }: any) => message.startsWith('{')).map(({ message }: any) => JSON.parse(message));
}

async function buried(): Promise<{ body: string; attributes: Record<string, string> }[]> {
  const QueueUrl = JSON.parse(await ask(local, 'sqs', 'AmazonSQS.GetQueueUrl', { QueueName: 'failures' })).QueueUrl;
  const { Messages = [] } = JSON.parse(await ask(local, 'sqs', 'AmazonSQS.ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }));
  return Messages.map((message: any) => ({
    body: message.Body,
    attributes: Object.fromEntries(Object.entries(message.MessageAttributes).map(([name, value]: any) => [name, value.StringValue])),
  }));
}

const MINUTE = 60, HOUR = 3600, DAY = 86_400;

describe('a schedule is due', () => {
  test.each([
    ['cron(15 3 * * ? *)', 'UTC', '2027-01-01T00:00:00Z', 3 * DAY, ['2027-01-01T03:15:00Z', '2027-01-02T03:15:00Z', '2027-01-03T03:15:00Z']],
    ['cron(0 8-10/2 ? * MON,WED *)', 'UTC', '2027-01-01T00:00:00Z', 6 * DAY, ['2027-01-04T08:00:00Z', '2027-01-04T10:00:00Z', '2027-01-06T08:00:00Z', '2027-01-06T10:00:00Z']],
    ['cron(0 0 L * ? *)', 'UTC', '2028-02-01T00:00:00Z', 60 * DAY, ['2028-02-29T00:00:00Z', '2028-03-31T00:00:00Z']],
    ['cron(0/40 12 1 JUL,AUG ? 2027-2028)', 'America/New_York', '2028-07-31T00:00:00Z', 400 * DAY, ['2028-08-01T16:00:00Z', '2028-08-01T16:40:00Z']],
    // Central Europe leaves out the hour from 2 to 3 on 28 March, and has it twice on 31 October.
    ['cron(30 2 * * ? *)', 'Europe/Paris', '2027-03-26T12:00:00Z', 3 * DAY, ['2027-03-27T01:30:00Z', '2027-03-29T00:30:00Z']],
    ['cron(30 2 * * ? *)', 'Europe/Paris', '2027-10-29T12:00:00Z', 3 * DAY, ['2027-10-30T00:30:00Z', '2027-10-31T00:30:00Z', '2027-11-01T01:30:00Z']],
    ['rate(8 hours)', 'UTC', '2027-01-01T05:00:00Z', DAY, ['2027-01-01T05:00:00Z', '2027-01-01T13:00:00Z', '2027-01-01T21:00:00Z', '2027-01-02T05:00:00Z']],
    ['rate(1 days)', 'Europe/Paris', '2027-03-27T05:00:00Z', 2 * DAY, ['2027-03-27T05:00:00Z', '2027-03-28T05:00:00Z', '2027-03-29T05:00:00Z']],
    ['at(2027-07-01T12:00:00)', 'Asia/Tokyo', '2027-06-30T00:00:00Z', 5 * DAY, ['2027-07-01T03:00:00Z']],
  ])('%s in %s', async (expression, zone, from, seconds, expected) => {
    await local.clock({ at: from });
    await schedule(expression, { ScheduleExpressionTimezone: zone });
    await local.play(seconds);
    expect(await deliveries()).toEqual(expected);
  });

  test('between its start and its end only; a rate counts from the start', async () => {
    const between = { StartDate: Date.parse('2027-01-01T10:00:00Z') / 1000, EndDate: Date.parse('2027-01-01T13:00:00Z') / 1000 };
    await schedule('rate(1 hours)', between);
    await schedule('cron(30 * * * ? *)', between, 'other');
    await local.play(DAY);
    expect((await deliveries()).map((time) => time.slice(11, 16))).toEqual(['10:00', '10:30', '11:00', '11:30', '12:00', '12:30', '13:00']);
  });

  test('somewhere in its flexible window, and says when the window began', async () => {
    await schedule('cron(0 3 * * ? *)', { FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 120 }, Target: target({ Input: '{"at":"<aws.scheduler.scheduled-time>"}' }) });
    await local.play(3 * DAY);
    const late = (await invocations()).map(({ event, now }) => (Date.parse(now) - Date.parse(event.at)) / 1000);
    expect(late).toHaveLength(3);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThan(120 * MINUTE);
    expect(new Set(late).size).toBe(3);
  });

  test('not while it is disabled, and what it missed is not made up for', async () => {
    await schedule('cron(0 * * * ? *)', { State: 'DISABLED' });
    await local.play(3 * HOUR);
    await scheduler('PUT', 'nightly', described('cron(0 * * * ? *)'));
    await local.play(HOUR);
    expect(await deliveries()).toEqual(['2027-01-01T04:00:00Z']);
  });

  test('at other times when it is changed, and no more when it is deleted', async () => {
    await schedule('cron(0 6 * * ? *)');
    await scheduler('PUT', 'nightly', described('cron(0 7 * * ? *)'));
    await local.play(DAY);
    await scheduler('DELETE', 'nightly');
    await local.play(DAY);
    expect(await deliveries()).toEqual(['2027-01-01T07:00:00Z']);
  });

  test('with its new target, when only that is changed, and still at its time', async () => {
    await schedule('rate(2 hours)', { Target: target({ Input: '{"was":1}' }) });
    await local.play(HOUR);
    await scheduler('PUT', 'nightly', described('rate(2 hours)', { Target: target({ Input: '{"is":2}' }) }));
    await local.play(2 * HOUR);
    expect(await invocations()).toMatchObject([{ event: { was: 1 } }, { event: { is: 2 }, now: '2027-01-01T02:00:00.000Z' }]);
  });

  test('never again in a world that was reset', async () => {
    await schedule('rate(1 hours)');
    await local.reset();
    await local.play(DAY);
    expect(await local.calls()).toEqual([]);
  });
});

describe('a clock that jumps over days', () => {
  test('has every moment between them fired once, in order, at its time', async () => {
    await schedule('cron(0 3 * * ? *)', { Target: target({ Input: '{"at":"<aws.scheduler.scheduled-time>"}' }) });
    await schedule('cron(0 15 * * ? *)', { Target: target({ Input: '{"at":"<aws.scheduler.scheduled-time>"}' }) }, 'other');
    await local.clock({ advance: 2 * DAY });
    const expected = ['2027-01-01T03:00:00Z', '2027-01-01T15:00:00Z', '2027-01-02T03:00:00Z', '2027-01-02T15:00:00Z'];
    expect(await invocations()).toEqual(expected.map((at) => ({ event: { at }, now: at.replace('Z', '.000Z') })));
    expect(+await local.clock()).toBe(Date.parse('2027-01-03T00:00:00Z'));
  });

  test('or runs fast, too', async () => {
    await schedule('cron(0/10 * * * ? *)');
    await local.clock({ speed: 600 });
    while ((await deliveries()).length < 3) await new Promise((resolve) => setTimeout(resolve, 50));
    await local.clock({ speed: 0 });
    expect((await deliveries()).map((time) => time.slice(11, 15))).toEqual(['00:1', '00:2', '00:3']);
  });
});

describe('the target', () => {
  test('is told what it asks for', async () => {
    const names = ['schedule-arn', 'scheduled-time', 'execution-id', 'attempt-number'];
    const Input = JSON.stringify({ ...Object.fromEntries(names.map((name) => [name, `<aws.scheduler.${name}>`])), text: 'run of <aws.scheduler.scheduled-time>' });
    await schedule('cron(0 3 * * ? *)', { Target: target({ Input }) });
    await local.play(DAY);
    expect(await invocations()).toEqual([{
      now: '2027-01-01T03:00:00.000Z',
      event: {
        'schedule-arn': `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/default/nightly`,
        'scheduled-time': '2027-01-01T03:00:00Z',
        'execution-id': expect.stringMatching(/^[0-9a-f]{16}$/),
        'attempt-number': '1',
        'text': 'run of 2027-01-01T03:00:00Z',
      },
    }]);
  });

  test('that fails is invoked again by Lambda after one and two minutes, and the schedule never knows', async () => {
    await schedule('at(2027-01-01T03:00:00)', { Target: target({ Input: '{"fails":true}', DeadLetterConfig: { Arn: QUEUE } }) });
    await local.play(DAY);
    expect((await invocations()).map(({ now }) => now.slice(11, 16))).toEqual(['03:00', '03:01', '03:03']);
    expect(await deliveries()).toHaveLength(1);
    expect(await buried()).toEqual([]);
  });

  test('may get the same twice', async () => {
    await local.fault({ kind: 'twice', action: 'lambda:InvokeFunction', principal: 'scheduler', nth: 2 });
    await schedule('rate(1 hours)', { Target: target({ Input: '{"at":"<aws.scheduler.scheduled-time>"}' }) });
    await local.play(2 * HOUR);
    expect((await invocations()).map(({ event }) => event.at.slice(11, 13))).toEqual(['00', '01', '01', '02']);
  });

  test('may be a state machine', async () => {
    const stateMachineArn = JSON.parse(await ask(local, 'states', 'AWSStepFunctions.CreateStateMachine', {
      name: 'runs', roleArn: ROLE, definition: JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Succeed' } } }),
    })).stateMachineArn;
    await setRights(local, [{ Effect: 'Allow', Action: 'states:StartExecution', Resource: stateMachineArn }], ACCOUNT, 'scheduler');
    await schedule('rate(6 hours)', { Target: target({ Arn: stateMachineArn }) });
    await local.play(DAY - 1);
    const { executions } = JSON.parse(await ask(local, 'states', 'AWSStepFunctions.ListExecutions', { stateMachineArn }));
    expect(executions.map(({ status }: any) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  });
});

describe('what cannot be delivered', () => {
  const throttled = (times: number) => local.fault({ kind: 'throttle', action: 'lambda:InvokeFunction', principal: 'scheduler', times });
  const once = (RetryPolicy: object) => schedule('at(2027-01-01T03:00:00)', { Target: target({ Input: '{"n":"<aws.scheduler.attempt-number>"}', RetryPolicy, DeadLetterConfig: { Arn: QUEUE } }) });

  test('is tried again with growing pauses', async () => {
    await throttled(3);
    await once({});
    await local.play(DAY);
    expect(await deliveries()).toEqual(['2027-01-01T03:00:00Z', '2027-01-01T03:00:15Z', '2027-01-01T03:00:45Z', '2027-01-01T03:01:45Z']);
    expect(await invocations()).toMatchObject([{ event: { n: '4' } }]);
    expect(await buried()).toEqual([]);
  });

  test('goes to the dead-letter queue after as many attempts as its policy has', async () => {
    await throttled(99);
    await once({ MaximumRetryAttempts: 2 });
    await local.play(DAY);
    expect(await deliveries()).toHaveLength(3);
    expect(await buried()).toEqual([{
      body: '{"n":"3"}',
      attributes: {
        ERROR_CODE: 'TooManyRequestsException',
        ERROR_MESSAGE: 'Rate Exceeded.',
        EXECUTION_ID: expect.any(String),
        EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
        IS_PAYLOAD_TRUNCATED: 'false',
        RETRY_ATTEMPTS: '2',
        SCHEDULED_TIME: '2027-01-01T03:00:00Z',
        SCHEDULE_ARN: `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/default/nightly`,
        TARGET_ARN: 'arn:aws:scheduler:::aws-sdk:lambda:invoke',
      },
    }]);
  });

  test('goes there when it is too old', async () => {
    await throttled(99);
    await once({ MaximumEventAgeInSeconds: 60 });
    await local.play(DAY);
    expect(await buried()).toMatchObject([{ attributes: { EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds', RETRY_ATTEMPTS: '2' } }]);
  });

  test('goes there at once when no attempt could succeed: without the right to invoke', async () => {
    await setRights(local, [MAY_BURY], ACCOUNT, 'scheduler');
    await once({});
    await local.play(DAY);
    const [{ attributes }, ...more] = await buried();
    expect(more).toEqual([]);
    expect(attributes).toMatchObject({ ERROR_CODE: 'AccessDeniedException', ERROR_MESSAGE: expect.stringContaining('lambda:InvokeFunction'), RETRY_ATTEMPTS: '0' });
    expect(attributes).not.toHaveProperty('EXHAUSTED_RETRY_CONDITION');
  });

  test('goes there at once, too, when a fault takes that right away', async () => {
    await local.fault({ kind: 'deny', action: 'lambda:InvokeFunction', principal: 'scheduler', times: 99 });
    await once({});
    await local.play(DAY);
    expect(await deliveries()).toHaveLength(1);
    expect(await buried()).toMatchObject([{ attributes: { ERROR_CODE: 'AccessDeniedException' } }]);
  });

  test('goes there at once when there is no such function', async () => {
    await ask(local, 'iam', 'PutRolePolicy', { RoleName: 'scheduler', PolicyName: 'all', PolicyDocument: JSON.stringify({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }) });
    await schedule('at(2027-01-01T03:00:00)', { Target: target({ Arn: `${FUNCTION}-gone`, DeadLetterConfig: { Arn: QUEUE } }) });
    await local.play(DAY);
    expect(await buried()).toMatchObject([{ attributes: { ERROR_CODE: 'ResourceNotFoundException' } }]);
  });

  test('is lost when the role may not send to the queue', async () => {
    await setRights(local, [{ ...MAY_BURY, Resource: `${QUEUE}2` }], ACCOUNT, 'scheduler');
    await once({});
    await local.play(DAY);
    expect(await local.calls({ action: 'sqs:SendMessage' })).toMatchObject([{ role: 'scheduler', decision: 'denied' }]);
    expect(await buried()).toEqual([]);
  });
});

describe('a schedule is refused', () => {
  test.each(['cron(0 3 * * * *)', 'cron(0 3 ? * ? *)', 'cron(61 3 * * ? *)', 'cron(0 3 * * ?)', 'rate(0 hours)', 'rate(1 week)', 'at(tomorrow)', 'nightly', ''])('with the expression "%s"', async (expression) => {
    expect(await scheduler('POST', 'nightly', described(expression))).toMatch(/^400 .*ValidationException/);
  });

  test('with a time zone that does not exist', async () => {
    expect(await scheduler('POST', 'nightly', described('rate(1 hours)', { ScheduleExpressionTimezone: 'Europe/Atlantis' }))).toMatch(/^400 .*Timezone/);
  });

  test('with a role that Scheduler may not assume', async () => {
    await trustedBy('lambda.amazonaws.com');
    expect(await scheduler('POST', 'nightly', described('rate(1 hours)'))).toMatch(/^400 .*must allow AWS EventBridge Scheduler to assume the role/);
  });
});

describe('a schedule of a stack', () => {
  const stack = (more: object) => {
    const Target = { Arn: { 'Fn::GetAtt': ['Function', 'Arn'] }, RoleArn: ROLE, Input: '{"at":"<aws.scheduler.scheduled-time>"}' };
    const body: any = template({ Nightly: { Type: 'AWS::Scheduler::Schedule', Properties: { FlexibleTimeWindow: { Mode: 'OFF' }, Target, ...more } } });
    body.Resources.Function.Properties.Code.ZipFile = CODE;
    return body;
  };
  const inParis = (hour: number) => stack({ ScheduleExpression: `cron(0 ${hour} * * ? *)`, ScheduleExpressionTimezone: 'Europe/Paris' });

  test('is made, changed and deleted with it', async () => {
    const probe = new Stack(local);
    expect(await probe.update(inParis(3))).toBe('UPDATE_COMPLETE');
    await local.play(DAY);
    expect(await probe.update(inParis(4))).toBe('UPDATE_COMPLETE');
    await local.play(DAY);
    expect(await probe.delete(await probe.id())).toBe('DELETE_COMPLETE');
    await local.play(DAY);
    expect(await deliveries()).toEqual(['2027-01-01T02:00:00Z', '2027-01-02T03:00:00Z']);
  });

  test('fails it when AWS would not take it', async () => {
    const probe = new Stack(local);
    expect(await probe.update(stack({ ScheduleExpression: 'cron(0 3 * * * *)' }))).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect((await probe.reasons()).join()).toContain('Invalid Schedule Expression cron(0 3 * * * *).');
  });
});
