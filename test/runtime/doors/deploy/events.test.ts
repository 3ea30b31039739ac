import { OwnershipTag } from '../../../../src/core/ownership';
import { WireProperties } from '../../../../src/core/resource-contract';
import { assignmentOf, handleOf, isInPlace, readWatch, requestOf } from '../../../../src/runtime/doors/deploy/events';
import {
  ACCOUNT, CLUSTER_ARN, LOGICAL_ID, NOON, OTHER_REGION, OWNER, REGION, STACK_ID, copyProperties, createEvent, exportProperties, takeProperties,
  updateEvent, watched,
} from '../../../support/events';
import { RESOURCE, ourSnapshot } from '../../../support/snapshots';

const { arn: ARN } = ourSnapshot('orders');

function assign(event = createEvent()) {
  return assignmentOf(event, requestOf(event), 0);
}

describe('what a request makes', () => {
  test('is told by its event alone', () => {
    const { targetIdentifier, target, account, ownershipTags } = assign();

    expect(targetIdentifier).toMatch(new RegExp(`^${OWNER}-[0-9a-f]{10}-orders$`));
    expect(target).toBe(`arn:aws:rds:${REGION}:${ACCOUNT}:cluster-snapshot:${targetIdentifier}`);
    expect(account).toBe(ACCOUNT);
    expect(ownershipTags).toEqual({
      [OwnershipTag.OWNER]: OWNER,
      [OwnershipTag.IDENTIFIER]: targetIdentifier,
      [OwnershipTag.STACK]: STACK_ID,
      [OwnershipTag.LOGICAL_ID]: LOGICAL_ID,
      [OwnershipTag.OPERATION]: expect.stringMatching(/^[0-9a-f]{16}$/),
      [OwnershipTag.GENERATION]: 'request-create',
    });
  });

  test('is the same in every retry of the request', () => {
    expect(assign()).toEqual(assign());
  });

  test.each<[string, ReturnType<typeof createEvent>]>([
    ['request', createEvent(takeProperties(), { RequestId: 'another' })],
    ['stack', createEvent(takeProperties(), { StackId: STACK_ID.replace('Orders', 'Billing') })],
    ['resource', createEvent(takeProperties(), { LogicalResourceId: 'Another' })],
    ['trigger', createEvent(takeProperties({ Trigger: 'release-2' }))],
    ['cluster', createEvent(takeProperties({ ClusterIdentifier: 'billing' }))],
  ])('is another for another %s', (_, event) => {
    expect(assign(event).targetIdentifier).not.toBe(assign().targetIdentifier);
  });

  test('has the identifier that the user chose, and says that it was chosen', () => {
    const { targetIdentifier, ownershipTags } = assign(createEvent(takeProperties({ SnapshotIdentifier: 'Chosen' })));

    expect(targetIdentifier).toBe('chosen');
    expect(ownershipTags).toMatchObject({ [OwnershipTag.IDENTIFIER]: 'chosen', [OwnershipTag.EXPLICIT_IDENTIFIER]: 'true' });
  });

  test('is a copy in the Region of the copy, in the account of the stack, named after its source', () => {
    const { target } = assign(createEvent(copyProperties({
      Region: OTHER_REGION, SourceSnapshotArn: 'arn:aws:rds:eu-west-1:222222222222:cluster-snapshot:rds:orders-2026',
    })));

    expect(target).toMatch(new RegExp(`^arn:aws:rds:${OTHER_REGION}:${ACCOUNT}:cluster-snapshot:${OWNER}-[0-9a-f]{10}-rds-orders-2026$`));
  });

  test('has a name also when that of the source cannot be read', () => {
    expect(assign(createEvent(copyProperties({ SourceSnapshotArn: 'not-an-arn' }))).targetIdentifier).toMatch(/-copy$/);
  });

  test.each(['aws-us-gov', 'aws-cn'])('is in the partition of the stack (%s)', (partition) => {
    expect(assign(createEvent(takeProperties(), { StackId: STACK_ID.replace('arn:aws:', `arn:${partition}:`) })).target).toMatch(new RegExp(`^arn:${partition}:rds:`));
  });
});

