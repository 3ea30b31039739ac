import { Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { ClusterSnapshot, Completion } from '../../src';
import { SNAPSHOT, Statement, aStack, actionsOf, asText, importedCluster, propertiesOf, resourcesOf, templateOf } from '../support/constructs';

function stackWith(topicOf?: (stack: Stack) => sns.ITopic): Stack {
  const stack = aStack();
  new ClusterSnapshot(stack, 'Snapshot', { cluster: importedCluster(stack), completion: Completion.background(), notificationTopic: topicOf?.(stack) });
  return stack;
}

/** The only resource of the type whose logical id begins so. */
function resourceOf(stack: Stack, type: string, prefix: string): { readonly Properties: Record<string, any>; readonly DependsOn?: string[] } {
  const found = Object.entries(templateOf(stack).findResources(type)).filter(([id]) => id.startsWith(prefix));
  expect(found).toHaveLength(1);
  return found[0][1] as ReturnType<typeof resourceOf>;
}

const roleOf = (stack: Stack) => resourceOf(stack, 'AWS::IAM::Role', 'AuroraBackupOperationsWatchRole').Properties;
const statementsOf = (stack: Stack): Statement[] =>
  roleOf(stack).Policies.flatMap((policy: { PolicyDocument: { Statement: Statement[] } }) => policy.PolicyDocument.Statement);
const rightsOf = (statements: Statement[]) => Object.fromEntries(statements.map((statement) => [actionsOf(statement).join(' '), resourcesOf(statement)]));
const handOverOf = (stack: Stack) => resourceOf(stack, 'AWS::IAM::Policy', 'AuroraBackupOperationsWatchHandOver').Properties;

const LOOK = expect.stringMatching(/^\$\{AuroraBackupOperationsIsComplete\w+\.Arn\}$/);
const START = expect.stringMatching(/^\$\{AuroraBackupOperationsStart\w+\.Arn\}$/);
const BUS = 'arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default';

describe('the role of the watch', () => {
  test('asks the two functions, puts events on the default bus, and may do nothing else', () => {
    expect(rightsOf(statementsOf(stackWith()))).toEqual({ 'lambda:InvokeFunction': [LOOK, START], 'events:PutEvents': [BUS] });
  });

  test('is for Step Functions alone', () => {
    expect(roleOf(stackWith()).AssumeRolePolicyDocument.Statement).toEqual([{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' } }]);
  });

  test('publishes to a declared topic, and to no other', () => {
    expect(rightsOf(statementsOf(stackWith((stack) => new sns.Topic(stack, 'Backups'))))).toMatchObject({ 'sns:Publish': [expect.stringMatching(/^\$\{Backups\w+\}$/)] });
  });

  test('uses the key of a topic that is encrypted, or SNS would refuse', () => {
    const stack = stackWith((scope) => new sns.Topic(scope, 'Backups', { masterKey: new kms.Key(scope, 'Key') }));

    expect(rightsOf(statementsOf(stack))).toMatchObject({ 'kms:Decrypt kms:GenerateDataKey': [expect.stringMatching(/^\$\{Key\w+\.Arn\}$/)] });
  });

  test('has one statement for one topic, however many resources tell it', () => {
    const stack = aStack();
    const topic = new sns.Topic(stack, 'Backups');
    ['One', 'Two'].forEach((id) => new ClusterSnapshot(stack, id, { cluster: importedCluster(stack, id.toLowerCase()), notificationTopic: topic }));

    expect(statementsOf(stack).filter((statement) => actionsOf(statement).includes('sns:Publish'))).toHaveLength(1);
  });
});

describe('the function that starts may', () => {
  test('begin and list watches of this state machine, look at and stop its executions, and nothing else of Step Functions', () => {
    const machine = expect.stringMatching(/^\$\{AuroraBackupOperationsWatch[0-9A-F]+\}$/);
    const executions = expect.stringMatching(/^arn:\$\{AWS::Partition\}:states:\$\{AWS::Region\}:\$\{AWS::AccountId\}:execution:\$\{AuroraBackupOperationsWatch[0-9A-F]+\.Name\}:\*$/);

    expect(rightsOf(handOverOf(stackWith()).PolicyDocument.Statement)).toEqual({
      'states:StartExecution states:ListExecutions': [machine],
      'states:DescribeExecution states:StopExecution': [executions],
    });
    expect(handOverOf(stackWith()).Roles.map(asText)).toEqual([expect.stringMatching(/^\$\{AuroraBackupOperationsStartRole\w+\}$/)]);
  });

  test('do so before there is anything to hand over, and until nothing is left to stop', () => {
    const [[, { DependsOn }]] = Object.entries(templateOf(stackWith()).findResources(SNAPSHOT));

    expect(DependsOn).toEqual(expect.arrayContaining([
      expect.stringMatching(/^AuroraBackupOperationsWatchHandOver/), expect.stringMatching(/^AuroraBackupOperationsWatchRole/),
      expect.stringMatching(/^AuroraBackupOperationsWatch[0-9A-F]+$/),
    ]));
  });
});

describe('the state machine', () => {
  test('is a standard one, so that it may watch for days', () => {
    const { Properties } = resourceOf(stackWith(), 'AWS::StepFunctions::StateMachine', 'AuroraBackupOperationsWatch');

    expect(Properties.StateMachineType ?? 'STANDARD').toBe('STANDARD');
    expect(Properties.RoleArn).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^AuroraBackupOperationsWatchRole/), 'Arn'] });
  });

  test('is told to every resource, whose start function has no other way to know it', () => {
    expect(propertiesOf(stackWith(), SNAPSHOT).WatchStateMachineArn).toEqual({ Ref: expect.stringMatching(/^AuroraBackupOperationsWatch[0-9A-F]+$/) });
  });

  test('has a definition that says the functions by reference and is JSON once they are known', () => {
    const { Properties } = resourceOf(stackWith(), 'AWS::StepFunctions::StateMachine', 'AuroraBackupOperationsWatch');
    const definition = JSON.parse(asText(Properties.DefinitionString));

    expect([definition.States.Look.Resource, definition.States.Start.Resource]).toEqual([LOOK, START]);
    expect(definition.States.Report.Resource).toBe('arn:${AWS::Partition}:states:::events:putEvents');
  });
});
