import { ClusterSelection, UNREADABLE_RULES } from '../../src/core/plan/plan-rules';
import { NOT_TOLD_ERROR, TOLD_ERROR } from '../../src/core/plan/verdict';
import { ageInput, deliveryDefinition, endedInput, launchInput, planDefinition, receiptInput } from '../../src/private/plan-definition';
import { TOPIC_ARN } from '../support/events';
import { BEGINNING, DELIVERY_MACHINE_ARN, RUN_MACHINE_ARN, VAULT, aPlan, anItem } from '../support/plan-events';

interface Retry {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds: number;
  readonly BackoffRate: number;
  readonly MaxDelaySeconds?: number;
  readonly MaxAttempts: number;
  readonly JitterStrategy: string;
}

interface Machine {
  readonly StartAt: string;
  readonly TimeoutSeconds?: number;
  readonly States: Readonly<Record<string, State>>;
}

interface Test {
  readonly Variable?: string;
  readonly IsPresent?: boolean;
  readonly IsTimestamp?: boolean;
  readonly StringEquals?: string;
  readonly NumericGreaterThan?: number;
  readonly And?: readonly Test[];
}

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly End?: true;
  readonly Default?: string;
  readonly Choices?: ReadonlyArray<Test & { readonly Next: string }>;
  readonly Catch?: ReadonlyArray<{ readonly Next: string; readonly ErrorEquals: string[]; readonly ResultPath: string }>;
  readonly Retry?: readonly Retry[];
  readonly Resource?: string;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly ResultPath?: string | null;
  readonly OutputPath?: string;
  readonly ItemProcessor?: Machine & { readonly ProcessorConfig: object };
  readonly ItemSelector?: Readonly<Record<string, unknown>>;
}

const RULES = aPlan({ notificationTopicArn: TOPIC_ARN, snapshotTags: { team: 'orders' } });
const SELECTION: ClusterSelection = { clusters: [{ cluster: 'orders' }], tags: { backup: 'gold' } };
const FUNCTIONS = { runs: 'arn:runs', look: 'arn:look', start: 'arn:start', prune: 'arn:prune' };
const PARTS = { partition: 'aws', functions: FUNCTIONS, rules: RULES, selection: SELECTION, deliveryStateMachineArn: DELIVERY_MACHINE_ARN };

const RUN = planDefinition(PARTS) as Machine;
const PAGE = RUN.States['Work off every page'].ItemProcessor!;
const CLUSTER = PAGE.States['Back up every cluster'].ItemProcessor!;
const DELIVERY = deliveryDefinition({ ...PARTS, announces: false }) as Machine;
const WITH_VAULTS = deliveryDefinition({ ...PARTS, announces: true }) as Machine;
const MACHINES: ReadonlyArray<[string, Machine]> = [['run', RUN], ['page', PAGE], ['cluster', CLUSTER], ['delivery', DELIVERY], ['delivery with vaults', WITH_VAULTS]];
const TASKS = MACHINES.flatMap(([machine, { States }]) => Object.entries(States).map(([name, state]): [string, State] => [`${machine}: ${name}`, state]))
  .filter(([, { Type }]) => Type === 'Task');
const CALLS = TASKS.filter(([, { Resource }]) => Object.values(FUNCTIONS).includes(Resource!));

const nextOf = ({ Next, Default, Choices = [], Catch = [] }: State): string[] =>
  [Next, Default, ...[...Choices, ...Catch].map((branch) => branch.Next)].filter((name): name is string => name !== undefined);

function reachableFrom(machine: Machine, name = machine.StartAt, seen = new Set<string>()): Set<string> {
  if (!seen.has(name)) {
    seen.add(name);
    nextOf(machine.States[name]).forEach((next) => reachableFrom(machine, next, seen));
  }
  return seen;
}

/** Where an execution goes on from a choice, by what the state holds. */
function choose(machine: Machine, name: string, state: object): string {
  const valueAt = (path: string) => path.slice(2).split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], state);
  const holds = ({ And, Variable, IsPresent, IsTimestamp, StringEquals, NumericGreaterThan }: Test): boolean => {
    if (And) {
      return And.every(holds);
    }
    const value = valueAt(Variable!);
    return (IsPresent === undefined || IsPresent === (value !== undefined))
      && (IsTimestamp === undefined || IsTimestamp === /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(String(value)))
      && (StringEquals === undefined || value === StringEquals)
      && (NumericGreaterThan === undefined || (value as number) > NumericGreaterThan);
  };
  return machine.States[name].Choices!.find(holds)?.Next ?? machine.States[name].Default!;
}

