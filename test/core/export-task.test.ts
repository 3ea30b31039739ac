import { hasEnded, hasEndedBadly } from '../../src/core/export-task';
import { anExportTask } from '../support/export-tasks';

test.each<[status: string, ended: boolean, badly: boolean]>([
  ['STARTING', false, false],
  ['IN_PROGRESS', false, false],
  ['COMPLETE', true, false],
  ['FAILED', true, true],
  ['CANCELING', false, true],
  ['CANCELED', true, true],
  // What is not known still works, so that it is stopped when its resource goes and counted among those in progress.
  ['A_STATE_OF_TOMORROW', false, false],
])('%s: ended %s, badly %s', (status, ended, badly) => {
  expect(hasEnded(anExportTask({ status }))).toBe(ended);
  expect(hasEndedBadly(anExportTask({ status }))).toBe(badly);
});
