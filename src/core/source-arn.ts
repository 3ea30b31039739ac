import { SnapshotArn, parseSnapshotArn } from './snapshot-arn';

/** What can be exported: a DB cluster snapshot, or a live DB cluster. */
export interface SourceArn extends SnapshotArn {
  readonly type: 'cluster-snapshot' | 'cluster';
}

const CLUSTER_ARN = /^arn:([^:]+):rds:([^:]+):([^:]*):cluster:([^:]+)$/;

/** Reads the ARN of a DB cluster snapshot or DB cluster; undefined if the text is neither. */
export function parseSourceArn(text: string): SourceArn | undefined {
  const snapshot = parseSnapshotArn(text);
  if (snapshot) {
    return { type: 'cluster-snapshot', ...snapshot };
  }
  const match = CLUSTER_ARN.exec(text);
  if (!match) {
    return undefined;
  }
  const [, partition, region, account, identifier] = match;
  return { type: 'cluster', partition, region, account, identifier };
}
