import { queueing } from './export-limits';
import { exportProgress } from './export-progress';
import { missingSource } from './missing-source';
import { ExportCancellation, Operation, firstLook, isToBeMade, look, progressAfter } from './operation';
import { STATES_THAT_DO_NOT_END } from './take-snapshot';
import { Assignment, Sight } from '../../core/assignment';
import { startedBy } from '../../core/export-identifiers';
import { hasEnded } from '../../core/export-task';
import { OwningResource } from '../../core/ownership';
import { Advice, Progress, failed, pending, queued, running, succeeded, unseen } from '../../core/progress';
import { ExportRequest } from '../../core/requests';
import { isAurora, isCompleted, isInProgress } from '../../core/snapshot';
import { SourceArn, parseSourceArn } from '../../core/source-arn';
import { log } from '../log';
import { FaultKind, faultKind, wordsOf } from '../rds/errors';
import { RdsGateway } from '../rds/gateway';

/**
 * Rights of the export role that are not in force everywhere yet do not show when the task is started: it fails later, and its
 * identifier is used up. So a role made by the same deploy is given a minute first.
 */
const SETTLING_SECONDS = 60;

/** Exports a snapshot or a live cluster to S3. */
export class ExportToS3 implements Operation<ExportRequest, ExportCancellation> {
  constructor(private readonly rds: RdsGateway) {}

  public async start(request: ExportRequest, assignment: Assignment): Promise<Progress> {
    const source = parseSourceArn(request.sourceArn);
    if (!source) {
      return failed(`source must be the ARN of a DB cluster snapshot or of a DB cluster, got '${request.sourceArn}'`);
    }
    const earlierTry = await firstLook(assignment.target, assignment.elapsedSeconds, () => this.lookAtTask(request, assignment.target));
    if (!isToBeMade(earlierTry)) {
      return earlierTry;
    }
    try {
      return await this.whyNot(request, source, assignment) ?? await this.begin(request, assignment);
    } catch (error) {
      return progressAfter(error, doing(request), assignment.elapsedSeconds);
    }
  }

  public async check(request: ExportRequest, sight: Sight): Promise<Progress> {
    return look(sight.target, () => this.lookAtTask(request, sight.target));
  }

  /** Stops a task that still runs. What it has written stays: exported data is never deleted. */
  public async cancel({ exportTask, region }: ExportCancellation, resource: OwningResource, elapsedSeconds: number): Promise<Progress> {
    // The right to cancel cannot be narrowed to our own tasks (RDS knows no resource for it), so this is the only place that does.
    if (!startedBy(exportTask, resource)) {
      log.warn('the export task goes on, because this resource did not start it', { exportTask });
      return succeeded();
    }
    try {
      const task = await this.rds.findExportTask(region, exportTask);
      if (!task || hasEnded(task)) {
        return succeeded();
      }
      if (task.status !== 'CANCELING') {
        await this.rds.cancelExportTask(region, exportTask);
        log.info('export task canceled', { exportTask, percent: task.percentProgress });
      }
      return running(task.percentProgress, `the export task ${exportTask} is being canceled`);
    } catch (error) {
      return faultKind(error) === FaultKind.BUSY
        ? running(0, `the export task ${exportTask} cannot be canceled in its present state: ${wordsOf(error)}`)
        : progressAfter(error, `canceling the export task ${exportTask}`, elapsedSeconds);
    }
  }

  private async lookAtTask(request: ExportRequest, identifier: string): Promise<Progress> {
    const task = await this.rds.findExportTask(request.region, identifier);
    return task ? exportProgress(task, request) : unseen(`RDS does not list the export task ${identifier} yet`);
  }

  private async whyNot(request: ExportRequest, source: SourceArn, assignment: Assignment): Promise<Progress | undefined> {
    const why = source.type === 'cluster'
      ? await this.whyNotCluster(source)
      : await this.whyNotSnapshot(request, assignment);
    if (why) {
      return why;
    }
    return assignment.elapsedSeconds < SETTLING_SECONDS
      ? pending(`the export starts a minute after it was asked for, so that a role made by the same deploy is known everywhere (${Math.round(assignment.elapsedSeconds)} s so far)`)
      : undefined;
  }

  private async whyNotCluster({ region, identifier }: SourceArn): Promise<Progress | undefined> {
    const cluster = await this.rds.findCluster(region, identifier);
    if (!cluster) {
      return failed(`there is no cluster '${identifier}' in ${region}; check the cluster given as source`);
    }
    if (!isAurora(cluster.engine)) {
      return failed(`the cluster '${identifier}' runs '${cluster.engine}'; only aurora-mysql and aurora-postgresql are supported`);
    }
    if (cluster.engineMode === 'serverless') {
      return failed(`the cluster '${identifier}' is Aurora Serverless v1, which RDS does not export; take a snapshot, restore it to a provisioned or Serverless v2 cluster and export that`);
    }
    if (STATES_THAT_DO_NOT_END.has(cluster.status)) {
      return failed(`the cluster '${identifier}' is '${cluster.status}', which does not end by itself`, Advice.START_CLUSTER);
    }
    return cluster.status === 'available' ? undefined : queued(`the cluster '${identifier}' is '${cluster.status}'; its export waits until it is 'available'`);
  }

  private async whyNotSnapshot(request: ExportRequest, { account, elapsedSeconds }: Assignment): Promise<Progress | undefined> {
    const { sourceArn } = request;
    const snapshot = await this.rds.findSnapshot(sourceArn, account);
    if (!snapshot) {
      return missingSource(request, elapsedSeconds);
    }
    if (!isAurora(snapshot.engine)) {
      return failed(`the source ${sourceArn} is of '${snapshot.engine}'; only snapshots of aurora-mysql and aurora-postgresql are supported`);
    }
    if (isInProgress(snapshot)) {
      return queued(`the source ${sourceArn} is ${snapshot.status}, ${snapshot.percentProgress} %; the export starts when it is available`);
    }
    return isCompleted(snapshot) ? undefined : failed(`the source ${sourceArn} is '${snapshot.status}' and cannot be exported`, Advice.TAKE_ANOTHER);
  }

  private async begin(request: ExportRequest, { target }: Assignment): Promise<Progress> {
    try {
      await this.rds.startExportTask(request.region, { identifier: target, ...request });
      return running(0, `the export task ${target} is starting`);
    } catch (error) {
      if (faultKind(error) === FaultKind.ALREADY_EXISTS) {
        // By an earlier try of this request: the identifier is made for it alone.
        return running(0, `the export task ${target} was started by an earlier try`);
      }
      const turn = await queueing(this.rds, request, target, error);
      if (turn) {
        return turn;
      }
      throw error;
    }
  }
}

function doing({ sourceArn, bucket }: ExportRequest): string {
  return `exporting ${sourceArn} to the bucket '${bucket}'`;
}
