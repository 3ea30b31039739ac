import { RemovalPolicy } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Declaration, DeployedStack } from './support/deployed-stack';
import { useLocalAws } from './support/e2e';
import { somethingThatFails, together } from './support/subjects';
import { ClusterFacts } from '../../local/local-aws';
import { HERE } from '../local/world';
import { RestoreGuard, RestoreGuardOptions } from 'cdk-aurora-backup';

const aws = useLocalAws();
let orders: { readonly DbClusterResourceId?: string };
let billing: { readonly DbClusterResourceId?: string };
let noon: number;

beforeEach(async () => {
  await aws.local.settings({ restoreSeconds: 30, snapshotSeconds: 30 });
  orders = await aws.world.cluster('orders', { EngineVersion: '16.4' });
  billing = await aws.world.cluster('billing', { EngineVersion: '16.4' });
  await aws.local.seedSnapshot({ region: HERE, cluster: 'orders', type: 'manual', identifier: 'of-orders' });
  await aws.local.seedSnapshot({ region: HERE, cluster: 'billing', type: 'manual', identifier: 'of-billing' });
  await aws.local.clock({ advance: 2 * 3600 });
  noon = Number(await aws.local.clock());
});

type Properties = Readonly<Record<string, unknown>>;

interface Declared extends RestoreGuardOptions {
  /** The properties of the cluster, as CloudFormation calls them. */
  readonly properties?: Properties;
  readonly guarded?: boolean;
  readonly logicalId?: string;
}

/** A cluster that is restored from the snapshot of the cluster `orders`, where a test does not say otherwise. */
function restored({ properties = {}, guarded = true, logicalId, ...options }: Declared = {}): Declaration {
  return (stack) => {
    const cluster = new rds.CfnDBCluster(stack, 'Restored', { engine: 'aurora-postgresql', engineVersion: '16.4' });
    cluster.applyRemovalPolicy(RemovalPolicy.DESTROY);
    Object.entries({ SnapshotIdentifier: 'of-orders', ...properties }).forEach(([name, value]) => cluster.addPropertyOverride(name, value));
    if (logicalId) {
      cluster.overrideLogicalId(logicalId);
    }
    if (guarded) {
      RestoreGuard.protect(cluster, options);
    }
  };
}

async function clusters(): Promise<ClusterFacts[]> {
  return (await aws.local.clusters()).filter(({ DBClusterIdentifier }) => !['orders', 'billing'].includes(DBClusterIdentifier));
}

/** The only cluster of the stack. */
async function theCluster(): Promise<ClusterFacts> {
  const made = await clusters();
  expect(made).toHaveLength(1);
  return made[0];
}

async function deployed(shop: DeployedStack, declare: Declaration): Promise<ClusterFacts> {
  expect(await shop.deploy(declare)).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });
  return theCluster();
}

/** What CloudFormation has asked RDS to do to clusters. */
async function deeds(): Promise<string[]> {
  return (await aws.local.calls({ principal: 'cloudformation' })).map(({ action }) => action).filter((action) => /^rds:(Create|Restore|Modify|Delete)DBCluster/.test(action));
}

async function isUntouched(cluster: ClusterFacts): Promise<void> {
  expect(await theCluster()).toEqual(cluster);
  expect(await deeds()).toEqual([]);
}

const refusal = (change: RegExp) => new RegExp(`this deploy would replace the cluster '[a-z0-9-]+' by another one, because it changes ${change.source}\\. The cluster was not touched`);

