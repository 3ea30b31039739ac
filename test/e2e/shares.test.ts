import { RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Declaration, DeployedStack } from './support/deployed-stack';
import { useLocalAws } from './support/e2e';
import { AUDIT, shareOf, snapshotOf, somethingThatFails, together } from './support/subjects';
import { told } from './support/told';
import { Fault } from '../../local/local-aws';
import { HERE, THERE, refusal } from '../local/world';
import { ClusterSnapshot, ClusterSnapshotShare, ClusterSnapshotShareProps, Completion } from 'cdk-aurora-backup';

const aws = useLocalAws();
const OTHERS = '333333333333';
const SHARE = 'rds:ModifyDBClusterSnapshotAttribute';
const ASK = 'rds:DescribeDBClusterSnapshotAttributes';
const CLAIM = 'rds:AddTagsToResource';
const UNCLAIM = 'rds:RemoveTagsFromResource';
const COPY = 'rds:CopyDBClusterSnapshot';
const DELETE = 'rds:DeleteDBClusterSnapshot';
const START = 'AuroraBackupOperationsStart';
const ALWAYS = 100_000;
/** Slow enough for a busy machine to make three polls within the five minutes that new rights are waited for. */
const PATIENT = 30;

beforeEach(async () => {
  await aws.local.settings({ snapshotSeconds: 30, copySeconds: 30, defaultEncryption: 'none' });
  await aws.world.cluster('orders', { StorageEncrypted: true, KmsKeyId: await aws.world.key() });
  await aws.world.cluster('unkeyed', { StorageEncrypted: true });
  await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: 'source', tags: { team: 'shop' } });
  await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'automated', identifier: 'rds:orders' });
  await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'awsbackup', identifier: 'awsbackup:job-1' });
  await aws.local.seedSnapshot({ cluster: 'unkeyed', region: HERE, type: 'manual', identifier: 'unkeyed' });
});

/** A copy under a key that the stack makes, and opens for the accounts. */
const shareUnderOwnKey = (identifier: string, props: Partial<ClusterSnapshotShareProps> = {}): Declaration => (stack) => {
  shareOf(identifier, { encryptionKey: new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY }), ...props })(stack);
};

/** Who may use what, by the identifiers of snapshots; what nobody else may use is left out. */
async function sharing(): Promise<Record<string, string[]>> {
  const shared = (await aws.local.snapshots()).filter(({ SharedWith }) => (SharedWith ?? []).length > 0);
  return Object.fromEntries(shared.map(({ DBClusterSnapshotIdentifier, SharedWith }) => [DBClusterSnapshotIdentifier, SharedWith!]));
}

const claimOn = async (identifier: string) => (await aws.local.snapshots())
  .find((snapshot) => snapshot.DBClusterSnapshotIdentifier === identifier)!.Tags['cdk-aurora-backup:shared-by'];

/** The other account copies what is shared, under a key of its own. */
async function copiedBy(account: string, arn: string, region: string = HERE): Promise<string> {
  return refusal(aws.world.copy(arn, 'theirs', { KmsKeyId: await aws.world.key(region, account) }, region, account));
}

