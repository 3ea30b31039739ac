import { execFileSync } from 'node:child_process';
import {
  CancelExportTaskCommand, DeleteDBClusterCommand, DeleteDBClusterSnapshotCommand, DescribeExportTasksCommand, RDSClient, paginateDescribeExportTasks,
} from '@aws-sdk/client-rds';
import { ALL, BUCKET, Lake, ROLE, source } from './lake';
import { Stack, Statement, ask, asRole, setRights } from './probe';
import { ACCOUNT, HERE, THERE, World, refusal } from './world';
import { LocalAws, preparedPython } from '../../local/local-aws';

let local: LocalAws;
let world: World;
let lake: Lake;
// The clock stands still: what a test sees is what it has asked for.
beforeAll(async () => {
  local = await LocalAws.start({ speed: 0 });
  world = new World(local);
}, 300_000);
afterAll(() => local?.stop());
beforeEach(async () => {
  await local.reset();
  await local.settings({ snapshotSeconds: 0, exportSeconds: 1000 });
  await world.cluster('orders', { DatabaseName: 'shop' });
  lake = await Lake.of(world);
});

const later = (seconds: number) => local.clock({ advance: seconds });
const SNAPSHOT = source('cluster-snapshot', 'before');
const OTHER = '222222222222';

describe('an export', () => {
  test('of a snapshot starts for a quarter of its time, then shows its percentage, then is complete', async () => {
    const snapshot = await world.snapshot('before', 'orders');
    await later(60);

    const begun = await lake.start('one', { SourceArn: SNAPSHOT, S3Prefix: 'raw' });

    const always = { ExportTaskIdentifier: 'one', SourceArn: SNAPSHOT, SourceType: 'SNAPSHOT', S3Bucket: BUCKET, S3Prefix: 'raw', IamRoleArn: ROLE, KmsKeyId: lake.key, SnapshotTime: snapshot.SnapshotCreateTime };
    const { $metadata: _, ...facts } = begun;
    expect(facts).toEqual({ ...always, Status: 'STARTING', PercentProgress: 0, TotalExtractedDataInGB: 0 });
    await later(249);
    expect(await lake.look('one')).toMatchObject({ Status: 'STARTING', PercentProgress: 0 });
    await later(301);
    const [inTheMiddle] = await lake.tasks({ SourceArn: SNAPSHOT });
    expect(inTheMiddle).toEqual({ ...always, Status: 'IN_PROGRESS', PercentProgress: 40, TotalExtractedDataInGB: 0, TaskStartTime: expect.any(Date) });
    await later(449);
    expect(await lake.look('one')).toMatchObject({ Status: 'IN_PROGRESS', PercentProgress: 99 });
    await later(1);
    const done = await lake.look('one');
    expect(done).toEqual({ ...inTheMiddle, Status: 'COMPLETE', PercentProgress: 100, TotalExtractedDataInGB: 2, TaskEndTime: expect.any(Date) });
    expect(+done.TaskEndTime! - +done.TaskStartTime!).toBe(750_000);
  });

  test('of a cluster knows the time of its data only when the cluster is cloned', async () => {
    expect(await lake.start('one')).not.toHaveProperty('SnapshotTime');
    await later(251);
    const task = await lake.look('one');
    expect(task).toMatchObject({ SourceType: 'CLUSTER', Status: 'IN_PROGRESS', SnapshotTime: task.TaskStartTime });
    expect(task.TaskStartTime).toBeInstanceOf(Date);
  });

  test.each([
    ['aurora-postgresql', 'shop', 'public.orders', 'public.customers', ['shop.public.orders', 'shop.public.customers']],
    ['aurora-mysql', 'shop', 'shop.orders', 'shop.customers', ['shop.orders', 'shop.customers']],
  ])('of %s leaves Parquet files of every table, and says which', async (engine, database, orders, customers, targets) => {
    await world.cluster('of-engine', { Engine: engine, DatabaseName: database });

    await lake.start('one', { SourceArn: source('cluster', 'of-engine'), S3Prefix: 'year 2026/' });
    await later(1000);

    const folder = 'year_2026/one';
    expect((await lake.objects()).sort()).toEqual([
      `${folder}/export_info_one.json`,
      `${folder}/export_tables_info_one_from_1_to_2.json`,
      ...[customers, orders].flatMap((table) => [`${folder}/${database}/${table}/1/_SUCCESS`, `${folder}/${database}/${table}/1/part-00000-UUID-c000.gz.parquet`]),
    ]);
    expect(JSON.parse(String(await lake.object(`${folder}/export_info_one.json`)))).toMatchObject({ status: 'COMPLETE', exportedFilesPath: folder, percentProgress: 100 });
    const tables = JSON.parse(String(await lake.object(`${folder}/export_tables_info_one_from_1_to_2.json`)));
    expect(tables.perTableStatus.map((table: any) => [table.target, table.status])).toEqual(expect.arrayContaining(targets.map((name) => [name, 'COMPLETE'])));
  });

  test('writes files that a Parquet reader reads', async () => {
    await lake.start('one');
    await later(1000);
    const key = (await lake.keys()).find((name) => name.includes('public.orders') && name.endsWith('.gz.parquet'))!;

    const read = execFileSync(preparedPython(), ['-c', `
import io, json, pyarrow.parquet, sys
file = pyarrow.parquet.ParquetFile(io.BytesIO(sys.stdin.buffer.read()))
print(json.dumps([file.read().to_pylist(), file.metadata.row_group(0).column(0).compression]))`], { input: await lake.object(key) });

    expect(JSON.parse(String(read))).toEqual([[{ id: 1, of: 'shop.public.orders' }, { id: 2, of: 'shop.public.orders' }], 'GZIP']);
  });

  test('finds the tables that a test has put into the cluster, and takes only those that are asked for', async () => {
    await local.seedTables({ cluster: 'orders', region: HERE, tables: ['shop.public.a', 'shop.sales.b', 'shop.sales.c', 'shop.sales2.d', 'other.public.e'].map((name) => ({ name })) });
    await world.snapshot('before', 'orders');

    await lake.start('one', { SourceArn: SNAPSHOT, ExportOnly: ['shop.sales', 'other.public.e'] });
    await later(1000);

    expect(await lake.look('one')).toMatchObject({ Status: 'COMPLETE', ExportOnly: ['shop.sales', 'other.public.e'], TotalExtractedDataInGB: 3 });
    expect((await lake.objects()).filter((key) => key.endsWith('_SUCCESS'))).toEqual([
      'one/other/public.e/1/_SUCCESS', 'one/shop/sales.b/1/_SUCCESS', 'one/shop/sales.c/1/_SUCCESS',
    ]);
  });

  test('that skipped tables is complete, with a warning about each of them', async () => {
    const skipped = Array.from({ length: 5000 }, (_, i) => ({ name: `shop.secret.t${i}`, skipped: 'PERMISSIONS_DO_NOT_EXIST' }));
    await local.seedTables({ cluster: 'orders', region: HERE, tables: [{ name: 'shop.public.a' }, ...skipped], generalWarnings: ['FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE'] });

    await lake.start('one');
    await later(999);
    expect(await lake.look('one')).not.toHaveProperty('WarningMessage');
    await later(1);

    const { Status, WarningMessage } = await lake.look('one');
    expect(Status).toBe('COMPLETE');
    const { skippedTables, skippedObjectives, general } = JSON.parse(WarningMessage!);
    expect(skippedTables).toHaveLength(5000);
    expect(skippedTables[17]).toEqual({ target: 'shop.secret.t17', reason: 'PERMISSIONS_DO_NOT_EXIST' });
    expect([skippedObjectives, general]).toEqual([[], [{ reason: 'FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE' }]]);
    expect((await lake.objects()).filter((key) => key.includes('secret'))).toEqual([]);
  });

  test('goes on when its snapshot is deleted', async () => {
    await world.snapshot('before', 'orders');
    await lake.start('one', { SourceArn: SNAPSHOT });

    await world.rds().send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: 'before' }));
    await later(1000);

    expect(await lake.look('one')).toMatchObject({ Status: 'COMPLETE' });
  });

  test('uses a role, a bucket and a key that a stack has made', async () => {
    const getAtt = (name: string) => ({ 'Fn::GetAtt': [name, 'Arn'] });
    const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'export.rds.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } } };
    const keyPolicy = { Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*', Principal: { AWS: { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:root' } } }] };
    await new Stack(local).create({
      Resources: {
        Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: keyPolicy } },
        Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'of-a-stack' } },
        Role: { Type: 'AWS::IAM::Role', Properties: { Path: '/data/', AssumeRolePolicyDocument: { Statement: [trust] } } },
        Policy: {
          Type: 'AWS::IAM::Policy',
          Properties: {
            PolicyName: 'rights',
            Roles: [{ Ref: 'Role' }],
            PolicyDocument: {
              Statement: [
                { Effect: 'Allow', Action: 's3:*', Resource: [getAtt('Bucket'), { 'Fn::Join': ['', [getAtt('Bucket'), '/*']] }] },
                { Effect: 'Allow', Action: ['kms:GenerateDataKey*', 'kms:Decrypt'], Resource: getAtt('Key') },
              ],
            },
          },
        },
      },
      Outputs: { Role: { Value: getAtt('Role') }, Key: { Value: getAtt('Key') } },
    });
    const { Role, Key } = await new Stack(local).outputs();

    await lake.start('one', { IamRoleArn: Role, KmsKeyId: Key, S3BucketName: 'of-a-stack' });
    await later(1000);

    expect(await lake.look('one')).toMatchObject({ Status: 'COMPLETE' });
    expect(await lake.objects('of-a-stack')).toContain('one/export_info_one.json');
  });

  test('writes through an encrypted connection', async () => {
    const unlessEncrypted: any = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`] };
    await lake.bucketPolicy(BUCKET, [{ ...unlessEncrypted, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }], ACCOUNT);
    await lake.start('one');
    await later(1000);
    expect(await lake.look('one')).toMatchObject({ Status: 'COMPLETE' });
  });

  test('is told of all accounts and Regions to a test, and forgotten with the world', async () => {
    await lake.start('one');
    expect(await local.exportTasks()).toMatchObject([{ ExportTaskIdentifier: 'one', account: ACCOUNT, region: HERE, Status: 'STARTING' }]);
    await local.reset();
    expect(await local.exportTasks()).toEqual([]);
  });
});

describe('a canceled export', () => {
  test('is CANCELING for a while, and leaves what it has written', async () => {
    await lake.start('one');
    await later(700);

    expect(await lake.cancel('one')).toMatchObject({ Status: 'CANCELING', PercentProgress: 60 });
    await later(29);
    expect(await lake.look('one')).toMatchObject({ Status: 'CANCELING' });
    await later(1);

    expect(await lake.look('one')).toMatchObject({ Status: 'CANCELED', PercentProgress: 60, TaskEndTime: expect.any(Date) });
    await later(1000);
    expect(await lake.objects()).toEqual(['one/shop/public.customers/1/_SUCCESS', 'one/shop/public.customers/1/part-00000-UUID-c000.gz.parquet']);
  });

  test('never was one when it has ended, is being canceled already or never existed', async () => {
    await lake.start('one');
    await lake.cancel('one');
    expect(await refusal(lake.cancel('one'))).toMatch(/^InvalidExportTaskStateFault: .*CANCELING/);
    await later(30);
    await lake.start('two');
    await later(1000);
    expect(await refusal(lake.cancel('two'))).toMatch(/^InvalidExportTaskStateFault: .*COMPLETE/);
    expect(await refusal(lake.cancel('three'))).toMatch(/^ExportTaskNotFoundFault: /);
  });
});

describe('StartExportTask', () => {
  test('takes an identifier once, also when its task has ended and is no longer listed', async () => {
    await local.settings({ exportListedSeconds: 3600 });
    await lake.start('one');
    expect(await refusal(lake.start('one'))).toMatch(/^ExportTaskAlreadyExistsFault/);
    await later(4599);
    expect(await lake.look('one')).toMatchObject({ Status: 'COMPLETE' });
    await later(1);
    expect(await refusal(lake.look('one'))).toMatch(/^ExportTaskNotFoundFault/);
    expect(await lake.tasks()).toEqual([]);
    expect(await refusal(lake.start('one'))).toMatch(/^ExportTaskAlreadyExistsFault/);
  });

  test('takes one export of a source at a time, and five of an account in a Region', async () => {
    await lake.start('e0');
    expect(await refusal(lake.start('again'))).toMatch(/^InvalidExportSourceStateFault/);
    for (const name of ['b', 'c', 'd', 'e', 'f']) await world.cluster(name);
    for (const name of ['b', 'c', 'd', 'e']) await lake.start(`e-${name}`, { SourceArn: source('cluster', name) });

    expect(await refusal(lake.start('e-f', { SourceArn: source('cluster', 'f') }))).toMatch(/^ExportTaskLimitReachedFault/);
    await later(1000);
    await lake.start('e-f', { SourceArn: source('cluster', 'f') });
    await lake.start('again');
    await local.settings({ exportLimit: 2, exportLimitCode: 'Whatever' });
    expect(await refusal(lake.start('e-g', { SourceArn: source('cluster', 'b') }))).toMatch(/^Whatever/);
  });

  test.each([
    ['an identifier of 61 characters', { ExportTaskIdentifier: 'a'.repeat(61) }, 'InvalidParameterValue', 400],
    ['an identifier that ends with a hyphen', { ExportTaskIdentifier: 'one-' }, 'InvalidParameterValue', 400],
    ['no such cluster', { SourceArn: source('cluster', 'nobody') }, 'DBClusterNotFoundFault', 404],
    ['a cluster of another Region', { SourceArn: source('cluster', 'orders', THERE) }, 'DBClusterNotFoundFault', 404],
    ['no such snapshot', { SourceArn: source('cluster-snapshot', 'nothing') }, 'DBClusterSnapshotNotFoundFault', 404],
    ['no such instance snapshot', { SourceArn: `arn:aws:rds:${HERE}:${ACCOUNT}:snapshot:nothing` }, 'DBSnapshotNotFoundFault', 404],
    ['what is no ARN', { SourceArn: 'orders' }, 'InvalidParameterValue', 400],
    ['no such role', { IamRoleArn: `arn:aws:iam::${ACCOUNT}:role/nobody` }, 'IamRoleNotFoundFault', 404],
    ['a role at another path', { IamRoleArn: `arn:aws:iam::${ACCOUNT}:role/some/export` }, 'IamRoleNotFoundFault', 404],
    ['no such bucket', { S3BucketName: 'nothing' }, 'InvalidS3BucketFault', 400],
    ['a prefix with a colon', { S3Prefix: 'a:b' }, 'InvalidParameterValue', 400],
    ['no such key', { KmsKeyId: 'nothing' }, 'KMSKeyNotAccessibleFault', 400],
    ['the default key', { KmsKeyId: 'alias/aws/rds' }, 'KMSKeyNotAccessibleFault', 400],
    ['four parts of a table\'s name', { ExportOnly: ['shop.public.a.b'] }, 'InvalidExportOnlyFault', 400],
    ['a name with a blank', { ExportOnly: ['shop.my schema'] }, 'InvalidExportOnlyFault', 400],
  ])('refuses %s', async (_what, change, name, status) => {
    const refused = await lake.start('one', change).catch((error) => error);
    expect([refused.name, refused.$metadata.httpStatusCode]).toEqual([name, status]);
  });

  test('counts the exports of one account and Region', async () => {
    await local.settings({ exportLimit: 1 });
    await lake.bucket('lake-there', THERE);
    await world.cluster('orders', {}, THERE);
    const there = { SourceArn: source('cluster', 'orders', THERE), S3BucketName: 'lake-there', KmsKeyId: await world.key(THERE) };
    await lake.start('one');
    expect(await lake.start('one', there, world.rds(THERE))).toMatchObject({ Status: 'STARTING' });
    expect(await refusal(lake.start('two', there, world.rds(THERE)))).toMatch(/^InvalidExportSourceStateFault/);
  });

  test('refuses a role of another account', async () => {
    await lake.role(ALL, 'export', { Principal: { Service: 'export.rds.amazonaws.com' } }, OTHER);
    expect(await refusal(lake.start('one', { IamRoleArn: `arn:aws:iam::${OTHER}:role/export` }))).toMatch(/^IamRoleNotFoundFault/);
  });

  test('refuses a bucket and a key of another Region, a disabled key, and a MySQL table with a schema', async () => {
    await lake.bucket('elsewhere', THERE);
    await world.cluster('mysql', { Engine: 'aurora-mysql' });
    const disabled = await world.key();
    await world.kms('DisableKey', { KeyId: disabled });

    expect(await refusal(lake.start('one', { S3BucketName: 'elsewhere' }))).toMatch(/^InvalidS3BucketFault/);
    expect(await refusal(lake.start('one', { KmsKeyId: await world.key(THERE) }))).toMatch(/^KMSKeyNotAccessibleFault/);
    expect(await refusal(lake.start('one', { KmsKeyId: disabled }))).toMatch(/^KMSKeyNotAccessibleFault/);
    expect(await refusal(lake.start('one', { SourceArn: source('cluster', 'mysql'), ExportOnly: ['a.b.c'] }))).toMatch(/^InvalidExportOnlyFault/);
    await lake.start('one', { SourceArn: source('cluster', 'mysql'), ExportOnly: ['a', 'a.b'] });
  });

  test('refuses a source that is not available, or whose own key is not', async () => {
    await local.setStatus(source('cluster', 'orders'), 'stopped');
    expect(await refusal(lake.start('one'))).toMatch(/^InvalidExportSourceStateFault: .*stopped/);
    await local.settings({ snapshotSeconds: 60 });
    await world.cluster('other', { KmsKeyId: lake.key });
    await world.snapshot('s', 'other');
    const its = { SourceArn: source('cluster-snapshot', 's'), KmsKeyId: await world.key() };
    expect(await refusal(lake.start('one', its))).toMatch(/^InvalidExportSourceStateFault: .*creating/);
    await later(60);
    await world.kms('DisableKey', { KeyId: lake.key });
    expect(await refusal(lake.start('one', its))).toMatch(/^KMSKeyNotAccessibleFault/);
  });

  test.each([
    ['another service', { Principal: { Service: 'rds.amazonaws.com' } }, false],
    ['the account', { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } }, false],
    ['exports of another account', { Principal: { Service: 'export.rds.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': OTHER } } }, false],
    ['exports of another Region', { Principal: { Service: 'export.rds.amazonaws.com' }, Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:rds:${THERE}:${ACCOUNT}:*` } } }, false],
    ['exports of this account and Region', {
      Principal: { Service: 'export.rds.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT }, ArnLike: { 'aws:SourceArn': `arn:aws:rds:${HERE}:${ACCOUNT}:*` } },
    }, true],
  ])('with a role that trusts %s', async (_whom, trust, works) => {
    await lake.role(ALL, 'trusting', trust);
    const answer = await refusal(lake.start('one', { IamRoleArn: `arn:aws:iam::${ACCOUNT}:role/trusting` }));
    expect(answer).toMatch(works ? /^no error$/ : /^IamRoleMissingPermissionsFault/);
  });
});

