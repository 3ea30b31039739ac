import { DBClusterSnapshot, RDSClient, ExportTask as RdsExportTask } from '@aws-sdk/client-rds';
import { RdsGateway } from '../../../src/runtime/rds/gateway';
import { awsError } from '../../support/errors';
import { ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION } from '../../support/events';
import { Answer, SdkStub, refuse } from '../../support/sdk-client';

const ARN = `arn:aws:rds:${REGION}:${ACCOUNT}:cluster-snapshot:orders-1`;

const DESCRIBED: DBClusterSnapshot = {
  DBClusterSnapshotArn: ARN,
  DBClusterSnapshotIdentifier: 'orders-1',
  DBClusterIdentifier: 'orders',
  Status: 'copying',
  PercentProgress: 30,
  SnapshotType: 'manual',
  Engine: 'aurora-postgresql',
  SnapshotCreateTime: new Date('2026-11-22T12:00:00Z'),
  StorageEncrypted: true,
  SourceDBClusterSnapshotArn: `${ARN}-source`,
  TagList: [{ Key: 'team', Value: 'billing' }, { Key: 'flag' }],
};

function connect(answers: Record<string, Answer>) {
  const sdk = new SdkStub(answers);
  const clients: string[] = [];
  const gateway = new RdsGateway((region) => {
    clients.push(region);
    return sdk.connect(new RDSClient({ region }), region);
  });
  return { gateway, sdk, clients };
}

test('each Region has a client of its own, made once', async () => {
  const { gateway, sdk, clients } = connect({ DescribeDBClusters: () => ({ DBClusters: [] }) });

  await gateway.findCluster(REGION, 'orders');
  await gateway.findCluster(OTHER_REGION, 'orders');
  await gateway.findCluster(REGION, 'orders');

  expect(clients).toEqual([REGION, OTHER_REGION]);
  expect(sdk.sent.map(({ region }) => region)).toEqual([REGION, OTHER_REGION, REGION]);
});

describe('a cluster', () => {
  test('is found with its state and engine', async () => {
    const { gateway, sdk } = connect({
      DescribeDBClusters: () => ({
        DBClusters: [{
          DBClusterIdentifier: 'orders', Status: 'backing-up', Engine: 'aurora-mysql', DbClusterResourceId: 'cluster-A1', TagList: [{ Key: 'tier', Value: 'gold' }],
        }],
      }),
    });

    expect(await gateway.findCluster(REGION, 'orders')).toEqual({
      identifier: 'orders', status: 'backing-up', engine: 'aurora-mysql', resourceId: 'cluster-A1', tags: { tier: 'gold' },
    });
    expect(sdk.inputs).toEqual([{ DBClusterIdentifier: 'orders' }]);
  });

  test('of which RDS says nothing more is unknown rather than fine', async () => {
    const { gateway } = connect({ DescribeDBClusters: () => ({ DBClusters: [{}] }) });

    expect(await gateway.findCluster(REGION, 'orders')).toEqual({ identifier: '', status: 'unknown', engine: 'unknown', resourceId: '', tags: {} });
  });

  test('that does not exist is undefined', async () => {
    const { gateway } = connect({ DescribeDBClusters: refuse(awsError('DBClusterNotFoundFault', 'gone', { httpStatusCode: 404 })) });

    expect(await gateway.findCluster(REGION, 'orders')).toBeUndefined();
  });

  test('that cannot be looked for is an error, not absent', async () => {
    const { gateway } = connect({ DescribeDBClusters: refuse(awsError('Throttling')) });

    await expect(gateway.findCluster(REGION, 'orders')).rejects.toMatchObject({ name: 'Throttling' });
  });
});

