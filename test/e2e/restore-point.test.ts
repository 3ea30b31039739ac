import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Declaration, DeployedStack } from './support/deployed-stack';
import { useLocalAws } from './support/e2e';
import { FIRST_NOON, HOUR, beginAtNoon, planOf, run } from './support/plans';
import { BACK, ClusterOptions, clusterNamed, optionsIn, prepareOrders } from './support/restored';
import { AUDIT, snapshotArn, somethingThatFails, together } from './support/subjects';
import { RECOVERY_ACCOUNT, VAULT_ACCOUNT, VAULT_BUS, backUp, beginWithVault, release, share, taken, vaultCopies } from './support/vaults';
import { Fault } from '../../local/local-aws';
import { ACCOUNT, HERE, THERE } from '../local/world';
import { AuroraBackupPlan, RestorePoint, RestorePointProps, RestoredDatabaseCluster, SnapshotType, SnapshotVault } from 'cdk-aurora-backup';

const aws = useLocalAws();
const ALWAYS = 100_000;

type PropsOf = Partial<RestorePointProps> | ((stack: Stack) => Partial<RestorePointProps>);

const pointIn = (stack: Stack, props: PropsOf) => {
  const point = new RestorePoint(stack, 'Point', { clusterIdentifier: 'orders', ...typeof props === 'function' ? props(stack) : props });
  const { snapshotArn: Arn, dataTime: DataTime, engineVersion: EngineVersion, kmsKeyId: Key, clusterResourceIdentifier: Cluster } = point;
  Object.entries({ Arn, DataTime, EngineVersion, Key, Cluster }).forEach(([name, value]) => new CfnOutput(stack, name, { value }));
  return point;
};

const pointWith = (props: PropsOf = {}): Declaration => (stack) => void pointIn(stack, props);

/** A cluster that is restored from the restore point. */
const restoredFrom = (props: PropsOf = {}, options: ClusterOptions = {}): Declaration => (stack) => {
  new RestoredDatabaseCluster(stack, 'Back', { ...optionsIn(stack, options), restorePoint: pointIn(stack, props) });
};

async function found(declare: Declaration, stack: DeployedStack = aws.stack()): Promise<Record<string, string>> {
  expect(await stack.deploy(declare)).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });
  return stack.outputs();
}

/** The names of what is written down, wherever. */
async function records(region: string = HERE, account: string = ACCOUNT): Promise<string[]> {
  const { Parameters } = await aws.world.json('ssm', 'AmazonSSM.GetParametersByPath', { Path: '/cdk-aurora-backup', Recursive: true }, region, account);
  return Parameters.map(({ Name }: { Name: string }) => Name);
}

const failedWith = (words: RegExp) => expect.arrayContaining([expect.stringMatching(words)]);
const takenByHand = (identifier: string) => aws.local.seedSnapshot({ region: HERE, cluster: 'orders', type: 'manual', identifier });

