import { LeftResource, StackResource, Standing, Stacks } from '../../src/runtime/stacks';

/** What CloudFormation says of the stack, as a test wants it said. */
export class FakeStacks implements Pick<Stacks, keyof Stacks> {
  public rollingBack = false;
  public turningBack = false;
  /** One answer a question, the last for ever; undefined means that the work is still wanted. */
  public answers: Array<string | undefined> = [undefined];
  public asked = 0;
  /** Why the request is not the one that the resource is worked on for. */
  public outdated: string | undefined;
  /** What it says of work that was handed over. */
  public standing: Standing = { verdict: 'wanted' };
  /** The id that the resource has in CloudFormation, where a test cares. */
  public physicalId: string | undefined;

  /** Whether a deploy goes on. */
  public working = false;
  /** Why the stack stays; undefined while it is being deleted. An error is what CloudFormation answers instead. */
  public stays: string | Error | undefined;

  /** Whether the resource stands for something else by now. */
  public replaced = false;

  /** By logical id: what earlier deploys left. */
  public left: Readonly<Record<string, LeftResource>> = {};

  public asStacks(): Stacks {
    return this as unknown as Stacks;
  }

  public async leftBefore({ logicalId }: StackResource): Promise<LeftResource | undefined> {
    return this.left[logicalId];
  }

  public async isRollingBack(): Promise<boolean> {
    return this.rollingBack;
  }

  public async isTurningBack(): Promise<boolean> {
    return this.turningBack;
  }

  public async isWorking(): Promise<boolean> {
    return this.working;
  }

  public async whyItStays(): Promise<string | undefined> {
    if (this.stays instanceof Error) {
      throw this.stays;
    }
    return this.stays;
  }

  public async successorOf(_: StackResource, standsForIt: (physicalId: string) => boolean): Promise<string | undefined> {
    const { physicalId = 'another' } = this;
    return this.replaced && !standsForIt(physicalId) ? physicalId : undefined;
  }

  public async whyOutdated(): Promise<string | undefined> {
    return this.outdated;
  }

  public async whyNoLongerWanted(): Promise<string | undefined> {
    const answer = this.answers[Math.min(this.asked, this.answers.length - 1)];
    this.asked += 1;
    return answer;
  }

  public async standingOf(_: StackResource, __: number, standsForIt: (physicalId: string) => boolean): Promise<Standing> {
    return this.physicalId === undefined || standsForIt(this.physicalId) ? this.standing : { verdict: 'unwanted', because: 'it stands for another one' };
  }
}
