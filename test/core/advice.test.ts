import { Audience, toldTo } from '../../src/core/advice';
import { Advice, Failed, failed, pending, succeeded } from '../../src/core/progress';

/** A fact as operations put it: that of an export ends with a remedy of its own, as a sentence. */
const factOf = (advice: Advice): Failed => ({ ...failed(advice === Advice.EXPORT_CORRECTED ? 'it failed. Check both.' : 'it failed', advice), lacks: ['a=b', 'c=d'] });
const words = (audience: Audience, advice: Advice) => toldTo(audience, factOf(advice)).message;

const READERS: Audience[] = ['deploy', 'run', 'vault', 'release'];
const EVERYTHING = READERS.flatMap((audience) => Object.values(Advice).map((advice): [Audience, Advice] => [audience, advice]));

/** What a vault or a release can never be told: they neither take snapshots nor export, and tags and keys of copies are the vault's own. */
const NOT_OF_VAULTS = [Advice.CHECK_CLUSTER, Advice.START_CLUSTER, Advice.FEWER_TAGS, Advice.SET_KEY, Advice.EXPORT_ANOTHER, Advice.EXPORT_CORRECTED];

describe('what to do about a failure', () => {
  test.each(EVERYTHING)('is said to a reader of a %s in whole sentences: %s', (audience, advice) => {
    const told = words(audience, advice);

    expect(told).toMatch(/^it failed/);
    expect(told).not.toMatch(/,;|;;|\.\.|\s{2}|,\s*,|;\s*\.|\. ;|undefined/);
    expect(told).not.toMatch(/\. [a-z]/);
  });

  test.each(EVERYTHING.filter(([audience]) => audience !== 'deploy'))('never names to a reader of a %s what only a deploy has: %s', (audience, advice) => {
    expect(words(audience, advice)).not.toMatch(/deploy|keepLast|trigger|copyTags|the identifier given/i);
  });

  test.each(EVERYTHING.filter(([audience, advice]) => audience !== 'run' || advice !== Advice.SET_KEY)
    .filter(([audience, advice]) => !['vault', 'release'].includes(audience) || !NOT_OF_VAULTS.includes(advice)))('is said to a reader of a %s at all: %s', (audience, advice) => {
    expect(words(audience, advice).length).toBeGreaterThan(factOf(advice).message.length);
  });
});

test.each<[Audience, Advice, string]>([
  ['deploy', Advice.CORRECT, 'it failed. Correct what AWS names and deploy again.'],
  ['run', Advice.CORRECT, 'it failed. Correct what AWS names; the next run tries again.'],
  ['vault', Advice.CORRECT, 'it failed. Correct what AWS names; the vault tries again within the hour.'],
  ['release', Advice.CORRECT, 'it failed. Correct what AWS names and start the release again.'],
  ['run', Advice.MAKE_ROOM, 'it failed. Delete snapshots that are no longer needed, let retention keep fewer, or ask for a higher quota (Service Quotas, L-9B510759); the next run tries again.'],
  ['run', Advice.FEWER_TAGS, 'it failed; declare fewer in snapshotTags, or remove some that somebody else has put on it'],
  ['run', Advice.EXPORT_CORRECTED, 'it failed. Check both. The next run in which the export is due starts another.'],
  ['vault', Advice.CHECK_SOURCE, 'it failed; it is looked for again when it is announced, and every hour'],
])('to a reader of a %s, %s comes to: %s', (audience, advice, expected) => {
  expect(words(audience, advice)).toBe(expected);
});

describe('a snapshot of ours that has lost its tags', () => {
  test.each<Audience>(['run', 'vault'])('is not to be deleted, says a %s, and names the tags to put back', (audience) => {
    const told = words(audience, Advice.NAME_TAKEN);

    expect(told).toMatch(/do not delete it, put them back.*a=b, c=d/);
    expect(told).not.toMatch(/\bDelete it|another name|so that it is out of the way/);
  });
});

test('the rest of a failure stays as it was', () => {
  expect(toldTo('run', { ...failed('x', Advice.ALLOW), refused: true, quotaReached: true })).toMatchObject({ refused: true, quotaReached: true });
});

test('what was told to one reader is not told anew to another', () => {
  const told = toldTo('run', factOf(Advice.MAKE_ANOTHER));

  expect(toldTo('deploy', told).message).toBe('it failed. The next run makes another.');
});

test.each([failed('x'), pending('x'), succeeded()])('nothing is added where there is no advice: %j', (progress) => {
  expect(toldTo('deploy', progress)).toEqual(progress);
});