describe('DescribeExportTasks', () => {
  beforeEach(async () => {
    await world.snapshot('before', 'orders');
    await lake.start('from-snapshot', { SourceArn: SNAPSHOT });
    await later(1000);
    await lake.start('from-cluster');
  });
  const names = async (asked: object) => (await lake.tasks(asked)).map((task) => task.ExportTaskIdentifier);

  test.each([
    ['nothing', {}, ['from-snapshot', 'from-cluster']],
    ['a source', { SourceArn: SNAPSHOT }, ['from-snapshot']],
    ['a type', { SourceType: 'CLUSTER' }, ['from-cluster']],
    ['a status, in lower case', { Filters: [{ Name: 'status', Values: ['complete', 'failed'] }] }, ['from-snapshot']],
    ['a status, in upper case', { Filters: [{ Name: 'status', Values: ['COMPLETE'] }] }, []],
    ['a bucket', { Filters: [{ Name: 's3-bucket', Values: [BUCKET] }] }, ['from-snapshot', 'from-cluster']],
    ['two things', { SourceType: 'SNAPSHOT', Filters: [{ Name: 'export-task-identifier', Values: ['from-cluster'] }] }, []],
  ])('asked for %s', async (_what, asked, found) => {
    expect(await names(asked)).toEqual(found);
  });

  test('brings page after page', async () => {
    await local.settings({ pageSize: 1 });
    const pages: string[][] = [];
    for await (const page of paginateDescribeExportTasks({ client: world.rds() }, {})) {
      pages.push(page.ExportTasks!.map((task) => task.ExportTaskIdentifier!));
    }
    expect(pages).toEqual([['from-snapshot'], ['from-cluster']]);
    expect(await refusal(lake.tasks({ MaxRecords: 19 }))).toMatch(/^InvalidParameterValue/);
  });

  test('does not know a new task for as long as it is set', async () => {
    await world.cluster('new');
    await local.settings({ exportVisibilitySeconds: 20 });
    await lake.start('one', { SourceArn: source('cluster', 'new') });
    await later(19);
    expect(await refusal(lake.look('one'))).toMatch(/^ExportTaskNotFoundFault/);
    expect(await names({})).not.toContain('one');
    await later(1);
    expect(await lake.look('one')).toMatchObject({ Status: 'STARTING' });
  });
});

