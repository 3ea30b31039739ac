import { Page, PageEvent, PageRange, SelectEvent, Selected, readPlan } from './steps';
import { jsonBytes } from '../../../core/fitting';
import { ClusterSelection, PlannedCluster, refuseCopiesAtHome } from '../../../core/plan/plan-rules';
import { isAurora } from '../../../core/snapshot';
import { log } from '../../log';
import { RdsGateway } from '../../rds/gateway';

/** The clusters of a page, their results and the rules of the plan travel in one state, which holds 256 KiB. */
const MAX_PAGE_BYTES = 80_000;
const MAX_RESULTS_BYTES = 80_000;

/** What an item holds beside its cluster and options. */
const ITEM_BYTES = 60;

/** What a result holds beside a reason. */
const RESULT_BYTES = 130;

/** Beginnings and looks of a whole run a second, well below what RDS answers without throttling. */
const BEGINNINGS_A_SECOND = 5;
const LOOKS_A_SECOND = 10;

const SHORTEST_WAIT_SECONDS = 15;

export interface SelectedCluster extends PlannedCluster {
  /** Whether only its tags brought it into the plan. */
  readonly byTag: boolean;
}

/** The clusters of a plan: those that were declared, and those that bear its tags now, by name. */
export async function selectClusters(rds: RdsGateway, region: string, { clusters, tags }: ClusterSelection): Promise<SelectedCluster[]> {
  // What was a token at synth may have capital letters, which RDS does not keep.
  const declared = clusters.map((planned) => ({ ...planned, cluster: planned.cluster.toLowerCase(), byTag: false }));
  const selected = new Map<string, SelectedCluster>(declared.map((planned) => [planned.cluster, planned]));
  if (tags !== undefined) {
    const wanted = Object.entries(tags);
    for (const cluster of await rds.listClusters(region)) {
      if (isAurora(cluster.engine) && !selected.has(cluster.identifier) && wanted.every(([key, value]) => cluster.tags[key] === value)) {
        selected.set(cluster.identifier, { cluster: cluster.identifier, byTag: true });
      }
    }
  }
  return [...selected.values()].sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
}

/** Says which clusters a run is about, and at which pace. */
export class Select {
  constructor(private readonly rds: RdsGateway) {}

  /** The pages of a run: most have one. */
  public async pages(event: SelectEvent): Promise<Selected> {
    const { plan, selection } = readPlan(event);
    refuseCopiesAtHome(plan);
    const all = await selectClusters(this.rds, plan.region, selection);
    const pages: Array<Omit<PageRange, 'pages'>> = [];
    for (let position = 0; position < all.length;) {
      const page = fitting(all.slice(position));
      pages.push({ after: position === 0 ? '' : all[position - 1].cluster, upTo: page[page.length - 1].cluster, position });
      position += page.length;
    }
    log.info('clusters selected', { plan: plan.planName, count: all.length, pages: pages.length });
    return { pages: pages.map((page) => ({ ...page, pages: pages.length })), count: all.length };
  }

  /** The clusters of one page. */
  public async page(event: PageEvent): Promise<Page> {
    const { plan, selection, maxConcurrency = 0, page: { after, upTo, position, pages }, count } = readPlan(event);
    const page = (await selectClusters(this.rds, plan.region, selection)).filter(({ cluster }) => cluster > after && cluster <= upTo);
    const atATime = maxConcurrency > 0 ? Math.min(maxConcurrency, count) : count;
    return {
      items: page.map(({ cluster, options = {}, byTag }, index) => ({
        cluster,
        options,
        byTag,
        // With a limit, later ones begin when earlier ones end.
        firstWaitSeconds: index < atATime ? Math.floor((position + index) / BEGINNINGS_A_SECOND) : 0,
      })),
      pace: {
        shortestWaitSeconds: Math.max(SHORTEST_WAIT_SECONDS, Math.ceil(atATime / LOOKS_A_SECOND)),
        reasonLength: Math.max(0, Math.min(500, Math.floor(MAX_RESULTS_BYTES / Math.max(1, page.length)) - RESULT_BYTES)),
      },
      // Pages are worked off side by side.
      maxConcurrency: maxConcurrency > 0 ? Math.max(1, Math.floor(maxConcurrency / pages)) : 0,
      pages,
    };
  }
}

/** As many of them, from the first, as fit into a page. */
function fitting(clusters: readonly PlannedCluster[]): PlannedCluster[] {
  let bytes = 0;
  const tooMany = clusters.findIndex((planned, index) => {
    bytes += jsonBytes(planned) + ITEM_BYTES;
    return index > 0 && bytes > MAX_PAGE_BYTES;
  });
  return clusters.slice(0, tooMany === -1 ? clusters.length : tooMany);
}
