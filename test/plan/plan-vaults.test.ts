import { CfnParameter, Duration, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { AuroraBackupPlan, AuroraBackupPlanProps, ISnapshotVault, RetentionPolicy, SnapshotVault, SnapshotVaultSource } from '../../src';
import { planOwner } from '../../src/core/plan/plan-ownership';
import { checkVaultSources } from '../../src/private/plan-vault-sources';
import { aStack, actionsOf, anApp, asText, importedCluster, messageOf, stackIn, templateOf } from '../support/constructs';
import { GOLD, PropsOf, definitionOf, planIn, planWith, resourceOf, rulesOf, statementsOfFunction, statementsOfRole } from '../support/plans';

const VAULT = { account: '333333333333', region: 'eu-north-1', vaultName: 'Vault' };
const VAULT_ARN = 'arn:${AWS::Partition}:events:eu-north-1:333333333333:event-bus/Vault';
const DEFAULT_BUS = 'arn:${AWS::Partition}:events:eu-west-1:111111111111:event-bus/default';

/** A vault of another app. */
function vaultIn(stack: Stack, vaultName = 'Vault', account = VAULT.account, region = VAULT.region): ISnapshotVault {
  return SnapshotVault.fromEventBusArn(stack, `${vaultName}-${account}-${region}`, `arn:aws:events:${region}:${account}:event-bus/${vaultName}`);
}

const withVault: PropsOf = (stack) => ({ vaults: [vaultIn(stack)] });
const ruleOf = (stack: Stack, which: 'Announce' | 'Receipts', id = 'Gold') => resourceOf(stack, 'AWS::Events::Rule', `${id}Vaults${which}`).Properties;
const resolved = (value: unknown): unknown => JSON.parse(JSON.stringify(value), (_, part) => (part?.['Fn::Join'] ? asText(part) : part));

describe('a vault of another app', () => {
  const { stack } = planWith(withVault);

  test('is in the rules of the plan, by account, Region and name', () => {
    expect(rulesOf(stack).vaults).toEqual([VAULT]);
  });

  test('is told by the state machine of deliveries, which may tell nobody else', () => {
    expect(definitionOf(stack, 'Delivery').States.Announce.Parameters.Entries[0].DetailType).toBe('Aurora Backup Snapshot Announcement');
    const telling = statementsOfRole(stack, 'GoldWorkflowDeliveryRole').filter((statement) => actionsOf(statement).includes('events:PutEvents'));
    expect(telling.map(({ Resource }) => asText(Resource))).toEqual([DEFAULT_BUS]);
  });

  test('gets the announcements of this plan that are for it, from the default bus', () => {
    const { EventPattern, Targets: [target], EventBusName } = ruleOf(stack, 'Announce');

    expect(EventBusName).toBeUndefined();
    expect(resolved(EventPattern)).toEqual({
      'account': ['111111111111'],
      'source': ['cdk-aurora-backup'],
      'detail-type': ['Aurora Backup Snapshot Announcement'],
      'detail': { vault: [VAULT_ARN], planName: [GOLD] },
    });
    expect(asText(target.Arn)).toBe(VAULT_ARN);
    expect(target).not.toHaveProperty('InputTransformer');
  });

  test('is reached by a role that can do nothing else', () => {
    const statements = statementsOfRole(stack, 'GoldVaultsRole');

    expect(statements.map(actionsOf)).toEqual([['events:PutEvents']]);
    expect(asText(statements[0].Resource)).toBe(VAULT_ARN);
    expect(Object.keys(templateOf(stack).findResources('AWS::IAM::Policy')).filter((id) => id.includes('Vaults'))).toEqual([]);
  });

  test('is heard if it speaks of the snapshots of this plan, and by its own account only', () => {
    const { EventPattern, Targets: [target] } = ruleOf(stack, 'Receipts');

    expect(resolved(EventPattern)).toEqual({
      'account': ['333333333333'],
      'source': ['cdk-aurora-backup'],
      'detail-type': ['Aurora Backup Vault Receipt'],
      'detail': {
        vault: [VAULT_ARN],
        snapshotArn: [{ prefix: `arn:\${AWS::Partition}:rds:eu-west-1:111111111111:cluster-snapshot:${planOwner(GOLD)}-` }],
      },
    });
    expect(asText(target.Arn)).toContain('AuroraBackupPlansStart');
    expect(target.InputTransformer.InputPathsMap).toEqual({ account: '$.account', detail: '$.detail' });
    expect(JSON.parse(target.InputTransformer.InputTemplate.replace(/:<(\w+)>/g, ':"<$1>"'))).toEqual({
      door: 'plan',
      task: 'receipt',
      plan: { owner: planOwner(GOLD), planName: GOLD, region: 'eu-west-1', account: '111111111111' },
      vault: VAULT,
      account: '<account>',
      detail: '<detail>',
    });
  });

  test('may send receipts to the default bus, and nothing else', () => {
    const { Statement, EventBusName } = resourceOf(stack, 'AWS::Events::EventBusPolicy', 'AuroraBackupPlansReceiptsOf').Properties;

    expect(EventBusName).toBeUndefined();
    expect(resolved(Statement)).toEqual({
      Effect: 'Allow',
      Principal: { AWS: 'arn:${AWS::Partition}:iam::333333333333:root' },
      Action: 'events:PutEvents',
      Resource: DEFAULT_BUS,
      Condition: {
        'ForAllValues:StringEquals': { 'events:source': 'cdk-aurora-backup' }, 'StringEquals': { 'events:detail-type': 'Aurora Backup Vault Receipt' },
      },
    });
  });

  test('has its answers written onto snapshots of the plan, in tags that nothing is known by', () => {
    const tagging = statementsOfFunction(stack, 'Start').filter((statement) => actionsOf(statement).join() === 'rds:AddTagsToResource');

    expect(tagging).toHaveLength(1);
    expect(asText(tagging[0].Resource)).toBe(`arn:\${AWS::Partition}:rds:eu-west-1:111111111111:cluster-snapshot:${planOwner(GOLD)}-*`);
    expect(tagging[0].Condition).toEqual({
      'StringEquals': {
        'aws:ResourceTag/cdk-aurora-backup:owner': [planOwner(GOLD)],
        'aws:ResourceTag/cdk-aurora-backup:plan': [GOLD],
        'aws:ResourceTag/cdk-aurora-backup:plan-region': 'eu-west-1',
      },
      'ForAllValues:StringLike': { 'aws:TagKeys': 'cdk-aurora-backup:vault/*' },
      'Null': { 'aws:TagKeys': 'false' },
    });
  });

  test('is shared with, though nobody else is', () => {
    expect(statementsOfFunction(stack, 'Start').flatMap(actionsOf)).toContain('rds:ModifyDBClusterSnapshotAttribute');
  });
});

describe('a vault of the same app', () => {
  const app = anApp();
  const there = aStack({ app, id: 'There', env: { account: VAULT.account, region: VAULT.region } });
  const here = stackIn('eu-west-1', { app });
  const vault = new SnapshotVault(there, 'Vault', {
    vaultName: 'Vault',
    sources: [{ accountId: '111111111111', regions: ['eu-west-1'] }],
    encryptionKey: new kms.Key(there, 'Key'),
    retention: RetentionPolicy.keepAll(),
  });
  planIn(here, { vaults: [vault] });

  test('is known by where it is, and neither stack waits for the other', () => {
    expect(rulesOf(here).vaults).toEqual([VAULT]);
    expect(here.dependencies).toEqual([]);
    expect(there.dependencies).toEqual([]);
  });
});

describe('of a vault of the same app it is known what it takes in', () => {
  /** A plan in Ireland, of the clusters orders and billing, and its vault. */
  const planTo = (source: Partial<SnapshotVaultSource>, props: Partial<AuroraBackupPlanProps> = {}, dailyAdmission?: number) => {
    const app = anApp();
    const there = aStack({ app, id: 'There', env: { account: VAULT.account, region: VAULT.region } });
    const vault = new SnapshotVault(there, 'Vault', {
      sources: [{ accountId: '111111111111', regions: ['eu-west-1'], clusters: ['orders', 'billing'], ...source }],
      encryptionKey: new kms.Key(there, 'Key'),
      retention: RetentionPolicy.keepFor(Duration.days(35)),
      dailyAdmission,
    });
    const here = stackIn('eu-west-1', { app });
    const plan = planIn(here, { vaults: [vault], retention: RetentionPolicy.keepLast(7), clusters: [importedCluster(here, 'Orders')], ...props });
    plan.addCluster(importedCluster(here, 'billing'));
    return plan;
  };
  const warningsOf = ({ stack }: AuroraBackupPlan) => Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('takes in')).map(({ entry }) => String(entry.data));

  test('so a plan whose account, Region and clusters it names is right', () => {
    expect(() => templateOf(planTo({}).stack)).not.toThrow();
    expect(() => templateOf(planTo({ clusters: undefined }).stack)).not.toThrow();
  });

  test('so a plan of another account is refused', () => {
    expect(messageOf(() => planTo({ accountId: '444444444444' }))).toBe(
      "[Orders/Gold] vaults name 'There/Vault', whose sources do not name 111111111111, the account of the plan, so that it would refuse every snapshot; add it to sources, or leave out the vault",
    );
  });

  test('so a plan of another Region is refused', () => {
    expect(messageOf(() => planTo({ regions: ['eu-north-1', 'eu-south-1'] }))).toBe(
      "[Orders/Gold] vaults name 'There/Vault', whose sources name of account 111111111111 eu-north-1, eu-south-1 and not eu-west-1, the Region of the plan, so that it would refuse every snapshot; "
      + 'add the Region to sources.regions, or leave out the vault',
    );
  });

  test('so a plan with a cluster that it does not name is refused, also where the cluster was added last', () => {
    const plan = planTo({ clusters: ['orders'] });

    expect(messageOf(() => templateOf(plan.stack))).toContain(
      "[Orders/Gold] vaults name 'There/Vault', whose sources.clusters of account 111111111111 are orders and not 'billing', a cluster of the plan; add it to sources.clusters, or back it up with another plan",
    );
  });

  test('so clusters whose names are made later, and plans whose account is only known then, may be right', () => {
    const plan = planTo({});
    plan.addCluster(importedCluster(plan.stack, new CfnParameter(plan.stack, 'Name').valueAsString, 'Late'));

    expect(() => templateOf(plan.stack)).not.toThrow();
    expect(() => checkVaultSources(plan, [plan.node.root.node.findChild('There').node.findChild('Vault')], aStack())).not.toThrow();
  });

  test('so more runs than it takes in a day are warned of', () => {
    expect(warningsOf(planTo({}, { schedule: ScheduleExpression.rate(Duration.hours(1)) }))).toEqual([
      "the schedule comes to 24 snapshots of a cluster within a day, and vault 'There/Vault' takes in 4 of them and refuses the others; "
      + 'raise its dailyAdmission, run less often, or acknowledge this warning [ack: cdk-aurora-backup:vaultAdmission]',
    ]);
  });

  test('but not as many, nor where its number is raised', () => {
    expect(warningsOf(planTo({}, { schedule: ScheduleExpression.rate(Duration.hours(6)) }))).toEqual([]);
    expect(warningsOf(planTo({}, { schedule: ScheduleExpression.rate(Duration.hours(1)) }, 24))).toEqual([]);
  });
});

