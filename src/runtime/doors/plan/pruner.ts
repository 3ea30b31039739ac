import { afterPrune, troubledPart, withPart } from './cluster-steps';
import { PruningTools, RegionToPrune, pruneRegion } from './prune-region';
import { removeSharingCopies } from './remove-sharing-copies';
import { ClusterAnswer, ClusterEvent, DeliveryAnswer, DeliveryEvent, FormerAnswer, FormersEvent, Pruned, readPlan } from './steps';
import { copyAssignment, takeAssignment } from './work';
import { PlanRules } from '../../../core/plan/plan-rules';
import { log } from '../../log';
import { FaultKind, faultKind, wordsOf } from '../../rds/errors';
import { bounded, firstOf } from '../../work/bounded';
import { WorkMemory, pauseSeconds } from '../../work/work-loop';

const TRIES = 8;

/** What is being deleted is no longer listed as available by then. */
const DELETING_SECONDS = 15;

/** One try at a Region. */
type Try =
  | { readonly status: 'done' | 'more'; readonly pruned: Pruned; readonly troubles: readonly string[] }
  | { readonly status: 'again' }
  | { readonly status: 'refused'; readonly why: string };

/** Deletes what retention no longer keeps; the one part of a plan that deletes. */
export class Pruner {
  constructor(private readonly tools: PruningTools) {}

  /** At home, after the new snapshot is good there; or before it is taken, when the quota of the Region is reached. */
  public async handleCluster(event: ClusterEvent): Promise<ClusterAnswer> {
    const { plan, run, item, answer: { memory } } = readPlan(event);
    const clears = memory.todo === 'clear';
    const { targetIdentifier } = takeAssignment(plan, run, item.cluster, '', 0);
    const found = await this.tryOnce(memory, {
      plan,
      region: plan.region,
      cluster: item,
      incarnation: memory.clusterResourceId,
      since: Date.parse(run.startTime),
      clears,
      newest: clears ? undefined : targetIdentifier,
    });
    const pruned = merged(memory.pruned, found);
    if (found.status === 'again' || found.status === 'more') {
      return { call: 'prune', waitSeconds: this.pause(found, memory, item.cluster), memory: { ...memory, pruned, tries: triesAfter(found, memory) } };
    }
    const known = { ...memory, pruned, tries: 0 };
    if (clears) {
      return { call: 'start', waitSeconds: 0, memory: { ...known, todo: 'take', ...this.clearing(pruned) } };
    }
    const trouble = troubleOf(found);
    return afterPrune(event, trouble === undefined ? known : withPart(known, troubledPart(plan.region, trouble)), this.tools.now());
  }

  /** In the Region of a copy, after the copy is good there. */
  public async handleDelivery(event: DeliveryEvent): Promise<DeliveryAnswer> {
    const { plan, run, item, delivery, answer: { memory } } = readPlan(event);
    if (delivery.kind === 'vault') {
      return this.afterVault(event);
    }
    const clears = memory.todo === 'clear';
    const { targetIdentifier } = copyAssignment(plan, run, item.cluster, '', delivery.name, 0);
    const found = await this.tryOnce(memory, {
      plan,
      region: delivery.name,
      cluster: item,
      incarnation: delivery.clusterResourceId,
      since: Date.parse(run.startTime),
      clears,
      newest: clears ? undefined : targetIdentifier,
    });
    const pruned = merged(memory.pruned, found);
    if (found.status === 'again' || found.status === 'more') {
      return { call: 'prune', waitSeconds: this.pause(found, memory, item.cluster), memory: { ...memory, pruned, tries: triesAfter(found, memory) } };
    }
    if (clears) {
      return { call: 'start', waitSeconds: 0, memory: { ...memory, pruned, tries: 0, todo: 'make', ...this.clearing(pruned) } };
    }
    return { call: 'end', outcome: { ...memory.outcome!, pruned, trouble: troubleOf(found) } };
  }

