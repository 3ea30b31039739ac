import { exportUri } from './export-layout';
import { fitTexts, jsonBytes } from './fitting';
import { Handle } from './handle';
import { Ended } from './progress';
import { OperationRequest } from './requests';

/** What the events of the library are found by, together with the detail below. */
export const EVENT_SOURCE = 'cdk-aurora-backup';
export const OUTCOME_DETAIL_TYPE = 'Aurora Backup Operation Outcome';

/** The detail of the event in which every operation ends. Fields are added, never changed. */
export interface OutcomeDetail {
  readonly version: '1';
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly operation: OperationRequest['kind'];
  readonly message: string;
  readonly stackId: string;
  readonly logicalId: string;
  readonly account: string;
  /** Where the work was done; the event is in the Region of the stack. */
  readonly region: string;
  readonly clusterIdentifier?: string;
  readonly sourceArn?: string;
  readonly snapshotArn?: string;
  readonly exportTaskIdentifier?: string;
  readonly s3Uri?: string;
  readonly result?: Readonly<Record<string, string>>;
  /** What a complete export left out. */
  readonly warnings?: readonly string[];
  /** How many warnings did not fit; the log has them all. */
  readonly warningsLeftOut?: number;
  readonly requestedAt: string;
  readonly endedAt: string;
}

/** What the state machine publishes. */
export interface Report {
  readonly detail: OutcomeDetail;
  readonly resources: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly topicArn?: string;
}

/** EventBridge, SNS and the state of an execution take 256 KiB each; the handle is part of the state, and the text repeats some. */
const MAX_REPORT_BYTES = 230_000;

/** How many warnings a person is shown. */
const WARNINGS_IN_TEXT = 20;

/** SNS takes less than 100 characters. */
const MAX_SUBJECT_LENGTH = 99;

/** SNS and EventBridge refuse more than a report may hold. */
const MAX_MESSAGE_LENGTH = 8_000;

const NAMES: Readonly<Record<OperationRequest['kind'], string>> = { take: 'Snapshot', copy: 'Snapshot copy', export: 'Export', share: 'Snapshot share' };

export function reportOf(handle: Handle, end: Ended, now: number): Report {
  const { request, resource, work } = handle;
  const message = messageOf(handle, end).slice(0, MAX_MESSAGE_LENGTH);
  const warnings = end.status === 'SUCCEEDED' ? end.warnings ?? [] : [];
  const bare: OutcomeDetail = {
    version: '1',
    status: end.status,
    operation: request.kind,
    message,
    stackId: resource.stackId,
    logicalId: resource.logicalId,
    account: work.account,
    region: request.region,
    ...subjectMatterOf(handle),
    ...(end.status === 'SUCCEEDED' && end.result ? { result: end.result } : {}),
    requestedAt: new Date(handle.requestedAt).toISOString(),
    endedAt: new Date(now).toISOString(),
  };
  const text = [message, ...listed(warnings), ...Object.entries(bare).filter(([key]) => key !== 'message').map(lineOf)].join('\n');
  const fitting = fitTexts(warnings, MAX_REPORT_BYTES - jsonBytes(handle) - jsonBytes(bare) - jsonBytes(text));
  return {
    detail: {
      ...bare,
      ...(warnings.length > 0 ? { warnings: fitting.texts } : {}),
      ...(fitting.leftOut > 0 ? { warningsLeftOut: fitting.leftOut } : {}),
    },
    resources: resourcesOf(handle),
    subject: `${NAMES[request.kind]} ${end.status === 'SUCCEEDED' ? 'complete' : 'FAILED'}: ${resource.logicalId}`.slice(0, MAX_SUBJECT_LENGTH),
    text,
    ...(request.notificationTopicArn ? { topicArn: request.notificationTopicArn } : {}),
  };
}

function messageOf({ request, work }: Handle, end: Ended): string {
  if (end.status === 'FAILED') {
    return end.message;
  }
  const what = `${NAMES[request.kind]} ${work.targetIdentifier} is complete`;
  const count = end.warnings?.length ?? 0;
  return count === 0 ? `${what}.` : `${what}, with ${count} ${count === 1 ? 'warning' : 'warnings'}: not everything was exported.`;
}

function subjectMatterOf({ request, work }: Handle): Partial<OutcomeDetail> {
  switch (request.kind) {
    case 'take':
      return { clusterIdentifier: request.clusterIdentifier, snapshotArn: work.target };
    case 'copy':
    case 'share':
      return { sourceArn: request.sourceArn, snapshotArn: work.target };
    case 'export':
      return { sourceArn: request.sourceArn, exportTaskIdentifier: work.target, s3Uri: exportUri(request.bucket, request.prefix, work.target) };
  }
}

function resourcesOf({ request, work }: Handle): string[] {
  return request.kind === 'export' ? [request.sourceArn] : [work.target];
}

function listed(warnings: readonly string[]): string[] {
  const rest = warnings.length - WARNINGS_IN_TEXT;
  return [...warnings.slice(0, WARNINGS_IN_TEXT).map((warning) => `- ${warning.slice(0, 500)}`), ...(rest > 0 ? [`- and ${rest} more`] : [])];
}

function lineOf([key, value]: [string, unknown]): string {
  return `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}
