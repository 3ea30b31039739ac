import { chain, Machines } from './machines';
import { asRole, ask, setRights, Stack, Statement } from './probe';
import { HERE, THERE, ACCOUNT as SHOP } from './world';
import { LocalAws } from '../../local/local-aws';

jest.setTimeout(60_000);

const VAULT = '222222222222';
const AUDIT = '333333333333';

interface Place { readonly account: string; readonly region: string; readonly bus: string }
const SHOPS: Place = { account: SHOP, region: HERE, bus: 'default' };
const VAULTS: Place = { account: VAULT, region: THERE, bus: 'vault' };
const busArn = ({ account, region, bus }: Place) => `arn:aws:events:${region}:${account}:event-bus/${bus}`;

let local: LocalAws;
beforeAll(async () => {
  local = await LocalAws.start({ speed: 0 });
}, 300_000);
afterAll(() => local?.stop());
beforeEach(async () => {
  await local.reset();
  await local.clock({ speed: 0, at: '2027-01-01T00:00:00Z' });
  await make(VAULTS);
});

const events = async (at: Place, action: string, body: object) => JSON.parse(await ask(local, 'events', `AWSEvents.${action}`, body, at.region, at.account));
const make = (bus: Place) => events(bus, 'CreateEventBus', { Name: bus.bus });
const setPolicy = (bus: Place, ...statements: object[]) => events(bus, 'PutPermission', {
  EventBusName: bus.bus, Policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
});
const allow = (account: string, bus: Place, Condition?: object) => ({
  Sid: `From${account}`, Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'events:PutEvents', Resource: busArn(bus), ...(Condition && { Condition }),
});
const put = (entry: object = {}, from = SHOPS) => (
  events(from, 'PutEvents', { Entries: [{ Source: 'shop', DetailType: 'Told', Detail: '{"cluster":"orders"}', ...entry }] }));

/** A role that EventBridge may assume. */
async function role(name: string, rights: Statement[], account = SHOP) {
  await asRole(local, rights, account, name);
  await trusts(name, 'events.amazonaws.com', account);
  return `arn:aws:iam::${account}:role/${name}`;
}
const trusts = (RoleName: string, Service: string, account = SHOP) => ask(local, 'iam', 'UpdateAssumeRolePolicy', {
  RoleName, PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service } }] }),
}, HERE, account);
const mayPutOn = (bus: Place): Statement => ({ Effect: 'Allow', Action: 'events:PutEvents', Resource: busArn(bus) });

async function rule(on: Place, target: object, pattern: object = { source: ['shop'] }, name = 'forwards') {
  const EventBusName = on.bus;
  await events(on, 'PutRule', { Name: name, EventBusName, EventPattern: JSON.stringify(pattern) });
  await events(on, 'PutTargets', { Rule: name, EventBusName, Targets: [{ Id: 't', ...target }] });
}
const toBus = async (bus: Place, more: object = {}, account = SHOP) => (
  { Arn: busArn(bus), RoleArn: await role('forwarder', [mayPutOn(bus)], account), ...more });

/** A queue of the shop that only EventBridge may send to. */
async function queue(name: string) {
  const Resource = `arn:aws:sqs:${HERE}:${SHOP}:${name}`;
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource }] });
  await ask(local, 'sqs', 'AmazonSQS.CreateQueue', { QueueName: name, Attributes: { Policy } });
  return Resource;
}

async function messages(name: string) {
  const { QueueUrl } = JSON.parse(await ask(local, 'sqs', 'AmazonSQS.GetQueueUrl', { QueueName: name }));
  const { Messages = [] } = JSON.parse(await ask(local, 'sqs', 'AmazonSQS.ReceiveMessage', {
    QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'],
  }));
  return Messages.map(({ Body, MessageAttributes = {} }: any) => ({
    event: JSON.parse(Body),
    attributes: Object.fromEntries(Object.entries<any>(MessageAttributes).map(([key, { StringValue }]) => [key, StringValue])),
  }));
}

const there = (bus: Place = VAULTS) => local.events({ account: bus.account, region: bus.region });

