import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AuroraBackupPlanProps } from '../../src';
import { planOwner } from '../../src/core/plan/plan-ownership';
import { Statement, aStack, actionsOf, anApp, importedCluster, messageOf, newCluster, resourcesOf, stackIn, templateOf } from '../support/constructs';
import { keyOf, lakeIn } from '../support/exports';
import { GOLD, PlanFunction, keyIn, planIn, resourceOf, statementsOfFunction } from '../support/plans';

const OWNER = planOwner(GOLD);
const HERE = 'arn:${AWS::Partition}:rds:eu-west-1:111111111111';
const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const LOOK = ['rds:DescribeDBClusterSnapshots', 'rds:DescribeDBClusters', 'rds:DescribeExportTasks'];
const FUNCTIONS: PlanFunction[] = ['Runs', 'Look', 'Start', 'Prune'];

const OWN_SNAPSHOTS = {
  StringEquals: {
    'aws:ResourceTag/cdk-aurora-backup:owner': [OWNER],
    'aws:ResourceTag/cdk-aurora-backup:plan': [GOLD],
    'aws:ResourceTag/cdk-aurora-backup:plan-region': 'eu-west-1',
  },
};
const NEW_SNAPSHOTS = { StringEquals: { 'aws:RequestTag/cdk-aurora-backup:owner': [OWNER] } };

const actionsIn = (statements: Statement[]) => [...new Set(statements.flatMap(actionsOf))].sort();
const statementsFor = (stack: Stack, which: PlanFunction, action: string) => (
  statementsOfFunction(stack, which).filter((statement) => actionsOf(statement).includes(action))
);
const clustersIn = (stack: Stack, count: number) => Array.from({ length: count }, (_, index) => importedCluster(stack, `orders-${index}`));

function stackWith(props: Partial<AuroraBackupPlanProps> | ((stack: Stack) => Partial<AuroraBackupPlanProps>) = {}, stack = stackIn('eu-west-1')): Stack {
  planIn(stack, typeof props === 'function' ? props(stack) : props);
  return stack;
}

const everything = (stack: Stack): Partial<AuroraBackupPlanProps> => ({
  copies: [{ region: 'eu-central-1', encryptionKey: keyIn(stack, 'eu-central-1') }, { region: 'eu-north-1', encryptionKey: keyIn(stack, 'eu-north-1') }],
  shareWith: ['222222222222'],
  exports: [{ bucket: lakeIn(stack), encryptionKey: keyOf(stack) }],
});

