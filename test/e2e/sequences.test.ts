import { DeleteDBClusterSnapshotCommand } from '@aws-sdk/client-rds';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { SnapshotFacts } from '../../local/local-aws';
import { HERE, THERE } from '../local/world';
import { useLocalAws } from './support/e2e';
import { SNAPSHOT, COPY, bystanders, prepareWorld, snapshotOf, snapshotOfOrders, somethingThatFails, together } from './support/subjects';
import { ClusterSnapshot, Completion, TimeoutBehavior } from 'cdk-aurora-backup';

const aws = useLocalAws();
beforeEach(async () => {
  await aws.local.settings({ snapshotSeconds: 30, copySeconds: 30 });
  await prepareWorld(aws);
});

const ORDERS = `arn:aws:rds:${HERE}:111111111111:cluster:orders`;
const RELEASED = 'cdk-aurora-backup:released';
const { RETAIN, DESTROY } = RemovalPolicy;
const names = (snapshots: SnapshotFacts[]) => snapshots.map((snapshot) => snapshot.DBClusterSnapshotIdentifier);
const releases = (snapshots: SnapshotFacts[]) => snapshots.map((snapshot) => `${snapshot.Status} ${snapshot.Tags[RELEASED] ?? 'current'}`);
/** Longer than any machine needs to get in between, and shorter than what CloudFormation waits for. */
const SLOW = 2_400;

/** RDS completes what is slow only after the library has given it up, so that no test depends on who is faster. */
async function completedOnceAbandoned() {
  await aws.logged({ message: 'snapshot released', release: 'abandoned' });
  await aws.local.clock({ advance: SLOW });
}

const withTrigger = (trigger: string, removalPolicy: RemovalPolicy = RETAIN) => snapshotOfOrders({ trigger, removalPolicy });

describe('the same declaration again', () => {
  test('after a destroy takes a fresh snapshot and leaves the retained one alone', async () => {
    const shop = aws.stack();
    await shop.deploy(withTrigger('a'));
    await shop.destroy();
    const [retained] = await aws.made();

    expect(await shop.deploy(withTrigger('a'))).toMatchObject({ status: 'CREATE_COMPLETE' });

    expect(releases(await aws.made())).toEqual(['available retained', 'available current']);
    expect((await aws.made())[0]).toEqual(retained);
  });

  test('after a rolled back creation takes a fresh snapshot', async () => {
    await aws.local.fault({ kind: 'endsFailed', action: SNAPSHOT.action });
    const shop = aws.stack();
    expect(await shop.deploy(withTrigger('a'))).toMatchObject({ status: 'ROLLBACK_COMPLETE' });
    await shop.destroy();

    expect(await shop.deploy(withTrigger('a'))).toMatchObject({ status: 'CREATE_COMPLETE' });

    expect(releases(await aws.made())).toEqual(['available current']);
  });

  test('after a rolled back update takes a fresh snapshot and keeps the completed one of the update', async () => {
    const shop = aws.stack();
    await shop.deploy(withTrigger('a'));
    expect(await shop.deploy(together(withTrigger('b'), somethingThatFails('Snapshot')))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });

    expect(await shop.deploy(withTrigger('b'))).toMatchObject({ status: 'UPDATE_COMPLETE' });

    expect(releases(await aws.made())).toEqual(['available retained', 'available retained', 'available current']);
  });

  test('by a trigger that goes from a to b and back to a takes a third snapshot', async () => {
    const shop = aws.stack();
    for (const trigger of ['a', 'b', 'a']) {
      expect((await shop.deploy(withTrigger(trigger))).status).toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
    }

    expect(releases(await aws.made())).toEqual(['available retained', 'available retained', 'available current']);
    expect(await shop.physicalId('Snapshot')).toBe((await aws.made())[2].DBClusterSnapshotArn);
  });
});

describe('an update that fails after the new snapshot is complete', () => {
  test.each([[RETAIN, ['available current', 'available retained']], [DESTROY, ['available current']]] as const)(
    'under %s goes back to the earlier snapshot and makes nothing', async (removalPolicy, expected) => {
      const shop = aws.stack();
      await shop.deploy(withTrigger('a', removalPolicy));
      const [earlier] = await aws.made();

      const outcome = await shop.deploy(together(withTrigger('b', removalPolicy), somethingThatFails('Snapshot')));

      expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
      expect(releases(await aws.made())).toEqual(expected);
      expect(await shop.physicalId('Snapshot')).toBe(earlier.DBClusterSnapshotArn);
      expect(await aws.local.calls({ action: SNAPSHOT.action, status: '200' })).toHaveLength(2);
      expect(await aws.local.calls({ action: 'rds:DeleteDBClusterSnapshot' })).toHaveLength(removalPolicy === DESTROY ? 1 : 0);
    });
});

