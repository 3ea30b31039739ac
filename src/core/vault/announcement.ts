import { parseSnapshotArn } from '../snapshot-arn';

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

/** A sender may announce its own snapshots only: the account of the envelope is that of the ARN. */
export function readAnnouncement({ account, detail }: ReceivedAnnouncement): AnnouncedSnapshot {
  const { version, snapshotArn } = detail;
  if (version !== ANNOUNCEMENT_VERSION) {
    return { rejected: `it has version '${String(version)}', and this vault reads ${ANNOUNCEMENT_VERSION}` };
  }
  const arn = typeof snapshotArn === 'string' ? parseSnapshotArn(snapshotArn) : undefined;
  if (!arn || snapshotArn === undefined) {
    return { rejected: `its snapshotArn is not the ARN of a DB cluster snapshot: '${String(snapshotArn).slice(0, 300)}'` };
  }
  return arn.account === account
    ? { snapshotArn, account: arn.account, region: arn.region }
    : { rejected: `account ${account} announces ${snapshotArn.slice(0, 300)}, which belongs to account ${arn.account}` };
}
