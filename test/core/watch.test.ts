import * as fc from 'fast-check';
import { Handle } from '../../src/core/handle';
import { ownerOf } from '../../src/core/identifiers';
import { isReportName, reportName, watchName, watchesOf, watchesOfResource } from '../../src/core/watch';
import { takeRequest } from '../support/assignments';
import { STACK_ID } from '../support/events';
import { HANDLES, aHandle, handleOf } from '../support/handles';
import { RESOURCE } from '../support/snapshots';

/** What Step Functions takes as the name of an execution. */
const VALID = /^[0-9A-Za-z_-]{1,80}$/;

const CHOSEN = handleOf(takeRequest({ SnapshotIdentifier: 'chosen' }));

test('names are such as Step Functions takes, whatever is watched', () => {
  const anyResource = fc.record({ owner: fc.string().map(ownerOf), stackId: fc.string(), logicalId: fc.string() });
  const anyHandle = fc.record({
    resource: anyResource, target: fc.string({ unit: 'binary' }), generation: fc.string(), handle: fc.constantFrom(...Object.values(HANDLES), CHOSEN),
  }).map(({ handle, target, ...parts }): Handle => ({ ...handle, ...parts, work: { ...handle.work, target } }));

  fc.assert(fc.property(anyHandle, (handle) => {
    for (const name of [watchName(handle), reportName(handle)]) {
      expect(name).toMatch(VALID);
      expect(name.startsWith(watchesOf(handle.resource, handle.work.target))).toBe(true);
      expect(name.startsWith(watchesOfResource(handle.resource))).toBe(true);
    }
    expect(isReportName(reportName(handle))).toBe(true);
    expect(isReportName(watchName(handle))).toBe(false);
  }));
});

describe('work that is handed over twice has one watch', () => {
  test.each(Object.values(HANDLES))('of the same name ($request.kind)', (handle) => {
    expect(watchName({ ...handle })).toBe(watchName(handle));
    expect(reportName({ ...handle })).toBe(reportName(handle));
  });

  test.each([HANDLES.take, HANDLES.copy, HANDLES.export])('whichever request asks for it, where another request makes another thing ($request.kind)', (handle) => {
    expect(watchName({ ...handle, generation: 'another' })).toBe(watchName(handle));
  });
});

test('other work of the resource has another', () => {
  expect(new Set([...Object.values(HANDLES), aHandle({ Trigger: '2' })].map(watchName)).size).toBe(5);
});

test.each([
  ['a snapshot whose identifier the user chose', CHOSEN], ['a snapshot that is shared', HANDLES.share],
])('a later request for %s has another: Step Functions keeps names for 90 days', (_, handle) => {
  const again = { ...handle, generation: 'request-again' };

  expect(again.work.target).toBe(handle.work.target);
  expect(watchName(again)).not.toBe(watchName(handle));
  expect(reportName(again)).not.toBe(reportName(handle));
});

test.each([
  ['resource', { ...RESOURCE, logicalId: 'Other' }], ['stack', { ...RESOURCE, stackId: `${STACK_ID}-later` }], ['owner', { ...RESOURCE, owner: 'cab-00000000' }],
])('another %s has watches of its own, which nobody finds with ours', (_, resource) => {
  expect(watchName({ ...aHandle(), resource }).startsWith(watchesOfResource(RESOURCE))).toBe(false);
});
