import { CloudFormationClient, DescribeStackResourceCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DeployEvent } from './events';

const WORKING = new Set(['CREATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS']);

/** The resource says "in progress" a moment before its function is called; the clocks of the two may differ. */
const CLOCK_TOLERANCE_MS = 60_000;

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
  public async whyNoLongerWanted(event: DeployEvent, startedAt: number): Promise<string | undefined> {
    const stackStatus = await this.stackStatus(event.StackId);
    if (!WORKING.has(stackStatus)) {
      return `the stack is ${stackStatus}`;
    }
    return this.whyOutdated(event, startedAt);
  }

  /** Why the request is no longer the one that the resource is worked on for; undefined if it is. */
  public async whyOutdated(event: DeployEvent, startedAt: number): Promise<string | undefined> {
    const { StackResourceDetail: resource } = await this.client.send(new DescribeStackResourceCommand({
      StackName: event.StackId, LogicalResourceId: event.LogicalResourceId,
    }));
    const resourceStatus = resource?.ResourceStatus ?? 'unknown';
    if (!WORKING.has(resourceStatus)) {
      return `the resource ${event.LogicalResourceId} is ${resourceStatus}`;
    }
    const since = resource?.LastUpdatedTimestamp?.getTime() ?? 0;
    return since > startedAt + CLOCK_TOLERANCE_MS ? `a later deployment of the resource ${event.LogicalResourceId} has begun` : undefined;
  }

  private async stackStatus(stackId: string): Promise<string> {
    const answer = await this.client.send(new DescribeStacksCommand({ StackName: stackId }));
    return answer.Stacks?.[0]?.StackStatus ?? 'unknown';
  }
}
