import { CloudFormationClient } from '../../src/runtime/aws/cloudformation';
import { Stacks } from '../../src/runtime/stacks';
import { awsError } from '../support/errors';
import { LOGICAL_ID, NOON, STACK_ID } from '../support/events';
import { SdkStub, refuse } from '../support/sdk-client';
import { RESOURCE } from '../support/snapshots';

interface Facts {
  readonly stack?: string;
  readonly resource?: string;
  readonly since?: number;
}

function stacks({ stack = 'UPDATE_IN_PROGRESS', resource = 'UPDATE_IN_PROGRESS', since = NOON }: Facts = {}) {
  const sdk = new SdkStub({
    DescribeStacks: () => ({ Stacks: [{ StackStatus: stack }] }),
    DescribeStackResource: () => ({ StackResourceDetail: { ResourceStatus: resource, LastUpdatedTimestamp: new Date(since) } }),
  });
  return { stacks: new Stacks(sdk.connect(new CloudFormationClient({ region: 'eu-west-1' }))), sdk };
}

const why = (facts: Facts) => stacks(facts).stacks.whyNoLongerWanted(RESOURCE, NOON);

describe('work is still wanted', () => {
  test.each([
    ['CREATE_IN_PROGRESS', 'CREATE_IN_PROGRESS'], ['UPDATE_IN_PROGRESS', 'CREATE_IN_PROGRESS'], ['UPDATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS'],
  ])('while the stack is %s and the resource %s', async (stack, resource) => {
    expect(await why({ stack, resource })).toBeUndefined();
  });

  test('while the clocks of Lambda and CloudFormation differ by up to a minute', async () => {
    expect(await why({ since: NOON + 60_000 })).toBeUndefined();
  });

  test('by a resource that has been at it for long', async () => {
    expect(await why({ since: NOON - 3_000_000 })).toBeUndefined();
  });

  test('and CloudFormation is asked by the id of the stack, which no other stack ever has', async () => {
    const { stacks: asked, sdk } = stacks();
    await asked.whyNoLongerWanted(RESOURCE, NOON);

    expect(sdk.inputs).toEqual([{ StackName: STACK_ID }, { StackName: STACK_ID, LogicalResourceId: LOGICAL_ID }]);
  });
});

describe('work is no longer wanted', () => {
  test.each([
    'ROLLBACK_IN_PROGRESS', 'ROLLBACK_COMPLETE', 'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE', 'DELETE_IN_PROGRESS', 'DELETE_COMPLETE',
    'CREATE_FAILED', 'UPDATE_FAILED', 'UPDATE_COMPLETE', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
  ])('when the stack is %s', async (stack) => {
    expect(await why({ stack })).toBe(`the stack is ${stack}`);
  });

  test.each(['CREATE_FAILED', 'UPDATE_FAILED', 'UPDATE_COMPLETE', 'DELETE_IN_PROGRESS', 'DELETE_COMPLETE'])('when the resource is %s', async (resource) => {
    expect(await why({ resource })).toBe(`the resource BeforeMigration is ${resource}`);
  });

  test('when a later deployment works on the resource', async () => {
    expect(await why({ since: NOON + 60_001 })).toBe('a later deployment of the resource BeforeMigration has begun');
  });

  test('when CloudFormation knows nothing of them: when in doubt, stop', async () => {
    const silent = new SdkStub({ DescribeStacks: () => ({}), DescribeStackResource: () => ({}) });
    const mute = new SdkStub({ DescribeStacks: () => ({ Stacks: [{ StackStatus: 'UPDATE_IN_PROGRESS' }] }), DescribeStackResource: () => ({}) });
    const ask = (sdk: SdkStub) => new Stacks(sdk.connect(new CloudFormationClient({ region: 'eu-west-1' }))).whyNoLongerWanted(RESOURCE, NOON);

    expect(await ask(silent)).toBe('the stack is unknown');
    expect(await ask(mute)).toBe('the resource BeforeMigration is unknown');
  });
});

test('an answer that does not come is an error, never a yes', async () => {
  const sdk = new SdkStub({ DescribeStacks: refuse(awsError('Throttling')) });
  const asked = new Stacks(sdk.connect(new CloudFormationClient({ region: 'eu-west-1' })));

  await expect(asked.whyNoLongerWanted(RESOURCE, NOON)).rejects.toMatchObject({ name: 'Throttling' });
  await expect(asked.isRollingBack(STACK_ID)).rejects.toMatchObject({ name: 'Throttling' });
});

test.each([
  ['UPDATE_ROLLBACK_IN_PROGRESS', true],
  ['ROLLBACK_IN_PROGRESS', false], ['UPDATE_ROLLBACK_FAILED', false], ['UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', false], ['UPDATE_ROLLBACK_COMPLETE', false],
  ['UPDATE_IN_PROGRESS', false], ['CREATE_IN_PROGRESS', false], ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', false], ['DELETE_IN_PROGRESS', false],
])('a stack that is %s takes an update back: %s', async (stack, expected) => {
  expect(await stacks({ stack }).stacks.isRollingBack(STACK_ID)).toBe(expected);
});