const secondsOfRetrying = (retries: readonly Retry[]): number => {
  const { IntervalSeconds, BackoffRate, MaxDelaySeconds = Infinity, MaxAttempts } = retries.find(({ ErrorEquals }) => ErrorEquals.includes('States.ALL'))!;
  const waits = Array.from({ length: MaxAttempts }, (_, attempt) => Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** attempt));
  return waits.reduce((sum, wait) => sum + wait, 0);
};

describe.each(MACHINES)('the definition of a %s is one that Step Functions takes', (_, machine) => {
  const names = Object.keys(machine.States);

  test('every state that is named exists, and every state is reached', () => {
    expect(Object.values(machine.States).flatMap(nextOf).filter((name) => !names.includes(name))).toEqual([]);
    expect([...reachableFrom(machine)].sort()).toEqual([...names].sort());
  });

  test('every state goes on, or ends, in one way', () => {
    for (const name of names) {
      const { Type, Next, Default, End } = machine.States[name];
      const ends = Type === 'Succeed' || Type === 'Fail';

      expect([name, [Next, Default, End].filter((way) => way !== undefined).length]).toEqual([name, ends ? 0 : 1]);
      expect(name.length).toBeLessThanOrEqual(80);
    }
  });

  test('from every state there is a way to an end', () => {
    const isEnd = ({ Type, End }: State) => End === true || Type === 'Succeed' || Type === 'Fail';
    for (const name of names) {
      expect([name, [...reachableFrom(machine, name)].some((reached) => isEnd(machine.States[reached]))]).toEqual([name, true]);
    }
  });
});

test('the definition of a plan with a thousand declared clusters fits', () => {
  const clusters = Array.from({ length: 1_000 }, (_, index) => ({ cluster: `c${index}`.padEnd(63, 'x') }));

  expect(JSON.stringify(planDefinition({ ...PARTS, selection: { clusters } })).length).toBeLessThan(1_000_000);
});

describe('a run begins', () => {
  const begun = (input: object) => RUN.States[choose(RUN, RUN.StartAt, input)];

  test('with the time at which its schedule fired', () => {
    expect(begun({ scheduledTime: '2026-11-22T03:00:00Z' })).toEqual({
      Type: 'Pass',
      Parameters: {
        plan: RULES,
        run: { 'name.$': '$$.Execution.Name', 'executionArn.$': '$$.Execution.Id', 'startTime.$': '$$.Execution.StartTime', 'scheduledTime.$': '$.scheduledTime' },
      },
      Next: 'Select clusters',
    });
  });

  test.each([{}, { scheduledTime: 'tonight' }, { scheduledTime: 5 }, { anything: 'else' }])('by hand with %j as a full run that was due when it was begun', (input) => {
    expect(begun(input).Parameters!.run).toMatchObject({ 'scheduledTime.$': '$$.Execution.StartTime' });
    expect(begun(input)).toMatchObject({ Parameters: { plan: RULES }, Next: 'Select clusters' });
  });

  test('or only tells what became of another', () => {
    expect(choose(RUN, RUN.StartAt, { report: {}, scheduledTime: '2026-11-22T03:00:00Z' })).toBe('Tell');
  });

  test('and does not go on for ever', () => {
    expect(RUN.TimeoutSeconds).toBe(8 * 86_400);
    expect(DELIVERY.TimeoutSeconds).toBe(8 * 86_400);
  });
});

