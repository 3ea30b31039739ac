
/** What the events of releases are found by, beside the source that all events of the library have. */
export const RELEASE_DETAIL_TYPE = 'Aurora Backup Vault Release';

/** What whoever starts a release says. */
export interface ReleaseRequest {
  /** Who may copy and restore it: one of the recovery accounts that the vault names. */
  readonly recoveryAccountId: string;
  /** Whose data it is, and of which cluster: the newest good copy is released. */
  readonly sourceAccountId: string;
  readonly clusterIdentifier: string;
  /** Where two Regions of the account have a cluster of this name. */
  readonly sourceRegion?: string;
  /** A copy by its identifier, instead. */
  readonly snapshotIdentifier?: string;
  /** For how long: 24 hours unless it is said, 168 at most. */
  readonly hours: number;
  /** Why, for those who read of it. */
  readonly reason: string;
}

/** The detail of the events of a release. Fields are added, never changed. */
export interface ReleaseReport {
  readonly version: '1';
  readonly state: 'SHARED' | 'ENDED';
  readonly vaultName: string;
  /** The ARN of the vault's event bus. */
  readonly vault: string;
  readonly recoveryAccountId: string;
  readonly snapshotArn: string;
  readonly sourceAccountId?: string;
  readonly sourceRegion?: string;
  readonly clusterIdentifier?: string;
  /** When the data was the cluster's (ISO 8601). */
  readonly dataTime?: string;
  /** The key that the copy is encrypted with; whoever restores it names a key of their own. */
  readonly kmsKeyId?: string;
  readonly until: string;
  readonly reason: string;
  readonly execution: string;
  /** What a principal of the recovery account needs in its own policy to use the key. */
  readonly keyStatements?: readonly object[];
  /** What to call there. */
  readonly commands?: readonly string[];
}