describe('a snapshot', () => {
  const find = (answers: Answer, arn = ARN) => {
    const { gateway, sdk } = connect({ DescribeDBClusterSnapshots: answers });
    return { answer: gateway.findSnapshot(arn, ACCOUNT), sdk };
  };

  test('is told in the words of the library', async () => {
    expect(await find(() => ({ DBClusterSnapshots: [DESCRIBED] })).answer).toEqual({
      arn: ARN,
      identifier: 'orders-1',
      clusterIdentifier: 'orders',
      status: 'copying',
      percentProgress: 30,
      type: 'manual',
      engine: 'aurora-postgresql',
      createTime: new Date('2026-11-22T12:00:00Z'),
      encrypted: true,
      sourceArn: `${ARN}-source`,
      tags: { team: 'billing', flag: '' },
    });
  });

  test('an original has no source, however RDS writes that', async () => {
    const original = { ...DESCRIBED, SourceDBClusterSnapshotArn: '' };

    expect((await find(() => ({ DBClusterSnapshots: [original] })).answer)!.sourceArn).toBeUndefined();
  });

  test.each([true, false])('under a key that AWS owns is not under one of KMS, whatever RDS says of StorageEncrypted (%s)', async (StorageEncrypted) => {
    expect(await find(() => ({ DBClusterSnapshots: [{ ...DESCRIBED, StorageEncrypted, StorageEncryptionType: 'sse-rds' }] })).answer)
      .toMatchObject({ encrypted: false, underAwsOwnedKey: true });
  });

  test('without facts is unknown rather than good', async () => {
    expect(await find(() => ({ DBClusterSnapshots: [{}] })).answer).toMatchObject({
      status: 'unknown', type: 'unknown', engine: 'unknown', percentProgress: 0, encrypted: false, tags: {},
    });
  });

  test.each<[string, string, object]>([
    ['of our own account: by its name', ARN, { DBClusterSnapshotIdentifier: 'orders-1', SnapshotType: undefined }],
    [
      'automated: by name and type', `arn:aws:rds:${REGION}:${ACCOUNT}:cluster-snapshot:rds:orders-2026-11-22`,
      { DBClusterSnapshotIdentifier: 'rds:orders-2026-11-22', SnapshotType: 'automated' },
    ],
    [
      'of AWS Backup: by its name', `arn:aws:rds:${REGION}:${ACCOUNT}:cluster-snapshot:awsbackup:job-1`,
      { DBClusterSnapshotIdentifier: 'awsbackup:job-1', SnapshotType: undefined },
    ],
    [
      'shared by another account: by its ARN and type', `arn:aws:rds:${REGION}:${OTHER_ACCOUNT}:cluster-snapshot:theirs`,
      { DBClusterSnapshotIdentifier: `arn:aws:rds:${REGION}:${OTHER_ACCOUNT}:cluster-snapshot:theirs`, SnapshotType: 'shared' },
    ],
  ])('is asked for %s', async (_, arn, input) => {
    const { answer, sdk } = find(() => ({ DBClusterSnapshots: [] }), arn);

    expect(await answer).toBeUndefined();
    expect(sdk.inputs).toEqual([input]);
  });

  test('is asked for in the Region of its ARN', async () => {
    const { answer, sdk } = find(() => ({}), `arn:aws:rds:${OTHER_REGION}:${ACCOUNT}:cluster-snapshot:orders-1`);
    await answer;

    expect(sdk.sent).toEqual([expect.objectContaining({ region: OTHER_REGION })]);
  });

  test('that does not exist is undefined', async () => {
    expect(await find(refuse(awsError('DBClusterSnapshotNotFoundFault'))).answer).toBeUndefined();
  });

  test('that cannot be looked for is an error, not absent', async () => {
    await expect(find(refuse(awsError('AccessDenied'))).answer).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('is not looked for when the ARN is none', async () => {
    const { answer, sdk } = find(() => ({ DBClusterSnapshots: [DESCRIBED] }), 'Orders-BeforeMigration-1ABC');

    expect(await answer).toBeUndefined();
    expect(sdk.sent).toEqual([]);
  });
});

describe('the list of manual snapshots', () => {
  const pages: Record<string, object> = {
    first: { DBClusterSnapshots: [{ ...DESCRIBED, DBClusterSnapshotIdentifier: 'one' }], Marker: 'second' },
    second: { DBClusterSnapshots: undefined, Marker: 'third' },
    third: { DBClusterSnapshots: [{ ...DESCRIBED, DBClusterSnapshotIdentifier: 'two' }] },
  };

  test('is read to its last page', async () => {
    const { gateway, sdk } = connect({ DescribeDBClusterSnapshots: ({ Marker = 'first' }: { Marker?: string }) => pages[Marker] });

    expect((await gateway.listManualSnapshots(REGION)).map(({ identifier }) => identifier)).toEqual(['one', 'two']);
    expect(sdk.inputs).toEqual([undefined, 'second', 'third'].map((Marker) => expect.objectContaining({ SnapshotType: 'manual', MaxRecords: 100, Marker })));
  });

  test('that cannot be read to its end is an error: nobody may take a part for the whole', async () => {
    const { gateway } = connect({
      DescribeDBClusterSnapshots: ({ Marker = 'first' }: { Marker?: string }) => {
        if (Marker === 'third') {
          throw awsError('Throttling');
        }
        return pages[Marker];
      },
    });

    await expect(gateway.listManualSnapshots(REGION)).rejects.toMatchObject({ name: 'Throttling' });
  });
});

describe('the list of all snapshots of the account', () => {
  test.each<[string, string | undefined, object]>([
    ['of a cluster asks for its name, not for the cluster, which may be gone', 'orders', { Filters: [{ Name: 'db-cluster-id', Values: ['orders'] }] }],
    ['asks for no type: then RDS lists automated and manual ones', undefined, {}],
  ])('%s', async (_, cluster, input) => {
    const { gateway, sdk } = connect({ DescribeDBClusterSnapshots: () => ({ DBClusterSnapshots: [{ ...DESCRIBED, EngineVersion: '16.4' }] }) });

    expect(await gateway.listOwnSnapshots(REGION, cluster)).toEqual([expect.objectContaining({ engineVersion: '16.4' })]);
    expect(sdk.inputs).toEqual([{ ...input, MaxRecords: 100 }]);
  });
});

describe('what is made', () => {
  test('a snapshot carries its tags from the beginning', async () => {
    const { gateway, sdk } = connect({ CreateDBClusterSnapshot: () => ({}) });

    await gateway.createSnapshot(REGION, 'orders', 'orders-1', { team: 'billing', why: '' });

    expect(sdk.sent).toEqual([{
      region: REGION,
      command: 'CreateDBClusterSnapshot',
      input: { DBClusterIdentifier: 'orders', DBClusterSnapshotIdentifier: 'orders-1', Tags: [{ Key: 'team', Value: 'billing' }, { Key: 'why', Value: '' }] },
    }]);
  });

  test('a copy is asked for in its own Region and never brings the tags of its source along', async () => {
    const { gateway, sdk } = connect({ CopyDBClusterSnapshot: () => ({}) });

    await gateway.copySnapshot(OTHER_REGION, { sourceIdentifierOrArn: ARN, targetIdentifier: 'copy', kmsKeyId: 'alias/there', tags: { team: 'billing' } });

    expect(sdk.sent).toEqual([{
      region: OTHER_REGION,
      command: 'CopyDBClusterSnapshot',
      input: {
        SourceDBClusterSnapshotIdentifier: ARN,
        TargetDBClusterSnapshotIdentifier: 'copy',
        KmsKeyId: 'alias/there',
        CopyTags: false,
        Tags: [{ Key: 'team', Value: 'billing' }],
      },
    }]);
  });

  test.each(['DBClusterSnapshotAlreadyExistsFault', 'DBClusterNotFoundFault'])('%s is the business of the operation', async (name) => {
    const { gateway } = connect({ CreateDBClusterSnapshot: refuse(awsError(name)) });

    await expect(gateway.createSnapshot(REGION, 'orders', 'orders-1', {})).rejects.toMatchObject({ name });
  });
});

describe('a snapshot is deleted', () => {
  test('by its name', async () => {
    const { gateway, sdk } = connect({ DeleteDBClusterSnapshot: () => ({}) });

    await gateway.deleteSnapshot(OTHER_REGION, 'orders-1');

    expect(sdk.sent).toEqual([{ region: OTHER_REGION, command: 'DeleteDBClusterSnapshot', input: { DBClusterSnapshotIdentifier: 'orders-1' } }]);
  });

  test('also when it is gone already', async () => {
    const { gateway } = connect({ DeleteDBClusterSnapshot: refuse(awsError('DBClusterSnapshotNotFoundFault')) });

    await expect(gateway.deleteSnapshot(REGION, 'orders-1')).resolves.toBeUndefined();
  });

  test('not while RDS refuses', async () => {
    const { gateway } = connect({ DeleteDBClusterSnapshot: refuse(awsError('InvalidDBClusterSnapshotStateFault')) });

    await expect(gateway.deleteSnapshot(REGION, 'orders-1')).rejects.toMatchObject({ name: 'InvalidDBClusterSnapshotStateFault' });
  });
});

const TASK: RdsExportTask = {
  ExportTaskIdentifier: 'task-1',
  SourceArn: ARN,
  Status: 'IN_PROGRESS',
  PercentProgress: 30,
  SnapshotTime: new Date('2026-11-22T12:00:00Z'),
  TaskStartTime: new Date('2026-11-22T12:05:00Z'),
  TotalExtractedDataInGB: 7,
  FailureCause: '',
  WarningMessage: '{"skippedTables":["a"]}',
};

const TOLD = {
  identifier: 'task-1',
  sourceArn: ARN,
  status: 'IN_PROGRESS',
  percentProgress: 30,
  snapshotTime: new Date('2026-11-22T12:00:00Z'),
  startTime: new Date('2026-11-22T12:05:00Z'),
  totalExtractedDataInGB: 7,
  failureCause: undefined, // RDS leaves an empty text where there is none
  warningMessage: '{"skippedTables":["a"]}',
};

describe('an export task', () => {
  const input = { identifier: 'task-1', sourceArn: ARN, bucket: 'lake', roleArn: 'role', kmsKeyId: 'key', exportOnly: [] };

  test('is started in its Region, with what was declared', async () => {
    const { gateway, sdk } = connect({ StartExportTask: () => ({}) });

    await gateway.startExportTask(OTHER_REGION, { ...input, prefix: 'aurora', exportOnly: ['orders'] });

    expect(sdk.sent).toEqual([{
      region: OTHER_REGION,
      command: 'StartExportTask',
      input: {
        ExportTaskIdentifier: 'task-1', SourceArn: ARN, S3BucketName: 'lake', S3Prefix: 'aurora', IamRoleArn: 'role', KmsKeyId: 'key', ExportOnly: ['orders'],
      },
    }]);
  });

  test('of everything names no databases at all', async () => {
    const { gateway, sdk } = connect({ StartExportTask: () => ({}) });

    await gateway.startExportTask(REGION, input);

    expect(sdk.inputs).toEqual([expect.objectContaining({ ExportOnly: undefined, S3Prefix: undefined })]);
  });

  test('is found by its identifier, in the words of the library', async () => {
    const { gateway, sdk } = connect({ DescribeExportTasks: () => ({ ExportTasks: [TASK] }) });

    expect(await gateway.findExportTask(REGION, 'task-1')).toEqual(TOLD);
    expect(sdk.inputs).toEqual([{ ExportTaskIdentifier: 'task-1' }]);
  });

  test('of which RDS says nothing more is unknown rather than fine', async () => {
    const { gateway } = connect({ DescribeExportTasks: () => ({ ExportTasks: [{}] }) });

    expect(await gateway.findExportTask(REGION, 'task-1')).toMatchObject({ status: 'unknown', percentProgress: 0 });
  });

  test.each([['RDS says so', refuse(awsError('ExportTaskNotFoundFault', 'gone', { httpStatusCode: 404 }))], ['RDS lists none', () => ({ ExportTasks: [] })]])(
    'that does not exist is undefined: %s', async (_, answer) => {
      expect(await connect({ DescribeExportTasks: answer }).gateway.findExportTask(REGION, 'task-1')).toBeUndefined();
    },
  );

  test('that cannot be looked for is an error, not absent', async () => {
    const { gateway } = connect({ DescribeExportTasks: refuse(awsError('Throttling')) });

    await expect(gateway.findExportTask(REGION, 'task-1')).rejects.toMatchObject({ name: 'Throttling' });
  });

  test('is canceled in its Region', async () => {
    const { gateway, sdk } = connect({ CancelExportTask: () => ({}) });

    await gateway.cancelExportTask(OTHER_REGION, 'task-1');

    expect(sdk.sent).toEqual([{ region: OTHER_REGION, command: 'CancelExportTask', input: { ExportTaskIdentifier: 'task-1' } }]);
  });

  test('that is gone needs no canceling, and one that has ended is the business of the operation', async () => {
    await expect(connect({ CancelExportTask: refuse(awsError('ExportTaskNotFoundFault')) }).gateway.cancelExportTask(REGION, 'x')).resolves.toBeUndefined();
    await expect(connect({ CancelExportTask: refuse(awsError('InvalidExportTaskStateFault')) }).gateway.cancelExportTask(REGION, 'x'))
      .rejects.toMatchObject({ name: 'InvalidExportTaskStateFault' });
  });
});

describe('the list of export tasks', () => {
  const pages: Record<string, object> = {
    first: { ExportTasks: [{ ...TASK, ExportTaskIdentifier: 'one' }], Marker: 'second' },
    second: { ExportTasks: undefined, Marker: 'third' },
    third: { ExportTasks: [{ ...TASK, ExportTaskIdentifier: 'two' }] },
  };

  test('is read to its last page', async () => {
    const { gateway, sdk } = connect({ DescribeExportTasks: ({ Marker = 'first' }: { Marker?: string }) => pages[Marker] });

    expect((await gateway.listExportTasks(REGION)).map(({ identifier }) => identifier)).toEqual(['one', 'two']);
    expect(sdk.inputs).toEqual([undefined, 'second', 'third'].map((Marker) => expect.objectContaining({ MaxRecords: 100, Marker })));
  });

  test('that cannot be read to its end is an error: nobody may take a part for the whole', async () => {
    const { gateway } = connect({
      DescribeExportTasks: ({ Marker = 'first' }: { Marker?: string }) => {
        if (Marker === 'third') {
          throw awsError('Throttling');
        }
        return pages[Marker];
      },
    });

    await expect(gateway.listExportTasks(REGION)).rejects.toMatchObject({ name: 'Throttling' });
  });
});

test('a cluster tells whether it is Serverless v1, which RDS does not export', async () => {
  const { gateway } = connect({ DescribeDBClusters: () => ({ DBClusters: [{ Status: 'available', Engine: 'aurora-mysql', EngineMode: 'serverless' }] }) });

  expect(await gateway.findCluster(REGION, 'orders')).toMatchObject({ engineMode: 'serverless' });
});

test('tags are set and removed by the ARN', async () => {
  const { gateway, sdk } = connect({ AddTagsToResource: () => ({}), RemoveTagsFromResource: () => ({}) });

  await gateway.setTags(REGION, ARN, { team: 'billing' });
  await gateway.removeTags(REGION, ARN, ['why']);

  expect(sdk.sent).toEqual([
    { region: REGION, command: 'AddTagsToResource', input: { ResourceName: ARN, Tags: [{ Key: 'team', Value: 'billing' }] } },
    { region: REGION, command: 'RemoveTagsFromResource', input: { ResourceName: ARN, TagKeys: ['why'] } },
  ]);
});

describe('what a cluster can be restored from', () => {
  const [earliest, latest] = [new Date('2026-11-20T12:00:00Z'), new Date('2026-11-22T11:55:00Z')];

  test('is told of a cluster, which is found by what RDS knows it by for ever', async () => {
    const { gateway, sdk } = connect({
      DescribeDBClusters: () => ({
        DBClusters: [{
          DBClusterIdentifier: 'orders',
          EngineVersion: '16.4',
          EarliestRestorableTime: earliest,
          LatestRestorableTime: latest,
          DBSubnetGroup: 'inner',
          DatabaseName: 'shop',
          StorageEncrypted: true,
          KmsKeyId: 'arn:key',
          AvailabilityZones: ['a', 'b'],
          PubliclyAccessible: false,
          GlobalClusterIdentifier: 'world',
          DBSystemId: 'orcl',
          ClusterScalabilityType: 'standard',
        }],
      }),
    });

    expect(await gateway.findClusterByResourceId(REGION, 'cluster-A1')).toMatchObject({
      identifier: 'orders',
      engineVersion: '16.4',
      earliestRestorableTime: earliest,
      latestRestorableTime: latest,
      subnetGroupName: 'inner',
      availabilityZones: ['a', 'b'],
      publiclyAccessible: false,
      globalClusterIdentifier: 'world',
      systemId: 'orcl',
      scalabilityType: 'standard',
      databaseName: 'shop',
      storageEncrypted: true,
      kmsKeyId: 'arn:key',
    });
    expect(sdk.inputs).toEqual([{ Filters: [{ Name: 'db-cluster-resource-id', Values: ['cluster-A1'] }] }]);
  });

  test('is nothing where no cluster has that id', async () => {
    expect(await connect({ DescribeDBClusters: () => ({ DBClusters: [] }) }).gateway.findClusterByResourceId(REGION, 'cluster-A1')).toBeUndefined();
  });

  test('is told of all automated backups of a name or of an id, to the last page', async () => {
    const described = (id: string) => ({
      DBClusterIdentifier: 'orders', DbClusterResourceId: id, Status: 'retained', Engine: 'aurora-mysql', EngineVersion: '8.0', RestoreWindow: { EarliestTime: earliest, LatestTime: latest },
    });
    const { gateway, sdk } = connect({
      DescribeDBClusterAutomatedBackups: ({ Marker }) => (Marker ? { DBClusterAutomatedBackups: [described('B')] } : { DBClusterAutomatedBackups: [described('A')], Marker: 'more' }),
    });
    const backup = { clusterIdentifier: 'orders', status: 'retained', engine: 'aurora-mysql', engineVersion: '8.0', earliestRestorableTime: earliest, latestRestorableTime: latest };

    expect(await gateway.listAutomatedBackups(REGION, { clusterIdentifier: 'orders' })).toEqual([{ ...backup, resourceId: 'A' }, { ...backup, resourceId: 'B' }]);
    await gateway.listAutomatedBackups(REGION, { resourceId: 'A' });
    expect(sdk.inputs.map((input) => (input as { Filters: unknown }).Filters)).toEqual([
      ...Array(2).fill([{ Name: 'db-cluster-id', Values: ['orders'] }]), ...Array(2).fill([{ Name: 'db-cluster-resource-id', Values: ['A'] }]),
    ]);
  });
});
