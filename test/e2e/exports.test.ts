import { DeleteDBClusterSnapshotCommand, ModifyDBClusterSnapshotAttributeCommand } from '@aws-sdk/client-rds';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { localSynthesizer } from '../../local/cdk-cli';
import { BUCKET, Lake, ROLE } from '../local/lake';
import { ACCOUNT, HERE, THERE } from '../local/world';
import { useLocalAws } from './support/e2e';
import { ExportProps, exportOfCluster, exportOfSnapshot, prepareLake } from './support/exports';
import { operatorsIn, prepareOperators } from './support/operators';
import { clusterOf, prepareWorld, snapshotArn, somethingThatFails, together } from './support/subjects';
import { temporaryFolder } from './support/temporary-folders';
import { told, toldOnce } from './support/told';
import { until } from './support/until';
import { ClusterSnapshot, ClusterSnapshotCopy, Completion, ExportSource, ExportTask, SnapshotExportRole, TimeoutBehavior } from 'cdk-aurora-backup';

const aws = useLocalAws();
let lake: Lake;
beforeEach(async () => {
  // RDS forgets a task after a time that nobody knows.
  await aws.local.settings({ snapshotSeconds: 30, copySeconds: 30, exportSeconds: 240, exportListedSeconds: DAY });
  await prepareWorld(aws);
  lake = await prepareLake(aws);
});

const OTHER_ACCOUNT = '222222222222';
const START_EXPORT = 'rds:StartExportTask';
const CANCEL_EXPORT = 'rds:CancelExportTask';
const DAY = 24 * 3600;
/** Longer than any machine needs to get in between, and shorter than what CloudFormation waits for. */
const SLOW = 3_000;
const background = Completion.background();
const waitsForTheResult = Completion.waitFor({ onTimeout: TimeoutBehavior.FAIL });

const statuses = async (region?: string) => (await aws.exports(region)).map((task) => task.Status);
const identifiers = async (region?: string) => (await aws.exports(region)).map((task) => task.ExportTaskIdentifier);
/** The folders below which exports have left their tables. */
const folders = async (bucket?: string) => [...new Set((await lake.objects(bucket))
  .filter((key) => key.endsWith('.parquet'))
  .map((key) => key.split('/').slice(0, -4).join('/')))].sort();

