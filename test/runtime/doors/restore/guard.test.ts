import { WireProperties } from '../../../../src/core/resource-contract';
import { ResourceEvent, ResourceStep } from '../../../../src/runtime/doors/custom-resource/events';
import { Guard } from '../../../../src/runtime/doors/restore/guard';
import { LeftResource } from '../../../../src/runtime/stacks';
import { awsError } from '../../../support/errors';
import { ACCOUNT, NOON, REGION, STACK_ID } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { FakeStacks } from '../../../support/fake-stacks';
import { aSnapshot } from '../../../support/snapshots';

const CLUSTER = 'Cluster';
const MADE: LeftResource = { physicalId: 'orders', state: 'complete' };

let rds: FakeRds;
let stacks: FakeStacks;
let guard: Guard;
beforeEach(() => {
  rds = new FakeRds([aSnapshot({ identifier: 'last' }), aSnapshot({ identifier: 'other' })]);
  rds.clusters = [];
  stacks = new FakeStacks();
  guard = new Guard({ rds: rds.asGateway(), stacks: stacks.asStacks(), now: () => NOON });
});
afterEach(() => expect(rds.writes).toEqual([]));

type Values = Record<string, unknown>;

/** On the wire: every scalar is a string. */
function properties(values: Values = {}, others: WireProperties = {}): WireProperties {
  const all = { SnapshotIdentifier: 'last', DBClusterIdentifier: 'orders', ...values };
  return {
    ContractVersion: '1',
    Values: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    Engine: 'aurora-postgresql',
    EngineVersion: '16.4',
    ClusterLogicalId: CLUSTER,
    AllowReplacement: 'false',
    ...others,
  };
}

function eventOf(RequestType: ResourceEvent['RequestType'], facts: Partial<ResourceEvent>): ResourceEvent {
  return {
    RequestType, RequestId: 'request', StackId: STACK_ID, LogicalResourceId: 'ClusterRestoreGuard', ResourceType: 'Custom::AuroraRestoreGuard', ResourceProperties: {}, ...facts,
  };
}

const idOf = (ResourceProperties: WireProperties) => guard.physicalId(eventOf('Create', { ResourceProperties }));

const stepOf = (event: ResourceEvent) => guard.step({ PhysicalResourceId: guard.physicalId(event), StartedAt: NOON, ...event });

const create = (ResourceProperties = properties()) => stepOf(eventOf('Create', { ResourceProperties }));

/** From what was accepted before; CloudFormation may tell another former state than the id remembers. */
const update = (before: WireProperties, after: WireProperties, told = before) =>
  stepOf(eventOf('Update', { PhysicalResourceId: idOf(before), ResourceProperties: after, OldResourceProperties: told }));

/** The id that the guard has after an update which it accepted. */
async function idAfter(before: WireProperties, after: WireProperties): Promise<string> {
  const step = await update(before, after);
  expect(step.status).toBe('DONE');
  return (step as { physicalId: string }).physicalId;
}

const doneWith = (ResourceProperties: WireProperties, physicalId: string = idOf(ResourceProperties)): ResourceStep => ({
  status: 'DONE', physicalId, attributes: ResourceProperties.Values as Record<string, string>,
});

describe('the id of a guard', () => {
  test('is another one for other values, and the same for the same in another order', () => {
    expect(idOf(properties({ KmsKeyId: 'a' }))).not.toBe(idOf(properties({ KmsKeyId: 'b' })));
    expect(idOf(properties())).toBe(idOf({ ...properties(), Values: { DBClusterIdentifier: 'orders', SnapshotIdentifier: 'last' } }));
    expect(idOf(properties())).toMatch(/^Cluster\/v1-[0-9a-f]{32}$/);
  });

  test('does not tell one property from another by where a value ends', () => {
    expect(idOf(properties({ DatabaseName: 'a', DBSystemId: undefined }))).not.toBe(idOf(properties({ DatabaseName: undefined, DBSystemId: 'a' })));
  });

  test('is not another one for what changes in place', () => {
    expect(idOf(properties({}, { EngineVersion: '17.1', AllowReplacement: 'true' }))).toBe(idOf(properties()));
  });

  test.each([[{}], [{ Values: 'none' }], [{ Values: null, Engine: null }], [{ Values: { KmsKeyId: ['a'] } }]])('is made of whatever comes: %j', (broken) => {
    expect(idOf(broken as WireProperties)).toMatch(/^ClusterRestoreGuard\/v1-/);
  });
});