describe('a manual snapshot', () => {
  test('is shared with exactly those that are named, for as long as the construct is there', async () => {
    const shop = aws.stack();
    expect(await shop.deploy(shareOf('source'))).toMatchObject({ status: 'CREATE_COMPLETE' });
    expect(await sharing()).toEqual({ source: [AUDIT] });

    expect(await shop.deploy(shareOf('source', { accountIds: [OTHERS] }))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(await sharing()).toEqual({ source: [OTHERS] });

    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(await sharing()).toEqual({});
    expect(await claimOn('source')).toBeUndefined();
    expect(await told(aws)).toMatchObject({ events: ['share SUCCEEDED'] });
  });

  test('is shared with nobody any more when its share leaves the template, although nothing allows to claim it any more', async () => {
    const shop = aws.stack();
    await shop.deploy(together(shareOf('source'), snapshotOf('orders')));

    expect(await shop.deploy(snapshotOf('orders'))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(await sharing()).toEqual({});
  });

  test('that the stack takes is shared, and the next one instead of it', async () => {
    const shop = aws.stack();
    const taken = (trigger: string): Declaration => (stack) => {
      snapshotOf('orders', { trigger })(stack);
      new ClusterSnapshotShare(stack, 'Share', { snapshot: stack.node.findChild('Snapshot') as ClusterSnapshot, accountIds: [AUDIT] });
    };
    await shop.deploy(taken('1'));
    const [first] = await aws.made();
    expect(await sharing()).toEqual({ [first.DBClusterSnapshotIdentifier]: [AUDIT] });

    await shop.deploy(taken('2'));
    const [, second] = await aws.made();
    expect(await sharing()).toEqual({ [second.DBClusterSnapshotIdentifier]: [AUDIT] });
  });

  test('is shared as before by a stack that turns back', async () => {
    const shop = aws.stack();
    await shop.deploy(shareOf('source'));
    const outcome = await shop.deploy(together(shareOf('source', { accountIds: [OTHERS] }), somethingThatFails('Share')));

    expect(outcome).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(await sharing()).toEqual({ source: [AUDIT] });
  });

  test('is shared as before by a stack that turns back from sharing another', async () => {
    await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: 'another' });
    const shop = aws.stack();
    await shop.deploy(shareOf('source'));
    const outcome = await shop.deploy(together(shareOf('another'), somethingThatFails('Share')));

    expect(outcome).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(await sharing()).toEqual({ source: [AUDIT] });
    expect(await claimOn('another')).toBeUndefined();
  });

  test('has one owner: another stack is refused, and changes nothing', async () => {
    await aws.stack().deploy(shareOf('source'));
    const outcome = await aws.stack('Audit').deploy(shareOf('source', { accountIds: [OTHERS] }));

    expect(outcome).toMatchObject({ status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/is shared by another resource already.*stack\/Shop\//)] });
    expect(await sharing()).toEqual({ source: [AUDIT] });
  });

  test('under the default key is refused with the way out, and then taken', async () => {
    const outcome = await aws.stack().deploy(shareOf('unkeyed'));
    expect(outcome).toMatchObject({ status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/default service key.*set encryptionKey to a key of yours/)] });
    expect(await claimOn('unkeyed')).toBeUndefined();

    expect(await aws.stack('Second').deploy(shareUnderOwnKey('unkeyed'))).toMatchObject({ status: 'CREATE_COMPLETE' });
    expect(Object.values(await sharing())).toEqual([[AUDIT]]);
  });
});

describe('a copy', () => {
  test.each(['rds:orders', 'awsbackup:job-1'])('of %s lives as long as its share', async (identifier) => {
    const shop = aws.stack();
    expect(await shop.deploy(shareOf(identifier))).toMatchObject({ status: 'CREATE_COMPLETE' });
    const [copy] = await aws.made();
    expect(await sharing()).toEqual({ [copy.DBClusterSnapshotIdentifier]: [AUDIT] });

    await shop.destroy();
    expect(await aws.made()).toEqual([]);
  });

  test.each([[HERE], [THERE]])('under a key of the app is copied by the other account into %s, until the share goes; by a third never', async (region) => {
    const shop = aws.stack();
    await shop.deploy(shareUnderOwnKey('unkeyed', { destinationRegions: [THERE] }));
    const [{ DBClusterSnapshotArn: arn }] = await aws.made();

    expect(await copiedBy(OTHERS, arn, region)).toMatch(/DBClusterSnapshotNotFound|AccessDenied/);
    expect(await copiedBy(AUDIT, arn, region)).toBe('no error');
    await shop.destroy();
    expect(await refusal(aws.world.copy(arn, 'too-late', {}, region, AUDIT))).toMatch(/DBClusterSnapshotNotFound/);
  });

  test('under another key takes its place before it goes', async () => {
    const shop = aws.stack();
    await shop.deploy(shareOf('rds:orders'));
    const [first] = await aws.made();
    expect(await shop.deploy(shareUnderOwnKey('rds:orders'))).toMatchObject({ status: 'UPDATE_COMPLETE' });

    const [second, ...others] = await aws.made();
    expect(others).toEqual([]);
    expect(second.DBClusterSnapshotIdentifier).not.toBe(first.DBClusterSnapshotIdentifier);
    expect(await sharing()).toEqual({ [second.DBClusterSnapshotIdentifier]: [AUDIT] });
  });

  test('that a stack turns back from leaves nothing', async () => {
    const shop = aws.stack();
    await shop.deploy(shareOf('source'));
    const outcome = await shop.deploy(together(shareUnderOwnKey('source'), somethingThatFails('Share')));

    expect(outcome).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(await sharing()).toEqual({ source: [AUDIT] });
    expect(await aws.made()).toEqual([]);
  });

  test('that is handed over is shared when it is complete, with those who are named by then', async () => {
    await aws.local.settings({ copySeconds: 1_200 });
    const shop = aws.stack();
    const background = (accountIds: string[]) => shareOf('rds:orders', { accountIds, completion: Completion.background() });
    await shop.deploy(background([AUDIT]));
    expect(await sharing()).toEqual({});
    await shop.deploy(background([OTHERS]));
    await aws.pollingEnds();

    expect(Object.values(await sharing())).toEqual([[OTHERS]]);
    expect(await aws.made()).toHaveLength(1);
    expect((await told(aws)).events).toEqual(['share SUCCEEDED']);
  });
});

