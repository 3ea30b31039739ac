import { Verdict } from '../../../../src/core/plan/verdict';
import { Snapshot } from '../../../../src/core/snapshot';
import { vaultTagKey } from '../../../../src/core/vault/receipt';
import { ClusterMemory, DeliveryMemory, FormerMemory, FormersEvent, NOTHING_PRUNED } from '../../../../src/runtime/doors/plan/steps';
import { awsError, denied, throttled } from '../../../support/errors';
import { NOON, OTHER_REGION, REGION, minutes } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { PlanDoor } from '../../../support/plan-door';
import { VAULT, aCopy, aPlan, aRun, anExport, anItem, clusterEvent, deliveryEvent, snapshotOfRun } from '../../../support/plan-events';
import { ORDERS, planCopy, planSnapshot } from '../../../support/plan-snapshots';
import { day } from '../../../support/snapshots';

captureLog();

const NEW = snapshotOfRun();
const TAKEN = { part: 'snapshot', verdict: Verdict.SUCCEEDED, target: NEW.arn } as const;
const on = (number: number) => planSnapshot(`day${number}`, { createTime: day(number) });
const many = (count: number) => Array.from({ length: count }, (_, index) => planSnapshot(`m${String(index).padStart(2, '0')}`, { createTime: new Date(day(1).getTime() + minutes(index)) }));

type Facts = Parameters<typeof clusterEvent>[1];
const atHome = (memory: Partial<ClusterMemory> = {}, facts: Facts = {}) => clusterEvent({ todo: 'prune', clusterResourceId: ORDERS, parts: [TAKEN], ...memory }, facts);
const detailIn = (answer: unknown) => (answer as { report: { detail: object } }).report.detail;

