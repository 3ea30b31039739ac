import { OwnershipTag } from '../../../../src/core/ownership';
import { Snapshot } from '../../../../src/core/snapshot';
import { ReceiveAnswer } from '../../../../src/runtime/doors/vault/steps';
import { awsError, denied, quota, throttled } from '../../../support/errors';
import { NOON, minutes } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { aSnapshot } from '../../../support/snapshots';
import { VaultDoor } from '../../../support/vault-door';
import { FAR_REGION, SENDER, aFurtherCopy, aVault, receiving, shared, stored, working } from '../../../support/vault-events';

const logged = captureLog();

const COPY = stored();
const doorWith = (...snapshots: Snapshot[]) => new VaultDoor(new FakeRds(snapshots));

/** It has failed, and its source is told. */
const failedWith = (reason: RegExp) => ({
  call: 'tell',
  then: 'end',
  outcome: { verdict: 'FAILED', snapshotArn: shared().arn, reason: expect.stringMatching(reason) },
  report: { resources: [shared().arn], detail: expect.objectContaining({ verdict: 'REFUSED', reason: expect.stringMatching(/^it could not be copied, which is tried again every hour: /) }) },
});

describe('a start', () => {
  test('begins the copy, and looks at it a minute later', async () => {
    const door = doorWith(shared());

    expect(await door.start(receiving())).toMatchObject({
      call: 'look', waitSeconds: 60, memory: { todo: 'receive', seen: true, beganAt: NOON, copy: { identifier: COPY.identifier } },
    });
  });

  test('whose answer was lost meets its own copy', async () => {
    const door = doorWith(shared());
    await door.start(receiving());
    expect(await door.start(receiving())).toMatchObject({ call: 'look', memory: { seen: true } });

    expect(door.rds.writes).toEqual([`copy ${COPY.identifier}`]);
  });

  test.each(['findSnapshot', 'listManualSnapshots', 'copySnapshot'] as const)('is tried again when %s is throttled', async (call) => {
    const door = doorWith(shared());
    door.rds.breaks(call, throttled());

    expect(await door.start(receiving())).toMatchObject({ call: 'start', memory: { tries: 1, beganAt: NOON } });
    expect(door.rds.writes).toEqual([]);
  });

  test('that is refused is tried for five minutes: a key policy may have come a moment ago', async () => {
    const door = doorWith(shared());
    door.rds.breaks('copySnapshot', awsError('KMSKeyNotAccessibleFault', 'no grant'));
    expect(await door.start(receiving())).toMatchObject({ call: 'start' });

    door.now += minutes(5);
    expect(await door.start(receiving({ beganAt: NOON, refusedSince: NOON }))).toEqual(failedWith(/is not allowed, also after 5 minutes\. AWS said: KMSKeyNotAccessibleFault: no grant.*the vault tries again within the hour\.$/));
    expect(logged()).toContainEqual(expect.objectContaining({ CopyFailed: 1 }));
  });

  test('into a Region that is full fails, and says what to do', async () => {
    const door = doorWith(shared());
    door.rds.breaks('copySnapshot', quota());

    expect(await door.start(receiving())).toEqual(failedWith(/as many manual cluster snapshots as its quota allows.*keep copies for a shorter time/));
  });

  test('that was made before and has lost its tags is not to be deleted: it may be the last copy of the data', async () => {
    const door = doorWith(shared(), { ...COPY, tags: {} });

    const answer = await door.start(receiving());

    expect(answer).toEqual(failedWith(/exists already and has the name of the vault's copy of this snapshot, but not its tags.*do not delete it, put them back/));
    expect(JSON.stringify(answer)).not.toMatch(/\. Delete|another name/);
    expect(door.rds.writes).toEqual([]);
  });

  test('that has lost its tags is told with those that it had, so that they can be put back', async () => {
    const { [OwnershipTag.KEEP_UNTIL]: keepUntil, ...tags } = COPY.tags;
    const { reason } = (await doorWith(shared(), { ...COPY, tags: {} }).start(receiving()) as { outcome: { reason: string } }).outcome;

    for (const [key, value] of Object.entries(tags)) {
      expect(reason).toContain(`${key}=${value}`);
    }
    expect(reason).toContain(OwnershipTag.KEEP_UNTIL);
  });

  test('keeps the tags that are there: until when it is kept is not said anew', async () => {
    const { [OwnershipTag.VAULT]: vault, ...others } = COPY.tags;
    const { reason } = (await doorWith(shared(), { ...COPY, tags: others }).start(receiving()) as { outcome: { reason: string } }).outcome;

    expect(reason).toMatch(new RegExp(`: ${OwnershipTag.VAULT}=${vault}$`));
  });

  test('reads everything afresh: what was taken back meanwhile is not copied', async () => {
    const door = doorWith();
    expect(await door.start(receiving())).toMatchObject({ call: 'start' });

    door.now += minutes(5);
    expect(await door.start(receiving({ beganAt: NOON }))).toEqual(failedWith(/is not shared with account 111111111111, or does not exist/));
  });

  test('that RDS does not allow makes room for others after twelve hours', async () => {
    const door = doorWith(shared());
    door.rds.breaks('copySnapshot', awsError('InvalidDBClusterSnapshotStateFault'));
    door.now = NOON + minutes(12 * 60) - 1;
    expect(await door.start(receiving({ beganAt: NOON }))).toMatchObject({ call: 'start' });

    door.now += 1;
    expect(await door.start(receiving({ beganAt: NOON }))).toEqual(failedWith(/^could not be begun within 12 hours, and makes room for others/));
  });

  test('of the copy of a copy leaves alone what the rules do not name any more', async () => {
    const source = { snapshotArn: COPY.arn, region: FAR_REGION, sender: SENDER, execution: 'f-1' };

    expect(await doorWith(COPY).start(receiving({}, { source }))).toMatchObject({ outcome: { verdict: 'FAILED', reason: expect.stringMatching(/copies no longer names us-east-1/) } });
    expect(await doorWith(COPY).start(receiving({}, { source, rules: aVault({ copies: [aFurtherCopy()] }) }))).toMatchObject({ call: 'look' });
  });
});

describe('a look', () => {
  const look = (status: string | undefined, after: number, memory = working()) => {
    const door = doorWith(shared(), ...(status === undefined ? [] : [stored('nightly', { status })]));
    door.now = NOON + minutes(after);
    return door.look(receiving(memory));
  };

  test('at a copy that goes on is followed by another, more rarely the longer it takes', async () => {
    expect(await look('copying', 1)).toMatchObject({ call: 'look', waitSeconds: 60 });
    expect(await look('copying', 200)).toMatchObject({ call: 'look', waitSeconds: 600 });
  });

  test('at a complete one is the end', async () => {
    expect(await look('available', 10)).toMatchObject({ call: 'tell', then: 'end', outcome: { verdict: 'STORED', copyArn: COPY.arn } });
  });

  test('at one that failed leads to another try', async () => {
    expect(await look('failed', 10)).toMatchObject({ call: 'prune', memory: { todo: 'clear', failures: 1, why: expect.stringMatching(/ended in status 'failed'.*The vault makes another\.$/) } });
  });

  test('at one that somebody deleted, too, after five minutes', async () => {
    expect(await look(undefined, 10)).toMatchObject({ call: 'look', memory: { unseenSince: NOON + minutes(10) } });
    expect(await look(undefined, 16, working(COPY, { unseenSince: NOON + minutes(10) }))).toMatchObject({ call: 'prune', memory: { todo: 'clear', failures: 1 } });
  });

  test('that is throttled says nothing', async () => {
    const door = doorWith(COPY);
    door.rds.breaks('findSnapshot', throttled());

    expect(await door.look(receiving(working()))).toMatchObject({ call: 'look' });
  });

  test('after seven days is the last, and the copy is left as it is', async () => {
    expect(await look('copying', 7 * 1440)).toEqual(failedWith(/^not finished after 7 days/));
  });
});

describe('the first look at a copy counts again', () => {
  const others = [1, 2, 3, 4].map((n) => stored(`s${n}`, { createTime: new Date(NOON - 1) }));
  const first = working(COPY, { counted: undefined });

  test('and has it go if those that began in the same moment were too many', async () => {
    const door = doorWith(shared(), stored('nightly', { status: 'copying' }), ...others);

    expect(await door.look(receiving(first))).toMatchObject({ call: 'prune', memory: { todo: 'clear', surplus: true, why: expect.stringMatching(/dailyAdmission is 4$/) } });
  });

  test('and does not do so again', async () => {
    const door = doorWith(shared(), stored('nightly', { status: 'copying' }));
    const answer = await door.look(receiving(first));

    expect(answer).toMatchObject({ call: 'look', memory: { counted: true } });
    door.rds.breaks('listManualSnapshots', throttled());
    expect(await door.look({ ...receiving(), answer: answer as never })).toMatchObject({ call: 'look', memory: { counted: true } });
  });

  test('at the next look if it could not', async () => {
    const door = doorWith(shared(), stored('nightly', { status: 'copying' }), ...others);
    door.rds.breaks('listManualSnapshots', throttled());
    expect(await door.look(receiving(first))).not.toHaveProperty('memory.counted');

    door.rds.heal();
    expect(await door.look(receiving(first))).toMatchObject({ call: 'prune' });
  });

  test('and what is complete by then stays', async () => {
    expect(await doorWith(shared(), COPY, ...others).look(receiving(first))).toMatchObject({ call: 'tell', outcome: { verdict: 'STORED' } });
  });
});

describe('clearing', () => {
  const clearing = (memory: object = {}) => receiving({ ...working(), todo: 'clear', failures: 1, why: 'it failed', ...memory });
  const clear = async (copy: Snapshot | undefined, memory: object = {}) => {
    const door = doorWith(...(copy ? [copy] : []));
    return { answer: await door.prune(clearing(memory)) as ReceiveAnswer, writes: door.rds.writes };
  };

  test('deletes the copy that failed, and another is made five minutes later', async () => {
    expect(await clear(stored('nightly', { status: 'failed' }))).toEqual({
      answer: { call: 'start', waitSeconds: 300, memory: { todo: 'receive', failures: 1, beganAt: NOON } },
      writes: [`delete ${COPY.identifier}`],
    });
  });

  test('of the third one is the end, with what it died of', async () => {
    expect(await clear(undefined, { failures: 3 })).toEqual({ answer: failedWith(/^it failed$/), writes: [] });
  });

  test.each<[string, Snapshot, object]>([
    ['complete', COPY, {}],
    ['in progress', stored('nightly', { status: 'copying' }), {}],
    ['made by hand', aSnapshot({ identifier: COPY.identifier, status: 'failed' }), {}],
    ['of another vault', { ...stored('nightly', { status: 'failed' }), tags: stored('nightly', { rules: aVault({ vaultName: 'Other' }) }).tags }, {}],
    ['complete, and one too many', COPY, { surplus: true }],
  ])('deletes nothing that is %s', async (_, copy, memory) => {
    expect((await clear(copy, memory)).writes).toEqual([]);
  });

  test('stops the copy that is one too many, and its source is told so', async () => {
    expect(await clear(stored('nightly', { status: 'copying' }), { surplus: true, why: 'enough' })).toEqual({
      answer: expect.objectContaining({ call: 'tell', then: 'end', outcome: { verdict: 'REFUSED', snapshotArn: shared().arn, reason: 'enough' } }),
      writes: [`delete ${COPY.identifier}`],
    });
  });

  test('that comes too late for one too many leads back to the look', async () => {
    expect((await clear(COPY, { surplus: true })).answer).toMatchObject({ call: 'look', memory: { todo: 'receive', counted: true } });
  });

  test('that is throttled is tried again, and one that is denied is the end', async () => {
    const door = doorWith(stored('nightly', { status: 'failed' }));
    door.rds.breaks('deleteSnapshot', throttled());
    expect(await door.prune(clearing())).toMatchObject({ call: 'prune', memory: { todo: 'clear', tries: 1 } });

    door.rds.breaks('deleteSnapshot', denied());
    expect(await door.prune(clearing())).toEqual(failedWith(/^it failed; and the copy .* could not be deleted: AccessDenied/));
  });

  test('in another Region is done there', async () => {
    const far = stored('nightly', { status: 'failed', region: FAR_REGION });
    const door = doorWith(far);
    await door.prune({ ...clearing(), source: { snapshotArn: COPY.arn, region: FAR_REGION, sender: SENDER, execution: 'f-1' } });

    expect(door.rds.writes).toEqual([`delete ${COPY.identifier}`]);
    expect(door.rds.find(far.arn)).toBeUndefined();
  });
});
