import { concludeCluster } from './cluster-verdict';
import { ClusterAnswer, ClusterEvent, ClusterMemory, DeliveryState } from './steps';
import { PlanRules, accountsToShareWith } from '../../../core/plan/plan-rules';
import { PartVerdict, Verdict } from '../../../core/plan/verdict';
import { vaultId } from '../../../core/vault/vault-address';

/** Which part of the backup of a cluster comes after which: take, share, prune home, copies, exports and vaults, verdict. */
export function afterTake(event: ClusterEvent, memory: ClusterMemory): ClusterAnswer {
  // Where a copy is shared instead, it is made and shared when vaults have their turn.
  return accountsToShareWith(event.plan).length > 0 && event.plan.sharingKeyId === undefined
    ? step('start', { ...memory, todo: 'share', tries: 0, beganAt: undefined })
    : afterShare(memory);
}

export function afterShare(memory: ClusterMemory): ClusterAnswer {
  return step('prune', { ...memory, todo: 'prune', tries: 0, beganAt: undefined });
}

export function afterPrune(event: ClusterEvent, memory: ClusterMemory, now: number): ClusterAnswer {
  const unreachable = withoutVaults(event, memory);
  const known = unreachable.reduce(withPart, memory);
  const deliveries = deliveriesOf(event).filter(({ kind }) => kind !== 'vault' || unreachable.length === 0);
  return deliveries.length > 0
    ? step('turn', { ...known, todo: 'deliver', tries: 0, deliveries, deliveriesSince: now })
    : concludeCluster(event, known, now);
}

/** A vault can copy only what is shared with it: it is not waited for in vain. */
function withoutVaults({ plan: { vaults = [] } }: ClusterEvent, { parts }: ClusterMemory): PartVerdict[] {
  const share = parts.find(({ part, verdict }) => part === 'share' && verdict !== Verdict.SUCCEEDED);
  return share ? vaults.map((vault) => ({
    part: 'vault', name: vaultId(vault), verdict: share.verdict, reason: 'was not announced, because the snapshot is not shared',
  })) : [];
}

export function withPart(memory: ClusterMemory, part: PartVerdict): ClusterMemory {
  return { ...memory, parts: [...memory.parts, part] };
}

/** That old snapshots could not be pruned endangers no data, so it only warns. */
export function troubledPart(region: string, reason: string): PartVerdict {
  return { part: 'prune', name: region, verdict: Verdict.SUCCEEDED_WITH_WARNINGS, reason };
}

function step(call: 'start' | 'prune' | 'turn', memory: ClusterMemory): ClusterAnswer {
  return { call, waitSeconds: 0, memory };
}

function deliveriesOf({ plan, item }: ClusterEvent): DeliveryState[] {
  return [
    ...plan.copies.map(({ region }): DeliveryState => ({ kind: 'copy', name: region })),
    ...plan.exports
      .filter(({ clusters }) => clusters === undefined || clusters.some((cluster) => cluster.toLowerCase() === item.cluster))
      .map(({ id }): DeliveryState => ({ kind: 'export', name: id })),
    ...(plan.vaults ?? []).map((vault): DeliveryState => ({ kind: 'vault', name: vaultId(vault) })),
  ];
}

/**
 * Whether a later snapshot makes it pointless. The export of a day, a week or a month is owed whichever snapshot it is made from, and a vault
 * is to have them all.
 */
export function canBeSuperseded({ exports }: PlanRules, { kind, name }: Pick<DeliveryState, 'kind' | 'name'>): boolean {
  return kind === 'copy' || exports.find(({ id }) => id === name)?.period === 'run';
}

/** Gives up what has not had its turn. */
export function supersedeWaiting(plan: PlanRules, memory: ClusterMemory, newer: string): ClusterMemory {
  const isPointless = (state: DeliveryState) => state.execution === undefined && !isOver(state) && canBeSuperseded(plan, state);
  const states = memory.deliveries ?? [];
  return states.filter(isPointless).reduce<ClusterMemory>((all, { kind, name }) => withPart(all, {
    part: kind, name, verdict: Verdict.SUPERSEDED, reason: `had not begun when a later run had taken ${newer}`,
  }), { ...memory, deliveries: states.map((state) => (isPointless(state) ? { ...state, verdict: Verdict.SUPERSEDED } : state)) });
}

export function isOver({ verdict, notDue }: DeliveryState): boolean {
  return verdict !== undefined || notDue === true;
}
