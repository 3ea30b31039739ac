import { RemovalPolicy } from 'aws-cdk-lib';
import { useLocalAws } from './support/e2e';
import { COPY, SNAPSHOT, Subject, bystanders, prepareWorld } from './support/subjects';
import { Fault } from '../../local/local-aws';

const aws = useLocalAws();
let others: unknown;
beforeEach(async () => {
  await aws.local.settings({ snapshotSeconds: 30, copySeconds: 30 });
  await prepareWorld(aws);
  others = await bystanders(aws);
});
afterEach(async () => expect(await bystanders(aws)).toEqual(others));

const SUBJECTS = [['snapshot', SNAPSHOT], ['copy', COPY]] as const;
const START = 'AuroraBackupOperationsStart';
const CANCEL = 'AuroraBackupOperationsCancel';
const IS_COMPLETE = 'AuroraBackupOperationsIsComplete';
const LOOK = 'rds:DescribeDBClusterSnapshots';
const DELETE = 'rds:DeleteDBClusterSnapshot';
const INVOKE = 'lambda:InvokeFunction';
const ALWAYS = 100_000;
/** Slow enough for a busy machine to make three polls within the five minutes that new rights are waited for. */
const PATIENT = 30;

interface PassingFault {
  readonly fault: Fault;
  /** What the log says of it meanwhile; nothing where the SDK gets over it unseen. */
  readonly log?: RegExp;
  readonly speed?: number;
}

/** The SDK itself tries a call three times, so that four faults in a row reach the function, and seven two of them. */
const PASSING: (subject: Subject) => Record<string, PassingFault> = ({ action }) => ({
  'the making call is throttled once': { fault: { kind: 'throttle', action } },
  'the making call is throttled for a while': { fault: { kind: 'throttle', action, times: 4 }, log: /Throttling: Rate exceeded/ },
  'every look is throttled for a while': { fault: { kind: 'throttle', action: LOOK, times: 7 } },
  'RDS has an internal failure for a while': { fault: { kind: 'error', action, times: 4 }, log: /InternalFailure/ },
  'RDS is unavailable for a while': {
    fault: { kind: 'error', action, times: 4, status: 503, code: 'ServiceUnavailable', message: 'come back later' }, log: /ServiceUnavailable: come back later/,
  },
  'the call is carried out and its answer is lost': { fault: { kind: 'lost', action } },
  'the answers to all looks are lost for a while': { fault: { kind: 'lost', action: LOOK, times: 7 } },
  'the rights are not yet in force': { fault: { kind: 'deny', action, times: 2 }, log: /not allowed yet.*AccessDenied/, speed: PATIENT },
  'the right to look is not yet in force': { fault: { kind: 'deny', action: LOOK, times: 4 }, speed: PATIENT },
  'the watching function may not call the start function yet': {
    fault: { kind: 'deny', action: INVOKE, principal: IS_COMPLETE, times: 2 }, log: /not allowed yet.*AccessDenied/, speed: PATIENT,
  },
  'the key cannot be used yet': { fault: { kind: 'kmsDenied', action, times: 2 }, log: /not allowed yet.*KMSKeyNotAccessibleFault/, speed: PATIENT },
  'the start function dies before its call': { fault: { kind: 'killLambda', action, principal: START, when: 'before' }, log: /could not be looked after/ },
  'the start function dies after its call': { fault: { kind: 'killLambda', action, principal: START, when: 'after' }, log: /could not be looked after/ },
});

describe.each(SUBJECTS)('a fault that passes while a %s is made', (_, subject) => {
  test.each(Object.entries(PASSING(subject)))('%s: exactly one is made', async (_name, { fault, log, speed }) => {
    await aws.local.fault(fault);
    await aws.local.clock({ speed });

    const outcome = await aws.stack().deploy(subject.declared());

    expect(outcome).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });
    expect(await aws.made(subject.region)).toMatchObject([{ Status: 'available' }]);
    expect(await aws.local.faults()).toMatchObject([{ fired: fault.times ?? 1 }]);
    await aws.logged({ Operation: subject.operation, OperationSucceeded: 1 });
    if (log) {
      await aws.logged({ message: 'progress', status: 'PENDING', reason: log });
    }
  });
});

/** The Provider framework fails a request whose watching function fails once; what had begun then goes with the resource. */
const DEATHS: Record<string, Fault> = {
  'before its look': { kind: 'killLambda', action: LOOK, principal: IS_COMPLETE, when: 'before' },
  'after it has seen the work begun': { kind: 'killLambda', action: LOOK, principal: IS_COMPLETE, nth: 2, when: 'after' },
  'before it calls the start function': { kind: 'killLambda', action: INVOKE, principal: IS_COMPLETE, when: 'before' },
  'after it has called the start function': { kind: 'killLambda', action: INVOKE, principal: IS_COMPLETE, when: 'after' },
};

