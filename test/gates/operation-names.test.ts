import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { OperationRequest } from '../../src/core/requests';

const ROOT = join(__dirname, '..', '..');
const GUIDES = join(ROOT, 'docs', 'guides');

/** Complete, or it would not compile. */
const KINDS: Readonly<Record<OperationRequest['kind'], true>> = { take: true, copy: true, export: true, share: true };
const OUTCOMES = Object.keys(KINDS).sort();
/** Removals are counted, too; they have no outcome event. */
const COUNTED = [...OUTCOMES, 'delete'].sort();

/** Lists of operations in a text: quoted words with commas, "or" or "and … " between them, one of which is `take`. */
function listsOfOperations(text: string): string[][] {
  return [...text.matchAll(/(['`])\w+\1(?:(?:, and |, | or | and )(['`])\w+\2)+/g)]
    .map(([list]) => [...list.matchAll(/['`](\w+)['`]/g)].map(([, name]) => name).sort())
    .filter((names) => names.includes('take'));
}

const DOCUMENTS = ['README.md', ...readdirSync(GUIDES).map((guide) => join('docs', 'guides', guide))];
const LISTS = DOCUMENTS.flatMap((place) => listsOfOperations(readFileSync(join(ROOT, place), 'utf8')).map((names) => ({ place, names })));

test('the guides list the operations: for alarms, for the event and for the metric', () => {
  expect(LISTS.length).toBeGreaterThanOrEqual(3);
});

test.each(LISTS)('an alarm made from the list in $place ($names) misses no operation', ({ names }) => {
  expect(names).toEqual(names.includes('delete') ? COUNTED : OUTCOMES);
});