test('a snapshot that fails after somebody has deleted the earlier one: none that was let go is adopted', async () => {
  const shop = aws.stack();
  for (const trigger of ['a', 'b', 'a']) {
    await shop.deploy(withTrigger(trigger));
  }
  const [first, second, current] = await aws.made();
  await aws.world.rds().send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: current.DBClusterSnapshotIdentifier }));
  await aws.local.fault({ kind: 'endsFailed', action: SNAPSHOT.action });

  expect(await shop.deploy(withTrigger('c'))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });

  await aws.logged({ level: 'WARN', message: /taken back to no longer exists, so everything is left as it is/ });
  expect(await shop.physicalId('Snapshot')).toBe(current.DBClusterSnapshotArn);
  expect(await aws.made()).toEqual([first, second]);
});

test('under DESTROY a new snapshot that fails leaves the earlier one', async () => {
  const shop = aws.stack();
  await shop.deploy(withTrigger('a', DESTROY));
  const before = await aws.made();
  await aws.local.fault({ kind: 'endsFailed', action: SNAPSHOT.action });

  expect(await shop.deploy(withTrigger('b', DESTROY))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });

  expect(await aws.made()).toEqual(before);
  expect(await shop.physicalId('Snapshot')).toBe(before[0].DBClusterSnapshotArn);
});

test('of two constructs in a stack, the one that fails leaves nothing and the other its completed snapshot', async () => {
  await aws.local.fault({ kind: 'endsFailed', action: COPY.action });

  expect(await aws.stack().deploy((stack) => {
    together(withTrigger('a'), COPY.declared())(stack);
    (stack.node.findChild('Snapshot') as ClusterSnapshot).takeBefore(stack.node.findChild('Copy'));
  })).toMatchObject({ status: 'ROLLBACK_COMPLETE' });

  expect(releases(await aws.made())).toEqual(['available retained']);
  expect(await aws.made(THERE)).toEqual([]);
});

test('two stacks of one name in two Regions do not touch what the other has made', async () => {
  const here = aws.stack('Shop', HERE);
  const there = aws.stack('Shop', THERE);
  await here.deploy(COPY.declared({ removalPolicy: DESTROY }));
  await there.deploy(snapshotOf('elsewhere', { removalPolicy: DESTROY }));
  expect(await aws.made(THERE)).toHaveLength(2);

  expect(await here.destroy()).toMatchObject({ status: 'DELETE_COMPLETE' });
  expect(await aws.made(THERE)).toMatchObject([{ DBClusterIdentifier: 'elsewhere', Status: 'available' }]);

  expect(await there.destroy()).toMatchObject({ status: 'DELETE_COMPLETE' });
  expect(await aws.made(THERE)).toEqual([]);
});

describe('a stack that fails elsewhere', () => {
  test('while the snapshot of an update is being created: it is removed as soon as RDS allows, and the earlier one stays', async () => {
    const shop = aws.stack();
    await shop.deploy(withTrigger('a'));
    await aws.local.settings({ snapshotSeconds: SLOW });
    await shop.begin(withTrigger('b'));
    await aws.logged({ message: 'progress', requestType: 'Update', status: 'RUNNING' });

    await shop.failElsewhere();
    await completedOnceAbandoned();

    expect(await shop.settled()).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(releases(await aws.made())).toEqual(['available current']);
    expect(await shop.physicalId('Snapshot')).toBe((await aws.made())[0].DBClusterSnapshotArn);
  });

  test.each([['snapshot', SNAPSHOT], ['copy', COPY]] as const)(
    'while a %s is begun: CloudFormation deletes it under an id that it invents, and nothing stays', async (_, subject) => {
      await aws.local.settings({ [subject.seconds]: SLOW });
      const shop = aws.stack();
      await shop.begin(subject.declared());
      await aws.logged({ message: 'progress', status: 'RUNNING' });

      await shop.failElsewhere();
      await completedOnceAbandoned();

      expect(await shop.settled()).toMatchObject({ status: 'ROLLBACK_COMPLETE' });
      expect(await aws.made(subject.region)).toEqual([]);
      const [deletion] = (await aws.local.calls({ principal: 'cloudformation.amazonaws.com', parameters: 'Delete' }));
      expect(deletion.parameters.Payload.PhysicalResourceId).toMatch(/^Shop-(Snapshot|Copy)/);
    });

  const LATE = {
    creation: together(withTrigger('a'), snapshotOfOrders({}, 'Second')),
    update: withTrigger('b'),
  };

  test.each(Object.entries(LATE))('while the %s of a snapshot waits for its turn: nothing is started late, although the polling goes on', async (_, next) => {
    const shop = aws.stack();
    await shop.deploy(withTrigger('a'));
    const [earlier] = await aws.made();
    await aws.local.setStatus(ORDERS, 'backing-up');
    await shop.begin(next);
    await aws.logged({ message: 'progress', status: 'PENDING', reason: /'backing-up'/ });
    await shop.failElsewhere();
    expect(await shop.settled()).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });

    await aws.local.setStatus(ORDERS, 'available');

    await aws.pollingEnds();
    expect(await aws.made()).toEqual([earlier]);
    expect(await aws.local.calls({ action: SNAPSHOT.action })).toHaveLength(1);
    expect(await shop.physicalId('Snapshot')).toBe(earlier.DBClusterSnapshotArn);
  });
});

