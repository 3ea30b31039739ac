import { Aws, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { isDefaultKey, openKey, sharedKeyStatements } from '../../src/private/key-sharing';
import { stackIn, templateOf } from '../support/constructs';

const THEM = ['222222222222', '333333333333'];
const KEY_ARN = 'arn:aws:kms:eu-west-1:111111111111:key/theirs';

const asWritten = (statements: readonly iam.PolicyStatement[]): any[] =>
  new Stack().resolve(statements.map((statement) => statement.toStatementJson()));
const written = (...sharing: Parameters<typeof sharedKeyStatements>) => asWritten(sharedKeyStatements(...sharing));

describe('other accounts may use a key', () => {
  const [use, grants] = written({ accounts: THEM, snapshotRegion: 'eu-west-1', destinationRegions: ['eu-west-1', 'eu-central-1'] });

  test('those that are named, and nobody else', () => {
    for (const { Effect, Principal } of [use, grants]) {
      expect(Effect).toBe('Allow');
      expect(Principal).toEqual({ AWS: THEM.map((account) => `arn:aws:iam::${account}:root`) });
    }
  });

  test('to read and write with it, and to grant RDS the same, but nobody else', () => {
    expect(use.Action).toEqual(['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*']);
    expect(grants.Action).toEqual(['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant']);
    expect(grants.Condition.Bool).toEqual({ 'kms:GrantIsForAWSResource': 'true' });
  });

  test('through RDS of the Region of the snapshot, and of those it is copied to', () => {
    for (const { Condition } of [use, grants]) {
      expect(Condition.StringEquals).toEqual({ 'kms:ViaService': ['rds.eu-west-1.amazonaws.com', 'rds.eu-central-1.amazonaws.com'] });
    }
  });

  test('where that is switched off, through whatever they like; grants stay for AWS services', () => {
    const [useFreely, grantFreely] = written({ accounts: THEM, snapshotRegion: 'eu-west-1', restrictToRds: false });

    expect(useFreely.Condition).toBeUndefined();
    expect(grantFreely.Condition).toEqual({ Bool: { 'kms:GrantIsForAWSResource': 'true' } });
  });
});

test('in other partitions, by the names that things have there', () => {
  const [use] = written({ accounts: ['222222222222'], snapshotRegion: 'us-gov-west-1' });
  expect(use.Principal).toEqual({ AWS: 'arn:aws-us-gov:iam::222222222222:root' });
  const [useInChina] = written({ accounts: ['222222222222'], snapshotRegion: 'cn-north-1' });
  expect(useInChina.Condition.StringEquals['kms:ViaService']).toEqual(['rds.cn-north-1.amazonaws.com.cn']);
});

test('of a Region that is not known yet, the template says where that is', () => {
  const [use] = written({ accounts: ['222222222222'], snapshotRegion: Aws.REGION });

  expect(use.Condition.StringEquals['kms:ViaService']).toEqual([{ 'Fn::Join': ['', ['rds.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }]] }]);
});

test('nobody is let in where nobody is named', () => {
  expect(written({ accounts: [], snapshotRegion: 'eu-west-1' })).toEqual([]);
});

describe('where the statements go', () => {
  const statements = () => sharedKeyStatements({ accounts: ['222222222222'], snapshotRegion: 'eu-west-1' });

  test('into the policy of a key that the app makes, twice the same only once, and nobody is warned', () => {
    const stack = stackIn('eu-west-1');
    const key = new kms.Key(stack, 'Key');
    openKey(stack, key, statements());
    openKey(stack, key.addAlias('alias/shared'), statements());

    const [{ Properties }] = Object.values(templateOf(stack).findResources('AWS::KMS::Key'));
    expect(Properties.KeyPolicy.Statement).toHaveLength(3); // and the one that the CDK makes
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test.each([
    ['key', (stack: Stack) => kms.Key.fromKeyArn(stack, 'Key', KEY_ARN)],
    ['alias', (stack: Stack) => kms.Alias.fromAliasName(stack, 'Key', 'alias/theirs')],
  ])('of an imported %s, to its owner, in words that can be pasted', (_, keyIn) => {
    const stack = stackIn('eu-west-1');
    openKey(stack, keyIn(stack), statements());

    const [{ entry }] = Annotations.fromStack(stack).findWarning('/Orders', Match.stringLikeRegexp('keyPolicy'));
    const printed = JSON.parse(/: (\[\{.*\}\])\. Add them/.exec(String(entry.data))![1]);
    expect(printed).toEqual(asWritten(statements()));
    expect(entry.data).toContain("key 'Orders/Key'");
  });
});

test('the default key of RDS is known by its alias', () => {
  const stack = stackIn('eu-west-1');

  expect(isDefaultKey(kms.Alias.fromAliasName(stack, 'Default', 'alias/aws/rds'))).toBe(true);
  expect(isDefaultKey(kms.Key.fromKeyArn(stack, 'DefaultByArn', 'arn:aws:kms:eu-west-1:111111111111:alias/aws/rds'))).toBe(true);
  expect(isDefaultKey(kms.Alias.fromAliasName(stack, 'Own', 'alias/rds'))).toBe(false);
  expect(isDefaultKey(kms.Key.fromKeyArn(stack, 'OwnByArn', KEY_ARN))).toBe(false);
});
