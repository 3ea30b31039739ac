import { RETRY_DELIVERY, loop, publish, retryFunctions } from './workflow-states';
import { ClusterSelection, PlanRules, UNREADABLE_RULES } from '../core/plan/plan-rules';
import { CLUSTER_VERDICT_DETAIL_TYPE, NOT_TOLD_ERROR, RUN_VERDICT_DETAIL_TYPE, TOLD_ERROR } from '../core/plan/verdict';
import { ANNOUNCEMENT_DETAIL_TYPE } from '../core/vault/announcement';
import { VaultAddress } from '../core/vault/vault-address';

const RETRY_FUNCTIONS = retryFunctions(UNREADABLE_RULES);

/** What is not worth keeping a verdict waiting for. */
const RETRY_BRIEFLY = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 15, BackoffRate: 2, MaxAttempts: 4, JitterStrategy: 'FULL' }];

/** Longer than everything in a run takes at most; what hangs beyond it is told as a run that timed out. */
const RUN_LIMIT_SECONDS = 8 * 24 * 3600;

/** The ARNs of the functions that plans share. */
export interface PlanFunctionArns {
  readonly runs: string;
  readonly look: string;
  readonly start: string;
  readonly prune: string;
}

export interface DeliveryParts {
  readonly partition: string;
  readonly functions: PlanFunctionArns;
  /** Whether there are vaults to announce snapshots to. */
  readonly announces: boolean;
}

export interface PlanParts extends Pick<DeliveryParts, 'partition' | 'functions'> {
  readonly rules: PlanRules;
  readonly selection: ClusterSelection;
  readonly maxConcurrency?: number;
  readonly deliveryStateMachineArn: string;
}

/**
 * One run of a plan (Amazon States Language): selects the clusters, gives each an execution of its own, sees to what former clusters have left,
 * and tells the verdict. Whoever starts it by hand gets a full run. All decisions are in the functions.
 */
export function planDefinition(parts: PlanParts): object {
  const { functions, rules, selection } = parts;
  return {
    Comment: 'One run of a backup plan of cdk-aurora-backup. Start it by hand, with any input, for a run out of turn.',
    StartAt: 'Is there only something to tell?',
    TimeoutSeconds: RUN_LIMIT_SECONDS,
    States: {
      'Is there only something to tell?': {
        Type: 'Choice',
        Choices: [
          { Variable: '$.report', IsPresent: true, Next: 'Tell' },
          { And: [{ Variable: '$.scheduledTime', IsPresent: true }, { Variable: '$.scheduledTime', IsTimestamp: true }], Next: 'Scheduled' },
        ],
        Default: 'By hand',
      },
      'Scheduled': begin(rules, '$.scheduledTime'),
      'By hand': begin(rules, '$$.Execution.StartTime'),
      'Select clusters': {
        Type: 'Task',
        Resource: functions.look,
        Parameters: { 'door': 'plan', 'task': 'select', 'plan.$': '$.plan', selection },
        ResultPath: '$.selected',
        Retry: RETRY_FUNCTIONS,
        Next: 'Work off every page',
      },
      'Work off every page': {
        Type: 'Map',
        ItemsPath: '$.selected.pages',
        ItemSelector: { 'plan.$': '$.plan', 'run.$': '$.run', 'count.$': '$.selected.count', 'range.$': '$$.Map.Item.Value' },
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...pageDefinition(parts) },
        Label: 'Pages',
        ToleratedFailurePercentage: 100,
        ResultPath: '$.tallies',
        Next: 'Find former clusters',
      },
      'Find former clusters': formers(functions.look, { selection: selection }),
      'What of former clusters?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.answer.call', StringEquals: 'prune', Next: 'Give RDS time' }],
        Default: 'Conclude',
      },
      'Give RDS time': { Type: 'Wait', SecondsPath: '$.answer.waitSeconds', Next: 'Prune former clusters' },
      'Prune former clusters': formers(functions.prune, { 'selection': selection, 'answer.$': '$.answer' }),
      'Conclude': {
        Type: 'Task',
        Resource: functions.runs,
        Parameters: {
          'door': 'plan', 'task': 'conclude', 'plan.$': '$.plan', 'run.$': '$.run', 'tallies.$': '$.tallies', 'selected.$': '$.selected', 'formers.$': '$.answer',
        },
        ResultPath: '$.report',
        Retry: RETRY_FUNCTIONS,
        Next: 'Tell',
      },
      'Tell': {
        ...publish(parts.partition, RUN_VERDICT_DETAIL_TYPE, '$.report'),
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.untold', Next: 'Is anybody notified?' }],
        Next: 'Is anybody notified?',
      },
      'Is anybody notified?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.report.topicArn', IsPresent: true, Next: 'Notify' }],
        Default: 'How did it end?',
      },
      'Notify': {
        Type: 'Task',
        Resource: `arn:${parts.partition}:states:::sns:publish`,
        Parameters: { 'TopicArn.$': '$.report.topicArn', 'Subject.$': '$.report.subject', 'Message.$': '$.report.text' },
        ResultPath: null,
        Retry: RETRY_DELIVERY,
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.untold', Next: 'How did it end?' }],
        Next: 'How did it end?',
      },
      'How did it end?': {
        Type: 'Choice',
        Choices: [
          { Variable: '$.untold', IsPresent: true, Next: 'Verdict not told' },
          { Variable: '$.report.detail.verdict', StringEquals: 'FAILED', Next: 'Failed' },
        ],
        Default: 'Ended',
      },
      'Verdict not told': { Type: 'Fail', Error: NOT_TOLD_ERROR, CausePath: '$.untold.Cause' },
      'Failed': { Type: 'Fail', Error: TOLD_ERROR, CausePath: '$.report.detail.message' },
      'Ended': { Type: 'Succeed', OutputPath: '$.report.detail' },
    },
  };
}

