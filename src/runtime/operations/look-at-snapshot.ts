import { Sight } from '../../core/assignment';
import { OwnershipTag } from '../../core/ownership';
import { Progress, failed, running, succeeded, unseen } from '../../core/progress';
import { Snapshot, Tags, isCompleted } from '../../core/snapshot';
import { RdsGateway } from '../rds/gateway';

/** The states in which AWS's own waiter for snapshots gives up; any other may still become 'available'. */
const ENDED_BADLY = /^(failed|deleting|deleted|incompatible-.*)$/;

/** One look at a snapshot that is being taken or copied. */
export async function lookAtSnapshot(rds: RdsGateway, { target, account, ownershipTags }: Sight): Promise<Progress> {
  const snapshot = await rds.findSnapshot(target, account);
  return progressOf(target, snapshot && wasMadeBy(ownershipTags, snapshot) ? snapshot : undefined);
}

/** What the state of a snapshot means. */
export function progressOf(target: string, snapshot: Snapshot | undefined): Progress {
  if (!snapshot) {
    return unseen(`nothing is to be seen of ${target} yet`);
  }
  if (isCompleted(snapshot)) {
    return succeeded();
  }
  if (!ENDED_BADLY.test(snapshot.status)) {
    return running(snapshot.percentProgress, `${snapshot.identifier} is ${snapshot.status}, ${snapshot.percentProgress} %`);
  }
  return failed(`the snapshot ${target} ended in status '${snapshot.status}', as RDS reports it. The events of the snapshot in the RDS console say why; `
    + 'the usual causes are a key that cannot be used any more and a source that was deleted meanwhile. Deploy again to make another.');
}

/** RDS says that the identifier is taken: by an earlier try of this request, which is as good as a start, or by what is not to be touched. */
export async function meetExisting(rds: RdsGateway, sight: Sight): Promise<Progress> {
  const snapshot = await rds.findSnapshot(sight.target, sight.account);
  if (!snapshot || wasMadeBy(sight.ownershipTags, snapshot)) {
    return running(snapshot?.percentProgress ?? 0, `${sight.target} was started by an earlier try`);
  }
  return failed(`a snapshot with the identifier '${snapshot.identifier}' exists already and was not made by this deployment of the resource, so it is left as it is. `
    + 'Choose another identifier, or leave it out to get one that is always free.');
}

function wasMadeBy(ownershipTags: Tags, snapshot: Snapshot): boolean {
  return [
    OwnershipTag.OWNER, OwnershipTag.IDENTIFIER, OwnershipTag.STACK, OwnershipTag.LOGICAL_ID, OwnershipTag.OPERATION, OwnershipTag.GENERATION,
    OwnershipTag.PLAN, OwnershipTag.PLAN_REGION, OwnershipTag.CLUSTER_RESOURCE_ID, OwnershipTag.VAULT,
    OwnershipTag.VAULT_REGION,
  ].every((key) => snapshot.tags[key] === ownershipTags[key]);
}
