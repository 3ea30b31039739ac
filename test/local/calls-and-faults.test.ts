import { CopyDBClusterSnapshotCommand, CreateDBClusterCommand, CreateDBClusterSnapshotCommand, DescribeDBClusterSnapshotsCommand, DescribeDBClustersCommand, RDSClient } from '@aws-sdk/client-rds';
import { ACCOUNT, REGION, Stack, ask, asRole, probe, template, until } from './probe';
import { assertAllowed } from '../../local/call-report';
import { LocalAws } from '../../local/local-aws';

let aws: LocalAws;
let rds: RDSClient;
beforeAll(async () => { aws = await LocalAws.start({ speed: 600 }); }, 300_000);
afterAll(() => aws?.stop());
beforeEach(async () => {
  await aws.reset();
  await aws.clock({ speed: 600 });
  rds = new RDSClient({ ...aws.client(REGION, ACCOUNT), maxAttempts: 1 });
  await rds.send(new CreateDBClusterCommand({ DBClusterIdentifier: 'orders', Engine: 'aurora-mysql', MasterUsername: 'me', MasterUserPassword: 'password1' }));
  await aws.clearCalls();
});
const create = (id = 'one', more: object = {}) => rds.send(new CreateDBClusterSnapshotCommand({ DBClusterIdentifier: 'orders', DBClusterSnapshotIdentifier: id, ...more }));
const look = () => rds.send(new DescribeDBClustersCommand({}));

