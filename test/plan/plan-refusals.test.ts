import { CfnParameter, Duration, Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import * as sns from 'aws-cdk-lib/aws-sns';
import { AuroraBackupPlanProps, ClusterBackupOptions, SnapshotExportRole, SnapshotExportRule } from '../../src';
import { aStack, anApp, importedCluster, messageOf, newCluster, stackIn, templateOf } from '../support/constructs';
import { clusterOf, keyOf, lakeIn } from '../support/exports';
import { PropsOf, keyIn, planIn, planWith } from '../support/plans';

/** The message with which a plan in a stack of Ireland is refused. */
const refusal = (props: PropsOf, stack?: Stack) => messageOf(() => planWith(props, stack));
/** The same for what is only known when the template is written. */
const refusalAtSynth = (props: PropsOf) => messageOf(() => templateOf(planWith(props).stack));
type OptionsOf = ClusterBackupOptions | ((stack: Stack) => ClusterBackupOptions);
const refusalOfCluster = (cluster: (stack: Stack) => rds.IDatabaseCluster, options?: OptionsOf, props: PropsOf = {}) => {
  const plan = planWith((stack) => ({ clusters: [], ...(typeof props === 'function' ? props(stack) : props) }));
  return messageOf(() => plan.addCluster(cluster(plan.stack), typeof options === 'function' ? options(plan.stack) : options));
};

const anExport = (stack: Stack, more: Partial<SnapshotExportRule> = {}): Partial<AuroraBackupPlanProps> => ({
  exports: [{ bucket: lakeIn(stack), encryptionKey: keyOf(stack), ...more }],
});

/** A cluster of the app that is encrypted with the default key of RDS, or with one of its own. */
const encryptedCluster = (stack: Stack, storageEncryptionKey?: kms.IKey) => new rds.DatabaseCluster(stack, 'Cluster', {
  engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
  writer: rds.ClusterInstance.serverlessV2('Writer'),
  vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0 }),
  vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  storageEncrypted: true,
  storageEncryptionKey,
});

