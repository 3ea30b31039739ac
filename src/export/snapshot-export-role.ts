import { Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import { fail } from '../private/checks';
import { checkExportKey, checkPrefix } from '../private/export-checks';
import { ExportTarget, bucketStatements, exportService, keyPolicyStatement, keyStatement } from '../private/export-role-policies';
import { keyIdForRds } from '../private/keys';
import { areCertainlyOthers } from '../private/same-place';

/**
 * Properties of a `SnapshotExportRole`.
 */
export interface SnapshotExportRoleProps {
  /**
   * The bucket to export to, in the Region of what is exported; of this account or of another, whose bucket policy then needs
   * `bucketPolicyStatements()`.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.Setup.html
   */
  readonly bucket: s3.IBucket;

  /**
   * The key that the exported data is encrypted with: a symmetric key in the Region of the bucket; a key known to be another one
   * is an error at synth. Of this account or of another, whose key policy then needs `keyPolicyStatements()`.
   *
   * The key policy has to let the account use IAM policies, as keys made by the CDK do.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.Setup.html
   */
  readonly encryptionKey: kms.IKey;

  /**
   * What the role may write below, for example `lake/orders`: names with one slash between them. RDS takes no `:` in it, and
   * turns backslash, backtick, quotation mark and space into an underscore: those are errors at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.Considerations.html
   * @default - the whole bucket
   */
  readonly prefix?: string;

  /**
   * The name of the role: 1 to 64 letters, digits and `+ = , . @ - _`; anything else is an error at synth.
   *
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
   * @default - CloudFormation makes a name
   */
  readonly roleName?: string;

  /**
   * The path of the role: begins and ends with a slash; anything else is an error at synth.
   *
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
   * @default /
   */
  readonly path?: string;

  /**
   * Whether only exports of this account, of snapshots and clusters in the Region of the bucket, may use the role
   * (`aws:SourceAccount` and `aws:SourceArn` in its trust policy).
   *
   * AWS recommends such conditions for RDS, and does not say whether exports support them. Should an export fail because RDS
   * cannot assume the role, set this to `false`.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/cross-service-confused-deputy-prevention.html
   * @default true
   */
  readonly restrictTrust?: boolean;
}

/**
 * The role with which RDS writes exported data into a bucket. One role can serve any number of exports to one place.
 *
 * It has all its rights when it exists, and exactly those that the user guide asks for, narrowed to bucket, prefix and key.
 *
 * For a bucket and a key of another account, give the role a name and add its statements there:
 *
 * ```ts
 * declare const lake: s3.Bucket; // of the other account, in a stack there
 * declare const lakeKey: kms.Key;
 * const role = new SnapshotExportRole(this, 'ExportRole', {
 *   bucket: s3.Bucket.fromBucketName(this, 'Lake', 'their-lake'),
 *   encryptionKey: kms.Key.fromKeyArn(this, 'LakeKey', 'arn:aws:kms:eu-west-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab'),
 *   roleName: 'orders-export',
 * });
 * for (const statement of role.bucketPolicyStatements()) {
 *   lake.addToResourcePolicy(statement);
 * }
 * for (const statement of role.keyPolicyStatements()) {
 *   lakeKey.addToResourcePolicy(statement);
 * }
 * ```
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.Setup.html
 * @resource AWS::IAM::Role
 */
@propertyInjectable
export class SnapshotExportRole extends iam.Role {
  /**
   * Uniquely identifies this class for property injection.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-aurora-backup.SnapshotExportRole';

  private readonly target: SnapshotExportRoleProps;

  constructor(scope: Construct, id: string, props: SnapshotExportRoleProps) {
    const stack = Stack.of(scope);
    super(scope, id, {
      roleName: props.roleName,
      path: props.path,
      description: 'Writes exported Aurora data to S3',
      assumedBy: exportService(stack, props, props.restrictTrust ?? true),
      // Inline, so that no export starts before the rights are there.
      inlinePolicies: { Export: new iam.PolicyDocument({ statements: [...bucketStatements(props), keyStatement(stack, props)] }) },
    });
    this.target = props;
    checkPrefix(this, props.prefix);
    checkExportKey(this, 'encryptionKey', props.encryptionKey, props.bucket.env.region, 'bucket', this.stack.account);
  }

  /**
   * What the policy of a bucket of another account has to say for exports of this account to be written there: for the account
   * as a whole, narrowed to this role where `roleName` was given.
   *
   * The account of the stack must be known at synth.
   */
  public bucketPolicyStatements(): iam.PolicyStatement[] {
    const account = this.knownAccount('bucketPolicyStatements');
    return bucketStatements(this.target).map((statement) => {
      // The role itself cannot be the principal: S3 refuses a policy that names a role which does not exist yet.
      statement.addPrincipals(new iam.AccountPrincipal(account));
      if (this.target.roleName !== undefined) {
        statement.addCondition('ArnEquals', { 'aws:PrincipalArn': this.arnByName(account, this.target.roleName) });
      }
      return statement;
    });
  }

  /**
   * What the policy of a key of another account has to say for exports of this account to be encrypted with it. It is for the
   * account as a whole, because whoever starts an export needs the key, too.
   *
   * The account of the stack must be known at synth.
   */
  public keyPolicyStatements(): iam.PolicyStatement[] {
    return [keyPolicyStatement(this.knownAccount('keyPolicyStatements'))];
  }

  /**
   * What keeps the role from writing an export to a place; undefined if nothing is known to.
   *
   * @internal
   */
  public _obstacleTo({ bucket, encryptionKey, prefix }: ExportTarget): string | undefined {
    const { target } = this;
    if (areCertainlyOthers(target.bucket, bucket, ({ bucketName }) => bucketName)) {
      return `writes to bucket '${target.bucket.node.path}', not to '${bucket.node.path}'`;
    }
    if (areCertainlyOthers(target.encryptionKey, encryptionKey, keyIdForRds)) {
      return `encrypts with '${target.encryptionKey.node.path}', not with '${encryptionKey.node.path}'`;
    }
    if (target.prefix !== undefined && ![target.prefix, prefix].some((text) => Token.isUnresolved(text)) && !`${prefix ?? ''}/`.startsWith(`${target.prefix}/`)) {
      return `writes below '${target.prefix}' only, not ${prefix === undefined ? 'anywhere in the bucket' : `below '${prefix}'`}`;
    }
    return undefined;
  }

  /** In a policy of another account, `AWS::AccountId` would be that account. */
  private knownAccount(method: string): string {
    const { account } = this.stack;
    if (Token.isUnresolved(account)) {
      fail(this, `${method} needs to know the account of stack '${this.stack.node.path}', because another account's policy has to name it; give the stack an env with an account`);
    }
    return account;
  }

  private arnByName(account: string, roleName: string): string {
    return this.stack.formatArn({ service: 'iam', region: '', account, resource: 'role', resourceName: roleName });
  }
}
