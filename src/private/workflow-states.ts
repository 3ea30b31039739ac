import { EVENT_SOURCE } from '../core/outcome';

/** Functions may be throttled, replaced or ill for a while: about three hours until an execution gives up on them. */
export function retryFunctions(unreadableRules: string): object[] {
  return [
    { ErrorEquals: [unreadableRules], MaxAttempts: 0 },
    { ErrorEquals: ['States.ALL'], IntervalSeconds: 5, BackoffRate: 2, MaxDelaySeconds: 600, MaxAttempts: 24, JitterStrategy: 'FULL' },
  ];
}

export const RETRY_DELIVERY = [
  { ErrorEquals: ['States.ALL'], IntervalSeconds: 5, BackoffRate: 2, MaxDelaySeconds: 300, MaxAttempts: 10, JitterStrategy: 'FULL' },
];

/** Wait, call, and ask the answer what comes next; what is none of the calls leads on. */
export function loop(functionArns: Readonly<Record<string, string>>, event: object, next: string, retry: object[], whenLost: object[] = []): object {
  const calls = Object.entries(functionArns);
  const choices = calls.map(([name]) => ({ Variable: '$.answer.call', StringEquals: name.toLowerCase(), Next: name }));
  return {
    'Next': {
      Type: 'Choice',
      Choices: [
        { And: [{ Variable: '$.answer.waitSeconds', IsPresent: true }, { Variable: '$.answer.waitSeconds', NumericGreaterThan: 0 }], Next: 'Wait' },
        ...choices,
      ],
      Default: next,
    },
    'Wait': { Type: 'Wait', SecondsPath: '$.answer.waitSeconds', Next: 'After the wait' },
    'After the wait': { Type: 'Choice', Choices: choices, Default: next },
    ...Object.fromEntries(calls.map(([name, functionArn]) => [name, {
      Type: 'Task',
      Resource: functionArn,
      Parameters: event,
      ResultPath: '$.answer',
      Retry: retry,
      ...(whenLost.length > 0 ? { Catch: whenLost } : {}),
      Next: 'Next',
    }])),
  };
}

export function publish(partition: string, detailType: string, report: string): object {
  return {
    Type: 'Task',
    Resource: `arn:${partition}:states:::events:putEvents`,
    Parameters: {
      Entries: [{ 'Source': EVENT_SOURCE, 'DetailType': detailType, 'Detail.$': `${report}.detail`, 'Resources.$': `${report}.resources` }],
    },
    ResultPath: null,
    Retry: RETRY_DELIVERY,
  };
}
