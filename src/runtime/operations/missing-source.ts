import { VISIBILITY_PATIENCE_SECONDS } from './operation';
import { isGeneratedIdentifier } from '../../core/identifiers';
import { Failed, Pending, failed, pending, queued } from '../../core/progress';
import { parseSnapshotArn } from '../../core/snapshot-arn';

/** A snapshot that the library makes may itself wait for its turn before there is anything to be seen of it. */
const OWN_SNAPSHOT_PATIENCE_SECONDS = 24 * 3600;

/** What it means that RDS does not list the snapshot that is to be copied or exported. */
export function missingSource(sourceArn: string, elapsedSeconds: number): Pending | Failed {
  if (elapsedSeconds < VISIBILITY_PATIENCE_SECONDS) {
    return pending(`the source ${sourceArn} is not listed by RDS yet`);
  }
  if (isGeneratedIdentifier(parseSnapshotArn(sourceArn)?.identifier ?? '') && elapsedSeconds < OWN_SNAPSHOT_PATIENCE_SECONDS) {
    return queued(`the source ${sourceArn} is not there yet; a snapshot that is made in the background may still wait for its turn`);
  }
  return failed(`the source ${sourceArn} does not exist or is not shared with this account; check source`);
}
