import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { AuroraBackupDefaults, AuroraBackupDefaultsOptions, ClusterSnapshot } from '../../src';
import * as runtime from '../../src/runtime';
import { Statement, aStack, actionsOf, asText, importedCluster, resourcesOf, stackIn, templateOf } from '../support/constructs';
import { PlanFunction, planIn, resourceOf, statementsOfFunction, statementsOfRole } from '../support/plans';

const FUNCTIONS: PlanFunction[] = ['Runs', 'Look', 'Start', 'Prune'];

function stackWith(options: (stack: Stack) => AuroraBackupDefaultsOptions = () => ({}), stack = stackIn('eu-west-1')): Stack {
  AuroraBackupDefaults.of(stack).configure(options(stack));
  planIn(stack);
  return stack;
}

const functionOf = (stack: Stack, which: PlanFunction) => resourceOf(stack, 'AWS::Lambda::Function', `AuroraBackupPlans${which}`).Properties;
const queueOf = (stack: Stack) => resourceOf(stack, 'AWS::SQS::Queue', 'AuroraBackupPlansDeadLetters').Properties;
const statementsFor = (statements: Statement[], action: string) => statements.filter((statement) => actionsOf(statement).includes(action));

describe.each(FUNCTIONS)('the function %s', (which) => {
  const stack = stackWith();

  test('runs a handler that the bundle has', () => {
    const { Handler, Runtime } = functionOf(stack, which);

    expect(Object.keys(runtime)).toContain(/^index\.(plan\w+)$/.exec(Handler)![1]);
    expect(Runtime).toBe('nodejs22.x');
  });

  test('has a role of its own, for Lambda alone, with all of its rights inside', () => {
    const { AssumeRolePolicyDocument, ManagedPolicyArns } = resourceOf(stack, 'AWS::IAM::Role', `AuroraBackupPlans${which}Role`).Properties;

    expect(AssumeRolePolicyDocument.Statement).toEqual([{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } }]);
    expect(ManagedPolicyArns).toBeUndefined();
  });

  test('writes to the log group of the plans and no other', () => {
    expect(resourcesOf(...statementsFor(statementsOfFunction(stack, which), 'logs:PutLogEvents'))).toEqual([expect.stringMatching(/^\$\{AuroraBackupPlansLogs\w+\.Arn\}$/)]);
    expect(asText(functionOf(stack, which).LoggingConfig.LogGroup)).toMatch(/AuroraBackupPlansLogs/);
  });
});

test('all functions are one bundle', () => {
  const stack = stackWith();

  expect(new Set(FUNCTIONS.map((which) => JSON.stringify(functionOf(stack, which).Code))).size).toBe(1);
});

test('plans and constructs that work while the stack deploys get along in one stack', () => {
  const stack = stackIn('eu-west-1');
  new ClusterSnapshot(stack, 'Snapshot', { cluster: importedCluster(stack, 'orders', 'Cluster') });
  planIn(stack);

  templateOf(stack).resourcePropertiesCountIs('AWS::Lambda::Function', { Handler: 'index.planStart' }, 1);
  templateOf(stack).resourcePropertiesCountIs('AWS::Lambda::Function', { Handler: 'index.startWork' }, 1);
});

describe('the queue of what could not be delivered', () => {
  test('keeps it as long as SQS can, encrypted, and takes it over TLS alone', () => {
    const stack = stackWith();
    const { Statement: [statement] } = resourceOf(stack, 'AWS::SQS::QueuePolicy', 'AuroraBackupPlansDeadLetters').Properties.PolicyDocument;

    expect(queueOf(stack)).toMatchObject({ MessageRetentionPeriod: 14 * 86_400, SqsManagedSseEnabled: true });
    expect(statement).toMatchObject({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
  });

  test('is where Lambda leaves events that the function of runs could not handle', () => {
    expect(asText(functionOf(stackWith(), 'Runs').DeadLetterConfig.TargetArn)).toMatch(/^\$\{AuroraBackupPlansDeadLetters\w+\.Arn\}$/);
  });

  test('is read by that function, one message at a time, with time for six attempts', () => {
    const stack = stackWith();
    const { EventSourceArn, FunctionName, BatchSize } = resourceOf(stack, 'AWS::Lambda::EventSourceMapping', 'AuroraBackupPlansUndelivered').Properties;

    expect([asText(EventSourceArn), asText(FunctionName), BatchSize]).toEqual([
      expect.stringMatching(/PlansDeadLetters\w+\.Arn/), expect.stringMatching(/^\$\{AuroraBackupPlansRuns\w+\}$/), 1,
    ]);
    expect(queueOf(stack).VisibilityTimeout).toBe(6 * functionOf(stack, 'Runs').Timeout);
  });
});

describe('the defaults of the surroundings reach', () => {
  test('the network of the functions', () => {
    const stack = stackWith((scope) => ({ vpc: new ec2.Vpc(scope, 'Vpc', { maxAzs: 1 }) }));

    for (const which of FUNCTIONS) {
      expect(functionOf(stack, which).VpcConfig.SubnetIds).toHaveLength(1);
    }
  });

  test('the log group', () => {
    const stack = stackWith(() => ({ logRetention: logs.RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY }));

    expect(resourceOf(stack, 'AWS::Logs::LogGroup', 'AuroraBackupPlansLogs')).toMatchObject({ Properties: { RetentionInDays: 7 }, DeletionPolicy: 'Delete' });
  });

  test('everything that can be encrypted, with the right to use the key for who sends and who reads', () => {
    const stack = stackWith((scope) => ({ encryptionKey: new kms.Key(scope, 'Key') }));
    const key = expect.stringMatching(/^\$\{Key\w+\.Arn\}$/);

    expect(asText(queueOf(stack).KmsMasterKeyId)).toEqual(key);
    expect(asText(functionOf(stack, 'Start').KmsKeyArn)).toEqual(key);
    expect(asText(resourceOf(stack, 'AWS::Logs::LogGroup', 'AuroraBackupPlansLogs').Properties.KmsKeyId)).toEqual(key);
    for (const statements of [statementsOfFunction(stack, 'Runs'), statementsOfRole(stack, 'GoldSchedulesRole')]) {
      expect(resourcesOf(...statementsFor(statements, 'kms:GenerateDataKey'))).toEqual([key]);
    }
  });
});

test('a plan reads the defaults, which come too late afterwards', () => {
  const stack = stackWith(undefined, aStack());

  expect(() => AuroraBackupDefaults.of(stack).configure({ logRetention: logs.RetentionDays.ONE_DAY })).toThrow(/were already used by 'Orders\/Gold'/);
});
