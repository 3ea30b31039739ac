import { selectClusters } from './select';
import { AgeEvent, readPlan } from './steps';
import { AGE_METRIC } from '../../../core/metrics';
import { dataTimeOf } from '../../../core/ownership';
import { belongsToPlan, incarnationOf } from '../../../core/plan/plan-ownership';
import { isCompleted } from '../../../core/snapshot';
import { countForPlan, log } from '../../log';
import { RdsGateway } from '../../rds/gateway';

/** Says how old the newest good copy of every cluster is, at home and wherever it is copied to: also when no run does. */
export class Age {
  constructor(private readonly rds: RdsGateway, private readonly now: () => number) {}

  public async handle(event: AgeEvent): Promise<void> {
    const { plan, selection } = readPlan(event);
    const selected = await selectClusters(this.rds, plan.region, selection);
    const existing = new Map((await this.rds.listClusters(plan.region)).map((cluster) => [cluster.identifier, cluster]));
    const now = this.now();
    for (const region of [plan.region, ...plan.copies.map((copy) => copy.region)]) {
      const newest = await this.newestByIncarnation(plan, region);
      const ages = selected.flatMap(({ cluster: name }) => {
        const cluster = existing.get(name);
        const since = cluster && (newest.get(cluster.resourceId) ?? cluster.createTime?.getTime());
        return since === undefined ? [] : [{ name, seconds: Math.max(0, Math.round((now - since) / 1000)) }];
      });
      const oldest = ages.reduce<typeof ages[number] | undefined>((a, b) => (a && a.seconds >= b.seconds ? a : b), undefined);
      if (!oldest) {
        // Nothing is emitted, and the alarm takes that for a breach.
        log.warn('the plan has no cluster whose copies could have an age', { plan: plan.planName, region });
        continue;
      }
      log.info('age of the newest copies', { plan: plan.planName, region, clusters: ages.length, oldest: oldest.name, seconds: oldest.seconds });
      // Of all values of an hour the alarm takes the greatest, so those of single clusters do not change that of the plan.
      const told = plan.clusterMetrics ? ages : [oldest];
      told.forEach(({ name, seconds }) => countForPlan({ ...plan, region }, AGE_METRIC, seconds, 'Seconds', now, name));
    }
  }

  private async newestByIncarnation(plan: AgeEvent['plan'], region: string): Promise<Map<string, number>> {
    const newest = new Map<string, number>();
    for (const snapshot of await this.rds.listManualSnapshots(region)) {
      const incarnation = incarnationOf(snapshot) ?? '';
      const time = dataTimeOf(snapshot)?.getTime();
      if (belongsToPlan(snapshot, plan) && isCompleted(snapshot) && time !== undefined && time > (newest.get(incarnation) ?? -1)) {
        newest.set(incarnation, time);
      }
    }
    return newest;
  }
}
