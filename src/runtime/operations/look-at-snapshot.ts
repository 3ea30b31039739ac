import { OwnershipTag } from '../../core/ownership';
import { Progress, failed, pending, running, succeeded } from '../../core/progress';
import { Snapshot, Tags, isCompleted, isInProgress } from '../../core/snapshot';
import { RdsGateway } from '../rds/gateway';
import { Sight, progressAfter } from './operation';

/** One look at a snapshot that is being taken or copied. PENDING says that nothing is to be seen of it. */
export async function lookAtSnapshot(rds: RdsGateway, { targetArn, account, ownershipTags, elapsedSeconds }: Sight): Promise<Progress> {
  let snapshot: Snapshot | undefined;
  try {
    snapshot = await rds.findSnapshot(targetArn, account);
  } catch (error) {
    return progressAfter(error, `looking at the snapshot ${targetArn}`, elapsedSeconds);
  }
  if (!snapshot) {
    return pending(`${targetArn} is not listed by RDS`);
  }
  if (!wasMadeBy(ownershipTags, snapshot)) {
    return failed(`a snapshot with the identifier '${snapshot.identifier}' exists already and was not made by this deployment of the resource, so it is left as it is. `
      + 'Choose another identifier, or leave it out to get one that is always free.');
  }
  if (isCompleted(snapshot)) {
    return succeeded();
  }
  if (isInProgress(snapshot)) {
    return running(snapshot.percentProgress, `${snapshot.identifier} is ${snapshot.status}, ${snapshot.percentProgress} %`);
  }
  return failed(`the snapshot ${targetArn} ended in status '${snapshot.status}', as RDS reports it. The events of the snapshot in the RDS console say why; `
    + 'the usual causes are a key that cannot be used any more and a source that was deleted meanwhile. Deploy again to make another.');
}

function wasMadeBy(ownershipTags: Tags, snapshot: Snapshot): boolean {
  return [
    OwnershipTag.OWNER, OwnershipTag.IDENTIFIER, OwnershipTag.STACK, OwnershipTag.LOGICAL_ID, OwnershipTag.OPERATION, OwnershipTag.GENERATION,
  ].every((key) => snapshot.tags[key] === ownershipTags[key]);
}
