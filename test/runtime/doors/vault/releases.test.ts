import { OwnershipTag } from '../../../../src/core/ownership';
import { Snapshot } from '../../../../src/core/snapshot';
import { releaseEndedTag, releaseTag } from '../../../../src/core/vault/vault-ownership';
import { ExpireEvent, ReleaseAnswer, ReleaseMemory } from '../../../../src/runtime/doors/vault/steps';
import { awsError, denied, throttled } from '../../../support/errors';
import { NOON, OTHER_ACCOUNT, OTHER_REGION, REGION } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { aSnapshot, withTags } from '../../../support/snapshots';
import { VaultDoor } from '../../../support/vault-door';
import {
  BUS_ARN, DAY, FAR_KEY_ARN, FAR_REGION, HOUR, RECOVERY_ACCOUNT, STRANGER, VAULT, VAULT_KEY_ARN, aFurtherCopy, aVault, releasing, shared,
  stored, storedFar,
} from '../../../support/vault-events';

const logged = captureLog();

const copy = (days: number, facts: Parameters<typeof stored>[1] = {}) => stored(`s${days}`, {
  source: shared(`s${days}`, { createTime: new Date(NOON - days * DAY) }), createTime: new Date(NOON - days * DAY), ...facts,
});
const COPY = copy(1);
const UNTIL = new Date(NOON + 2 * HOUR);
const lent = (facts: Partial<Snapshot> = {}, until = UNTIL) => withTags({ ...COPY, ...facts }, releaseTag(until));

function doorWith(...snapshots: Snapshot[]): VaultDoor {
  return new VaultDoor(new FakeRds(snapshots));
}
const share = async (door: VaultDoor, request: object = {}, memory: ReleaseMemory = {}) => (
  await door.release(releasing(request, memory)) as Extract<ReleaseAnswer, { call: 'tell'; then: 'expire' }>
);
const shareOf = (which: Snapshot, until = UNTIL.toISOString()) => [`tag ${which.identifier} ${OwnershipTag.RELEASED_UNTIL}=${until}`, `share ${which.identifier} +${RECOVERY_ACCOUNT} -`];

