import { Annotations, Aws, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { IConstruct } from 'constructs';
import { keyIdForRds } from './keys';

/** What the guide lets other accounts do with the key of a snapshot that is shared with them. Which of it RDS really uses is not documented. */
const USE = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];
const GRANTS = ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'];

/** The key that RDS makes for an account. AWS lets nobody else use it. */
const DEFAULT_KEY = 'alias/aws/rds';

/** For whom a key of snapshots is opened. */
export interface KeySharing {
  /** The accounts that copy or restore the snapshots: 12 digits each, or tokens. */
  readonly accounts: readonly string[];
  /** Where the snapshots are. */
  readonly snapshotRegion: string;
  /** Where else they are copied to by those accounts. */
  readonly destinationRegions?: readonly string[];
  /** Whether the key may be used through RDS only; true unless it says false. */
  readonly restrictToRds?: boolean;
}

/**
 * What the policy of a key has to say for other accounts to copy and restore snapshots under it: the statements of the guide, for these
 * accounts and nobody else, grants for AWS services only, and all of it through RDS. Which Region RDS names when it copies to
 * another one is not documented, so both may.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/share-encrypted-snapshot.html
 */
export function sharedKeyStatements({ accounts, snapshotRegion, destinationRegions = [], restrictToRds = true }: KeySharing): iam.PolicyStatement[] {
  if (accounts.length === 0) {
    return [];
  }
  const info = Token.isUnresolved(snapshotRegion) ? undefined : RegionInfo.get(snapshotRegion);
  const regions = [...new Set([snapshotRegion, ...destinationRegions])];
  const viaRds = restrictToRds
    ? { StringEquals: { 'kms:ViaService': regions.map((region) => `rds.${region}.${info?.domainSuffix ?? Aws.URL_SUFFIX}`) } }
    : {};
  // Texts where the Region is known, so that a statement can be printed and pasted as it is.
  const principals = () => accounts.map((account) => new iam.ArnPrincipal(`arn:${info?.partition ?? Aws.PARTITION}:iam::${account}:root`));
  return [
    new iam.PolicyStatement({ principals: principals(), actions: USE, resources: ['*'], conditions: viaRds }),
    new iam.PolicyStatement({
      principals: principals(), actions: GRANTS, resources: ['*'], conditions: { Bool: { 'kms:GrantIsForAWSResource': 'true' }, ...viaRds },
    }),
  ];
}

/** Adds the statements to the policy of a key that the app makes; of another one it says what its owner has to add. */
export function openKey(
  scope: IConstruct, key: kms.IKey, statements: readonly iam.PolicyStatement[], otherwise = 'other accounts cannot use what is shared with them',
): void {
  const missing = statements.filter((statement) => !key.addToResourcePolicy(statement, true).statementAdded);
  if (missing.length > 0) {
    Annotations.of(scope).addWarningV2('cdk-aurora-backup:keyPolicy',
      `the policy of key '${key.node.path}' is not known to this app, and without these statements in it ${otherwise}: `
      + `${JSON.stringify(Stack.of(scope).resolve(missing.map((statement) => statement.toStatementJson())))}. Add them where the key is defined, and acknowledge this warning when they are there`);
  }
}

/** Whether the key is known to be the one that RDS makes for an account. What is under it cannot be shared. */
export function isDefaultKey(key: kms.IKey): boolean {
  return keyIdForRds(key) === DEFAULT_KEY;
}
