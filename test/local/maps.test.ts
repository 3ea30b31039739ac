import { ListExecutionsCommand, ListMapRunsCommand, DescribeMapRunCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { ALLOW_ALL, Machines, chain } from './machines';
import { ACCOUNT, REGION, Statement } from './probe';
import { LocalAws } from '../../local/local-aws';

jest.setTimeout(120_000);

let local: LocalAws;
let machines: Machines;
beforeAll(async () => {
  local = await LocalAws.start({ speed: 0 });
  machines = new Machines(local);
}, 300_000);
afterAll(() => local?.stop());
beforeEach(async () => {
  await local.reset();
  await local.clock({ speed: 0, at: '2027-01-01T00:00:00Z' });
});

const HOUR = 3600;
const MACHINE = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:runs`;
const wait = (Seconds: number) => ({ Type: 'Wait', Seconds });
const tell = { Type: 'Task', Resource: 'arn:aws:states:::events:putEvents', Parameters: { Entries: [{ 'Source': 'test', 'DetailType': 'Reached', 'Detail.$': '$' }] } };
/** After a minute it fails for the items that say so; the others go on for an hour. */
const failsForSome = {
  StartAt: 'Begins',
  States: {
    Begins: { Type: 'Wait', Seconds: 60, Next: 'Fails' },
    Fails: { Type: 'Choice', Choices: [{ Variable: '$.fails', BooleanEquals: true, Next: 'Failed' }], Default: 'GoesOn' },
    Failed: { Type: 'Fail', Error: 'AsTold', Cause: 'the item says so' },
    GoesOn: { Type: 'Wait', Seconds: HOUR, End: true },
  },
};

const map = (processor: object, more: object = {}) => ({
  Type: 'Map', ItemsPath: '$.items', ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...processor }, Label: 'Clusters', ...more,
});
const items = (count: number, item: (i: number) => object = (i) => ({ i })) => ({ items: Array.from({ length: count }, (_, i) => item(i)) });

async function mapRun(executionArn: string) {
  const { mapRuns } = await machines.sfn.send(new ListMapRunsCommand({ executionArn }));
  return machines.sfn.send(new DescribeMapRunCommand({ mapRunArn: mapRuns![0].mapRunArn }));
}
async function children(executionArn: string) {
  const { mapRunArn } = await mapRun(executionArn);
  const found = [];
  for (let nextToken: string | undefined; ;) {
    const page = await machines.sfn.send(new ListExecutionsCommand({ mapRunArn, nextToken }));
    found.push(...page.executions!);
    nextToken = page.nextToken;
    if (!nextToken) return found;
  }
}
const statuses = async (executionArn: string) => (await children(executionArn)).map((child) => child.status as string).sort();
const output = (execution: { output?: string }) => JSON.parse(execution.output!);

describe('each item of a distributed map is an execution', () => {
  test('that is given what is selected for it, and what all return is in the order of the items', async () => {
    const selected = { 'n.$': '$$.Map.Item.Index', 'item.$': '$$.Map.Item.Value.i', 'of.$': '$.run', 'machine.$': '$$.StateMachine.Name' };
    const run = await machines.run(chain(map(chain({ Type: 'Pass' }), { ItemSelector: selected })), { run: 'tonight', ...items(3, (i) => ({ i: i * 10 })) });
    expect(output(run)).toEqual([0, 1, 2].map((n) => ({ n, item: n * 10, of: 'tonight', machine: 'runs' })));
  });

  test('that is given the item as it is, without a selector; those of an object are its pairs', async () => {
    const run = await machines.run(chain(map(chain({ Type: 'Pass' }), { ResultPath: '$.results' })), { items: { a: 1, b: 2 }, other: true });
    expect(output(run)).toEqual({ items: { a: 1, b: 2 }, other: true, results: [{ Key: 'a', Value: 1 }, { Key: 'b', Value: 2 }] });
  });

  test('of its own: with its own name, input and history', async () => {
    const own = { Type: 'Pass', Parameters: { 'arn.$': '$$.Execution.Id', 'given.$': '$$.Execution.Input', 'machine.$': '$$.StateMachine.Id' } };
    const run = await machines.run(chain(map(chain(own))), items(2));
    for (const [i, { arn, given, machine }] of output(run).entries()) {
      expect(arn).toMatch(new RegExp(`^arn:aws:states:${REGION}:${ACCOUNT}:execution:runs/Clusters:[0-9a-f-]+$`));
      expect(given).toEqual({ i });
      expect(machine).toBe(`${MACHINE}/Clusters`);
      expect(await machines.history(arn)).toEqual(['ExecutionStarted', 'PassStateEntered', 'PassStateExited', 'ExecutionSucceeded']);
      expect(await machines.look(arn)).toMatchObject({ status: 'SUCCEEDED', stateMachineArn: `${MACHINE}/Clusters`, input: JSON.stringify({ i }) });
    }
    expect(await machines.history(run.executionArn!)).toEqual([
      'ExecutionStarted', 'MapStateEntered', 'MapStateStarted', 'MapRunStarted', 'MapRunSucceeded', 'MapStateSucceeded', 'MapStateExited', 'ExecutionSucceeded',
    ]);
    expect(await mapRun(run.executionArn!)).toMatchObject({ status: 'SUCCEEDED', executionCounts: { total: 2, succeeded: 2, pending: 0, running: 0 } });
  });

  test('that does not know the variables of its parent', async () => {
    const assigns = { Type: 'Pass', QueryLanguage: 'JSONata', Assign: { secret: 'of the parent' }, Output: '{% $states.input %}' };
    const asks = { Type: 'Pass', QueryLanguage: 'JSONata', Output: '{% {"known": $exists($secret)} %}' };
    const run = await machines.run(chain(assigns, map(chain(asks))), items(1));
    expect(output(run)).toEqual([{ known: false }]);
  });

  test('with a history of its own limit', async () => {
    const endless = { StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } } };
    const run = await machines.run(chain(map(endless, { ToleratedFailurePercentage: 100 })), items(2));
    expect(run.status).toBe('SUCCEEDED');
    for (const child of await children(run.executionArn!)) {
      expect(await machines.look(child.executionArn!)).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('25000') });
    }
  });
});

describe('a distributed map inside', () => {
  const pages = { items: [{ items: [1, 2] }, { items: [3] }] };
  const inner = map(chain({ Type: 'Pass', Parameters: { 'page.$': '$$.StateMachine.Id', 'of.$': '$' } }));

  test.each([
    ['another one', map(chain(inner), { Label: 'Pages' }), [2]],
    ['an inline one', { Type: 'Map', ItemsPath: '$.items', ItemProcessor: chain(inner) }, [1, 2]],
  ])('%s runs its own children', async (_what, outer, childrenOfItsMapRuns) => {
    const run = await machines.run(chain(outer), pages);
    expect(output(run)).toEqual([[1, 2], [3]].map((page) => page.map((of) => ({ page: `${MACHINE}/Clusters`, of }))));
    const { mapRuns } = await machines.sfn.send(new ListMapRunsCommand({ executionArn: run.executionArn }));
    const looked = await Promise.all(mapRuns!.map(({ mapRunArn }) => machines.sfn.send(new DescribeMapRunCommand({ mapRunArn }))));
    expect(looked.map(({ executionCounts }) => executionCounts!.succeeded).sort()).toEqual(childrenOfItsMapRuns);
  });

  test('another one ends with the outermost execution', async () => {
    const one = await machines.start(await machines.make(chain(map(chain(map(chain(wait(HOUR), tell))), { Label: 'Pages' }))), pages);
    await local.play(60);
    await machines.sfn.send(new StopExecutionCommand({ executionArn: one }));
    await local.play(2 * HOUR);
    expect(await local.events()).toEqual([]);
    expect(await statuses(one)).toEqual(['ABORTED', 'ABORTED']);
    for (const page of await children(one)) {
      expect(new Set(await statuses(page.executionArn!))).toEqual(new Set(['ABORTED']));
    }
  });
});

test('the machine of an execution is in its context', async () => {
  const run = await machines.run(chain({ Type: 'Pass', Parameters: { 'me.$': '$$.StateMachine.Id', 'name.$': '$$.StateMachine.Name' } }));
  expect(output(run)).toEqual({ me: MACHINE, name: 'runs' });
});

describe('children run side by side', () => {
  const minutes = async (more: object, input: object) => {
    const { startDate, stopDate } = await machines.run(chain(map(chain(wait(60)), more)), input);
    return (+stopDate! - +startDate!) / 60_000;
  };

  test('all of them', async () => expect(await minutes({}, items(100))).toBe(1));
  test('all of them, too, with a limit of 0', async () => expect(await minutes({ MaxConcurrency: 0 }, items(100))).toBe(1));
  test('as many as allowed', async () => expect(await minutes({ MaxConcurrency: 2 }, items(7))).toBe(4));
  test('as many as a path says', async () => expect(await minutes({ MaxConcurrencyPath: '$.width' }, { width: 3, ...items(7) })).toBe(3));

  test('a thousand', async () => {
    const run = await machines.run(chain(map(chain(wait(60), { Type: 'Pass', Result: 1 }, wait(60)))), items(1000));
    expect(run.status).toBe('SUCCEEDED');
    expect((+run.stopDate! - +run.startDate!) / 60_000).toBe(2);
    expect(output(run)).toEqual(Array(1000).fill(1));
  });
});

describe('children that fail', () => {
  const some = (failed: number, count: number) => items(count, (i) => ({ i, fails: i < failed }));

  test('fail the map, which ends the others', async () => {
    const run = await machines.run(chain(map(failsForSome)), some(1, 3));
    expect(run).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
    expect(+run.stopDate! - +run.startDate!).toBe(60_000);
    expect(await statuses(run.executionArn!)).toEqual(['ABORTED', 'ABORTED', 'FAILED']);
  });

  test.each([
    ['100 percent', { ToleratedFailurePercentage: 100 }, 4, 'SUCCEEDED'],
    ['50 percent', { ToleratedFailurePercentage: 50 }, 2, 'SUCCEEDED'],
    ['49 percent', { ToleratedFailurePercentage: 49 }, 2, 'FAILED'],
    ['two', { ToleratedFailureCount: 2 }, 2, 'SUCCEEDED'],
    ['one', { ToleratedFailureCount: 1 }, 2, 'FAILED'],
    ['as many as a path says', { ToleratedFailurePercentagePath: '$.tolerated' }, 3, 'SUCCEEDED'],
  ])('are tolerated: %s', async (_what, more, failed, status) => {
    const run = await machines.run(chain(map(failsForSome, more)), { tolerated: 75, ...some(failed, 4) });
    expect(run.status).toBe(status);
    if (status === 'SUCCEEDED') {
      expect(await statuses(run.executionArn!)).toEqual([...Array(failed).fill('FAILED'), ...Array(4 - failed).fill('SUCCEEDED')]);
      expect(output(run)).toEqual(some(failed, 4).items.map((item: any) => (item.fails ? null : item)));
    }
  });

  test('can be caught, as one', async () => {
    const caught = { ...map(failsForSome), Catch: [{ ErrorEquals: ['States.ExceedToleratedFailureThreshold'], ResultPath: '$.error', Next: 'S1' }] };
    const run = await machines.run(chain(caught, { Type: 'Pass', OutputPath: '$.error.Error' }), some(1, 2));
    expect(output(run)).toBe('States.ExceedToleratedFailureThreshold');
  });
});

describe('children end with their parent', () => {
  const begun = async (more: object = {}) => {
    const one = await machines.start(await machines.make({ ...chain(map(chain(wait(HOUR), tell)), tell), ...more }), items(3));
    await local.play(60);
    expect(await statuses(one)).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
    return one;
  };

  test.each([
    ['is stopped', {}, async (executionArn: string) => { await machines.sfn.send(new StopExecutionCommand({ executionArn })); }, 'ABORTED'],
    ['takes too long', { TimeoutSeconds: 90 }, async () => { await local.play(30); }, 'TIMED_OUT'],
  ])('when it %s', async (_what, more, ends, status) => {
    const one = await begun(more);
    await ends(one);
    expect((await machines.look(one)).status).toBe(status);
    expect(await statuses(one)).toEqual(['ABORTED', 'ABORTED', 'ABORTED']);
    await local.play(2 * HOUR);
    expect(await local.events()).toEqual([]);
    expect(await mapRun(one)).toMatchObject({ status: 'ABORTED', executionCounts: { aborted: 3 } });
  });
});

test('what the children return together must fit into a state; not even States.ALL catches it', async () => {
  const big = { Type: 'Pass', Result: 'x'.repeat(1000) };
  const caught = (count: number) => machines.run(chain({ ...map(chain(big), { ResultPath: null }), Catch: [{ ErrorEquals: ['States.ALL'], Next: 'S1' }] }, { Type: 'Pass' }), items(count));
  expect(await caught(261)).toMatchObject({ status: 'SUCCEEDED' });
  await local.reset();
  expect(await caught(262)).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
});

describe('the role of the machine', () => {
  const allow = (Action: string, Resource: string): Statement => ({ Effect: 'Allow', Action, Resource });
  const starts = allow('states:StartExecution', MACHINE);
  const looks = allow('states:DescribeExecution', `${MACHINE.replace(':stateMachine:', ':execution:')}:*`);

  test.each([
    ['without the right to start its children', [looks]],
    ['without the right to look at them', [starts]],
  ])('%s starts none', async (_what, rights) => {
    expect(await machines.run(chain(map(chain({ Type: 'Pass' }))), items(1), rights)).toMatchObject({ status: 'FAILED', error: 'States.Permissions' });
  });

  test('is what the tasks of the children need', async () => {
    expect(await machines.run(chain(map(chain(tell))), items(1), [starts, looks])).toMatchObject({ status: 'FAILED' });
    expect(await local.calls({ action: 'events:PutEvents' })).toMatchObject([{ role: 'role-of-runs', decision: 'denied' }]);
    await local.reset();
    expect(await machines.run(chain(map(chain(tell))), items(1), [starts, looks, allow('events:PutEvents', '*')])).toMatchObject({ status: 'SUCCEEDED' });
    expect(await local.unusedRights()).toEqual([]);
  });
});

test('what is not emulated is refused, not ignored', async () => {
  expect(await machines.run(chain(map(chain({ Type: 'Pass' }), { ItemBatcher: { MaxItemsPerBatch: 2 } })), items(4), ALLOW_ALL)).toMatchObject({ status: 'FAILED', cause: 'the local AWS knows no ItemBatcher' });
});
