import { parseSourceArn } from '../../src/core/source-arn';
import { CLUSTER_ARN, SOURCE_ARN } from '../support/events';

test('a snapshot can be exported', () => {
  expect(parseSourceArn(SOURCE_ARN)).toEqual({ type: 'cluster-snapshot', partition: 'aws', region: 'eu-west-1', account: '111111111111', identifier: 'by-hand' });
});

test('a live cluster can be exported', () => {
  expect(parseSourceArn(CLUSTER_ARN)).toEqual({ type: 'cluster', partition: 'aws', region: 'eu-west-1', account: '111111111111', identifier: 'orders' });
});

test.each([
  ['an automated snapshot', 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:rds:orders-2026', 'rds:orders-2026'],
  ['a snapshot of AWS Backup', 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:awsbackup:job-1', 'awsbackup:job-1'],
])('%s keeps its colon', (_, arn, identifier) => {
  expect(parseSourceArn(arn)).toMatchObject({ type: 'cluster-snapshot', identifier });
});

test.each(['aws-cn', 'aws-us-gov'])('%s is a partition like any other', (partition) => {
  expect(parseSourceArn(CLUSTER_ARN.replace('arn:aws:', `arn:${partition}:`))).toMatchObject({ partition });
});

test.each([
  ['an instance snapshot', 'arn:aws:rds:eu-west-1:111111111111:snapshot:orders'],
  ['an instance', 'arn:aws:rds:eu-west-1:111111111111:db:orders'],
  ['a cluster with something behind it', `${CLUSTER_ARN}:x`],
  ['a parameter group of a cluster', 'arn:aws:rds:eu-west-1:111111111111:cluster-pg:orders'],
  ['a cluster without a name', 'arn:aws:rds:eu-west-1:111111111111:cluster:'],
  ['a bucket', 'arn:aws:s3:::lake'],
  ['a name', 'orders'],
  ['nothing', ''],
])('%s is neither', (_, text) => {
  expect(parseSourceArn(text)).toBeUndefined();
});
