import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, IConstruct } from 'constructs';
import { GrowingPolicy } from './growing-policy';
import { HelperFunctions } from './helper-functions';
import { keyTarget } from './keys';
import { PlanRemovals } from './plan-removals';
import { PlanNeeds, planLookStatements, planPruneStatements, planStartStatements } from './plan-rights';
import { MAX_INLINE_CHARACTERS, leastCharactersOf } from './policy-size';

const PLANS_ID = 'AuroraBackupPlans';

/** As long as SQS keeps anything. */
const LONGEST_RETENTION = Duration.days(14);

/** Six times the timeout of the function that reads it, as Lambda asks for. */
const VISIBILITY_TIMEOUT = Duration.minutes(12);

/**
 * What the plans of one stack share: a further plan adds rights, not functions. Running, looking, starting and deleting are
 * different functions with different roles.
 */
export class PlanFunctions extends Construct {
  /** Those of the stack that the scope is in. */
  public static of(scope: IConstruct): PlanFunctions {
    const stack = Stack.of(scope);
    return stack.node.tryFindChild(PLANS_ID) as PlanFunctions | undefined ?? new PlanFunctions(stack);
  }

  /** Begins runs, gives copies and exports their turn, tells verdicts. What it may do to state machines, each plan says itself. */
  public readonly runs: lambda.Function;
  public readonly look: lambda.Function;
  public readonly start: lambda.Function;
  public readonly prune: lambda.Function;
  /** What could not be delivered to `runs`, by the scheduler or by Lambda: it is told from here. */
  public readonly deadLetters: sqs.Queue;

  private readonly plans: (() => PlanNeeds)[] = [];
  private readonly encryptionKey?: kms.IKey;
  private readonly functions: HelperFunctions;
  private madeRemovals?: PlanRemovals;

  private constructor(stack: Stack) {
    super(stack, PLANS_ID);
    const functions = this.functions = new HelperFunctions(this);
    const needs = () => this.plans.map((plan) => plan());
    this.encryptionKey = functions.defaults.encryptionKey;
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', {
      enforceSSL: true,
      encryption: this.encryptionKey ? sqs.QueueEncryption.KMS : sqs.QueueEncryption.SQS_MANAGED,
      encryptionMasterKey: this.encryptionKey,
      retentionPeriod: LONGEST_RETENTION,
      visibilityTimeout: VISIBILITY_TIMEOUT,
    });
    this.runs = functions.make('Runs', 'planRuns', new iam.PolicyDocument({
      statements: this.deadLetterStatements('sqs:SendMessage', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'),
    }));
    this.look = functions.make('Look', 'planLook', new iam.PolicyDocument({ statements: planLookStatements(stack) }));
    const startPolicy = new GrowingPolicy(() => planStartStatements(stack, needs()));
    const prunePolicy = new GrowingPolicy(() => planPruneStatements(stack, needs()));
    this.start = functions.make('Start', 'planStart', startPolicy);
    this.prune = functions.make('Prune', 'planPrune', prunePolicy);

    // Not with the prop of the function: that would put the right to send into a policy beside the role.
    (this.runs.node.defaultChild as lambda.CfnFunction).deadLetterConfig = { targetArn: this.deadLetters.queueArn };
    new lambda.EventSourceMapping(this, 'Undelivered', { target: this.runs, eventSourceArn: this.deadLetters.queueArn, batchSize: 1 });
    this.node.addValidation({ validate: () => [...tooLarge(stack, startPolicy, prunePolicy), ...tooMany(stack, this.plans.length)] });
  }

  /** Allows what one more plan needs, which is asked when the template is written. */
  public allow(plan: () => PlanNeeds): void {
    this.plans.push(plan);
  }

  /** Made for the first plan whose snapshots go with the stack. */
  public get removals(): PlanRemovals {
    this.madeRemovals ??= new PlanRemovals(this, 'Removals', this.functions);
    return this.madeRemovals;
  }

  /** What whoever sends to the queue of dead letters must be allowed to do. */
  public deadLetterStatements(...actions: string[]): iam.PolicyStatement[] {
    const queue = new iam.PolicyStatement({ actions, resources: [this.deadLetters.queueArn] });
    const stack = Stack.of(this);
    return this.encryptionKey
      ? [queue, new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], ...keyTarget(stack, this.encryptionKey, stack.region) })]
      : [queue];
  }
}

/** What IAM would refuse, if it is known for certain. */
function tooLarge(stack: Stack, ...policies: iam.PolicyDocument[]): string[] {
  const characters = Math.max(...policies.map((policy) => leastCharactersOf(stack, policy)));
  return characters > MAX_INLINE_CHARACTERS
    ? [`the backup plans of stack '${stack.node.path}' need ${characters} characters of policies for one role, and IAM takes ${MAX_INLINE_CHARACTERS}; put some of them into another stack`]
    : [];
}

/** Each plan has a policy on the role that runs them all, and those may have 10,240 characters together. */
const MAX_PLANS = 12;

function tooMany(stack: Stack, plans: number): string[] {
  return plans > MAX_PLANS
    ? [`stack '${stack.node.path}' has ${plans} backup plans, and the policies of one role have room for ${MAX_PLANS}; put some of them into another stack`]
    : [];
}
