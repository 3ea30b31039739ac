import { StartAnswer, WatchedEvent, assignmentOf, previousRequestOf, resourceOf } from './events';
import { Lifecycle } from './lifecycle';
import { startedBy, startedFor } from '../../../core/export-identifiers';
import { ExportTask, hasEnded, hasEndedBadly } from '../../../core/export-task';
import { operationKey } from '../../../core/operation-key';
import { exportTasksIn } from '../../../core/physical-id';
import { Progress, Succeeded, succeeded, unseen } from '../../../core/progress';
import { CompletionMode, ExportRequest } from '../../../core/requests';
import { log } from '../../log';
import { exportProgress } from '../../operations/export-progress';
import { ExportCancellation } from '../../operations/operation';
import { RdsGateway } from '../../rds/gateway';

/**
 * What becomes of the export tasks that a resource started. A task that still runs is stopped when the resource lets it go; what
 * was exported is never touched.
 */
export class ExportLifecycle implements Lifecycle<ExportRequest> {
  constructor(private readonly rds: RdsGateway) {}

  /** There is nothing to change: an export task has no tags. */
  public async changeInPlace(): Promise<boolean> {
    return false;
  }

  public async look(event: WatchedEvent, request: ExportRequest): Promise<Progress> {
    const [identifier] = exportTasksIn(event.PhysicalResourceId);
    const task = await this.rds.findExportTask(request.region, identifier);
    // Warnings of an export that was complete before fail the next one, not this change.
    const failOnWarnings = request.failOnWarnings && previousRequestOf(event)?.completion !== CompletionMode.FAIL;
    return task ? exportProgress(task, { ...request, failOnWarnings }) : unseen(`RDS does not list the export task ${identifier}`);
  }

  /** Exported data stays in any case. */
  public async isComplete(): Promise<boolean> {
    return true;
  }

  /**
   * The id that CloudFormation sends is that of the failed update, which names the task before it, or already the earlier one.
   * Only if it tells neither is RDS asked, which forgets tasks after a time. The update itself, whose waiter polls on while the stack
   * goes back, finds no earlier task of what it asked for (its own is none).
   */
  public async goBack(event: WatchedEvent, request: ExportRequest): Promise<StartAnswer | undefined> {
    const resource = resourceOf(event, request);
    const operation = operationKey(request);
    const known = exportTasksIn(event.Watch.previousId ?? '').find((identifier) => startedFor(identifier, resource, operation));
    const { target: own } = assignmentOf(event, request, 0);
    const goal = known ?? await this.findEarlier(request, (identifier) => identifier !== own && startedFor(identifier, resource, operation));
    if (goal === undefined) {
      return undefined;
    }
    const undone = previousRequestOf(event);
    const removals = undone?.kind === 'export'
      ? await this.stillRunning(undone.region, (identifier) => identifier !== goal && startedFor(identifier, resource, operationKey(undone)))
      : [];
    return { progress: await this.resultOf(goal, request), physicalId: goal, removals };
  }

  public async leave(event: WatchedEvent, request: ExportRequest): Promise<StartAnswer | undefined> {
    const resource = resourceOf(event, request);
    const [identifier] = exportTasksIn(event.PhysicalResourceId);
    if (identifier !== undefined && !startedBy(identifier, resource)) {
      log.warn('the export task is left alone, because this resource did not start it', { exportTask: identifier });
      return { progress: succeeded(), removals: [] };
    }
    if (identifier !== undefined) {
      const task = await this.rds.findExportTask(request.region, identifier);
      return task && { progress: succeeded(), removals: hasEnded(task) ? [] : [{ exportTask: identifier, region: request.region }] };
    }
    // CloudFormation invents an id if it never heard of any: then the identifiers of the tasks say what this resource started.
    const removals = await this.stillRunning(request.region, (candidate) => startedFor(candidate, resource, operationKey(request)));
    return removals.length === 0 ? undefined : { progress: succeeded(), removals };
  }

  /** What the earlier export resulted in, if RDS still lists it. Nothing is waited for on the way back. */
  private async resultOf(identifier: string, request: ExportRequest): Promise<Succeeded> {
    const task = await this.rds.findExportTask(request.region, identifier);
    const progress = task && exportProgress(task, { ...request, failOnWarnings: false });
    return progress?.status === 'SUCCEEDED' ? succeeded(progress.result) : succeeded();
  }

  private async findEarlier({ region }: ExportRequest, isMeant: (identifier: string) => boolean): Promise<string | undefined> {
    const tasks = (await this.rds.listExportTasks(region))
      .filter((task) => isMeant(task.identifier) && !hasEndedBadly(task))
      .sort((a, b) => timeOf(b) - timeOf(a));
    return tasks[0]?.identifier;
  }

  private async stillRunning(region: string, isMeant: (identifier: string) => boolean): Promise<ExportCancellation[]> {
    const tasks = await this.rds.listExportTasks(region);
    return tasks.filter((task) => isMeant(task.identifier) && !hasEnded(task)).map(({ identifier }) => ({ exportTask: identifier, region }));
  }
}

function timeOf({ startTime }: ExportTask): number {
  return startTime?.getTime() ?? 0;
}
