import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { keyTarget } from './keys';

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.Setup.html */
const OBJECT_ACTIONS = ['s3:PutObject*', 's3:GetObject*', 's3:DeleteObject*'];
const BUCKET_ACTIONS = ['s3:ListBucket', 's3:GetBucketLocation'];
const KEY_ACTIONS = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:CreateGrant', 'kms:DescribeKey', 'kms:RetireGrant'];

export interface ExportTarget {
  readonly bucket: s3.IBucket;
  readonly encryptionKey: kms.IKey;
  readonly prefix?: string;
}

/** Who may take on the role: the export service, and if narrowed, only for snapshots and clusters of this account and Region. */
export function exportService(stack: Stack, { bucket }: ExportTarget, narrowed: boolean): iam.IPrincipal {
  const ofThisAccount = {
    StringEquals: { 'aws:SourceAccount': stack.account },
    ArnLike: { 'aws:SourceArn': stack.formatArn({ service: 'rds', region: bucket.env.region, resource: '*', arnFormat: ArnFormat.NO_RESOURCE_NAME }) },
  };
  return new iam.ServicePrincipal('export.rds.amazonaws.com', narrowed ? { conditions: ofThisAccount } : {});
}

/** What the role may do with the bucket: everything that the guide asks for, below the prefix. */
export function bucketStatements({ bucket, prefix }: ExportTarget): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: OBJECT_ACTIONS, resources: [bucket.arnForObjects(prefix === undefined ? '*' : `${prefix}/*`)] }),
    new iam.PolicyStatement({ actions: BUCKET_ACTIONS, resources: [bucket.bucketArn] }),
  ];
}

/** What the role may do with the key. */
export function keyStatement(stack: Stack, { bucket, encryptionKey }: ExportTarget): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: KEY_ACTIONS, ...keyTarget(stack, encryptionKey, bucket.env.region) });
}

/** The same in a key policy, where `*` is the key itself. */
export function keyPolicyStatement(account: string): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: KEY_ACTIONS, principals: [new iam.AccountPrincipal(account)], resources: ['*'] });
}
