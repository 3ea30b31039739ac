import { Fn, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { ClusterSnapshotBase } from './cluster-snapshot-base';
import { IClusterSnapshot } from './cluster-snapshot-ref';
import { parseSnapshotArn } from '../core/snapshot-arn';
import { fail } from '../private/checks';

/** What is known of a snapshot that the app did not make. */
interface ImportedSnapshot {
  readonly snapshotArn: string;
  /** Follows from the ARN, at deploy time if that is a token: given where it is known before. */
  readonly snapshotIdentifier?: string;
  readonly encryptionKey?: kms.IKey;
}

/** A snapshot that is not made by the app. */
class ImportedClusterSnapshot extends ClusterSnapshotBase {
  public readonly snapshotArn: string;
  public readonly snapshotIdentifier: string;
  public readonly encryptionKey?: kms.IKey;

  constructor(scope: Construct, id: string, { snapshotArn, snapshotIdentifier = identifierOf(scope, snapshotArn), encryptionKey }: ImportedSnapshot) {
    super(scope, id, { environmentFromArn: snapshotArn });
    this.snapshotArn = snapshotArn;
    this.snapshotIdentifier = snapshotIdentifier;
    this.encryptionKey = encryptionKey;
  }

  public applyRemovalPolicy(policy: RemovalPolicy): void {
    fail(this, `removalPolicy ${policy} cannot be applied to an imported snapshot, which does not belong to this app`);
  }
}

export function importClusterSnapshot(scope: Construct, id: string, snapshot: ImportedSnapshot): IClusterSnapshot {
  return new ImportedClusterSnapshot(scope, id, snapshot);
}

function identifierOf(scope: Construct, arn: string): string {
  if (Token.isUnresolved(arn)) {
    // The identifier may itself hold colons, so it is everything behind the resource type.
    return Fn.select(1, Fn.split(':cluster-snapshot:', arn));
  }
  return parseSnapshotArn(arn)?.identifier
    ?? fail(scope, `snapshotArn must be the ARN of a DB cluster snapshot (arn:aws:rds:<region>:<account>:cluster-snapshot:<identifier>), got '${arn}'`);
}
