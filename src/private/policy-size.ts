import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';

/**
 * What the inline policies of a role may have in all.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const MAX_INLINE_CHARACTERS = 10_240;

/** How many characters a policy has at least, whatever becomes of its tokens. IAM counts no white space, and there is none. */
export function leastCharactersOf(stack: Stack, policy: iam.PolicyDocument): number {
  return JSON.stringify(shortest(stack.resolve(policy))).length;
}

/** What CloudFormation could make of it that is shortest. */
function shortest(value: any): any {
  if (Array.isArray(value)) {
    return value.map(shortest);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const [[key, argument] = [], ...others] = Object.entries(value);
  if (key === 'Fn::Join') {
    const [, parts] = argument as [string, unknown];
    return Array.isArray(parts) ? parts.map((part) => (typeof part === 'string' ? part : shortestText(part))).join('') : '';
  }
  return others.length === 0 && (key === 'Ref' || key?.startsWith('Fn::')) ? '' : Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shortest(part)]));
}

function shortestText(part: unknown): string {
  return (part as { Ref?: string }).Ref === 'AWS::Partition' ? 'aws' : '';
}
