import { jsonBytes } from '../../src/core/fitting';
import { Handle } from '../../src/core/handle';
import { Report, reportOf } from '../../src/core/outcome';
import { Ended, failed, succeeded } from '../../src/core/progress';
import { reportInput } from '../../src/runtime/steps';
import { exportRequest } from '../support/assignments';
import { ACCOUNT, LOGICAL_ID, NOON, REGION, SOURCE_ARN, STACK_ID, TOPIC_ARN, minutes } from '../support/events';
import { HANDLES, aHandle, handleOf } from '../support/handles';

const COMPLETE = succeeded();
const LATER = NOON + minutes(180);
const report = (handle: Handle = aHandle(), end: Ended = COMPLETE): Report => reportOf(handle, end, LATER);
const tables = (count: number, length = 40) => Array.from({ length: count }, (_, index) => `skipped table orders.public.table${index}`.padEnd(length, 'x'));

describe('the event in which work ends says', () => {
  test('what was done, for whom, where, and when', () => {
    expect(report().detail).toEqual({
      version: '1',
      status: 'SUCCEEDED',
      operation: 'export',
      message: `Export ${HANDLES.export.work.target} is complete.`,
      stackId: STACK_ID,
      logicalId: LOGICAL_ID,
      account: ACCOUNT,
      region: REGION,
      sourceArn: SOURCE_ARN,
      exportTaskIdentifier: HANDLES.export.work.target,
      s3Uri: `s3://lake/${HANDLES.export.work.target}`,
      requestedAt: '2026-11-22T12:00:00.000Z',
      endedAt: '2026-11-22T15:00:00.000Z',
    });
  });

  test('of a snapshot, which cluster and which snapshot', () => {
    expect(report(HANDLES.take).detail).toMatchObject({ operation: 'take', clusterIdentifier: 'orders', snapshotArn: HANDLES.take.work.target });
  });

  test('of a copy, from what and which snapshot', () => {
    expect(report(HANDLES.copy).detail).toMatchObject({ operation: 'copy', sourceArn: SOURCE_ARN, snapshotArn: HANDLES.copy.work.target });
  });

  test('of a share, of what, and which snapshot it is that others copy', () => {
    expect(report(HANDLES.share).detail).toMatchObject({ operation: 'share', sourceArn: SOURCE_ARN, snapshotArn: HANDLES.share.work.target });
  });

  test('the results of an export', () => {
    expect(report(aHandle(), succeeded({ SnapshotTime: 'then' })).detail.result).toEqual({ SnapshotTime: 'then' });
    expect(report(aHandle(), succeeded()).detail).not.toHaveProperty('result');
  });

  test('where in the bucket, also below a prefix', () => {
    expect(report(aHandle({ Prefix: 'aurora' })).detail.s3Uri).toBe(`s3://lake/aurora/${aHandle({ Prefix: 'aurora' }).work.target}`);
  });

  test('why it failed, in the words of the failure', () => {
    expect(report(aHandle(), failed('no key')).detail).toMatchObject({ status: 'FAILED', message: 'no key' });
  });

  test('what it is about, so that rules can match it by its resource', () => {
    const resourcesOf = ({ take, copy, export: anExport }: typeof HANDLES) => [take, copy, anExport].map((handle) => report(handle).resources);

    expect(resourcesOf(HANDLES)).toEqual([[HANDLES.take.work.target], [HANDLES.copy.work.target], [SOURCE_ARN]]);
  });
});

