import { bounded } from './bounded';
import { isGone } from './is-gone';
import { PlannedDeletion } from '../../core/plan/pruning';
import { log } from '../log';
import { FaultKind, faultKind, wordsOf } from '../rds/errors';
import { RdsGateway } from '../rds/gateway';

export interface Going extends PlannedDeletion {
  readonly region: string;
}

/** How deletions are written down. */
export interface DeletionLog {
  readonly deleted: string;
  readonly refused: string;
  /** Whose snapshots they are. */
  readonly of: object;
}

export interface Deletions {
  /** The ARNs of what has gone. */
  readonly deleted: readonly string[];
  /** What was refused, and why. */
  readonly refused: readonly string[];
  /** Set where it stopped before the last one, for something that passes. */
  readonly interrupted: boolean;
}

/** Deletes one after the other. What one is refused for does not keep the others; throws what passes, if nothing was deleted before. */
export async function deleteAll(rds: RdsGateway, account: string, going: readonly Going[], { of, ...words }: DeletionLog): Promise<Deletions> {
  const deleted: string[] = [];
  const refused: string[] = [];
  for (const { region, identifier, arn, because } of going) {
    const error = await refusalOf(rds, account, region, identifier, arn);
    if (error === undefined) {
      deleted.push(arn);
      log.info(words.deleted, { ...of, region, arn, because });
    } else if (faultKind(error) === FaultKind.TRANSIENT) {
      if (deleted.length === 0) {
        throw error;
      }
      return { deleted, refused, interrupted: true };
    } else {
      log.warn(words.refused, { ...of, arn, because, why: wordsOf(error) });
      refused.push(bounded(`${arn} could not be deleted: ${wordsOf(error)}`));
    }
  }
  return { deleted, refused, interrupted: false };
}

async function refusalOf(rds: RdsGateway, account: string, region: string, identifier: string, arn: string): Promise<unknown> {
  try {
    await rds.deleteSnapshot(region, identifier);
    return undefined;
  } catch (error) {
    return faultKind(error) === FaultKind.RIGHTS && await isGone(rds, arn, account) ? undefined : error;
  }
}
