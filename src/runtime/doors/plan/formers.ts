import { selectClusters } from './select';
import { FormerAnswer, FormersEvent, readPlan } from './steps';
import { hash } from '../../../core/identifiers';
import { OwnershipTag } from '../../../core/ownership';
import { belongsToPlan, isSharingCopyOfPlan } from '../../../core/plan/plan-ownership';
import { log } from '../../log';
import { RdsGateway } from '../../rds/gateway';
import { firstOf } from '../../work/bounded';

/** A run prunes the leavings of so many clusters, each run of others: of every cluster something stays, so the first would always be the same. */
const CLUSTERS_A_RUN = 100;

/** Finds the snapshots of clusters that have left the plan: they are reported, and pruned only if the plan says so. */
export class Formers {
  constructor(private readonly rds: RdsGateway) {}

  public async handle(event: FormersEvent): Promise<FormerAnswer> {
    const { plan, run, selection } = readPlan(event);
    const present = new Set((await selectClusters(this.rds, plan.region, selection)).map(({ cluster }) => cluster));
    const counts = new Map<string, number>();
    /** Of these, only what was made for vaults goes. */
    const withCopiesForVaults = new Set<string>();
    for (const region of [plan.region, ...plan.copies.map((copy) => copy.region)]) {
      for (const snapshot of await this.rds.listManualSnapshots(region)) {
        const cluster = snapshot.tags[OwnershipTag.CLUSTER] ?? snapshot.clusterIdentifier;
        if (belongsToPlan(snapshot, plan) && !present.has(cluster)) {
          const key = `${region} ${cluster}`;
          counts.set(key, (counts.get(key) ?? 0) + 1);
        } else if (isSharingCopyOfPlan(snapshot, plan) && !present.has(cluster)) {
          withCopiesForVaults.add(cluster);
        }
      }
    }
    const formers = [...counts].sort().map(([key, count]) => ({ region: key.split(' ')[0], cluster: key.split(' ')[1], count }));
    formers.forEach((former) => log.warn('snapshots of a cluster that is no longer in the plan', { plan: plan.planName, run: run.name, ...former }));
    const turn = ({ region, cluster }: { readonly region: string; readonly cluster: string }) => hash([run.name, region, cluster], 16);
    const inTurn = formers.map(({ region, cluster }) => ({ region, cluster })).sort((a, b) => (turn(a) < turn(b) ? -1 : 1));
    const copiesForVaults = [...withCopiesForVaults].sort().map((cluster) => ({ region: plan.region, cluster }));
    const others = inTurn.filter(({ region, cluster }) => region !== plan.region || !withCopiesForVaults.has(cluster));
    const memory = {
      todo: firstOf([...copiesForVaults, ...(plan.pruneFormerClusters ? others : [])], CLUSTERS_A_RUN),
      found: formers.reduce((sum, { count }) => sum + count, 0),
      pruned: { deleted: [], wouldDelete: [], reports: firstOf(formers.map(({ region, cluster, count }) => `${count} snapshots of '${cluster}', which is no longer in the plan, in ${region}`)) },
    };
    return memory.todo.length > 0 ? { call: 'prune', waitSeconds: 0, memory } : { call: 'conclude', memory };
  }
}
