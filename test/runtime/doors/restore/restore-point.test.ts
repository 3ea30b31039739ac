import { WireProperties } from '../../../../src/core/resource-contract';
import { RESTORE_CONTRACT_VERSION, RestoreResourceType } from '../../../../src/core/restore/restore-contract';
import { customResourceIsComplete, customResourceOnEvent } from '../../../../src/runtime/doors/custom-resource/custom-resource-door';
import { ResourceEvent, PolledEvent } from '../../../../src/runtime/doors/custom-resource/events';
import { restoreHandlers } from '../../../../src/runtime/doors/restore/handlers';
import { Records } from '../../../../src/runtime/records';
import { awsError, denied, throttled } from '../../../support/errors';
import { LOGICAL_ID, NOON, OTHER_ACCOUNT, OWNER, STACK_ID, minutes } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { FakeStacks } from '../../../support/fake-stacks';
import { captureLog } from '../../../support/log';
import { SnapshotFacts, aSnapshot, day } from '../../../support/snapshots';

const log = captureLog();

const on = (number: number, facts: SnapshotFacts = {}) => aSnapshot({ identifier: `day${number}`, createTime: day(number), engineVersion: '16.4', ...facts });

const properties = (changes: WireProperties = {}): WireProperties => ({
  ContractVersion: String(RESTORE_CONTRACT_VERSION), Owner: OWNER, ClusterIdentifier: 'orders', SnapshotTypes: ['automated', 'manual'], ...changes,
});

/** Parameter Store in memory. */
class FakeRecords implements Pick<Records, keyof Records> {
  public readonly kept = new Map<string, string>();
  public fault: Error | undefined;
  /** Whether the next record is written, and the answer lost. */
  public losesAnswer = false;

  public async find(name: string): Promise<string | undefined> {
    this.throwIfBroken();
    return this.kept.get(name);
  }

  public async keep(name: string, value: string): Promise<string> {
    this.throwIfBroken();
    this.kept.set(name, this.kept.get(name) ?? value);
    if (this.losesAnswer) {
      this.losesAnswer = false;
      throw awsError('InternalServerError', 'lost', { httpStatusCode: 500 });
    }
    return this.kept.get(name)!;
  }

  public async removeAll(path: string): Promise<void> {
    this.throwIfBroken();
    [...this.kept.keys()].filter((name) => name.startsWith(`${path}/`)).forEach((name) => this.kept.delete(name));
  }

  private throwIfBroken(): void {
    if (this.fault) {
      throw this.fault;
    }
  }
}

/** A restore point as CloudFormation sees it: requests come in, and are asked after until they are done. */
class Point {
  public readonly rds: FakeRds;
  public readonly records = new FakeRecords();
  public readonly stacks = new FakeStacks();
  public now = NOON;
  private id: string | undefined;
  private properties: WireProperties | undefined;
  private requests = 0;

  constructor(...snapshots: ReturnType<typeof on>[]) {
    this.rds = new FakeRds(snapshots);
  }

  public async create(now: WireProperties = properties()) {
    return this.ask(this.begin({ RequestType: 'Create', ResourceProperties: now }));
  }

  public async update(now: WireProperties) {
    return this.ask(this.begin({ RequestType: 'Update', ResourceProperties: now, OldResourceProperties: this.properties, PhysicalResourceId: this.id }));
  }

  /** The stack turns back: what was is asked for again. */
  public async rollBack(from: WireProperties, to: WireProperties) {
    this.stacks.turningBack = true;
    const answer = await this.ask(this.begin({ RequestType: 'Update', ResourceProperties: to, OldResourceProperties: from, PhysicalResourceId: this.id }));
    this.stacks.turningBack = false;
    return answer;
  }

  public async remove(id = this.id!) {
    return this.ask(this.begin({ RequestType: 'Delete', ResourceProperties: this.properties ?? properties(), PhysicalResourceId: id }));
  }

