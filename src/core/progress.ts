/** What one look at an operation shows. */
export type Progress = Pending | Running | Succeeded | Failed;

/** Nothing exists yet, for a reason that ends by itself: start again later. */
export interface Pending {
  readonly status: 'PENDING';
  readonly reason: string;
}

export interface Running {
  readonly status: 'RUNNING';
  readonly percent: number;
  readonly detail: string;
}

export interface Succeeded {
  readonly status: 'SUCCEEDED';
}

/** Will not succeed however long one waits: AWS's words and what to do about them. */
export interface Failed {
  readonly status: 'FAILED';
  readonly message: string;
}

export const pending = (reason: string): Pending => ({ status: 'PENDING', reason });
export const running = (percent: number, detail: string): Running => ({ status: 'RUNNING', percent, detail });
export const succeeded = (): Succeeded => ({ status: 'SUCCEEDED' });
export const failed = (message: string): Failed => ({ status: 'FAILED', message });
