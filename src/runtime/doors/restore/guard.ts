import { SourceCheck } from './source-check';
import { Accepted, acceptedIn, conditionalChanges, guardIdOf, guardedClusterOf, isAsAccepted } from '../../../core/restore/guard-memory';
import { GuardRequest, parseGuardRequest } from '../../../core/restore/guard-request';
import { changesBetween, conditionalValuesOf, guardedValuesOf, inWords } from '../../../core/restore/guarded-values';
import { differencesFrom } from '../../../core/restore/standing-cluster';
import { RdsGateway } from '../../rds/gateway';
import { LeftResource, Stacks } from '../../stacks';
import { ResourceEvent, ResourceHandler, ResourceStep, PolledEvent, stackOf } from '../custom-resource/events';

const DONE: ResourceStep = { status: 'DONE' };

export interface GuardServices {
  readonly rds: RdsGateway;
  readonly stacks: Stacks;
  readonly now: () => number;
}

/**
 * Stands before a restored cluster: what the cluster takes from it is what was accepted when the cluster was made, or the deploy fails before
 * CloudFormation touches the cluster. It reads, and never makes, changes or deletes anything.
 */
export class Guard implements ResourceHandler {
  private readonly source: SourceCheck;

  constructor(private readonly services: GuardServices) {
    this.source = new SourceCheck(services.rds, services.now);
  }

  /** Of what cannot be read as well: what is wrong with it is told later, when it can fail with an id. */
  public physicalId({ ResourceProperties: properties, LogicalResourceId }: ResourceEvent): string {
    return guardIdOf(guardedClusterOf(properties, String(properties.ClusterLogicalId ?? LogicalResourceId)));
  }

  public async step(event: PolledEvent): Promise<ResourceStep> {
    if (event.RequestType === 'Delete') {
      return DONE;
    }
    const request = parseGuardRequest(event.ResourceProperties);
    const before = event.RequestType === 'Update' ? acceptedIn(event.PhysicalResourceId) : undefined;
    const verdict = event.RequestType === 'Create' ? await this.begin(event, request)
      : isAsAccepted(request, before) ? await this.lookAtUser(event, request, before)
        : await this.change(event, request, before, changeInWords(event, request, before));
    return verdict.status === 'DONE' ? accepted(verdict.physicalId ?? guardIdOf(request, before), request) : verdict;
  }

  /** The first deploy of the guard: of a cluster that is about to be made, or of one that is there. */
  private async begin(event: PolledEvent, request: GuardRequest): Promise<ResourceStep> {
    const left = await this.services.stacks.leftBefore({ stackId: event.StackId, logicalId: request.logicalId });
    return left?.state === 'complete' ? this.adopt(event, request, left.physicalId) : this.lookBeforeRestore(event, request, left);
  }

  /** Nobody knows what a cluster that is there was made of; what RDS shows must at least not be about to change. */
  private async adopt(event: PolledEvent, request: GuardRequest, identifier: string): Promise<ResourceStep> {
    const cluster = await this.services.rds.findCluster(stackOf(event).region, identifier);
    const differences = cluster ? differencesFrom(cluster, request) : [];
    return differences.length === 0 ? DONE : {
      status: 'FAILED',
      message: `the cluster '${identifier}' was not touched. It is to be guarded from now on, but this deploy would replace it first, because it changes ${inWords(differences)}. `
        + 'Set what the cluster has, and guard it in a deploy that changes nothing else of it',
    };
  }

  /** A user that was in a secret, where no guard looks, and is in the template now: maybe the same one, maybe another. */
  private async lookAtUser(event: PolledEvent, request: GuardRequest, before: Accepted | undefined): Promise<ResourceStep> {
    if (request.conditional.MasterUsername === undefined || before?.conditional.MasterUsername !== undefined) {
      return DONE;
    }
    const left = await this.services.stacks.leftBefore({ stackId: event.StackId, logicalId: request.logicalId });
    const cluster = left?.state === 'complete' ? await this.services.rds.findCluster(stackOf(event).region, left.physicalId) : undefined;
    const differences = cluster ? differencesFrom(cluster, request).filter(({ property }) => property === 'MasterUsername') : [];
    return differences.length === 0 ? DONE : this.change(event, request, before, inWords(differences));
  }

