import { RestorePointSnapshotType } from './restore-contract';
import { RestoreCriteria } from './restore-criteria';
import { fitTexts } from '../fitting';
import { OwnershipTag, Release, dataTimeOf, releaseOf } from '../ownership';
import { isMadeUnderName, incarnationOf, originalOf, planOwner } from '../plan/plan-ownership';
import { Snapshot, isAurora, isCompleted } from '../snapshot';
import { parseSnapshotArn } from '../snapshot-arn';
import { belongsToVault, sourceClusterOf, vaultOwner } from '../vault/vault-ownership';

/** Of the words about what was seen, as much goes into an error; the log has all. */
const MAX_SEEN_BYTES = 900;
const MAX_NAMES_BYTES = 300;

export interface RestorePointSituation {
  readonly criteria: RestoreCriteria;
  /** What RDS lists, to its last page: of this cluster, and maybe of others. */
  readonly snapshots: readonly Snapshot[];
  readonly region: string;
  /** The account that looks. */
  readonly account: string;
}

/** A snapshot that may be restored, and when its data was the cluster's. */
export interface Candidate {
  readonly snapshot: Snapshot;
  readonly dataTime: Date;
  readonly incarnation?: string;
}

export interface PassedOver {
  readonly snapshot: Snapshot;
  readonly because: string;
  /** Whether it would have been taken, were it good. */
  readonly isAskedFor: boolean;
  /** Whether it holds data that may be the one that is missed, though it cannot be taken, or not yet. */
  readonly mayBeMissed: boolean;
}

export type RestorePointChoice =
  | { readonly chosen: Candidate; readonly nextBest?: Candidate; readonly remarks: readonly string[]; readonly passedOver: readonly PassedOver[] }
  | { readonly refused: string; readonly passedOver: readonly PassedOver[] };

/** The newest good snapshot, by the time of its data; of two with the same data always the same one. */
export function chooseRestorePoint(situation: RestorePointSituation): RestorePointChoice {
  const { criteria } = situation;
  const ofCluster = situation.snapshots.filter((snapshot) => snapshot.clusterIdentifier.toLowerCase() === criteria.clusterIdentifier);
  const passedOver: PassedOver[] = [];
  const candidates: Candidate[] = [];
  for (const snapshot of ofCluster) {
    const looked = lookAt(snapshot, situation);
    if ('because' in looked) {
      passedOver.push(looked);
    } else {
      candidates.push(looked);
    }
  }
  passedOver.sort((a, b) => createTime(b) - createTime(a) || byArn(a, b));
  candidates.sort((a, b) => b.dataTime.getTime() - a.dataTime.getTime() || byArn(a, b));

  const [chosen, nextBest] = candidates;
  const refused = chosen ? whyAmbiguous(candidates, passedOver, criteria) : nothingFound(situation, passedOver);
  return refused === undefined
    ? { chosen, nextBest, passedOver, remarks: remarksOn(chosen, passedOver, situation) }
    : { refused, passedOver };
}

/** What is looked for, in words. */
function criteriaInWords({ clusterIdentifier, clusterResourceIdentifier, snapshotTypes, engine, ...criteria }: RestoreCriteria): string {
  return [
    `${snapshotTypes.join(' or ')} snapshot of the cluster '${clusterIdentifier}'`,
    clusterResourceIdentifier && `with the resource id ${clusterResourceIdentifier}`,
    criteria.planName && `by the plan '${criteria.planName}'`,
    criteria.vaultName && `by the vault '${criteria.vaultName}' of ${criteria.vaultRegion}`,
    criteria.sourceAccount && `of account ${criteria.sourceAccount}`,
    engine && `of ${engine}`,
    criteria.before && `with data from before ${criteria.before.toISOString()}`,
  ].filter((part) => part).join(' ');
}

/** A candidate, or why it is none: the reasons in the order in which somebody would want to hear them. */
function lookAt(snapshot: Snapshot, situation: RestorePointSituation): Candidate | PassedOver {
  const { criteria } = situation;
  const dataTime = trustedDataTime(snapshot, situation);
  const notAskedFor = whyNotAskedFor(snapshot, situation)
    ?? (criteria.before && dataTime && dataTime >= criteria.before ? `its data is of ${dataTime.toISOString()}` : undefined);
  const worthless = whyWorthless(snapshot);
  const because = notAskedFor ?? worthless ?? whyNotYetGood(snapshot);
  if (because !== undefined || dataTime === undefined) {
    const isAskedFor = notAskedFor === undefined;
    return { snapshot, because: because ?? 'nothing tells the time of its data', isAskedFor, mayBeMissed: isAskedFor && worthless === undefined };
  }
  return { snapshot, dataTime, incarnation: incarnationOf(snapshot) };
}

