import { CloudFormationClient, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import {
  CreateStateMachineCommand, DeleteStateMachineCommand, DescribeExecutionCommand, GetExecutionHistoryCommand, SFNClient, StartExecutionCommand,
  StopExecutionCommand, paginateListExecutions,
} from '@aws-sdk/client-sfn';
import { ACCOUNT, REGION, Stack, Statement, ask, asRole, setRights, template, until } from './probe';
import { refusal } from './world';
import { LocalAws } from '../../local/local-aws';

jest.setTimeout(60_000);

let local: LocalAws;
let sfn: SFNClient;
// The clock moves only when a test moves it.
beforeAll(async () => {
  local = await LocalAws.start({ speed: 0 });
  sfn = new SFNClient({ ...local.client(REGION), maxAttempts: 1 });
}, 300_000);
afterAll(() => local?.stop());
beforeEach(async () => {
  await local.reset();
  await local.clock({ speed: 0 });
});

const ALLOW_ALL: Statement[] = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:told`;
const BUS = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`;

/** Tells an event bus that it was reached. */
const tell = (more: object = { End: true }) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::events:putEvents',
  ResultPath: null,
  Parameters: { Entries: [{ 'Source': 'test', 'DetailType': 'Reached', 'Detail.$': '$' }] },
  ...more,
});
const first = (state: object, ...then: object[]) => ({
  StartAt: 'S0', States: Object.fromEntries([state, ...then].map((one, i) => [`S${i}`, one])),
});

async function machine(definition: object, rights = ALLOW_ALL, name = 'watch') {
  await asRole(local, rights, ACCOUNT, `role-of-${name}`);
  const made = await sfn.send(new CreateStateMachineCommand({ name, definition: JSON.stringify(definition), roleArn: `arn:aws:iam::${ACCOUNT}:role/role-of-${name}` }));
  return made.stateMachineArn!;
}
async function start(stateMachineArn: string, input: unknown = {}, name?: string) {
  return (await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }))).executionArn!;
}
const look = (executionArn: string) => sfn.send(new DescribeExecutionCommand({ executionArn }));
const ended = (executionArn: string) => until(async () => {
  const execution = await look(executionArn);
  return execution.status !== 'RUNNING' && execution;
});
/** Runs a machine of these states to its end. */
async function run(definition: object, input: unknown = {}, rights = ALLOW_ALL) {
  return ended(await start(await machine(definition, rights), input));
}
const history = async (executionArn: string) =>
  (await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }))).events!.map((event): string => event.type!);
const in_ = (executionArn: string, type: string) => until(async () => (await history(executionArn)).includes(type));
const stop = (executionArn: string) => sfn.send(new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'the thing is gone' }));
const anHour = () => local.clock({ advance: 3600 });

const WAITS = first({ Type: 'Wait', Seconds: 3600, Next: 'S1' }, tell());

describe('the name of an execution', () => {
  test('with the same input is the same execution while it runs: a caller may have lost the answer', async () => {
    const arn = await machine(WAITS);
    const one = await start(arn, { a: 1 }, 'one');
    expect(await start(arn, { a: 1 }, 'one')).toBe(one);
    await in_(one, 'WaitStateEntered');
    await anHour();
    await ended(one);
    expect(await local.events()).toHaveLength(1);
  });

  test('is not used again with another input, nor when the execution has ended', async () => {
    const arn = await machine(WAITS);
    const one = await start(arn, { a: 1 }, 'one');
    expect(await refusal(start(arn, { a: 2 }, 'one'))).toMatch(/^ExecutionAlreadyExists/);
    await stop(one);
    expect(await refusal(start(arn, { a: 1 }, 'one'))).toMatch(/^ExecutionAlreadyExists/);
  });

  test.each([['81 characters', 'a'.repeat(81)], ['a colon', 'a:b'], ['a blank', 'a b'], ['a slash', 'a/b']])('is refused with %s', async (_what, name) => {
    expect(await refusal(start(await machine(WAITS), {}, name))).toMatch(/^InvalidName/);
  });
});

