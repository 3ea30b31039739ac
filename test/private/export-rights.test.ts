import { CfnParameter, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ClusterSnapshot, ClusterSnapshotCopy, ExportSource, ExportTaskProps } from '../../src';
import { ownerOf } from '../../src/core/identifiers';
import { actionsOf, asText, importedCluster, resourcesOf, stackIn, statementsFor } from '../support/constructs';
import { KEY_ARN, SNAPSHOT_ARN, exportIn, keyOf } from '../support/exports';

const SOURCE_KEY_ARN = KEY_ARN.replace('lake', 'orders');
const ANY_KEY = 'arn:${AWS::Partition}:kms:eu-west-1:111111111111:key/*';

/** The statements of whoever starts the export, that allow an action. */
function rightsTo(action: string, props: (stack: Stack) => Partial<ExportTaskProps> = () => ({})) {
  const stack = stackIn('eu-west-1');
  exportIn(stack, props(stack));
  return statementsFor(stack, 'Start', action);
}

const ofCluster = (stack: Stack) => ({ source: ExportSource.cluster(importedCluster(stack)) });
const knownKey = (stack: Stack) => ({
  source: ExportSource.snapshot(ClusterSnapshot.fromSnapshotAttributes(stack, 'Known', { snapshotArn: SNAPSHOT_ARN, encryptionKey: keyOf(stack, SOURCE_KEY_ARN, 'SourceKey') })),
});

describe('an export may be started', () => {
  test('of the snapshot that is named', () => {
    expect(resourcesOf(...rightsTo('rds:StartExportTask'))).toEqual([SNAPSHOT_ARN]);
  });

  test('of snapshots that the stack takes, by what their identifiers will begin with', () => {
    const resources = resourcesOf(...rightsTo('rds:StartExportTask', (stack) => ({
      source: ExportSource.snapshot(new ClusterSnapshot(stack, 'Snapshot', { cluster: importedCluster(stack) })),
    })));

    expect(resources).toEqual([`arn:\${AWS::Partition}:rds:eu-west-1:111111111111:cluster-snapshot:${ownerOf('Orders')}-*`]);
  });

  test('of a copy by the identifier that it was given', () => {
    const resources = resourcesOf(...rightsTo('rds:StartExportTask', (stack) => ({
      source: ExportSource.snapshot(new ClusterSnapshotCopy(stack, 'Copy', { source: ClusterSnapshot.fromSnapshotArn(stack, 'Original', SNAPSHOT_ARN), targetIdentifier: 'Lake-Copy' })),
    })));

    expect(resources).toEqual(['arn:${AWS::Partition}:rds:eu-west-1:111111111111:cluster-snapshot:lake-copy']);
  });

  test('of the cluster that is named, which may be looked at', () => {
    const cluster = 'arn:${AWS::Partition}:rds:eu-west-1:111111111111:cluster:orders';

    expect(resourcesOf(...rightsTo('rds:StartExportTask', ofCluster))).toEqual([cluster]);
    expect(resourcesOf(...rightsTo('rds:DescribeDBClusters', ofCluster))).toEqual([cluster]);
    expect(rightsTo('rds:DescribeDBClusters')).toEqual([]);
  });

  test('of a snapshot that another account shares, which may be looked at', () => {
    const shared = SNAPSHOT_ARN.replace('111111111111', '222222222222');

    expect(resourcesOf(...rightsTo('rds:DescribeDBClusterSnapshots', () => ({ source: ExportSource.snapshotArn(shared) })))).toContain(shared);
    expect(resourcesOf(...rightsTo('rds:DescribeDBClusterSnapshots'))).not.toContain(SNAPSHOT_ARN);
  });
});

test('the role is passed to exports and to nothing else, by either of the names that AWS calls them', () => {
  const [statement, ...others] = rightsTo('iam:PassRole', (stack) => ({ role: iam.Role.fromRoleArn(stack, 'Mine', 'arn:aws:iam::111111111111:role/export') }));

  expect(others).toEqual([]);
  expect(actionsOf(statement)).toEqual(['iam:PassRole']);
  expect(resourcesOf(statement)).toEqual(['arn:aws:iam::111111111111:role/export']);
  expect(statement.Condition).toEqual({ StringEquals: { 'iam:PassedToService': ['export.rds.amazonaws.com', 'rds.amazonaws.com'] } });
});

