import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { failed } from '../../../src/core/progress';
import { forRun, pauseSeconds } from '../../../src/runtime/work/work-loop';

const OPERATIONS = join(__dirname, '../../../src/runtime/operations');

/** What operations say, as their source has it: every text literal, those that are put together with + as one. */
function messagesOfOperations(): string[] {
  const LITERAL = /(?:`(?:\\.|[^`\\])*`|'(?:\\.|[^'\\])*')/g;
  const JOINED = new RegExp(`${LITERAL.source}(?:\\s*\\+\\s*${LITERAL.source})*`, 'g');
  return readdirSync(OPERATIONS).flatMap((file) => {
    const source = readFileSync(join(OPERATIONS, file), 'utf8').replace(/^\s*(\/\/|\*|\/\*\*).*$/gm, '');
    return (source.match(JOINED) ?? []).map((joined) => joined.match(LITERAL)!.map((literal) => literal.slice(1, -1).replace(/\\'/g, "'")).join(''));
  });
}

const toldToDeployers = messagesOfOperations().filter((message) => /deploy/i.test(message));
const inARun = (message: string) => forRun(failed(message)).message;

describe('what operations advise to whoever deploys', () => {
  test('is found in their source, in all its forms', () => {
    expect(toldToDeployers.length).toBeGreaterThanOrEqual(8);
    expect(toldToDeployers.some((message) => message.includes('Deploy again to make another.'))).toBe(true);
    expect(toldToDeployers.some((message) => message.includes('let keepLast do so'))).toBe(true);
  });

  // A run waits for no source that is queued itself, for a minute in which a role becomes known nobody is told to do anything, and a run claims no snapshot.
  const ofDeploysOnly = /no deploy waits for it|made by the same deploy|is shared by another resource already/;

  test.each(toldToDeployers.filter((message) => !ofDeploysOnly.test(message)))('a run says without a deploy, in whole sentences: %s', (message) => {
    const told = inARun(message);

    expect(told).not.toMatch(/deploy|keepLast|trigger/i);
    expect(told).toMatch(/the next run/i);
    expect(told).not.toMatch(/,;|;;|\.\.|\s{2}|,\s*,|;\s*\.|\. ;/);
    expect(told).not.toMatch(/\. [a-z]/);
  });

  test.each([
    ['Correct what AWS names and deploy again.', 'Correct what AWS names; the next run tries again.'],
    ['Allow it, whichever AWS names, and deploy again.', 'Allow it, whichever AWS names; the next run tries again.'],
    ['was canceled by somebody else. Deploy again with another trigger to start another.', 'was canceled by somebody else. The next run in which the export is due starts another.'],
    ['Check both. Then deploy again with another trigger to start another export.', 'Check both. The next run in which the export is due starts another.'],
    ['deleted meanwhile. Deploy again to make another.', 'deleted meanwhile. The next run makes another.'],
    ['Delete snapshots, let keepLast do so, or ask', 'Delete snapshots, let retention keep fewer, or ask'],
  ])('%s', (deployed, run) => {
    expect(inARun(deployed)).toBe(run);
  });

  test('leaves the rest of a failure as it was', () => {
    expect(forRun({ ...failed('x'), refused: true, quotaReached: true })).toEqual({ status: 'FAILED', message: 'x', refused: true, quotaReached: true });
  });
});

describe('pauses', () => {
  test('double from the shortest to ten minutes, a quarter more or less', () => {
    [15, 30, 60, 120, 240, 480, 600, 600].forEach((seconds, tries) => {
      const pauses = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((target) => pauseSeconds(0, tries, target));

      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(Math.floor(seconds * 0.75));
      expect(Math.max(...pauses)).toBeLessThanOrEqual(Math.ceil(seconds * 1.25));
      expect(new Set(pauses).size).toBeGreaterThan(2);
    });
  });

  test('are the same for the same try, so that a retried call answers the same', () => {
    expect(pauseSeconds(15, 3, 'a')).toBe(pauseSeconds(15, 3, 'a'));
  });

  test('are whole seconds, which is what a state machine waits', () => {
    expect(Number.isInteger(pauseSeconds(15, 1, 'orders'))).toBe(true);
  });
});
