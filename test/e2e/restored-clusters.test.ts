import { DeleteDBClusterCommand, DescribeDBClustersCommand, DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { CfnOutput, Duration, Lazy, RemovalPolicy, SecretValue, Tags } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Declaration, Outcome } from './support/deployed-stack';
import { useLocalAws } from './support/e2e';
import { BACK, ClusterOptions, KINDS, KIND_NAMES, VERSION, clusterNamed, optionsIn, prepareOrders, whatIsLeft } from './support/restored';
import { AUDIT, clusterOf, snapshotArn } from './support/subjects';
import { Sharing } from '../local/shop-and-vault';
import { ACCOUNT, HERE } from '../local/world';
import {
  AuroraBackupDefaults, ClusterSnapshot, DatabaseClusterClone, DatabaseClusterFromPointInTime, RestorePoint, RestoreTime, RestoredDatabaseCluster,
  SnapshotType,
} from 'cdk-aurora-backup';

const aws = useLocalAws();
const MANUAL = snapshotArn('good');
let orders: { readonly DbClusterResourceId?: string };

beforeEach(async () => {
  orders = await prepareOrders(aws);
});

const back = async () => (await clusterNamed(aws, BACK))!;
async function instances() {
  const { DBInstances } = await aws.world.rds().send(new DescribeDBInstancesCommand({}));
  return DBInstances!.filter(({ DBClusterIdentifier }) => DBClusterIdentifier === BACK);
}
const dataOfOrders = () => ({ DbClusterResourceId: orders.DbClusterResourceId });

/** Deploys a cluster, which gets what every restored cluster must get, and says what it was made of. */
async function restored(declare: Declaration, stack = aws.stack()) {
  const outcome = await stack.deploy(declare);
  expect(outcome).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });
  const cluster = await back();
  expect(cluster).toMatchObject({
    Status: 'available', Answers: true, EngineVersion: VERSION, BackupRetentionPeriod: 7, DeletionProtection: true, MasterUserPassword: 'not-a-secret',
  });
  instanceComesLast(outcome);
  return cluster;
}

function instanceComesLast({ events }: Outcome): void {
  const at = (pattern: RegExp) => events.findIndex((event) => pattern.test(event));
  expect(at(/^BackRestoreGuard\w+ CREATE_COMPLETE/)).toBeLessThan(at(/^Back[0-9A-F]{8} CREATE_IN_PROGRESS/));
  expect(at(/^Back[0-9A-F]{8} CREATE_COMPLETE/)).toBeLessThan(at(/^BackWriter\w+ CREATE_IN_PROGRESS/));
}

