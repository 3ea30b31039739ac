import { toldTo } from '../../../src/core/advice';
import { OwnershipTag } from '../../../src/core/ownership';
import { WireProperties } from '../../../src/core/resource-contract';
import { Snapshot } from '../../../src/core/snapshot';
import { CopySnapshot } from '../../../src/runtime/operations/copy-snapshot';
import { CopyInput } from '../../../src/runtime/rds/gateway';
import { assigned, copyRequest } from '../../support/assignments';
import { awsError, copyLimit, denied, quota } from '../../support/errors';
import { OTHER_ACCOUNT, OTHER_REGION, OWNER, REGION, SOURCE_ARN } from '../../support/events';
import { FakeRds } from '../../support/fake-rds';
import { aSnapshot, ourSnapshot } from '../../support/snapshots';

const KEY = 'arn:aws:kms:eu-central-1:111111111111:key/1';
const source = aSnapshot({ tags: { 'team': 'billing', 'aws:cloudformation:stack-name': 'Orders' } });

class RecordingRds extends FakeRds {
  public readonly copies: Array<CopyInput & { region: string }> = [];

  public async copySnapshot(region: string, input: CopyInput): Promise<void> {
    await super.copySnapshot(region, input);
    this.copies.push({ region, ...input });
  }
}

async function start(rds: FakeRds, changes: WireProperties = {}, elapsedSeconds = 0) {
  const request = copyRequest(changes);
  return toldTo('deploy', await new CopySnapshot(rds.asGateway()).start(request, assigned(request, elapsedSeconds)));
}

async function copied(from: Snapshot, changes: WireProperties = {}) {
  const rds = new RecordingRds([from]);
  expect(await start(rds, { SourceSnapshotArn: from.arn, ...changes })).toMatchObject({ status: 'RUNNING' });
  expect(rds.copies).toHaveLength(1);
  return rds.copies[0];
}

const fails = (message: RegExp | string) => ({ status: 'FAILED', message: expect.stringMatching(message) });

describe('a copy is begun', () => {
  test('in the same Region, by the name of the source', async () => {
    expect(await copied(source)).toMatchObject({ region: REGION, sourceIdentifierOrArn: 'by-hand', kmsKeyId: undefined });
  });

  test('in another Region, there and by the ARN of the source', async () => {
    expect(await copied({ ...source, encrypted: true }, { Region: OTHER_REGION, KmsKeyId: KEY })).toMatchObject({
      region: OTHER_REGION, sourceIdentifierOrArn: SOURCE_ARN, kmsKeyId: KEY,
    });
  });

  test('of what another account shares, by its ARN', async () => {
    const shared = aSnapshot({ account: OTHER_ACCOUNT, type: 'shared' });

    expect(await copied(shared)).toMatchObject({ sourceIdentifierOrArn: shared.arn });
  });

  test.each([
    ['an automated one', 'rds:orders-2026-11-22-03-00', 'automated'],
    ['one of AWS Backup', 'awsbackup:job-1', 'awsbackup'],
  ])('of %s, by its name with the colon', async (_, identifier, type) => {
    expect(await copied(aSnapshot({ identifier, type }))).toMatchObject({ sourceIdentifierOrArn: identifier });
  });

  test('between GovCloud Regions', async () => {
    const arn = 'arn:aws-us-gov:rds:us-gov-west-1:111111111111:cluster-snapshot:orders';

    expect(await copied({ ...source, arn }, { Region: 'us-gov-east-1' })).toMatchObject({ region: 'us-gov-east-1', sourceIdentifierOrArn: arn });
  });

  test('and says so', async () => {
    expect(await start(new FakeRds([source]), { TargetIdentifier: 'chosen' })).toEqual({
      status: 'RUNNING', percent: 0, detail: 'the snapshot is being copied to chosen in eu-west-1',
    });
  });
});

