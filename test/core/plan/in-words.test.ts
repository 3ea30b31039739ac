import { inWords } from '../../../src/core/plan/in-words';

test.each([
  [86_400, '1 day'],
  [1_209_600, '14 days'],
  [3600, '1 hour'],
  [129_600, '36 hours'],
  [5400, '90 minutes'],
  [60, '1 minute'],
  [3601, '3601 seconds'],
  [1, '1 second'],
])('%i seconds are %s', (seconds, words) => {
  expect(inWords(seconds)).toBe(words);
});