describe('a copy that is released', () => {
  test('is tagged with when that ends, then shared with the recovery account, and everybody is told what is needed', async () => {
    const door = doorWith(COPY);

    expect(await share(door)).toEqual({
      call: 'tell',
      then: 'expire',
      lastsSeconds: 2 * 3600,
      memory: { released: expect.objectContaining({ snapshotArn: COPY.arn }) },
      report: {
        resources: [COPY.arn],
        detail: {
          version: '1',
          state: 'SHARED',
          vaultName: VAULT,
          vault: BUS_ARN,
          recoveryAccountId: RECOVERY_ACCOUNT,
          snapshotArn: COPY.arn,
          sourceAccount: OTHER_ACCOUNT,
          sourceRegion: OTHER_REGION,
          clusterIdentifier: 'orders',
          dataTime: new Date(NOON - DAY).toISOString(),
          kmsKeyId: VAULT_KEY_ARN,
          until: UNTIL.toISOString(),
          reason: 'ransomware drill',
          execution: 'drill',
          keyStatements: [expect.objectContaining({ Resource: VAULT_KEY_ARN }), expect.objectContaining({ Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } })],
          commands: [
            expect.stringContaining(`copy-db-cluster-snapshot --region ${REGION} --source-db-cluster-snapshot-identifier ${COPY.arn}`),
            expect.stringMatching(/restore-db-cluster-from-snapshot .* --db-cluster-identifier orders --engine aurora-postgresql --kms-key-id <key of this account>$/),
          ],
        },
      },
    });
    expect(door.rds.writes).toEqual(shareOf(COPY));
    expect(logged()).toContainEqual(expect.objectContaining({ CopiesReleased: 1 }));
    expect(logged()).toContainEqual(expect.objectContaining({ message: 'copy released', reason: 'ransomware drill', execution: 'drill' }));
  });

  test('is for 24 hours if nothing else is said', async () => {
    expect((await share(doorWith(COPY), { hours: undefined })).lastsSeconds).toBe(24 * 3600);
  });

  test('is the one with the newest data of the cluster, of what is complete', async () => {
    const door = doorWith(copy(5), copy(3), copy(2, { status: 'copying' }), copy(9), aSnapshot({ identifier: 'by-hand', createTime: new Date(NOON) }));

    expect((await share(door)).report.detail.snapshotArn).toBe(copy(3).arn);
  });

  test('may be the newest one of before a time', async () => {
    const before = new Date(NOON - 4 * DAY).toISOString();

    expect((await share(doorWith(copy(5), copy(3), copy(9)), { before })).report.detail.snapshotArn).toBe(copy(5).arn);
  });

  test('may be a certain one', async () => {
    const request = { snapshotIdentifier: copy(5).identifier, sourceAccountId: undefined, clusterIdentifier: undefined };

    expect((await share(doorWith(copy(5), copy(3)), request)).report.detail.snapshotArn).toBe(copy(5).arn);
  });

  test('is never shared with more than the account that asked for it, whoever had it before', async () => {
    const door = doorWith(lent({}, new Date(NOON - 1)));
    door.rds.shares.set(COPY.identifier, [STRANGER, 'all']);
    await share(door);

    expect(door.rds.shares.get(COPY.identifier)).toEqual([RECOVERY_ACCOUNT]);
  });

  test('is not taken away from an account to which another release has lent it in this moment', async () => {
    const door = doorWith(COPY);
    jest.spyOn(door.rds, 'listManualSnapshots').mockResolvedValue([COPY]);
    door.rds.change(COPY.arn, { tags: lent().tags });
    door.rds.shares.set(COPY.identifier, [STRANGER]);

    expect(await door.release(releasing())).toEqual({ call: 'fail', reason: expect.stringMatching(/is released to account 999999999999/) });
    expect(door.rds.shares.get(COPY.identifier)).toEqual([STRANGER]);
  });

  test('may be one of another Region that the vault copies to, with the key of there', async () => {
    const far = storedFar(COPY, { createTime: new Date(NOON) });
    const door = doorWith(COPY, far);
    const answer = await door.release(releasing({ region: FAR_REGION }, {}, 'share', aVault({ copies: [aFurtherCopy()] }))) as Awaited<ReturnType<typeof share>>;

    expect(answer.report.detail).toMatchObject({ snapshotArn: far.arn, kmsKeyId: FAR_KEY_ARN, commands: [expect.stringContaining(`--region ${FAR_REGION}`), expect.anything()] });
    expect(door.rds.shares.get(far.identifier)).toEqual([RECOVERY_ACCOUNT]);
  });

  test('again to the same account is released for the longer time of the two', async () => {
    const longer = doorWith(lent());
    longer.rds.shares.set(COPY.identifier, [RECOVERY_ACCOUNT]);
    expect((await share(longer, { hours: 5 })).report.detail.until).toBe(new Date(NOON + 5 * HOUR).toISOString());

    const shorter = doorWith(lent());
    shorter.rds.shares.set(COPY.identifier, [RECOVERY_ACCOUNT]);
    expect((await share(shorter, { hours: 1 })).report.detail.until).toBe(UNTIL.toISOString());
  });
});

