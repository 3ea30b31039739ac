import {
  CreateDBInstanceCommand, DeleteDBClusterCommand, DeleteDBInstanceCommand,
  DescribeDBClustersCommand, DescribeDBClusterSnapshotsCommand, ModifyDBClusterCommand,
  RestoreDBClusterFromSnapshotCommand, RestoreDBClusterToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { refusal, World } from './world';
import { LocalAws } from '../../local/local-aws';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

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
      () => pointInTime('third', { SourceDBClusterIdentifier: 'again', UseLatestRestorableTime: true }),
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
    await (status === 'failed' ? restore('s') : pointInTime('again', { RestoreType: 'copy-on-write', UseLatestRestorableTime: true }));

    await local.clock({ advance: 7 * MINUTE });
    expect((await look()).Status).toBe('creating');
    await local.clock({ advance: HOUR });
    expect((await look()).Status).toBe(status);
    expect((await look()).EarliestRestorableTime).toBeUndefined();
  });
});

const pointInTime = (name: string, more: object) => world.rds().send(new RestoreDBClusterToPointInTimeCommand({
  DBClusterIdentifier: name, ...('SourceDbClusterResourceId' in more ? {} : { SourceDBClusterIdentifier: 'orders' }), ...more,
}));
const instance = (name: string, cluster: string = 'again') => world.rds().send(new CreateDBInstanceCommand({
  DBInstanceIdentifier: name, DBClusterIdentifier: cluster, DBInstanceClass: 'db.serverless', Engine: 'aurora-postgresql',
}));
const automated = async (DBClusterIdentifier: string) =>
  (await world.rds().send(new DescribeDBClusterSnapshotsCommand({ SnapshotType: 'automated', DBClusterIdentifier }))).DBClusterSnapshots!;
