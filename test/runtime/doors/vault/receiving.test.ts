import { OwnershipTag } from '../../../../src/core/ownership';
import { copyLimit } from '../../../support/errors';
import { ACCOUNT, NOON, OTHER_ACCOUNT, OTHER_REGION, REGION } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { withTags } from '../../../support/snapshots';
import { VaultDoor } from '../../../support/vault-door';
import { BUS_ARN, DAY, FAR_REGION, VAULT, aFurtherCopy, aVault, announced, arrived, shared, stored, storedFar } from '../../../support/vault-events';

const logged = captureLog();
const counted = (metric: string) => logged().filter((line) => metric in line).reduce((sum, line) => sum + (line[metric] as number), 0);

/** RDS completes every copy while somebody waits. */
const completing = (door: VaultDoor, status = 'available') => () => door.rds.snapshots.filter((one) => one.status === 'copying').forEach(({ arn }) => door.rds.change(arn, { status }));

const receipt = (verdict: string, more: object = {}) => ({
  version: '1', verdict, vaultName: VAULT, vault: BUS_ARN, sourceAccount: OTHER_ACCOUNT, sourceRegion: OTHER_REGION, snapshotArn: shared().arn, ...more,
});

describe('a snapshot that is shared and announced', () => {
  test('is copied under the key of the vault, kept under its own tags, and its source is told', async () => {
    const door = new VaultDoor(new FakeRds([withTags(shared(), { [OwnershipTag.DATA_TIME]: '2000-01-01T00:00:00Z', team: 'orders' })]));
    const copySnapshot = jest.spyOn(door.rds, 'copySnapshot');
    await door.runs(announced());
    await door.receiveAll(aVault({ minimumRetentionSeconds: 86_400 }), completing(door));

    expect(copySnapshot.mock.calls).toEqual([[REGION, {
      sourceIdentifierOrArn: shared().arn,
      targetIdentifier: stored().identifier,
      kmsKeyId: aVault().kmsKeyId,
      tags: {
        [OwnershipTag.OWNER]: aVault().owner,
        [OwnershipTag.IDENTIFIER]: stored().identifier,
        [OwnershipTag.VAULT]: VAULT,
        [OwnershipTag.VAULT_REGION]: REGION,
        [OwnershipTag.SOURCE]: shared().arn,
        [OwnershipTag.CLUSTER]: 'orders',
        [OwnershipTag.CLUSTER_RESOURCE_ID]: 'cluster-THEIRS',
        [OwnershipTag.DATA_TIME]: new Date(NOON).toISOString(),
        [OwnershipTag.KEEP_UNTIL]: expect.stringMatching(/^2026-11-23T12:00:0\d\.000Z$/),
      },
    }]]);
    expect(door.told).toEqual([receipt('STORED', { storedAt: new Date(door.now).toISOString() })]);
    expect(door.arrivals.names).toEqual([expect.stringMatching(/^a-[0-9a-f]{16}-20261122T1200$/)]);
    expect(door.executions.names).toEqual([expect.stringMatching(/^r-222222222222-[0-9a-f]{8}-[0-9a-f]{16}-20261122T1200$/)]);
    expect(counted('CopyStored')).toBe(1);
  });

  test('is copied without a key where it is not encrypted, because Aurora cannot encrypt by copying, and that is written down', async () => {
    const door = new VaultDoor(new FakeRds([shared('nightly', { encrypted: false, kmsKeyId: undefined })]));
    const copySnapshot = jest.spyOn(door.rds, 'copySnapshot');
    await door.runs(announced());
    await door.receiveAll(aVault(), completing(door));

    expect(copySnapshot).toHaveBeenCalledWith(REGION, expect.objectContaining({ kmsKeyId: undefined }));
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: expect.stringMatching(/^is not encrypted/) }));
    expect(door.told).toEqual([receipt('STORED', { storedAt: expect.any(String) })]);
  });

  test('is copied under the keys of the vault, here and further, where it is under one that AWS owns, though RDS calls that not encrypted', async () => {
    const underAwsOwnedKey = { encrypted: false, underAwsOwnedKey: true, kmsKeyId: undefined };
    const nightly = shared('nightly', underAwsOwnedKey);
    const rules = aVault({ copies: [aFurtherCopy()] });
    const door = new VaultDoor(new FakeRds([nightly]));
    const copySnapshot = jest.spyOn(door.rds, 'copySnapshot');
    await door.runs(announced());
    // Should RDS ever leave a copy under that key, the next one is none the less.
    const copying = () => door.rds.snapshots.filter(({ status }) => status === 'copying');
    await door.receiveAll(rules, () => copying().forEach(({ arn }) => door.rds.change(arn, { status: 'available', ...underAwsOwnedKey })));

    const keys = copySnapshot.mock.calls.map(([region, { kmsKeyId }]) => [region, kmsKeyId]);
    expect(keys).toEqual([[REGION, aVault().kmsKeyId], [FAR_REGION, aFurtherCopy().kmsKeyId]]);
    expect(logged()).not.toContainEqual(expect.objectContaining({ message: expect.stringMatching(/^is not encrypted/) }));
  });

  test('and is stored already is answered again, without a word to RDS that changes anything', async () => {
    const door = new VaultDoor(new FakeRds([shared(), stored()]));
    await door.runs(announced());
    await door.receiveAll();

    expect(door.told).toEqual([receipt('STORED', { storedAt: stored().createTime!.toISOString() })]);
    expect(door.rds.writes).toEqual([]);
    expect(door.executions.names).toEqual([]);
  });

  test('is answered with a refusal where there are enough of its cluster, and what is there stays', async () => {
    const there = [1, 2, 3, 4].map((n) => stored(`junk${n}`));
    const door = new VaultDoor(new FakeRds([shared(), ...there]));
    await door.runs(announced());
    await door.receiveAll();

    expect(door.told).toEqual([receipt('REFUSED', { reason: 'the vault has taken in 4 snapshots of orders within a day, and dailyAdmission is 4' })]);
    expect(door.rds.writes).toEqual([]);
    expect(counted('AdmissionRefused')).toBe(1);
  });

  test('of a cluster that the vault does not take is answered with a refusal that names the remedy', async () => {
    const rules = aVault({ sources: [{ accountId: OTHER_ACCOUNT, regions: [OTHER_REGION], clusters: ['billing'] }] });
    const door = new VaultDoor(new FakeRds([shared()]));
    await door.runs(announced());
    await door.receiveAll(rules);

    expect(door.told).toEqual([receipt('REFUSED', { reason: 'clusters of the source 222222222222 does not name orders' })]);
  });

  test('is waited for while it is being made', async () => {
    const door = new VaultDoor(new FakeRds([shared('nightly', { status: 'creating' })]));
    await door.runs(announced());
    let waits = 0;
    await door.receiveAll(aVault(), () => {
      waits += 1;
      completing(door)();
      if (waits === 5) {
        door.rds.change(shared().arn, { status: 'available' });
      }
    });

    expect(door.told).toHaveLength(1);
  });
});

