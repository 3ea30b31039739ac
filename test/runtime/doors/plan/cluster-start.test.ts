import { OwnershipTag } from '../../../../src/core/ownership';
import { Verdict } from '../../../../src/core/plan/verdict';
import { ClusterMemory } from '../../../../src/runtime/doors/plan/steps';
import { awsError, denied, quota, throttled } from '../../../support/errors';
import { NOON, OTHER_ACCOUNT, minutes } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { PlanDoor } from '../../../support/plan-door';
import { BEGINNING, aPlan, aRun, anItem, clusterEvent, identifierOf, snapshotOfRun } from '../../../support/plan-events';
import { ORDERS, PLAN } from '../../../support/plan-snapshots';

const logged = captureLog();

const IDENTIFIER = identifierOf();
const { arn: ARN } = snapshotOfRun();

const doorTo = (status: string, engine = 'aurora-postgresql') => new PlanDoor(Object.assign(new FakeRds(), { clusters: [{ identifier: 'orders', status, engine }] }));
const started = (door: PlanDoor, memory: Partial<ClusterMemory> = {}) => door.start(clusterEvent(memory));

const concluded = (verdict: Verdict, reason: string | RegExp) => ({
  call: 'report',
  report: expect.objectContaining({ detail: expect.objectContaining({ verdict, reason: expect.stringMatching(reason) }) }),
  result: expect.objectContaining({ verdict, cluster: 'orders' }),
});
const failed = (reason: string | RegExp) => concluded(Verdict.FAILED, reason);

describe('the snapshot of a cluster', () => {
  test('is begun under the identifier of the run, with the tags of plan, cluster and run', async () => {
    const door = new PlanDoor();

    expect(await started(door)).toEqual({
      call: 'look', waitSeconds: 60, memory: { ...BEGINNING, beganAt: NOON, clusterResourceId: ORDERS, seen: true },
    });
    expect(door.rds.writes).toEqual([`create ${IDENTIFIER}`]);
    expect(door.rds.find(ARN)!.tags).toEqual({
      [OwnershipTag.OWNER]: PLAN.owner,
      [OwnershipTag.IDENTIFIER]: IDENTIFIER,
      [OwnershipTag.PLAN]: 'Gold',
      [OwnershipTag.PLAN_REGION]: 'eu-west-1',
      [OwnershipTag.CLUSTER]: 'orders',
      [OwnershipTag.CLUSTER_RESOURCE_ID]: ORDERS,
      [OwnershipTag.GENERATION]: aRun().name,
    });
  });

  test('carries the tags of the plan, and those of the cluster before them', async () => {
    const door = new PlanDoor();
    const plan = aPlan({ snapshotTags: { team: 'platform', cost: 'backup' } });
    await door.start(clusterEvent({}, { plan, item: anItem({ options: { snapshotTags: { team: 'orders' } } }) }));

    expect(door.rds.find(ARN)!.tags).toMatchObject({ team: 'orders', cost: 'backup' });
  });

  test('is looked at as often as the size of the run allows', async () => {
    const door = new PlanDoor();

    expect(await door.start(clusterEvent({}, { item: anItem({ shortestWaitSeconds: 100 }) }))).toMatchObject({ call: 'look', waitSeconds: 100 });
  });

  test('of a cluster that is not there fails, with what to do', async () => {
    const door = doorTo('available');
    door.rds.clusters = [];

    expect(await started(door)).toEqual(failed(/^snapshot: there is no cluster 'orders' in eu-west-1; if it was deleted on purpose, remove it from the plan$/));
    expect(door.rds.writes).toEqual([]);
  });

  test.each(['stopped', 'stopping'])('of a cluster that is %s is skipped, and nobody is woken', async (status) => {
    const door = doorTo(status);

    expect(await started(door)).toEqual(concluded(Verdict.SKIPPED, `^snapshot: the cluster 'orders' is '${status}'; it is backed up again when it is started$`));
    expect(door.rds.writes).toEqual([]);
    expect(logged().filter(({ level }) => level === 'ERROR')).toEqual([]);
  });

  test.each([['gone', []], ['being deleted', [{ identifier: 'orders', status: 'deleting', engine: 'aurora-mysql' }]]])('that only its tags brought into the plan and that is %s is skipped', async (how, clusters) => {
    const door = new PlanDoor(Object.assign(new FakeRds(), { clusters }));

    expect(await door.start(clusterEvent({}, { item: anItem({ byTag: true }) }))).toEqual(concluded(Verdict.SKIPPED, `the cluster 'orders' is ${how}`));
  });

  test.each(['deleting', 'inaccessible-encryption-credentials'])('of a cluster that is %s fails: that is no rest', async (status) => {
    expect(await started(doorTo(status))).toEqual(failed(`is '${status}', which does not end by itself`));
  });

  test('of what is not Aurora fails', async () => {
    expect(await started(doorTo('available', 'docdb'))).toEqual(failed(/runs 'docdb'; only aurora-mysql and aurora-postgresql/));
  });
});