describe('a failed export', () => {
  const allow = (Action: string[], Resource: string | string[] = '*'): Statement => ({ Effect: 'Allow', Action, Resource });
  const ON_BUCKET = allow(['s3:ListBucket', 's3:GetBucketLocation'], `arn:aws:s3:::${BUCKET}`);
  const ON_OBJECTS = allow(['s3:PutObject*', 's3:GetObject*', 's3:DeleteObject*'], `arn:aws:s3:::${BUCKET}/raw/*`);
  const ON_KEY = allow(['kms:GenerateDataKey*', 'kms:Decrypt']);

  test('has none of the causes below with exactly these rights', async () => {
    await lake.rights([ON_BUCKET, ON_OBJECTS, ON_KEY]);
    await lake.start('one', { S3Prefix: 'raw' });
    await later(1000);
    expect(await lake.look('one')).toMatchObject({ Status: 'COMPLETE' });
  });

  test.each<[string, () => Promise<unknown>, string | RegExp]>([
    ['may not write', () => lake.rights([ON_BUCKET, { ...ON_OBJECTS, Action: ['s3:GetObject*', 's3:DeleteObject*'] }, ON_KEY]),
      `The IAM role ${ROLE} isn't authorized to call s3:PutObject on the S3 bucket lake. Review your permissions and retry the export.`],
    ['may write elsewhere', () => lake.rights([ON_BUCKET, { ...ON_OBJECTS, Resource: `arn:aws:s3:::${BUCKET}/cooked/*` }, ON_KEY]), /isn't authorized to call s3:PutObject/],
    ['may not see where the bucket is', () => lake.rights([allow(['s3:ListBucket']), ON_OBJECTS, ON_KEY]), /isn't authorized to call s3:GetBucketLocation/],
    ['may not list', () => lake.rights([allow(['s3:GetBucketLocation']), ON_OBJECTS, ON_KEY]), /isn't authorized to call s3:ListBucket/],
    ['may not encrypt', () => lake.rights([ON_BUCKET, ON_OBJECTS, allow(['kms:Decrypt'])]), 'KMS key check failed. Check the credentials on your KMS key and try again.'],
    ['may not decrypt', () => lake.rights([ON_BUCKET, ON_OBJECTS, allow(['kms:GenerateDataKey'])]), /^KMS key check failed/],
    ['is not in the key policy', () => world.kms('PutKeyPolicy', { KeyId: lake.key, PolicyName: 'default', Policy: '{"Statement":[]}' }), /^KMS key check failed/],
    ['may not be assumed any more', () => ask(local, 'iam', 'UpdateAssumeRolePolicy', { RoleName: 'export', PolicyDocument: JSON.stringify({ Statement: [] }) }),
      `The RDS export failed to write the export task's metadata because it can't assume the IAM role ${ROLE}.`],
    ['has no bucket', () => lake.empty(), /^The RDS export failed to write the export task's metadata to the S3 bucket lake using the IAM role .* with the KMS key .*\. Error code: NoSuchBucket$/],
    ['has a disabled key', () => world.kms('DisableKey', { KeyId: lake.key }), /Error code: KMS\.DisabledException$/],
    ['has a key that is being deleted', () => world.kms('ScheduleKeyDeletion', { KeyId: lake.key }), /Error code: KMS\.KMSInvalidStateException$/],
    ['has no cluster', () => world.rds().send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'orders', SkipFinalSnapshot: true })), 'Failed to find or access the source DB cluster: orders'],
  ])('ends when it begins to write and %s', async (_why, happens, cause) => {
    await lake.start('one', { S3Prefix: 'raw' });
    await happens();
    await later(249);
    expect(await lake.look('one')).toMatchObject({ Status: 'STARTING' });
    await later(1);

    const task = await lake.look('one');

    expect(task).toMatchObject({ Status: 'FAILED', PercentProgress: 0, FailureCause: typeof cause === 'string' ? cause : expect.stringMatching(cause), TaskEndTime: expect.any(Date) });
    expect(task).not.toHaveProperty('TaskStartTime');
    expect(await local.exportTasks()).toHaveLength(1);
  });

  test('ends in the middle when its key is disabled, and keeps the percentage and what it has written', async () => {
    await lake.start('one');
    await later(700);
    expect(await lake.look('one')).toMatchObject({ PercentProgress: 60 });
    await world.kms('DisableKey', { KeyId: lake.key });
    await later(1000);
    expect(await lake.look('one')).toMatchObject({ Status: 'FAILED', TotalExtractedDataInGB: 1, FailureCause: expect.stringContaining('KMS.DisabledException') });
    await world.kms('EnableKey', { KeyId: lake.key });
    await later(1000);
    expect(await lake.look('one')).toMatchObject({ Status: 'FAILED' });
    expect((await lake.objects()).filter((key) => key.endsWith('.json'))).toEqual([]);
  });

  test('fails on demand, at a percentage and with a cause', async () => {
    await local.fault({ kind: 'endsFailed', action: 'rds:StartExportTask', identifier: 'on.$', percent: 20, message: 'LOB too large' });
    await lake.start('one');
    await later(399);
    expect(await lake.look('one')).toMatchObject({ Status: 'IN_PROGRESS', PercentProgress: 19 });
    await later(1);
    expect(await lake.look('one')).toMatchObject({ Status: 'FAILED', PercentProgress: 20, FailureCause: 'LOB too large' });

    await local.fault({ kind: 'endsFailed', action: 'rds:StartExportTask' });
    await lake.start('two');
    await later(1000);
    expect(await lake.look('two')).toMatchObject({ Status: 'FAILED', PercentProgress: 50, FailureCause: 'An unknown internal error occurred.' });
  });
});

describe('the right', () => {
  const allow = (Action: string | string[], Resource: string, Condition?: object): Statement => ({ Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) });
  const ON_KEYS = (Condition?: object) => allow(['kms:DescribeKey', 'kms:CreateGrant'], `arn:aws:kms:${HERE}:${ACCOUNT}:key/*`, Condition);
  const PASS = allow('iam:PassRole', ROLE, { StringEquals: { 'iam:PassedToService': ['export.rds.amazonaws.com', 'rds.amazonaws.com'] } });
  const START = allow('rds:StartExportTask', source('cluster', 'orders'));

  /** The calls with a role of these rights instead of root's. */
  async function withRights(...rights: Statement[]) {
    const credentials = await asRole(local, rights);
    const rds = new RDSClient({ ...local.client(HERE), credentials, maxAttempts: 1 });
    return {
      start: (id: string, changes: object = {}) => refusal(lake.start(id, changes, rds)),
      describe: (asked: object) => refusal(rds.send(new DescribeExportTasksCommand(asked))),
      cancel: (id: string) => refusal(rds.send(new CancelExportTaskCommand({ ExportTaskIdentifier: id }))),
    };
  }

  test.each<[string, Statement[], RegExp]>([
    ['everything it needs', [START, PASS, ON_KEYS()], /^no error$/],
    ['everything it needs through RDS for a resource of AWS', [START, PASS,
      { ...ON_KEYS({ StringEquals: { 'kms:ViaService': `rds.${HERE}.amazonaws.com` } }), Action: 'kms:DescribeKey' },
      { ...ON_KEYS({ StringEquals: { 'kms:ViaService': `rds.${HERE}.amazonaws.com` }, Bool: { 'kms:GrantIsForAWSResource': 'true' } }), Action: 'kms:CreateGrant' }], /^no error$/],
    ['another source', [allow('rds:StartExportTask', source('cluster', 'others')), PASS, ON_KEYS()], /^AccessDenied: .*rds:StartExportTask on resource: .*:cluster:orders/],
    ['no role to pass', [START, ON_KEYS()], new RegExp(`^AccessDenied: .*iam:PassRole on resource: ${ROLE}`)],
    ['a role for another service', [START, allow('iam:PassRole', ROLE, { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } }), ON_KEYS()], /^AccessDenied: .*iam:PassRole/],
    ['no key', [START, PASS], /^KMSKeyNotAccessibleFault: The export KMS key/],
    ['no grant', [START, PASS, { ...ON_KEYS(), Action: 'kms:DescribeKey' }], /^KMSKeyNotAccessibleFault/],
    ['the key through another service', [START, PASS, ON_KEYS({ StringEquals: { 'kms:ViaService': `s3.${HERE}.amazonaws.com` } })], /^KMSKeyNotAccessibleFault/],
  ])('to start an export, with %s', async (_what, rights, answer) => {
    expect(await (await withRights(...rights)).start('one')).toMatch(answer);
  });

  test('to pass a role is asked for the service that is set', async () => {
    const as = await withRights(START, allow('iam:PassRole', ROLE, { StringEquals: { 'iam:PassedToService': 'export.rds.amazonaws.com' } }), ON_KEYS());
    await local.settings({ passedToService: 'rds.amazonaws.com' });
    expect(await as.start('one')).toMatch(/iam:PassRole/);
  });

  test('to start an export of something encrypted includes its own key', async () => {
    const key = await world.key();
    await world.cluster('encrypted', { KmsKeyId: key });
    const it = { SourceArn: source('cluster', 'encrypted') };
    const one = (arn: string) => allow(['kms:DescribeKey', 'kms:CreateGrant'], arn);
    const start = allow('rds:StartExportTask', it.SourceArn);
    const as = await withRights(start, PASS, one(lake.key));
    expect(await as.start('one', it)).toMatch(/^KMSKeyNotAccessibleFault: The source KMS key/);
    await setRights(local, [start, PASS, one(lake.key), one(key)]);
    expect(await as.start('one', it)).toBe('no error');
  });

  test('to look at exports is asked for the source that is named, else for all of both kinds', async () => {
    const as = await withRights(allow('rds:DescribeExportTasks', source('cluster', '*')));
    expect(await as.describe({ SourceArn: source('cluster', 'orders') })).toBe('no error');
    expect(await as.describe({ SourceType: 'CLUSTER' })).toBe('no error');
    expect(await as.describe({ SourceArn: SNAPSHOT })).toMatch(/^AccessDenied/);
    expect(await as.describe({})).toMatch(/^AccessDenied: .*cluster-snapshot:\*/);
  });

  test('to cancel an export is asked for everything: the action knows no resources', async () => {
    await lake.start('one');
    const as = await withRights(allow('rds:CancelExportTask', source('cluster', '*')));
    expect(await as.cancel('one')).toMatch(/^AccessDenied/);
    await setRights(local, [allow('rds:CancelExportTask', '*')]);
    expect(await as.cancel('one')).toBe('no error');
  });
});

