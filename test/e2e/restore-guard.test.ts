import { useLocalAws } from './support/e2e';
import { Properties, deployed, isUntouched, madeClusters, prepareSources, restored, theCluster } from './support/guarded-clusters';
import { somethingThatFails, together } from './support/subjects';

const aws = useLocalAws();
let sources: Awaited<ReturnType<typeof prepareSources>>;
beforeEach(async () => {
  sources = await prepareSources(aws);
});

const refusal = (change: RegExp) => new RegExp(`this deploy would replace the cluster '[a-z0-9-]+' by another one, because it changes ${change.source}\\. The cluster was not touched`);

test('a guarded cluster is restored, and a deploy that changes nothing of it leaves it alone', async () => {
  const { shop, cluster } = await deployed(aws, restored());
  expect(cluster).toMatchObject({ EngineVersion: '16.4', Origin: { DbClusterResourceId: sources.orders } });

  expect(await shop.deploy(restored({ properties: { BackupRetentionPeriod: 14 } }))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
  expect(await madeClusters(aws)).toMatchObject([{ DbClusterResourceId: cluster.DbClusterResourceId, BackupRetentionPeriod: 14 }]);
});

describe('a deploy that would replace the cluster fails before the cluster is touched', () => {
  const fresh = { SnapshotIdentifier: undefined, MasterUsername: 'postgres', MasterUserPassword: 'not-a-secret' };
  const latest = { SnapshotIdentifier: undefined, SourceDBClusterIdentifier: 'orders', UseLatestRestorableTime: true };
  const minutesAgo = (minutes: number) => new Date(sources.now - minutes * 60_000).toISOString();

  const CHANGES: Record<string, () => Promise<[Properties, Properties]> | [Properties, Properties]> = {
    AvailabilityZones: () => [{ AvailabilityZones: ['eu-west-1a', 'eu-west-1b'] }, { AvailabilityZones: ['eu-west-1b', 'eu-west-1c'] }],
    ClusterScalabilityType: () => [{ ...fresh, ClusterScalabilityType: 'standard' }, { ...fresh, ClusterScalabilityType: 'limitless' }],
    DatabaseName: () => [{ ...fresh, DatabaseName: 'shop' }, { ...fresh, DatabaseName: 'store' }],
    DBClusterIdentifier: () => [{ DBClusterIdentifier: 'first' }, { DBClusterIdentifier: 'second' }],
    DBSubnetGroupName: () => [{ ...fresh, DBSubnetGroupName: 'these' }, { ...fresh, DBSubnetGroupName: 'those' }],
    DBSystemId: () => [{ ...fresh, DBSystemId: 'A' }, { ...fresh, DBSystemId: 'B' }],
    Engine: () => [fresh, { ...fresh, Engine: 'aurora-mysql', EngineVersion: undefined }],
    EngineMode: () => [fresh, { ...fresh, EngineMode: 'provisioned' }],
    GlobalClusterIdentifier: () => [fresh, { ...fresh, GlobalClusterIdentifier: 'world' }],
    KmsKeyId: async () => [{ KmsKeyId: await aws.world.key() }, { KmsKeyId: await aws.world.key() }],
    MasterUsername: () => [fresh, { ...fresh, MasterUsername: 'admin' }],
    PubliclyAccessible: () => [{ ...fresh, PubliclyAccessible: false }, { ...fresh, PubliclyAccessible: true }],
    RestoreToTime: () => {
      const at = (minutes: number) => ({ ...latest, UseLatestRestorableTime: undefined, RestoreToTime: minutesAgo(minutes) });
      return [at(30), at(20)];
    },
    RestoreType: () => [latest, { ...latest, RestoreType: 'copy-on-write' }],
    SnapshotIdentifier: () => [{}, { SnapshotIdentifier: 'of-billing' }],
    SourceDBClusterIdentifier: () => [latest, { ...latest, SourceDBClusterIdentifier: 'billing' }],
    SourceDbClusterResourceId: () => {
      const from = (id: string) => ({ SnapshotIdentifier: undefined, SourceDbClusterResourceId: id, UseLatestRestorableTime: true });
      return [from(sources.orders), from(sources.billing)];
    },
    SourceRegion: () => [fresh, { ...fresh, SourceRegion: 'eu-central-1' }],
    StorageEncrypted: () => [{ ...fresh, StorageEncrypted: false }, { ...fresh, StorageEncrypted: true }],
    UseLatestRestorableTime: () => [latest, { ...latest, UseLatestRestorableTime: undefined, RestoreToTime: minutesAgo(30) }],
  };

  test.each(Object.keys(CHANGES))('it changes %s', async (property) => {
    const [before, after] = await CHANGES[property]();
    const { shop, cluster } = await deployed(aws, restored({ properties: before }));
    await aws.local.clearCalls();

    const outcome = await shop.deploy(restored({ properties: after }));

    expect(outcome).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE', reasons: [expect.stringMatching(refusal(new RegExp(`.*${property}.*`)))] });
    await isUntouched(aws, cluster);
  });

  test.each([
    ['its snapshot', {}, fresh, /SnapshotIdentifier from 'of-orders' to nothing/],
    ['its source cluster', latest, { ...fresh, SourceDBClusterIdentifier: undefined, UseLatestRestorableTime: undefined },
      /SourceDBClusterIdentifier from 'orders' to nothing, UseLatestRestorableTime from 'true' to nothing/],
  ])('it no longer names %s, and would make an empty cluster', async (_, before, after, change) => {
    const { shop, cluster } = await deployed(aws, restored({ properties: before }));
    await aws.local.clearCalls();

    expect(await shop.deploy(restored({ properties: after }))).toMatchObject({ reasons: [expect.stringMatching(refusal(change))] });
    await isUntouched(aws, cluster);
  });

  test('it gives the cluster another place in the template', async () => {
    const { shop, cluster } = await deployed(aws, restored());
    await aws.local.clearCalls();

    expect(await shop.deploy(restored({ logicalId: 'Elsewhere' }))).toMatchObject({ reasons: [expect.stringMatching(refusal(/its logical id from 'Restored' to 'Elsewhere'/))] });
    await isUntouched(aws, cluster);
  });

  test('and the deploy after that goes on where the failed one began', async () => {
    const { shop, cluster: { DbClusterResourceId } } = await deployed(aws, restored());
    await shop.deploy(restored({ properties: { SnapshotIdentifier: 'of-billing' } }));

    expect(await shop.deploy(restored({ properties: { SnapshotIdentifier: 'of-billing' } }))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(await shop.deploy(restored({ properties: { BackupRetentionPeriod: 14 } }))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
    expect(await theCluster(aws)).toMatchObject({ DbClusterResourceId, BackupRetentionPeriod: 14 });
  });
});

describe('a value that is looked up while the stack deploys', () => {
  const put = (Value: string) => aws.world.json('ssm', 'AmazonSSM.PutParameter', { Name: '/source', Type: 'String', Value, Overwrite: true });
  const lookedUp = (properties: Properties = {}) => restored({ properties: { SnapshotIdentifier: '{{resolve:ssm:/source}}', ...properties } });

  test('and has changed since then is refused, even though nothing of the cluster has changed in the template', async () => {
    await put('of-orders');
    const { shop, cluster } = await deployed(aws, lookedUp());
    await put('of-billing');
    await aws.local.clearCalls();

    expect(await shop.deploy(lookedUp({ BackupRetentionPeriod: 14 }))).toMatchObject({
      reasons: [expect.stringMatching(refusal(/SnapshotIdentifier from 'of-orders' to 'of-billing'/))],
    });
    await isUntouched(aws, cluster);
  });
});

describe('a replacement that is allowed', () => {
  const first = { DBClusterIdentifier: 'first' };
  const second = { DBClusterIdentifier: 'second', SnapshotIdentifier: 'of-billing' };

  test('is made, and the old cluster goes as its policy says', async () => {
    const { shop } = await deployed(aws, restored({ properties: first }));

    expect(await shop.deploy(restored({ properties: second, allowReplacement: true }))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
    expect(await theCluster(aws)).toMatchObject({ DBClusterIdentifier: 'second', Origin: { DbClusterResourceId: sources.billing } });
  });

  test('is refused under the same name, which CloudFormation could not do', async () => {
    const { shop, cluster } = await deployed(aws, restored({ properties: first }));
    await aws.local.clearCalls();

    expect(await shop.deploy(restored({ properties: { ...second, ...first }, allowReplacement: true }))).toMatchObject({
      status: 'UPDATE_ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/two cannot have the same name.* Set another clusterIdentifier than 'first'/)],
    });
    await isUntouched(aws, cluster);
  });

  test('goes back with its deploy: the former cluster stays, the new one goes', async () => {
    const { shop, cluster } = await deployed(aws, restored({ properties: first }));

    expect(await shop.deploy(together(restored({ properties: second, allowReplacement: true }), somethingThatFails('Restored')))).toMatchObject({
      status: 'UPDATE_ROLLBACK_COMPLETE',
    });
    expect(await theCluster(aws)).toEqual(cluster);
    expect(await shop.deploy(restored({ properties: { ...first, BackupRetentionPeriod: 14 } }))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
    expect(await theCluster(aws)).toMatchObject({ DbClusterResourceId: cluster.DbClusterResourceId });
  });

  test('is looked at like a first restore: without its source the former cluster stays', async () => {
    const { shop, cluster } = await deployed(aws, restored({ properties: first }));
    await aws.local.clearCalls();

    expect(await shop.deploy(restored({ properties: { ...second, SnapshotIdentifier: 'never-was' }, allowReplacement: true }))).toMatchObject({
      status: 'UPDATE_ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/there is no snapshot 'never-was'; given up after 5 minutes/)],
    });
    await isUntouched(aws, cluster);
  });
});

describe('a cluster that was deployed without a guard', () => {
  const named = { DBClusterIdentifier: 'named' };

  test('is guarded from then on, and neither the guard nor its removal touches it', async () => {
    const { shop, cluster } = await deployed(aws, restored({ properties: named, guarded: false }));
    await aws.local.clearCalls();

    expect(await shop.deploy(restored({ properties: named }))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
    await isUntouched(aws, cluster);
    expect(await shop.deploy(restored({ properties: { ...named, SnapshotIdentifier: 'of-billing' } }))).toMatchObject({
      reasons: [expect.stringMatching(refusal(/SnapshotIdentifier from 'of-orders' to 'of-billing'/))],
    });
    expect(await shop.deploy(restored({ properties: named, guarded: false }))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
    await isUntouched(aws, cluster);
  });

  test('is not to be replaced by the deploy that guards it', async () => {
    const { shop, cluster } = await deployed(aws, restored({ guarded: false }));
    await aws.local.clearCalls();

    expect(await shop.deploy(restored({ properties: { KmsKeyId: await aws.world.key(), DBClusterIdentifier: 'renamed' } }))).toMatchObject({
      reasons: [expect.stringMatching(/was not touched.*this deploy would replace it first, because it changes DBClusterIdentifier from '.*' to 'renamed'/)],
    });
    await isUntouched(aws, cluster);
  });

  test('cannot be replaced under its name by CloudFormation either, when the guard goes and the snapshot with it', async () => {
    const { shop, cluster } = await deployed(aws, restored({ properties: named }));
    await aws.local.clearCalls();

    const empty = { ...named, SnapshotIdentifier: undefined, MasterUsername: 'postgres', MasterUserPassword: 'not-a-secret' };
    expect(await shop.deploy(restored({ properties: empty, guarded: false }))).toMatchObject({
      status: 'UPDATE_ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/cannot update a stack when a custom-named resource requires replacing/)],
    });
    await isUntouched(aws, cluster);
  });

  test('stays under deletion protection when the guard goes and CloudFormation makes an empty one instead', async () => {
    const { shop, cluster } = await deployed(aws, restored({ properties: { DeletionProtection: true } }));

    const empty = { SnapshotIdentifier: undefined, MasterUsername: 'postgres', MasterUserPassword: 'not-a-secret' };
    await shop.deploy(restored({ properties: empty, guarded: false }));
    expect((await madeClusters(aws)).find(({ DbClusterResourceId }) => DbClusterResourceId === cluster.DbClusterResourceId)).toMatchObject({ Status: 'available' });
  });
});
