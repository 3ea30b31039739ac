import { arrivedFrom } from './receiving';
import { Arrived, SweepAnswer, SweepEvent, readVault } from './steps';
import { VaultMetric } from '../../../core/metrics';
import { OwnershipTag } from '../../../core/ownership';
import { Snapshot, isCompleted } from '../../../core/snapshot';
import { parseSnapshotArn } from '../../../core/snapshot-arn';
import { decideAdmission } from '../../../core/vault/admission';
import { senderOf } from '../../../core/vault/turns';
import { SourceCluster, belongsToVault, sourceClusterOf, taggedTime, vaultFurtherCopyIdentifier, vaultTags } from '../../../core/vault/vault-ownership';
import { VaultRules, sourceFor } from '../../../core/vault/vault-rules';
import { countForVault, log } from '../../log';
import { wordsOf } from '../../rds/errors';
import { RdsGateway } from '../../rds/gateway';
import { bounded } from '../../work/bounded';

const DAY = 24 * 3600 * 1000;

/** What a copy's further copies are looked for: a rule that is added later is for what is received from then on. */
const REPAIR_DAYS = 7;

/** So many fit into the state of an execution; the rest is found an hour later. */
const MAX_ARRIVED = 200;

/** Looks every hour for what is shared with the vault and is not in it, and says how old the newest copies are. */
export class Sweep {
  constructor(private readonly deps: { readonly rds: RdsGateway; readonly now: () => number }) {}

  public async handle(event: SweepEvent): Promise<SweepAnswer> {
    const { rules } = readVault(event);
    const own = (await this.deps.rds.listManualSnapshots(rules.region)).filter((snapshot) => belongsToVault(snapshot, rules));
    this.tellAge(rules, own);
    const shared = await this.shared(rules);
    const further = await this.further(rules, own);
    const arrived = [...this.toReceive(rules, shared.snapshots, own), ...further.arrived];
    const troubles = [...shared.troubles, ...further.troubles];
    if (troubles.length > 0) {
      countForVault(rules, VaultMetric.SWEEP_FAILED, 1, 'Count', this.deps.now());
    }
    log.info('sweep', { vault: rules.vaultName, shared: shared.snapshots.length, copies: own.length, arrived: arrived.length, troubles });
    return { arrived: arrived.slice(0, MAX_ARRIVED), troubles };
  }

  /** The newest first: they are worth the most, and a source that is late with many does not keep them waiting. */
  private toReceive(rules: VaultRules, shared: readonly Snapshot[], own: readonly Snapshot[]): Arrived[] {
    const now = new Date(this.deps.now());
    // One place of a day is for what is announced, so that what is new is never behind what was left over.
    const sparing = { ...rules, dailyAdmission: Math.max(1, rules.dailyAdmission - 1) };
    const snapshots = [...own];
    const arrived: Arrived[] = [];
    let refused = 0;
    for (const source of [...shared].sort(newestFirst)) {
      const admission = decideAdmission({ rules: sparing, source, snapshots, now });
      if (admission.decision === 'admitted') {
        arrived.push(arrivedFrom(admission.facts));
        snapshots.push(awaitedCopy(rules, source, admission, now));
      } else if (admission.decision === 'known' && !isCompleted(admission.copy)) {
        // Its execution may have been stopped; one that goes on is left alone.
        arrived.push(arrivedFrom(admission.facts));
      } else if (admission.decision === 'refused' && admission.full) {
        log.info('admission refused', { vault: rules.vaultName, source: source.arn, why: admission.reason });
        // What was left over of earlier days is a backlog, not a flood.
        refused += source.createTime!.getTime() > now.getTime() - DAY ? 1 : 0;
      }
    }
    if (refused > 0) {
      countForVault(rules, VaultMetric.ADMISSION_REFUSED, refused, 'Count', now.getTime());
    }
    return arrived;
  }

  private async shared(rules: VaultRules): Promise<{ readonly snapshots: Snapshot[]; readonly troubles: string[] }> {
    const regions = [...new Set(rules.sources.flatMap((source) => source.regions))];
    const snapshots: Snapshot[] = [];
    const troubles: string[] = [];
    for (const region of regions) {
      try {
        const all = await this.deps.rds.listSharedSnapshots(region);
        snapshots.push(...all.filter(({ arn }) => sourceFor(rules, parseSnapshotArn(arn)?.account ?? '', region) !== undefined));
      } catch (error) {
        troubles.push(trouble(rules, `what is shared in ${region} could not be listed`, error));
      }
    }
    return { snapshots, troubles };
  }