describe.each(SUBJECTS)('the watching function dies while a %s is made', (_, subject) => {
  test.each(Object.entries(DEATHS))('%s: the deploy fails and leaves nothing', async (_name, fault) => {
    await aws.local.fault(fault);

    const outcome = await aws.stack().deploy(subject.declared({ removalPolicy: RemovalPolicy.DESTROY }));

    expect(outcome).toMatchObject({ status: 'ROLLBACK_COMPLETE', reasons: [expect.stringContaining('process died')] });
    expect(await aws.made(subject.region)).toEqual([]);
    expect(await aws.local.faults()).toMatchObject([{ fired: 1 }]);
  });
});

describe.each(SUBJECTS)('a fault that stays while a %s is made', (_, subject) => {
  async function deployFails(reason: RegExp) {
    const shop = aws.stack();
    const outcome = await shop.deploy(subject.declared());

    expect(outcome).toMatchObject({ status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(reason)] });
    expect(await aws.made(subject.region)).toEqual([]);
    await aws.logged({ level: 'ERROR', message: 'request failed', reason });
    await aws.logged({ Operation: subject.operation, OperationFailed: 1, reason });
  }

  /** New rights are given five minutes; nobody wants to wait for them. */
  async function jumpOnceCalled(action: string) {
    await aws.called(action, { decision: 'denied' }).catch(() => undefined);
    await aws.local.clock({ advance: 310 });
  }

  test('it ends in status failed: the deploy fails, and what failed is removed', async () => {
    await aws.local.fault({ kind: 'endsFailed', action: subject.action });

    await deployFails(/ended in status 'failed', as RDS reports it/);
  });

  test('the rights never come into force: the deploy fails with the words of IAM', async () => {
    await aws.local.fault({ kind: 'deny', action: subject.action, times: ALWAYS });

    await Promise.all([jumpOnceCalled(subject.action), deployFails(/is not allowed, also after 5 minutes.*not authorized to perform: rds:/)]);
  });

  test('the key can never be used: the deploy fails with the words of RDS', async () => {
    await aws.local.fault({ kind: 'kmsDenied', action: subject.action, times: ALWAYS });

    await Promise.all([
      aws.called(subject.action).then(() => aws.local.clock({ advance: 310 })),
      deployFails(/is not allowed, also after 5 minutes.*KMSKeyNotAccessibleFault.*key policy/),
    ]);
  });

  test('the Region holds as many snapshots as its quota allows: the deploy fails at once and says what to do', async () => {
    await aws.local.settings({ manualSnapshotQuota: 1 });

    await deployFails(/as many manual cluster snapshots as its quota allows.*Cannot create more than 1 manual snapshots.*L-9B510759/);
  });
});

const DELETE_FAULTS: Record<string, Fault> = {
  'the delete is throttled for a while': { kind: 'throttle', action: DELETE, times: 4 },
  'the answer to the delete is lost': { kind: 'lost', action: DELETE },
  'RDS has an internal failure for a while': { kind: 'error', action: DELETE, times: 4 },
  'the right to delete is not yet in force': { kind: 'deny', action: DELETE, times: 2 },
  'the cancel function dies before the delete': { kind: 'killLambda', action: DELETE, principal: CANCEL, when: 'before' },
  'the cancel function dies after the delete': { kind: 'killLambda', action: DELETE, principal: CANCEL, when: 'after' },
  'the start function dies while it decides': { kind: 'killLambda', action: LOOK, principal: START, when: 'before' },
};

describe.each(SUBJECTS)('a fault while a %s is destroyed', (_, subject) => {
  test.each(Object.entries(DELETE_FAULTS))('%s: it is gone in the end', async (_name, fault) => {
    const shop = aws.stack();
    await shop.deploy(subject.declared({ removalPolicy: RemovalPolicy.DESTROY }));
    await aws.local.clock({ speed: PATIENT });
    await aws.local.fault(fault);
    // The SDK asks again for what is gone already, and IAM finds no tag on it any more.
    aws.excuse((call) => fault.kind === 'lost' && call.action === DELETE);

    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });

    expect(await aws.made(subject.region)).toEqual([]);
    expect(await aws.local.faults()).toMatchObject([{ fired: fault.times ?? 1 }]);
  });

  test('the right to delete never comes: the stack stays, says why, and can be destroyed later', async () => {
    const shop = aws.stack();
    await shop.deploy(subject.declared({ removalPolicy: RemovalPolicy.DESTROY }));
    await aws.local.fault({ kind: 'deny', action: DELETE, times: ALWAYS });

    const [refused] = await Promise.all([shop.destroy(), aws.called(DELETE).then(() => aws.local.clock({ advance: 310 }))]);
    expect(refused).toMatchObject({ status: 'DELETE_FAILED', reasons: expect.arrayContaining([expect.stringMatching(/deleting the snapshot .*is not allowed.*DeleteDBClusterSnapshot/)]) });
    expect(await aws.made(subject.region)).toMatchObject([{ Status: 'available' }]);

    await aws.local.clearFaults();
    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(await aws.made(subject.region)).toEqual([]);
  });
});
