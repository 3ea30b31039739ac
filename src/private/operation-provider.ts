import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as cr from 'aws-cdk-lib/custom-resources';
import { Construct, IConstruct } from 'constructs';
import { HelperFunctions } from './helper-functions';
import { StartRights, cancelExportsStatement, lookStatement, ownSnapshotStatements, shareStatements } from './operation-policies';
import { WatchWorkflow } from './watch-workflow';
import { ownerOf } from '../core/identifiers';

const PROVIDER_ID = 'AuroraBackupOperations';

/** Often enough for a person who watches a deploy, and far within the history of the framework's state machine. */
const POLL_INTERVAL = Duration.seconds(10);

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

  private constructor(stack: Stack) {
    super(stack, PROVIDER_ID);
    this.owner = ownerOfStack(stack);
    const functions = new HelperFunctions(this);

    const startPolicy = this.startPolicy(stack);
    this.startRights = new StartRights(stack, this.owner, startPolicy);
    const start = functions.make('Start', 'startWork', startPolicy);
    const cancel = functions.make('Cancel', 'cancel', new iam.PolicyDocument({
      statements: [
        lookStatement(stack),
        ...ownSnapshotStatements(stack, this.owner, 'rds:DeleteDBClusterSnapshot'),
        cancelExportsStatement(),
      ],
    }));
    const onEvent = functions.make('OnEvent', 'deployOnEvent', new iam.PolicyDocument());
    const isComplete = functions.make('IsComplete', 'look', new iam.PolicyDocument({
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
      logGroup: functions.logGroup,
      disableWaiterStateMachineLogging: true,
      providerFunctionEnvEncryption: functions.defaults.encryptionKey,
      ...functions.network,
    }).serviceToken;
  }

  private startPolicy(stack: Stack): iam.PolicyDocument {
    return new iam.PolicyDocument({
      // Merges what many constructs ask for alike.
      minimize: true,
      statements: [
        lookStatement(stack),
        ...ownSnapshotStatements(stack, this.owner, 'rds:AddTagsToResource', 'rds:RemoveTagsFromResource'),
        ...shareStatements(stack),
        new iam.PolicyStatement({
          actions: ['cloudformation:DescribeStacks', 'cloudformation:DescribeStackResource'],
          resources: [stack.stackId],
        }),
      ],
    });
  }
}

/** What the identifiers and names of everything made for a stack begin with. */
export function ownerOfStack(stack: Stack): string {
  return ownerOf(identityOf(stack));
}

/** What CloudFormation knows a stack by and no refactoring of the app changes: its name, and below it the nested stack's place. */
function identityOf(stack: Stack): string {
  const parent = stack.nestedStackParent;
  return parent === undefined
    ? stack.stackName
    : `${identityOf(parent)}/${stack.node.path.slice(parent.node.path.length + 1)}`;
}