function whyNotAskedFor(snapshot: Snapshot, { criteria, account, region }: RestorePointSituation): string | undefined {
  const type = typeOf(snapshot, account);
  const place = parseSnapshotArn(snapshot.arn);
  const incarnation = incarnationOf(snapshot);
  if (!criteria.snapshotTypes.includes(type)) {
    return `it is ${type}`;
  }
  if (place?.region !== region) {
    return `it is in ${place?.region ?? 'an unknown Region'}`;
  }
  if (type === 'shared' && place.account !== criteria.sourceAccount) {
    return `it belongs to account ${place.account}`;
  }
  if (criteria.engine !== undefined && snapshot.engine !== criteria.engine) {
    return `it is of ${snapshot.engine}`;
  }
  if (criteria.clusterResourceIdentifier !== undefined && incarnation?.toLowerCase() !== criteria.clusterResourceIdentifier.toLowerCase()) {
    return `it is of ${incarnation ?? 'an unknown cluster'}`;
  }
  if (criteria.planName !== undefined && !isOfPlan(snapshot, criteria.planName)) {
    return 'the plan did not make it, or only to share it';
  }
  return criteria.vaultName === undefined ? undefined : whyNotOfVault(snapshot, criteria);
}

function whyNotOfVault(snapshot: Snapshot, { vaultName = '', vaultRegion = '', sourceAccount }: RestoreCriteria): string | undefined {
  if (!belongsToVault(snapshot, { owner: vaultOwner(vaultName), vaultName, region: vaultRegion })) {
    return 'the vault did not make it';
  }
  const source = sourceClusterOf(snapshot);
  return sourceAccount === undefined || source?.account === sourceAccount ? undefined : `it is of account ${source?.account ?? 'unknown'}`;
}

/** Nobody misses it: it holds nothing that could be restored, or nothing that is not elsewhere as well. */
function whyWorthless(snapshot: Snapshot): string | undefined {
  if (!isAurora(snapshot.engine)) {
    return `it is of ${snapshot.engine}, which is not Aurora`;
  }
  if (snapshot.status === 'failed') {
    return 'it is failed';
  }
  if (snapshot.tags[OwnershipTag.IDENTIFIER] !== snapshot.identifier) {
    // What our tags say of it besides, it has inherited: RDS copies the tags of a cluster to its snapshots.
    return undefined;
  }
  if (originalOf(snapshot) !== undefined) {
    return 'it exists only to be shared';
  }
  return releaseOf(snapshot) === Release.ABANDONED ? 'the deploy that began it gave it up' : undefined;
}

/** Why it cannot be taken, though it holds data. */
function whyNotYetGood(snapshot: Snapshot): string | undefined {
  if (!isCompleted(snapshot)) {
    return `it is ${snapshot.status}`;
  }
  if (snapshot.engineVersion === undefined) {
    return 'RDS does not tell its engine version';
  }
  // AWS Backup's, and only AWS Backup knows how it is restored.
  return snapshot.identifier.startsWith('continuous:') ? 'it is a continuous backup, not a snapshot' : undefined;
}

/** The time of the data, as far as it can be believed. */
function trustedDataTime(snapshot: Snapshot, { account }: RestorePointSituation): Date | undefined {
  if (typeOf(snapshot, account) === 'shared') {
    // RDS shows no tags that it has there. What was made then has no newer data.
    return snapshot.createTime;
  }
  // Of a copy that AWS Backup made RDS may not say that it is one: when it was made tells nothing of its data.
  const time = dataTimeOf(snapshot.identifier.startsWith('awsbackup:copyjob-') ? { ...snapshot, createTime: undefined } : snapshot);
  const isInFuture = time !== undefined && snapshot.createTime !== undefined && time > snapshot.createTime;
  return isInFuture ? undefined : time;
}

/** Of whichever Region: a copy elsewhere is the plan's as well. */
function isOfPlan(snapshot: Snapshot, planName: string): boolean {
  const region = snapshot.tags[OwnershipTag.PLAN_REGION];
  return originalOf(snapshot) === undefined && isMadeUnderName(snapshot, { owner: planOwner(planName), planName, region });
}

function typeOf(snapshot: Snapshot, account: string): RestorePointSnapshotType {
  if (parseSnapshotArn(snapshot.arn)?.account !== account) {
    return 'shared';
  }
  return snapshot.type === 'automated' ? 'automated' : 'manual';
}

/**
 * Of several clusters that have or had one name, the newest snapshot could be of an empty one, made in place of the one that is missed. Nobody
 * is to get that without having said so; nor where the missed one has left only what cannot be compared, or not yet.
 */
