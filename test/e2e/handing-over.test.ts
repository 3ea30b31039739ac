import { RemovalPolicy } from 'aws-cdk-lib';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Lake } from '../local/lake';
import { HERE, THERE } from '../local/world';
import { Declaration, DeployedStack } from './support/deployed-stack';
import { useLocalAws } from './support/e2e';
import { exportOfCluster, exportOfSnapshot, prepareLake } from './support/exports';
import { operatorsIn, prepareOperators } from './support/operators';
import { COPY, SNAPSHOT, copyOf, prepareWorld, snapshotArn, snapshotOfOrders, somethingThatFails, together } from './support/subjects';
import { told, toldOnce } from './support/told';
import { until } from './support/until';
import { UPGRADED, upgraded } from './support/upgrade';
import { ClusterSnapshot, ClusterSnapshotCopy, Completion, ExportSource, ExportTask, TimeoutBehavior } from 'cdk-aurora-backup';

const aws = useLocalAws();
let lake: Lake;
beforeEach(async () => {
  await aws.local.settings({ snapshotSeconds: 30, copySeconds: 30, exportSeconds: 3 * HOUR });
  await prepareWorld(aws);
  lake = await prepareLake(aws);
  await prepareOperators(aws);
});

const HOUR = 3600;
const MINUTE = 60;
const START_EXPORT = 'rds:StartExportTask';
const START = 'AuroraBackupOperationsStart';
const IS_COMPLETE = 'AuroraBackupOperationsIsComplete';
const ALWAYS = 100_000;
const background = Completion.background();
const waitsForTheResult = Completion.waitFor({ onTimeout: TimeoutBehavior.FAIL });

/** Of the snapshot `source`, with operators who are told how it ends. */
const exported = (trigger: string, completion?: Completion): Declaration => (
  exportOfSnapshot(lake, (stack) => ({ trigger, completion, notificationTopic: operatorsIn(stack) })));

const statuses = async () => (await aws.exports()).map((task) => task.Status);
const running = async () => (await aws.watches()).filter((watch) => watch.status === 'RUNNING' && !watch.isReport);
/** What ended how, of the executions that watch. */
const watches = async () => (await aws.watches()).filter((watch) => !watch.isReport).map((watch) => watch.status);

/** The clock jumps, again and again; every jump is shorter than what could be missed. */
async function timePasses(seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 10 * MINUTE) {
    await aws.local.clock({ advance: 10 * MINUTE });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Lets time pass until no watch goes on, and says what was told then. */
async function toldInTheEnd() {
  await until('nothing is watched any more', async () => {
    await timePasses(10 * MINUTE);
    return (await running()).length === 0;
  });
  return told(aws);
}

/** Deploys an export that is handed over while RDS works on it. */
async function deployWatched(trigger = 'a') {
  const shop = aws.stack();
  expect(await shop.deploy(exported(trigger, background))).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });
  expect(await running()).toHaveLength(1);
  return shop;
}

/** Deploys an export that is handed over while it waits for its source. */
async function deployQueued() {
  await aws.local.setStatus(snapshotArn('source'), 'creating', { percent: 40 });
  const shop = await deployWatched();
  expect(await statuses()).toEqual([]);
  return shop;
}

