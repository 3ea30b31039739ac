import { Aws, Lazy, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ClusterSnapshot } from '../../src';
import { aStack, elementsOf, messageOf, stackIn } from '../support/constructs';

const ARN = 'arn:aws:rds:eu-central-1:222222222222:cluster-snapshot:november';

test('an ARN tells where the snapshot is, whose it is and what it is called', () => {
  const snapshot = ClusterSnapshot.fromSnapshotArn(stackIn('eu-west-1'), 'Shared', ARN);

  expect(snapshot).toMatchObject({ snapshotArn: ARN, snapshotIdentifier: 'november', env: { region: 'eu-central-1', account: '222222222222' } });
  expect(snapshot.encryptionKey).toBeUndefined();
});

test.each(['rds:orders-2026-11-22-03-10', 'awsbackup:job-1'])('the identifier %s keeps its colon', (identifier) => {
  const stack = stackIn('eu-west-1');

  expect(ClusterSnapshot.fromSnapshotArn(stack, 'ByArn', `arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:${identifier}`).snapshotIdentifier).toBe(identifier);
  const byIdentifier = ClusterSnapshot.fromSnapshotIdentifier(stack, 'ByIdentifier', identifier);
  expect(stack.resolve(byIdentifier.snapshotArn)).toEqual({
    'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:rds:eu-west-1:111111111111:cluster-snapshot:${identifier}`]],
  });
});

test('an identifier means a snapshot of the account and Region of the stack, in lower case as RDS stores it', () => {
  const stack = aStack();

  expect(stack.resolve(ClusterSnapshot.fromSnapshotIdentifier(stack, 'Mine', 'November').snapshotArn)).toEqual({
    'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':rds:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':cluster-snapshot:november']],
  });
});

test('an ARN that is only known while the stack deploys is taken apart then', () => {
  const stack = aStack();
  const snapshot = ClusterSnapshot.fromSnapshotArn(stack, 'Later', Lazy.string({ produce: () => Aws.NO_VALUE }));

  expect(JSON.stringify(stack.resolve(snapshot.snapshotIdentifier))).toContain(':cluster-snapshot:');
});

test('the key can be named beside the ARN', () => {
  const stack = stackIn('eu-west-1');
  const encryptionKey = new kms.Key(stack, 'Key');

  expect(ClusterSnapshot.fromSnapshotAttributes(stack, 'Known', { snapshotArn: ARN, encryptionKey }).encryptionKey).toBe(encryptionKey);
});

test.each(['november', 'arn:aws:rds:eu-west-1:111111111111:snapshot:of-an-instance', 'arn:aws:rds:eu-west-1:111111111111:cluster:orders'])(
  '%s is not the ARN of a cluster snapshot, and the message shows what one looks like', (text) => {
    expect(messageOf(() => ClusterSnapshot.fromSnapshotArn(aStack(), 'Wrong', text)))
      .toBe(`[Orders] snapshotArn must be the ARN of a DB cluster snapshot (arn:aws:rds:<region>:<account>:cluster-snapshot:<identifier>), got '${text}'`);
  });

test('an ARN where an identifier belongs is told at once, not after a deploy that looks for it in vain', () => {
  expect(messageOf(() => ClusterSnapshot.fromSnapshotIdentifier(aStack(), 'Wrong', ARN)))
    .toBe(`[Orders] snapshotIdentifier must be an identifier, got the ARN '${ARN}'; use ClusterSnapshot.fromSnapshotArn`);
});

test('a removal policy is not for snapshots of others', () => {
  const snapshot = ClusterSnapshot.fromSnapshotArn(aStack(), 'Shared', ARN);

  expect(messageOf(() => snapshot.applyRemovalPolicy(RemovalPolicy.DESTROY))).toContain('does not belong to this app');
});

test.each([['rds:orders-2026-11-22-03-10', 'rds:orders-2026-11-22-03-10'], ['November', 'november']])('%s is known at synth by the identifier that was given', (given, expected) => {
  expect(ClusterSnapshot.fromSnapshotIdentifier(aStack(), 'Mine', given).snapshotIdentifier).toBe(expected);
});

test('a snapshot of GovCloud is in its partition', () => {
  const arn = 'arn:aws-us-gov:rds:us-gov-west-1:111111111111:cluster-snapshot:orders';

  expect(ClusterSnapshot.fromSnapshotArn(aStack(), 'Gov', arn)).toMatchObject({ snapshotArn: arn, snapshotIdentifier: 'orders', env: { region: 'us-gov-west-1' } });
});

test('an imported snapshot adds nothing to the template', () => {
  const stack = aStack();
  ClusterSnapshot.fromSnapshotIdentifier(stack, 'Imported', 'orders');

  expect(elementsOf(stack)).toEqual([]);
});
