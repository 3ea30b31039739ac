import { Stack } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import { E2e } from './e2e';
import { ACCOUNT, HERE } from '../../local/world';

const NAME = 'operators';
const ARN = `arn:aws:sns:${HERE}:${ACCOUNT}:${NAME}`;

/** A topic that is there before any stack, and after it. */
export async function prepareOperators(aws: E2e): Promise<void> {
  const answer = await fetch(aws.local.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'authorization': `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/${HERE}/sns/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: new URLSearchParams({ Action: 'CreateTopic', Version: '2010-03-31', Name: NAME }).toString(),
  });
  expect(await answer.text()).toContain(ARN);
}

/** Who is told how operations end. */
export function operatorsIn(stack: Stack): sns.ITopic {
  return stack.node.tryFindChild('Operators') as sns.ITopic | undefined ?? sns.Topic.fromTopicArn(stack, 'Operators', ARN);
}