describe('an execution that is stopped', () => {
  test('ends while it waits, and never goes on', async () => {
    const one = await start(await machine(WAITS), { a: 1 });
    await in_(one, 'WaitStateEntered');

    await stop(one);

    expect(await look(one)).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'the thing is gone', input: '{"a":1}', stopDate: expect.any(Date) });
    await anHour();
    await local.clock({ speed: 1000 });
    await until(async () => +await local.clock() > +(await look(one)).stopDate! + 3_700_000);
    await local.clock({ speed: 0 });
    expect(await history(one)).toEqual(['ExecutionStarted', 'WaitStateEntered', 'ExecutionAborted']);
    expect(await local.events()).toEqual([]);
  });

  test('does not try again what had failed', async () => {
    const fails = { ...tell(), Parameters: { Entries: [{ Source: 'test', DetailType: 'Reached', Detail: 'no object' }] }, Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 600 }] };
    const one = await start(await machine(first(fails)));
    await in_(one, 'TaskFailed');
    await stop(one);
    await anHour();
    await look(one);
    expect(await local.calls({ action: 'events:PutEvents' })).toHaveLength(1);
  });

  test('does not interrupt a function that runs already, and stays ABORTED whatever the function answers', async () => {
    const body: any = template({});
    body.Resources.Function.Properties.Code.ZipFile = `exports.handler = async () => {
      await new Promise((resolve) => setTimeout(resolve, 700));
      await fetch(process.env.AWS_ENDPOINT_URL + '/_local/settings', { method: 'POST', body: '{"copyLimit": 77}' });
      throw new Error('too late');
    };`;
    await new Stack(local).create(body);
    const one = await start(await machine(first({ Type: 'Task', Resource: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:probe`, End: true })));
    await in_(one, 'TaskStarted');
    await stop(one);
    await until(async () => (await local.get('status')).settings.copyLimit === 77);
    await in_(one, 'TaskFailed');
    expect(await look(one)).toMatchObject({ status: 'ABORTED', error: 'Enough' });
  });
});

describe('a state machine that is deleted', () => {
  test('ends its executions', async () => {
    const arn = await machine(WAITS);
    const one = await start(arn);
    await in_(one, 'WaitStateEntered');
    await sfn.send(new DeleteStateMachineCommand({ stateMachineArn: arn }));
    await anHour();
    expect(await refusal(start(arn))).toMatch(/^StateMachineDoesNotExist/);
    expect(await local.events()).toEqual([]);
  });

  test('with its stack ends them too, and those of others go on', async () => {
    const other = await start(await machine(WAITS, ALLOW_ALL, 'other'));
    await in_(other, 'WaitStateEntered');
    const stack = new Stack(local);
    await stack.create({ Resources: { Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: { StateMachineName: 'watch', DefinitionString: JSON.stringify(WAITS), RoleArn: `arn:aws:iam::${ACCOUNT}:role/role-of-other` } } } });
    const one = await start(`arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:watch`);
    await in_(one, 'WaitStateEntered');

    await new CloudFormationClient(local.client(REGION)).send(new DeleteStackCommand({ StackName: stack.name }));

    expect(await ended(one)).toMatchObject({ status: 'ABORTED' });
    await anHour();
    expect(await ended(other)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await local.events()).toMatchObject([{ Resources: [other, expect.anything()] }]);
  });
});

describe('a wait', () => {
  test.each([
    ['a path', { SecondsPath: '$.wait.seconds' }],
    ['an expression', { QueryLanguage: 'JSONata', Seconds: '{% $states.input.wait.seconds * 1 %}' }],
  ])('takes its seconds from %s and ends on the emulated clock', async (_what, seconds) => {
    const one = await start(await machine(first({ Type: 'Wait', ...seconds, End: true })), { wait: { seconds: 600 } });
    await in_(one, 'WaitStateEntered');
    await local.clock({ advance: 599 });
    expect((await look(one)).status).toBe('RUNNING');
    await local.clock({ advance: 1 });
    const { startDate, stopDate, status } = await ended(one);
    expect([status, +stopDate! - +startDate!]).toEqual(['SUCCEEDED', 600_000]);
  });

  test.each([['a text', '60'], ['a fraction', 1.5], ['null', null], ['less than nothing', -1]])('fails for %s', async (_what, seconds) => {
    const { status, error } = await run(first({ Type: 'Wait', SecondsPath: '$.seconds', End: true }), { seconds });
    expect([status, error]).toEqual(['FAILED', 'States.Runtime']);
  });
});

test('a retry waits longer each time, but never longer than MaxDelaySeconds', async () => {
  const one = await start(await machine(first({
    ...tell(),
    Parameters: { Entries: [{ Source: 'test', DetailType: 'Reached', Detail: 'no object' }] },
    Retry: [{ ErrorEquals: ['EventBridge.FailedEntry'], IntervalSeconds: 100, BackoffRate: 2, MaxDelaySeconds: 250, MaxAttempts: 3 }],
    Catch: [{ ErrorEquals: ['States.ALL'], Next: 'S1' }],
  }, { Type: 'Succeed' })));
  await local.clock({ speed: 200 });
  expect(await ended(one)).toMatchObject({ status: 'SUCCEEDED' });
  await local.clock({ speed: 0 });

  const { events } = await sfn.send(new GetExecutionHistoryCommand({ executionArn: one }));
  const times = (type: string) => events!.filter((event) => event.type === type).map((event) => +event.timestamp!);
  const [failed, tried] = [times('TaskFailed'), times('TaskScheduled')];
  // In full 50 seconds: a thread has a quarter of a real one to wake up.
  expect(tried.slice(1).map((time, i) => Math.floor((time - failed[i]) / 50_000) * 50)).toEqual([100, 200, 250]);
});

test('an execution finds its own ARN, and a list of those that run comes page after page', async () => {
  const arn = await machine(first({ Type: 'Pass', Parameters: { 'id.$': '$$.Execution.Id' }, Next: 'S1' }, { Type: 'Wait', Seconds: 60, Next: 'S2' }, tell()));
  const all = [];
  for (const name of ['a', 'b', 'c']) all.push(await start(arn, {}, name));
  await stop(all[1]);
  await local.settings({ pageSize: 1 });

  const pages: string[][] = [];
  for await (const page of paginateListExecutions({ client: sfn }, { stateMachineArn: arn, statusFilter: 'RUNNING' })) {
    pages.push(page.executions!.map((execution) => execution.name!));
  }

  expect(pages.sort()).toEqual([['a'], ['c']]);
  await Promise.all([in_(all[0], 'WaitStateEntered'), in_(all[2], 'WaitStateEntered')]);
  await local.clock({ advance: 60 });
  await Promise.all(all.map(ended));
  expect((await local.events()).map((event) => event.Detail.id).sort()).toEqual([all[0], all[2]]);
});

test('a new execution is not told of for as long as it is set, but its name is taken and it can be stopped', async () => {
  const arn = await machine(WAITS);
  await local.settings({ executionVisibilitySeconds: 10 });
  const one = await start(arn, { a: 1 }, 'one');
  const listed = async () => (await paginateListExecutions({ client: sfn }, { stateMachineArn: arn }).next()).value?.executions;

  await local.clock({ advance: 9 });
  expect([await listed(), await refusal(look(one))]).toEqual([[], expect.stringMatching(/^ExecutionDoesNotExist/)]);
  expect(await refusal(start(arn, { a: 2 }, 'one'))).toMatch(/^ExecutionAlreadyExists/);
  await stop(one);
  await local.clock({ advance: 1 });
  expect(await listed()).toMatchObject([{ name: 'one', status: 'ABORTED' }]);
  expect(await look(one)).toMatchObject({ status: 'ABORTED' });
});

describe('a limit of Step Functions', () => {
  test('25,000 events in a history, and the execution fails', async () => {
    const { status, cause, executionArn } = await run({ StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } } });
    expect([status, cause]).toEqual(['FAILED', 'The execution reached the maximum number of history events (25000).']);
    const [last] = (await sfn.send(new GetExecutionHistoryCommand({ executionArn: executionArn!, reverseOrder: true, maxResults: 1 }))).events!;
    expect([last.id, last.type]).toEqual([25_000, 'ExecutionFailed']);
  });

  test('a task is five events of them', async () => {
    const { executionArn } = await run(first(tell()));
    expect(await history(executionArn!)).toEqual([
      'ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSucceeded', 'TaskStateExited', 'ExecutionSucceeded',
    ]);
  });

  // Twice the input and the frame {"a":…,"b":…} around it.
  const doubles = first({ Type: 'Pass', Parameters: { 'a.$': '$.x', 'b.$': '$.x' }, End: true });
  test.each([[131_064, 'SUCCEEDED', undefined], [131_065, 'FAILED', 'States.DataLimitExceeded']])('262,144 bytes of data between states: with twice %i characters %s', async (length, status, error) => {
    const ends = await run(doubles, { x: 'x'.repeat(length) });
    expect([ends.status, ends.error]).toEqual([status, error]);
  });

  test('more data than that is not caught by States.ALL', async () => {
    const catches = { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'S1' }] };
    const task = { ...tell(), ...catches, Parameters: { Entries: [{ Source: 'test', DetailType: 'Reached', Detail: { 'a.$': '$.x', 'b.$': '$.x' } }] } };
    expect(await run(first(task, { Type: 'Succeed' }), { x: 'x'.repeat(131_100) })).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  test('262,144 bytes of input', async () => {
    expect(await refusal(start(await machine(WAITS), 'x'.repeat(262_143)))).toMatch(/^ValidationException/);
  });
});

describe('a path that leads nowhere fails the execution', () => {
  const choice = (rule: object) => first({ Type: 'Choice', Choices: [{ ...rule, Next: 'S1' }], Default: 'S2' }, { Type: 'Pass', Result: 'yes', End: true }, { Type: 'Pass', Result: 'no', End: true });
  test.each([
    ['in Parameters', first({ Type: 'Pass', Parameters: { a: { 'b.$': '$.here.not' } }, End: true })],
    ['in InputPath', first({ Type: 'Pass', InputPath: '$.not', End: true })],
    ['in the context', first({ Type: 'Pass', Parameters: { 'a.$': '$$.Execution.Not' }, End: true })],
    ['in a function', first({ Type: 'Pass', Parameters: { 'a.$': "States.Format('{}', $.not)" }, End: true })],
    ['in a choice', choice({ Variable: '$.not', StringEquals: 'a' })],
    ['in a task, uncaught', first(tell({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'S1' }], ResultSelector: { 'a.$': '$.not' } }), { Type: 'Succeed' })],
  ])('%s', async (_where, definition) => {
    expect(await run(definition, { here: {} })).toMatchObject({ status: 'FAILED', error: 'States.Runtime', cause: expect.stringContaining('could not be found') });
  });

  test.each([['$.there', true], ['$.null', true], ['$.not', false], ['$.there.not', false], ['$$.Execution.Id', true]])('but a choice may ask whether %s is there: %s', async (Variable, is) => {
    expect((await run(choice({ Variable, IsPresent: true }), { there: 1, null: null })).output).toBe(is ? '"yes"' : '"no"');
  });
});

describe('an event of a state machine', () => {
  const put = (entry: object) => first({ ...tell(), Parameters: { Entries: [{ Source: 'test', DetailType: 'Outcome', ...entry }] } });

  test('arrives with its detail as JSON and with its execution among the resources', async () => {
    const { executionArn, stateMachineArn } = await run(put({ 'Detail.$': '$.detail', 'Resources': ['arn:of:something'] }), { detail: { status: 'SUCCEEDED', warnings: ['ü'] } });
    expect(await local.events()).toEqual([{
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      Source: 'test',
      DetailType: 'Outcome',
      Detail: { status: 'SUCCEEDED', warnings: ['ü'] },
      EventBusName: 'default',
      bus: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`,
      account: ACCOUNT,
      region: REGION,
      Resources: ['arn:of:something', executionArn, stateMachineArn],
      time: expect.stringMatching(/^\d{4}-.*Z$/),
    }]);
  });

  test('reaches the targets of rules', async () => {
    const lets = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sns:Publish', Resource: TOPIC };
    await createTopic({ 'Attributes.entry.1.key': 'Policy', 'Attributes.entry.1.value': JSON.stringify({ Version: '2012-10-17', Statement: [lets] }) });
    await ask(local, 'events', 'AWSEvents.PutRule', { Name: 'outcomes', EventPattern: JSON.stringify({ source: ['test'], detail: { status: ['FAILED'] } }) });
    await ask(local, 'events', 'AWSEvents.PutTargets', { Rule: 'outcomes', Targets: [{ Id: 't', Arn: TOPIC }] });
    await run(put({ Detail: { status: 'FAILED', message: 'LOB' } }));
    const [told] = await until(async () => (await local.notifications()).length > 0 && local.notifications());
    expect(JSON.parse(told.Message)).toMatchObject({ 'source': 'test', 'detail-type': 'Outcome', 'detail': { status: 'FAILED', message: 'LOB' } });
  });

  test.each([
    ['a detail that is no object', { Detail: '[1]' }, 'EventBridge.FailedEntry', 'MalformedDetail'],
    ['no type', { DetailType: '', Detail: {} }, 'EventBridge.FailedEntry', 'DetailType is a required argument'],
  ])('is refused with %s', async (_what, entry, error, cause) => {
    expect(await run(put(entry))).toMatchObject({ status: 'FAILED', error, cause: expect.stringContaining(cause) });
    expect(await local.events()).toEqual([]);
  });

  test('is refused when it is too big, its own resources counted', async () => {
    const ends = await run(put({ Detail: { 'x.$': '$.x' } }), { x: 'x'.repeat(262_050) });
    expect(ends).toMatchObject({ status: 'FAILED', error: 'EventBridge.EventBridgeException', cause: expect.stringContaining('over the limit') });
  });
});

