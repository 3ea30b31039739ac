import { isSnapshotIdentifier } from '../identifiers';
import { formatSnapshotArn, parseSnapshotArn } from '../snapshot-arn';

/** What a plan tells a vault by: an event on the default bus of its account, which a rule passes on to the bus of the vault. */
export const ANNOUNCEMENT_DETAIL_TYPE = 'Aurora Backup Snapshot Announcement';

export const ANNOUNCEMENT_VERSION = '1';

/** The detail of an announcement. It says only where to look: a vault reads every fact from RDS. */
export interface Announcement {
  readonly version: string;
  /** The ARN of the vault's event bus. */
  readonly vault: string;
  readonly snapshotArn: string;
  /** For whoever reads the event; a vault believes neither. */
  readonly planName: string;
  readonly run: string;
}

/** What a rule hands to the vault of an event. The account in the envelope is EventBridge's word, everything in the detail is the sender's. */
export interface ReceivedAnnouncement {
  readonly account: string;
  readonly detail: Partial<Announcement>;
}

/** Where an announced snapshot is, or why nobody looks there. */
export type AnnouncedSnapshot =
  | { readonly snapshotArn: string; readonly account: string; readonly region: string }
  | { readonly rejected: string };

/** So much of what a sender writes is repeated to whoever reads of it. */
const MAX_REPEATED = 300;

/**
 * A sender may announce its own snapshots only: the account of the envelope is that of the ARN. RDS does not mind how an identifier is spelled, so
 * that there are many ARNs of one snapshot; of what is answered here there is one.
 */
export function readAnnouncement({ account, detail }: ReceivedAnnouncement, partition: string): AnnouncedSnapshot {
  const { version, snapshotArn } = detail;
  if (version !== ANNOUNCEMENT_VERSION) {
    return { rejected: `it has version '${repeated(version)}', and this vault reads ${ANNOUNCEMENT_VERSION}` };
  }
  const arn = typeof snapshotArn === 'string' ? parseSnapshotArn(snapshotArn) : undefined;
  if (arn?.partition !== partition || !isSnapshotIdentifier(arn.identifier)) {
    return { rejected: `its snapshotArn is not the ARN of a manual DB cluster snapshot in the partition ${partition}: '${repeated(snapshotArn)}'` };
  }
  return arn.account === account
    ? { snapshotArn: formatSnapshotArn(arn), account, region: arn.region }
    : { rejected: `account ${account} announces ${repeated(snapshotArn)}, which belongs to account ${repeated(arn.account)}` };
}

function repeated(sent: unknown): string {
  return `${typeof sent === 'string' ? sent : JSON.stringify(sent)}`.slice(0, MAX_REPEATED);
}
