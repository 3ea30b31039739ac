import { App, CfnParameter, Duration, NestedStack, Stack, Stage, Tags, TimeZone } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ScheduleExpression, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import * as sns from 'aws-cdk-lib/aws-sns';
import { AuroraBackupPlan, AuroraBackupPlanProps, ExportFrequency, PruneMode, RetentionPolicy, SnapshotExportRole } from '../../src';
import { planOwner } from '../../src/core/plan/plan-ownership';
import { PLAN_RULES_VERSION, readPlanRules } from '../../src/core/plan/plan-rules';
import { aStack, anApp, asText, importedCluster, messageOf, newCluster, resourcesOf, stackIn, templateOf } from '../support/constructs';
import { keyOf, lakeIn } from '../support/exports';
import { GOLD, PropsOf, definitionOf, inputOf, keyIn, planIn, planWith, resourceOf, rulesOf, scheduleOf, selectionOf, statementsOfRole } from '../support/plans';

const rulesWith = (props: PropsOf) => rulesOf(planWith(props).stack);
const ROLE = expect.stringMatching(/^\$\{GoldLakeExportRole\w+\.Arn\}$/);

describe('a run is told', () => {
  test('what the plan says, and defaults for the rest', () => {
    expect(rulesWith({})).toEqual({
      version: PLAN_RULES_VERSION,
      planName: GOLD,
      owner: planOwner(GOLD),
      account: '111111111111',
      partition: '${AWS::Partition}',
      region: 'eu-west-1',
      retention: { keep: 'for', seconds: 35 * 86_400, minimumSnapshots: 1 },
      snapshotTags: {},
      pruneMode: 'delete',
      pruneFormerClusters: false,
      clusterMetrics: false,
      copies: [],
      shareWith: [],
      exports: [],
      timeZone: 'Etc/UTC',
      startWindowSeconds: expect.any(Number),
    });
  });

  test('what the functions can read', () => {
    expect(() => readPlanRules(rulesWith({}))).not.toThrow();
  });

  test('how to prune', () => {
    expect(rulesWith({ pruneMode: PruneMode.REPORT_ONLY, pruneFormerClusters: true, clusterMetrics: true }))
      .toMatchObject({ pruneMode: 'report', pruneFormerClusters: true, clusterMetrics: true });
  });

  test('where to copy, with the retention of the plan where a rule says nothing else', () => {
    const { copies, retention } = rulesWith((stack) => ({
      copies: [{ region: 'eu-north-1' }, { region: 'eu-central-1', encryptionKey: keyIn(stack, 'eu-central-1'), retention: RetentionPolicy.keepLast(3) }],
    }));

    expect(copies).toEqual([
      { region: 'eu-north-1', retention },
      { region: 'eu-central-1', kmsKeyId: 'arn:aws:kms:eu-central-1:111111111111:key/1', retention: { keep: 'last', count: 3 } },
    ]);
  });

  test('with whom to share', () => {
    expect(rulesWith({ shareWith: ['222222222222', '333333333333'] }).shareWith).toEqual(['222222222222', '333333333333']);
  });

  test('what to export, of all clusters and every time unless a rule says otherwise', () => {
    expect(rulesWith((stack) => ({ exports: [{ bucket: lakeIn(stack), encryptionKey: keyOf(stack) }] })).exports).toEqual([
      { id: 'Lake', period: 'run', bucket: 'lake', roleArn: ROLE, kmsKeyId: 'arn:aws:kms:eu-west-1:111111111111:key/lake', exportOnly: [] },
    ]);
  });

  test('everything that a rule says of an export', () => {
    const stack = stackIn('eu-west-1');
    const orders = importedCluster(stack, 'Orders');
    const target = { bucket: lakeIn(stack), encryptionKey: keyOf(stack), prefix: 'lake/orders' };
    const role = new SnapshotExportRole(stack, 'Role', target);
    planIn(stack, {
      clusters: [orders, importedCluster(stack, 'billing')],
      exports: [{ ...target, role, clusters: [orders], exportOnly: ['orders.public'], frequency: ExportFrequency.WEEKLY }],
    });

    expect(rulesOf(stack).exports).toEqual([expect.objectContaining({
      id: 'Lake-lake-orders', clusters: ['orders'], period: 'week', prefix: 'lake/orders', exportOnly: ['orders.public'], roleArn: expect.stringMatching(/^\$\{Role\w+\.Arn\}$/),
    })]);
    expect(Object.keys(templateOf(stack).findResources('AWS::IAM::Role')).filter((id) => /ExportRole/.test(id))).toEqual([]);
  });

  test.each([[ExportFrequency.EVERY_RUN, 'run'], [ExportFrequency.DAILY, 'day'], [ExportFrequency.WEEKLY, 'week'], [ExportFrequency.MONTHLY, 'month']])(
    'to export %s once a %s', (frequency, period) => {
      expect(rulesWith((stack) => ({ exports: [{ bucket: lakeIn(stack), encryptionKey: keyOf(stack), frequency }] })).exports[0].period).toBe(period);
    },
  );

  test('whom to notify', () => {
    expect(rulesWith((stack) => ({ notificationTopic: new sns.Topic(stack, 'Backups') })).notificationTopicArn).toMatch(/^\$\{Backups\w+\}$/);
  });

  test('the calendar of the schedule, which the tiers follow unless they have their own', () => {
    const schedule = ScheduleExpression.cron({ hour: '3', minute: '0', timeZone: TimeZone.EUROPE_PARIS });
    const { timeZone, retention, copies } = rulesWith({
      schedule,
      retention: RetentionPolicy.tiered({ daily: 7 }),
      copies: [{ region: 'eu-north-1', retention: RetentionPolicy.tiered({ daily: 2, timeZone: TimeZone.ASIA_TOKYO }) }],
    });

    expect([timeZone, retention, copies[0].retention]).toEqual([
      'Europe/Paris', expect.objectContaining({ daily: 7, timeZone: 'Europe/Paris' }), expect.objectContaining({ daily: 2, timeZone: 'Asia/Tokyo' }),
    ]);
  });

  test('the same when it is started by hand', () => {
    const { States } = definitionOf(planWith().stack, 'Run');

    expect(States['By hand'].Parameters.plan).toEqual(States.Scheduled.Parameters.plan);
  });
});

