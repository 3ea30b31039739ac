import { Stack } from 'aws-cdk-lib';
import { Statement, actionsOf, asText, resourcesOf, templateOf } from '../support/constructs';
import { resourceOf } from '../support/plans';
import { BUNKER_OWNER, SOURCE_ACCOUNT, VAULT_ACCOUNT, VaultPropsOf, importedVaultKey, vaultWith } from '../support/vaults';

type VaultFunction = 'Runs' | 'Look' | 'Start' | 'Prune' | 'Release';
const FUNCTIONS: VaultFunction[] = ['Runs', 'Look', 'Start', 'Prune', 'Release'];
const ARN = 'arn:${AWS::Partition}:rds';
const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const OWN_COPIES = {
  'aws:ResourceTag/cdk-aurora-backup:owner': BUNKER_OWNER,
  'aws:ResourceTag/cdk-aurora-backup:vault': 'bunker',
  'aws:ResourceTag/cdk-aurora-backup:vault-region': 'eu-central-1',
};

const statementsOf = (stack: Stack, which: VaultFunction): Statement[] => (
  resourceOf(stack, 'AWS::IAM::Role', `VaultFunctions${which}Role`).Properties.Policies.flatMap(({ PolicyDocument }: any) => PolicyDocument.Statement)
);
const statementsFor = (stack: Stack, which: VaultFunction, action: string) => (
  statementsOf(stack, which).filter((statement) => actionsOf(statement).includes(action))
);
const stackWith = (props: VaultPropsOf = {}): Stack => vaultWith(props).stack;

const everything: VaultPropsOf = (stack) => ({
  sources: [{ accountId: SOURCE_ACCOUNT, regions: ['eu-west-1', 'eu-west-2'] }, { accountId: '444444444444', regions: ['eu-west-1'] }],
  encryptionKey: importedVaultKey(stack),
  copies: [{ region: 'eu-north-1', encryptionKey: importedVaultKey(stack, 'eu-north-1') }],
  recoveryAccounts: ['333333333333'],
});

