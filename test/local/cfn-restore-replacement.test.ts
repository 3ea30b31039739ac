import { DescribeDBClustersCommand, ModifyDBClusterCommand } from '@aws-sdk/client-rds';
import { ask, FAILS, probe, Stack, template } from './probe';
import { World } from './world';
import { LocalAws } from '../../local/local-aws';

jest.setTimeout(60_000);

let aws: LocalAws;
let world: World;
let stack: Stack;
beforeAll(async () => {
  aws = await LocalAws.start({ speed: 600 });
  world = new World(aws);
}, 300_000);
afterAll(() => aws?.stop());
beforeEach(async () => {
  await aws.reset();
  stack = new Stack(aws);
});

type Properties = Record<string, unknown>;
const OF_NEW = { Engine: 'aurora-postgresql', EngineVersion: '16.4', MasterUsername: 'postgres', MasterUserPassword: 'not-a-secret' };
/** Without a name, so that it can be replaced. */
const fresh = (properties: Properties = {}, policies: object = { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' }) => ({
  Type: 'AWS::RDS::DBCluster',
  ...policies,
  Properties: { ...OF_NEW, ...properties },
});
const from = (properties: Properties) => fresh({ MasterUsername: undefined, MasterUserPassword: undefined, ...properties });
const clusters = async () => (await world.rds().send(new DescribeDBClustersCommand({}))).DBClusters!;
const physical = async () => (await stack.resource('Cluster')).StackResourceDetail!.PhysicalResourceId!;

/** Two clusters to choose from, with a snapshot of each. */
async function sources() {
  const [one, two] = [await world.cluster('one', { EngineVersion: '16.4' }), await world.cluster('two', { EngineVersion: '16.4' })];
  await world.snapshot('of-one', 'one');
  await world.snapshot('of-two', 'two');
  await aws.clock({ advance: 7200 });
  return { one, two, now: +await aws.clock() };
}
const minutesAgo = (now: number, minutes: number) => new Date(now - minutes * 60_000).toISOString();

