import * as fc from 'fast-check';
import { ResourceType, WireProperties, parseRequest, watchStateMachineOf } from '../../src/core/resource-contract';
import {
  CLUSTER_ARN, EXPORT_KEY_ARN, EXPORT_ROLE_ARN, OTHER_ACCOUNT, OTHER_REGION, OWNER, REGION, SOURCE_ARN, STATE_MACHINE_ARN, TOPIC_ARN,
  copyProperties, exportProperties, shareProperties, takeProperties,
} from '../support/events';

const take = (changes: WireProperties = {}) => parseRequest(ResourceType.CLUSTER_SNAPSHOT, takeProperties(changes), REGION);
const copy = (changes: WireProperties = {}) => parseRequest(ResourceType.CLUSTER_SNAPSHOT_COPY, copyProperties(changes), REGION);
const share = (changes: WireProperties = {}) => parseRequest(ResourceType.CLUSTER_SNAPSHOT_SHARE, shareProperties(changes), REGION);
const anExport = (changes: WireProperties = {}) => parseRequest(ResourceType.EXPORT_TASK, exportProperties(changes), REGION);

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
      sourceMayBeQueued: false,
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

  test('to share one', () => {
    expect(share({ AccountIds: ['333333333333', OTHER_ACCOUNT, '333333333333'], KmsKeyId: 'alias/audit', SourceMayBeQueued: 'true' })).toEqual({
      kind: 'share',
      owner: OWNER,
      region: REGION,
      sourceArn: SOURCE_ARN,
      sourceMayBeQueued: true,
      accounts: ['333333333333', OTHER_ACCOUNT],
      kmsKeyId: 'alias/audit',
      completion: 'fail',
      timeoutMinutes: 50,
      notificationTopicArn: undefined,
    });
    expect(share({ SourceSnapshotArn: SOURCE_ARN.replace(REGION, 'eu-central-1') })).toMatchObject({ region: 'eu-central-1' });
    expect(share({ AccountIds: undefined })).toMatchObject({ accounts: [] });
  });

  test('to export one', () => {
    expect(anExport({
      SourceMayBeQueued: 'true', Prefix: 'aurora', ExportOnly: ['orders.public'], Trigger: '2026-11', FailOnWarnings: 'true', Completion: 'continue', NotificationTopicArn: TOPIC_ARN,
    })).toEqual({
      kind: 'export',
      owner: OWNER,
      region: REGION,
      sourceArn: SOURCE_ARN,
      sourceMayBeQueued: true,
      bucket: 'lake',
      prefix: 'aurora',
      roleArn: EXPORT_ROLE_ARN,
      kmsKeyId: EXPORT_KEY_ARN,
      exportOnly: ['orders.public'],
      trigger: '2026-11',
      failOnWarnings: true,
      completion: 'continue',
      timeoutMinutes: 50,
      notificationTopicArn: TOPIC_ARN,
    });
  });

  test.each<[string, WireProperties, object]>([
    ['a live cluster', { SourceArn: CLUSTER_ARN }, { sourceArn: CLUSTER_ARN, region: REGION }],
    ['a source of another Region: RDS exports where it is', { SourceArn: SOURCE_ARN.replace(REGION, OTHER_REGION) }, { region: OTHER_REGION }],
    ['a source that cannot be read: the start says so', { SourceArn: 'orders' }, { sourceArn: 'orders', region: REGION }],
    ['no filter', { ExportOnly: undefined }, { exportOnly: [] }],
    ['a filter of one', { ExportOnly: ['orders'] }, { exportOnly: ['orders'] }],
    ['an empty text, which means none', { Prefix: '', Trigger: '' }, { prefix: undefined, trigger: undefined }],
    ['a boolean that was not made a string', { FailOnWarnings: true }, { failOnWarnings: true }],
    ['warnings about which nothing is said', { FailOnWarnings: undefined }, { failOnWarnings: false }],
  ])('to export %s', (_, changes, expected) => {
    expect(anExport(changes)).toMatchObject(expected);
  });

  test.each(['fail', 'continue', 'background'])('and %s says what the deploy does about work that takes long', (completion) => {
    expect([take, copy, anExport].map((parse) => parse({ Completion: completion }).completion)).toEqual([completion, completion, completion]);
  });

  test('and whoever does not say what the deploy does waits and fails', () => {
    expect(take({ Completion: undefined }).completion).toBe('fail');
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

  test.each(['all', '22222222222', ''])('a share with "%s": RDS would show the snapshot to everybody, or refuse it', (account) => {
    expect(() => share({ AccountIds: [account] })).toThrow(`the property AccountIds must name accounts by their 12 digits, got '${account}'`);
  });

  test.each<[string, WireProperties, RegExp]>([
    ['a missing source', { SourceArn: undefined }, /property SourceArn is missing or empty/],
    ['a missing bucket', { Bucket: '' }, /property Bucket is missing or empty/],
    ['a missing role', { RoleArn: undefined }, /property RoleArn is missing or empty/],
    ['a missing key', { KmsKeyId: undefined }, /property KmsKeyId is missing or empty/],
    ['a filter that is no list', { ExportOnly: 'orders' }, /property ExportOnly must be a list, got 'orders'/],
    ['an unknown way to complete', { Completion: 'later' }, /property Completion must be one of fail, continue, background, got 'later'/],
  ])('an export with %s', (_, changes, message) => {
    expect(() => anExport(changes)).toThrow(message);
  });

  test('another type of resource', () => {
    expect(() => parseRequest('Custom::AuroraSnapshotShare', takeProperties(), REGION)).toThrow(/Custom::AuroraSnapshotShare is not known to this runtime/);
  });
});

describe('where work is handed over', () => {
  test('is named by the properties of every resource', () => {
    expect(new Set([takeProperties(), copyProperties(), exportProperties()].map(watchStateMachineOf))).toEqual(new Set([STATE_MACHINE_ARN]));
  });

  test('is not guessed', () => {
    expect(() => watchStateMachineOf(takeProperties({ WatchStateMachineArn: undefined }))).toThrow(/property WatchStateMachineArn is missing or empty/);
  });
});
