import { ClusterAnswer, ClusterEvent, ClusterMemory } from './steps';
import { CLUSTER_METRIC } from '../../../core/metrics';
import { Verdict, clusterVerdict, reasonOf } from '../../../core/plan/verdict';
import { countForPlan, log } from '../../log';
import { bounded } from '../../work/bounded';

/** Tells how a run ended for one cluster: as a line of the log, a metric and an event. */
export function concludeCluster({ plan, run, item }: ClusterEvent, memory: ClusterMemory, now: number): ClusterAnswer {
  const { parts, pruned } = memory;
  const verdict = clusterVerdict(parts);
  const reason = reasonOf(parts);
  const snapshotArn = parts.find(({ part }) => part === 'snapshot')?.target;
  const detail = {
    version: '1',
    planName: plan.planName,
    account: plan.account,
    region: plan.region,
    run: run.name,
    scheduledTime: run.scheduledTime,
    verdict,
    ...(reason === undefined ? {} : { reason: bounded(reason) }),
    clusterIdentifier: item.cluster,
    ...(snapshotArn === undefined ? {} : { snapshotArn }),
    parts,
    ...pruned,
    endedAt: new Date(now).toISOString(),
  };
  log[verdict === Verdict.FAILED ? 'error' : 'info']('cluster verdict', detail);
  countForPlan(plan, CLUSTER_METRIC[verdict], 1, 'Count', now, item.cluster);
  return {
    call: 'report',
    report: { detail, resources: snapshotArn === undefined ? [] : [snapshotArn] },
    // What succeeded needs no words: the results of all clusters have to fit into one list.
    result: verdict === Verdict.SUCCEEDED ? { verdict, cluster: item.cluster } : { verdict, cluster: item.cluster, why: bounded(reason ?? '', item.reasonLength) },
  };
}
