import {
  CreateDBInstanceCommand, DeleteDBClusterAutomatedBackupCommand, DeleteDBClusterCommand, DeleteDBInstanceCommand,
  DescribeDBClusterAutomatedBackupsCommand, DescribeDBClustersCommand, DescribeDBClusterSnapshotsCommand, DescribeDBInstancesCommand,
  ModifyDBClusterCommand, paginateDescribeDBClusterAutomatedBackups,
  RestoreDBClusterFromSnapshotCommand, RestoreDBClusterToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { HERE, refusal, World } from './world';
import { LocalAws } from '../../local/local-aws';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let local: LocalAws;
let world: World;
beforeAll(async () => {
  local = await LocalAws.start({ speed: 0, without: ['authorization', 'credentials'] });
  world = new World(local);
}, 300_000);
afterAll(() => local?.stop());
beforeEach(async () => {
  await local.reset();
  await local.settings({ snapshotSeconds: 0, restoreSeconds: 20 * MINUTE, instanceSeconds: 5 * MINUTE });
});

const PLACE = { DBClusterIdentifier: 'again', Engine: 'aurora-postgresql', EngineVersion: '16.4' };
const restore = (SnapshotIdentifier: string, more: object = {}) =>
  world.rds().send(new RestoreDBClusterFromSnapshotCommand({ ...PLACE, SnapshotIdentifier, ...more }));
const look = async (name: string = 'again') =>
  (await world.rds().send(new DescribeDBClustersCommand({ DBClusterIdentifier: name }))).DBClusters![0];
const facts = async (name: string = 'again') => (await local.clusters()).find((cluster) => cluster.DBClusterIdentifier === name)!;
const LATEST = { UseLatestRestorableTime: true };
const CLONE = { RestoreType: 'copy-on-write', UseLatestRestorableTime: true };
const before = (moment: Date, seconds: number) => new Date(+moment - seconds * 1000);
const pointInTime = (name: string, more: object) => world.rds().send(new RestoreDBClusterToPointInTimeCommand({
  DBClusterIdentifier: name,
  ...('SourceDbClusterResourceId' in more ? {} : { SourceDBClusterIdentifier: 'orders' }),
  ...more,
}));
const instance = (name: string, cluster: string = 'again') => world.rds().send(new CreateDBInstanceCommand({
  DBInstanceIdentifier: name, DBClusterIdentifier: cluster, DBInstanceClass: 'db.serverless', Engine: 'aurora-postgresql',
}));
const automated = async (DBClusterIdentifier: string) =>
  (await world.rds().send(new DescribeDBClusterSnapshotsCommand({ SnapshotType: 'automated', DBClusterIdentifier }))).DBClusterSnapshots!;
const snapshotOf = async (cluster: string, options: object = {}) => {
  await world.cluster(cluster, { EngineVersion: '16.4', ...options });
  return world.snapshot('s', cluster);
};

describe('a cluster that is restored from a snapshot', () => {
  test('is creating with rising progress on the emulated clock, then available', async () => {
    await snapshotOf('orders');

    const begun = (await restore('s')).DBCluster!;

    expect(begun).toMatchObject({ DBClusterIdentifier: 'again', Status: 'creating', PercentProgress: '0' });
    await local.clock({ advance: 5 * MINUTE });
    expect(await look()).toMatchObject({ Status: 'creating', PercentProgress: '25' });
    await local.clock({ advance: 15 * MINUTE });
    expect(await look()).toMatchObject({ Status: 'available', EngineVersion: '16.4' });
    expect((await look()).PercentProgress).toBeUndefined();
  });

  test('cannot be backed up, restored or modified, and gets no instance, before it is available', async () => {
    await snapshotOf('orders');
    await restore('s');

    const { EarliestRestorableTime, LatestRestorableTime } = await look();
    expect([EarliestRestorableTime, LatestRestorableTime]).toEqual([undefined, undefined]);
    const attempts: (() => Promise<unknown>)[] = [
      () => world.snapshot('t', 'again'),
      () => pointInTime('third', { SourceDBClusterIdentifier: 'again', ...LATEST }),
      () => world.rds().send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'again', BackupRetentionPeriod: 7 })),
      () => instance('again-1'),
    ];
    const finish = () => world.rds().send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'again', FinalDBSnapshotIdentifier: 'last' }));
    for (const attempt of [...attempts, finish]) {
      expect(await refusal(attempt())).toMatch(/^InvalidDBClusterStateFault: .*again/);
    }
    expect(await automated('again')).toEqual([]);

    await local.clock({ advance: 20 * MINUTE });

    expect((await look()).EarliestRestorableTime).toEqual(await local.clock());
    expect(await automated('again')).toHaveLength(1);
    for (const attempt of attempts) {
      expect(await refusal(attempt())).toBe('no error');
    }
    expect(await refusal(finish())).toMatch(/^InvalidDBClusterStateFault: Cluster cannot be deleted, it still contains DB instances/);
    await world.rds().send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'again-1' }));
    expect(await refusal(finish())).toBe('no error');
  });

  test('may have to wait for its first backup even then', async () => {
    await local.settings({ firstBackupSeconds: 10 * MINUTE });
    await world.cluster('orders', { EngineVersion: '16.4' });
    expect(await refusal(world.snapshot('s', 'orders'))).toMatch(/^InvalidDBClusterStateFault/);
    await local.clock({ advance: 10 * MINUTE });
    await world.snapshot('s', 'orders');
    await restore('s');
    await local.clock({ advance: 25 * MINUTE });

    expect(await look()).toMatchObject({ Status: 'available' });
    expect((await look()).LatestRestorableTime).toBeUndefined();
    expect(await refusal(world.snapshot('t', 'again'))).toMatch(/^InvalidDBClusterStateFault: .*no automated backup yet/);
    await local.clock({ advance: 5 * MINUTE });
    expect((await look()).LatestRestorableTime).toEqual(await local.clock());
    expect(await refusal(world.snapshot('t', 'again'))).toBe('no error');
  });

  test.each([['RestoreDBClusterFromSnapshot', 'failed'], ['RestoreDBClusterToPointInTime', 'cloning-failed']])('may fail on its way (%s)', async (action, status) => {
    await snapshotOf('orders');
    await local.fault({ kind: 'endsFailed', action: `rds:${action}`, percent: 40 });
    await (status === 'failed' ? restore('s') : pointInTime('again', CLONE));

    await local.clock({ advance: 7 * MINUTE });
    expect((await look()).Status).toBe('creating');
    await local.clock({ advance: HOUR });
    expect((await look()).Status).toBe(status);
    expect((await look()).EarliestRestorableTime).toBeUndefined();
  });
});


