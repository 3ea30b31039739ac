import { toldTo } from '../../../src/core/advice';
import { ExportTask } from '../../../src/core/export-task';
import { OwningResource } from '../../../src/core/ownership';
import { WireProperties } from '../../../src/core/resource-contract';
import { ExportToS3 } from '../../../src/runtime/operations/export-to-s3';
import { assigned, exportRequest } from '../../support/assignments';
import { awsError, denied, throttled } from '../../support/errors';
import { CLUSTER_ARN, EXPORT_KEY_ARN, EXPORT_ROLE_ARN, OTHER_ACCOUNT, OTHER_REGION, REGION, SOURCE_ARN } from '../../support/events';
import { anExportTask, taskIdentifier } from '../../support/export-tasks';
import { FakeRds } from '../../support/fake-rds';
import { captureLog } from '../../support/log';
import { RESOURCE, aSnapshot } from '../../support/snapshots';

const logged = captureLog();

const SETTLED = 60;
const request = exportRequest();
const { target } = assigned(request);
const OF_CLUSTER = { SourceArn: CLUSTER_ARN };

async function start(rds: FakeRds, changes: WireProperties = {}, elapsedSeconds = SETTLED) {
  const wanted = exportRequest(changes);
  return toldTo('deploy', await new ExportToS3(rds.asGateway()).start(wanted, { ...assigned(wanted), elapsedSeconds }));
}

const withSource = (facts: Parameters<typeof aSnapshot>[0] = {}) => new FakeRds([aSnapshot(facts)]);
const withCluster = (status: string, engine = 'aurora-postgresql', engineMode = 'provisioned') =>
  Object.assign(new FakeRds(), { clusters: [{ identifier: 'orders', status, engine, engineMode }] });
const withTasks = (...tasks: ExportTask[]) => Object.assign(withSource(), { exportTasks: tasks });
const fails = (message: string | RegExp) => ({ status: 'FAILED', message: expect.stringMatching(message) });
const isRefused = (message: string) => ({ ...fails(message), refused: true });
const isQueued = (reason: string) => ({ status: 'PENDING', queued: true, reason: expect.stringContaining(reason) });

describe('an export is begun', () => {
  test('of a snapshot that is available, with everything that was declared', async () => {
    const rds = withSource();

    expect(await start(rds, { Prefix: 'aurora', ExportOnly: ['orders.public'] })).toMatchObject({ status: 'RUNNING', percent: 0 });
    expect(rds.exports).toEqual([expect.objectContaining({
      identifier: assigned(exportRequest({ Prefix: 'aurora', ExportOnly: ['orders.public'] })).target,
      sourceArn: SOURCE_ARN,
      bucket: 'lake',
      prefix: 'aurora',
      roleArn: EXPORT_ROLE_ARN,
      kmsKeyId: EXPORT_KEY_ARN,
      exportOnly: ['orders.public'],
    })]);
  });

  test('of a live cluster that is available', async () => {
    const rds = withCluster('available');

    expect(await start(rds, OF_CLUSTER)).toMatchObject({ status: 'RUNNING' });
    expect(rds.exports).toEqual([expect.objectContaining({ sourceArn: CLUSTER_ARN })]);
  });

  test.each(['automated', 'manual', 'shared', 'awsbackup'])('of a snapshot of the type %s', async (type) => {
    expect(await start(withSource({ type }))).toMatchObject({ status: 'RUNNING' });
  });
});

describe('the same request never starts a second export', () => {
  test.each([
    ['STARTING', 'RUNNING'], ['IN_PROGRESS', 'RUNNING'], ['COMPLETE', 'SUCCEEDED'], ['FAILED', 'FAILED'], ['CANCELING', 'FAILED'], ['CANCELED', 'FAILED'],
  ])('when the first is %s: %s', async (status, expected) => {
    const rds = withTasks(anExportTask({ identifier: target, status }));

    expect(await start(rds)).toMatchObject({ status: expected });
    expect(rds.writes).toEqual([]);
  });

  test('when the answer of the first try was lost', async () => {
    const rds = withSource().breaks('startExportTask', awsError('TimeoutError'));
    expect(await start(rds)).toMatchObject({ status: 'PENDING' });

    rds.heal();
    await start(rds);
    await start(rds);

    expect(rds.writes).toEqual([`export ${target}`]);
  });

  test('when the first is not listed yet, so that RDS alone knows of it', async () => {
    const rds = withSource().breaks('startExportTask', awsError('ExportTaskAlreadyExistsFault'));

    expect(await start(rds)).toEqual({ status: 'RUNNING', percent: 0, detail: `the export task ${target} was started by an earlier try` });
  });

  test('when it cannot be looked for: then nothing is started', async () => {
    const rds = withSource().breaks('findExportTask', throttled());

    expect(await start(rds)).toMatchObject({ status: 'PENDING' });
    expect(rds.writes).toEqual([]);
  });
});

