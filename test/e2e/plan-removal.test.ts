import { ModifyDBClusterCommand } from '@aws-sdk/client-rds';
import { RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as sns from 'aws-cdk-lib/aws-sns';
import { DeployedStack, Declaration } from './support/deployed-stack';
import { useLocalAws } from './support/e2e';
import { AT_THREE, PlanProps, beginAtNoon, keptNights, nights, planOf, startByHand } from './support/plans';
import { together } from './support/subjects';
import { until } from './support/until';
import { unusedRights } from '../../local/call-report';
import { Fault } from '../../local/local-aws';
import { planOwner, planTags } from '../../src/core/plan/plan-ownership';
import { HERE, THERE } from '../local/world';
import { AuroraBackupDefaults, AuroraBackupPlan, ClusterSnapshot, ClusterSnapshotCopy, RestoredDatabaseCluster, RetentionPolicy } from 'cdk-aurora-backup';

const aws = useLocalAws(0);
const ALWAYS = 100_000;
const CREATE = 'rds:CreateDBClusterSnapshot';
const COPY = 'rds:CopyDBClusterSnapshot';
const DELETE = 'rds:DeleteDBClusterSnapshot';
const REMOVE = 'AuroraBackupPlansRemove';
const NOTHING_DELETED = 'no snapshot is deleted with a plan';
/** Emulated seconds per second while CloudFormation works. */
const SPEED = 120;

/** IAM knows three kinds of resources for these lists; that lists which name nothing need them all is not ruled out. */
const UNUSED = [/rds:Describe(DBClusterSnapshots|ExportTasks) on arn:aws:rds:\*:111111111111:(cluster|snapshot):\*$/];

const copies = [{ region: THERE }];
/** A plan of `orders` whose snapshots go with the stack, and their copies. */
const throwAway = (props: PlanProps = {}, id?: string): Declaration => planOf(['orders'], { removalPolicy: RemovalPolicy.DESTROY, copies, ...props }, id);
/** What a stack still has when its plan is taken out of it. */
const nothingElse: Declaration = (stack) => {
  new sns.Topic(stack, 'Topic');
};

beforeEach(async () => {
  await aws.local.settings({ defaultEncryption: 'none', snapshotSeconds: 60, copySeconds: 120 });
  await beginAtNoon(aws, 'orders');
  // The framework may look once more while CloudFormation takes the rights of the function away. It hides nothing: without these rights nothing would go.
  aws.excuse((call) => new RegExp(`${REMOVE}Role`).test(call.role ?? '') && /^rds:Describe/.test(call.action));
});

async function destroy(stack: DeployedStack) {
  await aws.local.clock({ speed: SPEED });
  return stack.destroy();
}

/** Those of all plans, and those of nobody. */
async function everything(): Promise<string[]> {
  return [...await aws.manual(), ...await aws.manual(THERE)].map(({ DBClusterSnapshotArn }) => DBClusterSnapshotArn);
}

const tagList = (tags: Record<string, string>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
const deletions = () => aws.local.calls({ action: DELETE });

/** A run by hand, until it is at that call. */
async function runUntil(action: string): Promise<void> {
  await startByHand(aws, 'by-hand');
  await aws.local.clock({ speed: SPEED });
  await aws.called(action);
}

describe('a throw-away stack that is destroyed', () => {
  test('takes what its plan took with it, here and elsewhere, and nothing else', async () => {
    await aws.world.snapshot('by-hand', 'orders');
    await aws.stack('Production').deploy(planOf(['orders'], { copies }));
    await aws.stack('Another').deploy(throwAway());
    const shop = aws.stack();
    await shop.deploy(together(throwAway(), planOf(['orders'], { planName: 'silver' }, 'Silver')));
    await nights(aws, 2);
    const before = await everything();
    const ofShop = (await Promise.all([HERE, THERE].map((region) => aws.made(region)))).flat()
      .filter(({ Tags }) => Tags['cdk-aurora-backup:stack'] === shop.id).map(({ DBClusterSnapshotArn }) => DBClusterSnapshotArn);
    expect(ofShop).toHaveLength(4);

    expect(await destroy(shop)).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });

    expect(await everything()).toEqual(before.filter((arn) => !ofShop.includes(arn)));
    expect(before).toHaveLength(1 + 4 + 4 + 4 + 2);
    expect(unusedRights(await aws.local.unusedRights(`Shop-${REMOVE}Role`), UNUSED)).toEqual([]);
  });

  test('by default takes nothing with it', async () => {
    const shop = aws.stack();
    await shop.deploy(planOf(['orders'], { copies }));
    await nights(aws, 2);
    const before = await everything();

    await destroy(shop);

    expect(await everything()).toEqual(before);
    expect(before).toHaveLength(4);
  });

  test('waits for a snapshot that is being created by a run', async () => {
    const shop = aws.stack();
    await shop.deploy(throwAway());
    await runUntil(CREATE);
    expect((await aws.made()).map(({ Status }) => Status)).toEqual(['creating']);

    expect(await destroy(shop)).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });

    expect(await everything()).toEqual([]);
  });

  test('cancels a copy that a run is making', async () => {
    await aws.local.settings({ copySeconds: 20_000 });
    const shop = aws.stack();
    await shop.deploy(throwAway());
    await runUntil(COPY);
    expect((await aws.made(THERE)).map(({ Status }) => Status)).toEqual(['copying']);

    expect(await destroy(shop)).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });

    expect(await everything()).toEqual([]);
  });

  test('also takes what a function makes that is still at work when the state machines are gone', async () => {
    const shop = aws.stack();
    await shop.deploy(throwAway({ copies: [] }));
    await nights(aws, 1);
    const [{ Tags }] = await aws.made();
    await aws.local.clock({ speed: SPEED });
    await shop.beginDestroy();
    await aws.called(DELETE);
    const late = `${Tags['cdk-aurora-backup:owner']}-late`;
    await aws.world.snapshot(late, 'orders', { Tags: tagList({ ...Tags, 'cdk-aurora-backup:identifier': late }) });

    expect(await shop.settled()).toMatchObject({ status: 'DELETE_COMPLETE' });

    expect(await everything()).toEqual([]);
  });

  test('waits for a copy that somebody makes of a snapshot, and leaves it alone', async () => {
    const shop = aws.stack();
    await shop.deploy(throwAway({ copies: [] }));
    await nights(aws, 1);
    await aws.local.settings({ copySeconds: 600 });
    await aws.world.copy((await everything())[0], 'by-hand');

    expect(await destroy(shop)).toMatchObject({ status: 'DELETE_COMPLETE' });

    expect(await aws.manual()).toMatchObject([{ DBClusterSnapshotIdentifier: 'by-hand', Status: 'available' }]);
  });
});

