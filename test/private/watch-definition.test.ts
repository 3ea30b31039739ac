import { watchDefinition } from '../../src/private/watch-definition';

interface Retry {
  readonly IntervalSeconds: number;
  readonly BackoffRate: number;
  readonly MaxDelaySeconds: number;
  readonly MaxAttempts: number;
}

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: ReadonlyArray<Readonly<Record<string, unknown>> & { readonly Next: string }>;
  readonly Catch?: ReadonlyArray<{ readonly Next: string; readonly ErrorEquals: string[]; readonly ResultPath: string }>;
  readonly Retry?: readonly Retry[];
  readonly Resource?: string;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly ResultPath?: string | null;
  readonly CausePath?: string;
}

const DEFINITION = watchDefinition({
  partition: 'aws', lookFunctionArn: 'arn:look', startFunctionArn: 'arn:start',
}) as { readonly StartAt: string; readonly States: Readonly<Record<string, State>> };
const { States: STATES } = DEFINITION;
const NAMES = Object.keys(STATES);

const nextOf = ({ Next, Default, Choices = [], Catch = [] }: State): string[] =>
  [Next, Default, ...[...Choices, ...Catch].map((branch) => branch.Next)].filter((name): name is string => name !== undefined);

function reachableFrom(name: string, seen = new Set<string>()): Set<string> {
  if (!seen.has(name)) {
    seen.add(name);
    nextOf(STATES[name]).forEach((next) => reachableFrom(next, seen));
  }
  return seen;
}

/** Where an execution goes on from a choice, by what the state holds. */
function choose(name: string, state: object): string {
  const { Choices = [], Default } = STATES[name];
  const valueAt = (path: string) => path.slice(2).split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], state);
  const chosen = Choices.find(({ Variable, StringEquals, IsPresent }) => {
    const value = valueAt(Variable as string);
    return IsPresent === undefined ? value === StringEquals : (value !== undefined) === IsPresent;
  });
  return chosen?.Next ?? Default!;
}

describe('the definition is one that Step Functions takes', () => {
  test('every state that is named exists, and every state is reached', () => {
    expect(Object.values(STATES).flatMap(nextOf).filter((name) => !NAMES.includes(name))).toEqual([]);
    expect([...reachableFrom(DEFINITION.StartAt)].sort()).toEqual([...NAMES].sort());
  });

  test.each(NAMES)('%s goes on, or ends', (name) => {
    const { Type, Next, Default } = STATES[name];
    const ends = Type === 'Succeed' || Type === 'Fail';

    expect([Next, Default].filter((next) => next !== undefined)).toHaveLength(ends ? 0 : 1);
    expect(name.length).toBeLessThanOrEqual(80);
  });

  test('from every state there is a way to an end', () => {
    for (const name of NAMES) {
      expect([...reachableFrom(name)].map((reached) => STATES[reached].Type)).toEqual(expect.arrayContaining([expect.stringMatching(/^(Succeed|Fail)$/)]));
    }
  });
});

describe('what an answer says comes next', () => {
  test.each([['look', 'Look'], ['start', 'Start'], ['wait', 'Wait'], ['settle', 'Let the deploy end'], ['report', 'Report'], ['a step of tomorrow', 'Report']])('%s: %s', (step, state) => {
    expect(choose('Next', { answer: { step } })).toBe(state);
  });

  test('also what an execution begins with', () => {
    expect(DEFINITION.StartAt).toBe('Next');
  });

  test('after the wait for the stack it asks the function that may look at stacks', () => {
    expect(STATES['Let the deploy end']).toMatchObject({ SecondsPath: '$.answer.waitSeconds', Next: 'Start' });
  });

  test('after waiting it looks', () => {
    expect(STATES.Wait).toMatchObject({ SecondsPath: '$.answer.waitSeconds', Next: 'Look' });
  });
});

describe.each([['Look', 'arn:look'], ['Start', 'arn:start']])('%s', (name, arn) => {
  const state = STATES[name];

  test('asks its function with the handle and the answer before, by the door of the workflow, and its answer takes the place of that one', () => {
    expect(state).toMatchObject({
      Resource: arn, Parameters: { 'door': 'workflow', 'handle.$': '$.handle', 'answer.$': '$.answer' }, ResultPath: '$.answer', Next: 'Next',
    });
  });

  test('is tried again for hours: functions may be replaced or throttled meanwhile', () => {
    const [{ IntervalSeconds, BackoffRate, MaxDelaySeconds, MaxAttempts }] = state.Retry!;
    const waits = Array.from({ length: MaxAttempts }, (_, attempt) => Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** attempt));

    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(3 * 3600);
  });

  test('that fails all the same is reported as lost, with what the deploy prepared for that, not forgotten', () => {
    expect(state.Catch).toEqual([{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Lost' }]);
    expect(STATES.Lost).toEqual({ Type: 'Pass', InputPath: '$.lost', ResultPath: '$.answer', Next: 'Report' });
  });
});

describe('the outcome is told', () => {
  test('as an event, whose source and type rules are written for', () => {
    expect(STATES.Report).toMatchObject({
      Resource: 'arn:aws:states:::events:putEvents',
      Parameters: {
        Entries: [{
          'Source': 'cdk-aurora-backup',
          'DetailType': 'Aurora Backup Operation Outcome',
          'Detail.$': '$.answer.report.detail',
          'Resources.$': '$.answer.report.resources',
        }],
      },
      ResultPath: null, // or the answer with the report would be lost
    });
  });

  test('to the topic, if one was declared', () => {
    expect(choose('Is anybody notified?', { answer: { report: { topicArn: 'arn:topic' } } })).toBe('Notify');
    expect(choose('Is anybody notified?', { answer: { report: {} } })).toBe('How did it end?');
    expect(STATES.Notify).toMatchObject({
      Resource: 'arn:aws:states:::sns:publish',
      Parameters: { 'TopicArn.$': '$.answer.report.topicArn', 'Subject.$': '$.answer.report.subject', 'Message.$': '$.answer.report.text' },
      ResultPath: null,
    });
  });

  test.each(['Report', 'Notify'])('and when %s fails for long, the other way is still tried and the execution fails', (name) => {
    const [{ Next, ResultPath }] = STATES[name].Catch!;

    expect([ResultPath, Next]).toEqual(['$.untold', STATES[name].Next]);
    expect(choose('How did it end?', { untold: {}, answer: { report: { detail: { status: 'SUCCEEDED' } } } })).toBe('Outcome not told');
  });

  test('by the status of the execution as well', () => {
    const end = (status: string) => STATES[choose('How did it end?', { answer: { report: { detail: { status } } } })];

    expect(end('SUCCEEDED')).toEqual({ Type: 'Succeed' });
    expect(end('FAILED')).toEqual({ Type: 'Fail', Error: 'OperationFailed', CausePath: '$.answer.report.detail.message' });
  });
});

test.each(['aws-cn', 'aws-us-gov'])('the integrations are those of the partition (%s)', (partition) => {
  const definition = JSON.stringify(watchDefinition({ partition, lookFunctionArn: 'arn:look', startFunctionArn: 'arn:start' }));

  expect(definition).toContain(`arn:${partition}:states:::events:putEvents`);
  expect(definition).not.toContain('arn:aws:');
});

test('nothing in it deletes, stops or makes: that is for the functions and their roles', () => {
  expect(Object.values(STATES).map(({ Resource }) => Resource).filter((resource) => resource !== undefined).sort()).toEqual([
    'arn:aws:states:::events:putEvents', 'arn:aws:states:::sns:publish', 'arn:look', 'arn:start',
  ]);
});
