import { CopyDBClusterSnapshotCommand, DeleteDBClusterCommand, DeleteDBClusterSnapshotCommand, ModifyDBClusterSnapshotAttributeCommand, RDSClient } from '@aws-sdk/client-rds';
import { useLocalAws } from './support/e2e';
import { HOUR, beginAtNoon, clusterVerdicts, keptNights, metricLines, nights, planMetrics, planOf, runVerdicts } from './support/plans';
import { ask } from '../local/probe';
import { ACCOUNT, HERE, THERE, refusal } from '../local/world';
import { PruneMode, RetentionPolicy } from 'cdk-aurora-backup';

const aws = useLocalAws(0);
const ALWAYS = 100_000;
const LOOK = 'rds:DescribeDBClusterSnapshots';
const DELETE = 'rds:DeleteDBClusterSnapshot';
const PRUNE = 'AuroraBackupPlansPrune';
const keepLast = (count: number, more: object = {}) => ({ retention: RetentionPolicy.keepLast(count), ...more });

async function replaceCluster(name: string) {
  await aws.world.rds().send(new DeleteDBClusterCommand({ DBClusterIdentifier: name, SkipFinalSnapshot: true }));
  await aws.world.cluster(name);
}

describe('a cluster that was deleted and made again under the same name', () => {
  beforeEach(async () => {
    await beginAtNoon(aws, 'orders');
  });

  async function twoLives(props: object) {
    await aws.stack().deploy(planOf(['orders'], { ...keepLast(2), copies: [{ region: THERE }], ...props }));
    await nights(aws, 3);
    await replaceCluster('orders');
    await nights(aws, 3);
  }

  test('keeps all that is left of the former one, and the verdicts say so', async () => {
    await twoLives({});

    for (const region of [HERE, THERE]) {
      expect(await keptNights(aws, 'orders', region)).toEqual(['2027-03-03', '2027-03-04', '2027-03-06', '2027-03-07']);
    }
    expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ verdict: 'SUCCEEDED', reports: expect.arrayContaining([expect.stringMatching(/is no longer the 'orders' of the plan/)]) });
  });

  test('with pruneFormerClusters the policy holds for each of them', async () => {
    await twoLives({ ...keepLast(1), pruneFormerClusters: true });

    for (const region of [HERE, THERE]) {
      expect(await keptNights(aws, 'orders', region)).toEqual(['2027-03-04', '2027-03-07']);
    }
  });
});

describe('a cluster that left the plan', () => {
  async function leaves(props: object) {
    await beginAtNoon(aws, 'orders', 'billing');
    const shop = aws.stack();
    const of = (...clusters: string[]) => planOf(clusters, { ...keepLast(3), copies: [{ region: THERE }] });
    await shop.deploy(of('orders', 'billing'));
    await nights(aws, 3);
    await shop.deploy(planOf(['orders'], { ...keepLast(1), copies: [{ region: THERE }], ...props }));
    await nights(aws, 1);
  }

  test('keeps its snapshots, and the verdict of the run says how many', async () => {
    await leaves({});

    expect(await keptNights(aws, 'billing')).toHaveLength(3);
    expect(await keptNights(aws, 'billing', THERE)).toHaveLength(3);
    expect(await keptNights(aws)).toEqual(['2027-03-05']);
    expect((await runVerdicts(aws)).at(-1)).toMatchObject({ verdict: 'SUCCEEDED', formerClusters: { snapshots: 6, deleted: [] } });
  });

  test('with pruneFormerClusters its newest one stays, here and there', async () => {
    await leaves({ pruneFormerClusters: true });

    expect(await keptNights(aws, 'billing')).toEqual(['2027-03-04']);
    expect(await keptNights(aws, 'billing', THERE)).toEqual(['2027-03-04']);
    expect((await runVerdicts(aws)).at(-1).formerClusters.deleted).toHaveLength(4);
  });
});

