/** The parts of the ARN of a DB cluster snapshot. */
export interface SnapshotArn {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly identifier: string;
}

// The identifier of an automated snapshot (`rds:orders-2026-…`) or of AWS Backup (`awsbackup:job-…`) has a colon
// of its own, so everything behind the resource type belongs to it.
const SNAPSHOT_ARN = /^arn:([^:]+):rds:([^:]+):([^:]*):cluster-snapshot:(.+)$/;

/** Reads the ARN of a DB cluster snapshot; undefined if the text is not one. */
export function parseSnapshotArn(text: string): SnapshotArn | undefined {
  const match = SNAPSHOT_ARN.exec(text);
  if (!match) {
    return undefined;
  }
  const [, partition, region, account, identifier] = match;
  return { partition, region, account, identifier };
}

/** Writes the ARN; RDS stores identifiers in lower case, and IAM compares ARNs letter by letter. */
export function formatSnapshotArn(arn: SnapshotArn): string {
  return `arn:${arn.partition}:rds:${arn.region}:${arn.account}:cluster-snapshot:${arn.identifier.toLowerCase()}`;
}

/** Automated snapshots (`rds:…`) and those of AWS Backup (`awsbackup:…`, `continuous:…`) have in their identifier what that of a manual one cannot have. */
export function isMadeByAws(identifier: string): boolean {
  return identifier.includes(':');
}