describe('the life of exports with their stack, by the CDK CLI', () => {
  interface Release {
    readonly trigger: string;
    readonly prefix?: string;
  }

  /** A cluster, a snapshot of it and an export of either: the example of the README. */
  function shop({ trigger, prefix }: Release): string {
    const app = new App({ outdir: temporaryFolder() });
    const stack = new Stack(app, 'Shop', { synthesizer: localSynthesizer(), env: { account: ACCOUNT, region: HERE } });
    const key = new kms.Key(stack, 'Key');
    const bucket = new s3.Bucket(stack, 'Lake', { bucketName: 'shop-lake', enforceSSL: true });
    const cluster = new rds.DatabaseCluster(stack, 'Orders', {
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
      writer: rds.ClusterInstance.serverlessV2('Writer'),
      vpc: new ec2.Vpc(stack, 'Vpc', { natGateways: 0, maxAzs: 2, subnetConfiguration: [{ name: 'db', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] }),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      storageEncryptionKey: key,
      clusterIdentifier: 'shop',
      defaultDatabaseName: 'shop',
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const snapshot = new ClusterSnapshot(stack, 'Snapshot', { cluster, clusterEncryptionKey: key, trigger });
    const common = { bucket, encryptionKey: key, completion: waitsForTheResult };
    const ofSnapshot = new ExportTask(stack, 'OfSnapshot', { ...common, source: ExportSource.snapshot(snapshot), prefix });
    const ofCluster = new ExportTask(stack, 'OfCluster', { ...common, source: ExportSource.cluster(cluster), exportOnly: ['shop.public.orders'], trigger, clusterEncryptionKey: key });
    new CfnOutput(stack, 'SnapshotUri', { value: ofSnapshot.s3Uri });
    new CfnOutput(stack, 'SnapshotTime', { value: ofSnapshot.snapshotTime });
    new CfnOutput(stack, 'TableUri', { value: ofCluster.s3UriForTable('shop.public.orders') });
    new CfnOutput(stack, 'Size', { value: ofCluster.totalExtractedDataInGB });
    return app.synth().directory;
  }

  test('deployed, exported anew, and left in the lake', async () => {
    const cdk = aws.cdk();

    const first = await cdk.deploy(shop({ trigger: 'v1', prefix: 'raw/orders' }));
    expect(first).toMatchObject({ exitCode: 0 });
    expect(await statuses()).toEqual(['COMPLETE', 'COMPLETE']);
    const { SnapshotUri, SnapshotTime, TableUri, Size } = first.outputs.Shop;
    expect(SnapshotUri).toMatch(/^s3:\/\/shop-lake\/raw\/orders\/cab-/);
    expect(SnapshotTime).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(Size).toBe('1');
    const keys = await lake.keys('shop-lake');
    expect(keys.some((key) => `s3://shop-lake/${key}`.startsWith(TableUri) && key.endsWith('.parquet'))).toBe(true);
    expect(keys.some((key) => `s3://shop-lake/${key}`.startsWith(`${SnapshotUri}/shop/public.customers/`))).toBe(true);

    expect(await cdk.deploy(shop({ trigger: 'v2', prefix: 'raw/orders' }))).toMatchObject({ exitCode: 0 });
    expect(await statuses()).toEqual(['COMPLETE', 'COMPLETE', 'COMPLETE', 'COMPLETE']);

    expect(await cdk.destroy(shop({ trigger: 'v2', prefix: 'raw/orders' }))).toMatchObject({ exitCode: 0 });
    expect(await lake.keys('shop-lake')).toEqual(expect.arrayContaining(keys));
    expect(await aws.local.calls({ action: CANCEL_EXPORT })).toEqual([]);
  });
});

describe('an update', () => {
  test('of whatever says what is exported exports anew, and leaves what is there', async () => {
    const otherKey = await aws.world.key();
    await lake.bucket('other-lake');
    await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: 'another' });
    let props: (stack: Stack) => Partial<Parameters<typeof exportOfSnapshot>[1]> = () => ({});
    const changes: Record<string, (stack: Stack) => object> = {
      trigger: () => ({ trigger: 'again' }),
      prefix: () => ({ prefix: 'raw' }),
      exportOnly: () => ({ exportOnly: ['postgres.public.orders'] }),
      encryptionKey: (stack) => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'OtherKey', otherKey) }),
      bucket: (stack) => ({ bucket: s3.Bucket.fromBucketName(stack, 'OtherLake', 'other-lake') }),
      role: (stack) => ({ role: iam.Role.fromRoleArn(stack, 'ExistingRole', ROLE) }),
      source: () => ({ source: ExportSource.snapshotArn(snapshotArn('another')) }),
    };
    const shop = aws.stack();
    await shop.deploy(exportOfSnapshot(lake));

    for (const [name, change] of Object.entries(changes)) {
      const before = props;
      props = (stack) => ({ ...before(stack), ...change(stack) });
      const made = (await aws.exports()).length;
      expect([name, await shop.deploy(exportOfSnapshot(lake, props as ExportProps))]).toEqual([name, expect.objectContaining({ status: 'UPDATE_COMPLETE', reasons: [] })]);
      expect([name, (await aws.exports()).length]).toEqual([name, made + 1]);
    }

    const tasks = await aws.exports();
    expect(new Set(tasks.map((task) => task.ExportTaskIdentifier)).size).toBe(8);
    expect(tasks.every((task) => task.Status === 'COMPLETE')).toBe(true);
    expect(tasks.at(-1)).toMatchObject({ SourceArn: snapshotArn('another'), S3Bucket: 'other-lake', S3Prefix: 'raw', KmsKeyId: otherKey, IamRoleArn: ROLE, ExportOnly: ['postgres.public.orders'] });
    expect([...await folders(), ...await folders('other-lake')]).toHaveLength(8);
  });

  test('of anything else changes nothing that was exported, also when RDS no longer lists the task', async () => {
    await prepareOperators(aws);
    const shop = aws.stack();
    await shop.deploy(exportOfSnapshot(lake, { completion: waitsForTheResult }));
    const before = await shop.physicalId('Export');
    await aws.local.clock({ advance: DAY });

    for (const props of [{ completion: waitsForTheResult, failOnWarnings: true }, { completion: background }]) {
      expect(await shop.deploy(exportOfSnapshot(lake, (stack) => ({ ...props, notificationTopic: operatorsIn(stack) })))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
    }

    expect(await shop.physicalId('Export')).toBe(before);
    expect(await aws.local.calls({ action: START_EXPORT })).toHaveLength(1);
    expect(await told(aws)).toEqual(toldOnce('export', 'SUCCEEDED'));
  });

  test.each([
    ['listed', 0],
    ['no longer listed', DAY],
  ])('that fails goes back to the export before, which is %s by RDS, and exports nothing on the way', async (_, later) => {
    const shop = aws.stack();
    await shop.deploy(exportOfSnapshot(lake, { trigger: 'a' }));
    const [earlier] = await identifiers();
    await aws.local.clock({ advance: later });

    expect(await shop.deploy(together(exportOfSnapshot(lake, { trigger: 'b' }), somethingThatFails('Export')))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });

    expect(await shop.physicalId('Export')).toBe(earlier);
    expect(await statuses()).toEqual(['COMPLETE', 'COMPLETE']);
    expect(await folders()).toEqual((await identifiers()).sort());
    expect(await aws.local.calls({ action: CANCEL_EXPORT })).toEqual([]);

    expect(await shop.deploy(exportOfSnapshot(lake, { trigger: 'b' }))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(await statuses()).toEqual(['COMPLETE', 'COMPLETE', 'COMPLETE']);
    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });
  });

  test.each([
    ['listed', 0],
    ['no longer listed', DAY],
  ])('that is given up while RDS works on its export cancels that, and the export before stands, %s by RDS', async (_, later) => {
    const shop = aws.stack();
    await shop.deploy(exportOfSnapshot(lake, { trigger: 'a' }));
    const [earlier] = await identifiers();
    await aws.local.settings({ exportSeconds: SLOW });
    await aws.local.clock({ advance: later });
    await shop.begin(exportOfSnapshot(lake, { trigger: 'b' }));
    await aws.logged({ message: 'progress', requestType: 'Update', status: 'RUNNING' });
    await shop.failElsewhere();

    expect(await shop.settled()).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });

    await aws.pollingEnds();
    expect(await statuses()).toEqual(['COMPLETE', 'CANCELED']);
    expect(await shop.physicalId('Export')).toBe(earlier);
    expect(await aws.local.calls({ action: START_EXPORT })).toHaveLength(2);
  });
});

