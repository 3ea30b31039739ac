import { selectClusters } from './select';
import { FormerAnswer, FormerMemory, FormersEvent, Leavings, readPlan } from './steps';
import { hash } from '../../../core/identifiers';
import { belongsToPlan, clusterOf } from '../../../core/plan/plan-ownership';
import { PlanRules } from '../../../core/plan/plan-rules';
import { unneededSharingCopies } from '../../../core/plan/sharing-copies';
import { Snapshot } from '../../../core/snapshot';
import { log } from '../../log';
import { RdsGateway } from '../../rds/gateway';
import { firstOf } from '../../work/bounded';

/** A run prunes the leavings of so many clusters, each run of others: of every cluster something stays, so the first would always be the same. */
const CLUSTERS_A_RUN = 100;

/** Finds the snapshots of clusters that have left the plan: they are reported, and pruned only if the plan says so. */
export class Formers {
  constructor(private readonly rds: RdsGateway, private readonly now: () => number) {}

  public async handle(event: FormersEvent): Promise<FormerAnswer> {
    const { plan, run, selection } = readPlan(event);
    const present = new Set((await selectClusters(this.rds, plan.region, selection)).map(({ cluster }) => cluster));
    const counts = new Map<string, number>();
    let atHome: readonly Snapshot[] = [];
    for (const region of [plan.region, ...plan.copies.map((copy) => copy.region)]) {
      const snapshots = await this.rds.listManualSnapshots(region);
      atHome = region === plan.region ? snapshots : atHome;
      for (const snapshot of snapshots) {
        const cluster = clusterOf(snapshot);
        if (belongsToPlan(snapshot, plan) && !present.has(cluster)) {
          const key = `${region} ${cluster}`;
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
      }
    }
    const formers = [...counts].sort().map(([key, count]) => ({ region: key.split(' ')[0], cluster: key.split(' ')[1], count }));
    formers.forEach((former) => log.warn('snapshots of a cluster that is no longer in the plan', { plan: plan.planName, run: run.name, ...former }));
    const turn = ({ region, cluster }: { readonly region: string; readonly cluster: string }) => hash([run.name, region, cluster], 16);
    const inTurn = formers.map(({ region, cluster }) => ({ region, cluster })).sort((a, b) => (turn(a) < turn(b) ? -1 : 1));
    const memory: FormerMemory = {
      todo: firstOf([...this.copiesForVaults(plan, atHome), ...(plan.pruneFormerClusters ? inTurn : [])], CLUSTERS_A_RUN),
      found: formers.reduce((sum, { count }) => sum + count, 0),
      pruned: { deleted: [], wouldDelete: [], reports: firstOf(formers.map(({ region, cluster, count }) => `${count} snapshots of '${cluster}', which is no longer in the plan, in ${region}`)) },
    };
    return memory.todo.length > 0 ? { call: 'prune', waitSeconds: 0, memory } : { call: 'conclude', memory };
  }
  /** Also of clusters of the plan: one that is stopped is not pruned by its runs. */
  private copiesForVaults(plan: PlanRules, snapshots: readonly Snapshot[]): Leavings[] {
    const unneeded = new Set(unneededSharingCopies(plan, snapshots, plan.vaults ?? [], new Date(this.now())).map(({ arn }) => arn));
    const clusters = new Set(snapshots.filter(({ arn }) => unneeded.has(arn)).map(clusterOf));
    return [...clusters].sort().map((cluster) => ({ region: plan.region, cluster, onlyForVaults: true }));
  }
}
