import { ExpireAnswer, ExpireEvent, ReleaseAnswer, ReleaseEvent, ReleaseMemory, readVault } from './steps';
import { VaultMetric } from '../../../core/metrics';
import { Progress, failed } from '../../../core/progress';
import { Snapshot } from '../../../core/snapshot';
import { parseSnapshotArn } from '../../../core/snapshot-arn';
import { ReleaseReport, ReleaseRequest, chooseCopy, readReleaseRequest, releaseReport } from '../../../core/vault/release';
import { belongsToVault, releaseEndedTag, releaseTag, releasedUntil } from '../../../core/vault/vault-ownership';
import { VaultRules } from '../../../core/vault/vault-rules';
import { countForVault, log } from '../../log';
import { progressAfter } from '../../operations/operation';
import { shareSnapshot } from '../../operations/share-snapshot';
import { wordsOf } from '../../rds/errors';
import { RdsGateway } from '../../rds/gateway';
import { pauseSeconds } from '../../work/work-loop';

export interface ReleaseDependencies {
  readonly rds: RdsGateway;
  readonly now: () => number;
}

/** Lends copies to recovery accounts, and takes them back: shares only what the vault made, and only with whom the vault names. */
export class Releases {
  constructor(private readonly deps: ReleaseDependencies) {}

  public async handle(event: ReleaseEvent): Promise<ReleaseAnswer> {
    readVault(event);
    return event.answer.call === 'share' ? this.share(event) : this.takeBack(event);
  }

  /** Whatever is lent for longer than it should be, because an execution was stopped. */
  public async expire(event: ExpireEvent): Promise<ExpireAnswer> {
    const { rules } = readVault(event);
    const now = this.deps.now();
    const lent = (await this.deps.rds.listManualSnapshots(rules.region)).filter((copy) => belongsToVault(copy, rules) && isOver(copy, now));
    const ended: string[] = [];
    const troubles: string[] = [];
    for (const copy of lent) {
      const progress = await this.end(copy);
      if (progress.status === 'SUCCEEDED') {
        ended.push(copy.arn);
        log.warn('release ended by the sweep', { vault: rules.vaultName, copy: copy.arn });
      } else {
        troubles.push(reasonOf(progress));
      }
    }
    if (troubles.length > 0) {
      throw new Error(`${troubles.length} of ${lent.length} releases could not be ended: ${troubles[0]}`);
    }
    return { ended };
  }

  private async share(event: ReleaseEvent): Promise<ReleaseAnswer> {
    const { rules, execution, answer: { memory: before } } = event;
    const request = readReleaseRequest(event.request, rules);
    if ('refused' in request) {
      return refuse(rules, request.refused);
    }
    const now = this.deps.now();
    const memory: ReleaseMemory = { ...before, beganAt: before.beganAt ?? now };
    const elapsed = (now - memory.beganAt!) / 1000;
    let lent: ReleaseReport | { readonly refused: string } | { readonly progress: Progress };
    try {
      lent = await this.lend(rules, request, execution, elapsed);
    } catch (error) {
      lent = { progress: progressAfter(error, 'releasing a copy', elapsed) };
    }
    if ('refused' in lent) {
      return refuse(rules, lent.refused);
    }
    if ('progress' in lent) {
      return lent.progress.status === 'FAILED'
        ? refuse(rules, lent.progress.message)
        : again('share', memory, execution, reasonOf(lent.progress));
    }
    log.warn('copy released', { ...lent });
    countForVault(rules, VaultMetric.COPIES_RELEASED, 1, 'Count', now);
    return {
      call: 'tell',
      report: { detail: lent, resources: [lent.snapshotArn] },
      then: 'expire',
      lastsSeconds: Math.max(1, Math.ceil((Date.parse(lent.until) - now) / 1000)),
      memory: { released: lent },
    };
  }