  /** A later deploy with other values than were accepted, or a rollback of one. */
  private async change(event: PolledEvent, request: GuardRequest, before: Accepted | undefined, change: string): Promise<ResourceStep> {
    const former = before?.logicalId ?? request.logicalId;
    if (await this.services.stacks.isRollingBack(event.StackId)) {
      return isAsAccepted(request, before?.former) ? { status: 'DONE', physicalId: guardIdOf(request) } : {
        status: 'FAILED',
        message: `the rollback would replace the cluster of '${former}' by something that was never accepted, because it changes ${change}. The cluster was not touched. `
          + 'Bring back what it was made of and continue the rollback; or skip both the guard and the cluster, and set it right in the next deploy',
      };
    }
    const left = await this.services.stacks.leftBefore({ stackId: event.StackId, logicalId: former });
    if (!left || left.state === 'unfinished') {
      // The deploy that was to make it failed and was not rolled back: there is nothing to lose yet.
      return this.lookBeforeRestore(event, request, left);
    }
    const identifier = left.physicalId;
    const wouldReplace = `would replace the cluster '${identifier}' by another one, because it changes ${change}`;
    if (!request.allowReplacement) {
      return {
        status: 'FAILED',
        message: `this deploy ${wouldReplace}. The cluster was not touched. Set back what was changed; or, to replace the cluster on purpose, `
          + 'set allowReplacement: true and another clusterIdentifier',
      };
    }
    if (request.values.DBClusterIdentifier?.toLowerCase() === identifier.toLowerCase()) {
      return {
        status: 'FAILED',
        message: `this deploy ${wouldReplace}. allowReplacement allows that, but the new cluster is made before the old one is removed, and two cannot have the same name. `
          + `The cluster was not touched. Set another clusterIdentifier than '${identifier}'`,
      };
    }
    return this.lookBeforeRestore(event, request);
  }

  private async lookBeforeRestore(event: PolledEvent, request: GuardRequest, left?: LeftResource): Promise<ResourceStep> {
    const stack = stackOf(event);
    const name = request.values.DBClusterIdentifier?.toLowerCase();
    const isOwn = left?.state === 'unfinished' && name === left.physicalId;
    // Both at once: what has to be waited for is waited for at the same time.
    const source = await this.source.look(request, stack);
    const nameIsFree = name === undefined || isOwn || source.status === 'FAILED' ? DONE : await this.source.lookAtName(name, stack);
    return nameIsFree.status === 'DONE' ? source : nameIsFree;
  }
}

/** The cluster takes its values from these attributes, so they are what was accepted, letter by letter. */
function accepted(physicalId: string, { values: { Engine, ...values } }: GuardRequest): ResourceStep {
  return { status: 'DONE', physicalId, attributes: values };
}

/** As well as what CloudFormation tells of the former properties allows it. */
function changeInWords({ OldResourceProperties: old }: ResourceEvent, request: GuardRequest, before: Accepted | undefined): string {
  if (before !== undefined && before.logicalId !== request.logicalId) {
    return `its logical id from '${before.logicalId}' to '${request.logicalId}'`;
  }
  const told = conditionalValuesOf(old);
  const conditional = before === undefined ? [] : conditionalChanges(request, before)
    .map((property) => ({ property, from: told[property] === request.conditional[property] ? 'another one' : told[property], to: request.conditional[property] }));
  return inWords([...changesBetween(guardedValuesOf(old), request.values), ...conditional]) || 'what it was made of, as the guard remembers it';
}
