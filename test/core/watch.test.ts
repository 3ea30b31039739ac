import * as fc from 'fast-check';
import { ownerOf } from '../../src/core/identifiers';
import { isReportName, reportName, watchName, watchPrefix } from '../../src/core/watch';
import { STACK_ID } from '../support/events';
import { RESOURCE } from '../support/snapshots';

/** What Step Functions takes as the name of an execution. */
const VALID = /^[0-9A-Za-z_-]{1,80}$/;

test('names are such as Step Functions takes, whatever is watched', () => {
  const anyResource = fc.record({ owner: fc.string().map(ownerOf), stackId: fc.string(), logicalId: fc.string() });

  fc.assert(fc.property(anyResource, fc.string({ unit: 'binary' }), (resource, target) => {
    expect(watchName(resource, target)).toMatch(VALID);
    expect(reportName(resource, target)).toMatch(VALID);
    expect(watchName(resource, target).startsWith(watchPrefix(resource))).toBe(true);
    expect(isReportName(reportName(resource, target))).toBe(true);
    expect(isReportName(watchName(resource, target))).toBe(false);
  }));
});

test('the same work has the same name, so that handing it over twice begins one watch', () => {
  expect(watchName(RESOURCE, 'a')).toBe(watchName({ ...RESOURCE }, 'a'));
});

test('other work of the resource has another name', () => {
  expect(watchName(RESOURCE, 'a')).not.toBe(watchName(RESOURCE, 'b'));
});

test.each([
  ['resource', { ...RESOURCE, logicalId: 'Other' }], ['stack', { ...RESOURCE, stackId: `${STACK_ID}-later` }], ['owner', { ...RESOURCE, owner: 'cab-00000000' }],
])('another %s has watches of its own, which nobody finds with ours', (_, other) => {
  expect(watchName(other, 'a').startsWith(watchPrefix(RESOURCE))).toBe(false);
});