  public begin(request: Pick<ResourceEvent, 'RequestType' | 'ResourceProperties'> & Partial<ResourceEvent>): PolledEvent {
    this.requests += 1;
    const event = {
      ResourceType: RestoreResourceType.RESTORE_POINT, StackId: STACK_ID, LogicalResourceId: LOGICAL_ID, RequestId: `request-${this.requests}`, ...request,
    };
    return { ...event, ...customResourceOnEvent(event, this.handlers, this.now) };
  }

  /** One poll. */
  public async ask(event: PolledEvent) {
    const answer = await customResourceIsComplete(event, this.handlers, this.now);
    if (answer.IsComplete && event.RequestType !== 'Delete') {
      this.id = answer.PhysicalResourceId;
      this.properties = event.ResourceProperties;
    }
    return answer;
  }

  public async snapshotOf(answer: Promise<{ readonly Data?: Readonly<Record<string, string>> }>) {
    return (await answer).Data?.SnapshotIdentifier;
  }

  private get handlers() {
    return restoreHandlers({
      rds: this.rds.asGateway(), stacks: this.stacks.asStacks(), records: this.records as unknown as Records, now: () => this.now,
    });
  }
}

const FIRST = properties({ Trigger: 'first' });
const SECOND = properties({ Trigger: 'second' });

describe('the creation', () => {
  test('finds the newest snapshot, writes it down and shows what it is', async () => {
    const point = new Point(on(1), on(2, { kmsKeyId: 'arn:key', clusterResourceId: 'cluster-1' }));

    expect(await point.create()).toEqual({
      IsComplete: true,
      PhysicalResourceId: expect.stringMatching(/^Orders\/BeforeMigration\/[0-9a-f]{16}$/),
      Data: {
        SnapshotIdentifier: 'day2',
        SnapshotArn: on(2).arn,
        DataTime: '2026-11-02T12:00:00.000Z',
        Engine: 'aurora-postgresql',
        EngineVersion: '16.4',
        KmsKeyId: 'arn:key',
        ClusterResourceId: 'cluster-1',
      },
    });
    expect([...point.records.kept.keys()]).toEqual([expect.stringMatching(new RegExp(`^/cdk-aurora-backup/${OWNER}/Orders/BeforeMigration/`))]);
  });

  test('tells the log which it chose, the next best, and why not the others', async () => {
    await new Point(on(1), on(2), on(3, { status: 'failed' })).create();

    expect(log()).toContainEqual(expect.objectContaining({
      message: 'restore point chosen', arn: on(2).arn, dataTime: day(2).toISOString(), nextBest: expect.objectContaining({ arn: on(1).arn }),
    }));
    expect(log()).toContainEqual(expect.objectContaining({ message: 'not the restore point', snapshots: ['day3: it is failed'] }));
  });

  test('without a good snapshot fails, and keeps nothing', async () => {
    const point = new Point(on(1, { status: 'failed' }));

    await expect(point.create()).rejects.toThrow("there is no good automated or manual snapshot of the cluster 'orders' in eu-west-1. Of the cluster were seen: day1");
    expect(point.records.kept.size).toBe(0);
  });

  test('of a name that nobody has says which names there are', async () => {
    await expect(new Point(on(1, { clusterIdentifier: 'order' })).create()).rejects.toThrow('There are snapshots of: order.');
  });

  test('takes what another account shares, and asks for nothing else', async () => {
    const point = new Point(on(9), on(1, { account: OTHER_ACCOUNT, type: 'shared' }));

    expect(await point.create(properties({ SnapshotTypes: ['shared'], SourceAccount: OTHER_ACCOUNT }))).toMatchObject({ Data: { SnapshotArn: on(1, { account: OTHER_ACCOUNT }).arn } });
  });

  test('that is asked after twice at once keeps one, which both answer', async () => {
    const point = new Point(on(1));
    const request = point.begin({ RequestType: 'Create', ResourceProperties: properties() });
    const list = point.rds.listOwnSnapshots.bind(point.rds);
    jest.spyOn(point.rds, 'listOwnSnapshots').mockImplementationOnce(async (...of) => {
      const seen = await list(...of);
      // While this poll looks, a newer snapshot appears, and another poll is quicker.
      point.rds.snapshots = [on(1), on(2)];
      expect(await point.snapshotOf(point.ask(request))).toBe('day2');
      return seen;
    });

    expect(await point.snapshotOf(point.ask(request))).toBe('day2');
    expect(point.records.kept.size).toBe(1);
  });

  test('whose record was written, and the answer lost, goes on with that record', async () => {
    const point = new Point(on(1));
    const request = point.begin({ RequestType: 'Create', ResourceProperties: properties() });
    point.records.losesAnswer = true;

    expect(await point.ask(request)).toEqual({ IsComplete: false });
    point.rds.snapshots = [on(1), on(2)];

    expect(await point.snapshotOf(point.ask(request))).toBe('day1');
  });

  test('that comes late, when the stack has turned back, keeps nothing', async () => {
    const point = new Point(on(1));
    point.stacks.answers = ['the stack is ROLLBACK_IN_PROGRESS'];

    await expect(point.create()).rejects.toThrow('no restore point is kept any more, because the stack is ROLLBACK_IN_PROGRESS');
    expect(point.records.kept.size).toBe(0);
  });

  test('does not find what a former one of the same place left behind', async () => {
    const point = new Point(on(1));
    await point.create();
    point.rds.snapshots = [on(1), on(2)];

    expect(await point.snapshotOf(point.create())).toBe('day2');
  });
});

