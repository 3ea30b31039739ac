import { CfnParameter, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ClusterSnapshot, ClusterSnapshotCopy, ClusterSnapshotCopyProps } from '../../src';
import { COPY, Statement, actionsOf, asText, importedCluster, propertiesOf, resourcesOf, stackIn, statementsOf } from '../support/constructs';

const KEY_HERE = 'arn:aws:kms:eu-west-1:111111111111:key/here';
const THEIRS = 'arn:aws:rds:eu-west-1:222222222222:cluster-snapshot:theirs';
const KEY_THERE = 'arn:aws:kms:eu-central-1:111111111111:key/there';

const keyStatements = (stack: Stack): Statement[] => statementsOf(stack, 'Start').filter((statement) => actionsOf(statement).some((action) => action.startsWith('kms:')));
const viaService = ({ Condition }: Statement) => [Condition!.StringEquals['kms:ViaService']].flat().map(asText).join(' or ');

/** What is used, and for whom: `<resource> via <service>`. */
const uses = (stack: Stack) => keyStatements(stack)
  .flatMap((statement) => resourcesOf(statement).map((resource) => `${resource} via ${viaService(statement)}`)).sort();

function copyIn(stack: Stack, props: Partial<ClusterSnapshotCopyProps> & { sourceKey?: kms.IKey; sourceArn?: string } = {}): void {
  const { sourceKey, sourceArn = 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:orders', ...others } = props;
  const source = ClusterSnapshot.fromSnapshotAttributes(stack, 'Source', { snapshotArn: sourceArn, encryptionKey: sourceKey });
  new ClusterSnapshotCopy(stack, 'Copy', { source, ...others });
}

const imported = (stack: Stack, arn: string) => kms.Key.fromKeyArn(stack, arn.slice(-5).replace('/', ''), arn);

test('a key may only be used by RDS, and only to be looked at and to be granted', () => {
  const stack = stackIn('eu-west-1');
  copyIn(stack, { encryptionKey: imported(stack, KEY_HERE), sourceKey: imported(stack, KEY_HERE.replace('here', 'from')) });

  for (const statement of keyStatements(stack)) {
    expect(actionsOf(statement)).toEqual(['kms:CreateGrant', 'kms:DescribeKey']);
    expect(viaService(statement)).toBe('rds.eu-west-1.${AWS::URLSuffix}');
    expect(Object.keys(statement.Condition!)).toEqual(['StringEquals']);
  }
});

test('the key of the copy is used in the Region of the copy, that of the source in the Region of the source', () => {
  const stack = stackIn('eu-west-1');
  copyIn(stack, { region: 'eu-central-1', encryptionKey: imported(stack, KEY_THERE), sourceKey: imported(stack, KEY_HERE) });

  expect(uses(stack)).toEqual([`${KEY_THERE} via rds.eu-central-1.\${AWS::URLSuffix}`, `${KEY_HERE} via rds.eu-west-1.\${AWS::URLSuffix}`]);
});

test('a copy is given its key by ARN', () => {
  const stack = stackIn('eu-west-1');
  copyIn(stack, { encryptionKey: imported(stack, KEY_HERE) });

  expect(propertiesOf(stack, COPY).KmsKeyId).toBe(KEY_HERE);
});

test('a key of the stack is named by its reference', () => {
  const stack = stackIn('eu-west-1');
  copyIn(stack, { encryptionKey: new kms.Key(stack, 'Key') });

  expect(asText(propertiesOf(stack, COPY).KmsKeyId)).toMatch(/^\$\{Key\w+\.Arn\}$/);
  expect(resourcesOf(...keyStatements(stack))).toContainEqual(expect.stringMatching(/^\$\{Key\w+\.Arn\}$/));
});

describe('an alias', () => {
  test('is given to RDS by its name and stands in IAM for the keys that bear it', () => {
    const stack = stackIn('eu-west-1');
    copyIn(stack, { encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', 'alias/orders'), sourceKey: imported(stack, KEY_HERE) });
    const statement = keyStatements(stack).find(({ Condition }) => 'ForAnyValue:StringEquals' in Condition!)!;

    expect(propertiesOf(stack, COPY).KmsKeyId).toBe('alias/orders');
    expect(resourcesOf(statement)).toEqual(['arn:${AWS::Partition}:kms:eu-west-1:111111111111:key/*']);
    expect(statement.Condition).toMatchObject({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/orders' } });
    expect(viaService(statement)).toBe('rds.eu-west-1.${AWS::URLSuffix}');
  });

  test('may have a name that is only known when the stack deploys', () => {
    const stack = stackIn('eu-west-1');
    copyIn(stack, { encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', new CfnParameter(stack, 'Name').valueAsString), sourceKey: imported(stack, KEY_HERE) });

    expect(propertiesOf(stack, COPY).KmsKeyId).toEqual({ Ref: 'Name' });
    expect(keyStatements(stack).map(({ Condition }) => Condition)).toContainEqual(
      expect.objectContaining({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': { Ref: 'Name' } } }),
    );
  });

  test('may come in as the ARN of a key', () => {
    const stack = stackIn('eu-west-1');
    copyIn(stack, { encryptionKey: kms.Key.fromKeyArn(stack, 'Alias', 'arn:aws:kms:eu-west-1:111111111111:alias/orders') });

    expect(propertiesOf(stack, COPY).KmsKeyId).toBe('alias/orders');
    expect(resourcesOf(...keyStatements(stack)).filter((resource) => resource.includes('alias'))).toEqual([]);
  });

  test('means a key in the Region of the copy, wherever it was imported', () => {
    const stack = stackIn('eu-west-1');
    copyIn(stack, { region: 'eu-central-1', encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', 'alias/orders') });

    expect(resourcesOf(...keyStatements(stack))).toContain('arn:${AWS::Partition}:kms:eu-central-1:111111111111:key/*');
  });

  test.each<[string, (stack: Stack) => kms.IAlias]>([
    ['that the app makes', (stack) => new kms.Alias(stack, 'Alias', { aliasName: 'alias/orders', targetKey: new kms.Key(stack, 'Key') })],
    ['that is imported with its key', (stack) => kms.Alias.fromAliasAttributes(stack, 'Alias', { aliasName: 'alias/orders', aliasTargetKey: new kms.Key(stack, 'Key') })],
  ])('%s is its key: an alias as the resource of a statement would match nothing', (_, alias) => {
    const stack = stackIn('eu-west-1');
    copyIn(stack, { encryptionKey: alias(stack) });

    expect(asText(propertiesOf(stack, COPY).KmsKeyId)).toMatch(/^\$\{Key\w+\.Arn\}$/);
    expect(resourcesOf(...keyStatements(stack))).toContainEqual(expect.stringMatching(/^\$\{Key\w+\.Arn\}$/));
    expect(resourcesOf(...keyStatements(stack)).filter((resource) => resource.includes('alias'))).toEqual([]);
  });
});

describe('a key that nobody told the app', () => {
  test('of a source whose key the copy keeps: any of the account and Region, only through RDS', () => {
    const stack = stackIn('eu-west-1');
    copyIn(stack);

    expect(uses(stack)).toEqual(['arn:${AWS::Partition}:kms:eu-west-1:111111111111:key/* via rds.eu-west-1.${AWS::URLSuffix}']);
  });

  test('of a source that another account shares: any of that account', () => {
    const stack = stackIn('eu-west-1');
    copyIn(stack, { encryptionKey: imported(stack, KEY_HERE), sourceArn: THEIRS });

    expect(uses(stack)).toEqual([
      'arn:${AWS::Partition}:kms:eu-west-1:222222222222:key/* via rds.eu-west-1.${AWS::URLSuffix}', `${KEY_HERE} via rds.eu-west-1.\${AWS::URLSuffix}`,
    ]);
  });

  test('is not allowed for a copy into another Region, which cannot keep it', () => {
    const stack = stackIn('eu-west-1');
    copyIn(stack, { region: 'eu-central-1' });

    expect(uses(stack)).toEqual([]);
  });

  test('is not allowed for a copy within the account that has a key of its own', () => {
    const stack = stackIn('eu-west-1');
    copyIn(stack, { encryptionKey: imported(stack, KEY_HERE) });

    expect(uses(stack)).toEqual([`${KEY_HERE} via rds.eu-west-1.\${AWS::URLSuffix}`]);
  });

  test('is not allowed where both keys are known', () => {
    const stack = stackIn('eu-west-1');
    copyIn(stack, { encryptionKey: imported(stack, KEY_HERE), sourceKey: imported(stack, KEY_HERE.replace('here', 'from')) });

    expect(resourcesOf(...keyStatements(stack)).filter((resource) => resource.endsWith('*'))).toEqual([]);
  });
});

describe('the key of another account', () => {
  test('may be used for what the guide lists, and through RDS of the snapshot\'s Region or of the copy\'s', () => {
    const stack = stackIn('eu-west-1');
    const sourceKey = imported(stack, 'arn:aws:kms:eu-west-1:222222222222:key/theirs');
    copyIn(stack, { region: 'eu-central-1', encryptionKey: imported(stack, KEY_THERE), sourceKey, sourceArn: THEIRS });

    const [statement] = keyStatements(stack).filter((each) => resourcesOf(each).includes(sourceKey.keyArn));
    expect(actionsOf(statement)).toEqual(['kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*']);
    expect(viaService(statement)).toBe('rds.eu-west-1.${AWS::URLSuffix} or rds.eu-central-1.${AWS::URLSuffix}');
  });
});

test('taking a snapshot needs no key', () => {
  const stack = stackIn('eu-west-1');
  new ClusterSnapshot(stack, 'Snapshot', { cluster: importedCluster(stack), clusterEncryptionKey: new kms.Key(stack, 'Key') });

  expect(keyStatements(stack)).toEqual([]);
});