describe('a cluster is restored from', () => {
  const fromSnapshot = (arn: string, options: ClusterOptions = {}): Declaration => (stack) => {
    new RestoredDatabaseCluster(stack, 'Back', { ...optionsIn(stack, options), snapshot: ClusterSnapshot.fromSnapshotArn(stack, 'Source', arn) });
  };

  test('a manual snapshot, which may go afterwards', async () => {
    const shop = aws.stack();
    expect(await restored(fromSnapshot(MANUAL), shop)).toMatchObject({ Origin: dataOfOrders(), RestoredFrom: { SnapshotArn: MANUAL } });
    const { DbClusterResourceId } = await back();
    await aws.world.remove('good');

    expect(await shop.deploy(fromSnapshot(MANUAL, { deletionProtection: false }))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
    expect(await back()).toMatchObject({ DbClusterResourceId, DeletionProtection: false });
  });

  test('an automated snapshot', async () => {
    const { DBClusterSnapshotIdentifier, DBClusterSnapshotArn } = await aws.local.seedSnapshot({ region: HERE, cluster: 'orders' });

    expect(await restored((stack) => {
      new RestoredDatabaseCluster(stack, 'Back', { ...optionsIn(stack), snapshot: ClusterSnapshot.fromSnapshotIdentifier(stack, 'Source', DBClusterSnapshotIdentifier) });
    })).toMatchObject({ RestoredFrom: { SnapshotArn: DBClusterSnapshotArn } });
  });

  test('a snapshot that another stack has taken', async () => {
    await aws.stack('Before').deploy((stack) => {
      new ClusterSnapshot(stack, 'Snapshot', { cluster: clusterOf(stack, 'orders') });
    });
    const [{ DBClusterSnapshotArn }] = await aws.made();

    expect(await restored(fromSnapshot(DBClusterSnapshotArn))).toMatchObject({ RestoredFrom: { SnapshotArn: DBClusterSnapshotArn } });
  });

  test('a snapshot that the same deploy takes', async () => {
    const cluster = await restored((stack) => {
      const snapshot = new ClusterSnapshot(stack, 'Snapshot', { cluster: clusterOf(stack, 'orders') });
      new RestoredDatabaseCluster(stack, 'Back', { ...optionsIn(stack), snapshot });
    });

    expect(cluster.RestoredFrom).toEqual({ SnapshotArn: (await aws.made())[0].DBClusterSnapshotArn });
  });

  test('a restore point, with the version of its snapshot', async () => {
    expect(await restored((stack) => {
      const restorePoint = new RestorePoint(stack, 'Point', { clusterIdentifier: 'orders', snapshotTypes: [SnapshotType.MANUAL] });
      new RestoredDatabaseCluster(stack, 'Back', { ...optionsIn(stack), engine: rds.DatabaseClusterEngine.AURORA_POSTGRESQL, restorePoint });
    })).toMatchObject({ RestoredFrom: { SnapshotArn: MANUAL } });
  });

  test.each(['imported', 'found'])('a snapshot of another account, under its key, onto an own one (%s)', async (how) => {
    const key = await aws.world.key(HERE, AUDIT);
    const sharing = new Sharing(aws.world);
    await sharing.setPolicy(key, [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' }], HERE, AUDIT);
    await aws.world.cluster('theirs', { EngineVersion: VERSION, StorageEncrypted: true, KmsKeyId: key }, HERE, AUDIT);
    const { DBClusterSnapshotArn } = await aws.local.seedSnapshot({ region: HERE, account: AUDIT, cluster: 'theirs', type: 'manual', identifier: 'shared' });
    await sharing.share('shared', AUDIT, HERE, ACCOUNT);

    const cluster = await restored(how === 'imported' ? fromSnapshot(DBClusterSnapshotArn) : (stack) => {
      const restorePoint = new RestorePoint(stack, 'Point', { clusterIdentifier: 'theirs', sourceAccount: AUDIT });
      new RestoredDatabaseCluster(stack, 'Back', { ...optionsIn(stack), restorePoint });
    });

    expect(cluster).toMatchObject({ RestoredFrom: { SnapshotArn: DBClusterSnapshotArn }, KmsKeyId: expect.stringMatching(`^arn:aws:kms:${HERE}:${ACCOUNT}:key/`) });
  });

  test('the automated backups of a cluster, as of the latest time', async () => {
    expect(await restored(KINDS['from a point in time'].declared())).toMatchObject({ Origin: dataOfOrders(), RestoredFrom: { RestoreType: 'full-copy' } });
  });

  test('the automated backups of a cluster, as of a time', async () => {
    const anHourAgo = new Date(Number(await aws.local.clock()) - 3_600_000).toISOString().replace(/\.\d+Z/, 'Z');

    const cluster = await restored((stack) => {
      // The clock of the local AWS is ahead of ours, by which a time in the future is refused.
      const restoreTo = RestoreTime.atTimestamp(Lazy.string({ produce: () => anHourAgo }));
      new DatabaseClusterFromPointInTime(stack, 'Back', { ...optionsIn(stack), sourceClusterIdentifier: 'orders', restoreTo });
    });
    expect(new Date(cluster.RestoredFrom!.RestoreToTime!)).toEqual(new Date(anHourAgo));
  });

  test('the retained backups of a cluster that is gone', async () => {
    await aws.world.rds().send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'orders', SkipFinalSnapshot: true, DeleteAutomatedBackups: false }));

    expect(await restored((stack) => {
      new DatabaseClusterFromPointInTime(stack, 'Back', { ...optionsIn(stack), sourceClusterResourceId: orders.DbClusterResourceId, restoreTo: RestoreTime.latest() });
    })).toMatchObject({ Origin: dataOfOrders() });
  });

  test('a cluster itself, as a clone', async () => {
    expect(await restored(KINDS.cloned.declared())).toMatchObject({ Origin: dataOfOrders(), RestoredFrom: { RestoreType: 'copy-on-write' } });
  });

  test('a cluster that another account shares, as a clone', async () => {
    const { DBClusterArn } = await aws.world.cluster('theirs', { EngineVersion: VERSION }, HERE, AUDIT);
    await aws.local.clock({ advance: 600 });
    await aws.local.shareCluster(DBClusterArn!, ACCOUNT);

    expect(await restored((stack) => {
      new DatabaseClusterClone(stack, 'Back', { ...optionsIn(stack), sourceClusterIdentifier: DBClusterArn! });
    })).toMatchObject({ RestoredFrom: { DBClusterArn, RestoreType: 'copy-on-write' } });
  });
});