describe('several', () => {
  test('plans of a stack let the account of their vault answer by one statement, and each hears only what is about its own snapshots', () => {
    const stack = stackIn('eu-west-1');
    const vault = vaultIn(stack);
    planIn(stack, { vaults: [vault], clusters: undefined, clusterTags: { backup: 'gold' } });
    planIn(stack, { planName: 'silver', vaults: [vault], clusters: undefined, clusterTags: { backup: 'silver' } }, 'Silver');

    templateOf(stack).resourceCountIs('AWS::Events::EventBusPolicy', 1);
    expect(asText(ruleOf(stack, 'Receipts', 'Silver').EventPattern.detail.snapshotArn[0].prefix)).toContain(planOwner('silver'));
  });

  test('stacks have statements of their own, which do not overwrite each other, also where two apps have the same tree', () => {
    const stacksOfOtherApps = ['shop-blue', 'shop-green'].map((stackName) => (
      planWith((scope) => ({ vaults: [vaultIn(scope)] }), stackIn('eu-west-1', { stackName })).stack
    ));
    const app = anApp();
    const stacks = ['One', 'Two'].map((id) => planWith((scope) => ({ planName: id, vaults: [vaultIn(scope)] }), stackIn('eu-west-1', { app, id })).stack);
    const ids = [...stacks, ...stacksOfOtherApps].map((stack) => resourceOf(stack, 'AWS::Events::EventBusPolicy', 'AuroraBackupPlansReceiptsOf').Properties.StatementId);

    expect(new Set(ids).size).toBe(4);
    ids.forEach((id) => expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/));
  });

  test('vaults of one plan each have their rules', () => {
    const { stack } = planWith((scope) => ({ vaults: [vaultIn(scope), vaultIn(scope, 'Second'), vaultIn(scope, 'Third', '444444444444')] }));

    const rules = Object.keys(templateOf(stack).findResources('AWS::Events::Rule')).filter((id) => id.startsWith('GoldVaults'));
    expect(rules).toHaveLength(6);
    templateOf(stack).resourceCountIs('AWS::Events::EventBusPolicy', 2);
  });
});

