import { Lake } from '../local/lake';
import { HERE } from '../local/world';
import { Declaration, DeployedStack } from './support/deployed-stack';
import { useLocalAws } from './support/e2e';
import { exportOfCluster, exportOfSnapshot, prepareLake } from './support/exports';
import { prepareWorld, snapshotArn, together } from './support/subjects';
import { told, toldOnce } from './support/told';
import { until } from './support/until';
import { Fault } from '../../local/local-aws';
import { Completion } from 'cdk-aurora-backup';

const aws = useLocalAws();
let lake: Lake;
beforeEach(async () => {
  await aws.local.settings({ exportSeconds: 60, cancelSeconds: 10 });
  await prepareWorld(aws);
  await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: 'other' });
  lake = await prepareLake(aws);
});

const START_EXPORT = 'rds:StartExportTask';
const CANCEL_EXPORT = 'rds:CancelExportTask';
const LOOK = 'rds:DescribeExportTasks';
const START = 'AuroraBackupOperationsStart';
const CANCEL = 'AuroraBackupOperationsCancel';
const IS_COMPLETE = 'AuroraBackupOperationsIsComplete';
const ALWAYS = 100_000;
/** Slow enough for a busy machine to make three polls within the five minutes that new rights are waited for. */
const PATIENT = 30;
const background = Completion.background();

const statuses = async () => (await aws.exports()).map((task) => task.Status);

/** How an export comes to be: by a deploy that waits, of either source, or by a deploy that does not. Each with the name of its source. */
const SUBJECTS: [string, string, (trigger?: string) => Declaration][] = [
  ['a snapshot export', 'source', (trigger) => exportOfSnapshot(lake, { trigger }, 'OfSnapshot')],
  ['a cluster export', 'orders', (trigger) => exportOfCluster(lake, { trigger }, 'OfCluster')],
  ['an export that is handed over', 'other', (trigger) => exportOfSnapshot(lake, { trigger, completion: background }, 'HandedOver', 'other')],
];
const ALL_OF_THEM: Declaration = (stack) => SUBJECTS.forEach(([, , declared]) => declared()(stack));

/** One for each of them, so that it hits all alike. */
async function faultForEach(fault: Fault): Promise<void> {
  for (const [, source] of SUBJECTS) {
    await aws.local.fault({ ...fault, identifier: `[-:]${source}$` });
  }
}

interface PassingFault {
  readonly fault: Fault;
  /** What the log says of it meanwhile; nothing where the SDK gets over it unseen. */
  readonly log?: RegExp;
  readonly speed?: number;
}

/** The SDK itself tries a call three times, so that four faults in a row reach the function, and seven two of them. */
const PASSING: Record<string, PassingFault> = {
  'the start is throttled once': { fault: { kind: 'throttle', action: START_EXPORT } },
  'the start is throttled for a while': { fault: { kind: 'throttle', action: START_EXPORT, times: 4 }, log: /Throttling: Rate exceeded/ },
  'every look is throttled for a while': { fault: { kind: 'throttle', action: LOOK, times: 7 } },
  'RDS has an internal failure for a while': { fault: { kind: 'error', action: START_EXPORT, times: 4 }, log: /InternalFailure/ },
  'the start is carried out and its answer is lost': { fault: { kind: 'lost', action: START_EXPORT } },
  'the answers to all looks are lost for a while': { fault: { kind: 'lost', action: LOOK, times: 7 } },
  'the rights are not yet in force': { fault: { kind: 'deny', action: START_EXPORT, times: 2 }, log: /not allowed yet.*AccessDenied/, speed: PATIENT },
  'the right to look is not yet in force': { fault: { kind: 'deny', action: LOOK, times: 4 }, speed: PATIENT },
  'the start function dies before it starts': { fault: { kind: 'killLambda', action: START_EXPORT, principal: START, when: 'before' }, log: /could not be looked after/ },
  'the start function dies after it has started': { fault: { kind: 'killLambda', action: START_EXPORT, principal: START, when: 'after' }, log: /could not be looked after/ },
};