describe('the clusters of a run', () => {
  const selectionWith = (props: PropsOf) => selectionOf(planWith(props).stack);

  test('are those that were declared, in lower case as RDS has them', () => {
    expect(selectionWith((stack) => ({ clusters: [importedCluster(stack, 'Orders'), importedCluster(stack, 'billing')] }))).toEqual({
      clusters: [{ cluster: 'orders' }, { cluster: 'billing' }],
    });
  });

  test('are added until the template is written', () => {
    const plan = planWith({ clusters: [] });
    plan.addCluster(importedCluster(plan.stack), { retention: RetentionPolicy.keepLast(30), snapshotTags: { team: 'orders' } });

    expect(selectionOf(plan.stack)).toEqual({
      clusters: [{ cluster: 'orders', options: { retention: { keep: 'last', count: 30 }, snapshotTags: { team: 'orders' } } }],
    });
    expect(inputOf(scheduleOf(plan.stack, 'Age')).selection).toEqual(selectionOf(plan.stack));
  });

  test('are those of the stack itself, by reference', () => {
    const plan = planWith((stack) => ({ clusters: [newCluster(stack)] }));

    expect(selectionOf(plan.stack).clusters).toEqual([{ cluster: '${ClusterEB0386A7}' }]);
  });

  test('may be those of another stack of the app', () => {
    const app = anApp();
    const cluster = newCluster(stackIn('eu-west-1', { app, id: 'Clusters' }));
    const { stack } = planWith({ clusters: [cluster] }, stackIn('eu-west-1', { app }));
    const definition = JSON.stringify(resourceOf(stack, 'AWS::StepFunctions::StateMachine', 'GoldWorkflowRun').Properties.DefinitionString);

    expect(definition).toContain('{"Fn::ImportValue":"Clusters:ExportsOutputRefClusterEB0386A7');
  });

  test('are selected by tags when it begins', () => {
    expect(selectionWith({ clusterTags: { backup: 'gold' } })).toEqual({ clusters: [], tags: { backup: 'gold' } });
  });

  test('are worked on at once, or as many at a time as the plan says', () => {
    const concurrencyOf = (props: PropsOf) => JSON.stringify(definitionOf(planWith(props).stack, 'Run')).match(/"maxConcurrency":(\d+)/)![1];

    expect(concurrencyOf({})).toBe('0');
    expect(concurrencyOf({ maxConcurrency: 7 })).toBe('7');
  });
});

