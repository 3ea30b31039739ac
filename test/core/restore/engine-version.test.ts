import { isLowerVersion, isOtherVersion } from '../../../src/core/restore/engine-version';

test.each([
  ['15.8', '16.4'],
  ['16.4', '16.6'],
  ['16.6', '16.10'],
  ['5.7.mysql_aurora.2.11.2', '8.0.mysql_aurora.3.04.0'],
  ['8.0.mysql_aurora.3.04.0', '8.0.mysql_aurora.3.08.0'],
])('%s is lower than %s, and not the other way round', (lower, higher) => {
  expect([isLowerVersion(lower, higher), isLowerVersion(higher, lower)]).toEqual([true, false]);
  expect([isOtherVersion(lower, higher), isOtherVersion(higher, lower)]).toEqual([true, true]);
});

test.each([
  ['16.4', '16.4'],
  ['16', '16.4'],
  ['8.0.mysql_aurora.3', '8.0.mysql_aurora.3.08.0'],
  ['16.4-limitless', '16.4'],
  ['', '16.4'],
])('neither of %s and %s is lower', (one, other) => {
  expect([isLowerVersion(one, other), isLowerVersion(other, one)]).toEqual([false, false]);
  expect([isOtherVersion(one, other), isOtherVersion(other, one)]).toEqual([false, false]);
});