describe('an export that takes three hours', () => {
  test('lets the deploy end when its time is up, is watched to its end, and told once in each way', async () => {
    const shop = aws.stack();
    await shop.begin(exported('a', Completion.waitFor()));
    await aws.logged({ message: 'progress', status: 'RUNNING' });
    await timePasses(40 * MINUTE);

    expect(await shop.settled()).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });
    expect(await running()).toHaveLength(1);
    expect(await aws.outcomes()).toEqual([]);

    expect(await toldInTheEnd()).toEqual(toldOnce('export', 'SUCCEEDED', /^Export complete: Export/));
    const [{ Detail: detail, Resources: resources }] = await aws.outcomes();
    const [task] = await aws.exports();
    expect(detail).toMatchObject({
      version: '1',
      stackId: shop.id,
      logicalId: expect.stringMatching(/^Export/),
      sourceArn: snapshotArn('source'),
      exportTaskIdentifier: task.ExportTaskIdentifier,
      s3Uri: `s3://lake/${task.ExportTaskIdentifier}`,
      result: { TotalExtractedDataInGB: '2' },
    });
    expect(resources[0]).toBe(snapshotArn('source'));
    expect(task.Status).toBe('COMPLETE');
    expect(await watches()).toEqual(['SUCCEEDED']);
    expect(await aws.local.calls({ action: START_EXPORT })).toHaveLength(1);
  });

  test('fails behind the back of the deploy: operators read what RDS said and what to do', async () => {
    await aws.local.fault({ kind: 'endsFailed', action: START_EXPORT, message: 'The IAM role arn:aws:iam::111111111111:role/x isn\'t authorized to call s3:PutObject on the S3 bucket lake.' });
    await deployWatched();

    expect(await toldInTheEnd()).toEqual(toldOnce('export', 'FAILED', /^Export FAILED: Export/));
    const [{ Message: message }] = await aws.local.notifications();
    expect(message).toMatch(/^the export task cab-.* failed\. RDS said: The IAM role .* isn't authorized to call s3:PutObject/);
    expect(message).toMatch(/Then deploy again with another trigger/);
    expect(await watches()).toEqual(['FAILED']);
  });
});

describe('work in the background', () => {
  test('a snapshot, the copy of it and the export of the copy wait for each other without the deploy', async () => {
    await aws.local.settings({ snapshotSeconds: HOUR, copySeconds: HOUR, exportSeconds: HOUR });

    expect(await aws.stack().deploy((stack) => {
      snapshotOfOrders({ completion: background })(stack);
      const copy = new ClusterSnapshotCopy(stack, 'Copy', { source: stack.node.findChild('Snapshot') as ClusterSnapshot, completion: background });
      exportOfSnapshot(lake, { source: ExportSource.snapshot(copy), completion: background })(stack);
    })).toMatchObject({ status: 'CREATE_COMPLETE' });
    expect((await aws.made()).map((snapshot) => snapshot.Status)).toEqual(['creating']);

    expect(await toldInTheEnd()).toEqual({ ...toldOnce('', 'SUCCEEDED'), events: ['take SUCCEEDED', 'copy SUCCEEDED', 'export SUCCEEDED'], metrics: ['take SUCCEEDED', 'copy SUCCEEDED', 'export SUCCEEDED'] });
    const [taken, copied] = await aws.made();
    expect(copied).toMatchObject({ Status: 'available', SourceDBClusterSnapshotArn: taken.DBClusterSnapshotArn });
    expect(await aws.exports()).toMatchObject([{ Status: 'COMPLETE', SourceArn: copied.DBClusterSnapshotArn }]);
  });

  test.each([['snapshot', SNAPSHOT, 'Snapshot'], ['copy', COPY, 'Copy']] as const)('a %s is made once, and kept', async (_, subject, id) => {
    await aws.local.settings({ [subject.seconds]: HOUR });
    const shop = aws.stack();
    expect(await shop.deploy(subject.declared({ completion: background }))).toMatchObject({ status: 'CREATE_COMPLETE' });

    expect(await toldInTheEnd()).toEqual(toldOnce(subject.operation, 'SUCCEEDED'));
    expect(await aws.made(subject.region)).toMatchObject([{ Status: 'available', DBClusterSnapshotArn: await shop.physicalId(id) }]);
    expect(await aws.local.calls({ action: subject.action })).toHaveLength(1);
  });

  test.each([['snapshot', SNAPSHOT], ['copy', COPY]] as const)('a %s that is destroyed while RDS works on it leaves nothing', async (_, subject) => {
    await aws.local.settings({ [subject.seconds]: 40 * MINUTE });
    const shop = aws.stack();
    await shop.deploy(subject.declared({ completion: background, removalPolicy: RemovalPolicy.DESTROY }));
    await shop.beginDestroy();
    await aws.logged({ message: 'snapshot released' });
    await aws.local.clock({ advance: 40 * MINUTE });

    expect(await shop.settled()).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });
    expect(await aws.made(subject.region)).toEqual([]);
    expect(await told(aws)).toMatchObject({ events: [] });
  });

  test.each([
    ['complete', {}, 'SUCCEEDED'],
    ['failed', { kind: 'endsFailed', action: SNAPSHOT.action }, 'FAILED'],
  ] as const)('an earlier snapshot stays, under DESTROY, while it is not known how the next one ends; when that is %s, all go with the stack', async (_, fault, status) => {
    const taken = (trigger: string, completion?: Completion) => snapshotOfOrders({ trigger, completion, removalPolicy: RemovalPolicy.DESTROY });
    const shop = aws.stack();
    await shop.deploy(taken('a'));
    await aws.local.settings({ snapshotSeconds: HOUR });
    if ('kind' in fault) {
      await aws.local.fault(fault);
    }

    expect(await shop.deploy(taken('b', background))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
    expect((await aws.made()).map((snapshot) => snapshot.Status)).toEqual(['available', 'creating']);

    expect(await toldInTheEnd()).toMatchObject({ events: ['take SUCCEEDED', `take ${status}`] });
    expect((await aws.made())[0]).toMatchObject({ Status: 'available' });
    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });
    expect(await aws.made()).toEqual([]);
  });

  test('a copy that waits for one of five places is handed over, and begins in its turn', async () => {
    await aws.local.settings({ copySeconds: 10 * HOUR });
    for (let n = 1; n <= 5; n++) {
      await aws.world.copy(snapshotArn('source'), `other-${n}`, {}, THERE);
    }
    await aws.local.settings({ copySeconds: 30 });
    expect(await aws.stack().deploy(copyOf(snapshotArn('source'), { region: THERE, completion: background }))).toMatchObject({ status: 'CREATE_COMPLETE' });
    expect(await aws.made(THERE)).toEqual([]);
    await timePasses(HOUR);
    expect(await aws.outcomes()).toEqual([]);

    await aws.local.setStatus(snapshotArn('other-3', THERE), 'available');

    expect(await toldInTheEnd()).toEqual(toldOnce('copy', 'SUCCEEDED'));
    expect(await aws.made(THERE)).toMatchObject([{ Status: 'available' }]);
  });

  test('what AWS refuses for good is no background work: the deploy fails', async () => {
    await aws.local.fault({ kind: 'deny', action: START_EXPORT, times: ALWAYS });
    const shop = aws.stack();
    await shop.begin(exported('a', background));
    await aws.called(START_EXPORT, { decision: 'denied' });
    await aws.local.clock({ advance: 310 });

    expect(await shop.settled()).toMatchObject({ status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/is not allowed, also after 5 minutes/)] });
    expect(await watches()).toEqual([]);
  });
});

