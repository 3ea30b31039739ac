import { IResource } from 'aws-cdk-lib';

/**
 * A vault of snapshots: one that the app makes, or one of another app that is known by the ARN of its event bus.
 */
export interface ISnapshotVault extends IResource {
  /**
   * The name of the vault, which its event bus has, too.
   *
   * @attribute
   */
  readonly vaultName: string;

  /**
   * The ARN of the event bus on which snapshots are announced to the vault.
   *
   * @attribute
   */
  readonly eventBusArn: string;

  /**
   * The account of the vault: 12 digits.
   */
  readonly vaultAccount: string;

  /**
   * The Region of the vault.
   */
  readonly vaultRegion: string;
}
