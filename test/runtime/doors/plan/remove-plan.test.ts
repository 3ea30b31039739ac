import { RemovedPlan } from '../../../../src/core/plan/plan-removal';
import { Snapshot } from '../../../../src/core/snapshot';
import { customResourceIsComplete, customResourceOnEvent } from '../../../../src/runtime/doors/custom-resource/custom-resource-door';
import { ResourceEvent } from '../../../../src/runtime/doors/custom-resource/events';
import { PlanRemovalHandler } from '../../../../src/runtime/doors/plan/remove-plan';
import { awsError, denied, throttled } from '../../../support/errors';
import { NOON, OTHER_REGION, REGION, STACK_ID, minutes } from '../../../support/events';
import { anExportTask } from '../../../support/export-tasks';
import { FakeRds } from '../../../support/fake-rds';
import { FakeStacks } from '../../../support/fake-stacks';
import { captureLog } from '../../../support/log';
import { PLAN, planCopy, planSnapshot } from '../../../support/plan-snapshots';
import { day } from '../../../support/snapshots';

const logged = captureLog();

const GOLD: RemovedPlan = { ...PLAN, stackId: STACK_ID };
const PROPERTIES = { ContractVersion: '1', PlanName: GOLD.planName, Owner: GOLD.owner, RemovalPolicy: 'destroy', Regions: [REGION, OTHER_REGION] };
const SNAPSHOT = planSnapshot('a', { plan: GOLD });
const COPY = planCopy('a-copy', day(21), { plan: GOLD, region: OTHER_REGION });

/** When what was at work in the beginning has come to its end. */
const QUIET = minutes(3);

function anEvent(changes: Partial<ResourceEvent> = {}): ResourceEvent {
  return {
    RequestType: 'Delete',
    RequestId: 'request',
    StackId: STACK_ID,
    LogicalResourceId: 'GoldRemoval',
    PhysicalResourceId: 'Orders/GoldRemoval',
    ResourceType: 'Custom::AuroraBackupPlanRemoval',
    ResourceProperties: PROPERTIES,
    ...changes,
  };
}

/** The world of one request, which CloudFormation has made at noon. */
class Removal {
  public readonly stacks = new FakeStacks();
  private readonly handler: PlanRemovalHandler;

  constructor(public readonly rds: FakeRds, private readonly event: ResourceEvent) {
    this.handler = new PlanRemovalHandler({ rds: rds.asGateway(), stacks: this.stacks.asStacks() });
  }

  public begin() {
    return customResourceOnEvent(this.event, () => this.handler, NOON);
  }

  /** One look, so many milliseconds after noon. */
  public async look(after = 0): Promise<boolean> {
    const { IsComplete } = await customResourceIsComplete({ ...this.event, ...this.begin() }, () => this.handler, NOON + after);
    return IsComplete;
  }
}

const removal = (snapshots: Snapshot[], changes: Partial<ResourceEvent> = {}) => new Removal(new FakeRds(snapshots), anEvent(changes));

