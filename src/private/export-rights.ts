import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ExportedSource } from './exported-source';
import { keyTarget, unknownKeyUseStatement } from './keys';

export interface DeclaredExport {
  readonly source: ExportedSource;
  readonly sourceKey?: kms.IKey;
  readonly role: iam.IRole;
  readonly encryptionKey: kms.IKey;
}

/** What whoever starts an export must be allowed to do; the role that writes is another one. */
export function exportStatements(stack: Stack, { source, sourceKey, role, encryptionKey }: DeclaredExport): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: ['rds:StartExportTask'], resources: [source.policyArn] }),
    ...lookAtSource(stack, source),
    new iam.PolicyStatement({
      actions: ['iam:PassRole'],
      resources: [role.roleArn],
      conditions: {
        // The sources contradict each other: the authorization reference names the second, and the role trusts the first.
        StringEquals: { 'iam:PassedToService': ['export.rds.amazonaws.com', 'rds.amazonaws.com'] },
      },
    }),
    ...letExportUse(stack, encryptionKey, source.region),
    ...(sourceKey ? letExportUse(stack, sourceKey, source.region) : [unknownKeyUseStatement(stack, source.account, source.region)]),
  ];
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
 * Without `kms:ViaService`, unlike a copy: whether an export uses the key as `rds.<region>` is unproven. A grant may be made only
 * for a service of AWS.
 */
function letExportUse(stack: Stack, key: kms.IKey, region: string): iam.PolicyStatement[] {
  const { resources, conditions } = keyTarget(stack, key, region);
  return [
    new iam.PolicyStatement({ actions: ['kms:DescribeKey'], resources, conditions }),
    new iam.PolicyStatement({ actions: ['kms:CreateGrant'], resources, conditions: { ...conditions, Bool: { 'kms:GrantIsForAWSResource': 'true' } } }),
  ];
}