const createTopic = (more: object = {}) =>
  fetch(local.endpoint, {
    method: 'POST',
    body: new URLSearchParams({ Action: 'CreateTopic', Name: 'told', ...more }).toString(),
    headers: { 'authorization': `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/${REGION}/sns/aws4_request, SignedHeaders=host, Signature=0`, 'content-type': 'application/x-www-form-urlencoded' },
  });
const publish = (Parameters: object) => first({ Type: 'Task', Resource: 'arn:aws:states:::sns:publish', Parameters: { TopicArn: TOPIC, ...Parameters }, End: true });

describe('a message to a topic', () => {
  beforeEach(() => createTopic());

  test('arrives', async () => {
    await run(publish({ 'Subject': 'an export failed', 'Message.$': "States.Format('because of {}', $.why)" }), { why: 'a LOB' });
    expect(await local.notifications()).toEqual([{ TopicArn: TOPIC, Subject: 'an export failed', Message: 'because of a LOB', account: ACCOUNT, region: REGION, time: expect.any(String) }]);
  });

  test.each([
    ['a subject of more than 100 characters', { Subject: 'x'.repeat(101), Message: 'm' }, 'SNS.InvalidParameterException'],
    ['a subject with a line break', { Subject: 'a\nb', Message: 'm' }, 'SNS.InvalidParameterException'],
    ['nothing in it', { Subject: 'a', Message: '' }, 'SNS.InvalidParameterException'],
    ['a topic that does not exist', { TopicArn: `${TOPIC}-not`, Message: 'm' }, 'SNS.NotFoundException'],
  ])('fails with %s', async (_what, parameters, error) => {
    expect(await run(publish(parameters))).toMatchObject({ status: 'FAILED', error });
    expect(await local.notifications()).toEqual([]);
  });
});

