import { PLAN_REMOVAL_VERSION, RemovalSituation, RemovedPlan, decidePlanRemoval } from '../../../core/plan/plan-removal';
import { SnapshotRemoval } from '../../../core/removal';
import { Snapshot } from '../../../core/snapshot';
import { parseSnapshotArn } from '../../../core/snapshot-arn';
import { log } from '../../log';
import { progressAfter } from '../../operations/operation';
import { FaultKind, faultKind, wordsOf } from '../../rds/errors';
import { RdsGateway } from '../../rds/gateway';
import { Stacks } from '../../stacks';
import { firstOf } from '../../work/bounded';
import { isGone } from '../../work/is-gone';
import { ResourceEvent, ResourceHandler, ResourceStep, PolledEvent, stackOf } from '../custom-resource/events';

/** So many deletions a look, well within the time limit of the function. */
const DELETIONS_AT_A_TIME = 20;

/**
 * The state machines are gone by the time a removal begins, so that nobody begins anything any more. But a function that was at work may go on for two
 * minutes, which is its time limit, and what it makes may take a while to be listed.
 */
const LATE_WORK_SECONDS = 180;

/** Less than the hour that CloudFormation waits: whoever destroys the stack is to be told why it takes so long. */
const PATIENCE_SECONDS = 50 * 60;

const MAX_NAMED = 5;

const DONE: ResourceStep = { status: 'DONE' };

export interface PlanRemovalTools {
  readonly rds: RdsGateway;
  readonly stacks: Stacks;
}

/** What became of the attempt to delete some snapshots. */
interface Deletions {
  readonly begun: readonly string[];
  /** Why others are to be tried again. */
  readonly delayed: readonly string[];
  /** What AWS refuses for good. */
  readonly refused: readonly string[];
}

/** Deletes what a plan made when, and only when, its stack is destroyed. It makes and tags nothing. */
export class PlanRemovalHandler implements ResourceHandler {
  constructor(private readonly tools: PlanRemovalTools) {}

  public physicalId({ StackId, LogicalResourceId }: ResourceEvent): string {
    // It never changes, so that no Update is a replacement, whose Delete would come while the stack stays.
    return `${StackId.split('/')[1]}/${LogicalResourceId}`;
  }

  public async step(event: PolledEvent, elapsedSeconds: number): Promise<ResourceStep> {
    const { PlanName: plan, RemovalPolicy: policy } = event.ResourceProperties;
    if (event.RequestType !== 'Delete') {
      const former = event.OldResourceProperties?.PlanName ?? plan;
      if (former !== plan) {
        log.warn('the snapshots of the former name of a plan stay', { plan, former });
      }
      return DONE;
    }
    const why = policy === SnapshotRemoval.DESTROY ? await this.tools.stacks.whyItStays(event.StackId) : 'the removal policy is RETAIN';
    if (why !== undefined) {
      log.info('no snapshot is deleted with a plan', { plan, because: why });
      return DONE;
    }
    return this.remove(read(event), elapsedSeconds);
  }

  private async remove(plan: PlanToRemove, elapsedSeconds: number): Promise<ResourceStep> {
    const { deletions, awaited, kept } = decidePlanRemoval({ plan, ...await this.look(plan) });
    const isProtected = await this.whyProtected(deletions, plan);
    if (isProtected !== undefined) {
      return { status: 'FAILED', message: isProtected };
    }
    const { begun, delayed, refused } = await this.deleteSome(deletions.slice(0, DELETIONS_AT_A_TIME), plan, elapsedSeconds);
    const unfinished = [
      ...awaited.map(({ arn, because }) => `${arn}: ${because}`),
      ...delayed,
      ...begun.map((arn) => `${arn}: it is being deleted`),
      ...deletions.slice(DELETIONS_AT_A_TIME).map(({ arn }) => `${arn}: others are deleted first`),
    ];
    if (unfinished.length > 0) {
      return pending(`the plan '${plan.planName}' still has ${refused.length + unfinished.length} snapshots (${list([...refused, ...unfinished])})`);
    }
    if (refused.length > 0) {
      const message = `${refused.length} snapshots of the plan '${plan.planName}' could not be deleted (${list(refused)}); see to that, and destroy the stack again`;
      return { status: 'FAILED', message };
    }
    if (elapsedSeconds < LATE_WORK_SECONDS) {
      return pending(`the plan '${plan.planName}' has no snapshots any more, but what was at work when its state machines went may still make one`);
    }
    if (kept.length > 0) {
      log.warn('snapshots of a plan of this name stay, because they were not taken for this stack to be destroyed with it', { plan: plan.planName, kept: firstOf(kept) });
    }
    return DONE;
  }

