import { refused } from './admit';
import { assignmentOf, givenUp, regionOf } from './receive-work';
import { ReceiveAnswer, ReceiveEvent, ReceiveMemory, readVault } from './steps';
import { Snapshot, isInProgress } from '../../../core/snapshot';
import { belongsToVault } from '../../../core/vault/vault-ownership';
import { log } from '../../log';
import { FaultKind, faultKind, wordsOf } from '../../rds/errors';
import { RdsGateway } from '../../rds/gateway';
import { pauseSeconds } from '../../work/work-loop';

export interface PruneDependencies {
  readonly rds: RdsGateway;
  readonly now: () => number;
}

/** How often one execution copies a snapshot; after that it is up to the next announcement or sweep. */
const COPIES = 3;

const PAUSE_AFTER_FAILURE_SECONDS = 300;

/** Deletes the copy of an execution that failed, so that its name is free for another, or that is one too many. */
export class ReceiveClear {
  constructor(private readonly deps: PruneDependencies) {}

  public async handle(event: ReceiveEvent): Promise<ReceiveAnswer> {
    const { rules, answer: { memory } } = readVault(event);
    const { identifier } = memory.copy!;
    const { target } = assignmentOf(event, memory.copy!, 0);
    try {
      const copy = await this.deps.rds.findSnapshot(target, rules.account);
      if (copy && belongsToVault(copy, rules) && mayGo(copy, memory)) {
        await this.deps.rds.deleteSnapshot(regionOf(event), identifier);
        log.info('copy deleted', { vault: rules.vaultName, copy: target, why: memory.why });
      } else if (copy && memory.surplus) {
        // It was complete before it could be stopped, and what is complete stays.
        return { call: 'look', waitSeconds: 0, memory: { ...memory, todo: 'receive', surplus: undefined, counted: true } };
      }
    } catch (error) {
      const tries = memory.tries ?? 0;
      log.warn('copy could not be deleted', { vault: rules.vaultName, copy: target, why: wordsOf(error) });
      if (faultKind(error) === FaultKind.TRANSIENT || faultKind(error) === FaultKind.BUSY) {
        return { call: 'prune', waitSeconds: pauseSeconds(0, tries, target), memory: { ...memory, tries: tries + 1 } };
      }
      return givenUp(event, `${memory.why}; and the copy ${target} could not be deleted: ${wordsOf(error)}`);
    }
    return this.afterClearing(event);
  }

  private afterClearing(event: ReceiveEvent): ReceiveAnswer {
    const { rules, source: { snapshotArn }, answer: { memory } } = event;
    const { failures = 0, why = '', beganAt } = memory;
    if (memory.surplus) {
      return refused(rules, snapshotArn, why, this.deps.now());
    }
    return failures < COPIES
      ? { call: 'start', waitSeconds: PAUSE_AFTER_FAILURE_SECONDS, memory: { todo: 'receive', failures, beganAt } }
      : givenUp(event, why);
  }
}

/** A copy in progress is cancelled by deleting it. What is complete is for retention only. */
function mayGo(copy: Snapshot, { surplus }: ReceiveMemory): boolean {
  return copy.status === 'failed' || (surplus === true && isInProgress(copy));
}
