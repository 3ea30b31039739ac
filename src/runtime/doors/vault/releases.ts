import { ExpireAnswer, ExpireEvent, ReleaseAnswer, ReleaseEvent, ReleaseMemory, readVault } from './steps';
import { toldTo } from '../../../core/advice';
import { VaultMetric } from '../../../core/metrics';
import { OwnershipTag } from '../../../core/ownership';
import { Progress, failed } from '../../../core/progress';
import { Snapshot } from '../../../core/snapshot';
import { parseSnapshotArn } from '../../../core/snapshot-arn';
import { EndRequest, LendRequest, ReleaseReport, chooseCopy, endedReport, readReleaseRequest, sharedReport } from '../../../core/vault/release';
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

  /** Whatever is lent for longer than it should be, because an execution was stopped. The log tells it, and no event. */
  public async expire(event: ExpireEvent): Promise<ExpireAnswer> {
    const { rules } = readVault(event);
    const { rds, now } = this.deps;
    const ended: string[] = [];
    const troubles: string[] = [];
    for (const region of [rules.region, ...rules.copies.map((copy) => copy.region)]) {
      try {
        const over = (await rds.listManualSnapshots(region)).filter((copy) => belongsToVault(copy, rules) && isOver(copy, now()));
        for (const { arn } of over) {
          const progress = await this.endIfOver(rules, arn);
          if (progress?.status === 'SUCCEEDED') {
            ended.push(arn);
            log.warn('release ended by the sweep', { vault: rules.vaultName, copy: arn });
          } else if (progress) {
            troubles.push(`the release of ${arn} could not be ended: ${reasonOf(toldTo('vault', progress))}`);
          }
        }
      } catch (error) {
        troubles.push(`the releases in ${region} could not be ended: ${wordsOf(error)}`);
      }
    }
    if (troubles.length > 0) {
      log.error('releases could not be ended', { vault: rules.vaultName, troubles });
      throw new Error(troubles[0]);
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
    let done: ReleaseReport | Refusal | { readonly progress: Progress };
    try {
      done = await (request.end ? this.endEarly(rules, request, execution) : this.lend(rules, request, execution, elapsed));
    } catch (error) {
      done = { progress: progressAfter(error, 'releasing a copy', elapsed) };
    }
    if ('refused' in done) {
      return refuse(rules, done.refused);
    }
    if ('progress' in done) {
      return done.progress.status === 'FAILED'
        ? refuse(rules, toldTo('release', done.progress).message)
        : again('share', memory, execution, reasonOf(done.progress));
    }
    const told = { call: 'tell', report: { detail: done, resources: [done.snapshotArn] } } as const;
    log.warn(done.state === 'SHARED' ? 'copy released' : 'copy taken back', { ...done });
    if (done.state === 'ENDED') {
      return { ...told, then: 'end' };
    }
    countForVault(rules, VaultMetric.COPIES_RELEASED, 1, 'Count', now);
    return { ...told, then: 'expire', lastsSeconds: secondsUntil(done, now), memory: { released: done } };
  }

  private async lend(
    rules: VaultRules, request: LendRequest, execution: string, elapsed: number,
  ): Promise<ReleaseReport | Refusal | { readonly progress: Progress }> {
    const { rds } = this.deps;
    const now = this.deps.now();
    const { recoveryAccountId, hours, region } = request;
    const copy = chooseCopy(await rds.listManualSnapshots(region), rules, request);
    if ('refused' in copy) {
      return copy;
    }
    // Looked at in this moment: another release may just have begun.
    const fresh = await rds.findSnapshot(copy.arn, rules.account) ?? copy;
    const present = releasedUntil(fresh);
    const other = await this.somebodyElse(region, copy, recoveryAccountId);
    // What is left over of a release that is over is taken away by the sharing; what somebody shared by hand is for them to end.
    if (other !== undefined && !isOver(fresh, now)) {
      return lentTo(other, copy);
    }
    const promised = present instanceof Date ? present.getTime() : 0;
    const until = new Date(Math.max(promised, now + hours * 3_600_000));
    // First the tag: what is shared for longer than it should be is found by it.
    await rds.setTags(region, copy.arn, releaseTag(until));
    const progress = await shareSnapshot(rds, region, copy.identifier, [recoveryAccountId], elapsed);
    if (progress.status !== 'SUCCEEDED') {
      return { progress };
    }
    // Another release of the same copy may have begun in the same moment.
    const rival = await this.somebodyElse(region, copy, recoveryAccountId);
    if (rival !== undefined) {
      await rds.share(region, copy.identifier, [], [recoveryAccountId]);
      return lentTo(rival, copy);
    }
    const tagged = await rds.findSnapshot(copy.arn, rules.account);
    if (tagged?.tags[OwnershipTag.RELEASED_UNTIL] !== until.toISOString()) {
      await rds.setTags(region, copy.arn, releaseTag(until));
    }
    return sharedReport(rules, copy, request, until, execution);
  }

  /** Another account that the copy is shared with; undefined if there is none. */
  private async somebodyElse(region: string, { identifier }: Snapshot, account: string): Promise<string | undefined> {
    const accounts = await this.deps.rds.accountsSharedWith(region, identifier);
    return accounts.find((other) => other !== account);
  }

  /** Before its time; whoever waits for its end then finds nothing to do. */
  private async endEarly(
    rules: VaultRules, { snapshotIdentifier, region, reason }: EndRequest, execution: string,
  ): Promise<ReleaseReport | Refusal | { readonly progress: Progress }> {
    const { rds, now } = this.deps;
    const copy = (await rds.listManualSnapshots(region)).find((one) => belongsToVault(one, rules) && one.identifier === snapshotIdentifier);
    if (!copy) {
      return { refused: `the vault has no copy '${snapshotIdentifier}' in ${region}` };
    }
    const accounts = await rds.accountsSharedWith(region, snapshotIdentifier);
    if (accounts.length === 0 && releasedUntil(copy) === undefined) {
      return { refused: `${copy.arn} is released to nobody` };
    }
    const progress = await this.end(copy);
    return progress.status === 'SUCCEEDED'
      ? endedReport(rules, copy, { recoveryAccountId: accounts.join(', ') || 'nobody', reason }, new Date(now()), execution)
      : { progress };
  }

  private async takeBack({ rules, execution, answer: { memory } }: ReleaseEvent): Promise<ReleaseAnswer> {
    const released = memory.released!;
    const { rds } = this.deps;
    const now = this.deps.now();
    let progress: Progress | undefined;
    let copy: Snapshot | undefined;
    try {
      copy = await rds.findSnapshot(released.snapshotArn, rules.account);
      const until = copy && releasedUntil(copy);
      if (until instanceof Date && until.getTime() === Date.parse(released.until) && until.getTime() > now) {
        // The clock of this function is behind that of the state machine.
        return { call: 'expire', waitSeconds: secondsUntil(released, now), memory };
      }
      progress = await this.endIfOver(rules, released.snapshotArn);
    } catch (error) {
      progress = progressAfter(error, `ending the release of ${released.snapshotArn}`, 0);
    }
    if (!progress || !copy) {
      log.info('nothing to end', { vault: rules.vaultName, copy: released.snapshotArn, why: copy ? 'it is released anew, or was taken back' : 'it is gone' });
      return { call: 'end' };
    }
    if (progress.status === 'FAILED') {
      // Tried again by the state machine for hours, and by every sweep.
      throw new Error(toldTo('vault', progress).message);
    }
    if (progress.status !== 'SUCCEEDED') {
      return again('expire', memory, execution, reasonOf(progress));
    }
    log.info('release ended', { vault: rules.vaultName, copy: released.snapshotArn });
    const detail = endedReport(rules, copy, released, new Date(now), released.execution);
    return { call: 'tell', report: { detail, resources: [released.snapshotArn] }, then: 'end' };
  }

  /** Looked at in this moment: it may just have been released anew. Undefined if there is nothing to end. */
  private async endIfOver(rules: VaultRules, arn: string): Promise<Progress | undefined> {
    const copy = await this.deps.rds.findSnapshot(arn, rules.account);
    return copy && belongsToVault(copy, rules) && isOver(copy, this.deps.now()) ? this.end(copy) : undefined;
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

interface Refusal {
  readonly refused: string;
}

function lentTo(account: string, { arn, identifier }: Snapshot): Refusal {
  return {
    refused: `${arn} is released to account ${account}: wait for the end of that release, or take the copy back by a release with {"end": true, "snapshotIdentifier": "${identifier}", "reason": "…"}`,
  };
}

function secondsUntil({ until }: ReleaseReport, now: number): number {
  return Math.max(1, Math.ceil((Date.parse(until) - now) / 1000));
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
