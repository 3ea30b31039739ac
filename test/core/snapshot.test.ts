import { isAurora, isCompleted, isInProgress } from '../../src/core/snapshot';
import { aSnapshot } from '../support/snapshots';

test.each([
  ['available', { completed: true, inProgress: false }],
  ['creating', { completed: false, inProgress: true }],
  ['copying', { completed: false, inProgress: true }],
  ['failed', { completed: false, inProgress: false }],
  ['deleting', { completed: false, inProgress: false }],
  ['incompatible-restore', { completed: false, inProgress: false }],
  ['unknown', { completed: false, inProgress: false }],
])('a snapshot that is %s: %j', (status, { completed, inProgress }) => {
  expect(isCompleted(aSnapshot({ status }))).toBe(completed);
  expect(isInProgress(aSnapshot({ status }))).toBe(inProgress);
});

test.each([
  ['aurora-mysql', true],
  ['aurora-postgresql', true],
  // The same API lists these too.
  ['docdb', false],
  ['neptune', false],
  ['mysql', false],
  ['postgres', false],
  ['aurora', false],
  ['', false],
])('the engine %s is Aurora: %s', (engine, expected) => {
  expect(isAurora(engine)).toBe(expected);
});
