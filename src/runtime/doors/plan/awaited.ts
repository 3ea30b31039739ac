import { Decide } from './delete-unless-in-use';
import { allGood } from './newer-snapshot';
import { PruningTools, RegionToPrune, situationOf } from './region-to-prune';
import { dataTimeOf } from '../../../core/ownership';
import { planTags } from '../../../core/plan/plan-ownership';
import { retentionFor } from '../../../core/plan/plan-rules';
import { PruningDecision, decidePruning } from '../../../core/plan/pruning';
import { Snapshot } from '../../../core/snapshot';

/**
 * What retention decides for a Region that has no room for the awaited snapshot: as if it were there, so that what it pushes out goes before it.
 * Without the time of its data, what retention does not keep today.
 */
export function decideAwaiting(
  awaitedTime: Date | undefined, tools: PruningTools, target: RegionToPrune, snapshots: readonly Snapshot[], vaultsGiveWay = false,
): Decide {
  const awaited = awaitedTime ? [awaitedSnapshot(target, awaitedTime)] : [];
  const untouchable = new Set([...awaited.map(({ arn }) => arn), ...leastToKeep(target, snapshots, tools.now())]);
  const situation = situationOf(tools, target, [...snapshots, ...awaited]);
  return (inUse) => sparing(untouchable, decidePruning({ ...situation, unfinishedSources: inUse, vaultsGiveWay }));
}

/** The awaited one may never come: then as many have to be there as the rule promises at least, without it. */
function leastToKeep({ plan, region, cluster: { options }, incarnation = '' }: RegionToPrune, snapshots: readonly Snapshot[], now: number): string[] {
  const rule = retentionFor(plan, options, region);
  const believable = allGood(snapshots, plan, incarnation).filter((snapshot) => dataTimeOf(snapshot)!.getTime() <= now);
  return believable.slice(0, 'minimumSnapshots' in rule ? rule.minimumSnapshots : 1).map(({ arn }) => arn);
}

/**
 * Removes untouchable snapshots from the deletions: the awaited one does not exist yet, and the clock that dated another one may be ahead, so that it
 * looks old beside that.
 */
function sparing(untouchable: ReadonlySet<string>, decision: PruningDecision): PruningDecision {
  return { ...decision, deletions: decision.deletions.filter(({ arn }) => !untouchable.has(arn)) };
}

/** What the snapshot will be for which there is no room yet. */
function awaitedSnapshot({ plan, region, cluster: { cluster }, incarnation = '' }: RegionToPrune, dataTime: Date): Snapshot {
  const identifier = `${plan.owner}-awaited`;
  return {
    arn: identifier,
    identifier,
    clusterIdentifier: cluster,
    status: 'available',
    percentProgress: 100,
    type: 'manual',
    engine: '',
    createTime: dataTime,
    encrypted: true,
    tags: planTags(plan, identifier, cluster, incarnation, { name: region, scheduledTime: '' }),
  };
}