describe('a cluster that is busy', () => {
  const pauses = async (door: PlanDoor, count: number, shortestWaitSeconds = 15) => {
    const seconds: number[] = [];
    let event = clusterEvent({}, { item: anItem({ shortestWaitSeconds }) });
    for (let attempt = 0; attempt < count; attempt += 1) {
      const answer = await door.start(event);
      expect(answer).toMatchObject({ call: 'start', memory: { tries: attempt + 1, beganAt: NOON } });
      seconds.push((answer as { waitSeconds: number }).waitSeconds);
      event = { ...event, answer: answer as typeof event.answer };
    }
    return seconds;
  };

  test('is waited for with growing pauses, of ten minutes at most', async () => {
    const seconds = await pauses(doorTo('backing-up'), 9);

    [15, 30, 60, 120, 240, 480, 600, 600, 600].forEach((base, attempt) => {
      expect(seconds[attempt]).toBeGreaterThanOrEqual(Math.floor(base * 0.75));
      expect(seconds[attempt]).toBeLessThanOrEqual(Math.ceil(base * 1.25));
    });
    expect(new Set(seconds.slice(6)).size).toBeGreaterThan(1); // no two clusters ask at the same moment again and again
  });

  test('of a large run is asked more rarely from the beginning', async () => {
    expect((await pauses(doorTo('modifying'), 1, 100))[0]).toBeGreaterThanOrEqual(75);
  });

  test('is backed up when it is available', async () => {
    const door = doorTo('backing-up');
    await started(door);
    door.rds.clusters = [{ identifier: 'orders', status: 'available', engine: 'aurora-mysql' }];
    await started(door, { beganAt: NOON, tries: 1 });

    expect(door.rds.writes).toEqual([`create ${IDENTIFIER}`]);
  });

  test('fails when the start window is over, and not a second before', async () => {
    const door = doorTo('backing-up');
    door.now = NOON + minutes(360) - 1000;
    expect(await started(door, { beganAt: NOON })).toMatchObject({ call: 'start' });

    door.now = NOON + minutes(360);
    expect(await started(door, { beganAt: NOON })).toEqual(failed(/^snapshot: no snapshot could be begun within 360 minutes: the cluster 'orders' is 'backing-up'/));
  });
});