describe('the schedule', () => {
  const scheduleWith = (props: PropsOf) => scheduleOf(planWith(props).stack, 'Run').Properties;

  test('runs the plan when it says, in its time zone', () => {
    expect(scheduleWith({ schedule: ScheduleExpression.cron({ minute: '30', hour: '2', timeZone: TimeZone.EUROPE_PARIS }) })).toMatchObject({
      ScheduleExpression: 'cron(30 2 * * ? *)', ScheduleExpressionTimezone: 'Europe/Paris', State: 'ENABLED', FlexibleTimeWindow: { Mode: 'OFF' },
    });
  });

  test('can be a rate', () => {
    expect(scheduleWith({ schedule: ScheduleExpression.rate(Duration.hours(6)) }).ScheduleExpression).toBe('rate(6 hours)');
  });

  test('begins within a window', () => {
    expect(scheduleWith({ timeWindow: TimeWindow.flexible(Duration.minutes(30)) }).FlexibleTimeWindow).toEqual({ Mode: 'FLEXIBLE', MaximumWindowInMinutes: 30 });
  });

  test('rests while the plan is not enabled, and the age is told all the same', () => {
    const { stack } = planWith({ enabled: false });

    expect([scheduleOf(stack, 'Run').Properties.State, scheduleOf(stack, 'Age').Properties.State]).toEqual(['DISABLED', 'ENABLED']);
  });

  test('tells the time it was due, from which the name of the run is made', () => {
    expect(inputOf(scheduleOf(planWith().stack, 'Run'))).toEqual({
      door: 'plan',
      task: 'launch',
      stateMachineArn: expect.stringMatching(/^\$\{GoldWorkflowRun\w+\}$/),
      scheduledTime: '<aws.scheduler.scheduled-time>',
      latestBeginningSeconds: 6 * 3600,
      facts: { planName: GOLD, account: '111111111111', region: 'eu-west-1' },
    });
  });

  test('leaves what it cannot deliver in the queue, from which it is told', () => {
    const { DeadLetterConfig, RetryPolicy } = scheduleWith({}).Target;

    expect(asText(DeadLetterConfig.Arn)).toMatch(/^\$\{AuroraBackupPlansDeadLetters\w+\.Arn\}$/);
    expect(RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 6 * 3600, MaximumRetryAttempts: 185 });
  });

  test.each<[string, PropsOf, number, number]>([
    ['as long as the time between two runs', { schedule: ScheduleExpression.cron({ minute: '0', hour: '1,3,9' }) }, 120, 120],
    ['as long as ten minutes at least', { schedule: ScheduleExpression.rate(Duration.minutes(5)) }, 10, 10],
    ['as long as six hours at most', { schedule: ScheduleExpression.rate(Duration.days(7)) }, 360, 360],
    ['as long as six hours, if nobody knows when it runs', { schedule: ScheduleExpression.expression('cron(later)') }, 360, 360],
    ['longer by its window', { schedule: ScheduleExpression.rate(Duration.hours(1)), timeWindow: TimeWindow.flexible(Duration.minutes(30)) }, 60, 90],
  ])('tries %s to deliver it: then the next is due', (_, props, maximumAge, latest) => {
    const run = scheduleOf(planWith(props).stack, 'Run');

    expect(run.Properties.Target.RetryPolicy.MaximumEventAgeInSeconds).toBe(maximumAge * 60);
    expect(inputOf(run)).toMatchObject({ latestBeginningSeconds: latest * 60 });
  });

  test('does not begin before everything that a run needs is allowed', () => {
    expect(scheduleOf(planWith().stack, 'Run').DependsOn).toEqual(expect.arrayContaining([
      expect.stringMatching(/^GoldWorkflowClusters/), expect.stringMatching(/^GoldWorkflowHandOver/), expect.stringMatching(/^GoldWorkflowRunRole/),
    ]));
  });

  test('of the age comes once an hour, well away from the turn of the hour', () => {
    const { ScheduleExpression: expression } = scheduleOf(planWith().stack, 'Age').Properties;
    const [, minute] = /^cron\((\d+) \* \* \* \? \*\)$/.exec(expression)!;

    expect(Number(minute)).toBeGreaterThanOrEqual(5);
    expect(Number(minute)).toBeLessThan(55);
  });

  test('of the age asks the function that looks, with what a run is told', () => {
    const { stack } = planWith({ copies: [{ region: 'eu-north-1' }] });
    const age = scheduleOf(stack, 'Age');

    expect(asText(age.Properties.Target.Arn)).toMatch(/^\$\{AuroraBackupPlansLook\w+\.Arn\}$/);
    expect(inputOf(age)).toEqual({ door: 'plan', task: 'age', plan: rulesOf(stack), selection: selectionOf(stack) });
  });

  test('may call two functions and leave dead letters, and is for schedules of this account alone', () => {
    const { stack } = planWith();
    const { AssumeRolePolicyDocument } = resourceOf(stack, 'AWS::IAM::Role', 'GoldSchedulesRole').Properties;

    expect(statementsOfRole(stack, 'GoldSchedulesRole').map((statement) => [statement.Action, resourcesOf(statement)])).toEqual([
      ['lambda:InvokeFunction', [expect.stringMatching(/PlansRuns\w+\.Arn/), expect.stringMatching(/PlansLook\w+\.Arn/)]],
      ['sqs:SendMessage', [expect.stringMatching(/PlansDeadLetters\w+\.Arn/)]],
    ]);
    expect(AssumeRolePolicyDocument.Statement[0].Condition.StringEquals['aws:SourceAccount']).toBe('111111111111');
  });
});

