import { useLocalAws } from './support/e2e';
import { deeds, deployed, isUntouched, madeClusters, prepareSources, restored } from './support/guarded-clusters';
import { Fault } from '../../local/local-aws';

const aws = useLocalAws();
beforeEach(async () => {
  await prepareSources(aws);
});

const GUARD = 'AuroraBackupRestoresIsComplete';
const LOOK = 'rds:DescribeDBClusterSnapshots';
const NAME = 'rds:DescribeDBClusters';
const STANDING = 'cloudformation:DescribeStackResource';
const STACK = 'cloudformation:DescribeStacks';
const ALWAYS = 100_000;
/** Slow enough for a busy machine to make three polls within the five minutes that new rights are waited for. */
const PATIENT = 30;

const named = { DBClusterIdentifier: 'first' };

/** The SDK itself tries a call three times. */
const PASSING: Record<string, { readonly fault: Omit<Fault, 'action'>; readonly log?: RegExp; readonly speed?: number }> = {
  'is throttled for a while': { fault: { kind: 'throttle', times: 4 } },
  'fails with an internal failure for a while': { fault: { kind: 'error', times: 4 }, log: /InternalFailure/ },
  'is not answered for a while': { fault: { kind: 'lost', times: 4 } },
  'is not allowed yet': { fault: { kind: 'deny', times: 2 }, log: /not allowed yet.*AccessDenied/, speed: PATIENT },
};

describe.each([['the look at the source', LOOK], ['the look at the name', NAME], ['the question whether the cluster is there', STANDING]])('before the first restore %s', (_, action) => {
  test.each(Object.entries(PASSING))('%s: the cluster is made once', async (_name, { fault, log, speed }) => {
    await aws.local.fault({ ...fault, action, principal: GUARD });
    await aws.local.clock({ speed });

    await deployed(aws, restored({ properties: named }));

    expect((await deeds(aws)).filter((deed) => deed.startsWith('rds:Restore'))).toEqual(['rds:RestoreDBClusterFromSnapshot']);
    expect(await aws.local.faults()).toMatchObject([{ fired: fault.times }]);
    if (log) {
      await aws.logged({ message: 'progress', status: 'PENDING', reason: log });
    }
  });

  test('is never allowed: the deploy fails with the words of IAM, and nothing is made', async () => {
    await aws.local.fault({ kind: 'deny', action, principal: GUARD, times: ALWAYS });

    expect(await aws.stack().deploy(restored({ properties: named }))).toMatchObject({
      status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/is not allowed, also after 5 minutes\. AWS said: Access ?Denied/)],
    });
    expect(await madeClusters(aws)).toEqual([]);
  });
});

describe('while a deploy that would replace the cluster is refused', () => {
  const changed = restored({ properties: { ...named, SnapshotIdentifier: 'of-billing' } });

  test.each([STACK, STANDING].flatMap((action) => Object.entries(PASSING).map(([name, passing]) => [action, name, passing] as const)))('%s %s: it is refused all the same', async (action, _, { fault, speed }) => {
    const { shop, cluster } = await deployed(aws, restored({ properties: named }));
    await aws.local.clearCalls();
    await aws.local.fault({ ...fault, action, principal: GUARD });
    await aws.local.clock({ speed });

    expect(await shop.deploy(changed)).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/would replace the cluster 'first'/)] });
    await isUntouched(aws, cluster);
  });

  test.each([STACK, STANDING])('%s is never allowed: it is refused with the words of IAM, and the way back needs no answer', async (action) => {
    const { shop, cluster } = await deployed(aws, restored({ properties: named }));
    await aws.local.clearCalls();
    await aws.local.fault({ kind: 'deny', action, principal: GUARD, times: ALWAYS });

    expect(await shop.deploy(changed)).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/is not allowed, also after 5 minutes/)] });
    await isUntouched(aws, cluster);
  });

  test.each(['before', 'after'] as const)('the function dies %s it looks: the deploy fails, and the cluster is untouched', async (when) => {
    const { shop, cluster } = await deployed(aws, restored({ properties: named }));
    await aws.local.clearCalls();
    await aws.local.fault({ kind: 'killLambda', action: STACK, principal: GUARD, when });

    expect(await shop.deploy(changed)).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    await isUntouched(aws, cluster);
  });
});