describe('a plan is refused for', () => {
  test.each<[what: string, props: PropsOf, message: string | RegExp]>([
    ['a name with a space', { planName: 'my plan' }, "planName must be 1 to 64 letters, digits, '.', '_' and '-', got 'my plan'"],
    ['a name that is too long', { planName: 'x'.repeat(65) }, /planName must be 1 to 64 letters/],
    ['an empty name', { planName: '' }, /planName must be 1 to 64 letters.*got ''/],
    ['a name that is not known at synth', (stack) => ({ planName: new CfnParameter(stack, 'Name').valueAsString }),
      'planName must be known at synth, because identifiers and policies begin with what is made from it, got a token; give a text'],
    ['a schedule that runs once', { schedule: ScheduleExpression.at(new Date('2027-01-01T00:00:00Z')) },
      "schedule must recur, got 'at(2027-01-01T00:00:00)', which runs once; use ScheduleExpression.cron or .rate, or a ClusterSnapshot for a single snapshot"],
    ['tags that every cluster has', { clusterTags: {} },
      'clusterTags must name at least one tag, got an empty object, which every cluster of the account would match; leave it out, or name a tag'],
    ['no concurrency', { maxConcurrency: 0 }, 'maxConcurrency must be a whole number from 1 to 10,000, got 0; leave it out for no limit'],
    ['more concurrency than Step Functions has', { maxConcurrency: 10_001 }, /maxConcurrency .* got 10001/],
    ['half a concurrency', { maxConcurrency: 1.5 }, /maxConcurrency .* got 1.5/],
    ['a quota of nothing', { snapshotQuota: 0 }, 'snapshotQuota must be a whole number from 1, got 0; leave it out if the quota was never raised'],
    ['tags of the library', { snapshotTags: { 'cdk-aurora-backup:plan': 'x' } }, /tags must not have keys that begin with 'cdk-aurora-backup:', got 'cdk-aurora-backup:plan'/],
    ['tags of AWS', { snapshotTags: { 'aws:x': 'x' } }, /tags must not have keys that begin with 'aws:' or 'rds:', got 'aws:x'/],
    ['a FIFO topic', (stack) => ({ notificationTopic: new sns.Topic(stack, 'Topic', { fifo: true, topicName: 'backups' }) }),
      "notificationTopic 'Orders/Topic' is a FIFO topic, which takes no plain messages; give a standard topic"],
    ['a topic elsewhere', (stack) => ({ notificationTopic: sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-central-1:111111111111:backups') }),
      /notificationTopic 'Orders\/Topic' is in eu-central-1 and the stack in eu-west-1/],
  ])('%s', (_, props, message) => {
    expect(refusal(props)).toMatch(typeof message === 'string' ? `[Orders/Gold] ${message}` : message);
  });
});

describe('copies are refused', () => {
  test.each<[what: string, props: PropsOf, message: string]>([
    ['to a Region that is none', { copies: [{ region: 'Frankfurt' }] }, "copies.region must be the code of an AWS Region, for example eu-central-1, got 'Frankfurt'"],
    ['to one Region twice', { copies: [{ region: 'eu-north-1' }, { region: 'eu-north-1' }] }, "copies name the Region 'eu-north-1' twice; leave out one of the two"],
    ['to the Region of the plan', { copies: [{ region: 'eu-west-1' }] },
      "copies name 'eu-west-1', the Region of the plan itself, where the snapshots are anyway; name another Region"],
    ['to China', { copies: [{ region: 'cn-north-1' }] },
      'copies from eu-west-1 to cn-north-1 are not possible, because AWS does not copy Aurora snapshots in the China Regions; leave out copies'],
    ['to GovCloud', { copies: [{ region: 'us-gov-west-1' }] },
      'copies from eu-west-1 to us-gov-west-1 are not possible: snapshots of GovCloud Regions are copied to GovCloud Regions only, and others to others only'],
    ['with a key of another Region', (stack) => ({ copies: [{ region: 'eu-north-1', encryptionKey: keyIn(stack, 'eu-central-1') }] }),
      "copies.encryptionKey 'Orders/Key-eu-central-1' is in eu-central-1 and the copies in eu-north-1; give a key of eu-north-1, for example a replica of a multi-Region key"],
    ['without a key, of a cluster that is encrypted', (stack) => ({ clusters: [encryptedCluster(stack)], copies: [{ region: 'eu-north-1' }] }),
      "copies to eu-north-1 need an encryptionKey, because cluster 'Orders/Cluster' is encrypted with a key that cannot be used there; give a key of that Region"],
  ])('%s', (_, props, message) => {
    expect(refusal(props)).toBe(`[Orders/Gold] ${message}`);
  });

  test('within China', () => {
    expect(refusal({ copies: [{ region: 'cn-northwest-1' }] }, stackIn('cn-north-1'))).toContain('copies from cn-north-1 to cn-northwest-1 are not possible');
  });

  test('from GovCloud to elsewhere', () => {
    expect(refusal({ copies: [{ region: 'us-east-1' }] }, stackIn('us-gov-east-1'))).toContain('copies from us-gov-east-1 to us-east-1 are not possible');
  });

  test('to the Region of the stack, also when nobody knows which it is', () => {
    expect(refusal((stack) => ({ copies: [{ region: stack.region }] }), aStack())).toContain('copies name the Region of the plan itself');
  });
});

describe('sharing is refused', () => {
  test.each<[what: string, props: PropsOf, message: string | RegExp]>([
    ['with more accounts than RDS takes', { shareWith: Array.from({ length: 21 }, (_, n) => String(200000000000 + n)) },
      'shareWith must name at most 20 accounts, which is a limit of RDS, got 21'],
    ['with what is no account', { shareWith: ['all'] }, "shareWith must name accounts by their 12 digits, got 'all'; an organization or everybody cannot be named"],
    ['with one account twice', { shareWith: ['222222222222', '222222222222'] }, "shareWith names '222222222222' twice; leave out one of the two"],
    ['with the account itself', { shareWith: ['111111111111'] }, "shareWith names '111111111111', the account of the plan itself, which has the snapshots anyway; leave it out"],
    ['of a cluster under the default key', (stack) => ({ shareWith: ['222222222222'], clusters: [encryptedCluster(stack)] }),
      /shareWith is not possible for cluster 'Orders\/Cluster', which is encrypted with a default key, and RDS shares no snapshots under it; give the cluster a storageEncryptionKey/],
  ])('%s', (_, props, message) => {
    expect(refusal(props)).toMatch(typeof message === 'string' ? `[Orders/Gold] ${message}` : message);
  });
});

describe('exports are refused', () => {
  test.each<[what: string, props: PropsOf, message: string | RegExp]>([
    ['to a bucket elsewhere', (stack) => anExport(stack, { bucket: lakeIn(stack, 'eu-central-1', 'Far') }),
      /bucket 'Orders\/Far' is in eu-central-1 and the plan in eu-west-1, and RDS exports only within one Region; give a bucket of eu-west-1/],
    ['with a key elsewhere', (stack) => anExport(stack, { encryptionKey: keyIn(stack, 'eu-central-1') }),
      /exports\.encryptionKey 'Orders\/Key-eu-central-1' is in eu-central-1 and the plan in eu-west-1/],
    ['below a prefix that RDS changes', (stack) => anExport(stack, { prefix: 'my lake' }), /prefix must not contain ' ', got 'my lake'/],
    ['of nothing', (stack) => anExport(stack, { exportOnly: [] }), 'exportOnly must not be an empty list; leave it out to export everything'],
    ['of tables in a form that the engine does not have', (stack) => {
      const cluster = clusterOf(stack, 'aurora-mysql');
      return { ...anExport(stack, { clusters: [cluster], exportOnly: ['a.b.c'] }), clusters: [cluster] };
    }, /exportOnly takes db or db\.table for aurora-mysql, got 'a\.b\.c'/],
    ['of no cluster', (stack) => anExport(stack, { clusters: [] }), 'exports.clusters must not be an empty list; leave it out to export all clusters of the plan'],
    ['with a role of another account', (stack) => anExport(stack, { role: iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::222222222222:role/lake') }),
      /exports\.role 'Orders\/Role' is in account 222222222222 and the plan in 111111111111; RDS takes roles of its own account only/],
    ['with a role for another bucket', (stack) => anExport(stack, {
      role: new SnapshotExportRole(stack, 'Role', { bucket: s3.Bucket.fromBucketName(stack, 'Other', 'other'), encryptionKey: keyOf(stack, undefined, 'OtherKey') }),
    }), /exports\.role 'Orders\/Role' writes to bucket 'Orders\/Other', not to 'Orders\/Lake'; make a role for this export, or leave out role/],
  ])('%s', (_, props, message) => {
    expect(refusal(props)).toMatch(typeof message === 'string' ? `[Orders/Gold] ${message}` : message);
  });

  test('of a cluster that is not backed up', () => {
    expect(refusalAtSynth((stack) => anExport(stack, { clusters: [importedCluster(stack, 'billing')] }))).toContain(
      "exports.clusters names 'Orders/Imported-billing', which is no cluster of the plan; add it to the plan with clusters or addCluster, or leave it out",
    );
  });

  test('unless the cluster is added later, or may be selected by its tags', () => {
    const stack = stackIn('eu-west-1');
    const billing = importedCluster(stack, 'billing');
    planIn(stack, anExport(stack, { clusters: [billing] })).addCluster(billing);
    const tagged = stackIn('eu-west-1');
    planIn(tagged, { ...anExport(tagged, { clusters: [importedCluster(tagged, 'billing')] }), clusterTags: { backup: 'gold' } });

    expect(() => [stack, tagged].forEach((each) => templateOf(each))).not.toThrow();
  });
});

describe('a cluster is refused', () => {
  test.each<[what: string, cluster: (stack: Stack) => rds.IDatabaseCluster, message: string | RegExp]>([
    ['of another engine', (stack) => clusterOf(stack, 'neptune'), "cluster 'Orders/Orders' runs 'neptune'; only aurora-mysql and aurora-postgresql are supported"],
    ['of another Region', ({ node }) => newCluster(stackIn('eu-central-1', { app: node.root as never, id: 'Elsewhere' })),
      "cluster 'Elsewhere/Cluster' is in eu-central-1 and the plan in eu-west-1; put the plan into a stack in eu-central-1"],
    ['of another account', ({ node }) => newCluster(aStack({ app: node.root as never, id: 'Elsewhere', env: { account: '222222222222', region: 'eu-west-1' } })),
      "cluster 'Elsewhere/Cluster' is in account 222222222222 and the plan in 111111111111; put the plan into a stack in 222222222222"],
  ])('%s', (_, cluster, message) => {
    expect(refusalOfCluster(cluster)).toBe(`[Orders/Gold] ${message}`);
  });

  test('that is in the plan already', () => {
    const stack = stackIn('eu-west-1');
    const cluster = importedCluster(stack);
    const plan = planIn(stack, { clusters: [cluster] });

    expect(messageOf(() => plan.addCluster(cluster))).toBe("[Orders/Gold] cluster 'Orders/Imported-orders' is in the plan already, as 'Orders/Imported-orders'; leave out one of the two");
    expect(messageOf(() => plan.addCluster(importedCluster(stack, 'ORDERS', 'Again')))).toContain("cluster 'Orders/Again' is in the plan already, as 'Orders/Imported-orders'");
  });

  test('with tags of the library', () => {
    expect(refusalOfCluster(importedCluster, { snapshotTags: { 'cdk-aurora-backup:plan': 'x' } })).toContain("got 'cdk-aurora-backup:plan'");
  });

  test('with a key of another Region', () => {
    expect(refusalOfCluster(importedCluster, (stack) => ({ clusterEncryptionKey: keyIn(stack, 'eu-central-1') }))).toBe(
      "[Orders/Gold] clusterEncryptionKey 'Orders/Key-eu-central-1' is in eu-central-1 and the cluster in eu-west-1; give a key of eu-west-1, the one that the cluster is encrypted with",
    );
  });

  test('whose key is told, when copies have none', () => {
    expect(refusalOfCluster(importedCluster, (stack) => ({ clusterEncryptionKey: keyIn(stack, 'eu-west-1') }), { copies: [{ region: 'eu-north-1' }] })).toContain(
      "copies to eu-north-1 need an encryptionKey, because cluster 'Orders/Imported-orders' is encrypted",
    );
  });
});

describe('when the template is written, a plan is refused', () => {
  test('that backs up nothing', () => {
    expect(refusalAtSynth({ clusters: [] })).toContain('[Orders/Gold] the plan has no clusters, so it would back up nothing; give it clusters or clusterTags, or call addCluster');
  });

  test.each([[29, undefined], [30, "snapshotTags and the tags of the app come to 41, and RDS takes 50 tags on a snapshot, of which up to 10 are the library's own"]])(
    'whose snapshots would have more tags than RDS takes: %i of the plan, ten of the cluster and one of the app', (count, message) => {
      const tags = (prefix: string, length: number) => Object.fromEntries(Array.from({ length }, (_, n) => [`${prefix}-${n}`, 'x']));
      const plan = planWith({ snapshotTags: tags('plan', count), clusters: [] });
      plan.addCluster(importedCluster(plan.stack), { snapshotTags: tags('cluster', 10) });
      Tags.of(plan.stack).add('app', 'x');
      const synth = () => templateOf(plan.stack);

      if (message === undefined) {
        expect(synth).not.toThrow();
      } else {
        expect(messageOf(synth)).toContain(message);
      }
    },
  );
});

describe('props that may be right are taken', () => {
  const taken = (props: PropsOf, stack = stackIn('eu-west-1')) => expect(() => templateOf(planWith(props, stack).stack)).not.toThrow();

  test('a cluster of the stack, an imported one and one that is added', () => {
    const stack = stackIn('eu-west-1');
    planIn(stack, { clusters: [newCluster(stack), importedCluster(stack)] }).addCluster(importedCluster(stack, 'billing'));

    expect(() => templateOf(stack)).not.toThrow();
  });

  test('an alias, which is looked up in the Region of the copies', () => taken((stack) => ({
    copies: [{ region: 'eu-north-1', encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', 'alias/dr') }],
  })));

  test('copies between GovCloud Regions', () => taken({ copies: [{ region: 'us-gov-east-1' }] }, stackIn('us-gov-west-1')));

  test('a cluster under a key of its own, that is shared and copied', () => taken((stack) => ({
    clusters: [encryptedCluster(stack, new kms.Key(stack, 'Key'))],
    shareWith: ['222222222222'],
    copies: [{ region: 'eu-north-1', encryptionKey: keyIn(stack, 'eu-north-1') }],
  })));

  test('a cluster that is restored, and has the key of what it is restored from', () => taken((stack) => {
    const cluster = encryptedCluster(stack);
    (cluster.node.defaultChild as rds.CfnDBCluster).snapshotIdentifier = 'before';
    return { clusters: [cluster], shareWith: ['222222222222'] };
  }));

  test('a cluster of a stack whose account and Region nobody knows yet', () => {
    const app = anApp();
    const clusters = [newCluster(aStack({ app, id: 'Clusters' }))];
    taken({ clusters, shareWith: ['222222222222'], copies: [{ region: 'eu-north-1' }] }, aStack({ app }));
  });

  test('twenty accounts', () => taken({ shareWith: Array.from({ length: 20 }, (_, n) => String(200000000000 + n)) }));

  test('names with everything that is allowed', () => taken({ planName: 'Team_a.gold-2' }));

  test('a rate, a quota and a concurrency', () => taken({ schedule: ScheduleExpression.rate(Duration.hours(1)), snapshotQuota: 500, maxConcurrency: 10_000 }));
});
