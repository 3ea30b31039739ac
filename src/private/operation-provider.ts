import * as path from 'path';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as cr from 'aws-cdk-lib/custom-resources';
import { Construct, IConstruct } from 'constructs';
import { StartRights, cancelExportsStatement, lookStatement, ownSnapshotStatements } from './operation-policies';
import { WatchWorkflow } from './watch-workflow';
import { AuroraBackupDefaults, AuroraBackupDefaultsOptions } from '../common/defaults';
import { ownerOf } from '../core/identifiers';

const PROVIDER_ID = 'AuroraBackupOperations';

/** Made when the library is built (never when a consumer synthesizes): all handlers and the pinned SDK in one file. */
const RUNTIME_BUNDLE = path.join(__dirname, '..', '..', 'assets', 'runtime', 'index');

/** Often enough for a person who watches a deploy, and far within the history of the framework's state machine. */
const POLL_INTERVAL = Duration.seconds(10);

interface FunctionSettings {
  readonly environment?: Record<string, string>;
  readonly timeout?: Duration;
}

/**
 * Runs the operations of one stack while it deploys. One for all kinds of resources of the stack: what a further resource
 * adds is rights, not functions. Starting, looking and deleting are different functions with different roles.
 */
export class OperationProvider extends Construct {
  /** The provider of the stack that the scope is in. */
  public static of(scope: IConstruct): OperationProvider {
    const stack = Stack.of(scope);
    return stack.node.tryFindChild(PROVIDER_ID) as OperationProvider | undefined ?? new OperationProvider(stack);
  }

  /** What the identifiers of everything made for this stack begin with. */
  public readonly owner: string;
  public readonly serviceToken: string;
  public readonly startRights: StartRights;
  /** Where a deploy hands over what it does not wait for. */
  public readonly watch: WatchWorkflow;

  private readonly defaults: AuroraBackupDefaultsOptions;
  private readonly logGroup: logs.LogGroup;

  private constructor(stack: Stack) {
    super(stack, PROVIDER_ID);
    this.owner = ownerOf(identityOf(stack));
    this.defaults = AuroraBackupDefaults.of(this)._read();
    this.logGroup = this.makeLogGroup();

    const startPolicy = this.startPolicy(stack);
    this.startRights = new StartRights(stack, this.owner, startPolicy);
    const start = this.makeFunction('Start', 'startWork', startPolicy);
    const cancel = this.makeFunction('Cancel', 'cancel', new iam.PolicyDocument({
      statements: [
        lookStatement(stack),
        ...ownSnapshotStatements(stack, this.owner, 'rds:DeleteDBClusterSnapshot'),
        cancelExportsStatement(),
      ],
    }));
    const onEvent = this.makeFunction('OnEvent', 'deployOnEvent', new iam.PolicyDocument());
    const isComplete = this.makeFunction('IsComplete', 'look', new iam.PolicyDocument({
      statements: [lookStatement(stack), new iam.PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [start.functionArn, cancel.functionArn],
      })],
    }), {
      environment: { START_FUNCTION_NAME: start.functionName, CANCEL_FUNCTION_NAME: cancel.functionName },
      // It waits for the answers of the two, and must be there when they time out.
      timeout: Duration.minutes(6),
    });
    this.watch = new WatchWorkflow(this, 'Watch', { look: isComplete, start });

    this.serviceToken = new cr.Provider(this, 'Provider', {
      onEventHandler: onEvent,
      isCompleteHandler: isComplete,
      queryInterval: POLL_INTERVAL,
      // The handlers give up by themselves, with a reason, before this: CloudFormation waits one hour.
      totalTimeout: Duration.hours(1),
      logGroup: this.logGroup,
      disableWaiterStateMachineLogging: true,
      providerFunctionEnvEncryption: this.defaults.encryptionKey,
      ...this.network(),
    }).serviceToken;
  }

  private startPolicy(stack: Stack): iam.PolicyDocument {
    return new iam.PolicyDocument({
      // Merges what many constructs ask for alike.
      minimize: true,
      statements: [
        lookStatement(stack),
        ...ownSnapshotStatements(stack, this.owner, 'rds:AddTagsToResource', 'rds:RemoveTagsFromResource'),
        new iam.PolicyStatement({
          actions: ['cloudformation:DescribeStacks', 'cloudformation:DescribeStackResource'],
          resources: [stack.stackId],
        }),
      ],
    });
  }

  private makeLogGroup(): logs.LogGroup {
    return new logs.LogGroup(this, 'Logs', {
      retention: this.defaults.logRetention ?? logs.RetentionDays.THREE_MONTHS,
      encryptionKey: this.defaults.encryptionKey,
      // What was done to snapshots stays readable after the stack is gone, until the retention ends.
      removalPolicy: this.defaults.removalPolicy ?? RemovalPolicy.RETAIN,
    });
  }

  private makeFunction(id: string, handler: string, policy: iam.PolicyDocument, options: FunctionSettings = {}): lambda.Function {
    policy.addStatements(new iam.PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [this.logGroup.logGroupArn],
    }));
    const role = new iam.Role(this, `${id}Role`, {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      // Inline, so that a function never runs before its rights are there, nor after they are gone.
      inlinePolicies: { Operations: policy },
      managedPolicies: this.defaults.vpc ? [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaVPCAccessExecutionRole')] : [],
    });
    return new lambda.Function(this, id, {
      runtime: lambda.Runtime.NODEJS_22_X,
      code: lambda.Code.fromAsset(RUNTIME_BUNDLE),
      handler: `index.${handler}`,
      memorySize: 256,
      timeout: options.timeout ?? Duration.minutes(2),
      role,
      environment: options.environment,
      environmentEncryption: this.defaults.encryptionKey,
      logGroup: this.logGroup,
      ...this.network(),
    });
  }

  private network() {
    const { vpc, vpcSubnets, securityGroups } = this.defaults;
    return { vpc, vpcSubnets, securityGroups };
  }
}

/** What CloudFormation knows a stack by and no refactoring of the app changes: its name, and below it the nested stack's place. */
function identityOf(stack: Stack): string {
  const parent = stack.nestedStackParent;
  return parent === undefined
    ? stack.stackName
    : `${identityOf(parent)}/${stack.node.path.slice(parent.node.path.length + 1)}`;
}