describe('the state machines', () => {
  const rightsOf = (prefix: string, props: PropsOf = {}) => (
    Object.fromEntries(statementsOfRole(planWith(props).stack, prefix).map((statement) => [[statement.Action].flat().join(' '), resourcesOf(statement)]))
  );
  const functionsIn = (which: 'Run' | 'Delivery') => [...new Set(JSON.stringify(definitionOf(planWith().stack, which)).match(/\$\{AuroraBackupPlans\w+\.Arn\}/g))].sort();

  test('of a run calls the functions that it names and puts events on the default bus, and may do nothing else', () => {
    expect(functionsIn('Run')).toHaveLength(4);
    expect(rightsOf('GoldWorkflowRunRole')).toEqual({
      'lambda:InvokeFunction': functionsIn('Run'),
      'events:PutEvents': ['arn:${AWS::Partition}:events:eu-west-1:111111111111:event-bus/default'],
    });
  });

  test('of a delivery calls the functions that it names, and may do nothing else', () => {
    expect(rightsOf('GoldWorkflowDeliveryRole')).toEqual({ 'lambda:InvokeFunction': functionsIn('Delivery') });
  });

  test('publishes to the topic of the plan, and uses its key', () => {
    expect(rightsOf('GoldWorkflowRunRole', (stack) => ({ notificationTopic: new sns.Topic(stack, 'Backups', { masterKey: new kms.Key(stack, 'Key') }) }))).toMatchObject({
      'sns:Publish': [expect.stringMatching(/^\$\{Backups\w+\}$/)],
      'kms:Decrypt kms:GenerateDataKey': [expect.stringMatching(/^\$\{Key\w+\.Arn\}$/)],
    });
  });

  const policyOf = (prefix: string) => {
    const { stack } = planWith();
    const { Roles, PolicyDocument } = resourceOf(stack, 'AWS::IAM::Policy', prefix).Properties;
    return { roles: Roles.map(asText), rights: PolicyDocument.Statement.map((statement: any) => [[statement.Action].flat().join(' '), resourcesOf(statement)]) };
  };
  const RUN = expect.stringMatching(/^\$\{GoldWorkflowRun\w+\}$/);
  const DELIVERY = expect.stringMatching(/^\$\{GoldWorkflowDelivery\w+\}$/);
  const EXECUTIONS = (machine: string, which: string) => expect.stringMatching(new RegExp(`:execution:\\$\\{GoldWorkflow${machine}\\w+\\.Name\\}${which}$`));

  test('of a run gives every cluster an execution of its own, and stops those it began', () => {
    expect(policyOf('GoldWorkflowClusters')).toEqual({
      roles: [expect.stringMatching(/GoldWorkflowRunRole/)],
      rights: [
        ['states:StartExecution', [RUN, expect.stringMatching(/^\$\{GoldWorkflowRun\w+\}\/\*$/)]],
        ['states:DescribeExecution states:StopExecution', [EXECUTIONS('Run', ':\\*'), EXECUTIONS('Run', '/\\*')]],
      ],
    });
  });

  test('are begun by the one function that knows nothing of RDS', () => {
    expect(policyOf('GoldWorkflowHandOver')).toEqual({
      roles: [expect.stringMatching(/AuroraBackupPlansRunsRole/)],
      rights: [
        ['states:StartExecution states:ListExecutions', [RUN, DELIVERY]],
        ['states:DescribeExecution', [EXECUTIONS('Run', ':\\*'), EXECUTIONS('Delivery', ':\\*')]],
      ],
    });
  });

  test('that end without a verdict are told of', () => {
    const { EventPattern, Targets } = resourceOf(planWith().stack, 'AWS::Events::Rule', 'GoldWorkflowEnded').Properties;
    const { InputPathsMap, InputTemplate } = Targets[0].InputTransformer;
    const input = JSON.parse(asText(InputTemplate).replace(/<(detail-\w+)>/g, '"$1"'));

    expect(EventPattern).toMatchObject({ source: ['aws.states'], detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'] } });
    expect(EventPattern.detail.stateMachineArn.map(asText)).toEqual([RUN]);
    expect(input).toEqual({
      door: 'plan',
      task: 'ended',
      stateMachineArn: RUN,
      facts: { planName: GOLD, account: '111111111111', region: 'eu-west-1' },
      detail: { executionArn: 'detail-executionArn', name: 'detail-name', status: 'detail-status' },
    });
    expect(InputPathsMap).toEqual({ 'detail-executionArn': '$.detail.executionArn', 'detail-name': '$.detail.name', 'detail-status': '$.detail.status' });
  });

  test('is there to be started by hand', () => {
    const plan = planWith();

    expect(asText(plan.stack.resolve(plan.stateMachine.stateMachineArn))).toEqual(RUN);
    expect(asText(plan.stack.resolve(plan.deadLetterQueue.queueArn))).toMatch(/PlansDeadLetters/);
  });
});

describe('the name', () => {
  const nameIn = (scope: Stack, id = 'Gold') => planIn(scope, { planName: undefined }, id).planName;

  test('is made from the place of the construct, so that no release changes it', () => {
    expect(nameIn(stackIn('eu-west-1'))).toBe('Orders-Gold-64483B16');
  });

  test('differs between stages', () => {
    const app = anApp();
    const [test, prod] = ['Test', 'Prod'].map((id) => nameIn(stackIn('eu-west-1', { app: new Stage(app, id) as unknown as App })));

    expect(test).not.toBe(prod);
  });

  test('has no more than 60 characters', () => {
    expect(nameIn(stackIn('eu-west-1', { id: 'A-stack-with-a-name-that-goes-on-and-on-until-nobody-reads-it-any-more' })).length).toBeLessThanOrEqual(60);
  });

  test('may be the same in two Regions', () => {
    const app = anApp();

    expect(() => ['eu-west-1', 'eu-central-1'].forEach((region) => planIn(stackIn(region, { app, id: region })))).not.toThrow();
  });

  test('may be the same in the stages of an app, which are other accounts', () => {
    const app = anApp();
    const stages = ['111111111111', '222222222222'].map((account) => new Stage(app, `Stage-${account}`, { env: { account, region: 'eu-west-1' } }));
    const stacks = stages.map((stage) => new Stack(stage, 'Orders'));
    stacks.forEach((stack) => planIn(stack));

    expect(stacks.map((stack) => rulesOf(stack)).map(({ account, owner }) => [account, owner])).toEqual([
      ['111111111111', planOwner(GOLD)], ['222222222222', planOwner(GOLD)],
    ]);
  });

  test('may not be the same in one account and Region', () => {
    const app = anApp();
    planIn(stackIn('eu-west-1', { app, id: 'One' }));

    expect(messageOf(() => planIn(stackIn('eu-west-1', { app, id: 'Two' })))).toBe(
      "[Two/Gold] planName 'gold' is also that of 'One/Gold' in the same account and Region, and each would delete what the other keeps; give one of them another name",
    );
  });

  test('may not be the same in a stack and one nested in it', () => {
    const stack = aStack();
    planIn(stack);

    expect(messageOf(() => planIn(new NestedStack(stack, 'Nested')))).toContain("planName 'gold' is also that of 'Orders/Gold' in the same account and Region");
  });

  test('is warned of where nobody knows whether it is the same account and Region', () => {
    const app = anApp();
    const stacks = ['One', 'Two'].map((id) => aStack({ app, id }));
    stacks.forEach((stack) => planIn(stack));

    Annotations.fromStack(stacks[0]).hasNoWarning('*', Match.stringLikeRegexp('planName'));
    Annotations.fromStack(stacks[1]).hasWarning('/Two/Gold', Match.stringLikeRegexp("planName 'gold' is also that of 'One/Gold'; if both are deployed to one account and Region"));
  });
});

describe('the tags of snapshots', () => {
  test('are those of the plan and of the app, which wins, as everywhere in the CDK', () => {
    const app = anApp();
    const stack = stackIn('eu-west-1', { app });
    Tags.of(app).add('stage', 'prod');
    Tags.of(stack).add('team', 'platform');
    planIn(stack, { snapshotTags: { team: 'orders', tier: 'gold' } });

    const tags = { stage: 'prod', team: 'platform', tier: 'gold' };
    expect(rulesOf(stack).snapshotTags).toEqual(tags);
    expect(inputOf(scheduleOf(stack, 'Age')).plan.snapshotTags).toEqual(tags);
  });

  test('are added to the plan itself, too', () => {
    const plan = planWith();
    Tags.of(plan).add('cost-center', '42');

    expect(rulesOf(plan.stack).snapshotTags).toEqual({ 'cost-center': '42' });
  });
});

test('a platform team injects its own props', () => {
  const app = anApp({
    propertyInjectors: [{
      constructUniqueId: AuroraBackupPlan.PROPERTY_INJECTION_ID,
      inject: (props: AuroraBackupPlanProps) => ({ ...props, snapshotTags: { platform: 'yes' } }),
    }],
  });
  const stack = stackIn('eu-west-1', { app });
  planIn(stack);

  expect(rulesOf(stack).snapshotTags).toEqual({ platform: 'yes' });
});

test('the boundary of a locked-down account reaches every role', () => {
  const { stack } = planWith((scope) => ({ exports: [{ bucket: lakeIn(scope), encryptionKey: keyOf(scope) }] }));
  iam.PermissionsBoundary.of(stack).apply(iam.ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'boundary'));
  const roles = Object.values(templateOf(stack).findResources('AWS::IAM::Role'));

  expect(roles).toHaveLength(8);
  expect(roles.filter(({ Properties }) => Properties.PermissionsBoundary === undefined)).toEqual([]);
});

test('what is only known when the stack deploys is written as a reference', () => {
  const stack = aStack();
  const parameter = (id: string, type = 'String') => new CfnParameter(stack, id, { type });
  planIn(stack, {
    clusters: [importedCluster(stack, parameter('Cluster').valueAsString, 'Parameter')],
    retention: RetentionPolicy.keepLast(parameter('Count', 'Number').valueAsNumber),
    copies: [{ region: parameter('Elsewhere').valueAsString }],
    shareWith: [parameter('Audit').valueAsString],
    maxConcurrency: parameter('Concurrency', 'Number').valueAsNumber,
  });
  const text = asText(resourceOf(stack, 'AWS::StepFunctions::StateMachine', 'GoldWorkflowRun').Properties.DefinitionString);

  expect(text).toContain('"selection":{"clusters":[{"cluster":"${Cluster}"}]}');
  expect(text).toContain('"retention":{"keep":"last","count":${Count}}');
  expect(text).toContain('"copies":[{"region":"${Elsewhere}"');
  expect(text).toContain('"shareWith":["${Audit}"]');
  expect(text).toContain('"maxConcurrency":${Concurrency}');
  expect(text).toContain('"region":"${AWS::Region}"');
});

test('a plan in a nested stack has its functions there', () => {
  const stack = stackIn('eu-west-1');
  const nested = new NestedStack(stack, 'Nested');
  planIn(nested);

  expect(rulesOf(nested)).toMatchObject({ planName: GOLD, region: 'eu-west-1' });
  templateOf(nested).resourceCountIs('AWS::Lambda::Function', 4);
});

test('nothing is warned of', () => {
  Annotations.fromStack(planWith().stack).hasNoWarning('*', Match.anyValue());
});

test('logical ids follow from the place in the tree, so that no release replaces what users have', () => {
  const { stack } = planWith((scope) => ({ exports: [{ bucket: lakeIn(scope), encryptionKey: keyOf(scope) }] }));
  const ids = Object.keys(templateOf(stack).toJSON().Resources);

  expect(ids.filter((id) => id.startsWith('Gold')).sort()).toEqual([
    'GoldLakeExportRole2AB1E53B', 'GoldSchedulesAge7E43F3B5', 'GoldSchedulesRoleE752316E', 'GoldSchedulesRunBAA571F5', 'GoldWorkflowClusters288D4EAE',
    'GoldWorkflowDelivery68EFE9CD', 'GoldWorkflowDeliveryRoleA0813242',
    'GoldWorkflowEnded6BE35078', 'GoldWorkflowEndedAllowEventRuleOrdersAuroraBackupPlansRunsCCB2F71F3A71764B',
    'GoldWorkflowHandOver7E747AF6', 'GoldWorkflowRun08077C8B', 'GoldWorkflowRunRole844DEE50',
  ]);
});