describe('an event goes by a rule to the bus of another account and Region', () => {
  test('as its sender put it', async () => {
    await setPolicy(VAULTS, allow(SHOP, VAULTS));
    await rule(SHOPS, await toBus(VAULTS));
    await put({ Resources: ['arn:of:something'] });
    const [here] = await local.events({ account: SHOP });
    expect(await there()).toEqual([{
      ...here, bus: busArn(VAULTS), EventBusName: 'vault', account: SHOP, region: HERE, Detail: { cluster: 'orders' }, Resources: ['arn:of:something'],
    }]);
  });

  test('to its default bus too', async () => {
    const bus = { ...VAULTS, bus: 'default' };
    await setPolicy(bus, allow(SHOP, bus));
    await rule(SHOPS, await toBus(bus));
    await put();
    expect(await there()).toMatchObject([{ bus: busArn(bus), account: SHOP }]);
  });

  test.each<[string, object]>([
    ['its source', { StringEquals: { 'events:source': 'shop' } }],
    ['its type', { StringEquals: { 'events:detail-type': 'Told' } }],
    ['the account', { StringEquals: { 'aws:PrincipalAccount': SHOP } }],
    ['the role', { ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${SHOP}:role/forwarder` } }],
    ['the rule', { ArnEquals: { 'aws:SourceArn': `arn:aws:events:${HERE}:${SHOP}:rule/forwards` } }],
    ['its coming by a rule', { Bool: { 'events:eventBusInvocation': 'true' } }],
  ])('when the policy of the bus goes by %s', async (_what, condition) => {
    await setPolicy(VAULTS, allow(SHOP, VAULTS, condition));
    await rule(SHOPS, await toBus(VAULTS));
    await put();
    expect(await there()).toHaveLength(1);
  });

  test.each<[string, object]>([
    ['another source', { StringEquals: { 'events:source': 'other' } }],
    ['another type', { StringEquals: { 'events:detail-type': 'Other' } }],
    ['another account', { StringEquals: { 'aws:PrincipalAccount': AUDIT } }],
    ['another role', { ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${SHOP}:role/another` } }],
  ])('but not when its policy wants %s', async (_what, condition) => {
    await setPolicy(VAULTS, allow(SHOP, VAULTS, condition));
    await rule(SHOPS, await toBus(VAULTS));
    await put();
    expect(await there()).toEqual([]);
    expect(await local.undelivered()).toMatchObject([{ code: 'NO_PERMISSIONS', target: busArn(VAULTS), deadLetterQueue: null, event: { source: 'shop' } }]);
  });

  test('but not against a Deny of its policy', async () => {
    await setPolicy(VAULTS, allow(SHOP, VAULTS), { ...allow(SHOP, VAULTS), Sid: 'No', Effect: 'Deny' });
    await rule(SHOPS, await toBus(VAULTS));
    await put();
    expect(await there()).toEqual([]);
  });

  test('and from there to the targets of its rules, which see who sent it', async () => {
    const bus = { ...SHOPS, bus: 'collected' };
    await make(bus);
    await setPolicy(bus, allow(VAULT, bus));
    await rule(bus, { Arn: await queue('heard'), InputTransformer: { InputPathsMap: { from: '$.account', where: '$.region', what: '$.detail.cluster' }, InputTemplate: '{"from": <from>, "where": <where>, "what": <what>}' } },
      { account: [VAULT], detail: { cluster: ['orders'] } }, 'hears');
    await rule({ ...VAULTS, bus: 'default' }, await toBus(bus, {}, VAULT));
    await put({}, VAULTS);
    await put({ Detail: '{"cluster":"billing"}' }, VAULTS);
    expect((await messages('heard')).map(({ event }: any) => event)).toEqual([{ from: VAULT, where: THERE, what: 'orders' }]);
  });
});