describe('at home, after the new snapshot is good', () => {
  test('what the policy does not keep goes, and the backup without copies and exports has its verdict', async () => {
    const door = new PlanDoor(new FakeRds([on(1), on(2), NEW]));
    const answer = await door.prune(atHome());

    expect(door.rds.writes).toEqual([`delete ${on(1).identifier}`]);
    expect(detailIn(answer)).toMatchObject({ verdict: Verdict.SUCCEEDED, snapshotArn: NEW.arn, deleted: [on(1).arn] });
  });

  test('the copies come next, and the exports for which the cluster is meant', async () => {
    const plan = aPlan({
      copies: [aCopy(), aCopy({ region: 'us-east-1' })],
      exports: [anExport({ id: 'All' }), anExport({ id: 'Mine', clusters: ['billing', 'Orders'] }), anExport({ id: 'Others', clusters: ['billing'] })],
    });
    const door = new PlanDoor(new FakeRds([NEW]));
    door.now = NOON + minutes(7);

    expect(await door.prune(atHome({ tries: 3 }, { plan }))).toEqual({
      call: 'turn',
      waitSeconds: 0,
      memory: expect.objectContaining({
        todo: 'deliver',
        tries: 0,
        deliveriesSince: door.now,
        deliveries: [{ kind: 'copy', name: OTHER_REGION }, { kind: 'copy', name: 'us-east-1' }, { kind: 'export', name: 'All' }, { kind: 'export', name: 'Mine' }],
      }),
    });
  });

  test('more than twenty go in several calls, with a moment between so that what goes is gone', async () => {
    const door = new PlanDoor(new FakeRds([...many(45), NEW]));
    const first = await door.prune(atHome());

    expect(first).toMatchObject({ call: 'prune', waitSeconds: 15, memory: { todo: 'prune' } });

    const last = await door.backUp({ ...atHome(), answer: first as ReturnType<typeof atHome>['answer'] });
    expect((last.report.detail as { deleted: string[] }).deleted).toEqual(many(44).map(({ arn }) => arn));
    expect(door.calls.filter((call) => call === 'prune')).toHaveLength(3);
  });

  test('a list without the new snapshot prunes nothing, and is a warning', async () => {
    const door = new PlanDoor(new FakeRds([on(1), on(2), on(3)]));
    const answer = await door.prune(atHome());

    expect(door.rds.writes).toEqual([]);
    expect(detailIn(answer)).toMatchObject({
      verdict: Verdict.SUCCEEDED_WITH_WARNINGS,
      reason: expect.stringMatching(/^prune eu-west-1: nothing was pruned in eu-west-1, because RDS does not list the new snapshot/),
      parts: [TAKEN, { part: 'prune', name: REGION, verdict: Verdict.SUCCEEDED_WITH_WARNINGS }],
    });
  });

  test('a deletion that is refused is a warning, and the copies are made all the same', async () => {
    const door = new PlanDoor(new FakeRds([on(1), on(2), NEW]).breaks('deleteSnapshot', denied()));

    expect(await door.prune(atHome({}, { plan: aPlan({ copies: [aCopy()] }) }))).toMatchObject({
      call: 'turn', memory: { parts: [TAKEN, { part: 'prune', verdict: Verdict.SUCCEEDED_WITH_WARNINGS, reason: expect.stringMatching(/day1 could not be deleted: AccessDenied/) }] },
    });
  });

  test('that RDS throttles is tried again with growing pauses, eight times, and is then a warning', async () => {
    const door = new PlanDoor(new FakeRds([NEW]).breaks('listSnapshotsOfCluster', throttled()));
    const pauses: number[] = [];
    let event = atHome();
    for (let tries = 1; tries <= 8; tries += 1) {
      const answer = await door.prune(event);
      expect(answer).toMatchObject({ call: 'prune', memory: { tries } });
      pauses.push((answer as { waitSeconds: number }).waitSeconds);
      event = { ...event, answer: answer as typeof event.answer };
    }

    expect(pauses[0]).toBeGreaterThanOrEqual(11);
    expect(pauses[4]).toBeGreaterThan(pauses[0] * 4);
    expect(detailIn(await door.prune(event))).toMatchObject({ verdict: Verdict.SUCCEEDED_WITH_WARNINGS, reason: 'prune eu-west-1: ThrottlingException: Rate exceeded' });
  });

  test('that RDS does not allow at all is a warning at once', async () => {
    const door = new PlanDoor(new FakeRds([NEW]).breaks('listSnapshotsOfCluster', denied()));

    expect(detailIn(await door.prune(atHome()))).toMatchObject({ verdict: Verdict.SUCCEEDED_WITH_WARNINGS, reason: expect.stringMatching(/^prune eu-west-1: AccessDenied/) });
  });

  test('a retention that is not known to this runtime prunes nothing, and is a warning', async () => {
    const door = new PlanDoor(new FakeRds([on(1), NEW]));

    expect(detailIn(await door.prune(atHome({}, { plan: aPlan({ retention: { keep: 'tomorrow' } as never }) })))).toMatchObject({
      verdict: Verdict.SUCCEEDED_WITH_WARNINGS, reason: expect.stringMatching(/is not known to this runtime: nothing is pruned/),
    });
    expect(door.rds.writes).toEqual([]);
  });
});

describe('at home, when there is no room for the new snapshot', () => {
  const clear = (memory: Partial<ClusterMemory> = {}) => atHome({ todo: 'clear', parts: [], ...memory });

  test('what goes with it goes before it, and it is tried again', async () => {
    const door = new PlanDoor(new FakeRds([on(1), on(2), on(3)]));
    door.now = NOON + minutes(3);

    expect(await door.prune(clear({ tries: 2 }))).toMatchObject({
      call: 'start', waitSeconds: 0, memory: { todo: 'take', tries: 0, clearedAt: door.now, cleared: true, pruned: { deleted: [on(1).arn, on(2).arn] } },
    });
  });

  test('and the function dies before it has answered, the next one says that there will be room', async () => {
    const door = new PlanDoor(new FakeRds([on(1), on(2), on(3)]));
    door.rds.deleteSnapshot = async (_, identifier) => {
      door.rds.change(door.rds.snapshots.find((snapshot) => snapshot.identifier === identifier)!.arn, { status: 'deleting' });
    };
    await door.prune(clear());

    expect(await door.prune(clear())).toMatchObject({ call: 'start', memory: { todo: 'take', cleared: true } });
  });

  test('and what went in several calls has gone by the last one, there is room', async () => {
    const rds = new FakeRds(many(22));
    const door = new PlanDoor(rds);
    const first = await door.prune(clear());
    rds.snapshots = rds.snapshots.slice(-1);

    expect(first).toMatchObject({ call: 'prune', memory: { todo: 'clear' } });
    expect(await door.prune({ ...clear(), answer: first as ReturnType<typeof clear>['answer'] })).toMatchObject({ call: 'start', memory: { todo: 'take', cleared: true } });
  });

  test('and nothing can go, it is tried once more, and not waited for', async () => {
    expect(await new PlanDoor(new FakeRds([on(1)])).prune(clear())).toMatchObject({ call: 'start', memory: { todo: 'take', clearedAt: NOON, cleared: false } });
  });

  test('and RDS does not let anything go, it is tried once more: that tells what is wrong', async () => {
    const door = new PlanDoor(new FakeRds([on(1), on(2), on(3)]).breaks('listSnapshotsOfCluster', denied()));

    expect(await door.prune(clear())).toMatchObject({ call: 'start', memory: { todo: 'take', cleared: false, parts: [] } });
  });

  test('and RDS throttles, it is cleared a little later', async () => {
    const door = new PlanDoor(new FakeRds().breaks('listSnapshotsOfCluster', throttled()));

    expect(await door.prune(clear())).toMatchObject({ call: 'prune', memory: { todo: 'clear', tries: 1 } });
  });
});

