import { pauseSeconds } from '../../../src/runtime/work/work-loop';

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
