import { App, Duration, NestedStack, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AuroraBackupDefaults, RetentionPolicy, SnapshotVault } from '../../src';
import { vaultOwner } from '../../src/core/vault/vault-ownership';
import { VaultRules } from '../../src/core/vault/vault-rules';
import { aStack, asText, propertiesOf, templateOf } from '../support/constructs';
import { resourceOf } from '../support/plans';
import { BUNKER_OWNER, RECOVERY_ACCOUNT, SOURCE_ACCOUNT, VAULT_ACCOUNT, VaultPropsOf, importedVaultKey, vaultStack, vaultWith } from '../support/vaults';

const BUS = `arn:\${AWS::Partition}:events:eu-central-1:${VAULT_ACCOUNT}:event-bus/bunker`;

type Machine = 'Arrive' | 'Receive' | 'Release' | 'Sweep';
const definitionOf = ({ stack }: SnapshotVault, which: Machine) => (
  JSON.parse(asText(resourceOf(stack, 'AWS::StepFunctions::StateMachine', `VaultWorkflow${which}`).Properties.DefinitionString))
);
const rulesIn = (definition: any): VaultRules[] => Object.values<any>(definition.States).flatMap(({ Parameters }) => Parameters?.rules ?? []);
const rulesOf = (vault: SnapshotVault): VaultRules => rulesIn(definitionOf(vault, 'Receive'))[0];
const ruleOf = ({ stack }: SnapshotVault, prefix: string) => resourceOf(stack, 'AWS::Events::Rule', prefix).Properties;
const countOf = ({ stack }: SnapshotVault) => Object.keys(templateOf(stack).toJSON().Resources).length;

describe('the rules', () => {
  test('say what was declared, and the documented values where nothing was', () => {
    const { kmsKeyId, ...rules } = rulesOf(vaultWith());

    expect(kmsKeyId).toBe('${Key961B73FD.Arn}');
    expect(rules).toEqual({
      version: 1,
      vaultName: 'bunker',
      owner: BUNKER_OWNER,
      partition: '${AWS::Partition}',
      account: VAULT_ACCOUNT,
      region: 'eu-central-1',
      eventBusArn: BUS,
      sources: [{ accountId: SOURCE_ACCOUNT, regions: ['eu-west-1'], clusters: ['orders'] }],
      retention: { keep: 'for', seconds: 35 * 86_400, minimumSnapshots: 1 },
      minimumRetentionSeconds: 0,
      dailyAdmission: 4,
      maximumSnapshots: 100,
      copies: [],
      recoveryAccounts: [],
    });
  });

  test('carry everything that can be declared; identifiers of clusters are in lower case, as RDS has them', () => {
    const rules = rulesOf(vaultWith((stack) => ({
      sources: [{ accountId: SOURCE_ACCOUNT, regions: ['eu-west-1', 'eu-west-2'], clusters: ['Orders', 'billing'] }],
      encryptionKey: importedVaultKey(stack),
      retention: RetentionPolicy.keepAll(),
      minimumRetention: Duration.days(7),
      dailyAdmission: 24,
      maximumSnapshots: 500,
      copies: [
        { region: 'eu-north-1', encryptionKey: importedVaultKey(stack, 'eu-north-1') },
        { region: 'eu-west-3', encryptionKey: importedVaultKey(stack, 'eu-west-3'), retention: RetentionPolicy.keepFor(Duration.days(3)) },
      ],
      recoveryAccounts: [RECOVERY_ACCOUNT],
    })));

    expect(rules).toMatchObject({
      sources: [{ clusters: ['orders', 'billing'] }],
      kmsKeyId: `arn:aws:kms:eu-central-1:${VAULT_ACCOUNT}:key/1`,
      retention: { keep: 'all' },
      minimumRetentionSeconds: 7 * 86_400,
      dailyAdmission: 24,
      maximumSnapshots: 500,
      copies: [
        { region: 'eu-north-1', kmsKeyId: `arn:aws:kms:eu-north-1:${VAULT_ACCOUNT}:key/1`, retention: { keep: 'all' } },
        { region: 'eu-west-3', retention: { keep: 'for', seconds: 3 * 86_400 } },
      ],
      recoveryAccounts: [RECOVERY_ACCOUNT],
    });
  });

  test.each<Machine>(['Arrive', 'Receive', 'Release', 'Sweep'])('are in the definition of %s, so that nobody starts it with others', (which) => {
    const rules = rulesIn(definitionOf(vaultWith(), which));

    expect(rules.length).toBeGreaterThan(0);
    expect(rules.every((one) => one.owner === BUNKER_OWNER && one.maximumSnapshots === 100)).toBe(true);
  });
});

