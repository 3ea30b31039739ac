import * as fc from 'fast-check';
import { ResourceType, WireProperties, parseRequest } from '../../src/core/resource-contract';
import { OWNER, REGION, SOURCE_ARN, copyProperties, takeProperties } from '../support/events';

const take = (changes: WireProperties = {}) => parseRequest(ResourceType.CLUSTER_SNAPSHOT, takeProperties(changes), REGION);
const copy = (changes: WireProperties = {}) => parseRequest(ResourceType.CLUSTER_SNAPSHOT_COPY, copyProperties(changes), REGION);

describe('strings from CloudFormation become a request', () => {
  test('to take a snapshot', () => {
    expect(take({ Trigger: '2026-11', KeepLast: '5', Tags: { team: 'billing' }, RemovalPolicy: 'destroy', TimeoutMinutes: '7' })).toEqual({
      kind: 'take',
      owner: OWNER,
      region: REGION,
      clusterIdentifier: 'orders',
      trigger: '2026-11',
      keepLast: 5,
      explicitIdentifier: undefined,
      tags: { team: 'billing' },
      removal: 'destroy',
      completion: 'fail',
      timeoutMinutes: 7,
      notificationTopicArn: undefined,
    });
  });

  test('to copy one', () => {
    expect(copy({ Region: 'eu-central-1', KmsKeyId: 'alias/there', TargetIdentifier: 'Chosen', CopyTags: 'false' })).toEqual({
      kind: 'copy',
      owner: OWNER,
      region: 'eu-central-1',
      sourceArn: SOURCE_ARN,
      kmsKeyId: 'alias/there',
      explicitIdentifier: 'chosen',
      copyTags: false,
      tags: {},
      removal: 'retain',
      completion: 'fail',
      timeoutMinutes: 50,
      notificationTopicArn: undefined,
    });
  });

  test.each<[string, WireProperties, object]>([
    ['a number and a boolean that were not made strings', { ContractVersion: 1, KeepLast: 5, TimeoutMinutes: 7 }, { keepLast: 5, timeoutMinutes: 7 }],
    ['identifiers in capitals, which RDS stores small', { ClusterIdentifier: 'Orders', SnapshotIdentifier: 'Chosen' }, { clusterIdentifier: 'orders', explicitIdentifier: 'chosen' }],
    ['an empty text, which means none', { Trigger: '', SnapshotIdentifier: '', KeepLast: '' }, { trigger: undefined, explicitIdentifier: undefined, keepLast: undefined }],
    ['no time limit', { TimeoutMinutes: undefined }, { timeoutMinutes: 50 }],
    ['no removal policy: when in doubt, keep', { RemovalPolicy: undefined }, { removal: 'retain' }],
    ['an unknown removal policy: when in doubt, keep', { RemovalPolicy: 'Snapshot' }, { removal: 'retain' }],
    ['tags that an Aspect set and that are not for it to set', {
      Tags: { 'cdk-aurora-backup:owner': 'cab-00000000', 'aws:x': '1', 'team': 'a' },
    }, { tags: { team: 'a' } }],
  ])('%s', (_, changes, expected) => {
    expect(take(changes)).toMatchObject(expected);
  });

  test.each([['true', true], [true, true], ['false', false], [false, false], [undefined, false]])('CopyTags %j means %j', (value, expected) => {
    expect(copy({ CopyTags: value })).toMatchObject({ copyTags: expected });
  });

  test('a copy without a Region is made in that of the stack', () => {
    expect(copy({ Region: undefined })).toMatchObject({ region: REGION });
  });

  test('whole numbers come through as they were', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 55 }), (keepLast, timeoutMinutes) => {
      expect(take({ KeepLast: String(keepLast), TimeoutMinutes: String(timeoutMinutes) })).toMatchObject({ keepLast, timeoutMinutes });
    }));
  });
});

describe('what cannot be read is refused', () => {
  test.each<[string, WireProperties, RegExp]>([
    ['a missing cluster', { ClusterIdentifier: undefined }, /property ClusterIdentifier is missing or empty/],
    ['an empty cluster', { ClusterIdentifier: '' }, /property ClusterIdentifier is missing or empty/],
    ['a missing owner', { Owner: undefined }, /property Owner is missing or empty/],
    ['half a snapshot', { KeepLast: '1.5' }, /property KeepLast must be a whole number, got '1.5'/],
    ['words for a number', { TimeoutMinutes: 'long' }, /property TimeoutMinutes must be a whole number, got 'long'/],
    ['a version of the future', { ContractVersion: '99' }, /contract version 99 is not known to this runtime .*deploy the construct and its provider from the same release/],
    ['no version', { ContractVersion: undefined }, /contract version undefined is not known/],
  ])('%s', (_, changes, message) => {
    expect(() => take(changes)).toThrow(message);
  });

  test('a copy without a source', () => {
    expect(() => copy({ SourceSnapshotArn: '' })).toThrow(/property SourceSnapshotArn is missing or empty/);
  });

  test('another type of resource', () => {
    expect(() => parseRequest('Custom::AuroraSnapshotShare', takeProperties(), REGION)).toThrow(/Custom::AuroraSnapshotShare is not known to this runtime/);
  });
});
