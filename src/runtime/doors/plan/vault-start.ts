import { announce } from './announcing';
import { DeliveryStartDependencies } from './delivery-start';
import { DeliveryAnswer, DeliveryEvent, DeliveryMemory, readPlan } from './steps';
import { endOfVault } from './vault-end';
import { sharingCopyAssignment, sharingCopyRequest } from './work';
import { WATCH_LIMIT_SECONDS } from '../../../core/pacing';
import { accountsToShareWith } from '../../../core/plan/plan-rules';
import { Verdict } from '../../../core/plan/verdict';
import { Progress, failed } from '../../../core/progress';
import { parseSnapshotArn } from '../../../core/snapshot-arn';
import { fieldsOf, log } from '../../log';
import { progressAfter } from '../../operations/operation';
import { shareSnapshot } from '../../operations/share-snapshot';
import { Work, afterStart, elapsedSeconds } from '../../work/work-loop';

/** Makes a copy that can be shared in place of the snapshot, shares it with the vaults, and then announces it. */
export class VaultStart {
  constructor(private readonly deps: DeliveryStartDependencies) {}

  public async handle(event: DeliveryEvent): Promise<DeliveryAnswer> {
    const { answer } = readPlan(event);
    const memory: DeliveryMemory = { ...answer.memory, beganAt: answer.memory.beganAt ?? this.deps.now() };
    return memory.todo === 'share' ? this.share(event, memory) : this.copy(event, memory);
  }

  private async copy(event: DeliveryEvent, memory: DeliveryMemory): Promise<DeliveryAnswer> {
    const { plan, run, item, delivery } = event;
    const now = this.deps.now();
    const elapsed = elapsedSeconds({ memory, now });
    const assignment = sharingCopyAssignment(plan, run, item.cluster, delivery.clusterResourceId, elapsed);
    let progress: Progress;
    try {
      const source = await this.deps.rds.findSnapshot(delivery.sourceArn, plan.account);
      if (source && !source.encrypted && !source.underAwsOwnedKey) {
        // It has no key that could stand in the way, and could not be copied with one.
        return toBeShared(memory, undefined);
      }
      progress = await this.deps.start(sharingCopyRequest(plan, delivery), assignment);
    } catch (error) {
      progress = progressAfter(error, `copying ${delivery.sourceArn} for the vaults`, elapsed);
    }
    log.info('vault copy', { plan: plan.planName, run: run.name, cluster: item.cluster, target: assignment.target, ...fieldsOf(progress) });
    const attempt = afterStart(orTooLate(progress, elapsed), this.work(event, memory, assignment.target));
    if ('next' in attempt) {
      return attempt.next;
    }
    return attempt.ended.status === 'SUCCEEDED'
      ? toBeShared(memory, assignment.target)
      : endOfVault(event, memory, { verdict: Verdict.FAILED, reason: `no copy that can be shared was made: ${attempt.ended.message}` });
  }

  private async share(event: DeliveryEvent, memory: DeliveryMemory): Promise<DeliveryAnswer> {
    const { plan, run, item, delivery } = event;
    const now = this.deps.now();
    const elapsed = elapsedSeconds({ memory, now });
    const target = memory.copyArn ?? delivery.sourceArn;
    const progress = await shareSnapshot(this.deps.rds, plan.region, parseSnapshotArn(target)!.identifier, accountsToShareWith(plan), elapsed);
    log.info('vault share', { plan: plan.planName, run: run.name, cluster: item.cluster, target, ...fieldsOf(progress) });
    const attempt = afterStart(orTooLate(progress, elapsed), this.work(event, memory, target));
    if ('next' in attempt) {
      return attempt.next;
    }
    return attempt.ended.status === 'SUCCEEDED'
      ? announce(event, { ...memory, tries: 0 }, now)
      : endOfVault(event, memory, { verdict: Verdict.FAILED, reason: attempt.ended.message });
  }

  private work({ item }: DeliveryEvent, memory: DeliveryMemory, target: string): Work<DeliveryMemory> {
    return { target, memory, now: this.deps.now(), shortestWaitSeconds: item.shortestWaitSeconds, audience: 'run' };
  }
}

export function toBeShared(memory: DeliveryMemory, copyArn: string | undefined): DeliveryAnswer {
  return { call: 'start', waitSeconds: 0, memory: { ...memory, todo: 'share', copyArn, tries: 0, beganAt: undefined, refusedSince: undefined } };
}

function orTooLate(progress: Progress, elapsed: number): Progress {
  return progress.status === 'PENDING' && elapsed >= WATCH_LIMIT_SECONDS
    ? failed(`could not be begun within ${WATCH_LIMIT_SECONDS / 86_400} days: ${progress.reason}`)
    : progress;
}
