/** How an execution, or a state of one, failed. */
export interface Failure {
  readonly error?: string;
  readonly cause?: string;
}

/** What a person reads of it. Of a function that failed, Step Functions gives the whole answer as JSON, with the stack trace. */
export function wordsOfFailure({ error, cause }: Failure): string | undefined {
  return messageIn(cause) ?? cause ?? error;
}

function messageIn(cause: string | undefined): string | undefined {
  try {
    const { errorMessage } = (JSON.parse(cause ?? '{}') ?? {}) as { errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : undefined;
  } catch {
    return undefined;
  }
}