describe('what is kept only for vaults', () => {
  const awaited = [1, 2, 3].map((number) => planSnapshot(`held${number}`, { createTime: new Date(NOON - minutes(10 - number)), extraTags: { [vaultTagKey(VAULT)]: 'awaited' } }));
  const plan = aPlan({ vaults: [VAULT] });
  const surplus = planSnapshot('surplus', { createTime: day(1) });
  const clear = (memory: Partial<ClusterMemory> = {}) => atHome({ todo: 'clear', parts: [], ...memory }, { plan });

  test('is named where nothing else can go, before it is tried once more', async () => {
    const door = new PlanDoor(new FakeRds(awaited));

    expect(await door.prune(clear())).toMatchObject({ call: 'start', memory: { todo: 'take', clearedAt: NOON, cleared: false, givesWay: awaited[0].arn } });
    expect(door.rds.writes).toEqual([]);
  });

  test('goes when that was in vain, no matter how often the answer is lost', async () => {
    const door = new PlanDoor(new FakeRds(awaited));
    const named = clear({ clearedAt: NOON, cleared: false, givesWay: awaited[0].arn });
    const answer = await door.prune(named);

    expect(answer).toMatchObject({ call: 'start', memory: { todo: 'take', cleared: true, pruned: { deleted: [awaited[0].arn], reports: [expect.stringContaining('although not every vault')] } } });
    expect(answer).not.toHaveProperty('memory.givesWay');
    expect(await door.prune(named)).toEqual(answer);
    expect(door.rds.writes).toEqual([`delete ${awaited[0].identifier}`]);
  });

  test('stays if a function dies when it has deleted what goes anyway', async () => {
    const door = new PlanDoor(new FakeRds([surplus, ...awaited]));
    await door.prune(clear());
    await door.prune(clear());

    expect(door.rds.writes).toEqual([`delete ${surplus.identifier}`]);
  });

  test('stays if RDS throttled when what goes anyway was deleted', async () => {
    const door = new PlanDoor(new FakeRds([surplus, on(2), ...awaited]));
    const deleteSnapshot = door.rds.deleteSnapshot.bind(door.rds);
    door.rds.deleteSnapshot = async (region, identifier) => {
      await deleteSnapshot(region, identifier);
      if (identifier === on(2).identifier) {
        throw throttled();
      }
    };
    const first = await door.prune(clear());

    expect(first).toMatchObject({ call: 'prune', memory: { todo: 'clear' } });
    const second = await door.prune({ ...clear(), answer: first as ReturnType<typeof clear>['answer'] });
    expect(second).toMatchObject({ call: 'start', memory: { todo: 'take', cleared: true } });
    expect(second).not.toHaveProperty('memory.givesWay');
    expect(door.rds.snapshots).toEqual(awaited);
  });
});