describe('a plan with everything', () => {
  const stack = stackWith(everything);

  test.each<[PlanFunction, string[]]>([
    ['Runs', [...LOG, 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage', 'sqs:SendMessage']],
    ['Look', [...LOG, ...LOOK]],
    ['Start', [
      'iam:PassRole', 'kms:CreateGrant', 'kms:DescribeKey', ...LOG,
      'rds:AddTagsToResource', 'rds:CopyDBClusterSnapshot', 'rds:CreateDBClusterSnapshot', 'rds:CrossRegionCommunication', 'rds:DescribeDBClusterSnapshotAttributes',
      ...LOOK, 'rds:ModifyDBClusterSnapshotAttribute', 'rds:StartExportTask',
    ]],
    ['Prune', [...LOG, 'rds:DeleteDBClusterSnapshot', 'rds:DescribeDBClusterSnapshots', 'rds:DescribeExportTasks']],
  ])('lets the function %s do what it is for, and no more', (which, actions) => {
    expect(actionsIn(statementsOfFunction(stack, which))).toEqual([...actions].sort());
  });

  test.each(FUNCTIONS)('names no action with a wildcard and nothing on all resources (%s)', (which) => {
    const statements = statementsOfFunction(stack, which);

    expect(actionsIn(statements).filter((action) => action.includes('*'))).toEqual([]);
    expect(resourcesOf(...statements)).not.toContain('*');
  });

  test('takes snapshots of the declared cluster alone', () => {
    const [clusters] = statementsFor(stack, 'Start', 'rds:CreateDBClusterSnapshot').filter(({ Condition }) => !Condition);

    expect(resourcesOf(clusters)).toEqual([`${HERE}:cluster:orders`]);
  });

  test('makes snapshots at home and copies in the Regions of its rules, with its own prefix and tag', () => {
    const made = (action: string) => statementsFor(stack, 'Start', action).filter(({ Condition }) => Condition);

    expect(made('rds:CreateDBClusterSnapshot').map(({ Condition }) => Condition)).toEqual([NEW_SNAPSHOTS]);
    expect(resourcesOf(...made('rds:CreateDBClusterSnapshot'))).toEqual([`${HERE}:cluster-snapshot:${OWNER}-*`]);
    expect(made('rds:CopyDBClusterSnapshot').map(({ Condition }) => Condition)).toEqual([NEW_SNAPSHOTS]);
    expect(resourcesOf(...made('rds:CopyDBClusterSnapshot')).sort()).toEqual(['eu-central-1', 'eu-north-1'].map((region) => (
      `arn:\${AWS::Partition}:rds:${region}:111111111111:cluster-snapshot:${OWNER}-*`
    )));
  });

  test('copies and exports its own snapshots at home alone', () => {
    for (const action of ['rds:CrossRegionCommunication', 'rds:StartExportTask']) {
      expect(resourcesOf(...statementsFor(stack, 'Start', action))).toEqual([`${HERE}:cluster-snapshot:${OWNER}-*`]);
    }
  });

  test.each<[verb: string, where: string, PlanFunction, action: string, region: string]>([
    ['shares', 'at home', 'Start', 'rds:ModifyDBClusterSnapshotAttribute', 'eu-west-1'],
    ['deletes', 'wherever they are', 'Prune', 'rds:DeleteDBClusterSnapshot', '*'],
  ])(
    '%s snapshots %s, if they are its own by prefix, owner, name and Region', (_verb, _where, which, action, region) => {
      const statements = statementsFor(stack, which, action);

      expect(statements.map(({ Condition }) => Condition)).toEqual([OWN_SNAPSHOTS]);
      expect(resourcesOf(...statements)).toEqual([`arn:\${AWS::Partition}:rds:${region}:111111111111:cluster-snapshot:${OWNER}-*`]);
    },
  );

  test('passes to RDS only roles that plans made for themselves', () => {
    expect(resourcesOf(...statementsFor(stack, 'Start', 'iam:PassRole'))).toEqual([`arn:\${AWS::Partition}:iam::111111111111:role/cdk-aurora-backup/${OWNER}/*`]);
  });

  test('uses the keys of its copies only through RDS of their Region', () => {
    const [statement] = statementsFor(stack, 'Start', 'kms:CreateGrant').filter((candidate) => resourcesOf(candidate).some((arn) => arn.includes(':eu-north-1:')));

    expect(resourcesOf(statement)).toEqual(['arn:aws:kms:eu-north-1:111111111111:key/1']);
    expect(statement.Condition).toEqual({ StringEquals: { 'kms:ViaService': { 'Fn::Join': ['', ['rds.eu-north-1.', { Ref: 'AWS::URLSuffix' }]] } } });
  });
});

describe('what is not declared is not allowed', () => {
  const actions = (props: Parameters<typeof stackWith>[0]) => actionsIn(statementsOfFunction(stackWith(props), 'Start'));

  test('no copy, no share and no export', () => {
    expect(actions({})).toEqual([...LOG, 'rds:AddTagsToResource', 'rds:CreateDBClusterSnapshot', ...LOOK]);
  });

  test('a copy without a key uses none but that of the cluster', () => {
    const stack = stackWith({ copies: [{ region: 'eu-central-1' }] });

    expect(statementsFor(stack, 'Start', 'kms:CreateGrant').flatMap((statement) => resourcesOf(statement))).toEqual(['arn:${AWS::Partition}:kms:eu-west-1:111111111111:key/*']);
  });

  test('what may be deleted does not depend on what is declared, because it was made before', () => {
    const prune = (props: Parameters<typeof stackWith>[0]) => statementsOfFunction(stackWith(props), 'Prune');

    expect(prune({})).toEqual(prune(everything));
  });
});

describe('the keys of clusters', () => {
  const known = (stack: Stack) => keyIn(stack, 'eu-west-1', 'ClusterKey');
  const usedKeys = (stack: Stack) => [...new Set(resourcesOf(...statementsFor(stack, 'Start', 'kms:CreateGrant')))];
  const copying = (stack: Stack) => ({ copies: [{ region: 'eu-central-1', encryptionKey: keyIn(stack, 'eu-central-1') }], clusters: [] });
  const ALL_KEYS = 'arn:${AWS::Partition}:kms:eu-west-1:111111111111:key/*';
  const KNOWN = 'arn:aws:kms:eu-west-1:111111111111:key/1';

  test('are used and no others, where all are known', () => {
    const stack = stackIn('eu-west-1');
    planIn(stack, copying(stack)).addCluster(importedCluster(stack), { clusterEncryptionKey: known(stack) });

    expect(usedKeys(stack)).toEqual(expect.arrayContaining([KNOWN]));
    expect(usedKeys(stack)).not.toContain(ALL_KEYS);
  });

  test('are all keys of the account, where that of one cluster is not known', () => {
    const stack = stackIn('eu-west-1');
    const plan = planIn(stack, copying(stack));
    plan.addCluster(importedCluster(stack), { clusterEncryptionKey: known(stack) });
    plan.addCluster(importedCluster(stack, 'billing'));

    expect(usedKeys(stack)).toContain(ALL_KEYS);
  });

  test('are all keys of the account, where clusters are selected later', () => {
    const stack = stackIn('eu-west-1');
    planIn(stack, { ...copying(stack), clusterTags: { backup: 'gold' } }).addCluster(importedCluster(stack), { clusterEncryptionKey: known(stack) });

    expect(usedKeys(stack)).toContain(ALL_KEYS);
  });

  test('are used by exports without a condition on the service, which is unproven', () => {
    const stack = stackIn('eu-west-1');
    planIn(stack, { clusters: [], exports: [{ bucket: lakeIn(stack), encryptionKey: keyOf(stack) }] })
      .addCluster(importedCluster(stack), { clusterEncryptionKey: known(stack) });
    const statements = statementsFor(stack, 'Start', 'kms:CreateGrant');

    expect(resourcesOf(...statements)).toEqual(expect.arrayContaining([KNOWN, 'arn:aws:kms:eu-west-1:111111111111:key/lake']));
    expect(statements.map(({ Condition }) => Condition)).toEqual([{ Bool: { 'kms:GrantIsForAWSResource': 'true' } }]);
  });

  test('are named by the alias where nothing else is known', () => {
    const stack = stackIn('eu-west-1');
    planIn(stack, { copies: [{ region: 'eu-central-1', encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', 'alias/dr') }] });

    expect(statementsFor(stack, 'Start', 'kms:CreateGrant').map(({ Condition }) => Condition)).toContainEqual(expect.objectContaining({
      'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/dr' },
    }));
  });
});

describe('clusters', () => {
  const takenFrom = (stack: Stack) => statementsFor(stack, 'Start', 'rds:CreateDBClusterSnapshot').filter((statement) => !actionsOf(statement).includes('rds:AddTagsToResource'));

  test.each([[50, 50], [51, 1]])('are named one by one up to fifty: %i take %i lines', (count, lines) => {
    const stack = stackWith((scope) => ({ clusters: clustersIn(scope, count) }));

    expect(resourcesOf(...takenFrom(stack))).toHaveLength(lines);
  });

  test('beyond fifty are all clusters of the account in the Region', () => {
    expect(resourcesOf(...takenFrom(stackWith((stack) => ({ clusters: clustersIn(stack, 51) }))))).toEqual([`${HERE}:cluster:*`]);
  });

  test('are counted over all plans of the stack, whose role is one', () => {
    const stack = stackIn('eu-west-1');
    planIn(stack, { clusters: clustersIn(stack, 30) });
    planIn(stack, { planName: 'silver', clusters: [...Array(30).keys()].map((index) => importedCluster(stack, `billing-${index}`)) }, 'Silver');

    expect(resourcesOf(...takenFrom(stack))).toEqual([`${HERE}:cluster:*`]);
  });

  test('selected by tags are those that have all of them', () => {
    const [statement, ...others] = takenFrom(stackWith({ clusterTags: { backup: 'gold', team: 'billing' } }));

    expect(others).toEqual([]);
    expect(resourcesOf(statement)).toEqual([`${HERE}:cluster:*`]);
    expect(statement.Condition).toEqual({ StringEquals: { 'aws:ResourceTag/backup': 'gold', 'aws:ResourceTag/team': 'billing' } });
  });

  test('declared and selected ones are two statements', () => {
    const statements = takenFrom(stackWith((stack) => ({ clusters: [importedCluster(stack)], clusterTags: { backup: 'gold' } })));

    expect(statements.map((statement) => [resourcesOf(statement), statement.Condition])).toEqual([
      [[`${HERE}:cluster:orders`], undefined],
      [[`${HERE}:cluster:*`], { StringEquals: { 'aws:ResourceTag/backup': 'gold' } }],
    ]);
  });

  test('that are added last, and those of the stack itself, are named too', () => {
    const stack = stackIn('eu-west-1');
    const plan = planIn(stack, { clusters: [] });
    plan.addCluster(importedCluster(stack, 'Billing'));
    plan.addCluster(newCluster(stack));

    expect(resourcesOf(...takenFrom(stack)).sort()).toEqual([expect.stringMatching(/:cluster:\$\{ClusterEB0386A7\}$/), `${HERE}:cluster:billing`]);
  });
});

describe('several plans of one stack', () => {
  /** What CloudFormation hands to IAM: a reference becomes the longest partition, or a name of forty characters. */
  function charactersOf(value: any): string {
    const text = (part: any): any => {
      if (Array.isArray(part)) return part.map(text);
      if (typeof part !== 'object' || part === null) return part;
      if (part.Ref === 'AWS::Partition') return 'aws-us-gov';
      if (part.Ref || part['Fn::GetAtt']) return 'x'.repeat(40);
      return part['Fn::Join'] ? text(part['Fn::Join'][1]).join('') : Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, text(inner)]));
    };
    return JSON.stringify(text(value));
  }

  function stackWithPlans(count: number): Stack {
    const stack = stackIn('eu-west-1');
    const place = everything(stack);
    for (let index = 0; index < count; index++) {
      planIn(stack, {
        ...place,
        planName: `a-plan-with-quite-a-long-name-of-the-platform-team-number-${index}`,
        clusters: [0, 1, 2, 3, 4].map((n) => importedCluster(stack, `orders-production-${index}-${n}`)),
      }, `Plan${index}`);
    }
    return stack;
  }

  test('share their statements: eight with everything and forty clusters fit into what IAM takes', () => {
    const stack = stackWithPlans(8);

    for (const which of FUNCTIONS) {
      const { Policies } = resourceOf(stack, 'AWS::IAM::Role', `AuroraBackupPlans${which}Role`).Properties;
      expect(charactersOf(Policies).length).toBeLessThan(10_240);
    }
  });

  test('that certainly do not fit are refused at synth, with a remedy', () => {
    expect(messageOf(() => templateOf(stackWithPlans(20)))).toMatch(
      /the backup plans of stack 'Orders' need \d{5} characters of policies for one role, and IAM takes 10240; put some of them into another stack/,
    );
  });

  test('are named one by one in what may be deleted', () => {
    const stack = stackIn('eu-west-1');
    planIn(stack);
    planIn(stack, { planName: 'silver', clusters: [importedCluster(stack, 'billing')] }, 'Silver');
    const [statement, ...others] = statementsFor(stack, 'Prune', 'rds:DeleteDBClusterSnapshot');

    expect(others).toEqual([]);
    expect(resourcesOf(statement).sort()).toEqual([OWNER, planOwner('silver')].sort().map((owner) => `arn:\${AWS::Partition}:rds:*:111111111111:cluster-snapshot:${owner}-*`));
    expect(statement.Condition!.StringEquals['aws:ResourceTag/cdk-aurora-backup:plan']).toEqual([GOLD, 'silver']);
  });
});

test('an imported export role is passed by its own name', () => {
  const stack = stackWith((scope) => ({
    exports: [{ bucket: lakeIn(scope), encryptionKey: keyOf(scope), role: iam.Role.fromRoleArn(scope, 'Role', 'arn:aws:iam::111111111111:role/lake') }],
  }));

  expect(resourcesOf(...statementsFor(stack, 'Start', 'iam:PassRole'))).toEqual(['arn:aws:iam::111111111111:role/lake']);
});

test('where nobody knows account and Region yet, policies name those of the stack', () => {
  const stack = stackWith({}, aStack());
  const [statement] = statementsFor(stack, 'Prune', 'rds:DeleteDBClusterSnapshot');

  expect(resourcesOf(statement)).toEqual([`arn:\${AWS::Partition}:rds:*:\${AWS::AccountId}:cluster-snapshot:${OWNER}-*`]);
  expect(statement.Condition!.StringEquals['aws:ResourceTag/cdk-aurora-backup:plan-region']).toEqual({ Ref: 'AWS::Region' });
});

test('policies are the same when the template is written twice', () => {
  const app = anApp();
  const stack = stackWith(everything, stackIn('eu-west-1', { app }));
  const first = templateOf(stack).toJSON();

  expect(templateOf(stack).toJSON()).toEqual(first);
});