describe('a role made by the same deploy is given a minute', () => {
  test('before anything is started, because an export that fails uses up its identifier', async () => {
    const rds = withSource();

    expect(await start(rds, {}, SETTLED - 1)).toEqual({ status: 'PENDING', reason: expect.stringContaining('a minute after it was asked for') });
    expect(rds.writes).toEqual([]);
    expect(await start(rds, {}, SETTLED)).toMatchObject({ status: 'RUNNING' });
  });

  test('and is not called queued: a deploy in the background waits for it', async () => {
    expect(await start(withSource(), {}, 0)).not.toHaveProperty('queued');
  });

  test('while what can never succeed is told at once', async () => {
    expect(await start(withSource({ engine: 'docdb' }), {}, 0)).toEqual(fails('only snapshots of aurora-mysql'));
  });
});

describe('a snapshot', () => {
  test.each(['creating', 'copying'])('that is %s is waited for in the queue', async (status) => {
    const rds = withSource({ status, percentProgress: 40 });

    expect(await start(rds, {}, 3000)).toEqual(isQueued(`the source ${SOURCE_ARN} is ${status}, 40 %; the export starts when it is available`));
    expect(rds.writes).toEqual([]);
  });

  test.each(['failed', 'deleting', 'incompatible-restore'])('that is %s is refused', async (status) => {
    expect(await start(withSource({ status }))).toEqual(fails(`is '${status}' and cannot be exported; take another snapshot`));
  });

  test.each(['neptune', 'docdb', 'mysql', 'postgres'])('of %s is refused', async (engine) => {
    expect(await start(withSource({ engine }))).toEqual(fails(`is of '${engine}'; only snapshots of aurora-mysql and aurora-postgresql are supported`));
  });

  test('that is not listed is waited for during five minutes, then told', async () => {
    expect(await start(new FakeRds(), {}, 299)).toEqual({ status: 'PENDING', reason: `the source ${SOURCE_ARN} is not listed by RDS yet` });
    expect(await start(new FakeRds(), {}, 300)).toEqual(fails('does not exist or is not shared with this account'));
  });

  test('that no deploy waits for may itself be waiting for its turn: queued, for as long as it is watched', async () => {
    const own = { SourceMayBeQueued: 'true' };

    expect(await start(new FakeRds(), own, 299)).not.toHaveProperty('queued');
    expect(await start(new FakeRds(), own, 300)).toEqual(isQueued(`the source ${SOURCE_ARN} is not there yet; as no deploy waits for it, it may still wait`));
    expect(await start(new FakeRds(), own, 7 * 24 * 3600 - 1)).toMatchObject({ queued: true });
    expect(await start(new FakeRds(), own, 7 * 24 * 3600)).toEqual(fails('does not exist'));
  });
});

describe('a live cluster', () => {
  test.each(['backing-up', 'modifying', 'creating', 'upgrading', 'a-state-of-tomorrow'])('that is %s is waited for in the queue', async (status) => {
    const rds = withCluster(status);

    expect(await start(rds, OF_CLUSTER, 3000)).toEqual(isQueued(`the cluster 'orders' is '${status}'; its export waits until it is 'available'`));
    expect(rds.writes).toEqual([]);
  });

  test.each(['stopped', 'inaccessible-encryption-credentials', 'deleting'])('that is %s does not become available by itself', async (status) => {
    expect(await start(withCluster(status), OF_CLUSTER)).toEqual(fails(`is '${status}', which does not end by itself; bring .* back to 'available'`));
  });

  test.each(['neptune', 'docdb', 'mysql'])('of %s is refused', async (engine) => {
    expect(await start(withCluster('available', engine), OF_CLUSTER)).toEqual(fails(`runs '${engine}'; only aurora-mysql and aurora-postgresql`));
  });

  test('of Serverless v1 is refused, with the way around', async () => {
    expect(await start(withCluster('available', 'aurora-mysql', 'serverless'), OF_CLUSTER)).toEqual(fails(/Serverless v1, which RDS does not export; take a snapshot, restore it/));
  });

  test('that does not exist is told with where it was looked for', async () => {
    expect(await start(Object.assign(new FakeRds(), { clusters: [] }), OF_CLUSTER)).toEqual(fails(`there is no cluster 'orders' in ${REGION}`));
  });
});

