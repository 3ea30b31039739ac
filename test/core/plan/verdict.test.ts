import { PartVerdict, Verdict, clusterVerdict, reasonOf, runVerdict, worst } from '../../../src/core/plan/verdict';

const { SUCCEEDED, SUCCEEDED_WITH_WARNINGS, FAILED, SKIPPED, SUPERSEDED } = Verdict;
const part = (verdict: Verdict, reason?: string, name?: string): PartVerdict => ({ part: 'copy', verdict, reason, name });

describe('several verdicts come to the worst of them', () => {
  const fromGoodToBad = [SUCCEEDED, SKIPPED, SUCCEEDED_WITH_WARNINGS, SUPERSEDED, FAILED];

  test.each(fromGoodToBad.flatMap((better, index) => fromGoodToBad.slice(index).map((worse) => [better, worse])))('%s and %s to the latter, in whatever order', (better, worse) => {
    expect(worst([better, worse])).toBe(worse);
    expect(worst([worse, better])).toBe(worse);
  });

  test('and none to a success', () => {
    expect(worst([])).toBe(SUCCEEDED);
  });

  test('also those of the parts of a cluster', () => {
    expect(clusterVerdict([part(SUCCEEDED), part(FAILED), part(SUPERSEDED)])).toBe(FAILED);
  });
});

describe('the reason', () => {
  test('is that of the worst part, which it names', () => {
    expect(reasonOf([part(SUCCEEDED_WITH_WARNINGS, 'in use', 'a'), part(FAILED, 'no key', 'b'), part(FAILED, 'gone', 'c')])).toBe('copy b: no key');
    expect(reasonOf([{ part: 'snapshot', verdict: FAILED, reason: 'no key' }])).toBe('snapshot: no key');
  });

  test('is another one where the worst has none', () => {
    expect(reasonOf([part(SUCCEEDED_WITH_WARNINGS, 'in use', 'a'), part(FAILED, undefined, 'b')])).toBe('copy a: in use');
  });

  test('is none where nothing is to be said', () => {
    expect(reasonOf([part(SUCCEEDED), part(SUCCEEDED)])).toBeUndefined();
  });
});

describe('the clusters of a run come to', () => {
  test.each<[Verdict, Partial<Record<Verdict, number>>]>([
    [SUCCEEDED, { SUCCEEDED: 3 }],
    [FAILED, { SUCCEEDED: 300, FAILED: 1 }],
    [FAILED, {}],
    [SKIPPED, { SKIPPED: 2 }],
    [SUPERSEDED, { SUPERSEDED: 2 }],
    [SUCCEEDED_WITH_WARNINGS, { SUCCEEDED: 3, SKIPPED: 1 }],
    [SUCCEEDED_WITH_WARNINGS, { SUCCEEDED: 3, SUPERSEDED: 1 }],
    [SUCCEEDED_WITH_WARNINGS, { SUCCEEDED_WITH_WARNINGS: 1 }],
    [SUCCEEDED_WITH_WARNINGS, { SKIPPED: 1, SUPERSEDED: 1 }],
  ])('%s: %j', (verdict, counts) => {
    expect(runVerdict(counts)).toBe(verdict);
  });
});
