import { onEvent } from '../../../../src/runtime/doors/deploy/on-event';
import { NOON, OWNER, createEvent, deleteEvent, exportProperties, takeProperties, updateEvent } from '../../../support/events';
import { captureLog } from '../../../support/log';
import { ourSnapshot } from '../../../support/snapshots';

const logged = captureLog();
const { arn: ARN } = ourSnapshot('orders');
const idOf = (...args: Parameters<typeof onEvent>) => onEvent(...args).PhysicalResourceId;

test('every request begins with the time at which it came in', () => {
  expect(onEvent(createEvent(), NOON).Watch).toEqual({ version: 1, startedAt: NOON });
  expect(logged()).toEqual([expect.objectContaining({ message: 'request', requestType: 'Create', logicalId: 'BeforeMigration' })]);
});

describe('the id of the resource is the ARN of its snapshot', () => {
  test('Create: of the one that is to be made, the same in every retry', () => {
    expect(idOf(createEvent(), NOON)).toMatch(new RegExp(`:cluster-snapshot:${OWNER}-[0-9a-f]{10}-orders$`));
    expect(idOf(createEvent(), NOON)).toBe(idOf(createEvent(), NOON + 1000));
  });

  test('Update in place: it stays', () => {
    expect(idOf(updateEvent(takeProperties(), takeProperties({ Tags: { a: 'b' } }), ARN), NOON)).toBe(ARN);
  });

  test('changed Update: another', () => {
    const id = idOf(updateEvent(takeProperties(), takeProperties({ Trigger: '2' }), ARN), NOON);

    expect(id).not.toBe(ARN);
    expect(id).toMatch(new RegExp(`:cluster-snapshot:${OWNER}-`));
  });

  test.each([ARN, 'Orders-BeforeMigration-1ABC', 'request-create'])('Delete: it never changes (%s)', (id) => {
    expect(idOf(deleteEvent(id), NOON)).toBe(id);
  });
});

describe('the id of a resource that exports is the identifier of its task, and of the one before', () => {
  const v1 = exportProperties();
  const v2 = exportProperties({ Trigger: '2' });
  const task = new RegExp(`^${OWNER}(-[0-9a-f]{8}){3}-by-hand$`);

  test('Create: of the one that is to be started, the same in every retry', () => {
    expect(idOf(createEvent(v1), NOON)).toMatch(task);
    expect(idOf(createEvent(v1), NOON)).toBe(idOf(createEvent(v1), NOON + 1000));
  });

  test('changed Update: another, and the one whose place it takes', () => {
    const before = idOf(createEvent(v1), NOON);
    const [now, former] = idOf(updateEvent(v1, v2, before), NOON).split('/');

    expect(now).toMatch(task);
    expect([now === before, former]).toEqual([false, before]);
  });

  test('Update in place, and Delete: it stays', () => {
    const before = idOf(updateEvent(v1, v2, idOf(createEvent(v1), NOON)), NOON);

    expect(idOf(updateEvent(v2, { ...v2, TimeoutMinutes: '5' }, before), NOON)).toBe(before);
    expect(idOf(deleteEvent(before, v2), NOON)).toBe(before);
  });
});

describe('properties that cannot be read do not fail the first call, whose failure would swallow the Delete', () => {
  const unreadable = takeProperties({ ClusterIdentifier: '' });

  test('Create: the id of the request', () => {
    expect(idOf(createEvent(unreadable), NOON)).toBe('request-create');
  });

  test('Update: the id stays', () => {
    expect(idOf(updateEvent(takeProperties(), unreadable, ARN), NOON)).toBe(ARN);
  });

  test('Delete: the id stays', () => {
    expect(idOf(deleteEvent('request-create', unreadable), NOON)).toBe('request-create');
  });
});