describe('the stack is being deleted', () => {
  test('what the plan made for it is deleted in all its Regions, and its end is waited for', async () => {
    const going = removal([SNAPSHOT, COPY, planSnapshot('b', { plan: GOLD })]);

    expect(await going.look(QUIET)).toBe(false);
    expect(await going.look(QUIET)).toBe(true);
    expect(going.rds.snapshots).toEqual([]);
  });

  test('what is not the plan\'s, or was not taken for this stack, is left alone; of the latter the log tells', async () => {
    const others = [planSnapshot('x'), planSnapshot('y', { plan: { ...GOLD, stackId: `${STACK_ID}-other` } }), planSnapshot('z', { plan: { ...GOLD, planName: 'Silver' } })];
    const going = removal([...others, SNAPSHOT]);
    await going.look(QUIET);

    expect(await going.look(QUIET)).toBe(true);
    expect(going.rds.writes).toEqual([`delete ${SNAPSHOT.identifier}`]);
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', kept: [others[0].arn, others[1].arn] }));
  });

  test('nothing is deleted while one of its clusters has deletion protection, and the reason says how to go on', async () => {
    const billing = planSnapshot('c', { plan: GOLD, clusterIdentifier: 'billing' });
    const going = removal([SNAPSHOT, billing]);
    going.rds.clusters = [
      { identifier: 'orders', status: 'available', engine: 'aurora-postgresql', deletionProtection: false },
      { identifier: 'billing', status: 'available', engine: 'aurora-postgresql', deletionProtection: true },
    ];

    await expect(going.look(QUIET)).rejects.toThrow(/^the cluster 'billing' has deletion protection, .* 'gold' were all kept\. Turn the protection off .*; or, to keep both, delete the stack with --retain-resources \S+, and then with what CloudFormation could not delete after that$/i);
    expect(going.rds.writes).toEqual([]);
  });

  test('a cluster that is gone protects nothing; nothing is deleted before RDS has told', async () => {
    const going = removal([SNAPSHOT]);
    going.rds.clusters = [];
    going.rds.breaks('findCluster', throttled());
    expect(await going.look(QUIET)).toBe(false);
    expect(going.rds.writes).toEqual([]);

    going.rds.heal();
    await going.look(QUIET);
    expect(going.rds.writes).toEqual([`delete ${SNAPSHOT.identifier}`]);
  });

  test('what a function makes that was at work until now is deleted, too', async () => {
    const going = removal([]);
    expect(await going.look(QUIET - 1)).toBe(false);
    going.rds.snapshots = [SNAPSHOT];

    expect(await going.look(QUIET)).toBe(false);
    expect(await going.look(QUIET)).toBe(true);
    expect(going.rds.writes).toEqual([`delete ${SNAPSHOT.identifier}`]);
  });

  test('what is being created is waited for, while the rest goes', async () => {
    const creating = planSnapshot('new', { plan: GOLD, status: 'creating' });
    const going = removal([creating, COPY]);

    expect(await going.look(QUIET)).toBe(false);
    expect(await going.look(QUIET)).toBe(false);
    expect(going.rds.writes).toEqual([`delete ${COPY.identifier}`]);
    going.rds.change(creating.arn, { status: 'available' });
    await going.look(QUIET);
    expect(await going.look(QUIET)).toBe(true);
  });

  test('after 50 minutes the deletion fails, and says what it waited for', async () => {
    const going = removal([SNAPSHOT]);
    going.rds.exportTasks = [anExportTask({ sourceArn: SNAPSHOT.arn })];

    expect(await going.look(minutes(50) - 1)).toBe(false);
    await expect(going.look(minutes(50))).rejects.toThrow(
      `the plan 'Gold' still has 1 snapshots (${SNAPSHOT.arn}: it is being exported); given up after 50 minutes`,
    );
  });

  test('many are deleted a few at a time', async () => {
    const going = removal(Array.from({ length: 45 }, (_, index) => planSnapshot(`n${index}`, { plan: GOLD })));

    for (const deleted of [20, 40, 45]) {
      expect(await going.look(QUIET)).toBe(false);
      expect(going.rds.writes).toHaveLength(deleted);
    }
    expect(await going.look(QUIET)).toBe(true);
  });
});

