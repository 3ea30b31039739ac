import { afterPrune, troubledPart, withPart } from './cluster-steps';
import { giveWay, makeRoom } from './make-room';
import { pruneAfter, pruneLeavings } from './prune-region';
import { PruningResult, PruningTools, RegionToPrune } from './region-to-prune';
import { removeSharingCopies } from './remove-sharing-copies';
import {
  CallStep, ClusterAnswer, ClusterEvent, ClusterMemory, DeliveryAnswer, DeliveryEvent, DeliveryMemory,
  FormerAnswer, FormerMemory, FormersEvent, Pruned, readPlan,
} from './steps';
import { copyAssignment, takeAssignment } from './work';
import { dataTimeOf } from '../../../core/ownership';
import { PlanRules } from '../../../core/plan/plan-rules';
import { log } from '../../log';
import { FaultKind, faultKind, wordsOf } from '../../rds/errors';
import { bounded, firstOf } from '../../work/bounded';
import { pauseSeconds } from '../../work/work-loop';

const TRIES = 8;

/** What is being deleted is no longer listed as available by then. */
const DELETING_SECONDS = 15;

interface PruningMemory {
  readonly tries?: number;
  readonly pruned: Pruned;
}

/** One try at a Region: what comes next, or how it ended. */
type Try<Memory, Result> =
  | { readonly next: CallStep<Memory> }
  | { readonly memory: Memory; readonly trouble?: string; readonly result?: Result };

/** Deletes what retention no longer keeps; the one part of a plan that deletes. */
export class Pruner {
  constructor(private readonly tools: PruningTools) {}

  /** At home, after the new snapshot is good there; or before it is taken, when the quota of the Region is reached. */
  public async handleCluster(event: ClusterEvent): Promise<ClusterAnswer> {
    const { plan, run, item, answer: { memory } } = readPlan(event);
    const target: RegionToPrune = { plan, region: plan.region, cluster: item, incarnation: memory.clusterResourceId };
    if (memory.todo === 'clear') {
      return this.clear(memory, 'take', target, async () => new Date(this.tools.now()));
    }
    const newest = { identifier: takeAssignment(plan, run, item.cluster, '', 0).targetIdentifier, since: Date.parse(run.startTime) };
    const found = await this.tryOnce(memory, target, () => pruneAfter(newest, this.tools, target));
    if ('next' in found) {
      return found.next;
    }
    const { memory: known, trouble } = found;
    return afterPrune(event, trouble === undefined ? known : withPart(known, troubledPart(plan.region, trouble)), this.tools.now());
  }

  /** In the Region of a copy, after the copy is good there; or before it is made, when the quota of that Region is reached. */
  public async handleDelivery(event: DeliveryEvent): Promise<DeliveryAnswer> {
    const { plan, run, item, delivery, answer: { memory } } = readPlan(event);
    if (delivery.kind === 'vault') {
      return this.afterVault(event);
    }
    const target: RegionToPrune = { plan, region: delivery.name, cluster: item, incarnation: delivery.clusterResourceId };
    if (memory.todo === 'clear') {
      return this.clear(memory, 'make', target, () => this.timeOfSource(event));
    }
    const newest = { identifier: copyAssignment(plan, run, item.cluster, '', delivery.name, 0).targetIdentifier, since: Date.parse(run.startTime) };
    const found = await this.tryOnce(memory, target, () => pruneAfter(newest, this.tools, target));
    return 'next' in found ? found.next : { call: 'end', outcome: { ...memory.outcome!, pruned: found.memory.pruned, trouble: found.trouble } };
  }

  /** What was made for vaults only. What stays now, the next run removes. */
  private async afterVault({ plan, item, answer: { memory } }: DeliveryEvent): Promise<DeliveryAnswer> {
    await this.removeCopiesForVaults(plan, item.cluster);
    return { call: 'end', outcome: { ...memory.outcome!, pruned: memory.pruned } };
  }

