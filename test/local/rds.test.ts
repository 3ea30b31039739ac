import {
  AddTagsToResourceCommand, DeleteDBClusterCommand, DeleteDBClusterSnapshotCommand, DescribeDBClustersCommand, DescribeDBClusterSnapshotsCommand,
  ListTagsForResourceCommand, ModifyDBClusterSnapshotAttributeCommand, paginateDescribeDBClusters, paginateDescribeDBClusterSnapshots,
} from '@aws-sdk/client-rds';
import { HERE, refusal, THERE, World } from './world';
import { LocalAws } from '../../local/local-aws';

let local: LocalAws;
let world: World;
beforeAll(async () => {
  local = await LocalAws.start({ speed: 1, without: ['authorization', 'credentials'] });
  world = new World(local);
}, 300_000);
afterAll(() => local?.stop());
beforeEach(() => local.reset());

/** `available` at once, for tests about something else. */
const instantly = () => local.settings({ snapshotSeconds: 0, copySeconds: 0 });
const remove = (name: string, region = HERE) =>
  world.rds(region).send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: name }));
const list = async (input: object, region = HERE, account?: string) =>
  (await world.rds(region, account).send(new DescribeDBClusterSnapshotsCommand(input))).DBClusterSnapshots!;
const names = async (...asked: Parameters<typeof list>) => (await list(...asked)).map((s) => s.DBClusterSnapshotIdentifier!);

describe('a snapshot', () => {
  test('is creating with rising progress on the emulated clock, then available', async () => {
    await world.cluster('orders');
    await local.settings({ snapshotSeconds: 1000 });

    const begun = await world.snapshot('Before', 'Orders');

    expect(begun).toMatchObject({ DBClusterSnapshotIdentifier: 'before', Status: 'creating', PercentProgress: 0 });
    await local.clock({ advance: 400 });
    expect(await world.look('before')).toMatchObject({ Status: 'creating', PercentProgress: 40 });
    await local.clock({ advance: 600 });
    expect(await world.look('BEFORE')).toMatchObject({ Status: 'available', PercentProgress: 100 });
  });

  test('tells everything about its cluster', async () => {
    await instantly();
    const key = await world.key();
    const cluster = await world.cluster('orders', { StorageEncrypted: true, KmsKeyId: key, EngineVersion: '16.4' });
    await local.clock({ advance: 3600 });

    await world.snapshot('s', 'orders', { Tags: [{ Key: 'why', Value: 'test' }] });

    const s = await world.look('s');
    expect(s).toMatchObject({
      DBClusterIdentifier: 'orders',
      DBClusterSnapshotArn: 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:s',
      SnapshotType: 'manual',
      Engine: 'aurora-postgresql',
      EngineVersion: '16.4',
      StorageEncrypted: true,
      StorageEncryptionType: 'sse-kms',
      KmsKeyId: key,
      DbClusterResourceId: cluster.DbClusterResourceId,
      TagList: [{ Key: 'why', Value: 'test' }],
    });
    expect(s.ClusterCreateTime).toEqual(cluster.ClusterCreateTime);
    expect(+s.SnapshotCreateTime! - +s.ClusterCreateTime!).toBeGreaterThanOrEqual(3_599_000);
  });

  test('belongs to one incarnation of a cluster name', async () => {
    await instantly();
    const first = await world.cluster('orders');
    await world.snapshot('of-the-first', 'orders');
    await world.rds().send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'orders', SkipFinalSnapshot: true }));
    const second = await world.cluster('orders');

    expect(second.DbClusterResourceId).not.toBe(first.DbClusterResourceId);
    expect((await world.look('of-the-first')).DbClusterResourceId).toBe(first.DbClusterResourceId);
    expect(await names({ DbClusterResourceId: first.DbClusterResourceId })).toEqual(['of-the-first']);
  });

  test('needs an available cluster', async () => {
    const { DBClusterArn: arn } = await world.cluster('orders');

    await local.setStatus(arn!, 'backing-up', { seconds: 300 });
    expect(await refusal(world.snapshot('s', 'orders'))).toMatch(/^InvalidDBClusterStateFault: .*backing-up/);
    await local.clock({ advance: 301 });
    expect(await refusal(world.snapshot('s', 'orders'))).toBe('no error');

    await local.setStatus(arn!, 'stopped');
    await local.clock({ advance: 1e6 });
    expect(await refusal(world.snapshot('t', 'orders'))).toMatch(/^InvalidDBClusterStateFault: .*stopped/);
  });

  test('is refused with AWS\'s errors', async () => {
    await world.cluster('orders');
    await world.snapshot('s', 'orders');

    expect(await refusal(world.snapshot('S', 'orders'))).toMatch(/^DBClusterSnapshotAlreadyExistsFault:/);
    expect(await refusal(world.snapshot('t', 'nobody'))).toMatch(/^DBClusterNotFoundFault:/);
    expect(await refusal(world.snapshot('two--hyphens', 'orders'))).toMatch(/^InvalidParameterValue:/);
    expect(await refusal(world.snapshot('x'.repeat(64), 'orders'))).toMatch(/^InvalidParameterValue:/);
    expect(await refusal(world.snapshot('t', 'orders', { Tags: [{ Key: 'aws:x', Value: '' }] })))
      .toBe('InvalidParameterValue: Tag keys cannot start with the reserved prefix aws:');
    expect(await refusal(world.look('nobody'))).toMatch(/^DBClusterSnapshotNotFoundFault:/);
  });

  test('counts towards the quota, unless automated or made by AWS Backup', async () => {
    await instantly();
    await local.settings({ manualSnapshotQuota: 2 });
    await world.cluster('orders');
    await local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'awsbackup' });
    await world.snapshot('a', 'orders');
    await world.snapshot('b', 'orders');

    expect(await refusal(world.snapshot('c', 'orders'))).toBe('SnapshotQuotaExceededFault: Cannot create more than 2 manual snapshots');
    expect(await refusal(world.copy('a', 'c'))).toBe('SnapshotQuotaExceededFault: Cannot create more than 2 manual snapshots');
    await remove('a');
    expect(await refusal(world.snapshot('c', 'orders'))).toBe('no error');
  });

  test('is not seen at once when visibility lags', async () => {
    await instantly();
    await local.settings({ visibilitySeconds: 60 });
    await world.cluster('orders');
    await world.snapshot('s', 'orders');

    expect(await refusal(world.look('s'))).toMatch(/^DBClusterSnapshotNotFoundFault/);
    expect(await names({ SnapshotType: 'manual' })).toEqual([]);
    await local.clock({ advance: 61 });
    expect(await names({ SnapshotType: 'manual' })).toEqual(['s']);
  });
});

