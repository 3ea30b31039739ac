import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { useLocalAws } from './support/e2e';
import { operatorsIn, prepareOperators } from './support/operators';
import {
  AT_THREE, beginAtNoon, clusterVerdicts, keptNights, metricLines, nights, planMetrics, planOf, runVerdicts, runs, startByHand,
} from './support/plans';
import { somethingThatFails, together } from './support/subjects';
import { temporaryFolder } from './support/temporary-folders';
import { localSynthesizer } from '../../local/cdk-cli';
import { ACCOUNT, HERE, THERE } from '../local/world';
import { AuroraBackupPlan, ExportFrequency, RetentionPolicy } from 'cdk-aurora-backup';

const aws = useLocalAws(0);
const OTHER_ACCOUNT = '222222222222';

interface Release {
  readonly clusters: readonly string[];
  readonly keepLast: number;
}

/** Clusters of one stack, and a plan that does all with them that plans can do. */
function shop({ clusters, keepLast }: Release): string {
  const app = new App({ outdir: temporaryFolder() });
  const stack = new Stack(app, 'Shop', { synthesizer: localSynthesizer(), env: { account: ACCOUNT, region: HERE } });
  const key = new kms.Key(stack, 'Key');
  const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 0, maxAzs: 2, subnetConfiguration: [{ name: 'db', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] });
  const [first, ...others] = clusters.map((clusterIdentifier) => new rds.DatabaseCluster(stack, clusterIdentifier, {
    engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
    writer: rds.ClusterInstance.serverlessV2('Writer'),
    vpc,
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    storageEncryptionKey: key,
    clusterIdentifier,
    removalPolicy: RemovalPolicy.DESTROY,
  }));
  const plan = new AuroraBackupPlan(stack, 'Plan', {
    planName: 'gold',
    clusters: [first],
    schedule: AT_THREE,
    retention: RetentionPolicy.keepLast(keepLast),
    copies: [{ region: THERE, encryptionKey: kms.Alias.fromAliasName(stack, 'There', 'alias/elsewhere'), retention: RetentionPolicy.keepFor(Duration.days(2)) }],
    shareWith: [OTHER_ACCOUNT],
    exports: [{ clusters: [first], bucket: new s3.Bucket(stack, 'Lake', { bucketName: 'shop-lake' }), encryptionKey: key, frequency: ExportFrequency.WEEKLY }],
    snapshotTags: { team: 'shop' },
    notificationTopic: operatorsIn(stack),
  });
  others.forEach((cluster) => plan.addCluster(cluster));
  return app.synth().directory;
}

test('a plan lives with its stack, by the CDK CLI: runs, more clusters, another retention; its snapshots stay', async () => {
  await aws.world.key(THERE, ACCOUNT, 'alias/elsewhere');
  await prepareOperators(aws);
  await beginAtNoon(aws);
  const cdk = aws.cdk();

  expect(await cdk.deploy(shop({ clusters: ['orders', 'billing', 'users'], keepLast: 3 }))).toMatchObject({ exitCode: 0 });
  await nights(aws);

  expect(await runVerdicts(aws)).toMatchObject([{
    planName: 'gold',
    account: ACCOUNT,
    region: HERE,
    run: '2027-03-02T03-00-00Z',
    scheduledTime: '2027-03-02T03:00:00Z',
    verdict: 'SUCCEEDED',
    message: '3 clusters: 3 succeeded.',
    counts: { SUCCEEDED: 3 },
    clustersNotSucceeded: [],
  }]);
  const taken = await aws.made();
  expect(taken).toMatchObject(Array(3).fill({ Status: 'available', SharedWith: [OTHER_ACCOUNT], Tags: { team: 'shop' } }));
  expect(await aws.made(THERE)).toMatchObject(Array(3).fill({ Status: 'available', SharedWith: [], Tags: { team: 'shop' } }));
  expect(await aws.exports()).toMatchObject([{ Status: 'COMPLETE', S3Bucket: 'shop-lake', SourceArn: expect.stringContaining('-orders') }]);
  expect((await clusterVerdicts(aws)).find(({ clusterIdentifier }) => clusterIdentifier === 'orders')).toMatchObject({
    verdict: 'SUCCEEDED',
    snapshotArn: taken.find((snapshot) => snapshot.DBClusterIdentifier === 'orders')!.DBClusterSnapshotArn,
    parts: [
      { part: 'snapshot', verdict: 'SUCCEEDED' }, { part: 'share', verdict: 'SUCCEEDED' },
      { part: 'copy', name: THERE, verdict: 'SUCCEEDED' }, { part: 'export', verdict: 'SUCCEEDED' },
    ],
  });
  expect((await planMetrics(aws)).sort()).toEqual(['ClusterSucceeded 1', 'ClusterSucceeded 1', 'ClusterSucceeded 1', 'RunSucceeded 1']);
  expect(await aws.local.notifications()).toMatchObject([{ Subject: 'Backup succeeded: gold', Message: expect.stringContaining('3 clusters: 3 succeeded.') }]);

  const clusters = ['orders', 'billing', 'users', 'stock'];
  expect(await cdk.deploy(shop({ clusters, keepLast: 2 }))).toMatchObject({ exitCode: 0 });
  await nights(aws, 4);

  for (const cluster of clusters) {
    expect(await keptNights(aws, cluster)).toEqual(['2027-03-05', '2027-03-06']);
    // Two days, to the second: the copy of the fourth is as old as that when the one of the sixth is complete.
    expect(await keptNights(aws, cluster, THERE)).toEqual(['2027-03-05', '2027-03-06']);
  }
  expect(await aws.exports()).toHaveLength(1);
  const left = [...await aws.made(), ...await aws.made(THERE)];

  expect(await cdk.destroy(shop({ clusters, keepLast: 2 }))).toMatchObject({ exitCode: 0 });
  await nights(aws, 2);
  expect([...await aws.made(), ...await aws.made(THERE)]).toEqual(left);
  expect(await runVerdicts(aws)).toHaveLength(5);
});

