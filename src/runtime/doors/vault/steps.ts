import { ReceivedAnnouncement } from '../../../core/vault/announcement';
import { Receipt } from '../../../core/vault/receipt';
import { ReleaseReport, ReleaseRequest } from '../../../core/vault/release';
import { VaultFacts, VaultRules, readVaultRules } from '../../../core/vault/vault-rules';
import { WorkMemory } from '../../work/work-loop';

/** Which function is called next. Every answer says so, and so does what an execution begins with; all decisions are in the functions. */
interface CallStep<Call, Memory> {
  readonly call: Call;
  /** How long to wait before that. */
  readonly waitSeconds: number;
  readonly memory: Memory;
}

/** The bus of the vault heard something, from whomever. */
export interface AnnouncedEvent {
  readonly door: 'vault';
  readonly task: 'announced';
  readonly receiveStateMachineArn: string;
  readonly vault: VaultFacts;
  readonly event: ReceivedAnnouncement;
}

/** What an execution of the machine that receives begins with. */
export interface ReceiveInput {
  readonly source: { readonly snapshotArn: string; readonly execution: string };
  readonly answer: CallStep<ReceiveCall, ReceiveMemory>;
}

export type ReceiveCall = 'turn' | 'start' | 'look' | 'prune';

export interface ReceiveMemory extends WorkMemory {
  /** The vault's own copy first; then its copies in other Regions; `clear` where a copy failed or is one too many. */
  readonly todo: 'receive' | 'further' | 'clear';
  /** How many copies have failed. */
  readonly failures?: number;
  /** What comes after clearing: another try, or this end. */
  readonly outcome?: ReceiveOutcome;
  /** The receipt to send after clearing. */
  readonly receipt?: Receipt;
  /** The copy that was made of the source. */
  readonly copy?: { readonly arn: string; readonly identifier: string };
  /** The Regions that are still to have one, the one in work first. */
  readonly regions?: readonly string[];
  /** What could not be copied further. */
  readonly troubles?: readonly string[];
}

/** How the execution ends. */
export interface ReceiveOutcome {
  readonly verdict: 'STORED' | 'REFUSED' | 'FAILED';
  readonly snapshotArn: string;
  readonly copyArn?: string;
  readonly reason?: string;
}

export type ReceiveAnswer = CallStep<ReceiveCall, ReceiveMemory>
  /** The source is told, and then it goes on or ends. */
  | { readonly call: 'tell'; readonly report: EventToPublish<Receipt>; readonly then: ReceiveCall; readonly memory: ReceiveMemory }
  | { readonly call: 'tell'; readonly report: EventToPublish<Receipt>; readonly then: 'end'; readonly outcome: ReceiveOutcome }
  | { readonly call: 'end'; readonly outcome: ReceiveOutcome };

export interface EventToPublish<Detail> {
  readonly detail: Detail;
  readonly resources: readonly string[];
}

export interface ReceiveEvent {
  readonly door: 'vault';
  readonly task: 'receive';
  readonly rules: VaultRules;
  /** Of the execution. */
  readonly receiveStateMachineArn: string;
  readonly source: ReceiveInput['source'];
  readonly answer: CallStep<ReceiveCall, ReceiveMemory>;
}

/** Every hour: what is shared and was not announced, or was and could not be copied. */
export interface SweepEvent {
  readonly door: 'vault';
  readonly task: 'sweep';
  readonly rules: VaultRules;
}

/** What a sweep has found. */
export interface SweepAnswer {
  /** The ARNs of snapshots to receive, the oldest first. */
  readonly arrived: readonly string[];
  /** Why a Region of a source could not be read. */
  readonly troubles: readonly string[];
}

export interface ArrivedEvent {
  readonly door: 'vault';
  readonly task: 'arrived';
  readonly receiveStateMachineArn: string;
  readonly vault: VaultFacts;
  readonly arrived: readonly string[];
}

/** Deletes what retention no longer keeps: asked again until there is no more of it. */
export interface PruneEvent {
  readonly door: 'vault';
  readonly task: 'prune';
  readonly rules: VaultRules;
  readonly answer: PruneAnswer;
}

export interface PruneMemory {
  readonly tries?: number;
  readonly deleted: number;
  readonly troubles: readonly string[];
}

export type PruneAnswer = CallStep<'prune', PruneMemory> | { readonly call: 'end'; readonly memory: PruneMemory };

/** Somebody wants a copy. */
export interface ReleaseEvent {
  readonly door: 'vault';
  readonly task: 'release';
  readonly rules: VaultRules;
  /** What the execution was started with, by hand: anything. */
  readonly request: Partial<ReleaseRequest>;
  readonly execution: string;
  readonly answer: CallStep<'share' | 'expire', ReleaseMemory>;
}

export interface ReleaseMemory {
  readonly tries?: number;
  readonly beganAt?: number;
  readonly released?: ReleaseReport;
}

export type ReleaseAnswer = CallStep<'share' | 'expire', ReleaseMemory>
  /** Everybody who listens is told; then it ends, or expires when its time has come. */
  | { readonly call: 'tell'; readonly report: EventToPublish<ReleaseReport>; readonly then: 'expire'; readonly lastsSeconds: number; readonly memory: ReleaseMemory }
  | { readonly call: 'tell'; readonly report: EventToPublish<ReleaseReport>; readonly then: 'end' }
  | { readonly call: 'end' }
  | { readonly call: 'fail'; readonly reason: string };

/** Every hour: whatever is released for longer than it should be, because an execution was stopped. */
export interface ExpireEvent {
  readonly door: 'vault';
  readonly task: 'expire';
  readonly rules: VaultRules;
}

export interface ExpireAnswer {
  readonly ended: readonly string[];
}

/** Every event that brings rules is refused when they are of another version. */
export function readVault<E extends { readonly rules: VaultRules }>(event: E): E {
  readVaultRules(event.rules);
  return event;
}