describe('deleting', () => {
  test('a creating snapshot is refused, an available one goes', async () => {
    await world.cluster('orders');
    await local.settings({ snapshotSeconds: 100 });
    await world.snapshot('s', 'orders');

    expect(await refusal(remove('s'))).toMatch(/^InvalidDBClusterSnapshotStateFault: .*creating/);
    await local.clock({ advance: 101 });
    expect(await refusal(remove('s'))).toBe('no error');
    expect(await refusal(remove('s'))).toMatch(/^DBClusterSnapshotNotFoundFault/);
  });

  test('an automated one or AWS Backup\'s is refused', async () => {
    await world.cluster('orders');
    const [automated] = await names({ SnapshotType: 'automated' });
    const backup = await local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'awsbackup' });

    expect(automated).toMatch(/^rds:orders-\d{4}-\d\d-\d\d-\d\d-\d\d$/);
    expect(await refusal(remove(automated))).toBe('InvalidDBClusterSnapshotStateFault: Only manual snapshots may be deleted.');
    expect(await refusal(remove(backup.DBClusterSnapshotIdentifier))).toMatch(/^InvalidDBClusterSnapshotStateFault/);
  });

  test('a cluster takes its automated snapshots along and can leave a final one', async () => {
    await world.cluster('orders');

    expect(await refusal(world.rds().send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'orders' })))).toMatch(/^InvalidParameterCombination/);
    await world.rds().send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'orders', FinalDBSnapshotIdentifier: 'last' }));

    expect(await names({})).toEqual(['last']);
    expect(await world.look('last')).toMatchObject({ Status: 'creating', SnapshotType: 'manual' });
  });
});

