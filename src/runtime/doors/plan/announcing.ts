import { AnnounceStep, DeliveryInput, DeliveryMemory } from './steps';
import { vaultOf } from '../../../core/plan/plan-rules';
import { ANNOUNCEMENT_VERSION } from '../../../core/vault/announcement';
import { eventBusArnOf } from '../../../core/vault/vault-address';

/** No copy is complete any sooner. */
export const FIRST_VAULT_LOOK_SECONDS = 300;

/** Tells the vault of the snapshot, for the first time or again: it answers as often as it is told. */
export function announce({ plan, run, delivery }: Omit<DeliveryInput, 'answer'>, memory: DeliveryMemory, now: number): AnnounceStep {
  return {
    call: 'announce',
    report: {
      detail: {
        version: ANNOUNCEMENT_VERSION,
        vault: eventBusArnOf(vaultOf(plan, delivery.name), plan.partition),
        snapshotArn: memory.copyArn ?? delivery.sourceArn,
        planName: plan.planName,
        run: run.name,
      },
      resources: [memory.copyArn ?? delivery.sourceArn],
    },
    lookInSeconds: FIRST_VAULT_LOOK_SECONDS,
    memory: { ...memory, todo: 'announce', announcedAt: now },
  };
}
