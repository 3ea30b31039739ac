import { Aws, Fn, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { leastCharactersOf } from '../../src/private/policy-size';
import { aStack } from '../support/constructs';

const policyOn = (resource: string) => new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions: ['rds:DescribeDBClusters'], resources: [resource] })] });
const WRITTEN = '{"Statement":[{"Action":"rds:DescribeDBClusters","Effect":"Allow","Resource":""}],"Version":"2012-10-17"}';

describe('a policy has at least as many characters', () => {
  test.each<[what: string, resource: (stack: Stack) => string, least: string]>([
    ['as are written', () => 'arn:aws:rds:eu-west-1:111111111111:cluster:orders', 'arn:aws:rds:eu-west-1:111111111111:cluster:orders'],
    ['as are written around references', () => `arn:${Aws.PARTITION}:rds:${Aws.REGION}:${Aws.ACCOUNT_ID}:cluster:orders`, 'arn:aws:rds:::cluster:orders'],
    ['whatever a reference alone becomes', () => Aws.STACK_ID, ''],
    ['whatever a list becomes that is joined', () => Fn.join(':', Fn.split(',', Aws.STACK_ID)), ''],
  ])('%s', (_, resource, least) => {
    const stack = aStack();

    expect(leastCharactersOf(stack, policyOn(resource(stack)))).toBe(WRITTEN.length + least.length);
  });
});