describe('what goes wrong on the way', () => {
  test.each<[string, keyof FakeRds & ('findCluster' | 'findSnapshot' | 'createSnapshot')]>([
    ['looking for the cluster', 'findCluster'], ['looking for an earlier try', 'findSnapshot'], ['creating', 'createSnapshot'],
  ])('%s is throttled: it pauses and tries again', async (_, call) => {
    const door = new PlanDoor(new FakeRds().breaks(call, throttled()));

    expect(await started(door)).toMatchObject({ call: 'start', memory: { tries: 1, beganAt: NOON } });

    door.rds.heal();
    expect(await started(door, { beganAt: NOON, tries: 1 })).toMatchObject({ call: 'look' });
    expect(door.rds.writes).toEqual([`create ${IDENTIFIER}`]);
  });

  test('an answer that was lost: the next call meets the snapshot that the lost one began', async () => {
    const door = new PlanDoor();
    await started(door);
    const again = await started(door);

    expect(again).toMatchObject({ call: 'look', memory: { seen: true } });
    expect(door.rds.writes).toEqual([`create ${IDENTIFIER}`]);
  });

  test('an answer that was lost long ago: what is complete is shared and pruned', async () => {
    const door = new PlanDoor(new FakeRds([snapshotOfRun()]));

    expect(await started(door)).toMatchObject({ call: 'prune', waitSeconds: 0, memory: { todo: 'prune', parts: [{ part: 'snapshot', verdict: 'SUCCEEDED', target: ARN }] } });
    expect(door.rds.writes).toEqual([]);
  });

  test('a snapshot without tags under the identifier is left alone, and is not to be deleted: it is the own one most likely', async () => {
    const door = new PlanDoor(new FakeRds([snapshotOfRun({ tags: {} })]).breaks('createSnapshot', awsError('DBClusterSnapshotAlreadyExistsFault')));

    const answer = await started(door);

    expect(answer).toEqual(failed(/exists already and has the name of what this run makes, but not its tags.* do not delete it, put them back \(.*\)\. The next run has an identifier of its own\.$/));
    for (const [key, value] of Object.entries(snapshotOfRun().tags)) {
      expect(JSON.stringify(answer)).toContain(`${key}=${value}`);
    }
  });

  test('a cluster that was replaced while the snapshot waited is the one that was meant', async () => {
    const door = new PlanDoor();
    door.rds.clusters = [{ identifier: 'orders', status: 'available', engine: 'aurora-mysql', resourceId: 'cluster-NEW' }];
    await started(door, { clusterResourceId: ORDERS, beganAt: NOON });

    expect(door.rds.find(ARN)!.tags[OwnershipTag.CLUSTER_RESOURCE_ID]).toBe('cluster-NEW');
  });

  describe('a refusal', () => {
    const refused = (at: number, memory: Partial<ClusterMemory> = {}) => {
      const door = new PlanDoor(new FakeRds().breaks('createSnapshot', denied()));
      door.now = at;
      return started(door, { beganAt: NOON, ...memory });
    };

    test('is waited out at first: rights may have been made a moment ago', async () => {
      expect(await refused(NOON + minutes(4))).toMatchObject({ call: 'start' });
    });

    test('later may be an incident of five minutes, counted from the first one', async () => {
      expect(await refused(NOON + minutes(60))).toMatchObject({ call: 'start', memory: { refusedSince: NOON + minutes(60) } });
      expect(await refused(NOON + minutes(65) - 1, { refusedSince: NOON + minutes(60) })).toMatchObject({ call: 'start', memory: { refusedSince: NOON + minutes(60) } });
    });

    test('after that is told, with what AWS says and what to do', async () => {
      expect(await refused(NOON + minutes(65), { refusedSince: NOON + minutes(60) })).toEqual(
        failed(/is not allowed, also after 5 minutes.*rds:CopyDBClusterSnapshot.*whichever AWS names; the next run tries again\.$/),
      );
    });

    test('that has passed counts anew', async () => {
      const door = doorTo('backing-up');

      expect(await started(door, { beganAt: NOON, refusedSince: NOON })).not.toHaveProperty('memory.refusedSince');
    });
  });
});

describe('a Region that holds as many snapshots as its quota allows', () => {
  const full = () => new PlanDoor(new FakeRds().breaks('createSnapshot', quota()));

  test('is cleared of what the policy deletes anyway, and only then', async () => {
    expect(await started(full(), { tries: 3 })).toEqual({
      call: 'prune', waitSeconds: 0, memory: { ...BEGINNING, todo: 'clear', beganAt: NOON, clusterResourceId: ORDERS, tries: 0 },
    });
  });

  test('is given half an hour in which what was deleted goes, and is not cleared twice', async () => {
    const door = full();
    door.now = NOON + minutes(30) - 1;
    const answer = await started(door, { clearedAt: NOON, cleared: true, tries: 0 });

    expect(answer).toMatchObject({ call: 'start', memory: { todo: 'take', tries: 1, clearedAt: NOON } });
    expect((answer as { waitSeconds: number }).waitSeconds).toBeGreaterThanOrEqual(45);
  });

  test.each<[string, Partial<ClusterMemory>]>([
    ['after that', { clearedAt: NOON - minutes(30), cleared: true }], ['at once where nothing could go', { clearedAt: NOON, cleared: false }],
  ])('fails %s, with what to do', async (_, memory) => {
    expect(await started(full(), memory)).toEqual(failed(/as many manual cluster snapshots as its quota allows.*L-9B510759\); the next run tries again\.$/));
  });

  test('has what gives way for it go, if there was nothing else and it is still full', async () => {
    expect(await started(full(), { clearedAt: NOON, cleared: false, givesWay: 'arn:held', tries: 2 })).toMatchObject({
      call: 'prune', waitSeconds: 0, memory: { todo: 'clear', givesWay: 'arn:held', tries: 0 },
    });
  });

  test('has room again when something has gone', async () => {
    const door = new PlanDoor();
    await started(door, { clearedAt: NOON, cleared: true });

    expect(door.rds.writes).toEqual([`create ${IDENTIFIER}`]);
  });
});