describe('a cluster that is not there yet', () => {
  test('is given what it is to be made of', async () => {
    expect(await create()).toEqual(doneWith(properties()));
  });

  test('is not made without its source', async () => {
    expect(await create(properties({ SnapshotIdentifier: 'never-was' }))).toMatchObject({ status: 'PENDING', reason: "there is no snapshot 'never-was'", patienceSeconds: 300 });
  });

  test('is not made where another one has its name', async () => {
    rds.clusters = [{ identifier: 'orders', status: 'available', engine: 'aurora-postgresql' }];
    expect(await create(properties({ DBClusterIdentifier: 'Orders' }))).toMatchObject({
      status: 'FAILED', message: expect.stringMatching(/a cluster 'orders' exists already in eu-west-1.*Choose another clusterIdentifier; or.*give it its former id back; or look at the existing cluster and remove it/),
    });
  });

  test('waits for the end of one that is being deleted', async () => {
    rds.clusters = [{ identifier: 'orders', status: 'deleting', engine: 'aurora-postgresql' }];
    expect(await create()).toMatchObject({ status: 'PENDING', reason: "the cluster 'orders' is still being deleted", patienceSeconds: 3000 });
  });

  test('whose creation failed and was left where it was, is made anew, of whatever its template says by now', async () => {
    stacks.left = { [CLUSTER]: { physicalId: 'orders', state: 'unfinished' } };
    rds.clusters = [{ identifier: 'orders', status: 'available', engine: 'aurora-postgresql' }];

    expect(await create()).toMatchObject({ status: 'DONE' });
    expect(await update(properties(), properties({ SnapshotIdentifier: 'other' })))
      .toMatchObject({ status: 'DONE', physicalId: expect.stringContaining(idOf(properties({ SnapshotIdentifier: 'other' }))) });
  });
});

describe('a cluster that CloudFormation could not delete when a deploy was taken back', () => {
  beforeEach(() => {
    stacks.left = { [CLUSTER]: { physicalId: 'orders', state: 'given-up' } };
    rds.clusters = [{ identifier: 'orders', status: 'available', engine: 'aurora-postgresql' }];
  });

  test('is in the way of the next one, and somebody has to look at it', async () => {
    expect(await create()).toMatchObject({
      status: 'FAILED', message: expect.stringMatching(/a cluster 'orders' exists already.*look at the existing cluster and remove it, if a deploy that failed or was taken back has left it/),
    });
  });

  test('is still not replaced by a deploy of its guard', async () => {
    expect(await update(properties(), properties({ SnapshotIdentifier: 'other' }))).toMatchObject({ status: 'FAILED', message: expect.stringContaining('would replace the cluster') });
  });
});

