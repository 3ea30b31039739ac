import { PruneDependencies } from './receive-clear';
import { PruneAnswer, PruneEvent, readVault } from './steps';
import { hasEnded } from '../../../core/export-task';
import { VaultMetric } from '../../../core/metrics';
import { PlannedDeletion } from '../../../core/plan/pruning';
import { isInProgress } from '../../../core/snapshot';
import { releasedUntil } from '../../../core/vault/vault-ownership';
import { decideVaultPruning } from '../../../core/vault/vault-pruning';
import { VaultRules } from '../../../core/vault/vault-rules';
import { countForVault, log } from '../../log';
import { FaultKind, faultKind, wordsOf } from '../../rds/errors';
import { bounded, firstOf } from '../../work/bounded';

/** So many deletions a call, well within the time limit of a function. */
const DELETIONS_AT_A_TIME = 20;

/** What is being deleted is no longer listed as available by then. */
const DELETING_SECONDS = 15;

interface Going extends PlannedDeletion {
  readonly region: string;
}

/** Deletes what the retention of a vault no longer keeps. If anything cannot be read to its end, nothing is deleted anywhere. */
export class PruneVault {
  constructor(private readonly deps: PruneDependencies) {}

  public async handle(event: PruneEvent): Promise<PruneAnswer> {
    const { rules, answer: { memory } } = readVault(event);
    const going = await this.decide(rules);
    const { deleted, refused, interrupted } = await this.deleteAll(rules, going.slice(0, DELETIONS_AT_A_TIME));
    if (deleted > 0) {
      countForVault(rules, VaultMetric.SNAPSHOTS_PRUNED, deleted, 'Count', this.deps.now());
    }
    if (refused.length > 0) {
      countForVault(rules, VaultMetric.SWEEP_FAILED, 1, 'Count', this.deps.now());
    }
    const next = { deleted: memory.deleted + deleted, troubles: firstOf([...memory.troubles, ...refused]) };
    // What was refused once is left for the next sweep.
    const more = deleted > 0 && refused.length === 0 && (interrupted || going.length > DELETIONS_AT_A_TIME);
    return more ? { call: 'prune', waitSeconds: DELETING_SECONDS, memory: next } : { call: 'end', memory: next };
  }

  private async decide(rules: VaultRules): Promise<Going[]> {
    const { rds } = this.deps;
    const places = [
      { region: rules.region, rule: rules.retention },
      ...rules.copies.map(({ region, retention }) => ({ region, rule: retention as VaultRules['retention'] })),
    ];
    const listed = await Promise.all(places.map(async (place) => ({ ...place, snapshots: await rds.listManualSnapshots(place.region) })));
    const exported = (await Promise.all(places.map(({ region }) => rds.listExportTasks(region)))).flat().filter((task) => !hasEnded(task));
    const inUse = new Set([
      ...listed.flatMap(({ snapshots }) => snapshots).filter(isInProgress).flatMap(({ sourceArn }) => sourceArn ?? []),
      ...exported.map(({ sourceArn }) => sourceArn),
    ]);
    const { minimumRetentionSeconds } = rules;
    return listed.flatMap(({ region, rule, snapshots }) => {
      const decision = decideVaultPruning({ vault: rules, snapshots, rule, minimumRetentionSeconds, inUse, now: new Date(this.deps.now()) });
      const of = { vault: rules.vaultName, region };
      // Every hour, so not one by one.
      log.info('retention', { ...of, kept: decision.kept.length, going: decision.deletions.length });
      decision.reports.forEach((report) => log.warn('retention', { ...of, report }));
      return decision.deletions.map((deletion) => ({ ...deletion, region }));
    });
  }

  private async deleteAll(
    rules: VaultRules, going: readonly Going[],
  ): Promise<{ readonly deleted: number; readonly refused: string[]; readonly interrupted: boolean }> {
    const { vaultName } = rules;
    let deleted = 0;
    const refused: string[] = [];
    for (const copy of going) {
      const { region, arn, because } = copy;
      try {
        if (await this.deleteUnlessReleased(rules, copy)) {
          deleted += 1;
          log.info('copy pruned', { vault: vaultName, region, arn, because });
        }
      } catch (error) {
        if (faultKind(error) !== FaultKind.TRANSIENT) {
          log.warn('copy could not be pruned', { vault: vaultName, arn, because, why: wordsOf(error) });
          refused.push(bounded(`${arn} could not be deleted: ${wordsOf(error)}`));
        } else if (deleted > 0) {
          return { deleted, refused, interrupted: true };
        } else {
          throw error;
        }
      }
    }
    return { deleted, refused, interrupted: false };
  }

  /** Looked at in this moment: it may have been released while others were deleted. Whether it has gone by our doing. */
  private async deleteUnlessReleased({ vaultName, account }: VaultRules, { region, identifier, arn }: Going): Promise<boolean> {
    const { rds, now } = this.deps;
    const copy = await rds.findSnapshot(arn, account);
    const until = copy && releasedUntil(copy);
    if (!copy || until === 'unreadable' || (until !== undefined && until.getTime() > now())) {
      log.info('copy not pruned', { vault: vaultName, region, arn, why: copy ? 'it has just been released' : 'it is gone' });
      return false;
    }
    try {
      await rds.deleteSnapshot(region, identifier);
    } catch (error) {
      // When an answer is lost the SDK asks again, and IAM, which then finds no tag of ours, refuses to delete what has gone.
      if (faultKind(error) !== FaultKind.RIGHTS || await rds.findSnapshot(arn, account) !== undefined) {
        throw error;
      }
    }
    return true;
  }
}
