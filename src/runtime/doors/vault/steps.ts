import { Tags } from '../../../core/snapshot';
import { ReceivedAnnouncement } from '../../../core/vault/announcement';
import { Receipt } from '../../../core/vault/receipt';
import { ReleaseReport } from '../../../core/vault/release';
import { VaultFacts, VaultRules, readVaultRules } from '../../../core/vault/vault-rules';
import { WorkMemory } from '../../work/work-loop';

/** Which function is called next. Every answer says so, and so does what an execution begins with; all decisions are in the functions. */
export interface CallStep<Call, Memory> {
  readonly call: Call;
  /** How long to wait before that. */
  readonly waitSeconds: number;
  readonly memory: Memory;
}

/** The bus of the vault heard something, from whomever. */
export interface AnnouncedEvent {
  readonly door: 'vault';
  readonly task: 'announced';
  readonly arriveStateMachineArn: string;
  readonly vault: VaultFacts;
  readonly event: ReceivedAnnouncement;
}

/**
 * An announcement, perhaps of nothing: whether it is to be received is looked up before it takes anybody's place. On a machine of its own, so that who
 * announces without end fills no list that copies are counted by.
 */
export interface ArriveEvent extends ArriveInput {
  readonly door: 'vault';
  readonly task: 'arrive';
  readonly rules: VaultRules;
  readonly receiveStateMachineArn: string;
  readonly answer: CallStep<'look' | 'turn', ArriveMemory>;
}

export interface ArriveMemory extends WorkMemory {
  /** What was found, as RDS calls it. */
  readonly found?: Arrived;
}

/** What its execution begins with. */
export interface ArriveInput {
  readonly snapshotArn: string;
}

export type ArriveAnswer = CallStep<'look' | 'turn', ArriveMemory> | Told | { readonly call: 'end'; readonly outcome: ReceiveOutcome };

/** The source is told, and it ends. */
export interface Told {
  readonly call: 'tell';
  readonly report: EventToPublish<Receipt>;
  readonly then: 'end';
  readonly outcome: ReceiveOutcome;
}

/** What an execution of the machine that receives begins with. */
export interface ReceiveInput {
  readonly source: ReceivedSource;
  readonly answer: CallStep<ReceiveCall, ReceiveMemory>;
}

export interface ReceivedSource {
  /** What is shared; or, with a Region, the vault's own copy, which is copied further to there. */
  readonly snapshotArn: string;
  readonly region?: string;
  /** Who sent it: those who send take turns. */
  readonly sender: string;
  /** The name of the execution. */
  readonly execution: string;
}

export type ReceiveCall = 'turn' | 'start' | 'look' | 'prune';

export interface ReceiveMemory extends WorkMemory {
  /** `receive`: a copy. `clear`: a copy that failed, or is one too many, goes. `further`: what was received is to be copied on. */
  readonly todo: 'receive' | 'clear' | 'further';
  /** The copy in the making: its identifier and the tags that make it the vault's. */
  readonly copy?: { readonly identifier: string; readonly tags: Tags };
  /** What was received, and is to be copied further. */
  readonly copyArn?: string;
  /** Set when it was asked whether those that began in the same moment were too many. */
  readonly counted?: true;
  /** How many copies have failed. */
  readonly failures?: number;
  /** Why the copy is to go. */
  readonly why?: string;
  /** Set where it is one too many. */
  readonly surplus?: true;
}

/** How the execution ends. */
export interface ReceiveOutcome {
  /** Admitted: an execution that has a turn goes on. */
  readonly verdict: 'ADMITTED' | 'STORED' | 'REFUSED' | 'FAILED';
  readonly snapshotArn: string;
  readonly copyArn?: string;
  readonly reason?: string;
}

export type ReceiveAnswer = CallStep<ReceiveCall, ReceiveMemory>
  | Told
  /** The source is told, and then what was received is copied further. */
  | (Omit<Told, 'then'> & { readonly then: 'turn'; readonly memory: ReceiveMemory })
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
  readonly source: ReceivedSource;
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
  /** What is to be received, the newest first; and what of it is to be copied further. */
  readonly arrived: readonly Arrived[];
  /** Why a Region of a source could not be read. */
  readonly troubles: readonly string[];
}

export type Arrived = Omit<ReceivedSource, 'execution'>;

export interface ArrivedEvent {
  readonly door: 'vault';
  readonly task: 'arrived';
  readonly receiveStateMachineArn: string;
  readonly vault: VaultFacts;
  readonly arrived: readonly Arrived[];
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
  readonly request: unknown;
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