describe('what a snapshot does not say', () => {
  test('of a version: the default of the Region is taken, and a lower one is refused', async () => {
    await snapshotOf('orders');

    expect(await refusal(restore('s', { EngineVersion: '15.10' }))).toMatch(/^InvalidParameterCombination: .*16\.4.*lower.*15\.10/);
    expect((await restore('s', { EngineVersion: undefined })).DBCluster!.EngineVersion).toBe('17.5');
    await local.settings({ restoredVersion: 'inherited' });
    expect((await restore('s', { DBClusterIdentifier: 'as-it-was', EngineVersion: undefined })).DBCluster!.EngineVersion).toBe('16.4');
    expect((await restore('s', { DBClusterIdentifier: 'upgraded', EngineVersion: '16.6' })).DBCluster!.EngineVersion).toBe('16.6');
  });

  test.each([['inherited', 9], ['one-day', 1]] as const)('of a retention period: %s', async (restoredRetention, days) => {
    await local.settings({ restoredRetention });
    await snapshotOf('orders', { BackupRetentionPeriod: 9 });

    expect((await restore('s')).DBCluster!.BackupRetentionPeriod).toBe(days);
    expect((await pointInTime('at', LATEST)).DBCluster!.BackupRetentionPeriod).toBe(days);
    expect((await restore('s', { DBClusterIdentifier: 'said', BackupRetentionPeriod: 14 })).DBCluster!.BackupRetentionPeriod).toBe(14);
  });

  test('of a port: a snapshot\'s cluster keeps it, one at a point in time has the default of its engine', async () => {
    await snapshotOf('orders', { Port: 7000, MasterUsername: 'owner', DatabaseName: 'shop' });

    expect((await restore('s')).DBCluster!).toMatchObject({ Port: 7000, MasterUsername: 'owner', DatabaseName: 'shop' });
    expect((await pointInTime('at', LATEST)).DBCluster!).toMatchObject({ Port: 5432, MasterUsername: 'owner', DatabaseName: 'shop', EngineVersion: '16.4' });
  });
});

