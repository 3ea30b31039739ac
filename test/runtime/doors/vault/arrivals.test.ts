import { senderOf } from '../../../../src/core/vault/turns';
import { throttled } from '../../../support/errors';
import { ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { VaultDoor } from '../../../support/vault-door';
import { FAR_REGION, SENDER, STRANGER, aFurtherCopy, aVault, announced, arrived, arriving, receiving, shared, stored } from '../../../support/vault-events';

const logged = captureLog();
const rejections = () => logged().filter((line) => 'AnnouncementRejected' in line);

describe('an announcement', () => {
  test('begins an execution that looks for the snapshot, and nothing else', async () => {
    const door = new VaultDoor();
    await door.runs(announced());

    const [name] = door.arrivals.names;
    expect(name).toMatch(/^a-[0-9a-f]{16}-20261122T1200$/);
    expect(door.arrivals.inputOf(name)).toEqual({ snapshotArn: shared().arn });
    expect(door.executions.names).toEqual([]);
  });

  test('asks for no list of what runs: whoever announces without end is not to use up what the copies need', async () => {
    const door = new VaultDoor();
    await door.runs(announced());

    expect([door.arrivals.listed, door.executions.listed]).toEqual([0, 0]);
  });

  test('that turns out to be true while the snapshot is copied already begins no second copy', async () => {
    const door = new VaultDoor();
    await door.runs(arrived({ snapshotArn: shared().arn }));
    door.now += 3_600_000;

    const found = { snapshotArn: shared().arn, sender: SENDER };
    expect(await door.runs(arriving({ found }))).toEqual({ call: 'end', outcome: { verdict: 'ADMITTED', snapshotArn: shared().arn } });
    expect(door.executions.names).toHaveLength(1);
  });

  test('that comes an hour later is followed again', async () => {
    const door = new VaultDoor();
    await door.runs(announced());
    door.arrivals.put(door.arrivals.names[0], { status: 'SUCCEEDED' });
    await door.runs(announced());
    expect(door.arrivals.names).toHaveLength(1);

    door.now += 3_600_000;
    await door.runs(announced());
    expect(door.arrivals.names).toHaveLength(2);
  });

  test('is sent again by Lambda where Step Functions is not to be had', async () => {
    const error = throttled();
    const door = new VaultDoor();
    door.arrivals.breaks(error);

    await expect(door.runs(announced())).rejects.toBe(error);
  });
});

describe('nobody is believed who speaks of what is not theirs', () => {
  test.each<[string, ReturnType<typeof announced>, RegExp]>([
    ['an account that is no source', announced({ snapshotArn: shared('x', { account: STRANGER }).arn }, STRANGER), /sources does not name account 999999999999 with the Region eu-central-1/],
    ['a source that announces a snapshot of another account', announced({ snapshotArn: shared('x', { account: STRANGER }).arn }), /account 222222222222 announces .*, which belongs to account 999999999999$/],
    ['a stranger that announces a snapshot of the source', announced({}, STRANGER), /account 999999999999 announces .*, which belongs to account 222222222222$/],
    ['a source that announces a snapshot of the vault', announced({ snapshotArn: stored().arn }), /which belongs to account 111111111111$/],
    ['a source that announces one in a Region that is not named', announced({ snapshotArn: shared('x', { region: REGION }).arn }), /with the Region eu-west-1$/],
    ['a text that is no ARN', announced({ snapshotArn: 'orders' }), /is not the ARN of a manual DB cluster snapshot/],
    ['an announcement of another version', announced({ version: '2' }), /it has version '2'/],
    ['an announcement of nothing', { ...announced(), event: { account: OTHER_ACCOUNT, detail: undefined as never } }, /it has version 'undefined'/],
    ['the account of the vault itself', announced({ snapshotArn: stored().arn }, ACCOUNT), /sources does not name account 111111111111/],
  ])('%s', async (_, event, why) => {
    const door = new VaultDoor();
    await door.runs(event);

    expect([...door.arrivals.names, ...door.executions.names]).toEqual([]);
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: 'announcement rejected', why: expect.stringMatching(why) }));
    expect(rejections()).toEqual([expect.objectContaining({ Vault: 'Vault', Region: REGION, AnnouncementRejected: 1 })]);
  });
});

test('what a sweep has found is received, each once', async () => {
  const door = new VaultDoor();
  const found = arrived({ snapshotArn: shared('a').arn }, { snapshotArn: shared('b').arn }, { snapshotArn: stored().arn, region: FAR_REGION });
  await door.runs(found);
  door.now += 3_600_000;
  await door.runs(found);

  expect(door.executions.names.map((name) => name.replace(/-[0-9a-f]{16}-.*/, ''))).toEqual([`r-${SENDER}`, `r-${SENDER}`, `f-us-east-1-${SENDER}`]);
  expect(door.executions.inputOf(door.executions.names[2])).toEqual({
    source: { snapshotArn: stored().arn, sender: SENDER, region: FAR_REGION, execution: door.executions.names[2] },
    answer: { call: 'turn', waitSeconds: 5, memory: { todo: 'receive' } },
  });
});