describe('is refused, and nothing is shared', () => {
  const twoRegions = [COPY, stored('x', { source: shared('x', { region: REGION }) })];

  test.each<[string, object, RegExp, Snapshot[]?]>([
    ['an account that the vault does not name', { recoveryAccountId: STRANGER }, /^recoveryAccountId must be one of the recovery accounts of the vault \(333333333333\), got "999999999999"$/],
    ['no account', { recoveryAccountId: undefined }, /^recoveryAccountId must be .* got nothing$/],
    ['no time at all', { hours: 0 }, /^hours must be a whole number from 1 to 168, got 0$/],
    ['more than a week', { hours: 169 }, /^hours must be .* got 169$/],
    ['hours in words', { hours: 'two' }, /^hours must be .* got "two"$/],
    ['no reason', { reason: '' }, /^reason must say why/],
    ['a time that is none', { before: 'yesterday' }, /^before must be a time like/],
    ['no cluster', { clusterIdentifier: undefined }, /^give sourceAccountId and clusterIdentifier/],
    ['a cluster that the vault has nothing of', { clusterIdentifier: 'billing' }, /^the vault has no complete copy of the cluster 'billing' of account 222222222222$/],
    ['a cluster of another account', { sourceAccountId: STRANGER }, /^the vault has no complete copy of the cluster 'orders' of account 999999999999$/],
    ['a time before everything', { before: '2020-01-01T00:00:00Z' }, /with data of 2020-01-01T00:00:00Z or before$/],
    ['a copy that is none of the vault', { snapshotIdentifier: 'by-hand' }, /^the vault has no complete copy 'by-hand' in eu-west-1$/, [aSnapshot()]],
    ['a cluster of a name that two Regions have', {}, /^account 222222222222 has a cluster 'orders' in eu-central-1 and eu-west-1; say which with sourceRegion$/, twoRegions],
  ])('%s', async (_, request, reason, snapshots = [COPY]) => {
    const door = doorWith(...snapshots);

    expect(await door.release(releasing(request))).toEqual({ call: 'fail', reason: expect.stringMatching(reason) });
    expect(door.rds.writes).toEqual([]);
  });

  test('by the later one of two that began in the same moment, and both are told the truth', async () => {
    const door = doorWith(COPY);
    const readAccounts = door.rds.accountsSharedWith.bind(door.rds);
    let reads = 0;
    jest.spyOn(door.rds, 'accountsSharedWith').mockImplementation(async (region, identifier) => {
      reads += 1;
      if (reads === 3) {
        // The other has looked before we shared, and shares after us.
        door.rds.shares.set(identifier, [RECOVERY_ACCOUNT, STRANGER]);
      }
      return readAccounts(region, identifier);
    });

    expect(await door.release(releasing())).toEqual({ call: 'fail', reason: expect.stringMatching(/is released to account 999999999999/) });
    expect(door.rds.shares.get(COPY.identifier)).toEqual([STRANGER]);
  });

  test('a copy that is shared though no release says so, until it is taken back', async () => {
    const door = doorWith(COPY);
    door.rds.shares.set(COPY.identifier, [STRANGER]);

    expect(await door.release(releasing())).toEqual({ call: 'fail', reason: expect.stringMatching(/is released to account 999999999999/) });
    expect(door.rds.writes).toEqual([]);
  });

  test('a Region in which the vault has no copies', async () => {
    expect(await doorWith(COPY).release(releasing({ region: FAR_REGION }))).toEqual({ call: 'fail', reason: 'region must be one in which the vault has copies (eu-west-1), got "us-east-1"' });
  });

  test.each([[null], ['x'], [5], [[]]])('an execution that was started with %j', async (request) => {
    expect(await doorWith(COPY).release({ ...releasing(), request: request as never })).toMatchObject({ call: 'fail' });
  });

  test('a copy that somebody else has at the time', async () => {
    const door = doorWith(lent());
    door.rds.shares.set(COPY.identifier, [STRANGER]);

    expect(await door.release(releasing())).toEqual({ call: 'fail', reason: expect.stringMatching(/is released to account 999999999999: wait for the end of that release, or take the copy back/) });
    expect(door.rds.writes).toEqual([]);
  });

  test('everything, by a vault that names no recovery account', async () => {
    expect(await doorWith(COPY).release(releasing({}, {}, 'share', aVault({ recoveryAccounts: [] })))).toEqual({ call: 'fail', reason: expect.stringMatching(/it has none/) });
  });
});

