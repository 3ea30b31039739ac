import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { HelperFunctions } from './helper-functions';
import { keyTarget } from './keys';
import { MAX_INLINE_CHARACTERS, leastCharactersOf } from './policy-size';
import { VaultActor } from './vault-names';
import { VaultNeeds, vaultLookStatements, vaultPruneStatements, vaultReleaseStatements, vaultStartStatements } from './vault-rights';

/** As long as SQS keeps anything. */
const LONGEST_RETENTION = Duration.days(14);

/** The functions of one vault. Running, looking, starting, deleting and releasing are different functions with different roles. */
export class VaultFunctions extends Construct {
  /** Hears announcements, gives copies their turn. What it may do to state machines is said there. */
  public readonly runs: lambda.Function;
  public readonly look: lambda.Function;
  public readonly start: lambda.Function;
  public readonly prune: lambda.Function;
  public readonly release: lambda.Function;
  /** What could not be delivered: to the functions, or to the accounts of sources. */
  public readonly deadLetters: sqs.Queue;

  constructor(scope: Construct, id: string, needs: VaultNeeds) {
    super(scope, id);
    const stack = Stack.of(this);
    const functions = new HelperFunctions(this);
    const { encryptionKey } = functions.defaults;
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', {
      enforceSSL: true,
      encryption: encryptionKey ? sqs.QueueEncryption.KMS : sqs.QueueEncryption.SQS_MANAGED,
      encryptionMasterKey: encryptionKey,
      retentionPeriod: LONGEST_RETENTION,
    });
    // Undeliverable receipts come from EventBridge itself, which acts by the key policy alone.
    encryptionKey?.grantEncryptDecrypt(new iam.ServicePrincipal('events.amazonaws.com'));
    const make = (actor: VaultActor, handler: string, statements: iam.PolicyStatement[]) => {
      const policy = new iam.PolicyDocument({ minimize: true, statements });
      this.node.addValidation({ validate: () => tooLarge(stack, policy) });
      return functions.make(handler, `vault${handler}`, policy, {
        functionName: needs.names.physicalName(actor), rolePath: needs.names.rolePath(actor),
      });
    };
    this.runs = make('runs', 'Runs', [
      new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.deadLetters.queueArn] }),
      ...(encryptionKey
        ? [new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], ...keyTarget(stack, encryptionKey, stack.region) })]
        : []),
    ]);
    this.look = make('look', 'Look', vaultLookStatements(stack, needs));
    this.start = make('start', 'Start', vaultStartStatements(stack, needs));
    this.prune = make('prune', 'Prune', vaultPruneStatements(stack, needs));
    this.release = make('release', 'Release', vaultReleaseStatements(stack, needs));
    // Not with the prop of the function: that would put the right to send into a policy beside the role.
    (this.runs.node.defaultChild as lambda.CfnFunction).deadLetterConfig = { targetArn: this.deadLetters.queueArn };
  }
}

/** What IAM would refuse, if it is known for certain. */
function tooLarge(stack: Stack, policy: iam.PolicyDocument): string[] {
  const characters = leastCharactersOf(stack, policy);
  return characters > MAX_INLINE_CHARACTERS
    ? [`the sources and copies of the vault need ${characters} characters of policies for one role, and IAM takes ${MAX_INLINE_CHARACTERS}; make another vault for some of them`]
    : [];
}
