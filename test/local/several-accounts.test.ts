import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { CfnEventBusPolicy, EventBus, EventField, EventPattern, IEventBus, IRuleTarget, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import { DefinitionBody, StateMachine, TaskInput } from 'aws-cdk-lib/aws-stepfunctions';
import { EventBridgePutEvents } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { ask } from './probe';
import { HERE, THERE, ACCOUNT as SHOP } from './world';
import { CdkCli, localSynthesizer } from '../../local/cdk-cli';
import { LocalAws } from '../../local/local-aws';

jest.setTimeout(180_000);

const VAULT = '222222222222';
const BUS = `arn:aws:events:${THERE}:${VAULT}:event-bus/vault`;

let local: LocalAws;
const folder = mkdtempSync(join(tmpdir(), 'local-accounts-'));
beforeAll(async () => {
  local = await LocalAws.start({ speed: 60 });
}, 300_000);
afterAll(async () => {
  await local?.stop();
  rmSync(folder, { recursive: true });
});

/** A function that calls AWS as whoever it is, in its own Region. */
const calls = (stack: Stack, id: string, body: string) => new Function(stack, id, {
  runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline(`exports.handler = async (event) => { ${body} };`),
});

const on = (stack: Stack, id: string, eventBus: IEventBus | undefined, eventPattern: EventPattern, target: IRuleTarget) =>
  new Rule(stack, id, { eventBus, eventPattern, targets: [target] });

/**
 * The shop announces on its default bus; a rule carries that to the vault's bus in another account and Region; there a rule starts a
 * function, which starts a state machine, which answers on the vault's default bus; a rule carries the answer to the shop's default bus.
 */
function shopAndVault(): string {
  const app = new App({ outdir: join(folder, 'app') });
  const synthesizer = localSynthesizer();
  const shop = new Stack(app, 'Shop', { synthesizer, env: { account: SHOP, region: HERE } });
  const vault = new Stack(app, 'Vault', { synthesizer, env: { account: VAULT, region: THERE } });

  on(shop, 'Announces', undefined, { source: ['shop'] }, new targets.EventBus(EventBus.fromEventBusArn(shop, 'Bus', BUS)));
  new CfnEventBusPolicy(shop, 'FromTheVault', {
    statementId: 'FromTheVault',
    statement: { Effect: 'Allow', Principal: { AWS: VAULT }, Action: 'events:PutEvents', Resource: shop.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' }) },
  });
  const heard = calls(shop, 'Heard', 'return event.detail;');
  on(shop, 'Hears', undefined, { source: ['vault'], account: [VAULT] }, new targets.LambdaFunction(heard));

  const bus = new EventBus(vault, 'Bus', { eventBusName: 'vault' });
  bus.addToResourcePolicy(new PolicyStatement({
    sid: 'FromTheShop',
    principals: [new AccountPrincipal(SHOP)],
    actions: ['events:PutEvents'],
    resources: [bus.eventBusArn],
    conditions: { StringEquals: { 'events:source': 'shop', 'events:detail-type': 'Told' } },
  }));
  const answers = new StateMachine(vault, 'Answers', {
    stateMachineName: 'answers',
    definitionBody: DefinitionBody.fromChainable(new EventBridgePutEvents(vault, 'Tell', {
      entries: [{ source: 'vault', detailType: 'Told', detail: TaskInput.fromJsonPathAt('$') }],
    })),
  });
  const starts = calls(vault, 'Starts', `
    const { SFNClient, StartExecutionCommand } = require('@aws-sdk/client-sfn');
    const stateMachineArn = 'arn:aws:states:${THERE}:${VAULT}:stateMachine:answers';
    await new SFNClient({}).send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(event) }));`);
  answers.grantStartExecution(starts);
  on(vault, 'Receives', bus, { account: [SHOP], source: ['shop'], detail: { cluster: ['orders'] } }, new targets.LambdaFunction(starts, {
    event: RuleTargetInput.fromObject({ from: EventField.account, region: EventField.region, cluster: EventField.fromPath('$.detail.cluster') }),
  }));
  on(vault, 'Reports', undefined, { source: ['vault'] }, new targets.EventBus(
    EventBus.fromEventBusArn(vault, 'Shop', `arn:aws:events:${HERE}:${SHOP}:event-bus/default`)));
  // And by itself, every hour.
  new Schedule(vault, 'Hourly', {
    schedule: ScheduleExpression.rate(Duration.hours(1)),
    target: new StepFunctionsStartExecution(answers, { input: ScheduleTargetInput.fromObject({ from: 'the schedule' }) }),
    start: new Date('2030-01-01T00:00:00Z'),
  });
  return app.synth().directory;
}

let app: string;
test('an announcement goes to a vault in another account and Region, and its answer comes back', async () => {
  app = shopAndVault();
  const deployed = await new CdkCli(local).deploy(app);
  expect(deployed).toMatchObject({ exitCode: 0 });
  await local.clock({ speed: 0 });
  await ask(local, 'events', 'AWSEvents.PutEvents', { Entries: [{ Source: 'shop', DetailType: 'Told', Detail: '{"cluster":"orders"}' }] }, HERE, SHOP);
  await local.play(60);

  expect(await local.undelivered()).toEqual([]);
  const [announced, received, ...more] = await local.events();
  expect(announced).toMatchObject({ Source: 'shop', account: SHOP, region: HERE, bus: `arn:aws:events:${HERE}:${SHOP}:event-bus/default` });
  expect(received).toEqual({ ...announced, EventBusName: 'vault', bus: BUS });
  const answer = { Source: 'vault', account: VAULT, region: THERE, Detail: { from: SHOP, region: HERE, cluster: 'orders' } };
  expect(more).toEqual([
    expect.objectContaining({ ...answer, bus: `arn:aws:events:${THERE}:${VAULT}:event-bus/default` }),
    expect.objectContaining({ ...answer, bus: `arn:aws:events:${HERE}:${SHOP}:event-bus/default` }),
  ]);
  // Each acted in its own account, with its own rights.
  expect(await local.calls({ action: 'states:StartExecution' })).toEqual([expect.objectContaining({ account: VAULT, region: THERE, decision: 'allowed' })]);
  expect(await local.calls({ action: 'lambda:InvokeFunction' })).toEqual([
    expect.objectContaining({ account: VAULT, region: THERE }), expect.objectContaining({ account: SHOP, region: HERE }),
  ]);
});

test('what is scheduled in one account happens there', async () => {
  await local.clock({ at: '2029-12-31T23:59:30Z' });
  const before = (await local.events()).length;
  await local.play(60);
  expect((await local.events()).slice(before)).toMatchObject([
    { Detail: { from: 'the schedule' }, account: VAULT, bus: `arn:aws:events:${THERE}:${VAULT}:event-bus/default` },
    { Detail: { from: 'the schedule' }, account: VAULT, bus: `arn:aws:events:${HERE}:${SHOP}:event-bus/default` },
  ]);
});

test('all of it is removed again, from both accounts', async () => {
  expect(await new CdkCli(local).destroy(app)).toMatchObject({ exitCode: 0 });
  for (const [account, region] of [[SHOP, HERE], [VAULT, THERE]]) {
    expect(JSON.parse(await ask(local, 'events', 'AWSEvents.ListRules', {}, region, account)).Rules).toEqual([]);
    expect(JSON.parse(await ask(local, 'events', 'AWSEvents.ListEventBuses', {}, region, account)).EventBuses).toEqual([
      expect.not.objectContaining({ Policy: expect.anything() }),
    ]);
  }
});