describe('the age of the newest snapshot in a vault', () => {
  test('is a metric of its own, in the Region of the plan, and so is its alarm', () => {
    const stack = stackIn('eu-west-1');
    const vault = vaultIn(stack);
    planIn(stack, { vaults: [vault] }).alarmOnNewestSnapshotAge('Age', { maximumAge: Duration.hours(30), vault });

    expect(resourceOf(stack, 'AWS::CloudWatch::Alarm', 'GoldAge').Properties).toMatchObject({
      MetricName: 'NewestSnapshotAge',
      Dimensions: [{ Name: 'Plan', Value: GOLD }, { Name: 'Region', Value: 'eu-west-1' }, { Name: 'Vault', Value: '333333333333/eu-north-1/Vault' }],
      Threshold: 30 * 3600,
      TreatMissingData: 'breaching',
      AlarmDescription: 'The newest snapshot of backup plan gold in the vault Vault is older than 30 hours, or nobody knows how old it is.',
    });
  });

  test('can be asked for of a plan that the app only knows', () => {
    const stack = stackIn('eu-west-1');
    const metric = AuroraBackupPlan.fromPlanName(stack, 'Imported', GOLD).metricNewestSnapshotAge({ vault: vaultIn(stack) });

    expect(metric.dimensions).toEqual({ Plan: GOLD, Region: 'eu-west-1', Vault: '333333333333/eu-north-1/Vault' });
  });

  test('is refused of a vault that the plan tells nothing, and together with a Region', () => {
    const plan = planWith(withVault);

    expect(messageOf(() => plan.metricNewestSnapshotAge({ vault: vaultIn(plan.stack, 'Other') }))).toBe(
      "[Orders/Gold] vault must be one that the plan announces to (333333333333/eu-north-1/Vault), got '333333333333/eu-north-1/Other'; add it to vaults, or name one of these",
    );
    expect(messageOf(() => plan.metricNewestSnapshotAge({ vault: vaultIn(plan.stack, 'Third'), snapshotRegion: 'eu-west-1' })))
      .toContain('snapshotRegion cannot be asked for together with vault');
  });
});