describe('in the Region of a copy', () => {
  const OUTCOME = { part: 'copy', name: OTHER_REGION, verdict: Verdict.SUCCEEDED, target: snapshotOfRun({}, {}, OTHER_REGION).arn } as const;
  const COPY = snapshotOfRun({ sourceArn: NEW.arn, tags: planCopy('x', new Date(NOON)).tags }, {}, OTHER_REGION);
  const newCopy = { ...COPY, tags: { ...snapshotOfRun({}, {}, OTHER_REGION).tags, 'cdk-aurora-backup:data-time': new Date(NOON).toISOString() } };
  const old = (number: number) => planCopy(`day${number}`, day(number), { region: OTHER_REGION });
  const there = (memory: Partial<DeliveryMemory> = {}) => deliveryEvent({ kind: 'copy', name: OTHER_REGION }, { todo: 'prune', outcome: OUTCOME, ...memory });

  test('the policy of the copy decides, after the copy is good, and nothing goes at home', async () => {
    const door = new PlanDoor(new FakeRds([on(1), on(2), NEW, old(1), old(2), newCopy]));

    expect(await door.prune(there())).toEqual({ call: 'end', outcome: { ...OUTCOME, pruned: { deleted: [old(1).arn, old(2).arn], wouldDelete: [], reports: [] } } });
    expect(door.rds.snapshots.map(({ arn }) => arn)).toEqual([on(1).arn, on(2).arn, NEW.arn, newCopy.arn]);
  });

  test('what could not be pruned is told beside the outcome', async () => {
    const door = new PlanDoor(new FakeRds([old(1)]));

    expect(await door.prune(there())).toEqual({
      call: 'end', outcome: { ...OUTCOME, pruned: NOTHING_PRUNED, trouble: expect.stringMatching(/^nothing was pruned in eu-central-1, because RDS does not list/) },
    });
  });

  test('throttling is ridden out', async () => {
    const door = new PlanDoor(new FakeRds().breaks('listSnapshotsOfCluster', throttled()));

    expect(await door.prune(there())).toMatchObject({ call: 'prune', memory: { todo: 'prune', tries: 1, outcome: OUTCOME } });
  });

  test('more than twenty go in several calls', async () => {
    const olds = Array.from({ length: 30 }, (_, index) => planCopy(`m${index}`, new Date(day(1).getTime() + minutes(index)), { region: OTHER_REGION }));

    expect(await new PlanDoor(new FakeRds([...olds, newCopy])).prune(there())).toMatchObject({ call: 'prune', waitSeconds: 15, memory: { outcome: OUTCOME } });
  });

  test('where there is no room for the copy, what goes with it goes before it', async () => {
    const door = new PlanDoor(new FakeRds([old(1), old(2)]));

    expect(await door.prune(there({ todo: 'clear', outcome: undefined }))).toMatchObject({
      call: 'start', waitSeconds: 0, memory: { todo: 'make', clearedAt: NOON, cleared: true, pruned: { deleted: [old(1).arn] } },
    });
  });

  describe('that begins after midnight, where there is no room for it', () => {
    const plan = aPlan({ copies: [aCopy({ retention: { keep: 'tiers', daily: 3, minimumSnapshots: 1, timeZone: 'UTC' } })] });
    const at = (hoursBefore: number) => planCopy(`before${hoursBefore}`, new Date(NOON - minutes(60 * hoursBefore)), { region: OTHER_REGION });
    const copies = [at(48), at(24), at(1)];
    const doorAfterMidnight = (snapshots: Snapshot[]) => Object.assign(new PlanDoor(new FakeRds(snapshots)), { now: NOON + minutes(13 * 60) });
    const clear = deliveryEvent({ kind: 'copy', name: OTHER_REGION }, { todo: 'clear' }, { plan });

    test('the oldest day stays: the copy is of the same day as the newest, which stays until it is there', async () => {
      const door = doorAfterMidnight([NEW, ...copies]);

      expect(await door.prune(clear)).toMatchObject({ call: 'start', memory: { cleared: false } });
      expect(door.rds.writes).toEqual([]);
    });

    test('nothing is assumed of it if its source has gone', async () => {
      expect(await doorAfterMidnight(copies).prune(clear)).toMatchObject({ call: 'start', memory: { cleared: false } });
    });

    test('RDS may throttle when it is asked for its source', async () => {
      const door = doorAfterMidnight([NEW, ...copies]);
      door.rds.breaks('findSnapshot', throttled());

      expect(await door.prune(clear)).toMatchObject({ call: 'prune', memory: { todo: 'clear', tries: 1 } });
    });
  });
});