function whyAmbiguous(
  candidates: readonly Candidate[], passedOver: readonly PassedOver[], { vaultName, clusterIdentifier }: RestoreCriteria,
): string | undefined {
  const sources = vaultName === undefined ? [] : distinct(candidates, ({ snapshot }) => {
    const source = sourceClusterOf(snapshot);
    return source && `account ${source.account} in ${source.region}`;
  });
  if (sources.length > 1) {
    return `the vault '${vaultName}' has copies of clusters '${clusterIdentifier}' of ${sources.join(' and of ')}. `
      + 'Say which is meant with sourceAccount, or with clusterResourceIdentifier';
  }
  const missable = passedOver.filter(({ mayBeMissed }) => mayBeMissed);
  const incarnations = distinct([...candidates, ...missable], ({ snapshot }) => incarnationOf(snapshot));
  if (incarnations.length < 2) {
    return undefined;
  }
  const { texts, leftOut } = fitTexts(incarnations.map((id) => {
    const newest = candidates.find(({ incarnation }) => incarnation === id);
    return newest
      ? `${id} (newest data of ${newest.dataTime.toISOString()}: ${newest.snapshot.identifier})`
      : `${id} (nothing good: ${inShort(missable.find(({ snapshot }) => incarnationOf(snapshot) === id)!)})`;
  }), MAX_SEEN_BYTES);
  return `several clusters had the name '${clusterIdentifier}', and the newest snapshot need not be of the one that is missed. There are: `
    + `${texts.join('; ')}${leftOut > 0 ? `; and ${leftOut} more` : ''}. Say which is meant with clusterResourceIdentifier, and deploy again`;
}

function nothingFound({ criteria, region, snapshots }: RestorePointSituation, passedOver: readonly PassedOver[]): string {
  const looked = `there is no good ${criteriaInWords(criteria)} in ${region}`;
  if (passedOver.length > 0) {
    const { texts, leftOut } = fitTexts(passedOver.map(inShort), MAX_SEEN_BYTES);
    return `${looked}. Of the cluster were seen: ${texts.join('; ')}${leftOut > 0 ? `; and ${leftOut} more, which the log names` : ''}. `
      + 'Change what keeps out the one that is meant, or take a snapshot, and deploy again';
  }
  const theirs = snapshots.filter((snapshot) => isAurora(snapshot.engine) && isOfOwner(snapshot, criteria));
  const names = [...new Set(theirs.map(({ clusterIdentifier }) => clusterIdentifier))].sort();
  const { texts, leftOut } = fitTexts(names, MAX_NAMES_BYTES);
  const others = `There are snapshots of: ${texts.join(', ')}${leftOut > 0 ? ` and ${leftOut} more` : ''}. `;
  return `${looked}, nor any other snapshot of it. ${names.length > 0 ? others : 'There are no snapshots of other clusters either. '}`
    + 'Correct clusterIdentifier, or restore where the snapshots are, and deploy again';
}

/** Strangers can share a snapshot of any name. */
function isOfOwner({ arn }: Snapshot, { snapshotTypes, sourceAccount }: RestoreCriteria): boolean {
  return !snapshotTypes.includes('shared') || parseSnapshotArn(arn)?.account === sourceAccount;
}

/** What somebody should know of who restores this. */
function remarksOn(chosen: Candidate, passedOver: readonly PassedOver[], { account }: RestorePointSituation): string[] {
  const newer = passedOver.filter((other) => other.isAskedFor && createTime(other) > chosen.dataTime.getTime());
  return [
    ...typeOf(chosen.snapshot, account) === 'shared' && chosen.snapshot.sourceArn !== undefined
      ? [`${chosen.snapshot.arn} is a copy that another account shares: its data may be older than ${chosen.dataTime.toISOString()}, when it was made`] : [],
    ...newer.length === 0 ? [] : [`newer, but not taken: ${newer.map(inShort).join('; ')}`],
  ];
}

function inShort({ snapshot: { identifier, createTime: made }, because }: PassedOver): string {
  return `${identifier} (${made ? made.toISOString() : 'no time known'}): ${because}`;
}

function distinct<Seen>(all: readonly Seen[], what: (one: Seen) => string | undefined): string[] {
  return [...new Set(all.flatMap((one) => what(one) ?? []))].sort();
}

function createTime({ snapshot }: PassedOver): number {
  return snapshot.createTime?.getTime() ?? 0;
}

function byArn(one: { readonly snapshot: Snapshot }, other: { readonly snapshot: Snapshot }): number {
  return one.snapshot.arn < other.snapshot.arn ? -1 : 1;
}