describe('a fault that passes while there are exports of a snapshot, of a cluster and in the background', () => {
  test.each(Object.entries(PASSING))('%s: exactly one is made of each', async (_name, { fault, log, speed }) => {
    await faultForEach(fault);
    await aws.local.clock({ speed });

    expect(await aws.stack().deploy(ALL_OF_THEM)).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

    expect(await told(aws)).toMatchObject({ events: Array(3).fill('export SUCCEEDED'), metrics: Array(3).fill('export SUCCEEDED') });
    expect(await statuses()).toEqual(['COMPLETE', 'COMPLETE', 'COMPLETE']);
    expect((await aws.local.faults()).map(({ fired }) => fired)).toEqual(Array(3).fill(fault.times ?? 1));
    if (log) {
      await aws.logged({ message: 'progress', status: 'PENDING', reason: log });
    }
  });
});

test('a role that is not known yet, one that cannot be used yet, and a key that cannot are waited for', async () => {
  const words: [string, Fault][] = [
    ['source', { kind: 'error', status: 404, code: 'IamRoleNotFound', message: 'The IAM role can\'t be found.' }],
    ['orders', { kind: 'error', status: 400, code: 'IamRoleMissingPermissions', message: 'The IAM role isn\'t valid.' }],
    ['other', { kind: 'kmsDenied' }],
  ];
  for (const [source, fault] of words) {
    await aws.local.fault({ ...fault, action: START_EXPORT, identifier: `[-:]${source}$`, times: 2 });
  }
  await aws.local.clock({ speed: PATIENT });

  expect(await aws.stack().deploy(ALL_OF_THEM)).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

  expect(await told(aws)).toMatchObject({ events: Array(3).fill('export SUCCEEDED') });
  expect(await statuses()).toEqual(['COMPLETE', 'COMPLETE', 'COMPLETE']);
  for (const reason of [/IamRoleNotFound/, /IamRoleMissingPermissions/, /KMSKeyNotAccessibleFault/]) {
    await aws.logged({ message: 'progress', status: 'PENDING', reason });
  }
});

/** The Provider framework fails a request whose watching function fails once; what had begun then goes with the resource. */
const DEATHS: Record<string, Fault> = {
  'before its look': { kind: 'killLambda', action: LOOK, principal: IS_COMPLETE, when: 'before' },
  'after it has seen the export begun': { kind: 'killLambda', action: LOOK, principal: IS_COMPLETE, nth: 2, when: 'after' },
};

test.each(Object.entries(DEATHS))('the watching function of the deploy dies %s: the deploy fails, and nothing runs on', async (_name, fault) => {
  await aws.local.settings({ exportSeconds: 1_200 });
  await aws.local.fault(fault);

  expect(await aws.stack().deploy(exportOfSnapshot(lake))).toMatchObject({ status: 'ROLLBACK_COMPLETE', reasons: [expect.stringContaining('process died')] });

  expect((await statuses()).filter((status) => status !== 'CANCELED')).toEqual([]);
  expect(await aws.local.faults()).toMatchObject([{ fired: 1 }]);
});

/** RDS's words for why a task failed, and what the user reads beside them. */
const CAUSES: [string, RegExp][] = [
  ['The RDS export failed to write the export task\'s metadata because it can\'t assume the IAM role arn:aws:iam::111111111111:role/x.', /must trust export\.rds\.amazonaws\.com.*restrictTrust/],
  ['The IAM role arn:aws:iam::111111111111:role/x isn\'t authorized to call s3:PutObject on the S3 bucket lake. Review your permissions and retry the export.', /must allow reading, writing, listing and deleting below the prefix/],
  ['The RDS export failed to write the export task\'s metadata to the S3 bucket lake using the IAM role x with the KMS key k. Error code: AccessDenied', /must allow reading, writing, listing and deleting below the prefix/],
  ['The RDS export failed to write the export task\'s metadata to the S3 bucket lake using the IAM role x with the KMS key k. Error code: NoSuchBucket', /Check that the bucket 'lake' exists/],
  ['The RDS export failed to write the export task\'s metadata to the S3 bucket lake using the IAM role x with the KMS key k. Error code: KMS.DisabledException', /must be enabled, and its key policy/],
  ['KMS key check failed. Check the credentials on your KMS key and try again.', /its key policy and the role .* must allow/],
  ['The S3 bucket lake isn\'t valid. Either it isn\'t located in the current AWS Region or it doesn\'t exist. Review your S3 bucket name and retry the export.', /The bucket 'lake' must exist, in the Region of the source/],
  ['S3 credential check failed. Check the permissions on your S3 bucket and IAM policy.', /the policy of the bucket 'lake' must allow/],
  ['Failed to find or access the source DB cluster: x', /The source was deleted, or its key cannot be used any more/],
  ['An unknown internal error occurred.', /Correct what RDS names/],
];