test.each(['orders', 'arn:aws:rds:eu-west-1:111111111111:snapshot:orders', 'arn:aws:s3:::lake'])('%s is no source', async (source) => {
  const rds = new FakeRds();

  expect(await start(rds, { SourceArn: source })).toEqual(fails(`source must be the ARN of a DB cluster snapshot or of a DB cluster, got '${source}'`));
  expect(rds.writes).toEqual([]);
});

describe('as many exports as RDS allows are in progress', () => {
  const OTHER = SOURCE_ARN.replace('by-hand', 'other');
  const others = (count: number, facts: Partial<ExportTask> = {}) =>
    Array.from({ length: count }, (_, index) => anExportTask({ identifier: `other-${index}`, sourceArn: `${OTHER}-${index}`, ...facts }));
  const refusedWith = (error: Error, ...tasks: ExportTask[]) => start(withTasks(...tasks).breaks('startExportTask', error), {}, 3000);

  // RDS documents no code for it, so that any refusal may be the one.
  const REFUSALS = [
    awsError('ExportTaskLimitReachedFault', 'You have reached the limit of 5 export tasks'),
    awsError('LimitExceeded', 'too many'), awsError('InvalidParameterValue', 'too many'), awsError('InvalidExportSourceStateFault', 'busy'),
    awsError('SomethingOfTomorrow', 'too many'),
  ];

  test.each(REFUSALS)('%s: it is queued when five are in progress, whoever started them', async (refusal) => {
    expect(await refusedWith(refusal, ...others(5))).toEqual(isQueued('waits for its turn'));
  });

  test.each(REFUSALS)('%s: it is queued when another of the same source is in progress', async (refusal) => {
    expect(await refusedWith(refusal, anExportTask())).toMatchObject({ status: 'PENDING', queued: true });
  });

  test('the reason says which of the two it is, in the words of AWS too', async () => {
    const refusal = awsError('LimitExceeded', 'words of AWS');

    expect(await refusedWith(refusal, ...others(5))).toEqual(isQueued('5 exports are in progress and RDS runs 5 of an account at a time; this one waits for its turn: LimitExceeded: words of AWS'));
    expect(await refusedWith(refusal, anExportTask())).toEqual(isQueued('the export task by-hand of the same source is in progress, and RDS runs one at a time: LimitExceeded: words of AWS'));
  });

  test('what waits for an export of its own resource says so: that ends with the deploy, and no sooner', async () => {
    const former = anExportTask({ identifier: taskIdentifier('fedcba9876543210', 'earlier') });
    const ofOther = anExportTask({ identifier: taskIdentifier('fedcba9876543210', 'earlier', { ...RESOURCE, logicalId: 'Other' }) });

    expect(await refusedWith(awsError('LimitExceeded'), former)).toMatchObject({ queued: true, awaitsFormer: true });
    expect(await refusedWith(awsError('LimitExceeded'), ofOther)).not.toHaveProperty('awaitsFormer');
    expect(await refusedWith(awsError('LimitExceeded'), anExportTask())).not.toHaveProperty('awaitsFormer');
  });

  test('the code that users have told is believed without asking', async () => {
    expect(await refusedWith(awsError('ExportTaskLimitReached'))).toMatchObject({ queued: true });
  });

  test('a refusal for another reason is told, with four or with ended ones', async () => {
    const refusal = awsError('InvalidParameterValue', 'the prefix is odd');
    const ended = ['COMPLETE', 'FAILED', 'CANCELED'].flatMap((status) => [...others(5, { status }), anExportTask({ status })]);

    expect(await refusedWith(refusal, ...others(4))).toEqual(fails('InvalidParameterValue: the prefix is odd'));
    expect(await refusedWith(refusal, ...ended)).toEqual(fails('InvalidParameterValue: the prefix is odd'));
  });

  test('one that is being canceled still takes a place', async () => {
    expect(await refusedWith(awsError('LimitExceeded'), ...others(5, { status: 'CANCELING' }))).toMatchObject({ queued: true });
  });

  test('exports of another Region are none of its business', async () => {
    expect(await refusedWith(awsError('LimitExceeded'), ...others(5, { sourceArn: SOURCE_ARN.replace(REGION, OTHER_REGION) }))).toMatchObject({ status: 'FAILED' });
  });

  test('it goes on when one of them ends', async () => {
    const rds = withTasks(...others(5)).breaks('startExportTask', awsError('LimitExceeded'));
    expect(await start(rds)).toMatchObject({ status: 'PENDING' });

    rds.heal();
    expect(await start(rds)).toMatchObject({ status: 'RUNNING' });
  });
});

