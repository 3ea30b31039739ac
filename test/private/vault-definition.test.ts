import { UNREADABLE_VAULT_RULES } from '../../src/core/vault/vault-rules';
import { announcedInput, arriveDefinition, receiveDefinition, releaseDefinition, sweepDefinition, sweepInput } from '../../src/private/vault-definition';
import { ReceiveAnswer, ReleaseAnswer } from '../../src/runtime/doors/vault/steps';
import { OTHER_ACCOUNT, OTHER_REGION, REGION } from '../support/events';
import { ARRIVE_MACHINE_ARN, RECEIVE_MACHINE_ARN, VAULT, aVault } from '../support/vault-events';

interface Test {
  readonly Variable?: string;
  readonly IsPresent?: boolean;
  readonly StringEquals?: string;
  readonly NumericGreaterThan?: number;
  readonly And?: readonly Test[];
}

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly End?: true;
  readonly Choices?: ReadonlyArray<Test & { readonly Next: string }>;
  readonly Catch?: ReadonlyArray<{ readonly Next: string; readonly ErrorEquals: string[] }>;
  readonly Retry?: ReadonlyArray<{ readonly ErrorEquals: string[]; readonly MaxAttempts: number }>;
  readonly Resource?: string;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly ResultPath?: string | null;
  readonly CausePath?: string;
  readonly SecondsPath?: string;
}

interface Machine {
  readonly StartAt: string;
  readonly TimeoutSeconds: number;
  readonly States: Readonly<Record<string, State>>;
}

const RULES = aVault();
const FUNCTIONS = { runs: 'arn:runs', look: 'arn:look', start: 'arn:start', prune: 'arn:prune', release: 'arn:release' };
const PARTS = { partition: 'aws', functions: FUNCTIONS, rules: RULES };
const RECEIVE = receiveDefinition(PARTS) as Machine;
const WITH_RECEIVE = { ...PARTS, receiveStateMachineArn: RECEIVE_MACHINE_ARN };
const ARRIVE = arriveDefinition(WITH_RECEIVE) as Machine;
const SWEEP = sweepDefinition(WITH_RECEIVE) as Machine;
const RELEASE = releaseDefinition(PARTS) as Machine;
const MACHINES: ReadonlyArray<[string, Machine]> = [['arrives', ARRIVE], ['receives', RECEIVE], ['sweeps', SWEEP], ['releases', RELEASE]];
const CALLS = MACHINES.flatMap(([machine, { States }]) => Object.entries(States).map(([name, state]): [string, State] => [`${machine}: ${name}`, state]))
  .filter(([, { Resource }]) => Object.values(FUNCTIONS).includes(Resource ?? ''));

const nextOf = ({ Next, Default, Choices = [], Catch = [] }: State): string[] =>
  [Next, Default, ...[...Choices, ...Catch].map((branch) => branch.Next)].filter((name): name is string => name !== undefined);

function reachableFrom(machine: Machine, name = machine.StartAt, seen = new Set<string>()): Set<string> {
  if (!seen.has(name)) {
    seen.add(name);
    nextOf(machine.States[name]).forEach((next) => reachableFrom(machine, next, seen));
  }
  return seen;
}

const valueAt = (path: string, state: object) => path.slice(2).replace(/\[(\d+)\]/g, '.$1').split('.')
  .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], state);

/** Where an execution goes on from a choice, by what the state holds. */
function choose(machine: Machine, name: string, state: object): string {
  const holds = ({ And, Variable, IsPresent, StringEquals, NumericGreaterThan }: Test): boolean => {
    if (And) {
      return And.every(holds);
    }
    const value = valueAt(Variable!, state);
    return (IsPresent === undefined || IsPresent === (value !== undefined))
      && (StringEquals === undefined || value === StringEquals)
      && (NumericGreaterThan === undefined || (value as number) > NumericGreaterThan);
  };
  return machine.States[name].Choices!.find(holds)?.Next ?? machine.States[name].Default!;
}

/** The states from one on, through choices and tasks that answer nothing new, to where something is asked, waited for or ended. */
function pathOf(machine: Machine, from: string, state: object): string[] {
  const { Type, Next } = machine.States[from];
  if (Type === 'Choice') {
    return pathOf(machine, choose(machine, from, state), state);
  }
  const { Resource = '' } = machine.States[from];
  return Resource.endsWith(':events:putEvents') ? [from, ...pathOf(machine, Next!, state)] : [from];
}

describe.each(MACHINES)('the definition of what %s is one that Step Functions takes', (_, machine) => {
  const names = Object.keys(machine.States);

  test('every state that is named exists, every state is reached, and from each there is a way to an end', () => {
    expect(Object.values(machine.States).flatMap(nextOf).filter((name) => !names.includes(name))).toEqual([]);
    expect([...reachableFrom(machine)].sort()).toEqual([...names].sort());
    for (const name of names) {
      expect([name, [...reachableFrom(machine, name)].some((reached) => ['Succeed', 'Fail'].includes(machine.States[reached].Type))]).toEqual([name, true]);
    }
  });

  test('every state goes on, or ends, in one way', () => {
    for (const name of names) {
      const { Type, Next, Default, End } = machine.States[name];
      const ends = Type === 'Succeed' || Type === 'Fail';

      expect([name, [Next, Default, End].filter((way) => way !== undefined).length]).toEqual([name, ends ? 0 : 1]);
      expect(name.length).toBeLessThanOrEqual(80);
    }
  });

  test('and it does not go on for ever', () => {
    expect(machine.TimeoutSeconds).toBeGreaterThan(0);
  });
});

