import { StartAnswer, WatchedEvent } from './events';
import { Progress } from '../../../core/progress';
import { OperationRequest } from '../../../core/requests';

/** What becomes of what a resource has made: once for snapshots, once for export tasks. */
export interface Lifecycle<Request extends OperationRequest> {
  /**
   * An Update asks for what is there already: only tags, policies or time limits differ. Answers whether starting once more is
   * what sees to the change.
   */
  changeInPlace(event: WatchedEvent, request: Request): Promise<boolean>;

  /** One look at what the resource stands for. */
  look(event: WatchedEvent, request: Request): Promise<Progress>;

  /** Whether what another id stands for can take the place of what goes. */
  isComplete(physicalId: string): Promise<boolean>;

  /**
   * A failed update is taken back: the resource stands for the earlier thing again, and what the update made is treated as if
   * CloudFormation had asked to delete it. Nothing is ever made on the way back. Without an answer nothing is touched.
   */
  goBack(event: WatchedEvent, request: Request, elapsedSeconds: number): Promise<StartAnswer | undefined>;

  /**
   * The resource goes, or something that was handed over and may not have begun yet takes the place of what it stood for. Without an
   * answer nothing is to be seen.
   */
  leave(event: WatchedEvent, request: Request, elapsedSeconds: number, successorIsAwaited: boolean): Promise<StartAnswer | undefined>;
}