describe('a changed property replaces the cluster', () => {
  const ofNew: [string, unknown, unknown][] = [
    ['AvailabilityZones', ['eu-west-1a'], ['eu-west-1b']],
    ['ClusterScalabilityType', 'standard', 'limitless'],
    ['DBClusterIdentifier', 'first', 'second'],
    ['DBSubnetGroupName', 'these', 'those'],
    ['DBSystemId', 'A', 'B'],
    ['DatabaseName', 'shop', 'store'],
    ['Engine', 'aurora-postgresql', 'aurora-mysql'],
    ['EngineMode', undefined, 'provisioned'],
    ['MasterUsername', 'postgres', 'admin'],
    ['PubliclyAccessible', 'false', 'true'],
    ['SourceRegion', undefined, 'eu-central-1'],
    ['StorageEncrypted', false, true],
  ];
  test.each(ofNew)('%s', async (name, before, after) => {
    const version = name === 'Engine' ? { EngineVersion: undefined } : {};
    expect(await stack.create({ Resources: { Cluster: fresh({ ...version, [name]: before }) } })).toBe('CREATE_COMPLETE');
    const old = await physical();
    expect(await stack.update({ Resources: { Cluster: fresh({ ...version, [name]: after }) } })).toBe('UPDATE_COMPLETE');
    expect(await physical()).not.toBe(old);
    expect((await clusters()).map((cluster) => cluster.DBClusterIdentifier)).toEqual([await physical()]);
  });

  test('KmsKeyId', async () => {
    await stack.create({ Resources: { Cluster: fresh({ KmsKeyId: await world.key() }) } });
    const old = await physical();
    expect(await stack.update({ Resources: { Cluster: fresh({ KmsKeyId: await world.key() }) } })).toBe('UPDATE_COMPLETE');
    expect(await physical()).not.toBe(old);
  });

  const ofRestored: [string, (s: Awaited<ReturnType<typeof sources>>) => [Properties, Properties]][] = [
    ['SnapshotIdentifier', () => [{ SnapshotIdentifier: 'of-one' }, { SnapshotIdentifier: 'of-two' }]],
    ['SourceDBClusterIdentifier', () => {
      const rest = { UseLatestRestorableTime: true };
      return [{ SourceDBClusterIdentifier: 'one', ...rest }, { SourceDBClusterIdentifier: 'two', ...rest }];
    }],
    ['SourceDbClusterResourceId', ({ one, two }) => {
      const rest = { UseLatestRestorableTime: true };
      return [{ SourceDbClusterResourceId: one.DbClusterResourceId, ...rest }, { SourceDbClusterResourceId: two.DbClusterResourceId, ...rest }];
    }],
    ['RestoreToTime', ({ now }) => {
      const at = (minutes: number) => ({ SourceDBClusterIdentifier: 'one', RestoreToTime: minutesAgo(now, minutes) });
      return [at(30), at(20)];
    }],
    ['RestoreType', () => {
      const rest = { SourceDBClusterIdentifier: 'one', UseLatestRestorableTime: true };
      return [{ ...rest, RestoreType: 'full-copy' }, { ...rest, RestoreType: 'copy-on-write' }];
    }],
    ['UseLatestRestorableTime', ({ now }) => {
      const rest = { SourceDBClusterIdentifier: 'one' };
      return [{ ...rest, UseLatestRestorableTime: true }, { ...rest, RestoreToTime: minutesAgo(now, 30) }];
    }],
  ];
  test.each(ofRestored)('%s', async (_, of) => {
    const [before, after] = of(await sources());
    expect(await stack.create({ Resources: { Cluster: from(before) } })).toBe('CREATE_COMPLETE');
    const old = await physical();
    expect(await stack.update({ Resources: { Cluster: from(after) } })).toBe('UPDATE_COMPLETE');
    expect(await physical()).not.toBe(old);
    expect((await clusters()).map((cluster) => cluster.DBClusterIdentifier)).toEqual(expect.arrayContaining(['one', 'two', await physical()]));
    expect(await clusters()).toHaveLength(3);
  });

  test('the trap: without its SnapshotIdentifier an empty one takes the place of the restored one, which is deleted', async () => {
    await sources();
    await stack.create({ Resources: { Cluster: from({ SnapshotIdentifier: 'of-one' }) } });
    const old = await physical();
    expect(await stack.update({ Resources: { Cluster: fresh() } })).toBe('UPDATE_COMPLETE');

    expect((await aws.get('clusters')).filter((cluster: any) => !['one', 'two'].includes(cluster.DBClusterIdentifier)))
      .toEqual([expect.objectContaining({ DBClusterIdentifier: await physical(), Origin: null })]);
    const events = await stack.events();
    expect(events.lastIndexOf('Cluster UPDATE_COMPLETE')).toBeLessThan(events.indexOf('probe UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'));
    expect(events.slice(-4)).toEqual(['probe UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'Cluster DELETE_IN_PROGRESS', 'Cluster DELETE_COMPLETE', 'probe UPDATE_COMPLETE']);
    expect((await aws.calls({ action: 'rds:DeleteDBCluster' })).map((call) => call.parameters.DBClusterIdentifier)).toEqual([old]);
  });
});

test('other properties do not', async () => {
  const DBClusterIdentifier = 'kept';
  const changed = { BackupRetentionPeriod: 9, DeletionProtection: true, CopyTagsToSnapshot: true };
  await stack.create({ Resources: { Cluster: fresh({ DBClusterIdentifier, BackupRetentionPeriod: 3 }) } });
  const [before] = await clusters();
  expect(await stack.update({ Resources: { Cluster: fresh({ DBClusterIdentifier, ...changed }) } })).toBe('UPDATE_COMPLETE');
  expect(await clusters()).toEqual([expect.objectContaining({ DbClusterResourceId: before.DbClusterResourceId, ...changed })]);
});

test('one that keeps its name cannot be replaced', async () => {
  await sources();
  await stack.create({ Resources: { Cluster: from({ DBClusterIdentifier: 'named', SnapshotIdentifier: 'of-one' }) } });
  expect(await stack.update({ Resources: { Cluster: from({ DBClusterIdentifier: 'named', SnapshotIdentifier: 'of-two' }) } })).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(await stack.reasons()).toContain(
    'CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename named and update the stack again.');
  expect(await aws.calls({ action: 'rds:RestoreDBClusterFromSnapshot' })).toHaveLength(1);
});

describe('values that come from a custom resource', () => {
  const values = { Snapshot: 'of-one', Retention: '7', Encrypted: 'true', Zones: 'eu-west-1a,eu-west-1b' };
  const att = (name: string) => ({ 'Fn::GetAtt': ['Probe', name] });
  const routed = {
    SnapshotIdentifier: att('Snapshot'), BackupRetentionPeriod: att('Retention'), StorageEncrypted: att('Encrypted'), AvailabilityZones: { 'Fn::Split': [',', att('Zones')] },
  };
  const literal = { SnapshotIdentifier: 'of-one', BackupRetentionPeriod: 7, StorageEncrypted: true, AvailabilityZones: ['eu-west-1a', 'eu-west-1b'] };
  const with_ = (properties: Properties, answers: object, more: object = {}) => template({ Probe: probe(answers, more), Cluster: from(properties) });

  test('are strings, and become what the properties are', async () => {
    await sources();
    expect(await stack.create(with_(routed, { Create: { data: values } }))).toBe('CREATE_COMPLETE');
    const [call] = await aws.calls({ action: 'rds:RestoreDBClusterFromSnapshot' });
    expect(call.parameters).toMatchObject({ SnapshotIdentifier: 'of-one', BackupRetentionPeriod: 7, AvailabilityZones: ['eu-west-1a', 'eu-west-1b'] });
  });

  test('are refused when they are none of the property\'s type', async () => {
    await sources();
    expect(await stack.create(with_(routed, { Create: { data: { ...values, Retention: 'none' } } }))).toBe('ROLLBACK_COMPLETE');
    expect(await stack.reasons()).toContainEqual(expect.stringContaining('#/BackupRetentionPeriod: expected type: Integer, found: \'none\''));
    expect(await aws.calls({ service: 'rds', principal: 'cloudformation' })).toEqual([]);
  });

  test('are no change where the same was written there before, nor the other way round', async () => {
    await sources();
    const answers = { Create: { data: values }, Update: { data: values } };
    await stack.create(with_(literal, answers));
    const old = await physical();
    expect(await stack.update(with_(routed, answers))).toBe('UPDATE_COMPLETE');
    expect(await stack.update(with_({ ...literal, BackupRetentionPeriod: '7' }, answers, { v: 2 }))).toBe('UPDATE_COMPLETE');
    expect(await physical()).toBe(old);
    expect(await aws.calls({ action: 'rds:*DBCluster*', principal: 'cloudformation' })).toHaveLength(1);
  });

  test('replace when the resource answers another one', async () => {
    await sources();
    await stack.create(with_(routed, { Create: { data: values } }));
    const old = await physical();
    expect(await stack.update(with_(routed, { Update: { data: { ...values, Snapshot: 'of-two' } } }, { v: 2 }))).toBe('UPDATE_COMPLETE');
    expect(await physical()).not.toBe(old);
  });

  test('when the resource refuses its update, the cluster is not touched, and the reverse Update comes', async () => {
    await sources();
    await stack.create(with_(routed, { Create: { data: values }, Update: { data: values } }));
    const old = await physical();
    await aws.clearCalls();
    expect(await stack.update(with_({ ...routed, SnapshotIdentifier: 'of-two' }, { Update: { status: 'FAILED' } }, { v: 2 }))).toBe('UPDATE_ROLLBACK_COMPLETE');

    expect((await stack.requests()).map((request) => [request.RequestType, request.ResourceProperties.v])).toEqual([['Update', '2'], ['Update', undefined]]);
    expect(await physical()).toBe(old);
    expect(await aws.calls({ service: 'rds' })).toEqual([]);
  });
});

describe('a reference to a parameter', () => {
  const put = (value: string, options = {}) => ask(aws, 'ssm', 'AmazonSSM.PutParameter', { Name: '/snapshot', Type: 'String', Value: value, ...options });
  const referring = (retention: number) => ({
    Resources: {
      Cluster: from({ SnapshotIdentifier: '{{resolve:ssm:/snapshot}}', BackupRetentionPeriod: retention }),
    },
  });

  test('is resolved again by whatever changes the stack: the cluster is replaced by a change that has nothing to do with it', async () => {
    await sources();
    await put('of-one');
    expect(await stack.create(referring(3))).toBe('CREATE_COMPLETE');
    const old = await physical();
    expect(await stack.update(referring(4))).toBe('UPDATE_COMPLETE');
    expect(await physical()).toBe(old);

    await put('of-two', { Overwrite: true });
    expect(await stack.update(referring(5))).toBe('UPDATE_COMPLETE');
    expect(await physical()).not.toBe(old);
  });
});

test('references to secrets are not resolved in a custom resource', async () => {
  await stack.create(template({ Probe: probe({}, { Password: '{{resolve:secretsmanager:mine}}', Secure: '{{resolve:ssm-secure:/mine}}' }) }));
  expect((await stack.requests())[0].ResourceProperties).toMatchObject({ Password: '{{resolve:secretsmanager:mine}}', Secure: '{{resolve:ssm-secure:/mine}}' });
});

describe('what becomes of the old one', () => {
  const replaced = async (UpdateReplacePolicy: string) => {
    await stack.create({ Resources: { Cluster: fresh({ DatabaseName: 'shop' }, { DeletionPolicy: 'Delete', UpdateReplacePolicy }) } });
    const old = (await clusters())[0];
    expect(await stack.update({ Resources: { Cluster: fresh({ DatabaseName: 'store' }, { DeletionPolicy: 'Delete', UpdateReplacePolicy }) } })).toBe('UPDATE_COMPLETE');
    return { old, left: (await clusters()).map((cluster) => cluster.DBClusterIdentifier) };
  };

  test.each(['Retain', 'RetainExceptOnCreate'])('%s: it stays, outside of the stack', async (policy) => {
    const { old, left } = await replaced(policy);
    expect(left.sort()).toEqual([old.DBClusterIdentifier, await physical()].sort());
    expect(await stack.events()).toContain('Cluster DELETE_SKIPPED');
  });

  test('Snapshot: it leaves its last data', async () => {
    const { old, left } = await replaced('Snapshot');
    expect(left).toEqual([await physical()]);
    expect((await aws.snapshots()).filter((snapshot) => snapshot.SnapshotType === 'manual')).toEqual([expect.objectContaining({ DbClusterResourceId: old.DbClusterResourceId })]);
  });

  test('Delete: nothing is left', async () => {
    const { left } = await replaced('Delete');
    expect(left).toEqual([await physical()]);
    expect((await aws.snapshots()).filter((snapshot) => snapshot.SnapshotType === 'manual')).toEqual([]);
  });

  test('deletion protection: the clean-up gives up, the old one stays', async () => {
    await stack.create({ Resources: { Cluster: fresh({ DatabaseName: 'shop', DeletionProtection: true }) } });
    const old = await physical();
    expect(await stack.update({ Resources: { Cluster: fresh({ DatabaseName: 'store', DeletionProtection: true }) } })).toBe('UPDATE_COMPLETE');
    expect((await clusters()).map((cluster) => cluster.DBClusterIdentifier).sort()).toEqual([old, await physical()].sort());
    expect(await stack.reasons()).toContainEqual(expect.stringMatching(/Cannot delete protected/));
  });

  test('its instances go before it, and those of the new one come after that', async () => {
    const writer = { Type: 'AWS::RDS::DBInstance', Properties: { DBClusterIdentifier: { Ref: 'Cluster' }, DBInstanceClass: 'db.serverless', Engine: OF_NEW.Engine } };
    await stack.create({ Resources: { Cluster: fresh({ DatabaseName: 'shop' }), Writer: writer } });
    const old = await physical();
    await aws.clearCalls();
    expect(await stack.update({ Resources: { Cluster: fresh({ DatabaseName: 'store' }), Writer: writer } })).toBe('UPDATE_COMPLETE');

    const calls = (await aws.calls({ service: 'rds', principal: 'cloudformation' })).filter((call) => /Create|Delete/.test(call.action));
    expect(calls.map((call) => call.action.slice(4))).toEqual(['CreateDBCluster', 'CreateDBInstance', 'DeleteDBInstance', 'DeleteDBCluster']);
    expect(calls[3].parameters.DBClusterIdentifier).toBe(old);
    expect((await clusters()).map((cluster) => cluster.DBClusterMembers!.length)).toEqual([1]);
  });

  test('when something else fails later, the old one stays and the new one goes', async () => {
    await stack.create(template({ Probe: probe({}), Cluster: fresh({ DatabaseName: 'shop' }) }));
    const before = await clusters();
    expect(await stack.update(template({ Probe: probe({}), Cluster: fresh({ DatabaseName: 'store' }), Fails: { ...FAILS, DependsOn: 'Cluster' } }))).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect((await clusters()).map((cluster) => cluster.DbClusterResourceId)).toEqual(before.map((cluster) => cluster.DbClusterResourceId));
    expect(await physical()).toBe(before[0].DBClusterIdentifier);
    expect((await aws.calls({ action: 'rds:*DBCluster' })).map((call) => call.action)).toEqual(['rds:CreateDBCluster', 'rds:CreateDBCluster', 'rds:DeleteDBCluster']);
  });

  test('when the restore of the new one fails, the old one stays and what was begun goes', async () => {
    await sources();
    await stack.create({ Resources: { Cluster: from({ SnapshotIdentifier: 'of-one' }) } });
    const before = await clusters();
    await aws.fault({ kind: 'endsFailed', action: 'rds:RestoreDBClusterFromSnapshot' });
    expect(await stack.update({ Resources: { Cluster: from({ SnapshotIdentifier: 'of-two' }) } })).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect((await clusters()).map((cluster) => cluster.DBClusterIdentifier)).toEqual(before.map((cluster) => cluster.DBClusterIdentifier));
    expect(await physical()).toBe((before.find((cluster) => !['one', 'two'].includes(cluster.DBClusterIdentifier!)))!.DBClusterIdentifier);
  });

  test('a change in place is taken back', async () => {
    await stack.create(template({ Probe: probe({}), Cluster: fresh({ BackupRetentionPeriod: 3 }) }));
    expect(await stack.update(template({ Probe: probe({}), Cluster: fresh({ BackupRetentionPeriod: 9 }), Fails: { ...FAILS, DependsOn: 'Cluster' } }))).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect((await clusters())[0].BackupRetentionPeriod).toBe(3);
  });
});

describe('what a deleted stack leaves', () => {
  const deleted = async (DeletionPolicy: string | undefined, properties: Properties = {}) => {
    await stack.create({ Resources: { Cluster: fresh({ DBClusterIdentifier: 'data', ...properties }, { DeletionPolicy, UpdateReplacePolicy: DeletionPolicy }) } });
    const status = await stack.delete(await stack.id());
    const snapshots = (await aws.snapshots()).filter((snapshot) => snapshot.SnapshotType === 'manual').length;
    return { status, clusters: (await clusters()).length, snapshots };
  };

  test.each([
    ['Delete', { clusters: 0, snapshots: 0 }],
    ['Snapshot', { clusters: 0, snapshots: 1 }],
    [undefined, { clusters: 0, snapshots: 1 }],
    ['Retain', { clusters: 1, snapshots: 0 }],
    ['RetainExceptOnCreate', { clusters: 1, snapshots: 0 }],
  ])('%s', async (policy, left) => {
    expect(await deleted(policy)).toEqual({ status: 'DELETE_COMPLETE', ...left });
  });

  test('a protected one stays and says why, until its protection is taken away', async () => {
    expect(await deleted('Snapshot', { DeletionProtection: true })).toEqual({ status: 'DELETE_FAILED', clusters: 1, snapshots: 0 });
    expect((await stack.resource('Cluster')).StackResourceDetail!.ResourceStatusReason).toMatch(/Cannot delete protected/);

    await world.rds().send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'data', DeletionProtection: false }));
    expect(await stack.delete(await stack.id())).toBe('DELETE_COMPLETE');
    expect(await clusters()).toEqual([]);
  });
});