describe('found is', () => {
  let orders: { readonly DbClusterResourceId?: string };

  beforeEach(async () => {
    orders = await prepareOrders(aws);
  });

  test('the newest snapshot of the cluster, with all that a restore needs to know of it', async () => {
    const { SnapshotCreateTime } = await takenByHand('newer').then(() => aws.world.look('newer'));

    expect(await found(pointWith())).toEqual({
      Arn: snapshotArn('newer'), DataTime: SnapshotCreateTime!.toISOString(), EngineVersion: '16.4', Key: 'none', Cluster: orders.DbClusterResourceId,
    });
  });

  test('the automated one, where that is newest, and the manual one, where only that is asked for', async () => {
    const automated = await aws.local.seedSnapshot({ region: HERE, cluster: 'orders' });

    expect(await found(pointWith())).toMatchObject({ Arn: automated.DBClusterSnapshotArn });
    expect(await found(pointWith({ snapshotTypes: [SnapshotType.MANUAL] }), aws.stack('Manual'))).toMatchObject({ Arn: snapshotArn('good') });
  });

  test('the newest from before a time', async () => {
    const before = new Date(Number(await aws.local.clock()));
    await aws.local.clock({ advance: 60 });
    await takenByHand('too-late');

    expect(await found(pointWith({ before }))).toMatchObject({ Arn: snapshotArn('good') });
  });

  test('one of AWS Backup', async () => {
    const { DBClusterSnapshotArn } = await aws.local.seedSnapshot({ region: HERE, cluster: 'orders', type: 'awsbackup', identifier: 'awsbackup:job-1' });

    expect(await found(pointWith())).toMatchObject({ Arn: DBClusterSnapshotArn });
  });

  test('that of the cluster which is said, where another has its name by now', async () => {
    await aws.world.deleteCluster('orders');
    await aws.world.cluster('orders', { EngineVersion: '16.4' });
    await takenByHand('of-the-new-one');

    expect(await aws.stack().deploy(pointWith())).toMatchObject({
      status: 'ROLLBACK_COMPLETE',
      reasons: failedWith(new RegExp(`several clusters had the name 'orders'.*${orders.DbClusterResourceId} \\(newest data of .*\\)`)),
    });
    expect(await found(pointWith({ clusterResourceIdentifier: orders.DbClusterResourceId }), aws.stack('Said'))).toMatchObject({ Arn: snapshotArn('good') });
  });

  test('what another account shares, and nothing that a third slips in', async () => {
    await aws.local.settings({ defaultEncryption: 'none' });
    for (const account of [AUDIT, RECOVERY_ACCOUNT]) {
      await aws.world.cluster('orders', { EngineVersion: '16.4' }, HERE, account);
      await aws.local.seedSnapshot({ region: HERE, account, cluster: 'orders', type: 'manual', identifier: `of-${account}` });
      await share(aws, `of-${account}`, { account, with: ACCOUNT });
    }

    expect(await found(pointWith({ sourceAccount: AUDIT }))).toMatchObject({ Arn: snapshotArn(`of-${AUDIT}`, HERE, AUDIT) });
  });

  test('nothing, where there is nothing: the deploy fails, says what was seen, and leaves nothing behind', async () => {
    const shop = aws.stack();

    expect(await shop.deploy(pointWith({ engine: rds.DatabaseClusterEngine.AURORA_MYSQL }))).toMatchObject({
      status: 'ROLLBACK_COMPLETE',
      reasons: failedWith(/no good .* of the cluster 'orders' of aurora-mysql in eu-west-1\. Of the cluster were seen: .*good \(.*\): it is of aurora-postgresql/),
    });
    expect(await records()).toEqual([]);
  });

  test('nothing of a name that nobody has, and the names that there are are told', async () => {
    expect(await aws.stack().deploy(pointWith({ clusterIdentifier: 'order' }))).toMatchObject({
      reasons: failedWith(/There are snapshots of: orders\. Correct clusterIdentifier/),
    });
  });
});

describe('found in other places is', () => {
  test('the copy of a plan in another Region, with the time of its data', async () => {
    await beginAtNoon(aws, 'orders');
    await aws.stack().deploy(planOf(['orders'], { planName: 'gold', copies: [{ region: THERE }] }));
    await run(aws, 'first');
    const [original] = await aws.made();
    const [copy] = await aws.made(THERE);
    // In the Region of the copy is another cluster of the name, with a newer snapshot.
    await aws.world.cluster('orders', {}, THERE);
    await aws.local.seedSnapshot({ region: THERE, cluster: 'orders', type: 'manual', identifier: 'of-another' });
    await aws.local.clock({ speed: 120 });

    const outputs = await found(pointWith((stack) => ({ plan: AuroraBackupPlan.fromPlanName(stack, 'Gold', 'gold') })), aws.stack('Recovery', THERE));

    const { SnapshotCreateTime } = await aws.world.look(original.DBClusterSnapshotIdentifier);
    expect(outputs).toMatchObject({
      Arn: copy.DBClusterSnapshotArn, DataTime: SnapshotCreateTime!.toISOString(), Cluster: original.DbClusterResourceId,
    });
  });

  test('the copy of a vault, there and where the vault lends it', async () => {
    await beginWithVault(aws);
    await backUp(aws, 'first');
    const [copy] = await vaultCopies(aws);
    const [original] = await taken(aws);
    await release(aws, { recoveryAccountId: RECOVERY_ACCOUNT, sourceAccountId: ACCOUNT, clusterIdentifier: 'orders', reason: 'a drill' });
    await aws.local.clock({ advance: HOUR });
    await aws.local.clock({ speed: 120 });

    const ofVault: PropsOf = (stack) => ({ vault: SnapshotVault.fromEventBusArn(stack, 'Its', VAULT_BUS), sourceAccount: ACCOUNT });
    const inVault = await found(pointWith(ofVault), aws.stack('InVault', THERE, VAULT_ACCOUNT));
    const lent = await found(pointWith({ sourceAccount: VAULT_ACCOUNT }), aws.stack('Recovery', THERE, RECOVERY_ACCOUNT));

    const { SnapshotCreateTime } = await aws.world.look(original.DBClusterSnapshotIdentifier);
    expect(inVault).toMatchObject({ Arn: copy.DBClusterSnapshotArn, DataTime: SnapshotCreateTime!.toISOString(), Key: copy.KmsKeyId });
    expect(lent).toMatchObject({ Arn: copy.DBClusterSnapshotArn, Key: copy.KmsKeyId });
    expect(new Date(FIRST_NOON) < new Date(lent.DataTime)).toBe(true);
  });
});

