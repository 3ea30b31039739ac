import { ACCOUNT, FAILS, Stack, probe, template, until } from './probe';
import { LocalAws } from '../../local/local-aws';

let aws: LocalAws;
let stack: Stack;
beforeAll(async () => { aws = await LocalAws.start({ speed: 60 }); }, 300_000);
afterAll(() => aws?.stop());
beforeEach(async () => {
  await aws.reset();
  await aws.clock({ speed: 60 });
  stack = new Stack(aws);
});

const LOOK = { Effect: 'Allow', Action: 'rds:DescribeDBClusters', Resource: '*' } as const;
const NOTHING = { Effect: 'Allow', Action: 'rds:ListTagsForResource', Resource: '*' } as const;
const types = (requests: any[]) => requests.map((r) => `${r.RequestType} ${r.PhysicalResourceId ?? ''}`.trim());

test('create, update in place, delete: scalars as strings, the old properties beside the new', async () => {
  expect(await stack.create(template({ Probe: probe({ Create: { id: 'one' } }, { Number: 3, Flag: true, List: [1] }) }))).toBe('CREATE_COMPLETE');
  expect(await stack.update(template({ Probe: probe({}, { Number: 4, Flag: false, List: [1] }) }))).toBe('UPDATE_COMPLETE');
  const id = await stack.id();
  expect(await stack.delete(id)).toBe('DELETE_COMPLETE');

  const requests = await stack.requests();
  expect(types(requests)).toEqual(['Create', 'Update one', 'Delete one']);
  expect(requests[1]).toMatchObject({ ResourceProperties: { Number: '4', Flag: 'false' }, OldResourceProperties: { Number: '3', Flag: 'true', List: ['1'] } });
  expect(requests[1].StackId).toBe(id);
});

