/** One AWS call as `GET /_local/calls` tells it. */
export interface Call {
  readonly id: number;
  /** ISO 8601, on the emulated clock. */
  readonly time: string;
  readonly account: string;
  readonly region: string;
  readonly principal: string;
  /** The role that called; null for a caller with root's rights. */
  readonly role: string | null;
  /** The function's name for a Lambda function, the execution's for a state machine. */
  readonly session: string | null;
  readonly service: string;
  /** As in a policy: `rds:CopyDBClusterSnapshot`. */
  readonly action: string;
  readonly parameters: Record<string, any>;
  /** What IAM was asked: each action on each resource. */
  readonly checks: { action: string; resource: string; decision: Decision }[];
  readonly decision: Decision;
  readonly status: number | null;
  readonly code: string | null;
  readonly message: string | null;
  /** What the service's model says is wrong with the parameters. */
  readonly invalid: string[];
  readonly fault?: { id: number; kind: string };
}
export type Decision = 'allowed' | 'denied' | 'unauthenticated';

/** An (action, resource) pair of an Allow statement that no call ever needed. */
export interface UnusedRight {
  readonly account: string;
  readonly role: string;
  readonly action: string;
  readonly resource: string;
  readonly conditions: object;
}

/** Throws when a role made a call that its policies did not allow or whose parameters AWS does not know, except where a fault said so. */
export function assertAllowed(calls: readonly Call[]): void {
  const wrong = calls.filter((call) => call.role && !call.fault && (call.decision !== 'allowed' || call.invalid.length));
  if (wrong.length) throw new Error(`${wrong.length} calls that AWS would refuse:\n${wrong.map(sentence).join('\n')}`);
}

function sentence(call: Call): string {
  const refused = call.checks.find((check) => check.decision !== 'allowed');
  const why = refused ? `${refused.decision} ${refused.action} on ${refused.resource}` : call.invalid.join(', ') || call.message;
  return `  ${call.time} ${call.principal} in ${call.region} called ${call.action}: ${why}`;
}

/** Rights that every Lambda function has for its logs; Lambda itself uses them, not the code. */
const OF_LAMBDA = /^(logs|xray|ec2):/;

/** The rights left over, as sentences; `except` names those that a test accepts, with a reason beside them. */
export function unusedRights(rights: readonly UnusedRight[], except: readonly RegExp[] = []): string[] {
  return rights
    .filter((right) => !OF_LAMBDA.test(right.action))
    .map((right) => `${right.role}: ${right.action} on ${right.resource}`)
    .filter((right) => !except.some((accepted) => accepted.test(right)));
}