test('a restored cluster has the password of its source, until another is given or RDS manages it', async () => {
  await snapshotOf('orders', { MasterUserPassword: 'the-first-one' });
  await world.rds().send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'orders', MasterUserPassword: 'the-second-one' }));
  await restore('s');
  await pointInTime('at', LATEST);
  await local.clock({ advance: 20 * MINUTE });

  expect((await facts('again')).MasterUserPassword).toBe('the-first-one');
  expect((await facts('at')).MasterUserPassword).toBe('the-second-one');
  await world.rds().send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'again', MasterUserPassword: 'the-third-one' }));
  expect((await facts('again')).MasterUserPassword).toBe('the-third-one');
  const managed = await world.rds().send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'again', ManageMasterUserPassword: true }));
  expect(managed.DBCluster!.MasterUserSecret!.SecretArn).toMatch(/^arn:aws:secretsmanager:/);
  const again = await world.rds().send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'again', ManageMasterUserPassword: true }));
  expect(again.DBCluster!.MasterUserSecret).toEqual(managed.DBCluster!.MasterUserSecret);
  expect(await refusal(world.rds().send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'again', MasterUserPassword: 'the-fourth-one' }))))
    .toMatch(/^InvalidParameterCombination/);
  const { SecretString } = await world.json('secretsmanager', 'secretsmanager.GetSecretValue', { SecretId: managed.DBCluster!.MasterUserSecret!.SecretArn });
  expect(JSON.parse(SecretString)).toEqual({ username: 'postgres', password: (await facts('again')).MasterUserPassword });
  expect((await facts('again')).MasterUserPassword).not.toBe('the-third-one');
});