describe('a stack that is rolled back', () => {
  /** Nothing is left that works or watches, and nothing begins late. */
  async function nothingGoesOn(expected: string[]) {
    await aws.local.setStatus(snapshotArn('source'), 'available');
    await timePasses(HOUR);
    await aws.pollingEnds();
    expect(await running()).toEqual([]);
    expect(await statuses()).toEqual(expected);
    expect((await aws.outcomes()).filter((event) => event.Detail.status === 'SUCCEEDED')).toEqual([]);
  }

  test('while the deploy waits for its export cancels it, under an id that CloudFormation invents', async () => {
    aws.excuseLatePolls();
    const shop = aws.stack();
    await shop.begin(exported('a', waitsForTheResult));
    await aws.logged({ message: 'progress', status: 'RUNNING' });
    await shop.failElsewhere();

    expect(await shop.settled()).toMatchObject({ status: 'ROLLBACK_COMPLETE' });
    await nothingGoesOn(['CANCELED']);
    const [deletion] = await aws.local.calls({ principal: 'cloudformation.amazonaws.com', parameters: 'Delete' });
    expect(deletion.parameters.Payload.PhysicalResourceId).toMatch(/^Shop-Export/);
  });

  test('after its export was handed over cancels it and ends the watch', async () => {
    expect(await aws.stack().deploy(together(exported('a', background), somethingThatFails('Export')))).toMatchObject({ status: 'ROLLBACK_COMPLETE' });

    await nothingGoesOn(['CANCELED']);
  });

  test('while its export waits for its turn in the watch never starts it', async () => {
    await aws.local.setStatus(snapshotArn('source'), 'creating', { percent: 40 });
    expect(await aws.stack().deploy(together(exported('a', background), somethingThatFails('Export')))).toMatchObject({ status: 'ROLLBACK_COMPLETE' });

    await nothingGoesOn([]);
  });

  test.each([
    ['runs', 'available', ['CANCELED']],
    ['waits for its turn', 'creating', []],
  ])('when a watch has begun of which the deploy never heard, and its export %s: both end', async (_, status, expected) => {
    await aws.local.setStatus(snapshotArn('source'), status);
    await aws.local.fault({ kind: 'killLambda', action: 'states:StartExecution', principal: START, when: 'after', times: ALWAYS });
    aws.excuseLatePolls();
    const shop = aws.stack();
    await shop.begin(exported('a', background));
    await aws.called('states:StartExecution', { principal: START });
    await shop.failElsewhere();

    expect(await shop.settled()).toMatchObject({ status: 'ROLLBACK_COMPLETE' });
    await aws.local.clearFaults();
    await nothingGoesOn(expected);
    const [deletion] = await aws.local.calls({ principal: 'cloudformation.amazonaws.com', parameters: 'Delete' });
    expect(deletion.parameters.Payload.PhysicalResourceId).toMatch(/^Shop-Export/);
  });

  test.each([
    ['complete', '0'],
    ['still running', '1'],
  ])('from an update goes back to an export that is %s, and the one of the update does not begin', async (_, stillRunning) => {
    const shop = await deployWatched();
    if (stillRunning === '0') {
      await timePasses(3 * HOUR);
      await aws.pollingEnds();
    }
    const before = await running();
    const [earlier] = await aws.exports();

    expect(await shop.deploy(together(exported('b', background), somethingThatFails('Export')))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });

    expect(await running()).toEqual(before);
    expect(await shop.physicalId('Export')).toContain(earlier.ExportTaskIdentifier);

    expect(await toldInTheEnd()).toEqual(toldOnce('export', 'SUCCEEDED', /complete/));
    expect((await aws.exports()).filter((task) => task.Status === 'COMPLETE')).toEqual([expect.objectContaining({ ExportTaskIdentifier: earlier.ExportTaskIdentifier })]);
    expect((await statuses()).every((status) => status === 'COMPLETE' || status === 'CANCELED')).toBe(true);
  });
});