test('whatever fails a task that was handed over is told in the words of RDS, with what to do', async () => {
  await aws.local.settings({ exportLimit: CAUSES.length });
  for (const [index, [message]] of CAUSES.entries()) {
    await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: `cause-${index}` });
    await aws.local.fault({ kind: 'endsFailed', action: START_EXPORT, identifier: `-cause-${index}$`, message });
  }

  expect(await aws.stack().deploy((stack) => CAUSES.forEach((_, index) => (
    exportOfSnapshot(lake, { completion: background }, `Export${index}`, `cause-${index}`)(stack))))).toMatchObject({ status: 'CREATE_COMPLETE' });

  expect(await told(aws)).toMatchObject({ events: CAUSES.map(() => 'export FAILED'), metrics: CAUSES.map(() => 'export FAILED') });
  const messages = new Map((await aws.outcomes()).map(({ Detail }) => [Detail.sourceArn, Detail.message]));
  for (const [index, [message, remedy]] of CAUSES.entries()) {
    const read = messages.get(snapshotArn(`cause-${index}`));
    expect(read).toContain(`RDS said: ${message}`);
    expect(read).toMatch(remedy);
    expect(read).toMatch(/Then deploy again with another trigger/);
  }
});

test.each(SUBJECTS.slice(0, 2))('%s that fails fails the deploy with the words of RDS and what to do, and is told once', async (_, _source, declared) => {
  const [message, remedy] = CAUSES[1];
  await aws.local.fault({ kind: 'endsFailed', action: START_EXPORT, message });

  const outcome = await aws.stack().deploy(declared());

  expect(outcome).toMatchObject({ status: 'ROLLBACK_COMPLETE', reasons: [expect.stringContaining(`RDS said: ${message}`)] });
  expect(outcome.reasons[0]).toMatch(remedy);
  expect(await told(aws)).toEqual(toldOnce('export', 'FAILED'));
  expect(await aws.local.calls({ action: CANCEL_EXPORT })).toEqual([]);
});

describe('what is really wrong with the lake', () => {
  async function fails(reason: RegExp) {
    expect(await aws.stack().deploy(exportOfSnapshot(lake))).toMatchObject({ status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(reason)] });
  }

  test('a disabled key is told in the words of RDS, when the task has started', async () => {
    await aws.world.kms('DisableKey', { KeyId: lake.key });
    const shop = aws.stack();
    await shop.begin(exportOfSnapshot(lake));
    await aws.called(START_EXPORT);
    await aws.local.clock({ advance: 310 });

    expect(await shop.settled()).toMatchObject({ status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/KMS/)] });
  });

  test('a bucket that does not exist fails the deploy, and says so', async () => {
    await lake.empty();

    await fails(/InvalidS3BucketFault.*The S3 bucket lake isn't valid/);
  });

  test('a bucket whose policy denies the role', async () => {
    await lake.bucketPolicy('lake', [{ Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: 'arn:aws:s3:::lake/*' } as any], '111111111111');

    await fails(/isn't authorized to call s3:PutObject on the S3 bucket lake.*the policy of the bucket 'lake' must allow/);
  });
});