describe('a restore point that was found', () => {
  beforeEach(async () => {
    await prepareOrders(aws);
  });

  const FIRST = { trigger: 'first' };
  const SECOND = { trigger: 'second' };
  const back = async () => (await clusterNamed(aws, BACK))!;

  test('stays for every later deploy, also when newer ones are there and it is gone itself', async () => {
    const shop = aws.stack();
    const outputs = await found(restoredFrom(), shop);
    const { DbClusterResourceId } = await back();
    await takenByHand('newer');
    await aws.world.remove('good');

    const changed = together(restoredFrom({}, { deletionProtection: false }), (stack) => new CfnOutput(stack, 'Another', { value: '1' }));
    expect(await shop.deploy(changed)).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
    expect(await shop.outputs()).toMatchObject(outputs);
    expect(await back()).toMatchObject({ DbClusterResourceId, DeletionProtection: false });
  });

  test('is looked for anew with another trigger, and is what it was with the former one', async () => {
    const shop = aws.stack();
    const outputs = await found(pointWith(FIRST), shop);
    await takenByHand('newer');

    expect(await shop.deploy(pointWith(SECOND))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(await shop.outputs()).toMatchObject({ Arn: snapshotArn('newer') });

    await aws.world.remove('good');
    expect(await shop.deploy(pointWith(FIRST))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(await shop.outputs()).toEqual(outputs);
  });

  test('is what it was after a deploy with another trigger that something else makes fail, and so is the cluster', async () => {
    const shop = aws.stack();
    const outputs = await found(restoredFrom(FIRST), shop);
    const cluster = await back();
    await takenByHand('newer');
    await aws.world.remove('good');

    const outcome = await shop.deploy(together(
      restoredFrom(SECOND, { allowReplacement: true, clusterIdentifier: 'back-again' }), somethingThatFails('Point'),
    ));

    expect(outcome).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(await shop.outputs()).toEqual(outputs);
    expect(await back()).toEqual(cluster);
    // It goes on with what it had.
    expect(await shop.deploy(restoredFrom(FIRST, { deletionProtection: false }))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
    expect(await back()).toMatchObject({ DbClusterResourceId: cluster.DbClusterResourceId });
  });

  test('does not let another trigger replace a restored cluster in passing', async () => {
    const shop = aws.stack();
    const outputs = await found(restoredFrom(FIRST), shop);
    const cluster = await back();
    await takenByHand('newer');

    expect(await shop.deploy(restoredFrom(SECOND))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE', reasons: failedWith(/would replace the cluster 'back'/) });
    expect(await shop.outputs()).toEqual(outputs);
    expect(await back()).toEqual(cluster);
  });

  test('does not change with anything but the trigger: the deploy fails, and says what to do', async () => {
    const shop = aws.stack();
    const outputs = await found(pointWith(FIRST), shop);

    expect(await shop.deploy(pointWith({ ...FIRST, snapshotTypes: [SnapshotType.MANUAL] }))).toMatchObject({
      status: 'UPDATE_ROLLBACK_COMPLETE',
      reasons: failedWith(/snapshotTypes from 'automated, manual' to 'manual' cannot be changed alone.*the trigger 'first': good\. Set another trigger/),
    });
    expect(await shop.outputs()).toEqual(outputs);
  });

  test('is not replaced by another when what was written down is lost', async () => {
    const shop = aws.stack();
    await found(pointWith(), shop);
    const Names = await records();
    await aws.world.json('ssm', 'AmazonSSM.DeleteParameters', { Names });

    expect(await shop.deploy(pointWith({ snapshotTypes: [SnapshotType.MANUAL] }))).toMatchObject({
      status: 'UPDATE_ROLLBACK_FAILED', reasons: failedWith(/what was found for no trigger is lost, .*: there is no parameter/),
    });
  });

  test('leaves nothing behind when it is removed, and is another when it comes again', async () => {
    const shop = aws.stack();
    await found(pointWith(FIRST), shop);
    await shop.deploy(pointWith(SECOND));
    expect(await records()).toHaveLength(2);

    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });
    expect(await records()).toEqual([]);

    await takenByHand('newer');
    expect(await found(pointWith(FIRST), shop)).toMatchObject({ Arn: snapshotArn('newer') });
  });
});

describe('a fault', () => {
  const RESTORES = 'AuroraBackupRestores';
  const fault = (given: Partial<Fault>) => aws.local.fault({ kind: 'throttle', principal: RESTORES, ...given });
  const LIST = 'rds:DescribeDBClusterSnapshots';
  const READ = 'ssm:GetParameter';
  const WRITE = 'ssm:PutParameter';

  beforeEach(async () => {
    await prepareOrders(aws);
  });

  test.each<[string, Partial<Fault>]>([
    ['throttled lists', { action: LIST, times: 5 }],
    ['a list that breaks off', { kind: 'error', action: LIST, times: 3 }],
    ['young rights to list', { kind: 'deny', action: LIST, times: 2 }],
    ['throttled reading', { action: READ, times: 5 }],
    ['young rights to read', { kind: 'deny', action: READ, times: 2 }],
    ['throttled writing', { action: WRITE, times: 5 }],
    ['young rights to write', { kind: 'deny', action: WRITE, times: 2 }],
    ['Parameter Store breaking down', { kind: 'error', action: WRITE, times: 3 }],
    ['an answer that is lost after the writing', { kind: 'lost', action: WRITE }],
    ['CloudFormation that does not tell', { action: 'cloudformation:Describe*', times: 4 }],
  ])('such as %s only takes time', async (_, given) => {
    await fault(given);

    expect(await found(pointWith())).toMatchObject({ Arn: snapshotArn('good') });
    expect(await records()).toHaveLength(1);
  });

  test.each([LIST, READ, WRITE])('that denies %s for good fails the deploy with the words of AWS', async (action) => {
    await fault({ kind: 'deny', action, times: ALWAYS });

    expect(await aws.stack().deploy(pointWith())).toMatchObject({ status: 'ROLLBACK_COMPLETE', reasons: failedWith(/is not allowed, also after 5 minutes/) });
    expect(await records()).toEqual([]);
  });

  test.each<[string, Partial<Fault>]>([
    ['throttled reading', { action: READ, times: 5 }],
    ['a reading that breaks off', { kind: 'error', action: READ, times: 3 }],
    ['no right to list', { kind: 'deny', action: LIST, times: ALWAYS }],
  ])('does not hinder a stack that turns back (%s)', async (_, given) => {
    const shop = aws.stack();
    const outputs = await found(pointWith({ trigger: 'first' }), shop);
    await shop.begin(together(pointWith({ trigger: 'second' }), somethingThatFails('Point')));
    await aws.called('ssm:PutParameter', { principal: RESTORES });
    await fault(given);

    expect(await shop.settled()).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(await shop.outputs()).toEqual(outputs);
  });

  // The Provider framework asks no second time after that.
  test.each(['before', 'after'] as const)('that kills the function %s the writing fails the deploy, and the next one goes on', async (when) => {
    const shop = aws.stack();
    const outputs = await found(pointWith({ trigger: 'first' }), shop);
    await takenByHand('newer');
    await fault({ kind: 'killLambda', action: WRITE, when });

    expect(await shop.deploy(pointWith({ trigger: 'second' }))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(await shop.outputs()).toEqual(outputs);
    expect(await shop.deploy(pointWith({ trigger: 'second' }))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });
    expect(await shop.outputs()).toMatchObject({ Arn: snapshotArn('newer') });
  });

  test('that holds up the removal of records only takes time', async () => {
    const shop = aws.stack();
    await found(pointWith(), shop);
    await fault({ action: 'ssm:DeleteParameters', times: 5 });

    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });
    expect(await records()).toEqual([]);
  });

  test('that ends after the stack has turned back leads to nothing any more', async () => {
    const shop = aws.stack();
    aws.excuse(({ role }) => new RegExp(RESTORES).test(role ?? ''));
    await fault({ action: LIST, times: ALWAYS });
    await shop.begin(pointWith());
    await aws.called(LIST, { principal: RESTORES });
    await shop.failElsewhere();
    expect(await shop.settled()).toMatchObject({ status: 'ROLLBACK_COMPLETE' });
    await aws.local.clearFaults();
    await aws.pollingEnds();

    expect(await records()).toEqual([]);
  });
});
