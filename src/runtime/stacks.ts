import { CloudFormationClient, DescribeStackResourceCommand, DescribeStacksCommand, StackResourceDetail } from './aws/cloudformation';

const WORKING = new Set(['CREATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS']);

/** The resource says "in progress" a moment before its function is called; the clocks of the two may differ. */
const CLOCK_TOLERANCE_MS = 60_000;

/** A resource of a stack, as CloudFormation knows it. */
export interface StackResource {
  readonly stackId: string;
  readonly logicalId: string;
}

export interface LeftResource {
  readonly physicalId: string;
  /** `unfinished`: its creation failed, and it stays only until the next deploy. `given-up`: CloudFormation wanted it to go, and could not delete it. */
  readonly state: 'complete' | 'unfinished' | 'given-up';
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

  /** Whether a deploy goes on that has not turned back. */
  public async isWorking(stackId: string): Promise<boolean> {
    return WORKING.has(await this.stackStatus(stackId));
  }

  /** Why the stack stays, or one that it is nested in; undefined if all of them are being deleted. Throws if CloudFormation tells neither. */
  public async whyItStays(stackId: string): Promise<string | undefined> {
    const { Stacks: [stack] = [] } = await this.client.send(new DescribeStacksCommand({ StackName: stackId }));
    const status = stack?.StackStatus ?? 'unknown';
    if (status === 'DELETE_IN_PROGRESS') {
      return stack?.ParentId ? this.whyItStays(stack.ParentId) : undefined;
    }
    if (!/^(CREATE|UPDATE|ROLLBACK|IMPORT)_/.test(status)) {
      throw new Error(`CloudFormation does not tell whether the stack ${stackId} is being deleted: its status is ${status}`);
    }
    return `the stack ${stackId} is ${status}`;
  }

  /** A resource as earlier deploys left it; undefined if they made none. */
  public async leftBefore(resource: StackResource): Promise<LeftResource | undefined> {
    const { ResourceStatus: status = 'unknown', PhysicalResourceId: physicalId } = await this.describeIfAny(resource) ?? {};
    // Skipped is what was removed from the stack and kept: it does not belong to it any more.
    if (!physicalId || /^DELETE_(COMPLETE|SKIPPED)$/.test(status)) {
      return undefined;
    }
    return { physicalId, state: /^CREATE_(FAILED|IN_PROGRESS)$/.test(status) ? 'unfinished' : status.startsWith('DELETE_') ? 'given-up' : 'complete' };
  }

  /** What the resource stands for by now, if it goes on and that is something else: then what it stood for was replaced, not removed. */
  public async successorOf(resource: StackResource, standsForIt: (physicalId: string) => boolean): Promise<string | undefined> {
    if (await this.isTurningBack(resource.stackId)) {
      return undefined;
    }
    const { ResourceStatus: status, PhysicalResourceId: physicalId = '' } = await this.describeIfAny(resource) ?? { ResourceStatus: 'DELETE_COMPLETE' };
    return status?.startsWith('DELETE_') || standsForIt(physicalId) ? undefined : physicalId;
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
    return isLater(detail, startedAt) ? `a later deployment of the resource ${resource.logicalId} has begun` : undefined;
  }

  /** Whether work that was handed over is still to be begun: only while its resource is there and stands for it. */
  public async standingOf(resource: StackResource, requestedAt: number, standsForIt: (physicalId: string) => boolean): Promise<Standing> {
    const stackStatus = await this.stackStatus(resource.stackId);
    if (/ROLLBACK_IN_PROGRESS$|^DELETE_IN_PROGRESS$/.test(stackStatus)) {
      return { verdict: 'unsettled', because: `the stack is ${stackStatus}` };
    }
    const detail = await this.describeIfAny(resource);
    const status = detail?.ResourceStatus ?? 'gone';
    if (status === 'DELETE_IN_PROGRESS') {
      // The deletion stops what waits for its turn; nobody needs to be told that it does not begin.
      return { verdict: 'unsettled', because: `the resource ${resource.logicalId} is ${status}` };
    }
    if (status === 'gone' || status.startsWith('DELETE_')) {
      return { verdict: 'unwanted', because: `the resource ${resource.logicalId} is ${status}` };
    }
    if (WORKING.has(status)) {
      // While its own deployment goes on, a resource does not have its id yet; a later one may replace what is waited for here.
      const later = isLater(detail, requestedAt);
      return later ? { verdict: 'unsettled', because: `a later deployment of the resource ${resource.logicalId} goes on` } : { verdict: 'wanted' };
    }
    return standsForIt(detail?.PhysicalResourceId ?? '')
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

function isLater(detail: StackResourceDetail | undefined, startedAt: number): boolean {
  return (detail?.LastUpdatedTimestamp?.getTime() ?? 0) > startedAt + CLOCK_TOLERANCE_MS;
}
