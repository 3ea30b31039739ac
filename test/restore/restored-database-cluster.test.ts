import { Annotations as AckAnnotations, CfnParameter, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { AuroraBackupDefaults, ClusterSnapshot, RestorePoint, RestoredDatabaseCluster, RestoredDatabaseClusterProps } from '../../src';
import { aStack, anApp, messageOf, newCluster, stackIn, templateOf } from '../support/constructs';
import { GUARD, KEY_ARN, MYSQL, SNAPSHOT_ARN, leastProps, propertiesIn } from '../support/restored-clusters';

type Props = Partial<RestoredDatabaseClusterProps>;

function restored(stack: Stack, props: Props) {
  return new RestoredDatabaseCluster(stack, 'Cluster', { ...leastProps(stack), ...props });
}

const imported = (stack: Stack, arn = SNAPSHOT_ARN) => ClusterSnapshot.fromSnapshotArn(stack, 'Snapshot', arn);
const THEIRS = 'arn:aws:rds:eu-west-1:222222222222:cluster-snapshot:shared';

describe('a restored cluster', () => {
  test('is made of a snapshot by its ARN, as it is known when the stack deploys', () => {
    const stack = aStack();
    const snapshot = new ClusterSnapshot(stack, 'Snapshot', { cluster: newCluster(stack, 'Orders') });
    restored(stack, { snapshot });

    expect(propertiesIn(stack)).toMatchObject({ SnapshotIdentifier: stack.resolve(snapshot.snapshotArn) });
  });

  test('is made of a restore point, which also knows the version', () => {
    const stack = aStack();
    const restorePoint = new RestorePoint(stack, 'Point', { clusterIdentifier: 'orders' });
    restored(stack, { restorePoint, engine: rds.DatabaseClusterEngine.AURORA_POSTGRESQL });

    const EngineVersion = stack.resolve(restorePoint.engineVersion);
    expect(propertiesIn(stack)).toMatchObject({ SnapshotIdentifier: stack.resolve(restorePoint.snapshotArn), EngineVersion });
    templateOf(stack).hasResourceProperties(GUARD, { EngineVersion });
  });

  test('has the version that is asked for, even if the restore point knows another', () => {
    const stack = aStack();
    restored(stack, { restorePoint: new RestorePoint(stack, 'Point', { clusterIdentifier: 'orders' }) });

    expect(propertiesIn(stack)).toMatchObject({ EngineVersion: '16.4' });
  });

  test.each([
    ['MySQL', rds.DatabaseClusterEngine.AURORA_MYSQL], ['PostgreSQL', rds.DatabaseClusterEngine.AURORA_POSTGRESQL],
  ])('of Aurora %s without a version has the parameter group of the version that it is restored to, or the one it is given', (_name, engine) => {
    const groupOf = (props: Props, stack = aStack()) => {
      restored(stack, { restorePoint: new RestorePoint(stack, 'Point', { clusterIdentifier: 'orders' }), engine, ...props });
      return propertiesIn(stack).DBClusterParameterGroupName;
    };

    // CloudFormation takes it for a property that is not there.
    expect(groupOf({})).toEqual({ Ref: 'AWS::NoValue' });
    expect(groupOf({ parameterGroup: rds.ParameterGroup.fromParameterGroupName(aStack(), 'Group', 'sample') })).toBe('sample');
  });

  test.each(['s3ImportRole', 's3ExportRole'])('of Aurora MySQL without a version has no parameter group that could name its %s', (prop) => {
    const props = (stack: Stack): Props => ({
      restorePoint: new RestorePoint(stack, 'Point', { clusterIdentifier: 'orders' }), [prop]: iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/s3'),
    });
    const refused = aStack();
    const [mysql, postgres] = [aStack(), aStack()];

    expect(messageOf(() => restored(refused, { ...props(refused), engine: rds.DatabaseClusterEngine.AURORA_MYSQL }))).toBe(
      `[Orders/Cluster] ${prop} needs a parameter group, and for an engine without a version none can be made; set the version of engine, or parameterGroup`,
    );
    expect(() => restored(mysql, { ...props(mysql), engine: MYSQL })).not.toThrow();
    expect(() => restored(postgres, { ...props(postgres), engine: rds.DatabaseClusterEngine.AURORA_POSTGRESQL })).not.toThrow();
  });

  test.each([rds.DatabaseClusterEngine.AURORA_MYSQL, rds.DatabaseClusterEngine.AURORA_POSTGRESQL])('of $engineType without a version has no parameters of its own', (engine) => {
    const stack = aStack();

    expect(messageOf(() => restored(stack, { restorePoint: new RestorePoint(stack, 'Point', { clusterIdentifier: 'orders' }), engine, parameters: { a: '1' } }))).toMatch(
      /^\[Orders\/Cluster\] parameters needs a parameter group, .*; set the version of engine, or parameterGroup$/,
    );
  });

  test('may have a database of its own name, which a restore from a snapshot takes', () => {
    const stack = aStack();
    restored(stack, { snapshot: imported(stack), defaultDatabaseName: 'shop' });

    expect(propertiesIn(stack)).toMatchObject({ DatabaseName: 'shop' });
  });

  test('is encrypted when it gets a key, also where the snapshot is not', () => {
    const stack = aStack();
    restored(stack, { snapshot: imported(stack), storageEncrypted: true, storageEncryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN) });

    expect(propertiesIn(stack)).toMatchObject({ StorageEncrypted: true, KmsKeyId: KEY_ARN });
  });
});

