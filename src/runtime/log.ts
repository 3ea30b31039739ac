import { METRIC_NAMESPACE } from '../core/metrics';
import { Progress } from '../core/progress';

/** One JSON object a line, which CloudWatch Logs Insights queries by field. */
type Fields = Readonly<Record<string, unknown>>;

function write(level: 'INFO' | 'WARN' | 'ERROR', message: string, fields: Fields): void {
  // Standard output goes to the log group of the function.
  process.stdout.write(`${JSON.stringify({ level, message, ...fields })}\n`);
}

export const log = {
  info: (message: string, fields: Fields = {}) => write('INFO', message, fields),
  warn: (message: string, fields: Fields = {}) => write('WARN', message, fields),
  error: (message: string, fields: Fields = {}) => write('ERROR', message, fields),
};

/** Counts one outcome. CloudWatch makes the metric from the log line (embedded metric format), so no right to put metrics is needed. */
export function countOutcome(metric: 'OperationSucceeded' | 'OperationFailed', operation: string, timestamp: number, fields: Fields = {}): void {
  process.stdout.write(`${JSON.stringify({
    _aws: { Timestamp: timestamp, CloudWatchMetrics: [{ Namespace: METRIC_NAMESPACE, Dimensions: [['Operation']], Metrics: [{ Name: metric, Unit: 'Count' }] }] },
    Operation: operation,
    [metric]: 1,
    ...fields,
  })}\n`);
}

/** What the dimensions of a plan's metrics are made of. */
export interface MeasuredPlan {
  readonly planName: string;
  readonly region: string;
  readonly clusterMetrics?: boolean;
  /** The id of the vault that a value is about. */
  readonly vault?: string;
}

/** Writes one value of a plan, and if the plan wants it, of one of its clusters. */
export function countForPlan(
  { planName, region, clusterMetrics, vault }: MeasuredPlan, metric: string, value: number, unit: 'Count' | 'Seconds', timestamp: number, cluster?: string,
): void {
  const ofCluster = clusterMetrics === true && cluster !== undefined;
  const dimensions = ['Plan', 'Region', ...(vault === undefined ? [] : ['Vault'])];
  process.stdout.write(`${JSON.stringify({
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [{
        Namespace: METRIC_NAMESPACE,
        Dimensions: [dimensions, ...(ofCluster ? [[...dimensions, 'Cluster']] : [])],
        Metrics: [{ Name: metric, Unit: unit }],
      }],
    },
    Plan: planName,
    Region: region,
    ...(vault === undefined ? {} : { Vault: vault }),
    ...(cluster === undefined ? {} : { Cluster: cluster }),
    [metric]: value,
  })}\n`);
}

/** Writes one value of a vault. */
export function countForVault(
  { vaultName, region }: { readonly vaultName: string; readonly region: string }, metric: string, value: number, unit: 'Count' | 'Seconds', timestamp: number,
): void {
  process.stdout.write(`${JSON.stringify({
    _aws: { Timestamp: timestamp, CloudWatchMetrics: [{ Namespace: METRIC_NAMESPACE, Dimensions: [['Vault', 'Region']], Metrics: [{ Name: metric, Unit: unit }] }] },
    Vault: vaultName,
    Region: region,
    [metric]: value,
  })}\n`);
}

/** What a line of the log says of a progress: the line has a message of its own, and warnings have lines of their own. */
export function fieldsOf(progress: Progress): object {
  switch (progress.status) {
    case 'FAILED':
      return { status: progress.status, reason: progress.message };
    case 'SUCCEEDED':
      return { status: progress.status };
    default:
      return progress;
  }
}