describe('the name', () => {
  test('is made from the path, unless one is given', () => {
    const vault = vaultWith({ vaultName: undefined });

    expect(vault.vaultName).toBe('Vault-6C2F5821');
    expect(propertiesOf(vault.stack, 'AWS::Events::EventBus').Name).toBe(vault.vaultName);
    expect(rulesOf(vault).owner).toBe(vaultOwner(vault.vaultName));
  });

  test('is in the names of everything that the lock policy has to name', () => {
    const { stack } = vaultWith();
    const names = Object.values<any>(templateOf(stack).toJSON().Resources)
      .flatMap(({ Properties: { FunctionName, StateMachineName, Name } = {} }) => [FunctionName, StateMachineName, Name].filter((name) => typeof name === 'string'));

    expect(names.sort()).toEqual([
      'bunker',
      ...['111111111111-eu-west-1', 'announced', 'arrive', 'look', 'prune', 'receive', 'release', 'release', 'runs', 'start', 'sweep', 'sweep']
        .map((name) => `${BUNKER_OWNER}-${name}`),
    ]);
  });
});

describe('announcements', () => {
  test('may be put on the bus by the source accounts only, and nothing else', () => {
    const { stack } = vaultWith({ sources: ['111111111111', '444444444444'].map((accountId) => ({ accountId, regions: ['eu-west-1'] })) });
    const { Statement: { Principal, ...statement } } = propertiesOf(stack, 'AWS::Events::EventBusPolicy') as any;

    expect(Principal.AWS.map(asText)).toEqual(['arn:${AWS::Partition}:iam::111111111111:root', 'arn:${AWS::Partition}:iam::444444444444:root']);
    expect(statement).toMatchObject({
      Effect: 'Allow',
      Action: 'events:PutEvents',
      Condition: {
        'ForAllValues:StringEquals': { 'events:source': 'cdk-aurora-backup' },
        'StringEquals': { 'events:detail-type': 'Aurora Backup Snapshot Announcement' },
      },
    });
  });

  test('go to the function with what EventBridge says of the sender, apart from what the sender says', () => {
    const { EventPattern, Targets: [{ InputTransformer }] } = ruleOf(vaultWith(), 'VaultEventsAnnounced');

    expect(EventPattern).toMatchObject({ 'account': [SOURCE_ACCOUNT], 'source': ['cdk-aurora-backup'], 'detail-type': ['Aurora Backup Snapshot Announcement'] });
    expect(EventPattern.detail.vault.map(asText)).toEqual([BUS]);
    expect(InputTransformer.InputPathsMap).toEqual({ account: '$.account', detail: '$.detail' });
    expect(JSON.parse(asText(InputTransformer.InputTemplate).replace('<account>', '1').replace('<detail>', '2'))).toMatchObject({
      door: 'vault', task: 'announced', vault: { vaultName: 'bunker', sources: [{ accountId: SOURCE_ACCOUNT, regions: ['eu-west-1'] }] }, event: { account: 1, detail: 2 },
    });
  });
});

describe('receipts', () => {
  const vault = vaultWith({ sources: [{ accountId: '111111111111', regions: ['eu-west-1', 'eu-west-2'] }, { accountId: '444444444444', regions: ['eu-west-1'] }] });

  test.each([['111111111111', 'eu-west-1'], ['111111111111', 'eu-west-2'], ['444444444444', 'eu-west-1']])(
    'of this vault for account %s in %s go to its default bus there, and no others', (account, region) => {
      const { EventPattern: { detail, ...pattern }, Targets: [target] } = ruleOf(vault, `VaultEventsReceipts${account}${region.replace(/-/g, '')}`);

      expect(pattern).toEqual({ 'account': [VAULT_ACCOUNT], 'source': ['cdk-aurora-backup'], 'detail-type': ['Aurora Backup Vault Receipt'] });
      expect({ ...detail, vault: detail.vault.map(asText) }).toEqual({ vault: [BUS], sourceAccount: [account], sourceRegion: [region] });
      expect(asText(target.Arn)).toBe(`arn:\${AWS::Partition}:events:${region}:${account}:event-bus/default`);
      expect(target).toMatchObject({ RoleArn: expect.anything(), DeadLetterConfig: expect.anything() });
    });

  test('a further Region of a source adds one rule, and a further cluster nothing', () => {
    expect(countOf(vaultWith())).toBe(31); // its key is one of them
    expect(countOf(vaultWith({ sources: [{ accountId: SOURCE_ACCOUNT, regions: ['eu-west-1'], clusters: ['orders', 'billing'] }] }))).toBe(31);
    expect(countOf(vault) - countOf(vaultWith())).toBe(2);
  });
});

