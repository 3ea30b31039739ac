import { Snapshot } from '../../../../src/core/snapshot';
import { SweepAnswer } from '../../../../src/runtime/doors/vault/steps';
import { denied, throttled } from '../../../support/errors';
import { NOON, OTHER_ACCOUNT, OTHER_REGION } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { VaultDoor } from '../../../support/vault-door';
import { DAY, FAR_REGION, HOUR, SENDER, aFurtherCopy, aVault, shared, stored, storedFar } from '../../../support/vault-events';

const logged = captureLog();
const values = (metric: string) => logged().filter((line) => metric in line).map((line) => line[metric]);

async function sweep(snapshots: Snapshot[], rules = aVault(), rds = new FakeRds(snapshots)): Promise<SweepAnswer> {
  const door = new VaultDoor(rds);
  const answer = await door.look({ door: 'vault', task: 'sweep', rules });
  expect(rds.writes).toEqual([]);
  return answer as SweepAnswer;
}
const arrivedIn = async (...of: Parameters<typeof sweep>) => (await sweep(...of)).arrived.map(({ snapshotArn }) => snapshotArn);
const made = (name: string, hoursAgo: number, facts: Parameters<typeof shared>[1] = {}) => (
  shared(name, { createTime: new Date(NOON - hoursAgo * HOUR), ...facts })
);

describe('what is shared and not in the vault', () => {
  test('is to be received, the newest first', async () => {
    expect(await arrivedIn([made('a', 3), made('b', 1), made('c', 2)])).toEqual([made('b', 1), made('c', 2), made('a', 3)].map(({ arn }) => arn));
  });

  test('gets one place less than there are for a day: that one is for what is announced', async () => {
    const source = [1, 2, 3, 4, 5, 6].map((hours) => made(`s${hours}`, hours));

    expect(await arrivedIn(source)).toEqual(source.slice(0, 3).map(({ arn }) => arn));
    expect(await arrivedIn(source, aVault({ dailyAdmission: 1 }))).toEqual([source[0].arn]);
  });

  test('and what a cluster has enough of is counted, if it is of today: what was left over is no flood', async () => {
    await sweep([1, 2, 3, 4, 5, 25, 26].map((hours) => made(`s${hours}`, hours)));

    expect(values('AdmissionRefused')).toEqual([2]);
  });

  test('is received again where the copy failed or its execution was stopped, and left alone where it is complete', async () => {
    const sources = ['available', 'failed', 'copying'].map((status, index) => ({ source: made(status, index), status }));
    const copies = sources.map(({ source, status }) => stored(status, { source, status }));

    expect(await arrivedIn([...sources.map(({ source }) => source), ...copies])).toEqual([sources[1].source.arn, sources[2].source.arn]);
  });

  test.each<[string, Snapshot]>([
    ['in the making', made('x', 1, { status: 'creating' })],
    ['older than the vault would keep it', made('x', 24 * 31)],
    ['of an account that is no source', made('x', 1, { account: '999999999999' })],
    ['of another engine', made('x', 1, { engine: 'docdb' })],
  ])('is not received while it is %s, and nobody is alarmed', async (_, source) => {
    expect(await arrivedIn([source])).toEqual([]);
    expect(values('AdmissionRefused')).toEqual([]);
  });

  test('is not received of clusters that are not named', async () => {
    const rules = aVault({ sources: [{ accountId: OTHER_ACCOUNT, regions: [OTHER_REGION], clusters: ['billing'] }] });

    expect(await arrivedIn([made('x', 1), made('y', 1, { clusterIdentifier: 'billing' })], rules)).toEqual([made('y', 1).arn]);
  });
});

describe('a Region that cannot be read', () => {
  const rules = aVault({ sources: [{ accountId: OTHER_ACCOUNT, regions: [OTHER_REGION, 'eu-west-3'] }] });

  test('does not hide what is in the others, and is told', async () => {
    const rds = new FakeRds([made('x', 1)]);
    const list = rds.listSharedSnapshots.bind(rds);
    jest.spyOn(rds, 'listSharedSnapshots').mockImplementation(async (region) => (region === 'eu-west-3' ? Promise.reject(denied()) : list(region)));

    expect(await sweep([], rules, rds)).toEqual({
      arrived: [{ snapshotArn: made('x', 1).arn, sender: SENDER }], troubles: [expect.stringMatching(/^what is shared in eu-west-3 could not be listed: AccessDenied/)],
    });
    expect(values('SweepFailed')).toEqual([1]);
  });

  test('of the vault itself ends the sweep: without the list of its copies it might take in too many', async () => {
    await expect(sweep([], rules, new FakeRds([]).breaks('listManualSnapshots', throttled()))).rejects.toThrow('Rate exceeded');
  });
});

