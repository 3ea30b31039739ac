import { join } from 'node:path';
import { CloudFormationClient, CreateStackCommand, DeleteStackCommand, DescribeStackEventsCommand, DescribeStackResourceCommand, DescribeStacksCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { LocalAws } from '../../local/local-aws';

// Lambda's Node runtimes have the AWS SDK; the inline functions below use it, so the emulator started by this process finds it.
process.env.NODE_PATH ??= join(__dirname, '..', '..', 'node_modules');

export const ACCOUNT = '111111111111';
export const REGION = 'eu-west-1';

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: object;
}

/** What the probe's function answers to one type of request, and which RDS calls it makes before. */
export interface Answer {
  readonly id?: string;
  readonly status?: 'SUCCESS' | 'FAILED';
  readonly data?: object;
  readonly calls?: [command: string, input: object][];
  /** No answer to CloudFormation, but this many characters to whoever called. */
  readonly silent?: number;
}
export type Answers = Partial<Record<'Create' | 'Update' | 'Delete', Answer>>;

/** Does what its own properties say. A call that fails makes the answer FAILED, with the error as reason. */
const CODE = `
exports.handler = async (event) => {
  const plan = JSON.parse(event.ResourceProperties.On)[event.RequestType] ?? {};
  let { id = event.PhysicalResourceId ?? 'first', status = 'SUCCESS', data } = plan, reason = 'as planned';
  try {
    const rds = plan.calls && require('@aws-sdk/client-rds');
    for (const [command, input] of plan.calls ?? []) await new rds.RDSClient({}).send(new rds[command + 'Command'](input));
  } catch (error) {
    [status, reason] = ['FAILED', error.name + ': ' + error.message];
  }
  if (plan.silent) return 'x'.repeat(plan.silent);
  const { StackId, RequestId, LogicalResourceId } = event;
  await fetch(event.ResponseURL, { method: 'PUT', body: JSON.stringify({
    Status: status, Reason: reason, PhysicalResourceId: id, StackId, RequestId, LogicalResourceId, Data: data }) });
};`;

/** One function with one role, and custom resources that tell it what to do. */
export function template(resources: Record<string, object>, statements: Statement[] = []): object {
  return {
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }] } },
      },
      ...(statements.length && {
        Policy: {
          Type: 'AWS::IAM::Policy',
          Properties: { PolicyName: 'rights', Roles: [{ Ref: 'Role' }], PolicyDocument: { Version: '2012-10-17', Statement: statements } },
        },
      }),
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: { FunctionName: 'probe', Runtime: 'nodejs22.x', Handler: 'index.handler', Timeout: 30, Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, Code: { ZipFile: CODE } },
      },
      ...resources,
    },
  };
}

export function probe(on: Answers, properties: object = {}, attributes: object = {}): object {
  return {
    Type: 'Custom::Probe',
    DependsOn: 'Function',
    Properties: { ServiceToken: { 'Fn::GetAtt': ['Function', 'Arn'] }, On: JSON.stringify(on), ...properties },
    ...attributes,
  };
}

/** A resource that cannot be made: its queue name is not one. */
export const FAILS = { Type: 'AWS::SQS::Queue', DependsOn: 'Probe', Properties: { FifoQueue: true, QueueName: 'not-a-fifo-name!' } };

export class Stack {
  readonly name = 'probe';
  private readonly cfn: CloudFormationClient;

  constructor(private readonly aws: LocalAws) {
    this.cfn = new CloudFormationClient(aws.client(REGION, ACCOUNT));
  }

  async create(body: object) { return this.done(await this.begin(body)); }
  async begin(body: object) {
    return (await this.cfn.send(new CreateStackCommand({ StackName: this.name, TemplateBody: JSON.stringify(body), Capabilities: ['CAPABILITY_IAM'] }))).StackId!;
  }
  async update(body: object) {
    const { StackId } = await this.cfn.send(new UpdateStackCommand({ StackName: this.name, TemplateBody: JSON.stringify(body), Capabilities: ['CAPABILITY_IAM'] }));
    return this.done(StackId!);
  }
  async delete(stackId: string) {
    await this.cfn.send(new DeleteStackCommand({ StackName: stackId }));
    return this.done(stackId);
  }
  async id() { return (await this.cfn.send(new DescribeStacksCommand({ StackName: this.name }))).Stacks![0].StackId!; }

  /** The status in which the stack comes to rest. */
  async done(stackId: string): Promise<string> {
    for (;;) {
      const [stack] = (await this.cfn.send(new DescribeStacksCommand({ StackName: stackId }))).Stacks!;
      if (!stack.StackStatus!.endsWith('_IN_PROGRESS')) return stack.StackStatus!;
      await sleep(50);
    }
  }

  async outputs(): Promise<Record<string, string>> {
    const [{ Outputs = [] }] = (await this.cfn.send(new DescribeStacksCommand({ StackName: this.name }))).Stacks!;
    return Object.fromEntries(Outputs.map((output) => [output.OutputKey, output.OutputValue]));
  }

  async resource(LogicalResourceId: string) {
    return this.cfn.send(new DescribeStackResourceCommand({ StackName: this.name, LogicalResourceId }));
  }

  async events(): Promise<string[]> {
    return (await this.describedEvents()).map((event) => `${event.LogicalResourceId} ${event.ResourceStatus}`);
  }
  async reasons(): Promise<string[]> {
    return (await this.describedEvents()).flatMap((event) => event.ResourceStatusReason ?? []);
  }
  private async describedEvents() {
    return (await this.cfn.send(new DescribeStackEventsCommand({ StackName: await this.id() }))).StackEvents!.reverse();
  }

  /** The requests its provider got, as CloudFormation sent them. */
  async requests(): Promise<any[]> {
    const calls = await this.aws.calls({ principal: 'cloudformation.amazonaws.com', action: 'lambda:InvokeFunction' });
    return calls.map((call) => call.parameters.Payload);
  }
}

export async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await sleep(50);
  }
}

export const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A call as the account's root without an SDK client: services of which the tests need one or two operations. */
export async function ask(aws: LocalAws, service: string, target: string, body: object, region = REGION, account = ACCOUNT): Promise<string> {
  const query = ['iam', 'sts', 'rds'].includes(service);
  const answer = await fetch(aws.endpoint, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${account}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
      ...(query ? { 'content-type': 'application/x-www-form-urlencoded' } : { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }),
    },
    body: query ? new URLSearchParams({ Action: target, ...body } as Record<string, string>).toString() : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}

/** Credentials of a session of a role with these rights and no others. */
export async function asRole(aws: LocalAws, statements: Statement[], account = ACCOUNT, name = 'tested') {
  await ask(aws, 'iam', 'CreateRole', {
    RoleName: name, AssumeRolePolicyDocument: JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '*' } }] }),
  }, REGION, account);
  await setRights(aws, statements, account, name);
  const answer = await ask(aws, 'sts', 'AssumeRole', { RoleArn: `arn:aws:iam::${account}:role/${name}`, RoleSessionName: 'session' }, REGION, account);
  const part = (tag: string) => new RegExp(`<${tag}>(.*?)</${tag}>`).exec(answer)![1];
  return { accessKeyId: part('AccessKeyId'), secretAccessKey: part('SecretAccessKey'), sessionToken: part('SessionToken') };
}

export async function setRights(aws: LocalAws, statements: Statement[], account = ACCOUNT, name = 'tested') {
  await ask(aws, 'iam', 'PutRolePolicy', {
    RoleName: name, PolicyName: 'rights', PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
  }, REGION, account);
}
