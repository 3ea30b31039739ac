import * as kms from 'aws-cdk-lib/aws-kms';
import { IConstruct } from 'constructs';

/** What is known of the source of an export. */
export interface ExportedSource {
  readonly type: 'snapshot' | 'cluster';
  /** The construct that stands for it. */
  readonly construct: IConstruct;
  readonly arn: string;
  /** The ARN, or the pattern of ARNs, that policies allow. */
  readonly policyArn: string;
  readonly region: string;
  readonly account: string;
  /** The engine, if it is known at synth. */
  readonly engine?: string;
  readonly encryptionKey?: kms.IKey;
}
