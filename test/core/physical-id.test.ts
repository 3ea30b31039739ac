import * as fc from 'fast-check';
import { exportTasksIn, physicalIdOf, targetOf } from '../../src/core/physical-id';
import { copyRequest, exportRequest, takeRequest } from '../support/assignments';
import { taskIdentifier } from '../support/export-tasks';
import { ourSnapshot } from '../support/snapshots';

const anExport = exportRequest();
const ARN = ourSnapshot('orders').arn;
const [first, second, third] = ['first', 'second', 'third'].map((generation) => taskIdentifier('0123456789abcdef', generation));

/** The id that CloudFormation has by itself when a resource never told it one, and other ids that are none of ours. */
const FOREIGN = ['Orders-ToLake-1ABCDEF2GHIJ3', 'request-create', 'by-hand', '', '/', `${first}/`, `/${first}`, `${first}/by-hand`, `by-hand/${first}`];

describe('the id of a resource that makes snapshots', () => {
  test.each([takeRequest(), copyRequest()])('is the ARN of its snapshot, whatever it stood for before ($kind)', (request) => {
    expect(physicalIdOf(request, ARN, ourSnapshot('earlier').arn)).toBe(ARN);
    expect(targetOf(request, ARN)).toBe(ARN);
  });

  test.each([undefined, ...FOREIGN, first])('and %j stands for no snapshot', (id) => {
    expect(targetOf(takeRequest(), id)).toBeUndefined();
  });
});

describe('the id of a resource that exports', () => {
  test('is the identifier of its first task', () => {
    expect(physicalIdOf(anExport, first, undefined)).toBe(first);
  });

  test('names the task before, so that the way back is known also when RDS has forgotten it', () => {
    expect(physicalIdOf(anExport, second, first)).toBe(`${second}/${first}`);
  });

  test('does not grow from update to update', () => {
    expect(physicalIdOf(anExport, third, physicalIdOf(anExport, second, first))).toBe(`${third}/${second}`);
  });

  test.each(FOREIGN)('names no task before it when there was none of ours (%s)', (id) => {
    expect(physicalIdOf(anExport, second, id)).toBe(second);
  });

  test('stands for the first of the two', () => {
    expect(targetOf(anExport, `${second}/${first}`)).toBe(second);
    expect(targetOf(anExport, first)).toBe(first);
    expect(exportTasksIn(`${second}/${first}`)).toEqual([second, first]);
  });

  test.each([undefined, ...FOREIGN, ARN])('and %j stands for no task', (id) => {
    expect(targetOf(anExport, id)).toBeUndefined();
  });
});

test('what an export stands for is read back from its id, and the id fits into what CloudFormation keeps', () => {
  const anyTask = fc.tuple(fc.string(), fc.string()).map(([generation, logicalId]) => taskIdentifier('0123456789abcdef', generation, { owner: 'cab-01234567', stackId: 's', logicalId }));

  fc.assert(fc.property(anyTask, fc.option(anyTask, { nil: undefined }), (task, before) => {
    const id = physicalIdOf(anExport, task, before);

    expect(exportTasksIn(id)).toEqual(before === undefined ? [task] : [task, before]);
    expect(id.length).toBeLessThan(1024);
  }));
});
