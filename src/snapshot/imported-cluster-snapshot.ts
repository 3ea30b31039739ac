import { Fn, RemovalPolicy, Resource, Token } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { IClusterSnapshot } from './cluster-snapshot-ref';
import { parseSnapshotArn } from '../core/snapshot-arn';
import { fail } from '../private/checks';

/** A snapshot that is not made by the app. */
class ImportedClusterSnapshot extends Resource implements IClusterSnapshot {
  public readonly snapshotIdentifier: string;

  constructor(scope: Construct, id: string, public readonly snapshotArn: string, public readonly encryptionKey?: kms.IKey) {
    const snapshotIdentifier = identifierOf(scope, snapshotArn);
    super(scope, id, { environmentFromArn: snapshotArn });
    this.snapshotIdentifier = snapshotIdentifier;
  }

  public applyRemovalPolicy(policy: RemovalPolicy): void {
    fail(this, `removalPolicy ${policy} cannot be applied to an imported snapshot, which does not belong to this app`);
  }
}

export function importClusterSnapshot(scope: Construct, id: string, snapshotArn: string, encryptionKey?: kms.IKey): IClusterSnapshot {
  return new ImportedClusterSnapshot(scope, id, snapshotArn, encryptionKey);
}

function identifierOf(scope: Construct, arn: string): string {
  if (Token.isUnresolved(arn)) {
    // The identifier may itself hold colons, so it is everything behind the resource type.
    return Fn.select(1, Fn.split(':cluster-snapshot:', arn));
  }
  return parseSnapshotArn(arn)?.identifier
    ?? fail(scope, `snapshotArn must be the ARN of a DB cluster snapshot (arn:aws:rds:<region>:<account>:cluster-snapshot:<identifier>), got '${arn}'`);
}
