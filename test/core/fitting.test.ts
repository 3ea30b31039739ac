import * as fc from 'fast-check';
import { fitTexts, inGroups, joinFitting, jsonBytes } from '../../src/core/fitting';

/** Also such as take more bytes than characters, and such as JSON has to escape. */
const anyTexts = fc.array(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.stringMatching(/^["\\\n\u0001]{0,20}$/)), { maxLength: 30 });
const anyBudget = fc.integer({ min: 2, max: 400 });

/** The longest remark that may be added: "and n more …". */
const ROOM_FOR_THE_REMARK = 70;

describe('as many texts as fit', () => {
  test('never take more bytes of JSON than there is room for, and are the first ones', () => {
    fc.assert(fc.property(anyTexts, anyBudget, (all, budget) => {
      const { texts, leftOut } = fitTexts(all, budget);

      expect(jsonBytes(texts)).toBeLessThanOrEqual(budget);
      expect(texts).toEqual(all.slice(0, texts.length));
      expect(texts.length + leftOut).toBe(all.length);
    }));
  });

  test('leave out none that would have fitted (but for the one byte of a comma that is not needed)', () => {
    fc.assert(fc.property(anyTexts, anyBudget, (all, budget) => {
      const { texts, leftOut } = fitTexts(all, budget);
      fc.pre(leftOut > 0);

      expect(jsonBytes(all.slice(0, texts.length + 1))).toBeGreaterThanOrEqual(budget);
    }));
  });

  test.each([0, 1, -1000])('are none when there is no room (%d)', (budget) => {
    expect(fitTexts(['a'], budget)).toEqual({ texts: [], leftOut: 1 });
  });

  test('are counted as UTF-8 and with what JSON escapes', () => {
    expect(fitTexts(['é', '"'], 11)).toEqual({ texts: ['é'], leftOut: 1 });
    expect(fitTexts(['é', '"'], 12)).toEqual({ texts: ['é', '"'], leftOut: 0 });
  });
});

describe('texts in one', () => {
  test('never take more bytes of JSON than there is room for', () => {
    fc.assert(fc.property(anyTexts, fc.integer({ min: ROOM_FOR_THE_REMARK, max: 1000 }), (all, budget) => {
      expect(jsonBytes(joinFitting(all, budget))).toBeLessThanOrEqual(budget);
    }));
  });

  test('are all there when they fit', () => {
    expect(joinFitting(['skipped table a', 'skipped table b'], 100)).toBe('skipped table a; skipped table b');
    expect(joinFitting([], 100)).toBe('');
  });

  test('say how many are missing, and where to find them', () => {
    const all = Array.from({ length: 5000 }, (_, index) => `skipped table ${index}`);
    const text = joinFitting(all, 2000);
    const [, leftOut] = /and (\d+) more, which the outcome event and the log name$/.exec(text)!;

    expect(text.split('; ')).toHaveLength(5000 - Number(leftOut) + 1);
    expect(text.startsWith('skipped table 0; skipped table 1; ')).toBe(true);
    expect(jsonBytes(text)).toBeGreaterThan(1800);
  });

  test('are cut at a whole text: one that is too long is left out', () => {
    expect(joinFitting(['x'.repeat(200)], 150)).toBe('and 1 more, which the outcome event and the log name');
  });
});

describe('texts in groups', () => {
  test('are all there, in order, and no group is empty', () => {
    fc.assert(fc.property(anyTexts, anyBudget, (all, budget) => {
      const groups = inGroups(all, budget);

      expect(groups.flat()).toEqual(all);
      expect(groups.every((group) => group.length > 0)).toBe(true);
    }));
  });

  test('never take more bytes a group than there is room for, but for a single text that is longer', () => {
    fc.assert(fc.property(anyTexts, anyBudget, (all, budget) => {
      for (const group of inGroups(all, budget)) {
        expect(group.length === 1 || jsonBytes(group) <= budget).toBe(true);
      }
    }));
  });

  test('are as few as possible', () => {
    expect(inGroups(['aa', 'bb', 'cc'], 12)).toEqual([['aa', 'bb'], ['cc']]);
    expect(inGroups(Array.from({ length: 5000 }, (_, index) => `skipped table orders.public.table${index}`), 200_000)).toHaveLength(1);
  });
});