describe('calls', () => {
  test('are recorded with principal, action, parameters, what IAM said of which resource, and the answer', async () => {
    await create('One', { Tags: [{ Key: 'a', Value: 'b' }] });
    await expect(create('One')).rejects.toThrow();
    const calls = await aws.calls({ action: 'rds:Create*' });
    expect(calls).toMatchObject([
      {
        principal: `arn:aws:iam::${ACCOUNT}:root`,
        role: null,
        region: REGION,
        decision: 'allowed',
        status: 200,
        invalid: [],
        parameters: { DBClusterIdentifier: 'orders', DBClusterSnapshotIdentifier: 'One', Tags: [{ Key: 'a', Value: 'b' }] },
        checks: [
          { action: 'rds:CreateDBClusterSnapshot', resource: `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:orders` },
          { action: 'rds:CreateDBClusterSnapshot', resource: `arn:aws:rds:${REGION}:${ACCOUNT}:cluster-snapshot:one` },
          { action: 'rds:AddTagsToResource', resource: `arn:aws:rds:${REGION}:${ACCOUNT}:cluster-snapshot:one` },
        ],
      },
      { status: 400, code: 'DBClusterSnapshotAlreadyExistsFault', message: expect.stringContaining('already exists') },
    ]);
    expect(await aws.calls({ after: String(calls[0].id), parameters: 'One' })).toHaveLength(1);
  });

  test('with parameters the service does not know are told; missing and mistyped ones are refused', async () => {
    const role = await asRole(aws, [{ Effect: 'Allow', Action: '*', Resource: '*' }]);
    await aws.clearCalls();
    await ask(aws, 'rds', 'DescribeDBClusters', { Version: '2014-10-31', ClusterName: 'orders' });
    await expect(ask(aws, 'rds', 'CreateDBClusterSnapshot', { DBClusterIdentifier: 'orders' })).rejects.toThrow(/MissingParameter.*DBClusterSnapshotIdentifier/s);
    await expect(ask(aws, 'rds', 'DescribeDBClusters', { MaxRecords: 'many' })).rejects.toThrow(/InvalidParameterValue/);
    await expect(ask(aws, 'rds', 'DescribeDBClusters', { IncludeShared: 'perhaps' })).rejects.toThrow(/InvalidParameterValue/);
    expect((await aws.calls()).map((call) => call.invalid[0])).toEqual([
      'unknown parameter ClusterName', 'missing parameter DBClusterSnapshotIdentifier', expect.stringContaining('many'), 'invalid parameter IncludeShared',
    ]);
    const client = new RDSClient({ ...aws.client(REGION), credentials: role });
    await client.send(new CreateDBClusterSnapshotCommand({ DBClusterIdentifier: 'orders' } as any)).catch(() => undefined);
    await expect(async () => assertAllowed(await aws.calls())).rejects.toThrow(/tested\/session .*CreateDBClusterSnapshot: missing parameter DBClusterSnapshotIdentifier/);
  });

  test('of a function and of a state machine are made with their own role', async () => {
    const stack = new Stack(aws);
    const machine = (...Resource: string[]) => ({
      MachineRole: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'states.amazonaws.com' } }] },
          Policies: [{ PolicyName: 'invoke', PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource }] } }],
        },
      },
      Machine: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          RoleArn: { 'Fn::GetAtt': ['MachineRole', 'Arn'] },
          DefinitionString: { 'Fn::Sub': '{"StartAt":"Look","States":{"Look":{"Type":"Task","Resource":"${Function.Arn}","End":true}}}' },
        },
      },
      Probe: probe({ Create: { calls: [['DescribeDBClusters', {}]] } }),
    });
    const LOOK = [{ Effect: 'Allow', Action: 'rds:DescribeDBClusters', Resource: '*' } as const];
    const run = async (silent = 1) => {
      const { StackResourceDetail } = await stack.resource('Machine');
      const { executionArn } = JSON.parse(await ask(aws, 'states', 'AWSStepFunctions.StartExecution', {
        stateMachineArn: StackResourceDetail!.PhysicalResourceId, input: JSON.stringify({ ResourceProperties: { On: JSON.stringify({ Create: { silent } }) }, RequestType: 'Create' }),
      }));
      return until(async () => {
        const execution = JSON.parse(await ask(aws, 'states', 'AWSStepFunctions.DescribeExecution', { executionArn }));
        return execution.status !== 'RUNNING' && execution;
      });
    };

    expect(await stack.create(template(machine('arn:aws:lambda:*:*:function:another'), LOOK))).toBe('CREATE_COMPLETE');
    expect(await aws.calls({ action: 'rds:*' })).toMatchObject([{ session: 'probe', role: expect.stringMatching(/^probe-Role/), decision: 'allowed' }]);
    expect(await run()).toMatchObject({ status: 'FAILED', error: 'Lambda.AWSLambdaException' });

    await stack.update(template(machine(`arn:aws:lambda:${REGION}:${ACCOUNT}:function:probe`), LOOK));
    expect(await run()).toMatchObject({ status: 'SUCCEEDED' });
    expect(await run(262_144)).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    const invocations = await aws.calls({ action: 'lambda:InvokeFunction', role: (await stack.resource('MachineRole')).StackResourceDetail!.PhysicalResourceId! });
    expect(invocations.map((call) => call.decision)).toEqual(['denied', 'allowed', 'allowed']);
  });
});