describe.each(KIND_NAMES)('a cluster %s', (name) => {
  const { declared, call } = KINDS[name];

  test('is changed in place, and never replaced, by what can be changed in place', async () => {
    const shop = aws.stack();
    const { DbClusterResourceId } = await restored(declared(), shop);

    const changed: Declaration = (stack) => {
      declared({
        engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_6 }),
        readers: [rds.ClusterInstance.serverlessV2('Reader', { scaleWithWriter: true })],
        backup: { retention: Duration.days(14) },
        deletionProtection: false,
      })(stack);
      Tags.of(stack.node.findChild('Back')).add('team', 'billing');
    };
    expect(await shop.deploy(changed)).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });

    expect(await back()).toMatchObject({
      DbClusterResourceId, EngineVersion: '16.6', BackupRetentionPeriod: 14, DeletionProtection: false, Tags: expect.objectContaining({ team: 'billing' }),
    });
    expect(await instances()).toHaveLength(2);
    expect(await aws.local.calls({ action: call })).toHaveLength(1);
  });

  test('cannot be destroyed by mistake', async () => {
    const shop = aws.stack();
    const { DbClusterResourceId } = await restored(declared(), shop);

    const outcome = await shop.destroy();
    expect(outcome).toMatchObject({ status: 'DELETE_FAILED', reasons: expect.arrayContaining([expect.stringMatching(/deletion protection/i)]) });
    expect(await back()).toMatchObject({ DbClusterResourceId, Status: 'available' });
    // Its instances are not protected: the data stays, but nothing answers.
    expect(await instances()).toEqual([]);
  });

  test('leaves a snapshot when it is destroyed on purpose', async () => {
    const shop = aws.stack();
    await shop.deploy(declared({ deletionProtection: false }));

    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });
    expect(await whatIsLeft(aws)).toEqual([`snapshot of ${BACK}`]);
  });

  test('goes to the last snapshot in an environment that is thrown away', async () => {
    const shop = aws.stack();
    const thrownAway: Declaration = (stack) => {
      AuroraBackupDefaults.of(stack).configure({ removalPolicy: RemovalPolicy.DESTROY });
      declared()(stack);
      new ClusterSnapshot(stack, 'Snapshot', { cluster: stack.node.findChild('Back') as rds.DatabaseClusterFromSnapshot });
    };
    expect(await shop.deploy(thrownAway)).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });
    expect(await whatIsLeft(aws)).toEqual([`cluster ${BACK} available`, `snapshot of ${BACK}`]);

    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });
    expect(await whatIsLeft(aws)).toEqual([]);
  });

  test('gets a password that RDS makes, when it is asked for', async () => {
    const outputs: Declaration = (stack) => {
      declared({ manageMasterUserPassword: true })(stack);
      new CfnOutput(stack, 'SecretArn', { value: (stack.node.findChild('Back') as rds.DatabaseClusterFromSnapshot).secret!.secretArn });
    };
    const shop = aws.stack();
    expect(await shop.deploy(outputs)).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

    const { DBClusters } = await aws.world.rds().send(new DescribeDBClustersCommand({ DBClusterIdentifier: BACK }));
    const { SecretArn } = await shop.outputs();
    expect(DBClusters![0].MasterUserSecret!.SecretArn).toBe(SecretArn);
    const { SecretString } = await aws.world.json('secretsmanager', 'secretsmanager.GetSecretValue', { SecretId: SecretArn });
    expect(JSON.parse(SecretString).password).toBe((await back()).MasterUserPassword);
  });

  test('gets a generated password for the user of its source, and for nobody else', async () => {
    const shop = aws.stack();
    const outcome = await shop.deploy(declared({ snapshotCredentials: rds.SnapshotCredentials.fromGeneratedSecret('admin') }));
    expect(outcome).toMatchObject({
      status: 'ROLLBACK_COMPLETE', reasons: expect.arrayContaining([expect.stringMatching(/the master user of .* is 'postgres', and snapshotCredentials are of 'admin'/)]),
    });
    expect(await aws.local.calls({ action: call })).toEqual([]);

    expect(await aws.stack('Again').deploy(declared({ snapshotCredentials: rds.SnapshotCredentials.fromGeneratedSecret('postgres') }))).toMatchObject({
      status: 'CREATE_COMPLETE', reasons: [],
    });
    expect((await back()).MasterUserPassword).not.toBe('not-a-secret');
  });

  test('gets a password that is given', async () => {
    const shop = aws.stack();
    expect(await shop.deploy(declared({ snapshotCredentials: rds.SnapshotCredentials.fromPassword(SecretValue.unsafePlainText('another-one')) }))).toMatchObject({ status: 'CREATE_COMPLETE' });

    expect(await back()).toMatchObject({ MasterUserPassword: 'another-one' });
  });
});
