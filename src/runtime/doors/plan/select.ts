import { Page, PlannedItem, SelectEvent, readPlan } from './steps';
import { ClusterSelection, PlannedCluster } from '../../../core/plan/plan-rules';
import { isAurora } from '../../../core/snapshot';
import { log } from '../../log';
import { RdsGateway } from '../../rds/gateway';

/** The results of so many clusters fit into one list of Step Functions (256 KiB), whatever they are called and however they fare. */
const CLUSTERS_A_PAGE = 2_000;

/** Beginnings and looks of a whole run a second, well below what RDS answers without throttling. */
const BEGINNINGS_A_SECOND = 5;
const LOOKS_A_SECOND = 10;

const SHORTEST_WAIT_SECONDS = 15;
const MAX_RESULTS_CHARACTERS = 100_000;

/** The clusters of a plan: those that were declared, and those that bear its tags now, by name. */
export async function selectClusters(rds: RdsGateway, region: string, { clusters, tags }: ClusterSelection): Promise<PlannedCluster[]> {
  const selected = new Map(clusters.map((planned) => [planned.cluster, planned]));
  if (tags !== undefined) {
    const wanted = Object.entries(tags);
    for (const cluster of await rds.listClusters(region)) {
      if (isAurora(cluster.engine) && !selected.has(cluster.identifier) && wanted.every(([key, value]) => cluster.tags[key] === value)) {
        selected.set(cluster.identifier, { cluster: cluster.identifier });
      }
    }
  }
  return [...selected.values()].sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
}

/** Says which clusters a run, or a page of a large one, is about, and at which pace. */
export class Select {
  constructor(private readonly rds: RdsGateway) {}

  public async handle(event: SelectEvent): Promise<Page> {
    const { plan, selection, maxConcurrency = 0, tally } = readPlan(event);
    const all = await selectClusters(this.rds, plan.region, selection);
    const from = tally.next ?? 0;
    const page = all.slice(from, from + CLUSTERS_A_PAGE);
    const atATime = maxConcurrency > 0 ? Math.min(maxConcurrency, page.length) : page.length;
    const shortestWaitSeconds = Math.max(SHORTEST_WAIT_SECONDS, Math.ceil(atATime / LOOKS_A_SECOND));
    const reasonLength = Math.min(500, Math.floor(MAX_RESULTS_CHARACTERS / Math.max(1, page.length)));
    log.info('clusters selected', { plan: plan.planName, count: all.length, from });
    return {
      items: page.map((planned, index): PlannedItem => ({
        ...planned,
        // With a limit, later ones begin when earlier ones end.
        firstWaitSeconds: index < atATime ? Math.floor(index / BEGINNINGS_A_SECOND) : 0,
        shortestWaitSeconds,
        reasonLength,
      })),
      ...(from + CLUSTERS_A_PAGE < all.length ? { next: from + CLUSTERS_A_PAGE } : {}),
    };
  }
}
