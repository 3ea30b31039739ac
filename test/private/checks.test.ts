import { Aws } from 'aws-cdk-lib';
import { checkRegion } from '../../src/private/checks';
import { aStack, messageOf } from '../support/constructs';

describe('a Region', () => {
  test.each(['eu-west-1', 'us-gov-east-1', 'ap-southeast-7', 'us-isob-east-1', 'eusc-de-east-1', undefined, Aws.REGION])('may be %s', (region) => {
    expect(() => checkRegion(aStack(), 'region', region)).not.toThrow();
  });

  test.each(['Frankfurt', 'eu-central-1a', 'EU-CENTRAL-1', 'eu central 1', ''])('cannot be \'%s\', which the deploy would wait for in vain', (region) => {
    expect(messageOf(() => checkRegion(aStack(), 'region', region))).toBe(`[Orders] region must be the code of an AWS Region, for example eu-central-1, got '${region}'`);
  });
});
