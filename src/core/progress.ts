/** What one look at an operation shows. */
export type Progress = Unfinished | Ended;

export type Unfinished = Pending | Running;
export type Ended = Succeeded | Failed;

/** Nothing exists yet, for a reason that ends by itself: start again later. */
export interface Pending {
  readonly status: 'PENDING';
  readonly reason: string;
  /** Set when something else has to end first, however long that takes: then nobody needs to stand by. */
  readonly queued?: true;
  /** Set when AWS was asked and knows nothing of it; otherwise nothing is known. */
  readonly unseen?: true;
  /** Set when the resource waits for what it started itself before: that ends when the deploy has, if not sooner. */
  readonly awaitsFormer?: true;
  /** Set when what is left to do is up to start. */
  readonly awaitsStart?: true;
  /** Set when a function of the library ended without an answer. */
  readonly died?: true;
}

export interface Running {
  readonly status: 'RUNNING';
  readonly percent: number;
  readonly detail: string;
}

export interface Succeeded {
  readonly status: 'SUCCEEDED';
  /** The attributes that are known only now. */
  readonly result?: Readonly<Record<string, string>>;
  /** What was left out: it is complete all the same. */
  readonly warnings?: readonly string[];
}

/** Will not succeed however long one waits. */
export interface Failed {
  readonly status: 'FAILED';
  /** What happened, in AWS's words. What to do about it follows, in the words of whoever reads of it: see `toldTo`. */
  readonly message: string;
  readonly advice?: Advice;
  /** With NAME_TAKEN: the tags, as key=value, without which what is there is not known as ours. */
  readonly lacks?: readonly string[];
  /** Set when AWS said that it is not allowed. */
  readonly refused?: true;
  /** Set when the Region holds as many manual snapshots as its quota allows. */
  readonly quotaReached?: true;
}

/** What to do about a failure. What that comes to differs between a deploy, a run, a vault and a release. */
export enum Advice {
  /** Correct what AWS names. */
  CORRECT = 'correct',
  /** Allow what AWS denied. */
  ALLOW = 'allow',
  /** Have fewer snapshots, or a higher quota. */
  MAKE_ROOM = 'make-room',
  CHECK_CLUSTER = 'check-cluster',
  START_CLUSTER = 'start-cluster',
  CHECK_SOURCE = 'check-source',
  /** The source is of no use. */
  TAKE_ANOTHER = 'take-another',
  /** What was being made is of no use. */
  MAKE_ANOTHER = 'make-another',
  /** Something that is not known as ours has the name of what is to be made. */
  NAME_TAKEN = 'name-taken',
  FEWER_TAGS = 'fewer-tags',
  /** RDS shares nothing under a key that the owner does not control. */
  SET_KEY = 'set-key',
  /** The identifier of an export is used up, whatever became of it. */
  EXPORT_ANOTHER = 'export-another',
  /** The same, after something was corrected. */
  EXPORT_CORRECTED = 'export-corrected',
}

export const pending = (reason: string): Pending => ({ status: 'PENDING', reason });
export const queued = (reason: string): Pending => ({ status: 'PENDING', reason, queued: true });
export const unseen = (reason: string): Pending => ({ status: 'PENDING', reason, unseen: true });
export const awaitingStart = (reason: string): Pending => ({ status: 'PENDING', reason, awaitsStart: true });
export const running = (percent: number, detail: string): Running => ({ status: 'RUNNING', percent, detail });
export const succeeded = (result?: Readonly<Record<string, string>>, warnings?: readonly string[]): Succeeded => ({
  status: 'SUCCEEDED', ...(result ? { result } : {}), ...(warnings?.length ? { warnings } : {}),
});
export const failed = (message: string, advice?: Advice): Failed => ({ status: 'FAILED', message, ...(advice ? { advice } : {}) });
