import * as fc from 'fast-check';
import {
  MAX_EXPORT_TASK_IDENTIFIER_LENGTH, exportTaskIdentifier, isExportTaskIdentifier, sameResource, startedBy, startedFor,
} from '../../src/core/export-identifiers';
import { operationIdentifier, ownerOf } from '../../src/core/identifiers';
import { OwningResource } from '../../src/core/ownership';
import { OWNER, STACK_ID } from '../support/events';
import { RESOURCE } from '../support/snapshots';

/** What RDS takes as the identifier of an export task. */
const VALID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const OPERATION = '0123456789abcdef';
const identifier = (facts: { resource?: OwningResource; operation?: string; generation?: string; name?: string } = {}) =>
  exportTaskIdentifier(facts.resource ?? RESOURCE, facts.operation ?? OPERATION, facts.generation ?? 'request-create', facts.name ?? 'orders');

/** Any name of a stack, a construct or a source, and some that none can have. */
const anyName = fc.oneof(fc.string({ maxLength: 100 }), fc.string({ unit: 'binary', maxLength: 100 }), fc.stringMatching(/^[a-z][a-z0-9-]{0,70}$/));
const anyResource = fc.record({ owner: anyName.map(ownerOf), stackId: anyName, logicalId: anyName });
const anyOperation = fc.stringMatching(/^[0-9a-f]{16}$/);

describe('the identifier of an export task', () => {
  test('is one that RDS takes, of at most 60 characters, whatever the names are', () => {
    fc.assert(fc.property(anyResource, anyOperation, anyName, anyName, (resource, operation, generation, name) => {
      const made = exportTaskIdentifier(resource, operation, generation, name);

      expect(made).toMatch(VALID);
      expect(made.length).toBeLessThanOrEqual(MAX_EXPORT_TASK_IDENTIFIER_LENGTH);
      expect(isExportTaskIdentifier(made)).toBe(true);
      expect(made.startsWith(`${resource.owner}-`)).toBe(true);
    }));
  });

  test('tells who started it and for what, and nobody else: export tasks have no tags', () => {
    fc.assert(fc.property(anyResource, anyOperation, anyName, anyName, (resource, operation, generation, name) => {
      const made = exportTaskIdentifier(resource, operation, generation, name);

      expect(startedBy(made, resource)).toBe(true);
      expect(startedFor(made, resource, operation)).toBe(true);
    }));
  });

  test('is the same in every retry of a request', () => {
    expect(identifier()).toBe(identifier());
  });

  test('is readable to its end, and uses all the room there is', () => {
    expect(identifier({ name: 'Orders' })).toMatch(/^cab-[0-9a-f]{8}(-[0-9a-f]{8}){3}-orders$/);
    expect(identifier({ name: 'o'.repeat(100) })).toHaveLength(60);
    expect(identifier({ name: '注文' })).toMatch(/^cab-[0-9a-f]{8}(-[0-9a-f]{8}){3}$/);
  });

  test('never ends in a hyphen, wherever the name is cut', () => {
    for (let length = 1; length < 30; length++) {
      expect(identifier({ name: `${'o'.repeat(length)}-rders` })).toMatch(VALID);
    }
  });

  test('does not repeat the prefix of a source that the library made itself', () => {
    const snapshot = operationIdentifier(OWNER, ['x'], 'orders');

    expect(identifier({ name: snapshot })).toBe(identifier({ name: 'orders' }));
    expect(identifier({ name: identifier() })).toBe(identifier({ name: 'orders' }));
  });
});

describe('two export tasks have different identifiers', () => {
  test.each<[string, Parameters<typeof identifier>[0]]>([
    ['request: RDS never takes an identifier twice', { generation: 'request-update' }],
    ['operation', { operation: 'fedcba9876543210' }],
    ['resource', { resource: { ...RESOURCE, logicalId: 'Other' } }],
    ['stack', { resource: { ...RESOURCE, stackId: `${STACK_ID}-later` } }],
    ['owner', { resource: { ...RESOURCE, owner: 'cab-00000000' } }],
  ])('for another %s', (_, facts) => {
    expect(identifier(facts)).not.toBe(identifier());
  });
});

describe('an export task was not started by the resource', () => {
  const [owner, ...rest] = identifier().split(/(?<=^cab-[0-9a-f]{8})-/);

  test.each<[string, string]>([
    ['but by another of the stack', identifier({ resource: { ...RESOURCE, logicalId: 'Other' } })],
    ['but by the same one in an earlier life of the stack', identifier({ resource: { ...RESOURCE, stackId: `${STACK_ID}-earlier` } })],
    ['but by another stack', identifier({ resource: { ...RESOURCE, owner: 'cab-00000000' } })],
    ['but by hand', 'orders-2026-11-22'],
    ['but by hand, with our prefix', `${OWNER}-orders`],
    ['but by hand, with what a snapshot of ours is called', operationIdentifier(OWNER, ['x'], 'orders')],
    ['but by hand, with something before our prefix', `x-${identifier({ name: '' })}`],
    ['but by hand, with a longer owner', `${owner}0-${rest.join('-')}`],
    ['when there is none', ''],
  ])('%s', (_, task) => {
    expect(startedBy(task, RESOURCE)).toBe(false);
    expect(startedFor(task, RESOURCE, OPERATION)).toBe(false);
  });

  test('for what another request of it wanted', () => {
    expect(startedBy(identifier(), RESOURCE)).toBe(true);
    expect(startedFor(identifier(), RESOURCE, 'fedcba9876543210')).toBe(false);
  });
});

test.each([
  'request-create', 'Orders-ToLake-1ABCDEF2GHIJ3', 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:x', 'cab-0123456-01234567-01234567-01234567', '',
])('%s is no identifier of an export task of the library', (text) => {
  expect(isExportTaskIdentifier(text)).toBe(false);
});

describe('two export tasks are of one resource', () => {
  test('whatever they were started for', () => {
    expect(sameResource(identifier(), identifier({ operation: 'fedcba9876543210', generation: 'x', name: 'billing' }))).toBe(true);
  });

  test.each<[string, string]>([
    ['not with one of another resource', identifier({ resource: { ...RESOURCE, logicalId: 'Other' } })],
    ['not with one of another stack', identifier({ resource: { ...RESOURCE, owner: 'cab-00000000' } })],
    ['not with one by hand', 'by-hand'],
  ])('%s', (_, other) => {
    expect([sameResource(identifier(), other), sameResource(other, identifier())]).toEqual([false, false]);
  });

  test('not two by hand', () => {
    expect(sameResource('by-hand', 'by-hand')).toBe(false);
  });
});
