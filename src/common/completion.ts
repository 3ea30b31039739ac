import { Duration, Token } from 'aws-cdk-lib';
import { TimeoutBehavior } from './timeout-behavior';
import { CompletionMode } from '../core/requests';

/**
 * How long a deploy waits for an operation.
 */
export interface CompletionWaitOptions {
  /**
   * How long the deploy waits before it does what `onTimeout` says.
   *
   * Whole minutes, from 1 to 55: CloudFormation gives up on a custom resource after one hour, and the answer has to reach
   * it before. Another value is an error at synth.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
   * @default Duration.minutes(50)
   */
  readonly timeout?: Duration;

  /**
   * What the deploy does when the time is up: it fails, or it goes on and leaves the operation to be watched to its end.
   *
   * @default - the construct's own: a ClusterSnapshot and a ClusterSnapshotShare fail the deploy, a ClusterSnapshotCopy and an ExportTask go on
   */
  readonly onTimeout?: TimeoutBehavior;
}

/** What a deploy must have time for, also when it waits for no result: until the rights made with it are in force. */
const MINUTES_FOR_A_START = 50;

/**
 * What a deploy does about an operation that takes long.
 *
 * Taking a snapshot, copying and exporting one can take from a minute to many hours, depending on the size of the cluster
 * volume, and a deploy can wait for at most one hour.
 */
export class Completion {
  /**
   * The deploy waits until the operation is complete. If it is not complete in time, the deploy fails, or goes on and leaves
   * the operation to be watched to its end: see `onTimeout`.
   *
   * An operation that fails while the deploy waits fails the deploy.
   *
   * @param options How long the deploy waits, and what it does when the time is up.
   */
  public static waitFor(options: CompletionWaitOptions = {}): Completion {
    return new Completion(false, minutesOf(options.timeout ?? Duration.minutes(50)), options.onTimeout);
  }

  /**
   * The deploy goes on as soon as RDS has accepted the operation, or as soon as it stands in a queue (its source is not
   * available yet, or a limit of RDS is reached). From then on the operation is watched to its end, for up to seven days, and
   * its outcome becomes an event, a metric and, with `notificationTopic`, a notification.
   *
   * What RDS refuses, for example a key that must not be used, still fails the deploy.
   */
  public static background(): Completion {
    return new Completion(true, MINUTES_FOR_A_START);
  }

  private constructor(
    private readonly inBackground: boolean,
    /**
     * How long the deploy waits, in minutes.
     *
     * @internal
     */
    public readonly _timeoutMinutes: number,
    private readonly onTimeout?: TimeoutBehavior,
  ) {}

  /**
   * What the deploy does, for a construct that does this on a timeout when nobody says otherwise.
   *
   * @internal
   */
  public _mode(defaultOnTimeout: TimeoutBehavior): CompletionMode {
    if (this.inBackground) {
      return CompletionMode.BACKGROUND;
    }
    return (this.onTimeout ?? defaultOnTimeout) === TimeoutBehavior.FAIL ? CompletionMode.FAIL : CompletionMode.CONTINUE;
  }
}

function minutesOf(timeout: Duration): number {
  const minutes = timeout.toMinutes({ integral: false });
  if (!Token.isUnresolved(minutes) && (!Number.isInteger(minutes) || minutes < 1 || minutes > 55)) {
    throw new Error(`Completion.waitFor: timeout must be whole minutes from 1 to 55, got ${timeout.toHumanString()}; CloudFormation waits at most one hour `
      + 'for a custom resource. For work that takes longer, use onTimeout: TimeoutBehavior.CONTINUE or Completion.background()');
  }
  return minutes;
}
