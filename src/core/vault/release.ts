import { belongsToVault, sourceClusterOf, taggedTime } from './vault-ownership';
import { VaultRules } from './vault-rules';
import { OwnershipTag } from '../ownership';
import { Snapshot, isCompleted } from '../snapshot';
import { parseSnapshotArn } from '../snapshot-arn';

/** What the events of releases are found by, beside the source that all events of the library have. */
export const RELEASE_DETAIL_TYPE = 'Aurora Backup Vault Release';

const DEFAULT_HOURS = 24;
const MAX_HOURS = 168;
const MAX_REASON_LENGTH = 500;

/** What whoever starts a release says. */
export type ReleaseRequest = LendRequest | EndRequest;

/** A copy is to be taken back before its time. */
export interface EndRequest {
  readonly end: true;
  readonly snapshotIdentifier: string;
  readonly region: string;
  readonly reason: string;
}

export interface LendRequest {
  readonly end?: undefined;
  /** Who may copy and restore it: one of the recovery accounts that the vault names. */
  readonly recoveryAccountId: string;
  /** Whose data it is, and of which cluster: the newest good copy is released. */
  readonly sourceAccountId?: string;
  readonly clusterIdentifier?: string;
  /** Where two Regions of the account have a cluster of this name. */
  readonly sourceRegion?: string;
  /** The copy with the newest data of this time or before (ISO 8601), as `dataTime` tells it: of before an attack, for example. */
  readonly before?: string;
  /** A copy by its identifier, instead. */
  readonly snapshotIdentifier?: string;
  /** Where the copy is: the Region of the vault, or one that it copies to. */
  readonly region: string;
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
  readonly sourceAccount?: string;
  readonly sourceRegion?: string;
  readonly clusterIdentifier?: string;
  /**
   * When RDS made the snapshot that was shared (ISO 8601), which is when the data was the cluster's. What a plan shares under its `sharingKey` is a copy:
   * then the data is a little older. How much only the source could tell, and a vault does not believe it.
   */
  readonly dataTime?: string;
  /** The key that the copy is encrypted with; whoever restores it names a key of their own. */
  readonly kmsKeyId?: string;
  /** Until when it is lent; or when it was taken back. */
  readonly until: string;
  readonly reason: string;
  readonly execution: string;
  /** What a principal of the recovery account needs in a policy of its own to use the key. */
  readonly keyStatements?: readonly object[];
  /** What to call there. */
  readonly commands?: readonly string[];
}

