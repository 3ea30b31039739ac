import { App, CfnOutput, Fn, RemovalPolicies, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import { AuroraBackupPlan, RestorePoint, RestorePointProps, SnapshotType, SnapshotVault } from '../../src';
import { aStack, messageOf, propertiesOf, stackIn, templateOf } from '../support/constructs';
import { ACCOUNT, OTHER_ACCOUNT } from '../support/events';
import { GOLD, planWith } from '../support/plans';
import { BUNKER, VAULT_ACCOUNT, vaultStack, vaultWith } from '../support/vaults';

const RESTORE_POINT = 'Custom::AuroraRestorePoint';
const MYSQL = rds.DatabaseClusterEngine.auroraMysql({ version: rds.AuroraMysqlEngineVersion.VER_3_08_0 });

type PropsOf = Partial<RestorePointProps> | ((stack: Stack) => Partial<RestorePointProps>);

const pointIn = (stack: Stack, props: PropsOf = {}, id = 'Point') => (
  new RestorePoint(stack, id, { clusterIdentifier: 'orders', ...typeof props === 'function' ? props(stack) : props })
);
const propertiesWith = (props: PropsOf, stack = stackIn('eu-west-1')) => {
  pointIn(stack, props);
  return propertiesOf(stack, RESTORE_POINT);
};

const goldByName = (stack: Stack) => AuroraBackupPlan.fromPlanName(stack, 'ImportedPlan', GOLD);
const bunkerOf = (account: string) => (stack: Stack) => (
  SnapshotVault.fromEventBusArn(stack, 'ImportedVault', `arn:aws:events:eu-central-1:${account}:event-bus/${BUNKER}`)
);

describe('a restore point', () => {
  test('needs nothing but the name of a cluster', () => {
    expect(propertiesWith({})).toEqual({
      ServiceToken: expect.anything(), ContractVersion: 1, Owner: expect.stringMatching(/^cab-[0-9a-f]{8}$/), ClusterIdentifier: 'orders', SnapshotTypes: ['automated', 'manual'],
    });
  });

  test('hands over what it looks for', () => {
    expect(propertiesWith({
      clusterResourceIdentifier: 'cluster-ABC1', snapshotTypes: [SnapshotType.MANUAL, SnapshotType.AUTOMATED], before: new Date('2026-11-22T12:00:00Z'), engine: MYSQL, trigger: 'release-7',
    })).toMatchObject({
      ClusterResourceIdentifier: 'cluster-ABC1', SnapshotTypes: ['automated', 'manual'], Before: '2026-11-22T12:00:00.000Z', Engine: 'aurora-mysql', Trigger: 'release-7',
    });
  });

  test('is texts to other resources, whatever it will be', () => {
    const stack = stackIn('eu-west-1');
    const point = pointIn(stack);
    const attributes = {
      SnapshotIdentifier: point.snapshotIdentifier,
      SnapshotArn: point.snapshotArn,
      DataTime: point.dataTime,
      Engine: point.engineType,
      EngineVersion: point.engineVersion,
      KmsKeyId: point.kmsKeyId,
      ClusterResourceId: point.clusterResourceIdentifier,
    };
    Object.entries(attributes).forEach(([name, value]) => new CfnOutput(stack, name, { value }));

    const outputs = templateOf(stack).findOutputs('*');
    expect(Object.entries(outputs).map(([name, { Value }]) => [name, Value['Fn::GetAtt'][1]])).toEqual(Object.keys(attributes).map((name) => [name, name]));
  });

  test('is always asked for its records before it goes, so that nothing is left', () => {
    const stack = stackIn('eu-west-1');
    pointIn(stack);
    RemovalPolicies.of(stack).retain();

    templateOf(stack).hasResource(RESTORE_POINT, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  test('makes nothing that could be retained', () => {
    const point = pointIn(stackIn('eu-west-1'));

    expect(() => point.applyRemovalPolicy(RemovalPolicy.DESTROY)).not.toThrow();
    expect(() => point.applyRemovalPolicy(RemovalPolicy.RETAIN)).toThrow("removalPolicy 'retain' cannot be applied to a restore point, which makes nothing");
  });

  test('is the same in every synth', () => {
    const synth = () => {
      const stack = aStack({ app: new App(), id: 'Same' });
      pointIn(stack, { before: new Date('2026-11-22T12:00:00Z') });
      return templateOf(stack).findResources(RESTORE_POINT);
    };

    expect(synth()).toEqual(synth());
  });

  test('shares the provider of restores, which may look and keep records, and nothing else', () => {
    const stack = stackIn('eu-west-1');
    pointIn(stack);
    pointIn(stack, {}, 'Another');

    templateOf(stack).resourceCountIs('AWS::Lambda::Function', 5);
    const actions = JSON.stringify(templateOf(stack).findResources('AWS::IAM::Role')).match(/"(rds|ssm|cloudformation):[A-Za-z]+"/g);
    expect(new Set(actions)).toEqual(new Set([
      '"rds:DescribeDBClusterSnapshots"', '"rds:DescribeDBClusters"', '"rds:DescribeDBClusterAutomatedBackups"',
      '"cloudformation:DescribeStacks"', '"cloudformation:DescribeStackResource"',
      '"ssm:GetParameter"', '"ssm:GetParametersByPath"', '"ssm:PutParameter"', '"ssm:DeleteParameters"',
    ]));
  });
});

test('of a plan it is the same, whether the app makes the plan or imports it', () => {
  const plan = planWith();
  const ofMade = propertiesWith({ plan }, plan.stack);

  expect(ofMade).toMatchObject({ PlanName: GOLD, SnapshotTypes: ['manual'] });
  expect(propertiesWith((stack) => ({ plan: goldByName(stack) }))).toEqual({ ...ofMade, ServiceToken: expect.anything(), Owner: expect.anything() });
});

describe('of a vault', () => {
  test('it is a copy, which belongs to the account of the stack', () => {
    const stack = vaultStack();
    const point = pointIn(stack, { vault: vaultWith({}, stack), sourceAccount: ACCOUNT });

    expect(point.sourceAccount).toBeUndefined();
    expect(propertiesOf(stack, RESTORE_POINT)).toMatchObject({ VaultName: BUNKER, VaultRegion: 'eu-central-1', SourceAccount: ACCOUNT, SnapshotTypes: ['manual'] });
  });
});

describe('of another account', () => {
  test('it is what that account shares', () => {
    const stack = stackIn('eu-west-1');

    expect(pointIn(stack, { sourceAccount: OTHER_ACCOUNT }).sourceAccount).toBe(OTHER_ACCOUNT);
    expect(propertiesOf(stack, RESTORE_POINT)).toMatchObject({ SourceAccount: OTHER_ACCOUNT, SnapshotTypes: ['shared'] });
  });

  test('the account may be told while the stack deploys', () => {
    expect(propertiesWith({ sourceAccount: Fn.importValue('Account') })).toMatchObject({ SourceAccount: { 'Fn::ImportValue': 'Account' } });
  });
});

describe('refused at synth', () => {
  test.each<[string, PropsOf, RegExp]>([
    ['an ARN as the name', { clusterIdentifier: 'arn:aws:rds:eu-west-1:111111111111:cluster:orders' }, /clusterIdentifier must be the name of a cluster, got the ARN/],
    ['what cannot be a name', { clusterIdentifier: 'orders--eu' }, /clusterIdentifier must be 1 to 63 letters.*got 'orders--eu'/],
    ['a name as the resource id', { clusterResourceIdentifier: 'orders' }, /clusterResourceIdentifier must be the resource id.*got 'orders'.*clusterIdentifier/],
    ['another engine', { engine: { ...MYSQL, engineType: 'neptune' } as rds.IClusterEngine }, /engine must be Aurora MySQL or Aurora PostgreSQL, got 'neptune'/],
    ['a time that is none', { before: new Date('yesterday') }, /before must be a time, got an invalid date; give for example/],
    ['an empty trigger', { trigger: '' }, /trigger must not be empty/],
    ['no kinds of snapshots', { snapshotTypes: [] }, /snapshotTypes must name at least one kind/],
    ['shared snapshots of whomever', { snapshotTypes: [SnapshotType.MANUAL, SnapshotType.SHARED] }, /anybody can share a snapshot with this account; say with sourceAccount/],
    ['own snapshots of another account', { sourceAccount: OTHER_ACCOUNT, snapshotTypes: [SnapshotType.MANUAL] }, /snapshotTypes must be SHARED alone with sourceAccount, got manual/],
    ['what is no account', { sourceAccount: 'production' }, /sourceAccount must be the 12 digits of an account, got 'production'/],
    ['the own account as another', { sourceAccount: ACCOUNT }, /sourceAccount is '111111111111', the account of the stack itself; leave it out/],
    ['a plan of another account', (stack) => ({ plan: goldByName(stack), sourceAccount: OTHER_ACCOUNT }), /plan cannot be combined with sourceAccount, because RDS does not show the tags/],
    ['a plan\'s automated snapshots', (stack) => ({ plan: goldByName(stack), snapshotTypes: [SnapshotType.AUTOMATED] }), /snapshotTypes must contain MANUAL with plan or vault, .*got automated/],
    ['a plan\'s shared snapshots', (stack) => ({ plan: goldByName(stack), snapshotTypes: [SnapshotType.SHARED] }), /snapshotTypes must not contain SHARED with plan or vault/],
    ['a plan and a vault', (stack) => ({ plan: goldByName(stack), vault: bunkerOf(ACCOUNT)(stack) }), /plan and vault cannot be combined/],
    ['a vault of another account', (stack) => ({ vault: bunkerOf(VAULT_ACCOUNT)(stack) }), /vault is in account 222222222222 .* give sourceAccount: '222222222222' instead of vault/],
  ])('is %s', (_, props, words) => {
    const stack = aStack({ env: { account: ACCOUNT, region: 'eu-west-1' } });

    expect(messageOf(() => pointIn(stack, props))).toMatch(words);
  });

  test('is nothing that is only known while the stack deploys', () => {
    const token = (name: string) => Fn.importValue(name);

    expect(() => propertiesWith({ clusterIdentifier: token('Name'), clusterResourceIdentifier: token('Id'), trigger: token('Trigger') })).not.toThrow();
  });
});
