import { AwsQueryProtocol } from '@aws-sdk/core/protocols';
import { ClientConfig, SmallClient, command } from './small-client';

const NAMESPACE = 'com.amazonaws.cloudformation';
const VERSION = '2010-05-15';

/** As the models of the SDK write them down. What an answer holds beside is not read. */
const STRING = 0;
const TIMESTAMP = 4;
const struct = (name: string, members: Readonly<Record<string, unknown>>) => [3, NAMESPACE, name, 0, Object.keys(members), Object.values(members)];
const list = (name: string, of: unknown) => [1, NAMESPACE, name, 0, of];

export class CloudFormationClient extends SmallClient {
  constructor(config?: ClientConfig) {
    super({
      id: 'CloudFormation',
      name: 'cloudformation',
      partitionsOfFipsHosts: ['aws-us-gov'],
      namespace: NAMESPACE,
      protocol: AwsQueryProtocol,
      protocolSettings: { xmlNamespace: `http://cloudformation.amazonaws.com/doc/${VERSION}/`, version: VERSION },
    }, config);
  }
}

export interface DescribedStack {
  readonly StackStatus?: string;
  readonly ParentId?: string;
}

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html */
export class DescribeStacksCommand extends command<{ readonly StackName: string }, { readonly Stacks?: readonly DescribedStack[] }>([
  9, NAMESPACE, 'DescribeStacks', 0,
  struct('DescribeStacksInput', { StackName: STRING }),
  struct('DescribeStacksOutput', { Stacks: list('Stacks', struct('Stack', { StackStatus: STRING, ParentId: STRING })) }),
]) {}

export interface StackResourceDetail {
  readonly ResourceStatus?: string;
  readonly PhysicalResourceId?: string;
  readonly LastUpdatedTimestamp?: Date;
}

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResource.html */
export class DescribeStackResourceCommand extends command<
  { readonly StackName: string; readonly LogicalResourceId: string },
  { readonly StackResourceDetail?: StackResourceDetail }
>([
  9, NAMESPACE, 'DescribeStackResource', 0,
  struct('DescribeStackResourceInput', { StackName: STRING, LogicalResourceId: STRING }),
  struct('DescribeStackResourceOutput', {
    StackResourceDetail: struct('StackResourceDetail', { ResourceStatus: STRING, PhysicalResourceId: STRING, LastUpdatedTimestamp: TIMESTAMP }),
  }),
]) {}