describe('a cluster that was there before its guard', () => {
  beforeEach(() => {
    stacks.left = { [CLUSTER]: MADE };
    rds.clusters = [{
      identifier: 'orders',
      status: 'available',
      engine: 'aurora-postgresql',
      engineMode: 'provisioned',
      databaseName: 'shop',
      masterUsername: 'postgres',
      subnetGroupName: 'inner',
      storageEncrypted: true,
      kmsKeyId: `arn:aws:kms:${REGION}:${ACCOUNT}:key/0a1b2c3d-0000-4000-8000-000000000001`,
      availabilityZones: ['a', 'b', 'c'],
      publiclyAccessible: false,
      globalClusterIdentifier: 'world',
      systemId: 'orcl',
      scalabilityType: 'standard',
    }];
  });

  test('is adopted as it is, also when its snapshot is gone', async () => {
    const adopted = properties({
      SnapshotIdentifier: 'long-gone', DBClusterIdentifier: 'Orders', DBSubnetGroupName: 'Inner', EngineMode: 'provisioned', KmsKeyId: '0a1b2c3d-0000-4000-8000-000000000001',
    });
    expect(await create(adopted)).toEqual(doneWith(adopted));
  });

  test.each([
    ['an alias, which may have moved', { KmsKeyId: 'alias/orders' }],
    ['fewer zones than it has, for RDS adds some', { AvailabilityZones: 'c,a' }],
    ['zones, of which a clone takes none', { AvailabilityZones: 'z', SnapshotIdentifier: undefined, SourceDBClusterIdentifier: 'billing' }],
    ['what it has', { PubliclyAccessible: 'false', DBSystemId: 'ORCL', ClusterScalabilityType: 'standard' }],
    ['no identifier, for CloudFormation made it up', { DBClusterIdentifier: undefined }],
    ['a database and encryption, which a restore takes from its source', { DatabaseName: 'other', StorageEncrypted: 'false' }],
  ])('is adopted when its template has %s', async (_, values) => {
    expect(await create(properties(values))).toMatchObject({ status: 'DONE' });
  });

  test.each([
    [{ AvailabilityZones: 'a,z' }, "AvailabilityZones from 'a,b,c' to 'a,z'"],
    [{ PubliclyAccessible: 'true' }, "PubliclyAccessible from 'false' to 'true'"],
    [{ DBSystemId: 'other' }, "DBSystemId from 'orcl' to 'other'"],
    [{ ClusterScalabilityType: 'limitless' }, "ClusterScalabilityType from 'standard' to 'limitless'"],
    [{ DBSubnetGroupName: 'outer' }, "DBSubnetGroupName from 'inner' to 'outer'"],
    [{ EngineMode: 'serverless' }, "EngineMode from 'provisioned' to 'serverless'"],
    [{ DBClusterIdentifier: 'renamed' }, "DBClusterIdentifier from 'orders' to 'renamed'"],
    [{ KmsKeyId: `arn:aws:kms:${REGION}:${ACCOUNT}:key/0a1b2c3d-0000-4000-8000-000000000002` }, "KmsKeyId from '0a1b2c3d-0000-4000-8000-000000000001' to '0a1b2c3d-0000-4000-8000-000000000002'"],
    [{ SnapshotIdentifier: undefined, DatabaseName: 'store', StorageEncrypted: 'false' }, "DatabaseName from 'shop' to 'store', StorageEncrypted from 'true' to 'false'"],
  ])('is not adopted by a deploy that would replace it: %j', async (values, words) => {
    expect(await create(properties(values))).toMatchObject({
      status: 'FAILED', message: expect.stringContaining(`the cluster 'orders' was not touched. It is to be guarded from now on, but this deploy would replace it first, because it changes ${words}.`),
    });
  });

  test('nor by one that gives it what it does not have: a key, a database', async () => {
    rds.clusters = [{ identifier: 'orders', status: 'available', engine: 'aurora-postgresql' }];
    expect(await create(properties({ KmsKeyId: 'alias/orders' }))).toMatchObject({ message: expect.stringContaining("KmsKeyId, which was not set, to 'alias/orders'") });
    expect(await create(properties({ SnapshotIdentifier: undefined, DatabaseName: 'shop' }))).toMatchObject({ message: expect.stringContaining("DatabaseName, which was not set, to 'shop'") });
  });

  test('nor by one that gives it another user', async () => {
    expect(await create(properties({ SnapshotIdentifier: undefined }, { Conditional: { MasterUsername: 'admin' } })))
      .toMatchObject({ status: 'FAILED', message: expect.stringContaining("MasterUsername from 'postgres' to 'admin'") });
    expect(await create(properties({ SnapshotIdentifier: undefined }, { Conditional: { MasterUsername: 'postgres' } }))).toMatchObject({ status: 'DONE' });
  });

  test('nor by one that puts it into another global cluster, or into one at all', async () => {
    const inGlobal = (GlobalClusterIdentifier: string) => (
      create(properties({ SnapshotIdentifier: undefined }, { Conditional: { GlobalClusterIdentifier } }))
    );
    expect(await inGlobal('world')).toMatchObject({ status: 'DONE' });
    expect(await inGlobal('moon')).toMatchObject({ status: 'FAILED', message: expect.stringContaining("GlobalClusterIdentifier from 'world' to 'moon'") });
    rds.clusters = [{ identifier: 'orders', status: 'available', engine: 'aurora-postgresql' }];
    expect(await inGlobal('world')).toMatchObject({ status: 'FAILED', message: expect.stringContaining("GlobalClusterIdentifier, which was not set, to 'world'") });
  });

  test('what RDS does not show of it is not compared', async () => {
    rds.clusters = [{ identifier: 'orders', status: 'available', engine: 'aurora-postgresql' }];
    expect(await create(properties({ AvailabilityZones: 'a', PubliclyAccessible: 'true', DBSystemId: 'x', ClusterScalabilityType: 'limitless', EngineMode: 'serverless', DBSubnetGroupName: 'x' })))
      .toMatchObject({ status: 'DONE' });
  });

  test('nor by one that gives it another engine', async () => {
    expect(await create(properties({}, { Engine: 'aurora-mysql' }))).toMatchObject({ status: 'FAILED', message: expect.stringContaining("Engine from 'aurora-postgresql' to 'aurora-mysql'") });
  });

  test('and that RDS does not have any more, is nothing to compare with', async () => {
    rds.clusters = [];
    expect(await create()).toMatchObject({ status: 'DONE' });
  });
});