describe('the key of the export', () => {
  test('may be looked at and granted to a service of AWS, whatever that calls itself', () => {
    const describe_ = rightsTo('kms:DescribeKey', knownKey).filter((statement) => resourcesOf(statement).includes(KEY_ARN));
    const grant = rightsTo('kms:CreateGrant', knownKey).filter((statement) => resourcesOf(statement).includes(KEY_ARN));

    expect(describe_.map(({ Condition }) => Condition)).toEqual([undefined]);
    expect(grant.map(({ Condition }) => Condition)).toEqual([{ Bool: { 'kms:GrantIsForAWSResource': 'true' } }]);
  });

  test('may be known by an alias alone', () => {
    const withAlias = (stack: Stack) => ({ ...knownKey(stack), encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', 'alias/lake') });
    const [grant] = rightsTo('kms:CreateGrant', withAlias).filter((statement) => resourcesOf(statement).includes(ANY_KEY));
    const [look] = rightsTo('kms:DescribeKey', withAlias).filter((statement) => resourcesOf(statement).includes(ANY_KEY));

    expect(grant.Condition).toEqual({ 'Bool': { 'kms:GrantIsForAWSResource': 'true' }, 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/lake' } });
    expect(look.Condition).toEqual({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/lake' } });
  });
});

describe('the key of the source', () => {
  const viaService = (props: (stack: Stack) => Partial<ExportTaskProps>) => rightsTo('kms:CreateGrant', props)
    .filter(({ Condition }) => Condition?.StringEquals?.['kms:ViaService'] !== undefined);

  test('of a snapshot that tells it is used like that of the export', () => {
    expect(resourcesOf(...rightsTo('kms:CreateGrant', knownKey)).sort()).toEqual([KEY_ARN, SOURCE_KEY_ARN]);
    expect(viaService(knownKey)).toEqual([]);
  });

  test('of a cluster may be told, and so may that of a snapshot that does not tell it', () => {
    for (const source of [ofCluster, () => ({})]) {
      const props = (stack: Stack) => ({ ...source(stack), clusterEncryptionKey: keyOf(stack, SOURCE_KEY_ARN, 'SourceKey') });

      expect(resourcesOf(...rightsTo('kms:CreateGrant', props)).sort()).toEqual([KEY_ARN, SOURCE_KEY_ARN]);
      expect(viaService(props)).toEqual([]);
    }
  });

  test.each<[string, (stack: Stack) => Partial<ExportTaskProps>]>([['a cluster', ofCluster], ['a snapshot', () => ({})]])(
    'of %s that nobody told is any of the account and Region, only through RDS', (_, props) => {
      const [statement, ...others] = viaService(props);

      expect(others).toEqual([]);
      expect(resourcesOf(statement)).toEqual([ANY_KEY]);
      expect(asText(statement.Condition!.StringEquals['kms:ViaService'])).toBe('rds.eu-west-1.${AWS::URLSuffix}');
    },
  );

  test('of a shared snapshot is any of the account that owns it', () => {
    const [statement] = viaService(() => ({ source: ExportSource.snapshotArn(SNAPSHOT_ARN.replace('111111111111', '222222222222')) }));

    expect(resourcesOf(statement)).toEqual([ANY_KEY.replace('111111111111', '222222222222')]);
  });
});

test('whoever starts exports writes nothing to the bucket', () => {
  const stack = stackIn('eu-west-1');
  exportIn(stack);

  for (const action of ['s3:PutObject*', 's3:GetObject*', 's3:ListBucket', 'kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey*']) {
    expect(statementsFor(stack, 'Start', action)).toEqual([]);
  }
});

test('a source that is only known when the stack deploys is allowed by its ARN', () => {
  const resources = rightsTo('rds:StartExportTask', (stack) => ({ source: ExportSource.snapshotArn(new CfnParameter(stack, 'Arn').valueAsString) }));

  expect(resourcesOf(...resources)).toEqual(['${Arn}']);
});
