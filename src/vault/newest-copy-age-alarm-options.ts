import { Duration } from 'aws-cdk-lib';

/**
 * When the newest copy of a vault is too old.
 */
export interface NewestCopyAgeAlarmOptions {
  /**
   * How old the data of the newest copy of any of its source clusters may be: one hour or more; another value is an error at synth. The interval of the
   * plans, and on top of it what a run and a copy take, is a good start.
   */
  readonly maximumAge: Duration;
}