describe('what is restored', () => {
  test('is one thing', () => {
    const stack = aStack();
    const both = () => restored(stack, { snapshot: imported(stack), restorePoint: new RestorePoint(stack, 'Point', { clusterIdentifier: 'orders' }) });

    expect(messageOf(() => restored(aStack(), {}))).toBe('[Orders/Cluster] one of restorePoint and snapshot is needed, which say what is restored; set one');
    expect(messageOf(both)).toBe('[Orders/Cluster] restorePoint and snapshot cannot be combined, because a cluster is restored from one source; leave out one of the two');
  });

  test('is in the Region of the cluster', () => {
    const app = anApp();
    const there = stackIn('eu-central-1', { app, id: 'There' });
    const restorePoint = new RestorePoint(there, 'Point', { clusterIdentifier: 'orders' });

    expect(messageOf(() => restored(stackIn('eu-west-1', { app }), { restorePoint }))).toBe(
      "[Orders/Cluster] restorePoint 'There/Point' is in eu-central-1 and the stack in eu-west-1, but a snapshot is restored in its own Region; "
      + 'copy it to eu-west-1 with ClusterSnapshotCopy, or restore it with a stack in eu-central-1',
    );
    const stack = stackIn('eu-central-1');
    expect(messageOf(() => restored(stack, { snapshot: imported(stack) }))).toMatch(/snapshot 'Orders\/Snapshot' is in eu-west-1 and the stack in eu-central-1, /);
  });

  test('has the engine of the cluster, as far as it is known', () => {
    const stack = aStack();
    const snapshot = new ClusterSnapshot(stack, 'Snapshot', { cluster: newCluster(stack, 'Source') });
    const restorePoint = new RestorePoint(aStack(), 'Point', { clusterIdentifier: 'orders', engine: rds.DatabaseClusterEngine.AURORA_POSTGRESQL });

    expect(messageOf(() => restored(stack, { snapshot, engine: MYSQL }))).toBe(
      "[Orders/Cluster] engine is 'aurora-mysql' and that of snapshot 'Orders/Snapshot' is 'aurora-postgresql', but a restore does not change the engine; set the engine of the source",
    );
    expect(messageOf(() => restored(aStack(), { restorePoint, engine: MYSQL }))).toMatch(/that of restorePoint 'Orders\/Point' is 'aurora-postgresql'/);
  });
});

