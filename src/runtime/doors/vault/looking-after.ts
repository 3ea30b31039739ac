import { VaultMetric } from '../../../core/metrics';
import { VaultFacts } from '../../../core/vault/vault-rules';
import { countForVault, log } from '../../log';
import { wordsOf } from '../../rds/errors';

/**
 * One step of a sweep. One that fails altogether ends in the history of an execution, where nobody looks: it is counted, also when the state machine
 * then tries again and succeeds.
 */
export async function lookingAfter<Answer>(vault: Pick<VaultFacts, 'vaultName' | 'region'>, now: () => number, step: () => Promise<Answer>): Promise<Answer> {
  try {
    return await step();
  } catch (error) {
    log.error('sweep', { vault: vault.vaultName, why: wordsOf(error) });
    countForVault(vault, VaultMetric.SWEEP_FAILED, 1, 'Count', now());
    throw error;
  }
}
