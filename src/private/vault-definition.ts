import { RETRY_DELIVERY, loop, publish, retryFunctions } from './workflow-states';
import { RECEIPT_DETAIL_TYPE } from '../core/vault/receipt';
import { RELEASE_DETAIL_TYPE } from '../core/vault/release';
import { UNREADABLE_VAULT_RULES, VaultFacts, VaultRules } from '../core/vault/vault-rules';

const RETRY_FUNCTIONS = retryFunctions(UNREADABLE_VAULT_RULES);

/** What is not worth keeping the next step of a sweep waiting for. */
const RETRY_BRIEFLY = [RETRY_FUNCTIONS[0], ...RETRY_DELIVERY];

/** Longer than a copy and all its further copies take at most. */
const RECEIVE_LIMIT_SECONDS = 30 * 24 * 3600;

/** A sweep comes every hour. */
const SWEEP_LIMIT_SECONDS = 6 * 3600;

/** Longer than any release. */
const RELEASE_LIMIT_SECONDS = 9 * 24 * 3600;

/** The ARNs of the functions of a vault. */
export interface VaultFunctionArns {
  readonly runs: string;
  readonly look: string;
  readonly start: string;
  readonly prune: string;
  readonly release: string;
}

export interface VaultParts {
  readonly partition: string;
  readonly functions: VaultFunctionArns;
  readonly rules: VaultRules;
}

export interface ReceivingParts extends VaultParts {
  readonly receiveStateMachineArn: string;
}

/** Looking for what was announced. */
const ARRIVE_LIMIT_SECONDS = 8 * 24 * 3600;

/**
 * Looks into one announcement (Amazon States Language): answers it, or has the snapshot received. It calls `look` and `runs`, and puts events on the
 * default bus.
 */
export function arriveDefinition({ partition, functions, rules, receiveStateMachineArn }: ReceivingParts): object {
  const event = {
    'door': 'vault', 'task': 'arrive', rules, receiveStateMachineArn, 'snapshotArn.$': '$.snapshotArn', 'answer.$': '$.answer',
  };
  return {
    Comment: 'Looks into one announcement of a snapshot to a vault of cdk-aurora-backup.',
    StartAt: 'Begin',
    TimeoutSeconds: ARRIVE_LIMIT_SECONDS,
    States: {
      // Whoever starts it names a snapshot, and never what the source is to be told.
      'Begin': {
        Type: 'Pass',
        Parameters: { 'snapshotArn.$': '$.snapshotArn', 'answer': { call: 'look', waitSeconds: 0, memory: {} } },
        Next: 'Next',
      },
      ...loop({ Look: functions.look, Turn: functions.runs }, event, 'Is the source to be told?', RETRY_FUNCTIONS),
      'Is the source to be told?': whetherToTell(),
      'Tell the source': {
        ...publish(partition, RECEIPT_DETAIL_TYPE, '$.answer.report'),
        // The plan announces again, and is answered again.
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.untold', Next: 'How did it end?' }],
        Next: 'How did it end?',
      },
      ...ends(),
    },
  };
}

/**
 * Receives one shared snapshot (Amazon States Language): decides, copies, tells the source, and copies the copy further. It calls `runs`, `start`,
 * `look` and `prune`, and puts events on the default bus. All decisions are in the functions.
 */
export function receiveDefinition({ partition, functions, rules }: VaultParts): object {
  const event = {
    'door': 'vault',
    'task': 'receive',
    rules,
    // A definition cannot name its own state machine.
    'receiveStateMachineArn.$': '$$.StateMachine.Id',
    'source.$': '$.source',
    'answer.$': '$.answer',
  };
  return {
    Comment: 'Receives one snapshot that is shared with a vault of cdk-aurora-backup.',
    StartAt: 'Next',
    TimeoutSeconds: RECEIVE_LIMIT_SECONDS,
    States: {
      ...loop({ Turn: functions.runs, Start: functions.start, Look: functions.look, Prune: functions.prune }, event, 'Is the source to be told?', RETRY_FUNCTIONS),
      'Is the source to be told?': whetherToTell(),
      'Tell the source': {
        ...publish(partition, RECEIPT_DETAIL_TYPE, '$.answer.report'),
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.untold', Next: 'What comes after that?' }],
        Next: 'What comes after that?',
      },
      'What comes after that?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.answer.then', StringEquals: 'turn', Next: 'Turn' }],
        Default: 'How did it end?',
      },
      ...ends(),
    },
  };
}

function whetherToTell(): object {
  return { Type: 'Choice', Choices: [{ Variable: '$.answer.call', StringEquals: 'tell', Next: 'Tell the source' }], Default: 'How did it end?' };
}

function ends(): object {
  return {
    'How did it end?': {
      Type: 'Choice',
      Choices: [{ Variable: '$.answer.outcome.verdict', StringEquals: 'FAILED', Next: 'Failed' }],
      Default: 'Ended',
    },
    'Failed': { Type: 'Fail', Error: 'ReceiptFailed', CausePath: '$.answer.outcome.reason' },
    'Ended': { Type: 'Succeed', OutputPath: '$.answer.outcome' },
  };
}

/**
 * Comes every hour: finds what was never announced or could not be received, ends releases whose time is up, deletes what retention no longer keeps.
 * Each is done whatever became of the one before. It calls `look`, `runs`, `release` and `prune`.
 */
