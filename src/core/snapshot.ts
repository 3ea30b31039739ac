/** What the library needs to know of a DB cluster snapshot, whoever made it. */
export interface Snapshot {
  readonly arn: string;
  readonly identifier: string;
  readonly clusterIdentifier: string;
  /** What RDS knows the cluster by for ever; its name may be given to another. */
  readonly clusterResourceId?: string;
  readonly status: string;
  readonly percentProgress: number;
  readonly type: string;
  readonly engine: string;
  readonly engineVersion?: string;
  readonly masterUsername?: string;
  /** When this snapshot was made; of a copy, when the copy was made. */
  readonly createTime?: Date;
  /** Under a key of KMS, which somebody else may be allowed to use. */
  readonly encrypted: boolean;
  /** Encrypted, too, but under a key that nobody but AWS can use (`sse-rds`); RDS then says that it is not encrypted. */
  readonly underAwsOwnedKey?: boolean;
  /** The ARN of its key; undefined under a key that AWS owns. */
  readonly kmsKeyId?: string;
  /** What it was copied from; undefined for an original. */
  readonly sourceArn?: string;
  readonly tags: Tags;
}

export type Tags = Readonly<Record<string, string>>;

export function isCompleted(snapshot: Snapshot): boolean {
  return snapshot.status === 'available';
}

/**
 * Certainly not, or not yet, a usable snapshot. RDS documents three states and has more: a snapshot in one that is not known
 * here counts as a good one.
 */
export function isUnfinished(snapshot: Snapshot): boolean {
  return isInProgress(snapshot) || snapshot.status === 'failed';
}

/** Ends by itself in `available` or `failed`; before that RDS refuses to delete a `creating` one. */
export function isInProgress(snapshot: Snapshot): boolean {
  return snapshot.status === 'creating' || snapshot.status === 'copying';
}

/** RDS lists DocumentDB, Neptune and Multi-AZ clusters with the same calls; only these two are Aurora. */
export function isAurora(engine: string): boolean {
  return engine === 'aurora-mysql' || engine === 'aurora-postgresql';
}