test('a plan by another name leaves the snapshots of the earlier one alone, and one by the same name goes on with them', async () => {
  await beginAtNoon(aws, 'orders');
  const shop = aws.stack();
  await shop.deploy(planOf(['orders'], keepLast(2)));
  await nights(aws, 2);
  await shop.deploy(planOf(['orders'], { planName: 'platinum', ...keepLast(1) }));
  await nights(aws, 2);
  expect(await keptNights(aws)).toEqual(['2027-03-02', '2027-03-03', '2027-03-05']);

  await shop.destroy();
  await aws.stack('Elsewhere').deploy(planOf(['orders'], { planName: 'gold', ...keepLast(2) }, 'OtherId'));
  await nights(aws, 2);
  expect(await keptNights(aws)).toEqual(['2027-03-05', '2027-03-06', '2027-03-07']);
});

test('REPORT_ONLY deletes nothing, and says in event, metric and log what it would', async () => {
  await beginAtNoon(aws, 'orders');
  await aws.stack().deploy(planOf(['orders'], { ...keepLast(1), copies: [{ region: THERE }], pruneMode: PruneMode.REPORT_ONLY }));

  await nights(aws, 3);

  expect(await keptNights(aws)).toHaveLength(3);
  expect(await keptNights(aws, 'orders', THERE)).toHaveLength(3);
  expect(await aws.local.calls({ action: DELETE })).toEqual([]);
  const verdicts = await clusterVerdicts(aws);
  expect(verdicts.map(({ wouldDelete }) => wouldDelete.length)).toEqual([0, 2, 4]);
  const ofEveryRegion = (await planMetrics(aws)).filter((metric) => metric.startsWith('SnapshotsToPrune')).map((metric) => Number(metric.split(' ')[1]));
  expect(ofEveryRegion.sort()).toEqual([1, 1, 2, 2]);
  await aws.logged({ message: 'snapshot would be pruned', because: /it is not one of the newest 1/ });
});

test('metrics of single clusters only where the plan wants them', async () => {
  await beginAtNoon(aws, 'orders');
  await aws.stack().deploy(planOf(['orders'], { ...keepLast(1), clusterMetrics: true }));
  await nights(aws, 2);

  const dimensions = (await metricLines(aws)).filter((line) => line.SnapshotsPruned !== undefined)
    .map((line) => line._aws.CloudWatchMetrics[0].Dimensions);
  expect(dimensions).toEqual([[['Plan', 'Region'], ['Plan', 'Region', 'Cluster']]]);
});

