import { App, NestedStack, RemovalPolicies, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AuroraBackupDefaults, AuroraBackupPlanProps } from '../../src';
import { planOwner } from '../../src/core/plan/plan-ownership';
import { actionsOf, asText, messageOf, newCluster, resourcesOf, stackIn, templateOf } from '../support/constructs';
import { GOLD, PropsOf, planIn, planWith, resourceOf, rulesOf, statementsOfRole } from '../support/plans';

const REMOVAL = 'Custom::AuroraBackupPlanRemoval';
const STACK_ID = '${AWS::StackId}';

const destroyed = (props: Partial<AuroraBackupPlanProps> = {}, stack = stackIn('eu-west-1')) => planIn(stack, { removalPolicy: RemovalPolicy.DESTROY, ...props }).stack;
const removalOf = (stack: Stack, id = 'Gold') => resourceOf(stack, REMOVAL, `${id}Removal`);
const hasRemoval = (stack: Stack) => Object.keys(templateOf(stack).findResources(REMOVAL)).length > 0;

function withDefault(removalPolicy: RemovalPolicy, props: PropsOf = {}): Stack {
  const stack = stackIn('eu-west-1');
  AuroraBackupDefaults.of(stack).configure({ removalPolicy });
  return planWith(props, stack).stack;
}

describe('the snapshots of a plan', () => {
  test('stay by default, and nothing in the template could delete them with the stack', () => {
    const { stack } = planWith();

    expect(hasRemoval(stack)).toBe(false);
    expect(rulesOf(stack)).not.toHaveProperty('stackId');
    templateOf(stack).resourceCountIs('AWS::Lambda::Function', 4);
  });

  test.each<[string, () => Stack]>([
    ['a plan that says DESTROY', () => destroyed()],
    ['the defaults of its surroundings, if it says nothing', () => withDefault(RemovalPolicy.DESTROY)],
    ['applyRemovalPolicy', () => {
      const plan = planWith();
      plan.applyRemovalPolicy(RemovalPolicy.DESTROY);
      return plan.stack;
    }],
  ])('go with the stack according to %s, and say so themselves', (_, stackOf) => {
    const stack = stackOf();

    expect(removalOf(stack).Properties).toMatchObject({ PlanName: GOLD, Owner: planOwner(GOLD), RemovalPolicy: 'destroy', ContractVersion: 1 });
    expect(asText(rulesOf(stack).stackId)).toBe(STACK_ID);
  });

  test('stay in throw-away surroundings, if the plan says RETAIN', () => {
    expect(hasRemoval(withDefault(RemovalPolicy.DESTROY, { removalPolicy: RemovalPolicy.RETAIN }))).toBe(false);
  });

  test('stay if DESTROY is taken back', () => {
    const plan = planWith({ removalPolicy: RemovalPolicy.DESTROY });
    plan.applyRemovalPolicy(RemovalPolicy.RETAIN);

    expect(removalOf(plan.stack).Properties.RemovalPolicy).toBe('retain');
    expect(rulesOf(plan.stack)).not.toHaveProperty('stackId');
  });

  test.each([RemovalPolicy.SNAPSHOT, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE])('cannot be treated as %s', (removalPolicy) => {
    const expected = `[Orders/Gold] removalPolicy must be RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, got '${removalPolicy}'; a snapshot is kept or deleted, nothing else`;

    expect(messageOf(() => planWith({ removalPolicy }))).toBe(expected);
    expect(messageOf(() => planWith().applyRemovalPolicy(removalPolicy))).toBe(expected);
  });
});

