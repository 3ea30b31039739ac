import * as fc from 'fast-check';
import { formatSnapshotArn, parseSnapshotArn } from '../../src/core/snapshot-arn';

describe('the ARN of a snapshot is read', () => {
  test.each([
    ['of a manual one', 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:orders', ['aws', 'eu-west-1', '111111111111', 'orders']],
    [
      'of an automated one, with a colon in its identifier',
      'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:rds:orders-2026-11-22-03-00', ['aws', 'eu-west-1', '111111111111', 'rds:orders-2026-11-22-03-00'],
    ],
    ['of AWS Backup', 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:awsbackup:job-1', ['aws', 'eu-west-1', '111111111111', 'awsbackup:job-1']],
    ['of GovCloud', 'arn:aws-us-gov:rds:us-gov-west-1:111111111111:cluster-snapshot:orders', ['aws-us-gov', 'us-gov-west-1', '111111111111', 'orders']],
    ['of China', 'arn:aws-cn:rds:cn-north-1:111111111111:cluster-snapshot:orders', ['aws-cn', 'cn-north-1', '111111111111', 'orders']],
    ['with two colons more', 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:a:b:c', ['aws', 'eu-west-1', '111111111111', 'a:b:c']],
  ])('%s', (_, arn, [partition, region, account, identifier]) => {
    expect(parseSnapshotArn(arn)).toEqual({ partition, region, account, identifier });
  });

  test.each([
    ['nothing', ''],
    ['a name', 'orders'],
    ['a cluster', 'arn:aws:rds:eu-west-1:111111111111:cluster:orders'],
    ['a snapshot of an instance', 'arn:aws:rds:eu-west-1:111111111111:snapshot:orders'],
    ['no identifier', 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:'],
    ['no Region', 'arn:aws:rds::111111111111:cluster-snapshot:orders'],
    ['another service', 'arn:aws:backup:eu-west-1:111111111111:cluster-snapshot:orders'],
    ['an id that CloudFormation invents', 'Orders-BeforeMigration-1ABCDEF2GHIJ3'],
    ['the id of a resource whose creation failed at once', 'AWSCDK::CustomResourceProviderFramework::CREATE_FAILED'],
    ['text in front', 'x arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:orders'],
  ])('not from %s', (_, text) => {
    expect(parseSnapshotArn(text)).toBeUndefined();
  });
});

test('an ARN is written with the identifier in lower case, as RDS stores it', () => {
  expect(formatSnapshotArn({ partition: 'aws', region: 'eu-west-1', account: '111111111111', identifier: 'Orders-2026' }))
    .toBe('arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:orders-2026');
});

test('what is written is read back', () => {
  const part = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
  const identifier = fc.stringMatching(/^((rds|awsbackup):)?[a-z][a-z0-9:-]{0,60}$/);

  fc.assert(fc.property(part, part, fc.stringMatching(/^[0-9]{12}$/), identifier, (partition, region, account, name) => {
    const parts = { partition, region, account, identifier: name };

    expect(parseSnapshotArn(formatSnapshotArn(parts))).toEqual(parts);
  }));
});
