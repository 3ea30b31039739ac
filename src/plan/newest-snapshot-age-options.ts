import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { ISnapshotVault } from '../vault/snapshot-vault-ref';

/**
 * Which snapshots an age is told of, and how it is shown.
 */
export interface NewestSnapshotAgeOptions extends cloudwatch.MetricOptions {
  /**
   * The Region where the snapshots are: that of the plan, or one that it copies to; another one is an error at synth where it is known then. The
   * metric itself is in the Region of the plan.
   *
   * @default - the Region of the plan
   */
  readonly snapshotRegion?: string;

  /**
   * The vault that has the snapshots: one that the plan announces to; another one is an error at synth, and so is a vault together with
   * `snapshotRegion`. A vault has what it told the plan it has.
   *
   * @default - the snapshots of the plan itself
   */
  readonly vault?: ISnapshotVault;
}

/**
 * When the newest snapshot is too old.
 */
export interface NewestSnapshotAgeAlarmOptions {
  /**
   * The Region where the snapshots are: that of the plan, or one that it copies to; another one is an error at synth where it is known then.
   *
   * @default - the Region of the plan
   */
  readonly snapshotRegion?: string;

  /**
   * The vault that has the snapshots: one that the plan announces to; another one is an error at synth, and so is a vault together with
   * `snapshotRegion`. A vault has what it told the plan it has.
   *
   * @default - the snapshots of the plan itself
   */
  readonly vault?: ISnapshotVault;

  /**
   * The age of the data beyond which there is an alarm: one hour or more; another value is an error at synth. The interval of the schedule, and
   * on top of it what a run takes, is a good start; less than the longest time between two runs is warned of at synth.
   */
  readonly maximumAge: Duration;

  /**
   * The name of the alarm.
   *
   * @default - CloudFormation makes a name
   */
  readonly alarmName?: string;

  /**
   * What people read who get the alarm.
   *
   * @default - a sentence that names the plan, the Region and the age
   */
  readonly alarmDescription?: string;
}
