import { CustomResource, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as cr from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { alwaysDeleted } from './always-deleted';
import { HelperFunctions } from './helper-functions';
import { ANY_REGION, clusterArnOf, lookStatement, snapshotArnOf } from './operation-policies';
import { OwnershipTag } from '../core/ownership';
import { PLAN_REMOVAL_TYPE, PLAN_REMOVAL_VERSION, PlanRemovalProperties } from '../core/plan/plan-removal';
import { SnapshotRemoval } from '../core/removal';

const POLL_INTERVAL = Duration.seconds(10);

/** What deletes the snapshots of the plans of a stack together with the stack: one function, with a role of its own, that makes and tags nothing. */
export class PlanRemovals extends Construct {
  public readonly serviceToken: string;

  constructor(scope: Construct, id: string, functions: HelperFunctions) {
    super(scope, id);
    const stack = Stack.of(this);
    const remove = functions.make('Remove', 'planRemove', new iam.PolicyDocument({ statements: removalStatements(stack) }));
    this.serviceToken = new cr.Provider(this, 'Provider', {
      onEventHandler: remove,
      isCompleteHandler: remove,
      queryInterval: POLL_INTERVAL,
      // The function gives up by itself, with a reason, before this: CloudFormation waits one hour.
      totalTimeout: Duration.hours(1),
      logGroup: functions.logGroup,
      disableWaiterStateMachineLogging: true,
      providerFunctionEnvEncryption: functions.defaults.encryptionKey,
      ...functions.network,
    }).serviceToken;
  }
}

/**
 * Names neither plans nor Regions that are declared. Only what plans have made for this very stack bears both tags: what was made for an earlier stack of
 * the name bears another id, and what the stack made while it was deployed is of no plan.
 */
function removalStatements(stack: Stack): iam.PolicyStatement[] {
  return [
    lookStatement(stack),
    // Whether somebody protects what was backed up.
    new iam.PolicyStatement({ actions: ['rds:DescribeDBClusters'], resources: [clusterArnOf(stack, '*')] }),
    new iam.PolicyStatement({
      actions: ['rds:DeleteDBClusterSnapshot'],
      resources: [snapshotArnOf(stack, 'cab-*', ANY_REGION)],
      conditions: {
        StringEquals: {
          [`aws:ResourceTag/${OwnershipTag.STACK}`]: stack.stackId,
          [`aws:ResourceTag/${OwnershipTag.PLAN_REGION}`]: stack.region,
        },
        StringLike: { [`aws:ResourceTag/${OwnershipTag.PLAN}`]: '*' },
      },
    }),
    new iam.PolicyStatement({ actions: ['cloudformation:DescribeStacks'], resources: stackIds(stack) }),
  ];
}

/** Its own and those of the stacks around it: a nested stack is also deleted when the stack around it is only updated. */
function stackIds(stack: Stack): string[] {
  const { nestedStackParent: parent } = stack;
  return parent ? [stack.stackId, ...stackIds(parent)] : [stack.stackId];
}

export interface PlanRemovalProps {
  readonly removals: PlanRemovals;
  readonly planName: string;
  readonly owner: string;
  /** Asked when the template is written. */
  readonly removalPolicy: () => SnapshotRemoval;
  readonly regions: readonly string[];
}

/** The custom resource that is told when a plan goes, and asks whether its stack goes. */
export class PlanRemoval extends Construct {
  constructor(scope: Construct, id: string, { removals, planName, owner, removalPolicy, regions }: PlanRemovalProps) {
    super(scope, id);
    const properties: PlanRemovalProperties = {
      ContractVersion: PLAN_REMOVAL_VERSION,
      PlanName: planName,
      Owner: owner,
      RemovalPolicy: Lazy.string({ produce: () => removalPolicy() }),
      Regions: regions,
    };
    const resource = new CustomResource(this, 'Resource', {
      serviceToken: removals.serviceToken, resourceType: PLAN_REMOVAL_TYPE, properties: { ...properties }, removalPolicy: RemovalPolicy.DESTROY,
    });
    alwaysDeleted(resource);
  }
}
