import { SourceCluster, TaggedTime, VaultIdentity, belongsToVault, releasedUntil, sourceClusterOf, taggedTime } from './vault-ownership';
import { VaultRules } from './vault-rules';
import { OwnershipTag } from '../ownership';
import { inWords } from '../plan/in-words';
import { KeptSnapshot, PlannedDeletion, PruningDecision } from '../plan/pruning';
import { Snapshot, isCompleted } from '../snapshot';

export interface VaultPruningSituation {
  readonly vault: VaultIdentity;
  /** What RDS lists in one Region, to its last page; only the vault's own copies are considered. */
  readonly snapshots: readonly Snapshot[];
  readonly rule: VaultRules['retention'];
  readonly minimumRetentionSeconds: number;
  /** ARNs of what further copies and exports that are not finished are made from. */
  readonly inUse: ReadonlySet<string>;
  readonly now: Date;
}

/** Whoever makes a cluster anew every day is not to fill the vault with the last copies of all of them. */
const FORMER_CLUSTERS = 10;

interface DatedCopy {
  readonly copy: Snapshot;
  readonly time: number;
  readonly cluster: SourceCluster;
}

/** What is odd about a copy that is therefore kept. */
type Oddity = 'odd';

interface Reason {
  readonly because: string;
  readonly kind?: Oddity;
}

/**
 * What goes of a vault's copies in one Region. The age of a copy is counted from its receipt, which is when RDS says that it was made; what a source
 * said of it decides nothing but which copy of a cluster is the newest, and that one stays.
 */
export function decideVaultPruning(situation: VaultPruningSituation): PruningDecision {
  checkRule(situation);
  const ours = situation.snapshots.filter((snapshot) => belongsToVault(snapshot, situation.vault)).sort(oldestFirst);
  const newest = newestOfEachCluster(ours, situation);
  const deletions: PlannedDeletion[] = [];
  const kept: KeptSnapshot[] = [];
  const reports: string[] = [];
  for (const snapshot of ours) {
    const { arn, identifier } = snapshot;
    if (snapshot.status === 'failed') {
      // It is no backup, and its name is needed for the next try.
      deletions.push({ arn, identifier, because: 'it failed' });
      continue;
    }
    const reasons = whyKeep(snapshot, newest, situation);
    if (reasons.length === 0) {
      deletions.push({ arn, identifier, because: otherwise(situation.rule) });
      continue;
    }
    kept.push({ arn, because: reasons.map(({ because }) => because) });
    reports.push(...reasons.filter(({ kind }) => kind === 'odd').map(({ because }) => `${identifier}: kept, because ${because}`));
  }
  return { deletions, kept, reports };
}

/** A comparison with what is no number is false without a word: it would let everything go. */
function checkRule({ rule, minimumRetentionSeconds }: VaultPruningSituation): void {
  const isPositive = (value: unknown) => Number.isInteger(value) && (value as number) > 0;
  const isKnown = rule.keep === 'all' || (rule.keep === 'for' && isPositive(rule.seconds) && isPositive(rule.minimumSnapshots));
  if (!isKnown || !Number.isInteger(minimumRetentionSeconds) || minimumRetentionSeconds < 0) {
    throw new Error(`the retention ${JSON.stringify(rule)} with a minimum of ${minimumRetentionSeconds} seconds is not known to this runtime: nothing is pruned; deploy the vault again`);
  }
}

function otherwise(rule: VaultRules['retention']): string {
  return rule.keep === 'for' ? `it was received more than ${inWords(rule.seconds)} ago` : '';
}