test('a replaced resource is deleted after the policies were narrowed; a Delete that fails there is given up', async () => {
  const look = [['DescribeDBClusters', {}]] as [string, object][];
  const Delete = { calls: look };
  await stack.create(template({ Probe: probe({ Create: { id: 'old', calls: look }, Delete }) }, [LOOK]));
  expect(await stack.update(template({ Probe: probe({ Update: { id: 'new' }, Delete }, { v: 2 }) }, [NOTHING]))).toBe('UPDATE_COMPLETE');

  expect(types(await stack.requests())).toEqual(['Create', 'Update old', 'Delete old']);
  const looks = await aws.calls({ action: 'rds:DescribeDBClusters' });
  expect(looks.map((call) => call.decision)).toEqual(['allowed', 'denied']);
  const events = await stack.events();
  expect(events.indexOf('Policy UPDATE_COMPLETE')).toBeLessThan(events.indexOf('Probe DELETE_IN_PROGRESS'));
  expect(events.slice(-4)).toEqual(['probe UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'Probe DELETE_IN_PROGRESS', 'Probe DELETE_FAILED', 'probe UPDATE_COMPLETE']);
});

test('a removed resource is deleted after the update, and forgotten even if that fails', async () => {
  await stack.create(template({ Probe: probe({ Delete: { status: 'FAILED' } }) }));
  expect(await stack.update(template({}))).toBe('UPDATE_COMPLETE');
  expect(types(await stack.requests())).toEqual(['Create', 'Delete first']);
  expect(await stack.delete(await stack.id())).toBe('DELETE_COMPLETE');
});

test('a failed Create is deleted under the id of its answer, unless its policy is Retain', async () => {
  const failing = probe({ Create: { id: 'half', status: 'FAILED' } });
  expect(await stack.create(template({ Probe: failing }))).toBe('ROLLBACK_COMPLETE');
  expect(types(await stack.requests())).toEqual(['Create', 'Delete half']);
  expect(await stack.reasons()).toContainEqual(expect.stringMatching(/^Received response status \[FAILED\] from custom resource\. Message returned: as planned \(RequestId: /));

  await stack.delete(await stack.id());
  await aws.clearCalls();
  expect(await stack.create(template({ Probe: { ...failing, DeletionPolicy: 'Retain' } }))).toBe('ROLLBACK_COMPLETE');
  expect(types(await stack.requests())).toEqual(['Create']);
});

test('RetainExceptOnCreate deletes what the failed create had completed', async () => {
  const body = template({ Probe: probe({}, {}, { DeletionPolicy: 'RetainExceptOnCreate' }), Broken: probe({ Create: { status: 'FAILED' } }, {}, { DependsOn: 'Probe' }) });
  expect(await stack.create(body)).toBe('ROLLBACK_COMPLETE');
  expect((await stack.requests()).map((r) => `${r.RequestType} ${r.LogicalResourceId}`)).toEqual(['Create Probe', 'Create Broken', 'Delete Broken', 'Delete Probe']);
});

test('a Create that is pending when the stack fails elsewhere is deleted under an invented id', async () => {
  const id = await stack.begin(template({ Probe: probe({ Create: { silent: 1 } }) }));
  await until(async () => (await aws.get('custom-resources')).length);
  const { StackResourceDetail: pending } = await stack.resource('Probe');
  expect(pending!.ResourceStatus).toBe('CREATE_IN_PROGRESS');

  await aws.post('custom-resources/fail-elsewhere', { stack: stack.name });
  expect(await stack.done(id)).toBe('ROLLBACK_COMPLETE');
  expect(types(await stack.requests())).toEqual(['Create', expect.stringMatching(/^Delete probe-Probe-[A-Z0-9]{12}$/)]);
  expect((await stack.resource('Probe')).StackResourceDetail).toMatchObject({ ResourceStatus: 'DELETE_COMPLETE' });
});

test('a failed update sends every updated resource back, the failed one too; old Data is not sent', async () => {
  await stack.create(template({ Probe: probe({ Create: { id: 'one', data: { Answer: 'old' } } }), Second: probe({}, {}, { DependsOn: 'Probe' }) }));
  const next = template({ Probe: probe({}, { v: 2 }), Second: probe({ Update: { status: 'FAILED' } }, {}, { DependsOn: 'Probe' }) });
  expect(await stack.update(next)).toBe('UPDATE_ROLLBACK_COMPLETE');

  const updates = (await stack.requests()).slice(2);
  expect(updates.map((r) => `${r.RequestType} ${r.LogicalResourceId}`)).toEqual(['Update Probe', 'Update Second', 'Update Probe', 'Update Second']);
  expect(updates[2]).toMatchObject({ PhysicalResourceId: 'one', OldResourceProperties: { v: '2' } });
  expect(updates[2].ResourceProperties.v).toBeUndefined();
  expect(JSON.stringify(updates[2])).not.toContain('"Data":');
});

test('a resource created by a failed update is deleted in its cleanup', async () => {
  await stack.create(template({}));
  expect(await stack.update(template({ Probe: probe({ Create: { id: 'half', status: 'FAILED' } }) }))).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(types(await stack.requests())).toEqual(['Create', 'Delete half']);
});

test('a Delete that fails blocks the deletion of the stack', async () => {
  await stack.create(template({ Probe: probe({ Delete: { status: 'FAILED' } }) }));
  expect(await stack.delete(await stack.id())).toBe('DELETE_FAILED');
});

test('without an answer the resource fails after ServiceTimeout, by default 3600 s of the emulated clock', async () => {
  await aws.clock({ speed: 2400 });
  const before = (await aws.clock()).getTime();
  expect(await stack.create(template({ Probe: probe({ Create: { silent: 1 } }) }))).toBe('ROLLBACK_COMPLETE');
  const took = ((await aws.clock()).getTime() - before) / 1000;
  expect(took).toBeGreaterThanOrEqual(3600);
  expect(took).toBeLessThan(16_000);
});

test('an answer of more than 4096 bytes, or with an id of more than 1 KB, fails', async () => {
  expect(await stack.create(template({ Probe: probe({ Create: { data: { Long: 'x'.repeat(4096) } } }) }))).toBe('ROLLBACK_COMPLETE');
  await stack.delete(await stack.id());
  expect(await stack.create(template({ Probe: probe({ Create: { id: 'x'.repeat(1025) } }) }))).toBe('ROLLBACK_COMPLETE');
});

test('a function that dies is run again by Lambda, as an asynchronous invocation is', async () => {
  await aws.fault( { kind: 'killLambda', action: 'rds:DescribeDBClusters' });
  expect(await stack.create(template({ Probe: probe({ Create: { calls: [['DescribeDBClusters', {}]] } }) }, [LOOK]))).toBe('CREATE_COMPLETE');
  expect((await aws.calls({ action: 'rds:DescribeDBClusters' })).map((call) => call.status)).toEqual([500, 200]);
});

test('other resources that fail roll the custom resource back', async () => {
  expect(await stack.create(template({ Probe: probe({ Create: { id: 'one' } }), Broken: FAILS }))).toBe('ROLLBACK_COMPLETE');
  expect(types(await stack.requests())).toEqual(['Create', 'Delete one']);
});

test('templates, roles and environments have the sizes of AWS', async () => {
  const many = Object.fromEntries([...Array(499)].map((_, n) => [`Queue${n}`, { Type: 'AWS::SQS::Queue' }]));
  await expect(stack.create({ Resources: { ...many, A: { Type: 'AWS::SQS::Queue' }, B: { Type: 'AWS::SQS::Queue' } } })).rejects.toThrow(/501/);
  const fn = (template({}) as any).Resources.Function;
  const wide = [...Array(120)].map((_, n) => ({ ...LOOK, Resource: `arn:aws:rds:eu-west-1:${ACCOUNT}:cluster:a-rather-long-name-${n}` }));
  const Managed = { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: { Statement: wide.slice(0, 60) } } };
  const Roomy = { Type: 'AWS::Lambda::Function', DependsOn: 'Function', Properties: { ...fn.Properties, FunctionName: 'roomy', Environment: { Variables: { A: 'x'.repeat(4096) } } } };
  for (const body of [template({}, wide), template({ Managed }), template({ Roomy })]) {
    expect(await stack.create(body)).toBe('ROLLBACK_COMPLETE');
    await stack.delete(await stack.id());
  }
});