describe('what was found stays', () => {
  test('when there are newer snapshots', async () => {
    const point = new Point(on(1));
    await point.create();
    point.rds.snapshots.push(on(2));

    expect(await point.snapshotOf(point.update(properties({ ServiceToken: 'another' })))).toBe('day1');
  });

  test('when the snapshot is gone, and without asking RDS', async () => {
    const point = new Point(on(1));
    const { Data } = await point.create();
    point.rds.snapshots = [];
    point.rds.breaks('listOwnSnapshots', denied());

    expect(await point.update(properties())).toMatchObject({ IsComplete: true, Data });
  });

  test('under the same id, so that CloudFormation never takes an update for a replacement', async () => {
    const point = new Point(on(1));
    const { PhysicalResourceId: id } = await point.create(FIRST);

    expect(await point.update(SECOND)).toMatchObject({ PhysicalResourceId: id });
    expect(await point.rollBack(SECOND, FIRST)).toMatchObject({ PhysicalResourceId: id });
  });

  test.each<[string, WireProperties, string]>([
    ['another cluster', { ClusterIdentifier: 'billing' }, "clusterIdentifier from 'orders' to 'billing'"],
    ['another time', { Before: '2026-11-02T00:00:00Z' }, "before from nothing to '2026-11-02T00:00:00.000Z'"],
    ['two things', { Engine: 'aurora-mysql', SnapshotTypes: ['manual'] }, "engine from nothing to 'aurora-mysql' and snapshotTypes from 'automated, manual' to 'manual'"],
  ])('%s without another trigger fails the deploy, and says what to do', async (_, changes, words) => {
    const point = new Point(on(1));
    await point.create(FIRST);

    await expect(point.update({ ...FIRST, ...changes })).rejects.toThrow(`${words} cannot be changed alone, because the restore point stays what was found for the trigger 'first': day1. `
      + 'Set another trigger as well to look for a snapshot anew, or take the change back');
    expect(await point.snapshotOf(point.rollBack({ ...FIRST, ...changes }, FIRST))).toBe('day1');
  });
});