describe('a vault with everything', () => {
  const stack = stackWith(everything);

  test.each<[VaultFunction, string[]]>([
    ['Runs', [...LOG, 'sqs:SendMessage']],
    ['Look', [...LOG, 'rds:DescribeDBClusterSnapshots']],
    ['Start', [
      'kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*', ...LOG,
      'rds:AddTagsToResource', 'rds:CopyDBClusterSnapshot', 'rds:CrossRegionCommunication', 'rds:DescribeDBClusterSnapshots',
    ]],
    ['Prune', [...LOG, 'rds:DeleteDBClusterSnapshot', 'rds:DescribeDBClusterSnapshots', 'rds:DescribeExportTasks']],
    ['Release', [...LOG, 'rds:AddTagsToResource', 'rds:DescribeDBClusterSnapshotAttributes', 'rds:DescribeDBClusterSnapshots', 'rds:ModifyDBClusterSnapshotAttribute']],
  ])('lets the function %s do what it is for, and no more', (which, actions) => {
    expect([...new Set(statementsOf(stack, which).flatMap(actionsOf))].sort()).toEqual([...actions].sort());
  });

  test.each(FUNCTIONS)('allows nothing on all resources (%s)', (which) => {
    expect(resourcesOf(...statementsOf(stack, which))).not.toContain('*');
  });

  test.each(FUNCTIONS)('uses keys through RDS only (%s)', (which) => {
    const statements = statementsOf(stack, which).filter((statement) => actionsOf(statement).some((action) => action.startsWith('kms:')));

    statements.forEach(({ Condition }) => expect(Condition?.StringEquals['kms:ViaService']).toBeDefined());
  });

  test('copies from the accounts and Regions that were declared, and once more from its own copies', () => {
    const [from] = statementsFor(stack, 'Start', 'rds:CrossRegionCommunication');

    expect(resourcesOf(from).sort()).toEqual([
      `${ARN}:eu-central-1:${VAULT_ACCOUNT}:cluster-snapshot:${BUNKER_OWNER}-*`,
      `${ARN}:eu-west-1:${SOURCE_ACCOUNT}:cluster-snapshot:*`,
      `${ARN}:eu-west-1:444444444444:cluster-snapshot:*`,
      `${ARN}:eu-west-2:${SOURCE_ACCOUNT}:cluster-snapshot:*`,
    ]);
  });

  test('makes copies only that bear its name from the beginning', () => {
    const [made] = statementsFor(stack, 'Start', 'rds:AddTagsToResource');

    expect(made.Condition).toEqual({ StringEquals: { 'aws:RequestTag/cdk-aurora-backup:owner': BUNKER_OWNER, 'aws:RequestTag/cdk-aurora-backup:vault': 'bunker' } });
    expect(resourcesOf(made)).toEqual(['eu-central-1', 'eu-north-1'].map((region) => `${ARN}:${region}:${VAULT_ACCOUNT}:cluster-snapshot:${BUNKER_OWNER}-*`));
  });

  test('uses the keys of the sources where they are', () => {
    const keys = statementsFor(stack, 'Start', 'kms:Decrypt').flatMap(({ Resource }) => [Resource].flat()).map(asText);

    expect(keys.sort()).toEqual([
      `arn:\${AWS::Partition}:kms:eu-west-1:${SOURCE_ACCOUNT}:key/*`,
      'arn:${AWS::Partition}:kms:eu-west-1:444444444444:key/*',
      `arn:\${AWS::Partition}:kms:eu-west-2:${SOURCE_ACCOUNT}:key/*`,
    ]);
  });

  test('deletes its own copies, wherever they are', () => {
    const [deleting] = statementsFor(stack, 'Prune', 'rds:DeleteDBClusterSnapshot');

    expect(resourcesOf(deleting)).toEqual([`${ARN}:*:${VAULT_ACCOUNT}:cluster-snapshot:${BUNKER_OWNER}-*`]);
    expect(deleting.Condition).toEqual({ StringEquals: OWN_COPIES });
  });

  test('shares its own copies, and writes on them nothing but until when', () => {
    const [sharing] = statementsFor(stack, 'Release', 'rds:ModifyDBClusterSnapshotAttribute');
    const [tagging] = statementsFor(stack, 'Release', 'rds:AddTagsToResource');

    expect(sharing.Condition).toEqual({ StringEquals: OWN_COPIES });
    expect(tagging.Condition).toEqual({
      'StringEquals': OWN_COPIES,
      'ForAllValues:StringEquals': { 'aws:TagKeys': 'cdk-aurora-backup:released-until' },
      'Null': { 'aws:TagKeys': 'false' },
    });
  });
});

test('a source less is a right less, but the right to delete stays as it is', () => {
  const [more, less] = [stackWith(everything), stackWith((stack) => ({ encryptionKey: importedVaultKey(stack) }))];

  expect(statementsOf(less, 'Prune').map((statement) => JSON.stringify(statement.Condition ?? statement.Resource)))
    .toEqual(statementsOf(more, 'Prune').map((statement) => JSON.stringify(statement.Condition ?? statement.Resource)));
  expect(resourcesOf(...statementsFor(less, 'Start', 'rds:CrossRegionCommunication'))).toEqual([`${ARN}:eu-west-1:${SOURCE_ACCOUNT}:cluster-snapshot:*`]);
});

test('runs starts the machines that look into announcements and receive, and no other, and lists only the one by which copies are counted', () => {
  const policies = Object.values<any>(templateOf(stackWith()).findResources('AWS::IAM::Policy'));

  expect(policies).toHaveLength(1);
  expect(policies[0].Properties.PolicyDocument.Statement.map(({ Action, Resource }: any) => [Action, asText(Resource)])).toEqual([
    ['states:StartExecution', expect.stringMatching(/VaultWorkflowArrive.*VaultWorkflowReceive/)],
    ['states:ListExecutions', expect.stringContaining('VaultWorkflowReceive')],
  ]);
});

test('more sources than the policies of a role have room for are an error at synth', () => {
  const sources = (count: number) => ({
    sources: Array.from({ length: count }, (_, index) => ({ accountId: String(100_000_000_000 + index), regions: ['eu-west-1', 'eu-west-2'] })),
  });

  expect(() => templateOf(stackWith(sources(25)))).not.toThrow();
  expect(() => templateOf(stackWith(sources(50)))).toThrow(
    /the sources and copies of the vault need \d+ characters of policies for one role, and IAM takes 10240; make another vault for some of them/);
});