test('a vault of twenty accounts with a hundred clusters each fits', () => {
  const sources = Array.from({ length: 20 }, (_, index) => ({
    accountId: String(100_000_000_000 + index), regions: ['eu-west-1', 'eu-central-1', 'us-east-1'], clusters: Array.from({ length: 100 }, (__, n) => `c${n}`.padEnd(63, 'x')),
  }));

  expect(JSON.stringify(receiveDefinition({ ...PARTS, rules: aVault({ sources }) })).length).toBeLessThan(1_000_000);
  expect(JSON.stringify(announcedInput({ rules: aVault({ sources }), arriveStateMachineArn: ARRIVE_MACHINE_ARN, event: { account: '', detail: '' } })).length).toBeLessThan(8_192);
});

describe('a function', () => {
  test.each(CALLS)('is told the rules of the definition, never those of an input (%s)', (_, { Parameters, Resource }) => {
    expect(Parameters).toMatchObject(Resource === FUNCTIONS.runs && 'vault' in Parameters! ? { door: 'vault', vault: { vaultName: VAULT } } : { door: 'vault', rules: RULES });
  });

  test.each(CALLS)('that cannot read the rules is not asked again, any other failure is (%s)', (_, { Retry }) => {
    expect(Retry![0]).toEqual({ ErrorEquals: [UNREADABLE_VAULT_RULES], MaxAttempts: 0 });
    expect(Retry![1]).toMatchObject({ ErrorEquals: ['States.ALL'] });
    expect(Retry![1].MaxAttempts).toBeGreaterThan(5);
  });
});

describe('what is announced', () => {
  const after = (answer: object) => pathOf(ARRIVE, 'Next', { snapshotArn: 'x', answer });
  const outcome = (verdict: string) => ({ verdict, snapshotArn: 'x', reason: 'y' });

  test('is looked for, and given to the machine that receives', () => {
    expect(after({ call: 'look', waitSeconds: 0 })).toEqual(['Look']);
    expect(after({ call: 'turn', waitSeconds: 0 })).toEqual(['Turn']);
    expect(ARRIVE.States.Turn.Parameters).toMatchObject({ task: 'arrive', receiveStateMachineArn: RECEIVE_MACHINE_ARN });
    expect(after({ call: 'end', outcome: outcome('ADMITTED') })).toEqual(['Ended']);
  });

  test('is looked for, whatever else whoever starts the machine would have it say', () => {
    expect(ARRIVE.StartAt).toBe('Begin');
    expect(ARRIVE.States.Begin).toMatchObject({ Parameters: { 'snapshotArn.$': '$.snapshotArn', 'answer': { call: 'look', waitSeconds: 0 } }, Next: 'Next' });
  });

  test('is answered, also with a refusal, and has then ended', () => {
    expect(after({ call: 'tell', then: 'end', report: {}, outcome: outcome('REFUSED') })).toEqual(['Tell the source', 'Ended']);
    expect(ARRIVE.States['Tell the source'].Catch![0].Next).toBe('How did it end?');
  });

  test('and is not there has failed', () => {
    expect(after({ call: 'end', outcome: outcome('FAILED') })).toEqual(['Failed']);
  });
});

describe('what is received', () => {
  const after = (answer: Partial<ReceiveAnswer> & object) => pathOf(RECEIVE, 'Next', { source: {}, answer });
  const tell = { call: 'tell', report: { detail: {} as never, resources: [] } } as const;
  const outcome = (verdict: 'STORED' | 'REFUSED' | 'FAILED') => ({ verdict, snapshotArn: 'x', reason: 'y' });

  test.each([['turn', 'Turn'], ['start', 'Start'], ['look', 'Look'], ['prune', 'Prune']] as const)('goes on with the function that is named: %s', (call, state) => {
    expect(after({ call, waitSeconds: 0 } as never)).toEqual([state]);
    expect(after({ call, waitSeconds: 5 } as never)).toEqual(['Wait']);
    expect(choose(RECEIVE, 'After the wait', { answer: { call } })).toBe(state);
    expect(RECEIVE.States[state]).toMatchObject({ ResultPath: '$.answer', Next: 'Next' });
  });

  test('is told to its source, and has ended', () => {
    expect(after({ ...tell, then: 'end', outcome: outcome('STORED') })).toEqual(['Tell the source', 'Ended']);
    expect(after({ ...tell, then: 'end', outcome: outcome('REFUSED') })).toEqual(['Tell the source', 'Ended']);
  });

  test('is told to its source before it is copied further', () => {
    expect(after({ ...tell, then: 'turn', outcome: outcome('STORED'), memory: { todo: 'further' } })).toEqual(['Tell the source', 'Turn']);
  });

  test('goes on also where the source cannot be told: it announces again', () => {
    expect(RECEIVE.States['Tell the source'].Catch).toEqual([{ ErrorEquals: ['States.ALL'], ResultPath: '$.untold', Next: 'What comes after that?' }]);
  });

  test('has failed, with why, where it could not be copied', () => {
    expect(after({ call: 'end', outcome: outcome('FAILED') })).toEqual(['Failed']);
    expect(RECEIVE.States.Failed.CausePath).toBe('$.answer.outcome.reason');
  });
});