describe('snapshots that cannot be deleted', () => {
  /** Where the SDK did not get the answer it asks again, and IAM refuses to delete what has gone. */
  beforeEach(() => aws.excuse(({ action, role }) => action === DELETE && (role ?? '').includes(REMOVE)));

  const FAULTS: Record<string, Fault> = {
    'are throttled for a while': { kind: 'throttle', action: DELETE, times: 7 },
    'are deleted, but the answer is lost': { kind: 'lost', action: DELETE, times: 1 },
    'are not allowed to be yet': { kind: 'deny', action: DELETE, times: 2 },
    'cannot be listed for a while': { kind: 'throttle', action: 'rds:DescribeDBClusterSnapshots', principal: REMOVE, times: 7 },
    'belong to a stack of which CloudFormation tells nothing for a while': { kind: 'throttle', action: 'cloudformation:DescribeStacks', principal: REMOVE, times: 4 },
  };

  test.each(Object.entries(FAULTS))('%s: the stack goes all the same', async (_, fault) => {
    const shop = aws.stack();
    await shop.deploy(throwAway());
    await nights(aws, 1);
    await aws.local.fault(fault);

    expect(await destroy(shop)).toMatchObject({ status: 'DELETE_COMPLETE' });

    expect(await everything()).toEqual([]);
  });

  test('stay, all of them, while their cluster has deletion protection, and go when it has not', async () => {
    await aws.world.rds().send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'orders', DeletionProtection: true }));
    const shop = aws.stack();
    await shop.deploy(throwAway());
    await nights(aws, 1);
    const taken = await everything();

    expect(await destroy(shop)).toMatchObject({ status: 'DELETE_FAILED', reasons: expect.arrayContaining([expect.stringMatching(/the cluster 'orders' has deletion protection/)]) });
    expect(await everything()).toEqual(taken);

    await aws.world.rds().send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'orders', DeletionProtection: false }));
    expect(await destroy(shop)).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(await everything()).toEqual([]);
  });

  test('keep the stack, which says why, and go when it is destroyed again', async () => {
    const shop = aws.stack();
    await shop.deploy(throwAway());
    await nights(aws, 1);
    await aws.local.fault({ kind: 'deny', action: DELETE, region: HERE, times: ALWAYS });

    const first = await destroy(shop);
    expect(first.status).toBe('DELETE_FAILED');
    expect(first.reasons.join()).toMatch(/1 snapshots of the plan 'gold' could not be deleted .*AccessDenied.* see to that, and destroy the stack again/);
    expect(await keptNights(aws, 'orders', THERE)).toEqual([]);
    await aws.local.clearFaults();

    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(await everything()).toEqual([]);
  });

  test('keep the stack as well when the function dies over them, until it is destroyed again', async () => {
    const shop = aws.stack();
    await shop.deploy(throwAway());
    await nights(aws, 1);
    await aws.local.fault({ kind: 'killLambda', action: DELETE, when: 'after' });

    expect(await destroy(shop)).toMatchObject({ status: 'DELETE_FAILED' });
    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(await everything()).toEqual([]);
  });

  test('stay, all of them, where CloudFormation does not tell whether the stack is being deleted', async () => {
    const shop = aws.stack();
    await shop.deploy(throwAway());
    await nights(aws, 1);
    await aws.local.fault({ kind: 'deny', action: 'cloudformation:DescribeStacks', principal: REMOVE, times: ALWAYS });

    expect(await destroy(shop)).toMatchObject({ status: 'DELETE_FAILED' });
    expect(await everything()).toHaveLength(2);
    expect(await deletions()).toEqual([]);
  });
});

