import { Aws, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';

/** What RDS has to do with a key in the name of whoever copies a snapshot. */
const KEY_ACTIONS = ['kms:DescribeKey', 'kms:CreateGrant'];
/** The guide's list for the key of a snapshot that another account shares. Which of them RDS really uses is unproven. */
const FOREIGN_KEY_ACTIONS = [...KEY_ACTIONS, 'kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'];

/** The key as RDS takes it. An alias is passed by its name, which RDS looks up in the Region of the copy. */
export function keyIdForRds(key: kms.IKey): string {
  return aliasNameOf(key) ?? keyBehind(key).keyArn;
}

/** Whether the key is known by an alias alone, which means a key of whatever Region it is used in. */
export function isAlias(key: kms.IKey): boolean {
  return aliasNameOf(key) !== undefined;
}

/** What a statement about a key has to say for it to be found. */
interface KeyTarget {
  readonly resources: string[];
  readonly conditions: Record<string, unknown>;
}

/** The key of a snapshot of another account, if anybody told us, and where it is. */
interface ForeignKey {
  readonly key?: kms.IKey;
  readonly account: string;
  readonly region: string;
}

/** IAM compares key ARNs, never alias ARNs: an alias is a condition on the keys that bear it. */
export function keyTarget(stack: Stack, key: kms.IKey, region: string): KeyTarget {
  const aliasName = aliasNameOf(key);
  return aliasName === undefined
    ? { resources: [keyBehind(key).keyArn], conditions: {} }
    : {
      resources: [stack.formatArn({ service: 'kms', region, resource: 'key', resourceName: '*' })],
      conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': aliasName } },
    };
}

/**
 * The right to let RDS use the key, and only RDS. It is stated on the role alone: the key policy of a key made by the CDK
 * trusts the roles of its account, and that of an imported key cannot be changed from here.
 */
export function keyUseStatement(stack: Stack, key: kms.IKey, region: string): iam.PolicyStatement {
  const { resources, conditions } = keyTarget(stack, key, region);
  return new iam.PolicyStatement({
    actions: KEY_ACTIONS,
    resources,
    conditions: { StringEquals: { 'kms:ViaService': `rds.${region}.${Aws.URL_SUFFIX}` }, ...conditions },
  });
}

/**
 * The same for the key of a snapshot that another account shares, which its owner's key policy must allow as well. Whether RDS
 * names the Region of the snapshot or that of the copy when it uses the key is unproven: either may.
 */
export function foreignKeyUseStatement(stack: Stack, source: ForeignKey, region: string): iam.PolicyStatement {
  const { resources, conditions } = source.key
    ? keyTarget(stack, source.key, source.region)
    : { resources: [anyKeyOf(stack, source.account, source.region)], conditions: {} };
  const services = [...new Set([source.region, region])].map((one) => `rds.${one}.${Aws.URL_SUFFIX}`);
  return new iam.PolicyStatement({ actions: FOREIGN_KEY_ACTIONS, resources, conditions: { StringEquals: { 'kms:ViaService': services }, ...conditions } });
}

/**
 * The same for a key that nobody told us: any key of the account that owns the snapshot. Which of them RDS may use is up to
 * their key policies, and only what RDS itself asks in our name is allowed.
 */
export function unknownKeyUseStatement(stack: Stack, account: string, region: string): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: KEY_ACTIONS,
    resources: [anyKeyOf(stack, account, region)],
    conditions: { StringEquals: { 'kms:ViaService': `rds.${region}.${Aws.URL_SUFFIX}` } },
  });
}

function anyKeyOf(stack: Stack, account: string, region: string): string {
  return stack.formatArn({ service: 'kms', region, account, resource: 'key', resourceName: '*' });
}

/** Set for an alias that stands for a key nobody can name at synth. */
function aliasNameOf(key: kms.IKey): string | undefined {
  const behind = keyBehind(key);
  return (behind as Partial<kms.IAlias>).aliasName ?? /:(alias\/[^:]+)$/.exec(behind.keyArn)?.[1];
}

/** An alias that the app makes knows its key, and IAM would never match its own ARN; an imported one throws when it is asked. */
function keyBehind(key: kms.IKey): kms.IKey {
  try {
    return (key as Partial<kms.IAlias>).aliasTargetKey ?? key;
  } catch {
    return key;
  }
}