test.each([
  ['ROLLBACK_IN_PROGRESS', true], ['UPDATE_ROLLBACK_IN_PROGRESS', true], ['UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', true], ['ROLLBACK_FAILED', true],
  ['UPDATE_IN_PROGRESS', false], ['DELETE_IN_PROGRESS', false], ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', false], ['CREATE_FAILED', false],
])('a stack that is %s is turning back: %s', async (stack, expected) => {
  expect(await stacks({ stack }).stacks.isTurningBack(STACK_ID)).toBe(expected);
});

describe('work that was handed over and has not begun', () => {
  const HANDED_OVER = 'cab-handed-over';
  const standing = async (stack: string, resource: string | Error, physicalId = HANDED_OVER, since = NOON) => {
    const sdk = new SdkStub({
      DescribeStacks: () => ({ Stacks: [{ StackStatus: stack }] }),
      DescribeStackResource: () => (resource instanceof Error
        ? Promise.reject(resource)
        : { StackResourceDetail: { ResourceStatus: resource, PhysicalResourceId: physicalId, LastUpdatedTimestamp: new Date(since) } }),
    });
    return new Stacks(sdk.connect(new CloudFormationClient({ region: 'eu-west-1' }))).standingOf(RESOURCE, NOON, (id) => id === HANDED_OVER);
  };

  test.each([
    ['CREATE_IN_PROGRESS', 'CREATE_IN_PROGRESS'], ['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE'], ['CREATE_COMPLETE', 'CREATE_COMPLETE'],
    ['UPDATE_ROLLBACK_COMPLETE', 'UPDATE_COMPLETE'],
  ])('is wanted in a stack that is %s while its resource is %s', async (stack, resource) => {
    expect(await standing(stack, resource)).toEqual({ verdict: 'wanted' });
  });

  test('is wanted while its deployment goes on, whatever the resource stood for before', async () => {
    expect(await standing('UPDATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS', 'earlier')).toEqual({ verdict: 'wanted' });
  });

  test.each([
    ['ROLLBACK_IN_PROGRESS', 'CREATE_COMPLETE'], ['UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_COMPLETE'], ['DELETE_IN_PROGRESS', 'CREATE_COMPLETE'],
    ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'DELETE_IN_PROGRESS'],
  ])('is neither begun nor given up in a stack that is %s while its resource is %s', async (stack, resource) => {
    expect(await standing(stack, resource)).toMatchObject({ verdict: 'unsettled', because: expect.stringContaining(resource.startsWith('DELETE') ? resource : stack) });
  });

  test('is neither begun nor given up while a later deployment may replace it', async () => {
    expect(await standing('UPDATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS', HANDED_OVER, NOON + 60_001)).toMatchObject({ verdict: 'unsettled', because: expect.stringContaining('later deployment') });
  });

  test.each([['DELETE_FAILED'], ['DELETE_COMPLETE']])('is not wanted when its resource is %s', async (resource) => {
    expect(await standing('UPDATE_COMPLETE', resource)).toMatchObject({ verdict: 'unwanted', because: expect.stringContaining(resource) });
  });

  test('is not wanted when its resource stands for something else, or left the template', async () => {
    expect(await standing('UPDATE_COMPLETE', 'UPDATE_COMPLETE', 'another')).toMatchObject({ verdict: 'unwanted', because: expect.stringContaining('stands for another one') });
    expect(await standing('UPDATE_COMPLETE', awsError('ValidationError', 'Resource It does not exist for stack Shop'))).toMatchObject({ verdict: 'unwanted', because: expect.stringContaining('is gone') });
  });
});

test.each([
  ['CREATE_IN_PROGRESS', true], ['UPDATE_IN_PROGRESS', true],
  ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', false], ['UPDATE_COMPLETE', false], ['ROLLBACK_IN_PROGRESS', false], ['DELETE_IN_PROGRESS', false],
])('a stack that is %s works: %s', async (stack, expected) => {
  expect(await stacks({ stack }).stacks.isWorking(STACK_ID)).toBe(expected);
});