  /** What was made for vaults only. What stays now, the next run removes. */
  private async afterVault({ plan, item, answer: { memory } }: DeliveryEvent): Promise<DeliveryAnswer> {
    await this.removeCopiesForVaults(plan, item.cluster);
    return { call: 'end', outcome: { ...memory.outcome!, pruned: memory.pruned } };
  }

  private async removeCopiesForVaults(plan: PlanRules, cluster: string): Promise<void> {
    const { rds, now } = this.tools;
    try {
      await removeSharingCopies(rds, plan, await rds.listSnapshotsOfCluster(plan.region, cluster), now());
    } catch (error) {
      log.warn('copies for vaults could not be looked at', { plan: plan.planName, cluster, why: wordsOf(error) });
    }
  }

  /** What clusters have left that the run was not about. */
  public async handleFormers(event: FormersEvent): Promise<FormerAnswer> {
    const { plan, answer } = readPlan(event);
    const { memory } = answer!;
    const [next, ...rest] = memory.todo;
    if (!next) {
      return { call: 'conclude', memory };
    }
    if (next.onlyForVaults) {
      await this.removeCopiesForVaults(plan, next.cluster);
      return { call: 'prune', waitSeconds: 0, memory: { ...memory, tries: 0, todo: rest } };
    }
    const found = await this.tryOnce(memory, { plan, region: next.region, cluster: { cluster: next.cluster } });
    if (found.status === 'again' || found.status === 'more') {
      return { call: 'prune', waitSeconds: this.pause(found, memory, next.cluster), memory: { ...memory, pruned: merged(memory.pruned, found), tries: triesAfter(found, memory) } };
    }
    const trouble = troubleOf(found);
    const pruned = merged(memory.pruned, found);
    return {
      call: 'prune',
      waitSeconds: 0,
      memory: {
        ...memory,
        tries: 0,
        todo: rest,
        pruned: trouble === undefined ? pruned : { ...pruned, reports: firstOf([`'${next.cluster}' in ${next.region} was not pruned: ${trouble}`, ...pruned.reports]) },
      },
    };
  }

  private clearing({ deleted }: Pruned): Pick<WorkMemory, 'clearedAt' | 'cleared'> {
    return { clearedAt: this.tools.now(), cleared: deleted.length > 0 };
  }

  private async tryOnce(memory: WorkMemory, target: RegionToPrune): Promise<Try> {
    try {
      const { pruned, troubles, more } = await pruneRegion(this.tools, target);
      return { status: more ? 'more' : 'done', pruned, troubles };
    } catch (error) {
      const why = wordsOf(error);
      log.warn('nothing was pruned', { plan: target.plan.planName, region: target.region, cluster: target.cluster.cluster, why });
      return faultKind(error) === FaultKind.TRANSIENT && (memory.tries ?? 0) < TRIES ? { status: 'again' } : { status: 'refused', why };
    }
  }

  private pause(found: Try, { tries = 0 }: WorkMemory, jitter: string): number {
    return found.status === 'more' ? DELETING_SECONDS : pauseSeconds(0, tries, jitter);
  }
}

function troubleOf(found: Try): string | undefined {
  switch (found.status) {
    case 'refused':
      return bounded(found.why);
    case 'done':
      return found.troubles[0];
    default:
      return undefined;
  }
}

function triesAfter(found: Try, { tries = 0 }: WorkMemory): number {
  return found.status === 'again' ? tries + 1 : tries;
}

function merged(before: Pruned, found: Try): Pruned {
  if (found.status === 'again' || found.status === 'refused') {
    return before;
  }
  const { pruned } = found;
  return {
    deleted: firstOf([...before.deleted, ...pruned.deleted], 200),
    wouldDelete: firstOf([...before.wouldDelete, ...pruned.wouldDelete]),
    reports: firstOf([...new Set([...before.reports, ...pruned.reports])]),
  };
}