describe('a later deploy', () => {
  beforeEach(() => {
    stacks.left = { [CLUSTER]: MADE };
  });

  test('that changes nothing is accepted without a look at anything', async () => {
    rds.breaks('findCluster', awsError('AccessDenied')).breaks('findSnapshot', awsError('AccessDenied'));
    stacks.left = {};

    expect(await update(properties(), properties({}, { EngineVersion: '16.6', AllowReplacement: 'true' }))).toEqual(doneWith(properties()));
  });

  test.each([
    [{ SnapshotIdentifier: 'other' }, "SnapshotIdentifier from 'last' to 'other'"],
    [{ SnapshotIdentifier: undefined }, "SnapshotIdentifier from 'last' to nothing"],
    [{ KmsKeyId: 'alias/orders' }, "KmsKeyId, which was not set, to 'alias/orders'"],
    [{ SnapshotIdentifier: undefined, SourceDBClusterIdentifier: 'billing' }, "SnapshotIdentifier from 'last' to nothing, SourceDBClusterIdentifier, which was not set, to 'billing'"],
  ])('is refused when it changes %j, in words that say what and what to do', async (values, words) => {
    expect(await update(properties(), properties(values))).toEqual({
      status: 'FAILED',
      message: `this deploy would replace the cluster 'orders' by another one, because it changes ${words}. The cluster was not touched. `
        + 'Set back what was changed; or, to replace the cluster on purpose, set allowReplacement: true and another clusterIdentifier',
    });
  });

  test('is refused when it changes the engine or the logical id of the cluster', async () => {
    expect(await update(properties(), properties({}, { Engine: 'aurora-mysql' }))).toMatchObject({ message: expect.stringContaining("it changes Engine from 'aurora-postgresql' to 'aurora-mysql'") });
    expect(await update(properties(), properties({}, { ClusterLogicalId: 'Elsewhere' }))).toMatchObject({ message: expect.stringContaining("its logical id from 'Cluster' to 'Elsewhere'") });
  });

  test('is refused also when CloudFormation tells another former state than was accepted', async () => {
    const after = properties({ SnapshotIdentifier: 'other' });
    expect(await update(properties(), after, after)).toMatchObject({ status: 'FAILED', message: expect.stringContaining('what it was made of, as the guard remembers it') });
  });

  test('after one that failed is accepted when it goes back to what was accepted', async () => {
    expect(await update(properties(), properties(), properties({ SnapshotIdentifier: 'other' }))).toEqual(doneWith(properties()));
  });

  describe('with another user or global cluster', () => {
    const having = (Conditional: Values, others: WireProperties = {}) => properties({}, { Conditional, ...others });

    test.each([
      [{ MasterUsername: 'postgres' }, { MasterUsername: 'admin' }, "MasterUsername from 'postgres' to 'admin'"],
      [{}, { GlobalClusterIdentifier: 'world' }, "GlobalClusterIdentifier, which was not set, to 'world'"],
    ])('is refused: %j to %j', async (before, after, words) => {
      expect(await update(having(before), having(after))).toMatchObject({ status: 'FAILED', message: expect.stringContaining(words) });
    });

    test('is refused again by a second try, of which CloudFormation tells that nothing has changed', async () => {
      const [before, after] = [having({ MasterUsername: 'postgres' }), having({ MasterUsername: 'admin' })];
      expect(await update(before, after, after)).toMatchObject({ status: 'FAILED', message: expect.stringContaining("MasterUsername from 'another one' to 'admin'") });
    });

    test.each([
      ['leaves its global cluster', { GlobalClusterIdentifier: 'world' }, {}],
      ['has its user in a secret from now on', { MasterUsername: 'postgres' }, {}],
    ])('is accepted when the cluster %s', async (_, before, after) => {
      expect(await update(having(before), having(after))).toMatchObject({ status: 'DONE' });
    });

    describe('that was in a secret', () => {
      const ofNew = (Conditional: Values, others: WireProperties = {}) => properties({ SnapshotIdentifier: undefined }, { Conditional, ...others });
      beforeEach(() => {
        rds.clusters = [{ identifier: 'orders', status: 'available', engine: 'aurora-postgresql', masterUsername: 'postgres' }];
      });

      test('is accepted when it is the one that the cluster has, or nobody knows the cluster any more', async () => {
        expect(await update(ofNew({}), ofNew({ MasterUsername: 'postgres' }))).toMatchObject({ status: 'DONE' });
        rds.clusters = [];
        expect(await update(ofNew({}), ofNew({ MasterUsername: 'admin' }))).toMatchObject({ status: 'DONE' });
        stacks.left = {};
        expect(await update(ofNew({}), ofNew({ MasterUsername: 'admin' }))).toMatchObject({ status: 'DONE' });
      });

      test('is refused when the cluster has another, unless it may be replaced', async () => {
        expect(await update(ofNew({}), ofNew({ MasterUsername: 'admin' }))).toMatchObject({
          status: 'FAILED', message: expect.stringContaining("this deploy would replace the cluster 'orders' by another one, because it changes MasterUsername from 'postgres' to 'admin'. The cluster was not touched."),
        });
        const allowed = properties({ SnapshotIdentifier: undefined, DBClusterIdentifier: undefined }, { Conditional: { MasterUsername: 'admin' }, AllowReplacement: 'true' });
        expect(await update(properties({ SnapshotIdentifier: undefined, DBClusterIdentifier: undefined }), allowed)).toMatchObject({ status: 'DONE' });
      });
    });
  });

  describe('that may replace the cluster', () => {
    const allowed = (values: Values) => properties(values, { AllowReplacement: 'true' });

    test('is accepted with another identifier', async () => {
      const second = allowed({ SnapshotIdentifier: 'other', DBClusterIdentifier: 'orders-2' });
      expect(await update(properties(), second)).toEqual(doneWith(second, `${idOf(second)}/was-${idOf(properties()).split('/v1-')[1]}`));
    });

    test('is accepted where CloudFormation makes up the identifiers', async () => {
      const unnamed = { DBClusterIdentifier: undefined };
      expect(await update(properties(unnamed), allowed({ ...unnamed, SnapshotIdentifier: 'other' }))).toMatchObject({ status: 'DONE' });
    });

    test.each(['orders', 'Orders'])('is refused under the same name: %s', async (DBClusterIdentifier) => {
      expect(await update(properties(), allowed({ SnapshotIdentifier: 'other', DBClusterIdentifier }))).toMatchObject({
        status: 'FAILED', message: expect.stringMatching(/allowReplacement allows that, but .*two cannot have the same name.*Set another clusterIdentifier than 'orders'/),
      });
    });

    test('waits for the source of the new one', async () => {
      rds.change(aSnapshot({ identifier: 'other' }).arn, { status: 'copying' });
      expect(await update(properties(), allowed({ SnapshotIdentifier: 'other', DBClusterIdentifier: 'orders-2' }))).toMatchObject({
        status: 'PENDING', reason: "the snapshot 'other' is still copying", patienceSeconds: 3000,
      });
    });
  });

  describe('that is taken back', () => {
    const first = properties({}, { Conditional: { MasterUsername: 'postgres' } });
    const second = properties({ SnapshotIdentifier: 'other', DBClusterIdentifier: 'orders-2' }, { AllowReplacement: 'true', Conditional: { MasterUsername: 'admin' } });
    const back = (PhysicalResourceId: string, ResourceProperties: WireProperties, OldResourceProperties: WireProperties) =>
      stepOf(eventOf('Update', { PhysicalResourceId, ResourceProperties, OldResourceProperties }));

    test('goes back to what was accepted before, whatever the former template allows', async () => {
      const id = await idAfter(first, second);
      stacks.rollingBack = true;
      expect(await back(id, first, second)).toEqual(doneWith(first));
    });

    test('goes back also when a deploy that changed nothing has come in between', async () => {
      const id = await idAfter(first, second);
      expect(await back(id, second, second)).toEqual(doneWith(second, id));
      stacks.rollingBack = true;
      expect(await back(id, first, second)).toEqual(doneWith(first));
    });

    test.each([
      ['after one that was refused', async () => idOf(first)],
      ['after one that was accepted', async () => idAfter(first, second)],
    ])('does not go back to what was never accepted, %s: a restore point that was skipped, a parameter that has changed', async (_, idBefore) => {
      const id = await idBefore();
      stacks.rollingBack = true;
      const never = properties({ SnapshotIdentifier: 'yet-another' }, { Conditional: { MasterUsername: 'postgres' } });
      expect(await back(id, never, second)).toMatchObject({
        status: 'FAILED', message: expect.stringMatching(/the rollback would replace the cluster of 'Cluster' by something that was never accepted, because it changes .*SnapshotIdentifier from 'other' to 'yet-another'.*skip both the guard and the cluster/),
      });
    });

    test('does not go back to another user than was accepted before', async () => {
      const id = await idAfter(first, second);
      stacks.rollingBack = true;
      expect(await back(id, properties({}, { Conditional: { MasterUsername: 'root' } }), second)).toMatchObject({ status: 'FAILED' });
    });

    test('does not guess when CloudFormation does not answer', async () => {
      const error = awsError('ThrottlingException');
      jest.spyOn(stacks, 'isRollingBack').mockRejectedValue(error);
      await expect(update(properties({ SnapshotIdentifier: 'other' }), properties())).rejects.toBe(error);
    });
  });
});

describe('a guard that goes', () => {
  test.each([
    ['with its cluster', properties()],
    ['from a stack that it never worked in', {}],
    ['with properties of another release', { ContractVersion: '99' }],
  ])('%s goes without a look at anything', async (_, ResourceProperties) => {
    rds.breaks('findCluster', awsError('AccessDenied'));
    expect(await stepOf(eventOf('Delete', { PhysicalResourceId: 'Shop-Guard-1ABC', ResourceProperties }))).toEqual({ status: 'DONE' });
  });
});

describe('properties that cannot be read', () => {
  test.each([
    [properties({}, { ContractVersion: '99' }), /contract version 99 is not known to this runtime \(it knows 1\); deploy the construct and its provider from the same release/],
    [properties({}, { Engine: '' }), /the properties Engine and ClusterLogicalId must not be missing or empty/],
    [properties({ SnapshotIdentifier: undefined, SourceDBClusterIdentifier: 'billing', RestoreToTime: 'yesterday' }), /RestoreToTime must be a time in UTC, for example 2026-11-22T09:30:00Z, got 'yesterday'/],
  ])('fail with what is wrong', async (broken, words) => {
    await expect(create(broken)).rejects.toThrow(words);
  });
});
