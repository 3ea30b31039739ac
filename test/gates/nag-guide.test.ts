import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nagTables } from './support/nag-tables';

test('the guide shows what cdk-nag finds, with the reasons that are checked against the examples', () => {
  const guide = readFileSync(join(__dirname, '..', '..', 'docs', 'guides', 'locked-down-accounts.md'), 'utf8');

  expect(/<!-- cdk-nag findings -->\n(.*?)\n<!-- end -->/s.exec(guide)?.[1]).toBe(nagTables());
});