describe('an event that cannot go on', () => {
  let dead: object;
  beforeEach(async () => {
    dead = { DeadLetterConfig: { Arn: await queue('dead') } };
  });

  const buried = async () => {
    const [found, ...more] = await messages('dead');
    expect(more).toEqual([]);
    expect(found.event).toMatchObject({ 'source': 'shop', 'detail-type': 'Told', 'account': SHOP, 'region': HERE, 'detail': { cluster: 'orders' } });
    return found.attributes;
  };

  test('is in the dead-letter queue of the target, at once, with the reason', async () => {
    await rule(SHOPS, await toBus(VAULTS, dead));
    await put();
    expect(await buried()).toEqual({
      RULE_ARN: `arn:aws:events:${HERE}:${SHOP}:rule/forwards`,
      TARGET_ARN: busArn(VAULTS),
      ERROR_CODE: 'NO_PERMISSIONS',
      ERROR_MESSAGE: expect.stringContaining(`not authorized to perform: events:PutEvents on resource: ${busArn(VAULTS)}`),
    });
    expect(await local.undelivered()).toMatchObject([{ attempts: 1, deadLetterQueue: `arn:aws:sqs:${HERE}:${SHOP}:dead` }]);
  });

  test.each<[string, string, () => Promise<unknown>]>([
    ['its role lacks the right', 'NO_PERMISSIONS', () => setRights(local, [{ Effect: 'Allow', Action: 'events:PutEvents', Resource: `${busArn(VAULTS)}-other` }], SHOP, 'forwarder')],
    ['its role trusts another service', 'FAILED_TO_ASSUME_ROLE', () => trusts('forwarder', 'scheduler.amazonaws.com')],
    ['the bus is gone', 'NO_PERMISSIONS', () => events(VAULTS, 'DeleteEventBus', { Name: 'vault' })],
    ['the policy of the bus is gone', 'NO_PERMISSIONS', () => events(VAULTS, 'RemovePermission', { EventBusName: 'vault', RemoveAllPermissions: true })],
  ])('because %s', async (_what, code, change) => {
    await setPolicy(VAULTS, allow(SHOP, VAULTS));
    await rule(SHOPS, await toBus(VAULTS, dead));
    await change();
    await put();
    expect(await buried()).toMatchObject({ ERROR_CODE: code });
    expect(await there()).toEqual([]);
  });

  test.each([
    ['of this account, to another Region', VAULTS, 'THIRD_REGION_HOP_DETECTED'],
    ['of this account, to this Region', { ...SHOPS, bus: 'third' }, 'THIRD_ACCOUNT_HOP_DETECTED'],
  ])('because it came from another bus already: %s', async (_what, third, code) => {
    const second = { ...SHOPS, bus: 'second' };
    await make(second);
    await rule(SHOPS, { Arn: busArn(second) });
    await rule(second, await toBus(third, dead));
    await put();
    expect(await buried()).toMatchObject({ ERROR_CODE: code });
  });

  test('because somebody of another account put it there', async () => {
    const [own, third] = [{ ...SHOPS, bus: 'own' }, { ...SHOPS, bus: 'third' }];
    await make(own);
    await setPolicy(own, allow(VAULT, own));
    await rule(own, await toBus(third, dead));
    await put({ EventBusName: busArn(own) }, { ...SHOPS, account: VAULT });
    expect(await local.undelivered()).toMatchObject([{ code: 'THIRD_ACCOUNT_HOP_DETECTED', event: { account: VAULT } }]);
  });

  test('is lost without such a queue, or when EventBridge may not send to it', async () => {
    const closed = `arn:aws:sqs:${HERE}:${SHOP}:closed`;
    await ask(local, 'sqs', 'AmazonSQS.CreateQueue', { QueueName: 'closed' });
    await rule(SHOPS, await toBus(VAULTS, { DeadLetterConfig: { Arn: closed } }));
    await put();
    expect(await messages('closed')).toEqual([]);
    expect(await local.undelivered()).toMatchObject([{ code: 'NO_PERMISSIONS', deadLetterQueue: null }]);
  });

  test('is tried again when it was no fault of anybody\'s', async () => {
    await setPolicy(VAULTS, allow(SHOP, VAULTS));
    await rule(SHOPS, await toBus(VAULTS, dead));
    await local.fault({ kind: 'error', action: 'events:PutEvents', principal: 'forwarder', times: 2 });
    await put();
    expect(await there()).toEqual([]);
    await local.play(60);
    expect(await there()).toMatchObject([{ time: '2027-01-01T00:00:45.000Z' }]);
    expect(await messages('dead')).toEqual([]);
  });

  test.each([
    [{ MaximumRetryAttempts: 1 }, 'MaximumRetryAttempts', 2],
    [{ MaximumEventAgeInSeconds: 60 }, 'MaximumEventAgeInSeconds', 3],
  ])('is not tried again for ever: %p', async (RetryPolicy, exhausted, attempts) => {
    await setPolicy(VAULTS, allow(SHOP, VAULTS));
    await rule(SHOPS, await toBus(VAULTS, { ...dead, RetryPolicy }));
    await local.fault({ kind: 'throttle', action: 'events:PutEvents', principal: 'forwarder', times: 100 });
    await put();
    await local.play(3600);
    expect(await buried()).toMatchObject({ ERROR_CODE: 'THROTTLING', EXHAUSTED_RETRY_CONDITION: exhausted });
    expect(await local.undelivered()).toMatchObject([{ attempts }]);
  });
});