test('one that is taken out of the template leaves what its DeletionPolicy says', async () => {
  const other = { Type: 'AWS::SQS::Queue' };
  await stack.create({ Resources: { Cluster: fresh({}, { DeletionPolicy: 'Snapshot', UpdateReplacePolicy: 'Delete' }), Queue: other } });
  const [{ DbClusterResourceId }] = await clusters();
  expect(await stack.update({ Resources: { Queue: other } })).toBe('UPDATE_COMPLETE');
  expect(await clusters()).toEqual([]);
  expect((await aws.snapshots()).filter((snapshot) => snapshot.SnapshotType === 'manual')).toEqual([expect.objectContaining({ DbClusterResourceId })]);
});

describe('what a create that is rolled back leaves', () => {
  test.each([
    ['Delete', { clusters: 0, snapshots: 0 }],
    ['Snapshot', { clusters: 0, snapshots: 1 }],
    ['Retain', { clusters: 1, snapshots: 0 }],
    ['RetainExceptOnCreate', { clusters: 0, snapshots: 0 }],
  ])('%s', async (DeletionPolicy, left) => {
    expect(await stack.create({ Resources: { Cluster: fresh({}, { DeletionPolicy }), Fails: { ...FAILS, DependsOn: 'Cluster' } } })).toBe('ROLLBACK_COMPLETE');
    const snapshots = (await aws.snapshots()).filter((snapshot) => snapshot.SnapshotType === 'manual').length;
    expect({ clusters: (await clusters()).length, snapshots }).toEqual(left);
  });

  test('a protected one: the rollback fails and says why, and the stack keeps it until its protection is taken away', async () => {
    const data = fresh({ DBClusterIdentifier: 'data', DeletionProtection: true });
    expect(await stack.create({ Resources: { Cluster: data, Fails: { ...FAILS, DependsOn: 'Cluster' } } })).toBe('ROLLBACK_FAILED');
    expect((await stack.resource('Cluster')).StackResourceDetail)
      .toMatchObject({ PhysicalResourceId: 'data', ResourceStatus: 'DELETE_FAILED', ResourceStatusReason: expect.stringMatching(/Cannot delete protected/) });
    expect(await stack.delete(await stack.id())).toBe('DELETE_FAILED');

    await world.rds().send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'data', DeletionProtection: false }));
    expect(await stack.delete(await stack.id())).toBe('DELETE_COMPLETE');
    expect(await clusters()).toEqual([]);
  });
});