describe('what is not the plan\'s own', () => {
  /** A copy that somebody made of a plan's snapshot, with its tags and a name that begins like those of the plan. */
  async function handMadeCopy(): Promise<string> {
    const [taken] = await aws.made();
    const name = `${taken.DBClusterSnapshotIdentifier.slice(0, 12)}-by-hand`;
    await aws.world.rds().send(new CopyDBClusterSnapshotCommand({
      SourceDBClusterSnapshotIdentifier: taken.DBClusterSnapshotArn, TargetDBClusterSnapshotIdentifier: name, CopyTags: true,
    }));
    return name;
  }

  test('stays: made by hand, by another plan, and by somebody who copied with all tags', async () => {
    await beginAtNoon(aws, 'orders');
    await aws.world.snapshot('by-hand', 'orders');
    await aws.stack().deploy((stack) => {
      planOf(['orders'], keepLast(1))(stack);
      planOf(['orders'], { planName: 'silver', ...keepLast(2) }, 'Silver')(stack);
    });
    await nights(aws);
    const copy = await handMadeCopy();

    await nights(aws, 3);

    const names = (await aws.manual()).map(({ DBClusterSnapshotIdentifier }) => DBClusterSnapshotIdentifier);
    expect(names).toEqual(expect.arrayContaining(['by-hand', copy]));
    expect(await keptNights(aws)).toEqual(['2027-03-02', '2027-03-04', '2027-03-05', '2027-03-05']);
  });

  test('no role of a plan could delete, share or tag it', async () => {
    await aws.local.settings({ defaultEncryption: 'none' }); // of what is encrypted by default nothing can be shared
    await beginAtNoon(aws, 'orders');
    await aws.world.snapshot('by-hand', 'orders');
    await aws.stack().deploy(planOf(['orders'], { shareWith: ['222222222222'] }));
    await aws.stack('Other').deploy(planOf(['orders'], { planName: 'silver', shareWith: ['222222222222'] }));
    await nights(aws);
    const ofGold = (await aws.made()).find(({ Tags }) => Tags['cdk-aurora-backup:plan'] === 'gold')!.DBClusterSnapshotIdentifier;
    const remove = (DBClusterSnapshotIdentifier: string) => new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier });
    const share = (DBClusterSnapshotIdentifier: string) => new ModifyDBClusterSnapshotAttributeCommand({
      DBClusterSnapshotIdentifier, AttributeName: 'restore', ValuesToAdd: ['333333333333'],
    });
    aws.excuse((call) => call.session === 'session');

    for (const victim of ['by-hand', ofGold]) {
      expect(await refusal((await as('Other-AuroraBackupPlansPrune')).send(remove(victim)))).toMatch(/^AccessDenied/);
      expect(await refusal((await as('Other-AuroraBackupPlansStart')).send(share(victim)))).toMatch(/^AccessDenied/);
    }
    // What its own role may: so the refusals above are not for another reason.
    expect(await refusal((await as('Shop-AuroraBackupPlansStart')).send(share(ofGold)))).toBe('no error');
    expect(await refusal((await as('Shop-AuroraBackupPlansStart')).send(remove(ofGold)))).toMatch(/^AccessDenied/);
    expect(await refusal((await as('Shop-AuroraBackupPlansPrune')).send(remove(ofGold)))).toBe('no error');
  });

  /** Somebody with the credentials of a function. */
  async function as(role: string): Promise<RDSClient> {
    const name = (await aws.local.unusedRights(role))[0]?.role ?? (await aws.local.calls({ principal: role }))[0].role!;
    const answer = await ask(aws.local, 'sts', 'AssumeRole', { RoleArn: `arn:aws:iam::${ACCOUNT}:role/${name}`, RoleSessionName: 'session' });
    const part = (tag: string) => new RegExp(`<${tag}>(.*?)</${tag}>`).exec(answer)![1];
    return new RDSClient({
      ...aws.local.client(HERE),
      credentials: { accessKeyId: part('AccessKeyId'), secretAccessKey: part('SecretAccessKey'), sessionToken: part('SessionToken') },
      maxAttempts: 1,
    });
  }
});

describe('when the Region holds as many snapshots as its quota allows', () => {
  test('those go first that the policy deletes anyway, and nothing else', async () => {
    await beginAtNoon(aws, 'orders');
    await aws.world.snapshot('by-hand', 'orders');
    const shop = aws.stack();
    await shop.deploy(planOf(['orders'], keepLast(4)));
    await nights(aws, 4);
    await aws.local.settings({ manualSnapshotQuota: 5 });
    await shop.deploy(planOf(['orders'], keepLast(2)));

    await nights(aws);

    expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ verdict: 'SUCCEEDED', deleted: { length: 3 } });
    expect(await keptNights(aws)).toEqual(['2027-03-05', '2027-03-06']);
    expect((await aws.manual()).map(({ DBClusterSnapshotIdentifier }) => DBClusterSnapshotIdentifier)).toContain('by-hand');
  });

  test.each([
    ['the policy needs all of them', 3, 2],
    ['only the newest good one is left', 1, 1],
  ])('and %s, the run fails, says what to do and deletes nothing', async (_, count, quota) => {
    await beginAtNoon(aws, 'orders');
    await aws.stack().deploy(planOf(['orders'], keepLast(count)));
    await nights(aws, quota);
    const before = await keptNights(aws);
    await aws.local.settings({ manualSnapshotQuota: quota });

    await nights(aws);

    expect(await keptNights(aws)).toEqual(before);
    expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ verdict: 'FAILED', reason: expect.stringMatching(/quota allows.*L-9B510759/) });
    expect(await aws.local.calls({ action: DELETE })).toEqual([]);
  });

  test('of copies: those go first in the destination, and the copy is made', async () => {
    await beginAtNoon(aws, 'orders');
    const shop = aws.stack();
    const copied = (count: number) => planOf(['orders'], keepLast(9, { copies: [{ region: THERE, retention: RetentionPolicy.keepLast(count) }] }));
    await shop.deploy(copied(9));
    await nights(aws, 5);
    await shop.deploy(copied(2));
    await aws.local.settings({ manualSnapshotQuota: 6 });
    await aws.world.cluster('elsewhere', {}, THERE);
    await aws.world.snapshot('theirs', 'elsewhere', {}, THERE);

    await nights(aws);

    expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ verdict: 'SUCCEEDED' });
    expect(await keptNights(aws, 'orders', THERE)).toEqual(['2027-03-06', '2027-03-07']);
    expect(await keptNights(aws)).toHaveLength(6);
  });
});

