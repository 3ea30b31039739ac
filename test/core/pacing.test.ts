import * as fc from 'fast-check';
import { SHORTEST_WAIT_SECONDS, WATCH_LIMIT_SECONDS, secondsToNextLook } from '../../src/core/pacing';

const anyTime = fc.double({ min: 0, max: 30 * 24 * 3600, noNaN: true });

test('the next look is never sooner than after 15 seconds nor later than after 10 minutes', () => {
  fc.assert(fc.property(anyTime, (elapsed) => {
    expect(secondsToNextLook(elapsed)).toBeGreaterThanOrEqual(15);
    expect(secondsToNextLook(elapsed)).toBeLessThanOrEqual(600);
  }));
});

test('Step Functions waits whole seconds', () => {
  fc.assert(fc.property(anyTime, (elapsed) => {
    expect(secondsToNextLook(elapsed)).toBe(Math.floor(secondsToNextLook(elapsed)));
  }));
});

test('what takes longer is looked at less often', () => {
  fc.assert(fc.property(anyTime, anyTime, (one, other) => {
    expect(secondsToNextLook(Math.min(one, other))).toBeLessThanOrEqual(secondsToNextLook(Math.max(one, other)));
  }));
});

test.each([[0, 15], [300, 15], [3600, 180], [12_000, 600], [WATCH_LIMIT_SECONDS, 600]])('after %d seconds it waits %d', (elapsed, wait) => {
  expect(secondsToNextLook(elapsed)).toBe(wait);
});

test('what ends is noticed after a twentieth of the time it took, or 15 seconds, or 10 minutes', () => {
  fc.assert(fc.property(anyTime, (elapsed) => {
    expect(secondsToNextLook(elapsed)).toBeLessThanOrEqual(Math.max(15, elapsed / 20 + 1));
  }));
});

test('seven days of looks that each start something, and two hours until the stack is at rest, fit into the history of an execution', () => {
  const EVENTS_A_ROUND_WITH_A_START = 16;
  const SETTLING = (2 * 3600 / SHORTEST_WAIT_SECONDS) * 9;
  const MOST_EVENTS = 25_000;
  const RETRIES_OF_ILL_FUNCTIONS = 200 * 5;
  let rounds = 0;
  for (let elapsed = 0; elapsed < WATCH_LIMIT_SECONDS; elapsed += secondsToNextLook(elapsed)) {
    rounds += 1;
  }

  expect(rounds).toBeGreaterThan(1000); // or the week was not watched
  expect(rounds * EVENTS_A_ROUND_WITH_A_START + SETTLING + RETRIES_OF_ILL_FUNCTIONS).toBeLessThan(MOST_EVENTS);
});
