import { RDSClient } from '@aws-sdk/client-rds';
import { SFNClient } from '@aws-sdk/client-sfn';
import { DeletionReason } from '../../src/core/removal';
import * as runtime from '../../src/runtime';
import { WatchedEvent } from '../../src/runtime/doors/deploy/events';
import { Step, WorkflowEvent } from '../../src/runtime/steps';
import { OTHER_REGION, REGION, SOURCE_ARN, STATE_MACHINE_ARN, copyProperties, createEvent, exportProperties } from '../support/events';
import { aHandle } from '../support/handles';
import { captureLog } from '../support/log';
import { RUN_MACHINE_ARN, aCopy, aPlan, clusterEvent, deliveryEvent, snapshotOfRun } from '../support/plan-events';
import { ORDERS } from '../support/plan-snapshots';
import { RESOURCE, ourSnapshot } from '../support/snapshots';

captureLog();

interface Call {
  readonly region: string;
  readonly command: string;
  readonly input: Record<string, unknown>;
}

/** What the handlers send, whichever client they make; answers by the name of the command. The small clients send by that of Step Functions. */
let sent: Call[];
let answers: Record<string, unknown>;

beforeEach(() => {
  sent = [];
  answers = {};
  process.env.AWS_REGION = 'eu-west-1';
  process.env.START_FUNCTION_NAME = 'Orders-Start';
  process.env.CANCEL_FUNCTION_NAME = 'Orders-Cancel';
  for (const client of [RDSClient, SFNClient]) {
    jest.spyOn(client.prototype, 'send').mockImplementation(async function send(this: unknown, sending: unknown) {
      const command = sending as { constructor: { name: string }; input: Call['input'] };
      const region = await (this as RDSClient).config.region();
      const name = command.constructor.name.replace(/Command$/, '');
      sent.push({ region, command: name, input: { ...command.input } });
      return answers[name] ?? {};
    } as never);
  }
});

const payload = (value: unknown) => ({ Payload: Buffer.from(JSON.stringify(value)) });

async function begun(event = createEvent()): Promise<WatchedEvent> {
  return { ...event, ...await runtime.deployOnEvent(event) };
}

test('the first call sends nothing at all', async () => {
  expect(await runtime.deployOnEvent(createEvent())).toMatchObject({ PhysicalResourceId: expect.stringMatching(/^arn:aws:rds:eu-west-1:/) });
  expect(sent).toEqual([]);
});

test('the look looks, and has the start function start', async () => {
  const event = await begun();
  answers = { Invoke: payload({ progress: { status: 'RUNNING', percent: 0, detail: '' }, removals: [] }) };

  expect(await runtime.look(event)).toEqual({ IsComplete: false });
  expect(sent.map(({ command }) => command)).toEqual(['DescribeDBClusterSnapshots', 'Invoke']);
  expect(sent[1].input).toMatchObject({ FunctionName: 'Orders-Start', Payload: JSON.stringify(event) });
});

test('the look has the cancel function delete', async () => {
  const removal = { arn: ourSnapshot('orders').arn, reason: DeletionReason.REMOVED };
  const event = await begun({ ...createEvent(), RequestType: 'Delete', PhysicalResourceId: removal.arn });
  answers = { Invoke: payload({ progress: { status: 'SUCCEEDED' }, removals: [removal] }) };

  await runtime.look(event);

  expect(sent.map(({ input }) => input.FunctionName)).toEqual(['Orders-Start', 'Orders-Cancel']);
  expect(JSON.parse(sent[1].input.Payload as string)).toMatchObject({ kind: 'take', removal, resource: RESOURCE });
});