describe('the key', () => {
  const policyOf = (props: VaultPropsOf): any[] => (propertiesOf(vaultWith(props).stack, 'AWS::KMS::Key') as any).KeyPolicy.Statement;

  test('refuses to be ended by deployments and by the vault itself, and to nobody else', () => {
    const denials = policyOf({}).filter(({ Effect }) => Effect === 'Deny');

    expect(denials).toHaveLength(1);
    expect(denials[0].Action).toEqual(['kms:DeleteImportedKeyMaterial', 'kms:DisableKey', 'kms:ScheduleKeyDeletion']);
    expect(denials[0].Condition.ArnLike['aws:PrincipalArn'].map(asText)).toEqual([
      `arn:\${AWS::Partition}:iam::${VAULT_ACCOUNT}:role/*-cfn-exec-role-*`,
      `arn:\${AWS::Partition}:iam::${VAULT_ACCOUNT}:role/cdk-aurora-backup/${BUNKER_OWNER}/*`,
    ]);
  });

  test('lets the recovery accounts use it through RDS, here and where the sources are', () => {
    const opened = policyOf({ recoveryAccounts: [RECOVERY_ACCOUNT] }).filter(({ Principal: { AWS } }) => AWS === `arn:aws:iam::${RECOVERY_ACCOUNT}:root`);

    expect(opened).toHaveLength(2);
    opened.forEach(({ Condition }) => expect(Condition.StringEquals).toEqual({ 'kms:ViaService': ['rds.eu-central-1.amazonaws.com', 'rds.eu-west-1.amazonaws.com'] }));
    expect(policyOf({}).filter(({ Effect }) => Effect === 'Allow')).toHaveLength(1);
  });

  test('is open to everything in the recovery accounts where somebody says so', () => {
    const opened = policyOf({ recoveryAccounts: [RECOVERY_ACCOUNT], restrictKeyToRds: false })
      .filter(({ Principal: { AWS } }) => AWS === `arn:aws:iam::${RECOVERY_ACCOUNT}:root`);

    expect(opened.map(({ Condition }) => Condition)).toEqual([undefined, { Bool: { 'kms:GrantIsForAWSResource': 'true' } }]);
  });

  test('of further copies says the same', () => {
    const stack = vaultStack({ crossRegionReferences: true });
    const elsewhere = vaultStack({
      app: stack.node.root as App, id: 'Elsewhere', env: { account: VAULT_ACCOUNT, region: 'eu-north-1' }, crossRegionReferences: true,
    });
    const key = new kms.Key(elsewhere, 'Key');
    vaultWith({ copies: [{ region: 'eu-north-1', encryptionKey: key }], recoveryAccounts: [RECOVERY_ACCOUNT] }, stack);
    const statements = (propertiesOf(elsewhere, 'AWS::KMS::Key') as any).KeyPolicy.Statement;

    expect(statements.map(({ Effect }: any) => Effect)).toEqual(['Allow', 'Allow', 'Allow', 'Deny']);
    expect(statements[1].Condition.StringEquals['kms:ViaService']).toContain('rds.eu-north-1.amazonaws.com');
  });

  test('of another app gets the same statements by hand', () => {
    const vault = vaultWith((stack) => ({ encryptionKey: importedVaultKey(stack), recoveryAccounts: [RECOVERY_ACCOUNT] }));

    expect(vault.keyPolicyStatements.map((statement) => statement.toStatementJson())).toMatchObject([{ Effect: 'Allow' }, { Effect: 'Allow' }, { Effect: 'Deny' }]);
  });
});