describe('what a request exports', () => {
  const exporting = (changes: WireProperties = {}) => createEvent(exportProperties(changes));

  test('is told by its event alone, and has no tags to be known by', () => {
    const { targetIdentifier, target, account, ownershipTags } = assign(exporting());

    expect(targetIdentifier).toMatch(new RegExp(`^${OWNER}(-[0-9a-f]{8}){3}-by-hand$`));
    expect([target, account, ownershipTags]).toEqual([targetIdentifier, ACCOUNT, {}]);
    expect(assign(exporting())).toEqual(assign(exporting()));
  });

  test.each<[string, ReturnType<typeof createEvent>]>([
    ['request', createEvent(exportProperties(), { RequestId: 'another' })],
    ['stack', createEvent(exportProperties(), { StackId: STACK_ID.replace('Orders', 'Billing') })],
    ['resource', createEvent(exportProperties(), { LogicalResourceId: 'Another' })],
    ['source', exporting({ SourceArn: CLUSTER_ARN })],
    ['bucket', exporting({ Bucket: 'pond' })],
  ])('is another for another %s', (_, event) => {
    expect(assign(event).target).not.toBe(assign(exporting()).target);
  });

  test('has a name also when that of the source cannot be read', () => {
    expect(assign(exporting({ SourceArn: 'not-an-arn' })).target).toMatch(/-export$/);
  });
});

describe('what is handed over', () => {
  test.each([takeProperties(), copyProperties(), exportProperties()])('is all that is needed to go on with it, and passes through JSON', (properties) => {
    const event = watched(createEvent(properties));
    const request = requestOf(event);
    const { elapsedSeconds: _, ...work } = assignmentOf(event, request, 0);

    expect(handleOf(event, request)).toEqual({ version: 1, request, resource: RESOURCE, generation: 'request-create', work, requestedAt: NOON });
    expect(assignmentOf(event, requestOf(event), 0)).toMatchObject(JSON.parse(JSON.stringify(handleOf(event, request))).work);
  });

  test('differs in its generation between two requests for the same thing', () => {
    const again = watched(createEvent(takeProperties({ SnapshotIdentifier: 'chosen' }), { RequestId: 'again' }));

    expect(handleOf(again, requestOf(again)).generation).toBe('again');
  });
});

test('what another version of the first call left is not guessed at', () => {
  const event = watched(createEvent());

  expect(readWatch(event)).toEqual(event.Watch);
  expect(() => readWatch({ ...event, Watch: { ...event.Watch, version: 2 } })).toThrow(/version 2 of what onEvent left is not known.*deploy again/);
});

describe('an Update', () => {
  const inPlace = (before: WireProperties, now: WireProperties, physicalId = ARN) => {
    const event = updateEvent(before, now, physicalId);
    return isInPlace(event, requestOf(event));
  };

  test.each<[string, WireProperties]>([
    ['tags', { Tags: { team: 'billing' } }], ['the removal policy', { RemovalPolicy: 'destroy' }], ['keepLast', { KeepLast: '3' }], ['the time limit', { TimeoutMinutes: '5' }],
  ])('of %s is in place', (_, changes) => {
    expect(inPlace(takeProperties(), takeProperties(changes))).toBe(true);
  });

  test.each<[string, WireProperties]>([
    ['the trigger', { Trigger: 'release-2' }], ['the cluster', { ClusterIdentifier: 'billing' }], ['the identifier', { SnapshotIdentifier: 'chosen' }],
  ])('of %s is not', (_, changes) => {
    expect(inPlace(takeProperties(), takeProperties(changes))).toBe(false);
  });

  test('of something that never became a snapshot is not', () => {
    expect(inPlace(takeProperties(), takeProperties({ RemovalPolicy: 'destroy' }), 'request-create')).toBe(false);
  });

  test('back from properties that could not be read is not: what is there has to be looked for', () => {
    expect(inPlace(takeProperties({ ClusterIdentifier: '' }), takeProperties())).toBe(false);
  });
});

test('a Create is never in place', () => {
  const event = { ...createEvent(), PhysicalResourceId: ARN, OldResourceProperties: takeProperties() };

  expect(isInPlace(event, requestOf(event))).toBe(false);
});