  private async lend(
    rules: VaultRules, request: ReleaseRequest, execution: string, elapsed: number,
  ): Promise<ReleaseReport | { readonly refused: string } | { readonly progress: Progress }> {
    const { rds } = this.deps;
    const now = this.deps.now();
    const copy = chooseCopy(await rds.listManualSnapshots(rules.region), rules, request);
    if ('refused' in copy) {
      return copy;
    }
    const { recoveryAccountId, hours } = request;
    const present = releasedUntil(copy);
    if (present !== undefined && !isOver(copy, now)) {
      const other = (await rds.accountsSharedWith(rules.region, copy.identifier)).find((account) => account !== recoveryAccountId);
      if (other !== undefined) {
        return { refused: `${copy.arn} is released to account ${other} already; stop that release, or wait for its end` };
      }
    }
    const promised = present instanceof Date ? present.getTime() : 0;
    const until = new Date(Math.max(promised, now + hours * 3_600_000));
    // First the tag: what is shared for longer than it should be is found by it.
    await rds.setTags(rules.region, copy.arn, releaseTag(until));
    const progress = await shareSnapshot(rds, rules.region, copy.identifier, [recoveryAccountId], elapsed);
    return progress.status === 'SUCCEEDED' ? releaseReport(rules, copy, request, until, execution) : { progress };
  }

  private async takeBack({ rules, execution, answer: { memory } }: ReleaseEvent): Promise<ReleaseAnswer> {
    const released = memory.released!;
    const now = this.deps.now();
    let progress: Progress;
    try {
      const copy = await this.deps.rds.findSnapshot(released.snapshotArn, rules.account);
      if (!copy || !isOver(copy, now)) {
        log.info('nothing to end', { vault: rules.vaultName, copy: released.snapshotArn, why: copy ? 'it is released anew, or was taken back' : 'it is gone' });
        return { call: 'end' };
      }
      progress = await this.end(copy);
    } catch (error) {
      progress = progressAfter(error, `ending the release of ${released.snapshotArn}`, 0);
    }
    if (progress.status === 'FAILED') {
      // Tried again by the state machine for hours, and by every sweep.
      throw new Error(progress.message);
    }
    if (progress.status !== 'SUCCEEDED') {
      return again('expire', memory, execution, reasonOf(progress));
    }
    log.info('release ended', { vault: rules.vaultName, copy: released.snapshotArn });
    const { keyStatements: _, commands: __, ...report } = released;
    return { call: 'tell', report: { detail: { ...report, state: 'ENDED' }, resources: [released.snapshotArn] }, then: 'end' };
  }

  private async end(copy: Snapshot): Promise<Progress> {
    const { region } = parseSnapshotArn(copy.arn)!;
    const progress = await shareSnapshot(this.deps.rds, region, copy.identifier, [], 0);
    if (progress.status !== 'SUCCEEDED') {
      return progress;
    }
    try {
      await this.deps.rds.setTags(region, copy.arn, releaseEndedTag(new Date(this.deps.now())));
      return progress;
    } catch (error) {
      return failed(`${copy.arn} is shared no longer, but its tag could not be changed: ${wordsOf(error)}`);
    }
  }
}

/** Whether it is lent, and no longer should be. What cannot be read is nobody's promise. */
function isOver(copy: Snapshot, now: number): boolean {
  const until = releasedUntil(copy);
  return until === 'unreadable' || (until !== undefined && until.getTime() <= now);
}

function refuse({ vaultName }: VaultRules, reason: string): ReleaseAnswer {
  log.warn('release refused', { vault: vaultName, why: reason });
  return { call: 'fail', reason };
}

function again(call: 'share' | 'expire', memory: ReleaseMemory, execution: string, why: string): ReleaseAnswer {
  const tries = memory.tries ?? 0;
  log.info('to be tried again', { call, execution, why });
  return { call, waitSeconds: pauseSeconds(0, tries, execution), memory: { ...memory, tries: tries + 1 } };
}

function reasonOf(progress: Progress): string {
  switch (progress.status) {
    case 'PENDING':
      return progress.reason;
    case 'FAILED':
      return progress.message;
    case 'RUNNING':
      return progress.detail;
    default:
      return '';
  }
}