describe('an error', () => {
  const refused = (error: Error, elapsedSeconds: number) => start(withSource().breaks('startExportTask', error), {}, elapsedSeconds);

  test.each([
    denied(), awsError('IamRoleNotFoundFault', 'The specified role cannot be found'), awsError('IamRoleMissingPermissionsFault', 'cannot be assumed'),
    awsError('KMSKeyNotAccessibleFault', 'not accessible'), awsError('InvalidS3BucketFault', 'The specified bucket cannot be found'),
  ])('of rights (%s) is waited for during five minutes, then told', async (error) => {
    expect(await refused(error, 299)).toEqual({ status: 'PENDING', reason: expect.stringContaining(`exporting ${SOURCE_ARN} to the bucket 'lake' is not allowed yet`) });
    expect(await refused(error, 300)).toEqual(isRefused(`exporting ${SOURCE_ARN} to the bucket 'lake' is not allowed, also after 5 minutes`));
  });

  test('of rights is not called queued, so that a deploy in the background fails over it', async () => {
    expect(await refused(denied(), 100)).not.toHaveProperty('queued');
  });

  test('of rights is not taken for a limit, however many exports are in progress', async () => {
    const rds = withTasks(...Array.from({ length: 6 }, () => anExportTask())).breaks('startExportTask', denied());

    expect(await start(rds, {}, 300)).toMatchObject({ status: 'FAILED' });
  });

  test('that passes is tried again, however late', async () => {
    expect(await refused(throttled(), 3000)).toEqual({ status: 'PENDING', reason: expect.stringContaining('tried again') });
  });

  test('of what was declared is told at once, in the words of AWS', async () => {
    expect(await refused(awsError('InvalidExportOnlyFault', 'The export is invalid'), SETTLED)).toEqual(fails('InvalidExportOnlyFault: The export is invalid'));
  });

  test('of the list of exports decides nothing', async () => {
    const rds = withSource().breaks('startExportTask', awsError('LimitExceeded')).breaks('listExportTasks', throttled());

    expect(await start(rds)).toMatchObject({ status: 'PENDING' });
  });

  test.each(['findSnapshot', 'findExportTask'] as const)('of a look (%s) is waited for as rights are', async (call) => {
    const rds = withSource().breaks(call, denied());

    expect(await start(rds, {}, 299)).toMatchObject({ status: 'PENDING' });
    expect(await start(rds, {}, 300)).toMatchObject({ status: 'FAILED' });
  });
});

describe('one look', () => {
  const check = (rds: FakeRds, elapsedSeconds = 0) => new ExportToS3(rds.asGateway()).check(request, { ...assigned(request), elapsedSeconds });

  test('never writes', async () => {
    const rds = withSource();
    await check(rds);

    expect(rds.writes).toEqual([]);
  });

  test('of what RDS does not list says that it is unseen, which is not failed', async () => {
    expect(await check(new FakeRds(), 3000)).toEqual({ status: 'PENDING', unseen: true, reason: `RDS does not list the export task ${target} yet` });
  });

  test('that fails says nothing about the export: it is not unseen', async () => {
    expect(await check(new FakeRds().breaks('findExportTask', throttled()))).toEqual({
      status: 'PENDING', reason: expect.stringContaining(`looking at ${target} did not succeed, and is to be tried again`),
    });
  });

  test.each([['IN_PROGRESS', 'RUNNING'], ['COMPLETE', 'SUCCEEDED'], ['FAILED', 'FAILED']])('shows what is %s as %s', async (status, expected) => {
    expect(await check(withTasks(anExportTask({ identifier: target, status })))).toMatchObject({ status: expected });
  });
});

