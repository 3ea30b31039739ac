import { Sight } from '../../core/assignment';
import { OwnershipTag } from '../../core/ownership';
import { Advice, Progress, failed, running, succeeded, unseen } from '../../core/progress';
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
    + 'the usual causes are a key that cannot be used any more and a source that was deleted meanwhile', Advice.MAKE_ANOTHER);
}

/** RDS says that the identifier is taken: by an earlier try of this request, which is as good as a start, or by what is not to be touched. */
export async function meetExisting(rds: RdsGateway, sight: Sight): Promise<Progress> {
  const snapshot = await rds.findSnapshot(sight.target, sight.account);
  if (!snapshot || wasMadeBy(sight.ownershipTags, snapshot)) {
    return running(snapshot?.percentProgress ?? 0, `${sight.target} was started by an earlier try`);
  }
  return {
    ...failed(`a snapshot with the identifier '${snapshot.identifier}' exists already`, Advice.NAME_TAKEN),
    lacks: tagsLackedBy(snapshot, sight.ownershipTags),
  };
}

/** The tags that say whose a snapshot is. */
const TELLING = [
  OwnershipTag.OWNER, OwnershipTag.IDENTIFIER, OwnershipTag.STACK, OwnershipTag.LOGICAL_ID, OwnershipTag.OPERATION, OwnershipTag.GENERATION,
  OwnershipTag.PLAN, OwnershipTag.PLAN_REGION, OwnershipTag.CLUSTER_RESOURCE_ID, OwnershipTag.VAULT,
  OwnershipTag.VAULT_REGION,
] as const;

function wasMadeBy(ownershipTags: Tags, { tags }: Snapshot): boolean {
  return TELLING.every((key) => tags[key] === ownershipTags[key]);
}

/** With whoever has lost the telling ones, the others are lost most likely, too. Those that are there are right: until when it is kept, for example. */
function tagsLackedBy({ tags }: Snapshot, ownershipTags: Tags): string[] {
  const isTelling = (key: string) => (TELLING as readonly string[]).includes(key);
  return Object.entries(ownershipTags)
    .filter(([key, value]) => tags[key] === undefined || (isTelling(key) && tags[key] !== value))
    .map(([key, value]) => `${key}=${value}`);
}
