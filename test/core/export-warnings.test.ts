import * as fc from 'fast-check';
import { warningsOf } from '../../src/core/export-warnings';

const warnings = (message: unknown) => warningsOf(JSON.stringify(message));

describe('an export that left nothing out has no warnings', () => {
  test.each<[string, string | undefined]>([
    ['no message', undefined], ['an empty one', ''], ['empty lists', '{"skippedTables":[],"skippedObjectives":[],"general":[]}'], ['no list at all', '{}'],
    ['a list that is null', '{"skippedTables":null}'],
  ])('%s', (_, message) => {
    expect(warningsOf(message)).toEqual([]);
  });
});

describe('each thing that was left out is one sentence', () => {
  test('in the form that the user guide shows', () => {
    expect(warningsOf('{"skippedTables":[],"skippedObjectives":[],"general":[{"reason":"FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE"}]}')).toEqual([
      'in general FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE',
    ]);
  });

  // RDS documents the lists, not their entries.
  test.each<[string, unknown, string]>([
    ['a name alone', 'orders.public.a/b', 'skipped table orders.public.a/b'],
    ['a target and a reason', { target: 'orders.public.a', reason: 'PERMISSIONS_DO_NOT_EXIST' }, 'skipped table orders.public.a: PERMISSIONS_DO_NOT_EXIST'],
    ['a table name and a list of reasons', { tableName: 'a', reasons: ['TOO_BIG', 'ODD'] }, 'skipped table a: TOO_BIG, ODD'],
    ['a name and a message', { name: 'a', message: 'odd' }, 'skipped table a: odd'],
    ['a table and a warning', { table: 'a', warning: 'odd' }, 'skipped table a: odd'],
    ['a reason alone', { reason: 'ODD' }, 'skipped table ODD'],
    ['a name alone, in a field', { target: 'a' }, 'skipped table a'],
    ['fields of tomorrow', { relation: 'a', code: 7 }, 'skipped table {"relation":"a","code":7}'],
    ['a number', 7, 'skipped table 7'],
    ['nothing', null, 'skipped table null'],
  ])('%s', (_, entry, sentence) => {
    expect(warnings({ skippedTables: [entry] })).toEqual([sentence]);
  });

  test('of every list, in order', () => {
    expect(warnings({ skippedTables: ['a', 'b'], skippedObjectives: [{ objective: 'c' }], general: ['d'] })).toEqual([
      'skipped table a', 'skipped table b', 'skipped object c', 'in general d',
    ]);
  });

  test('of a list of tomorrow as well', () => {
    expect(warnings({ skippedViews: ['v'] })).toEqual(['skippedViews v']);
  });

  test('of what should be a list and is one thing', () => {
    expect(warnings({ general: 'odd' })).toEqual(['in general odd']);
  });
});

describe('what cannot be read is passed on as it is', () => {
  test.each(['Some tables were skipped.', '["a","b"]', '"a"', '7', 'null', '{"skippedTables":['])('%s', (message) => {
    expect(warningsOf(message)).toEqual([message]);
  });
});

test('5,000 skipped tables are 5,000 sentences', () => {
  const tables = Array.from({ length: 5000 }, (_, index) => `orders.public.table${index}`);

  expect(warnings({ skippedTables: tables })).toEqual(tables.map((table) => `skipped table ${table}`));
});

test('no message makes the look fail, and one that says something is never taken for a complete export', () => {
  fc.assert(fc.property(fc.oneof(fc.string({ minLength: 1 }), fc.json()), (message) => {
    const found = warningsOf(message);

    expect(found.every((warning) => typeof warning === 'string')).toBe(true);
    expect(found.length > 0 || saysNothing(JSON.parse(message))).toBe(true);
  }));
});

function saysNothing(parsed: object): boolean {
  return Object.values(parsed).every((value) => value === null || (Array.isArray(value) && value.length === 0));
}
