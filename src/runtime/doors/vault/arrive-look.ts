import { admit } from './admit';
import { arrivedFrom } from './receiving';
import { ArriveAnswer, ArriveEvent, ArriveMemory, readVault } from './steps';
import { Progress } from '../../../core/progress';
import { log } from '../../log';
import { progressAfter } from '../../operations/operation';
import { RdsGateway } from '../../rds/gateway';
import { bounded } from '../../work/bounded';
import { afterStart, elapsedSeconds } from '../../work/work-loop';

/** What was shared a moment ago may not be seen yet; what does not exist is not to be looked for often. */
const PAUSE_SECONDS = 240;

/** Looks whether what was announced is there, and whether the vault takes it in. Announcements of nothing are not to be in anybody's way. */
export class ArriveLook {
  constructor(private readonly deps: { readonly rds: RdsGateway; readonly now: () => number }) {}

  public async handle(event: ArriveEvent): Promise<ArriveAnswer> {
    const { rules, snapshotArn, answer } = readVault(event);
    const now = this.deps.now();
    const memory: ArriveMemory = { ...answer.memory, beganAt: answer.memory.beganAt ?? now };
    const elapsed = elapsedSeconds({ memory, now });
    let progress: Progress;
    try {
      const found = await admit(this.deps.rds, rules, snapshotArn, elapsed, now);
      if ('answer' in found) {
        return found.answer;
      }
      if ('admission' in found) {
        return { call: 'turn', waitSeconds: 0, memory: { ...memory, found: arrivedFrom(found.admission.facts) } };
      }
      progress = found.progress;
    } catch (error) {
      progress = progressAfter(error, `looking at ${snapshotArn}`, elapsed);
    }
    const attempt = afterStart(progress, { target: snapshotArn, memory, now, shortestWaitSeconds: PAUSE_SECONDS, audience: 'vault' });
    if ('next' in attempt) {
      return { ...attempt.next, call: 'look' };
    }
    const reason = attempt.ended.status === 'FAILED' ? bounded(attempt.ended.message) : undefined;
    log.warn('announced, and not received', { vault: rules.vaultName, snapshotArn, why: reason });
    return { call: 'end', outcome: { verdict: 'FAILED', snapshotArn, reason } };
  }
}
