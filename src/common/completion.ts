import { Duration, Token } from 'aws-cdk-lib';

/**
 * How long a deploy waits for an operation.
 */
export interface CompletionWaitOptions {
  /**
   * How long the deploy waits before it fails and the unfinished snapshot is removed.
   *
   * Whole minutes, from 1 to 55: CloudFormation gives up on a custom resource after one hour, and the answer has to reach
   * it before. Another value is an error at synth.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
   * @default Duration.minutes(50)
   */
  readonly timeout?: Duration;
}

/**
 * What a deploy does about an operation that takes long.
 *
 * Taking a snapshot and copying one can take from a minute to hours, depending on the size of the cluster volume.
 */
export class Completion {
  /**
   * The deploy waits until the operation is complete, and fails if it is not complete in time.
   *
   * When it fails, what the operation had begun and not finished is removed. A snapshot that is still being created
   * cannot be deleted (a limit of RDS): it is removed as soon as RDS allows.
   */
  public static waitFor(options: CompletionWaitOptions = {}): Completion {
    return new Completion(options.timeout ?? Duration.minutes(50));
  }

  /**
   * How long the deploy waits, in minutes.
   *
   * @internal
   */
  public readonly _timeoutMinutes: number;

  private constructor(timeout: Duration) {
    const minutes = timeout.toMinutes({ integral: false });
    if (!Token.isUnresolved(minutes) && (!Number.isInteger(minutes) || minutes < 1 || minutes > 55)) {
      throw new Error(`timeout must be whole minutes from 1 to 55, got ${timeout.toHumanString()}; `
        + 'CloudFormation waits at most one hour for a custom resource, so nothing longer can be waited for during a deploy');
    }
    this._timeoutMinutes = minutes;
  }
}
