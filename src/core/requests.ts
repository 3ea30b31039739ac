import { SnapshotRemoval } from './removal';
import { Tags } from './snapshot';

/** What a deploy does about work that takes long. */
export enum CompletionMode {
  /** Waits, and fails when time is up. */
  FAIL = 'fail',
  /** Waits, and hands the work over to the watch when time is up. */
  CONTINUE = 'continue',
  /** Hands the work over as soon as it is started. */
  BACKGROUND = 'background',
}

/** What every request says, parsed once at the door. */
export interface CommonRequest {
  /** `cab-` and eight hex digits: what the identifiers made for this stack begin with. */
  readonly owner: string;
  /** Where the work is done and its result lives. */
  readonly region: string;
  readonly completion: CompletionMode;
  readonly timeoutMinutes: number;
  /** Who is told the outcome, beside those who listen to events. */
  readonly notificationTopicArn?: string;
}

/** What every snapshot-making request says. */
export interface SnapshotRequest extends CommonRequest {
  /** The identifier the user chose; otherwise one is made. */
  readonly explicitIdentifier?: string;
  readonly tags: Tags;
  readonly removal: SnapshotRemoval;
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
  /** Whether the source may wait for a turn of its own before there is anything to be seen of it. */
  readonly sourceMayBeQueued: boolean;
}

/** Writes the data of a snapshot or of a live cluster to S3. */
export interface ExportRequest extends CommonRequest {
  readonly kind: 'export';
  /** The ARN of a DB cluster snapshot or of a DB cluster. */
  readonly sourceArn: string;
  readonly bucket: string;
  readonly prefix?: string;
  readonly roleArn: string;
  readonly kmsKeyId: string;
  /** Databases, schemas and tables; all of them if there are none. */
  readonly exportOnly: readonly string[];
  readonly trigger?: string;
  /** Whether an export that left tables out counts as failed. */
  readonly failOnWarnings: boolean;
  /** Whether the source may wait for a turn of its own before there is anything to be seen of it. */
  readonly sourceMayBeQueued: boolean;
}

/** Lets other accounts copy and restore a snapshot, or a copy of it that is made for them. */
export interface ShareRequest extends CommonRequest {
  readonly kind: 'share';
  readonly sourceArn: string;
  /** Exactly these accounts; nobody if there are none. */
  readonly accounts: readonly string[];
  /** The key of the copy that is shared instead of the snapshot itself. */
  readonly kmsKeyId?: string;
  /** Whether the source may wait for a turn of its own before there is anything to be seen of it. */
  readonly sourceMayBeQueued: boolean;
}

export type MakingRequest = TakeSnapshotRequest | CopySnapshotRequest;
export type OperationRequest = MakingRequest | ExportRequest | ShareRequest;