test('a plan without vaults has nothing to do with any', () => {
  const { stack } = planWith();
  const text = JSON.stringify(templateOf(stack).toJSON());

  expect(rulesOf(stack)).not.toHaveProperty('vaults');
  templateOf(stack).resourceCountIs('AWS::Events::EventBusPolicy', 0);
  expect(text).not.toMatch(/GoldVaults|aws:TagKeys/);
});

describe('a plan is refused', () => {
  const refusal = (props: PropsOf, stack?: Stack) => messageOf(() => planWith(props, stack));

  test.each<[string, PropsOf, string | RegExp]>([
    ['for the same vault twice', (stack) => ({ vaults: [vaultIn(stack), vaultIn(new Stack(stack.node.root as any, 'Other'))] }),
      "vaults name '333333333333/eu-north-1/Vault' twice; leave out one of the two"],
    ['for a vault of its own account', (stack) => ({ vaults: [vaultIn(stack, 'Vault', '111111111111')] }),
      /vaults name '111111111111\/eu-north-1\/Vault', which is in the account of the plan itself.*put the vault into another account/],
    ['for a vault from where nothing comes to GovCloud', (stack) => ({ vaults: [vaultIn(stack, 'Vault', VAULT.account, 'us-gov-west-1')] }),
      /vaults name '333333333333\/us-gov-west-1\/Vault', to where nothing can be copied from eu-west-1/],
    ['for a vault in China', (stack) => ({ vaults: [vaultIn(stack, 'Vault', VAULT.account, 'cn-north-1')] }), /China Regions \(cn-north-1\); leave out vaults/],
    ['for more accounts than RDS takes', (stack) => ({
      vaults: [vaultIn(stack)], shareWith: Array.from({ length: 20 }, (_, index) => String(200000000000 + index)),
    }), 'shareWith and the accounts of the vaults come to 21 accounts, and RDS shares a snapshot with 20; leave some out'],
  ])('%s', (_, props, message) => {
    expect(refusal(props)).toMatch(typeof message === 'string' ? `[Orders/Gold] ${message}` : message);
  });

  test('for a vault of which nobody knows at synth where it is', () => {
    const app = anApp();
    const somewhere = aStack({ app, id: 'Somewhere' });
    const vault: ISnapshotVault = Object.assign(Object.create(vaultIn(somewhere)), { vaultAccount: new CfnParameter(somewhere, 'Account').valueAsString });

    expect(refusal({ vaults: [vault] }, stackIn('eu-west-1', { app }))).toMatch(
      /vaults name 'Somewhere\/Vault.*', whose account, Region or name is not known at synth; give its stack an env with account and region, or import it/,
    );
  });

  test('for more tags than RDS takes with those of its vaults', () => {
    const synth = (count: number) => {
      const plan = planWith((stack) => ({ vaults: ['A', 'B', 'C'].map((name) => vaultIn(stack, name)) }));
      Array.from({ length: count }, (_, index) => Tags.of(plan).add(`tag-${index}`, 'x'));
      return () => templateOf(plan.stack);
    };

    expect(synth(38)).not.toThrow();
    expect(messageOf(synth(39))).toContain('come to 39, and RDS takes 50 tags on a snapshot, of which up to 12 are the library\'s own');
  });
});

test('an account that is shared with and has a vault counts once', () => {
  const accounts = Array.from({ length: 19 }, (_, index) => String(200000000000 + index));

  expect(() => planWith((stack) => ({ vaults: [vaultIn(stack)], shareWith: [...accounts, VAULT.account] }))).not.toThrow();
});
