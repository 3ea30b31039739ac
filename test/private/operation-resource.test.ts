import { CfnParameter, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { ClusterSnapshot, ClusterSnapshotCopy } from '../../src';
import { COPY, EXPORT, SNAPSHOT, aStack, importedCluster, messageOf, propertiesOf, stackIn, templateOf } from '../support/constructs';
import { SNAPSHOT_ARN, exportIn } from '../support/exports';

const TOPIC_ARN = 'arn:aws:sns:eu-west-1:111111111111:backups';
const topicIn = (stack: Stack, arn = TOPIC_ARN) => sns.Topic.fromTopicArn(stack, 'Topic', arn);

describe.each<[string, string, (stack: Stack, notificationTopic: sns.ITopic) => unknown]>([
  ['snapshot', SNAPSHOT, (stack, notificationTopic) => new ClusterSnapshot(stack, 'Work', { cluster: importedCluster(stack), notificationTopic })],
  ['copy', COPY, (stack, notificationTopic) => new ClusterSnapshotCopy(stack, 'Work', { source: ClusterSnapshot.fromSnapshotArn(stack, 'Source', SNAPSHOT_ARN), notificationTopic })],
  ['export', EXPORT, (stack, notificationTopic) => exportIn(stack, { notificationTopic }, 'Work')],
])('the topic that is told of a %s', (_, type, make) => {
  test('is named to the handler and may be published to', () => {
    const stack = stackIn('eu-west-1');
    make(stack, topicIn(stack));

    expect(propertiesOf(stack, type).NotificationTopicArn).toBe(TOPIC_ARN);
    templateOf(stack).hasResourceProperties('AWS::IAM::Role', {
      Policies: [{ PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'sns:Publish', Resource: TOPIC_ARN })]) } }],
    });
  });

  test('cannot be in another Region', () => {
    const stack = stackIn('eu-west-1');

    expect(messageOf(() => make(stack, topicIn(stack, TOPIC_ARN.replace('eu-west-1', 'eu-central-1'))))).toBe(
      "[Orders/Work] notificationTopic 'Orders/Topic' is in eu-central-1 and the stack in eu-west-1, from where it cannot be reached; give a topic of eu-west-1",
    );
  });

  test('cannot be a FIFO topic', () => {
    const stack = stackIn('eu-west-1');

    expect(messageOf(() => make(stack, new sns.Topic(stack, 'Topic', { fifo: true })))).toBe(
      "[Orders/Work] notificationTopic 'Orders/Topic' is a FIFO topic, which takes no plain messages; give a standard topic",
    );
  });

  test('may be known only when the stack deploys', () => {
    const stack = aStack();
    make(stack, topicIn(stack, new CfnParameter(stack, 'Arn').valueAsString));

    expect(propertiesOf(stack, type).NotificationTopicArn).toEqual({ Ref: 'Arn' });
  });
});
