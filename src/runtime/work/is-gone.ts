import { log } from '../log';
import { wordsOf } from '../rds/errors';
import { RdsGateway } from '../rds/gateway';

/** When an answer is lost the SDK asks again, and IAM, which then finds no tag of ours, refuses to delete what has gone. */
export async function isGone(rds: RdsGateway, arn: string, account: string): Promise<boolean> {
  try {
    const snapshot = await rds.findSnapshot(arn, account);
    return snapshot === undefined || snapshot.status === 'deleting';
  } catch (error) {
    log.warn('snapshot could not be looked at', { arn, why: wordsOf(error) });
    return false;
  }
}