describe('another trigger', () => {
  test('has a snapshot looked for anew, also by other criteria', async () => {
    const point = new Point(on(1), on(2));
    await point.create(FIRST);
    point.rds.snapshots.push(on(3));

    expect(await point.snapshotOf(point.update(SECOND))).toBe('day3');
    expect(await point.snapshotOf(point.update(properties({ Trigger: 'third', Before: day(2).toISOString() })))).toBe('day1');
  });

  test('that was there before comes back to what was found then', async () => {
    const point = new Point(on(1));
    await point.create(FIRST);
    point.rds.snapshots = [on(2)];
    await point.update(SECOND);

    expect(await point.snapshotOf(point.update(FIRST))).toBe('day1');
  });

  test('and none are two', async () => {
    const point = new Point(on(1));
    await point.create();
    point.rds.snapshots.push(on(2));

    expect(await point.snapshotOf(point.update(FIRST))).toBe('day2');
    expect(await point.snapshotOf(point.update(properties()))).toBe('day1');
  });

  test('for which nothing is found fails, and the former one stays', async () => {
    const point = new Point(on(1));
    await point.create(FIRST);
    point.rds.snapshots = [];

    await expect(point.update(SECOND)).rejects.toThrow('there is no good');
    expect(await point.snapshotOf(point.rollBack(SECOND, FIRST))).toBe('day1');
    expect(point.records.kept.size).toBe(1);
  });
});

describe('a stack that turns back', () => {
  test('gets the former snapshot, also when it is gone', async () => {
    const point = new Point(on(1));
    const { Data } = await point.create(FIRST);
    point.rds.snapshots = [on(2)];
    await point.update(SECOND);

    expect(await point.rollBack(SECOND, FIRST)).toMatchObject({ Data });
  });

  test('gets it when the way forward was given up before anything was found', async () => {
    const point = new Point(on(1));
    const { Data } = await point.create(FIRST);
    point.rds.breaks('listOwnSnapshots', throttled());
    await point.update(SECOND);

    expect(await point.rollBack(SECOND, FIRST)).toMatchObject({ Data });
  });

  test('and goes forward again gets the one that it had on the way', async () => {
    const point = new Point(on(1));
    await point.create(FIRST);
    point.rds.snapshots = [on(2)];
    await point.update(SECOND);
    await point.rollBack(SECOND, FIRST);
    point.rds.snapshots = [on(3)];

    expect(await point.snapshotOf(point.update(SECOND))).toBe('day2');
  });

  test('is never told to look for another one: that could replace a cluster', async () => {
    const point = new Point(on(1));
    await point.create(FIRST);
    await point.update(SECOND);
    point.records.kept.clear();

    await expect(point.rollBack(SECOND, FIRST)).rejects.toThrow(/what was found for the trigger 'first' is lost, .*: there is no parameter \/cdk-aurora-backup\/.*set another trigger/);
  });

  test('gets what is kept even if it was found by other criteria', async () => {
    const point = new Point(on(1));
    await point.create(FIRST);

    expect(await point.snapshotOf(point.rollBack(SECOND, { ...FIRST, Before: day(1).toISOString() }))).toBe('day1');
  });
});

describe('a record', () => {
  test('that somebody deleted is not replaced by another snapshot in passing', async () => {
    const point = new Point(on(1));
    await point.create();
    point.records.kept.clear();
    point.rds.snapshots.push(on(2));

    await expect(point.update(properties({ ServiceToken: 'another' }))).rejects.toThrow(
      /^what was found for no trigger is lost, or nothing was found by a deploy that was not rolled back: there is no parameter /,
    );
    expect(await point.snapshotOf(point.update(FIRST))).toBe('day2');
  });

  test.each(['snapshot-1', '{"version":2,"criteria":{},"attributes":{}}'])('that cannot be read (%s) fails with what to do about it', async (text) => {
    const point = new Point(on(1));
    await point.create();
    point.records.kept.forEach((_, name) => point.records.kept.set(name, text));

    await expect(point.update(properties())).rejects.toThrow(/cannot be read \(parameter \/cdk-aurora-backup\/.*\): another release of cdk-aurora-backup wrote it/);
  });
});