describe('of those that want to copy in the same moment', () => {
  const queue = ['r-d', 'r-e', 'r-a', 'r-g', 'r-b', 'r-c', 'r-f'];
  const doorWith = (...names: string[]) => {
    const door = new VaultDoor();
    names.forEach((name) => door.executions.put(name));
    return door;
  };
  const isLetIn = async (door: VaultDoor, execution: string, region?: string) => (
    (await door.runs(receiving({}, { source: { snapshotArn: shared().arn, sender: SENDER, execution, region } }))).call === 'start'
  );

  test('the oldest five begin, the others wait', async () => {
    const door = doorWith(...queue);

    expect(await Promise.all(queue.map((name) => isLetIn(door, name)))).toEqual([true, true, true, true, true, false, false]);
    door.executions.put('r-a', { status: 'SUCCEEDED' });
    expect(await isLetIn(door, 'r-c')).toBe(true);
  });

  test('copies into other Regions take nobody\'s place', async () => {
    const door = doorWith(...['1', '2', '3', '4', '5'].map((name) => `f-us-east-1-${name}`), 'r-mine', 'f-us-west-2-mine');

    expect(await isLetIn(door, 'r-mine')).toBe(true);
    expect(await isLetIn(door, 'f-us-west-2-mine', 'us-west-2')).toBe(true);
    door.executions.put('f-us-east-1-6');
    expect(await isLetIn(door, 'f-us-east-1-6', 'us-east-1')).toBe(false);
  });

  test('one far behind asks more rarely', async () => {
    const wait = async (place: number) => {
      const door = doorWith(...Array.from({ length: place }, (_, index) => `r-${index}`), 'r-mine');
      return (await door.runs(receiving({ tries: 9 }, { source: { snapshotArn: shared().arn, sender: SENDER, execution: 'r-mine' } })) as { waitSeconds: number }).waitSeconds;
    };

    expect([await wait(5), await wait(15)]).toEqual([120, 360]);
    expect(await wait(500)).toBeLessThanOrEqual(600);
  });

  test('one that is not listed yet waits, more and more rarely, but at least every two minutes', async () => {
    const wait = async (tries: number) => (await doorWith().runs(receiving({ tries })) as { waitSeconds: number }).waitSeconds;

    expect(await wait(0)).toBeLessThanOrEqual(19);
    expect(await wait(9)).toBe(120);
    expect(await doorWith().runs(receiving({ tries: 3 }))).toMatchObject({ call: 'turn', memory: { tries: 4 } });
  });
});