describe('a restore to a point in time', () => {
  test('names its source by name or by ARN', async () => {
    const { DBClusterArn } = await world.cluster('orders');
    expect(await look(DBClusterArn)).toMatchObject({ DBClusterIdentifier: 'orders' });
    expect(await refusal(pointInTime('by-name', { SourceDBClusterIdentifier: 'Orders', ...LATEST }))).toBe('no error');
    expect(await refusal(pointInTime('by-arn', { SourceDBClusterIdentifier: DBClusterArn, ...LATEST }))).toBe('no error');
    expect(await refusal(pointInTime('by-id', { SourceDbClusterResourceId: (await look('orders')).DbClusterResourceId, ...LATEST }))).toBe('no error');
  });

  test('goes back as far as the retention period, and not quite to now', async () => {
    await world.cluster('orders', { BackupRetentionPeriod: 2 });
    const created = await local.clock();
    expect(await look('orders')).toMatchObject({ EarliestRestorableTime: created, LatestRestorableTime: created });

    const now = await local.clock({ advance: 3 * DAY });

    const { EarliestRestorableTime, LatestRestorableTime } = await look('orders');
    expect(EarliestRestorableTime).toEqual(before(now, 2 * DAY));
    expect(LatestRestorableTime).toEqual(before(now, 5 * MINUTE));
    for (const RestoreToTime of [before(now, 2 * DAY + 1), before(now, 4 * MINUTE)]) {
      const told = await refusal(pointInTime('at', { RestoreToTime }));
      expect(told).toMatch(/^InvalidParameterValue/);
      expect(told).toContain(`${EarliestRestorableTime!.toISOString()} to ${LatestRestorableTime!.toISOString()}`);
    }
    expect(await refusal(pointInTime('first', { RestoreToTime: EarliestRestorableTime }))).toBe('no error');
    expect(await refusal(pointInTime('last', { RestoreToTime: LatestRestorableTime }))).toBe('no error');
  });

  test('gets back nothing that a shorter retention period has let go', async () => {
    await world.cluster('orders', { BackupRetentionPeriod: 7 });
    const retain = (BackupRetentionPeriod: number) =>
      world.rds().send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'orders', BackupRetentionPeriod }));
    const now = await local.clock({ advance: 7 * DAY });

    await retain(1);
    await look('orders');
    await retain(7);

    expect((await look('orders')).EarliestRestorableTime).toEqual(before(now, DAY));
  });

  test('knows the cluster and the moment of its data', async () => {
    const { DBClusterArn, DbClusterResourceId } = await world.cluster('orders');
    const moment = before(await local.clock({ advance: 10 * HOUR }), 3 * HOUR);

    await pointInTime('at', { RestoreToTime: moment });

    expect(await facts('at')).toMatchObject({
      Origin: { DBClusterArn, DbClusterResourceId, DataTime: moment.toISOString() },
      RestoredFrom: { DBClusterArn, DbClusterResourceId, RestoreToTime: moment.toISOString(), RestoreType: 'full-copy' },
    });
    await local.clock({ advance: HOUR });
    await pointInTime('clone-of-it', { SourceDBClusterIdentifier: 'at', ...CLONE });
    const { Origin, RestoredFrom } = await facts('clone-of-it');
    expect(Origin).toMatchObject({ DBClusterArn, DataTime: moment.toISOString() });
    expect(RestoredFrom).toMatchObject({ DBClusterArn: expect.stringMatching(/:cluster:at$/), RestoreType: 'copy-on-write' });
  });

  test('has the tags of its living source, unless others are given', async () => {
    await world.cluster('orders', { Tags: [{ Key: 'of', Value: 'orders' }] });

    expect((await pointInTime('same', LATEST)).DBCluster!.TagList).toEqual([{ Key: 'of', Value: 'orders' }]);
    expect((await pointInTime('own', { ...LATEST, Tags: [{ Key: 'a', Value: 'b' }] })).DBCluster!.TagList).toEqual([{ Key: 'a', Value: 'b' }]);
  });

  test('keeps the key of its source or takes another, but an unencrypted one gets none', async () => {
    const [key, other] = [await world.key(), await world.key()];
    await world.cluster('orders', { StorageEncrypted: true, KmsKeyId: key });
    await local.settings({ defaultEncryption: 'none' });
    await world.cluster('plain');

    expect((await pointInTime('same', LATEST)).DBCluster!.KmsKeyId).toBe(key);
    expect((await pointInTime('other', { ...LATEST, KmsKeyId: other })).DBCluster!.KmsKeyId).toBe(other);
    expect(await refusal(pointInTime('p', { ...LATEST, SourceDBClusterIdentifier: 'plain', KmsKeyId: other }))).toMatch(/^InvalidParameterValue: KmsKeyId/);
    await world.kms('DisableKey', { KeyId: key });
    expect(await refusal(pointInTime('unreadable', LATEST))).toMatch(/^KMSKeyNotAccessibleFault/);
  });

  const at = new Date();
  test.each<[string, object, RegExp]>([
    ['neither a time nor the latest', {}, /^InvalidParameterCombination/],
    ['a time and the latest', { RestoreToTime: at, UseLatestRestorableTime: true }, /^InvalidParameterCombination/],
    ['a time for a clone', { RestoreToTime: at, RestoreType: 'copy-on-write' }, /^InvalidParameterCombination: RestoreToTime/],
    ['another type', { UseLatestRestorableTime: true, RestoreType: 'quick' }, /^InvalidParameterValue: Invalid restore type/],
    ['a source twice', { UseLatestRestorableTime: true, SourceDBClusterIdentifier: 'orders', SourceDbClusterResourceId: 'cluster-X' }, /^InvalidParameterCombination/],
    ['a source that is not there', { UseLatestRestorableTime: true, SourceDBClusterIdentifier: 'nobody' }, /^DBClusterNotFoundFault/],
    ['a backup that is not there', { UseLatestRestorableTime: true, SourceDbClusterResourceId: 'cluster-X' }, /^DBClusterAutomatedBackupNotFoundFault/],
    ['a name that is taken', { UseLatestRestorableTime: true, DBClusterIdentifier: 'orders' }, /^DBClusterAlreadyExistsFault/],
    ['a subnet group that is not there', { UseLatestRestorableTime: true, DBSubnetGroupName: 'nowhere' }, /^DBSubnetGroupNotFoundFault/],
    ['another account\'s cluster', { UseLatestRestorableTime: true, SourceDBClusterIdentifier: `arn:aws:rds:${HERE}:222222222222:cluster:orders` }, /^DBClusterNotFoundFault/],
  ])('is refused with %s', async (_, more, words) => {
    await world.cluster('orders');
    await world.cluster('orders', {}, HERE, '222222222222');
    await local.clock({ advance: HOUR });
    expect(await refusal(pointInTime('at', more))).toMatch(words);
  });
});