describe('what former clusters have left', () => {
  const BILLING = 'cluster-BILLING';
  const left = (name: string, number: number, region = REGION) => (
    region === REGION
      ? planSnapshot(`${name}${number}`, { createTime: day(number), cluster: name, incarnation: BILLING })
      : planCopy(`${name}${number}`, day(number), { region, cluster: name, incarnation: BILLING })
  );
  const asked = (todo: FormerMemory['todo'], memory: Partial<FormerMemory> = {}): FormersEvent => ({
    door: 'plan',
    task: 'formers',
    plan: aPlan({ pruneFormerClusters: true, copies: [aCopy()] }),
    run: aRun(),
    selection: { clusters: [{ cluster: 'orders' }] },
    answer: { call: 'prune', waitSeconds: 0, memory: { todo, found: 4, pruned: NOTHING_PRUNED, ...memory } },
  });

  test('is pruned one cluster and Region after the other, to the newest good one', async () => {
    const door = new PlanDoor(new FakeRds([1, 2, 3, 4].map((number) => left('billing', number)).concat([1, 2].map((number) => left('billing', number, OTHER_REGION)))));
    const first = await door.prune(asked([{ cluster: 'billing', region: REGION }, { cluster: 'billing', region: OTHER_REGION }]));

    expect(first).toMatchObject({ call: 'prune', waitSeconds: 0, memory: { todo: [{ cluster: 'billing', region: OTHER_REGION }], pruned: { deleted: [left('billing', 1).arn, left('billing', 2).arn] } } });

    const second = await door.prune({ ...asked([]), answer: first as FormersEvent['answer'] }) as { memory: FormerMemory };
    expect(second.memory.pruned.deleted).toHaveLength(3);
    expect(await door.prune({ ...asked([]), answer: second as FormersEvent['answer'] })).toMatchObject({ call: 'conclude', memory: second.memory });
    expect(door.rds.snapshots.map(({ arn }) => arn)).toEqual([left('billing', 3).arn, left('billing', 4).arn, left('billing', 2, OTHER_REGION).arn]);
  });

  test('that RDS throttles is tried again after a pause', async () => {
    const door = new PlanDoor(new FakeRds().breaks('listSnapshotsOfCluster', throttled()));
    const answer = await door.prune(asked([{ cluster: 'billing', region: REGION }])) as { waitSeconds: number };

    expect(answer).toMatchObject({ call: 'prune', memory: { todo: [{ cluster: 'billing', region: REGION }], tries: 1 } });
    expect(answer.waitSeconds).toBeGreaterThan(0);
  });

  test('that cannot be pruned is told, and the next one has its turn', async () => {
    const door = new PlanDoor(new FakeRds().breaks('listSnapshotsOfCluster', awsError('InvalidParameterValue', 'no')));

    expect(await door.prune(asked([{ cluster: 'billing', region: REGION }, { cluster: 'x', region: REGION }], { tries: 5 }))).toMatchObject({
      call: 'prune',
      waitSeconds: 0,
      memory: {
        tries: 0,
        todo: [{ cluster: 'x', region: REGION }],
        pruned: { reports: ["'billing' in eu-west-1 was not pruned: InvalidParameterValue: no"] },
        troubles: ["'billing' in eu-west-1 was not pruned: InvalidParameterValue: no"],
      },
    });
  });

  test('that is more than twenty is gone on with', async () => {
    const door = new PlanDoor(new FakeRds(many(30).map((snapshot) => ({ ...snapshot, tags: { ...snapshot.tags, 'cdk-aurora-backup:cluster': 'billing' }, clusterIdentifier: 'billing' }))));

    expect(await door.prune(asked([{ cluster: 'billing', region: REGION }]))).toMatchObject({ call: 'prune', waitSeconds: 15, memory: { todo: [{ cluster: 'billing' }] } });
  });
});

test('rules of another release prune nothing', async () => {
  const door = new PlanDoor(new FakeRds([on(1), on(2), on(3), NEW]));

  await expect(door.prune(atHome({}, { plan: { ...aPlan(), version: 99 }, item: anItem() }))).rejects.toThrow('version 99 of the rules of a plan');
  expect(door.rds.writes).toEqual([]);
});