describe('the start function', () => {
  beforeEach(() => {
    answers = {
      DescribeStacks: { Stacks: [{ StackStatus: 'CREATE_IN_PROGRESS' }] },
      DescribeStackResource: { StackResourceDetail: { ResourceStatus: 'CREATE_IN_PROGRESS' } },
      DescribeDBClusters: { DBClusters: [{ Status: 'available', Engine: 'aurora-mysql' }] },
    };
  });

  test('takes a snapshot in the Region of the stack', async () => {
    await runtime.startWork(await begun());

    expect(sent).toContainEqual(expect.objectContaining({ region: 'eu-west-1', command: 'CreateDBClusterSnapshot' }));
  });

  test('copies in the Region of the copy', async () => {
    const source = { DBClusterSnapshotArn: SOURCE_ARN, DBClusterSnapshotIdentifier: 'by-hand', Status: 'available', Engine: 'aurora-mysql' };
    const event = await begun(createEvent(copyProperties({ Region: OTHER_REGION })));
    answers.DescribeDBClusterSnapshots = { DBClusterSnapshots: [source] };

    await runtime.startWork(event);

    expect(sent).toContainEqual(expect.objectContaining({ region: OTHER_REGION, command: 'CopyDBClusterSnapshot' }));
  });
});

test.each(['take', 'copy'] as const)('the cancel function deletes what an operation made (%s)', async (kind) => {
  const { arn, identifier, tags } = ourSnapshot('orders');
  answers.DescribeDBClusterSnapshots = {
    DBClusterSnapshots: [{
      DBClusterSnapshotArn: arn,
      DBClusterSnapshotIdentifier: identifier,
      Status: 'available',
      SnapshotType: 'manual',
      TagList: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }],
  };

  expect(await runtime.cancel({ kind, removal: { arn, reason: DeletionReason.REMOVED }, resource: RESOURCE, elapsedSeconds: 0 })).toMatchObject({ status: 'RUNNING' });
  expect(sent.map(({ command }) => command)).toEqual(['DescribeDBClusterSnapshots', 'DeleteDBClusterSnapshot']);
});

describe('the functions that serve the watch, too', () => {
  const asked = (answer: Step): WorkflowEvent => ({ door: 'workflow', handle: aHandle(), answer });

  test('look', async () => {
    answers.DescribeExportTasks = { ExportTasks: [{ ExportTaskIdentifier: aHandle().work.target, Status: 'FAILED', FailureCause: 'no key' }] };

    expect(await runtime.look(asked({ step: 'look', memory: {} }))).toMatchObject({ step: 'report', report: { detail: { status: 'FAILED' } } });
    expect(sent).toEqual([{ region: 'eu-west-1', command: 'DescribeExportTasks', input: { ExportTaskIdentifier: aHandle().work.target } }]);
  });

  test('start, after asking CloudFormation', async () => {
    answers = {
      DescribeStacks: { Stacks: [{ StackStatus: 'CREATE_COMPLETE' }] },
      DescribeStackResource: { StackResourceDetail: { ResourceStatus: 'CREATE_COMPLETE', PhysicalResourceId: aHandle().work.target } },
      DescribeDBClusterSnapshots: { DBClusterSnapshots: [{ Status: 'available', Engine: 'aurora-mysql' }] },
    };

    expect(await runtime.startWork(asked({ step: 'start', memory: {} }))).toMatchObject({ step: 'wait', memory: { seen: true } });
    expect(sent.map(({ command }) => command)).toEqual([
      'DescribeStacks', 'DescribeStackResource', 'DescribeExportTasks', 'DescribeDBClusterSnapshots', 'StartExportTask',
    ]);
  });
});

test('the start function hands over to the state machine that the properties name', async () => {
  const event = await begun(createEvent(exportProperties({ Completion: 'background' })));
  answers = {
    DescribeStacks: { Stacks: [{ StackStatus: 'CREATE_IN_PROGRESS' }] },
    DescribeStackResource: { StackResourceDetail: { ResourceStatus: 'CREATE_IN_PROGRESS' } },
  };

  expect(await runtime.startWork({ ...event, HandOver: { status: 'RUNNING', percent: 0, detail: '' } })).toMatchObject({ progress: { status: 'SUCCEEDED' } });
  expect(sent).toContainEqual(expect.objectContaining({ command: 'StartExecution', input: expect.objectContaining({ stateMachineArn: STATE_MACHINE_ARN }) }));
});