describe('a sweep', () => {
  const STEPS = ['Find what has arrived', 'Receive it', 'End releases', 'Begin to prune'];

  test('does one after the other, and each whatever became of the one before', () => {
    expect(SWEEP.StartAt).toBe(STEPS[0]);
    expect(STEPS.slice(0, 3).map((name) => SWEEP.States[name].Next)).toEqual(STEPS.slice(1));
    expect(STEPS.slice(0, 3).map((name) => SWEEP.States[name].Catch![0].Next)).toEqual(['End releases', 'End releases', 'Begin to prune']);
  });

  test('prunes until there is no more', () => {
    expect(pathOf(SWEEP, 'Next', { answer: { call: 'prune', waitSeconds: 0 } })).toEqual(['Prune']);
    expect(pathOf(SWEEP, 'Next', { answer: { call: 'end', memory: { deleted: 5, troubles: [] } }, found: { troubles: [] } })).toEqual(['Ended']);
  });

  test.each<[string, object, string]>([
    ['a function failed', { error: { Cause: 'x' }, answer: { call: 'prune', memory: { troubles: [] } } }, 'Something failed'],
    ['a source could not be read', { found: { troubles: ['x'] }, answer: { memory: { troubles: [] } } }, 'Not everything was seen'],
    ['a copy could not be deleted', { found: { troubles: [] }, answer: { memory: { troubles: ['x'] } } }, 'Not everything was pruned'],
  ])('has failed where %s, and says why', (_, state, end) => {
    expect(choose(SWEEP, 'How did it go?', state)).toBe(end);
    expect(valueAt(SWEEP.States[end].CausePath!, state)).toBe('x');
  });

  test('is started with nothing', () => {
    expect(sweepInput()).toEqual({});
  });
});

describe('a release', () => {
  const after = (answer: Partial<ReleaseAnswer> & object) => pathOf(RELEASE, 'Next', { answer });
  const tell = { call: 'tell', report: { detail: {} as never, resources: [] } } as const;

  test('begins with sharing, whatever it was started with', () => {
    expect(RELEASE.States[RELEASE.StartAt]).toMatchObject({ Parameters: { 'request.$': '$', 'answer': { call: 'share', waitSeconds: 0, memory: {} } }, Next: 'Next' });
  });

  test('is told, lasts, expires, and is told again', () => {
    expect(after({ ...tell, then: 'expire', lastsSeconds: 7200, memory: {} })).toEqual(['Tell', 'Wait for its end']);
    expect(RELEASE.States['Wait for its end']).toMatchObject({ SecondsPath: '$.answer.lastsSeconds', Next: 'Expire' });
    expect(after({ ...tell, then: 'end' })).toEqual(['Tell', 'Ended']);
    expect(after({ call: 'end' })).toEqual(['Ended']);
  });

  test('ends also where nobody could be told that it began', () => {
    expect(RELEASE.States.Tell.Catch![0]).toMatchObject({ ErrorEquals: ['States.ALL'], Next: 'Is it still to end?' });
    expect(choose(RELEASE, 'Is it still to end?', { answer: { then: 'expire' } })).toBe('Wait for its end');
  });

  test('that is refused has failed, with why', () => {
    expect(after({ call: 'fail', reason: 'no' })).toEqual(['Failed']);
    expect(RELEASE.States.Failed.CausePath).toBe('$.answer.reason');
  });

  test('may last as long as any is allowed to', () => {
    expect(RELEASE.TimeoutSeconds).toBeGreaterThan(168 * 3600);
  });
});

test('an announcement is judged by accounts and Regions only', () => {
  const rules = aVault({ sources: [{ accountId: OTHER_ACCOUNT, regions: [OTHER_REGION], clusters: ['orders'] }] });

  expect(announcedInput({ rules, arriveStateMachineArn: ARRIVE_MACHINE_ARN, event: { account: '<account>', detail: '<detail>' } })).toEqual({
    door: 'vault',
    task: 'announced',
    arriveStateMachineArn: ARRIVE_MACHINE_ARN,
    vault: { vaultName: VAULT, partition: 'aws', region: REGION, sources: [{ accountId: OTHER_ACCOUNT, regions: [OTHER_REGION] }] },
    event: { account: '<account>', detail: '<detail>' },
  });
});