describe('canceling', () => {
  const cancel = (rds: FakeRds, exportTask = target, elapsedSeconds = 0, resource: OwningResource = RESOURCE) =>
    new ExportToS3(rds.asGateway()).cancel({ exportTask, region: REGION }, resource, elapsedSeconds);
  const withMine = (status: string) => withTasks(anExportTask({ identifier: target, status, percentProgress: 40 }));

  test.each(['STARTING', 'IN_PROGRESS', 'A_STATE_OF_TOMORROW'])('stops our own task that is %s, and waits until it is canceled', async (status) => {
    const rds = withMine(status);

    expect(await cancel(rds)).toEqual({ status: 'RUNNING', percent: 40, detail: `the export task ${target} is being canceled` });
    expect(await cancel(rds)).toMatchObject({ status: 'RUNNING' });
    expect(rds.writes).toEqual([`cancel ${target}`]); // once

    rds.changeTask(target, { status: 'CANCELED' });
    expect(await cancel(rds)).toEqual({ status: 'SUCCEEDED' });
  });

  test.each(['COMPLETE', 'FAILED', 'CANCELED'])('leaves a task that is %s: what was exported stays', async (status) => {
    const rds = withMine(status);

    expect(await cancel(rds)).toEqual({ status: 'SUCCEEDED' });
    expect(rds.writes).toEqual([]);
  });

  test('of a task that RDS does not list is done', async () => {
    expect(await cancel(new FakeRds())).toEqual({ status: 'SUCCEEDED' });
  });

  // The right to cancel is on all tasks of the account, because RDS knows no resource for it.
  test.each<[string, string]>([
    ['by hand', 'by-hand'],
    ['by another resource of the stack', taskIdentifier('0123456789abcdef', 'x', { ...RESOURCE, logicalId: 'Other' })],
    ['by another stack', taskIdentifier('0123456789abcdef', 'x', { ...RESOURCE, owner: 'cab-00000000' })],
    ['by an earlier stack of the same name', taskIdentifier('0123456789abcdef', 'x', { ...RESOURCE, stackId: 'earlier' })],
  ])('never stops what was started %s, and says so', async (_, identifier) => {
    const rds = withTasks(anExportTask({ identifier }));

    expect(await cancel(rds, identifier)).toEqual({ status: 'SUCCEEDED' });
    expect(rds.writes).toEqual([]);
    expect(logged()).toEqual([expect.objectContaining({ level: 'WARN', message: expect.stringContaining('this resource did not start it'), exportTask: identifier })]);
  });

  test('is patient with a task whose state does not allow it now', async () => {
    const rds = withMine('IN_PROGRESS').breaks('cancelExportTask', awsError('InvalidExportTaskStateFault', 'is ending'));

    expect(await cancel(rds, target, 3000)).toEqual({
      status: 'RUNNING', percent: 0, detail: `the export task ${target} cannot be canceled in its present state: InvalidExportTaskStateFault: is ending`,
    });
  });

  test('is patient with rights for five minutes, and with throttling', async () => {
    expect(await cancel(withMine('IN_PROGRESS').breaks('cancelExportTask', denied()), target, 299)).toMatchObject({ status: 'PENDING' });
    expect(await cancel(withMine('IN_PROGRESS').breaks('cancelExportTask', denied()), target, 300)).toMatchObject(isRefused(`canceling the export task ${target} is not allowed`));
    expect(await cancel(withMine('IN_PROGRESS').breaks('findExportTask', throttled()), target, 3000)).toMatchObject({ status: 'PENDING' });
  });
});

test('what another account shares is exported by its ARN', async () => {
  const shared = aSnapshot({ account: OTHER_ACCOUNT, type: 'shared' });
  const rds = new FakeRds([shared]);

  expect(await start(rds, { SourceArn: shared.arn })).toMatchObject({ status: 'RUNNING' });
  expect(rds.exports[0].sourceArn).toBe(shared.arn);
});
