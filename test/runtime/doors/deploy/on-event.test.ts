import { onEvent } from '../../../../src/runtime/doors/deploy/on-event';
import { NOON, OWNER, createEvent, deleteEvent, takeProperties, updateEvent } from '../../../support/events';
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
