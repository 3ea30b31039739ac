import { NO_KEY, UNKNOWN_CLUSTER } from '../../../src/core/restore/restore-contract';
import { readRecord, recordName, recordOf, recordsOf, restorePointId, writeRecord } from '../../../src/core/restore/restore-point-record';
import { aSnapshot, day } from '../../support/snapshots';

const CRITERIA = { clusterIdentifier: 'orders', snapshotTypes: 'manual' };
const record = (facts: Parameters<typeof aSnapshot>[0] = {}, incarnation?: string) => recordOf(CRITERIA, {
  snapshot: aSnapshot({ engineVersion: '16.4', ...facts }), dataTime: day(3), incarnation,
});

test('a record says all that other resources may ask of the restore point', () => {
  expect(record({ kmsKeyId: 'arn:key' }, 'cluster-1')).toEqual({
    criteria: CRITERIA,
    attributes: {
      SnapshotIdentifier: 'by-hand',
      SnapshotArn: aSnapshot().arn,
      DataTime: '2026-11-03T12:00:00.000Z',
      Engine: 'aurora-postgresql',
      EngineVersion: '16.4',
      KmsKeyId: 'arn:key',
      ClusterResourceId: 'cluster-1',
    },
  });
});

test('what there is none of has a text as well, because not every resource takes an empty one', () => {
  expect(record().attributes).toMatchObject({ KmsKeyId: NO_KEY, ClusterResourceId: UNKNOWN_CLUSTER });
});

test('what is written can be read', () => {
  expect(readRecord(writeRecord(record()))).toMatchObject(record());
});

test.each<[string, string]>([
  ['no JSON', 'orders-snapshot'],
  ['nothing', ''],
  ['null', 'null'],
  ['of a later release', JSON.stringify({ ...record(), version: 2 })],
  ['without criteria', JSON.stringify({ ...JSON.parse(writeRecord(record())), criteria: undefined })],
  ['without an attribute', JSON.stringify({ ...JSON.parse(writeRecord(record())), attributes: { SnapshotArn: 'arn' } })],
  ['with an empty attribute', writeRecord({ ...record(), attributes: { ...record().attributes, EngineVersion: '' } })],
])('what is %s is not read as a record', (_, text) => {
  expect(readRecord(text)).toBeUndefined();
});

describe('a restore point', () => {
  const id = restorePointId('Orders-Prod', 'Point1A2B', 'request-1');

  test('has records of its own', () => {
    expect(recordsOf('cab-12345678', id)).toBe(`/cdk-aurora-backup/cab-12345678/${id}`);
    expect(recordName('cab-12345678', id, 'release-7')).toMatch(/^\/cdk-aurora-backup\/cab-12345678\/Orders-Prod\/Point1A2B\/[0-9a-f]{16}\/[0-9a-f]{16}$/);
  });

  test('that is made again at the same place has others', () => {
    expect(restorePointId('Orders-Prod', 'Point1A2B', 'request-2')).not.toBe(id);
  });

  test('has another record for each trigger, and one for none', () => {
    const names = [undefined, 'release-7', 'release-8', 'Release-7', '/../..'].map((trigger) => recordName('cab-12345678', id, trigger));

    expect(new Set(names).size).toBe(names.length);
  });

  test.each(['', 'AWSCDK::CustomResourceProviderFramework::CREATE_FAILED', 'Orders', 'Orders/Point', 'a/b/0123456789abcdef/c', '../x/0123456789abcdef'])(
    'never had the id %j, and nothing is kept for that', (other) => {
      expect(recordsOf('cab-12345678', other)).toBeUndefined();
    },
  );
});