describe('a timeout of one minute', () => {
  const impatient = { completion: Completion.waitFor({ timeout: Duration.minutes(1), onTimeout: TimeoutBehavior.FAIL }) };

  test('fails the creation of a slow snapshot, which goes as soon as RDS lets it be deleted', async () => {
    await aws.local.settings({ snapshotSeconds: SLOW });
    const shop = aws.stack();
    await shop.begin(snapshotOfOrders(impatient));
    await completedOnceAbandoned();

    const outcome = await shop.settled();

    expect(outcome).toMatchObject({
      status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/not finished after 1 minutes, so the deploy fails.*Last seen: .*(is being created|creating, \d+ %).*Completion\.waitFor/)],
    });
    expect(await aws.made()).toEqual([]);
    expect(await aws.local.calls({ action: 'rds:DeleteDBClusterSnapshot' })).toHaveLength(1);
  });

  test('fails the creation of a slow copy, which is cancelled at once', async () => {
    await aws.local.settings({ copySeconds: 1_000_000 });

    const outcome = await aws.stack().deploy(COPY.declared(impatient));

    expect(outcome).toMatchObject({ status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/not finished after 1 minutes/)] });
    expect(await aws.made(THERE)).toEqual([]);
  });

  test('fails an update with a slow snapshot, and the earlier one is current again', async () => {
    const shop = aws.stack();
    await shop.deploy(snapshotOfOrders({ trigger: 'a' }));
    await aws.local.settings({ snapshotSeconds: SLOW });
    await shop.begin(snapshotOfOrders({ trigger: 'b', ...impatient }));
    await completedOnceAbandoned();

    const outcome = await shop.settled();

    expect(outcome).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/not finished after 1 minutes/)] });
    expect(releases(await aws.made())).toEqual(['available current']);
    expect(await shop.physicalId('Snapshot')).toBe((await aws.made())[0].DBClusterSnapshotArn);
  });
});

describe('keepLast', () => {
  const keeping = (trigger: string) => snapshotOfOrders({ trigger, keepLast: 2 });

  test('prunes the oldest, and only after the new one is good', async () => {
    // However many others there are, and on however many pages RDS lists them.
    await aws.local.settings({ pageSize: 2 });
    for (const identifier of ['a-first', 'b-second', 'z-last']) {
      await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier });
    }
    const others = await bystanders(aws);
    const shop = aws.stack();
    await shop.deploy(keeping('a'));
    await shop.deploy(keeping('b'));
    const [first, second] = names(await aws.made());

    await aws.local.fault({ kind: 'endsFailed', action: SNAPSHOT.action });
    expect(await shop.deploy(keeping('c'))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(names(await aws.made())).toEqual([first, second]);

    expect(await shop.deploy(keeping('c'))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(names(await aws.made())).toEqual([second, expect.anything()]);
    expect(releases(await aws.made())).toEqual(['available superseded', 'available current']);
    expect(await bystanders(aws)).toEqual(others);
  });

  test('does not count or touch what an earlier stack of the same name has left', async () => {
    const shop = aws.stack();
    await shop.deploy(keeping('a'));
    await shop.deploy(keeping('b'));
    await shop.destroy();
    const left = await aws.made();
    expect(releases(left)).toEqual(['available retained', 'available retained']);

    for (const trigger of ['a', 'b', 'c']) {
      expect((await shop.deploy(keeping(trigger))).status).toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
    }

    expect((await aws.made()).slice(0, 2)).toEqual(left);
    expect(releases((await aws.made()).slice(2))).toEqual(['available superseded', 'available current']);
  });

  test('of a failed update leaves all that were there', async () => {
    const shop = aws.stack();
    await shop.deploy(keeping('a'));
    await shop.deploy(keeping('b'));
    const before = names(await aws.made());

    expect(await shop.deploy(together(keeping('c'), somethingThatFails('Snapshot')))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });

    expect(names(await aws.made())).toEqual(expect.arrayContaining(before));
    expect(await shop.physicalId('Snapshot')).toContain(before[1]);
  });
});
