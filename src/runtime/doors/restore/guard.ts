import { RestoreEvent, RestoreHandler, RestoreStep, WatchedRestoreEvent, stackOf } from './events';
import { SourceCheck } from './source-check';
import { GuardRequest, parseGuardRequest } from '../../../core/restore/guard-request';
import { ValueChange, changesBetween, conditionalChangesBetween, guardIdOf, guardedValuesOf, inWords } from '../../../core/restore/guarded-values';
import { differencesFrom } from '../../../core/restore/standing-cluster';
import { RdsGateway } from '../../rds/gateway';
import { LeftResource, Stacks } from '../../stacks';

const DONE: RestoreStep = { status: 'DONE' };

export interface GuardServices {
  readonly rds: RdsGateway;
  readonly stacks: Stacks;
  readonly now: () => number;
}

/**
 * Stands before a restored cluster: what the cluster takes from it is what was accepted when the cluster was made, or the deploy fails before
 * CloudFormation touches the cluster. It reads, and never makes, changes or deletes anything.
 */
export class Guard implements RestoreHandler {
  private readonly source: SourceCheck;

  constructor(private readonly services: GuardServices) {
    this.source = new SourceCheck(services.rds, services.now);
  }

  /** Of what cannot be read as well: what is wrong with it is told later, when it can fail with an id. */
  public physicalId({ ResourceProperties: properties, LogicalResourceId }: RestoreEvent): string {
    return guardIdOf(String(properties.ClusterLogicalId ?? LogicalResourceId), guardedValuesOf(properties));
  }

  public async step(event: WatchedRestoreEvent): Promise<RestoreStep> {
    if (event.RequestType === 'Delete') {
      return DONE;
    }
    const request = parseGuardRequest(event.ResourceProperties);
    const id = guardIdOf(request.clusterLogicalId, request.values);
    const conditional = conditionalChangesBetween(event.OldResourceProperties, event.ResourceProperties);
    if (event.RequestType === 'Update' && event.PhysicalResourceId === id && conditional.length === 0) {
      return accepted(id, request);
    }
    const verdict = event.RequestType === 'Create' ? await this.begin(event, request) : await this.change(event, request, conditional);
    return verdict.status === 'DONE' ? accepted(id, request) : verdict;
  }

  /** The first deploy of the guard: of a cluster that is about to be made, or of one that is there. */
  private async begin(event: WatchedRestoreEvent, request: GuardRequest): Promise<RestoreStep> {
    const left = await this.services.stacks.leftBefore({ stackId: event.StackId, logicalId: request.clusterLogicalId });
    return left?.isComplete ? this.adopt(event, request, left.physicalId) : this.lookBeforeRestore(event, request, left);
  }

  /** Nobody knows what a cluster that is there was made of; what RDS shows must at least not be about to change. */
  private async adopt(event: WatchedRestoreEvent, { values }: GuardRequest, identifier: string): Promise<RestoreStep> {
    const cluster = await this.services.rds.findCluster(stackOf(event).region, identifier);
    const differences = cluster ? differencesFrom(cluster, values) : [];
    return differences.length === 0 ? DONE : {
      status: 'FAILED',
      message: `the cluster '${identifier}' was not touched. It is to be guarded from now on, but this deploy would replace it first, because it changes ${inWords(differences)}. `
        + 'Set what the cluster has, and guard it in a deploy that changes nothing else of it',
    };
  }

  private async change(event: WatchedRestoreEvent, request: GuardRequest, conditional: readonly ValueChange[]): Promise<RestoreStep> {
    // Back to what the cluster was, or still is.
    if (await this.services.stacks.isRollingBack(event.StackId)) {
      return DONE;
    }
    const formerLogicalId = event.PhysicalResourceId.split('/')[0];
    const left = await this.services.stacks.leftBefore({ stackId: event.StackId, logicalId: formerLogicalId });
    if (!left?.isComplete) {
      // The deploy that was to make it failed and was not rolled back: there is nothing to lose yet.
      return this.lookBeforeRestore(event, request, left);
    }
    const identifier = left.physicalId;
    const changes = [...changesBetween(guardedValuesOf(event.OldResourceProperties), request.values), ...conditional];
    const change = `would replace the cluster '${identifier}' by another one, because it changes ${changeInWords(formerLogicalId, request, changes)}`;
    if (!request.allowReplacement) {
      return {
        status: 'FAILED',
        message: `this deploy ${change}. The cluster was not touched. Set back what was changed; or, to replace the cluster on purpose, `
          + 'set allowReplacement: true and another clusterIdentifier',
      };
    }
    if (request.values.DBClusterIdentifier?.toLowerCase() === identifier.toLowerCase()) {
      return {
        status: 'FAILED',
        message: `this deploy ${change}. allowReplacement allows that, but the new cluster is made before the old one is removed, and two cannot have the same name. `
          + `The cluster was not touched. Set another clusterIdentifier than '${identifier}'`,
      };
    }
    return this.lookBeforeRestore(event, request);
  }

  private async lookBeforeRestore(event: WatchedRestoreEvent, request: GuardRequest, left?: LeftResource): Promise<RestoreStep> {
    const stack = stackOf(event);
    const name = request.values.DBClusterIdentifier?.toLowerCase();
    const nameIsFree = name === undefined || name === left?.physicalId ? DONE : await this.source.lookAtName(name, stack);
    return nameIsFree.status === 'DONE' ? this.source.look(request, stack) : nameIsFree;
  }
}

/** The cluster takes its values from these attributes, so they are what was accepted, letter by letter. */
function accepted(physicalId: string, { values: { Engine, ...values } }: GuardRequest): RestoreStep {
  return { status: 'DONE', physicalId, attributes: values };
}

function changeInWords(formerLogicalId: string, { clusterLogicalId }: GuardRequest, changes: readonly ValueChange[]): string {
  return formerLogicalId !== clusterLogicalId
    ? `its logical id from '${formerLogicalId}' to '${clusterLogicalId}'`
    : inWords(changes) || 'what it was made of, as the guard remembers it';
}
