import { execFile } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { HERE, World } from './world';
import { LocalAws } from '../../local/local-aws';

jest.setTimeout(60_000);

let local: LocalAws;
beforeAll(async () => {
  local = await LocalAws.start({ speed: 1, without: ['authorization', 'credentials'] });
}, 300_000);
afterAll(() => local?.stop());
beforeEach(() => local.reset());

/** Makes a function of this handler body; returns how to call it. */
async function lambda(body: string): Promise<() => Promise<any>> {
  const template = {
    Resources: {
      Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Statement: [] } } },
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: 'f',
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Timeout: 20,
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Code: { ZipFile: `exports.handler = async (event, context) => { ${body} };` },
        },
      },
    },
  };
  const cloudFormation = new CloudFormationClient(local.client(HERE));
  await cloudFormation.send(new CreateStackCommand({ StackName: 'stack', TemplateBody: JSON.stringify(template) }));
  await waitUntilStackCreateComplete({ client: cloudFormation, maxWaitTime: 20, minDelay: 1 }, { StackName: 'stack' });
  const client = new LambdaClient(local.client(HERE));
  return async () => JSON.parse(Buffer.from((await client.send(new InvokeCommand({ FunctionName: 'f' }))).Payload!).toString());
}

/** A state machine that waits so many seconds, started; returns how to ask for the status of its execution. */
async function waiting(seconds: number, then?: string): Promise<() => Promise<string>> {
  const states = (action: string, input: object) => new World(local).json('states', `AWSStepFunctions.${action}`, input);
  const wait = { Type: 'Wait', Seconds: seconds };
  const definition = JSON.stringify({
    StartAt: 'W', States: then ? { W: { ...wait, Next: 'T' }, T: { Type: 'Task', Resource: then, End: true } } : { W: { ...wait, End: true } },
  });
  const { stateMachineArn } = await states('CreateStateMachine', { name: 'm', roleArn: 'arn:aws:iam::111111111111:role/any', definition });
  const { executionArn } = await states('StartExecution', { stateMachineArn });
  return async () => (await states('DescribeExecution', { executionArn })).status;
}

/** What a function has logged. */
async function linesOf(name: string): Promise<string[]> {
  const logs = (action: string, input: object) => new World(local).json('logs', `Logs_20140328.${action}`, input);
  const { events = [] } = await logs('FilterLogEvents', { logGroupName: `/aws/lambda/${name}` });
  return events.map((event: any) => event.message);
}

const real = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('a Lambda worker sees the emulated time, also after the clock was set, and keeps its real time limit', async () => {
  const call = await lambda(`
    return { now: Date.now(), made: +new Date(), isDate: new Date() instanceof Date, left: context.getRemainingTimeInMillis() };
  `);
  expect(Math.abs((await call()).now - Date.now())).toBeLessThan(2_000);

  await local.clock({ advance: 86_400, speed: 1000 });
  const answer = await call();
  const emulated = +await local.clock();
  await local.clock({ speed: 1 });

  expect(answer.now - Date.now()).toBeGreaterThanOrEqual(86_400_000);
  expect(answer.now).toBeLessThanOrEqual(emulated);
  expect(Math.abs(answer.made - answer.now)).toBeLessThan(5_000);
  expect(answer.isDate).toBe(true);
  expect(answer.left).toBeGreaterThan(18_000);
  expect(answer.left).toBeLessThanOrEqual(20_000);
});

test('a state machine\'s wait ends when the emulated clock says so, whether it runs faster or jumps', async () => {
  const status = await waiting(3600);
  await real(300);
  expect(await status()).toBe('RUNNING');

  await local.clock({ advance: 1800 });
  await real(300);
  expect(await status()).toBe('RUNNING');

  await local.clock({ speed: 10_000 });
  await real(600);
  expect(await status()).toBe('SUCCEEDED');
  await local.clock({ speed: 1 });
});

test('what was waiting when everything was reset never goes on, not even in a world that has the same names again', async () => {
  const handler = 'console.log("I was called");';
  await lambda(handler);
  await waiting(3600, 'arn:aws:lambda:eu-west-1:111111111111:function:f');
  await real(300);

  await local.reset();
  await lambda(handler);
  await local.clock({ advance: 7200 });
  await real(1000);

  expect(await linesOf('f')).toEqual([]);
});

test('a wrong setting is refused with the names of the right ones', async () => {
  await expect(local.post('settings', { snapshotMinutes: 1 })).rejects.toThrow(/no setting snapshotMinutes=1; there are snapshotSeconds, /);
  await expect(local.get('nothing')).rejects.toThrow(/no such endpoint/);
});

test('it listens on the loopback interface only and goes away with its parent', async () => {
  const script = `
    const { LocalAws } = require('./local/local-aws');
    LocalAws.start().then((local) => { console.log(local.endpoint); process.exit(0); });
  `;
  const others = Object.values(networkInterfaces()).flat().filter((i) => !i!.internal && i!.family === 'IPv4').map((i) => i!.address);
  for (const address of others) {
    await expect(fetch(local.endpoint.replace('localhost', address))).rejects.toThrow();
  }

  const { stdout } = await promisify(execFile)(process.execPath, ['-r', 'ts-node/register/transpile-only', '-e', script], { cwd: join(__dirname, '../..') });

  await real(500);
  await expect(fetch(stdout.trim())).rejects.toThrow();
});
