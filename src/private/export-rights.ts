import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ExportedSource } from './exported-source';
import { keyTarget, unknownKeyUseStatement } from './keys';

export interface DeclaredExport {
  readonly source: ExportedSource;
  readonly sourceKey?: kms.IKey;
  /** The ARN, or the pattern of ARNs, of the role that RDS is given. */
  readonly passedRole: string;
  readonly encryptionKey: kms.IKey;
}

/**
 * The path of the roles that exports of a stack make for themselves. They are passed by their path: named one by one in the role that
 * all operations of the stack share, they would make everything wait for them, and so for whatever an export waits for.
 */
export function ownRolePath(owner: string): string {
  return `/cdk-aurora-backup/${owner}/`;
}

export function ownRoleArns(stack: Stack, owner: string): string {
  return stack.formatArn({ service: 'iam', region: '', resource: `role${ownRolePath(owner)}*`, arnFormat: ArnFormat.NO_RESOURCE_NAME });
}

/** What whoever starts an export must be allowed to do; the role that writes is another one. */
export function exportStatements(stack: Stack, { source, sourceKey, passedRole, encryptionKey }: DeclaredExport): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: ['rds:StartExportTask'], resources: [source.policyArn] }),
    ...lookAtSource(stack, source),
    passToExports(passedRole),
    ...letExportUse(stack, encryptionKey, source.region),
    ...(sourceKey ? letExportUse(stack, sourceKey, source.region) : [unknownKeyUseStatement(stack, source.account, source.region)]),
  ];
}

/** The right to give RDS a role for an export. */
export function passToExports(role: string): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['iam:PassRole'],
    resources: [role],
    conditions: {
      // The sources contradict each other: the authorization reference names the second, and the role trusts the first.
      StringEquals: { 'iam:PassedToService': ['export.rds.amazonaws.com', 'rds.amazonaws.com'] },
    },
  });
}

/** Snapshots of the own account may be looked at anyway. */
function lookAtSource(stack: Stack, source: ExportedSource): iam.PolicyStatement[] {
  if (source.type === 'cluster') {
    return [new iam.PolicyStatement({ actions: ['rds:DescribeDBClusters'], resources: [source.policyArn] })];
  }
  return source.account === stack.account
    ? []
    : [new iam.PolicyStatement({ actions: ['rds:DescribeDBClusterSnapshots'], resources: [source.policyArn] })];
}

/**
 * The right to let an export use a key.
 *
 * Without `kms:ViaService`, unlike a copy: whether an export uses the key as `rds.<region>` is unproven. A grant may be made only
 * for a service of AWS.
 */
export function letExportUse(stack: Stack, key: kms.IKey, region: string): iam.PolicyStatement[] {
  const { resources, conditions } = keyTarget(stack, key, region);
  return [
    new iam.PolicyStatement({ actions: ['kms:DescribeKey'], resources, conditions }),
    new iam.PolicyStatement({ actions: ['kms:CreateGrant'], resources, conditions: { ...conditions, Bool: { 'kms:GrantIsForAWSResource': 'true' } } }),
  ];
}