describe('the tags of a copy', () => {
  test('are those of the source, those declared, which win, and our own', async () => {
    const { tags } = await copied({ ...source, tags: { team: 'billing', stage: 'test' } }, { Tags: { stage: 'prod' } });

    expect(tags).toMatchObject({ team: 'billing', stage: 'prod', [OwnershipTag.OWNER]: OWNER });
  });

  test('leave out what belongs to AWS', async () => {
    expect(Object.keys((await copied(source)).tags)).not.toContain('aws:cloudformation:stack-name');
  });

  test('leave out those of the source when that is wanted', async () => {
    expect(Object.keys((await copied(source, { CopyTags: 'false' })).tags)).not.toContain('team');
  });

  test('never make the copy of one of our snapshots look like that snapshot', async () => {
    const ours = ourSnapshot('orders', { extraTags: { team: 'billing' } });
    const { tags, targetIdentifier } = await copied(ours);

    expect(tags).toMatchObject({ team: 'billing', [OwnershipTag.IDENTIFIER]: targetIdentifier });
    expect(tags[OwnershipTag.IDENTIFIER]).not.toBe(ours.identifier);
  });

  describe('tell how old the data is', () => {
    test('by when the original was taken', async () => {
      expect((await copied(source)).tags[OwnershipTag.DATA_TIME]).toBe('2026-11-22T12:00:00.000Z');
    });

    test('by what a copy says of its data, not by when that copy was made', async () => {
      const copy = aSnapshot({ sourceArn: 'arn', tags: { [OwnershipTag.DATA_TIME]: '2026-01-01T00:00:00.000Z' } });

      expect((await copied(copy)).tags[OwnershipTag.DATA_TIME]).toBe('2026-01-01T00:00:00.000Z');
      expect((await copied(copy, { CopyTags: 'false' })).tags[OwnershipTag.DATA_TIME]).toBe('2026-01-01T00:00:00.000Z');
    });

    test('not at all when nobody knows', async () => {
      expect((await copied(aSnapshot({ sourceArn: 'arn' }))).tags).not.toHaveProperty(OwnershipTag.DATA_TIME);
      expect((await copied(aSnapshot({ createTime: undefined }))).tags).not.toHaveProperty(OwnershipTag.DATA_TIME);
    });
  });

  test('are at most 48, so that there is room for one when it is let go and one when it is shared; one more is told with the remedy', async () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`tag${index}`, 'x']));
    const ourOwn = 7; // owner, identifier, stack, logical id, operation, generation, time of the data

    expect(Object.keys((await copied({ ...source, tags: many(48 - ourOwn) })).tags)).toHaveLength(48);
    expect(await start(new FakeRds([{ ...source, tags: many(49 - ourOwn) }]))).toEqual(fails(/would carry 49 tags, .* at most 48 are possible; .* set copyTags to false/));
  });
});

describe('the source', () => {
  test('that is not an ARN is refused', async () => {
    expect(await start(new FakeRds(), { SourceSnapshotArn: 'orders' })).toEqual(fails("source must be the ARN of a DB cluster snapshot, got 'orders'"));
  });

  test('that no deploy waits for may itself be waiting for its turn: queued, for as long as it is watched', async () => {
    const own = { SourceMayBeQueued: 'true' };

    expect(await start(new FakeRds(), own, 299)).not.toHaveProperty('queued');
    expect(await start(new FakeRds(), own, 300)).toMatchObject({ status: 'PENDING', queued: true });
    expect(await start(new FakeRds(), own, 7 * 24 * 3600)).toEqual(fails('does not exist'));
  });

  test('that is not listed is waited for during five minutes', async () => {
    expect(await start(new FakeRds(), {}, 299)).toEqual({ status: 'PENDING', reason: `the source ${SOURCE_ARN} is not listed by RDS yet` });
    expect(await start(new FakeRds(), {}, 300)).toEqual(fails(/does not exist or is not shared with this account; check source/));
  });

  test.each(['creating', 'copying'])('that is %s is waited for', async (status) => {
    const rds = new FakeRds([{ ...source, status, percentProgress: 40 }]);

    expect(await start(rds, {}, 3000)).toEqual({ status: 'PENDING', queued: true, reason: `the source ${SOURCE_ARN} is ${status}, 40 %; the copy starts when it is available` });
    expect(rds.writes).toEqual([]);
  });

  test.each(['failed', 'deleting', 'unknown'])('that is %s cannot be copied', async (status) => {
    expect(await start(new FakeRds([{ ...source, status }]))).toEqual(fails(`is '${status}' and cannot be copied; take another snapshot`));
  });

  test.each(['neptune', 'docdb', 'mysql'])('of %s is refused', async (engine) => {
    expect(await start(new FakeRds([{ ...source, engine }]))).toEqual(fails(`is of '${engine}'; only snapshots of aurora-mysql and aurora-postgresql are supported`));
  });

  test('in China is refused, because AWS does not copy there', async () => {
    const arn = 'arn:aws-cn:rds:cn-north-1:111111111111:cluster-snapshot:orders';

    expect(await start(new FakeRds([{ ...source, arn }]), { SourceSnapshotArn: arn })).toEqual(fails(/China Regions/));
  });
});