describe('a stack that is destroyed', () => {
  test('while its export is watched cancels it; what was exported until then stays', async () => {
    const shop = await deployWatched();
    await timePasses(2 * HOUR);
    const [task] = await aws.exports();
    expect(task.PercentProgress).toBeGreaterThan(50);
    const written = await lake.objects();
    expect(written).not.toEqual([]);

    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });

    expect(await statuses()).toEqual(['CANCELED']);
    expect(await lake.objects()).toEqual(written);
    expect(await aws.outcomes()).toEqual([]);
  });

  test('while its export waits for its turn leaves nothing that would begin', async () => {
    const shop = await deployQueued();

    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });
    await aws.local.setStatus(snapshotArn('source'), 'available');
    await timePasses(HOUR);

    expect(await statuses()).toEqual([]);
    expect(await aws.outcomes()).toEqual([]);
  });

  test('while the watch starts the export, which RDS does not list yet, cancels it all the same', async () => {
    const shop = await deployQueued();
    // Slow enough that the deletion looks before RDS shows the task.
    await aws.local.clock({ speed: 10 });
    await aws.local.settings({ exportVisibilitySeconds: 40 });
    await aws.local.setStatus(snapshotArn('source'), 'available');
    await aws.called(START_EXPORT);

    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });

    expect(await statuses()).toEqual(['CANCELED']);
    expect(await aws.local.calls({ action: 'rds:CancelExportTask' })).toHaveLength(1);
  });
});

