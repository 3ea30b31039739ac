/**
 * An account whose snapshots a vault takes in.
 */
export interface SnapshotVaultSource {
  /**
   * The account, by its 12 digits: another one than that of the vault, known at synth and named once; otherwise it is an error.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-share-snapshot.html
   */
  readonly accountId: string;

  /**
   * The Regions in which the account shares snapshots with the vault, for example `['eu-west-1']`: at least one, each known at synth and named once;
   * otherwise it is an error. The Region of the vault may be among them.
   *
   * AWS does not copy Aurora snapshots in the China Regions, nor between GovCloud and other Regions: those are errors at synth.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-copy-snapshot.html
   */
  readonly regions: string[];

  /**
   * The identifiers of the clusters whose snapshots are taken in: no patterns and no ARNs, each known at synth and named once; anything else, and an
   * empty list, is an error at synth.
   *
   * Name them where you can: the limits of a vault are those of a cluster, so whoever may make clusters in a source that names none can fill it for all.
   * Synth warns of such a source (`cdk-aurora-backup:vaultClusters`).
   *
   * @default - all Aurora clusters of the account in these Regions
   */
  readonly clusters?: string[];
}
