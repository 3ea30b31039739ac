import { ParameterStoreClient } from '../../src/runtime/aws/parameter-store';
import { Records } from '../../src/runtime/records';
import { awsError, throttled } from '../support/errors';
import { SdkStub } from '../support/sdk-client';

const PATH = '/cdk-aurora-backup/shop/1a2b/Point';
const NAME = `${PATH}/first`;

/** Parameter Store as far as records need it: pages of two, and a deletion takes ten names at most. */
function parameterStore(parameters: Record<string, string> = {}) {
  const store = new Map(Object.entries(parameters));
  const sdk = new SdkStub({
    GetParameter: ({ Name }: { Name: string }) => (
      store.has(Name) ? { Parameter: { Name, Value: store.get(Name) } } : Promise.reject(awsError('ParameterNotFound'))
    ),
    PutParameter: ({ Name, Value, Overwrite }: { Name: string; Value: string; Overwrite?: boolean }) => {
      if (store.has(Name) && !Overwrite) {
        throw awsError('ParameterAlreadyExists');
      }
      store.set(Name, Value);
    },
    GetParametersByPath: ({ Path, Recursive, NextToken = '0' }: { Path: string; Recursive: boolean; NextToken?: string }) => {
      const below = [...store.keys()].filter((name) => name.startsWith(`${Path}/`) && (Recursive || !name.slice(Path.length + 1).includes('/')));
      const from = Number(NextToken);
      return { Parameters: below.slice(from, from + 2).map((Name) => ({ Name })), NextToken: from + 2 < below.length ? String(from + 2) : undefined };
    },
    DeleteParameters: ({ Names }: { Names: string[] }) => {
      if (Names.length > 10) {
        throw awsError('ValidationException');
      }
      Names.forEach((name) => store.delete(name));
      return { DeletedParameters: Names };
    },
  });
  return { store, sdk, records: new Records(sdk.connect(new ParameterStoreClient())) };
}

const failing = (error: Error) => new Records(new SdkStub(Object.fromEntries(
  ['GetParameter', 'PutParameter', 'GetParametersByPath', 'DeleteParameters'].map((call) => [call, () => Promise.reject(error)]),
)).connect(new ParameterStoreClient()));

test('what nobody wrote down is not found', async () => {
  expect(await parameterStore().records.find(NAME)).toBeUndefined();
});

test('what is kept is found', async () => {
  const { records } = parameterStore();

  expect(await records.keep(NAME, 'snapshot 1')).toBe('snapshot 1');
  expect(await records.find(NAME)).toBe('snapshot 1');
});

test('a record says in Parameter Store what it is, and whose', async () => {
  const { records, sdk } = parameterStore();
  await records.keep(NAME, 'snapshot 1');

  expect(sdk.inputs).toEqual([{ Name: NAME, Value: 'snapshot 1', Type: 'String', Description: expect.stringContaining('cdk-aurora-backup') }]);
});

test('who comes second reads what the first wrote', async () => {
  const { records, store } = parameterStore({ [NAME]: 'snapshot 1' });

  expect(await records.keep(NAME, 'snapshot 2')).toBe('snapshot 1');
  expect(store.get(NAME)).toBe('snapshot 1');
});

test('a record that was there and is gone when it is read is no answer', async () => {
  const records = new Records(new SdkStub({
    PutParameter: () => Promise.reject(awsError('ParameterAlreadyExists')),
    GetParameter: () => Promise.reject(awsError('ParameterNotFound')),
  }).connect(new ParameterStoreClient()));

  await expect(records.keep(NAME, 'snapshot 2')).rejects.toMatchObject({ name: 'ParameterAlreadyExists' });
});

test('all records below a path go, however many, and no others', async () => {
  const mine = Array.from({ length: 23 }, (_, index) => `${PATH}/trigger-${index}`);
  const others = ['/cdk-aurora-backup/shop/1a2b/PointOfOthers/first', '/by-hand'];
  const { records, store } = parameterStore(Object.fromEntries([...mine, ...others].map((name) => [name, 'x'])));

  await records.removeAll(PATH);

  expect([...store.keys()]).toEqual(others);
});

test('where nothing is kept, nothing is deleted', async () => {
  const { records, sdk } = parameterStore();
  await records.removeAll(PATH);

  expect(sdk.sent.map(({ command }) => command)).toEqual(['GetParametersByPath']);
});

test.each<[call: string, ask: (records: Records) => Promise<unknown>]>([
  ['find', (records) => records.find(NAME)],
  ['keep', (records) => records.keep(NAME, 'snapshot 1')],
  ['removeAll', (records) => records.removeAll(PATH)],
])('whatever else AWS says is passed on (%s)', async (_, ask) => {
  await expect(ask(failing(throttled()))).rejects.toMatchObject({ name: 'ThrottlingException' });
});
