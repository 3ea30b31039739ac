import { Aws } from 'aws-cdk-lib';
import { checkRegion, checkTags } from '../../src/private/checks';
import { aStack, messageOf } from '../support/constructs';

describe('tags', () => {
  test('are the user\'s', () => {
    expect(() => checkTags(aStack(), { team: 'shop', awsome: 'yes' })).not.toThrow();
  });

  test.each(['aws:cloudformation:stack-name', 'AWS:x', 'rds:x'])('%s is for AWS to set, which would drop or refuse it', (key) => {
    expect(messageOf(() => checkTags(aStack(), { team: 'shop', [key]: 'x' })))
      .toBe(`[Orders] tags must not have keys that begin with 'aws:' or 'rds:', got '${key}': only AWS may set them; choose another key`);
  });

  test('by which the library knows its snapshots cannot be given', () => {
    expect(messageOf(() => checkTags(aStack(), { 'cdk-aurora-backup:owner': 'me' }))).toContain("got 'cdk-aurora-backup:owner': the library knows its snapshots by them");
  });
});

describe('a Region', () => {
  test.each(['eu-west-1', 'us-gov-east-1', 'ap-southeast-7', 'us-isob-east-1', 'eusc-de-east-1', undefined, Aws.REGION])('may be %s', (region) => {
    expect(() => checkRegion(aStack(), 'region', region)).not.toThrow();
  });

  test.each(['Frankfurt', 'eu-central-1a', 'EU-CENTRAL-1', 'eu central 1', ''])('cannot be \'%s\', which the deploy would wait for in vain', (region) => {
    expect(messageOf(() => checkRegion(aStack(), 'region', region))).toBe(`[Orders] region must be the code of an AWS Region, for example eu-central-1, got '${region}'`);
  });
});