describe('a creation that is given up', () => {
  /** Gives up elsewhere when the log says how far the export is. */
  async function givenUp(when: Record<string, unknown>, meanwhile: () => Promise<void> = async () => undefined) {
    await aws.local.settings({ exportSeconds: SLOW });
    aws.excuseLatePolls();
    const shop = aws.stack();
    await shop.begin(exportOfSnapshot(lake, { completion: waitsForTheResult }));
    await meanwhile();
    await aws.logged(when);
    await shop.failElsewhere();
    expect(await shop.settled()).toMatchObject({ status: 'ROLLBACK_COMPLETE' });
    await aws.local.setStatus(snapshotArn('source'), 'available');
    await aws.pollingEnds();
  }

  test('while the export waits for its source starts nothing, also later', async () => {
    await aws.local.setStatus(snapshotArn('source'), 'creating', { percent: 40 });
    await givenUp({ status: 'PENDING', reason: /source is creating, 40 %; the export starts when it is available/ });

    expect(await statuses()).toEqual([]);
  });

  test('while the export is starting cancels it', async () => {
    await givenUp({ status: 'RUNNING', detail: /starting/i });

    expect(await statuses()).toEqual(['CANCELED']);
  });

  test('while the export is in progress cancels it, and what is written stays', async () => {
    await givenUp({ status: 'RUNNING', detail: /is IN_PROGRESS, [5-9]\d %/ }, async () => {
      await aws.logged({ status: 'RUNNING' });
      await aws.local.clock({ advance: SLOW * 0.7 });
    });

    expect(await statuses()).toEqual(['CANCELED']);
    expect(await folders()).toHaveLength(1);
  });

  test('after the export is complete leaves it in the lake', async () => {
    expect(await aws.stack().deploy(together(exportOfSnapshot(lake), somethingThatFails('Export')))).toMatchObject({ status: 'ROLLBACK_COMPLETE' });

    expect(await statuses()).toEqual(['COMPLETE']);
    expect(await folders()).toHaveLength(1);
    expect(await aws.local.calls({ action: CANCEL_EXPORT })).toEqual([]);
  });

  test('by its own time limit cancels it, and says how to go on instead', async () => {
    await aws.local.settings({ exportSeconds: 100_000 });
    const timeout = Duration.minutes(1);
    const completion = Completion.waitFor({ timeout, onTimeout: TimeoutBehavior.FAIL });

    expect(await aws.stack().deploy(exportOfSnapshot(lake, { completion }))).toMatchObject({
      status: 'ROLLBACK_COMPLETE',
      reasons: [expect.stringMatching(/not finished after 1 minutes, so the deploy fails and the export task is canceled.*onTimeout: TimeoutBehavior\.CONTINUE/)],
    });

    expect((await statuses()).filter((status) => status !== 'CANCELED')).toEqual([]);
    expect(await told(aws)).toEqual(toldOnce('export', 'FAILED'));
  });
});

