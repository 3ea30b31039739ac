import { refused } from './admit';
import { AT_A_TIME, arrivalName, arriveInput, countBefore, executionName, namePrefix, placeOf, receiveInput } from './receiving';
import { AnnouncedEvent, ArriveAnswer, ArriveEvent, Arrived, ArrivedEvent, ReceiveAnswer, ReceiveEvent, readVault } from './steps';
import { VaultMetric } from '../../../core/metrics';
import { readAnnouncement } from '../../../core/vault/announcement';
import { VaultFacts, sourceFor } from '../../../core/vault/vault-rules';
import { countForVault, log } from '../../log';
import { Executions } from '../../work/executions';
import { pauseSeconds } from '../../work/work-loop';

export interface ArrivalDependencies {
  readonly executionsOf: (stateMachineArn: string) => Executions;
  readonly now: () => number;
}

/** Begins to receive what is announced or found, and gives copies their turn; it knows Step Functions only. */
export class Arrivals {
  constructor(private readonly deps: ArrivalDependencies) {}

  /** Somebody says that there is a snapshot. Nothing more is believed than where to look, and that only of its owner. */
  public async announced({ vault, arriveStateMachineArn, event }: AnnouncedEvent): Promise<void> {
    const announced = readAnnouncement({ account: event.account, detail: event.detail ?? {} }, vault.partition);
    if ('rejected' in announced) {
      return this.reject(vault, announced.rejected);
    }
    const { snapshotArn, account, region } = announced;
    if (!sourceFor(vault, account, region)) {
      return this.reject(vault, `${snapshotArn} is announced, and sources does not name account ${account} with the Region ${region}`);
    }
    const executions = this.deps.executionsOf(arriveStateMachineArn);
    // Its name alone says whether it is new: lists are limited, and who announces without end is not to use them up.
    const name = arrivalName(snapshotArn, this.deps.now());
    const isNew = await executions.start(name, arriveInput(snapshotArn));
    log.info(isNew ? 'announced' : 'announced again in the same minute', { vault: vault.vaultName, snapshotArn, execution: name });
  }

  /** What a sweep has found. */
  public async arrived({ vault, receiveStateMachineArn, arrived }: ArrivedEvent): Promise<void> {
    const executions = this.deps.executionsOf(receiveStateMachineArn);
    const running = await executions.running();
    for (const source of arrived) {
      await this.begin(executions, running, vault.vaultName, source);
    }
  }

  /** An announcement was found to be true: the snapshot is to be copied. */
  public async confirmed(event: ArriveEvent): Promise<ArriveAnswer> {
    const { rules, receiveStateMachineArn, answer: { memory } } = readVault(event);
    const executions = this.deps.executionsOf(receiveStateMachineArn);
    const found = memory.found!;
    await this.begin(executions, await executions.running(), rules.vaultName, found);
    return { call: 'end', outcome: { verdict: 'ADMITTED', snapshotArn: found.snapshotArn } };
  }

  /**
   * What was received becomes executions that copy it further. Of a lane the first five in turn begin, and the others wait here. Who has just got
   * ahead of one that copies begins, too: where RDS copies five, it waits for the next place.
   */
  public async turn(event: ReceiveEvent): Promise<ReceiveAnswer> {
    const { rules, receiveStateMachineArn, source, answer: { memory } } = readVault(event);
    const executions = this.deps.executionsOf(receiveStateMachineArn);
    const running = await executions.running();
    if (memory.todo === 'further') {
      const copyArn = memory.copyArn!;
      for (const { region } of rules.copies) {
        await this.begin(executions, running, rules.vaultName, { snapshotArn: copyArn, region, sender: source.sender });
      }
      return { call: 'end', outcome: { verdict: 'STORED', snapshotArn: source.snapshotArn, copyArn } };
    }
    const now = this.deps.now();
    const before = source.region === undefined ? countBefore(running, source, now) : 0;
    if (before >= rules.dailyAdmission) {
      // There may never be copies to count: what waits is counted, too, or who sends what cannot be copied could let any number wait.
      return refused(rules, source.snapshotArn, `the vault is busy with ${before} snapshots of its cluster, and dailyAdmission is ${rules.dailyAdmission}`, now);
    }
    const place = placeOf(running, source);
    if (place >= 0 && place < AT_A_TIME) {
      return { call: 'start', waitSeconds: 0, memory: { ...memory, tries: 0 } };
    }
    log.info('waits for its turn', { execution: source.execution, place });
    const tries = memory.tries ?? 0;
    // An execution has 25,000 events, and at the end of a long queue there is nothing to be asked.
    const longest = 120 * Math.min(5, Math.max(1, Math.floor(place / AT_A_TIME)));
    return { call: 'turn', waitSeconds: Math.min(longest, pauseSeconds(0, tries, source.execution)), memory: { ...memory, tries: tries + 1 } };
  }

  private async begin(executions: Executions, running: readonly string[], vaultName: string, source: Arrived): Promise<void> {
    const prefix = namePrefix(source);
    if (running.some((name) => name.startsWith(prefix))) {
      return;
    }
    const execution = executionName(source, this.deps.now());
    const isNew = await executions.start(execution, receiveInput({ ...source, execution }));
    log.info(isNew ? 'is received' : 'was received a moment ago', { vault: vaultName, ...source, execution });
  }

  /** Whoever sent it is not answered: the answer would go to whom it names. */
  private reject(vault: VaultFacts, why: string): void {
    log.warn('announcement rejected', { vault: vault.vaultName, why });
    countForVault(vault, VaultMetric.ANNOUNCEMENT_REJECTED, 1, 'Count', this.deps.now());
  }
}
