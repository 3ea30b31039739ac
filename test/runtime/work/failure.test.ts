import { wordsOfFailure } from '../../../src/runtime/work/failure';

test.each([
  ['of a function, its message without the stack trace', { error: 'TypeError', cause: '{"errorType":"TypeError","errorMessage":"no key","trace":["at x"]}' }, 'no key'],
  ['the cause, in plain words', { error: 'ByHand', cause: 'maintenance' }, 'maintenance'],
  ['the cause, if it is another JSON', { error: 'ByHand', cause: '{"why":"maintenance"}' }, '{"why":"maintenance"}'],
  ['the cause, if it is a number or nothing', { cause: 'null' }, 'null'],
  ['the error, where there is no cause', { error: 'States.Timeout' }, 'States.Timeout'],
  ['nothing, where there is neither', {}, undefined],
])('people are told of a failure: %s', (_, failure, words) => {
  expect(wordsOfFailure(failure)).toBe(words);
});
