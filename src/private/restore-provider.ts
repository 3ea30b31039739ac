import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as cr from 'aws-cdk-lib/custom-resources';
import { Construct, IConstruct } from 'constructs';
import { HelperFunctions } from './helper-functions';
import { ownerOfStack } from './operation-provider';

const PROVIDER_ID = 'AuroraBackupRestores';

/** What it asks is answered at once, but for rights made a moment ago: nobody is to wait long for a second look. */
const POLL_INTERVAL = Duration.seconds(5);

/**
 * Finds restore points and guards restored clusters while a stack deploys. Its rights name nothing that is declared: a restored cluster waits
 * for it, so that whatever it waited for, but for the network of its functions, could never wait for the cluster. That is why it is
 * not the provider of snapshots, whose rights name the clusters.
 */
export class RestoreProvider extends Construct {
  /** The provider of the stack that the scope is in. */
  public static of(scope: IConstruct): RestoreProvider {
    const stack = Stack.of(scope);
    return stack.node.tryFindChild(PROVIDER_ID) as RestoreProvider | undefined ?? new RestoreProvider(stack);
  }

  public readonly owner: string;
  public readonly serviceToken: string;

  private constructor(stack: Stack) {
    super(stack, PROVIDER_ID);
    this.owner = ownerOfStack(stack);
    const functions = new HelperFunctions(this);
    this.serviceToken = new cr.Provider(this, 'Provider', {
      onEventHandler: functions.make('OnEvent', 'restoreOnEvent', new iam.PolicyDocument()),
      isCompleteHandler: functions.make('IsComplete', 'restoreIsComplete', new iam.PolicyDocument({ statements: this.statements(stack) })),
      queryInterval: POLL_INTERVAL,
      // The handlers give up by themselves, with a reason, before this: CloudFormation waits one hour.
      totalTimeout: Duration.hours(1),
      logGroup: functions.logGroup,
      disableWaiterStateMachineLogging: true,
      providerFunctionEnvEncryption: functions.defaults.encryptionKey,
      ...functions.network,
    }).serviceToken;
  }

  private statements(stack: Stack): iam.PolicyStatement[] {
    // RDS grants lists only on all of a kind at once; snapshots and clusters of other accounts have ARNs of their owners.
    const list = (action: string, ...kinds: string[]) => new iam.PolicyStatement({
      actions: [action],
      resources: kinds.map((resource) => (
        stack.formatArn({ service: 'rds', account: '*', resource, resourceName: '*', arnFormat: ArnFormat.COLON_RESOURCE_NAME })
      )),
    });
    return [
      list('rds:DescribeDBClusterSnapshots', 'cluster-snapshot', 'cluster'),
      list('rds:DescribeDBClusters', 'cluster'),
      list('rds:DescribeDBClusterAutomatedBackups', 'cluster-auto-backup', 'cluster'),
      new iam.PolicyStatement({
        actions: ['cloudformation:DescribeStacks', 'cloudformation:DescribeStackResource'],
        resources: [stack.stackId],
      }),
      new iam.PolicyStatement({
        // What was found once is kept there, and gone with the restore point.
        actions: ['ssm:GetParameter', 'ssm:GetParametersByPath', 'ssm:PutParameter', 'ssm:DeleteParameters'],
        resources: [stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName: `cdk-aurora-backup/${this.owner}/*` })],
      }),
    ];
  }
}
