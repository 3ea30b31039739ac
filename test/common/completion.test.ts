import { CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ClusterSnapshot, ClusterSnapshotCopy, Completion, ExportSource, ExportTask, TimeoutBehavior } from '../../src';
import { COPY, EXPORT, SNAPSHOT, aStack, importedCluster, messageOf, propertiesOf } from '../support/constructs';

const ARN = 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:orders';

/** How a construct of each kind is made, and the type of its resource. */
const KINDS: Record<string, [type: string, make: (stack: Stack, completion?: Completion) => unknown]> = {
  snapshot: [SNAPSHOT, (stack, completion) => new ClusterSnapshot(stack, 'Snapshot', { cluster: importedCluster(stack), completion })],
  copy: [COPY, (stack, completion) => new ClusterSnapshotCopy(stack, 'Copy', { source: ClusterSnapshot.fromSnapshotArn(stack, 'Source', ARN), completion })],
  export: [EXPORT, (stack, completion) => new ExportTask(stack, 'Export', {
    source: ExportSource.snapshotArn(ARN),
    bucket: s3.Bucket.fromBucketName(stack, 'Lake', 'lake'),
    encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/1'),
    completion,
  })],
};

function propertiesWith(kind: string, completion?: Completion, stack = aStack()) {
  const [type, make] = KINDS[kind];
  make(stack, completion);
  return propertiesOf(stack, type);
}

const minutesOf = (completion?: Completion, stack = aStack()) => propertiesWith('snapshot', completion, stack).TimeoutMinutes;

describe.each(Object.keys(KINDS))('a %s', (kind) => {
  test('has a deploy that waits 50 minutes, unless it is told otherwise', () => {
    expect(propertiesWith(kind).TimeoutMinutes).toBe(50);
    expect(propertiesWith(kind, Completion.waitFor({ timeout: Duration.minutes(20) })).TimeoutMinutes).toBe(20);
  });

  test('fails the deploy on a timeout when it is told to', () => {
    expect(propertiesWith(kind, Completion.waitFor({ onTimeout: TimeoutBehavior.FAIL })).Completion).toBe('fail');
  });

  test('goes on after a timeout when it is told to', () => {
    expect(propertiesWith(kind, Completion.waitFor({ onTimeout: TimeoutBehavior.CONTINUE })).Completion).toBe('continue');
  });

  test('in the background still has the deploy wait until the work may begin: the rights to it are as young as the deploy', () => {
    expect(propertiesWith(kind, Completion.background())).toMatchObject({ Completion: 'background', TimeoutMinutes: 50 });
  });
});

test.each([['snapshot', 'fail'], ['copy', 'continue'], ['export', 'continue']])(
  'on a timeout, a %s does "%s" when nobody says what, with a time of its own or not', (kind, mode) => {
    expect(propertiesWith(kind).Completion).toBe(mode);
    expect(propertiesWith(kind, Completion.waitFor()).Completion).toBe(mode);
    expect(propertiesWith(kind, Completion.waitFor({ timeout: Duration.minutes(20) })).Completion).toBe(mode);
  },
);

test.each([
  [Duration.minutes(1), 1],
  [Duration.minutes(55), 55],
  [Duration.seconds(120), 2],
])('it can wait %s', (timeout, minutes) => {
  expect(minutesOf(Completion.waitFor({ timeout }))).toBe(minutes);
});

test.each([
  [Duration.minutes(0), '0 minutes'],
  [Duration.minutes(56), '56 minutes'],
  [Duration.hours(1), '1 hour'],
  [Duration.seconds(90), '1 minute 30 seconds'],
  [Duration.days(1), '1 day'],
])('it cannot wait %s: CloudFormation would not', (timeout, inWords) => {
  const message = messageOf(() => Completion.waitFor({ timeout }));

  expect(message).toContain(`Completion.waitFor: timeout must be whole minutes from 1 to 55, got ${inWords};`);
  expect(message).toContain('CloudFormation waits at most one hour');
  expect(message).toMatch(/use onTimeout: TimeoutBehavior\.CONTINUE or Completion\.background\(\)$/);
});

test('a time that is only known when the stack deploys is passed on unseen', () => {
  const stack = aStack();
  const minutes = new CfnParameter(stack, 'Minutes', { type: 'Number' }).valueAsNumber;

  expect(minutesOf(Completion.waitFor({ timeout: Duration.minutes(minutes) }), stack)).toEqual({ Ref: 'Minutes' });
});
