import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { DeletionReason } from '../../src/core/removal';
import * as runtime from '../../src/runtime';
import { WatchedEvent } from '../../src/runtime/doors/deploy/events';
import { OTHER_REGION, SOURCE_ARN, copyProperties, createEvent } from '../support/events';
import { captureLog } from '../support/log';
import { RESOURCE, ourSnapshot } from '../support/snapshots';

captureLog();

interface Call {
  readonly region: string;
  readonly command: string;
  readonly input: Record<string, unknown>;
}

/** What the four handlers send, whichever client they make; answers by the name of the command. */
let sent: Call[];
let answers: Record<string, unknown>;

beforeEach(() => {
  sent = [];
  answers = {};
  process.env.AWS_REGION = 'eu-west-1';
  process.env.START_FUNCTION_NAME = 'Orders-Start';
  process.env.CANCEL_FUNCTION_NAME = 'Orders-Cancel';
  for (const client of [CloudFormationClient, LambdaClient, RDSClient]) {
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
