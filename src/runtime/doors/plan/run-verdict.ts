import { bounded, firstOf } from './bounded';
import { ClusterResult, ConcludeEvent, NOTHING_PRUNED, PlanFacts, RunReport, Tally, TallyEvent, readPlan } from './steps';
import { PRUNED_METRIC, RUN_METRIC } from '../../../core/metrics';
import { Verdict, VerdictCounts, runVerdict } from '../../../core/plan/verdict';
import { countForPlan, log } from '../../log';

const MAX_NAMED = 50;

/** SNS takes less than 100 characters. */
const MAX_SUBJECT_LENGTH = 99;

/** Adds up how the clusters of a page have fared. Who told nothing has failed. */
export function addUp({ page, results, tally }: TallyEvent): Tally {
  const counts: Partial<Record<Verdict, number>> = { ...tally.counts };
  const told = results.filter((result) => Object.values(Verdict).includes((result as ClusterResult | null)?.verdict as Verdict));
  told.forEach(({ verdict }) => (counts[verdict] = (counts[verdict] ?? 0) + 1));
  const silent = page.items.length - told.length;
  if (silent > 0) {
    counts[Verdict.FAILED] = (counts[Verdict.FAILED] ?? 0) + silent;
  }
  const lost: ClusterResult[] = silent > 0 ? [{ verdict: Verdict.FAILED, cluster: `${silent} clusters`, why: 'their executions ended without a verdict' }] : [];
  return {
    counts,
    notSucceeded: firstOf([...tally.notSucceeded, ...told.filter(({ verdict }) => verdict !== Verdict.SUCCEEDED).map(shortened), ...lost], MAX_NAMED),
    ...(page.next === undefined ? {} : { next: page.next }),
  };
}

/** The state of the run also holds its clusters. */
function shortened(result: ClusterResult): ClusterResult {
  return result.why === undefined ? result : { ...result, why: bounded(result.why, 300) };
}

export interface RunIdentity {
  readonly name: string;
  readonly scheduledTime?: string;
  readonly executionArn?: string;
}

/** Tells how a run ended: as a line of the log, a metric, and what is published. */
export function tellRun(facts: PlanFacts, run: RunIdentity, verdict: Verdict, message: string, more: object, now: number): RunReport {
  const detail = {
    version: '1',
    planName: facts.planName,
    account: facts.account,
    region: facts.region,
    run: run.name,
    ...(run.scheduledTime === undefined ? {} : { scheduledTime: run.scheduledTime }),
    verdict,
    message: bounded(message, 4_000),
    ...more,
    endedAt: new Date(now).toISOString(),
  };
  log[verdict === Verdict.FAILED ? 'error' : 'info']('run verdict', { ...detail, message: 'run verdict', reason: detail.message });
  countForPlan(facts, RUN_METRIC[verdict], 1, 'Count', now);
  return {
    detail,
    resources: run.executionArn === undefined ? [] : [run.executionArn],
    subject: `Backup ${verdict === Verdict.FAILED ? 'FAILED' : verdict.toLowerCase().replace(/_/g, ' ')}: ${facts.planName}`.slice(0, MAX_SUBJECT_LENGTH),
    text: [detail.message, ...Object.entries(detail).filter(([key]) => key !== 'message').map(lineOf)].join('\n'),
    ...(facts.notificationTopicArn === undefined ? {} : { topicArn: facts.notificationTopicArn }),
  };
}

/** The verdict of a run that has come to its end. */
export function concludeRun(event: ConcludeEvent, now: number): RunReport {
  const { plan, run, tally, formers } = readPlan(event);
  const verdict = runVerdict(tally.counts);
  const { found, pruned: { deleted, wouldDelete, reports } } = formers.memory ?? { found: 0, pruned: NOTHING_PRUNED };
  if (deleted.length > 0) {
    countForPlan(plan, PRUNED_METRIC, deleted.length, 'Count', now);
  }
  return tellRun(plan, run, verdict, messageOf(tally.counts, tally.notSucceeded), {
    counts: tally.counts,
    clustersNotSucceeded: tally.notSucceeded,
    ...(found > 0 ? { formerClusters: { snapshots: found, deleted, wouldDelete, reports } } : {}),
  }, now);
}

function lineOf([key, value]: [string, unknown]): string {
  return `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}

function messageOf(counts: VerdictCounts, notSucceeded: readonly ClusterResult[]): string {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (total === 0) {
    return 'There was no cluster to back up: none is declared, or none bears the tags of the plan.';
  }
  const parts = Object.entries(counts).map(([verdict, count]) => `${count} ${verdict.toLowerCase().replace(/_/g, ' ')}`);
  const named = firstOf(notSucceeded, 20).map(({ cluster, why }) => `- ${cluster}: ${why}`);
  return [`${total} ${total === 1 ? 'cluster' : 'clusters'}: ${parts.join(', ')}.`, ...named].join('\n');
}