describe('what a resource stood for was replaced', () => {
  const FORMER = 'cab-former';
  const successorOf = (stack: string, resource: string | Error, physicalId = 'cab-later') => {
    const sdk = new SdkStub({
      DescribeStacks: () => ({ Stacks: [{ StackStatus: stack }] }),
      DescribeStackResource: () => (resource instanceof Error
        ? Promise.reject(resource)
        : { StackResourceDetail: { ResourceStatus: resource, PhysicalResourceId: physicalId } }),
    });
    return new Stacks(sdk.connect(new CloudFormationClient({ region: 'eu-west-1' }))).successorOf(RESOURCE, (id) => id === FORMER);
  };

  test('when the resource goes on and stands for something else', async () => {
    expect(await successorOf('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_COMPLETE')).toBe('cab-later');
  });

  test('not when it still stands for it', async () => {
    expect(await successorOf('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_COMPLETE', FORMER)).toBeUndefined();
  });

  test('not when the stack turned back: then it is what the update made that goes', async () => {
    expect(await successorOf('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_COMPLETE')).toBeUndefined();
  });

  test.each(['DELETE_IN_PROGRESS', 'DELETE_COMPLETE'])('not when the resource itself goes (%s)', async (resource) => {
    expect(await successorOf('DELETE_IN_PROGRESS', resource)).toBeUndefined();
  });

  test('not when the resource left the template', async () => {
    expect(await successorOf('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', awsError('ValidationError', 'Resource It does not exist for stack Shop'))).toBeUndefined();
  });

  test('and an answer that does not come is an error, never a no', async () => {
    await expect(successorOf('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', awsError('Throttling'))).rejects.toMatchObject({ name: 'Throttling' });
    await expect(successorOf('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', awsError('ValidationError', 'the id is odd'))).rejects.toMatchObject({ name: 'ValidationError' });
  });
});

describe('a stack goes', () => {
  const PARENT_ID = STACK_ID.replace('Orders', 'Parent');
  const whyItStays = (statuses: Record<string, string | undefined>) => {
    const sdk = new SdkStub({
      DescribeStacks: ({ StackName }: { StackName: string }) => ({
        Stacks: [{ StackStatus: statuses[StackName], ...(StackName === STACK_ID && PARENT_ID in statuses ? { ParentId: PARENT_ID } : {}) }],
      }),
    });
    return new Stacks(sdk.connect(new CloudFormationClient({ region: 'eu-west-1' }))).whyItStays(STACK_ID);
  };

  test('when it is being deleted, and with it the one that it is nested in', async () => {
    expect(await whyItStays({ [STACK_ID]: 'DELETE_IN_PROGRESS' })).toBeUndefined();
    expect(await whyItStays({ [STACK_ID]: 'DELETE_IN_PROGRESS', [PARENT_ID]: 'DELETE_IN_PROGRESS' })).toBeUndefined();
  });

  test.each(['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'UPDATE_COMPLETE'])(
    'not when it, or the one that it is nested in, is %s', async (status) => {
      expect(await whyItStays({ [STACK_ID]: status })).toBe(`the stack ${STACK_ID} is ${status}`);
      expect(await whyItStays({ [STACK_ID]: 'DELETE_IN_PROGRESS', [PARENT_ID]: status })).toBe(`the stack ${PARENT_ID} is ${status}`);
    },
  );

  test.each([undefined, 'DELETE_FAILED', 'DELETE_COMPLETE', 'SOMETHING_NEW'])('or nobody knows, when it is %s: that is an error', async (status) => {
    await expect(whyItStays({ [STACK_ID]: status })).rejects.toThrow(`CloudFormation does not tell whether the stack ${STACK_ID} is being deleted`);
  });
});

describe('what earlier deploys left of a resource', () => {
  const left = (ResourceStatus: string, PhysicalResourceId: string | undefined = 'orders') => new Stacks(new SdkStub({
    DescribeStackResource: () => ({ StackResourceDetail: { ResourceStatus, PhysicalResourceId } }),
  }).connect(new CloudFormationClient({ region: 'eu-west-1' }))).leftBefore(RESOURCE);

  test.each(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_FAILED', 'UPDATE_ROLLBACK_COMPLETE', 'IMPORT_COMPLETE'])('is complete when it is %s', async (status) => {
    expect(await left(status)).toEqual({ physicalId: 'orders', state: 'complete' });
  });

  test.each(['CREATE_FAILED', 'CREATE_IN_PROGRESS'])('was never complete when it is %s', async (status) => {
    expect(await left(status)).toEqual({ physicalId: 'orders', state: 'unfinished' });
  });

  test.each(['DELETE_FAILED', 'DELETE_IN_PROGRESS'])('is given up when it is %s', async (status) => {
    expect(await left(status)).toEqual({ physicalId: 'orders', state: 'given-up' });
  });

  test.each(['DELETE_COMPLETE', 'DELETE_SKIPPED'])('is nothing when it is %s', async (status) => {
    expect(await left(status)).toBeUndefined();
  });

  test('is nothing while it has no id, and where the stack never had it', async () => {
    expect(await left('CREATE_IN_PROGRESS', '')).toBeUndefined();
    const never = new SdkStub({ DescribeStackResource: refuse(awsError('ValidationError', "Resource Cluster does not exist for stack 'Shop'")) });
    expect(await new Stacks(never.connect(new CloudFormationClient({ region: 'eu-west-1' }))).leftBefore(RESOURCE)).toBeUndefined();
  });

  test('is not nothing where CloudFormation does not tell', async () => {
    const refused = new SdkStub({ DescribeStackResource: refuse(awsError('AccessDenied')) });
    await expect(new Stacks(refused.connect(new CloudFormationClient({ region: 'eu-west-1' }))).leftBefore(RESOURCE)).rejects.toThrow();
  });
});
