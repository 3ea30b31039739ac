import { ModifyDBClusterCommand } from '@aws-sdk/client-rds';
import { Lazy, RemovalPolicy } from 'aws-cdk-lib';
import { Declaration } from './support/deployed-stack';
import { useLocalAws } from './support/e2e';
import { BACK, KINDS, KIND_NAMES, clusterNamed, optionsIn, prepareOrders, whatIsLeft } from './support/restored';
import { somethingThatFails, together } from './support/subjects';
import { Fault } from '../../local/local-aws';
import { DatabaseClusterFromPointInTime, RestoreTime } from 'cdk-aurora-backup';

const aws = useLocalAws();

beforeEach(async () => {
  await prepareOrders(aws);
});

const unprotected = { removalPolicy: RemovalPolicy.DESTROY };

describe.each(KIND_NAMES)('a cluster %s', (name) => {
  const { declared, call } = KINDS[name];
  const fault = (fault_: Partial<Fault>) => aws.local.fault({ kind: 'error', principal: 'cloudformation', action: call, ...fault_ });

  test('is restored once, when the restore is throttled', async () => {
    await fault({ kind: 'throttle', times: 2 });

    expect(await aws.stack().deploy(declared())).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });
    expect(await whatIsLeft(aws)).toEqual([`cluster ${BACK} available`]);
  });

  test.each([
    ['the quota of clusters is reached', 'DBClusterQuotaExceededFault', 'User has reached the quota of clusters'],
    ['its key cannot be used', 'KMSKeyNotAccessibleFault', 'The specified KMS key is not accessible'],
    ['its source went after it was looked at', 'DBClusterSnapshotNotFoundFault', 'It could not be found'],
    ['there is no room for it', 'InsufficientStorageClusterCapacity', 'Not enough storage in the Availability Zone'],
  ])('fails its deploy with the words of RDS, and nothing is left, when %s', async (_, code, message) => {
    await fault({ status: 400, code, message });

    expect(await aws.stack().deploy(declared())).toMatchObject({
      status: 'ROLLBACK_COMPLETE', reasons: expect.arrayContaining([expect.stringContaining(message)]),
    });
    expect(await whatIsLeft(aws)).toEqual([]);
  });

  test('that fails half-way leaves nothing with data in it, and what is protected by then is for its user to delete', async () => {
    await fault({ kind: 'endsFailed', principal: undefined });
    const shop = aws.stack();

    const { status, reasons } = await shop.deploy(declared());
    expect(reasons).toContainEqual(expect.stringMatching(/failed/));
    // Only the request for a restore from a snapshot carries the protection; to the others CloudFormation adds it when they are there.
    const isProtected = name === 'from a snapshot';
    expect([status, ...await whatIsLeft(aws)]).toEqual(isProtected ? ['ROLLBACK_FAILED', `cluster ${BACK} failed`] : ['ROLLBACK_COMPLETE']);
  });

  test('stays when something else fails after it: it is protected, and may be all that there is', async () => {
    const shop = aws.stack();
    expect(await shop.deploy(together(declared(), somethingThatFails('Back')))).toMatchObject({
      status: 'ROLLBACK_FAILED', reasons: expect.arrayContaining([expect.stringMatching(/deletion protection/i)]),
    });
    expect(await whatIsLeft(aws)).toEqual([`cluster ${BACK} available`]);

    // On purpose, it goes to a last snapshot.
    await aws.world.rds().send(new ModifyDBClusterCommand({ DBClusterIdentifier: BACK, DeletionProtection: false }));
    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(await whatIsLeft(aws)).toEqual([`snapshot of ${BACK}`]);
  });

  test('goes with its deploy when something else fails after it, where environments are thrown away', async () => {
    expect(await aws.stack().deploy(together(declared(unprotected), somethingThatFails('Back')))).toMatchObject({ status: 'ROLLBACK_COMPLETE' });
    expect(await whatIsLeft(aws)).toEqual([]);
  });

  test('is not begun when the deploy turns back while its guard still looks', async () => {
    const shop = aws.stack();
    aws.excuse(({ role }) => /AuroraBackupRestores/.test(role ?? ''));
    // Nobody knows yet whether it can be restored.
    await aws.local.fault({ kind: 'throttle', principal: 'AuroraBackupRestores', action: 'rds:Describe*', times: 10_000 });
    await shop.begin(declared());
    await aws.called('rds:Describe*', { principal: 'AuroraBackupRestores' });
    await shop.failElsewhere();

    expect(await shop.settled()).toMatchObject({ status: 'ROLLBACK_COMPLETE' });
    await aws.local.clearFaults();
    await aws.pollingEnds();
    expect(await aws.local.calls({ action: call })).toEqual([]);
    expect(await whatIsLeft(aws)).toEqual([]);
  });

  test('is left alone by a deploy that changes it and then turns back', async () => {
    const shop = aws.stack();
    await shop.deploy(declared());
    const { DbClusterResourceId } = (await clusterNamed(aws, BACK))!;

    expect(await shop.deploy(together(declared({ deletionProtection: false }), somethingThatFails('Back')))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(await clusterNamed(aws, BACK)).toMatchObject({ DbClusterResourceId, Status: 'available', DeletionProtection: true });
    expect(await aws.local.calls({ action: call })).toHaveLength(1);
  });
});

describe('a cluster from a point in time that the backups do not hold', () => {
  const at = (time: string): Declaration => (stack) => {
    // The clock of the local AWS is ahead of ours, by which a time in the future is refused.
    const restoreTo = RestoreTime.atTimestamp(Lazy.string({ produce: () => time }));
    new DatabaseClusterFromPointInTime(stack, 'Back', { ...optionsIn(stack), sourceClusterIdentifier: 'orders', restoreTo });
  };
  const fromNow = (seconds: number) => aws.local.clock().then((now) => new Date(Number(now) + seconds * 1000).toISOString());

  test.each([['before the first backup', -86_400], ['in the future', 86_400]])('fails before anything is made, with the times that are possible (%s)', async (_, seconds) => {
    const outcome = await aws.stack().deploy(at(await fromNow(seconds)));

    const TIME = '20\\d\\d-\\d\\d-\\d\\dT[\\d:.]+Z';
    expect(outcome).toMatchObject({
      status: 'ROLLBACK_COMPLETE',
      reasons: expect.arrayContaining([expect.stringMatching(new RegExp(`the source cluster 'orders' cannot be restored to that time: it can be restored to a time from ${TIME} to ${TIME}, got ${TIME}`))]),
    });
    expect(await aws.local.calls({ action: 'rds:RestoreDBClusterToPointInTime' })).toEqual([]);
    expect(await whatIsLeft(aws)).toEqual([]);
  });

  test('but soon will, is waited for', async () => {
    expect(await aws.stack().deploy(at(await fromNow(-10)))).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });
  });
});
