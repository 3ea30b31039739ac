import {
  CloudFormationClient, CreateStackCommand, DeleteStackCommand, DescribeStackResourcesCommand, DescribeStacksCommand, StackEvent, UpdateStackCommand,
  paginateDescribeStackEvents,
} from '@aws-sdk/client-cloudformation';
import { App, Stack, cx_api } from 'aws-cdk-lib';
import { publishAssets } from './assets';
import { temporaryFolder } from './temporary-folders';
import { until } from './until';
import { localSynthesizer } from '../../../local/cdk-cli';
import { LocalAws } from '../../../local/local-aws';
import { ACCOUNT, HERE } from '../../local/world';

/** What a test declares: constructs in a stack. */
export type Declaration = (stack: Stack) => void;

/** What CloudFormation takes in a call. */
const MAX_TEMPLATE_LENGTH = 51_200;

/** How a deployment of a stack ended, and what its user was told. */
export interface Outcome {
  readonly status: string;
  /** `<logical id> <status>`, oldest first, of this deployment only. */
  readonly events: string[];
  /** The reasons of everything that failed, as the CDK CLI prints them. */
  readonly reasons: string[];
}

/** Writes a cloud assembly with one stack. */
export function synthesize(name: string, declare: Declaration, region: string = HERE, account: string = ACCOUNT) {
  const app = new App({ outdir: temporaryFolder() });
  declare(new Stack(app, name, { synthesizer: localSynthesizer(), env: { region, account } }));
  return app.synth();
}

/** A larger template is read from the bucket of the assets, where it is published with them. */
function templateOf({ template, stackTemplateAssetObjectUrl }: cx_api.CloudFormationStackArtifact, region: string, account: string) {
  const TemplateBody = JSON.stringify(template);
  if (TemplateBody.length <= MAX_TEMPLATE_LENGTH) {
    return { TemplateBody };
  }
  const path = stackTemplateAssetObjectUrl!.replace('s3://', '').replace('${AWS::AccountId}', account).replace('${AWS::Region}', region);
  return { TemplateURL: `https://s3.${region}.amazonaws.com/${path}` };
}

/** One stack, deployed by CloudFormation's own API: what the CDK CLI does, without the seconds that its process takes. */
export class DeployedStack {
  private readonly cfn: CloudFormationClient;
  private stackId?: string;
  private readonly seen = new Set<string>();

  constructor(private readonly local: LocalAws, readonly name: string, readonly region: string = HERE, readonly account: string = ACCOUNT) {
    this.cfn = new CloudFormationClient(local.client(region, account));
  }

  /** Creates or updates the stack and waits until it is at rest. */
  async deploy(declare: Declaration): Promise<Outcome> {
    await this.begin(declare);
    return this.settled();
  }

  /** Creates or updates the stack and returns while CloudFormation works. */
  async begin(declare: Declaration): Promise<void> {
    const artifact = synthesize(this.name, declare, this.region, this.account).getStackByName(this.name);
    await publishAssets(this.local, artifact, this.region, this.account);
    const input = { StackName: this.name, ...templateOf(artifact, this.region, this.account), Capabilities: ['CAPABILITY_IAM' as const] };
    if (this.stackId === undefined) {
      this.stackId = (await this.cfn.send(new CreateStackCommand(input))).StackId!;
    } else {
      await this.cfn.send(new UpdateStackCommand(input));
    }
  }

  async destroy(): Promise<Outcome> {
    await this.beginDestroy();
    return this.settled();
  }

  async beginDestroy(): Promise<void> {
    await this.cfn.send(new DeleteStackCommand({ StackName: this.id }));
  }

  /** Waits for the end of what was begun. A destroyed stack can be deployed again, as another stack of the same name. */
  async settled(): Promise<Outcome> {
    const status = await until(`${this.name} is at rest`, async () => {
      const now = await this.status();
      return now.endsWith('_IN_PROGRESS') ? undefined : now;
    });
    const fresh = await this.freshEvents();
    if (status === 'DELETE_COMPLETE') {
      this.stackId = undefined;
    }
    return {
      status,
      events: fresh.map((event) => `${event.LogicalResourceId} ${event.ResourceStatus}`),
      reasons: fresh.filter((event) => event.ResourceStatus?.endsWith('FAILED')).map((event) => event.ResourceStatusReason ?? ''),
    };
  }

  /** Something else in the stack fails while its custom resources are pending, and CloudFormation turns back. */
  async failElsewhere(): Promise<void> {
    await this.local.post('custom-resources/fail-elsewhere', { stack: this.name });
  }

  async status(): Promise<string> {
    return (await this.cfn.send(new DescribeStacksCommand({ StackName: this.id }))).Stacks![0].StackStatus!;
  }

  /** The physical id of a construct's own resource, whose logical id is that of the construct and a hash. */
  async physicalId(logicalId: string): Promise<string> {
    const { StackResources } = await this.cfn.send(new DescribeStackResourcesCommand({ StackName: this.id }));
    return StackResources!.find((resource) => resource.LogicalResourceId!.replace(/[0-9A-F]{8}$/, '') === logicalId)!.PhysicalResourceId!;
  }

  /** The outputs by their logical ids. */
  async outputs(): Promise<Record<string, string>> {
    const { Stacks } = await this.cfn.send(new DescribeStacksCommand({ StackName: this.id }));
    return Object.fromEntries((Stacks![0].Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!]));
  }

  get id(): string {
    if (this.stackId === undefined) {
      throw new Error(`the stack ${this.name} is not deployed`);
    }
    return this.stackId;
  }

  private async freshEvents(): Promise<StackEvent[]> {
    const fresh: StackEvent[] = [];
    for await (const page of paginateDescribeStackEvents({ client: this.cfn }, { StackName: this.id })) {
      fresh.push(...page.StackEvents!.filter((event) => !this.seen.has(event.EventId!)));
    }
    fresh.forEach((event) => this.seen.add(event.EventId!));
    return fresh.reverse();
  }
}
