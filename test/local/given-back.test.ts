import { RDSClient, RestoreDBClusterFromSnapshotCommand } from '@aws-sdk/client-rds';
import { asRole, setRights } from './probe';
import { allow, arnOf, letIn, root, Sharing, USE, VAULT } from './shop-and-vault';
import { ACCOUNT as SHOP, HERE, refusal, THERE, World } from './world';
import { LocalAws } from '../../local/local-aws';

let local: LocalAws;
let world: World;
let sharing: Sharing;
beforeAll(async () => {
  local = await LocalAws.start({ speed: 0 });
  world = new World(local);
  sharing = new Sharing(world);
}, 300_000);
afterAll(() => local?.stop());
beforeEach(async () => {
  await local.reset();
  await local.settings({ snapshotSeconds: 0, copySeconds: 0, restoreSeconds: 0 });
});

describe('what the vault has', () => {
  const RECOVERY = '333333333333';

  /** The shop's snapshot, copied into the vault account under a key that lets in the recovery account, and shared with that. */
  async function givenBack() {
    const { arn } = await sharing.snapshot();
    const key = await world.key(THERE, VAULT);
    await world.copy(arn, 'kept', { KmsKeyId: key }, THERE, VAULT);
    await sharing.setPolicy(key, [letIn(root(RECOVERY))], THERE, VAULT);
    await sharing.share('kept', VAULT, THERE, RECOVERY);
    return { arn: arnOf('kept', THERE, VAULT), key };
  }
  const restore = (SnapshotIdentifier: string, more: object = {}, rds = world.rds(THERE, RECOVERY)) => rds.send(
    new RestoreDBClusterFromSnapshotCommand({ DBClusterIdentifier: 'orders-again', Engine: 'aurora-postgresql', SnapshotIdentifier, ...more }));
  const snapshot = async (name: string) => (await local.snapshots()).find((each) => each.DBClusterSnapshotIdentifier === name)!;

  test('stays when the administrator of the shop deletes everything there, keys and clusters included', async () => {
    const { arn, key } = await sharing.snapshot();
    const KmsKeyId = await world.key(THERE, VAULT);
    await world.copy(arn, 'kept', { KmsKeyId }, THERE, VAULT);

    await world.remove('s');
    await world.kms('ScheduleKeyDeletion', { KeyId: key });
    await world.deleteCluster('orders');

    expect((await local.snapshots()).map((each) => [each.DBClusterSnapshotArn, each.Status])).toEqual([[arnOf('kept', THERE, VAULT), 'available']]);
    expect(await refusal(world.remove(arnOf('kept', THERE, VAULT), THERE))).toMatch(/^DBClusterSnapshotNotFoundFault/);
    expect(await refusal(world.remove('kept', THERE))).toMatch(/^DBClusterSnapshotNotFoundFault/);
  });

  test('is restored in a third account under a key of that, after the source is gone, with the data of the shop\'s cluster', async () => {
    const { arn } = await givenBack();
    const [{ DbClusterResourceId }] = await local.clusters();
    const taken = (await snapshot('s')).Origin;
    await world.remove('s');
    await world.deleteCluster('orders');
    const KmsKeyId = await world.key(THERE, RECOVERY);

    await restore(arn, { KmsKeyId, Tags: [{ Key: 'for', Value: 'the audit' }] });

    const Origin = { DBClusterArn: `arn:aws:rds:${HERE}:${SHOP}:cluster:orders`, DbClusterResourceId, DataTime: taken.DataTime };
    expect(await local.clusters()).toEqual([{
      DBClusterArn: `arn:aws:rds:${THERE}:${RECOVERY}:cluster:orders-again`,
      DBClusterIdentifier: 'orders-again',
      DbClusterResourceId: expect.any(String),
      Status: 'available',
      Engine: 'aurora-postgresql',
      EngineVersion: expect.any(String),
      KmsKeyId,
      BackupRetentionPeriod: 1,
      DeletionProtection: false,
      MasterUserPassword: 'not-a-secret',
      Answers: false,
      Origin,
      RestoredFrom: { SnapshotArn: arn },
      Tags: { for: 'the audit' },
    }]);
    expect((await local.clusters())[0].DbClusterResourceId).not.toBe(DbClusterResourceId);
    await world.snapshot('again', 'orders-again', {}, THERE, RECOVERY);
    expect(await snapshot('again')).toMatchObject({ Origin, KmsKeyId });
  });

  test('is copied there likewise, and remains data of the first cluster', async () => {
    const { arn } = await givenBack();
    const KmsKeyId = await world.key(HERE, RECOVERY);
    await world.copy(arn, 'theirs', { KmsKeyId }, HERE, RECOVERY);
    expect(await snapshot('theirs')).toMatchObject({ KmsKeyId, SourceDBClusterSnapshotArn: arn, Origin: (await snapshot('s')).Origin });
  });

  test('is restored under the vault\'s own key when nobody names another', async () => {
    const { arn, key } = await givenBack();
    await restore(arn);
    expect((await local.clusters()).find((cluster) => cluster.DBClusterIdentifier === 'orders-again')).toMatchObject({ KmsKeyId: key });
  });

  test.each<[string, (arn: string) => Promise<unknown>, RegExp]>([
    ['another Region', (arn) => restore(arn, {}, world.rds(HERE, RECOVERY)), /^InvalidParameterValue.*another Region/],
    ['an account it is not shared with', (arn) => restore(arn, {}, world.rds(THERE, SHOP)), /^DBClusterSnapshotNotFoundFault/],
    ['another engine', (arn) => restore(arn, { Engine: 'aurora-mysql' }), /^InvalidParameterValue.*aurora-mysql/],
    ['a key that is not there', (arn) => restore(arn, { KmsKeyId: 'alias/none' }), /^KMSKeyNotAccessibleFault/],
  ])('is not restored with %s', async (_, attempt, words) => {
    const { arn } = await givenBack();
    expect(await refusal(attempt(arn))).toMatch(words);
    expect((await local.clusters()).map((cluster) => cluster.DBClusterIdentifier)).toEqual(['orders']);
  });

  test('is restored with the rights on cluster, snapshot, groups and both keys, and with the vault\'s key policy', async () => {
    const { arn, key } = await givenBack();
    const KmsKeyId = await world.key(THERE, RECOVERY);
    const own = (kind: string, name: string) => `arn:aws:rds:${THERE}:${RECOVERY}:${kind}:${name}`;
    const resources = [own('cluster', 'orders-again'), arn, own('subgrp', '*'), own('cluster-pg', '*'), own('og', '*')];
    const rights = (without?: string) => [
      allow('rds:RestoreDBClusterFromSnapshot', resources.filter((resource) => resource !== without)),
      ...[key, KmsKeyId].filter((each) => each !== without).map((each) => allow(USE, each)),
    ];
    const rds = new RDSClient({ ...local.client(THERE, RECOVERY), credentials: await asRole(local, rights(), RECOVERY), maxAttempts: 1 });
    const attempt = () => refusal(restore(arn, { KmsKeyId }, rds));

    for (const without of resources) {
      await setRights(local, rights(without), RECOVERY);
      expect(await attempt()).toMatch(/^AccessDenied.*rds:RestoreDBClusterFromSnapshot/);
    }
    for (const [without, which] of [[key, 'source'], [KmsKeyId, 'target']]) {
      await setRights(local, rights(without), RECOVERY);
      expect(await attempt()).toMatch(new RegExp(`^KMSKeyNotAccessibleFault: The ${which} snapshot KMS key`));
    }
    await setRights(local, rights(), RECOVERY);
    await sharing.setPolicy(key, [], THERE, VAULT);
    expect(await attempt()).toMatch(/^KMSKeyNotAccessibleFault: The source snapshot KMS key/);
    await sharing.setPolicy(key, [letIn(root(RECOVERY))], THERE, VAULT);
    expect(await attempt()).toBe('no error');
  });
});