describe('a plan whose snapshots go with the stack', () => {
  test('says in which Regions they are', () => {
    const stack = destroyed({ copies: [{ region: 'eu-central-1' }, { region: 'eu-north-1' }] });

    expect(removalOf(stack).Properties.Regions).toEqual(['eu-west-1', 'eu-central-1', 'eu-north-1']);
  });

  test('is deleted before they are, and the clusters after them', () => {
    const stack = stackIn('eu-west-1');
    const plan = planIn(stack, { removalPolicy: RemovalPolicy.DESTROY, clusters: [newCluster(stack, 'Cluster')] });
    plan.addCluster(newCluster(stack, 'Later'));
    const removal = idOf(stack, REMOVAL, 'GoldRemoval');

    for (const which of ['Run', 'Delivery']) {
      expect(resourceOf(stack, 'AWS::StepFunctions::StateMachine', `GoldWorkflow${which}`).DependsOn).toContain(removal);
    }
    expect(resourceOf(stack, 'AWS::Scheduler::Schedule', 'GoldSchedulesRun').DependsOn).toContain(idOf(stack, 'AWS::StepFunctions::StateMachine', 'GoldWorkflowRun'));
    expect(removalOf(stack).DependsOn).toEqual(['Cluster', 'Later'].map((id) => idOf(stack, 'AWS::RDS::DBCluster', id)));
  });

  test('is asked for also where the CDK retains everything', () => {
    const app = new App();
    const stack = new Stack(app, 'Orders', { env: { region: 'eu-west-1', account: '111111111111' } });
    destroyed({}, stack);
    RemovalPolicies.of(app).retain();

    expect(removalOf(stack)).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  test('shares what deletes them with the other plans of the stack', () => {
    const stack = stackIn('eu-west-1');
    destroyed({}, stack);
    const before = Object.keys(templateOf(stack).findResources('AWS::Lambda::Function')).length;
    const two = stackIn('eu-west-1');
    destroyed({}, two);
    planIn(two, { planName: 'silver', removalPolicy: RemovalPolicy.DESTROY, clusters: [newCluster(two, 'Other')] }, 'Silver');

    // One of ours and the three of the Provider framework.
    expect(before).toBe(8);
    templateOf(two).resourceCountIs('AWS::Lambda::Function', before);
    templateOf(two).resourceCountIs(REMOVAL, 2);
  });
});

describe('the function that deletes them', () => {
  const ACTIONS = [
    'cloudformation:DescribeStacks', 'logs:CreateLogStream', 'logs:PutLogEvents', 'rds:DeleteDBClusterSnapshot', 'rds:DescribeDBClusterSnapshots',
    'rds:DescribeDBClusters', 'rds:DescribeExportTasks',
  ];
  const statements = (stack: Stack) => statementsOfRole(stack, 'AuroraBackupPlansRemoveRole');
  const statementFor = (stack: Stack, action: string) => {
    const [found, ...others] = statements(stack).filter((statement) => actionsOf(statement).includes(action));
    expect(others).toEqual([]);
    return found;
  };

  test('may look and delete, and neither make nor tag', () => {
    expect([...new Set(statements(destroyed()).flatMap(actionsOf))].sort()).toEqual(ACTIONS);
  });

  test('deletes what says that it was made by a plan for this very stack, whatever is declared, and nothing else', () => {
    const expected = {
      StringEquals: { 'aws:ResourceTag/cdk-aurora-backup:stack': { Ref: 'AWS::StackId' }, 'aws:ResourceTag/cdk-aurora-backup:plan-region': 'eu-west-1' },
      StringLike: { 'aws:ResourceTag/cdk-aurora-backup:plan': '*' },
    };

    for (const props of [{}, { planName: 'silver', copies: [{ region: 'eu-central-1' }] }]) {
      const statement = statementFor(destroyed(props), 'rds:DeleteDBClusterSnapshot');
      expect(statement.Condition).toEqual(expected);
      expect(resourcesOf(statement)).toEqual(['arn:${AWS::Partition}:rds:*:111111111111:cluster-snapshot:cab-*']);
    }
  });

  test('asks about its stack, and in a nested one about those around it', () => {
    const stack = stackIn('eu-west-1');
    const nested = new NestedStack(stack, 'Nested');
    destroyed({}, nested);

    expect(resourcesOf(statementFor(destroyed(), 'cloudformation:DescribeStacks'))).toEqual([STACK_ID]);
    expect(resourcesOf(statementFor(nested, 'cloudformation:DescribeStacks'))).toEqual([STACK_ID, expect.stringMatching(/^\$\{referenceto.*StackId/)]);
  });
});

function idOf(stack: Stack, type: string, prefix: string): string {
  return Object.keys(templateOf(stack).findResources(type)).find((id) => id.startsWith(prefix))!;
}