describe('RDS does not do as it is asked', () => {
  test.each<[string, Error]>([
    ['throttles', throttled()], ['is unavailable', awsError('ServiceUnavailable', 'later', { httpStatusCode: 503 })],
    ['says that the state does not allow it', awsError('InvalidDBClusterSnapshotStateFault')],
  ])('when it %s, it is asked again', async (_, error) => {
    const going = removal([SNAPSHOT]);
    going.rds.breaks('deleteSnapshot', error);
    expect(await going.look(minutes(20))).toBe(false);
    going.rds.heal();

    await going.look(minutes(20));
    expect(await going.look(minutes(20))).toBe(true);
  });

  test('what it refuses for good fails the deletion with its words, when all else is gone', async () => {
    const going = removal([SNAPSHOT, planSnapshot('new', { plan: GOLD, status: 'creating' })]);
    going.rds.breaks('deleteSnapshot', denied());

    expect(await going.look(minutes(6))).toBe(false);
    going.rds.snapshots = [SNAPSHOT];
    await expect(going.look(minutes(6))).rejects.toThrow(/^1 snapshots of the plan 'Gold' could not be deleted \(arn:.*-a: AccessDenied: User: .*\); see to that, and destroy the stack again$/);
  });

  test('what it refuses because it is gone already, is gone', async () => {
    const going = removal([SNAPSHOT]);
    going.rds.breaks('deleteSnapshot', denied());
    jest.spyOn(going.rds, 'findSnapshot').mockResolvedValue(undefined);

    expect(await going.look(minutes(6))).toBe(false);
    going.rds.snapshots = [];
    expect(await going.look(minutes(6))).toBe(true);
  });

  test.each(['listManualSnapshots', 'listExportTasks'] as const)('when it does not tell everything (%s), nothing is deleted', async (call) => {
    const going = removal([SNAPSHOT, COPY]);
    going.rds.breaks(call, throttled());

    expect(await going.look(QUIET)).toBe(false);
    expect(going.rds.writes).toEqual([]);
  });
});

describe('nothing is deleted, and RDS is not even asked', () => {
  async function expectNothing(going: Removal) {
    going.rds.breaks('listManualSnapshots', new Error('it was asked'));
    expect(await going.look()).toBe(true);
    expect(going.rds.writes).toEqual([]);
  }

  test.each(['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'])('when the stack is %s; the log says why', async (status) => {
    const going = removal([SNAPSHOT]);
    going.stacks.stays = `the stack is ${status}`;

    await expectNothing(going);
    expect(logged()).toContainEqual(expect.objectContaining({ plan: 'Gold', because: `the stack is ${status}` }));
  });

  test('when the policy went back to RETAIN', async () => {
    await expectNothing(removal([SNAPSHOT], { ResourceProperties: { ...PROPERTIES, RemovalPolicy: 'retain' } }));
    expect(logged()).toContainEqual(expect.objectContaining({ because: 'the removal policy is RETAIN' }));
  });

  test('when the plan is made', async () => {
    await expectNothing(removal([SNAPSHOT], { RequestType: 'Create', PhysicalResourceId: undefined }));
  });

  test('when it gets another name; the log says that what it made before stays', async () => {
    await expectNothing(removal([SNAPSHOT], { RequestType: 'Update', OldResourceProperties: PROPERTIES, ResourceProperties: { ...PROPERTIES, PlanName: 'Silver' } }));
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', plan: 'Silver', former: 'Gold' }));
  });

  test('when CloudFormation does not tell what becomes of the stack: then the deletion fails', async () => {
    const going = removal([SNAPSHOT]);
    going.rds.breaks('listManualSnapshots', new Error('it was asked'));
    going.stacks.stays = new Error('CloudFormation does not tell');

    await expect(going.look()).rejects.toThrow('CloudFormation does not tell');
    going.stacks.stays = denied();
    expect(await going.look()).toBe(false); // rights may be young
    await expect(going.look(minutes(6))).rejects.toThrow(/is not allowed, also after 5 minutes/);
    expect(going.rds.writes).toEqual([]);
  });
});

test('its id stays the same, so that no change of it is ever a replacement', () => {
  expect(removal([], { RequestType: 'Create', PhysicalResourceId: undefined }).begin()).toEqual({ PhysicalResourceId: 'Orders/GoldRemoval', StartedAt: NOON });
  expect(removal([], { RequestType: 'Update', PhysicalResourceId: 'whatever it was' }).begin().PhysicalResourceId).toBe('whatever it was');
});

test('properties of another release are refused in words', async () => {
  await expect(removal([], { ResourceProperties: { ...PROPERTIES, ContractVersion: '2' } }).look()).rejects.toThrow(/contract version 2 is not known to this runtime/);
  await expect(removal([], { ResourceProperties: { ...PROPERTIES, Regions: 'eu-west-1' } }).look()).rejects.toThrow(/the properties PlanName, Owner and Regions/);
});