test('started by hand it does a full run, under the name and at the time of the execution', async () => {
  await beginAtNoon(aws, 'orders');
  await aws.stack().deploy(planOf(['orders']));

  await startByHand(aws, 'before-the-migration', { whatever: 'operators write' });
  await aws.local.play(3600);

  expect(await runVerdicts(aws)).toMatchObject([{ run: 'before-the-migration', scheduledTime: '2027-03-01T12:00:00.000Z', verdict: 'SUCCEEDED' }]);
  expect(await aws.made()).toMatchObject([{ Status: 'available', DBClusterSnapshotIdentifier: expect.stringContaining('-20270301-1200-orders') }]);
  expect(await runs(aws)).toMatchObject([{ name: 'before-the-migration', status: 'SUCCEEDED' }]);
});

test('a deploy that fails leaves the plan as it was, and a first one that fails leaves nothing that runs', async () => {
  await beginAtNoon(aws, 'orders', 'billing');
  const stack = aws.stack();
  const broken = (clusters: string[]) => together(planOf(clusters, { retention: RetentionPolicy.keepLast(1) }), somethingThatFails('Plan'));

  expect(await aws.stack('Other').deploy(broken(['orders']))).toMatchObject({ status: 'ROLLBACK_COMPLETE' });
  await nights(aws);
  expect(await aws.made()).toEqual([]);

  await stack.deploy(planOf(['orders']));
  await nights(aws, 2);
  expect(await stack.deploy(broken(['orders', 'billing']))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
  await nights(aws);

  expect(await keptNights(aws)).toEqual(['2027-03-03', '2027-03-04', '2027-03-05']);
  expect(await keptNights(aws, 'billing')).toEqual([]);
});

test('how old the newest snapshot is, is told every hour: at home and of the copies, of the worst cluster, also when runs fail', async () => {
  await beginAtNoon(aws, 'orders', 'billing');
  await aws.stack().deploy(planOf(['orders', 'billing'], { copies: [{ region: THERE }] }));
  await nights(aws);
  await aws.local.setStatus(`arn:aws:rds:${HERE}:${ACCOUNT}:cluster:billing`, 'stopped');
  await aws.local.fault({ kind: 'deny', action: 'rds:CopyDBClusterSnapshot', times: 100_000 });
  await nights(aws);

  const ages = await agesAt('2027-03-03T11:00');
  // The newest snapshot of billing, and the newest copies, are of the night before.
  expect(ages[HERE]).toBeCloseTo(32.4, 0);
  expect(ages[THERE]).toBeCloseTo(32.4, 0);
  expect((await ageLines()).length).toBe(2 * 48);
});

async function ageLines() {
  return (await metricLines(aws)).filter((line) => line.NewestSnapshotAge !== undefined);
}

/** In hours, by Region, as told in the hour that begins then. */
async function agesAt(hour: string): Promise<Record<string, number>> {
  const told = (await ageLines()).filter((line) => new Date(line._aws.Timestamp).toISOString().startsWith(hour.slice(0, 13)));
  return Object.fromEntries(told.map((line) => [line.Region, line.NewestSnapshotAge / 3600]));
}