describe('a source that sends without end', () => {
  const BILLING = senderOf({ account: OTHER_ACCOUNT, region: OTHER_REGION, clusterIdentifier: 'billing' });
  const THEIRS = senderOf({ account: STRANGER, region: OTHER_REGION, clusterIdentifier: 'orders' });
  const THIS_NOON = '20261122T1200';
  /** A lane in which so many of each wait, the first one's before those of the second. */
  const doorWith = (...senders: Array<[sender: string, count: number, since?: string]>) => {
    const door = new VaultDoor();
    senders.forEach(([sender, count, since = THIS_NOON]) => {
      Array.from({ length: count }, (_, index) => door.executions.put(`r-${sender}-${'0'.repeat(15)}${index}-${since}`));
    });
    return door;
  };
  const turnOf = async (door: VaultDoor, index: number, rules = aVault()) => {
    const execution = door.executions.names[index];
    const sender = execution.slice('r-'.length).slice(0, SENDER.length);
    return door.runs(receiving({}, { rules, source: { snapshotArn: shared().arn, sender, execution } }));
  };

  test('waits behind itself: what another account sends begins at once', async () => {
    const door = doorWith([SENDER, 9], [THEIRS, 1]);
    const rules = aVault({ dailyAdmission: 50 });

    expect(await turnOf(door, 9, rules)).toMatchObject({ call: 'start' });
    expect(await Promise.all([3, 4].map(async (index) => (await turnOf(door, index, rules)).call))).toEqual(['start', 'turn']);
  });

  test('keeps no other cluster of its account waiting', async () => {
    const door = doorWith([SENDER, 9], [BILLING, 1]);

    expect(await turnOf(door, 9, aVault({ dailyAdmission: 50 }))).toMatchObject({ call: 'start' });
  });

  test('has no more waiting of a cluster than a day admits: of what cannot be copied there is never a copy to count', async () => {
    const door = doorWith([SENDER, 9]);
    const answers = await Promise.all(door.executions.names.map((_, index) => turnOf(door, index)));

    expect(answers.map(({ call }) => call)).toEqual([...Array(4).fill('start'), ...Array(5).fill('tell')]);
    expect(answers[4]).toEqual({
      call: 'tell',
      then: 'end',
      report: {
        detail: expect.objectContaining({ verdict: 'REFUSED', reason: 'the vault is busy with 4 snapshots of its cluster, and dailyAdmission is 4' }),
        resources: [shared().arn],
      },
      outcome: expect.objectContaining({ verdict: 'REFUSED' }),
    });
    expect(logged().filter((line) => 'AdmissionRefused' in line)).toHaveLength(5);
  });

  test('takes nothing from another cluster or account by that', async () => {
    const door = doorWith([BILLING, 4], [THEIRS, 4], [SENDER, 1]);

    expect(await turnOf(door, 8)).toMatchObject({ call: 'start' });
  });

  test('is asked for one day only: what was begun on the day before and still goes on does not count', async () => {
    const yesterday = (minute: string): [string, number, string] => [SENDER, 4, `20261121T${minute}`];

    expect(await turnOf(doorWith(yesterday('1401'), [SENDER, 1]), 4)).toMatchObject({ call: 'tell' });
    expect(await turnOf(doorWith(yesterday('1400'), [SENDER, 1]), 4)).toMatchObject({ call: 'start' });
  });

  test('is not asked for its copies of copies: they are the vault\'s own', async () => {
    const door = new VaultDoor();
    const names = [1, 2, 3, 4, 5].map((index) => `f-us-east-1-${SENDER}-000000000000000${index}-${THIS_NOON}`);
    names.forEach((name) => door.executions.put(name));
    const source = { snapshotArn: stored().arn, region: FAR_REGION, sender: SENDER, execution: names[4] };

    expect(await door.runs(receiving({}, { source }))).toMatchObject({ call: 'start' });
  });
});

test('what RDS found is received by the name that RDS has for it', async () => {
  const rds = new FakeRds([shared()]);
  const find = rds.findSnapshot.bind(rds);
  jest.spyOn(rds, 'findSnapshot').mockImplementation(async (arn) => find(arn.toLowerCase()));
  const door = new VaultDoor(rds);
  const input = arriving({}, { snapshotArn: shared().arn.replace('nightly', 'NIGHTLY') });

  await door.runs({ ...input, answer: await door.look(input) as typeof input.answer });
  expect(door.executions.inputOf(door.executions.names[0])).toMatchObject({ source: { snapshotArn: shared().arn, sender: SENDER } });
});

test('what was received is given to an execution for each further Region', async () => {
  const door = new VaultDoor();
  const rules = aVault({ copies: [aFurtherCopy(), aFurtherCopy({ region: 'us-west-2' })] });

  expect(await door.runs(receiving({ todo: 'further', copyArn: stored().arn }, { rules }))).toEqual({
    call: 'end', outcome: { verdict: 'STORED', snapshotArn: shared().arn, copyArn: stored().arn },
  });
  expect(door.executions.names.map((name) => name.replace(/-[0-9a-f]{16}-.*/, ''))).toEqual([`f-us-east-1-${SENDER}`, `f-us-west-2-${SENDER}`]);
});

test.each(['runs', 'look', 'start', 'prune', 'release'] as const)('a task that this release does not know is refused, not guessed at (%s)', async (call) => {
  const door = new VaultDoor();
  const ask = door[call].bind(door) as (event: object) => Promise<unknown>;

  await expect(ask({ door: 'vault', task: 'adopt' })).rejects.toThrow(
    "this runtime does not know the task 'adopt'; deploy the vault and its functions from the same release of cdk-aurora-backup",
  );
});

test.each(['runs', 'look', 'start', 'prune'] as const)('rules of another release are refused (%s)', async (call) => {
  const door = new VaultDoor();
  const ask = door[call].bind(door) as (event: object) => Promise<unknown>;

  await expect(ask(receiving({}, { rules: aVault({ version: 9 }) }))).rejects.toThrow(/^version 9 of the rules of a vault is not known/);
});

test.each(['runs', 'look'] as const)('rules of another release are refused for announcements, too (%s)', async (call) => {
  const door = new VaultDoor();
  const ask = door[call].bind(door) as (event: object) => Promise<unknown>;

  await expect(ask(arriving({}, { rules: aVault({ version: 9 }) }))).rejects.toThrow(/^version 9 of the rules of a vault is not known/);
});