describe('a clone', () => {
  test('has the data of this moment', async () => {
    await world.cluster('orders');
    const now = await local.clock({ advance: HOUR });

    await pointInTime('clone', CLONE);

    expect((await facts('clone')).Origin!.DataTime).toBe(now.toISOString());
  });

  test('of another account\'s cluster needs that shared', async () => {
    const key = await world.key(HERE, '222222222222');
    const { DBClusterArn } = await world.cluster('theirs', { StorageEncrypted: true, KmsKeyId: key }, HERE, '222222222222');
    const clone = () => pointInTime('clone', { SourceDBClusterIdentifier: DBClusterArn, ...CLONE });

    expect(await refusal(clone())).toMatch(/^DBClusterNotFoundFault/);
    expect(await refusal(look(DBClusterArn))).toMatch(/^DBClusterNotFoundFault/);
    await local.shareCluster(DBClusterArn!, '111111111111');
    expect(await look(DBClusterArn)).toMatchObject({ DBClusterArn, KmsKeyId: key });
    expect(await refusal(pointInTime('copy', { SourceDBClusterIdentifier: DBClusterArn, ...LATEST }))).toMatch(/^DBClusterNotFoundFault/);
    expect(await refusal(clone())).toBe('no error');
  });

  test('is not made of a stopped cluster, of which a full copy is', async () => {
    const { DBClusterArn } = await world.cluster('orders');
    await local.setStatus(DBClusterArn!, 'stopped');

    expect(await refusal(pointInTime('clone', CLONE))).toMatch(/^InvalidDBClusterStateFault: .*stopped/);
    expect(await refusal(pointInTime('copy', LATEST))).toBe('no error');
  });
});

