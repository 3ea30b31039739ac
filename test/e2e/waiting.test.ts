import { SnapshotFacts } from '../../local/local-aws';
import { HERE, THERE } from '../local/world';
import { Declaration } from './support/deployed-stack';
import { useLocalAws } from './support/e2e';
import { COPY, SNAPSHOT, bystanders, copyOf, prepareWorld, snapshotArn, snapshotOf, snapshotOfOrders } from './support/subjects';

const aws = useLocalAws();
beforeEach(async () => {
  await aws.local.settings({ snapshotSeconds: 30, copySeconds: 30 });
  await prepareWorld(aws);
});

const statuses = (snapshots: SnapshotFacts[]) => snapshots.map((snapshot) => snapshot.Status);
const ORDERS = `arn:aws:rds:${HERE}:111111111111:cluster:orders`;

describe('what ends by itself is waited for', () => {
  /** Deploys into a world in the way of the operation, which clears when the log has said what is waited for. */
  async function deployWaits(declared: Declaration, reason: RegExp, clear: () => Promise<unknown>, region: string = HERE) {
    const others = await bystanders(aws);
    const shop = aws.stack();
    await shop.begin(declared);
    await aws.logged({ message: 'progress', status: 'PENDING', reason });
    await clear();

    expect(await shop.settled()).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });
    expect(statuses(await aws.made(region))).toEqual(['available']);
    expect(await bystanders(aws)).toEqual(others);
  }

  test('a cluster in its backup window', async () => {
    await aws.local.setStatus(ORDERS, 'backing-up');

    await deployWaits(snapshotOfOrders(), /the cluster 'orders' is 'backing-up'; its snapshot waits/, () => aws.local.setStatus(ORDERS, 'available'));
  });

  test.each([['snapshot', SNAPSHOT, 'InvalidDBClusterStateFault'], ['copy', COPY, 'InvalidDBClusterSnapshotStateFault']] as const)(
    'a state that RDS tells only when the %s is begun', async (_, subject, code) => {
      await aws.local.fault({ kind: 'error', action: subject.action, times: 1_000, status: 400, code, message: 'not in an allowed state' });

      await deployWaits(subject.declared(), new RegExp(`waits until RDS allows it: ${code}`), () => aws.local.clearFaults(), subject.region);
    });

  test('a source that is still being created', async () => {
    await aws.local.setStatus(snapshotArn('source'), 'creating', { percent: 40 });

    await deployWaits(COPY.declared(), /source is creating, 40 %; the copy starts when it is available/,
      () => aws.local.setStatus(snapshotArn('source'), 'available'), THERE);
  });

  test('a source that RDS does not list yet', async () => {
    await aws.local.clock({ speed: 30 });
    await aws.local.settings({ visibilitySeconds: 300 });
    await aws.world.snapshot('fresh', 'orders');
    await aws.local.settings({ visibilitySeconds: 0 });

    await deployWaits(copyOf(snapshotArn('fresh'), { region: THERE }), /fresh is not listed by RDS yet/, () => aws.local.clock({ advance: 250 }), THERE);
  });

  test('a place among the five copies that RDS runs at a time', async () => {
    await aws.local.settings({ copySeconds: 1_000_000 });
    for (let n = 1; n <= 5; n++) {
      await aws.world.copy(snapshotArn('source'), `other-${n}`, {}, THERE);
    }
    await aws.local.settings({ copySeconds: 30 });

    await deployWaits(COPY.declared(), /this one waits its turn: .*Cannot copy more than 5 snapshots across regions/,
      () => aws.local.setStatus(snapshotArn('other-3', THERE), 'available'), THERE);
  });

  test.each([['snapshot', SNAPSHOT], ['copy', COPY]] as const)('a %s of its own that RDS does not list yet: exactly one is made', async (_, subject) => {
    const others = await bystanders(aws);
    await aws.local.settings({ visibilitySeconds: 120 });

    expect(await aws.stack().deploy(subject.declared())).toMatchObject({ status: 'CREATE_COMPLETE' });

    expect(statuses(await aws.made(subject.region))).toEqual(['available']);
    expect(await aws.local.calls({ action: subject.action, decision: 'allowed', status: '200' })).toHaveLength(1);
    expect(await bystanders(aws)).toEqual(others);
  });
});

describe('what does not end by itself fails the deploy, with a sentence that says what to do', () => {
  test('a cluster that is stopped', async () => {
    await aws.local.setStatus(ORDERS, 'stopped');

    expect(await aws.stack().deploy(snapshotOfOrders())).toMatchObject({
      status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/the cluster 'orders' is 'stopped', which does not end by itself; bring the cluster back/)],
    });

    expect(await aws.made()).toEqual([]);
  });

  test('a cluster that does not exist', async () => {
    const declared = snapshotOf('nowhere');

    expect(await aws.stack().deploy(declared)).toMatchObject({
      status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/there is no cluster 'nowhere' in eu-west-1; check the identifier given as cluster/)],
    });

    expect(await aws.made()).toEqual([]);
  });

  test('a source that has failed', async () => {
    await aws.local.setStatus(snapshotArn('source'), 'failed', { percent: 20 });

    expect(await aws.stack().deploy(COPY.declared())).toMatchObject({
      status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/cluster-snapshot:source is 'failed' and cannot be copied; take another snapshot/)],
    });

    expect(await aws.made(THERE)).toEqual([]);
  });
});