describe('what is announced and is not there', () => {
  test('is looked for for five minutes, takes nobody\'s turn, and is not answered', async () => {
    const door = new VaultDoor(new FakeRds([]));
    await door.runs(announced());
    await door.receiveAll();

    expect(door.told).toEqual([]);
    expect(door.executions.names).toEqual([]);
    expect((door.now - NOON) / 60_000).toBeGreaterThanOrEqual(5);
    expect((door.now - NOON) / 60_000).toBeLessThan(15);
  });

  test('and comes while it is looked for, is received', async () => {
    const door = new VaultDoor(new FakeRds([]));
    await door.runs(announced());
    await door.receiveAll(aVault(), () => {
      completing(door)();
      door.rds.snapshots = door.rds.find(shared().arn) ? door.rds.snapshots : [...door.rds.snapshots, shared()];
    });

    expect(door.told).toEqual([receipt('STORED', { storedAt: expect.any(String) })]);
  });
});

describe('a copy that fails', () => {
  test('is deleted and made again, three times in all', async () => {
    const door = new VaultDoor(new FakeRds([shared()]));
    await door.runs(announced());
    await door.receiveAll(aVault(), completing(door, 'failed'));

    const { identifier } = stored();
    expect(door.rds.writes).toEqual([1, 2, 3].flatMap(() => [`copy ${identifier}`, `delete ${identifier}`]));
    expect(door.told).toEqual([receipt('REFUSED', {
      reason: expect.stringMatching(/^it could not be copied, which is tried again every hour: the snapshot .* ended in status 'failed'/),
    })]);
    expect(counted('CopyFailed')).toBe(3);
  });

  test('because its source was taken back is not made again, and the source is told so', async () => {
    const door = new VaultDoor(new FakeRds([shared()]));
    await door.runs(announced());
    await door.receiveAll(aVault(), () => {
      if (door.rds.find(stored().arn)) {
        completing(door, 'failed')();
        door.rds.snapshots = door.rds.snapshots.filter(({ arn }) => arn !== shared().arn);
      }
    });

    expect(door.rds.writes).toEqual([`copy ${stored().identifier}`, `delete ${stored().identifier}`]);
    expect(door.told).toEqual([receipt('REFUSED', { reason: expect.stringMatching(/is not shared with account 111111111111, or does not exist/) })]);
  });

  test('in an earlier execution is out of the way of the next', async () => {
    const door = new VaultDoor(new FakeRds([shared(), stored('nightly', { status: 'failed' })]));
    await door.runs(announced());
    await door.receiveAll(aVault(), completing(door));

    expect(door.rds.writes).toEqual([`delete ${stored().identifier}`, `copy ${stored().identifier}`]);
    expect(door.told).toEqual([receipt('STORED', { storedAt: expect.any(String) })]);
  });

  test('while RDS copies as many as it does, has not failed', async () => {
    const door = new VaultDoor(new FakeRds([shared()]).breaks('copySnapshot', copyLimit()));
    await door.runs(announced());
    let waits = 0;
    await door.receiveAll(aVault(), () => {
      waits += 1;
      completing(door)();
      if (waits === 6) {
        door.rds.heal();
      }
    });

    expect(door.told).toEqual([receipt('STORED', { storedAt: expect.any(String) })]);
    expect(counted('CopyFailed')).toBe(0);
  });
});