/** Reads what an execution was started with, by hand: anything. */
export function readReleaseRequest(input: unknown, rules: VaultRules): ReleaseRequest | { readonly refused: string } {
  const text = (key: string) => {
    const value = (input as Record<string, unknown> | null)?.[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const { hours = DEFAULT_HOURS } = (input ?? {}) as { hours?: unknown };
  const recoveryAccountId = text('recoveryAccountId');
  const reason = text('reason')?.slice(0, MAX_REASON_LENGTH);
  const snapshotIdentifier = text('snapshotIdentifier');
  const { region, copies } = rules;
  const regions = [region, ...copies.map((copy) => copy.region)];
  const where = text('region') ?? region;
  if (!regions.includes(where)) {
    return { refused: `region must be one in which the vault has copies (${regions.join(', ')}), got ${shown(input, 'region')}` };
  }
  if (reason === undefined) {
    return { refused: 'reason must say why, for those who read of it, got none' };
  }
  if ((input as { end?: unknown } | null)?.end === true) {
    return snapshotIdentifier === undefined
      ? { refused: 'snapshotIdentifier must say which copy is to be taken back, got none' }
      : { end: true, snapshotIdentifier, region: where, reason };
  }
  const before = text('before');
  if (recoveryAccountId === undefined || !rules.recoveryAccounts.includes(recoveryAccountId)) {
    return { refused: `recoveryAccountId must be one of the recovery accounts of the vault (${rules.recoveryAccounts.join(', ') || 'it has none'}), got ${shown(input, 'recoveryAccountId')}` };
  }
  if (typeof hours !== 'number' || !Number.isInteger(hours) || hours < 1 || hours > MAX_HOURS) {
    return { refused: `hours must be a whole number from 1 to ${MAX_HOURS}, got ${shown(input, 'hours')}` };
  }
  if (before !== undefined && Number.isNaN(Date.parse(before))) {
    return { refused: `before must be a time like 2026-11-22T12:00:00Z, got ${shown(input, 'before')}` };
  }
  const sourceAccountId = text('sourceAccountId');
  const clusterIdentifier = text('clusterIdentifier')?.toLowerCase();
  if (snapshotIdentifier === undefined && (sourceAccountId === undefined || clusterIdentifier === undefined)) {
    return { refused: 'give sourceAccountId and clusterIdentifier for the newest copy of a cluster, or snapshotIdentifier for a certain copy' };
  }
  return {
    recoveryAccountId, sourceAccountId, clusterIdentifier, sourceRegion: text('sourceRegion'), before, snapshotIdentifier, region: where, hours, reason,
  };
}

/** The copy that is meant, by source account, cluster and time: those that a vault gets have no tags of their source. */
export function chooseCopy(snapshots: readonly Snapshot[], rules: VaultRules, request: LendRequest): Snapshot | { readonly refused: string } {
  const ours = snapshots.filter((snapshot) => belongsToVault(snapshot, rules) && isCompleted(snapshot));
  const { snapshotIdentifier, sourceAccountId, clusterIdentifier, sourceRegion, before } = request;
  if (snapshotIdentifier !== undefined) {
    return ours.find(({ identifier }) => identifier === snapshotIdentifier)
      ?? { refused: `the vault has no complete copy '${snapshotIdentifier}' in ${request.region}` };
  }
  const ofCluster = ours.filter((copy) => {
    const cluster = sourceClusterOf(copy);
    return cluster !== undefined
      && cluster.account === sourceAccountId
      && cluster.clusterIdentifier === clusterIdentifier
      && (sourceRegion === undefined || cluster.region === sourceRegion);
  });
  const regions = [...new Set(ofCluster.map((copy) => sourceClusterOf(copy)!.region))].sort();
  if (regions.length > 1) {
    return { refused: `account ${sourceAccountId} has a cluster '${clusterIdentifier}' in ${regions.join(' and ')}; say which with sourceRegion` };
  }
  const limit = before === undefined ? Infinity : Date.parse(before);
  const [newest] = ofCluster.filter((copy) => dataTime(copy) <= limit).sort((a, b) => dataTime(b) - dataTime(a) || (a.arn < b.arn ? -1 : 1));
  return newest ?? {
    refused: `the vault has no complete copy of the cluster '${clusterIdentifier}' of account ${sourceAccountId}${sourceRegion ? ` in ${sourceRegion}` : ''}${before ? ` with data of ${before} or before` : ''}`,
  };
}

/** What is told of a copy that is lent, with what the recovery account needs. */
export function sharedReport(
  rules: VaultRules, copy: Snapshot, { recoveryAccountId, reason }: LendRequest, until: Date, execution: string,
): ReleaseReport {
  return {
    ...reportOn(rules, copy, recoveryAccountId, reason, execution),
    state: 'SHARED',
    until: until.toISOString(),
    keyStatements: copy.kmsKeyId === undefined ? [] : keyStatements(copy.kmsKeyId),
    commands: commandsFor(copy, sourceClusterOf(copy)?.clusterIdentifier ?? 'restored'),
  };
}

/** What is told of a copy that was taken back. */
export function endedReport(
  rules: VaultRules, copy: Snapshot, { recoveryAccountId, reason }: Pick<LendRequest, 'recoveryAccountId' | 'reason'>, at: Date, execution: string,
): ReleaseReport {
  return { ...reportOn(rules, copy, recoveryAccountId, reason, execution), state: 'ENDED', until: at.toISOString() };
}

function reportOn(
  rules: VaultRules, copy: Snapshot, recoveryAccountId: string, reason: string, execution: string,
): Omit<ReleaseReport, 'state' | 'until'> {
  const source = sourceClusterOf(copy);
  return {
    version: '1',
    vaultName: rules.vaultName,
    vault: rules.eventBusArn,
    recoveryAccountId,
    snapshotArn: copy.arn,
    sourceAccount: source?.account,
    sourceRegion: source?.region,
    clusterIdentifier: source?.clusterIdentifier,
    dataTime: copy.tags[OwnershipTag.DATA_TIME],
    kmsKeyId: copy.kmsKeyId,
    reason,
    execution,
  };
}

/**
 * The policy of the key lets the account; a principal there needs it in a policy of its own, too.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-share-snapshot.html
 */
function keyStatements(keyArn: string): object[] {
  return [
    { Effect: 'Allow', Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey', 'kms:RetireGrant'], Resource: keyArn },
    { Effect: 'Allow', Action: ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'], Resource: keyArn, Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } },
  ];
}

/** A key of the account's own: a cluster under the key of the vault would depend on it for ever. */
function commandsFor({ arn, engine, encrypted, identifier }: Snapshot, cluster: string): string[] {
  const { region } = parseSnapshotArn(arn)!;
  const key = encrypted ? ' --kms-key-id <key of this account>' : '';
  return [
    `aws rds copy-db-cluster-snapshot --region ${region} --source-db-cluster-snapshot-identifier ${arn} --target-db-cluster-snapshot-identifier ${identifier}${key}`,
    `aws rds restore-db-cluster-from-snapshot --region ${region} --snapshot-identifier ${arn} --db-cluster-identifier ${cluster} --engine ${engine}${key}`,
  ];
}

function dataTime(copy: Snapshot): number {
  const time = taggedTime(copy, OwnershipTag.DATA_TIME);
  return time instanceof Date ? time.getTime() : -Infinity;
}

function shown(input: unknown, key: string): string {
  return (JSON.stringify((input as Record<string, unknown> | null)?.[key]) ?? 'nothing').slice(0, 100);
}
