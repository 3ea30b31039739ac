import { App, Stack, Token } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { IConstruct } from 'constructs';
import { EXAMPLE_FINDINGS, LIBRARY_FINDINGS, NagFindings, PLAN_FINDINGS, PLAN_FUNCTION_FINDINGS, PLAN_REMOVAL_FINDINGS, RESTORE_FINDINGS, VAULT_FINDINGS } from './nag-findings';
import { Example, EXAMPLE_NAMES, loadExample } from './support/examples';

const HELPERS = 'AuroraBackupOperations';
const PLAN_FUNCTIONS = 'AuroraBackupPlans';
const RESTORES = 'AuroraBackupRestores';

/** `<rule> at <construct>`, without what differs between stacks that declare the same. */
function findingsIn({ app, stacks }: Pick<Example, 'app' | 'stacks'>): string[] {
  app.synth(); // lazy values, such as the statements of a policy, are there afterwards
  const findings = stacks.flatMap((stack) =>
    new AwsSolutionsChecks(app).validateScope(stack).violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${alike(ruleName, stack)} at ${constructPath!.replace(/\/Resource$/, '')}`),
    ),
  );
  return [...new Set(findings)]; // two plans of a stack have much alike
}

function alike(rule: string, { region, account }: Stack) {
  return rule
    .replace(/\bcab-[0-9a-f]{8}(?=[-/])/, '<owner>')
    .replace(/<\w+?Workflow(Run|Delivery)[0-9A-F]{8}(\.Name)?>/, '<$1$2>')
    .replace(/<(\w*?)[0-9A-F]{8}\.(Arn|Name)>/, '<$1.$2>') // logical ids are pinned elsewhere
    .replace(Token.isUnresolved(account) ? /$^/ : `:${account}:`, ':<AWS::AccountId>:')
    .replace(Token.isUnresolved(region) ? /$^/ : `:${region}:`, ':<AWS::Region>:');
}

function isPlan({ node }: IConstruct): boolean {
  return ['Workflow', 'Schedules'].every((part) => node.tryFindChild(part));
}

function isVault({ node }: IConstruct): boolean {
  return ['Functions', 'Workflow', 'Events'].every((part) => node.tryFindChild(part));
}

function findingsWithReasons({ name, stacks }: Example): string[] {
  const below = (prefix: string, findings: readonly NagFindings[]) => findings.flatMap(({ rule, at }) => at.map((path) => `${rule} at ${prefix}${path}`));
  return [
    ...stacks.filter(({ node }) => node.tryFindChild(HELPERS)).flatMap(({ node }) => below(`${node.path}/${HELPERS}/`, LIBRARY_FINDINGS)),
    ...stacks.filter(({ node }) => node.tryFindChild(PLAN_FUNCTIONS))
      .flatMap(({ node }) => below(`${node.path}/${PLAN_FUNCTIONS}/`, PLAN_FUNCTION_FINDINGS)),
    ...stacks.filter(({ node }) => node.tryFindChild(PLAN_FUNCTIONS)?.node.tryFindChild('Removals'))
      .flatMap(({ node }) => below(`${node.path}/${PLAN_FUNCTIONS}/`, PLAN_REMOVAL_FINDINGS)),
    ...stacks.filter(({ node }) => node.tryFindChild(RESTORES)).flatMap(({ node }) => below(`${node.path}/${RESTORES}/`, RESTORE_FINDINGS)),
    ...stacks.flatMap(({ node }) => node.findAll().filter(isPlan)).flatMap(({ node }) => below(`${node.path}/`, PLAN_FINDINGS)),
    ...stacks.flatMap(({ node }) => node.findAll().filter(isVault)).flatMap(({ node }) => below(`${node.path}/`, VAULT_FINDINGS)),
    ...below('', EXAMPLE_FINDINGS[name] ?? []),
  ];
}

test.each(EXAMPLE_NAMES)('findings in examples/%s are those that nag-findings.ts gives reasons for', (name) => {
  const example = loadExample(name);

  expect(findingsIn(example).sort()).toEqual(findingsWithReasons(example).sort());
});

test('a finding would be seen', () => {
  const app = new App();
  const stack = new Stack(app, 'Careless');
  new Topic(stack, 'Topic');

  expect(findingsIn({ app, stacks: [stack] })).toEqual(['AwsSolutions-SNS3 at Careless/Topic']);
});

test('reasons are given for examples that exist', () => {
  expect(EXAMPLE_NAMES).toEqual(expect.arrayContaining(Object.keys(EXAMPLE_FINDINGS)));
});

test('every finding has a reason', () => {
  const all = [
    ...LIBRARY_FINDINGS, ...RESTORE_FINDINGS, ...PLAN_FUNCTION_FINDINGS, ...PLAN_REMOVAL_FINDINGS, ...PLAN_FINDINGS, ...VAULT_FINDINGS,
    ...Object.values(EXAMPLE_FINDINGS).flat(),
  ];

  expect(all.filter(({ reason }) => reason.length < 20)).toEqual([]);
});
