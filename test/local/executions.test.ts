import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { ALLOW_ALL, Machines, chain } from './machines';
import { ACCOUNT, REGION, Stack, ask, template } from './probe';
import { LocalAws } from '../../local/local-aws';

jest.setTimeout(60_000);

let local: LocalAws;
let machines: Machines;
beforeAll(async () => {
  local = await LocalAws.start({ speed: 0 });
  machines = new Machines(local);
}, 300_000);
afterAll(() => local?.stop());
beforeEach(async () => {
  await local.reset();
  await local.clock({ speed: 0, at: '2027-01-01T00:00:00Z' });
});

const HOUR = 3600;
const wait = (Seconds: number) => ({ Type: 'Wait', Seconds });
const tell = { Type: 'Task', Resource: 'arn:aws:states:::events:putEvents', Parameters: { Entries: [{ Source: 'test', DetailType: 'Reached', Detail: {} }] } };

describe('an execution with a time limit', () => {
  test.each([['is passed', { Seconds: 2 * HOUR }], ['falls into a pause before another attempt', { fails: true }]])('that %s is TIMED_OUT at that moment, and never goes on', async (_what, { Seconds, fails }: any) => {
    const failing = { ...tell, Parameters: { Entries: [{ Source: 'test', DetailType: 'no detail' }] }, Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 2 * HOUR }] };
    const one = await machines.start(await machines.make({ TimeoutSeconds: HOUR, ...chain(fails ? failing : wait(Seconds), tell) }));
    await local.play(5 * HOUR);
    const ended = await machines.look(one);
    expect(ended).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' });
    expect(ended.stopDate).toEqual(new Date('2027-01-01T01:00:00Z'));
    expect((await machines.history(one)).at(-1)).toBe('ExecutionTimedOut');
    expect(await local.events()).toEqual([]);
  });

  test('is TIMED_OUT at that moment, too, when the clock jumps over it', async () => {
    const one = await machines.start(await machines.make({ TimeoutSeconds: HOUR, ...chain(wait(2 * HOUR), tell) }));
    await local.play(0);
    await local.clock({ advance: 5 * HOUR });
    expect((await machines.look(one)).stopDate).toEqual(new Date('2027-01-01T01:00:00Z'));
  });

  test('that is kept ends as it would without', async () => {
    const one = await machines.start(await machines.make({ TimeoutSeconds: HOUR, ...chain(wait(HOUR - 1)) }));
    await local.play(2 * HOUR);
    expect((await machines.look(one)).status).toBe('SUCCEEDED');
  });
});

