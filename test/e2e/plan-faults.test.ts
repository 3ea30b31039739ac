import { DeleteDBClusterCommand, DeleteDBClusterSnapshotCommand } from '@aws-sdk/client-rds';
import { Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { useLocalAws } from './support/e2e';
import { prepareLake } from './support/exports';
import { HOUR, beginAtNoon, clusterVerdicts, keptRuns, planOf, run, runVerdicts } from './support/plans';
import { Fault } from '../../local/local-aws';
import { BUCKET, Lake } from '../local/lake';
import { HERE, THERE } from '../local/world';
import { RetentionPolicy } from 'cdk-aurora-backup';

const aws = useLocalAws(0);
const ALWAYS = 100_000;
const OTHER_ACCOUNT = '222222222222';
const LOOK = 'rds:DescribeDBClusterSnapshots';

let lake: Lake;
/** A plan that does everything, of an unencrypted cluster, after a first good run. */
beforeEach(async () => {
  await aws.local.settings({ defaultEncryption: 'none', snapshotSeconds: 60, copySeconds: 120, exportSeconds: 240 });
  await beginAtNoon(aws, 'orders');
  lake = await prepareLake(aws);
  await aws.stack().deploy(planOf(['orders'], (stack: Stack) => ({
    enabled: false, // the tests start it
    retention: RetentionPolicy.keepLast(1),
    copies: [{ region: THERE }],
    shareWith: [OTHER_ACCOUNT],
    exports: [{ bucket: s3.Bucket.fromBucketName(stack, 'Lake', BUCKET), encryptionKey: kms.Key.fromKeyArn(stack, 'LakeKey', lake.key) }],
  })));
  await run(aws, 'first');
});

/** The parts of a cluster's backup, and the call that does each. */
const PARTS = {
  snapshot: { action: 'rds:CreateDBClusterSnapshot', role: 'PlansStart' },
  share: { action: 'rds:ModifyDBClusterSnapshotAttribute', role: 'PlansStart' },
  copy: { action: 'rds:CopyDBClusterSnapshot', role: 'PlansStart' },
  export: { action: 'rds:StartExportTask', role: 'PlansStart' },
  prune: { action: 'rds:DeleteDBClusterSnapshot', role: 'PlansPrune' },
} as const;
type Part = keyof typeof PARTS;

/** Everything that one good run leaves. */
async function expectOnlyWhatIsLeftBy(name: string) {
  expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ run: name, verdict: 'SUCCEEDED' });
  expect(await keptRuns(aws)).toEqual([name]);
  expect(await keptRuns(aws, 'orders', THERE)).toEqual([name]);
  expect((await aws.made()).map(({ Status, SharedWith }) => ({ Status, SharedWith }))).toEqual([{ Status: 'available', SharedWith: [OTHER_ACCOUNT] }]);
  expect((await aws.exports()).map(({ Status }) => Status)).toEqual(['COMPLETE', 'COMPLETE']);
}

/** The SDK itself tries a call three times, so that four faults in a row reach the function. */
const PASSING: Record<string, (part: typeof PARTS[Part]) => Fault> = {
  'is throttled for a while': ({ action }) => ({ kind: 'throttle', action, times: 4 }),
  'meets an RDS that is unavailable for a while': ({ action }) => ({
    kind: 'error', action, times: 4, status: 503, code: 'ServiceUnavailable', message: 'come back later',
  }),
  'is carried out and its answer is lost': ({ action }) => ({ kind: 'lost', action, times: 1 }),
  'is not allowed yet': ({ action }) => ({ kind: 'deny', action, times: 2 }),
  'is made by a function that dies before': ({ action, role }) => ({ kind: 'killLambda', action, principal: role, when: 'before' }),
  'is made by a function that dies after': ({ action, role }) => ({ kind: 'killLambda', action, principal: role, when: 'after' }),
};

