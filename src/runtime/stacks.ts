import { CloudFormationClient, DescribeStackResourceCommand, DescribeStacksCommand, StackResourceDetail } from '@aws-sdk/client-cloudformation';

const WORKING = new Set(['CREATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS']);

/** The resource says "in progress" a moment before its function is called; the clocks of the two may differ. */
const CLOCK_TOLERANCE_MS = 60_000;

/** A resource of a stack, as CloudFormation knows it. */
export interface StackResource {
  readonly stackId: string;
  readonly logicalId: string;
}

/** What a stack that has moved on means for work that was handed over and has not begun. */
export type Standing =
  | { readonly verdict: 'wanted' }
  /** The stack is on its way back or away; if it does not stay, nobody has to start anything. */
  | { readonly verdict: 'unsettled' | 'unwanted'; readonly because: string };

/** What CloudFormation says of the stack that a request came from. */
export class Stacks {
  constructor(private readonly client: CloudFormationClient) {}

  /** Whether the stack takes an update back. */
  public async isRollingBack(stackId: string): Promise<boolean> {
    return await this.stackStatus(stackId) === 'UPDATE_ROLLBACK_IN_PROGRESS';
  }

  /** Whether the stack undoes what it began, an update or its creation. */
  public async isTurningBack(stackId: string): Promise<boolean> {
    return (await this.stackStatus(stackId)).includes('ROLLBACK');
  }

  /**
   * Why nothing may be started for this request any more; undefined if it still may. The framework goes on polling after
   * a stack has turned back, so a start that comes late would make something that nobody owns.
   */
  public async whyNoLongerWanted(resource: StackResource, startedAt: number): Promise<string | undefined> {
    const stackStatus = await this.stackStatus(resource.stackId);
    if (!WORKING.has(stackStatus)) {
      return `the stack is ${stackStatus}`;
    }
    return this.whyOutdated(resource, startedAt);
  }

  /** Why the request is no longer the one that the resource is worked on for; undefined if it is. */
  public async whyOutdated(resource: StackResource, startedAt: number): Promise<string | undefined> {
    const detail = await this.describe(resource);
    const resourceStatus = detail?.ResourceStatus ?? 'unknown';
    if (!WORKING.has(resourceStatus)) {
      return `the resource ${resource.logicalId} is ${resourceStatus}`;
    }
    const since = detail?.LastUpdatedTimestamp?.getTime() ?? 0;
    return since > startedAt + CLOCK_TOLERANCE_MS ? `a later deployment of the resource ${resource.logicalId} has begun` : undefined;
  }

  /** Whether work that was handed over is still to be begun: only while its resource is there and stands for it. */
  public async standingOf(resource: StackResource, standsForIt: (physicalId: string) => boolean): Promise<Standing> {
    const stackStatus = await this.stackStatus(resource.stackId);
    if (/ROLLBACK_IN_PROGRESS$|^DELETE_IN_PROGRESS$/.test(stackStatus)) {
      return { verdict: 'unsettled', because: `the stack is ${stackStatus}` };
    }
    const detail = await this.describeIfAny(resource);
    const status = detail?.ResourceStatus ?? 'gone';
    if (status === 'gone' || status.startsWith('DELETE_')) {
      return { verdict: 'unwanted', because: `the resource ${resource.logicalId} is ${status}` };
    }
    // While its deployment goes on, a resource may not have its new id yet.
    return WORKING.has(status) || standsForIt(detail?.PhysicalResourceId ?? '')
      ? { verdict: 'wanted' }
      : { verdict: 'unwanted', because: `the resource ${resource.logicalId} stands for another one by now` };
  }

  private async stackStatus(stackId: string): Promise<string> {
    const answer = await this.client.send(new DescribeStacksCommand({ StackName: stackId }));
    return answer.Stacks?.[0]?.StackStatus ?? 'unknown';
  }

  private async describe({ stackId, logicalId }: StackResource): Promise<StackResourceDetail | undefined> {
    const answer = await this.client.send(new DescribeStackResourceCommand({ StackName: stackId, LogicalResourceId: logicalId }));
    return answer.StackResourceDetail;
  }

  private async describeIfAny(resource: StackResource): Promise<StackResourceDetail | undefined> {
    try {
      return await this.describe(resource);
    } catch (error) {
      // CloudFormation has no error of its own for a resource that left the template.
      if (error instanceof Error && error.name === 'ValidationError' && /does not exist/i.test(error.message)) {
        return undefined;
      }
      throw error;
    }
  }
}
