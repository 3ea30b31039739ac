import { Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { fail } from './checks';
import { keyTarget } from './keys';

export function checkTopic(scope: Construct, topic: sns.ITopic, region: string): void {
  if (topic.fifo) {
    fail(scope, `notificationTopic '${topic.node.path}' is a FIFO topic, which takes no plain messages; give a standard topic`);
  }
  if (!Token.isUnresolved(topic.env.region) && !Token.isUnresolved(region) && topic.env.region !== region) {
    fail(scope, `notificationTopic '${topic.node.path}' is in ${topic.env.region} and the stack in ${region}, from where it cannot be reached; give a topic of ${region}`);
  }
}

/** The right to publish to the topic, and to use the key that encrypts it. */
export function notifyStatements(stack: Stack, topic: sns.ITopic): iam.PolicyStatement[] {
  const publish = new iam.PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] });
  const key = (topic as { readonly masterKey?: kms.IKey }).masterKey;
  return key
    ? [publish, new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], ...keyTarget(stack, key, stack.region) })]
    : [publish];
}
