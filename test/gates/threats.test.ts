import { readFileSync } from 'node:fs';

/** The threats in the guide, in lower case. */
const THREATS = [...readFileSync('docs/guides/vault-threats.md', 'utf8').matchAll(/^## (.*)$/gm)].map(([, heading]) => heading.toLowerCase());

/** What is tried on the local AWS. */
const TRIED = [...readFileSync('test/e2e/vault-threats.test.ts', 'utf8').matchAll(/^(?:test|describe)\('(.*?)', /gm)].map(([, name]) => name);

test('each threat that the guide tells of is tried, and each that is tried is told of', () => {
  expect(THREATS).toEqual(TRIED);
  expect(THREATS.length).toBeGreaterThan(5);
});