  private async removeCopiesForVaults(plan: PlanRules, cluster: string): Promise<void> {
    const { region } = plan;
    try {
      await removeSharingCopies(this.tools, { plan, region }, await this.tools.rds.listSnapshotsOfCluster(region, cluster));
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
    const { cluster, region, onlyForVaults } = next;
    if (onlyForVaults) {
      await this.removeCopiesForVaults(plan, cluster);
      return { call: 'prune', waitSeconds: 0, memory: { ...memory, tries: 0, todo: rest } };
    }
    const target: RegionToPrune = { plan, region, cluster: { cluster } };
    const found = await this.tryOnce(memory, target, () => pruneLeavings(this.tools, target));
    if ('next' in found) {
      return found.next;
    }
    const known: FormerMemory = { ...found.memory, todo: rest };
    return { call: 'prune', waitSeconds: 0, memory: found.trouble === undefined ? known : withTrouble(known, `'${cluster}' in ${region} was not pruned: ${found.trouble}`) };
  }

  /** First what goes anyway; if that was nothing, and there is still no room, what gives way. */
  private async clear<M extends ClusterMemory | DeliveryMemory>(
    memory: M, then: M['todo'], target: RegionToPrune, awaitedTime: () => Promise<Date | undefined>,
  ): Promise<CallStep<M>> {
    const { givesWay } = memory;
    const found = await this.tryOnce(memory, target, async () => (givesWay === undefined
      ? makeRoom(await awaitedTime(), this.tools, target)
      : giveWay(givesWay, await awaitedTime(), this.tools, target)));
    if ('next' in found) {
      return found.next;
    }
    const { memory: known, result } = found;
    // What earlier calls have deleted may be gone by now, and the room with it be there.
    const cleared = known.pruned.deleted.length > 0 || result?.isComing === true;
    const memoryAfter = { ...known, todo: then, clearedAt: this.tools.now(), cleared, givesWay: cleared ? undefined : result?.givesWay };
    return { call: 'start', waitSeconds: 0, memory: memoryAfter };
  }

  /** A copy counts by the time of its data, which may be of the day before; without it nothing is assumed of the copy. */
  private async timeOfSource({ plan, delivery }: DeliveryEvent): Promise<Date | undefined> {
    const source = await this.tools.rds.findSnapshot(delivery.sourceArn, plan.account);
    return source && dataTimeOf(source);
  }

  private async tryOnce<M extends PruningMemory, R extends PruningResult>(
    memory: M, target: RegionToPrune, prune: () => Promise<R>,
  ): Promise<Try<M, R>> {
    const { plan, region, cluster: { cluster } } = target;
    const { tries = 0 } = memory;
    try {
      const result = await prune();
      const known = { ...memory, pruned: merged(memory.pruned, result.pruned) };
      return result.more
        ? { next: { call: 'prune', waitSeconds: DELETING_SECONDS, memory: known } }
        : { memory: { ...known, tries: 0 }, trouble: result.troubles[0], result };
    } catch (error) {
      const why = wordsOf(error);
      log.warn('nothing was pruned', { plan: plan.planName, region, cluster, why });
      return faultKind(error) === FaultKind.TRANSIENT && tries < TRIES
        ? { next: { call: 'prune', waitSeconds: pauseSeconds(0, tries, cluster), memory: { ...memory, tries: tries + 1 } } }
        : { memory: { ...memory, tries: 0 }, trouble: bounded(why) };
    }
  }
}

function withTrouble(memory: FormerMemory, trouble: string): FormerMemory {
  const { pruned, troubles = [] } = memory;
  return { ...memory, troubles: firstOf([...troubles, trouble], 5), pruned: { ...pruned, reports: firstOf([trouble, ...pruned.reports]) } };
}

function merged(before: Pruned, { deleted, wouldDelete, reports }: Pruned): Pruned {
  return {
    deleted: firstOf([...before.deleted, ...deleted], 200),
    wouldDelete: firstOf([...before.wouldDelete, ...wouldDelete]),
    reports: firstOf([...new Set([...before.reports, ...reports])]),
  };
}