describe('sharing', () => {
  const plan = aPlan({ shareWith: [OTHER_ACCOUNT] });
  const PARTS = [{ part: 'snapshot', verdict: Verdict.SUCCEEDED, target: ARN }] as const;
  const share = (door: PlanDoor, memory: Partial<ClusterMemory> = {}) => door.start(clusterEvent({ todo: 'share', parts: PARTS, ...memory }, { plan }));
  const then = (verdict: Verdict, reason?: RegExp) => ({
    call: 'prune',
    waitSeconds: 0,
    memory: expect.objectContaining({ todo: 'prune', tries: 0, parts: [...PARTS, { part: 'share', verdict, ...(reason ? { reason: expect.stringMatching(reason) } : {}) }] }),
  });

  test('comes after the snapshot is complete, with tries and time of its own', async () => {
    const door = new PlanDoor(new FakeRds([snapshotOfRun()]));
    door.now = NOON + minutes(20);

    const answer = await door.start(clusterEvent({ beganAt: NOON, tries: 4 }, { plan }));

    expect(answer).toMatchObject({ call: 'start', waitSeconds: 0, memory: { todo: 'share', tries: 0 } });
    expect(answer).not.toHaveProperty('memory.beganAt');
  });

  test('gives the snapshot to the accounts of the plan, takes it from others, and leads to the pruning', async () => {
    const door = new PlanDoor(new FakeRds([snapshotOfRun()]));
    door.rds.shares.set(IDENTIFIER, ['333333333333']);

    expect(await share(door)).toEqual(then(Verdict.SUCCEEDED));
    expect(door.rds.shares.get(IDENTIFIER)).toEqual([OTHER_ACCOUNT]);
  });

  test('that is throttled is tried again after a pause', async () => {
    const door = new PlanDoor(new FakeRds().breaks('share', throttled()));

    expect(await share(door)).toMatchObject({ call: 'start', memory: { todo: 'share', tries: 1, beganAt: NOON } });
  });

  test('that is not possible within an hour has failed, and the snapshot is pruned and copied all the same', async () => {
    const door = new PlanDoor(new FakeRds().breaks('share', throttled()));
    door.now = NOON + minutes(60) - 1000;
    expect(await share(door, { beganAt: NOON })).toMatchObject({ call: 'start' });

    door.now = NOON + minutes(60);
    expect(await share(door, { beganAt: NOON })).toEqual(then(Verdict.FAILED, /^sharing the snapshot cab-\w+-\w+-.* with 222222222222 is to be tried again/));
  });

  test('that is refused has failed after the patience for rights', async () => {
    const door = new PlanDoor(new FakeRds().breaks('share', denied()));
    door.now = NOON + minutes(12);

    expect(await share(door, { beganAt: NOON })).toMatchObject({ call: 'start', memory: { refusedSince: door.now } });
    expect(await share(door, { beganAt: NOON, refusedSince: NOON + minutes(7) })).toEqual(then(Verdict.FAILED, /is not allowed/));
  });

  test('that AWS answers with an error has failed, in AWS\'s words', async () => {
    const door = new PlanDoor(new FakeRds().breaks('share', awsError('InvalidParameterValue', 'the default key cannot be shared')));

    expect(await share(door)).toEqual(then(Verdict.FAILED, /the default key cannot be shared\. Correct what AWS names; the next run tries again\.$/));
  });

  test('that fails because a later run has pruned the snapshot already is superseded by that one', async () => {
    const gone = awsError('DBClusterSnapshotNotFoundFault', 'no such snapshot');
    const later = snapshotOfRun({ createTime: new Date(NOON + minutes(30)) }, { run: aRun('2026-11-22T12:30:00.000Z') });

    expect(await share(new PlanDoor(new FakeRds([later]).breaks('accountsSharedWith', gone)), { clusterResourceId: ORDERS })).toEqual(
      then(Verdict.SUPERSEDED, new RegExp(`^was not shared before a later run had taken ${later.identifier}$`)),
    );
    expect(await share(new PlanDoor(new FakeRds([]).breaks('accountsSharedWith', gone)), { clusterResourceId: ORDERS })).toEqual(then(Verdict.FAILED, /no such snapshot/));
    expect(await share(new PlanDoor(new FakeRds([]).breaks('accountsSharedWith', gone).breaks('listSnapshotsOfCluster', throttled())))).toEqual(then(Verdict.FAILED, /no such snapshot/));
  });

  test('is left out where nobody is to have it', async () => {
    const door = new PlanDoor(new FakeRds([snapshotOfRun()]));

    expect(await started(door)).toMatchObject({ call: 'prune', memory: { todo: 'prune' } });
  });
});

test('rules of another release are refused before anything is asked or made', async () => {
  const door = new PlanDoor();

  await expect(door.start(clusterEvent({}, { plan: { ...aPlan(), version: 99 } }))).rejects.toThrow('version 99 of the rules of a plan is not known');
  expect(door.rds.writes).toEqual([]);
});