test('a bucket and a key of another account need the consent of both sides', async () => {
  const principal: any = { Principal: { AWS: ROLE } };
  const theirs = await world.key(HERE, OTHER);
  const it = { S3BucketName: 'theirs', KmsKeyId: theirs };
  await lake.bucket('theirs', HERE, OTHER);
  const causeOf = async (id: string) => {
    await lake.start(id, it);
    await later(1000);
    return (await lake.look(id)).FailureCause;
  };
  const keyPolicy = (...more: object[]) => world.kms('PutKeyPolicy', { KeyId: theirs, PolicyName: 'default', Policy: JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${OTHER}:root` }, Action: 'kms:*', Resource: '*' }, ...more] }) }, HERE, OTHER);
  const handingOver = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: ['kms:DescribeKey', 'kms:CreateGrant'], Resource: '*' };
  await keyPolicy();
  await expect(causeOf('no-caller')).rejects.toThrow(/^The export KMS key/);
  await keyPolicy(handingOver);

  expect(await causeOf('neither')).toMatch(/isn't authorized to call s3:GetBucketLocation on the S3 bucket theirs/);
  await lake.bucketPolicy('theirs', [{ Effect: 'Allow', Action: 's3:*', Resource: ['arn:aws:s3:::theirs', 'arn:aws:s3:::theirs/*'], ...principal }], OTHER);
  expect(await causeOf('no-key')).toMatch(/^KMS key check failed/);
  await keyPolicy(handingOver, { Effect: 'Allow', Action: ['kms:GenerateDataKey*', 'kms:Decrypt'], Resource: '*', ...principal });
  expect(await causeOf('both')).toBeUndefined();
  expect(await lake.objects('theirs', OTHER)).toContain('both/export_info_both.json');
  const account: any = { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Condition: { ArnEquals: { 'aws:PrincipalArn': ROLE } } };
  await lake.bucketPolicy('theirs', [{ Effect: 'Allow', Action: 's3:*', Resource: ['arn:aws:s3:::theirs', 'arn:aws:s3:::theirs/*'], ...account }], OTHER);
  expect(await causeOf('role-of-account')).toBeUndefined();
  await lake.rights([{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }]);
  expect(await causeOf('not-ours')).toMatch(/isn't authorized to call s3:/);
});