/** Deletions that are not allowed are the next run's business, and are warned of; everything else comes right within the run. */
const WARNED_OF = ['prune is not allowed yet'];

describe.each(Object.entries(PARTS) as [Part, typeof PARTS[Part]][])('a fault that passes: the call that makes a part (%s)', (part, call) => {
  test.each(Object.entries(PASSING).filter(([name]) => !WARNED_OF.includes(`${part} ${name}`)))('%s, and the run is as good as any', async (_, fault) => {
    await aws.local.fault(fault(call));
    // The SDK asks again for what is gone already, and IAM finds no tag on it any more.
    aws.excuse(({ action }) => part === 'prune' && action === PARTS.prune.action);

    await run(aws, 'second');

    expect((await aws.local.faults())[0].fired).toBeGreaterThan(0);
    await expectOnlyWhatIsLeftBy('second');
  });
});

describe('a fault that passes: looks', () => {
  test.each<[string, Fault]>([
    ['are throttled for a while', { kind: 'throttle', action: LOOK, times: 9 }],
    ['are lost for a while', { kind: 'lost', action: LOOK, times: 9 }],
    ['are not allowed yet', { kind: 'deny', action: LOOK, times: 3 }],
    ['kill the function', { kind: 'killLambda', action: LOOK, principal: 'PlansLook', times: 2 }],
    ['at exports are throttled', { kind: 'throttle', action: 'rds:DescribeExportTasks', times: 9 }],
    ['at clusters are throttled', { kind: 'throttle', action: 'rds:DescribeDBClusters', times: 9 }],
  ])('%s, and the run is as good as any', async (_, fault) => {
    await aws.local.fault(fault);

    await run(aws, 'second');

    expect(await aws.local.faults()).toMatchObject([{ fired: fault.times }]);
    await expectOnlyWhatIsLeftBy('second');
  });
});

/** The runs that have left something to restore from. */
async function goodRuns(region: string): Promise<string[]> {
  return (await aws.made(region)).filter(({ Status }) => Status === 'available').map(({ Tags }) => Tags['cdk-aurora-backup:generation']);
}

