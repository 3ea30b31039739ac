import * as path from 'path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { AuroraBackupDefaults, AuroraBackupDefaultsOptions } from '../common/defaults';

/** Made when the library is built (never when a consumer synthesizes): all handlers and the pinned SDK in one file. */
const RUNTIME_BUNDLE = path.join(__dirname, '..', '..', 'assets', 'runtime', 'index');

export interface FunctionSettings {
  readonly environment?: Record<string, string>;
  readonly timeout?: Duration;
  /** For functions and roles that a policy names before they exist. */
  readonly functionName?: string;
  readonly rolePath?: string;
}

/** The functions of one helper of a stack, with their common log group, as the defaults of the surroundings want them. */
export class HelperFunctions {
  public readonly logGroup: logs.LogGroup;
  public readonly defaults: AuroraBackupDefaultsOptions;

  constructor(private readonly scope: Construct) {
    this.defaults = AuroraBackupDefaults.of(scope)._read();
    this.logGroup = new logs.LogGroup(scope, 'Logs', {
      retention: this.defaults.logRetention ?? logs.RetentionDays.THREE_MONTHS,
      encryptionKey: this.defaults.encryptionKey,
      // What was done to snapshots stays readable after the stack is gone, until the retention ends.
      removalPolicy: this.defaults.removalPolicy ?? RemovalPolicy.RETAIN,
    });
  }

  /** One more function, with a role of its own that has these rights. */
  public make(id: string, handler: string, policy: iam.PolicyDocument, options: FunctionSettings = {}): lambda.Function {
    policy.addStatements(new iam.PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [this.logGroup.logGroupArn],
    }));
    const role = new iam.Role(this.scope, `${id}Role`, {
      path: options.rolePath,
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      // Inline, so that a function never runs before its rights are there, nor after they are gone.
      inlinePolicies: { Operations: policy },
      managedPolicies: this.defaults.vpc ? [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaVPCAccessExecutionRole')] : [],
    });
    return new lambda.Function(this.scope, id, {
      functionName: options.functionName,
      runtime: lambda.Runtime.NODEJS_22_X,
      code: lambda.Code.fromAsset(RUNTIME_BUNDLE),
      handler: `index.${handler}`,
      memorySize: 256,
      timeout: options.timeout ?? Duration.minutes(2),
      role,
      environment: options.environment,
      environmentEncryption: this.defaults.encryptionKey,
      logGroup: this.logGroup,
      ...this.network,
    });
  }

  public get network() {
    const { vpc, vpcSubnets, securityGroups } = this.defaults;
    return { vpc, vpcSubnets, securityGroups };
  }
}
