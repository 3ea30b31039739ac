import { lookAtSnapshot, meetExisting } from './look-at-snapshot';
import { Operation, firstLook, isToBeMade, look, progressAfter } from './operation';
import { removeSnapshot } from './remove-snapshot';
import { tooManyTags } from './tag-limit';
import { Assignment, Sight } from '../../core/assignment';
import { OwningResource } from '../../core/ownership';
import { Advice, Progress, failed, queued, running } from '../../core/progress';
import { Deletion } from '../../core/removal';
import { TakeSnapshotRequest } from '../../core/requests';
import { isAurora } from '../../core/snapshot';
import { FaultKind, faultKind } from '../rds/errors';
import { RdsGateway } from '../rds/gateway';

/** States in which a cluster stays until somebody acts: waiting for them would only hide them. */
export const STATES_THAT_DO_NOT_END = new Set([
  'stopped', 'stopping', 'deleting', 'inaccessible-encryption-credentials', 'inaccessible-encryption-credentials-recoverable',
  'cloning-failed', 'migration-failed', 'upgrade_failed',
]);

/** Takes a manual snapshot of a cluster. */
export class TakeSnapshot implements Operation<TakeSnapshotRequest, Deletion> {
  constructor(private readonly rds: RdsGateway) {}

  public async start(request: TakeSnapshotRequest, assignment: Assignment): Promise<Progress> {
    const earlierTry = await firstLook(assignment.target, assignment.elapsedSeconds, () => lookAtSnapshot(this.rds, assignment));
    if (!isToBeMade(earlierTry)) {
      return earlierTry;
    }
    try {
      return await this.whyNot(request) ?? await this.create(request, assignment);
    } catch (error) {
      return progressAfter(error, `taking a snapshot of the cluster '${request.clusterIdentifier}'`, assignment.elapsedSeconds);
    }
  }

  public async check(_: TakeSnapshotRequest, sight: Sight): Promise<Progress> {
    return look(sight.target, () => lookAtSnapshot(this.rds, sight));
  }

  public async cancel(deletion: Deletion, resource: OwningResource, elapsedSeconds: number): Promise<Progress> {
    return removeSnapshot(this.rds, deletion, resource, elapsedSeconds);
  }

  private async whyNot(request: TakeSnapshotRequest): Promise<Progress | undefined> {
    const { clusterIdentifier, region } = request;
    const cluster = await this.rds.findCluster(region, clusterIdentifier);
    if (!cluster) {
      return failed(`there is no cluster '${clusterIdentifier}' in ${region}`, Advice.CHECK_CLUSTER);
    }
    if (!isAurora(cluster.engine)) {
      return failed(`the cluster '${clusterIdentifier}' runs '${cluster.engine}'; only aurora-mysql and aurora-postgresql are supported`);
    }
    if (STATES_THAT_DO_NOT_END.has(cluster.status)) {
      return failed(`the cluster '${clusterIdentifier}' is '${cluster.status}', which does not end by itself`, Advice.START_CLUSTER);
    }
    return cluster.status === 'available'
      ? undefined
      : queued(`the cluster '${clusterIdentifier}' is '${cluster.status}'; its snapshot waits until it is 'available'`);
  }

  private async create(request: TakeSnapshotRequest, assignment: Assignment): Promise<Progress> {
    const { targetIdentifier, ownershipTags } = assignment;
    const tags = { ...request.tags, ...ownershipTags };
    const tooMany = tooManyTags(tags);
    if (tooMany) {
      return tooMany;
    }
    try {
      await this.rds.createSnapshot(request.region, request.clusterIdentifier, targetIdentifier, tags);
      return running(0, `the snapshot ${targetIdentifier} is being created`);
    } catch (error) {
      if (faultKind(error) === FaultKind.ALREADY_EXISTS) {
        return meetExisting(this.rds, assignment);
      }
      throw error;
    }
  }
}