describe('the role of a state machine', () => {
  const allow = (Action: string | string[], Resource: string, Condition?: object): Statement => ({ Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) });

  test.each([
    ['a right to something else', [allow('sns:Publish', '*')], 'FAILED'],
    ['a right on another bus', [allow('events:PutEvents', `${BUS}2`)], 'FAILED'],
    ['a right for another source', [allow('events:PutEvents', BUS, { StringEquals: { 'events:source': 'else' } })], 'FAILED'],
    ['the right for this source', [allow('events:PutEvents', BUS, { StringEquals: { 'events:source': 'test' } })], 'SUCCEEDED'],
  ])('puts events with %s or not', async (_what, rights, status) => {
    expect((await run(first(tell()), {}, rights)).status).toBe(status);
    expect(await local.events()).toHaveLength(status === 'FAILED' ? 0 : 1);
    expect(await local.calls({ action: 'events:PutEvents' })).toMatchObject([{ role: 'role-of-watch', checks: [{ resource: BUS, decision: status === 'FAILED' ? 'denied' : 'allowed' }] }]);
  });

  test('needs the right to publish to the topic', async () => {
    await createTopic();
    expect(await run(publish({ Message: 'm' }), {}, [allow('sns:Publish', `${TOPIC}2`)])).toMatchObject({
      error: 'SNS.AuthorizationErrorException', cause: expect.stringContaining('assumed-role/role-of-watch/'),
    });
    await setRights(local, [allow('sns:Publish', TOPIC)], ACCOUNT, 'role-of-watch');
    expect(await ended(await start(`arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:watch`))).toMatchObject({ status: 'SUCCEEDED' });
    expect(await local.unusedRights('role-of-watch')).toMatchObject([{ resource: `${TOPIC}2` }]);
  });

  test('needs the key of an encrypted topic', async () => {
    const key = JSON.parse(await ask(local, 'kms', 'TrentService.CreateKey', {})).KeyMetadata.Arn;
    await createTopic({ 'Attributes.entry.1.key': 'KmsMasterKeyId', 'Attributes.entry.1.value': key });
    const topic = allow('sns:Publish', TOPIC);
    expect(await run(publish({ Message: 'm' }), {}, [topic])).toMatchObject({ error: 'SNS.KmsAccessDeniedException' });
    const again = () => start(`arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:watch`).then(ended);
    await setRights(local, [topic, allow(['kms:GenerateDataKey*', 'kms:Decrypt'], key)], ACCOUNT, 'role-of-watch');
    expect(await again()).toMatchObject({ status: 'SUCCEEDED' });
    await ask(local, 'kms', 'TrentService.PutKeyPolicy', { KeyId: key, PolicyName: 'default', Policy: JSON.stringify({ Statement: [] }) });
    expect(await again()).toMatchObject({ error: 'SNS.KmsAccessDeniedException' });
  });
});