describe('what it tells', () => {
  test.each<[metric: string, of: (vault: SnapshotVault) => cloudwatch.Metric]>([
    ['CopyStored', (vault) => vault.metricCopyStored()],
    ['CopyFailed', (vault) => vault.metricCopyFailed()],
    ['AdmissionRefused', (vault) => vault.metricAdmissionRefused()],
    ['AnnouncementRejected', (vault) => vault.metricAnnouncementRejected()],
    ['SnapshotsPruned', (vault) => vault.metricSnapshotsPruned()],
    ['CopiesReleased', (vault) => vault.metricCopiesReleased()],
    ['SweepFailed', (vault) => vault.metricSweepFailed()],
  ])('is counted as %s', (metricName, of) => {
    const vault = vaultWith();

    expect(vault.stack.resolve(of(vault).toMetricConfig().metricStat)).toMatchObject({
      namespace: 'AuroraBackup', metricName, statistic: 'Sum', dimensions: [{ name: 'Region', value: 'eu-central-1' }, { name: 'Vault', value: 'bunker' }],
    });
  });

  test('is how old its newest copy is, at most, in each hour', () => {
    expect(vaultWith().metricNewestCopyAge().toMetricConfig().metricStat).toMatchObject({
      metricName: 'NewestCopyAge', statistic: 'Maximum', period: Duration.hours(1),
    });
  });

  test('goes off when something was refused, and when nothing comes or nobody tells', () => {
    const vault = vaultWith();
    vault.alarmOnRefusedAdmission('Refused');
    vault.alarmOnNewestCopyAge('Old', { maximumAge: Duration.hours(30) });
    const template = templateOf(vault.stack);

    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'AdmissionRefused', Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold', TreatMissingData: 'notBreaching',
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'NewestCopyAge', Threshold: 30 * 3600, ComparisonOperator: 'GreaterThanThreshold', TreatMissingData: 'breaching', EvaluationPeriods: 2,
    });
  });
});

test('every hour it looks after itself', () => {
  const { stack } = vaultWith();

  expect(propertiesOf(stack, 'AWS::Scheduler::Schedule')).toMatchObject({
    ScheduleExpression: expect.stringMatching(/^cron\(\d{1,2} \* \* \* \? \*\)$/), State: 'ENABLED', Target: { Input: '{}' },
  });
});

test('a locked-down account encrypts the queue, too, and lets EventBridge write to it', () => {
  const stack = vaultStack();
  const key = new kms.Key(stack, 'Locked');
  AuroraBackupDefaults.of(stack).configure({ encryptionKey: key });
  vaultWith({}, stack);

  expect(propertiesOf(stack, 'AWS::SQS::Queue')).toMatchObject({ KmsMasterKeyId: { 'Fn::GetAtt': [expect.stringMatching(/^Locked/), 'Arn'] } });
  expect(JSON.stringify(resourceOf(stack, 'AWS::KMS::Key', 'Locked').Properties.KeyPolicy)).toContain('"Service":"events.amazonaws.com"');
});

describe('a vault for others to name', () => {
  test('is known to a plan of another account without a reference between the stacks', () => {
    const app = new App();
    const vault = vaultWith({}, vaultStack({ app }));
    const other = aStack({ app, env: { account: SOURCE_ACCOUNT, region: 'eu-west-1' } });

    expect(asText(other.resolve(vault.eventBusArn))).toBe(BUS);
    expect([vault.vaultAccount, vault.vaultRegion, vault.vaultName]).toEqual([VAULT_ACCOUNT, 'eu-central-1', 'bunker']);
  });

  test('is known by the ARN of its bus alone', () => {
    const arn = `arn:aws:events:eu-central-1:${VAULT_ACCOUNT}:event-bus/bunker`;
    const vault = SnapshotVault.fromEventBusArn(aStack(), 'Vault', arn);

    expect(vault).toMatchObject({
      eventBusArn: arn, vaultName: 'bunker', vaultAccount: VAULT_ACCOUNT, vaultRegion: 'eu-central-1', env: { account: VAULT_ACCOUNT, region: 'eu-central-1' },
    });
  });

  test('may be in a nested stack', () => {
    const vault = vaultWith({}, new NestedStack(vaultStack(), 'Nested') as Stack);

    expect(rulesOf(vault)).toMatchObject({ account: VAULT_ACCOUNT, region: 'eu-central-1' });
  });
});
