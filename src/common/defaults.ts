import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { IConstruct } from 'constructs';

/**
 * Settings for everything the library makes below one scope.
 */
export interface AuroraBackupDefaultsOptions {
  /**
   * The VPC in which the helper functions run.
   *
   * Its subnets must reach the endpoints of RDS, CloudFormation, Lambda and Step Functions, and for restore points Systems Manager (`ssm`), through
   * a NAT or through interface endpoints, and that of S3, through which CloudFormation is answered: without it a deploy hangs for an hour. Copies to
   * another Region also need the RDS endpoint of that Region, which interface endpoints do not offer. Set for a construct within a stack, it is an
   * error at synth.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   * @default - the functions run outside of any VPC
   */
  readonly vpc?: ec2.IVpc;

  /**
   * The subnets of the helper functions. Without `vpc`, or set for a construct within a stack, they are an error at synth.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   * @default - the subnets that aws-lambda chooses (private ones)
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * The security groups of the helper functions. Without `vpc`, or set for a construct within a stack, they are an error at synth.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   * @default - a security group is made for each function
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * How long the log group of the helper functions keeps its events. Set for a construct within a stack, it is an error at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
   * @default RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * The key that encrypts the log group and the environment of the helper functions, and the queues of what backup plans and vaults could not
   * deliver. Its key policy must let the CloudWatch Logs service of the Region use it. It has nothing to do with the keys of snapshots. Set for a
   * construct within a stack, it is an error at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
   * @default - keys owned by AWS
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * The removal policy of every construct that is not given one: `RETAIN` or `DESTROY`; another one is an error at synth, because not every construct
   * knows it.
   *
   * `DESTROY` is for throw-away environments: destroying the stack then deletes the snapshots that it made, also those that its backup plans have taken
   * since, and the clusters that it restored. Vaults know `RETAIN` only.
   *
   * @default - that of each construct: snapshots and copies stay, and of a restored cluster its final snapshot does
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** What concerns the functions of a stack, not the single construct. */
const HELPER_SETTINGS = ['vpc', 'vpcSubnets', 'securityGroups', 'logRetention', 'encryptionKey'] as const;

// Looked up by name, so that two copies of the library in one app see the same settings.
const DEFAULTS = Symbol.for('cdk-aurora-backup.AuroraBackupDefaults');

/**
 * Defaults for all constructs of the library below a scope: an app, a stage, a stack or, for `removalPolicy`, any construct.
 *
 * The settings of a nearer scope win over those of a farther one, each by itself.
 */
export class AuroraBackupDefaults {
  /**
   * The defaults of a scope.
   *
   * @param scope What the defaults apply to: the scope itself and everything below it.
   */
  public static of(scope: IConstruct): AuroraBackupDefaults {
    const holder = scope as { [DEFAULTS]?: AuroraBackupDefaults };
    const existing = holder[DEFAULTS];
    if (existing) {
      return existing;
    }
    const defaults = new AuroraBackupDefaults(scope);
    Object.defineProperty(scope, DEFAULTS, { value: defaults, enumerable: false });
    return defaults;
  }

  private options: AuroraBackupDefaultsOptions = {};
  private firstReader?: string;

  private constructor(private readonly scope: IConstruct) {}

  /**
   * Sets defaults. A later call overrides what it names and leaves the rest.
   *
   * Must come before the first construct of the library below the scope, which has read the defaults by then: later it is an error.
   *
   * @param options What is set. What is left out stays as it was.
   */
  public configure(options: AuroraBackupDefaultsOptions): void {
    if (this.firstReader !== undefined) {
      throw new Error(`the defaults of '${this.scope.node.path || 'the app'}' were already used by '${this.firstReader}'; `
        + 'call AuroraBackupDefaults.of(scope).configure(...) before the first construct of cdk-aurora-backup is made below that scope');
    }
    const hasVpc = [...this.optionsInForce(), options].some(({ vpc }) => vpc !== undefined);
    if (!hasVpc && (options.vpcSubnets || options.securityGroups)) {
      throw new Error('vpcSubnets and securityGroups have no effect without vpc: set vpc, or leave them out');
    }
    const { removalPolicy } = options;
    if (removalPolicy !== undefined && removalPolicy !== RemovalPolicy.RETAIN && removalPolicy !== RemovalPolicy.DESTROY) {
      throw new Error(`removalPolicy of the defaults must be RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, got '${removalPolicy}', which not every construct knows; `
        + 'set it where it is meant, for example on a restored cluster');
    }
    const helperSetting = HELPER_SETTINGS.find((name) => options[name] !== undefined);
    if (helperSetting && this.scope.node.scopes.slice(0, -1).some((ancestor) => Stack.isStack(ancestor))) {
      throw new Error(`${helperSetting} is a setting of the helper functions, which all constructs of a stack share, and cannot be set for '${this.scope.node.path}' alone; `
        + 'set it for the stack, or for the app');
    }
    // A wrapper passes on what its own user left out; that is not to override anything.
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    this.options = { ...this.options, ...given };
  }

  /**
   * What is in force at the scope, and from now on cannot be configured any more.
   *
   * @internal
   */
  public _read(): AuroraBackupDefaultsOptions {
    for (const ancestor of this.scope.node.scopes) {
      AuroraBackupDefaults.of(ancestor).firstReader ??= this.scope.node.path;
    }
    return Object.assign({}, ...this.optionsInForce());
  }

  /** From the farthest scope to the nearest, which wins. */
  private optionsInForce(): AuroraBackupDefaultsOptions[] {
    return this.scope.node.scopes.map((ancestor) => AuroraBackupDefaults.of(ancestor).options);
  }
}
