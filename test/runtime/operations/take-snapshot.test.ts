import { toldTo } from '../../../src/core/advice';
import { OwnershipTag } from '../../../src/core/ownership';
import { TakeSnapshotRequest } from '../../../src/core/requests';
import { TakeSnapshot } from '../../../src/runtime/operations/take-snapshot';
import { assigned, takeRequest } from '../../support/assignments';
import { awsError, denied, quota, throttled } from '../../support/errors';
import { OWNER } from '../../support/events';
import { FakeRds } from '../../support/fake-rds';
import { aSnapshot } from '../../support/snapshots';

const request = takeRequest({ Tags: { team: 'billing' } });
const assignment = assigned(request);
const { targetIdentifier, target } = assignment;

const take = async (rds: FakeRds, wanted: TakeSnapshotRequest, elapsedSeconds = 0) =>
  toldTo('deploy', await new TakeSnapshot(rds.asGateway()).start(wanted, { ...assignment, elapsedSeconds }));
const start = (rds: FakeRds, elapsedSeconds = 0) => take(rds, request, elapsedSeconds);
const withCluster = (status: string, engine = 'aurora-postgresql') => Object.assign(new FakeRds(), { clusters: [{ identifier: 'orders', status, engine }] });

test('a snapshot of an available cluster is begun, with the tags of its owner', async () => {
  const rds = new FakeRds();

  expect(await start(rds)).toEqual({ status: 'RUNNING', percent: 0, detail: `the snapshot ${targetIdentifier} is being created` });
  expect(rds.writes).toEqual([`create ${targetIdentifier}`]);
  expect(rds.find(target)).toMatchObject({
    clusterIdentifier: 'orders', tags: { team: 'billing', [OwnershipTag.OWNER]: OWNER, [OwnershipTag.IDENTIFIER]: targetIdentifier },
  });
});

test("the library's own tags win over those of the same name", async () => {
  const rds = new FakeRds();
  const wanted = { ...request, tags: { [OwnershipTag.OWNER]: 'cab-00000000' } };

  await new TakeSnapshot(rds.asGateway()).start(wanted, assignment);

  expect(rds.find(target)!.tags[OwnershipTag.OWNER]).toBe(OWNER);
});

describe('the same request never takes a second snapshot', () => {
  test.each([['creating', 'RUNNING'], ['available', 'SUCCEEDED'], ['failed', 'FAILED']])('when the first is %s: %s', async (status, expected) => {
    const rds = new FakeRds([aSnapshot({ identifier: targetIdentifier, tags: assignment.ownershipTags, status })]);

    expect(await start(rds)).toMatchObject({ status: expected });
    expect(rds.writes).toEqual([]);
  });

  test('when the answer of the first try was lost', async () => {
    const rds = new FakeRds().breaks('createSnapshot', awsError('TimeoutError'));
    expect(await start(rds)).toMatchObject({ status: 'PENDING' });

    rds.heal();
    await start(rds);
    await start(rds);

    expect(rds.writes).toEqual([`create ${targetIdentifier}`]);
  });

  test('when the first is not listed yet, so that RDS alone knows of it', async () => {
    const rds = new FakeRds().breaks('createSnapshot', awsError('DBClusterSnapshotAlreadyExistsFault'));

    expect(await start(rds)).toMatchObject({ status: 'RUNNING' });
  });
});

test('a snapshot of that name which somebody else made is left alone', async () => {
  const rds = new FakeRds([aSnapshot({ identifier: targetIdentifier })]);

  expect(await start(rds)).toMatchObject({ status: 'FAILED', message: expect.stringContaining('exists already and was not made by this deployment') });
  expect(rds.writes).toEqual([]);
});

