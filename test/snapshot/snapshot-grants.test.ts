import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ClusterSnapshot, ClusterSnapshotCopy, IClusterSnapshot } from '../../src';
import { Statement, actionsOf, importedCluster, messageOf, resourcesOf, stackIn, templateOf } from '../support/constructs';

const ARN = 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:orders';
const KEY = 'arn:aws:kms:eu-west-1:111111111111:key/1';
const RESTORED = ['cluster', 'cluster-pg', 'og', 'subgrp'];

const imported = (stack: Stack, snapshotArn = ARN, key?: string): IClusterSnapshot => ClusterSnapshot.fromSnapshotAttributes(stack, 'Source', {
  snapshotArn, encryptionKey: key === undefined ? undefined : kms.Key.fromKeyArn(stack, 'Key', key),
});
const roleIn = (stack: Stack) => new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });

/** What a role of the stack is allowed. */
function granted(method: 'grantRestore' | 'grantCopy', snapshotIn: (stack: Stack) => IClusterSnapshot = imported): Statement[] {
  const stack = stackIn('eu-west-1');
  const grant = snapshotIn(stack)[method](roleIn(stack));
  expect(grant.success).toBe(true);
  const policies = Object.values(templateOf(stack).findResources('AWS::IAM::Policy')).map(({ Properties }) => Properties);
  return policies.filter(({ PolicyName }) => PolicyName.startsWith('Operator')).flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}
const allowing = (statements: Statement[], action: string) => statements.filter((statement) => actionsOf(statement).includes(action));
const keyUse = (statements: Statement[]) => allowing(statements, 'kms:CreateGrant')
  .map((statement) => [actionsOf(statement), resourcesOf(statement), [statement.Condition!.StringEquals['kms:ViaService']].flat()]);
const VIA_RDS = [{ 'Fn::Join': ['', ['rds.eu-west-1.', { Ref: 'AWS::URLSuffix' }]] }];

test('who may restore a snapshot may make a cluster of it, in its Region, and look at it', () => {
  const statements = granted('grantRestore', (stack) => imported(stack, ARN.replace('eu-west-1', 'eu-central-1')));

  expect(resourcesOf(...allowing(statements, 'rds:RestoreDBClusterFromSnapshot'))).toEqual([
    ARN.replace('eu-west-1', 'eu-central-1'), ...RESTORED.map((kind) => `arn:\${AWS::Partition}:rds:eu-central-1:111111111111:${kind}:*`),
  ]);
  expect(resourcesOf(...allowing(statements, 'rds:DescribeDBClusterSnapshots'))).toEqual([ARN.replace('eu-west-1', 'eu-central-1')]);
});

test('who may copy a snapshot may read it, from wherever, and make nothing', () => {
  const statements = granted('grantCopy');

  expect(statements.flatMap(actionsOf).filter((action) => action.startsWith('rds:')))
    .toEqual(['rds:CopyDBClusterSnapshot', 'rds:CrossRegionCommunication', 'rds:DescribeDBClusterSnapshots']);
  expect(new Set(resourcesOf(...statements.filter((statement) => !actionsOf(statement).some((action) => action.startsWith('kms:')))))).toEqual(new Set([ARN]));
});

describe.each(['grantRestore', 'grantCopy'] as const)('the key with %s', (method) => {
  test('is used through RDS only', () => {
    expect(keyUse(granted(method, (stack) => imported(stack, ARN, KEY)))).toEqual([[['kms:DescribeKey', 'kms:CreateGrant'], [KEY], VIA_RDS]]);
  });

  test('may be any of the account where nobody told which', () => {
    expect(keyUse(granted(method))).toEqual([[['kms:DescribeKey', 'kms:CreateGrant'], ['arn:${AWS::Partition}:kms:eu-west-1:111111111111:key/*'], VIA_RDS]]);
  });

  test('of a snapshot that another account shares is used with all that the guide asks for', () => {
    const [[actions, resources]] = keyUse(granted(method, (stack) => imported(stack, ARN.replace('111111111111', '222222222222'))));

    expect(actions).toContain('kms:Decrypt');
    expect(resources).toEqual(['arn:${AWS::Partition}:kms:eu-west-1:222222222222:key/*']);
  });
});

test.each<[string, (stack: Stack) => IClusterSnapshot]>([
  ['taken', (stack) => new ClusterSnapshot(stack, 'Source', { cluster: importedCluster(stack) })],
  ['copied', (stack) => new ClusterSnapshotCopy(stack, 'SourceCopy', { source: imported(stack, `${ARN}-original`) })],
])('a snapshot that is %s is granted by its own ARN, not by what the library calls its snapshots', (_, snapshotIn) => {
  const [arn] = resourcesOf(...allowing(granted('grantRestore', snapshotIn), 'rds:RestoreDBClusterFromSnapshot'));

  expect(arn).toMatch(/^\$\{Source\w+\.SnapshotArn\}$/);
});

test.each(['grantRestore', 'grantCopy'] as const)('%s lets in nobody from another account: a snapshot has no policy of its own', (method) => {
  const stack = stackIn('eu-west-1');
  const stranger = iam.Role.fromRoleArn(stack, 'Stranger', 'arn:aws:iam::222222222222:role/auditor');

  expect(messageOf(() => imported(stack)[method](stranger))).toBe(`[Orders/Source] ${method} cannot let in a principal of account 222222222222, because a snapshot has no policy of its own; `
    + 'share the snapshot with that account (ClusterSnapshotShare), and give the rights there');
});