describe('a copy', () => {
  test('takes its own time, has its own creation time and can be cancelled while copying', async () => {
    await world.cluster('orders');
    await local.settings({ snapshotSeconds: 10, copySeconds: 200 });
    const { DBClusterSnapshotArn: arn } = await world.snapshot('s', 'orders');
    expect(await refusal(world.copy(arn!, 'c', {}, THERE))).toMatch(/^InvalidDBClusterSnapshotStateFault: .*creating/);
    await local.clock({ advance: 3600 });

    await world.copy(arn!, 'c', {}, THERE);

    await local.clock({ advance: 50 });
    const copy = await world.look('c', THERE);
    expect(copy).toMatchObject({ Status: 'copying', PercentProgress: 25, SourceDBClusterSnapshotArn: arn, SnapshotType: 'manual' });
    expect(+copy.SnapshotCreateTime! - +(await world.look('s')).SnapshotCreateTime!).toBeGreaterThanOrEqual(3_599_000);
    expect(await refusal(remove('c', THERE))).toBe('no error');
  });

  test('fails when its source is deleted too early', async () => {
    await world.cluster('orders');
    await local.settings({ snapshotSeconds: 0, copySeconds: 200 });
    await world.snapshot('s', 'orders');
    await world.copy('s', 'c');
    await local.clock({ advance: 50 });

    await remove('s');

    expect(await world.look('c')).toMatchObject({ Status: 'failed', PercentProgress: 25 });
    expect(await refusal(remove('c'))).toBe('no error');
  });

  test('of an encrypted snapshot stays encrypted, under a usable key of its own Region', async () => {
    await instantly();
    const key = await world.key();
    const there = await world.key(THERE, undefined, 'alias/there');
    await world.cluster('orders', { StorageEncrypted: true, KmsKeyId: key });
    const { DBClusterSnapshotArn: arn } = await world.snapshot('s', 'orders');

    expect((await world.copy('s', 'same-key')).KmsKeyId).toBe(key);
    expect(await refusal(world.copy(arn!, 'c', {}, THERE)))
      .toMatch(/^InvalidParameterValue: .*Must specify new KMS key for cross region encrypted snapshot copy/);
    expect(await refusal(world.copy(arn!, 'c', { KmsKeyId: key }, THERE))).toMatch(/^KMSKeyNotAccessibleFault/);
    expect((await world.copy(arn!, 'by-alias', { KmsKeyId: 'alias/there' }, THERE)).KmsKeyId).toBe(there);
    expect((await world.copy(arn!, 'by-alias-arn', { KmsKeyId: `arn:aws:kms:${THERE}:111111111111:alias/there` }, THERE)).KmsKeyId).toBe(there);
    expect((await world.copy(arn!, 'by-id', { KmsKeyId: there.split('/')[1] }, THERE)).KmsKeyId).toBe(there);
    await world.kms('DisableKey', { KeyId: there }, THERE);
    expect(await refusal(world.copy(arn!, 'c', { KmsKeyId: there }, THERE))).toMatch(/^KMSKeyNotAccessibleFault/);
  });

  test('of an unencrypted snapshot takes no key', async () => {
    await instantly();
    await local.settings({ defaultEncryption: 'none' });
    const key = await world.key();
    await world.cluster('orders');
    await world.snapshot('s', 'orders');

    expect(await refusal(world.copy('s', 'c', { KmsKeyId: key }))).toMatch(/^InvalidParameterValue/);
    expect(await world.copy('s', 'c')).toMatchObject({ StorageEncrypted: false, StorageEncryptionType: 'none' });
  });

  test('under an AWS owned key does not say StorageEncrypted, and may get a key', async () => {
    await instantly();
    const key = await world.key();
    await world.cluster('orders');
    await world.snapshot('s', 'orders');

    expect(await world.look('s')).toMatchObject({ StorageEncrypted: false, StorageEncryptionType: 'sse-rds' });
    expect(await world.copy('s', 'c', { KmsKeyId: key })).toMatchObject({ StorageEncrypted: true, StorageEncryptionType: 'sse-kms', KmsKeyId: key });
  });

  test('has only the tags asked for', async () => {
    await instantly();
    await world.cluster('orders', { CopyTagsToSnapshot: true, Tags: [{ Key: 'of', Value: 'cluster' }] });
    const { DBClusterSnapshotArn: arn } = await world.snapshot('s', 'orders');

    expect((await world.look('s')).TagList).toEqual([{ Key: 'of', Value: 'cluster' }]);
    expect((await world.copy(arn!, 'plain')).TagList).toEqual([]);
    expect((await world.copy(arn!, 'all', { CopyTags: true })).TagList).toEqual([{ Key: 'of', Value: 'cluster' }]);
    expect((await world.copy(arn!, 'own', { Tags: [{ Key: 'a', Value: 'b' }] })).TagList).toEqual([{ Key: 'a', Value: 'b' }]);
    expect((await world.rds().send(new ListTagsForResourceCommand({ ResourceName: arn }))).TagList).toHaveLength(1);
  });

  test('is tagged only where it is, and never with reserved keys', async () => {
    await instantly();
    await world.cluster('orders');
    const { DBClusterSnapshotArn: arn } = await world.snapshot('s', 'orders');
    const tag = (ResourceName: string, Key: string, region = HERE) =>
      world.rds(region).send(new AddTagsToResourceCommand({ ResourceName, Tags: [{ Key, Value: 'v' }] }));

    await tag(arn!, 'k');

    expect((await world.look('s')).TagList).toEqual([{ Key: 'k', Value: 'v' }]);
    expect(await refusal(tag(arn!, 'aws:k'))).toMatch(/^InvalidParameterValue/);
    expect(await refusal(tag(arn!, 'k', THERE))).toMatch(/^InvalidParameterValue/);
    expect(await refusal(tag(`${arn}-2`, 'k'))).toMatch(/^DBClusterSnapshotNotFoundFault/);
  });

  test('waits for one of five places per destination Region', async () => {
    await local.settings({ snapshotSeconds: 0, copySeconds: 100, copyLimit: 2 });
    await world.cluster('orders');
    const { DBClusterSnapshotArn: arn } = await world.snapshot('s', 'orders');
    await world.copy(arn!, 'a', {}, THERE);
    await world.copy(arn!, 'b', {}, THERE);

    expect(await refusal(world.copy(arn!, 'c', {}, THERE))).toBe('SnapshotQuotaExceededFault: Cannot copy more than 2 snapshots across regions');
    expect(await refusal(world.copy(arn!, 'c', {}, HERE))).toBe('no error');
    await local.clock({ advance: 101 });
    expect(await refusal(world.copy(arn!, 'c', {}, THERE))).toBe('no error');
  });

  test('of automated and AWS Backup snapshots works by ARN, extra colons and all', async () => {
    await instantly();
    await world.cluster('orders');
    const [automated] = await list({ SnapshotType: 'automated' });
    const backup = await local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'awsbackup', identifier: 'awsbackup:job-1' });

    expect(await world.copy(automated.DBClusterSnapshotArn!, 'a', {}, THERE)).toMatchObject({ SnapshotType: 'manual' });
    expect(await world.copy(backup.DBClusterSnapshotArn, 'b', {}, THERE)).toMatchObject({ SourceDBClusterSnapshotArn: backup.DBClusterSnapshotArn });
  });

  test('of another account\'s snapshot needs it shared, and a key when it is encrypted', async () => {
    await instantly();
    const key = await world.key();
    const theirs = await world.key(HERE, '222222222222');
    await world.cluster('orders', { KmsKeyId: key, StorageEncrypted: true });
    const { DBClusterSnapshotArn: arn } = await world.snapshot('s', 'orders');

    expect(await refusal(world.copy(arn!, 'c', { KmsKeyId: theirs }, HERE, '222222222222'))).toMatch(/^DBClusterSnapshotNotFoundFault/);
    await world.rds().send(new ModifyDBClusterSnapshotAttributeCommand({
      DBClusterSnapshotIdentifier: 's', AttributeName: 'restore', ValuesToAdd: ['222222222222'],
    }));
    expect(await names({ SnapshotType: 'shared' }, HERE, '222222222222')).toEqual([arn]);
    expect(await refusal(world.copy(arn!, 'c', {}, HERE, '222222222222'))).toMatch(/^InvalidParameterValue/);
    expect(await world.copy(arn!, 'c', { KmsKeyId: theirs }, HERE, '222222222222')).toMatchObject({ KmsKeyId: theirs });
  });
});

