import { progressAfter } from './operation';
import { Progress, succeeded } from '../../core/progress';
import { RdsGateway } from '../rds/gateway';

/** Lets exactly these accounts copy and restore a snapshot: adds who is missing, takes away who is not among them. Never public. */
export async function shareSnapshot(
  rds: RdsGateway, region: string, identifier: string, accounts: readonly string[], elapsedSeconds: number,
): Promise<Progress> {
  try {
    const present = await rds.accountsSharedWith(region, identifier);
    const toAdd = accounts.filter((account) => !present.includes(account));
    const toRemove = present.filter((account) => !accounts.includes(account));
    if (toAdd.length > 0 || toRemove.length > 0) {
      await rds.share(region, identifier, toAdd, toRemove);
    }
    return succeeded();
  } catch (error) {
    return progressAfter(error, `sharing the snapshot ${identifier} with ${accounts.join(', ')}`, elapsedSeconds);
  }
}
