import { selectClusters } from './select';
import { AgeEvent, readPlan } from './steps';
import { AGE_METRIC } from '../../../core/metrics';
import { dataTimeOf } from '../../../core/ownership';
import { belongsToPlan, incarnationOf } from '../../../core/plan/plan-ownership';
import { PlanRules } from '../../../core/plan/plan-rules';
import { Snapshot, isCompleted } from '../../../core/snapshot';
import { vaultStateOf } from '../../../core/vault/receipt';
import { VaultAddress, vaultId } from '../../../core/vault/vault-address';
import { countForPlan, log } from '../../log';
import { Cluster, RdsGateway } from '../../rds/gateway';

/** The clusters that there are, by name. */
type Clusters = ReadonlyArray<{ readonly name: string; readonly cluster: Cluster | undefined }>;

/** Says how old the newest good copy of every cluster is, at home, wherever it is copied to and in vaults: also when no run does. */
export class Age {
  constructor(private readonly rds: RdsGateway, private readonly now: () => number) {}

  public async handle(event: AgeEvent): Promise<void> {
    const { plan, selection } = readPlan(event);
    const selected = await selectClusters(this.rds, plan.region, selection);
    const existing = new Map((await this.rds.listClusters(plan.region)).map((cluster) => [cluster.identifier, cluster]));
    const clusters = selected.map(({ cluster: name }) => ({ name, cluster: existing.get(name) }));
    for (const region of [plan.region, ...plan.copies.map((copy) => copy.region)]) {
      const good = (await this.rds.listManualSnapshots(region)).filter((snapshot) => belongsToPlan(snapshot, plan) && isCompleted(snapshot));
      this.tell(plan, region, clusters, good);
      if (region === plan.region) {
        // What a vault has, the snapshot at home knows.
        (plan.vaults ?? []).forEach((vault) => (
          this.tell(plan, region, clusters, good.filter((snapshot) => vaultStateOf(snapshot, vault)?.state === 'stored'), vault)
        ));
      }
    }
  }

  private tell(plan: PlanRules, region: string, clusters: Clusters, snapshots: readonly Snapshot[], vault?: VaultAddress): void {
    const now = this.now();
    const newest = newestByIncarnation(snapshots);
    const ages = clusters.flatMap(({ name, cluster }) => {
      const since = cluster && (newest.get(cluster.resourceId) ?? cluster.createTime?.getTime());
      return since === undefined ? [] : [{ name, seconds: Math.max(0, Math.round((now - since) / 1000)) }];
    });
    const oldest = ages.reduce<typeof ages[number] | undefined>((a, b) => (a && a.seconds >= b.seconds ? a : b), undefined);
    const where = { region, ...(vault ? { vault: vaultId(vault) } : {}) };
    if (!oldest) {
      // Nothing is emitted, and the alarm takes that for a breach.
      log.warn('the plan has no cluster whose copies could have an age', { plan: plan.planName, ...where });
      return;
    }
    log.info('age of the newest copies', { plan: plan.planName, ...where, clusters: ages.length, oldest: oldest.name, seconds: oldest.seconds });
    // Of all values of an hour the alarm takes the greatest, so those of single clusters do not change that of the plan.
    const told = plan.clusterMetrics ? ages : [oldest];
    told.forEach(({ name, seconds }) => countForPlan({ ...plan, ...where }, AGE_METRIC, seconds, 'Seconds', now, name));
  }
}

function newestByIncarnation(snapshots: readonly Snapshot[]): Map<string, number> {
  const newest = new Map<string, number>();
  for (const snapshot of snapshots) {
    const incarnation = incarnationOf(snapshot) ?? '';
    const time = dataTimeOf(snapshot)?.getTime();
    if (time !== undefined && time > (newest.get(incarnation) ?? -1)) {
      newest.set(incarnation, time);
    }
  }
  return newest;
}