test('who starts, looks at, lists and stops executions is asked for the machine or the execution', async () => {
  const arn = await machine(WAITS);
  const execution = `arn:aws:states:${REGION}:${ACCOUNT}:execution:watch:one`;
  const as = new SFNClient({ ...local.client(REGION), credentials: await asRole(local, ALLOW_ALL), maxAttempts: 1 });
  const calls: [string, string, () => Promise<unknown>][] = [
    ['StartExecution', arn, () => as.send(new StartExecutionCommand({ stateMachineArn: arn, name: 'one' }))],
    ['ListExecutions', arn, () => paginateListExecutions({ client: as }, { stateMachineArn: arn }).next()],
    ['DescribeExecution', execution, () => as.send(new DescribeExecutionCommand({ executionArn: execution }))],
    ['StopExecution', execution, () => as.send(new StopExecutionCommand({ executionArn: execution }))],
  ];
  for (const [action, resource, call] of calls) {
    await setRights(local, [{ Effect: 'Allow', Action: `states:${action}`, Resource: `${resource}2` }]);
    expect(await refusal(call())).toMatch(new RegExp(`^AccessDenied.*states:${action} on resource: ${resource}`));
    await setRights(local, [{ Effect: 'Allow', Action: `states:${action}`, Resource: resource }]);
    expect(await refusal(call())).toBe('no error');
  }
});
