import { ClusterResult, ConcludeEvent, NOTHING_PRUNED, Page, PlanFacts, RunReport, Tally, TallyEvent, readPlan } from './steps';
import { CLUSTER_METRIC, RUN_METRIC } from '../../../core/metrics';
import { Verdict, VerdictCounts, runVerdict } from '../../../core/plan/verdict';
import { countForPlan, log } from '../../log';
import { bounded, firstOf } from '../../work/bounded';
import { wordsOfFailure } from '../../work/failure';

const MAX_NAMED = 50;

/** SNS takes less than 100 characters. */
const MAX_SUBJECT_LENGTH = 99;

/** Adds up how the clusters of a page have fared. Who told nothing has failed. */
export function addUp(event: TallyEvent, now: number): Tally {
  const { plan, run, page, results } = readPlan(event);
  const told = results.filter((result) => Object.values(Verdict).includes((result as ClusterResult | null)?.verdict as Verdict));
  const silent = page.items.length - told.length;
  const lost = silent > 0 ? untold(page, told, silent) : [];
  // Nobody has written these down: their functions failed, or their executions ended before they could.
  const unwritten = [...told.filter((result) => result.lost), ...lost];
  unwritten.forEach((result) => log.error('cluster verdict', { plan: plan.planName, run: run.name, ...result }));
  const unwrittenCount = told.filter((result) => result.lost).length + silent;
  if (unwrittenCount > 0) {
    countForPlan(plan, CLUSTER_METRIC[Verdict.FAILED], unwrittenCount, 'Count', now);
  }
  const notSucceeded = told.filter(({ verdict }) => verdict !== Verdict.SUCCEEDED).map(shortened);
  const counts = added(told.map(({ verdict }): VerdictCounts => ({ [verdict]: 1 })));
  return {
    counts: silent > 0 ? added([counts, { [Verdict.FAILED]: silent }]) : counts,
    notSucceeded: firstOf([...notSucceeded, ...lost], Math.max(5, Math.floor(MAX_NAMED / page.pages))),
  };
}

/** Functions of an earlier release named no cluster that had succeeded: then nobody knows which are missing. */
function untold({ items }: Page, told: readonly ClusterResult[], silent: number): ClusterResult[] {
  const names = new Set(told.map(({ cluster }) => cluster));
  const missing = items.filter(({ cluster }) => !names.has(cluster));
  return missing.length === silent
    ? missing.map(({ cluster }) => ({ verdict: Verdict.FAILED, cluster, why: 'its execution ended without a verdict' }))
    : [silence(silent)];
}

function silence(clusters: number): ClusterResult {
  return { verdict: Verdict.FAILED, cluster: `${clusters} clusters`, why: 'their executions ended without a verdict' };
}

function added(counts: readonly VerdictCounts[]): VerdictCounts {
  const sum: Partial<Record<Verdict, number>> = {};
  for (const [verdict, count] of counts.flatMap((one) => Object.entries(one) as [Verdict, number][])) {
    sum[verdict] = (sum[verdict] ?? 0) + count;
  }
  return sum;
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

/** What is published of a run. */
export function reportOfRun(facts: PlanFacts, run: RunIdentity, verdict: Verdict, message: string, more: object, now: number): RunReport {
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
  return {
    detail,
    resources: run.executionArn === undefined ? [] : [run.executionArn],
    subject: `Backup ${verdict === Verdict.FAILED ? 'FAILED' : verdict.toLowerCase().replace(/_/g, ' ')}: ${facts.planName}`.slice(0, MAX_SUBJECT_LENGTH),
    text: [detail.message, ...Object.entries(detail).filter(([key]) => key !== 'message').map(lineOf)].join('\n'),
    ...(facts.notificationTopicArn === undefined ? {} : { topicArn: facts.notificationTopicArn }),
  };
}

/** Writes down how a run ended: as a line of the log and a metric. */
export function writeDownRun(facts: PlanFacts, { detail }: RunReport, now: number): void {
  const { verdict, message, ...more } = detail;
  log[verdict === Verdict.FAILED ? 'error' : 'info']('run verdict', { verdict, reason: message, ...more });
  countForPlan(facts, RUN_METRIC[verdict], 1, 'Count', now);
}

/** What the pages come to. The execution of a page may have ended without telling anything. */
function addUpPages(pages: ConcludeEvent['tallies'], selected: ConcludeEvent['selected']): Tally {
  const told = pages.filter((page): page is Tally => page?.counts !== undefined && page.notSucceeded !== undefined);
  const counts = added(told.map((page) => page.counts));
  // Where all pages have told, what is missing was a cluster that had gone before its page began.
  const silent = told.length < selected.pages.length ? Math.max(1, selected.count - totalOf(counts)) : 0;
  const lost = silent > 0 ? [silence(silent)] : [];
  return {
    counts: silent > 0 ? added([counts, { [Verdict.FAILED]: silent }]) : counts,
    notSucceeded: firstOf([...lost, ...told.flatMap(({ notSucceeded }) => notSucceeded)], MAX_NAMED),
  };
}

/** The verdict of a run that has come to its end. */
export function concludeRun(event: ConcludeEvent, now: number): RunReport {
  const { plan, run, tallies, selected, formers } = readPlan(event);
  const { executionArn: _, ...identity } = run; // Step Functions names it among the resources of the event
  const tally = addUpPages(tallies, selected);
  const troubles = troublesWithFormers(formers);
  const ofClusters = runVerdict(tally.counts);
  const verdict = ofClusters === Verdict.SUCCEEDED && troubles.length > 0 ? Verdict.SUCCEEDED_WITH_WARNINGS : ofClusters;
  const { found, pruned: { deleted, wouldDelete, reports } } = formers.memory ?? { found: 0, pruned: NOTHING_PRUNED };
  const report = reportOfRun(plan, identity, verdict, messageOf(tally.counts, tally.notSucceeded, troubles), {
    counts: tally.counts,
    clustersNotSucceeded: tally.notSucceeded,
    ...(found > 0 ? { formerClusters: { snapshots: found, deleted, wouldDelete, reports } } : {}),
  }, now);
  writeDownRun(plan, report, now);
  return report;
}

/** What keeps the leavings of former clusters from being seen to: no backup is worse for it, but somebody has to look. */
function troublesWithFormers({ memory, error }: ConcludeEvent['formers']): string[] {
  const failure = error && wordsOfFailure({ error: error.Error, cause: error.Cause });
  return [...memory?.troubles ?? [], ...failure === undefined ? [] : [`not looked at to the end: ${bounded(failure, 300)}`]];
}

function lineOf([key, value]: [string, unknown]): string {
  return `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}

function totalOf(counts: VerdictCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function messageOf(counts: VerdictCounts, notSucceeded: readonly ClusterResult[], troubles: readonly string[]): string {
  const total = totalOf(counts);
  if (total === 0) {
    return 'There was no cluster to back up: none is declared, or none bears the tags of the plan.';
  }
  const parts = Object.entries(counts).map(([verdict, count]) => `${count} ${verdict.toLowerCase().replace(/_/g, ' ')}`);
  const named = firstOf(notSucceeded, 20).map(({ cluster, why }) => `- ${cluster}: ${why}`);
  const ofFormers = firstOf(troubles, 5).map((trouble) => `- former clusters: ${trouble}`);
  return [`${total} ${total === 1 ? 'cluster' : 'clusters'}: ${parts.join(', ')}.`, ...named, ...ofFormers].join('\n');
}
