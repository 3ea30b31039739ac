import { Verdict } from '../../../../src/core/plan/verdict';
import { DeliveryMemory, NOTHING_PRUNED } from '../../../../src/runtime/doors/plan/steps';
import { throttled } from '../../../support/errors';
import { NOON, OTHER_REGION, minutes } from '../../../support/events';
import { anExportTask, warningMessage } from '../../../support/export-tasks';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { PlanDoor } from '../../../support/plan-door';
import { deliveryEvent, snapshotOfRun, taskOf } from '../../../support/plan-events';

captureLog();

const COPY = snapshotOfRun({}, {}, OTHER_REGION);
const WORKING: Partial<DeliveryMemory> = { seen: true, beganAt: NOON };
const copying = (memory = WORKING) => deliveryEvent({ kind: 'copy', name: OTHER_REGION }, memory);
const exporting = (memory = WORKING) => deliveryEvent({ kind: 'export', name: 'Lake' }, memory);
const TASK = taskOf(exporting());

function lookAtCopy(status: string | undefined, after: number, memory = WORKING) {
  const door = new PlanDoor(new FakeRds(status === undefined ? [] : [{ ...COPY, status }]));
  door.now = NOON + minutes(after);
  return door.look(copying(memory));
}

function lookAtExport(facts: Parameters<typeof anExportTask>[0], after = 30) {
  const door = new PlanDoor();
  door.rds.exportTasks = [anExportTask({ identifier: TASK, ...facts })];
  door.now = NOON + minutes(after);
  return door.look(exporting());
}

describe('a copy', () => {
  test('that goes on is looked at again, more rarely the longer it takes', async () => {
    expect(await lookAtCopy('copying', 1)).toMatchObject({ call: 'look', waitSeconds: 60 });
    expect(await lookAtCopy('copying', 200)).toMatchObject({ call: 'look', waitSeconds: 600 });
  });

  test('that is complete leads to the pruning of its Region', async () => {
    expect(await lookAtCopy('available', 60)).toEqual({
      call: 'prune',
      waitSeconds: 0,
      memory: expect.objectContaining({ todo: 'prune', tries: 0, outcome: { part: 'copy', name: OTHER_REGION, target: COPY.arn, verdict: Verdict.SUCCEEDED } }),
    });
  });

  test('that failed is the end, and its Region is left alone', async () => {
    expect(await lookAtCopy('failed', 60)).toEqual({
      call: 'end',
      outcome: {
        part: 'copy', name: OTHER_REGION, target: COPY.arn, verdict: Verdict.FAILED, reason: expect.stringMatching(/ended in status 'failed'.*The next run makes another\.$/), pruned: NOTHING_PRUNED,
      },
    });
  });

  test('that somebody deleted is not made again', async () => {
    expect(await lookAtCopy(undefined, 60)).toMatchObject({ call: 'look', memory: { unseenSince: NOON + minutes(60) } });
    expect(await lookAtCopy(undefined, 66, { ...WORKING, unseenSince: NOON + minutes(60) })).toMatchObject({
      call: 'end', outcome: { verdict: Verdict.FAILED, reason: expect.stringMatching(/somebody deleted it/) },
    });
  });

  test('that was hidden and is seen again counts as seen anew', async () => {
    const answer = await lookAtCopy('copying', 62, { ...WORKING, unseenSince: NOON + minutes(60) });

    expect(answer).toMatchObject({ call: 'look', memory: { seen: true } });
    expect(answer).not.toHaveProperty('memory.unseenSince');
  });

  test('that never was to be seen is begun', async () => {
    expect(await lookAtCopy(undefined, 1, { beganAt: NOON })).toMatchObject({ call: 'start', waitSeconds: 0 });
  });

  test('that a look could not be had of goes on', async () => {
    const door = new PlanDoor(new FakeRds().breaks('findSnapshot', throttled()));

    expect(await door.look(copying())).toMatchObject({ call: 'look', memory: WORKING });
  });

  test('is given up after seven days', async () => {
    expect(await lookAtCopy('copying', 7 * 1440)).toMatchObject({ call: 'end', outcome: { verdict: Verdict.FAILED, reason: expect.stringMatching(/^not finished after 7 days/) } });
  });
});

describe('an export', () => {
  test('that goes on is looked at again', async () => {
    expect(await lookAtExport({ status: 'IN_PROGRESS' })).toMatchObject({ call: 'look', waitSeconds: 225 });
  });

  test('that is complete is the end', async () => {
    expect(await lookAtExport({ status: 'COMPLETE' })).toEqual({
      call: 'end', outcome: { part: 'export', name: 'Lake', target: TASK, verdict: Verdict.SUCCEEDED, pruned: NOTHING_PRUNED },
    });
  });

  test('that left something out is complete with warnings, which are named', async () => {
    expect(await lookAtExport({ status: 'COMPLETE', warningMessage: warningMessage('orders.blobs', 'orders.big') })).toMatchObject({
      call: 'end', outcome: { verdict: Verdict.SUCCEEDED_WITH_WARNINGS, reason: expect.stringMatching(/^complete, with 2 warnings: .*orders\.blobs.*; .*orders\.big/) },
    });
  });

  test('that failed is told with the cause, and when there will be another', async () => {
    expect(await lookAtExport({ status: 'FAILED', failureCause: 'KMS key check failed' })).toMatchObject({
      call: 'end', outcome: { verdict: Verdict.FAILED, reason: expect.stringMatching(/KMS key check failed.*The next run in which the export is due starts another\.$/) },
    });
  });
});