describe('encryption', () => {
  const encrypted = { ...source, encrypted: true };

  test.each<[string, Snapshot, WireProperties]>([
    ['not encrypted, no key', source, {}],
    ['not encrypted, another Region, no key', source, { Region: OTHER_REGION }],
    ['under a key that AWS owns, with a key', aSnapshot({ underAwsOwnedKey: true }), { KmsKeyId: KEY }],
    ['under a key that AWS owns, another Region, no key', aSnapshot({ underAwsOwnedKey: true }), { Region: OTHER_REGION }],
    ['encrypted, same Region, no key: that of the source', encrypted, {}],
    ['encrypted, same Region, another key', encrypted, { KmsKeyId: KEY }],
    ['encrypted, another Region, a key', encrypted, { Region: OTHER_REGION, KmsKeyId: KEY }],
    ['encrypted by another account, a key', aSnapshot({ account: OTHER_ACCOUNT, type: 'shared', encrypted: true }), { KmsKeyId: KEY }],
    ['of another account, not encrypted, no key', aSnapshot({ account: OTHER_ACCOUNT, type: 'shared' }), {}],
  ])('goes: %s', async (_, from, changes) => {
    expect(await copied(from, changes)).toMatchObject({ kmsKeyId: changes.KmsKeyId });
  });

  test.each<[string, Snapshot, WireProperties, RegExp]>([
    ['a key for what is not encrypted', source, { KmsKeyId: KEY }, /is not encrypted, and Aurora cannot encrypt by copying: leave out encryptionKey, or restore/],
    ['no key for another Region', encrypted, { Region: OTHER_REGION }, /is encrypted, so a copy in eu-central-1 needs a key of that Region: set encryptionKey/],
    [
      'no key for what another account encrypted', aSnapshot({ account: OTHER_ACCOUNT, type: 'shared', encrypted: true }), {},
      /is encrypted by account 222222222222, so the copy needs a key of this account: set encryptionKey/,
    ],
  ])('does not go: %s', async (_, from, changes, message) => {
    const rds = new FakeRds([from]);

    expect(await start(rds, { SourceSnapshotArn: from.arn, ...changes })).toEqual(fails(message));
    expect(rds.writes).toEqual([]);
  });
});

describe('the same request never makes a second copy', () => {
  const { targetIdentifier, ownershipTags } = assigned(copyRequest());

  test.each([['copying', 'RUNNING'], ['available', 'SUCCEEDED'], ['failed', 'FAILED']])('when the first is %s: %s', async (status, expected) => {
    const rds = new FakeRds([source, aSnapshot({ identifier: targetIdentifier, tags: ownershipTags, status })]);

    expect(await start(rds)).toMatchObject({ status: expected });
    expect(rds.writes).toEqual([]);
  });

  test('nor touches what somebody else made under that name', async () => {
    const rds = new FakeRds([source, aSnapshot({ identifier: targetIdentifier })]);

    expect(await start(rds)).toEqual(fails(/exists already and was not made by this deployment/));
    expect(rds.writes).toEqual([]);
  });

  test('not even when the source is gone by now', async () => {
    expect(await start(new FakeRds([aSnapshot({ identifier: targetIdentifier, tags: ownershipTags })]))).toEqual({ status: 'SUCCEEDED' });
  });
});

describe('an error', () => {
  test('of the limit of copies waits for a turn, and the quota of snapshots does not', async () => {
    expect(await start(new FakeRds([source]).breaks('copySnapshot', copyLimit()), {}, 3000)).toMatchObject({ status: 'PENDING', reason: expect.stringContaining('waits its turn') });
    expect(await start(new FakeRds([source]).breaks('copySnapshot', quota()))).toEqual({ ...fails(/quota/), quotaReached: true });
  });

  test('of the source between look and start is waited for', async () => {
    expect(await start(new FakeRds([source]).breaks('copySnapshot', awsError('InvalidDBClusterSnapshotStateFault')))).toMatchObject({ status: 'PENDING' });
  });

  test('of rights tells what was to be copied where', async () => {
    const rds = new FakeRds([source]).breaks('copySnapshot', denied());

    expect(await start(rds, {}, 299)).toMatchObject({ status: 'PENDING' });
    expect(await start(rds, {}, 300)).toEqual({ ...fails(`copying the snapshot ${SOURCE_ARN} to eu-west-1 is not allowed`), refused: true });
  });
});