test('the cancel function cancels the export that a resource started', async () => {
  const exportTask = aHandle().work.target;
  answers.DescribeExportTasks = { ExportTasks: [{ ExportTaskIdentifier: exportTask, Status: 'IN_PROGRESS' }] };

  expect(await runtime.cancel({ kind: 'export', removal: { exportTask, region: OTHER_REGION }, resource: RESOURCE, elapsedSeconds: 0 })).toMatchObject({ status: 'RUNNING' });
  expect(sent).toContainEqual({ region: OTHER_REGION, command: 'CancelExportTask', input: { ExportTaskIdentifier: exportTask } });
});

describe('the functions of backup plans', () => {
  const described = { DBClusterSnapshotArn: snapshotOfRun().arn, DBClusterSnapshotIdentifier: snapshotOfRun().identifier, Status: 'available', SnapshotType: 'manual' };
  const tags = Object.entries(snapshotOfRun().tags).map(([Key, Value]) => ({ Key, Value }));
  const commands = () => sent.map(({ command }) => command);

  test('one looks, in the Region of the plan', async () => {
    answers.DescribeDBClusterSnapshots = { DBClusterSnapshots: [{ ...described, TagList: tags }] };

    expect(await runtime.planLook(clusterEvent({ seen: true, clusterResourceId: ORDERS }))).toMatchObject({ call: 'prune' });
    expect(sent).toEqual([expect.objectContaining({ region: 'eu-west-1', command: 'DescribeDBClusterSnapshots' })]);
  });

  test('one makes', async () => {
    answers.DescribeDBClusters = { DBClusters: [{ Status: 'available', Engine: 'aurora-mysql', DbClusterResourceId: ORDERS }] };

    expect(await runtime.planStart(clusterEvent())).toMatchObject({ call: 'look' });
    expect(commands()).toEqual(['DescribeDBClusters', 'DescribeDBClusterSnapshots', 'DescribeDBClusters', 'CreateDBClusterSnapshot']);
  });

  test('one deletes, in the Region of the copy, and asks at home of what time the data is', async () => {
    answers.DescribeDBClusterSnapshots = { DBClusterSnapshots: [] };
    await runtime.planPrune(deliveryEvent({ kind: 'copy', name: OTHER_REGION }, { todo: 'clear' }, { plan: aPlan({ copies: [aCopy()] }) }));

    expect(sent).toEqual([
      expect.objectContaining({ region: REGION, input: expect.objectContaining({ DBClusterSnapshotIdentifier: expect.any(String) }) }),
      expect.objectContaining({ region: OTHER_REGION, input: expect.objectContaining({ Filters: [{ Name: 'db-cluster-id', Values: ['orders'] }] }) }),
    ]);
  });

  test('one begins runs, looks for those without a verdict, and knows of no RDS', async () => {
    const scheduledTime = new Date().toISOString();
    await runtime.planRuns({
      door: 'plan', task: 'launch', stateMachineArn: RUN_MACHINE_ARN, scheduledTime, facts: { planName: 'Gold', account: '111111111111', region: 'eu-west-1' },
    });

    expect(sent[0]).toMatchObject({
      command: 'StartExecution', input: { stateMachineArn: RUN_MACHINE_ARN, name: scheduledTime.replace(/[:.]/g, '-'), input: JSON.stringify({ scheduledTime }) },
    });
    expect(sent.slice(1).map(({ command, input }) => [command, (input as { statusFilter?: string }).statusFilter])).toEqual([
      ['ListExecutions', 'FAILED'], ['ListExecutions', 'TIMED_OUT'], ['ListExecutions', 'ABORTED'],
    ]);
  });
});