describe('a fault that stays hits one part only', () => {
  const good = (part: string) => expect.objectContaining({ part, verdict: 'SUCCEEDED' });
  const bad = (part: string, reason: RegExp) => expect.objectContaining({ part, verdict: 'FAILED', reason: expect.stringMatching(reason) });

  test.each<[string, Part, Fault, unknown[]]>([
    ['the right to take', 'snapshot', { kind: 'deny' }, [
      bad('snapshot', /not allowed, also after 5 minutes.*not authorized to perform: rds:CreateDBClusterSnapshot/),
    ]],
    ['a snapshot that ends failed', 'snapshot', { kind: 'endsFailed' }, [bad('snapshot', /ended in status 'failed'/)]],
    ['the right to share', 'share', { kind: 'deny' }, [
      good('snapshot'), bad('share', /not allowed, also after 5 minutes/), good('copy'), good('export'),
    ]],
    ['the right to copy', 'copy', { kind: 'deny' }, [
      good('snapshot'), good('share'), bad('copy', /not allowed, also after 5 minutes/), good('export'),
    ]],
    ['the key at the destination', 'copy', { kind: 'kmsDenied' }, [
      good('snapshot'), good('share'), bad('copy', /KMSKeyNotAccessibleFault/), good('export'),
    ]],
    ['a copy that ends failed', 'copy', { kind: 'endsFailed' }, [
      good('snapshot'), good('share'), bad('copy', /ended in status 'failed'/), good('export'),
    ]],
    ['the right to export', 'export', { kind: 'deny' }, [
      good('snapshot'), good('share'), good('copy'), bad('export', /not allowed, also after 5 minutes/),
    ]],
    ['an export that ends failed', 'export', { kind: 'endsFailed', message: 'disk full' }, [
      good('snapshot'), good('share'), good('copy'), bad('export', /disk full/),
    ]],
  ])('%s: the verdict says so, the parts that do not need it are made, and the newest good ones stay', async (_, part, fault, parts) => {
    await aws.local.fault({ ...fault, action: PARTS[part].action, times: ALWAYS });

    await run(aws, 'second');

    const verdict = (await clusterVerdicts(aws)).at(-1);
    expect(verdict).toMatchObject({ verdict: 'FAILED' });
    expect(verdict.parts).toHaveLength(parts.length);
    expect(verdict.parts).toEqual(expect.arrayContaining(parts));
    expect((await runVerdicts(aws)).at(-1)).toMatchObject({ verdict: 'FAILED', counts: { FAILED: 1 } });
    const failsAtHome = part === 'snapshot';
    expect(await goodRuns(HERE)).toEqual([failsAtHome ? 'first' : 'second']);
    expect(await goodRuns(THERE)).toEqual([failsAtHome || part === 'copy' ? 'first' : 'second']);

    await aws.local.clearFaults();
    await run(aws, 'third');
    expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ verdict: 'SUCCEEDED' });
    expect(await keptRuns(aws)).toEqual(['third']);
    expect(await keptRuns(aws, 'orders', THERE)).toEqual(['third']);
  });

  test('the right to delete: a warning, and everything stays until it is there again', async () => {
    await aws.local.fault({ kind: 'deny', action: PARTS.prune.action, times: ALWAYS });

    await run(aws, 'second');
    const verdict = (await clusterVerdicts(aws)).at(-1);
    expect(verdict).toMatchObject({ verdict: 'SUCCEEDED_WITH_WARNINGS', reason: expect.stringMatching(/^prune .*could not be deleted: AccessDenied/) });
    expect((await runVerdicts(aws)).at(-1)).toMatchObject({ verdict: 'SUCCEEDED_WITH_WARNINGS' });
    expect(await keptRuns(aws)).toEqual(['first', 'second']);

    await aws.local.clearFaults();
    await run(aws, 'third');
    expect(await keptRuns(aws)).toEqual(['third']);
    expect(await keptRuns(aws, 'orders', THERE)).toEqual(['third']);
  });

  test('functions that do not run at all for hours: the cluster fails, and the run tells it', async () => {
    await aws.local.fault({ kind: 'killLambda', action: 'rds:CreateDBClusterSnapshot', times: ALWAYS });
    await aws.local.fault({ kind: 'killLambda', action: LOOK, principal: 'PlansStart', times: ALWAYS });

    await run(aws, 'second', 8 * HOUR);

    const verdict = (await clusterVerdicts(aws)).at(-1);
    expect(verdict).toMatchObject({ verdict: 'FAILED', reason: expect.stringContaining('the functions of the plan failed again and again') });
    expect((await runVerdicts(aws)).at(-1)).toMatchObject({ verdict: 'FAILED' });
  });
});

describe('what others do meanwhile', () => {
  test('the snapshot is deleted while it is copied: the copy fails, the verdict says so, and the next run is good', async () => {
    await aws.local.settings({ copySeconds: HOUR });
    await run(aws, 'second', 600);
    const taken = (await aws.made()).at(-1)!;

    await aws.world.rds().send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: taken.DBClusterSnapshotIdentifier }));
    await aws.local.play(2 * HOUR);

    expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ verdict: 'FAILED', reason: expect.stringMatching(/^copy /) });
    await run(aws, 'third');
    expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ verdict: 'SUCCEEDED' });
  });

  test('the cluster is deleted while its snapshot is taken: it is copied all the same', async () => {
    await aws.local.settings({ snapshotSeconds: HOUR });
    await run(aws, 'second', 600);

    await aws.world.rds().send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'orders', SkipFinalSnapshot: true }));
    await aws.local.play(2 * HOUR);

    expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ verdict: 'SUCCEEDED' });
    expect(await keptRuns(aws, 'orders', THERE)).toContain('second');
  });
});