describe('a cluster restored from a snapshot of another account', () => {
  const WARNING = Match.stringLikeRegexp('the snapshot belongs to another account, and .* restored under a key of its own, .* Set storageEncryptionKey to choose the key, or acknowledge this warning');
  const keysOf = (stack: Stack) => Object.entries(templateOf(stack).findResources('AWS::KMS::Key'));

  test.each<[string, (stack: Stack) => Props]>([
    ['imported', (stack) => ({ snapshot: imported(stack, THEIRS) })],
    ['found', (stack) => ({ restorePoint: new RestorePoint(stack, 'Point', { clusterIdentifier: 'orders', sourceAccount: '222222222222' }) })],
  ])('has a key of its own, which its snapshots need for as long as they are kept (%s)', (_how, props) => {
    const stack = stackIn('eu-west-1');
    restored(stack, props(stack));

    const [[keyId, key]] = keysOf(stack);
    expect(key).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain', Properties: { EnableKeyRotation: true } });
    expect(propertiesIn(stack)).toMatchObject({ StorageEncrypted: true, KmsKeyId: { 'Fn::GetAtt': [keyId, 'Arn'] } });
    Annotations.fromStack(stack).hasWarning('/Orders/Cluster', WARNING);
  });

  test('says so until that is acknowledged', () => {
    const stack = stackIn('eu-west-1');
    restored(stack, { snapshot: imported(stack, THEIRS) });
    AckAnnotations.of(stack).acknowledgeWarning('cdk-aurora-backup:ownKeyForForeignSnapshot', 'it was tried');

    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('leaves its key to its snapshots also when it is itself destroyed', () => {
    const stack = stackIn('eu-west-1');
    restored(stack, { snapshot: imported(stack, THEIRS), removalPolicy: RemovalPolicy.DESTROY });

    expect(keysOf(stack)[0][1]).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  test('takes its key along in an environment that is thrown away', () => {
    const stack = stackIn('eu-west-1');
    AuroraBackupDefaults.of(stack).configure({ removalPolicy: RemovalPolicy.DESTROY });
    restored(stack, { snapshot: imported(stack, THEIRS) });

    expect(keysOf(stack)[0][1]).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  test.each([RemovalPolicy.RETAIN, RemovalPolicy.SNAPSHOT])('keeps its key in such an environment when its own data is kept: %s', (removalPolicy) => {
    const keyOf = (make: (stack: Stack) => void) => {
      const stack = stackIn('eu-west-1');
      AuroraBackupDefaults.of(stack).configure({ removalPolicy: RemovalPolicy.DESTROY });
      make(stack);
      return keysOf(stack)[0][1];
    };
    const stays = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };

    expect(keyOf((stack) => restored(stack, { snapshot: imported(stack, THEIRS), removalPolicy }))).toMatchObject(stays);
    expect(keyOf((stack) => restored(stack, { snapshot: imported(stack, THEIRS) }).applyRemovalPolicy(removalPolicy))).toMatchObject(stays);
  });

  test('has the key that is given, and nothing to acknowledge', () => {
    const stack = stackIn('eu-west-1');
    restored(stack, { snapshot: imported(stack, THEIRS), storageEncryptionKey: kms.Key.fromKeyArn(stack, 'Given', KEY_ARN) });

    expect(keysOf(stack)).toEqual([]);
    expect(propertiesIn(stack)).toMatchObject({ KmsKeyId: KEY_ARN });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test.each<[string, () => Stack, (stack: Stack) => string]>([
    ['of its own account', () => stackIn('eu-west-1'), () => SNAPSHOT_ARN],
    ['of an account that nobody knows yet', () => aStack(), () => THEIRS],
    ['that nobody knows yet', () => stackIn('eu-west-1'), (stack) => new CfnParameter(stack, 'Arn').valueAsString],
  ])('unlike one %s', (_which, makeStack, arn) => {
    const stack = makeStack();
    restored(stack, { snapshot: imported(stack, arn(stack)) });

    expect(keysOf(stack)).toEqual([]);
    expect(propertiesIn(stack)).not.toHaveProperty('KmsKeyId');
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });
});