describe('listing', () => {
  test('pages, with the SDK\'s own paginator', async () => {
    await instantly();
    await local.settings({ pageSize: 3 });
    await world.cluster('orders');
    for (let i = 0; i < 7; i++) {
      await world.snapshot(`s${i}`, 'orders');
    }

    const pages: number[] = [];
    for await (const page of paginateDescribeDBClusterSnapshots({ client: world.rds() }, { SnapshotType: 'manual' })) {
      pages.push(page.DBClusterSnapshots!.length);
    }

    expect(pages).toEqual([3, 3, 1]);
    for (let i = 0; i < 4; i++) {
      await world.cluster(`c${i}`);
    }
    const clusters: string[] = [];
    for await (const page of paginateDescribeDBClusters({ client: world.rds() }, {})) {
      clusters.push(...page.DBClusters!.map((c) => c.DBClusterIdentifier!));
    }
    expect(clusters).toEqual(['orders', 'c0', 'c1', 'c2', 'c3']);
    expect(await refusal(list({ MaxRecords: 5 }))).toMatch(/^InvalidParameterValue/);
    expect(await refusal(world.rds().send(new DescribeDBClustersCommand({ MaxRecords: 101 })))).toMatch(/^InvalidParameterValue/);
  });

  test('finds the copies of a cluster in another Region, and those of an earlier cluster of that name apart from them', async () => {
    await instantly();
    const ids = [];
    for (const snapshot of ['first', 'second']) {
      ids.push((await world.cluster('orders', { Tags: [{ Key: 'of', Value: snapshot }] })).DbClusterResourceId!);
      const { DBClusterSnapshotArn } = await world.snapshot(snapshot, 'orders');
      await world.copy(DBClusterSnapshotArn!, `copy-of-${snapshot}`, {}, THERE);
      expect((await world.rds().send(new DescribeDBClustersCommand({}))).DBClusters).toMatchObject([
        { DbClusterResourceId: ids.at(-1), ClusterCreateTime: expect.any(Date), TagList: [{ Key: 'of', Value: snapshot }] },
      ]);
      await world.rds().send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'orders', SkipFinalSnapshot: true }));
    }
    const Filters = [{ Name: 'db-cluster-id', Values: ['ORDERS'] }];
    for (const region of [HERE, THERE]) {
      expect((await list({ Filters, SnapshotType: 'manual' }, region)).map((snapshot) => snapshot.DbClusterResourceId)).toEqual(ids);
    }
    expect(ids[0]).not.toBe(ids[1]);
    expect(await names({ DbClusterResourceId: ids[1] }, THERE)).toEqual(['copy-of-second']);
    expect(await refusal(list({ Filters: [{ Name: 'db-cluster-resource-id', Values: ids }] }))).toMatch(/^InvalidParameterValue: Unrecognized filter name/);
  });

  test('narrows by type, cluster, engine and filters', async () => {
    await instantly();
    await world.cluster('orders');
    await world.cluster('billing', { Engine: 'aurora-mysql' });
    await world.snapshot('o', 'orders');
    await world.snapshot('b', 'billing');

    expect(await names({ SnapshotType: 'manual', DBClusterIdentifier: 'Orders' })).toEqual(['o']);
    expect(await names({ Filters: [{ Name: 'engine', Values: ['aurora-mysql'] }, { Name: 'snapshot-type', Values: ['manual'] }] })).toEqual(['b']);
    expect(await names({})).toHaveLength(4);
    expect(await names({}, THERE)).toEqual([]);
    const automated = (await names({ SnapshotType: 'automated', DBClusterIdentifier: 'orders' }))[0];
    expect(await refusal(list({ DBClusterSnapshotIdentifier: automated }))).toMatch(/^DBClusterSnapshotNotFoundFault/);
    expect(await names({ DBClusterSnapshotIdentifier: automated, SnapshotType: 'automated' })).toEqual([automated]);
    expect(await refusal(list({ DBClusterIdentifier: 'orders', DBClusterSnapshotIdentifier: 'o' }))).toMatch(/^InvalidParameterCombination/);
  });
});