describe('a destroyed stack', () => {
  test('leaves what it has exported, and a bystander that runs', async () => {
    await aws.local.settings({ exportSeconds: SLOW });
    await lake.start('by-somebody-else');
    await aws.local.settings({ exportSeconds: 240 });
    const shop = aws.stack();
    await shop.deploy(exportOfSnapshot(lake));

    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });

    expect(await folders()).toContain((await identifiers())[0]);
    expect(await aws.local.calls({ action: CANCEL_EXPORT })).toEqual([]);
  });

  test('waits until a task that it cancels is canceled', async () => {
    await aws.local.settings({ exportSeconds: SLOW, cancelSeconds: 300 });
    const shop = aws.stack();
    await shop.deploy(exportOfCluster(lake, { completion: background }));

    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });

    expect(await statuses()).toEqual(['CANCELED']);
    expect(await aws.local.calls({ action: CANCEL_EXPORT })).toHaveLength(1);
  });

  test('whose tasks RDS no longer lists is simply gone', async () => {
    const shop = aws.stack();
    await shop.deploy(exportOfSnapshot(lake));
    await aws.local.clock({ advance: DAY });

    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });
  });
});

describe('tables that RDS leaves out', () => {
  const skippedTables = (count: number) => aws.local.seedTables({
    cluster: 'orders',
    region: HERE,
    tables: [
      { name: 'shop.public.orders' },
      ...[...Array(count).keys()].map((n) => ({ name: `shop.public.left_out_${n}`, skipped: 'PERMISSIONS_DO_NOT_EXIST' })),
    ],
  });
  const withOutput = (props: ExportProps) => (stack: Stack) => {
    exportOfSnapshot(lake, props)(stack);
    new CfnOutput(stack, 'Warnings', { value: (stack.node.findChild('Export') as ExportTask).warnings });
  };

  test('are named by the attribute, the event and the log; the deploy succeeds', async () => {
    await skippedTables(2);
    const shop = aws.stack();

    expect(await shop.deploy(withOutput({ completion: waitsForTheResult }))).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

    const warnings = ['skipped table shop.public.left_out_0: PERMISSIONS_DO_NOT_EXIST', 'skipped table shop.public.left_out_1: PERMISSIONS_DO_NOT_EXIST'];
    expect(await shop.outputs()).toEqual({ Warnings: warnings.join('; ') });
    expect(await told(aws)).toEqual(toldOnce('export', 'SUCCEEDED'));
    expect((await aws.outcomes())[0].Detail).toMatchObject({ warnings, message: expect.stringMatching(/is complete, with 2 warnings/) });
    await aws.logged({ level: 'WARN', message: 'complete with warnings', count: 2 });
  });

  test.each([
    ['the deploy waited', waitsForTheResult],
    ['it was handed over', background],
  ])('may be five thousand: all are in the log, and as many in the event as fit, when %s', async (_, completion) => {
    await skippedTables(5_000);
    const shop = aws.stack();

    expect(await shop.deploy(completion === waitsForTheResult ? withOutput({ completion }) : exportOfSnapshot(lake, { completion })))
      .toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

    expect(await told(aws)).toEqual(toldOnce('export', 'SUCCEEDED'));
    const { warnings, warningsLeftOut = 0 } = (await aws.outcomes())[0].Detail;
    expect(warnings.length).toBeGreaterThan(1_000);
    expect(warnings.length + warningsLeftOut).toBe(5_000);
    const logged = (await aws.logs()).filter((line) => line.message === 'complete with warnings').flatMap((line) => line.warnings);
    expect(new Set(logged).size).toBe(5_000);
    expect(logged).toHaveLength(5_000);
    if (completion === waitsForTheResult) {
      expect((await shop.outputs()).Warnings).toMatch(/left_out_0: .*; and \d+ more, which the outcome event and the log name$/);
    }
  });

  test('fail the deploy with failOnWarnings, which names them; what was exported stays', async () => {
    await skippedTables(1);

    expect(await aws.stack().deploy(exportOfSnapshot(lake, { failOnWarnings: true }))).toMatchObject({
      status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/is complete, but it left something out and failOnWarnings is set: skipped table shop\.public\.left_out_0: PERMISSIONS_DO_NOT_EXIST/)],
    });

    expect(await folders()).toHaveLength(1);
    expect(await told(aws)).toEqual(toldOnce('export', 'FAILED'));
  });
});