/** So many clusters as fit into a state; nearly every plan has one page. */
function pageDefinition(parts: PlanParts): object {
  const { functions, selection, maxConcurrency = 0 } = parts;
  return {
    StartAt: 'Select page',
    States: {
      'Select page': {
        Type: 'Task',
        Resource: functions.look,
        Parameters: { 'door': 'plan', 'task': 'page', 'plan.$': '$.plan', selection, maxConcurrency, 'page.$': '$.range', 'count.$': '$.count' },
        ResultPath: '$.page',
        Retry: RETRY_FUNCTIONS,
        Next: 'Back up every cluster',
      },
      'Back up every cluster': {
        Type: 'Map',
        ItemsPath: '$.page.items',
        ItemSelector: {
          'plan.$': '$.plan',
          'run.$': '$.run',
          'item': {
            'cluster.$': '$$.Map.Item.Value.cluster',
            'options.$': '$$.Map.Item.Value.options',
            'byTag.$': '$$.Map.Item.Value.byTag',
            'firstWaitSeconds.$': '$$.Map.Item.Value.firstWaitSeconds',
            'shortestWaitSeconds.$': '$.page.pace.shortestWaitSeconds',
            'reasonLength.$': '$.page.pace.reasonLength',
          },
          'answer': {
            'call': 'start',
            'waitSeconds.$': '$$.Map.Item.Value.firstWaitSeconds',
            'memory': { todo: 'take', parts: [], pruned: { deleted: [], wouldDelete: [], reports: [] } },
          },
        },
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          ...clusterDefinition(parts),
        },
        Label: 'Clusters',
        MaxConcurrencyPath: '$.page.maxConcurrency',
        ToleratedFailurePercentage: 100,
        ResultPath: '$.results',
        Next: 'Add up',
      },
      'Add up': {
        Type: 'Task',
        Resource: functions.runs,
        Parameters: { 'door': 'plan', 'task': 'tally', 'plan.$': '$.plan', 'run.$': '$.run', 'page.$': '$.page', 'results.$': '$.results' },
        Retry: RETRY_FUNCTIONS,
        End: true,
      },
    },
  };
}

/** The backup of one cluster: every answer says which function is called next, and when. It never fails: its result is a verdict. */
function clusterDefinition({ partition, functions, deliveryStateMachineArn }: PlanParts): object {
  const event = {
    'door': 'plan', 'task': 'cluster', 'plan.$': '$.plan', 'run.$': '$.run', 'item.$': '$.item', deliveryStateMachineArn, 'answer.$': '$.answer',
  };
  const lost = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Lost' }];
  return {
    StartAt: 'Next',
    States: {
      ...loop({ Start: functions.start, Look: functions.look, Turn: functions.runs, Prune: functions.prune }, event, 'Tell cluster', RETRY_FUNCTIONS, lost),
      'Lost': {
        Type: 'Pass',
        Parameters: {
          report: {
            detail: {
              'version': '1',
              'planName.$': '$.plan.planName',
              'account.$': '$.plan.account',
              'region.$': '$.plan.region',
              'run.$': '$.run.name',
              'scheduledTime.$': '$.run.scheduledTime',
              'verdict': 'FAILED',
              'reason': LOST_REASON,
              'clusterIdentifier.$': '$.item.cluster',
            },
            resources: [],
          },
          result: { 'verdict': 'FAILED', 'cluster.$': '$.item.cluster', 'why': 'the functions of the plan failed again and again', 'lost': true },
        },
        ResultPath: '$.answer',
        Next: 'Tell cluster',
      },
      'Tell cluster': {
        ...publish(partition, CLUSTER_VERDICT_DETAIL_TYPE, '$.answer.report'),
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.untold', Next: 'Cluster ended' }],
        Next: 'Cluster ended',
      },
      'Cluster ended': { Type: 'Pass', OutputPath: '$.answer.result', End: true },
    },
  };
}

const LOST_REASON = 'the functions of the plan failed again and again; the history of the execution and the log say why. What had begun goes on';