/** A snapshot itself, and a copy that is made to be shared. */
const BOTH = together(shareOf('source'), shareOf('rds:orders', {}, 'Copied'));

interface PassingFault {
  readonly fault: (action: string) => Fault;
  readonly speed?: number;
}

/** The SDK itself tries a call three times, so that four faults in a row reach the function. */
const PASSING: Record<string, PassingFault> = {
  'is throttled for a while': { fault: (action) => ({ kind: 'throttle', action, times: 4 }) },
  'fails within RDS for a while': { fault: (action) => ({ kind: 'error', action, times: 4 }) },
  'is carried out and its answer is lost': { fault: (action) => ({ kind: 'lost', action }) },
  'is not allowed yet': { fault: (action) => ({ kind: 'deny', action, times: 2 }), speed: PATIENT },
  'kills the function before': { fault: (action) => ({ kind: 'killLambda', action, principal: START, when: 'before' }) },
  'kills the function after': { fault: (action) => ({ kind: 'killLambda', action, principal: START, when: 'after' }) },
};

test.each([SHARE, ASK, CLAIM, COPY].flatMap((action) => Object.entries(PASSING).map(([what, passing]) => [action, what, passing] as const)))(
  'a fault that passes while a snapshot and a copy are shared: %s %s; each is shared once', async (action, _what, { fault, speed }) => {
    await aws.local.fault(fault(action));
    await aws.local.clock({ speed });

    expect(await aws.stack().deploy(BOTH)).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });
    const [copy, ...others] = await aws.made();
    expect(others).toEqual([]);
    expect(await sharing()).toEqual({ source: [AUDIT], [copy.DBClusterSnapshotIdentifier]: [AUDIT] });
    expect(await aws.local.faults()).toMatchObject([{ fired: fault(action).times ?? 1 }]);
  });

test.each([SHARE, ASK, UNCLAIM, DELETE].flatMap((action) => Object.entries(PASSING).map(([what, passing]) => [action, what, passing] as const))
  // A function that dies as it deletes is the business of other tests.
  .filter(([action, what]) => !(action === DELETE && what.startsWith('kills'))))(
  'a fault that passes while a snapshot and a copy are no longer to be shared: %s %s; nothing is, and no copy is left', async (action, _what, { fault, speed }) => {
    const shop = aws.stack();
    await shop.deploy(BOTH);
    await aws.local.fault(fault(action));
    await aws.local.clock({ speed });
    // The SDK asks again when the answer is lost, and of what is gone, or no longer claimed, IAM knows no tags that would allow it.
    aws.excuse((call) => fault(action).kind === 'lost' && [UNCLAIM, DELETE].includes(action) && call.action === action);

    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });
    expect(await sharing()).toEqual({});
    expect(await aws.made()).toEqual([]);
    expect(await aws.local.faults()).toMatchObject([{ fired: fault(action).times ?? 1 }]);
  });

describe('a fault that stays', () => {
  async function jumpOnceDenied(action: string) {
    await aws.called(action, { decision: 'denied' });
    await aws.local.clock({ advance: 310 });
  }

  test.each([['a snapshot', shareOf('source')], ['a copy', shareOf('rds:orders')]])('%s may not be shared: the deploy fails, and leaves nothing', async (_, declaration) => {
    await aws.local.fault({ kind: 'deny', action: SHARE, times: ALWAYS });

    const [outcome] = await Promise.all([aws.stack().deploy(declaration), jumpOnceDenied(SHARE)]);
    expect(outcome).toMatchObject({ status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/is not allowed, also after 5 minutes/)] });
    expect(await sharing()).toEqual({});
    expect(await aws.made()).toEqual([]);
    expect(await claimOn('source')).toBeUndefined();
  });

  test('sharing may not be ended: the deletion fails and says so, and goes through when it may', async () => {
    const shop: DeployedStack = aws.stack();
    await shop.deploy(shareOf('source'));
    await aws.local.fault({ kind: 'deny', action: SHARE, times: ALWAYS });
    const [outcome] = await Promise.all([shop.destroy(), jumpOnceDenied(SHARE)]);
    expect(outcome).toMatchObject({ status: 'DELETE_FAILED', reasons: expect.arrayContaining([expect.stringMatching(/is not allowed, also after 5 minutes/)]) });

    await aws.local.clearFaults();
    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(await sharing()).toEqual({});
  });

  test('a copy ends in status failed: the deploy fails, and what failed is removed', async () => {
    await aws.local.fault({ kind: 'endsFailed', action: COPY });

    expect(await aws.stack().deploy(shareOf('rds:orders'))).toMatchObject({ status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/ended in status 'failed'/)] });
    expect(await aws.made()).toEqual([]);
  });
});