describe('what a deleted cluster leaves behind', () => {
  const backups = async (input: object = {}) =>
    (await world.rds().send(new DescribeDBClusterAutomatedBackupsCommand(input))).DBClusterAutomatedBackups!;
  const finish = (DeleteAutomatedBackups?: boolean, name = 'orders') =>
    world.rds().send(new DeleteDBClusterCommand({ DBClusterIdentifier: name, SkipFinalSnapshot: true, DeleteAutomatedBackups }));
  const discard = (DbClusterResourceId: string) => world.rds().send(new DeleteDBClusterAutomatedBackupCommand({ DbClusterResourceId }));

  test('is nothing, unless its automated backups are to be kept', async () => {
    for (const [keep, expected] of [[undefined, []], [true, []], [false, [{ DBClusterIdentifier: 'orders', Status: 'retained' }]]] as const) {
      await world.cluster('orders');
      expect(await backups()).toMatchObject([{ DBClusterIdentifier: 'orders', Status: 'active' }]);
      await finish(keep);
      expect(await backups()).toMatchObject(expected);
      expect(await automated('orders')).toHaveLength(expected.length);
    }
  });

  test('can be restored to the last moments before, by its resource id, until it expires', async () => {
    const key = await world.key();
    const { DbClusterResourceId } = await world.cluster('orders', { BackupRetentionPeriod: 3, EngineVersion: '16.4', StorageEncrypted: true, KmsKeyId: key });
    const deleted = await local.clock({ advance: 10 * DAY });
    await finish(false);
    await local.clock({ advance: DAY });

    const [told] = await backups({ DbClusterResourceId: DbClusterResourceId!.toLowerCase() });
    expect(told).toMatchObject({
      Status: 'retained',
      DbClusterResourceId,
      Engine: 'aurora-postgresql',
      EngineVersion: '16.4',
      KmsKeyId: key,
      RestoreWindow: { EarliestTime: before(deleted, 2 * DAY), LatestTime: before(deleted, 5 * MINUTE) },
    });
    expect(await refusal(pointInTime('at', LATEST))).toMatch(/^DBClusterNotFoundFault/);
    await pointInTime('at', { SourceDbClusterResourceId: DbClusterResourceId, ...LATEST });
    expect((await facts('at')).Origin).toMatchObject({ DbClusterResourceId, DataTime: before(deleted, 5 * MINUTE).toISOString() });
    expect(await facts('at')).toMatchObject({ EngineVersion: '16.4', KmsKeyId: key, Tags: {} });
    expect(await refusal(pointInTime('early', { SourceDbClusterResourceId: DbClusterResourceId, RestoreToTime: before(deleted, 3 * DAY) })))
      .toMatch(/^InvalidParameterValue: .*window/);

    await local.clock({ advance: 2 * DAY });
    expect(await backups({ Filters: [{ Name: 'status', Values: ['retained'] }] })).toEqual([]);
    expect(await automated('orders')).toEqual([]);
    expect(await refusal(pointInTime('late', { SourceDbClusterResourceId: DbClusterResourceId, ...LATEST }))).toMatch(/^DBClusterAutomatedBackupNotFoundFault/);
  });

  test('is found by filters, also when a cluster of that name lives again, and in pages', async () => {
    await local.settings({ pageSize: 2 });
    const { DbClusterResourceId: first } = await world.cluster('orders');
    await finish(false);
    const { DbClusterResourceId: second } = await world.cluster('orders');
    await world.cluster('billing');

    const ids = async (input: object) => (await backups(input)).map((backup) => backup.DbClusterResourceId);
    const filter = (Name: string, ...Values: string[]) => ({ Filters: [{ Name, Values }] });
    expect(await ids(filter('db-cluster-id', 'Orders'))).toEqual([second, first]);
    expect(await ids(filter('db-cluster-resource-id', first!))).toEqual([first]);
    expect(await ids(filter('status', 'retained'))).toEqual([first]);
    expect(await ids({ DBClusterIdentifier: 'orders' })).toEqual([second]);
    expect(await refusal(backups(filter('engine', 'aurora')))).toMatch(/^InvalidParameterValue: Unrecognized filter/);
    expect(await refusal(backups({ DBClusterIdentifier: 'nobody' }))).toMatch(/^DBClusterAutomatedBackupNotFoundFault/);
    expect(await refusal(backups({ DbClusterResourceId: 'cluster-X' }))).toMatch(/^DBClusterAutomatedBackupNotFoundFault/);
    const pages: number[] = [];
    for await (const page of paginateDescribeDBClusterAutomatedBackups({ client: world.rds() }, {})) {
      pages.push(page.DBClusterAutomatedBackups!.length);
    }
    expect(pages).toEqual([2, 1]);
  });

  test('can be discarded, but not that of a living cluster', async () => {
    const { DbClusterResourceId } = await world.cluster('orders');

    expect(await refusal(discard(DbClusterResourceId!))).toMatch(/^InvalidDBClusterAutomatedBackupStateFault/);
    await finish(false);
    expect(await refusal(discard(DbClusterResourceId!))).toBe('no error');
    expect(await refusal(discard(DbClusterResourceId!))).toMatch(/^DBClusterAutomatedBackupNotFoundFault/);
    expect(await automated('orders')).toEqual([]);
  });
});