function whyKeep(
  snapshot: Snapshot, newest: ReadonlyMap<string, string>, { rule, minimumRetentionSeconds, inUse, now }: VaultPruningSituation,
): Reason[] {
  const { createTime } = snapshot;
  const reasons: Reason[] = [];
  const keep = (because: string, kind?: Oddity) => reasons.push({ because, kind });
  if (rule.keep === 'all') {
    keep('everything is kept');
  }
  if (!isCompleted(snapshot)) {
    keep(`not complete: it is '${snapshot.status}'`);
    return reasons;
  }
  if (createTime === undefined || createTime > now) {
    keep(createTime ? 'it was received in the future (a clock is wrong)' : 'RDS does not say when it was received', 'odd');
    return reasons;
  }
  const age = (now.getTime() - createTime.getTime()) / 1000;
  if (rule.keep === 'for' && age <= rule.seconds) {
    keep(`received not longer than ${inWords(rule.seconds)} ago`);
  }
  if (age <= minimumRetentionSeconds) {
    keep(`received not longer than ${inWords(minimumRetentionSeconds)} ago, the least that the vault promises`);
  }
  keepByTag(taggedTime(snapshot, OwnershipTag.KEEP_UNTIL), OwnershipTag.KEEP_UNTIL, 'the vault promised to keep it until', now, keep);
  keepByTag(releasedUntil(snapshot), OwnershipTag.RELEASED_UNTIL, 'it is released until', now, keep);
  if (inUse.has(snapshot.arn)) {
    keep('something unfinished is made from it');
  }
  const place = newest.get(snapshot.arn);
  if (place !== undefined) {
    keep(place);
  } else if (dataTimeOf(snapshot, now) === undefined || sourceClusterOf(snapshot) === undefined) {
    keep('its tags do not tell of which cluster and time its data is', 'odd');
  }
  return reasons;
}

function keepByTag(time: TaggedTime, tag: string, promise: string, now: Date, keep: (because: string, kind?: Oddity) => void): void {
  if (time === 'unreadable') {
    keep(`its tag ${tag} cannot be read`, 'odd');
  } else if (time !== undefined && time > now) {
    keep(`${promise} ${time.toISOString()}`);
  }
}

/**
 * The newest good copy of every cluster, and as many more as the rule promises, with what each is kept for. A cluster that is given the name of another
 * is another one, and the newest of its predecessor may be the last of that data; but of clusters that come and go under one name without end, only the
 * first have that.
 */
function newestOfEachCluster(ours: readonly Snapshot[], { rule, now }: VaultPruningSituation): Map<string, string> {
  const minimum = rule.keep === 'for' ? rule.minimumSnapshots : 1;
  const good = ours.flatMap((copy): DatedCopy[] => {
    const time = dataTimeOf(copy, now);
    const cluster = sourceClusterOf(copy);
    return isCompleted(copy) && time !== undefined && cluster !== undefined ? [{ copy, time, cluster }] : [];
  }).sort((a, b) => b.time - a.time || (a.copy.arn < b.copy.arn ? -1 : 1));
  const nameOf = ({ cluster: { account, region, clusterIdentifier } }: DatedCopy) => JSON.stringify([account, region, clusterIdentifier]);
  const held = groupedBy(good, nameOf).flatMap((ofName) => {
    const formers = groupedBy(ofName, ({ cluster }) => cluster.clusterResourceId ?? '').map(([newest]) => newest)
      .sort((a, b) => oldestFirst(a.copy, b.copy))
      .slice(0, FORMER_CLUSTERS)
      .map(({ copy }): [string, string] => [copy.arn, 'newest good one of a former cluster of the name']);
    const newest = ofName.slice(0, minimum)
      .map(({ copy }, place): [string, string] => [copy.arn, place === 0 ? 'newest good one of its cluster' : `minimumSnapshots: one of the newest ${minimum}`]);
    return [...formers, ...newest];
  });
  return new Map(held);
}

function groupedBy<T>(values: readonly T[], keyOf: (value: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  values.forEach((value) => groups.set(keyOf(value), [...groups.get(keyOf(value)) ?? [], value]));
  return [...groups.values()];
}

/** Undefined where the tag tells nothing, or a time that has not come: as the newest it would let all others go. */
function dataTimeOf(snapshot: Snapshot, now: Date): number | undefined {
  const time = taggedTime(snapshot, OwnershipTag.DATA_TIME);
  return time instanceof Date && time <= now ? time.getTime() : undefined;
}

function oldestFirst(a: Snapshot, b: Snapshot): number {
  return (a.createTime?.getTime() ?? 0) - (b.createTime?.getTime() ?? 0) || (a.arn < b.arn ? -1 : 1);
}