describe('whoever puts an event on the bus of another account himself', () => {
  const VAULT_HERE = { ...VAULTS, region: HERE };
  beforeEach(() => make(VAULT_HERE));
  const putThere = () => put({ EventBusName: busArn(VAULT_HERE) });

  test('is its sender', async () => {
    await setPolicy(VAULT_HERE, allow(SHOP, VAULT_HERE));
    expect(await putThere()).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] });
    expect(await there(VAULT_HERE)).toMatchObject([{ account: SHOP, region: HERE, bus: busArn(VAULT_HERE) }]);
  });

  test.each<[string, object[]]>([
    ['without a policy', []],
    ['for others', [allow(AUDIT, VAULT_HERE)]],
    ['for another source', [allow(SHOP, VAULT_HERE, { StringEquals: { 'events:source': 'other' } })]],
    ['for rules only', [allow(SHOP, VAULT_HERE, { Bool: { 'events:eventBusInvocation': 'true' } })]],
  ])('is refused, even as root, when the policy of the bus is %s', async (_what, statements) => {
    await setPolicy(VAULT_HERE, ...statements);
    await expect(putThere()).rejects.toThrow(/AccessDeniedException.*events:PutEvents on resource: arn:aws:events:.*event-bus\/vault/s);
    expect(await there(VAULT_HERE)).toEqual([]);
  });

  test('is not helped by one event of several that is allowed', async () => {
    await setPolicy(VAULT_HERE, allow(SHOP, VAULT_HERE, { StringEquals: { 'events:source': 'shop' } }));
    const Entries = ['shop', 'other'].map((Source) => ({ Source, DetailType: 'Told', Detail: '{}', EventBusName: busArn(VAULT_HERE) }));
    await expect(events(SHOPS, 'PutEvents', { Entries })).rejects.toThrow(/AccessDenied/);
    expect(await there(VAULT_HERE)).toEqual([]);
  });

  test('is refused on a bus that does not exist', async () => {
    await expect(put({ EventBusName: `${busArn(VAULT_HERE)}-2` })).rejects.toThrow(/AccessDenied/);
  });

  test('needs the right of his own account, too', async () => {
    await setPolicy(VAULT_HERE, allow(SHOP, VAULT_HERE));
    const machines = new Machines(local);
    const puts = chain({ Type: 'Task', Resource: 'arn:aws:states:::events:putEvents', Parameters: { Entries: [{ Source: 'shop', DetailType: 'Told', Detail: {}, EventBusName: busArn(VAULT_HERE) }] } });
    expect(await machines.run(puts, {}, [{ Effect: 'Allow', Action: 'events:PutEvents', Resource: `${busArn(VAULT_HERE)}-2` }])).toMatchObject({ status: 'FAILED', error: 'EventBridge.EventBridgeException' });
    expect(await there(VAULT_HERE)).toEqual([]);
    await setRights(local, [mayPutOn(VAULT_HERE)], SHOP, 'role-of-runs');
    const execution = await machines.start(`arn:aws:states:${HERE}:${SHOP}:stateMachine:runs`);
    expect(await machines.ended(execution)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await there(VAULT_HERE)).toMatchObject([{ account: SHOP, region: HERE }]);
  });
});

describe('a fault of the deliveries', () => {
  beforeEach(async () => {
    await setPolicy(VAULTS, allow(SHOP, VAULTS));
    await rule(SHOPS, await toBus(VAULTS));
  });
  const told = async () => (await there()).map(({ Detail }) => Detail.n);
  const tell = async (count: number) => {
    for (let n = 1; n <= count; n++) await put({ Detail: JSON.stringify({ n }) });
  };

  test('loses the second event on a bus, of which its sender knows nothing', async () => {
    await local.fault({ kind: 'lose', action: 'events:PutEvents', identifier: 'event-bus/vault', nth: 2 });
    await tell(3);
    expect(await told()).toEqual([1, 3]);
    expect(await local.undelivered()).toEqual([]);
    expect(await local.events({ account: SHOP })).toHaveLength(3);
  });

  test('brings an event twice', async () => {
    await local.fault({ kind: 'twice', action: 'events:PutEvents', principal: 'forwarder', nth: 2 });
    await tell(3);
    expect(await told()).toEqual([1, 2, 2, 3]);
    expect(await local.events({ account: SHOP })).toHaveLength(3);
  });

  test('refuses to take an event', async () => {
    await local.fault({ kind: 'deny', action: 'events:PutEvents', principal: ':root' });
    await expect(put()).rejects.toThrow(/AccessDenied/);
    expect(await local.events()).toEqual([]);
  });
});