describe('automated snapshots', () => {
  const taken = async (name: string) => (await automated(name)).map((snapshot) => snapshot.SnapshotCreateTime!.toISOString().slice(0, 16));

  test('are taken each day at the beginning of the backup window, and go with the retention period', async () => {
    await local.settings({ dailySnapshots: true });
    await local.clock({ at: '2026-03-01T12:00:00Z' });
    await world.cluster('orders', { BackupRetentionPeriod: 3, PreferredBackupWindow: '04:30-05:00' });

    await local.clock({ advance: 2 * DAY });
    expect(await taken('orders')).toEqual(['2026-03-01T12:00', '2026-03-02T04:30', '2026-03-03T04:30']);
    await local.clock({ advance: 2 * DAY });
    expect(await taken('orders')).toEqual(['2026-03-03T04:30', '2026-03-04T04:30', '2026-03-05T04:30']);
  });

  test('are there from a living cluster, not while it is being restored', async () => {
    await local.settings({ dailySnapshots: true, restoreSeconds: 20 * HOUR });
    await local.clock({ at: '2026-03-01T12:00:00Z' });
    await snapshotOf('orders');
    await restore('s', { PreferredBackupWindow: '04:30-05:00' });

    await local.clock({ advance: 19 * HOUR });
    expect(await taken('again')).toEqual([]);
    await local.clock({ advance: 22 * HOUR });
    expect(await taken('again')).toEqual(['2026-03-02T08:00', '2026-03-03T04:30']);
  });

  test('of yesterday can be put there without waiting', async () => {
    await world.cluster('orders');
    const { DBClusterSnapshotIdentifier } = await local.seedSnapshot({ cluster: 'orders', region: HERE, created: '2026-03-01T04:30:00Z' });

    expect(DBClusterSnapshotIdentifier).toBe('rds:orders-2026-03-01-04-30');
    expect(await taken('orders')).toContain('2026-03-01T04:30');
  });
});

describe('a cluster that is to be deleted', () => {
  test('stays when it is protected, or has instances, and may leave a final snapshot', async () => {
    await world.cluster('orders', { DeletionProtection: true });
    await instance('orders-1', 'orders');
    const finish = () => world.rds().send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'orders', FinalDBSnapshotIdentifier: 'last' }));

    expect(await refusal(finish())).toMatch(/^InvalidParameterCombination: Cannot delete protected Cluster/);
    await world.rds().send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'orders', DeletionProtection: false }));
    expect(await refusal(finish())).toMatch(/^InvalidDBClusterStateFault: .*still contains DB instances/);
    await world.rds().send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'orders-1' }));
    expect(await refusal(finish())).toBe('no error');
    expect(await world.look('last')).toMatchObject({ SnapshotType: 'manual', DBClusterIdentifier: 'orders' });
  });
});

describe('an instance', () => {
  const told = async (name: string) =>
    (await world.rds().send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: name }))).DBInstances![0];

  test('of a restored cluster takes its time, and only then somebody answers', async () => {
    await snapshotOf('orders');
    await restore('s');
    await local.clock({ advance: 20 * MINUTE });
    expect((await facts()).Answers).toBe(false);

    await instance('again-1');

    expect(await told('again-1')).toMatchObject({ DBInstanceStatus: 'creating', EngineVersion: '16.4' });
    expect((await told('again-1')).Endpoint).toBeUndefined();
    expect((await facts()).Answers).toBe(false);
    await local.clock({ advance: 5 * MINUTE });
    expect(await told('again-1')).toMatchObject({ DBInstanceStatus: 'available', Endpoint: { Address: expect.stringMatching(/^again-1\./) } });
    expect((await facts()).Answers).toBe(true);
    expect((await look()).DBClusterMembers).toMatchObject([{ DBInstanceIdentifier: 'again-1', IsClusterWriter: true }]);
  });

  test('needs its cluster', async () => {
    expect(await refusal(instance('again-1'))).toMatch(/^DBClusterNotFoundFault/);
  });
});