describe('the clusters of a run', () => {
  test('are selected with what was declared', () => {
    expect(RUN.States['Select clusters']).toMatchObject({
      Resource: 'arn:look', Parameters: { 'door': 'plan', 'task': 'select', 'plan.$': '$.plan', 'selection': SELECTION }, ResultPath: '$.selected', Next: 'Work off every page',
    });
  });

  test('are worked off in pages side by side, of which none takes the run with it', () => {
    expect(RUN.States['Work off every page']).toMatchObject({
      Type: 'Map',
      ItemsPath: '$.selected.pages',
      ItemSelector: { 'plan.$': '$.plan', 'run.$': '$.run', 'count.$': '$.selected.count', 'range.$': '$$.Map.Item.Value' },
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
      ToleratedFailurePercentage: 100,
      ResultPath: '$.tallies',
    });
    expect(RUN.States['Work off every page']).not.toHaveProperty('MaxConcurrency');
  });

  test.each([[undefined, 0], [10, 10]])('of a page are found again, and with maxConcurrency %p so many at a time', (maxConcurrency, limit) => {
    const page = (planDefinition({ ...PARTS, maxConcurrency }) as Machine).States['Work off every page'].ItemProcessor!;

    expect(page.States['Select page']).toMatchObject({
      Resource: 'arn:look',
      Parameters: { 'door': 'plan', 'task': 'page', 'plan.$': '$.plan', 'selection': SELECTION, 'maxConcurrency': limit, 'page.$': '$.range', 'count.$': '$.count' },
      ResultPath: '$.page',
    });
    expect(page.States['Back up every cluster']).toMatchObject({ ItemsPath: '$.page.items', MaxConcurrencyPath: '$.page.maxConcurrency' });
  });

  test('each have an execution of their own, and no cluster takes the others with it', () => {
    expect(PAGE.States['Back up every cluster']).toMatchObject({
      Type: 'Map', ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } }, ToleratedFailurePercentage: 100, ResultPath: '$.results', Next: 'Add up',
    });
  });

  test('each begin when it is their time, with all that the functions ask for', () => {
    const { item, answer, ...others } = PAGE.States['Back up every cluster'].ItemSelector as Record<string, Record<string, unknown>>;
    const withoutPath = (selected: object) => Object.keys(selected).map((key) => key.replace('.$', '')).sort();

    expect(others).toEqual({ 'plan.$': '$.plan', 'run.$': '$.run' });
    expect(withoutPath(item)).toEqual([...Object.keys(anItem()), 'options'].sort());
    expect(answer).toEqual({ 'call': 'start', 'waitSeconds.$': '$$.Map.Item.Value.firstWaitSeconds', 'memory': BEGINNING });
  });

  test('are added up by the function that knows no RDS', () => {
    expect(PAGE.States['Add up']).toMatchObject({
      Resource: 'arn:runs', Parameters: { 'door': 'plan', 'task': 'tally', 'plan.$': '$.plan', 'run.$': '$.run', 'page.$': '$.page', 'results.$': '$.results' }, End: true,
    });
    expect(RUN.States.Conclude).toMatchObject({
      Resource: 'arn:runs',
      Parameters: {
        'door': 'plan', 'task': 'conclude', 'plan.$': '$.plan', 'run.$': '$.run', 'tallies.$': '$.tallies', 'selected.$': '$.selected', 'formers.$': '$.answer',
      },
      ResultPath: '$.report',
      Next: 'Tell',
    });
  });
});

describe.each<[string, Machine, string]>([['cluster', CLUSTER, 'Tell cluster'], ['delivery', DELIVERY, 'How did it end?']])('what an answer about a %s says comes next', (_, machine, last) => {
  test.each([['start', 'Start', 'arn:start'], ['look', 'Look', 'arn:look'], ['turn', 'Turn', 'arn:runs'], ['prune', 'Prune', 'arn:prune']])('%s: %s, at once or after a wait', (call, state, resource) => {
    expect(choose(machine, 'Next', { answer: { call, waitSeconds: 0 } })).toBe(state);
    expect(choose(machine, 'Next', { answer: { call, waitSeconds: 30 } })).toBe('Wait');
    expect(choose(machine, 'After the wait', { answer: { call, waitSeconds: 30 } })).toBe(state);
    expect(machine.States[state]).toMatchObject({ Resource: resource, ResultPath: '$.answer', Next: 'Next' });
  });

  test('the wait is as long as the answer says', () => {
    expect(machine.States.Wait).toEqual({ Type: 'Wait', SecondsPath: '$.answer.waitSeconds', Next: 'After the wait' });
  });

  test('what is none of the calls is the end', () => {
    expect(choose(machine, 'Next', { answer: { call: machine === CLUSTER ? 'report' : 'end' } })).toBe(last);
    expect(choose(machine, 'Next', { answer: { report: {}, result: {} } })).toBe(last);
  });

  test('also what an execution begins with', () => {
    expect(machine.StartAt).toBe('Next');
  });
});