describe('a flood of junk', () => {
  const junk = Array.from({ length: 9 }, (_, index) => shared(`junk${index}`));

  test('that is announced at once gets as many places as there are, and no more', async () => {
    const door = new VaultDoor(new FakeRds(junk));
    for (const { arn } of junk) {
      await door.runs(announced({ snapshotArn: arn }));
    }
    await door.receiveAll(aVault({ dailyAdmission: 3 }), completing(door));

    expect(door.rds.writes.filter((write) => write.startsWith('copy'))).toHaveLength(3);
    expect((door.told as { verdict: string }[]).map(({ verdict }) => verdict).sort()).toEqual([...Array(6).fill('REFUSED'), ...Array(3).fill('STORED')]);
  });

  test('displaces nothing that is there', async () => {
    const old = stored('good', { createTime: new Date(NOON - 2 * DAY) });
    const door = new VaultDoor(new FakeRds([...junk, old]));
    for (const { arn } of junk) {
      await door.runs(announced({ snapshotArn: arn }));
    }
    await door.receiveAll(aVault(), completing(door));

    expect(door.rds.find(old.arn)).toEqual(old);
    expect(door.rds.writes.filter((write) => write.startsWith('delete'))).toEqual([]);
  });
});

describe('a vault with copies in other Regions', () => {
  const rules = aVault({ copies: [aFurtherCopy()] });

  test('copies what it has received further, under the key of that Region and with the same tags, after it has told the source', async () => {
    const door = new VaultDoor(new FakeRds([shared()]));
    const copySnapshot = jest.spyOn(door.rds, 'copySnapshot');
    await door.runs(announced());
    await door.receiveAll(rules, completing(door));

    const copy = door.rds.find(stored().arn)!;
    const far = storedFar(copy);
    expect(copySnapshot.mock.calls[1]).toEqual([FAR_REGION, {
      sourceIdentifierOrArn: copy.arn,
      targetIdentifier: far.identifier,
      kmsKeyId: aFurtherCopy().kmsKeyId,
      tags: { ...copy.tags, [OwnershipTag.IDENTIFIER]: far.identifier },
    }]);
    expect(door.told).toHaveLength(1);
    expect(door.executions.names[1]).toMatch(/^f-us-east-1-222222222222-[0-9a-f]{8}-[0-9a-f]{16}-/);
  });

  test('does not copy further what is not its own, whatever an execution is started with', async () => {
    const door = new VaultDoor(new FakeRds([shared()]));
    await door.runs(arrived({ snapshotArn: shared().arn, region: FAR_REGION }));
    await door.receiveAll(rules);

    expect(door.rds.writes).toEqual([]);
  });
});

test('a copy is never made of what belongs to the vault\'s own account', async () => {
  const own = shared('own', { account: ACCOUNT });
  const door = new VaultDoor(new FakeRds([own]));
  await door.runs(arrived({ snapshotArn: own.arn }));
  await door.receiveAll();

  expect(door.rds.writes).toEqual([]);
});