describe('a fault that stays', () => {
  test.each(SUBJECTS)('rights to start %s that never come into force fail the deploy with the words of IAM', async (_, _source, declared) => {
    await aws.local.fault({ kind: 'deny', action: START_EXPORT, times: ALWAYS });
    const shop = aws.stack();
    await shop.begin(declared());
    await aws.called(START_EXPORT, { decision: 'denied' });
    await aws.local.clock({ advance: 310 });

    expect(await shop.settled()).toMatchObject({ status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/is not allowed, also after 5 minutes.*not authorized to perform: rds:StartExportTask/)] });
    expect(await statuses()).toEqual([]);
  });

  test('a key that can never be used fails the deploy with the words of RDS', async () => {
    await aws.local.fault({ kind: 'kmsDenied', action: START_EXPORT, times: ALWAYS });
    const shop = aws.stack();
    await shop.begin(exportOfSnapshot(lake));
    await aws.called(START_EXPORT);
    await aws.local.clock({ advance: 310 });

    expect(await shop.settled()).toMatchObject({ status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/KMSKeyNotAccessibleFault/)] });
    expect(await statuses()).toEqual([]);
  });

  test('a name in exportOnly that RDS does not take fails the deploy at once', async () => {
    await aws.local.fault({ kind: 'error', action: START_EXPORT, times: ALWAYS, status: 400, code: 'InvalidExportOnly', message: 'The export is invalid.' });

    expect(await aws.stack().deploy(exportOfSnapshot(lake))).toMatchObject({ status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/InvalidExportOnlyFault: The export is invalid/)] });
    expect(await statuses()).toEqual([]);
  });

  test('a task that somebody else cancels fails the deploy, and says so', async () => {
    await aws.local.settings({ exportSeconds: 2_400 });
    const shop = aws.stack();
    await shop.begin(exportOfSnapshot(lake));
    await aws.logged({ status: 'RUNNING', detail: /starting/i });
    await lake.cancel((await aws.exports())[0].ExportTaskIdentifier);

    expect(await shop.settled()).toMatchObject({ status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/was canceled by somebody else\. Deploy again with another trigger/)] });
  });
});

describe('a turn', () => {
  /** Exports of somebody else, which occupy RDS. */
  async function occupied(count: number) {
    await aws.local.settings({ exportSeconds: 1_000_000 });
    for (let n = 1; n <= count; n++) {
      await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: `other-${n}` });
      await lake.start(`other-${n}`, { SourceArn: snapshotArn(`other-${n}`) });
    }
    await aws.local.settings({ exportSeconds: 60 });
  }

  async function waitsUntil(shop: DeployedStack, reason: RegExp, makeRoom: () => Promise<unknown>) {
    await aws.logged({ message: 'progress', status: 'PENDING', reason });
    await makeRoom();
    expect(await shop.settled()).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });
    expect(await told(aws)).toEqual(toldOnce('export', 'SUCCEEDED'));
    expect(await statuses()).toEqual(['COMPLETE']);
  }

  test.each(['ExportTaskLimitReachedFault', 'SomethingNobodyHasSeen'])('among the five exports of an account is waited for, also when RDS refuses with %s', async (exportLimitCode) => {
    await aws.local.settings({ exportLimitCode });
    await occupied(5);
    const shop = aws.stack();
    await shop.begin(exportOfSnapshot(lake));

    await waitsUntil(shop, /this one waits for its turn/, () => lake.cancel('other-3'));
  });

  test('among more than five, where AWS has raised the limit, is waited for, too', async () => {
    await aws.local.settings({ exportLimit: 7, exportLimitCode: 'SomethingNobodyHasSeen' });
    await occupied(7);
    const shop = aws.stack();
    await shop.begin(exportOfSnapshot(lake));

    await waitsUntil(shop, /7 exports are in progress/, () => lake.cancel('other-3'));
  });

  test.each([
    ['snapshot', snapshotArn('source'), () => exportOfSnapshot(lake)],
    ['cluster', `arn:aws:rds:${HERE}:111111111111:cluster:orders`, () => exportOfCluster(lake)],
  ])('at a %s that is being exported is waited for', async (_, SourceArn, declared) => {
    await aws.local.settings({ exportSeconds: 1_000_000 });
    await lake.start('other', { SourceArn });
    await aws.local.settings({ exportSeconds: 60 });
    const shop = aws.stack();
    await shop.begin(declared());

    await waitsUntil(shop, /the export task other of the same source is in progress, and RDS runs one at a time/, () => lake.cancel('other'));
  });

  test('comes to seven exports of one stack, in any order, without a second task of any', async () => {
    await aws.local.settings({ exportSeconds: 300 });
    for (let n = 1; n <= 7; n++) {
      await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: `month-${n}` });
    }

    expect(await aws.stack().deploy(together(
      ...[1, 2, 3, 4, 5, 6, 7].map((n) => exportOfSnapshot(lake, { completion: background }, `Export${n}`, `month-${n}`)),
    ))).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

    expect((await told(aws)).events).toEqual(Array(7).fill('export SUCCEEDED'));
    expect(await statuses()).toEqual(Array(7).fill('COMPLETE'));
    expect(new Set((await aws.exports()).map((task) => task.SourceArn)).size).toBe(7);
  });

  test('is waited for by the watch of an export in the background', async () => {
    await occupied(5);
    expect(await aws.stack().deploy(exportOfSnapshot(lake, { completion: background }))).toMatchObject({ status: 'CREATE_COMPLETE' });
    expect(await statuses()).toEqual([]);

    await lake.cancel('other-1');

    expect(await told(aws)).toEqual(toldOnce('export', 'SUCCEEDED'));
    expect(await statuses()).toEqual(['COMPLETE']);
  });
});

