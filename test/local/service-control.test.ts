import { CreateFunctionCommand, DeleteFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteDBClusterSnapshotCommand, ModifyDBClusterSnapshotAttributeCommand, RDSClient } from '@aws-sdk/client-rds';
import { Machines, chain } from './machines';
import { ask, asRole, Stack, template } from './probe';
import { ACCOUNT, HERE, refusal, THERE, World } from './world';
import { LocalAws } from '../../local/local-aws';

jest.setTimeout(60_000);

const OTHER = '222222222222';

let local: LocalAws;
let world: World;
beforeAll(async () => {
  local = await LocalAws.start({ speed: 0 });
  world = new World(local);
}, 300_000);
afterAll(() => local?.stop());

beforeEach(async () => {
  await local.reset();
  await local.settings({ snapshotSeconds: 0 });
  await world.cluster('orders', { StorageEncrypted: true, KmsKeyId: await world.key() });
  await world.snapshot('kept', 'orders');
});

const deny = (Action: string | string[], Resource: string = '*', Condition?: object) => (
  { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action, Resource, Condition }] });
const PRUNER = `arn:aws:iam::${ACCOUNT}:role/pruner`;
const LOCKED = deny('rds:DeleteDBClusterSnapshot', `arn:aws:rds:*:${ACCOUNT}:cluster-snapshot:*`, { ArnNotLike: { 'aws:PrincipalArn': PRUNER } });

const as = (credentials: any) => new RDSClient({ ...local.client(HERE), credentials, maxAttempts: 1 });
const removes = (credentials: any = local.credentials()) => as(credentials).send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: 'kept' }));
const kept = async () => (await local.snapshots()).some((snapshot) => snapshot.DBClusterSnapshotIdentifier === 'kept');
const forbids = (...policies: object[]) => local.serviceControlPolicies(ACCOUNT, ...policies);

describe('what an organization forbids in an account', () => {
  test('is forbidden to its root and to its administrators, in the words of AWS', async () => {
    await forbids(LOCKED);
    const arn = `arn:aws:rds:${HERE}:${ACCOUNT}:cluster-snapshot:kept`;
    expect(await refusal(removes())).toBe(
      `AccessDenied: User: arn:aws:iam::${ACCOUNT}:root is not authorized to perform: rds:DeleteDBClusterSnapshot on resource: ${arn} with an explicit deny in a service control policy`);
    expect(await refusal(removes(await local.administrator('Admin')))).toMatch(/assumed-role\/Admin\/session is not authorized .* with an explicit deny in a service control policy$/);
    expect(await kept()).toBe(true);
  });

  test('is not forbidden to whom its condition leaves out', async () => {
    await forbids(LOCKED);
    await removes(await local.administrator('pruner'));
    expect(await kept()).toBe(false);
  });

  test('leaves everything else allowed', async () => {
    await forbids(LOCKED);
    await as(await local.administrator()).send(
      new ModifyDBClusterSnapshotAttributeCommand({ DBClusterSnapshotIdentifier: 'kept', AttributeName: 'restore', ValuesToAdd: [OTHER] }));
    expect(await local.snapshots()).toContainEqual(expect.objectContaining({ DBClusterSnapshotIdentifier: 'kept', SharedWith: [OTHER] }));
  });

  test('gives nobody a right', async () => {
    await forbids(LOCKED);
    expect(await refusal(removes(await asRole(local, [{ Effect: 'Allow', Action: 'rds:Describe*', Resource: '*' }], ACCOUNT, 'pruner')))).toMatch(/because no identity-based policy allows/);
  });

  test('binds those of the account, not of others', async () => {
    await local.serviceControlPolicies(OTHER, LOCKED);
    await removes();
    expect(await kept()).toBe(false);
  });

  test('binds what a service does with a role of the account', async () => {
    const machines = new Machines(local);
    await forbids(deny('events:PutEvents'));
    const ended = await machines.run(chain({
      Type: 'Task', Resource: 'arn:aws:states:::events:putEvents', Parameters: { Entries: [{ Source: 'test', DetailType: 'Told', Detail: {} }] },
    }));
    expect(ended).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('explicit deny in a service control policy') });
  });

  test('is what was said last', async () => {
    await forbids(LOCKED);
    await forbids();
    await removes();
    expect(await kept()).toBe(false);
  });

  test.each([
    ['names a principal', { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' }] }, /names a principal/],
    ['is longer than 5120 characters', deny(Array.from({ length: 300 }, (_, i) => `service:NamedAction${i}`)), /has \d+ characters, more than 5120/],
    ['has no version', { Statement: deny('*').Statement }, /Version/],
    ['has no statement', { Version: '2012-10-17' }, /Statement/],
  ])('is no policy that %s', async (_what, policy, words) => {
    await expect(forbids(policy)).rejects.toThrow(words);
  });
});