describe('a rule hears of executions', () => {
  const CODE = 'exports.handler = async (event) => { console.log(JSON.stringify(event)); };';

  /** A rule for one machine, a function as its target, and what allows the rule to invoke it. */
  async function listen(permission: object | null = { SourceArn: { 'Fn::GetAtt': ['Rule', 'Arn'] } }, machine: string = 'runs') {
    const body: any = template({
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventPattern: {
            'source': ['aws.states'],
            'detail-type': ['Step Functions Execution Status Change'],
            'detail': { stateMachineArn: [`arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${machine}`] },
          },
          Targets: [{ Id: 'probe', Arn: { 'Fn::GetAtt': ['Function', 'Arn'] } }],
        },
      },
      ...(permission && {
        Permission: { Type: 'AWS::Lambda::Permission', Properties: { Action: 'lambda:InvokeFunction', FunctionName: { Ref: 'Function' }, Principal: 'events.amazonaws.com', ...permission } },
      }),
    });
    body.Resources.Function.Properties.Code.ZipFile = CODE;
    expect(await new Stack(local).create(body)).toBe('CREATE_COMPLETE');
  }
  async function heard(): Promise<any[]> {
    const logged = await ask(local, 'logs', 'Logs_20140328.FilterLogEvents', { logGroupName: '/aws/lambda/probe' }).catch(() => '{}');
    const events = (JSON.parse(logged).events ?? []).filter(({ message }: any) => message.startsWith('{')).map(({ message }: any) => JSON.parse(message));
    return events.sort((a: any, b: any) => (a.detail.stopDate ?? 0) - (b.detail.stopDate ?? 0));
  }

  test('that succeed', async () => {
    await listen();
    const one = await machines.start(await machines.make(chain(wait(60), { Type: 'Pass', Result: 'done' })), { a: 1 }, 'one');
    await local.play(HOUR);
    const [began, ended, ...more] = await heard();
    expect(more).toEqual([]);
    const both = { executionArn: one, stateMachineArn: one.replace(':execution:', ':stateMachine:').replace(/:one$/, ''), name: 'one', startDate: Date.parse('2027-01-01T00:00:00Z'), input: '{"a":1}' };
    expect(began).toMatchObject({ 'source': 'aws.states', 'detail-type': 'Step Functions Execution Status Change', 'region': REGION, 'account': ACCOUNT, 'resources': [one], 'time': '2027-01-01T00:00:00Z' });
    expect(began.detail).toMatchObject({ ...both, status: 'RUNNING', stopDate: null, output: null, error: null });
    expect(ended.detail).toMatchObject({ ...both, status: 'SUCCEEDED', stopDate: Date.parse('2027-01-01T00:01:00Z'), output: '"done"', redriveStatus: 'NOT_REDRIVABLE' });
  });

  test.each([
    ['fail', chain({ Type: 'Fail', Error: 'RunFailed', Cause: 'two clusters' }), { status: 'FAILED', error: 'RunFailed', cause: 'two clusters', output: null }],
    ['take too long', { TimeoutSeconds: 60, ...chain(wait(HOUR)) }, { status: 'TIMED_OUT', error: 'States.Timeout', stopDate: Date.parse('2027-01-01T00:01:00Z') }],
  ])('that %s', async (_what, definition, detail) => {
    await listen();
    await machines.start(await machines.make(definition));
    await local.play(HOUR);
    expect((await heard()).at(-1).detail).toMatchObject({ ...detail, redriveStatus: 'REDRIVABLE' });
  });

  test('that somebody aborts', async () => {
    await listen();
    const executionArn = await machines.start(await machines.make(chain(wait(HOUR))));
    await local.play(60);
    await machines.sfn.send(new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'of it' }));
    await local.play(0);
    expect((await heard()).at(-1).detail).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'of it', stopDate: Date.parse('2027-01-01T00:01:00Z') });
  });

  test('without what is too big for an event', async () => {
    await listen();
    await machines.start(await machines.make(chain({ Type: 'Pass' })), 'x'.repeat(130_000));
    await local.play(0);
    expect((await heard()).at(-1).detail).toMatchObject({ status: 'SUCCEEDED', input: null, inputDetails: { included: false }, outputDetails: { included: true } });
  });

  test('of other machines not', async () => {
    await listen();
    await machines.start(await machines.make(chain({ Type: 'Pass' }), ALLOW_ALL, 'other'));
    await local.play(0);
    expect(await heard()).toEqual([]);
  });

  test.each([
    ['no permission', null],
    ['a permission for another rule', { SourceArn: `arn:aws:events:${REGION}:${ACCOUNT}:rule/other` }],
    ['a permission for another service', { Principal: 's3.amazonaws.com', SourceArn: { 'Fn::GetAtt': ['Rule', 'Arn'] } }],
  ])('but with %s its function is never told', async (_what, permission) => {
    await listen(permission);
    await machines.start(await machines.make(chain({ Type: 'Pass' })));
    await local.play(0);
    expect(await heard()).toEqual([]);
    const calls = await local.calls({ action: 'lambda:InvokeFunction', principal: 'events.amazonaws.com' });
    expect(calls.map(({ decision }) => decision)).toEqual(['denied', 'denied']);
  });
});