describe('a stack that stays', () => {
  let shop: DeployedStack;
  let before: string[];

  async function begin(declare: Declaration) {
    shop = aws.stack();
    await shop.deploy(declare);
    await nights(aws, 1);
    before = await everything();
    await aws.local.clock({ speed: SPEED });
  }

  async function expectNothingDeleted() {
    expect(await everything()).toEqual(before);
    expect(await deletions()).toEqual([]);
  }

  test('loses no snapshot with its plan', async () => {
    await begin(together(nothingElse, throwAway()));

    expect(await shop.deploy(nothingElse)).toMatchObject({ status: 'UPDATE_COMPLETE' });

    await expectNothingDeleted();
    await aws.logged({ message: NOTHING_DELETED, because: /UPDATE_COMPLETE_CLEANUP_IN_PROGRESS/ });
  });

  test('loses none when the plan gets another name or another construct id', async () => {
    await begin(throwAway());

    expect(await shop.deploy(throwAway({ planName: 'platinum' }))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(await shop.deploy(throwAway({ planName: 'platinum' }, 'Renamed'))).toMatchObject({ status: 'UPDATE_COMPLETE' });

    await expectNothingDeleted();
    await aws.logged({ message: 'the snapshots of the former name of a plan stay', plan: 'platinum', former: 'gold' });
  });

  test('loses none of its other plans when an update that added one is taken back', async () => {
    await begin(throwAway());

    await shop.begin(together(throwAway(), throwAway({ planName: 'silver' }, 'Silver')));
    await shop.failElsewhere();

    expect((await shop.settled()).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    await expectNothingDeleted();
    await aws.logged({ message: NOTHING_DELETED, because: /ROLLBACK/ });
  });

  test('loses none when the policy becomes RETAIN, also if it is destroyed later', async () => {
    await begin(throwAway());
    expect(await shop.deploy(planOf(['orders'], { copies }))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    await expectNothingDeleted();

    await shop.destroy();

    await expectNothingDeleted();
  });
});

test('what was taken before DESTROY was deployed stays when the stack goes', async () => {
  const shop = aws.stack();
  await shop.deploy(planOf(['orders'], { copies }));
  await nights(aws, 1);
  const before = await everything();
  await shop.deploy(throwAway());
  await nights(aws, 1);
  expect(await everything()).toHaveLength(4);

  await destroy(shop);

  expect(await everything()).toEqual(before);
  await aws.logged({ level: 'WARN', message: /they were not taken for this stack/ });
});

test('what a run took in a stack whose creation fails afterwards stays', async () => {
  const shop = aws.stack();
  await aws.local.clock({ speed: SPEED });
  await shop.begin(throwAway());
  const owner = planOwner('gold');
  await aws.world.snapshot(`${owner}-early`, 'orders', { Tags: tagList(planTags({ owner, planName: 'gold', region: HERE, stackId: shop.id }, `${owner}-early`, 'orders', 'cluster-1', { name: 'run', scheduledTime: '' })) });
  await shop.failElsewhere();

  expect((await shop.settled()).status).toBe('ROLLBACK_COMPLETE');
  await aws.logged({ message: NOTHING_DELETED, because: /ROLLBACK_IN_PROGRESS/ });
  expect(await aws.manual()).toMatchObject([{ DBClusterSnapshotIdentifier: `${owner}-early` }]);
  expect(await deletions()).toEqual([]);
});

describe('a whole throw-away environment', () => {
  /** A cluster, what is restored of it, and snapshots of every kind: they leave nothing behind, because the defaults say so. */
  const environment: Declaration = (stack) => {
    AuroraBackupDefaults.of(stack).configure({ removalPolicy: RemovalPolicy.DESTROY });
    const common = {
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
      writer: rds.ClusterInstance.serverlessV2('Writer'),
      vpc: new ec2.Vpc(stack, 'Vpc', { natGateways: 0, maxAzs: 2, subnetConfiguration: [{ name: 'db', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] }),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    };
    const cluster = new rds.DatabaseCluster(stack, 'Cluster', { ...common, removalPolicy: RemovalPolicy.DESTROY });
    const before = new ClusterSnapshot(stack, 'Before', { cluster, trigger: 'v1' });
    new ClusterSnapshotCopy(stack, 'Copy', { source: before, region: THERE });
    const restored = new RestoredDatabaseCluster(stack, 'Restored', { ...common, snapshot: before });
    new AuroraBackupPlan(stack, 'Plan', { planName: 'gold', clusters: [cluster, restored], schedule: AT_THREE, retention: RetentionPolicy.keepAll(), copies });
  };

  test('is destroyed to the last snapshot, also in the middle of a run', async () => {
    await aws.local.clock({ speed: SPEED });
    await aws.world.deleteCluster('orders');
    const shop = aws.stack();
    expect(await shop.deploy(environment)).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });
    await aws.local.clock({ speed: 0 });
    await nights(aws, 1);
    await runUntil(CREATE);
    await until('the run takes its second snapshots', async () => (await aws.made()).length > 3);

    expect(await destroy(shop)).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });

    expect(await everything()).toEqual([]);
    expect(await aws.local.clusters()).toEqual([]);
  });
});
