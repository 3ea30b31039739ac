import { isLowerVersion, isOtherVersion } from '../../../core/restore/engine-version';
import { GuardRequest } from '../../../core/restore/guard-request';
import { RestoreSource, sourceOf } from '../../../core/restore/restore-source';
import { RestoreWindow, lookThrough } from '../../../core/restore/restore-window';
import { Snapshot, isInProgress, isUnfinished } from '../../../core/snapshot';
import { formatSnapshotArn, parseSnapshotArn } from '../../../core/snapshot-arn';
import { parseSourceArn } from '../../../core/source-arn';
import { VISIBILITY_PATIENCE_SECONDS } from '../../operations/operation';
import { AutomatedBackup, Cluster, RdsGateway } from '../../rds/gateway';
import { ResourceStep, StackFacts } from '../custom-resource/events';

/** What is being made, copied or deleted may take this long, within the hour that CloudFormation waits. */
const WORK_PATIENCE_SECONDS = 50 * 60;

/** How long the first backup of a cluster, or the log of its last minutes, is waited for. */
const BACKUP_PATIENCE_SECONDS = 15 * 60;

const FITS: ResourceStep = { status: 'DONE' };

type ClusterSource = Extract<RestoreSource, { readonly kind: 'point-in-time' | 'clone' }>;

/** What of a source decides whether the cluster can be made of it. */
interface SourceFacts {
  readonly engine: string;
  readonly engineVersion?: string;
  readonly masterUsername?: string;
}

/** Looks whether a cluster can be made of its source, before CloudFormation begins to make it: an hour later is late to hear that it cannot. */
export class SourceCheck {
  constructor(private readonly rds: RdsGateway, private readonly now: () => number) {}

  /** One look, never a write. */
  public async look(request: GuardRequest, stack: StackFacts): Promise<ResourceStep> {
    const source = sourceOf(request.values);
    switch (source.kind) {
      case 'none':
        return FITS;
      case 'snapshot':
        return this.lookAtSnapshot(source.identifierOrArn, request, stack);
      default:
        return this.lookAtCluster(source, request, stack);
    }
  }

  /** Whether the name is free; that of a cluster which is being deleted will be. */
  public async lookAtName(name: string, { region }: StackFacts): Promise<ResourceStep> {
    const cluster = await this.rds.findCluster(region, name);
    if (!cluster) {
      return FITS;
    }
    return cluster.status === 'deleting'
      ? { status: 'PENDING', reason: `the cluster '${name}' is still being deleted`, patienceSeconds: WORK_PATIENCE_SECONDS }
      : failed(`a cluster '${name}' exists already in ${region}, and would be in the way of this one. Choose another clusterIdentifier; `
        + 'or, if this construct made the existing cluster, under another id or in another place of the app, give it its former id back; '
        + 'or look at the existing cluster and remove it, if a deploy that failed or was taken back has left it, because it is protected');
  }

  private async lookAtSnapshot(identifierOrArn: string, request: GuardRequest, stack: StackFacts): Promise<ResourceStep> {
    if (identifierOrArn.startsWith('arn:') && !parseSnapshotArn(identifierOrArn)) {
      // A DB instance's, for example, of which RDS can make a cluster, too.
      return FITS;
    }
    const arn = identifierOrArn.startsWith('arn:') ? identifierOrArn : formatSnapshotArn({ ...stack, identifier: identifierOrArn });
    const { region, account } = parseSnapshotArn(arn)!;
    if (region !== stack.region) {
      return failed(`the snapshot '${identifierOrArn}' is in ${region}, and a cluster in ${stack.region} can only be restored from one that is there, too; `
        + `copy it to ${stack.region} first, with ClusterSnapshotCopy, and restore the copy`);
    }
    const snapshot = await this.rds.findSnapshot(arn, stack.account);
    if (!snapshot) {
      const sharing = account === stack.account ? '' : `, or the account ${account} does not share it with this one`;
      return { status: 'PENDING', reason: `there is no snapshot '${identifierOrArn}'${sharing}`, patienceSeconds: VISIBILITY_PATIENCE_SECONDS };
    }
    if (isInProgress(snapshot)) {
      return { status: 'PENDING', reason: `the snapshot '${identifierOrArn}' is still ${snapshot.status}`, patienceSeconds: WORK_PATIENCE_SECONDS };
    }
    if (isUnfinished(snapshot)) {
      return failed(`the snapshot '${identifierOrArn}' is in status '${snapshot.status}', and nothing can be restored from it; choose another`);
    }
    const what = `the snapshot '${identifierOrArn}'`;
    return hostage(snapshot, account, request, stack) ?? misfit(what, snapshot, request) ?? tooLow(what, snapshot, request) ?? FITS;
  }

  private async lookAtCluster(source: ClusterSource, request: GuardRequest, stack: StackFacts): Promise<ResourceStep> {
    if ('resourceId' in source.cluster) {
      const { resourceId } = source.cluster;
      const cluster = await this.rds.findClusterByResourceId(stack.region, resourceId);
      return cluster ? this.judge(source, cluster, request) : this.lookAtRetainedBackup(source, resourceId, request, stack);
    }
    const { identifierOrArn } = source.cluster;
    const arn = parseSourceArn(identifierOrArn);
    if (arn && arn.region !== stack.region) {
      return failed(`the source cluster '${identifierOrArn}' is in ${arn.region}, and a cluster in ${stack.region} can only be made of one that is there, too; `
        + `restore a snapshot that was copied to ${stack.region} instead`);
    }
    if (arn && arn.account !== stack.account) {
      // It is shared through AWS RAM: who may restore it need not be allowed to look at it.
      return FITS;
    }
    const name = (arn?.identifier ?? identifierOrArn).toLowerCase();
    const cluster = await this.rds.findCluster(stack.region, name);
    return cluster ? this.judge(source, cluster, request) : this.missing(source, name, stack);
  }

