import { SourceCluster, SourceFacts, belongsToVault, isSameSourceCluster, sourceClusterOf, vaultCopyIdentifier } from './vault-ownership';
import { VaultRules, sourceFor } from './vault-rules';
import { inWords } from '../plan/in-words';
import { Snapshot, isAurora, isCompleted, isInProgress } from '../snapshot';
import { parseSnapshotArn } from '../snapshot-arn';

/** A nightly backup comes a little earlier one day than it did the day before; two hours of grace let nobody in twice. */
export const ADMISSION_WINDOW_SECONDS = 22 * 3600;

/**
 * Of so many clusters of an account and a Region the vault has copies at a time, where a source names none: as many as RDS allows in a Region unless
 * its quota is raised. The newest copy of each stays for ever, and a source can make clusters without end.
 */
const MAX_UNNAMED_CLUSTERS = 40;

export interface AdmissionSituation {
  readonly rules: VaultRules;
  /** What RDS says of the shared snapshot. */
  readonly source: Snapshot;
  /** What RDS lists in the Region of the vault, to its last page. */
  readonly snapshots: readonly Snapshot[];
  readonly now: Date;
}

/** Whether a vault takes a shared snapshot in. */
export type Admission =
  | { readonly decision: 'admitted'; readonly facts: SourceFacts; readonly identifier: string }
  /** The copy is there, in whichever state. */
  | { readonly decision: 'known'; readonly facts: SourceFacts; readonly identifier: string; readonly copy: Snapshot }
  | { readonly decision: 'wait'; readonly reason: string }
  /** `full`: there are enough of its cluster, for today or altogether. */
  | { readonly decision: 'refused'; readonly reason: string; readonly full?: true }
  /** The vault has nothing to do with it. */
  | { readonly decision: 'undeclared'; readonly reason: string };

/**
 * Nothing that a source says counts here, only what RDS says: who, where, of which cluster, since when, and what the vault has already. What comes
 * beyond the limits is refused, and what is there stays, so that junk displaces nothing.
 */
export function decideAdmission({ rules, source, snapshots, now }: AdmissionSituation): Admission {
  const facts = factsOf(source);
  if (facts === undefined) {
    return { decision: 'wait', reason: `RDS does not say yet when ${source.arn} was made` };
  }
  const { arn: { account, region }, clusterIdentifier, createTime } = facts;
  const declared = sourceFor(rules, account, region);
  if (!declared) {
    return { decision: 'undeclared', reason: `sources names no account ${account} with the Region ${region}` };
  }
  if (declared.clusters && !declared.clusters.includes(clusterIdentifier)) {
    return { decision: 'undeclared', reason: `clusters of the source ${account} does not name ${clusterIdentifier}` };
  }
  const identifier = vaultCopyIdentifier(rules, facts.sourceArn, createTime, clusterIdentifier);
  const ours = snapshots.filter((snapshot) => belongsToVault(snapshot, rules));
  const copy = ours.find((snapshot) => snapshot.identifier === identifier);
  if (copy) {
    return { decision: 'known', facts, identifier, copy };
  }
  if (!isAurora(source.engine)) {
    return { decision: 'refused', reason: `it is of ${source.engine}, and the vault takes aurora-mysql and aurora-postgresql only` };
  }
  if (isInProgress(source)) {
    return { decision: 'wait', reason: `${source.arn} is ${source.status}, ${source.percentProgress} %` };
  }
  if (!isCompleted(source)) {
    return { decision: 'refused', reason: `its status is ${source.status}` };
  }
  if (rules.retention.keep === 'for' && createTime.getTime() + rules.retention.seconds * 1000 < now.getTime()) {
    return { decision: 'refused', reason: `it is older than the ${inWords(rules.retention.seconds)} for which the vault keeps copies` };
  }
  const cluster = { account, region, clusterIdentifier };
  const noRoom = (declared.clusters ? undefined : whyNotAnother(rules, cluster, ours, now)) ?? whyNoRoom(rules, cluster, ours, now);
  return noRoom === undefined ? { decision: 'admitted', facts, identifier } : { decision: 'refused', reason: noRoom, full: true };
}

/**
 * Why a copy that has just been begun is one too many: of those that begin in the same moment, each may have counted before the others were there.
 * The later ones give way; undefined if it may stay.
 */
export function whySurplus(rules: VaultRules, copy: Snapshot, snapshots: readonly Snapshot[], now: Date): string | undefined {
  const cluster = sourceClusterOf(copy);
  const earlier = snapshots.filter((other) => belongsToVault(other, rules) && isEarlier(other, copy));
  return cluster && whyNoRoom(rules, cluster, earlier, copy.createTime ?? now);
}

/** What RDS says of a shared snapshot; undefined while it does not say when it was made. */
export function factsOf({ arn: sourceArn, clusterIdentifier, clusterResourceId, createTime }: Snapshot): SourceFacts | undefined {
  const arn = parseSnapshotArn(sourceArn);
  return arn && createTime ? { arn, sourceArn, clusterIdentifier, clusterResourceId, createTime } : undefined;
}

function whyNoRoom(
  { dailyAdmission, maximumSnapshots }: VaultRules, cluster: SourceCluster, ours: readonly Snapshot[], at: Date,
): string | undefined {
  const ofCluster = ours.filter((snapshot) => isSameSourceCluster(sourceClusterOf(snapshot), cluster));
  // RDS may not say yet when a copy was begun: it was a moment ago.
  const dayAgo = at.getTime() - ADMISSION_WINDOW_SECONDS * 1000;
  const withinADay = ofCluster.filter(({ createTime }) => createTime === undefined || createTime.getTime() > dayAgo);
  if (withinADay.length >= dailyAdmission) {
    return `the vault has taken in ${withinADay.length} snapshots of ${cluster.clusterIdentifier} within a day, and dailyAdmission is ${dailyAdmission}`;
  }
  return ofCluster.length >= maximumSnapshots
    ? `the vault has ${ofCluster.length} copies of ${cluster.clusterIdentifier}, and maximumSnapshots is ${maximumSnapshots}`
    : undefined;
}

function whyNotAnother(
  { retention }: VaultRules, { account, region, clusterIdentifier }: SourceCluster, ours: readonly Snapshot[], now: Date,
): string | undefined {
  // Of clusters that came and went, the last copy is there for ever.
  const since = retention.keep === 'for' ? now.getTime() - retention.seconds * 1000 : -Infinity;
  const present = ours.filter(({ createTime }) => createTime === undefined || createTime.getTime() >= since);
  const ofSource = present.map(sourceClusterOf).filter((known) => known?.account === account && known.region === region);
  const names = new Set(ofSource.map((known) => known?.clusterIdentifier));
  return names.size >= MAX_UNNAMED_CLUSTERS && !names.has(clusterIdentifier)
    ? `the vault has copies of ${names.size} clusters of account ${account} in ${region}, and takes in no more of them while clusters does not name them`
    : undefined;
}

function isEarlier(one: Snapshot, other: Snapshot): boolean {
  const timeOf = ({ createTime }: Snapshot) => createTime?.getTime() ?? Number.MAX_SAFE_INTEGER;
  return timeOf(one) < timeOf(other) || (timeOf(one) === timeOf(other) && one.identifier < other.identifier);
}