describe('an export', () => {
  test('in another Region: of the copy that the stack makes there, to a bucket and with a key of that Region', async () => {
    const key = await aws.world.key(THERE);
    await lake.bucket('lake-there', THERE);

    expect(await aws.stack().deploy((stack) => {
      const copy = new ClusterSnapshotCopy(stack, 'Copy', { source: ClusterSnapshot.fromSnapshotArn(stack, 'Source', snapshotArn('source')), region: THERE });
      new ExportTask(stack, 'Export', {
        source: ExportSource.snapshot(copy),
        bucket: s3.Bucket.fromBucketAttributes(stack, 'LakeThere', { bucketName: 'lake-there', region: THERE }),
        encryptionKey: kms.Key.fromKeyArn(stack, 'KeyThere', key),
      });
    })).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

    expect(await aws.exports(THERE)).toMatchObject([{ Status: 'COMPLETE', S3Bucket: 'lake-there', KmsKeyId: key }]);
    await aws.pollingEnds();
    // Both are told when the stack is at rest, each by a watch of its own: in no order.
    expect((await aws.outcomes()).map(({ Detail }) => `${Detail.operation} ${Detail.region}`).sort()).toEqual([`copy ${THERE}`, `export ${THERE}`]);
  });

  test('with a role that exists, and a key by its alias', async () => {
    await aws.world.key(HERE, ACCOUNT, 'alias/lake');

    expect(await aws.stack().deploy(exportOfCluster(lake, (stack) => ({
      role: iam.Role.fromRoleArn(stack, 'ExistingRole', ROLE), encryptionKey: kms.Alias.fromAliasName(stack, 'LakeAlias', 'alias/lake'),
    })))).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

    expect(await aws.exports()).toMatchObject([{ Status: 'COMPLETE', IamRoleArn: ROLE, SourceType: 'CLUSTER' }]);
  });

  test('with a role that the app has for several exports, at two at a time', async () => {
    await aws.world.cluster('billing');

    expect(await aws.stack().deploy((stack) => {
      const bucket = s3.Bucket.fromBucketName(stack, 'Lake', BUCKET);
      const encryptionKey = kms.Key.fromKeyArn(stack, 'LakeKey', lake.key);
      const role = new SnapshotExportRole(stack, 'Role', { bucket, encryptionKey, prefix: 'raw' });
      for (const cluster of ['orders', 'billing']) {
        new ExportTask(stack, cluster, { source: ExportSource.cluster(clusterOf(stack, cluster)), bucket, encryptionKey, role, prefix: `raw/${cluster}` });
      }
    })).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

    expect(await statuses()).toEqual(['COMPLETE', 'COMPLETE']);
    expect((await folders()).map((folder) => folder.split('/cab-')[0])).toEqual(['raw/billing', 'raw/orders']);
  });

  test.each([
    ['which the app names', true],
    ['which nobody told the app', false],
  ])('of a snapshot under a key %s', async (_, named) => {
    const key = await aws.world.key();
    await aws.world.cluster('secret', { StorageEncrypted: true, KmsKeyId: key });
    await aws.local.seedSnapshot({ cluster: 'secret', region: HERE, type: 'manual', identifier: 'secret' });

    expect(await aws.stack().deploy(together(
      exportOfSnapshot(lake, (stack) => (named ? { clusterEncryptionKey: kms.Key.fromKeyArn(stack, 'Secret', key) } : {}), 'OfSnapshot', 'secret'),
      exportOfCluster(lake, (stack) => (named ? { clusterEncryptionKey: kms.Key.fromKeyArn(stack, 'SecretOfCluster', key) } : {}), 'OfCluster', 'secret'),
    ))).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

    expect(await statuses()).toEqual(['COMPLETE', 'COMPLETE']);
  });

  test('goes on although its source snapshot is deleted meanwhile', async () => {
    await aws.local.settings({ exportSeconds: 1_200 });
    const shop = aws.stack();
    await shop.begin(exportOfSnapshot(lake));
    await until('the export is in progress', async () => (await statuses())[0] === 'IN_PROGRESS');
    await aws.world.rds().send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: 'source' }));

    expect(await shop.settled()).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });
    expect(await statuses()).toEqual(['COMPLETE']);
  });

  test('of a snapshot that another account shares fails with the words of RDS, because RDS does not export it', async () => {
    await aws.local.settings({ defaultEncryption: 'none' }); // what is encrypted without a key of one's own cannot be shared
    await aws.world.cluster('theirs', {}, HERE, OTHER_ACCOUNT);
    await aws.local.seedSnapshot({ cluster: 'theirs', region: HERE, account: OTHER_ACCOUNT, type: 'manual', identifier: 'shared' });
    await aws.world.rds(HERE, OTHER_ACCOUNT).send(new ModifyDBClusterSnapshotAttributeCommand({
      DBClusterSnapshotIdentifier: 'shared', AttributeName: 'restore', ValuesToAdd: [ACCOUNT],
    }));

    expect(await aws.stack().deploy(exportOfSnapshot(lake, { source: ExportSource.snapshotArn(snapshotArn('shared', HERE, OTHER_ACCOUNT)) }))).toMatchObject({
      status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/DBClusterSnapshotNotFoundFault/)],
    });
  });
});