  private judge(source: ClusterSource, cluster: Cluster, request: GuardRequest): ResourceStep {
    const what = `the source cluster '${cluster.identifier}'`;
    const misfitting = misfit(what, cluster, request) ?? otherVersion(what, cluster, request);
    return misfitting ?? (source.kind === 'clone' ? FITS : this.judgeWindow(what, cluster, true, source.at));
  }

  private async lookAtRetainedBackup(
    source: ClusterSource, resourceId: string, request: GuardRequest, { region }: StackFacts,
  ): Promise<ResourceStep> {
    if (source.kind === 'clone') {
      return failed(`there is no cluster with the resource id '${resourceId}' in ${region}, and only a cluster that exists can be cloned; `
        + 'restore to a point in time or from a snapshot instead');
    }
    const [backup] = await this.rds.listAutomatedBackups(region, { resourceId });
    if (!backup) {
      return failed(`there is neither a cluster nor a retained automated backup with the resource id '${resourceId}' in ${region}. Automated backups go with their `
        + 'cluster, unless it is deleted with deleteAutomatedBackups: false, and after that when their retention ends; restore from a snapshot instead');
    }
    const what = `the retained backup '${resourceId}' of the former cluster '${backup.clusterIdentifier}'`;
    return misfit(what, backup, request) ?? otherVersion(what, backup, request) ?? this.judgeWindow(what, backup, false, source.at);
  }

  private async missing(source: ClusterSource, name: string, { region }: StackFacts): Promise<ResourceStep> {
    if (source.kind === 'clone') {
      return failed(`there is no cluster '${name}' in ${region}, and only a cluster that exists can be cloned; restore to a point in time or from a snapshot instead`);
    }
    const backups = await this.rds.listAutomatedBackups(region, { clusterIdentifier: name });
    return failed(backups.length === 0
      ? `there is neither a cluster '${name}' in ${region} nor a retained automated backup of one; restore from a snapshot instead, which RestorePoint finds`
      : `there is no cluster '${name}' in ${region} any more, but there are retained automated backups: ${backups.map(backupInWords).join(', ')}. `
        + 'Set sourceClusterResourceId to one of them instead of sourceClusterIdentifier');
  }

  private judgeWindow(what: string, window: RestoreWindow, goesOn: boolean, at: Date | undefined): ResourceStep {
    const looked = lookThrough(window, goesOn, at, this.now());
    switch (looked.verdict) {
      case 'inside':
        return FITS;
      case 'not-yet':
        return { status: 'PENDING', reason: `${what} cannot be restored to that time yet: ${looked.because}`, patienceSeconds: BACKUP_PATIENCE_SECONDS };
      case 'outside':
        return failed(`${what} cannot be restored to that time: ${looked.because}. Choose a time in between, or restore from a snapshot`);
    }
  }
}

function failed(message: string): ResourceStep {
  return { status: 'FAILED', message };
}

function misfit(what: string, source: SourceFacts, { engine, userOfSource }: GuardRequest): ResourceStep | undefined {
  if (source.engine !== engine) {
    return failed(`${what} is of the engine '${source.engine}', and the cluster is to be of '${engine}': a restore cannot change the engine; set engine to that of the source`);
  }
  if (userOfSource && source.masterUsername && userOfSource !== source.masterUsername) {
    return failed(`the master user of ${what} is '${source.masterUsername}', and snapshotCredentials are of '${userOfSource}', whom the cluster would not know: `
      + `a restore does not change the user; set the user name of snapshotCredentials to '${source.masterUsername}'`);
  }
  return undefined;
}

function tooLow(what: string, source: SourceFacts, { engineVersion }: GuardRequest): ResourceStep | undefined {
  return engineVersion && source.engineVersion && isLowerVersion(engineVersion, source.engineVersion)
    ? failed(`${what} is of engine version ${source.engineVersion}, and the cluster is to be of ${engineVersion}: a restore cannot go to a lower version; `
      + `set the version of engine to ${source.engineVersion} or higher`)
    : undefined;
}

/** The call that restores to a point in time or clones takes no version, and CloudFormation never sets it afterwards: the template would be wrong for ever. */
function otherVersion(what: string, source: SourceFacts, { engineVersion }: GuardRequest): ResourceStep | undefined {
  return engineVersion && source.engineVersion && isOtherVersion(engineVersion, source.engineVersion)
    ? failed(`${what} is of engine version ${source.engineVersion}, and the cluster is to be of ${engineVersion}: a cluster that is restored to a point in time or cloned `
      + `has the version of its source; set the version of engine to ${source.engineVersion}, and upgrade in a later deploy`)
    : undefined;
}

/** Restored without a key, the cluster would be under the key of the account that shares its snapshot, and gone for us when that is. */
function hostage(snapshot: Snapshot, account: string, { values }: GuardRequest, stack: StackFacts): ResourceStep | undefined {
  return account === stack.account || !snapshot.encrypted || values.KmsKeyId
    ? undefined
    : failed(`the snapshot '${snapshot.arn}' is under a key of the account ${account}, and so would be the cluster: that account could take its data away at any time; `
      + 'set storageEncryptionKey to a key of this account');
}

function backupInWords({ resourceId, earliestRestorableTime: from, latestRestorableTime: to }: AutomatedBackup): string {
  return from && to ? `'${resourceId}' (${from.toISOString()} to ${to.toISOString()})` : `'${resourceId}'`;
}