describe('a cluster that is busy is waited for', () => {
  test.each([
    'backing-up', 'modifying', 'creating', 'failing-over', 'maintenance', 'upgrading', 'starting', 'renaming', 'storage-optimization', 'some-state-of-tomorrow', 'unknown',
  ])('%s', async (status) => {
    const rds = withCluster(status);

    expect(await start(rds, 3000)).toEqual({ status: 'PENDING', queued: true, reason: `the cluster 'orders' is '${status}'; its snapshot waits until it is 'available'` });
    expect(rds.writes).toEqual([]);
  });
});

describe('a cluster in a state that does not end by itself fails', () => {
  test.each([
    'stopped', 'stopping', 'deleting', 'inaccessible-encryption-credentials', 'inaccessible-encryption-credentials-recoverable',
    'cloning-failed', 'migration-failed', 'upgrade_failed',
  ])('%s', async (status) => {
    const rds = withCluster(status);

    expect(await start(rds)).toEqual({
      status: 'FAILED', message: expect.stringMatching(new RegExp(`cluster 'orders' is '${status}', which does not end by itself; bring .* back to 'available'`)),
    });
    expect(rds.writes).toEqual([]);
  });
});

test.each(['neptune', 'docdb', 'mysql', 'unknown'])('a cluster of %s is refused', async (engine) => {
  expect(await start(withCluster('available', engine))).toEqual({
    status: 'FAILED', message: `the cluster 'orders' runs '${engine}'; only aurora-mysql and aurora-postgresql are supported`,
  });
});

test('a cluster that does not exist is told with where it was looked for', async () => {
  const rds = Object.assign(new FakeRds(), { clusters: [] });

  expect(await start(rds)).toEqual({ status: 'FAILED', message: "there is no cluster 'orders' in eu-west-1; check the identifier given as cluster" });
});

describe('an error', () => {
  test('of the cluster between look and start is waited for', async () => {
    const rds = new FakeRds().breaks('createSnapshot', awsError('InvalidDBClusterStateFault', 'DB cluster is not available'));

    expect(await start(rds)).toMatchObject({ status: 'PENDING', reason: expect.stringContaining("taking a snapshot of the cluster 'orders' waits until RDS allows it") });
  });

  test('of the quota is told at once', async () => {
    expect(await start(new FakeRds().breaks('createSnapshot', quota()))).toMatchObject({ status: 'FAILED', message: expect.stringContaining('quota') });
  });

  test.each(['findCluster', 'createSnapshot'] as const)('of rights in %s is waited for, then told', async (call) => {
    const rds = new FakeRds().breaks(call, denied());

    expect(await start(rds, 299)).toMatchObject({ status: 'PENDING' });
    expect(await start(rds, 300)).toMatchObject({ status: 'FAILED', message: expect.stringContaining("taking a snapshot of the cluster 'orders' is not allowed") });
  });

  test('of the look keeps the snapshot from being taken: it may be there', async () => {
    const rds = new FakeRds().breaks('findSnapshot', throttled());

    expect(await start(rds)).toEqual({ status: 'PENDING', reason: expect.stringContaining('tried again') });
    expect(rds.writes).toEqual([]);
  });
});

test('more tags than RDS takes, with two in reserve for the release and the share, are told before anything is made', async () => {
  const ourOwn = Object.keys(assignment.ownershipTags).length;
  const many = (count: number) => ({ ...request, tags: Object.fromEntries(Array.from({ length: count }, (_, index) => [`tag${index}`, 'x'])) });
  const rds = new FakeRds();

  expect(await take(rds, many(49 - ourOwn))).toMatchObject({
    status: 'FAILED', message: expect.stringMatching(/would carry 49 tags, .* at most 48 are possible; declare fewer tags/),
  });
  expect(rds.writes).toEqual([]);
  expect(await take(rds, many(48 - ourOwn))).toMatchObject({ status: 'RUNNING' });
});

test('checking looks and never writes', async () => {
  const rds = new FakeRds();

  expect(await new TakeSnapshot(rds.asGateway()).check(request, assignment)).toMatchObject({ status: 'PENDING' });
  expect(rds.writes).toEqual([]);
});
