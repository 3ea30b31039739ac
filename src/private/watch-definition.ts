import { EVENT_SOURCE, OUTCOME_DETAIL_TYPE } from '../core/outcome';

/** Functions may be throttled, replaced or ill for a while: about three hours until the watch gives up on them. */
const RETRY_FUNCTIONS = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 15, BackoffRate: 2, MaxDelaySeconds: 600, MaxAttempts: 24 }];

const RETRY_DELIVERY = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 5, BackoffRate: 2, MaxDelaySeconds: 300, MaxAttempts: 10 }];

export interface WatchParts {
  readonly partition: string;
  readonly lookFunctionArn: string;
  readonly startFunctionArn: string;
}

/**
 * The loop that watches work to its end (Amazon States Language). Every answer of a function says what comes next: `look`, `start`,
 * `wait` so many seconds, `settle` until the stack is at rest, or `report` the outcome. So does what an execution begins with, and all decisions are in the functions.
 *
 * A round of look and wait is 9 events of an execution's history, one with a start 16; the pace of the looks keeps a watch of seven
 * days below the 25,000 that Step Functions allows.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
export function watchDefinition({ partition, lookFunctionArn, startFunctionArn }: WatchParts): object {
  return {
    Comment: 'Watches snapshots, copies and exports of cdk-aurora-backup to their end and reports the outcome.',
    StartAt: 'Next',
    States: {
      'Next': {
        Type: 'Choice',
        Choices: [
          step('look', 'Look'),
          step('start', 'Start'),
          step('wait', 'Wait'),
          step('settle', 'Let the deploy end'),
        ],
        Default: 'Report',
      },
      'Look': ask(lookFunctionArn),
      'Start': ask(startFunctionArn),
      'Wait': { Type: 'Wait', SecondsPath: '$.answer.waitSeconds', Next: 'Look' },
      'Let the deploy end': { Type: 'Wait', SecondsPath: '$.answer.waitSeconds', Next: 'Start' },
      'Lost': { Type: 'Pass', InputPath: '$.lost', ResultPath: '$.answer', Next: 'Report' },
      'Report': {
        Type: 'Task',
        Resource: `arn:${partition}:states:::events:putEvents`,
        Parameters: {
          Entries: [{
            'Source': EVENT_SOURCE,
            'DetailType': OUTCOME_DETAIL_TYPE,
            'Detail.$': '$.answer.report.detail',
            'Resources.$': '$.answer.report.resources',
          }],
        },
        ResultPath: null,
        Retry: RETRY_DELIVERY,
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.untold', Next: 'Is anybody notified?' }],
        Next: 'Is anybody notified?',
      },
      'Is anybody notified?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.answer.report.topicArn', IsPresent: true, Next: 'Notify' }],
        Default: 'How did it end?',
      },
      'Notify': {
        Type: 'Task',
        Resource: `arn:${partition}:states:::sns:publish`,
        Parameters: {
          'TopicArn.$': '$.answer.report.topicArn',
          'Subject.$': '$.answer.report.subject',
          'Message.$': '$.answer.report.text',
        },
        ResultPath: null,
        Retry: RETRY_DELIVERY,
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.untold', Next: 'How did it end?' }],
        Next: 'How did it end?',
      },
      'How did it end?': {
        Type: 'Choice',
        Choices: [
          { Variable: '$.untold', IsPresent: true, Next: 'Outcome not told' },
          { Variable: '$.answer.report.detail.status', StringEquals: 'SUCCEEDED', Next: 'Complete' },
        ],
        Default: 'Failed',
      },
      'Outcome not told': { Type: 'Fail', Error: 'OutcomeNotTold', CausePath: '$.untold.Cause' },
      'Complete': { Type: 'Succeed' },
      'Failed': { Type: 'Fail', Error: 'OperationFailed', CausePath: '$.answer.report.detail.message' },
    },
  };
}

function step(name: string, next: string): object {
  return { Variable: '$.answer.step', StringEquals: name, Next: next };
}

/** Calls a function; what it answers is the next step. */
function ask(functionArn: string): object {
  return {
    Type: 'Task',
    Resource: functionArn,
    Parameters: { 'door': 'workflow', 'handle.$': '$.handle', 'answer.$': '$.answer' },
    ResultPath: '$.answer',
    Retry: RETRY_FUNCTIONS,
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Lost' }],
    Next: 'Next',
  };
}