test('a guarded cluster is restored, and a deploy that changes nothing of it leaves it alone', async () => {
  const shop = aws.stack();
  const cluster = await deployed(shop, restored());
  expect(cluster).toMatchObject({ EngineVersion: '16.4', Origin: { DbClusterResourceId: orders.DbClusterResourceId } });

  expect(await shop.deploy(restored({ properties: { BackupRetentionPeriod: 14 } }))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
  expect(await clusters()).toMatchObject([{ DbClusterResourceId: cluster.DbClusterResourceId, BackupRetentionPeriod: 14 }]);
});

describe('a deploy that would replace the cluster fails before the cluster is touched', () => {
  const fresh = { SnapshotIdentifier: undefined, MasterUsername: 'postgres', MasterUserPassword: 'not-a-secret' };
  const latest = { SnapshotIdentifier: undefined, SourceDBClusterIdentifier: 'orders', UseLatestRestorableTime: true };
  const minutesAgo = (minutes: number) => new Date(noon - minutes * 60_000).toISOString();

  const CHANGES: Record<string, () => Promise<[Properties, Properties]> | [Properties, Properties]> = {
    AvailabilityZones: () => [{ AvailabilityZones: ['eu-west-1a', 'eu-west-1b'] }, { AvailabilityZones: ['eu-west-1b', 'eu-west-1c'] }],
    ClusterScalabilityType: () => [{ ...fresh, ClusterScalabilityType: 'standard' }, { ...fresh, ClusterScalabilityType: 'limitless' }],
    DatabaseName: () => [{ ...fresh, DatabaseName: 'shop' }, { ...fresh, DatabaseName: 'store' }],
    DBClusterIdentifier: () => [{ DBClusterIdentifier: 'first' }, { DBClusterIdentifier: 'second' }],
    DBSubnetGroupName: () => [{ ...fresh, DBSubnetGroupName: 'these' }, { ...fresh, DBSubnetGroupName: 'those' }],
    DBSystemId: () => [{ ...fresh, DBSystemId: 'A' }, { ...fresh, DBSystemId: 'B' }],
    Engine: () => [fresh, { ...fresh, Engine: 'aurora-mysql', EngineVersion: undefined }],
    EngineMode: () => [fresh, { ...fresh, EngineMode: 'provisioned' }],
    KmsKeyId: async () => [{ KmsKeyId: await aws.world.key() }, { KmsKeyId: await aws.world.key() }],
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
      return [from(orders.DbClusterResourceId!), from(billing.DbClusterResourceId!)];
    },
    SourceRegion: () => [fresh, { ...fresh, SourceRegion: 'eu-central-1' }],
    StorageEncrypted: () => [{ ...fresh, StorageEncrypted: false }, { ...fresh, StorageEncrypted: true }],
    UseLatestRestorableTime: () => [latest, { ...latest, UseLatestRestorableTime: undefined, RestoreToTime: minutesAgo(30) }],
  };

  test.each(Object.keys(CHANGES))('it changes %s', async (property) => {
    const [before, after] = await CHANGES[property]();
    const shop = aws.stack();
    const cluster = await deployed(shop, restored({ properties: before }));
    await aws.local.clearCalls();

    const outcome = await shop.deploy(restored({ properties: after }));

    expect(outcome).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE', reasons: [expect.stringMatching(refusal(new RegExp(`.*${property}.*`)))] });
    await isUntouched(cluster);
  });

  test.each([
    ['its snapshot', {}, fresh, /SnapshotIdentifier from 'of-orders' to nothing/],
    ['its source cluster', latest, { ...fresh, SourceDBClusterIdentifier: undefined, UseLatestRestorableTime: undefined },
      /SourceDBClusterIdentifier from 'orders' to nothing, UseLatestRestorableTime from 'true' to nothing/],
  ])('it no longer names %s, and would make an empty cluster', async (_, before, after, change) => {
    const shop = aws.stack();
    const cluster = await deployed(shop, restored({ properties: before }));
    await aws.local.clearCalls();

    expect(await shop.deploy(restored({ properties: after }))).toMatchObject({ reasons: [expect.stringMatching(refusal(change))] });
    await isUntouched(cluster);
  });

  test('it gives the cluster another place in the template', async () => {
    const shop = aws.stack();
    const cluster = await deployed(shop, restored());
    await aws.local.clearCalls();

    expect(await shop.deploy(restored({ logicalId: 'Elsewhere' }))).toMatchObject({ reasons: [expect.stringMatching(refusal(/its logical id from 'Restored' to 'Elsewhere'/))] });
    await isUntouched(cluster);
  });

  test('and the deploy after that goes on where the failed one began', async () => {
    const shop = aws.stack();
    const { DbClusterResourceId } = await deployed(shop, restored());
    await shop.deploy(restored({ properties: { SnapshotIdentifier: 'of-billing' } }));

    expect(await shop.deploy(restored({ properties: { SnapshotIdentifier: 'of-billing' } }))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(await shop.deploy(restored({ properties: { BackupRetentionPeriod: 14 } }))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
    expect(await theCluster()).toMatchObject({ DbClusterResourceId, BackupRetentionPeriod: 14 });
  });
});

describe('a value that is looked up while the stack deploys', () => {
  const put = (Value: string) => aws.world.json('ssm', 'AmazonSSM.PutParameter', { Name: '/source', Type: 'String', Value, Overwrite: true });
  const lookedUp = (properties: Properties = {}) => restored({ properties: { SnapshotIdentifier: '{{resolve:ssm:/source}}', ...properties } });

  test('and has changed since then is refused, even though nothing of the cluster has changed in the template', async () => {
    const shop = aws.stack();
    await put('of-orders');
    const cluster = await deployed(shop, lookedUp());
    await put('of-billing');
    await aws.local.clearCalls();

    expect(await shop.deploy(lookedUp({ BackupRetentionPeriod: 14 }))).toMatchObject({
      reasons: [expect.stringMatching(refusal(/SnapshotIdentifier from 'of-orders' to 'of-billing'/))],
    });
    await isUntouched(cluster);
  });
});

describe('a replacement that is allowed', () => {
  const first = { DBClusterIdentifier: 'first' };
  const second = { DBClusterIdentifier: 'second', SnapshotIdentifier: 'of-billing' };

  test('is made, and the old cluster goes as its policy says', async () => {
    const shop = aws.stack();
    await deployed(shop, restored({ properties: first }));

    expect(await shop.deploy(restored({ properties: second, allowReplacement: true }))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
    expect(await theCluster()).toMatchObject({ DBClusterIdentifier: 'second', Origin: { DbClusterResourceId: billing.DbClusterResourceId } });
  });

  test('is refused under the same name, which CloudFormation could not do', async () => {
    const shop = aws.stack();
    const cluster = await deployed(shop, restored({ properties: first }));
    await aws.local.clearCalls();

    expect(await shop.deploy(restored({ properties: { ...second, ...first }, allowReplacement: true }))).toMatchObject({
      status: 'UPDATE_ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/two cannot have the same name.* Set another clusterIdentifier than 'first'/)],
    });
    await isUntouched(cluster);
  });

  test('goes back with its deploy: the former cluster stays, the new one goes', async () => {
    const shop = aws.stack();
    const cluster = await deployed(shop, restored({ properties: first }));

    expect(await shop.deploy(together(restored({ properties: second, allowReplacement: true }), somethingThatFails('Restored')))).toMatchObject({
      status: 'UPDATE_ROLLBACK_COMPLETE',
    });
    expect(await theCluster()).toEqual(cluster);
    expect(await shop.deploy(restored({ properties: { ...first, BackupRetentionPeriod: 14 } }))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
    expect(await theCluster()).toMatchObject({ DbClusterResourceId: cluster.DbClusterResourceId });
  });

  test('is looked at like a first restore: without its source the former cluster stays', async () => {
    const shop = aws.stack();
    const cluster = await deployed(shop, restored({ properties: first }));
    await aws.local.clearCalls();

    expect(await shop.deploy(restored({ properties: { ...second, SnapshotIdentifier: 'never-was' }, allowReplacement: true }))).toMatchObject({
      status: 'UPDATE_ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/there is no snapshot 'never-was'; given up after 5 minutes/)],
    });
    await isUntouched(cluster);
  });
});

describe('a cluster that was deployed without a guard', () => {
  const named = { DBClusterIdentifier: 'named' };

  test('is guarded from then on, and neither the guard nor its removal touches it', async () => {
    const shop = aws.stack();
    const cluster = await deployed(shop, restored({ properties: named, guarded: false }));
    await aws.local.clearCalls();

    expect(await shop.deploy(restored({ properties: named }))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
    await isUntouched(cluster);
    expect(await shop.deploy(restored({ properties: { ...named, SnapshotIdentifier: 'of-billing' } }))).toMatchObject({
      reasons: [expect.stringMatching(refusal(/SnapshotIdentifier from 'of-orders' to 'of-billing'/))],
    });
    expect(await shop.deploy(restored({ properties: named, guarded: false }))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
    await isUntouched(cluster);
  });

  test('is not to be replaced by the deploy that guards it', async () => {
    const shop = aws.stack();
    const cluster = await deployed(shop, restored({ guarded: false }));
    await aws.local.clearCalls();

    expect(await shop.deploy(restored({ properties: { KmsKeyId: await aws.world.key(), DBClusterIdentifier: 'renamed' } }))).toMatchObject({
      reasons: [expect.stringMatching(/was not touched.*this deploy would replace it first, because it changes DBClusterIdentifier from '.*' to 'renamed'/)],
    });
    await isUntouched(cluster);
  });

  test('cannot be replaced under its name by CloudFormation either, when the guard goes and the snapshot with it', async () => {
    const shop = aws.stack();
    const cluster = await deployed(shop, restored({ properties: named }));
    await aws.local.clearCalls();

    const empty = { ...named, SnapshotIdentifier: undefined, MasterUsername: 'postgres', MasterUserPassword: 'not-a-secret' };
    expect(await shop.deploy(restored({ properties: empty, guarded: false }))).toMatchObject({
      status: 'UPDATE_ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/cannot update a stack when a custom-named resource requires replacing/)],
    });
    await isUntouched(cluster);
  });
});