test('of exports that RDS does not list yet, exactly one is made of each', async () => {
  await aws.local.settings({ exportVisibilitySeconds: 100 });

  expect(await aws.stack().deploy(ALL_OF_THEM)).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

  expect(await told(aws)).toMatchObject({ events: Array(3).fill('export SUCCEEDED') });
  expect(await statuses()).toEqual(['COMPLETE', 'COMPLETE', 'COMPLETE']);
});

const CANCEL_FAULTS: Record<string, Fault> = {
  'the cancellation is throttled for a while': { kind: 'throttle', action: CANCEL_EXPORT, times: 4 },
  'the answer to the cancellation is lost': { kind: 'lost', action: CANCEL_EXPORT },
  'RDS has an internal failure for a while': { kind: 'error', action: CANCEL_EXPORT, times: 4 },
  'the right to cancel is not yet in force': { kind: 'deny', action: CANCEL_EXPORT, times: 2 },
  'RDS does not allow it in the state of the task': { kind: 'error', action: CANCEL_EXPORT, times: 2, status: 400, code: 'InvalidExportTaskStateFault', message: 'not now' },
  'the cancel function dies before it cancels': { kind: 'killLambda', action: CANCEL_EXPORT, principal: CANCEL, when: 'before' },
  'the cancel function dies after it has canceled': { kind: 'killLambda', action: CANCEL_EXPORT, principal: CANCEL, when: 'after' },
  'the start function dies while it decides': { kind: 'killLambda', action: LOOK, principal: START, when: 'before' },
  'the watch cannot be stopped for a while': { kind: 'throttle', action: 'states:StopExecution', times: 4 },
};

describe('a fault while an export that runs is destroyed', () => {
  async function running() {
    await aws.local.settings({ exportSeconds: 100_000 });
    // The watch looks on while CloudFormation takes its rights away.
    aws.excuseLatePolls();
    const shop = aws.stack();
    await shop.deploy(exportOfSnapshot(lake, { completion: background }));
    return shop;
  }

  test.each(Object.entries(CANCEL_FAULTS))('%s: it is canceled in the end', async (_name, fault) => {
    const shop = await running();
    await aws.local.clock({ speed: PATIENT });
    await aws.local.fault(fault);

    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });

    expect(await statuses()).toEqual(['CANCELED']);
    expect(await aws.local.faults()).toMatchObject([{ fired: fault.times ?? 1 }]);
  });

  test('the right to cancel never comes: the stack stays, says why, and can be destroyed later', async () => {
    const shop = await running();
    await aws.local.fault({ kind: 'deny', action: CANCEL_EXPORT, times: ALWAYS });

    const [refused] = await Promise.all([shop.destroy(), aws.called(CANCEL_EXPORT).then(() => aws.local.clock({ advance: 310 }))]);
    expect(refused).toMatchObject({ status: 'DELETE_FAILED', reasons: expect.arrayContaining([expect.stringMatching(/canceling the export task .* is not allowed/)]) });

    await aws.local.clearFaults();
    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(await statuses()).toEqual(['CANCELED']);
  });

  test('an export that completes at that moment is left alone', async () => {
    const shop = await running();
    await until('the export is in progress', async () => (await aws.local.clock({ advance: 50_000 }), (await statuses())[0] === 'IN_PROGRESS'));
    await aws.local.clock({ advance: 100_000 });

    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });

    expect(await statuses()).toEqual(['COMPLETE']);
    expect(await aws.local.calls({ action: CANCEL_EXPORT })).toEqual([]);
  });
});