describe('an update during the watch', () => {
  test('to another release of the library does not lose it: the new functions watch on', async () => {
    const shop = await deployWatched();
    const before = await running();

    expect(await shop.deploy(upgraded(exported('a', background)))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });

    expect(await running()).toEqual(before);

    expect(await toldInTheEnd()).toEqual(toldOnce('export', 'SUCCEEDED', /complete/));
    await aws.logged(UPGRADED);
  });

  test('to another release while the export waits for its turn does not lose it either', async () => {
    const shop = await deployQueued();

    expect(await shop.deploy(upgraded(exported('a', background)))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
    await aws.local.setStatus(snapshotArn('source'), 'available');

    expect(await toldInTheEnd()).toEqual(toldOnce('export', 'SUCCEEDED', /complete/));
    expect(await aws.local.calls({ action: START_EXPORT })).toHaveLength(1);
  });

  test('that now waits for the result gets it, and only the watch tells it', async () => {
    await aws.local.settings({ exportSeconds: 40 * MINUTE });
    const shop = await deployWatched();
    await shop.begin(exported('a', waitsForTheResult));
    await aws.logged({ message: 'progress', requestType: 'Update', status: 'RUNNING' });
    await timePasses(30 * MINUTE);

    expect(await shop.settled()).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
    expect(await toldInTheEnd()).toEqual(toldOnce('export', 'SUCCEEDED', /complete/));
    expect(await statuses()).toEqual(['COMPLETE']);
  });

  test.each([
    ['in the background', background],
    ['and waits for it as long as there is something to wait for', undefined],
  ])('to another trigger exports anew %s, and the earlier export ends without having failed', async (_, completion) => {
    const shop = await deployWatched();

    expect(await shop.deploy(exported('b', completion))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });

    expect(await toldInTheEnd()).toEqual(toldOnce('export', 'SUCCEEDED', /complete/));
    expect(await statuses()).toEqual(['CANCELED', 'COMPLETE']);
    expect(await shop.physicalId('Export')).toContain((await aws.exports())[1].ExportTaskIdentifier);
  });
});

describe('a fault during the watch', () => {
  test('functions that die for a while: it goes on, and the end is told once', async () => {
    await deployWatched();
    await aws.local.fault({ kind: 'killLambda', action: 'rds:DescribeExportTasks', principal: IS_COMPLETE, times: 2 });

    expect(await toldInTheEnd()).toEqual(toldOnce('export', 'SUCCEEDED', /complete/));
    expect(await aws.local.faults()).toMatchObject([{ fired: 2 }]);
  });

  test.each(['before', 'after'] as const)('the function dies %s it has started the export: exactly one is made', async (when) => {
    await deployQueued();
    await aws.local.fault({ kind: 'killLambda', action: START_EXPORT, when });
    await aws.local.setStatus(snapshotArn('source'), 'available');

    expect(await toldInTheEnd()).toEqual(toldOnce('export', 'SUCCEEDED', /complete/));
    expect(await statuses()).toEqual(['COMPLETE']);
    expect(await aws.local.faults()).toMatchObject([{ fired: 1 }]);
  });

  /** Something in the account forbids the state machine what its own role allows. */
  async function forbid(shop: DeployedStack, action: string) {
    const role = await shop.physicalId('AuroraBackupOperationsWatchRole');
    aws.excuse((call) => call.role === role);
    await lake.rights([{ Effect: 'Deny', Action: action, Resource: '*' }], role);
    return () => lake.rights([{ Effect: 'Deny', Action: 'sts:TagSession', Resource: '*' }], role);
  }

  test('functions that cannot be called any more: the watch says so, and leaves the export alone', async () => {
    const shop = await deployWatched();
    await forbid(shop, 'lambda:InvokeFunction');

    expect(await toldInTheEnd()).toEqual({ ...toldOnce('export', 'FAILED', /FAILED/), metrics: [] });
    expect((await aws.outcomes())[0].Detail.message).toMatch(/the watch over cab-.* ended because its own functions failed again and again.*left as it is/);
    expect(await aws.local.calls({ action: 'rds:CancelExportTask' })).toEqual([]);
  });

  test.each([
    ['events:PutEvents'],
    ['sns:Publish'],
  ])('%s is refused for a while: everybody is told once all the same', async (action) => {
    await aws.local.settings({ exportSeconds: 10 * MINUTE });
    const shop = await deployWatched();
    const allow = await forbid(shop, action);
    await timePasses(20 * MINUTE);
    await aws.called(action, { decision: 'denied' });
    await allow();

    expect(await toldInTheEnd()).toEqual(toldOnce('export', 'SUCCEEDED', /complete/));
    expect(await watches()).toEqual(['SUCCEEDED']);
  });

  test('events are always refused: operators are told nevertheless, and the execution says what was not', async () => {
    await aws.local.settings({ exportSeconds: 10 * MINUTE });
    await forbid(await deployWatched(), 'events:PutEvents');

    expect(await toldInTheEnd()).toEqual({ ...toldOnce('export', 'SUCCEEDED', /complete/), events: [] });
    expect(await watches()).toEqual(['FAILED']);
  });

  test('RDS throttles every look for hours: the watch waits it out', async () => {
    await deployWatched();
    await aws.local.fault({ kind: 'throttle', action: 'rds:DescribeExportTasks', times: 30 });

    expect(await toldInTheEnd()).toEqual(toldOnce('export', 'SUCCEEDED', /complete/));
    expect(await aws.local.faults()).toMatchObject([{ fired: 30 }]);
  });
});