  /** A cluster that is protected against being deleted is not thrown away, and would be left without its backups. */
  private async whyProtected(deletions: readonly Snapshot[], { planName, region, logicalId }: PlanToRemove): Promise<string | undefined> {
    for (const name of new Set(deletions.map(({ clusterIdentifier }) => clusterIdentifier))) {
      const cluster = await this.tools.rds.findCluster(region, name);
      if (cluster?.deletionProtection) {
        return `the cluster '${name}' has deletion protection, so that it is not to be thrown away, and its snapshots of the plan '${planName}' were all kept. `
          + `Turn the protection off and destroy the stack again; or, to keep both, delete the stack with --retain-resources ${logicalId}, and then with what CloudFormation could not delete after that`;
      }
    }
    return undefined;
  }

  private async look({ region, regions }: PlanToRemove): Promise<Pick<RemovalSituation, 'snapshots' | 'exportTasks'>> {
    const { rds } = this.tools;
    const all = [...new Set([region, ...regions])];
    const snapshots = await Promise.all(all.map((one) => rds.listManualSnapshots(one)));
    const exportTasks = await Promise.all(all.map((one) => rds.listExportTasks(one)));
    return { snapshots: snapshots.flat(), exportTasks: exportTasks.flat() };
  }

  private async deleteSome(snapshots: readonly Snapshot[], plan: PlanToRemove, elapsedSeconds: number): Promise<Deletions> {
    const begun: string[] = [];
    const delayed: string[] = [];
    const refused: string[] = [];
    for (const { arn, identifier } of snapshots) {
      const error = await this.deleteOne(arn, identifier, plan);
      if (error === undefined) {
        begun.push(arn);
        log.info('snapshot deleted with its stack', { plan: plan.planName, arn });
        continue;
      }
      const why = `${arn}: ${wordsOf(error)}`;
      log.warn('snapshot could not be deleted with its stack', { plan: plan.planName, why });
      (progressAfter(error, `deleting ${arn}`, elapsedSeconds).status === 'PENDING' ? delayed : refused).push(why);
    }
    return { begun, delayed, refused };
  }

  private async deleteOne(arn: string, identifier: string, { account }: PlanToRemove): Promise<unknown> {
    const { rds } = this.tools;
    try {
      await rds.deleteSnapshot(parseSnapshotArn(arn)!.region, identifier);
      return undefined;
    } catch (error) {
      return faultKind(error) === FaultKind.RIGHTS && await isGone(rds, arn, account) ? undefined : error;
    }
  }
}

interface PlanToRemove extends RemovedPlan {
  /** Of the resource that stands for the removal. */
  readonly logicalId: string;
  readonly account: string;
  readonly regions: readonly string[];
}

/** CloudFormation hands every scalar on as a text. */
function read(event: ResourceEvent): PlanToRemove {
  const { ContractVersion, PlanName, Owner, Regions } = event.ResourceProperties;
  if (String(ContractVersion) !== String(PLAN_REMOVAL_VERSION)) {
    throw new Error(`contract version ${String(ContractVersion)} is not known to this runtime (it knows ${PLAN_REMOVAL_VERSION}); `
      + 'deploy the construct and its provider from the same release of cdk-aurora-backup');
  }
  if (typeof PlanName !== 'string' || typeof Owner !== 'string' || !Array.isArray(Regions)) {
    throw new Error('the properties PlanName, Owner and Regions must say whose snapshots are meant, and where they are');
  }
  const { region, account } = stackOf(event);
  return {
    planName: PlanName, owner: Owner, region, account, stackId: event.StackId, logicalId: event.LogicalResourceId, regions: Regions.map(String),
  };
}

function pending(reason: string): ResourceStep {
  return { status: 'PENDING', reason, patienceSeconds: PATIENCE_SECONDS };
}

function list(what: readonly string[]): string {
  const rest = what.length - MAX_NAMED;
  return [...what.slice(0, MAX_NAMED), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}
