import { E2e } from './e2e';

/** What the world was told of how operations ended, in all three ways, oldest first. */
export interface Told {
  /** `<operation> <SUCCEEDED or FAILED>`, on the event bus. */
  readonly events: string[];
  /** The same, as metrics. */
  readonly metrics: string[];
  /** The subjects of messages to operators. */
  readonly notifications: string[];
}

/** Waits until all watches have ended, so that what is told twice shows. */
export async function told(aws: E2e): Promise<Told> {
  await aws.pollingEnds();
  return {
    events: (await aws.outcomes()).map(({ Detail }) => `${Detail.operation} ${Detail.status}`),
    metrics: (await aws.logs())
      .filter((line) => line._aws !== undefined && line.Operation !== 'delete')
      .map((line) => `${line.Operation} ${line.OperationSucceeded === 1 ? 'SUCCEEDED' : 'FAILED'}`),
    notifications: (await aws.local.notifications()).map((notification) => notification.Subject ?? ''),
  };
}

/** That one operation ended so, told once in each way; with a subject where operators are told, too. */
export function toldOnce(operation: string, status: 'SUCCEEDED' | 'FAILED', subject?: RegExp): Told {
  const outcome = [`${operation} ${status}`];
  return { events: outcome, metrics: outcome, notifications: subject ? [expect.stringMatching(subject)] : [] };
}
