import { ACCOUNT, asRole, REGION, setRights, Statement } from './probe';
import { THERE, World } from './world';
import { LocalAws } from '../../local/local-aws';

let aws: LocalAws;
let world: World;
beforeAll(async () => {
  aws = await LocalAws.start({ speed: 600 });
  world = new World(aws);
}, 300_000);
afterAll(() => aws?.stop());
beforeEach(() => aws.reset());

const PATH = '/cdk-aurora-backup/orders';
const PARAMETER = (name: string) => `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${name}`;
const allow = (Action: string | string[], Resource: string | string[]): Statement => ({ Effect: 'Allow', Action, Resource });

const ssm = (action: string, input: object, ...where: any[]) => world.json('ssm', `AmazonSSM.${action}`, input, ...where);
const put = (name: string, value = 'kept', ...where: any[]) => ssm('PutParameter', { Name: `${PATH}/${name}`, Type: 'String', Value: value }, ...where);
const below = (input = {}) => ssm('GetParametersByPath', { Path: PATH, Recursive: true, ...input });

test('a parameter is written once; who comes second without Overwrite is told so and changes nothing', async () => {
  await put('first', 'one');
  expect(await put('first', 'two')).toMatchObject({ __type: expect.stringContaining('ParameterAlreadyExists') });
  expect((await ssm('GetParameter', { Name: `${PATH}/first` })).Parameter).toMatchObject({ Value: 'one', Version: 1, ARN: PARAMETER(`${PATH}/first`) });
});

test('of those below a path no more than ten are told at once, and no more than ten deleted', async () => {
  const names = Array.from({ length: 12 }, (_, number) => `${PATH}/${number}`);
  for (const name of names) await ssm('PutParameter', { Name: name, Type: 'String', Value: 'kept' });
  const page = await below();
  expect(page.Parameters).toHaveLength(10);
  expect((await below({ NextToken: page.NextToken })).Parameters).toHaveLength(2);
  expect(await below({ MaxResults: 11 })).toMatchObject({ __type: expect.stringContaining('ValidationException') });

  expect(await ssm('DeleteParameters', { Names: names })).toMatchObject({ __type: expect.stringContaining('ValidationException') });
  expect(await ssm('DeleteParameters', { Names: [...names.slice(0, 9), `${PATH}/none`] }))
    .toEqual({ DeletedParameters: names.slice(0, 9), InvalidParameters: [`${PATH}/none`] });
  expect((await below()).Parameters).toHaveLength(3);
});

test('more than 4096 characters, or 15 levels, are refused', async () => {
  expect(await put('long', 'x'.repeat(4097))).toMatchObject({ __type: expect.stringContaining('ValidationException') });
  expect(await put('deep/'.repeat(15))).toMatchObject({ __type: expect.stringContaining('HierarchyLevelLimitExceededException') });
  expect((await below()).Parameters).toEqual([]);
});

test('accounts and Regions are separate', async () => {
  await put('here');
  expect((await ssm('GetParameter', { Name: `${PATH}/here` }, THERE)).__type).toContain('ParameterNotFound');
  expect((await ssm('GetParameter', { Name: `${PATH}/here` }, REGION, '222222222222')).__type).toContain('ParameterNotFound');
});

test('IAM is asked for each parameter by its name, and for a path by the path itself', async () => {
  await put('mine');
  const session = await asRole(aws, [allow('ssm:*', PARAMETER(`${PATH}/mine`))]);
  const as = (action: string, input: object) => ssm(action, input, REGION, ACCOUNT, session);

  expect((await as('GetParameter', { Name: `${PATH}/mine` })).Parameter.Value).toBe('kept');
  expect(await as('GetParameter', { Name: `${PATH}/other` })).toMatchObject({
    __type: expect.stringContaining('AccessDeniedException'), Message: expect.stringContaining(`ssm:GetParameter on resource: ${PARAMETER(`${PATH}/other`)}`),
  });
  expect((await as('DeleteParameters', { Names: [`${PATH}/mine`, `${PATH}/other`] })).Message).toContain(`on resource: ${PARAMETER(`${PATH}/other`)}`);
  expect((await as('GetParametersByPath', { Path: PATH })).Message).toContain(`on resource: ${PARAMETER(PATH)} `);

  await setRights(aws, [allow('ssm:GetParametersByPath', PARAMETER(PATH)), allow('ssm:PutParameter', PARAMETER(`${PATH}/*`))]);
  expect((await as('GetParametersByPath', { Path: PATH })).Parameters).toHaveLength(1);
  const tagged = { Name: `${PATH}/tagged`, Type: 'String', Value: 'kept', Tags: [{ Key: 'a', Value: 'b' }] };
  expect((await as('PutParameter', tagged)).Message).toContain('ssm:AddTagsToResource');
});

test('calls are recorded with what is wrong with them, and faults reach them', async () => {
  await aws.fault({ kind: 'throttle', action: 'ssm:PutParameter' });
  expect(await put('first')).toMatchObject({ __type: expect.stringContaining('ThrottlingException') });
  await aws.fault({ kind: 'lost', action: 'ssm:PutParameter' });
  expect(await put('first')).toMatchObject({ __type: expect.stringContaining('InternalFailure') });
  expect(await put('first')).toMatchObject({ __type: expect.stringContaining('ParameterAlreadyExists') });
  await ssm('GetParameter', { Name: `${PATH}/first`, Wrong: true });

  const calls = await aws.calls({ service: 'ssm' });
  expect(calls.map((call) => [call.action, call.code])).toEqual([
    ['ssm:PutParameter', 'ThrottlingException'], ['ssm:PutParameter', 'InternalFailure'], ['ssm:PutParameter', 'ParameterAlreadyExists'], ['ssm:GetParameter', null],
  ]);
  expect(calls[3].invalid).toEqual(['unknown parameter Wrong']);
});