describe('further copies that are missing', () => {
  const rules = aVault({ copies: [aFurtherCopy()] });
  const copy = (hoursAgo: number, facts: Parameters<typeof stored>[1] = {}) => stored(`s${hoursAgo}`, { source: made(`s${hoursAgo}`, hoursAgo), createTime: new Date(NOON - hoursAgo * HOUR), ...facts });

  test('are made, also of those that failed', async () => {
    const copies = [copy(1), copy(2), copy(3)];
    const far = [storedFar(copies[0]), storedFar(copies[1], { status: 'failed' })];

    const missing = [copies[1], copies[2]].map(({ arn }) => ({ snapshotArn: arn, region: FAR_REGION, sender: SENDER }));
    expect((await sweep([...copies, ...far], rules)).arrived).toEqual(missing);
  });

  test('are not made of what is not complete, is older than a week, or would be pruned there', async () => {
    const old = [copy(1, { status: 'copying' }), copy(24 * 7)];
    const short = aVault({ copies: [aFurtherCopy({ retention: { keep: 'for', seconds: 86_400, minimumSnapshots: 1 } })] });

    expect((await sweep(old, rules)).arrived).toEqual([]);
    expect((await sweep([copy(24)], short)).arrived).toEqual([]);
    expect((await sweep([copy(23)], short)).arrived).toHaveLength(1);
  });
});

describe('the age of the newest copies', () => {
  const copyOf = (cluster: string, days: number, facts: Parameters<typeof stored>[1] = {}) => stored(`${cluster}${days}`, {
    source: shared(`${cluster}${days}`, { clusterIdentifier: cluster, createTime: new Date(NOON - days * DAY) }), ...facts,
  });

  test('is that of the cluster where it is oldest, by the time of the data', async () => {
    await sweep([copyOf('orders', 1), copyOf('orders', 9), copyOf('billing', 2), copyOf('billing', 3)]);

    expect(values('NewestCopyAge')).toEqual([2 * 86_400]);
    expect(logged()).toContainEqual(expect.objectContaining({ message: 'age of the newest copies', oldest: `${OTHER_ACCOUNT}/${OTHER_REGION}/billing` }));
  });

  test('does not count what is not complete, nor clusters that are not taken any more', async () => {
    const rules = aVault({ sources: [{ accountId: OTHER_ACCOUNT, regions: [OTHER_REGION], clusters: ['orders'] }] });
    await sweep([copyOf('orders', 3), copyOf('orders', 1, { status: 'copying' }), copyOf('billing', 20)], rules);

    expect(values('NewestCopyAge')).toEqual([3 * 86_400]);
  });

  test('does not count a cluster of which nothing has come for longer than copies are kept: it is retired', async () => {
    await sweep([copyOf('orders', 3), copyOf('billing', 31)]);

    expect(values('NewestCopyAge')).toEqual([3 * 86_400]);
    expect(logged()).toContainEqual(expect.objectContaining({ message: 'age of the newest copies', retired: [`${OTHER_ACCOUNT}/${OTHER_REGION}/billing`] }));
  });

  test('counts one that is named, however long nothing has come of it, and is not told while there is no copy of it at all', async () => {
    const rules = aVault({ sources: [{ accountId: OTHER_ACCOUNT, regions: [OTHER_REGION, 'eu-west-3'], clusters: ['orders', 'billing'] }] });
    await sweep([copyOf('orders', 3), copyOf('billing', 31)], rules);
    expect(values('NewestCopyAge')).toEqual([31 * 86_400]);

    await sweep([copyOf('orders', 3)], rules);
    expect(values('NewestCopyAge')).toHaveLength(1);
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', clusters: ['billing'] }));
  });

  test('is nothing where there is no copy: the alarm takes that for a breach', async () => {
    await sweep([made('x', 1)]);

    expect(values('NewestCopyAge')).toEqual([]);
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: 'there are clusters without any copy, or no copies at all' }));
  });
});

test('no more is found than the state of an execution holds', async () => {
  const many = Array.from({ length: 250 }, (_, index) => made(`s${index}`, 1, { clusterIdentifier: `c${index}` }));

  const clusters = many.map(({ clusterIdentifier }) => clusterIdentifier);
  const { arrived } = await sweep(many, aVault({ sources: [{ accountId: OTHER_ACCOUNT, regions: [OTHER_REGION], clusters }] }));
  expect(arrived).toHaveLength(200);
  expect(JSON.stringify(arrived).length * 3).toBeLessThan(262_144);
});
