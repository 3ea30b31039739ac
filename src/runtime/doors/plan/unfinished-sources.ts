import { RegionToPrune } from './region-to-prune';
import { hasEnded } from '../../../core/export-task';
import { planCopyIdentifier } from '../../../core/plan/plan-ownership';
import { PlanRules } from '../../../core/plan/plan-rules';
import { Snapshot, isInProgress } from '../../../core/snapshot';
import { formatSnapshotArn, parseSnapshotArn } from '../../../core/snapshot-arn';
import { RdsGateway } from '../../rds/gateway';

/**
 * From which of the candidates something is being copied or exported: deleting them might make that fail. A copy into a Region that is not among the
 * plan's is not seen: to look for one, every Region would have to be listed.
 */
export async function unfinishedSources(
  rds: RdsGateway, { plan, region, cluster: { cluster } }: RegionToPrune, here: readonly Snapshot[], candidates: readonly string[],
): Promise<Set<string>> {
  const elsewhere = region === plan.region
    ? await Promise.all(plan.copies.map((copy) => rds.listSnapshotsOfCluster(copy.region, cluster)))
    : [];
  const copied = [here, ...elsewhere].flat().filter(isInProgress).map(({ sourceArn }) => sourceArn);
  const exported = (await rds.listExportTasks(region)).filter((task) => !hasEnded(task)).map(({ sourceArn }) => sourceArn);
  const copiedByPlan = region === plan.region ? await beingCopied(rds, plan, candidates) : [];
  return new Set([...copied, ...exported, ...copiedByPlan].filter((arn): arn is string => arn !== undefined));
}

/**
 * What the plan itself copies. Its identifiers follow from those of their sources, so this is certain; whether the list of a cluster's
 * snapshots has copies in a Region without that cluster is not documented.
 */
async function beingCopied(rds: RdsGateway, plan: PlanRules, candidates: readonly string[]): Promise<string[]> {
  const arns: string[] = [];
  for (const arn of candidates) {
    for (const { region } of plan.copies) {
      const { partition, account } = plan;
      const identifier = planCopyIdentifier(plan, parseSnapshotArn(arn)!.identifier, region);
      const found = await rds.findSnapshot(formatSnapshotArn({ partition, region, account, identifier }), account);
      if (found && isInProgress(found)) {
        arns.push(arn);
      }
    }
  }
  return arns;
}