/**
 * One copy or one export: begun when it has its turn, looked at to its end; the Region of a copy is then pruned. Or one vault: the snapshot is
 * announced to it, again and again, until it has answered.
 */
export function deliveryDefinition({ partition, functions, announces }: DeliveryParts): object {
  const event = {
    'door': 'plan',
    'task': 'delivery',
    'plan.$': '$.plan',
    'run.$': '$.run',
    'item.$': '$.item',
    'delivery.$': '$.delivery',
    // A definition cannot name its own state machine.
    'deliveryStateMachineArn.$': '$$.StateMachine.Id',
    'answer.$': '$.answer',
  };
  return {
    Comment: `One copy or export${announces ? ', or the announcements to a vault,' : ''} of a backup plan of cdk-aurora-backup. At most five into a Region run at a time.`,
    StartAt: 'Next',
    TimeoutSeconds: RUN_LIMIT_SECONDS,
    States: {
      ...loop({ Turn: functions.runs, Start: functions.start, Look: functions.look, Prune: functions.prune }, event,
        announces ? 'Is there something to announce?' : 'How did it end?', RETRY_FUNCTIONS),
      ...(announces ? announcing(partition) : {}),
      'How did it end?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.answer.outcome.verdict', StringEquals: 'FAILED', Next: 'Failed' }],
        Default: 'Ended',
      },
      // An execution that fails has no output: the cause tells its cluster the whole outcome, also what was deleted to make room.
      'Failed': { Type: 'Fail', Error: 'DeliveryFailed', CausePath: 'States.JsonToString($.answer.outcome)' },
      'Ended': { Type: 'Succeed', OutputPath: '$.answer.outcome' },
    },
  };
}

/** The vault is given some time before it is looked what it made of it. What cannot be published for hours ends in AWS's words. */
function announcing(partition: string): object {
  return {
    'Is there something to announce?': {
      Type: 'Choice',
      Choices: [{ Variable: '$.answer.call', StringEquals: 'announce', Next: 'Announce' }],
      Default: 'How did it end?',
    },
    'Announce': {
      ...publish(partition, ANNOUNCEMENT_DETAIL_TYPE, '$.answer.report'),
      Retry: RETRY_FUNCTIONS,
      Next: 'Give the vault time',
    },
    'Give the vault time': { Type: 'Wait', SecondsPath: '$.answer.lookInSeconds', Next: 'Look' },
  };
}

/** What is made of the event that a vault sends; `account` and `detail` stand for those of the event. */
export function receiptInput({ rules, vault, account, detail }: {
  readonly rules: PlanRules; readonly vault: VaultAddress; readonly account: unknown; readonly detail: unknown;
}): object {
  const { owner, planName, region, account: own } = rules;
  return { door: 'plan', task: 'receipt', plan: { owner, planName, region, account: own }, vault, account, detail };
}

/** What the schedule sends to the function that begins runs. */
export function launchInput({ stateMachineArn, latestBeginningSeconds, rules }: {
  readonly stateMachineArn: string; readonly latestBeginningSeconds: number; readonly rules: PlanRules;
}): object {
  return {
    door: 'plan', task: 'launch', stateMachineArn, scheduledTime: '<aws.scheduler.scheduled-time>', latestBeginningSeconds, facts: factsOf(rules),
  };
}

/** What the hourly schedule sends to the function that looks. */
export function ageInput({ rules, selection }: { readonly rules: PlanRules; readonly selection: ClusterSelection }): object {
  return { door: 'plan', task: 'age', plan: rules, selection };
}

/** What is made of the event that an execution ended; `detail` stands for that of the event. */
export function endedInput(
  { stateMachineArn, rules, detail }: { readonly stateMachineArn: string; readonly rules: PlanRules; readonly detail: unknown },
): object {
  return { door: 'plan', task: 'ended', stateMachineArn, facts: factsOf(rules), detail };
}

function factsOf({ planName, account, region, notificationTopicArn }: PlanRules): object {
  return { planName, account, region, ...(notificationTopicArn === undefined ? {} : { notificationTopicArn }) };
}

function begin(rules: PlanRules, scheduledTime: string): object {
  return {
    Type: 'Pass',
    Parameters: {
      plan: rules,
      run: {
        'name.$': '$$.Execution.Name',
        'executionArn.$': '$$.Execution.Id',
        'startTime.$': '$$.Execution.StartTime',
        'scheduledTime.$': scheduledTime,
      },
    },
    Next: 'Select clusters',
  };
}

function formers(functionArn: string, more: object): object {
  return {
    Type: 'Task',
    Resource: functionArn,
    Parameters: { 'door': 'plan', 'task': 'formers', 'plan.$': '$.plan', 'run.$': '$.run', ...more },
    ResultPath: '$.answer',
    Retry: RETRY_BRIEFLY,
    // No backup is worse for it: it is a warning of the run, beside what was pruned until then.
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.answer.error', Next: 'Conclude' }],
    Next: 'What of former clusters?',
  };
}
