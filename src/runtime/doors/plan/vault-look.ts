import { FIRST_VAULT_LOOK_SECONDS, announce } from './announcing';
import { LookDependencies } from './cluster-look';
import { DeliveryAnswer, DeliveryEvent, DeliveryMemory, readPlan } from './steps';
import { endOfVault } from './vault-end';
import { toBeShared } from './vault-start';
import { sharingCopyAssignment, sharingCopyRequest } from './work';
import { vaultOf } from '../../../core/plan/plan-rules';
import { VAULT_PATIENCE_SECONDS } from '../../../core/plan/vault-holds';
import { Verdict } from '../../../core/plan/verdict';
import { Snapshot } from '../../../core/snapshot';
import { vaultStateOf } from '../../../core/vault/receipt';
import { fieldsOf, log } from '../../log';
import { VISIBILITY_PATIENCE_SECONDS } from '../../operations/operation';
import { wordsOf } from '../../rds/errors';
import { afterLook, elapsedSeconds } from '../../work/work-loop';

/** An announcement, or the answer to one, may get lost: what is not answered is announced again. */
const ANNOUNCE_EVERY_SECONDS = 3600;

/** The vault may take hours, and every look is paid for. */
const LONGEST_WAIT_SECONDS = 1800;

/** Announcing ends before the snapshot may be pruned. */
const ANNOUNCING_SECONDS = VAULT_PATIENCE_SECONDS - ANNOUNCE_EVERY_SECONDS;

/** Looks whether the vault has the snapshot by now: its answer is in a tag of the snapshot. */
export class VaultLook {
  constructor(private readonly deps: LookDependencies) {}

  public async handle(event: DeliveryEvent): Promise<DeliveryAnswer> {
    return readPlan(event).answer.memory.todo === 'make' ? this.lookAtCopy(event) : this.lookForAnswer(event);
  }

  /** At the copy that is made so that it can be shared. */
  private async lookAtCopy(event: DeliveryEvent): Promise<DeliveryAnswer> {
    const { plan, run, item, delivery, answer: { memory } } = event;
    const now = this.deps.now();
    const assignment = sharingCopyAssignment(plan, run, item.cluster, delivery.clusterResourceId, elapsedSeconds({ memory, now }));
    const progress = await this.deps.check(sharingCopyRequest(plan, delivery), assignment);
    const { target } = assignment;
    log.info('vault copy look', { plan: plan.planName, run: run.name, cluster: item.cluster, target, ...fieldsOf(progress) });
    const attempt = afterLook(progress, { target, memory, now, shortestWaitSeconds: item.shortestWaitSeconds, audience: 'run' });
    if ('next' in attempt) {
      return attempt.next;
    }
    return attempt.ended.status === 'SUCCEEDED'
      ? toBeShared(memory, target)
      : endOfVault(event, memory, { verdict: Verdict.FAILED, reason: `no copy that can be shared was made: ${attempt.ended.message}` });
  }

  private async lookForAnswer(event: DeliveryEvent): Promise<DeliveryAnswer> {
    const { plan, run, item, delivery, answer } = event;
    const now = this.deps.now();
    const memory: DeliveryMemory = { ...answer.memory, beganAt: answer.memory.beganAt ?? delivery.requestedAt };
    const snapshot = await this.find(event);
    const state = snapshot && vaultStateOf(snapshot, vaultOf(plan, delivery.name));
    log.info('vault look', { plan: plan.planName, run: run.name, cluster: item.cluster, target: delivery.sourceArn, vault: delivery.name, ...state });
    switch (state?.state) {
      case 'stored':
        return endOfVault(event, memory, { verdict: Verdict.SUCCEEDED });
      case 'refused':
        return endOfVault(event, memory, { verdict: Verdict.FAILED, reason: `the vault refused it: ${state.why}` });
      default:
        return this.goOn(event, { ...memory, ...unseen(snapshot, memory, now) }, now);
    }
  }

  private goOn(event: DeliveryEvent, memory: DeliveryMemory, now: number): DeliveryAnswer {
    const { run, item, delivery } = event;
    if (memory.unseenSince !== undefined && now - memory.unseenSince >= VISIBILITY_PATIENCE_SECONDS * 1000) {
      return endOfVault(event, memory, { verdict: Verdict.FAILED, reason: 'the snapshot was deleted before the vault had it' });
    }
    if (now - Date.parse(run.startTime) >= ANNOUNCING_SECONDS * 1000) {
      return endOfVault(event, memory, { verdict: Verdict.FAILED, reason: silence(event) });
    }
    const nextAnnouncement = (memory.announcedAt ?? delivery.requestedAt) / 1000 + ANNOUNCE_EVERY_SECONDS - now / 1000;
    if (nextAnnouncement <= 0) {
      return announce(event, memory, now);
    }
    const wait = Math.max(FIRST_VAULT_LOOK_SECONDS, item.shortestWaitSeconds, Math.min(LONGEST_WAIT_SECONDS, elapsedSeconds({ memory, now }) / 8));
    return { call: 'look', waitSeconds: Math.ceil(Math.min(wait, nextAnnouncement)), memory };
  }

  /** Null if it could not be looked at, which says nothing. */
  private async find({ plan, delivery }: DeliveryEvent): Promise<Snapshot | undefined | null> {
    try {
      return await this.deps.rds.findSnapshot(delivery.sourceArn, plan.account);
    } catch (error) {
      log.warn('snapshot could not be looked at', { arn: delivery.sourceArn, why: wordsOf(error) });
      return null;
    }
  }
}

function unseen(snapshot: Snapshot | undefined | null, { unseenSince }: DeliveryMemory, now: number): Pick<DeliveryMemory, 'unseenSince'> {
  switch (snapshot) {
    case null:
      return { unseenSince };
    case undefined:
      return { unseenSince: unseenSince ?? now };
    default:
      return { unseenSince: undefined };
  }
}

function silence({ plan, delivery }: DeliveryEvent): string {
  const { account, vaultName } = vaultOf(plan, delivery.name);
  return `the vault '${vaultName}' has not answered for ${VAULT_PATIENCE_SECONDS / 86_400} days, in which it was told every hour. Check that it is deployed, that its sources `
    + `name account ${plan.account}, Region ${plan.region} and the cluster, and that the key of the snapshot lets account ${account} use it; the log of the vault says what it made of it. `
    + 'The snapshot is no longer kept for the vault';
}