describe('the deletion', () => {
  test('removes every record of the restore point, and nobody else\'s', async () => {
    const point = new Point(on(1));
    await point.create(FIRST);
    await point.update(SECOND);
    point.records.kept.set(`/cdk-aurora-backup/${OWNER}/Orders/Another/0123456789abcdef/1`, 'another');

    expect(await point.remove()).toEqual({ IsComplete: true });
    expect([...point.records.kept.values()]).toEqual(['another']);
  });

  test('of one that was made again at the same place removes only what was its own', async () => {
    const point = new Point(on(1));
    const { PhysicalResourceId: former } = await point.create();
    await point.create();

    await point.remove(former);

    expect(await point.snapshotOf(point.update(properties()))).toBe('day1');
    expect(point.records.kept.size).toBe(1);
  });

  test('of one whose creation failed succeeds', async () => {
    const point = new Point();
    const request = point.begin({ RequestType: 'Create', ResourceProperties: properties() });
    await expect(point.ask(request)).rejects.toThrow('there is no good');

    expect(await point.remove(request.PhysicalResourceId)).toEqual({ IsComplete: true });
  });

  test.each(['Orders-Point-1ABC', '/', 'a/b/c'])('with an id that no call gave (%s) touches nothing', async (id) => {
    const point = new Point(on(1));
    await point.create();

    expect(await point.remove(id)).toEqual({ IsComplete: true });
    expect(point.records.kept.size).toBe(1);
  });

  test('does not need to understand what a later release wrote', async () => {
    const point = new Point();
    const request = point.begin({ RequestType: 'Delete', PhysicalResourceId: 'Orders/Point/0123456789abcdef', ResourceProperties: properties({ ContractVersion: '99', SnapshotTypes: '?' }) });

    expect(await point.ask(request)).toEqual({ IsComplete: true });
  });
});

describe('when AWS does not answer', () => {
  type Break = (point: Point, error: Error) => void;
  const BREAKS: Array<[string, Break]> = [
    ['RDS', ({ rds }, error) => rds.breaks('listOwnSnapshots', error)],
    ['Parameter Store', ({ records }, error) => { records.fault = error; }],
    ['CloudFormation', ({ stacks }, error) => { jest.spyOn(stacks, 'whyNoLongerWanted').mockRejectedValueOnce(error); }],
  ];

  test.each(BREAKS)('%s throttles: it is asked again, and nothing was decided', async (_, breaks) => {
    const point = new Point(on(1));
    const request = point.begin({ RequestType: 'Create', ResourceProperties: properties() });
    breaks(point, throttled());

    expect(await point.ask(request)).toEqual({ IsComplete: false });
    expect(point.records.kept.size).toBe(0);

    point.rds.heal();
    point.records.fault = undefined;
    expect(await point.snapshotOf(point.ask(request))).toBe('day1');
  });

  test.each(BREAKS)('%s denies: rights may be young, but not for ever', async (_, breaks) => {
    const point = new Point(on(1));
    const request = point.begin({ RequestType: 'Create', ResourceProperties: properties() });
    breaks(point, denied());
    expect(await point.ask(request)).toEqual({ IsComplete: false });

    point.now += minutes(6);
    breaks(point, denied());
    await expect(point.ask(request)).rejects.toThrow(/is not allowed, also after 5 minutes\..*whichever AWS names, and deploy again\.$/);
  });

  test('for fifty minutes, it is given up with the reason, before CloudFormation gives up without one', async () => {
    const point = new Point(on(1));
    const request = point.begin({ RequestType: 'Create', ResourceProperties: properties() });
    point.rds.breaks('listOwnSnapshots', throttled());
    point.now += minutes(51);

    await expect(point.ask(request)).rejects.toThrow(/Rate exceeded.*given up after 50 minutes/);
  });
});

test('properties that cannot be read fail with a reason, under an id that can be deleted', async () => {
  const point = new Point(on(1));
  const request = point.begin({ RequestType: 'Create', ResourceProperties: properties({ ContractVersion: '99' }) });

  await expect(point.ask(request)).rejects.toThrow('contract version 99 is not known to this runtime');
  expect(await point.remove(request.PhysicalResourceId)).toEqual({ IsComplete: true });
});
