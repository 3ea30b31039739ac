import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nightsToCome, weeks } from './support/worked-calendar';

const GUIDE = readFileSync(join(__dirname, '..', '..', 'docs', 'guides', 'retention.md'), 'utf8');

/** What stands between two comments of the guide. */
function partOfGuide(name: string): string {
  return new RegExp(`<!-- ${name} -->\n(.*?)\n<!-- end -->`, 's').exec(GUIDE)?.[1] ?? `(the guide has no part '${name}')`;
}

test('the worked calendar of the guide is what a plan keeps', () => {
  expect(partOfGuide('worked calendar: what is left')).toBe(weeks());
});

test('what the guide says of the nights that follow is what a plan deletes', () => {
  expect(partOfGuide('worked calendar: nights to come')).toBe(nightsToCome());
});