describe('RDS that does not do as it is asked', () => {
  test.each(['listManualSnapshots', 'setTags', 'accountsSharedWith', 'share'] as const)('is asked again where %s is throttled', async (call) => {
    const door = doorWith(COPY);
    door.rds.breaks(call, throttled());
    const answer = await door.release(releasing()) as { waitSeconds: number; memory: ReleaseMemory };

    expect(answer).toMatchObject({ call: 'share', memory: { tries: 1, beganAt: NOON } });
    expect(answer.waitSeconds).toBeGreaterThan(0);
    door.rds.heal();
    expect((await share(door, {}, answer.memory)).report.detail.state).toBe('SHARED');
  });

  test('and refuses for five minutes is told', async () => {
    const door = doorWith(COPY);
    door.rds.breaks('share', denied());
    expect(await door.release(releasing({}, { beganAt: NOON - 299_000 }))).toMatchObject({ call: 'share' });

    expect(await door.release(releasing({}, { beganAt: NOON - 300_000 }))).toEqual({
      call: 'fail', reason: expect.stringMatching(/is not allowed, also after 5 minutes.*whichever AWS names, and start the release again\.$/),
    });
  });

  test('and refuses for good is told to whoever has started it, who deploys nothing', async () => {
    const door = doorWith(COPY);
    door.rds.breaks('share', awsError('InvalidParameterValue', 'no such account'));

    expect(await door.release(releasing())).toEqual({ call: 'fail', reason: expect.stringMatching(/no such account\. Correct what AWS names and start the release again\.$/) });
  });
});

describe('a release may be ended before its time', () => {
  const BACK = withTags(copy(8), releaseEndedTag(new Date(NOON - DAY)));
  const end = (door: VaultDoor, request: object = {}) => door.release(releasing({ end: true, snapshotIdentifier: COPY.identifier, reason: 'account lost', ...request }));

  test('by the name of the copy: nobody has it any more, and everybody is told', async () => {
    const door = doorWith(lent());
    door.rds.shares.set(COPY.identifier, [RECOVERY_ACCOUNT]);

    expect(await end(door)).toEqual({
      call: 'tell',
      then: 'end',
      report: {
        resources: [COPY.arn],
        detail: expect.objectContaining({ state: 'ENDED', recoveryAccountId: RECOVERY_ACCOUNT, reason: 'account lost', until: new Date(NOON).toISOString() }),
      },
    });
    expect(door.rds.shares.get(COPY.identifier)).toEqual([]);
    expect(door.rds.find(COPY.arn)!.tags[OwnershipTag.RELEASED_UNTIL]).toMatch(/^ended /);
  });

  test.each<[string, object, RegExp]>([
    ['no copy is named', { snapshotIdentifier: undefined }, /^snapshotIdentifier must say which copy/],
    ['nobody has it', { snapshotIdentifier: copy(9).identifier }, /is released to nobody$/],
    ['it was taken back before', { snapshotIdentifier: BACK.identifier }, /is released to nobody$/],
    ['there is no such copy', { snapshotIdentifier: 'by-hand' }, /^the vault has no copy 'by-hand' in eu-west-1$/],
    ['nobody says why', { reason: '' }, /^reason must say why/],
  ])('but not where %s', async (_, request, reason) => {
    expect(await end(doorWith(lent(), copy(9), BACK, aSnapshot()), request)).toEqual({ call: 'fail', reason: expect.stringMatching(reason) });
  });
});

describe('when the time is over', () => {
  const expired = async (door: VaultDoor) => {
    const { memory } = await share(doorWith(COPY));
    return door.release(releasing({}, memory, 'expire'));
  };
  const overDoor = (now: number, copyThere: Snapshot = lent()) => {
    const door = doorWith(copyThere);
    door.rds.shares.set(COPY.identifier, [RECOVERY_ACCOUNT]);
    door.now = now;
    return door;
  };

  test('nobody has the copy any more, and everybody is told', async () => {
    const door = overDoor(UNTIL.getTime());

    expect(await expired(door)).toEqual({
      call: 'tell', then: 'end', report: { resources: [COPY.arn], detail: expect.objectContaining({ state: 'ENDED', snapshotArn: COPY.arn, recoveryAccountId: RECOVERY_ACCOUNT }) },
    });
    expect(door.rds.writes).toEqual([`share ${COPY.identifier} + -${RECOVERY_ACCOUNT}`, `tag ${COPY.identifier} ${OwnershipTag.RELEASED_UNTIL}=ended ${UNTIL.toISOString()}`]);
  });

  test.each<[string, Snapshot[]]>([
    ['was released for longer meanwhile', [lent({}, new Date(UNTIL.getTime() + 1))]], ['was taken back', [COPY]], ['is gone', []],
  ])('a copy that %s is left alone', async (_, snapshots) => {
    const door = doorWith(...snapshots);
    door.now = UNTIL.getTime();

    expect(await expired(door)).toEqual({ call: 'end' });
    expect(door.rds.writes).toEqual([]);
  });

  test('by a clock that is ahead, the rest of it is waited for', async () => {
    expect(await expired(overDoor(UNTIL.getTime() - 1500))).toMatchObject({ call: 'expire', waitSeconds: 2, memory: { released: { snapshotArn: COPY.arn } } });
  });

  test('throttling only delays it, and a refusal is brought to the state machine, which tries on', async () => {
    const throttling = overDoor(UNTIL.getTime());
    throttling.rds.breaks('share', throttled());
    expect(await expired(throttling)).toMatchObject({ call: 'expire', memory: { tries: 1, released: { snapshotArn: COPY.arn } } });

    const refusing = overDoor(UNTIL.getTime());
    refusing.rds.breaks('setTags', denied());
    await expect(expired(refusing)).rejects.toThrow(/is shared no longer, but its tag could not be changed: AccessDenied/);
  });
});