test('functions are asked about a cluster with all that an event of theirs has', () => {
  const asked = { 'door': 'plan', 'task': 'cluster', 'plan.$': '$.plan', 'run.$': '$.run', 'item.$': '$.item', 'deliveryStateMachineArn': DELIVERY_MACHINE_ARN, 'answer.$': '$.answer' };

  ['Start', 'Look', 'Turn', 'Prune'].forEach((name) => expect(CLUSTER.States[name].Parameters).toEqual(asked));
});

test('and about a delivery, whose state machine cannot name itself', () => {
  ['Start', 'Look', 'Turn', 'Prune'].forEach((name) => expect(DELIVERY.States[name].Parameters).toEqual({
    'door': 'plan',
    'task': 'delivery',
    'plan.$': '$.plan',
    'run.$': '$.run',
    'item.$': '$.item',
    'delivery.$': '$.delivery',
    'deliveryStateMachineArn.$': '$$.StateMachine.Id',
    'answer.$': '$.answer',
  }));
});

describe('functions that fail', () => {
  const ofFormers = (name: string) => name.includes('former clusters');

  test.each(CALLS.filter(([name]) => !ofFormers(name)))('are asked again for hours, because they may be replaced or throttled (%s)', (_, { Retry }) => {
    expect(secondsOfRetrying(Retry!)).toBeGreaterThan(3 * 3600);
    expect(Retry!.at(-1)).toMatchObject({ ErrorEquals: ['States.ALL'], JitterStrategy: 'FULL' });
  });

  test.each(CALLS.filter(([name]) => !ofFormers(name)))('because they do not know these rules are not asked again: they never will (%s)', (_, { Retry }) => {
    expect(Retry![0]).toEqual({ ErrorEquals: [UNREADABLE_RULES], MaxAttempts: 0 });
  });

  test.each(CALLS.filter(([name]) => ofFormers(name)))('about former clusters do not keep the verdict waiting, nor fail the run (%s)', (_, { Retry, Catch }) => {
    expect(secondsOfRetrying(Retry!)).toBeLessThan(600);
    // Beside what was done until then, of which the verdict tells, too.
    expect(Catch).toEqual([{ ErrorEquals: ['States.ALL'], ResultPath: '$.answer.error', Next: 'Conclude' }]);
  });

  test('about a cluster are reported as its verdict, and the run goes on', () => {
    ['Start', 'Look', 'Turn', 'Prune'].forEach((name) => expect(CLUSTER.States[name].Catch).toEqual([{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Lost' }]));
    expect(CLUSTER.States.Lost).toMatchObject({
      Parameters: {
        report: { detail: { 'version': '1', 'planName.$': '$.plan.planName', 'run.$': '$.run.name', 'verdict': 'FAILED', 'clusterIdentifier.$': '$.item.cluster' }, resources: [] },
        result: { 'verdict': 'FAILED', 'cluster.$': '$.item.cluster', 'lost': true },
      },
      ResultPath: '$.answer',
      Next: 'Tell cluster',
    });
  });

  test('about a delivery fail its execution, which the cluster hears of', () => {
    ['Start', 'Look', 'Turn', 'Prune'].forEach((name) => expect(DELIVERY.States[name]).not.toHaveProperty('Catch'));
  });
});

describe('former clusters', () => {
  test('are looked for after the backups, and pruned one after the other as long as the answer says so', () => {
    expect(RUN.States['Work off every page'].Next).toBe('Find former clusters');
    expect(RUN.States['Find former clusters']).toMatchObject({
      Resource: 'arn:look', Parameters: { 'door': 'plan', 'task': 'formers', 'plan.$': '$.plan', 'run.$': '$.run', 'selection': SELECTION }, ResultPath: '$.answer',
    });
    expect(choose(RUN, 'What of former clusters?', { answer: { call: 'prune' } })).toBe('Give RDS time');
    expect(RUN.States['Give RDS time']).toMatchObject({ SecondsPath: '$.answer.waitSeconds', Next: 'Prune former clusters' });
    expect(RUN.States['Prune former clusters']).toMatchObject({ Resource: 'arn:prune', Parameters: { 'task': 'formers', 'answer.$': '$.answer' }, Next: 'What of former clusters?' });
    expect(choose(RUN, 'What of former clusters?', { answer: { call: 'conclude' } })).toBe('Conclude');
  });
});

describe('an announcement to a vault', () => {
  const after = (state: string) => WITH_VAULTS.States[state].Next;

  test('is an event on the default bus of the plan, which a rule passes on', () => {
    expect(choose(WITH_VAULTS, choose(WITH_VAULTS, 'Next', { answer: { call: 'announce', lookInSeconds: 300 } }), { answer: { call: 'announce' } })).toBe('Announce');
    expect(WITH_VAULTS.States.Announce).toMatchObject({
      Resource: 'arn:aws:states:::events:putEvents',
      Parameters: {
        Entries: [{
          'Source': 'cdk-aurora-backup',
          'DetailType': 'Aurora Backup Snapshot Announcement',
          'Detail.$': '$.answer.report.detail',
          'Resources.$': '$.answer.report.resources',
        }],
      },
      ResultPath: null,
    });
  });

  test('is looked after when the vault has had its time', () => {
    expect(after('Announce')).toBe('Give the vault time');
    expect(WITH_VAULTS.States['Give the vault time']).toEqual({ Type: 'Wait', SecondsPath: '$.answer.lookInSeconds', Next: 'Look' });
  });

  test('is no business of a plan without vaults, whose template stays as it is', () => {
    expect(Object.keys(DELIVERY.States)).not.toContain('Announce');
    expect(JSON.stringify(DELIVERY)).not.toMatch(/announce/i);
  });

  test('is none where the delivery has ended', () => {
    expect(choose(WITH_VAULTS, 'Is there something to announce?', { answer: { call: 'end', outcome: {} } })).toBe('How did it end?');
  });

  test('is tried for hours, because nobody else tells the vault', () => {
    expect(secondsOfRetrying(WITH_VAULTS.States.Announce.Retry!)).toBeGreaterThan(3 * 3600);
  });
});

describe('verdicts are told', () => {
  test.each<[string, Machine, string, string]>([
    ['Tell', RUN, 'Aurora Backup Run Verdict', '$.report'], ['Tell cluster', CLUSTER, 'Aurora Backup Cluster Verdict', '$.answer.report'],
  ])('as an event that rules are written for (%s)', (name, machine, detailType, report) => {
    expect(machine.States[name]).toMatchObject({
      Resource: 'arn:aws:states:::events:putEvents',
      Parameters: { Entries: [{ 'Source': 'cdk-aurora-backup', 'DetailType': detailType, 'Detail.$': `${report}.detail`, 'Resources.$': `${report}.resources` }] },
      ResultPath: null, // or what is told would be lost
    });
  });

  test('to the topic, if one was declared', () => {
    expect(choose(RUN, 'Is anybody notified?', { report: { topicArn: TOPIC_ARN } })).toBe('Notify');
    expect(choose(RUN, 'Is anybody notified?', { report: {} })).toBe('How did it end?');
    expect(RUN.States.Notify).toMatchObject({
      Resource: 'arn:aws:states:::sns:publish',
      Parameters: { 'TopicArn.$': '$.report.topicArn', 'Subject.$': '$.report.subject', 'Message.$': '$.report.text' },
      ResultPath: null,
    });
  });

  test.each(['Tell', 'Notify'])('and when %s fails for long, the other way is still tried, and the execution says so', (name) => {
    const [{ Next, ResultPath }] = RUN.States[name].Catch!;

    expect([ResultPath, Next]).toEqual(['$.untold', RUN.States[name].Next]);
    expect(secondsOfRetrying(RUN.States[name].Retry!)).toBeGreaterThan(600);
    expect(RUN.States[choose(RUN, 'How did it end?', { untold: {}, report: { detail: { verdict: 'FAILED' } } })]).toEqual({ Type: 'Fail', Error: NOT_TOLD_ERROR, CausePath: '$.untold.Cause' });
  });

  test('by the status of the execution as well', () => {
    const end = (verdict: string) => RUN.States[choose(RUN, 'How did it end?', { report: { detail: { verdict } } })];

    expect(end('FAILED')).toEqual({ Type: 'Fail', Error: TOLD_ERROR, CausePath: '$.report.detail.message' });
    ['SUCCEEDED', 'SUCCEEDED_WITH_WARNINGS', 'SKIPPED', 'SUPERSEDED'].forEach((verdict) => expect(end(verdict)).toEqual({ Type: 'Succeed', OutputPath: '$.report.detail' }));
  });

  test('of a cluster to the run, also when nobody else could be told', () => {
    expect(CLUSTER.States['Tell cluster'].Catch).toEqual([{ ErrorEquals: ['States.ALL'], ResultPath: '$.untold', Next: 'Cluster ended' }]);
    expect(CLUSTER.States['Cluster ended']).toEqual({ Type: 'Pass', OutputPath: '$.answer.result', End: true });
  });

  test('of a delivery to its cluster', () => {
    const end = (verdict: string) => DELIVERY.States[choose(DELIVERY, 'How did it end?', { answer: { outcome: { verdict } } })];

    expect(end('FAILED')).toEqual({ Type: 'Fail', Error: 'DeliveryFailed', CausePath: 'States.JsonToString($.answer.outcome)' });
    ['SUCCEEDED', 'SUCCEEDED_WITH_WARNINGS', 'SUPERSEDED'].forEach((verdict) => expect(end(verdict)).toEqual({ Type: 'Succeed', OutputPath: '$.answer.outcome' }));
  });
});

describe('what is sent to the functions from outside', () => {
  const FACTS = { planName: 'Gold', account: RULES.account, region: RULES.region, notificationTopicArn: TOPIC_ARN };

  test('by the schedule: the time at which it was due, which Scheduler puts in', () => {
    expect(launchInput({ stateMachineArn: RUN_MACHINE_ARN, latestBeginningSeconds: 3600, rules: RULES })).toEqual({
      door: 'plan', task: 'launch', stateMachineArn: RUN_MACHINE_ARN, scheduledTime: '<aws.scheduler.scheduled-time>', latestBeginningSeconds: 3600, facts: FACTS,
    });
  });

  test('by a vault: whose it is, and what it says, which nobody believes yet', () => {
    expect(receiptInput({ rules: RULES, vault: VAULT, account: 'the account', detail: 'the detail' })).toEqual({
      door: 'plan',
      task: 'receipt',
      plan: { owner: RULES.owner, planName: 'Gold', region: RULES.region, account: RULES.account },
      vault: VAULT,
      account: 'the account',
      detail: 'the detail',
    });
  });

  test('every hour: what the ages are of', () => {
    expect(ageInput({ rules: RULES, selection: SELECTION })).toEqual({ door: 'plan', task: 'age', plan: RULES, selection: SELECTION });
  });

  test('when an execution has ended: which, and whom that concerns', () => {
    expect(endedInput({ stateMachineArn: RUN_MACHINE_ARN, rules: RULES, detail: 'the detail' })).toEqual({
      door: 'plan', task: 'ended', stateMachineArn: RUN_MACHINE_ARN, facts: FACTS, detail: 'the detail',
    });
  });

  test('without a topic where there is none', () => {
    expect(launchInput({ stateMachineArn: RUN_MACHINE_ARN, latestBeginningSeconds: 3600, rules: aPlan() })).not.toHaveProperty('facts.notificationTopicArn');
  });
});

test.each(['aws-cn', 'aws-us-gov'])('the integrations are those of the partition (%s)', (partition) => {
  const states = planDefinition({ ...PARTS, partition }) as Machine;

  expect(states.States.Tell.Resource).toBe(`arn:${partition}:states:::events:putEvents`);
  expect(states.States.Notify.Resource).toBe(`arn:${partition}:states:::sns:publish`);
  expect(JSON.stringify(states)).not.toContain('arn:aws:states:::');
});

test('nothing in them deletes, copies or makes: that is for the functions and their roles', () => {
  expect([...new Set(TASKS.map(([, { Resource }]) => Resource))].sort()).toEqual([
    'arn:aws:states:::events:putEvents', 'arn:aws:states:::sns:publish', ...Object.values(FUNCTIONS),
  ].sort());
});
