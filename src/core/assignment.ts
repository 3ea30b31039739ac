import { Tags } from './snapshot';

/** What a door tells an operation about the work it is to do. */
export interface Assignment {
  /** The identifier of what is made. The same work always gets the same one. */
  readonly targetIdentifier: string;
  /** What stands for it: the ARN of a snapshot, the identifier of an export task. */
  readonly target: string;
  /** The account of the stack. */
  readonly account: string;
  /** The tags by which the new thing is known as ours, where it can have any. */
  readonly ownershipTags: Tags;
  /** Since when the work has been asked for. */
  readonly elapsedSeconds: number;
}

/** The thing to look at. */
export type Sight = Omit<Assignment, 'targetIdentifier'>;
