import { CfnParameter, Duration } from 'aws-cdk-lib';
import { Completion, ClusterSnapshot } from '../../src';
import { SNAPSHOT, aStack, importedCluster, messageOf, propertiesOf } from '../support/constructs';

function minutesOf(completion?: Completion, stack = aStack()): unknown {
  new ClusterSnapshot(stack, 'Snapshot', { cluster: importedCluster(stack), completion });
  return propertiesOf(stack, SNAPSHOT).TimeoutMinutes;
}

test('a deploy waits 50 minutes, unless it is told otherwise', () => {
  expect(minutesOf()).toBe(50);
  expect(minutesOf(Completion.waitFor())).toBe(50);
});

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

  expect(message).toContain(`timeout must be whole minutes from 1 to 55, got ${inWords};`);
  expect(message).toContain('CloudFormation waits at most one hour');
});

test('a time that is only known when the stack deploys is passed on unseen', () => {
  const stack = aStack();
  const minutes = new CfnParameter(stack, 'Minutes', { type: 'Number' }).valueAsNumber;

  expect(minutesOf(Completion.waitFor({ timeout: Duration.minutes(minutes) }), stack)).toEqual({ Ref: 'Minutes' });
});
