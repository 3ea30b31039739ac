import { SourceCluster } from './vault-ownership';
import { hash } from '../identifiers';

/** Who sends, short enough for the name of an execution: a source account, and a cluster of it. */
export function senderOf({ account, region, clusterIdentifier }: SourceCluster): string {
  return `${account}-${hash([region, clusterIdentifier], 8)}`;
}

/**
 * In which order those begin that wait; each begins with its sender, and the oldest is first. The accounts take turns, and so do the clusters of each:
 * who sends without end waits behind himself, and whoever comes later with little does not.
 */
export function inTurn(waiting: readonly string[]): string[] {
  const clustersTakeTurns = takingTurns(waiting, (one) => one.split('-', 2).join('-'));
  return takingTurns(clustersTakeTurns, (one) => one.split('-', 1)[0]);
}

/** The first of each, then the second of each, and so on. */
function takingTurns(waiting: readonly string[], groupOf: (one: string) => string): string[] {
  const counts = new Map<string, number>();
  const rounds: string[][] = [];
  for (const one of waiting) {
    const group = groupOf(one);
    const round = counts.get(group) ?? 0;
    counts.set(group, round + 1);
    (rounds[round] ??= []).push(one);
  }
  return rounds.flat();
}
