import { operationKey } from '../../src/core/operation-key';
import { OperationRequest } from '../../src/core/requests';
import { parseRequest, ResourceType, WireProperties } from '../../src/core/resource-contract';
import { CLUSTER_ARN, REGION, SOURCE_ARN, copyProperties, exportProperties, shareProperties, takeProperties } from '../support/events';

const take = (changes: WireProperties = {}): OperationRequest => parseRequest(ResourceType.CLUSTER_SNAPSHOT, takeProperties(changes), REGION);
const copy = (changes: WireProperties = {}): OperationRequest => parseRequest(ResourceType.CLUSTER_SNAPSHOT_COPY, copyProperties(changes), REGION);
const anExport = (changes: WireProperties = {}): OperationRequest => parseRequest(ResourceType.EXPORT_TASK, exportProperties(changes), REGION);
const share = (changes: WireProperties = {}): OperationRequest => parseRequest(ResourceType.CLUSTER_SNAPSHOT_SHARE, shareProperties(changes), REGION);

const IN_PLACE: WireProperties[] = [
  { Tags: { team: 'billing' } }, { RemovalPolicy: 'destroy' }, { TimeoutMinutes: '5' }, { ServiceToken: 'another' },
  { Completion: 'background' }, { NotificationTopicArn: 'arn:aws:sns:eu-west-1:111111111111:x' }, { WatchStateMachineArn: 'another' },
];

describe('another snapshot is wanted', () => {
  test.each<[string, WireProperties]>([
    ['cluster', { ClusterIdentifier: 'billing' }],
    ['trigger', { Trigger: 'release-2' }],
    ['identifier', { SnapshotIdentifier: 'chosen' }],
  ])('when the %s changes', (_, changes) => {
    expect(operationKey(take(changes))).not.toBe(operationKey(take()));
  });

  test.each(['Trigger', 'SnapshotIdentifier'])('when one %s follows another', (property) => {
    expect(operationKey(take({ [property]: 'one' }))).not.toBe(operationKey(take({ [property]: 'two' })));
  });

  test('of the one that a trigger names and the other that an identifier names', () => {
    expect(operationKey(take({ Trigger: 'x' }))).not.toBe(operationKey(take({ SnapshotIdentifier: 'x' })));
  });
});

describe('another copy is wanted', () => {
  test.each<[string, WireProperties]>([
    ['source', { SourceSnapshotArn: 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:other' }],
    ['Region', { Region: 'eu-central-1' }],
    ['key', { KmsKeyId: 'alias/orders' }],
    ['identifier', { TargetIdentifier: 'chosen' }],
  ])('when the %s changes', (_, changes) => {
    expect(operationKey(copy(changes))).not.toBe(operationKey(copy()));
  });
});

test.each(['KmsKeyId', 'TargetIdentifier'])('another copy is wanted when one %s follows another', (property) => {
  expect(operationKey(copy({ [property]: 'one' }))).not.toBe(operationKey(copy({ [property]: 'two' })));
});

test.each<[string, WireProperties, WireProperties]>([
  ['the snapshot changes', {}, { SourceSnapshotArn: CLUSTER_ARN.replace('cluster', 'cluster-snapshot') }],
  ['a copy is shared instead', {}, { KmsKeyId: 'alias/one' }],
  ['the key of the copy changes', { KmsKeyId: 'alias/one' }, { KmsKeyId: 'alias/two' }],
])('something else is to be shared when %s', (_, before, after) => {
  expect(operationKey(share(before))).not.toBe(operationKey(share(after)));
});

describe('another export is wanted', () => {
  test.each<[string, WireProperties]>([
    ['source', { SourceArn: CLUSTER_ARN }],
    ['bucket', { Bucket: 'pond' }],
    ['prefix', { Prefix: 'orders' }],
    ['role', { RoleArn: 'arn:aws:iam::111111111111:role/other' }],
    ['key', { KmsKeyId: 'alias/other' }],
    ['filter', { ExportOnly: ['orders.public'] }],
    ['trigger', { Trigger: 'release-2' }],
  ])('when the %s changes', (_, changes) => {
    expect(operationKey(anExport(changes))).not.toBe(operationKey(anExport()));
  });

  test.each<[string, WireProperties, WireProperties]>([
    ['part of a filter', { ExportOnly: ['orders', 'billing'] }, { ExportOnly: ['orders'] }],
    ['trigger', { Trigger: 'one' }, { Trigger: 'two' }],
    ['prefix', { Prefix: 'one' }, { Prefix: 'two' }],
  ])('when one %s follows another', (_, before, now) => {
    expect(operationKey(anExport(before))).not.toBe(operationKey(anExport(now)));
  });

  test('of the one that a trigger names and the other that a filter names', () => {
    expect(operationKey(anExport({ Trigger: 'orders' }))).not.toBe(operationKey(anExport({ ExportOnly: ['orders'] })));
  });
});

describe('the same export is wanted', () => {
  test.each<[string, WireProperties, WireProperties]>([
    ['when a filter is written in another order', { ExportOnly: ['orders', 'billing'] }, { ExportOnly: ['billing', 'orders'] }],
    ['when an empty filter stands for none', { ExportOnly: [] }, {}],
    ['when an empty trigger or prefix stands for none', { Trigger: '', Prefix: '' }, {}],
    ['when warnings fail it', { FailOnWarnings: 'true' }, {}],
    ['when the deploy waits otherwise', { Completion: 'background', TimeoutMinutes: '5' }, {}],
    ['when somebody else is told', { NotificationTopicArn: 'arn:aws:sns:eu-west-1:111111111111:x' }, {}],
    ['when it is watched elsewhere', { WatchStateMachineArn: 'arn:aws:states:eu-west-1:111111111111:stateMachine:other' }, {}],
  ])('%s', (_, before, now) => {
    expect(operationKey(anExport(before))).toBe(operationKey(anExport(now)));
  });
});

describe('the same snapshot is wanted', () => {
  test.each(IN_PLACE)('when only %j changes', (changes) => {
    expect(operationKey(take(changes))).toBe(operationKey(take()));
    expect(operationKey(copy(changes))).toBe(operationKey(copy()));
    expect(operationKey(share(changes))).toBe(operationKey(share()));
  });

  test.each<[string, OperationRequest, OperationRequest]>([
    ['when keepLast changes', take({ KeepLast: '5' }), take()],
    ['when the cluster is written in capitals', take({ ClusterIdentifier: 'ORDERS' }), take()],
    ['when an identifier is written in capitals', take({ SnapshotIdentifier: 'CHOSEN' }), take({ SnapshotIdentifier: 'chosen' })],
    ['when an empty trigger stands for none', take({ Trigger: '' }), take()],
    ['when it is shared with others', share({ AccountIds: [] }), share()],
    ['when its copy is shared with others', share({ AccountIds: [], KmsKeyId: 'alias/one' }), share({ KmsKeyId: 'alias/one' })],
    ['when copyTags changes', copy({ CopyTags: 'false' }), copy()],
    ['when the Region of the stack is named or not', copy({ Region: undefined }), copy({ Region: REGION })],
  ])('%s', (_, one, other) => {
    expect(operationKey(one)).toBe(operationKey(other));
  });
});

test('a snapshot, a copy, a share and an export never have one key', () => {
  expect(new Set([take(), copy(), share(), anExport({ SourceArn: SOURCE_ARN })].map(operationKey)).size).toBe(4);
});