describe('faults', () => {
  test('hit the n-th matching call, as often as asked, and no other', async () => {
    await aws.fault({ kind: 'throttle', action: 'rds:DescribeDBClusters', nth: 2, times: 2 });
    const outcomes: string[] = [];
    for (let n = 0; n < 4; n++) {
      await create(`n${n}`);
      outcomes.push(await look().then(() => 'ok', (error) => `${error.$metadata.httpStatusCode} ${error.name}: ${error.message}`));
    }
    expect(outcomes).toEqual(['ok', '400 Throttling: Rate exceeded', '400 Throttling: Rate exceeded', 'ok']);
    expect(await aws.faults()).toMatchObject([{ seen: 4, fired: 2 }]);
  });

  test('choose by Region, caller and identifier', async () => {
    await aws.fault({ kind: 'error', action: 'rds:*', region: 'eu-central-1' });
    await aws.fault({ kind: 'error', action: 'rds:*', principal: 'nobody' });
    await aws.fault({ kind: 'error', action: 'rds:*', identifier: '^two$', code: 'ServiceUnavailable', status: 503, message: 'busy' });
    await create('one');
    await expect(create('two')).rejects.toMatchObject({ name: 'ServiceUnavailable', message: 'busy' });
  });

  test('lose the answer of a call that was carried out', async () => {
    await aws.fault({ kind: 'lost', action: 'rds:CreateDBClusterSnapshot' });
    await expect(create()).rejects.toMatchObject({ name: 'InternalFailure', $metadata: { httpStatusCode: 500 } });
    expect(await aws.snapshots()).toContainEqual(expect.objectContaining({ DBClusterSnapshotIdentifier: 'one' }));
  });

  test('deny as IAM does when rights are not yet in force; the report does not blame the template for it', async () => {
    const role = await asRole(aws, [{ Effect: 'Allow', Action: '*', Resource: '*' }]);
    await aws.fault({ kind: 'deny', action: 'rds:DescribeDBClusters' });
    const client = new RDSClient({ ...aws.client(REGION), credentials: role });
    await expect(client.send(new DescribeDBClustersCommand({}))).rejects.toMatchObject({ name: 'AccessDenied', message: expect.stringContaining('is not authorized to perform: rds:DescribeDBClusters') });
    const calls = await aws.calls({ action: 'rds:DescribeDBClusters' });
    expect(calls[0]).toMatchObject({ decision: 'denied', fault: { kind: 'deny' } });
    assertAllowed(calls);
  });

  test('deny a key', async () => {
    await create();
    await aws.clock({ advance: 3600 });
    await aws.fault({ kind: 'kmsDenied', action: 'rds:CopyDBClusterSnapshot' });
    await expect(rds.send(new CopyDBClusterSnapshotCommand({ SourceDBClusterSnapshotIdentifier: 'one', TargetDBClusterSnapshotIdentifier: 'two' })))
      .rejects.toMatchObject({ name: 'KMSKeyNotAccessibleFault' });
  });

  test('let what was started fail on its way', async () => {
    await aws.clock({ speed: 0 });
    await aws.fault({ kind: 'endsFailed', action: 'rds:CreateDBClusterSnapshot', identifier: ':one$', percent: 40 });
    await create('one');
    await create('two');
    const seen = async () => (await rds.send(new DescribeDBClusterSnapshotsCommand({ SnapshotType: 'manual' }))).DBClusterSnapshots!.map((s) => `${s.Status} ${s.PercentProgress}`);
    await aws.clock({ advance: 18 });
    expect(await seen()).toEqual(['creating 30', 'creating 30']);
    await aws.clock({ advance: 3600 });
    expect(await seen()).toEqual(['failed 40', 'available 100']);
  });

  test('kill the function before or after its call is carried out', async () => {
    const stack = new Stack(aws);
    const make = (id: string) => probe({ Create: { calls: [['CreateDBClusterSnapshot', { DBClusterIdentifier: 'orders', DBClusterSnapshotIdentifier: id }]] } }, {}, { DependsOn: ['Function', 'Policy'] });
    const rights = [{ Effect: 'Allow', Action: 'rds:CreateDBClusterSnapshot', Resource: '*' } as const];
    await aws.fault({ kind: 'killLambda', principal: 'probe', action: 'rds:CreateDBClusterSnapshot', when: 'after' });
    // Lambda runs it again, and the second time the snapshot exists already: the answer was lost with the process.
    expect(await stack.create(template({ Probe: make('one') }, rights))).toBe('ROLLBACK_COMPLETE');
    expect((await aws.calls({ action: 'rds:CreateDBClusterSnapshot' })).map((call) => call.code)).toEqual([null, 'DBClusterSnapshotAlreadyExistsFault']);
  });

  test('of an unknown kind or with an unknown option are refused', async () => {
    await expect(aws.post('faults', { kind: 'magic' })).rejects.toThrow(/throttle/);
    await expect(aws.post('faults', { kind: 'throttle', nht: 2 })).rejects.toThrow(/nth/);
  });
});