describe('warnings', () => {
  test('are in the event, and counted in the message', () => {
    expect(report(aHandle(), succeeded({}, ['skipped table a', 'skipped table b'])).detail).toMatchObject({
      status: 'SUCCEEDED',
      message: expect.stringMatching(/ is complete, with 2 warnings: not everything was exported\.$/),
      warnings: ['skipped table a', 'skipped table b'],
    });
    expect(report(aHandle(), succeeded({}, ['skipped table a'])).detail.message).toContain('with 1 warning:');
  });

  test('of which there are none are not there at all', () => {
    expect(Object.keys(report().detail)).not.toEqual(expect.arrayContaining([expect.stringContaining('warnings')]));
  });

  test('are all there, up to 5,000 of usual length', () => {
    expect(report(aHandle(), succeeded({}, tables(5000))).detail).toMatchObject({ warnings: tables(5000) });
    expect(report(aHandle(), succeeded({}, tables(5000))).detail.warningsLeftOut).toBeUndefined();
  });

  test('that do not fit are counted', () => {
    const { warnings, warningsLeftOut } = report(aHandle(), succeeded({}, tables(5000, 100))).detail;

    expect(warningsLeftOut).toBeGreaterThan(0);
    expect(warnings!.length + warningsLeftOut!).toBe(5000);
    expect(warnings).toEqual(tables(5000, 100).slice(0, warnings!.length));
  });

  test('of which there are twenty are told to a person without a rest', () => {
    expect(report(aHandle(), succeeded({}, tables(20))).text).not.toContain('more');
  });

  test('are told to a person up to the twentieth', () => {
    const { text } = report(aHandle(), succeeded({}, tables(25)));

    expect(text.split('\n').filter((line) => line.startsWith('- '))).toEqual([...tables(20).map((warning) => `- ${warning}`), '- and 5 more']);
  });
});

describe('the message to a person', () => {
  test('has the outcome and the resource in its subject', () => {
    expect([report(HANDLES.take), report(HANDLES.copy), report(aHandle(), failed('no key'))].map(({ subject }) => subject)).toEqual([
      'Snapshot complete: BeforeMigration', 'Snapshot copy complete: BeforeMigration', 'Export FAILED: BeforeMigration',
    ]);
  });

  test('begins with what happened, and then says everything that the event says', () => {
    const { text, detail } = report(aHandle(), failed('the key cannot be used'));
    const [first, ...lines] = text.split('\n');

    expect(first).toBe('the key cannot be used');
    expect(lines).toContain(`exportTaskIdentifier: ${detail.exportTaskIdentifier}`);
    expect(lines).toContain(`s3Uri: ${detail.s3Uri}`);
  });

  test('has a subject of less than 100 characters, as SNS takes, of a resource with the longest name', () => {
    const handle = aHandle();

    expect(report({ ...handle, resource: { ...handle.resource, logicalId: 'L'.repeat(255) } }).subject).toHaveLength(99);
  });

  test('goes to the topic that was given, and to none otherwise', () => {
    expect(report(aHandle({ NotificationTopicArn: TOPIC_ARN })).topicArn).toBe(TOPIC_ARN);
    expect(report()).not.toHaveProperty('topicArn');
  });
});

describe('what Step Functions carries along', () => {
  const MOST_BYTES = 262_144;
  const MOST_EXPORT_ONLY_BYTES = 200_000;
  /** As long as RDS takes it. */
  const longFilter = Array.from({ length: MOST_EXPORT_ONLY_BYTES / 40 }, (_, index) => `orders.public.table${index}`.padEnd(40, '_'));

  test.each<[string, readonly string[], Ended]>([
    ['5,000 warnings', [], succeeded({}, tables(5000))],
    ['5,000 long warnings', [], succeeded({}, tables(5000, 400))],
    ['5,000 warnings of letters that take more bytes', [], succeeded({}, tables(5000).map((warning) => `${warning} "Größe" 注文`))],
    ['a filter of 200 KB', longFilter, COMPLETE],
    ['a filter of 200 KB and 5,000 warnings', longFilter, succeeded({ Warnings: 'w'.repeat(2000) }, tables(5000))],
    ['a filter of 200 KB and a failure with very many words', longFilter, failed('no key; '.repeat(10_000))],
  ])('fits, with %s', (_, exportOnly, end) => {
    const handle = handleOf({ ...exportRequest({ NotificationTopicArn: TOPIC_ARN }), exportOnly });

    expect(jsonBytes(handle)).toBeGreaterThan(jsonBytes(exportOnly)); // or nothing was shown
    expect(jsonBytes(reportInput(handle, end, LATER))).toBeLessThan(MOST_BYTES);
  });
});