describe('a rule', () => {
  test('starts a state machine with the rights of its role', async () => {
    const machines = new Machines(local);
    const Arn = await machines.make(chain({ Type: 'Pass' }));
    await rule(SHOPS, { Arn, RoleArn: await role('starter', [{ Effect: 'Allow', Action: 'states:StartExecution', Resource: Arn }]) });
    await put();
    expect(await local.calls({ action: 'states:StartExecution' })).toMatchObject([{ role: 'starter', decision: 'allowed' }]);
    await setRights(local, [{ Effect: 'Deny', Action: '*', Resource: '*' }], SHOP, 'starter');
    await put();
    expect(await local.undelivered()).toMatchObject([{ code: 'NO_PERMISSIONS', target: Arn }]);
  });

  test('of one account sees nothing of another', async () => {
    await rule({ ...SHOPS, account: VAULT }, { Arn: `arn:aws:lambda:${HERE}:${VAULT}:function:hears` });
    await rule({ ...SHOPS, region: THERE }, { Arn: `arn:aws:lambda:${THERE}:${SHOP}:function:hears` });
    await put();
    expect(await local.undelivered()).toEqual([]);
    await put({}, { ...SHOPS, account: VAULT });
    expect(await local.undelivered()).toMatchObject([{ code: 'NO_RESOURCE', event: { account: VAULT } }]);
  });
});

describe('a stack', () => {
  const bus = { Type: 'AWS::Events::EventBus', Properties: { Name: 'ours' } };
  const policy = (Properties: object, more: object = { DependsOn: 'Bus' }) => ({ Type: 'AWS::Events::EventBusPolicy', ...more, Properties: { EventBusName: 'ours', StatementId: 'one', ...Properties } });
  const OURS = { ...SHOPS, bus: 'ours' };
  const statements = async () => JSON.parse((await events(OURS, 'DescribeEventBus', { Name: 'ours' })).Policy ?? '{"Statement":[]}').Statement;
  const makes = async (Resources: object) => {
    const stack = new Stack(local);
    return { stack, status: await stack.create({ Resources }) };
  };

  test('makes, changes and removes the policies of its bus', async () => {
    const given = { Effect: 'Allow', Principal: { AWS: VAULT }, Action: 'events:PutEvents', Resource: busArn(OURS) };
    const { stack, status } = await makes({ Bus: bus, Policy: policy({ Statement: given }), Other: policy({ StatementId: 'two', Principal: AUDIT, Action: 'events:PutEvents' }) });
    expect(status).toBe('CREATE_COMPLETE');
    expect(await statements()).toEqual(expect.arrayContaining([{ ...given, Sid: 'one' },
      { Sid: 'two', Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${AUDIT}:root` }, Action: 'events:PutEvents', Resource: busArn(OURS) }]));
    await stack.update({ Resources: { Bus: bus, Policy: policy({ StatementId: 'three', Statement: given }) } });
    expect(await statements()).toEqual([{ ...given, Sid: 'three' }]);
  });

  test.each<[string, object, RegExp]>([
    ['a policy of a bus that does not exist', policy({ Principal: '*', Action: 'events:PutEvents' }, {}), /Event bus ours does not exist/],
    ['a rule on a bus that does not exist', { Type: 'AWS::Events::Rule', Properties: { EventBusName: 'ours', EventPattern: { source: ['x'] } } }, /Event bus ours does not exist/],
    ['a rule with a pattern that is none', { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: 'x' } } }, /Event pattern is not valid/],
    ['a rule to another account without a role', { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['x'] }, Targets: [{ Id: 't', Arn: busArn(VAULTS) }] } }, /RoleArn is required/],
    ['a rule that changes what it sends to a bus', {
      Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['x'] }, Targets: [{ Id: 't', Arn: busArn(VAULTS), RoleArn: `arn:aws:iam::${SHOP}:role/r`, InputPath: '$.detail' }] },
    }, /Modifying the input for target t is not supported/],
  ])('does not make %s', async (_what, resource, words) => {
    const { stack, status } = await makes({ Thing: resource });
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(await stack.reasons()).toContainEqual(expect.stringMatching(words));
  });
});