describe('every sweep', () => {
  const EXPIRE: ExpireEvent = { door: 'vault', task: 'expire', rules: aVault() };

  test('takes back what is lent for longer than it should be, and leaves alone what is lent for the time', async () => {
    const over = withTags(copy(2), releaseTag(new Date(NOON)));
    const strange = withTags(copy(3), { [OwnershipTag.RELEASED_UNTIL]: 'soon' });
    const foreign = withTags(aSnapshot(), releaseTag(new Date(NOON)));
    const door = doorWith(lent(), over, strange, copy(4), foreign);
    [lent(), over, strange, foreign].forEach(({ identifier }) => door.rds.shares.set(identifier, [RECOVERY_ACCOUNT]));

    expect(await door.release(EXPIRE)).toEqual({ ended: [over.arn, strange.arn] });
    const sharedWith = [lent(), over, strange, foreign].map(({ identifier }) => door.rds.shares.get(identifier));
    expect(sharedWith).toEqual([[RECOVERY_ACCOUNT], [], [], [RECOVERY_ACCOUNT]]);
    expect(await door.release(EXPIRE)).toEqual({ ended: [] });
  });

  test('looks afresh: what was released anew a moment ago is left alone', async () => {
    const over = withTags(COPY, releaseTag(new Date(NOON)));
    const door = doorWith(over);
    door.rds.shares.set(COPY.identifier, [RECOVERY_ACCOUNT]);
    jest.spyOn(door.rds, 'findSnapshot').mockResolvedValue(lent());

    expect(await door.release(EXPIRE)).toEqual({ ended: [] });
    expect(door.rds.shares.get(COPY.identifier)).toEqual([RECOVERY_ACCOUNT]);
  });

  test('takes back what is lent in other Regions, too', async () => {
    const far = withTags(storedFar(COPY), releaseTag(new Date(NOON)));
    const door = doorWith(far);

    expect(await door.release({ ...EXPIRE, rules: aVault({ copies: [aFurtherCopy()] }) })).toEqual({ ended: [far.arn] });
  });

  test('goes on where one cannot be taken back, and has failed', async () => {
    const over = [2, 3].map((days) => withTags(copy(days), releaseTag(new Date(NOON))));
    const door = doorWith(...over);
    over.forEach(({ identifier }) => door.rds.shares.set(identifier, [RECOVERY_ACCOUNT]));
    const takeBack = door.rds.share.bind(door.rds);
    jest.spyOn(door.rds, 'share').mockImplementation(async (region, identifier, ...accounts) => (
      identifier === over[0].identifier ? Promise.reject(awsError('InvalidParameterValue', 'no')) : takeBack(region, identifier, ...accounts)
    ));

    await expect(door.release(EXPIRE)).rejects.toThrow(new RegExp(`^the release of ${over[0].arn} could not be ended: .*the vault tries again within the hour`));
    expect(door.rds.shares.get(over[1].identifier)).toEqual([]);
  });
});
