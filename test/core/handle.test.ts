import { HANDLE_VERSION, readHandle } from '../../src/core/handle';
import { aHandle } from '../support/handles';

test('a handle of this version is read as it is', () => {
  expect(HANDLE_VERSION).toBe(1);
  expect(readHandle(aHandle())).toEqual(aHandle());
});

test.each([0, 2, 99, undefined])('one of version %s is not guessed at: nothing is started or concluded from it', (version) => {
  expect(() => readHandle({ ...aHandle(), version: version as number })).toThrow(/handle version (\d+|undefined) is not known to this runtime \(it knows 1\).*another release.*deploy that one again/);
});
