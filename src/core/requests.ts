import { SnapshotRemoval } from './removal';
import { Tags } from './snapshot';

/** What every snapshot-making request says, parsed once at the door. */
export interface SnapshotRequest {
  /** `cab-` and eight hex digits: what the identifiers made for this stack begin with. */
  readonly owner: string;
  /** Where the new snapshot is made. */
  readonly region: string;
  /** The identifier the user chose; otherwise one is made. */
  readonly explicitIdentifier?: string;
  readonly tags: Tags;
  readonly removal: SnapshotRemoval;
  readonly timeoutMinutes: number;
}

export interface TakeSnapshotRequest extends SnapshotRequest {
  readonly kind: 'take';
  readonly clusterIdentifier: string;
  readonly trigger?: string;
  readonly keepLast?: number;
}

export interface CopySnapshotRequest extends SnapshotRequest {
  readonly kind: 'copy';
  readonly sourceArn: string;
  readonly kmsKeyId?: string;
  readonly copyTags: boolean;
}

export type OperationRequest = TakeSnapshotRequest | CopySnapshotRequest;