export function sweepDefinition({ functions, rules, receiveStateMachineArn }: ReceivingParts): object {
  const step = (functionArn: string, event: object, resultPath: string | null, next: string, afterError = next) => ({
    Type: 'Task',
    Resource: functionArn,
    Parameters: { door: 'vault', ...event },
    ResultPath: resultPath,
    Retry: RETRY_BRIEFLY,
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: afterError }],
    Next: next,
  });
  return {
    Comment: 'Looks after a vault of cdk-aurora-backup, every hour. It can be started by hand at any time, with an empty object.',
    StartAt: 'Find what has arrived',
    TimeoutSeconds: SWEEP_LIMIT_SECONDS,
    States: {
      'Find what has arrived': step(functions.look, { task: 'sweep', rules }, '$.found', 'Receive it', 'End releases'),
      'Receive it': step(functions.runs, {
        'task': 'arrived', receiveStateMachineArn, 'vault': factsOf(rules), 'arrived.$': '$.found.arrived',
      }, null, 'End releases'),
      'End releases': step(functions.release, { task: 'expire', rules }, null, 'Begin to prune'),
      'Begin to prune': {
        Type: 'Pass',
        Result: { call: 'prune', waitSeconds: 0, memory: { deleted: 0, troubles: [] } },
        ResultPath: '$.answer',
        Next: 'Next',
      },
      ...loop({ Prune: functions.prune }, { 'door': 'vault', 'task': 'prune', rules, 'answer.$': '$.answer' }, 'How did it go?', RETRY_BRIEFLY,
        [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'How did it go?' }]),
      'How did it go?': {
        Type: 'Choice',
        Choices: [
          { Variable: '$.error', IsPresent: true, Next: 'Something failed' },
          { Variable: '$.found.troubles[0]', IsPresent: true, Next: 'Not everything was seen' },
          { Variable: '$.answer.memory.troubles[0]', IsPresent: true, Next: 'Not everything was pruned' },
        ],
        Default: 'Ended',
      },
      'Something failed': { Type: 'Fail', Error: 'SweepFailed', CausePath: '$.error.Cause' },
      'Not everything was seen': { Type: 'Fail', Error: 'SweepIncomplete', CausePath: '$.found.troubles[0]' },
      'Not everything was pruned': { Type: 'Fail', Error: 'PruningIncomplete', CausePath: '$.answer.memory.troubles[0]' },
      'Ended': { Type: 'Succeed' },
    },
  };
}

/** Lends one copy to a recovery account for some time. It calls `release`, and puts events on the default bus. */
export function releaseDefinition({ partition, functions, rules }: VaultParts): object {
  const event = {
    'door': 'vault', 'task': 'release', rules, 'request.$': '$.request', 'execution.$': '$$.Execution.Name', 'answer.$': '$.answer',
  };
  return {
    Comment: 'Shares one copy of a vault of cdk-aurora-backup with a recovery account for some hours. Start it with {"recoveryAccountId": "…", "sourceAccountId": "…", '
      + '"clusterIdentifier": "…", "hours": 24, "reason": "…"}, or with "snapshotIdentifier" instead of account and cluster.',
    StartAt: 'Begin',
    TimeoutSeconds: RELEASE_LIMIT_SECONDS,
    States: {
      'Begin': {
        Type: 'Pass',
        Parameters: { 'request.$': '$', 'answer': { call: 'share', waitSeconds: 0, memory: {} } },
        Next: 'Next',
      },
      ...loop({ Share: functions.release, Expire: functions.release }, event, 'Is there something to tell?', RETRY_FUNCTIONS),
      'Is there something to tell?': {
        Type: 'Choice',
        Choices: [
          { Variable: '$.answer.call', StringEquals: 'tell', Next: 'Tell' },
          { Variable: '$.answer.call', StringEquals: 'fail', Next: 'Failed' },
        ],
        Default: 'Ended',
      },
      'Tell': {
        ...publish(partition, RELEASE_DETAIL_TYPE, '$.answer.report'),
        // What was shared is to end also when nobody could be told.
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.untold', Next: 'Is it still to end?' }],
        Next: 'Is it still to end?',
      },
      'Is it still to end?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.answer.then', StringEquals: 'expire', Next: 'Wait for its end' }],
        Default: 'Ended',
      },
      'Wait for its end': { Type: 'Wait', SecondsPath: '$.answer.lastsSeconds', Next: 'Expire' },
      'Failed': { Type: 'Fail', Error: 'ReleaseFailed', CausePath: '$.answer.reason' },
      'Ended': { Type: 'Succeed' },
    },
  };
}

/** What the rule on the bus of the vault sends to `runs`; `event` stands for fields of the event. */
export function announcedInput(
  { rules, arriveStateMachineArn, event }: {
    readonly rules: VaultRules;
    readonly arriveStateMachineArn: string;
    readonly event: { readonly account: unknown; readonly detail: unknown };
  },
): object {
  return { door: 'vault', task: 'announced', arriveStateMachineArn, vault: factsOf(rules), event };
}

/** What the hourly schedule starts the sweep with. */
export function sweepInput(): object {
  return {};
}

/** The input of a rule has 8,192 characters: no more of the rules than is asked for there. */
function factsOf({ vaultName, partition, region, sources }: VaultRules): VaultFacts {
  return { vaultName, partition, region, sources: sources.map(({ accountId, regions }) => ({ accountId, regions })) };
}
