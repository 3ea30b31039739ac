import { RestorePointRequest, changedCriteria, criteriaTexts, parseRestorePointRequest } from '../../../core/restore/restore-criteria';
import { Candidate, RestorePointChoice, chooseRestorePoint } from '../../../core/restore/restore-point';
import { readRecord, recordName, recordOf, recordsOf, restorePointId, writeRecord } from '../../../core/restore/restore-point-record';
import { Snapshot } from '../../../core/snapshot';
import { log } from '../../log';
import { RdsGateway } from '../../rds/gateway';
import { Records } from '../../records';
import { Stacks } from '../../stacks';
import { ResourceEvent, ResourceHandler, ResourceStep, PolledEvent, stackOf } from '../custom-resource/events';

/** So many of the snapshots that were not taken are named in one line of the log. */
const LOGGED_AT_ONCE = 200;

export interface RestorePointServices {
  readonly rds: RdsGateway;
  readonly records: Records;
  readonly stacks: Stacks;
}

/**
 * Finds the snapshot that a restore point stands for. What was found is written down before anybody hears of it, and answered from then on, so that
 * no later deploy, whichever way it goes, makes something else of the same restore point.
 */
export class RestorePointHandler implements ResourceHandler {
  constructor(private readonly services: RestorePointServices) {}

  public physicalId({ StackId, LogicalResourceId, RequestId }: ResourceEvent): string {
    return restorePointId(StackId.split('/')[1], LogicalResourceId, RequestId);
  }

  public async step(event: PolledEvent): Promise<ResourceStep> {
    return event.RequestType === 'Delete' ? this.remove(event) : this.find(event, parseRestorePointRequest(event.ResourceProperties));
  }

  private async remove({ ResourceProperties: { Owner: owner }, PhysicalResourceId: id }: PolledEvent): Promise<ResourceStep> {
    const records = recordsOf(String(owner), id);
    // An id that no call here gave has none.
    if (records !== undefined) {
      await this.services.records.removeAll(records);
    }
    return { status: 'DONE' };
  }

  private async find(event: PolledEvent, request: RestorePointRequest): Promise<ResourceStep> {
    const name = recordName(request.owner, event.PhysicalResourceId, request.trigger);
    const kept = await this.services.records.find(name);
    if (kept !== undefined) {
      return this.answer(event, request, name, kept);
    }
    const lost = event.RequestType === 'Update' ? await this.whyRecordIsLost(event, request, name) : undefined;
    if (lost !== undefined) {
      return failed(lost);
    }
    const choice = await this.choose(event, request);
    return 'refused' in choice ? failed(choice.refused) : this.keep(event, request, name, choice.chosen);
  }

  /** The framework goes on asking after a stack has turned back; nobody wants to know by then. */
  private async keep(event: PolledEvent, request: RestorePointRequest, name: string, chosen: Candidate): Promise<ResourceStep> {
    const outdated = await this.services.stacks.whyNoLongerWanted({ stackId: event.StackId, logicalId: event.LogicalResourceId }, event.StartedAt);
    if (outdated !== undefined) {
      return failed(`no restore point is kept any more, because ${outdated}`);
    }
    const record = writeRecord(recordOf(criteriaTexts(request.criteria), chosen));
    const kept = await this.services.records.keep(name, record);
    if (kept !== record) {
      log.warn('another call has kept a restore point in the same moment, which counts', { name });
    }
    return this.answer(event, request, name, kept);
  }

  /** What was found once, whatever there is by now. */
  private async answer(event: PolledEvent, { criteria, trigger }: RestorePointRequest, name: string, kept: string): Promise<ResourceStep> {
    const record = readRecord(kept);
    if (!record) {
      return failed(`what was found for the restore point ${event.LogicalResourceId} cannot be read (parameter ${name}): another release of cdk-aurora-backup wrote it, or `
        + 'somebody changed it by hand. Deploy with that release, give the parameter its value back, or set another trigger to look for a snapshot anew');
    }
    const changes = changedCriteria(record.criteria, criteriaTexts(criteria));
    if (changes.length > 0 && !await this.services.stacks.isTurningBack(event.StackId)) {
      return failed(`${changes.join(' and ')} cannot be changed alone, because the restore point stays what was found for ${inQuotes(trigger)}: ${record.attributes.SnapshotIdentifier}. `
        + 'Set another trigger as well to look for a snapshot anew, or take the change back');
    }
    return { status: 'DONE', attributes: record.attributes };
  }

  /** An update that comes with nothing new stands on what was found before. Another snapshot in its place could replace a cluster. */
  private async whyRecordIsLost(event: PolledEvent, { trigger }: RestorePointRequest, name: string): Promise<string | undefined> {
    const isUnchanged = (event.OldResourceProperties?.Trigger || undefined) === trigger;
    if (!isUnchanged && !await this.services.stacks.isTurningBack(event.StackId)) {
      return undefined;
    }
    // CloudFormation then tells the properties of the attempt as the old ones, so that both look the same.
    return `what was found for ${inQuotes(trigger)} is lost, or nothing was found by a deploy that was not rolled back: there is no parameter ${name}, which somebody may have deleted. Another snapshot is not taken in its place, because what was restored `
      + 'from the first could be replaced. Write the parameter again (the history of parameters in AWS CloudTrail and the log of the first deploy tell its value), or set another trigger to look for a snapshot anew';
  }

  private async choose(event: PolledEvent, { criteria }: RestorePointRequest): Promise<RestorePointChoice> {
    const { region, account } = stackOf(event);
    const choose = (snapshots: Snapshot[]) => chooseRestorePoint({ criteria, region, account, snapshots });
    const isShared = criteria.snapshotTypes.includes('shared');
    const { rds } = this.services;
    let choice = choose(await (isShared ? rds.listSharedSnapshots(region) : rds.listOwnSnapshots(region, criteria.clusterIdentifier)));
    if ('refused' in choice && choice.passedOver.length === 0 && !isShared) {
      // The name may be wrong: those that there are help to find the right one.
      choice = choose(await rds.listOwnSnapshots(region));
    }
    report(event, choice);
    return choice;
  }
}

/** For whoever restores, and wants to know whether it is the right one. */
function report({ LogicalResourceId: logicalId }: ResourceEvent, choice: RestorePointChoice): void {
  if (!('refused' in choice)) {
    const { chosen, nextBest, remarks } = choice;
    log.info('restore point chosen', { logicalId, ...inLog(chosen), nextBest: nextBest ? inLog(nextBest) : 'none' });
    remarks.forEach((remark) => log.warn('about the restore point', { logicalId, remark }));
  }
  for (let from = 0; from < choice.passedOver.length; from += LOGGED_AT_ONCE) {
    const some = choice.passedOver.slice(from, from + LOGGED_AT_ONCE);
    log.info('not the restore point', { logicalId, snapshots: some.map(({ snapshot, because }) => `${snapshot.identifier}: ${because}`) });
  }
}

function inLog({ snapshot: { arn }, dataTime, incarnation }: Candidate) {
  return { arn, dataTime: dataTime.toISOString(), clusterResourceId: incarnation ?? 'unknown' };
}

function inQuotes(trigger: string | undefined): string {
  return trigger === undefined ? 'no trigger' : `the trigger '${trigger}'`;
}

function failed(message: string): ResourceStep {
  return { status: 'FAILED', message };
}