const here = (rest: string, region: string = THERE) => `arn:aws:${rest.replace('@', `${region}:${ACCOUNT}`)}`;

describe('a policy finds by its name', () => {
  const denied = async (Resource: string, service: string, target: string, body: object) => {
    await forbids({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', NotAction: 'nothing:Get', Resource }] });
    const answer = await ask(local, service, target, body, THERE).then(() => 'allowed', (error) => String(error.message));
    await forbids();
    return /explicit deny/.test(answer);
  };

  test.each([
    ['a rule of the default bus', here('events:@:rule/watch'), 'events', 'AWSEvents.RemoveTargets', { Rule: 'watch', Ids: ['t'] }],
    ['a rule of another bus', here('events:@:rule/vault/watch'), 'events', 'AWSEvents.DisableRule', { Name: 'watch', EventBusName: 'vault' }],
    ['a bus', here('events:@:event-bus/vault'), 'events', 'AWSEvents.DeleteEventBus', { Name: 'vault' }],
    ['the bus whose policy is changed', here('events:@:event-bus/vault'), 'events', 'AWSEvents.RemovePermission', { EventBusName: 'vault', StatementId: 's' }],
    ['a role', `arn:aws:iam::${ACCOUNT}:role/pruner`, 'iam', 'DeleteRolePolicy', { RoleName: 'pruner', PolicyName: 'rights' }],
    ['a role that is to be, by its path', `arn:aws:iam::${ACCOUNT}:role/vault/*`, 'iam', 'CreateRole', { RoleName: 'pruner', Path: '/vault/', AssumeRolePolicyDocument: '{}' }],
    ['a role that is passed to a state machine', `arn:aws:iam::${ACCOUNT}:role/pruner`, 'states', 'AWSStepFunctions.CreateStateMachine', { name: 'mine', definition: '{}', roleArn: `arn:aws:iam::${ACCOUNT}:role/pruner` }],
    ['a state machine', here('states:@:stateMachine:receive'), 'states', 'AWSStepFunctions.DeleteStateMachine', { stateMachineArn: here('states:@:stateMachine:receive') }],
    ['a key', here('kms:@:key/1234'), 'kms', 'TrentService.ScheduleKeyDeletion', { KeyId: '1234' }],
  ])('%s', async (_what, resource, service, target, body) => {
    expect(await denied(resource, service, target, body)).toBe(true);
    expect(await denied(`${resource}-another`, service, target, body)).toBe(false);
  });

  test('a function, and a role that is passed to one', async () => {
    const lambda = new LambdaClient({ ...local.client(THERE), maxAttempts: 1 });
    const create = () => refusal(lambda.send(new CreateFunctionCommand({ FunctionName: 'mine', Role: PRUNER, Runtime: 'nodejs22.x', Handler: 'index.handler', Code: { ZipFile: Buffer.from('') } })));
    await forbids(deny('*', here('lambda:@:function:vault-*')));
    expect(await refusal(lambda.send(new DeleteFunctionCommand({ FunctionName: 'vault-prune' })))).toMatch(/explicit deny/);
    expect(await refusal(lambda.send(new DeleteFunctionCommand({ FunctionName: 'mine' })))).not.toMatch(/explicit deny/);
    expect(await create()).not.toMatch(/explicit deny/);
    await forbids(deny('iam:PassRole', PRUNER, { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } }));
    expect(await create()).toMatch(/not authorized to perform: iam:PassRole on resource: .*:role\/pruner with an explicit deny/);
  });

  test('a role with a path, of which the caller has a session', async () => {
    await ask(local, 'iam', 'CreateRole', { RoleName: 'pruner', Path: '/vault/', AssumeRolePolicyDocument: JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '*' } }] }) });
    await forbids(deny('rds:DeleteDBClusterSnapshot', '*', { ArnNotLike: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/vault/*` } }));
    expect(await refusal(removes(await local.administrator('other')))).toMatch(/explicit deny/);
    expect(await refusal(removes(await local.administrator('pruner')))).toMatch(/because no identity-based policy allows/);
  });
});

describe('what CloudFormation does for somebody to whom it is forbidden', () => {
  const allParts = template({
    Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: { StateMachineName: 'receive', RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] }, DefinitionString: JSON.stringify(chain({ Type: 'Pass' })) } },
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'vault' } },
    Rule: { Type: 'AWS::Events::Rule', DependsOn: 'Bus', Properties: { Name: 'watch', EventBusName: 'vault', EventPattern: { source: ['x'] } } },
    Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }] } } },
  }, [{ Effect: 'Allow', Action: 'rds:Describe*', Resource: '*' }]);

  test.each([
    ['a function', 'Function', 'lambda:DeleteFunction', here('lambda:@:function:probe', HERE)],
    ['a state machine', 'Machine', 'states:DeleteStateMachine', here('states:@:stateMachine:receive', HERE)],
    ['a bus', 'Bus', 'events:DeleteEventBus', here('events:@:event-bus/vault', HERE)],
    ['a rule', 'Rule', 'events:DeleteRule', here('events:@:rule/vault/watch', HERE)],
    ['a role', 'Role', 'iam:DeleteRole', `arn:aws:iam::${ACCOUNT}:role/*`],
    ['the rights of a role', 'Policy', 'iam:DeleteRolePolicy', `arn:aws:iam::${ACCOUNT}:role/*`],
    ['a key', 'Key', 'kms:ScheduleKeyDeletion', here('kms:@:key/*', HERE)],
  ])('%s is not removed with its stack', async (_what, part, action, resource) => {
    const stack = new Stack(local);
    expect(await stack.create(allParts)).toBe('CREATE_COMPLETE');
    await forbids(deny(action, resource));
    expect(await stack.delete(await stack.id())).toBe('DELETE_FAILED');
    expect(await stack.events()).toContain(`${part} DELETE_FAILED`);
    expect(await stack.reasons()).toContainEqual(expect.stringContaining(`root is not authorized to perform: ${action}`));
    await forbids();
    expect(await stack.delete(await stack.id())).toBe('DELETE_COMPLETE');
  });

  test('a role is neither made nor changed', async () => {
    const stack = new Stack(local);
    await forbids(deny('iam:CreateRole', `arn:aws:iam::${ACCOUNT}:role/probe-*`));
    expect(await stack.create(allParts)).toBe('ROLLBACK_COMPLETE');
    await forbids();
    await stack.delete(await stack.id());
    await stack.create(allParts);
    await forbids(deny('iam:PutRolePolicy', `arn:aws:iam::${ACCOUNT}:role/probe-*`));
    expect(await stack.update(template({}, [{ Effect: 'Allow', Action: '*', Resource: '*' }]))).toBe('UPDATE_ROLLBACK_COMPLETE');
  });
});