describe('in doubt everything stays', () => {
  test('the list of snapshots ends before its last page', async () => {
    await beginAtNoon(aws, 'orders');
    await aws.stack().deploy(planOf(['orders'], keepLast(1)));
    await nights(aws);
    await aws.local.settings({ pageSize: 1 });
    // A run asks twice, to the second page each time.
    await aws.local.fault({ kind: 'error', action: LOOK, principal: PRUNE, identifier: '^orders$', nth: 2, times: ALWAYS });

    await nights(aws);

    expect(await keptNights(aws)).toEqual(['2027-03-02', '2027-03-03']);
    expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ verdict: 'SUCCEEDED_WITH_WARNINGS', reason: expect.stringMatching(new RegExp(`^prune ${HERE}: InternalFailure`)) });

    await aws.local.clearFaults();
    await nights(aws);
    expect(await keptNights(aws)).toEqual(['2027-03-04']);
  });

  test('a snapshot fails: the earlier one stays, and what failed goes when a newer one is complete', async () => {
    await beginAtNoon(aws, 'orders');
    await aws.stack().deploy(planOf(['orders'], keepLast(1)));
    await nights(aws);
    await aws.local.fault({ kind: 'endsFailed', action: 'rds:CreateDBClusterSnapshot' });
    await nights(aws);
    expect((await clusterVerdicts(aws)).at(-1)).toMatchObject({ verdict: 'FAILED', reason: expect.stringContaining('ended in status \'failed\'') });
    expect((await aws.made()).map(({ Status }) => Status)).toEqual(['available', 'failed']);

    await nights(aws);
    expect(await keptNights(aws)).toEqual(['2027-03-04']);
  });

  test('what is being copied stays until the copy is complete', async () => {
    await beginAtNoon(aws, 'orders');
    await aws.local.settings({ copySeconds: 30 * HOUR });
    await aws.stack().deploy(planOf(['orders'], keepLast(1, { copies: [{ region: THERE }] })));

    await nights(aws, 2);
    expect(await keptNights(aws)).toEqual(['2027-03-02', '2027-03-03']);

    await aws.local.settings({ copySeconds: 120 });
    await nights(aws, 3);
    expect(await keptNights(aws)).toEqual(['2027-03-06']);
    expect(await keptNights(aws, 'orders', THERE)).toEqual(['2027-03-06']);
    expect((await runVerdicts(aws)).map(({ verdict }) => verdict)).toEqual(Array(5).fill('SUCCEEDED'));
  });

  test('somebody takes the time of the data away: the snapshot stays, and is reported', async () => {
    await beginAtNoon(aws, 'orders');
    await aws.stack().deploy(planOf(['orders'], keepLast(1, { copies: [{ region: THERE }] })));
    await nights(aws);
    const [copy] = await aws.made(THERE);
    await ask(aws.local, 'rds', 'RemoveTagsFromResource', { 'ResourceName': copy.DBClusterSnapshotArn, 'TagKeys.member.1': 'cdk-aurora-backup:data-time' }, THERE);

    await nights(aws, 2);

    expect(await keptNights(aws, 'orders', THERE)).toEqual(['2027-03-02', '2027-03-04']);
    expect((await clusterVerdicts(aws)).at(-1).reports).toEqual([expect.stringMatching(/the time of its data is not known/)]);
  });
});