test('what never ends is watched for seven days, and then left as it is', async () => {
  await aws.local.settings({ exportSeconds: 10 * 24 * HOUR });
  await deployWatched();
  await aws.local.clock({ speed: 20_000 });

  expect(await told(aws)).toEqual(toldOnce('export', 'FAILED', /FAILED/));
  expect((await aws.outcomes())[0].Detail.message).toMatch(/not finished after 7 days, so cab-.* is no longer watched and is left as it is\. Last seen: .*IN_PROGRESS, [56]\d %/);
  expect(await statuses()).toEqual(['IN_PROGRESS']);
});

test.each([
  ['waits for', undefined],
  ['hands over', background],
])('a rule that is made after an export that the same deploy %s hears how it ended', async (_, completion) => {
  await aws.local.settings({ exportSeconds: 5 * MINUTE });
  const shop = aws.stack();

  expect(await shop.deploy((stack) => {
    exportOfSnapshot(lake, { completion })(stack);
    const task = stack.node.findChild('Export') as ExportTask;
    const queue = new sqs.Queue(stack, 'Queue');
    task.onOutcome('Ended', { target: new targets.SqsQueue(queue) }).node.addDependency(task);
  })).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

  expect(await toldInTheEnd()).toEqual(toldOnce('export', 'SUCCEEDED'));
  const { Messages: messages = [] } = await aws.world.json('sqs', 'AmazonSQS.ReceiveMessage', { QueueUrl: await shop.physicalId('Queue'), MaxNumberOfMessages: 10 });
  expect(messages.map(({ Body }: any) => JSON.parse(Body).detail)).toEqual([expect.objectContaining({ status: 'SUCCEEDED', s3Uri: expect.stringMatching(/^s3:\/\/lake\//) })]);
});

describe('an operation for which the deploy waits', () => {
  test.each([
    ['snapshot', () => SNAPSHOT.declared(), 'take'],
    ['copy', () => COPY.declared(), 'copy'],
    ['snapshot export', () => exportOfSnapshot(lake, { completion: waitsForTheResult }), 'export'],
    ['cluster export', () => exportOfCluster(lake), 'export'],
  ])('that succeeds is told once, too: a %s', async (_, declared, operation) => {
    await aws.local.settings({ exportSeconds: 5 * MINUTE });
    expect(await aws.stack().deploy(declared())).toMatchObject({ status: 'CREATE_COMPLETE' });

    expect(await told(aws)).toEqual(toldOnce(operation, 'SUCCEEDED'));
    expect((await aws.outcomes())[0]).toMatchObject({ region: HERE, Source: 'cdk-aurora-backup' });
  });

  test.each([
    ['snapshot', () => SNAPSHOT.declared(), 'take', SNAPSHOT.action],
    ['copy', () => COPY.declared(), 'copy', COPY.action],
    ['export', () => exportOfSnapshot(lake), 'export', START_EXPORT],
  ])('that fails is told once, though its stack is rolled back: a %s', async (_, declared, operation, action) => {
    await aws.local.settings({ exportSeconds: 5 * MINUTE });
    await aws.local.fault({ kind: 'endsFailed', action });
    const shop = aws.stack();
    expect(await shop.deploy(declared())).toMatchObject({ status: 'ROLLBACK_COMPLETE' });

    await until('the outcome is told', async () => (await aws.outcomes()).length > 0).catch(() => undefined);
    expect(await told(aws)).toEqual(toldOnce(operation, 'FAILED'));
    expect((await aws.outcomes())[0].Detail).toMatchObject({ stackId: shop.id, status: 'FAILED' });
  });
});