  /** A copy whose further copies failed, or were never begun. */
  private async further(rules: VaultRules, own: readonly Snapshot[]): Promise<{ readonly arrived: Arrived[]; readonly troubles: string[] }> {
    const arrived: Arrived[] = [];
    const troubles: string[] = [];
    for (const { region, retention } of rules.copies) {
      // What retention takes there is not brought back.
      const seconds = Math.min(REPAIR_DAYS * DAY / 1000, retention.keep === 'for' ? retention.seconds : Infinity);
      const since = this.deps.now() - seconds * 1000;
      const young = own.filter((copy) => isCompleted(copy) && (copy.createTime?.getTime() ?? 0) > since);
      try {
        const there = new Set((await this.deps.rds.listManualSnapshots(region)).filter(isCompleted).map(({ identifier }) => identifier));
        arrived.push(...young
          .filter(({ identifier }) => !there.has(vaultFurtherCopyIdentifier(rules, identifier, region)))
          .map(({ arn, tags, clusterIdentifier }) => {
            const cluster = sourceClusterOf({ tags }) ?? { account: rules.account, region: rules.region, clusterIdentifier };
            return { snapshotArn: arn, region, sender: senderOf(cluster) };
          }));
      } catch (error) {
        troubles.push(trouble(rules, `the copies in ${region} could not be listed`, error));
      }
    }
    return { arrived, troubles };
  }

  /**
   * Of the cluster whose newest copy is the oldest, by the time of the data: what comes late is not new. A cluster of which nothing has come for longer
   * than copies are kept is taken for retired, unless it is named.
   */
  private tellAge(rules: VaultRules, own: readonly Snapshot[]): void {
    const now = this.deps.now();
    const newest = new Map<string, number>();
    for (const copy of own.filter(isCompleted)) {
      const cluster = sourceClusterOf(copy);
      const time = taggedTime(copy, OwnershipTag.DATA_TIME);
      if (cluster && time instanceof Date) {
        newest.set(nameOf(cluster), Math.max(newest.get(nameOf(cluster)) ?? 0, time.getTime()));
      }
    }
    const named = rules.sources.flatMap(({ accountId: account, regions, clusters = [] }) => (
      clusters.map((clusterIdentifier) => ({ clusterIdentifier, places: regions.map((region) => nameOf({ account, region, clusterIdentifier })) }))
    ));
    const missing = named.filter(({ places }) => !places.some((place) => newest.has(place)));
    const names = named.flatMap(({ places }) => places);
    const retired = [...newest].filter(([name, time]) => !isExpected(rules, names, name, (now - time) / 1000)).map(([name]) => name);
    retired.forEach((name) => newest.delete(name));
    const [oldest] = [...newest].sort(([, one], [, other]) => one - other);
    if (oldest === undefined || missing.length > 0) {
      // Nothing is emitted, and the alarm takes that for a breach.
      log.warn('there are clusters without any copy, or no copies at all', {
        vault: rules.vaultName, clusters: missing.map(({ clusterIdentifier }) => clusterIdentifier), retired,
      });
      return;
    }
    const [cluster, time] = oldest;
    const seconds = Math.max(0, Math.round((now - time) / 1000));
    log.info('age of the newest copies', { vault: rules.vaultName, clusters: newest.size, oldest: cluster, seconds, retired });
    countForVault(rules, VaultMetric.NEWEST_COPY_AGE, seconds, 'Seconds', now);
  }
}

function nameOf({ account, region, clusterIdentifier }: SourceCluster): string {
  return `${account}/${region}/${clusterIdentifier}`;
}

/** Whether copies of the cluster are still to come. */
function isExpected({ sources, retention }: VaultRules, named: readonly string[], name: string, ageSeconds: number): boolean {
  const [account, region] = name.split('/');
  const source = sourceFor({ sources }, account, region);
  if (source === undefined) {
    return false;
  }
  return source.clusters ? named.includes(name) : retention.keep === 'all' || ageSeconds <= retention.seconds;
}

/** The copy that is to come, so that it counts for those behind it. */
function awaitedCopy(
  rules: VaultRules, source: Snapshot, { identifier, facts }: Extract<ReturnType<typeof decideAdmission>, { decision: 'admitted' }>, now: Date,
): Snapshot {
  return { ...source, identifier, type: 'manual', status: 'copying', createTime: now, tags: vaultTags(rules, identifier, facts, now) };
}

function trouble({ vaultName }: VaultRules, what: string, error: unknown): string {
  const why = `${what}: ${wordsOf(error)}`;
  log.error('sweep', { vault: vaultName, why });
  return bounded(why);
}

function newestFirst(a: Snapshot, b: Snapshot): number {
  return (b.createTime?.getTime() ?? 0) - (a.createTime?.getTime() ?? 0) || (a.arn < b.arn ? -1 : 1);
}
