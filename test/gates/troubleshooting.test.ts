import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/** All of src as one text, with the sentences in one piece again that were broken to fit a line. */
const SOURCE = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(ROOT, 'src', file), 'utf8').replace(/[`']\s*\+\s*[`']/g, ''))
  .join('\n');

/** CloudFormation's own, and those of RDS that it shows. */
const NOT_OURS = [
  'Circular dependency between resources', 'CloudFormation cannot update a stack when a custom-named resource requires replacing', 'Cannot delete protected Cluster',
];

/** The messages that the guide explains: in the first column, between backquotes, `…` for what differs. */
const MESSAGES = readFileSync(join(ROOT, 'docs', 'guides', 'troubleshooting.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .flatMap((line) => line.split(' | ')[0].match(/`[^`]+`/g) ?? [])
  .map((message) => message.slice(1, -1))
  .filter((message) => !NOT_OURS.includes(message));

/** What a message says in any case: the parts between the values, which are left out, quoted or numbers. */
function fixedParts(message: string): string[] {
  return message.split(/…|\b\d+\b|'[^']*'/).map((part) => part.trim()).filter((part) => part.length > 3);
}

test('the guide explains messages', () => {
  expect(MESSAGES.length).toBeGreaterThan(20);
});

test.each(MESSAGES)('"%s" is what the library says', (message) => {
  expect(fixedParts(message).filter((part) => !SOURCE.includes(part))).toEqual([]);
});
